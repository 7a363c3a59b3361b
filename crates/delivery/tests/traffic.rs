//! The engine and the traffic: recurring exports, questions about many messages, pace, breaker, the operator's hand.
#![expect(clippy::unwrap_used, reason = "what tests call asserts as tests do")]

#[path = "support/batches.rs"]
mod batches;
#[path = "support/decision.rs"]
mod decision;
#[path = "traffic/decisions.rs"]
mod decisions;
#[path = "support/open.rs"]
mod opened;
mod support;
#[path = "support/clock.rs"]
mod test_clock;

use async_trait::async_trait;
use batches::{batch, directory, object};
use decision::decision;
use gis_gkh_delivery::{
    Clock, Consumer, Decided, Decision, Engine, Exchange, Failure, Fixer, GisIds, Inbox, Level, Looked, NewBatch,
    NewItem, NewMessage, ObjectRow, Operate, Outcome, Page, Pause, Policy, Polled, Prepared, Priority, Pull, Resend,
    RetryClass, Scope, Seq, Sha256, SqliteStore, Store, Submitted, Timestamp, Verb, Views, Work,
};
use std::collections::{BTreeMap, BTreeSet};
use std::future::pending;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use support::{failure, policy};
use test_clock::TestClock;

/// A system that takes everything and answers as told.
struct System {
    clock: Arc<TestClock>,
    seen: Mutex<Seen>,
    /// How long every request takes.
    takes: Duration,
    /// What sending meets, by MessageGUID's turn; then nothing.
    trouble: Mutex<Vec<Failure>>,
    /// What exports bring, by the moment of their window's end: pages of keys.
    pages: Mutex<Vec<Vec<&'static str>>>,
}

#[derive(Default)]
struct Seen {
    /// Moments of sendings, and of which organisation.
    sent: Vec<(Timestamp, String)>,
    /// Questions about single messages.
    polls: usize,
    /// How many messages each question about many asked about.
    questions: Vec<usize>,
    /// When each ack is answered, and the TransportGUIDs under it.
    acks: BTreeMap<String, (Timestamp, Vec<String>)>,
    windows: Vec<(Timestamp, Timestamp, Option<String>)>,
    at_once: usize,
    most_at_once: usize,
}

impl System {
    fn new(clock: &Arc<TestClock>, takes: Duration) -> Arc<Self> {
        let (clock, seen) = (Arc::clone(clock), Mutex::default());
        Arc::new(Self { clock, seen, takes, trouble: Mutex::default(), pages: Mutex::default() })
    }
}

#[async_trait]
impl Exchange for System {
    fn ages(&self, work: &Work) -> bool {
        work.operation != AGELESS
    }

    async fn prepare(&self, work: &Work, objects: &[ObjectRow]) -> Result<Prepared, Failure> {
        if let Some(window) = &work.window {
            let window = (window.since, window.until.unwrap(), window.cursor.clone());
            self.seen.lock().unwrap().windows.push(window);
        }
        let guids: Vec<_> = objects.iter().map(|object| object.transport_guid.clone()).collect();
        Ok(Prepared { bytes: serde_json::to_vec(&guids).unwrap() })
    }

    async fn submit(&self, work: &Work, bytes: &[u8]) -> Submitted {
        let now = self.clock.now();
        {
            let mut seen = self.seen.lock().unwrap();
            seen.sent.push((now, work.organisation.clone()));
            seen.at_once += 1;
            seen.most_at_once = seen.most_at_once.max(seen.at_once);
        }
        tokio::task::yield_now().await;
        let trouble = self.trouble.lock().unwrap().pop();
        let mut seen = self.seen.lock().unwrap();
        seen.at_once -= 1;
        match trouble {
            Some(failure) if failure.level == Level::Transport => return Submitted::NotSent { failure },
            Some(failure) => return Submitted::Rejected { failure, raw: b"no".to_vec() },
            None => {}
        }
        let ack = format!("ack-{}", seen.acks.len());
        seen.acks.insert(ack.clone(), (now.after(self.takes), serde_json::from_slice(bytes).unwrap()));
        Submitted::Accepted { raw: ack.clone().into_bytes(), ack }
    }

