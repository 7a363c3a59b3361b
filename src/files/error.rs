//! What can go wrong with a file, and what helps.

use crate::codes::{self, Class, Entry, Fixer, Language};
use crate::transport::{TransportError, TransportReason};

use super::name::NameError;
use super::wire::FileReply;

/// What helps against an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Remedy {
    /// The same again, after a short pause.
    Retry,
    /// The same again, after a long pause: the virus check is not done, or maintenance goes on.
    Wait,
    /// Another file: this one will never pass.
    FixFile,
    /// Settings, rights, certificates or what stands between us and the stand.
    FixSettings,
    /// Nothing a user can do: the makers of the gateway must see it.
    Report,
}

/// Why a file was not uploaded or downloaded. Never repeats the file's name or content.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// Its name cannot be used.
    #[error(transparent)]
    Name(#[from] NameError),
    /// It is empty.
    #[error("the file is empty; attach the document itself")]
    Empty,
    /// It is too large.
    #[error("the file has {length} bytes, more than the {largest} that are uploaded; split or shrink it")]
    Large {
        /// Its bytes.
        length: u64,
        /// The most.
        largest: u64,
    },
    /// It cannot be read.
    #[error("the file cannot be read ({0}); check that it is still there and may be read")]
    Source(#[source] std::io::Error),
    /// It is not what it was.
    #[error("the file is not the one that was to be uploaded: {0}; send it again once it is complete")]
    Changed(&'static str),
    /// What was downloaded cannot be kept.
    #[error("the downloaded file cannot be written ({0}); check space and rights where it is kept")]
    Target(#[source] std::io::Error),
    /// No whole answer.
    #[error("the file store gave no whole answer: {0}")]
    Transport(#[from] TransportError),
    /// The file store's own refusal, by `X-Upload-Error`.
    #[error("the file store says {}", describe(code))]
    Refused {
        /// What it says, such as `HashConflictException`.
        code: String,
        /// HTTP status.
        status: u16,
    },
    /// A status that is an error, without a word of the file store.
    #[error("the file store answered with HTTP status {status}{}", titled(title))]
    Status {
        /// HTTP status.
        status: u16,
        /// Title of the page that came.
        title: Option<String>,
    },
    /// A web page in place of an answer.
    #[error(
        "a web page{} came instead of the file store's answer: something stands between us and the stand; check its \
         address and that no proxy is in between",
        titled(title)
    )]
    Page {
        /// Its title.
        title: Option<String>,
    },
    /// An answer that lacks what it must have.
    #[error(
        "the file store's answer has no usable `{0}`; check that the address is the stand's and nothing rewrites its answers"
    )]
    Answer(&'static str),
    /// The session is gone, or holds something else; the next try opens a new one.
    #[error("the upload's session is of no use any more ({0}); the file is uploaded from its beginning")]
    Session(String),
    /// Parts are missing where all were sent.
    #[error("the file store misses {0} of the parts it had taken; they are sent again")]
    Missing(usize),
    /// The file in the store has another length than it said.
    #[error("{got} bytes came where {expected} were to come; the download goes on from what is certain")]
    Short {
        /// Bytes expected.
        expected: u64,
        /// Bytes that came.
        got: u64,
    },
    /// The whole file came, and is not the one that was meant.
    #[error("the downloaded file has another hash than it should have; it was thrown away")]
    Hash,
}

/// The virus check is not done yet.
const NOT_CHECKED: &str = "FileVirusNotCheckedException";

/// What the file store says of a session that is gone, was never there, or does not take the step.
const SESSION_GONE: [&str; 3] = ["FileNotFoundException", "InvalidStatusException", "InvalidPartNumberException"];

impl FileError {
    /// What helps.
    pub fn remedy(&self) -> Remedy {
        match self {
            Self::Name(_) | Self::Empty | Self::Large { .. } | Self::Changed(_) => Remedy::FixFile,
            Self::Source(_) | Self::Target(_) | Self::Page { .. } | Self::Answer(_) => Remedy::FixSettings,
            Self::Transport(TransportError { reason: TransportReason::Request(_), .. }) => Remedy::FixSettings,
            // Whether it left does not matter: everything here may be repeated.
            Self::Transport(_) | Self::Session(_) | Self::Missing(_) | Self::Short { .. } | Self::Hash => Remedy::Retry,
            Self::Refused { code, .. } if code == NOT_CHECKED => Remedy::Wait,
            Self::Refused { code, .. } => of_entry(codes::find(code)),
            Self::Status { status, .. } => of_entry(codes::find(&format!("HTTP{status}"))),
        }
    }

    /// The code under which the catalogue explains it.
    pub fn code(&self) -> Option<String> {
        match self {
            Self::Refused { code, .. } => Some(code.clone()),
            Self::Status { status, .. } => Some(format!("HTTP{status}")),
            _ => None,
        }
    }

    /// Whether a session that this was said of can be of no use any more.
    pub(super) fn ends_session(&self) -> bool {
        matches!(self, Self::Refused { code, .. } if SESSION_GONE.contains(&code.as_str()))
    }

    /// What an answer says against the request.
    pub(super) fn of(reply: &FileReply) -> Option<Self> {
        let status = reply.status;
        if let Some(said) = reply.header("x-upload-error") {
            // The name alone: what may follow it can repeat what was sent.
            let name = |found: &char| found.is_ascii_alphanumeric() || *found == '_';
            let code: String = said.trim_start().chars().take_while(name).take(60).collect();
            return Some(Self::Refused { code, status });
        }
        let html =
            reply.header("content-type").is_some_and(|found| found.to_ascii_lowercase().starts_with("text/html"));
        let title = || if html { crate::answer::title(&reply.body) } else { None };
        match status {
            200..300 if html => Some(Self::Page { title: title() }),
            200..300 => None,
            _ => Some(Self::Status { status, title: title() }),
        }
    }
}

fn of_entry(entry: Option<&Entry>) -> Remedy {
    let Some(Entry { class, fixer, .. }) = entry else { return Remedy::Report };
    match (class, fixer) {
        (Class::Retry | Class::RetryRebuilt, _) => Remedy::Retry,
        (Class::Maintenance, _) => Remedy::Wait,
        (Class::CallerFix, _) | (_, Fixer::Operator) => Remedy::FixSettings,
        (_, Fixer::Billing) => Remedy::FixFile,
        _ => Remedy::Report,
    }
}

fn describe(code: &str) -> String {
    match codes::find(code) {
        Some(entry) => {
            format!("{code}: {}. {}", entry.title(Language::English), entry.action(Language::English))
        }
        None => format!("`{code}`, which the catalogue of codes does not know; tell the gateway's makers"),
    }
}

fn titled(title: &Option<String>) -> String {
    title.as_ref().map(|title| format!(" ({title})")).unwrap_or_default()
}
