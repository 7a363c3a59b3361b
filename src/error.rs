//! What can go wrong with a call: four levels of the system's own errors as data, and what became of the request.

use crate::codes::{self, Class, Entry, Language};
use crate::compose::ComposeError;
use crate::contract::base::{ErrorMessage, common_result};
use crate::operation::ObjectResult;
use crate::proof::Unproven;
use crate::transport::TransportError;

/// Where an error of the system appeared (`protocol` §4.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Level {
    /// A: HTTP answered, but no SOAP.
    Transport,
    /// B: a SOAP fault.
    Fault,
    /// C: the whole request, after processing.
    Request,
    /// D: one object of the request.
    Object,
}

/// An error the system reported, as data.
///
/// `Display` and `Debug` give the code and what the catalogue says of it, never the system's own text: that may name
/// people and accounts, and errors end up in logs.
#[derive(Clone, PartialEq, Eq)]
pub struct SystemError {
    /// Where it appeared.
    pub level: Level,
    /// Its code: the system's own, or `HTTP503` for a status.
    pub code: Option<String>,
    /// The system's text. May hold personal data: not for logs.
    pub text: String,
}

impl SystemError {
    /// Level C: the error that refused a whole request in processing.
    pub fn request(error: &ErrorMessage) -> Self {
        Self::reported(Level::Request, error)
    }

    /// Level D: an error of one object, from whatever result item has it.
    pub fn object(error: &ErrorMessage) -> Self {
        Self::reported(Level::Object, error)
    }

    /// Level D: the errors of one object of an import; none if it was done.
    pub fn of_result(result: &impl ObjectResult) -> Vec<Self> {
        match result.outcome() {
            common_result::Outcome::Done(_) => Vec::new(),
            common_result::Outcome::Error(errors) => errors.iter().map(Self::object).collect(),
        }
    }

    fn reported(level: Level, error: &ErrorMessage) -> Self {
        // The stack trace is the system's business; it stays in the stored answer.
        Self { level, code: Some(error.error_code.trim().to_owned()), text: error.description.clone() }
    }

    /// Level A: a status that is an error, with the title of its page if it has one.
    pub(crate) fn status(status: u16, title: Option<&str>) -> Self {
        let title = title.map(|title| format!(" ({title})")).unwrap_or_default();
        let text = format!("HTTP status {status}{title}");
        Self { level: Level::Transport, code: Some(format!("HTTP{status}")), text }
    }

    /// What the catalogue of codes says of it: its own row or its family's.
    pub fn entry(&self) -> Option<&'static Entry> {
        self.code.as_deref().and_then(codes::find)
    }

    /// What may be done about it, by the catalogue of codes. A code that is not there is [`Class::Permanent`]: nothing is
    /// repeated without knowing that repeating helps.
    pub fn class(&self) -> Class {
        self.entry().map_or(Class::Permanent, |entry| entry.class)
    }
}

impl std::fmt::Display for SystemError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let code = self.code.as_deref().unwrap_or("an error without a code");
        match self.entry() {
            Some(entry) => {
                write!(f, "{code}: {}. {}", entry.title(Language::English), entry.action(Language::English))
            }
            None => {
                write!(f, "{code}; the catalogue does not know it, read the system's own text in the stored answer")
            }
        }
    }
}

impl std::fmt::Debug for SystemError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SystemError").field("level", &self.level).field("code", &self.code).finish_non_exhaustive()
    }
}

impl std::error::Error for SystemError {}

/// What became of a call that was not answered as hoped. Each says whether the request may have left.
///
/// `Debug` gives the size of an answer, not the answer: it may hold personal data.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// Not built, so not sent.
    #[error("the request was not sent: {0}")]
    NotBuilt(#[from] ComposeError),
    /// Not one byte was sent.
    #[error(transparent)]
    NotSent(TransportError),
    /// It may have been received and may yet be acted upon: look before sending it again.
    #[error("the request may have reached the system: {cause}; if it places data, look there before sending it again")]
    MaybeSent {
        /// Why there is no answer: a [`TransportReason`](crate::transport::TransportReason), a [`SystemError`] of level
        /// [`Level::Transport`], an XML error, or text.
        cause: Box<dyn std::error::Error + Send + Sync>,
        /// What came back, if anything.
        raw: Option<Vec<u8>>,
    },
    /// The system said no, and will not act upon it.
    #[error("the system refused the request and will not act upon it: {error}")]
    Refused {
        /// What it said.
        error: SystemError,
        /// The answer's bytes.
        raw: Vec<u8>,
    },
    /// An answer came that its signature does not prove to be the system's. What was asked about is untouched.
    #[error("the answer is not believed: {reason}")]
    Unproven {
        /// Why.
        reason: Box<Unproven>,
        /// The answer's bytes.
        raw: Vec<u8>,
    },
}

impl CallError {
    /// Whether the request may have been received and may yet be acted upon.
    pub fn may_have_been_sent(&self) -> bool {
        matches!(self, Self::MaybeSent { .. })
    }
}

impl std::fmt::Debug for CallError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotBuilt(error) => f.debug_tuple("NotBuilt").field(error).finish(),
            Self::NotSent(error) => f.debug_tuple("NotSent").field(error).finish(),
            Self::MaybeSent { cause, raw } => {
                let bytes = raw.as_ref().map(Vec::len);
                f.debug_struct("MaybeSent").field("cause", cause).field("raw_bytes", &bytes).finish()
            }
            Self::Refused { error, raw } => {
                f.debug_struct("Refused").field("error", error).field("raw_bytes", &raw.len()).finish()
            }
            Self::Unproven { reason, raw } => {
                f.debug_struct("Unproven").field("reason", reason).field("raw_bytes", &raw.len()).finish()
            }
        }
    }
}
