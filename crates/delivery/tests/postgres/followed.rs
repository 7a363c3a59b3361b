//! A store whose database follows the test's clock: leases end by the database's own, which no test can wait for.

use crate::server::Place;
use async_trait::async_trait;
use gis_gkh_delivery::archive::{Archive, Entry, Head, Link};
use gis_gkh_delivery::{
    Accepted, Awaiting, BatchId, BatchView, Claimed, Claims, Consumer, ConsumerView, Evidence, Inbox, InboxItem,
    MessageId, NewBatch, ObjectId, ObjectRow, Operate, Parked, ParkedAt, Pause, PostgresStore, Progress, Pull,
    PullView, QueueView, Record, RowView, Scope, Seq, Store, StoreError, Timestamp, Views,
};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

pub(crate) struct Followed {
    inner: PostgresStore,
    place: Arc<Place>,
    now: AtomicI64,
}

impl Followed {
    pub(crate) fn new(inner: PostgresStore, place: Arc<Place>) -> Self {
        Self { inner, place, now: AtomicI64::new(i64::MAX) }
    }

    /// The database's clock goes on by as much as the test's.
    async fn follow(&self, now: Timestamp) {
        let passed = now.0.saturating_sub(self.now.swap(now.0, Ordering::SeqCst));
        if passed > 0 {
            self.place.pass(passed).await;
        }
    }
}

type R<T> = Result<T, StoreError>;

#[async_trait]
impl Views for Followed {
    async fn batch(&self, batch: BatchId) -> R<BatchView> {
        self.inner.batch(batch).await
    }
    async fn batches(&self, limit: usize) -> R<Vec<BatchView>> {
        self.inner.batches(limit).await
    }
    async fn rows(&self, batch: BatchId, after: Option<u32>, limit: usize) -> R<Vec<RowView>> {
        self.inner.rows(batch, after, limit).await
    }
    async fn queue(&self, limit: usize) -> R<Vec<QueueView>> {
        self.inner.queue(limit).await
    }
    async fn progress(&self) -> R<(Progress, MessageId)> {
        self.inner.progress().await
    }
    async fn message(&self, message: MessageId) -> R<Option<QueueView>> {
        self.inner.message(message).await
    }
    async fn parked(&self, which: &Parked, after: Option<ParkedAt>, limit: usize) -> R<Vec<ParkedAt>> {
        self.inner.parked(which, after, limit).await
    }
    async fn evidence(&self, message: MessageId) -> R<Vec<Evidence>> {
        self.inner.evidence(message).await
    }
    async fn content(&self, batch: BatchId) -> R<Vec<u8>> {
        self.inner.content(batch).await
    }
}

#[async_trait]
impl Store for Followed {
    async fn accept(&self, batch: NewBatch) -> R<Accepted> {
        self.inner.accept(batch).await
    }
    async fn claim_due(&self, claims: Claims) -> R<Vec<Claimed>> {
        self.follow(claims.now).await;
        self.inner.claim_due(claims).await
    }
    async fn record(&self, record: Record) -> R<()> {
        self.follow(record.at).await;
        self.inner.record(record).await
    }
    async fn objects(&self, message: MessageId, wanted: &[ObjectId]) -> R<Vec<ObjectRow>> {
        self.inner.objects(message, wanted).await
    }
    async fn request(&self, message: MessageId) -> R<Vec<u8>> {
        self.inner.request(message).await
    }
    async fn transport(&self, message: MessageId) -> R<BTreeMap<String, ObjectId>> {
        self.inner.transport(message).await
    }
    async fn recover(&self) -> R<u64> {
        self.inner.recover().await
    }
    async fn claim_parked(&self, message: MessageId, lease: Timestamp) -> R<Option<Claimed>> {
        self.inner.claim_parked(message, lease).await
    }
    async fn next_due(&self) -> R<Option<Timestamp>> {
        self.inner.next_due().await
    }
    async fn unfinished(&self, now: Timestamp) -> R<bool> {
        self.inner.unfinished(now).await
    }
    async fn awaiting(&self, now: Timestamp, closed: &[Scope], limit: usize) -> R<Vec<Awaiting>> {
        self.follow(now).await;
        self.inner.awaiting(now, closed, limit).await
    }
    async fn told(&self, finished: Vec<MessageId>, unfinished: Vec<(MessageId, Timestamp)>, at: Timestamp) -> R<()> {
        self.follow(at).await;
        self.inner.told(finished, unfinished, at).await
    }
    async fn set_pulls(&self, organisation: &str, stand: &str, pulls: Vec<Pull>, at: Timestamp) -> R<()> {
        self.inner.set_pulls(organisation, stand, pulls, at).await
    }
    async fn pulls(&self) -> R<Vec<PullView>> {
        self.inner.pulls().await
    }
}

#[async_trait]
impl Inbox for Followed {
    async fn inbox(&self, consumer: &Consumer, limit: usize) -> R<Vec<InboxItem>> {
        self.inner.inbox(consumer, limit).await
    }
    async fn latest(&self, topic: &str, after: Option<Seq>, limit: usize) -> R<Vec<InboxItem>> {
        self.inner.latest(topic, after, limit).await
    }
    async fn acknowledge(&self, consumer: &Consumer, upto: Seq, at: Timestamp) -> R<()> {
        self.inner.acknowledge(consumer, upto, at).await
    }
    async fn consumers(&self) -> R<Vec<ConsumerView>> {
        self.inner.consumers().await
    }
}

#[async_trait]
impl Archive for Followed {
    async fn nodes(&self) -> R<Vec<String>> {
        self.inner.nodes().await
    }
    async fn entries(&self, node: &str, after: i64, limit: usize) -> R<Vec<Entry>> {
        self.inner.entries(node, after, limit).await
    }
    async fn links(&self, node: &str, after: i64, limit: usize) -> R<Vec<Link>> {
        self.inner.links(node, after, limit).await
    }
    async fn heads(&self, node: &str) -> R<Vec<Head>> {
        self.inner.heads(node).await
    }
    async fn append_head(&self, head: Head) -> R<()> {
        self.inner.append_head(head).await
    }
}

#[async_trait]
impl Operate for Followed {
    async fn pause(&self, pause: Pause) -> R<()> {
        self.inner.pause(pause).await
    }
    async fn resume(&self, scope: Scope) -> R<bool> {
        self.inner.resume(scope).await
    }
    async fn pauses(&self) -> R<Vec<Pause>> {
        self.inner.pauses().await
    }
}
