//! What a caller hands over and what he sees of it: batches and their objects.

use crate::failure::{GisIds, Refusal};
use crate::ids::{BatchId, MessageId, ObjectId, Sha256, Timestamp};
use crate::state::MessageState;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Reporting period in the caller's own spelling (`2026-10`); compared as text, empty where a kind has no periods.
pub type Period = String;

/// A batch as it came, with its rows and the plan of messages. Stored whole or not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewBatch {
    /// The organisation we act for (orgPPAGUID).
    pub organisation: String,
    /// The stand; ids of different stands never mix.
    pub stand: String,
    /// Kind of objects (`bills`, …).
    pub kind: String,
    /// Where it came from, for people: a file's name, an API client.
    pub source: String,
    /// The bytes as received.
    pub content: Vec<u8>,
    /// Unique per organisation and stand: the same key with the same content is the same batch.
    pub idempotency_key: String,
    /// When it was received.
    pub accepted_at: Timestamp,
    /// Rows, in the caller's order.
    pub objects: Vec<NewObject>,
    /// Messages that carry them; rows which need no sending are dropped from the plan by the store.
    pub messages: Vec<NewMessage>,
}

/// One row of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewObject {
    /// Row in the source as the caller counts it; unique within the batch.
    pub row: u32,
    /// The caller's own `ref`. With organisation, stand, kind and period it identifies the object over time.
    pub reference: String,
    /// What the system itself tells objects apart by (account + period + number, …). At most one live object of an
    /// organisation, stand and kind holds it.
    pub key: String,
    /// Reporting period.
    pub period: Period,
    /// What the desk needs to build the request. Opaque.
    pub payload: Vec<u8>,
    /// Digest of what matters in the content: equal means unchanged. Payloads may differ in resolved ids and still be
    /// unchanged.
    pub content: Sha256,
    /// What the desk decided about the row.
    pub plan: Plan,
    /// Row of the same batch that must be accepted before this one is built, because its ids are needed. The two stand in
    /// different messages of one lane.
    pub follows: Option<u32>,
}

/// What the desk decided about a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Plan {
    /// Send; the row must stand in exactly one [`NewMessage`].
    Send,
    /// Keep, and do not send now.
    Postpone(String),
    /// Refused by a local check.
    Refuse(Refusal),
}

/// One request to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMessage {
    /// Name of the operation, e.g. `bills.importPaymentDocumentData`.
    pub operation: String,
    /// What it touches. Messages that share a lane (within organisation and stand) go one after another, in order of
    /// acceptance; a parked one holds up the rest. Others overtake.
    pub lanes: Vec<String>,
    /// Which of several due messages goes first.
    pub priority: Priority,
    /// What may be done when the outcome is unknown.
    pub resend: Resend,
    /// Its state can be asked in bulk ([`Exchange::processed`](crate::Exchange::processed)), so it need not be polled by itself.
    pub bulk: bool,
    /// [`NewObject::row`] of the objects it carries, in the order of the request.
    pub rows: Vec<u32>,
}

/// Which of several due messages of a queue goes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// A person waits for it, or a term runs: answers, withdrawals.
    Urgent,
    /// Everyday work.
    #[default]
    Normal,
    /// Whenever there is nothing else: recurring pulls, first loads.
    Background,
}

impl Priority {
    /// Every priority, first things first.
    pub const ALL: [Self; 3] = [Self::Urgent, Self::Normal, Self::Background];

    /// Its place in the order, as stores keep it.
    #[must_use]
    pub fn rank(self) -> u8 {
        self as u8
    }
}

/// What may be done when nobody knows whether a request arrived. A declared property of the operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resend {
    /// Exports: send again at once.
    Freely,
    /// Imports the system itself refuses to apply twice (natural key): send again once absent after the settle time.
    AfterAbsent,
    /// Other imports: a person decides.
    Never,
}

/// State of an object, as people see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ObjectState {
    /// Kept and not sent; nothing of it has left.
    Postponed(String),
    /// Will not be sent as it is.
    Refused(Refusal),
    /// On its way in this message.
    InMessage(MessageId),
    /// The system holds it under these ids.
    Accepted(GisIds),
    /// It may or may not have arrived. Certainty is expected by `until`; `None`: a person must decide.
    Unknown {
        /// Moment from which absence counts.
        until: Option<Timestamp>,
    },
}

