//! A ГИС ЖКХ in memory, a clock that jumps, and a process that may die at any point.

use crate::support::failure;
use crate::test_clock::TestClock;
use async_trait::async_trait;
use gis_gkh_delivery::archive::{Archive, Entry, Head, Link};
use gis_gkh_delivery::{
    Accepted, Awaiting, BatchId, BatchView, Claimed, Claims, Clock, Consumer, ConsumerView, Evidence, Exchange,
    Failure, GisIds, Inbox, InboxItem, Level, Looked, MessageId, NewBatch, ObjectId, ObjectRow, Operate, Outcome,
    Parked, ParkedAt, Pause, Polled, Prepared, Progress, Pull, PullView, QueueView, Record, RetryClass, RowView, Scope,
    Seq, SqliteStore, Store, StoreError, Submitted, Timestamp, Views, Work,
};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Notify;

/// What goes wrong with one sending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing.
    None,
    /// No connection.
    NotSent,
    /// Cut before anything arrived.
    CutBefore,
    /// Taken and applied, the reply cut.
    CutAfter,
    /// Arrived, the reply cut, applied so much later.
    CutAndAppliedAfter(Duration),
    /// Refused with a temporary error.
    Busy,
    /// Taken, then failed as a whole with a temporary error.
    FailedAsAWhole,
    /// The answer does not name the first object.
    MissingInAnswer,
    /// The answer names every object twice.
    AnswerTwice,
    /// The system forgets the ack after applying.
    Forgotten,
    /// Never processed, yet applied.
    NeverEnds,
    /// The first answers, so many, are not proven to be the system's.
    Unproven(u32),
}

/// What the fake system holds.
#[derive(Default)]
pub(crate) struct Gis {
    /// How often each natural key took effect.
    pub(crate) effects: BTreeMap<String, u32>,
    /// Faults of the next sendings, in order; then none.
    pub(crate) faults: VecDeque<Fault>,
    /// MessageGUIDs that arrived.
    pub(crate) arrived: BTreeSet<String>,
    /// Calls of `submit`.
    pub(crate) sent: usize,
    /// Answers nobody proves that were given.
    pub(crate) unproven: u32,
    coming: Vec<(Timestamp, Request)>,
    answers: BTreeMap<String, (Fault, Outcomes)>,
    lookups: BTreeMap<String, Vec<(String, GisIds)>>,
    acks: u32,
}

/// MessageGUID, and TransportGUID with natural key of each object.
type Request = (String, Vec<(String, String)>);
/// TransportGUID and what became of the object.
type Outcomes = Vec<(String, Outcome)>;

impl Gis {
    fn now(&mut self, now: Timestamp) {
        let (ripe, coming) = std::mem::take(&mut self.coming).into_iter().partition(|(at, _)| *at <= now);
        self.coming = coming;
        for (_, request) in ripe {
            self.apply(&request);
        }
    }

    /// Places what is new and refuses a second number, as the real one does. A `bad` object is never placed.
    fn apply(&mut self, (_, objects): &Request) -> Outcomes {
        let mut outcomes = vec![];
        for (transport, key) in objects {
            let outcome = if key.starts_with("bad") {
                Outcome::Refused(failure("INT004001", RetryClass::Permanent))
            } else if self.effects.contains_key(key) {
                Outcome::Refused(failure("EXISTS", RetryClass::AlreadyExists))
            } else {
                *self.effects.entry(key.clone()).or_default() += 1;
                Outcome::Accepted(id_of(key))
            };
            outcomes.push((transport.clone(), outcome));
        }
        outcomes
    }

    fn ack(&mut self) -> String {
        self.acks += 1;
        format!("ack-{}", self.acks)
    }
}

/// The id the system gives to an object of this key.
pub(crate) fn id_of(key: &str) -> GisIds {
    GisIds::from([("guid".to_owned(), format!("id of {key}"))])
}

