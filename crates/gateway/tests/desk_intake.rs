//! Taking batches: whole or not at all, in part when asked, once however often they come; and looking at them.

#![expect(clippy::unwrap_used, reason = "a test may end where it stands; clippy knows only functions marked as tests")]

mod desk;

use std::fs;
use std::future::ready;
use std::sync::Arc;

use desk::{Counting, Standing, gateway, settings};
use gis_gkh_gateway::gateway::{Accepted, BillOptions, Overview};
use gis_gkh_gateway::records::{Lang, Source, Sources, Status, WhoFixes};
use gis_gkh_gateway::sample::Sample;
use gis_gkh_gateway::{Config, Gateway, GatewayError};

/// A sample month after a change of its charges.
fn changed(sample: &Sample, change: impl FnOnce(String) -> String) -> Sources {
    let Sources::Csv { charges, charge_lines, bank, services, accounts } = sample.sources() else { unreachable!() };
    let text = change(String::from_utf8(charges.bytes).unwrap());
    Sources::Csv { charges: Source::new(charges.name, text), charge_lines, bank, services, accounts }
}

/// The bill of the second account says a wrong total.
fn one_fault(sample: &Sample) -> Sources {
    changed(sample, |charges| {
        let mut lines: Vec<String> = charges.lines().map(str::to_owned).collect();
        let mut cells: Vec<&str> = lines[2].split(';').collect();
        cells[8] = "1";
        cells[9] = "";
        lines[2] = cells.join(";");
        lines.join("\n")
    })
}

async fn accept(gateway: &Gateway, sources: &Sources) -> Accepted {
    let intake = gateway.accept_bills(sources, &BillOptions::default()).await.unwrap();
    assert!(intake.faults.is_empty(), "{:?}", intake.faults);
    intake.accepted.unwrap()
}

#[tokio::test]
async fn a_batch_is_taken_once_however_often_it_comes() {
    let directory = tempfile::tempdir().unwrap();
    let gateway = gateway(&directory);
    let sample = Sample::new(5, 0);
    let first = accept(&gateway, &sample.sources()).await;
    assert_eq!((first.repeated, first.counts.in_message, first.messages), (false, 5, 1));
    let Sources::Csv { charges, charge_lines, bank, services, accounts } = sample.sources() else { unreachable!() };
    let elsewhere = Source::new("elsewhere/charges.csv", charges.bytes);
    let moved = Sources::Csv { charges: elsewhere, charge_lines, bank, services, accounts };
    let again = accept(&gateway, &moved).await;
    assert_eq!(again, Accepted { repeated: true, ..first });
    // Another file with the same bills: each is answered by the first batch, and no message is made.
    let longer = changed(&sample, |charges| charges + "\n");
    let other = accept(&gateway, &longer).await;
    assert_ne!(other.batch, first.batch);
    assert_eq!((other.repeated, other.counts.in_message, other.messages), (false, 5, 0));
    // A bill with other content while the first is on its way waits for the outcome.
    let comment = changed(&sample, |charges| charges.replacen("Показания", "Новые показания", 1));
    let comment = accept(&gateway, &comment).await;
    assert_eq!((comment.counts.in_message, comment.counts.refused), (4, 1));
    let results = gateway.results(comment.batch, Lang::Ru).await.unwrap();
    assert_eq!((results[0].status, results[0].code.as_deref()), (Status::Refused, Some("delivery.on_its_way")));
    assert!(results[0].message.as_ref().unwrap().starts_with("Запись с этим ref ещё отправляется"));
    assert_eq!(gateway.status().await.unwrap().batches.len(), 3);
}

