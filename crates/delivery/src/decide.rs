//! What a person decides about parked messages.

use crate::ids::{MessageId, Timestamp};
use crate::operate::Scope;
use serde::{Deserialize, Serialize};

/// What is to become of a parked message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verb {
    /// Go on by the rules: what was not sent is sent, what is in doubt is looked up again.
    Retry,
    /// Send everything without an outcome anew, in doubt or not: the person has made sure that it was not applied.
    Replay,
    /// Give it up: what was not sent is refused, what is in doubt stays unknown.
    Discard,
}

/// A decision. It is kept in the evidence of each message it is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// What is to be done.
    pub verb: Verb,
    /// Who decided.
    pub by: String,
    /// Why.
    pub reason: String,
    /// Replay what may have been applied, too: then there may be two. Without this such a message stays as it is.
    pub risk: bool,
}

/// Parked messages. What is not named is meant whole.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parked {
    /// Of this part of the traffic.
    pub scope: Scope,
    /// Parked with this code, or because of it ([`Failure::cause`](crate::Failure::cause)).
    pub code: Option<String>,
}

/// ParkedAt of a parked message among the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ParkedAt {
    /// When it was parked.
    pub at: Timestamp,
    /// The message.
    pub message: MessageId,
}

/// What came of a decision about one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decided {
    /// It is done.
    Done,
    /// It does not wait for a person.
    NotParked,
    /// Something of it may have been applied, and the decision does not say that this is known.
    MayBeApplied,
    /// Something of it may still be applied: nobody can know before this moment.
    TooEarly {
        /// From then on it may be replayed.
        until: Timestamp,
    },
}

/// What came of a decision about many messages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecidedMany {
    /// Of so many messages it is done.
    pub done: u64,
    /// So many had been taken up by somebody else meanwhile.
    pub not_parked: u64,
    /// So many may have been applied and stay as they are.
    pub may_be_applied: u64,
    /// So many may still be applied and stay as they are.
    pub too_early: u64,
    /// There may be more behind this place.
    pub next: Option<ParkedAt>,
}

impl DecidedMany {
    pub(crate) fn count(&mut self, decided: Decided) {
        let slot = match decided {
            Decided::Done => &mut self.done,
            Decided::NotParked => &mut self.not_parked,
            Decided::MayBeApplied => &mut self.may_be_applied,
            Decided::TooEarly { .. } => &mut self.too_early,
        };
        *slot = slot.saturating_add(1);
    }
}