/// Where the process dies: at the n-th point it passes.
#[derive(Default)]
pub(crate) struct Doom {
    passed: AtomicUsize,
    at: Option<usize>,
    pub(crate) died: Notify,
}

impl Doom {
    pub(crate) fn at(point: usize) -> Arc<Self> {
        Arc::new(Self { at: Some(point), ..Self::default() })
    }

    pub(crate) fn never() -> Arc<Self> {
        Arc::new(Self::default())
    }

    async fn point(&self) {
        if self.at == Some(self.passed.fetch_add(1, Ordering::SeqCst)) {
            self.died.notify_one();
            std::future::pending::<()>().await;
        }
    }
}

pub(crate) struct FakeExchange {
    pub(crate) gis: Arc<Mutex<Gis>>,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) doom: Arc<Doom>,
}

fn broken(code: &str) -> Failure {
    Failure { level: Level::Transport, ..failure(code, RetryClass::Retry) }
}

impl FakeExchange {
    fn gis(&self) -> std::sync::MutexGuard<'_, Gis> {
        let mut gis = self.gis.lock().unwrap();
        gis.now(self.clock.now());
        gis
    }

    fn take(&self, bytes: &[u8]) -> Submitted {
        let request: Request = serde_json::from_slice(bytes).unwrap();
        let mut gis = self.gis();
        gis.sent += 1;
        let fault = gis.faults.pop_front().unwrap_or(Fault::None);
        let cut = || Submitted::MaybeSent { failure: broken("CUT"), raw: None };
        match fault {
            Fault::NotSent => return Submitted::NotSent { failure: broken("CONNECT") },
            Fault::CutBefore => return cut(),
            _ => assert!(gis.arrived.insert(request.0.clone()), "MessageGUID {} arrived twice", request.0),
        }
        match fault {
            Fault::Busy => {
                let failure = failure("EXP001000", RetryClass::RetryRebuilt);
                return Submitted::Rejected { failure, raw: b"busy".to_vec() };
            }
            Fault::CutAfter => {
                gis.apply(&request);
                return cut();
            }
            Fault::CutAndAppliedAfter(later) => {
                gis.coming.push((self.clock.now().after(later), request));
                return cut();
            }
            _ => {}
        }
        let outcomes = if fault == Fault::FailedAsAWhole { vec![] } else { gis.apply(&request) };
        let ack = gis.ack();
        gis.answers.insert(ack.clone(), (fault, outcomes));
        Submitted::Accepted { raw: ack.clone().into_bytes(), ack }
    }
}

#[async_trait]
impl Exchange for FakeExchange {
    async fn prepare(&self, work: &Work, objects: &[ObjectRow]) -> Result<Prepared, Failure> {
        self.doom.point().await;
        let objects: Vec<_> = objects.iter().map(|o| (o.transport_guid.clone(), o.key.clone())).collect();
        let bytes = serde_json::to_vec(&(&work.message_guid, objects)).unwrap();
        self.doom.point().await;
        Ok(Prepared { bytes })
    }

    async fn submit(&self, work: &Work, bytes: &[u8]) -> Submitted {
        self.doom.point().await;
        assert!(self.clock.now() < work.deadline);
        let submitted = self.take(bytes);
        self.doom.point().await;
        submitted
    }

    async fn poll(&self, _: &Work, ack: &str) -> Polled {
        self.doom.point().await;
        let (fault, mut outcomes) = self.gis().answers[ack].clone();
        let raw = b"answer".to_vec();
        self.doom.point().await;
        match fault {
            Fault::NeverEnds => return Polled::Pending,
            Fault::Forgotten => return Polled::Forgotten { failure: failure("INT002013", RetryClass::Permanent), raw },
            Fault::FailedAsAWhole => {
                return Polled::Rejected { failure: failure("EXP001000", RetryClass::RetryRebuilt), raw };
            }
            Fault::Unproven(times) => {
                let mut gis = self.gis();
                gis.unproven += 1;
                if gis.unproven <= times {
                    return Polled::Unproven {
                        failure: failure("UNPROVEN", RetryClass::Retry),
                        raw: b"forged".to_vec(),
                    };
                }
            }
            Fault::MissingInAnswer => drop(outcomes.remove(0)),
            Fault::AnswerTwice => outcomes.extend(outcomes.clone()),
            _ => {}
        }
        Polled::Done { outcomes, raw }
    }

