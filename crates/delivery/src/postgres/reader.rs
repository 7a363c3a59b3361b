//! Reading, beside the nodes that write or alone.

use super::readers::Readers;
use super::session::Session;
use super::trouble::Trouble;
use super::{PostgresOptions, archive, custody, inbox, open, operate, pulls, views};
use crate::archive::{Archive, Custody, Entry, Expiry, Head, Hold, HoldId, Link, Selection};
use crate::batch::{BatchView, Progress, QueueView, RowView};
use crate::decide::{Parked, ParkedAt};
use crate::ids::{BatchId, MessageId, Seq, Timestamp};
use crate::inbox::{Consumer, ConsumerView, Inbox, InboxItem};
use crate::operate::Pause;
use crate::pull::PullView;
use crate::store::{Evidence, StoreError, Views};
use async_trait::async_trait;
use std::sync::Arc;
use tokio::sync::OnceCell;

type Result<T> = std::result::Result<T, StoreError>;

/// The store, open for reading: beside the nodes that write, and under no node's name. What would change it is refused with
/// [`StoreError::ReadOnly`].
///
/// It connects when it is first asked something, and anew when a connection is lost; so every call may fail with the errors of
/// [`PostgresStore::open`](super::PostgresStore::open). A schema without a store has empty lists, and the rest fails with
/// [`StoreError::NoStore`].
#[derive(Debug, Clone)]
pub struct PostgresReader {
    options: Arc<PostgresOptions>,
    readers: Arc<Readers>,
    known: Arc<OnceCell<()>>,
}

impl PostgresReader {
    /// A reader by these options, of which neither node nor namespace counts.
    #[must_use]
    pub fn new(options: PostgresOptions) -> Self {
        let options = Arc::new(options);
        Self { readers: Arc::new(Readers::new(Arc::clone(&options))), options, known: Arc::default() }
    }

