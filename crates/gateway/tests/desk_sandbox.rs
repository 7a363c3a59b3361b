//! The whole road: a file of bills, the gateway, a sandbox ГИС ЖКХ, results.

#![expect(clippy::unwrap_used, reason = "a test may end where it stands; clippy knows only functions marked as tests")]

mod desk;

use std::future::pending;
use std::sync::Arc;

use desk::{Running, connected, sandbox, serve};
use gis_gkh_gateway::gateway::BillOptions;
use gis_gkh_gateway::records::{Lang, ResultRow, Status, WhoFixes};
use gis_gkh_gateway::sample::Sample;
use gis_gkh_sandbox::Sandbox;

/// Sends a sample month through a sandbox with these faults; gives the results and the sandbox.
async fn send(accounts: usize, closed: usize, faults: &str, policy: &str) -> (Vec<ResultRow>, Arc<Sandbox>) {
    let sample = Sample::new(accounts, closed);
    let clock = Running::new();
    let sandbox = sandbox(&sample, clock.clone(), faults);
    let address = serve(&sandbox).await;
    let directory = tempfile::tempdir().unwrap();
    let gateway = connected(&directory, address, clock, policy);
    let intake = gateway.accept_bills(&sample.sources(), &BillOptions::default()).await.unwrap();
    assert!(intake.faults.is_empty(), "{:?}", intake.faults);
    let batch = intake.accepted.unwrap().batch;
    gateway.run(true, pending(), None).await.unwrap();
    let results = gateway.results(batch, Lang::En).await.unwrap();
    assert_eq!(results.len(), accounts);
    (results, sandbox)
}

fn count(results: &[ResultRow], status: Status) -> usize {
    results.iter().filter(|row| row.status == status).count()
}

