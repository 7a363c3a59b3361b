//! The verbs of a store: what is read goes to the reader, what is written to the writer's thread.

use super::writer::Kind;
use super::{SqliteStore, claim, custody, evidence, inbox, intake, operate, pulls, queue};
use crate::archive::{Archive, Custody, Entry, Expiry, Head, Hold, HoldId, Link, Selection};
use crate::batch::{Accepted, BatchView, NewBatch, ObjectRow, Progress, QueueView, RowView};
use crate::decide::{Parked, ParkedAt};
use crate::ids::{BatchId, MessageId, ObjectId, Seq, Timestamp};
use crate::inbox::{Consumer, ConsumerView, Inbox, InboxItem};
use crate::operate::{Operate, Pause, Scope};
use crate::pull::{Pull, PullView};
use crate::store::{Awaiting, Claimed, Claims, Evidence, Record, Store, StoreError, Views};
use async_trait::async_trait;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, MutexGuard, PoisonError};

type Result<T> = std::result::Result<T, StoreError>;

/// More bytes than this are sealed on a thread that may block.
const SEALED_AT_ONCE: usize = 256 << 10;

/// Seals in the caller's task, or beside it when that would hold up the caller's thread for long.
async fn sealed<T: Send + 'static>(bytes: usize, seal: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    if bytes <= SEALED_AT_ONCE {
        return seal();
    }
    tokio::task::spawn_blocking(seal).await.map_err(|_| StoreError::Closed)?
}

impl SqliteStore {
    /// What is remembered only spares a look into the database, so a panic beside it has broken nothing.
    fn owners(&self) -> MutexGuard<'_, HashMap<MessageId, String>> {
        self.owners.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn remember(&self, claimed: &[Claimed]) {
        let owned = claimed.iter().map(|claimed| (claimed.message.id, claimed.work.organisation.clone()));
        self.owners().extend(owned);
    }

    async fn owner(&self, record: &Record) -> Result<String> {
        let message = record.message.id;
        let known = match record.lease {
            Some(_) => self.owners().get(&message).cloned(),
            None => self.owners().remove(&message),
        };
        match known {
            Some(owner) => Ok(owner),
            None => self.reader.organisation(message).await,
        }
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn accept(&self, batch: NewBatch) -> Result<Accepted> {
        let (namespace, seal) = (self.namespace, Arc::clone(self.reader.seal()));
        let bytes = batch.content.len() + batch.objects.iter().map(|object| object.payload.len()).sum::<usize>();
        let (batch, bodies) = sealed(bytes, move || {
            let bodies = intake::Bodies::seal(seal.as_ref(), &batch)?;
            Ok((batch, bodies))
        })
        .await?;
        self.writer
            .run(Kind::Intake(bodies.len()), move |connection| intake::accept(connection, &batch, &bodies, namespace))
            .await
    }

    async fn claim_due(&self, claims: Claims) -> Result<Vec<Claimed>> {
        let namespace = self.namespace;
        let claimed = self
            .writer
            .run(Kind::Outcome(0), move |connection| claim::claim_due(connection, &claims, namespace))
            .await?;
        self.remember(&claimed);
        Ok(claimed)
    }

    async fn record(&self, record: Record) -> Result<()> {
        let (namespace, tail) = (self.namespace, Arc::clone(&self.tail));
        let items = record.page.iter().flat_map(|page| &page.items).map(|item| item.body.len());
        let bytes = record.bodies.iter().map(|body| body.bytes.len()).chain(items).sum();
        let (record, bodies) = if bytes == 0 && record.bodies.is_empty() && record.page.is_none() {
            if record.lease.is_none() {
                self.owners().remove(&record.message.id);
            }
            (record, queue::Bodies::default())
        } else {
            let organisation = self.owner(&record).await?;
            let seal = Arc::clone(self.reader.seal());
            sealed(bytes, move || {
                let bodies = queue::Bodies::seal(seal.as_ref(), &organisation, &record)?;
                Ok((record, bodies))
            })
            .await?
        };
        self.writer
            .run(Kind::Outcome(bodies.len()), move |connection| {
                queue::record(connection, &record, &bodies, &tail, namespace)
            })
            .await
    }

    async fn objects(&self, message: MessageId, wanted: &[ObjectId]) -> Result<Vec<ObjectRow>> {
        self.reader.objects(message, wanted.iter().copied().collect()).await
    }

    async fn request(&self, message: MessageId) -> Result<Vec<u8>> {
        self.reader.request(message).await
    }

    async fn transport(&self, message: MessageId) -> Result<BTreeMap<String, ObjectId>> {
        self.reader.transport(message).await
    }

    async fn recover(&self) -> Result<u64> {
        self.owners().clear();
        self.writer.run(Kind::Outcome(0), claim::recover).await
    }

    async fn claim_parked(&self, message: MessageId, lease: Timestamp) -> Result<Option<Claimed>> {
        let namespace = self.namespace;
        self.writer
            .run(Kind::Outcome(0), move |connection| claim::claim_parked(connection, message, lease, namespace))
            .await
    }

    async fn next_due(&self) -> Result<Option<Timestamp>> {
        self.reader.next_due().await
    }

    async fn unfinished(&self, now: Timestamp) -> Result<bool> {
        self.reader.unfinished(now).await
    }

    async fn awaiting(&self, now: Timestamp, closed: &[Scope], limit: usize) -> Result<Vec<Awaiting>> {
        self.reader.awaiting(now, closed.to_vec(), limit).await
    }

    async fn told(
        &self,
        finished: Vec<MessageId>,
        unfinished: Vec<(MessageId, Timestamp)>,
        at: Timestamp,
    ) -> Result<()> {
        self.writer.run(Kind::Outcome(0), move |connection| claim::told(connection, &finished, &unfinished, at)).await
    }

    async fn set_pulls(&self, organisation: &str, stand: &str, pulls: Vec<Pull>, at: Timestamp) -> Result<()> {
        let (organisation, stand) = (organisation.to_owned(), stand.to_owned());
        self.writer
            .run(Kind::Intake(0), move |connection| pulls::set(connection, &organisation, &stand, &pulls, at))
            .await
    }

    async fn pulls(&self) -> Result<Vec<PullView>> {
        self.reader.pulls().await
    }
}

#[async_trait]
impl Views for SqliteStore {
    async fn batch(&self, batch: BatchId) -> Result<BatchView> {
        self.reader.batch(batch).await
    }

