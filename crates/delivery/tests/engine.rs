//! The engine against a fake system and a clock that jumps: exactly one effect per object, whatever is cut and wherever
//! the process dies.
#![expect(clippy::unwrap_used, reason = "what tests call asserts as tests do")]

#[path = "support/batches.rs"]
mod batches;
#[path = "support/decision.rs"]
mod decision;
#[path = "support/open.rs"]
mod open;
mod support;
#[path = "support/clock.rs"]
mod test_clock;
#[path = "support/world.rs"]
mod world;

use batches::{batch, directory, message, object};
use decision::decision;
use gis_gkh_delivery::state::MessageState;
use gis_gkh_delivery::{
    BatchCounts, BatchId, BodyRole, Decided, Engine, EngineError, MessageId, NewBatch, ObjectState, Policy, Progress,
    Record, SqliteStore, Store, StoreError, Verb, Views,
};
use std::collections::BTreeMap;
use std::future::{Future, pending};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use support::policy;
use test_clock::TestClock;
use tokio::sync::oneshot;
use world::{Doom, FakeExchange, Fault, Gis, Hook, MortalStore, id_of};

/// What outlives a process: the disk, the system, the time.
struct World {
    directory: tempfile::TempDir,
    gis: Arc<Mutex<Gis>>,
    clock: Arc<TestClock>,
}

/// One process: a store and an engine on it.
struct Process {
    store: Arc<MortalStore>,
    engine: Arc<Engine>,
    doom: Arc<Doom>,
}

impl World {
    fn new(faults: &[Fault]) -> Self {
        let mut gis = Gis::default();
        gis.faults.extend(faults);
        let directory = directory();
        Self { directory, gis: Arc::new(Mutex::new(gis)), clock: TestClock::new(false) }
    }

    fn start(&self, doom: Arc<Doom>) -> Process {
        self.start_with(doom, policy(), Box::new(|_: &Record| Ok(())))
    }

    fn start_with(&self, doom: Arc<Doom>, policy: Policy, hook: Hook) -> Process {
        let inner = open(self.directory.path());
        let store = Arc::new(MortalStore { inner, doom: Arc::clone(&doom), hook });
        let (gis, clock) = (Arc::clone(&self.gis), Arc::clone(&self.clock));
        let exchange = Arc::new(FakeExchange { gis, clock: Arc::clone(&clock), doom: Arc::clone(&doom) });
        let engine = Engine::new(Arc::clone(&store) as Arc<dyn Store>, exchange, clock, policy).parallel(1);
        Process { store, engine: Arc::new(engine), doom }
    }

    /// Every good object took effect once and is shown accepted under its id, every bad one never and is shown refused.
    async fn assert_exactly_once(&self, store: &dyn Store, batch: BatchId, what: &str) {
        let rows = store.rows(batch, None, usize::MAX).await.unwrap();
        assert!(!rows.is_empty());
        for row in rows {
            let effects = self.gis.lock().unwrap().effects.get(&row.key).copied().unwrap_or(0);
            if row.reference.starts_with("bad") {
                assert_eq!((row.state.name(), effects), ("refused", 0), "{what}: {}", row.reference);
            } else {
                assert_eq!(
                    (row.state, effects),
                    (ObjectState::Accepted(id_of(&row.key)), 1),
                    "{what}: {}",
                    row.reference
                );
            }
        }
        assert_eq!(store.queue(10).await.unwrap(), vec![], "{what}");
    }
}

fn open(directory: &Path) -> SqliteStore {
    open::open(directory).unwrap()
}

fn sample() -> NewBatch {
    batch(
        "1",
        vec![object(1, "a", "1"), object(2, "bad", "1"), object(3, "c", "1"), object(4, "d", "1"), object(5, "e", "1")],
    )
}

/// A runtime of its own per process: dropping it is its death.
fn alive<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

const FAULTS: [&[Fault]; 14] = [
    &[Fault::None],
    &[Fault::NotSent],
    &[Fault::CutBefore],
    &[Fault::CutAfter],
    &[Fault::CutAndAppliedAfter(Duration::from_millis(9_000))],
    &[Fault::Busy],
    &[Fault::FailedAsAWhole],
    &[Fault::MissingInAnswer],
    &[Fault::AnswerTwice],
    &[Fault::Forgotten],
    &[Fault::NeverEnds],
    &[Fault::Unproven(4)],
    &[Fault::Unproven(u32::MAX)],
    &[Fault::CutBefore, Fault::Busy, Fault::NotSent, Fault::CutAfter],
];