/// How many documents were placed; none more than once.
fn placed(sandbox: &Sandbox) -> usize {
    let effects = sandbox.effects();
    assert!(effects.values().all(|effect| effect.placed <= 1), "{effects:?}");
    effects.values().filter(|effect| effect.placed == 1).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_month_of_200_bills_is_placed_and_the_one_of_a_closed_account_is_refused_in_plain_words() {
    let (results, sandbox) = send(200, 1, "", "").await;
    let rejected: Vec<&ResultRow> = results.iter().filter(|row| row.status == Status::Rejected).collect();
    assert_eq!((count(&results, Status::Accepted), rejected.len()), (199, 1));
    for row in results.iter().filter(|row| row.status == Status::Accepted) {
        assert_eq!(row.gis.payment_document_id.as_ref().map(|id| id.chars().count()), Some(18), "{row:?}");
        assert!(row.accepted_at.is_some() && row.message_guid.is_some(), "{row:?}");
    }
    assert!(rejected[0].message.as_ref().is_some_and(|text| text.contains("account")), "{:?}", rejected[0]);
    assert_eq!(rejected[0].who_fixes, Some(WhoFixes::Billing));
    assert!(rejected[0].code.is_some());
    assert_eq!(placed(&sandbox), 199);
}

/// Patience of under two seconds, so that what counts only after the settle time is seen to count.
const HURRIED: &str = "[policy]\nsend_deadline = \"200ms\"\nrequest_timeout = \"1500ms\"\nlease = \"2s\"\nsettle = \"2s\"\n\
                       lookup = [\"100ms\", \"500ms\"]\nbackoff = \"20ms\"";

#[tokio::test(flavor = "multi_thread")]
async fn whatever_goes_wrong_on_the_way_every_bill_is_placed_once_and_its_result_is_known() {
    let mut roads = tokio::task::JoinSet::new();
    for faults in [
        "exp001000=#1",
        "html=#1",
        "503=#1",
        "exp001000-state=#1",
        "cut-before-ack=#1",
        "cut-after-accept=#1",
        "cut-apply-later=1s:#1",
        // Applied when absence had counted already: the system itself refuses the second one by its number.
        "cut-apply-later=3s:#1",
        "duplicate",
        "missing-object=#1",
        "unknown-element",
        "delay=50ms",
    ] {
        roads.spawn(async move { (faults, send(10, 0, faults, HURRIED).await) });
    }
    while let Some(road) = roads.join_next().await {
        let (faults, (results, sandbox)) = road.unwrap();
        assert_eq!(count(&results, Status::Accepted), 10, "{faults}: {results:?}");
        assert_eq!(placed(&sandbox), 10, "{faults}");
        assert!(results.iter().all(|row| row.gis.payment_document_id.is_some()), "{faults}: {results:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_refused_is_sent_once_more_only_when_asked() {
    let sample = Sample::new(4, 1);
    let clock = Running::new();
    let sandbox = sandbox(&sample, clock.clone(), "");
    let address = serve(&sandbox).await;
    let directory = tempfile::tempdir().unwrap();
    let gateway = connected(&directory, address, clock, "");
    let accept = async |again| {
        let options = BillOptions { again, ..BillOptions::default() };
        gateway.accept_bills(&sample.sources(), &options).await.unwrap().accepted.unwrap()
    };
    let first = accept(false).await;
    gateway.run(true, pending(), None).await.unwrap();
    let repeated = accept(false).await;
    assert_eq!((repeated.batch, repeated.repeated), (first.batch, true));
    assert_eq!((repeated.counts.accepted, repeated.counts.refused), (3, 1));
    let again = accept(true).await;
    assert_eq!((again.repeated, again.counts.accepted, again.counts.in_message), (false, 3, 1));
    gateway.run(true, pending(), None).await.unwrap();
    let results = gateway.results(again.batch, Lang::Ru).await.unwrap();
    assert_eq!((count(&results, Status::Accepted), count(&results, Status::Rejected)), (3, 1));
    let ids = |rows: &[ResultRow]| rows.iter().map(|row| row.gis.clone()).collect::<Vec<_>>();
    assert_eq!(ids(&results), ids(&gateway.results(first.batch, Lang::Ru).await.unwrap()));
    let refused: usize = sandbox.effects().values().map(|effect| effect.refused).sum();
    assert_eq!((placed(&sandbox), refused), (3, 2));
}

/// The sample's charges with a rouble more of debt for everyone without an advance.
fn indebted(charges: &str) -> String {
    let more = |cell: &str| (cell.parse::<i64>().unwrap() + 100).to_string();
    let row = |(number, line): (usize, &str)| {
        let mut cells: Vec<String> = line.split(';').map(str::to_owned).collect();
        if number > 0 && cells[7] == "0" {
            (cells[6], cells[9]) = (more(&cells[6]), more(&cells[9]));
        }
        cells.join(";")
    };
    charges.lines().enumerate().map(row).collect::<Vec<_>>().join("\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_under_our_number_is_adopted_only_if_its_totals_are_ours() {
    let sample = Sample::new(3, 0);
    let clock = Running::new();
    let sandbox = sandbox(&sample, clock.clone(), "");
    let address = serve(&sandbox).await;
    let mut results = Vec::new();
    // Each from a store of its own, that knows nothing of the others.
    for charges in [sample.charges.clone(), sample.charges.clone(), indebted(&sample.charges)] {
        let sources = Sample { charges, ..sample.clone() }.sources();
        let directory = tempfile::tempdir().unwrap();
        let gateway = connected(&directory, address, clock.clone(), HURRIED);
        let batch = gateway.accept_bills(&sources, &BillOptions::default()).await.unwrap().accepted.unwrap().batch;
        gateway.run(true, pending(), None).await.unwrap();
        results.push(gateway.results(batch, Lang::En).await.unwrap());
    }
    let accepted: Vec<usize> = results.iter().map(|rows| count(rows, Status::Accepted)).collect();
    let ids = |rows: &[ResultRow]| rows.iter().map(|row| row.gis.payment_document_id.clone()).collect::<Vec<_>>();
    assert_eq!(accepted, [3, 3, 0]);
    assert_eq!(ids(&results[0]), ids(&results[1]));
    assert!(results[2].iter().all(|row| row.status == Status::Rejected && row.gis.payment_document_id.is_none()));
    assert_eq!(placed(&sandbox), 3);
}