    async fn batches(&self, limit: usize) -> Result<Vec<BatchView>> {
        self.reader.batches(limit).await
    }

    async fn rows(&self, batch: BatchId, after: Option<u32>, limit: usize) -> Result<Vec<RowView>> {
        self.reader.rows(batch, after, limit).await
    }

    async fn queue(&self, limit: usize) -> Result<Vec<QueueView>> {
        self.reader.queue(limit).await
    }

    async fn progress(&self) -> Result<(Progress, MessageId)> {
        self.reader.progress().await
    }

    async fn message(&self, message: MessageId) -> Result<Option<QueueView>> {
        self.reader.message(message).await
    }

    async fn parked(&self, which: &Parked, after: Option<ParkedAt>, limit: usize) -> Result<Vec<ParkedAt>> {
        self.reader.parked(which, after, limit).await
    }

    async fn evidence(&self, message: MessageId) -> Result<Vec<Evidence>> {
        self.reader.evidence(message).await
    }

    async fn content(&self, batch: BatchId) -> Result<Vec<u8>> {
        self.reader.content(batch).await
    }
}

#[async_trait]
impl Inbox for SqliteStore {
    async fn inbox(&self, consumer: &Consumer, limit: usize) -> Result<Vec<InboxItem>> {
        self.reader.inbox(consumer, limit).await
    }

    async fn latest(&self, topic: &str, after: Option<Seq>, limit: usize) -> Result<Vec<InboxItem>> {
        self.reader.latest(topic, after, limit).await
    }

    async fn acknowledge(&self, consumer: &Consumer, upto: Seq, at: Timestamp) -> Result<()> {
        let consumer = consumer.clone();
        self.writer.run(Kind::Outcome(0), move |connection| inbox::acknowledge(connection, &consumer, upto, at)).await
    }

    async fn consumers(&self) -> Result<Vec<ConsumerView>> {
        self.reader.consumers().await
    }
}

#[async_trait]
impl Archive for SqliteStore {
    async fn nodes(&self) -> Result<Vec<String>> {
        self.reader.nodes().await
    }

    async fn entries(&self, node: &str, after: i64, limit: usize) -> Result<Vec<Entry>> {
        self.reader.entries(node, after, limit).await
    }

    async fn links(&self, node: &str, after: i64, limit: usize) -> Result<Vec<Link>> {
        self.reader.links(node, after, limit).await
    }

    async fn heads(&self, node: &str) -> Result<Vec<Head>> {
        self.reader.heads(node).await
    }

    async fn append_head(&self, head: Head) -> Result<()> {
        self.writer.run(Kind::Outcome(0), move |connection| evidence::append_head(connection, &head)).await
    }
}

#[async_trait]
impl Operate for SqliteStore {
    async fn pause(&self, pause: Pause) -> Result<()> {
        self.writer.run(Kind::Outcome(0), move |connection| operate::pause(connection, &pause)).await
    }

    async fn resume(&self, scope: Scope) -> Result<bool> {
        self.writer.run(Kind::Outcome(0), move |connection| operate::resume(connection, &scope)).await
    }

    async fn pauses(&self) -> Result<Vec<Pause>> {
        self.reader.pauses().await
    }
}

#[async_trait]
impl Custody for SqliteStore {
    async fn selected(&self, selection: &Selection, after: Option<(&str, i64)>, limit: usize) -> Result<Vec<Entry>> {
        self.reader.selected(selection, after, limit).await
    }

    async fn kinds(&self) -> Result<Vec<String>> {
        self.reader.kinds().await
    }

    async fn expire(&self, expiry: &Expiry) -> Result<usize> {
        let expiry = expiry.clone();
        self.writer.run(Kind::Outcome(0), move |connection| custody::expire(connection, &expiry)).await
    }

    async fn hold(&self, scope: Selection, reason: &str, at: Timestamp) -> Result<Hold> {
        let reason = reason.to_owned();
        self.writer.run(Kind::Outcome(0), move |connection| custody::hold(connection, &scope, &reason, at)).await
    }

    async fn release(&self, hold: HoldId, at: Timestamp) -> Result<bool> {
        self.writer.run(Kind::Outcome(0), move |connection| custody::release(connection, hold, at)).await
    }

    async fn holds(&self) -> Result<Vec<Hold>> {
        self.reader.holds().await
    }
}