#[test]
fn exactly_one_effect_under_every_fault() {
    for faults in FAULTS {
        let world = World::new(faults);
        alive(async {
            let process = world.start(Doom::never());
            let accepted = process.store.accept(sample()).await.unwrap();
            process.engine.run(true, pending()).await.unwrap();
            world.assert_exactly_once(&*process.store, accepted.batch, &format!("{faults:?}")).await;
        });
    }
}

/// Fewer polls and rounds of lookups, so that every point can be tried.
fn brisk() -> Policy {
    let ms = Duration::from_millis;
    Policy { max_processing: ms(400), lookup: vec![ms(300), ms(20_000)], absences: 2, lookup_limit: 300, ..policy() }
}

/// The process dies before and after every write and every call, under every fault; the next one finishes the work.
#[test]
fn exactly_one_effect_wherever_the_process_dies() {
    let mut deaths = 0;
    for faults in FAULTS {
        for point in 0.. {
            let world = World::new(faults);
            let batch = alive(async { open(world.directory.path()).accept(sample()).await.unwrap().batch });
            let died = alive(async {
                let process = world.start_with(Doom::at(point), brisk(), Box::new(|_: &Record| Ok(())));
                tokio::select! {
                    done = process.engine.run(true, pending()) => { done.unwrap(); false }
                    () = process.doom.died.notified() => true,
                }
            });
            alive(async {
                let process = world.start_with(Doom::never(), brisk(), Box::new(|_: &Record| Ok(())));
                process.engine.run(true, pending()).await.unwrap();
                world.assert_exactly_once(&*process.store, batch, &format!("{faults:?} point {point}")).await;
            });
            if !died {
                break;
            }
            deaths += 1;
        }
    }
    assert!(deaths > 300, "{deaths}");
}

#[test]
fn what_is_applied_within_the_settle_time_is_adopted_and_not_sent_again() {
    let world = World::new(&[Fault::CutAndAppliedAfter(Duration::from_millis(10_700))]);
    alive(async {
        let process = world.start(Doom::never());
        let mut good = sample();
        good.objects.remove(1);
        good.messages[0].rows.remove(1);
        let accepted = process.store.accept(good).await.unwrap();
        process.engine.run(true, pending()).await.unwrap();
        world.assert_exactly_once(&*process.store, accepted.batch, "").await;
        assert_eq!(world.gis.lock().unwrap().sent, 1);
    });
}

#[test]
fn an_answer_nobody_proves_settles_nothing_and_is_kept_once() {
    let world = World::new(&[Fault::Unproven(4)]);
    alive(async {
        let process = world.start(Doom::never());
        let accepted = process.store.accept(sample()).await.unwrap();
        process.engine.run(true, pending()).await.unwrap();
        world.assert_exactly_once(&*process.store, accepted.batch, "").await;
        let counted = {
            let gis = world.gis.lock().unwrap();
            (gis.sent, gis.unproven)
        };
        assert_eq!(counted, (1, 5), "asked again, not sent again");
        let kept = process.store.evidence(MessageId(1)).await.unwrap();
        let answers: Vec<&[u8]> =
            kept.iter().filter(|kept| kept.role == BodyRole::Answer).map(|kept| &*kept.bytes).collect();
        assert_eq!(answers, [&b"forged"[..], b"answer"]);
    });
}

