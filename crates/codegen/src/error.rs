//! What the generator says when a contract cannot be built: file, line, construct.

use std::path::PathBuf;

use crate::schema::{Origin, QName};

/// Why nothing was generated.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file cannot be read.
    #[error("{path}: cannot be read: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: std::io::Error,
    },
    /// A file that an import or include names cannot be read.
    #[error("{origin}: `{path}` is named here and cannot be read: {source}")]
    Import {
        /// Place of the import or include.
        origin: Origin,
        /// The file.
        path: PathBuf,
        /// The reason.
        source: std::io::Error,
    },
    /// A file is not XML.
    #[error("{path}: not XML: {reason}")]
    Xml {
        /// The file.
        path: PathBuf,
        /// The reason.
        reason: String,
    },
    /// A construct the generator does not know.
    #[error("{origin}: unknown construct `{construct}`; teach the generator or rewrite the schema")]
    Unknown {
        /// Place.
        origin: Origin,
        /// Element or attribute of the schema.
        construct: String,
    },
    /// A reference to nothing.
    #[error("{origin}: `{name}` ({what}) is not declared in any file read")]
    Dangling {
        /// Place.
        origin: Origin,
        /// What kind of thing.
        what: &'static str,
        /// Its name.
        name: QName,
    },
    /// An element that types were asked for, and no file declares.
    #[error("the element `{name}` was asked for, and no file read declares it")]
    NoElement {
        /// Its name.
        name: QName,
    },
    /// Two declarations of one name.
    #[error("{origin}: `{name}` ({what}) is declared twice")]
    Duplicate {
        /// Place of the second.
        origin: Origin,
        /// What kind of thing.
        what: &'static str,
        /// Its name.
        name: QName,
    },
    /// A type that derives from itself, or a group that contains itself.
    #[error("{origin}: `{name}` contains itself")]
    Cycle {
        /// Place.
        origin: Origin,
        /// The name.
        name: QName,
    },
    /// A value that the schema language does not allow.
    #[error("{origin}: {what}")]
    Invalid {
        /// Place.
        origin: Origin,
        /// What is wrong.
        what: String,
    },
    /// A package laid over our contract would mean something else than the package.
    #[error(
        "the release cannot be laid over our contract: {path}: {what}; this is a fault of the generator: report it with \
         the number of the release"
    )]
    Overlay {
        /// Elements from the message down, by `/`.
        path: String,
        /// What differs: the result first, the package second.
        what: String,
    },
    /// More namespaces than the writer can keep apart.
    #[error("{count} namespaces; the writer keeps at most 64 apart: leave some services out")]
    TooManyNamespaces {
        /// How many there are.
        count: usize,
    },
}