#[tokio::test]
async fn while_a_row_is_faulty_nothing_is_taken_unless_asked_in_part() {
    let directory = tempfile::tempdir().unwrap();
    let gateway = gateway(&directory);
    let sources = one_fault(&Sample::new(5, 0));
    let intake = gateway.accept_bills(&sources, &BillOptions::default()).await.unwrap();
    assert_eq!(intake.accepted, None);
    assert_eq!(intake.faults.problems.len(), 1);
    assert_eq!(intake.faults.problems[0].line, Some(3));
    assert!(!directory.path().join("store").exists(), "nothing was written");

    let options = BillOptions { partial: true, ..BillOptions::default() };
    let intake = gateway.accept_bills(&sources, &options).await.unwrap();
    let accepted = intake.accepted.unwrap();
    assert_eq!((accepted.counts.in_message, accepted.counts.refused), (4, 1));
    assert_eq!((intake.faults.rows.len(), intake.faults.rows[0].row), (1, 3));
    for lang in [Lang::Ru, Lang::En] {
        let results = gateway.results(accepted.batch, lang).await.unwrap();
        let rows: Vec<u64> = results.iter().map(|row| row.row).collect();
        assert_eq!(rows, [2, 3, 4, 5, 6], "the results mirror the rows");
        let row = &results[1];
        assert_eq!((row.status, row.who_fixes), (Status::Refused, Some(WhoFixes::Billing)));
        assert_eq!((row.reference.as_str(), row.code.as_deref()), ("b-2026-10-000002", Some("period_sum")));
        let faults = gateway.accept_bills(&sources, &BillOptions { lang, ..options }).await.unwrap().faults;
        assert_eq!(row.message, faults.rows[0].message, "told alike at once and afterwards");
        assert!(results[0].status == Status::Waiting && results[0].message.is_none());
    }
    // The same in part is the same batch; corrected and whole, the four are answered and the one is sent.
    let again = gateway.accept_bills(&sources, &options).await.unwrap().accepted.unwrap();
    assert_eq!((again.batch, again.repeated), (accepted.batch, true));
    let whole = accept(&gateway, &Sample::new(5, 0).sources()).await;
    assert_eq!((whole.counts.in_message, whole.messages), (5, 1));
}

#[tokio::test]
async fn nothing_good_is_nothing_to_take() {
    let directory = tempfile::tempdir().unwrap();
    let gateway = gateway(&directory);
    let options = BillOptions { period: "2026-09".parse().ok(), partial: true, ..BillOptions::default() };
    let intake = gateway.accept_bills(&Sample::new(2, 0).sources(), &options).await.unwrap();
    assert_eq!((intake.accepted, intake.faults.rows.len()), (None, 2));
    let empty = Sources::Json(Source::new("month.json", ""));
    let intake = gateway.accept_bills(&empty, &BillOptions::default()).await.unwrap();
    assert_eq!((intake.accepted, intake.faults.problems.len()), (None, 1));
}

#[tokio::test]
async fn a_month_is_split_by_the_limit_of_the_contract() {
    let directory = tempfile::tempdir().unwrap();
    let gateway = gateway(&directory);
    let accepted = accept(&gateway, &Sample::new(1001, 0).sources()).await;
    assert_eq!((accepted.counts.in_message, accepted.messages), (1001, 3));
}

#[tokio::test]
async fn others_can_look_while_the_store_is_in_use_and_before_there_is_one() {
    let directory = tempfile::tempdir().unwrap();
    let config = settings(directory.path(), "127.0.0.1:9", "");
    let told = Overview::open(&config).unwrap_err().to_string();
    assert!(told.contains("nothing has been accepted yet"), "{told}");
    let gateway = gateway(&directory);
    let batch = accept(&gateway, &Sample::new(3, 0).sources()).await.batch;
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&config.data_dir).unwrap().permissions());
        assert_eq!(mode & 0o777, 0o700, "other people's data are for their keeper alone");
    }
    let overview = Overview::open(&config).unwrap();
    let status = overview.status().await.unwrap();
    assert_eq!((status.batches.len(), status.queue.len()), (1, 1));
    assert_eq!(overview.results(batch, Lang::En).await.unwrap(), gateway.results(batch, Lang::En).await.unwrap());
    assert_eq!(status, gateway.status().await.unwrap());
}