#[test]
fn what_went_over_the_wire_is_kept() {
    let world = World::new(&[Fault::CutBefore]);
    alive(async {
        let process = world.start(Doom::never());
        process.store.accept(sample()).await.unwrap();
        process.engine.run(true, pending()).await.unwrap();
        let kept = process.store.evidence(MessageId(1)).await.unwrap();
        let roles: Vec<_> = kept.iter().map(|kept| (kept.role, kept.build)).collect();
        assert_eq!(roles[0], (BodyRole::Request, 1));
        assert!(roles.contains(&(BodyRole::LookupAck, 1)) && roles.contains(&(BodyRole::LookupAnswer, 1)));
        let second = [(BodyRole::Request, 2), (BodyRole::Ack, 2), (BodyRole::Answer, 2)];
        let at = roles.iter().position(|role| *role == second[0]).unwrap();
        assert_eq!(roles[at..at + 3], second);
        // One object was refused then; as it had gone once before, it was looked up before that counted.
        assert!(roles[at + 3..].contains(&(BodyRole::LookupAnswer, 2)));
        let guids: Vec<String> = (kept.iter().filter(|kept| kept.role == BodyRole::Request))
            .map(|kept| serde_json::from_slice::<(String, serde_json::Value)>(&kept.bytes).unwrap().0)
            .collect();
        assert_ne!(guids[0], guids[1], "a rebuilt message has a new MessageGUID");
        assert_eq!(world.gis.lock().unwrap().arrived.iter().collect::<Vec<_>>(), [&guids[1]]);
    });
}

#[test]
fn what_cannot_be_recorded_is_not_sent() {
    for refused in [MessageState::Prepared, MessageState::Sending] {
        let world = World::new(&[]);
        alive(async {
            let full = StoreError::Full { doing: "test" };
            let error = full.clone();
            let hook = move |record: &Record| if record.message.state == refused { Err(full.clone()) } else { Ok(()) };
            let process = world.start_with(Doom::never(), policy(), Box::new(hook));
            process.store.accept(sample()).await.unwrap();
            assert_eq!(process.engine.run(true, pending()).await, Err(EngineError::Store(error)));
            assert_eq!(world.gis.lock().unwrap().sent, 0, "{refused:?}");
        });
        alive(async {
            let process = world.start(Doom::never());
            process.engine.run(true, pending()).await.unwrap();
            world.assert_exactly_once(&*process.store, BatchId(1), "after space is free").await;
        });
    }
}

#[test]
fn a_worker_late_for_its_deadline_does_not_send() {
    let world = World::new(&[]);
    alive(async {
        let clock = Arc::clone(&world.clock);
        let slow = Mutex::new(2);
        let hook = move |record: &Record| {
            let mut slow = slow.lock().unwrap();
            if record.message.state == MessageState::Sending && *slow > 0 {
                *slow -= 1;
                clock.advance(policy().send_deadline);
            }
            Ok(())
        };
        let process = world.start_with(Doom::never(), policy(), Box::new(hook));
        let accepted = process.store.accept(sample()).await.unwrap();
        process.engine.run(true, pending()).await.unwrap();
        assert_eq!(world.gis.lock().unwrap().sent, 1, "twice late, once in time");
        world.assert_exactly_once(&*process.store, accepted.batch, "").await;
    });
}

#[test]
fn damaged_requests_are_built_anew_and_damaged_payloads_parked() {
    let damage = |world: &World, role: &str| {
        let file = world.directory.path().join("delivery.sqlite");
        let raw = rusqlite::Connection::open(file).unwrap();
        let query = match role {
            "request" => "UPDATE body SET bytes = x'00' WHERE id IN (SELECT request FROM message)",
            _ => "UPDATE body SET bytes = x'00' WHERE id IN (SELECT payload FROM object WHERE row = 3)",
        };
        assert_eq!(raw.execute(query, []).unwrap(), 1);
    };
    for (role, expected) in [("request", MessageState::Done), ("payload", MessageState::Parked)] {
        let world = Arc::new(World::new(&[]));
        alive(async {
            let hit = Mutex::new(false);
            let (at, seen) = (Arc::clone(&world), role);
            let hook = move |record: &Record| {
                // The record of the bytes is on disk when the intent comes; the damage is done just before the retry.
                let mut hit = hit.lock().unwrap();
                if seen == "request"
                    && record.message.state == MessageState::Prepared
                    && record.message.attempts == 1
                    && !*hit
                {
                    *hit = true;
                    damage(&at, "request");
                }
                Ok(())
            };
            world.gis.lock().unwrap().faults.push_back(Fault::NotSent);
            let process = world.start_with(Doom::never(), policy(), Box::new(hook));
            let accepted = process.store.accept(sample()).await.unwrap();
            if role == "payload" {
                damage(&world, role);
            }
            process.engine.run(true, pending()).await.unwrap();
            let view = process.store.batch(accepted.batch).await.unwrap();
            assert_eq!(view.messages.keys().collect::<Vec<_>>(), [&expected], "{role}");
            if role == "request" {
                world.assert_exactly_once(&*process.store, accepted.batch, role).await;
            } else {
                assert_eq!((view.objects.postponed, world.gis.lock().unwrap().sent), (5, 0));
                let retry = decision(Verb::Retry);
                assert_eq!(process.engine.decide(MessageId(1), &retry).await.unwrap(), Decided::Done);
                assert_eq!(process.store.batch(accepted.batch).await.unwrap().objects.in_message, 5);
                assert_eq!(process.engine.decide(MessageId(1), &retry).await.unwrap(), Decided::NotParked);
            }
        });
    }
}

