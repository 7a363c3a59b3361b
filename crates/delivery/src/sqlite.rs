//! The store on SQLite: WAL, a sync on every commit, one writer thread, readers beside it.

mod body;
mod intake;
mod open;
mod queue;
mod views;
mod writer;

use crate::batch::{Accepted, BatchView, NewBatch, ObjectRow, QueueView, RowView};
use crate::ids::{BatchId, MessageId, Namespace, ObjectId, Timestamp};
use crate::store::{Claimed, Claims, Evidence, Record, Store, StoreError, Views};
use async_trait::async_trait;
use rusqlite::Connection;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// How a store is opened.
#[derive(Debug, Clone)]
pub struct SqliteOptions {
    /// Taken when the store is created, ignored when it exists: 16 random bytes.
    pub namespace: Namespace,
    /// The database may not grow beyond this many bytes; then writing fails with [`StoreError::Full`] and reading goes on.
    pub max_bytes: Option<u64>,
}

/// The store, open for writing. At most one process has it open; others use [`SqliteReader`].
///
/// Dropping it waits until everything queued is committed and the lock is free.
#[derive(Debug)]
pub struct SqliteStore {
    writer: writer::Writer,
    reader: SqliteReader,
    namespace: Namespace,
}

impl SqliteStore {
    /// Opens the store in `directory` (which must exist), creating it when there is none. Blocks: checks the file.
    ///
    /// # Errors
    /// [`StoreError::Locked`] when another process has it; [`StoreError::Newer`], [`StoreError::Foreign`],
    /// [`StoreError::Damaged`]; the operating system's own.
    pub fn open(directory: &Path, options: &SqliteOptions) -> Result<Self, StoreError> {
        let lock = open::lock(directory)?;
        let connection = open::writer(directory, options)?;
        let namespace = connection
            .query_row("SELECT namespace FROM store", [], |row| row.get(0))
            .map_err(|error| open::sql("reading the store's namespace", &error))?;
        let reader = SqliteReader::open(directory)?;
        Ok(Self { writer: writer::Writer::start(connection, lock)?, reader, namespace: Namespace(namespace) })
    }
}

/// The store, open for reading: beside a running engine or alone.
#[derive(Debug, Clone)]
pub struct SqliteReader {
    connection: Arc<Mutex<Connection>>,
}

impl SqliteReader {
    /// Opens the store in `directory` for reading.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is none; otherwise as [`SqliteStore::open`], except for the lock.
    pub fn open(directory: &Path) -> Result<Self, StoreError> {
        Ok(Self { connection: Arc::new(Mutex::new(open::reader(directory)?)) })
    }

    /// Runs a query on a thread that may block.
    async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let connection = Arc::clone(&self.connection);
        tokio::task::spawn_blocking(move || {
            // A query that panicked has left nothing half done in a connection that only reads.
            query(&connection.lock().unwrap_or_else(PoisonError::into_inner))
        })
        .await
        .map_err(|_| StoreError::Closed)?
    }
}

#[async_trait]
impl Views for SqliteReader {
    async fn batch(&self, batch: BatchId) -> Result<BatchView, StoreError> {
        self.read(move |connection| views::batch(connection, batch)).await
    }

    async fn batches(&self, limit: usize) -> Result<Vec<BatchView>, StoreError> {
        self.read(move |connection| views::batches(connection, limit)).await
    }

    async fn rows(&self, batch: BatchId, after: Option<u32>, limit: usize) -> Result<Vec<RowView>, StoreError> {
        self.read(move |connection| views::rows(connection, batch, after, limit)).await
    }

    async fn queue(&self, limit: usize) -> Result<Vec<QueueView>, StoreError> {
        self.read(move |connection| views::queue(connection, limit)).await
    }

    async fn evidence(&self, message: MessageId) -> Result<Vec<Evidence>, StoreError> {
        self.read(move |connection| views::evidence(connection, message)).await
    }

    async fn content(&self, batch: BatchId) -> Result<Vec<u8>, StoreError> {
        self.read(move |connection| views::content(connection, batch)).await
    }
}

#[async_trait]
impl Views for SqliteStore {
    async fn batch(&self, batch: BatchId) -> Result<BatchView, StoreError> {
        self.reader.batch(batch).await
    }

    async fn batches(&self, limit: usize) -> Result<Vec<BatchView>, StoreError> {
        self.reader.batches(limit).await
    }

    async fn rows(&self, batch: BatchId, after: Option<u32>, limit: usize) -> Result<Vec<RowView>, StoreError> {
        self.reader.rows(batch, after, limit).await
    }

    async fn queue(&self, limit: usize) -> Result<Vec<QueueView>, StoreError> {
        self.reader.queue(limit).await
    }

    async fn evidence(&self, message: MessageId) -> Result<Vec<Evidence>, StoreError> {
        self.reader.evidence(message).await
    }

    async fn content(&self, batch: BatchId) -> Result<Vec<u8>, StoreError> {
        self.reader.content(batch).await
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn accept(&self, batch: NewBatch) -> Result<Accepted, StoreError> {
        let namespace = self.namespace;
        let bytes = batch.content.len() + batch.objects.iter().map(|object| object.payload.len()).sum::<usize>();
        self.writer.run(bytes, move |connection| intake::accept(connection, &batch, namespace)).await
    }

    async fn claim_due(&self, claims: Claims) -> Result<Vec<Claimed>, StoreError> {
        let namespace = self.namespace;
        self.writer.run(0, move |connection| queue::claim_due(connection, claims, namespace)).await
    }

    async fn record(&self, record: Record) -> Result<(), StoreError> {
        let namespace = self.namespace;
        let bytes = record.bodies.iter().map(|body| body.bytes.len()).sum();
        self.writer.run(bytes, move |connection| queue::record(connection, &record, namespace)).await
    }

    async fn objects(&self, message: MessageId, wanted: &[ObjectId]) -> Result<Vec<ObjectRow>, StoreError> {
        let wanted = wanted.iter().copied().collect();
        self.reader.read(move |connection| queue::objects(connection, message, &wanted)).await
    }

    async fn request(&self, message: MessageId) -> Result<Vec<u8>, StoreError> {
        self.reader.read(move |connection| queue::request(connection, message)).await
    }

    async fn transport(&self, message: MessageId) -> Result<BTreeMap<String, ObjectId>, StoreError> {
        self.reader.read(move |connection| queue::transport(connection, message)).await
    }

    async fn recover(&self) -> Result<u64, StoreError> {
        self.writer.run(0, queue::recover).await
    }

    async fn claim_parked(&self, message: MessageId, lease: Timestamp) -> Result<Option<Claimed>, StoreError> {
        let namespace = self.namespace;
        self.writer.run(0, move |connection| queue::claim_parked(connection, message, lease, namespace)).await
    }

    async fn next_due(&self) -> Result<Option<Timestamp>, StoreError> {
        self.reader.read(queue::next_due).await
    }
}