    async fn question(&self, _: &Work, part: &[ObjectRow]) -> Result<Prepared, Failure> {
        self.doom.point().await;
        let keys: Vec<_> = part.iter().map(|object| &object.key).collect();
        Ok(Prepared { bytes: serde_json::to_vec(&keys).unwrap() })
    }

    async fn ask(&self, _: &Work, bytes: &[u8]) -> Submitted {
        self.doom.point().await;
        let keys: Vec<String> = serde_json::from_slice(bytes).unwrap();
        let ack = {
            let mut gis = self.gis();
            let held = keys.iter().filter(|key| gis.effects.contains_key(*key));
            let found = held.map(|key| (key.clone(), id_of(key))).collect();
            let ack = gis.ack();
            gis.lookups.insert(ack.clone(), found);
            ack
        };
        self.doom.point().await;
        Submitted::Accepted { ack, raw: b"lookup".to_vec() }
    }

    async fn read(&self, _: &Work, part: &[ObjectRow], ack: &str) -> Looked {
        self.doom.point().await;
        let held: BTreeMap<String, GisIds> = self.gis().lookups[ack].iter().cloned().collect();
        let found = part.iter().filter_map(|object| Some((object.id, held.get(&object.key)?.clone()))).collect();
        self.doom.point().await;
        Looked::Found { found, raw: b"found".to_vec() }
    }
}

/// What a test does to a record on its way to the disk.
pub(crate) type Hook = Box<dyn Fn(&Record) -> Result<(), StoreError> + Send + Sync>;

/// The real store, with a process around it that may die before and after every write.
pub(crate) struct MortalStore {
    pub(crate) inner: SqliteStore,
    pub(crate) doom: Arc<Doom>,
    pub(crate) hook: Hook,
}

type R<T> = Result<T, StoreError>;

#[async_trait]
impl Views for MortalStore {
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
impl Store for MortalStore {
    async fn accept(&self, batch: NewBatch) -> R<Accepted> {
        self.inner.accept(batch).await
    }
    async fn claim_due(&self, claims: Claims) -> R<Vec<Claimed>> {
        self.doom.point().await;
        let claimed = self.inner.claim_due(claims).await;
        self.doom.point().await;
        claimed
    }
    async fn record(&self, record: Record) -> R<()> {
        self.doom.point().await;
        (self.hook)(&record)?;
        self.inner.record(record).await?;
        self.doom.point().await;
        Ok(())
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
    async fn unfinished(&self, now: Timestamp) -> R<bool> {
        self.inner.unfinished(now).await
    }
    async fn next_due(&self) -> R<Option<Timestamp>> {
        self.inner.next_due().await
    }
    async fn awaiting(&self, now: Timestamp, closed: &[Scope], limit: usize) -> R<Vec<Awaiting>> {
        self.inner.awaiting(now, closed, limit).await
    }
    async fn told(&self, finished: Vec<MessageId>, unfinished: Vec<(MessageId, Timestamp)>, at: Timestamp) -> R<()> {
        self.doom.point().await;
        self.inner.told(finished, unfinished, at).await?;
        self.doom.point().await;
        Ok(())
    }
    async fn set_pulls(&self, organisation: &str, stand: &str, pulls: Vec<Pull>, at: Timestamp) -> R<()> {
        self.inner.set_pulls(organisation, stand, pulls, at).await
    }
    async fn pulls(&self) -> R<Vec<PullView>> {
        self.inner.pulls().await
    }
}

#[async_trait]
impl Inbox for MortalStore {
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
impl Archive for MortalStore {
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
impl Operate for MortalStore {
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