/// A shutdown, how to ask for it, and word of it having been seen.
fn shutdown() -> (impl Future<Output = ()> + Send, oneshot::Sender<()>, oneshot::Receiver<()>) {
    let (stop, stopped) = oneshot::channel::<()>();
    let (see, seen) = oneshot::channel();
    let shutdown = async {
        if stopped.await.is_err() {
            pending::<()>().await;
        }
        see.send(()).unwrap();
    };
    (shutdown, stop, seen)
}

/// An exchange whose sending waits until it is let go, or panics.
struct Held {
    inner: FakeExchange,
    began: Mutex<Option<oneshot::Sender<()>>>,
    go: Mutex<Option<oneshot::Receiver<()>>>,
    panics: bool,
}

#[async_trait::async_trait]
impl gis_gkh_delivery::Exchange for Held {
    async fn prepare(
        &self,
        work: &gis_gkh_delivery::Work,
        objects: &[gis_gkh_delivery::ObjectRow],
    ) -> Result<gis_gkh_delivery::Prepared, gis_gkh_delivery::Failure> {
        self.inner.prepare(work, objects).await
    }
    async fn submit(&self, work: &gis_gkh_delivery::Work, bytes: &[u8]) -> gis_gkh_delivery::Submitted {
        let began = self.began.lock().unwrap().take();
        let submitted = self.inner.submit(work, bytes).await;
        if let Some(began) = began {
            began.send(()).unwrap();
        }
        assert!(!self.panics, "as asked");
        let go = self.go.lock().unwrap().take();
        if let Some(go) = go {
            go.await.unwrap();
        }
        submitted
    }
    async fn poll(&self, work: &gis_gkh_delivery::Work, ack: &str) -> gis_gkh_delivery::Polled {
        self.inner.poll(work, ack).await
    }
    async fn question(
        &self,
        work: &gis_gkh_delivery::Work,
        part: &[gis_gkh_delivery::ObjectRow],
    ) -> Result<gis_gkh_delivery::Prepared, gis_gkh_delivery::Failure> {
        self.inner.question(work, part).await
    }
    async fn ask(&self, work: &gis_gkh_delivery::Work, bytes: &[u8]) -> gis_gkh_delivery::Submitted {
        self.inner.ask(work, bytes).await
    }
    async fn read(
        &self,
        work: &gis_gkh_delivery::Work,
        part: &[gis_gkh_delivery::ObjectRow],
        ack: &str,
    ) -> gis_gkh_delivery::Looked {
        self.inner.read(work, part, ack).await
    }
}

impl World {
    /// A manual clock and a held exchange on the real store.
    fn held(&self, panics: bool) -> (Arc<SqliteStore>, Engine, oneshot::Receiver<()>, oneshot::Sender<()>) {
        let (began_tell, began) = oneshot::channel();
        let (go, go_told) = oneshot::channel();
        let store = Arc::new(open(self.directory.path()));
        let (gis, clock) = (Arc::clone(&self.gis), Arc::clone(&self.clock));
        let inner = FakeExchange { gis, clock: Arc::clone(&clock), doom: Doom::never() };
        let exchange = Held { inner, began: Mutex::new(Some(began_tell)), go: Mutex::new(Some(go_told)), panics };
        let engine = Engine::new(Arc::clone(&store) as Arc<dyn Store>, Arc::new(exchange), clock, policy());
        (store, engine, began, go)
    }
}

