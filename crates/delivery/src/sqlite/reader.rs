//! Reading, beside a running engine or alone.

use super::health::Check;
use super::{check, claim, custody, evidence, inbox, open, operate, pulls, queue, views};
use crate::archive::{Archive, Custody, Entry, Expiry, Head, Hold, HoldId, Link, Selection};
use crate::batch::{BatchView, ObjectRow, Progress, QueueView, RowView};
use crate::decide::{Parked, ParkedAt};
use crate::ids::{BatchId, MessageId, ObjectId, Seq, Timestamp};
use crate::inbox::{Consumer, ConsumerView, Inbox, InboxItem};
use crate::operate::{Pause, Scope};
use crate::pull::PullView;
use crate::seal::Seal;
use crate::store::{Awaiting, Evidence, StoreError, Views};
use async_trait::async_trait;
use rusqlite::Connection;
use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// The store, open for reading: beside a running engine or alone. What would change it is refused with
/// [`StoreError::ReadOnly`].
#[derive(Debug, Clone)]
pub struct SqliteReader {
    connection: Arc<Mutex<Connection>>,
    seal: Arc<dyn Seal>,
}

impl SqliteReader {
    /// Opens the store in `directory` for reading; `seal` opens its bodies.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is none; otherwise as [`SqliteStore::open`](super::SqliteStore::open), except for
    /// the lock.
    pub fn open(directory: &Path, seal: Arc<dyn Seal>) -> Result<Self, StoreError> {
        Ok(Self { connection: Arc::new(Mutex::new(open::reader(directory)?)), seal })
    }

    /// Reads the whole store in `directory` and says how it is: beside a running engine or alone, without keys. A large one takes
    /// minutes; dropping the future ends the reading.
    ///
    /// # Errors
    /// As [`SqliteReader::open`].
    pub async fn check(directory: &Path) -> Result<Check, StoreError> {
        check::beside(directory).await
    }

    /// All recurring exports and where they stand.
    ///
    /// # Errors
    /// The database's own.
    pub async fn pulls(&self) -> Result<Vec<PullView>, StoreError> {
        self.read(|connection, _| pulls::all(connection)).await
    }

    /// Pauses in force or yet to end, in order of their beginning.
    ///
    /// # Errors
    /// The database's own.
    pub async fn pauses(&self) -> Result<Vec<Pause>, StoreError> {
        self.read(|connection, _| operate::pauses(connection)).await
    }

    pub(super) fn seal(&self) -> &Arc<dyn Seal> {
        &self.seal
    }

    pub(super) async fn objects(
        &self,
        message: MessageId,
        wanted: HashSet<ObjectId>,
    ) -> Result<Vec<ObjectRow>, StoreError> {
        self.read(move |connection, seal| queue::objects(connection, seal, message, &wanted)).await
    }

    pub(super) async fn request(&self, message: MessageId) -> Result<Vec<u8>, StoreError> {
        self.read(move |connection, seal| queue::request(connection, seal, message)).await
    }

    pub(super) async fn transport(&self, message: MessageId) -> Result<BTreeMap<String, ObjectId>, StoreError> {
        self.read(move |connection, _| queue::transport(connection, message)).await
    }

    pub(super) async fn organisation(&self, message: MessageId) -> Result<String, StoreError> {
        self.read(move |connection, _| queue::organisation(connection, message)).await
    }

    pub(super) async fn unfinished(&self, now: Timestamp) -> Result<bool, StoreError> {
        self.read(move |connection, _| claim::unfinished(connection, now)).await
    }

    pub(super) async fn next_due(&self) -> Result<Option<Timestamp>, StoreError> {
        self.read(|connection, _| claim::next_due(connection)).await
    }

    pub(super) async fn awaiting(
        &self,
        now: Timestamp,
        closed: Vec<Scope>,
        limit: usize,
    ) -> Result<Vec<Awaiting>, StoreError> {
        self.read(move |connection, _| claim::awaiting(connection, now, &closed, limit)).await
    }

    /// Runs a query on a thread that may block; what it reads is of one moment.
    async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Connection, &dyn Seal) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (connection, seal) = (Arc::clone(&self.connection), Arc::clone(&self.seal));
        tokio::task::spawn_blocking(move || {
            // A query that panicked has left nothing half done in a connection that only reads.
            let connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
            let moment = connection.unchecked_transaction().map_err(|error| open::sql("reading the store", &error))?;
            query(&moment, seal.as_ref())
        })
        .await
        .map_err(|_| StoreError::Closed)?
    }
}

