//! A store that fails on purpose: before it has done anything, or after it has done everything.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::sync::Arc;

use async_trait::async_trait;
use gis_gkh_delivery::archive::{Archive, Entry, Head, Link};
use gis_gkh_delivery::state::MessageState;
use gis_gkh_delivery::{
    Accepted, Awaiting, BatchId, BatchView, Claimed, Claims, Consumer, ConsumerView, Evidence, Inbox, InboxItem,
    MessageId, NewBatch, ObjectId, ObjectRow, Operate, Parked, ParkedAt, Pause, Progress, Pull, PullView, QueueView,
    Record, RowView, Scope, Seq, Store, StoreError, Timestamp, Views, Wakes,
};

use super::{Chance, Failing, Points, Rates};
use crate::dice::Dice;
use crate::points::Point;

/// A store around another.
pub struct ChaosStore {
    inner: Arc<dyn Store>,
    points: Arc<dyn Points>,
    chance: Chance,
}

impl fmt::Debug for ChaosStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChaosStore").field("chance", &self.chance).finish_non_exhaustive()
    }
}

impl ChaosStore {
    /// A store that fails at these rates by these dice and passes these points.
    pub fn new(inner: Arc<dyn Store>, points: Arc<dyn Points>, dice: Dice, rates: Rates) -> Self {
        Self { inner, points, chance: Chance::new(dice, rates) }
    }

    /// How many calls have failed on purpose.
    pub fn failures(&self) -> u64 {
        self.chance.failures()
    }

    async fn call<T>(
        &self,
        method: &'static str,
        call: impl Future<Output = Result<T, StoreError>> + Send,
    ) -> Result<T, StoreError> {
        let failing = self.chance.of(method);
        let failed = || StoreError::Io { doing: method, text: "made to fail".to_owned() };
        if failing == Some(Failing::Before) {
            return Err(failed());
        }
        let result = call.await?;
        if failing == Some(Failing::After) { Err(failed()) } else { Ok(result) }
    }
}

#[async_trait]
impl Views for ChaosStore {
    async fn batch(&self, batch: BatchId) -> Result<BatchView, StoreError> {
        self.call("batch", self.inner.batch(batch)).await
    }

    async fn batches(&self, limit: usize) -> Result<Vec<BatchView>, StoreError> {
        self.call("batches", self.inner.batches(limit)).await
    }

    async fn rows(&self, batch: BatchId, after: Option<u32>, limit: usize) -> Result<Vec<RowView>, StoreError> {
        self.call("rows", self.inner.rows(batch, after, limit)).await
    }

    async fn queue(&self, limit: usize) -> Result<Vec<QueueView>, StoreError> {
        self.call("queue", self.inner.queue(limit)).await
    }

    async fn progress(&self) -> Result<(Progress, MessageId), StoreError> {
        self.call("progress", self.inner.progress()).await
    }

    async fn message(&self, message: MessageId) -> Result<Option<QueueView>, StoreError> {
        self.call("message", self.inner.message(message)).await
    }

    async fn parked(&self, which: &Parked, after: Option<ParkedAt>, limit: usize) -> Result<Vec<ParkedAt>, StoreError> {
        self.call("parked", self.inner.parked(which, after, limit)).await
    }

    async fn evidence(&self, message: MessageId) -> Result<Vec<Evidence>, StoreError> {
        self.call("evidence", self.inner.evidence(message)).await
    }

    async fn content(&self, batch: BatchId) -> Result<Vec<u8>, StoreError> {
        self.call("content", self.inner.content(batch)).await
    }
}

#[async_trait]
impl Inbox for ChaosStore {
    async fn inbox(&self, consumer: &Consumer, limit: usize) -> Result<Vec<InboxItem>, StoreError> {
        self.call("inbox", self.inner.inbox(consumer, limit)).await
    }

    async fn latest(&self, topic: &str, after: Option<Seq>, limit: usize) -> Result<Vec<InboxItem>, StoreError> {
        self.call("latest", self.inner.latest(topic, after, limit)).await
    }

    async fn acknowledge(&self, consumer: &Consumer, upto: Seq, at: Timestamp) -> Result<(), StoreError> {
        self.call("acknowledge", self.inner.acknowledge(consumer, upto, at)).await
    }

    async fn consumers(&self) -> Result<Vec<ConsumerView>, StoreError> {
        self.call("consumers", self.inner.consumers()).await
    }
}