    /// Whether the schema holds a store.
    ///
    /// # Errors
    /// The database's own.
    pub async fn exists(&self) -> Result<bool> {
        match self.ready().await {
            Ok(()) => Ok(true),
            Err(StoreError::NoStore { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Version of the store in the schema; nothing when there is no store yet. It connects if need be.
    ///
    /// # Errors
    /// The database's own.
    pub async fn version(&self) -> Result<Option<i64>> {
        let found = self.readers.read(|session| async move { open::version(&session, &self.options).await }).await?;
        Ok(found.map(|(version, _)| version))
    }

    /// All recurring exports and where they stand.
    ///
    /// # Errors
    /// The database's own.
    pub async fn pulls(&self) -> Result<Vec<PullView>> {
        self.list(|session| async move { pulls::all(&session).await }).await
    }

    /// Pauses in force or yet to end, in order of their beginning.
    ///
    /// # Errors
    /// The database's own.
    pub async fn pauses(&self) -> Result<Vec<Pause>> {
        self.list(|session| async move { operate::pauses(&session).await }).await
    }

    /// Is what stands there a store, of a version that is known here? Asked once.
    async fn ready(&self) -> Result<()> {
        let look = || {
            self.readers.read(|session| async move {
                let found = open::version(&session, &self.options).await?;
                found.map(drop).ok_or_else(|| StoreError::NoStore { schema: self.options.schema.clone() }.into())
            })
        };
        self.known.get_or_try_init(look).await.copied()
    }

    /// A list: empty where there is no store.
    async fn list<T, F>(&self, query: impl Fn(Arc<Session>) -> F) -> Result<Vec<T>>
    where
        F: Future<Output = std::result::Result<Vec<T>, Trouble>>,
    {
        if self.exists().await? { self.readers.read(query).await } else { Ok(Vec::new()) }
    }

    async fn read<T, F>(&self, query: impl Fn(Arc<Session>) -> F) -> Result<T>
    where
        F: Future<Output = std::result::Result<T, Trouble>>,
    {
        self.ready().await?;
        self.readers.read(query).await
    }
}

#[async_trait]
impl Views for PostgresReader {
    async fn batch(&self, batch: BatchId) -> Result<BatchView> {
        self.read(|session| async move { views::batch(&session, batch).await }).await
    }

    async fn batches(&self, limit: usize) -> Result<Vec<BatchView>> {
        self.list(|session| async move { views::batches(&session, limit).await }).await
    }

    async fn rows(&self, batch: BatchId, after: Option<u32>, limit: usize) -> Result<Vec<RowView>> {
        self.read(|session| async move { views::rows(&session, batch, after, limit).await }).await
    }

    async fn queue(&self, limit: usize) -> Result<Vec<QueueView>> {
        self.list(|session| async move { views::queue(&session, limit).await }).await
    }

    async fn message(&self, message: MessageId) -> Result<Option<QueueView>> {
        self.read(|session| async move { views::message(&session, message).await }).await
    }

    async fn parked(&self, which: &Parked, after: Option<ParkedAt>, limit: usize) -> Result<Vec<ParkedAt>> {
        self.list(|session| async move { views::parked(&session, which, after, limit).await }).await
    }

    async fn progress(&self) -> Result<(Progress, MessageId)> {
        self.read(|session| async move { views::progress(&session).await }).await
    }

    async fn evidence(&self, message: MessageId) -> Result<Vec<Evidence>> {
        let seal = &self.options.seal;
        self.read(|session| async move { views::evidence(&session, seal.as_ref(), message).await }).await
    }

    async fn content(&self, batch: BatchId) -> Result<Vec<u8>> {
        let seal = &self.options.seal;
        self.read(|session| async move { views::content(&session, seal.as_ref(), batch).await }).await
    }
}

#[async_trait]
impl Inbox for PostgresReader {
    async fn inbox(&self, consumer: &Consumer, limit: usize) -> Result<Vec<InboxItem>> {
        let seal = &self.options.seal;
        self.list(|session| async move { inbox::read(&session, seal.as_ref(), consumer, limit).await }).await
    }

    async fn latest(&self, topic: &str, after: Option<Seq>, limit: usize) -> Result<Vec<InboxItem>> {
        let seal = &self.options.seal;
        self.list(|session| async move { inbox::latest(&session, seal.as_ref(), topic, after, limit).await }).await
    }

    async fn acknowledge(&self, _: &Consumer, _: Seq, _: Timestamp) -> Result<()> {
        Err(StoreError::ReadOnly)
    }

    async fn consumers(&self) -> Result<Vec<ConsumerView>> {
        self.list(|session| async move { inbox::consumers(&session).await }).await
    }
}

#[async_trait]
impl Archive for PostgresReader {
    async fn nodes(&self) -> Result<Vec<String>> {
        self.read(|session| async move { archive::nodes(&session).await }).await
    }

    async fn entries(&self, node: &str, after: i64, limit: usize) -> Result<Vec<Entry>> {
        self.read(|session| async move { archive::entries(&session, node, after, limit).await }).await
    }

    async fn links(&self, node: &str, after: i64, limit: usize) -> Result<Vec<Link>> {
        self.read(|session| async move { archive::links(&session, node, after, limit).await }).await
    }

    async fn heads(&self, node: &str) -> Result<Vec<Head>> {
        self.read(|session| async move { archive::heads(&session, node).await }).await
    }

    async fn append_head(&self, _: Head) -> Result<()> {
        Err(StoreError::ReadOnly)
    }
}

#[async_trait]
impl Custody for PostgresReader {
    async fn selected(&self, selection: &Selection, after: Option<(&str, i64)>, limit: usize) -> Result<Vec<Entry>> {
        self.read(|session| async move { custody::selected(&session, selection, after, limit).await }).await
    }

    async fn kinds(&self) -> Result<Vec<String>> {
        self.read(|session| async move { custody::kinds(&session).await }).await
    }

    async fn expire(&self, _: &Expiry) -> Result<usize> {
        Err(StoreError::ReadOnly)
    }

    async fn hold(&self, _: Selection, _: &str, _: Timestamp) -> Result<Hold> {
        Err(StoreError::ReadOnly)
    }

    async fn release(&self, _: HoldId, _: Timestamp) -> Result<bool> {
        Err(StoreError::ReadOnly)
    }

    async fn holds(&self) -> Result<Vec<Hold>> {
        self.read(|session| async move { custody::holds(&session).await }).await
    }
}