    async fn poll(&self, work: &Work, ack: &str) -> Polled {
        let mut seen = self.seen.lock().unwrap();
        seen.polls += 1;
        let (ready, guids) = seen.acks[ack].clone();
        if self.clock.now() < ready {
            return Polled::Pending;
        }
        let raw = b"answer".to_vec();
        if work.window.is_some() {
            let mut pages = self.pages.lock().unwrap();
            if pages.first().is_some_and(|keys| *keys == ["nothing"]) {
                pages.remove(0);
                return Polled::Rejected { failure: failure("INT002012", RetryClass::Empty), raw };
            }
            let keys = if pages.is_empty() { vec![] } else { pages.remove(0) };
            let item = |key: &str| NewItem {
                key: key.split('=').next().unwrap().into(),
                content: Sha256::of(key.as_bytes()),
                body: key.as_bytes().to_vec(),
            };
            let more = keys.last() == Some(&"…");
            let items = keys.iter().filter(|key| **key != "…").map(|key| item(key)).collect();
            let next = more.then(|| format!("page {}", pages.len()));
            return Polled::Exported { page: Page { items, next }, raw };
        }
        let outcomes = guids.into_iter().map(|guid| (guid, Outcome::Accepted(GisIds::new()))).collect();
        Polled::Done { outcomes, raw }
    }

    async fn processed(&self, _: &Scope, acks: &[String]) -> Result<BTreeSet<String>, Failure> {
        let mut seen = self.seen.lock().unwrap();
        seen.questions.push(acks.len());
        let now = self.clock.now();
        Ok(acks.iter().filter(|ack| seen.acks[*ack].0 <= now).cloned().collect())
    }

    async fn question(&self, _: &Work, _: &[ObjectRow]) -> Result<Prepared, Failure> {
        Err(failure("ASK", RetryClass::Permanent))
    }

    async fn ask(&self, _: &Work, _: &[u8]) -> Submitted {
        Submitted::NotSent { failure: failure("ASK", RetryClass::Permanent) }
    }

    async fn read(&self, _: &Work, _: &[ObjectRow], _: &str) -> Looked {
        Looked::Pending
    }
}

struct Setting {
    _directory: tempfile::TempDir,
    clock: Arc<TestClock>,
    store: Arc<SqliteStore>,
    system: Arc<System>,
}

impl Setting {
    fn new(takes: Duration) -> Self {
        let directory = directory();
        let clock = TestClock::new(false);
        let store = Arc::new(opened::open(directory.path()).unwrap());
        let system = System::new(&clock, takes);
        Self { _directory: directory, clock, store, system }
    }

    fn engine(&self, policy: Policy, parallel: usize) -> Engine {
        let store = Arc::clone(&self.store) as Arc<dyn Store>;
        let exchange = Arc::clone(&self.system) as Arc<dyn Exchange>;
        Engine::new(store, exchange, Arc::clone(&self.clock) as Arc<dyn Clock>, policy).parallel(parallel)
    }

    /// One message at a time: the clock jumps whenever the engine sleeps, also while a worker is at work.
    async fn run(&self, policy: Policy) {
        self.engine(policy, 1).run(true, pending()).await.unwrap();
    }

    async fn inbox(&self, consumer: &Consumer) -> Vec<(Seq, String)> {
        let items = self.store.inbox(consumer, 100).await.unwrap();
        items.into_iter().map(|item| (item.seq, String::from_utf8(item.body).unwrap())).collect()
    }
}

/// So many messages of one object each.
fn many(key: &str, organisation: &str, messages: u32, bulk: bool) -> NewBatch {
    let objects: Vec<_> = (1..=messages).map(|row| object(row, &format!("{key}-{row}"), "1")).collect();
    let message = |row| NewMessage {
        operation: "bills.import".into(),
        lanes: vec![],
        priority: Priority::Normal,
        resend: Resend::AfterAbsent,
        bulk,
        rows: vec![row],
    };
    NewBatch {
        organisation: organisation.into(),
        messages: (1..=messages).map(message).collect(),
        ..batch(key, objects)
    }
}

