//! Where a checked value stands.

use std::fmt;

/// The way from the checked element to a value, kept on the call stack: it costs nothing until something is wrong.
#[derive(Debug, Clone, Copy)]
pub struct Path<'p> {
    parent: Option<&'p Path<'p>>,
    name: &'static str,
    index: Option<usize>,
}

impl<'p> Path<'p> {
    /// The checked element itself.
    pub const fn root(name: &'static str) -> Self {
        Path { parent: None, name, index: None }
    }

    /// A child.
    pub const fn child(&'p self, name: &'static str) -> Self {
        Path { parent: Some(self), name, index: None }
    }

    /// A repeated child; `index` counts from 0.
    pub const fn item(&'p self, name: &'static str, index: usize) -> Self {
        Path { parent: Some(self), name, index: Some(index) }
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            write!(f, "{parent}/")?;
        }
        f.write_str(self.name)?;
        match self.index {
            Some(index) => write!(f, "[{}]", index + 1),
            None => Ok(()),
        }
    }
}