#[async_trait]
impl Views for SqliteReader {
    async fn batch(&self, batch: BatchId) -> Result<BatchView, StoreError> {
        self.read(move |connection, _| views::batch(connection, batch)).await
    }

    async fn batches(&self, limit: usize) -> Result<Vec<BatchView>, StoreError> {
        self.read(move |connection, _| views::batches(connection, limit)).await
    }

    async fn rows(&self, batch: BatchId, after: Option<u32>, limit: usize) -> Result<Vec<RowView>, StoreError> {
        self.read(move |connection, _| views::rows(connection, batch, after, limit)).await
    }

    async fn queue(&self, limit: usize) -> Result<Vec<QueueView>, StoreError> {
        self.read(move |connection, _| views::queue(connection, limit)).await
    }

    async fn progress(&self) -> Result<(Progress, MessageId), StoreError> {
        self.read(|connection, _| views::progress(connection)).await
    }

    async fn message(&self, message: MessageId) -> Result<Option<QueueView>, StoreError> {
        self.read(move |connection, _| views::message(connection, message)).await
    }

    async fn parked(&self, which: &Parked, after: Option<ParkedAt>, limit: usize) -> Result<Vec<ParkedAt>, StoreError> {
        let which = which.clone();
        self.read(move |connection, _| views::parked(connection, &which, after, limit)).await
    }

    async fn evidence(&self, message: MessageId) -> Result<Vec<Evidence>, StoreError> {
        self.read(move |connection, seal| views::evidence(connection, seal, message)).await
    }

    async fn content(&self, batch: BatchId) -> Result<Vec<u8>, StoreError> {
        self.read(move |connection, seal| views::content(connection, seal, batch)).await
    }
}

#[async_trait]
impl Inbox for SqliteReader {
    async fn inbox(&self, consumer: &Consumer, limit: usize) -> Result<Vec<InboxItem>, StoreError> {
        let consumer = consumer.clone();
        self.read(move |connection, seal| inbox::read(connection, seal, &consumer, limit)).await
    }

    async fn latest(&self, topic: &str, after: Option<Seq>, limit: usize) -> Result<Vec<InboxItem>, StoreError> {
        let topic = topic.to_owned();
        self.read(move |connection, seal| inbox::latest(connection, seal, &topic, after, limit)).await
    }

    async fn acknowledge(&self, _: &Consumer, _: Seq, _: Timestamp) -> Result<(), StoreError> {
        Err(StoreError::ReadOnly)
    }

    async fn consumers(&self) -> Result<Vec<ConsumerView>, StoreError> {
        self.read(|connection, _| inbox::consumers(connection)).await
    }
}

#[async_trait]
impl Archive for SqliteReader {
    async fn nodes(&self) -> Result<Vec<String>, StoreError> {
        self.read(|connection, _| evidence::nodes(connection)).await
    }

    async fn entries(&self, node: &str, after: i64, limit: usize) -> Result<Vec<Entry>, StoreError> {
        let node = node.to_owned();
        self.read(move |connection, _| evidence::entries(connection, &node, after, limit)).await
    }

    async fn links(&self, node: &str, after: i64, limit: usize) -> Result<Vec<Link>, StoreError> {
        let node = node.to_owned();
        self.read(move |connection, _| evidence::links(connection, &node, after, limit)).await
    }

    async fn heads(&self, node: &str) -> Result<Vec<Head>, StoreError> {
        let node = node.to_owned();
        self.read(move |connection, _| evidence::heads(connection, &node)).await
    }

    async fn append_head(&self, _: Head) -> Result<(), StoreError> {
        Err(StoreError::ReadOnly)
    }
}

#[async_trait]
impl Custody for SqliteReader {
    async fn selected(
        &self,
        selection: &Selection,
        after: Option<(&str, i64)>,
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        let (selection, after) = (selection.clone(), after.map(|(node, number)| (node.to_owned(), number)));
        self.read(move |connection, _| custody::selected(connection, &selection, after.as_ref(), limit)).await
    }

    async fn kinds(&self) -> Result<Vec<String>, StoreError> {
        self.read(|connection, _| custody::kinds(connection)).await
    }

    async fn expire(&self, _: &Expiry) -> Result<usize, StoreError> {
        Err(StoreError::ReadOnly)
    }

    async fn hold(&self, _: Selection, _: &str, _: Timestamp) -> Result<Hold, StoreError> {
        Err(StoreError::ReadOnly)
    }

    async fn release(&self, _: HoldId, _: Timestamp) -> Result<bool, StoreError> {
        Err(StoreError::ReadOnly)
    }

    async fn holds(&self) -> Result<Vec<Hold>, StoreError> {
        self.read(|connection, _| custody::holds(connection)).await
    }
}