fn appeals(interval: Duration) -> Pull {
    Pull {
        organisation: "organisation".into(),
        stand: "sandbox".into(),
        name: "appeals".into(),
        topic: "appeals".into(),
        operation: "appeals.exportAppeal".into(),
        parameters: "{}".into(),
        interval,
        overlap: Duration::from_millis(100),
        from: Timestamp(500),
    }
}

fn secretary() -> Consumer {
    Consumer { name: "secretary".into(), topic: None }
}

/// An operation whose requests are neither signed nor dated.
const AGELESS: &str = "files.upload";

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test]
async fn a_recurring_export_brings_each_object_once_page_by_page_and_goes_on_where_it_ended() {
    let setting = Setting::new(Duration::from_millis(5));
    let start = setting.clock.now();
    setting.store.set_pulls("organisation", "sandbox", vec![appeals(100 * SECOND)], start).await.unwrap();
    *setting.system.pages.lock().unwrap() = vec![vec!["a=1", "b=1", "…"], vec!["…"], vec!["c=1", "a=2"]];
    setting.run(policy()).await;
    let items = setting.inbox(&secretary()).await;
    let bodies: Vec<_> = items.iter().map(|(_, body)| body.as_str()).collect();
    assert_eq!(bodies, ["a=1", "b=1", "c=1", "a=2"]);
    let windows = setting.system.seen.lock().unwrap().windows.clone();
    assert_eq!(windows.len(), 3);
    assert!(windows.iter().all(|window| (window.0, window.1) == (Timestamp(400), windows[0].1)), "{windows:?}");
    assert_eq!(windows.iter().map(|window| window.2.is_some()).collect::<Vec<_>>(), [false, true, true]);

    // The next run sees the same objects once more, for the windows overlap, and one of them changed.
    let until = windows[0].1;
    setting.clock.sleep_until(until.after(100 * SECOND)).await;
    *setting.system.pages.lock().unwrap() = vec![vec!["a=2", "b=2", "c=1"]];
    setting.run(policy()).await;
    let windows = setting.system.seen.lock().unwrap().windows.clone();
    assert_eq!(windows[3].0, Timestamp(until.0 - 100), "from where the last one ended, less the overlap");
    let consumer = secretary();
    setting.store.acknowledge(&consumer, items[3].0, setting.clock.now()).await.unwrap();
    let rest = setting.inbox(&consumer).await;
    assert_eq!(rest.iter().map(|(_, body)| body.as_str()).collect::<Vec<_>>(), ["b=2"]);
    assert_eq!(setting.inbox(&Consumer { name: "other".into(), topic: None }).await.len(), 5);
}

#[tokio::test]
async fn a_window_in_which_nothing_was_found_has_been_read() {
    let setting = Setting::new(Duration::ZERO);
    let start = setting.clock.now();
    setting.store.set_pulls("organisation", "sandbox", vec![appeals(100 * SECOND)], start).await.unwrap();
    *setting.system.pages.lock().unwrap() = vec![vec!["nothing"]];
    setting.run(policy()).await;
    let view = setting.store.pulls().await.unwrap().remove(0);
    assert!(view.failure.is_none() && view.since >= start, "{view:?}");
    assert_eq!(setting.inbox(&secretary()).await, []);
}

#[tokio::test]
async fn a_recurring_export_that_fails_tries_anew_with_its_next_run() {
    let setting = Setting::new(Duration::ZERO);
    let start = setting.clock.now();
    setting.store.set_pulls("organisation", "sandbox", vec![appeals(100 * SECOND)], start).await.unwrap();
    setting.system.trouble.lock().unwrap().push(failure("INT000001", RetryClass::Permanent));
    setting.run(policy()).await;
    let view = setting.store.pulls().await.unwrap().remove(0);
    assert_eq!((view.since, view.failure.unwrap().code.as_deref()), (Timestamp(500), Some("INT000001")));
    let due = view.due.unwrap();
    assert!(due > setting.clock.now());
    setting.clock.sleep_until(due).await;
    *setting.system.pages.lock().unwrap() = vec![vec!["a=1"]];
    setting.run(policy()).await;
    let view = setting.store.pulls().await.unwrap().remove(0);
    assert!(view.failure.is_none() && view.since >= due, "{view:?}");
    assert_eq!(setting.inbox(&secretary()).await.len(), 1);
}

