//! A clock that is wrong: what was signed in the future is refused, and nothing of it is lost.

#![expect(clippy::unwrap_used, reason = "a test may end where it stands; clippy knows only functions marked as tests")]

mod desk;

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use desk::{Running, connected, sandbox, serve};
use gis_gkh::clock::Clock;
use gis_gkh::codes::{self, Language};
use gis_gkh_delivery::state::MessageState;
use gis_gkh_delivery::{Decided, Decision, QueueView, Verb};
use gis_gkh_gateway::control::{Answer, Request};
use gis_gkh_gateway::gateway::{BillOptions, Overview};
use gis_gkh_gateway::records::{Lang, Source, Sources, Status};
use gis_gkh_gateway::sample::Sample;
use time::{Duration, OffsetDateTime};

/// A clock so many seconds ahead of another.
struct Ahead(Arc<Running>, AtomicI64);

impl Clock for Ahead {
    fn now(&self) -> OffsetDateTime {
        self.0.now() + Duration::seconds(self.1.load(Ordering::SeqCst))
    }
}

/// The bills of one account of a sample.
fn of_account(sample: &Sample, number: usize) -> Sources {
    let own = format!("b-2026-10-{number:06};");
    let table = |name: &str, text: &str, all: bool| {
        let mut lines = text.lines();
        let head = lines.next().unwrap();
        let rows = lines.filter(|line| all || line.starts_with(&own));
        Source::new(name, std::iter::once(head).chain(rows).flat_map(|line| [line, "\n"]).collect::<String>())
    };
    Sources::Csv {
        charges: table("charges.csv", &sample.charges, false),
        charge_lines: table("charge_lines.csv", &sample.charge_lines, false),
        bank: table("bank.csv", &sample.bank, true),
        services: table("services.csv", &sample.services, true),
        accounts: table("accounts.csv", &sample.accounts, true),
    }
}

const BATCHES: usize = 12;

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_ahead_refuses_nothing_and_set_right_everything_is_accepted_once() {
    let sample = Sample::new(BATCHES, 0);
    let right = Running::new();
    let sandbox = sandbox(&sample, right.clone(), "");
    let address = serve(&sandbox).await;
    let directory = tempfile::tempdir().unwrap();
    // A day and a bit: whatever was put off by it must not wait for it.
    let clock = Arc::new(Ahead(right, AtomicI64::new(26 * 3600)));
    let gateway = connected(&directory, address, clock.clone(), "");
    let mut batches = Vec::new();
    for number in 1..=BATCHES {
        let intake = gateway.accept_bills(&of_account(&sample, number), &BillOptions::default()).await.unwrap();
        assert!(intake.faults.is_empty(), "{:?}", intake.faults);
        batches.push(intake.accepted.unwrap().batch);
    }
    let results = async || {
        let mut rows = Vec::new();
        for batch in &batches {
            rows.extend(gateway.results(*batch, Lang::Ru).await.unwrap());
        }
        rows
    };
    let queue = async || Overview::open(gateway.config()).unwrap().queue(100).await.unwrap();

    // The engine has nothing to do by itself any more: the organisation is paused.
    gateway.run(true, pending(), None).await.unwrap();
    let rows = results().await;
    assert!(rows.iter().all(|row| row.status != Status::Rejected && row.status != Status::Accepted), "{rows:?}");
    assert!(sandbox.effects().is_empty());
    let Answer::Pauses(pauses) = gateway.act(Request::Pauses).await.unwrap() else { panic!("pauses") };
    let [pause] = &pauses[..] else { panic!("{pauses:?}") };
    assert!(pause.reason.contains("AUT011005") && pause.reason.contains("SigningTime"), "{}", pause.reason);
    let entry = codes::find("AUT011005").unwrap();
    assert!(entry.action(Language::Russian).contains("часы") && entry.action(Language::English).contains("clock"));
    // What was in work when the first refusal came is parked; the rest waits and is not touched.
    let (parked, waiting): (Vec<QueueView>, Vec<QueueView>) =
        queue().await.into_iter().partition(|view| view.state == MessageState::Parked);
    assert!((1..=gateway.config().policy.per_certificate).contains(&parked.len()), "{parked:?}");
    assert_eq!(parked.len() + waiting.len(), BATCHES);
    assert!(parked.iter().all(|view| view.failure.as_ref().unwrap().code.as_deref() == Some("AUT011005")));

    // A person sets the clock right, resumes the organisation and retries the few that are parked.
    clock.1.store(0, Ordering::SeqCst);
    let changed = Answer::Done { changed: true };
    assert_eq!(gateway.act(Request::Resume { scope: pause.scope.clone() }).await.unwrap(), changed);
    for view in &parked {
        let (by, reason) = ("a dispatcher".to_owned(), "the clock is right".to_owned());
        let decision = Decision { verb: Verb::Retry, by, reason, risk: false };
        let request = Request::Decide { message: view.message, decision };
        assert_eq!(gateway.act(request).await.unwrap(), Answer::Decided(Decided::Done));
    }
    gateway.run(true, pending(), None).await.unwrap();
    let rows = results().await;
    assert!(rows.iter().all(|row| row.status == Status::Accepted), "{rows:?}");
    let placed: Vec<usize> = sandbox.effects().values().map(|effect| effect.placed).collect();
    assert_eq!(placed, [1; BATCHES]);
    assert_eq!(queue().await, []);
}
