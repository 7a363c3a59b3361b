//! XML kept as it came.

/// One element with everything in it, byte for byte as it stood in its document. Prefixes may be declared outside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Raw(Box<str>);

impl Raw {
    /// Keeps the bytes of one element.
    pub fn new(xml: &str) -> Self {
        Self(xml.into())
    }

    /// The bytes.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
