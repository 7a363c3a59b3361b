//! Names of the contract: namespaces by number, so that comparing two names costs two small comparisons.

use std::fmt;

/// A namespace of the generated contract: its place in the table handed to the reader and the writer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ns(pub u16);

/// One row of that table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Namespace {
    /// Namespace name.
    pub uri: &'static str,
    /// The prefix we always write it with.
    pub prefix: &'static str,
}

/// All namespaces of a contract. At most 64: the writer keeps the declared ones in a bit set.
pub type Namespaces = &'static [Namespace];

/// An element's or attribute's expanded name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name {
    /// Namespace.
    pub ns: Ns,
    /// Local name.
    pub local: &'static str,
}

impl Name {
    /// A name from its parts.
    pub const fn new(ns: Ns, local: &'static str) -> Self {
        Self { ns, local }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.local)
    }
}

/// Namespace of `xsi:type`.
pub const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";
