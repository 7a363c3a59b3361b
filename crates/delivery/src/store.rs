//! The store: verbs of the domain, each one atomic durable transition.

use crate::batch::{Accepted, BatchView, NewBatch, ObjectRow, ObjectState, QueueView, RowView};
use crate::ids::{BatchId, Fence, MessageId, Namespace, ObjectId, Sha256, Timestamp};
use crate::ports::Work;
use crate::state::{Message, MessageState};
use async_trait::async_trait;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What went wrong in the store. Nothing acknowledged before is lost by any of these.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Another process writes to this store.
    #[error("{} is in use by another process: stop it, or wait until it ends", path.display())]
    Locked {
        /// The lock file.
        path: PathBuf,
    },
    /// The disk, or the size allowed for the store, is full.
    #[error("the store is full ({doing}): free disk space; nothing stored before is lost")]
    Full {
        /// What could not be done.
        doing: &'static str,
    },
    /// The database file is damaged.
    #[error("the store is damaged ({what}): stop and restore it from a backup")]
    Damaged {
        /// What was found.
        what: String,
    },
    /// Stored bytes differ from the digest stored beside them.
    #[error("stored bytes of body {body} are damaged ({what}): restore the store from a backup")]
    DamagedBody {
        /// Number of the body.
        body: i64,
        /// Whose they are.
        what: &'static str,
    },
    /// Written by a newer version.
    #[error("the store has schema {found}, this version knows {known}: upgrade the program")]
    Newer {
        /// Version found.
        found: i64,
        /// Newest version known.
        known: i64,
    },
    /// The file is an SQLite database of something else.
    #[error("{} is not a delivery store: name another data directory", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// There is no store here yet.
    #[error("there is no store at {}: nothing has been accepted yet, or the data directory is another", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// The idempotency key was used for other content.
    #[error("idempotency key of batch {batch} comes again with other content: use a new key")]
    KeyReused {
        /// The batch that holds the key.
        batch: BatchId,
    },
    /// A row to be sent stands in no message or in several, or a message names a row that is not there.
    #[error("row {row} must stand in exactly one message of the plan, it stands in {found}")]
    Plan {
        /// The row.
        row: u32,
        /// In how many messages it stands.
        found: usize,
    },
    /// Two objects of a batch have the same row number.
    #[error("row {row} comes twice in the batch")]
    RowRepeated {
        /// The row.
        row: u32,
    },
    /// The claim was lost: someone else works on the message now.
    #[error("message {message} was taken over; this result is late and is not recorded")]
    Fenced {
        /// The message.
        message: MessageId,
    },
    /// No such thing.
    #[error("there is no {what} {id}")]
    NotFound {
        /// `batch`, `message`, `object`.
        what: &'static str,
        /// Its number.
        id: i64,
    },
    /// The operating system or the database refused.
    #[error("{doing}: {text}")]
    Io {
        /// What was being done.
        doing: &'static str,
        /// What it said.
        text: String,
    },
    /// The store was closed, or its writer has ended.
    #[error("the store is closed")]
    Closed,
}

/// What a stored body is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyRole {
    /// Signed request as it leaves.
    Request,
    /// The system's first answer to a request: ack or refusal.
    Ack,
    /// The system's answer with results.
    Answer,
    /// First answer to a lookup.
    LookupAck,
    /// Answer of a lookup.
    LookupAnswer,
}

impl BodyRole {
    /// Name on disk.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Ack => "ack",
            Self::Answer => "answer",
            Self::LookupAck => "lookup_ack",
            Self::LookupAnswer => "lookup_answer",
        }
    }

    /// The role of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [Self::Request, Self::Ack, Self::Answer, Self::LookupAck, Self::LookupAnswer]
            .into_iter()
            .find(|role| role.name() == name)
    }
}

