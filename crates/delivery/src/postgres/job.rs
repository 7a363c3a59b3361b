//! What the writer is asked to do.

use super::claim::Told;
use super::intake::Intake;
use super::order::Need;
use super::pulls::Settings;
use super::record::{Decision, Known};
use crate::archive::{Expiry, Head, Hold, HoldId, Selection};
use crate::batch::Accepted;
use crate::ids::{MessageId, Seq, Timestamp};
use crate::inbox::Consumer;
use crate::operate::{Pause, Scope};
use crate::store::{Claimed, Claims, StoreError};

/// An operation, whole in itself: it may be carried out again when its transaction came to nothing.
#[derive(Debug)]
pub(super) enum Job {
    Accept(Box<Intake>),
    Record(Box<Decision>),
    Claim(Claims),
    ClaimParked(MessageId, Timestamp),
    Recover,
    Told(Told),
    SetPulls(Settings),
    Acknowledge(Consumer, Seq, Timestamp),
    Pause(Pause),
    Resume(Scope),
    AppendHead(Box<Head>),
    Expire(Expiry),
    Hold(Selection, String, Timestamp),
    Release(HoldId, Timestamp),
}

/// What came of it.
#[derive(Debug)]
pub(super) enum Done {
    Accepted(Accepted),
    /// What was claimed, and how far the clock of whoever asked is ahead of the database's, when that was measured.
    Claimed(Vec<(Claimed, Known)>, Option<i64>),
    Count(u64),
    Flag(bool),
    Held(Hold),
    Nothing,
}

pub(super) type Outcome = Result<Done, StoreError>;

impl Job {
    /// How much of a group it fills.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Accept(intake) => intake.bytes(),
            Self::Record(decision) => decision.bytes(),
            _ => 500,
        }
    }

    /// The message it decides about: one decision about a message in a group.
    pub(super) fn message(&self) -> Option<MessageId> {
        match self {
            Self::Record(decision) => Some(decision.message()),
            _ => None,
        }
    }

    pub(super) fn need(&self) -> Need {
        match self {
            Self::Accept(intake) => intake.need(),
            Self::Record(decision) => decision.need(),
            Self::SetPulls(settings) => Need { messages: settings.pulls.len(), turn: true, ..Need::default() },
            Self::AppendHead(_) => Need { turn: true, ..Need::default() },
            _ => Need::default(),
        }
    }
}
