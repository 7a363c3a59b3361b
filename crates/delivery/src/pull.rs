//! Recurring exports: what is asked for regularly, and how far it has been read.

use crate::failure::Failure;
use crate::ids::{MessageId, PullId, Timestamp};
use std::time::Duration;

/// A recurring export, as configured. Each run asks for a window of time that begins where the last one ended, less an overlap:
/// the system may show an object later than its own date says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pull {
    /// The organisation we act for (orgPPAGUID).
    pub organisation: String,
    /// The stand.
    pub stand: String,
    /// Its name, unique within organisation and stand.
    pub name: String,
    /// Topic of the items it brings.
    pub topic: String,
    /// The operation that is run.
    pub operation: String,
    /// What else the exchange needs to know. Opaque.
    pub parameters: String,
    /// From the beginning of one run to the beginning of the next.
    pub interval: Duration,
    /// How far each window reaches back into the one before.
    pub overlap: Duration,
    /// Where the first window begins; afterwards of no meaning.
    pub from: Timestamp,
}

/// What one message of a recurring export asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// Name of the pull.
    pub name: String,
    /// Topic of the items.
    pub topic: String,
    /// [`Pull::parameters`].
    pub parameters: String,
    /// Begins here, the overlap taken off.
    pub since: Timestamp,
    /// Ends here. `None` until the first page is built; then the moment of that build, the same for every page.
    pub until: Option<Timestamp>,
    /// Where this page begins; `None` for the first.
    pub cursor: Option<String>,
}

/// A recurring export and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullView {
    /// Its id.
    pub id: PullId,
    /// As configured.
    pub pull: Pull,
    /// Everything before this moment has been read.
    pub since: Timestamp,
    /// Where the page that is read now begins, within a run.
    pub cursor: Option<String>,
    /// When the last run ended, whatever came of it.
    pub ended_at: Option<Timestamp>,
    /// Why the last run failed, if it did.
    pub failure: Option<Failure>,
    /// The message that carries it on.
    pub message: Option<MessageId>,
    /// When that message is due.
    pub due: Option<Timestamp>,
}
