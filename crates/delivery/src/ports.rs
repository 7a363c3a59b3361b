//! Ports: what delivery needs from the outside, filled by whoever embeds it.

use crate::batch::ObjectRow;
use crate::failure::{Failure, GisIds, Outcome};
use crate::ids::{MessageId, ObjectId, Timestamp};
use crate::inbox::Page;
use crate::operate::Scope;
use crate::pull::Window;
use async_trait::async_trait;
use std::collections::BTreeSet;

/// The message an effect is carried out for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Work {
    /// Its id.
    pub message: MessageId,
    /// The organisation we act for (orgPPAGUID).
    pub organisation: String,
    /// The stand.
    pub stand: String,
    /// Kind of objects.
    pub kind: String,
    /// Operation.
    pub operation: String,
    /// MessageGUID of the current build; a rebuilt message has a new one. Derived from the store's namespace, the message
    /// and the build, so that a journal can be replayed.
    pub message_guid: String,
    /// Of a recurring export: what to ask for.
    pub window: Option<Window>,
    /// The bytes must begin to leave before this moment or not at all. Only [`Exchange::submit`] needs it.
    pub deadline: Timestamp,
}

/// A request ready to leave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prepared {
    /// The exact bytes, signed and checked.
    pub bytes: Vec<u8>,
}

/// What came of sending a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Submitted {
    /// The system took it and will process it.
    Accepted {
        /// What to poll with (MessageGUID of the system).
        ack: String,
        /// The answer's bytes.
        raw: Vec<u8>,
    },
    /// Not one byte can have been acted upon: no connection, or no time left.
    NotSent {
        /// Why.
        failure: Failure,
    },
    /// It may have arrived: cut, timed out, truncated or unreadable answer.
    MaybeSent {
        /// Why.
        failure: Failure,
        /// What of an answer came, if anything.
        raw: Option<Vec<u8>>,
    },
    /// The system said no, before processing.
    Rejected {
        /// Why.
        failure: Failure,
        /// The answer's bytes.
        raw: Vec<u8>,
    },
}

/// What came of asking for the result of an acknowledged request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Polled {
    /// Not processed yet.
    Pending,
    /// Processed; objects by TransportGUID. Those not named are of unknown outcome.
    Done {
        /// TransportGUID and what became of it.
        outcomes: Vec<(String, Outcome)>,
        /// The answer's bytes.
        raw: Vec<u8>,
    },
    /// Of an export: processed, and this is what it brought. Nothing found is a page without items.
    Exported {
        /// The page.
        page: Page,
        /// The answer's bytes.
        raw: Vec<u8>,
    },
    /// The whole request failed in processing.
    Rejected {
        /// Why.
        failure: Failure,
        /// The answer's bytes.
        raw: Vec<u8>,
    },
    /// The system no longer knows the ack (INT002013): the outcome is unknown.
    Forgotten {
        /// What it said.
        failure: Failure,
        /// The answer's bytes.
        raw: Vec<u8>,
    },
    /// The question did not get through; the request itself is untouched.
    Failed {
        /// Why.
        failure: Failure,
    },
    /// An answer came that nobody proves to be the system's, and it settles nothing; the request itself is untouched.
    Unproven {
        /// Why it is not believed. The same text for the same cause: of answers in a row with one cause the first is kept.
        failure: Failure,
        /// The answer's bytes.
        raw: Vec<u8>,
    },
}

/// What came of a lookup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Looked {
    /// Not processed yet.
    Pending,
    /// Processed. Objects of the part which are not named are absent.
    Found {
        /// Objects the system holds, with their ids. Only those whose content is ours may be named.
        found: Vec<(ObjectId, GisIds)>,
        /// The answer's bytes.
        raw: Vec<u8>,
    },
    /// No answer. Class [`Empty`](crate::RetryClass::Empty): none of the part exists.
    Failed {
        /// Why.
        failure: Failure,
        /// The answer's bytes, if there was one.
        raw: Option<Vec<u8>>,
    },
}

/// The exchange with the system: builds, sends, asks. Every call must end within
/// [`Policy::request_timeout`](crate::Policy::request_timeout) (sending: after the deadline).
#[async_trait]
pub trait Exchange: Send + Sync {
    /// Which certificate signs for an organisation on a stand; parallelism and pace are counted by it. The default: one each.
    fn certificate(&self, stand: &str, organisation: &str) -> String {
        let _ = stand;
        organisation.to_owned()
    }

    /// Whether the bytes of such a request grow too old to be sent ([`Policy::bytes_max_age`](crate::Policy::bytes_max_age)).
    /// The default: all do, for they are signed and dated. What is not would only be kept once more each time it was built anew.
    fn ages(&self, work: &Work) -> bool {
        let _ = work;
        true
    }

    /// Builds, signs and checks a request carrying `objects`. No network.
    ///
    /// # Errors
    /// Retry classes `Retry`, `RetryRebuilt` and `Maintenance` (a signer that is unplugged) are tried again by schedule;
    /// with every other class the objects are refused.
    async fn prepare(&self, work: &Work, objects: &[ObjectRow]) -> Result<Prepared, Failure>;

    /// Sends the bytes, once. Must not begin to write to the socket after [`Work::deadline`] and must never re-send by itself.
    ///
    /// What may be repeated freely ([`Resend::Freely`](crate::Resend::Freely)) may be several requests, those that fail again: the
    /// first begins before the deadline, and the last has ended, whole or not, within the request timeout.
    async fn submit(&self, work: &Work, bytes: &[u8]) -> Submitted;

    /// Asks for the result of an acknowledged request.
    async fn poll(&self, work: &Work, ack: &str) -> Polled;

    /// Which of these acknowledged requests of one organisation and service have been processed, in one question.
    /// Their answers are fetched by [`poll`](Exchange::poll).
    ///
    /// # Errors
    /// The question did not get through; the requests are untouched. The default asks nothing and names all of them.
    async fn processed(&self, scope: &Scope, acks: &[String]) -> Result<BTreeSet<String>, Failure> {
        let _ = scope;
        Ok(acks.iter().cloned().collect())
    }

    /// Builds, signs and checks the request that asks the system whether it holds these objects (an export, which may be repeated).
    /// No network.
    ///
    /// # Errors
    /// As [`prepare`](Exchange::prepare).
    async fn question(&self, work: &Work, part: &[ObjectRow]) -> Result<Prepared, Failure>;

    /// Sends a question's bytes.
    async fn ask(&self, work: &Work, bytes: &[u8]) -> Submitted;

    /// Asks for the result of [`ask`](Exchange::ask) about the same part.
    async fn read(&self, work: &Work, part: &[ObjectRow], ack: &str) -> Looked;
}

/// Time, injected.
#[async_trait]
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;

    /// Returns at `at` or later.
    async fn sleep_until(&self, at: Timestamp);
}