#[test]
fn shutdown_waits_for_what_is_in_flight_and_begins_nothing_new() {
    let world = World { clock: TestClock::new(true), ..World::new(&[]) };
    alive(async {
        let (store, engine, began, go) = world.held(false);
        let engine = engine.parallel(1);
        store.accept(sample()).await.unwrap();
        store.accept(batch("2", vec![object(1, "f", "1")])).await.unwrap();
        let (shutdown, stop, seen) = shutdown();
        let run = engine.run(false, shutdown);
        let outside = async {
            began.await.unwrap();
            stop.send(()).unwrap();
            // The reply comes after the engine has seen the shutdown.
            seen.await.unwrap();
            go.send(()).unwrap();
        };
        let (ran, ()) = tokio::join!(run, outside);
        ran.unwrap();
        let states: Vec<_> = store.queue(10).await.unwrap().iter().map(|m| (m.message.0, m.state)).collect();
        assert_eq!(states, [(2, MessageState::Accepted), (1, MessageState::Acked)]);
    });
}

#[test]
fn what_never_comes_back_is_abandoned_and_looked_up_by_the_next_run() {
    for panics in [false, true] {
        let mut world = World { clock: TestClock::new(true), ..World::new(&[]) };
        alive(async {
            let (store, engine, began, _go) = world.held(panics);
            store.accept(sample()).await.unwrap();
            let (shutdown, stop, seen) = shutdown();
            let run = engine.run(false, shutdown);
            let outside = async {
                began.await.unwrap();
                if !panics {
                    stop.send(()).unwrap();
                    seen.await.unwrap();
                }
                loop {
                    world.clock.advance(Duration::from_millis(1));
                    tokio::task::yield_now().await;
                }
            };
            let ran = tokio::select! { ran = run => ran, () = outside => unreachable!() };
            match ran {
                Ok(_) => assert!(!panics),
                Err(error) => assert!(panics && matches!(error, EngineError::Worker { .. }), "{error}"),
            }
            assert_eq!(store.queue(10).await.unwrap()[0].state, MessageState::Sending);
        });
        world.clock = TestClock::new(false);
        alive(async {
            let process = world.start(Doom::never());
            process.engine.run(true, pending()).await.unwrap();
            world.assert_exactly_once(&*process.store, BatchId(1), "after the restart").await;
            // The bad one is absent after the settle time and goes once more, alone, to be refused.
            assert_eq!(world.gis.lock().unwrap().sent, 2);
        });
    }
}

#[test]
fn a_running_engine_takes_up_new_batches() {
    let world = World { clock: TestClock::new(true), ..World::new(&[]) };
    alive(async {
        let process = world.start(Doom::never());
        let (stop, stopped) = oneshot::channel::<()>();
        let engine = Arc::clone(&process.engine);
        let running = tokio::spawn(async move { engine.run(false, async { stopped.await.unwrap() }).await });
        tokio::task::yield_now().await;
        let accepted = process.store.accept(sample()).await.unwrap();
        process.engine.wake();
        while process.store.batch(accepted.batch).await.unwrap().objects.in_message > 0 {
            world.clock.advance(Duration::from_millis(1));
            tokio::task::yield_now().await;
        }
        stop.send(()).unwrap();
        running.await.unwrap().unwrap();
        assert_eq!(
            process.store.batch(accepted.batch).await.unwrap().objects,
            BatchCounts { accepted: 4, refused: 1, ..BatchCounts::default() }
        );
    });
}