impl ObjectState {
    /// Short name: `postponed`, `refused`, `in_message`, `accepted`, `unknown`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Postponed(_) => "postponed",
            Self::Refused(_) => "refused",
            Self::InMessage(_) => "in_message",
            Self::Accepted(_) => "accepted",
            Self::Unknown { .. } => "unknown",
        }
    }
}

/// An object as the exchange gets it to build a request or a lookup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectRow {
    /// Its id.
    pub id: ObjectId,
    /// Row in the source.
    pub row: u32,
    /// The caller's `ref`.
    pub reference: String,
    /// Natural key.
    pub key: String,
    /// Reporting period.
    pub period: Period,
    /// TransportGUID it travels under; on disk since acceptance, the same in every build of the message.
    pub transport_guid: String,
    /// The desk's payload, verified against its digest.
    pub payload: Vec<u8>,
    /// State of the object this one follows, if it follows one.
    pub forerunner: Option<ObjectState>,
}

/// Answer to [`Store::accept`](crate::Store::accept).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The batch.
    pub batch: BatchId,
    /// The same batch had been accepted before; nothing new was stored.
    pub repeated: bool,
}

/// How many objects of a batch stand where.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchCounts {
    /// Kept and not sent.
    pub postponed: u64,
    /// Refused, by a local check or by the system.
    pub refused: u64,
    /// On their way.
    pub in_message: u64,
    /// Held by the system.
    pub accepted: u64,
    /// Outcome unknown.
    pub unknown: u64,
}

impl BatchCounts {
    /// All objects.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.postponed + self.refused + self.in_message + self.accepted + self.unknown
    }

    pub(crate) fn slot(&mut self, name: &str) -> Option<&mut u64> {
        Some(match name {
            "postponed" => &mut self.postponed,
            "refused" => &mut self.refused,
            "in_message" => &mut self.in_message,
            "accepted" => &mut self.accepted,
            "unknown" => &mut self.unknown,
            _ => return None,
        })
    }
}

/// Messages that are not finished, and their objects, by state.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Progress {
    /// Objects by state.
    pub objects: BatchCounts,
    /// Messages by state.
    pub messages: BTreeMap<MessageState, u64>,
}

/// A batch and where its objects and messages stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BatchView {
    /// Its id.
    pub id: BatchId,
    /// The organisation we act for.
    pub organisation: String,
    /// The stand.
    pub stand: String,
    /// Kind of objects.
    pub kind: String,
    /// Where it came from.
    pub source: String,
    /// When it was received.
    pub accepted_at: Timestamp,
    /// Objects by state.
    pub objects: BatchCounts,
    /// Its own messages by state. Rows answered by an earlier batch travel in that batch's messages.
    pub messages: BTreeMap<MessageState, u64>,
}

/// One row of a batch and where it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RowView {
    /// Row in the source.
    pub row: u32,
    /// The caller's `ref`.
    pub reference: String,
    /// Natural key.
    pub key: String,
    /// Reporting period.
    pub period: Period,
    /// State; of the earlier object where this row repeats one.
    pub state: ObjectState,
    /// The row repeats this earlier object, or was replaced by this later one, and shares its fate.
    pub same_as: Option<ObjectId>,
    /// Message that carries or carried it.
    pub message: Option<MessageId>,
    /// MessageGUID of that message's latest build.
    pub message_guid: Option<String>,
    /// When its state last changed.
    pub changed_at: Timestamp,
}

/// One message that is not finished.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct QueueView {
    /// Its id.
    pub message: MessageId,
    /// Batch it belongs to; none of a recurring export.
    pub batch: Option<BatchId>,
    /// Operation.
    pub operation: String,
    /// State.
    pub state: MessageState,
    /// When the next step is due; of no meaning for a parked one.
    pub due: Timestamp,
    /// How many times it was built and signed.
    pub build: u32,
    /// Failures in a row.
    pub attempts: u32,
    /// Objects it carries, by state.
    pub objects: BatchCounts,
    /// Last failure.
    pub failure: Option<crate::Failure>,
}