#[tokio::test]
async fn stopping_is_no_error_and_loses_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let gateway = gateway(&directory);
    let batch = accept(&gateway, &Sample::new(3, 0).sources()).await.batch;
    gateway.run(false, ready(()), None).await.unwrap();
    let results = gateway.results(batch, Lang::En).await.unwrap();
    assert!(results.iter().all(|row| row.status == Status::Waiting));
}

#[test]
fn a_dry_run_writes_nothing_and_names_its_files_by_period() {
    let directory = tempfile::tempdir().unwrap();
    let gateway = gateway(&directory);
    let run = gateway.dry_run_bills(&Sample::new(501, 0).sources(), &BillOptions::default()).unwrap();
    let names: Vec<&str> = run.envelopes.iter().map(|envelope| envelope.file_name.as_str()).collect();
    assert_eq!(names, ["2026-10-0001.xml", "2026-10-0002.xml"]);
    assert!(run.envelopes.iter().all(|envelope| envelope.bytes.len() < gis_gkh_gateway::desk::billing::MESSAGE_BYTES));
    assert!(!directory.path().join("store").exists());
    let held = gateway.dry_run_bills(&one_fault(&Sample::new(3, 0)), &BillOptions::default()).unwrap();
    assert_eq!((held.envelopes.len(), held.faults.rows.len()), (0, 1));
}

#[tokio::test]
async fn what_waits_for_one_organisation_or_stand_never_goes_out_for_another() {
    let directory = tempfile::tempdir().unwrap();
    accept(&gateway(&directory), &Sample::new(3, 0).sources()).await;
    let open = async |change: fn(&mut Config)| {
        let mut config = settings(directory.path(), "127.0.0.1:9", "");
        change(&mut config);
        Gateway::open(config, Arc::new(Standing::default()), Counting::new()).unwrap().status().await
    };
    assert_eq!(open(|_| ()).await.unwrap().batches.len(), 1);
    let others: [fn(&mut Config); 2] = [
        |config| config.organisation.org_ppa_guid = uuid::Uuid::from_u128(7),
        |config| config.stand.name = "sit-01".to_owned(),
    ];
    for other in others {
        let told = open(other).await.unwrap_err();
        assert!(matches!(told, GatewayError::OtherWork { .. }), "{told}");
        assert!(told.to_string().contains("(sandbox), and these settings are for another"), "{told}");
    }
}

#[tokio::test]
async fn bills_of_a_house_that_another_system_writes_are_held_back_and_no_others() {
    let directory = tempfile::tempdir().unwrap();
    let Sources::Csv { charges, charge_lines, bank, services, accounts } = Sample::new(5, 0).sources() else {
        unreachable!()
    };
    // All accounts of the sample are in one house; two move.
    let text = String::from_utf8(accounts.bytes).unwrap().replacen("h-001", "h-002", 2);
    let accounts = Source::new(accounts.name, text);
    let sources = Sources::Csv { charges, charge_lines, bank, services, accounts };
    let more = "[[writer]]\nkind = \"bills\"\nsystem = \"1С\"\nhouses = [\"h-002\"]\n";
    let config = settings(directory.path(), "127.0.0.1:9", more);
    let gateway = Gateway::open(config, Arc::new(Standing::default()), Counting::new()).unwrap();
    let options = BillOptions { partial: true, ..BillOptions::default() };
    let intake = gateway.accept_bills(&sources, &options).await.unwrap();
    let held = intake.faults.rows.iter().filter(|row| row.code.as_deref() == Some("desk.writer")).count();
    assert_eq!((held, intake.faults.rows.len()), (2, 2));
    let counts = intake.accepted.unwrap().counts;
    assert_eq!((counts.in_message, counts.refused), (3, 2));
}