/// 10 000 objects, 20 messages, several at a time, faults here and there; progress is exact at every step.
#[test]
fn ten_thousand_objects_are_delivered_once() {
    let faults: Vec<Fault> = FAULTS.concat();
    let world = World::new(&faults);
    let seen = Arc::new(Mutex::new(Vec::<Progress>::new()));
    let (progress, last) = (Arc::clone(&seen), Arc::clone(&seen));
    alive(async {
        let store = Arc::new(open(world.directory.path()));
        let (gis, clock) = (Arc::clone(&world.gis), Arc::clone(&world.clock));
        let exchange = Arc::new(FakeExchange { gis, clock: Arc::clone(&clock), doom: Doom::never() });
        let policy = Policy { lookup_limit: 300, ..policy() };
        let engine = Engine::new(Arc::clone(&store) as Arc<dyn Store>, exchange, clock, policy)
            .parallel(3)
            .observer(Arc::new(move |now: &Progress| progress.lock().unwrap().push(now.clone())));
        let name = |n: u32| if n.is_multiple_of(1_000) { format!("bad-{n}") } else { format!("ref-{n}") };
        let mut big = batch("1", (1..=10_000).map(|n| object(n, &name(n), "1")).collect());
        let rows = std::mem::take(&mut big.messages[0].rows);
        big.messages = rows.chunks(500).map(|rows| message("op", rows.to_vec())).collect();
        let accepted = store.accept(big).await.unwrap();
        engine.run(true, pending()).await.unwrap();
        let last = last.lock().unwrap().last().cloned().unwrap();
        assert_eq!(last.objects, store.batch(accepted.batch).await.unwrap().objects);
        assert_eq!((last.objects.accepted, last.objects.refused), (9_990, 10));
        world.assert_exactly_once(&*store, accepted.batch, "big").await;
    });
    let seen = seen.lock().unwrap();
    assert!(seen.len() > 80);
    assert!(seen.iter().all(|now| now.objects.total() == 10_000 && now.messages.values().sum::<u64>() == 20));
    assert!(seen.windows(2).all(|pair| pair[0].objects.accepted <= pair[1].objects.accepted));
}

/// What was finished before the run is not counted, what is half done is, and what comes later is counted once.
#[test]
fn progress_begins_from_what_the_database_counts() {
    let world = World { clock: TestClock::new(true), ..World::new(&[]) };
    let seen = Arc::new(Mutex::new(Vec::<Progress>::new()));
    alive(async {
        let process = world.start(Doom::never());
        process.store.accept(batch("done", vec![object(1, "done", "1")])).await.unwrap();
        let doing = Engine::new(
            Arc::clone(&process.store) as Arc<dyn Store>,
            Arc::new(FakeExchange {
                gis: Arc::clone(&world.gis),
                clock: Arc::clone(&world.clock),
                doom: Doom::never(),
            }),
            Arc::clone(&world.clock) as Arc<dyn gis_gkh_delivery::Clock>,
            // This clock runs as fast as tasks take turns: on a busy disk a short lease would end amid a record.
            Policy { lease: Duration::from_secs(3_600), ..policy() },
        );
        let finish = async |engine: &Engine| {
            let mut run = std::pin::pin!(engine.run(true, pending()));
            loop {
                tokio::select! {
                    biased;
                    ended = &mut run => break ended.unwrap(),
                    () = tokio::task::yield_now() => world.clock.advance(Duration::from_millis(1)),
                }
            }
        };
        finish(&doing).await;
        process.store.accept(batch("waits", vec![object(1, "waits", "1")])).await.unwrap();
        let progress = Arc::clone(&seen);
        let watched = doing.observer(Arc::new(move |now: &Progress| progress.lock().unwrap().push(now.clone())));
        let (stop, stopped) = oneshot::channel::<()>();
        let running = watched.run(false, async { stopped.await.unwrap() });
        let later = async {
            while seen.lock().unwrap().last().is_none_or(|now| now.objects.accepted == 0) {
                world.clock.advance(Duration::from_millis(1));
                tokio::task::yield_now().await;
            }
            process.store.accept(batch("later", vec![object(1, "later", "1"), object(2, "bad", "1")])).await.unwrap();
            watched.wake();
            while seen.lock().unwrap().last().is_none_or(|now| now.objects.accepted < 2) {
                world.clock.advance(Duration::from_millis(1));
                tokio::task::yield_now().await;
            }
            stop.send(()).unwrap();
        };
        let (ended, ()) = tokio::join!(running, later);
        ended.unwrap();
    });
    let seen = seen.lock().unwrap();
    let first = Progress {
        objects: BatchCounts { in_message: 1, ..BatchCounts::default() },
        messages: BTreeMap::from([(MessageState::Accepted, 1)]),
    };
    assert_eq!(seen.first(), Some(&first));
    let last = Progress {
        objects: BatchCounts { accepted: 2, refused: 1, ..BatchCounts::default() },
        messages: BTreeMap::from([(MessageState::Done, 2)]),
    };
    assert_eq!(seen.last(), Some(&last));
    assert!(seen.iter().all(|now| [1, 3].contains(&now.objects.total())));
}
