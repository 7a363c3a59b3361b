//! The store's verbs: what is sealed or remembered here, what is asked of the writer, what a reader answers.

use super::job::{Done, Job};
use super::record::Decision;
use super::{PostgresStore, archive, claim, custody, inbox, intake, operate, pulls, views};
use crate::archive::{Archive, Custody, Entry, Expiry, Head, Hold, HoldId, Link, Selection};
use crate::batch::{Accepted, BatchView, NewBatch, ObjectRow, Progress, QueueView, RowView};
use crate::decide::{Parked, ParkedAt};
use crate::ids::{BatchId, MessageId, ObjectId, Seq, Timestamp};
use crate::inbox::{Consumer, ConsumerView, Inbox, InboxItem};
use crate::operate::{Operate, Pause, Scope};
use crate::pull::{Pull, PullView};
use crate::store::{Awaiting, Claimed, Claims, Evidence, Record, Store, StoreError, Views, Wakes};
use async_trait::async_trait;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Sealing more than this leaves the runtime's threads alone.
const MUCH: usize = 256 << 10;

type Result<T> = std::result::Result<T, StoreError>;

/// Compresses and encrypts; much of it on a thread that may block.
async fn sealed<T: Send + 'static>(bytes: usize, seal: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    if bytes < MUCH {
        return seal();
    }
    tokio::task::spawn_blocking(seal).await.map_err(|_| StoreError::Closed)?
}

/// An answer of the writer that is not of the kind of its question.
fn mixed_up<T>(_: Done) -> Result<T> {
    Err(StoreError::Closed)
}

#[async_trait]
impl Views for PostgresStore {
    async fn batch(&self, batch: BatchId) -> Result<BatchView> {
        self.readers.read(|session| async move { views::batch(&session, batch).await }).await
    }

    async fn batches(&self, limit: usize) -> Result<Vec<BatchView>> {
        self.readers.read(|session| async move { views::batches(&session, limit).await }).await
    }

    async fn rows(&self, batch: BatchId, after: Option<u32>, limit: usize) -> Result<Vec<RowView>> {
        self.readers.read(|session| async move { views::rows(&session, batch, after, limit).await }).await
    }

    async fn queue(&self, limit: usize) -> Result<Vec<QueueView>> {
        self.readers.read(|session| async move { views::queue(&session, limit).await }).await
    }

    async fn progress(&self) -> Result<(Progress, MessageId)> {
        self.readers.read(|session| async move { views::progress(&session).await }).await
    }

    async fn message(&self, message: MessageId) -> Result<Option<QueueView>> {
        self.readers.read(|session| async move { views::message(&session, message).await }).await
    }

    async fn parked(&self, which: &Parked, after: Option<ParkedAt>, limit: usize) -> Result<Vec<ParkedAt>> {
        self.readers.read(|session| async move { views::parked(&session, which, after, limit).await }).await
    }

    async fn evidence(&self, message: MessageId) -> Result<Vec<Evidence>> {
        let seal = &self.options.seal;
        self.readers.read(|session| async move { views::evidence(&session, seal.as_ref(), message).await }).await
    }

    async fn content(&self, batch: BatchId) -> Result<Vec<u8>> {
        let seal = &self.options.seal;
        self.readers.read(|session| async move { views::content(&session, seal.as_ref(), batch).await }).await
    }
}

#[async_trait]
impl Store for PostgresStore {
    async fn accept(&self, batch: NewBatch) -> Result<Accepted> {
        let bytes = batch.content.len() + batch.objects.iter().map(|object| object.payload.len()).sum::<usize>();
        let seal = Arc::clone(&self.options.seal);
        let intake = sealed(bytes, move || Ok(intake::Intake::seal(seal.as_ref(), batch)?)).await?;
        match self.run(Job::Accept(Box::new(intake))).await? {
            Done::Accepted(accepted) => Ok(accepted),
            other => mixed_up(other),
        }
    }

    async fn claim_due(&self, claims: Claims) -> Result<Vec<Claimed>> {
        match self.run(Job::Claim(claims)).await? {
            Done::Claimed(claimed, ahead) => Ok(self.remember(claimed, ahead)),
            other => mixed_up(other),
        }
    }

    async fn record(&self, record: Record) -> Result<()> {
        let (message, ends) = (record.message.id, record.lease.is_none());
        let known = self.known(message).await?;
        let items = record.page.iter().flat_map(|page| &page.items).map(|item| item.body.len());
        let bytes = record.bodies.iter().map(|body| body.bytes.len()).chain(items).sum();
        let seal = Arc::clone(&self.options.seal);
        let decision = sealed(bytes, move || Ok(Decision::seal(seal.as_ref(), record, known)?)).await?;
        let result = self.run(Job::Record(Box::new(decision))).await;
        if ends || matches!(result, Err(StoreError::Fenced { .. })) {
            self.forget(message);
        }
        result.map(|_| ())
    }

    async fn objects(&self, message: MessageId, wanted: &[ObjectId]) -> Result<Vec<ObjectRow>> {
        let seal = &self.options.seal;
        self.readers.read(|session| async move { views::objects(&session, seal.as_ref(), message, wanted).await }).await
    }

    async fn request(&self, message: MessageId) -> Result<Vec<u8>> {
        let seal = &self.options.seal;
        self.readers.read(|session| async move { views::request(&session, seal.as_ref(), message).await }).await
    }

    async fn transport(&self, message: MessageId) -> Result<BTreeMap<String, ObjectId>> {
        self.readers.read(|session| async move { views::transport(&session, message).await }).await
    }

    fn wakes(&self) -> Option<Wakes> {
        Some(self.listener.wakes())
    }

