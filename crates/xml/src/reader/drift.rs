//! What an answer has and the contract does not.

/// Something in an answer that is not as the contract has it. Names only, never values: they may be personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drift {
    /// Names of the open elements, joined by `/`, and last the name of what is unknown or missing.
    pub path: String,
    /// Byte offset in the document.
    pub offset: usize,
    /// What it is.
    pub kind: DriftKind,
}

/// Kinds of [`Drift`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum DriftKind {
    /// An element the type does not have.
    Element,
    /// An attribute the type does not have.
    Attribute,
    /// A value outside the enumeration, or other than the fixed one.
    Value,
    /// Fewer of an element than there must be.
    Missing,
}

/// How many drifts one document reports; the rest are counted only.
pub(super) const DRIFTS_KEPT: usize = 100;
