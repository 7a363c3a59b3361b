//! What the system has for us: items of recurring exports, kept in order until every consumer has taken them.

use crate::ids::{MessageId, Seq, Sha256, Timestamp};
use crate::store::StoreError;
use async_trait::async_trait;

/// One object an export brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewItem {
    /// Id of the object in the system; with organisation, stand and topic it identifies the object over time.
    pub key: String,
    /// Digest of what matters in its content: an object with the content it had last is not delivered again.
    pub content: Sha256,
    /// The object as consumers get it (JSON).
    pub body: Vec<u8>,
}

/// One page of an export.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// What it brought, in the order of the answer. The last page may be empty.
    pub items: Vec<NewItem>,
    /// Where the next page begins; `None` ends the export.
    pub next: Option<String>,
}

/// An item of the inbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboxItem {
    /// Its position; a consumer acknowledges up to it.
    pub seq: Seq,
    /// The organisation it belongs to.
    pub organisation: String,
    /// The stand it came from.
    pub stand: String,
    /// Kind of object (`appeals`, `readings`).
    pub topic: String,
    /// Id of the object in the system.
    pub key: String,
    /// When it was recorded.
    pub received_at: Timestamp,
    /// The message whose answer brought it; its evidence proves the item.
    pub message: MessageId,
    /// The object (JSON), verified.
    pub body: Vec<u8>,
}

/// Who reads the inbox. Consumers do not see each other; one that reads a single topic has a position of its own in it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Consumer {
    /// Its name, chosen by whoever reads.
    pub name: String,
    /// The only topic it reads; `None` reads all.
    pub topic: Option<String>,
}

/// A consumer and how far it has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsumerView {
    /// Who.
    pub consumer: Consumer,
    /// Everything up to here is acknowledged.
    pub acknowledged: Seq,
    /// When it last acknowledged something, or was first seen.
    pub at: Timestamp,
    /// How many items wait for it.
    pub waiting: u64,
}

/// The inbox: at least once to each consumer, in order, acknowledged by position.
#[async_trait]
pub trait Inbox: Send + Sync {
    /// The first items the consumer has not acknowledged, at most `limit`, in order. A consumer seen for the first time begins
    /// with the oldest item kept. Reading again before acknowledging gives the same items.
    ///
    /// # Errors
    /// [`StoreError::DamagedBody`]; the database's own.
    async fn inbox(&self, consumer: &Consumer, limit: usize) -> Result<Vec<InboxItem>, StoreError>;

    /// Objects of a topic as they came last, each once, in the order in which they did, behind `after`, at most `limit`. What changes
    /// between two calls comes again.
    ///
    /// # Errors
    /// [`StoreError::DamagedBody`]; the database's own.
    async fn latest(&self, topic: &str, after: Option<Seq>, limit: usize) -> Result<Vec<InboxItem>, StoreError>;

    /// The consumer has dealt with everything up to `upto`. An older position than it has already acknowledged changes nothing.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] for a position beyond the last item; the database's own.
    async fn acknowledge(&self, consumer: &Consumer, upto: Seq, at: Timestamp) -> Result<(), StoreError>;

    /// Every consumer that has acknowledged something, and how far it has come.
    ///
    /// # Errors
    /// The database's own.
    async fn consumers(&self) -> Result<Vec<ConsumerView>, StoreError>;
}
