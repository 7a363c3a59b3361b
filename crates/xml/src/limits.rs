//! Bounds that keep hostile or broken XML from costing more than it should.

/// Upper bounds on one document. Exceeding any of them stops reading with
/// [`ErrorKind::Limit`](crate::ErrorKind::Limit); nothing is truncated silently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the whole document.
    pub total: usize,
    /// Open elements at one time.
    pub depth: usize,
    /// Attributes of one element, namespace declarations included.
    pub attributes: usize,
    /// Namespace declarations in scope at one time.
    pub namespaces: usize,
    /// Bytes of the text of one element, references expanded.
    pub text: usize,
}

impl Limits {
    /// What a message of ГИС ЖКХ may need at most: 64 MB, and shapes far above any in the contract.
    pub const MESSAGE: Self = Self { total: 64 << 20, depth: 128, attributes: 64, namespaces: 256, text: 16 << 20 };
}

impl Default for Limits {
    fn default() -> Self {
        Self::MESSAGE
    }
}
