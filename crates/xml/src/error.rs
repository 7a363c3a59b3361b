//! What can be wrong with a document, and where.

use std::fmt;

/// A document that cannot be read: what is wrong, in which element, at which byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error(Box<Place>);

/// What an [`Error`] knows, behind one pointer: results of reading stay small.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    kind: ErrorKind,
    path: String,
    offset: usize,
}

/// The reason why reading stopped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The bytes are not UTF-8. Convert the document; ГИС ЖКХ speaks UTF-8 only.
    #[error("not UTF-8 after {valid_up_to} bytes; save the document as UTF-8")]
    NotUtf8 {
        /// How many leading bytes are good.
        valid_up_to: usize,
    },
    /// Bytes or a declaration of another encoding. Convert the document; ГИС ЖКХ speaks UTF-8 only.
    #[error("encoding {0}; save the document as UTF-8")]
    Encoding(String),
    /// Not well-formed XML.
    #[error("not well-formed XML: {0}")]
    Syntax(String),
    /// A document type declaration: refused whatever it says, it is the door of entity bombs and of reading local files.
    #[error("DOCTYPE is refused; remove the document type declaration")]
    Doctype,
    /// A bound of [`Limits`](crate::Limits) was exceeded.
    #[error("more {what} than allowed ({limit})")]
    Limit {
        /// What there was too much of.
        what: &'static str,
        /// The bound.
        limit: usize,
    },
    /// A prefix without a declaration in scope.
    #[error("namespace prefix `{0}` is not declared")]
    UnknownPrefix(String),
    /// An element where another one, or none, must stand.
    #[error("unexpected element `{found}`; expected {expected}")]
    Unexpected {
        /// The element found, `{namespace}name`.
        found: String,
        /// What the content model allows here.
        expected: String,
    },
    /// The element ended before everything required was there.
    #[error("`{missing}` is missing")]
    Missing {
        /// The element or attribute that must be there.
        missing: String,
    },
    /// Text where only elements may stand.
    #[error("text between elements")]
    StrayText,
    /// An attribute the type does not have.
    #[error("unexpected attribute `{0}`")]
    UnexpectedAttribute(String),
    /// A value that its type does not have. The value itself is not repeated: it may be personal data.
    #[error("not a value of {expected}")]
    Value {
        /// The type's name and, where short, its form.
        expected: &'static str,
    },
    /// A value written in another form than its pattern allows.
    #[error("must match `{pattern}`")]
    Pattern {
        /// The pattern as the schema has it.
        pattern: &'static str,
    },
    /// A value other than the one the contract fixes.
    #[error("must be `{expected}`")]
    Fixed {
        /// The value or values the contract allows.
        expected: String,
    },
    /// More occurrences than the contract allows.
    #[error("more than {max} of `{name}`")]
    TooMany {
        /// The repeated element.
        name: &'static str,
        /// The contract's `maxOccurs`.
        max: u32,
    },
    /// `xsi:type` names a type that may not stand here.
    #[error("xsi:type `{0}` may not stand here")]
    UnknownType(String),
}

impl Error {
    /// An error at a byte offset of the document, with no element known yet.
    pub fn new(kind: ErrorKind, offset: usize) -> Self {
        Self::at(kind, String::new(), offset)
    }

    #[cold]
    pub(crate) fn at(kind: ErrorKind, path: String, offset: usize) -> Self {
        Self(Box::new(Place { kind, path, offset }))
    }

    /// The same error inside the element of that path.
    #[cold]
    pub(crate) fn within(mut self, path: String) -> Self {
        self.0.path = path;
        self
    }

    /// The reason.
    pub fn kind(&self) -> &ErrorKind {
        &self.0.kind
    }

    /// Names of the open elements from the document element down, joined by `/`; empty before the first.
    pub fn path(&self) -> &str {
        &self.0.path
    }

    /// Byte offset in the document.
    pub fn offset(&self) -> usize {
        self.0.offset
    }

    /// Line and column (both from 1, the column in characters) of the error in the document it came from.
    pub fn line_column(&self, document: &[u8]) -> (usize, usize) {
        let before = &document[..self.offset().min(document.len())];
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        (line, String::from_utf8_lossy(&before[start..]).chars().count() + 1)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path().is_empty() {
            write!(f, "in {}: ", self.path())?;
        }
        write!(f, "{} (byte {})", self.kind(), self.offset())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(self.kind())
    }
}