    async fn recover(&self) -> Result<u64> {
        match self.run(Job::Recover).await? {
            Done::Count(ended) => Ok(ended),
            other => mixed_up(other),
        }
    }

    async fn claim_parked(&self, message: MessageId, lease: Timestamp) -> Result<Option<Claimed>> {
        match self.run(Job::ClaimParked(message, lease)).await? {
            Done::Claimed(claimed, ahead) => Ok(self.remember(claimed, ahead).into_iter().next()),
            other => mixed_up(other),
        }
    }

    async fn next_due(&self) -> Result<Option<Timestamp>> {
        let ahead = self.ahead.load(Ordering::Relaxed);
        self.readers.read(|session| async move { claim::next(&session, ahead).await }).await
    }

    async fn unfinished(&self, now: Timestamp) -> Result<bool> {
        self.readers.read(|session| async move { claim::unfinished(&session, now).await }).await
    }

    async fn awaiting(&self, now: Timestamp, closed: &[Scope], limit: usize) -> Result<Vec<Awaiting>> {
        self.readers.read(|session| async move { claim::awaiting(&session, now, closed, limit).await }).await
    }

    async fn told(
        &self,
        finished: Vec<MessageId>,
        unfinished: Vec<(MessageId, Timestamp)>,
        at: Timestamp,
    ) -> Result<()> {
        self.run(Job::Told(claim::Told { finished, unfinished, at })).await.map(|_| ())
    }

    async fn set_pulls(&self, organisation: &str, stand: &str, pulls: Vec<Pull>, at: Timestamp) -> Result<()> {
        let (organisation, stand) = (organisation.to_owned(), stand.to_owned());
        self.run(Job::SetPulls(pulls::Settings { organisation, stand, pulls, at })).await.map(|_| ())
    }

    async fn pulls(&self) -> Result<Vec<PullView>> {
        self.readers.read(|session| async move { pulls::all(&session).await }).await
    }
}

#[async_trait]
impl Inbox for PostgresStore {
    async fn inbox(&self, consumer: &Consumer, limit: usize) -> Result<Vec<InboxItem>> {
        let seal = &self.options.seal;
        self.readers.read(|session| async move { inbox::read(&session, seal.as_ref(), consumer, limit).await }).await
    }

    async fn latest(&self, topic: &str, after: Option<Seq>, limit: usize) -> Result<Vec<InboxItem>> {
        let seal = &self.options.seal;
        self.readers
            .read(|session| async move { inbox::latest(&session, seal.as_ref(), topic, after, limit).await })
            .await
    }

    async fn acknowledge(&self, consumer: &Consumer, upto: Seq, at: Timestamp) -> Result<()> {
        self.run(Job::Acknowledge(consumer.clone(), upto, at)).await.map(|_| ())
    }

    async fn consumers(&self) -> Result<Vec<ConsumerView>> {
        self.readers.read(|session| async move { inbox::consumers(&session).await }).await
    }
}

#[async_trait]
impl Archive for PostgresStore {
    async fn nodes(&self) -> Result<Vec<String>> {
        self.readers.read(|session| async move { archive::nodes(&session).await }).await
    }

    async fn entries(&self, node: &str, after: i64, limit: usize) -> Result<Vec<Entry>> {
        self.readers.read(|session| async move { archive::entries(&session, node, after, limit).await }).await
    }

    async fn links(&self, node: &str, after: i64, limit: usize) -> Result<Vec<Link>> {
        self.readers.read(|session| async move { archive::links(&session, node, after, limit).await }).await
    }

    async fn heads(&self, node: &str) -> Result<Vec<Head>> {
        self.readers.read(|session| async move { archive::heads(&session, node).await }).await
    }

    async fn append_head(&self, head: Head) -> Result<()> {
        self.run(Job::AppendHead(Box::new(head))).await.map(|_| ())
    }
}

#[async_trait]
impl Custody for PostgresStore {
    async fn selected(&self, selection: &Selection, after: Option<(&str, i64)>, limit: usize) -> Result<Vec<Entry>> {
        self.readers.read(|session| async move { custody::selected(&session, selection, after, limit).await }).await
    }

    async fn kinds(&self) -> Result<Vec<String>> {
        self.readers.read(|session| async move { custody::kinds(&session).await }).await
    }

    async fn expire(&self, expiry: &Expiry) -> Result<usize> {
        match self.run(Job::Expire(expiry.clone())).await? {
            Done::Count(removed) => Ok(usize::try_from(removed).unwrap_or(usize::MAX)),
            other => mixed_up(other),
        }
    }

    async fn hold(&self, scope: Selection, reason: &str, at: Timestamp) -> Result<Hold> {
        match self.run(Job::Hold(scope, reason.to_owned(), at)).await? {
            Done::Held(hold) => Ok(hold),
            other => mixed_up(other),
        }
    }

    async fn release(&self, hold: HoldId, at: Timestamp) -> Result<bool> {
        match self.run(Job::Release(hold, at)).await? {
            Done::Flag(ended) => Ok(ended),
            other => mixed_up(other),
        }
    }

    async fn holds(&self) -> Result<Vec<Hold>> {
        self.readers.read(|session| async move { custody::holds(&session).await }).await
    }
}

#[async_trait]
impl Operate for PostgresStore {
    async fn pause(&self, pause: Pause) -> Result<()> {
        self.run(Job::Pause(pause)).await.map(|_| ())
    }

    async fn resume(&self, scope: Scope) -> Result<bool> {
        match self.run(Job::Resume(scope)).await? {
            Done::Flag(ended) => Ok(ended),
            other => mixed_up(other),
        }
    }

    async fn pauses(&self) -> Result<Vec<Pause>> {
        self.readers.read(|session| async move { operate::pauses(&session).await }).await
    }
}