#[tokio::test]
async fn many_messages_are_asked_about_in_one_question() {
    let setting = Setting::new(Duration::from_millis(65));
    let accepted = setting.store.accept(many("1", "organisation", 200, true)).await.unwrap();
    setting.run(policy()).await;
    assert_eq!(setting.store.batch(accepted.batch).await.unwrap().objects.accepted, 200);
    {
        let seen = setting.system.seen.lock().unwrap();
        assert_eq!(seen.questions.iter().filter(|count| **count < 3).count(), 0, "few are asked one by one");
        assert!(seen.polls < 220, "{} polls", seen.polls);
        assert!(seen.questions.len() < 100, "{:?}", seen.questions);
    }

    let single = Setting::new(Duration::from_millis(65));
    single.store.accept(many("1", "organisation", 200, false)).await.unwrap();
    single.run(policy()).await;
    assert!(single.system.seen.lock().unwrap().polls > 390, "each by itself takes two questions");
}

#[tokio::test]
async fn under_one_certificate_so_many_at_a_time_and_at_that_pace() {
    let setting = Setting::new(Duration::ZERO);
    setting.store.accept(many("1", "one", 6, false)).await.unwrap();
    setting.store.accept(many("2", "two", 6, false)).await.unwrap();
    let policy = Policy { per_certificate: 1, pace: Duration::from_millis(50), ..policy() };
    setting.engine(policy, 8).run(true, pending()).await.unwrap();
    let seen = setting.system.seen.lock().unwrap();
    assert!(seen.most_at_once <= 2, "{}", seen.most_at_once);
    for organisation in ["one", "two"] {
        let at: Vec<i64> = seen.sent.iter().filter(|sent| sent.1 == organisation).map(|sent| sent.0.0).collect();
        assert_eq!(at.len(), 6);
        // Each has its moment, before which it does not begin.
        assert!((1_000..).step_by(50).zip(&at).all(|(earliest, at)| *at >= earliest), "{organisation}: {at:?}");
    }
}

#[tokio::test]
async fn while_everything_of_an_organisation_fails_it_is_held_back() {
    let setting = Setting::new(Duration::ZERO);
    let broken = Failure { level: Level::Transport, ..failure("CONNECT", RetryClass::Retry) };
    *setting.system.trouble.lock().unwrap() = vec![broken; 6];
    setting.store.accept(many("1", "one", 20, false)).await.unwrap();
    let policy = Policy { budget: 3, backoff: SECOND, backoff_cap: 100 * SECOND, ..policy() };
    setting.engine(policy.clone(), 1).run(true, pending()).await.unwrap();
    let sent = setting.system.seen.lock().unwrap().sent.clone();
    assert_eq!(sent.len(), 26, "six were not sent and went once more");
    // Three used up the budget; each of the next three was a trial, ever later.
    let gaps: Vec<i64> = sent.windows(2).map(|pair| pair[1].0.0 - pair[0].0.0).collect();
    assert!(gaps[2] >= 1_000 && gaps[3] >= 2_000 && gaps[4] >= 4_000, "{gaps:?}");
}

