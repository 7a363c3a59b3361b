//! The store: verbs of the domain, each one atomic durable transition.

mod error;
mod record;
mod views;
mod wakes;

pub use error::StoreError;
pub use record::{Awaiting, BodyRole, Claimed, Claims, Evidence, NewBody, Record};
pub use views::Views;
pub use wakes::Wakes;

use crate::archive::Archive;
use crate::batch::{Accepted, NewBatch, ObjectRow};
use crate::ids::{MessageId, ObjectId, Timestamp};
use crate::inbox::Inbox;
use crate::operate::{Operate, Scope};
use crate::pull::{Pull, PullView};
use async_trait::async_trait;
use std::collections::BTreeMap;

/// Everything delivery keeps: the outbox (here), what people see ([`Views`]), the [`Inbox`], the [`Archive`] and the operator's
/// hand ([`Operate`]). Every writing call returns after its effect is durable.
#[async_trait]
pub trait Store: Views + Inbox + Archive + Operate {
    /// Stores a batch with its objects and messages in one transaction, deciding per object what needs sending
    /// (`docs/specs/delivery.md`, Intake).
    ///
    /// # Errors
    /// [`StoreError::KeyReused`], [`StoreError::Plan`], [`StoreError::Full`]; then nothing is stored.
    async fn accept(&self, batch: NewBatch) -> Result<Accepted, StoreError>;

    /// Takes messages that are due, each with a new fence: of every queue that is neither paused nor closed by priority, then
    /// the oldest first. Not claimed are messages behind another of their lane, and those whose state is asked in bulk.
    ///
    /// # Errors
    /// The database's own.
    async fn claim_due(&self, claims: Claims) -> Result<Vec<Claimed>, StoreError>;

    /// Records a decision with everything that belongs to it, if the claim still holds.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when the fence or the state differ; [`StoreError::Full`].
    async fn record(&self, record: Record) -> Result<(), StoreError>;

    /// The message's objects with their payloads, in the order of the request; only those named.
    ///
    /// # Errors
    /// [`StoreError::DamagedBody`]; the database's own.
    async fn objects(&self, message: MessageId, wanted: &[ObjectId]) -> Result<Vec<ObjectRow>, StoreError>;

    /// Bytes of the message's current build.
    ///
    /// # Errors
    /// [`StoreError::DamagedBody`]; the database's own.
    async fn request(&self, message: MessageId) -> Result<Vec<u8>, StoreError>;

    /// Which object of the message travels under which TransportGUID.
    ///
    /// # Errors
    /// The database's own.
    async fn transport(&self, message: MessageId) -> Result<BTreeMap<String, ObjectId>, StoreError>;

    /// Ends all claims of this node. For the start, when the process that held them is known to be gone; a message found in
    /// [`MessageState::Sending`](crate::state::MessageState::Sending) is then claimed and becomes uncertain.
    ///
    /// # Errors
    /// The database's own.
    async fn recover(&self) -> Result<u64, StoreError>;

    /// Takes a parked message, whatever its due time. `None` when it is not parked or is being worked on.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]; the database's own.
    async fn claim_parked(&self, message: MessageId, lease: Timestamp) -> Result<Option<Claimed>, StoreError>;

    /// When the next message is due, its lease run out, or is due to be asked about in bulk; `None` when the engine has nothing
    /// left to do.
    ///
    /// # Errors
    /// The database's own.
    async fn next_due(&self) -> Result<Option<Timestamp>, StoreError>;

    /// Will anything become due by itself, now or later, beside recurring exports that wait for their next run? What stands behind
    /// a parked message or is paused without end does not.
    ///
    /// # Errors
    /// The database's own.
    async fn unfinished(&self, now: Timestamp) -> Result<bool, StoreError>;

    /// Acknowledged messages whose state is asked in bulk and is due to be asked again, by queue; queues paused or closed left out.
    ///
    /// # Errors
    /// The database's own.
    async fn awaiting(&self, now: Timestamp, closed: &[Scope], limit: usize) -> Result<Vec<Awaiting>, StoreError>;

    /// What a question about many messages said: those `finished` are due now and claimed like any other, the rest are asked
    /// about again when given. Messages that have moved on meanwhile are left alone.
    ///
    /// # Errors
    /// The database's own.
    async fn told(
        &self,
        finished: Vec<MessageId>,
        unfinished: Vec<(MessageId, Timestamp)>,
        at: Timestamp,
    ) -> Result<(), StoreError>;

    /// Makes these the recurring exports of an organisation on a stand. New ones begin at `at`; known ones (by name) keep how
    /// far they have read; those not named any more end, and a message of theirs in flight comes to its own end.
    ///
    /// # Errors
    /// The database's own.
    async fn set_pulls(
        &self,
        organisation: &str,
        stand: &str,
        pulls: Vec<Pull>,
        at: Timestamp,
    ) -> Result<(), StoreError>;

    /// All recurring exports and where they stand.
    ///
    /// # Errors
    /// The database's own.
    async fn pulls(&self) -> Result<Vec<PullView>, StoreError>;

    /// News of work that others bring: whoever runs on this store looks when it comes. `None` where there are no others.
    fn wakes(&self) -> Option<Wakes> {
        None
    }
}
