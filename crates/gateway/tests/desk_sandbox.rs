//! The whole road: a file of bills, the gateway, a sandbox ГИС ЖКХ, results.

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