#[tokio::test]
async fn without_rights_the_organisation_stops_and_goes_on_when_a_person_says_so() {
    let setting = Setting::new(Duration::ZERO);
    let rights = Failure { fixer: Fixer::Operator, level: Level::Fault, ..failure("AUT011009", RetryClass::CallerFix) };
    setting.system.trouble.lock().unwrap().push(rights);
    let first = setting.store.accept(many("1", "one", 5, false)).await.unwrap();
    let other = setting.store.accept(many("2", "two", 5, false)).await.unwrap();
    let engine = setting.engine(policy(), 1);
    engine.run(true, pending()).await.unwrap();
    let pauses = setting.store.pauses().await.unwrap();
    assert_eq!(pauses.len(), 1);
    assert!(pauses[0].reason.contains("AUT011009"), "{pauses:?}");
    let counts = setting.store.batch(first.batch).await.unwrap().objects;
    assert_eq!((counts.accepted, counts.postponed, counts.in_message), (0, 1, 4), "one was tried, the others wait");
    assert_eq!(setting.store.batch(other.batch).await.unwrap().objects.accepted, 5);

    assert!(setting.store.resume(pauses[0].scope.clone()).await.unwrap());
    let parked = setting.store.queue(10).await.unwrap();
    let parked = parked.iter().find(|view| view.state == gis_gkh_delivery::state::MessageState::Parked).unwrap();
    let retried = engine.decide(parked.message, &decision(Verb::Retry)).await.unwrap();
    assert_eq!(retried, Decided::Done);
    setting.run(policy()).await;
    assert_eq!(setting.store.batch(first.batch).await.unwrap().objects.accepted, 5);
}

#[tokio::test]
async fn what_is_paused_waits_and_what_is_given_up_is_refused_with_the_reason() {
    let setting = Setting::new(Duration::ZERO);
    let scope = Scope::queue("sandbox", "organisation", "bills");
    let until = Some(setting.clock.now().after(50 * SECOND));
    let pause = Pause { scope, reason: "stocktaking".into(), at: setting.clock.now(), until };
    setting.store.pause(pause).await.unwrap();
    setting.store.accept(many("1", "organisation", 1, false)).await.unwrap();
    let refusing = failure("X", RetryClass::Retry);
    *setting.system.trouble.lock().unwrap() = vec![Failure { level: Level::Transport, ..refusing }; 100];
    let policy = Policy { max_age: 30 * SECOND, settle: 20 * SECOND, ..policy() };
    let engine = setting.engine(policy, 1);
    engine.run(true, pending()).await.unwrap();
    let sent = setting.system.seen.lock().unwrap().sent[0].0;
    assert!(Some(sent) >= until, "{sent:?}");
    let parked = setting.store.queue(10).await.unwrap().remove(0);
    let given_up = Decision { reason: "sent by hand".into(), ..decision(Verb::Discard) };
    assert_eq!(engine.decide(parked.message, &given_up).await.unwrap(), Decided::Done);
    assert_eq!(engine.decide(parked.message, &given_up).await.unwrap(), Decided::NotParked);
    let rows = setting.store.rows(parked.batch.unwrap(), None, 10).await.unwrap();
    let gis_gkh_delivery::ObjectState::Refused(refusal) = &rows[0].state else { panic!("{rows:?}") };
    assert_eq!((refusal.code.as_str(), refusal.text.as_str()), ("delivery.discarded", "sent by hand"));
}

#[tokio::test]
async fn what_grows_no_older_is_kept_once_however_often_it_is_sent() {
    for (operation, ages) in [("bills.import", true), (AGELESS, false)] {
        let setting = Setting::new(Duration::ZERO);
        let mut batch = many("b", "organisation", 1, false);
        batch.messages[0].operation = operation.into();
        setting.store.accept(batch).await.unwrap();
        let cut = || Failure { level: Level::Transport, ..failure("CUT", RetryClass::Retry) };
        *setting.system.trouble.lock().unwrap() = (0..8).map(|_| cut()).collect();
        setting.run(Policy { budget: 100, ..policy() }).await;
        assert_eq!(setting.system.seen.lock().unwrap().sent.len(), 9);
        let kept = setting.store.evidence(gis_gkh_delivery::MessageId(1)).await.unwrap();
        let requests = kept.iter().filter(|kept| kept.role == gis_gkh_delivery::BodyRole::Request).count();
        assert_eq!(requests > 1, ages, "{operation}: {requests}");
    }
}