/// Bytes to be kept with a transition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewBody {
    /// What they are.
    pub role: BodyRole,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// Kept bytes of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// What they are.
    pub role: BodyRole,
    /// Build of the message they belong to.
    pub build: u32,
    /// When they were recorded.
    pub at: Timestamp,
    /// Their digest.
    pub sha256: Sha256,
    /// The bytes, verified.
    pub bytes: Vec<u8>,
}

/// A message taken to be worked on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    /// Token of this claim.
    pub fence: Fence,
    /// The message.
    pub message: Message,
    /// What the exchange needs to know; `message_guid` is that of the current build.
    pub work: Work,
    /// What ids given to the system are derived from.
    pub namespace: Namespace,
}

/// One decision to be recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Token of the claim.
    pub fence: Fence,
    /// State the message is in on disk.
    pub from: MessageState,
    /// The message from now on.
    pub message: Message,
    /// Positions of objects whose fate has changed.
    pub moved: Vec<usize>,
    /// States of objects that have changed.
    pub objects: Vec<(ObjectId, ObjectState)>,
    /// Bytes to keep.
    pub bodies: Vec<NewBody>,
    /// Keep the claim until then; `None` gives it back.
    pub lease: Option<Timestamp>,
    /// Now.
    pub at: Timestamp,
}

/// Which messages are claimed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claims {
    /// Now.
    pub now: Timestamp,
    /// The claim may be taken over after this.
    pub lease: Timestamp,
    /// At most so many.
    pub limit: usize,
}

/// What people look at. Never changes anything.
#[async_trait]
pub trait Views: Send + Sync {
    /// A batch with its counts.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]; the database's own.
    async fn batch(&self, batch: BatchId) -> Result<BatchView, StoreError>;

    /// The latest batches, newest first.
    ///
    /// # Errors
    /// The database's own.
    async fn batches(&self, limit: usize) -> Result<Vec<BatchView>, StoreError>;

    /// Rows of a batch in the caller's order, after row `after`, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]; the database's own.
    async fn rows(&self, batch: BatchId, after: Option<u32>, limit: usize) -> Result<Vec<RowView>, StoreError>;

    /// Messages that are not finished, parked ones included, in order of their due time.
    ///
    /// # Errors
    /// The database's own.
    async fn queue(&self, limit: usize) -> Result<Vec<QueueView>, StoreError>;

    /// Bytes kept for a message, in order, each verified.
    ///
    /// # Errors
    /// [`StoreError::DamagedBody`]; the database's own.
    async fn evidence(&self, message: MessageId) -> Result<Vec<Evidence>, StoreError>;

    /// The batch's bytes as received, verified.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::DamagedBody`]; the database's own.
    async fn content(&self, batch: BatchId) -> Result<Vec<u8>, StoreError>;
}

/// The outbox. Every writing call returns after its effect is durable.
#[async_trait]
pub trait Store: Views {
    /// Stores a batch with its objects and messages in one transaction, deciding per object what needs sending
    /// (`docs/specs/delivery.md`, Intake).
    ///
    /// # Errors
    /// [`StoreError::KeyReused`], [`StoreError::Plan`], [`StoreError::Full`]; then nothing is stored.
    async fn accept(&self, batch: NewBatch) -> Result<Accepted, StoreError>;

    /// Takes messages that are due, oldest first, each with a new fence.
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

    /// Ends all claims. For the start, when the process that held them is known to be gone; a message found in
    /// [`MessageState::Sending`] is then claimed and becomes uncertain.
    ///
    /// # Errors
    /// The database's own.
    async fn recover(&self) -> Result<u64, StoreError>;

    /// Takes a parked message, whatever its due time. `None` when it is not parked or is being worked on.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]; the database's own.
    async fn claim_parked(&self, message: MessageId, lease: Timestamp) -> Result<Option<Claimed>, StoreError>;

    /// When the next message is due, its lease run out; `None` when the engine has nothing left to do.
    ///
    /// # Errors
    /// The database's own.
    async fn next_due(&self) -> Result<Option<Timestamp>, StoreError>;
}
