//! Why an answer does not take a reading further.

use crate::codes::Class;
use crate::error::SystemError;

/// An answer that does not take the reading further. The reading stands where it stood: the same page can be asked for
/// again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{operation}, page {page}: {kind}")]
pub struct PagingError {
    /// The operation, such as `exportDebt`.
    pub operation: &'static str,
    /// Which page of this reading, counted from 1.
    pub page: u64,
    /// Why.
    pub kind: PagingErrorKind,
}

/// Why an answer does not take a reading further.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PagingErrorKind {
    /// The message is not processed yet.
    #[error("the system has not processed the message yet; ask for its state again later")]
    Unprocessed,
    /// The system refused the message.
    #[error("the system refused the request: {0}")]
    Refused(SystemError),
    /// The answer leads to a page that was read before.
    #[error(
        "the answer leads back to a page that was read before, at {cursor}; begin again, and if it happens again, report it to the system's support"
    )]
    Loop {
        /// Where it leads.
        cursor: String,
    },
    /// Another page came than the one asked for.
    #[error("page {came} came where page {asked} was asked for; ask again")]
    AnotherPage {
        /// The page asked for.
        asked: i32,
        /// The page the answer says it is.
        came: i32,
    },
    /// The answer says that there is more, and the request has no place to ask for it.
    #[error(
        "there is more from {cursor} on, and a request that names what it wants has no place for that; ask for fewer at once, or by conditions"
    )]
    NoPlace {
        /// Where the next page begins.
        cursor: String,
    },
    /// The answer does not say clearly whether there is more.
    #[error(
        "the contract does not know {path} in the answer, so it is not certain that this is all; read the stored answer, and update the contract"
    )]
    Unclear {
        /// Names of the elements that lead there.
        path: String,
    },
    /// The last page was taken before: nothing was asked.
    #[error("the last page was taken before; begin again to read anew")]
    Over,
}

impl PagingErrorKind {
    /// Whether asking for the same page again, after a pause, may help.
    pub fn worth_repeating(&self) -> bool {
        match self {
            Self::Unprocessed | Self::AnotherPage { .. } => true,
            Self::Refused(error) => {
                // Without a code of its own; working clients repeat the page (`protocol` §5.3).
                let glitch = error.text.contains("Content not found for guid");
                glitch || temporary(error)
            }
            Self::Loop { .. } | Self::NoPlace { .. } | Self::Unclear { .. } | Self::Over => false,
        }
    }
}

/// Whether the catalogue of codes says that it will pass by itself.
pub(super) fn temporary(error: &SystemError) -> bool {
    matches!(error.class(), Class::Retry | Class::RetryRebuilt | Class::Maintenance)
}