#[async_trait]
impl Archive for ChaosStore {
    async fn nodes(&self) -> Result<Vec<String>, StoreError> {
        self.call("nodes", self.inner.nodes()).await
    }

    async fn entries(&self, node: &str, after: i64, limit: usize) -> Result<Vec<Entry>, StoreError> {
        self.call("entries", self.inner.entries(node, after, limit)).await
    }

    async fn links(&self, node: &str, after: i64, limit: usize) -> Result<Vec<Link>, StoreError> {
        self.call("links", self.inner.links(node, after, limit)).await
    }

    async fn heads(&self, node: &str) -> Result<Vec<Head>, StoreError> {
        self.call("heads", self.inner.heads(node)).await
    }

    async fn append_head(&self, head: Head) -> Result<(), StoreError> {
        self.call("append_head", self.inner.append_head(head)).await
    }
}

#[async_trait]
impl Operate for ChaosStore {
    async fn pause(&self, pause: Pause) -> Result<(), StoreError> {
        self.call("pause", self.inner.pause(pause)).await
    }

    async fn resume(&self, scope: Scope) -> Result<bool, StoreError> {
        self.call("resume", self.inner.resume(scope)).await
    }

    async fn pauses(&self) -> Result<Vec<Pause>, StoreError> {
        self.call("pauses", self.inner.pauses()).await
    }
}

#[async_trait]
impl Store for ChaosStore {
    fn wakes(&self) -> Option<Wakes> {
        self.inner.wakes()
    }

    async fn accept(&self, batch: NewBatch) -> Result<Accepted, StoreError> {
        self.points.pass(Point::MidAccept).await;
        let accepted = self.call("accept", self.inner.accept(batch)).await?;
        self.points.pass(Point::AfterAccept).await;
        Ok(accepted)
    }

    async fn claim_due(&self, claims: Claims) -> Result<Vec<Claimed>, StoreError> {
        self.call("claim_due", self.inner.claim_due(claims)).await
    }

    async fn record(&self, record: Record) -> Result<(), StoreError> {
        let intent = record.message.state == MessageState::Sending && record.from != MessageState::Sending;
        if !record.bodies.is_empty() {
            self.points.pass(Point::MidArchive).await;
        }
        self.call("record", self.inner.record(record)).await?;
        if intent {
            self.points.pass(Point::AfterIntent).await;
        }
        Ok(())
    }

    async fn objects(&self, message: MessageId, wanted: &[ObjectId]) -> Result<Vec<ObjectRow>, StoreError> {
        self.call("objects", self.inner.objects(message, wanted)).await
    }

    async fn request(&self, message: MessageId) -> Result<Vec<u8>, StoreError> {
        self.call("request", self.inner.request(message)).await
    }

    async fn transport(&self, message: MessageId) -> Result<BTreeMap<String, ObjectId>, StoreError> {
        self.call("transport", self.inner.transport(message)).await
    }

    async fn recover(&self) -> Result<u64, StoreError> {
        self.call("recover", self.inner.recover()).await
    }

    async fn claim_parked(&self, message: MessageId, lease: Timestamp) -> Result<Option<Claimed>, StoreError> {
        self.call("claim_parked", self.inner.claim_parked(message, lease)).await
    }

    async fn next_due(&self) -> Result<Option<Timestamp>, StoreError> {
        self.call("next_due", self.inner.next_due()).await
    }

    async fn unfinished(&self, now: Timestamp) -> Result<bool, StoreError> {
        self.call("unfinished", self.inner.unfinished(now)).await
    }

    async fn awaiting(&self, now: Timestamp, closed: &[Scope], limit: usize) -> Result<Vec<Awaiting>, StoreError> {
        self.call("awaiting", self.inner.awaiting(now, closed, limit)).await
    }

    async fn told(
        &self,
        finished: Vec<MessageId>,
        unfinished: Vec<(MessageId, Timestamp)>,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.call("told", self.inner.told(finished, unfinished, at)).await
    }

    async fn set_pulls(
        &self,
        organisation: &str,
        stand: &str,
        pulls: Vec<Pull>,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.call("set_pulls", self.inner.set_pulls(organisation, stand, pulls, at)).await
    }

    async fn pulls(&self) -> Result<Vec<PullView>, StoreError> {
        self.call("pulls", self.inner.pulls()).await
    }
}
