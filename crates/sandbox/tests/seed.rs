//! What a sandbox is told at its beginning.

mod support;

use std::collections::BTreeSet;

use gis_gkh::contract::appeals::{ExportAppealRequest, get_state_result::Outcome as OfAppeals};
use gis_gkh::contract::device_metering::{
    DeviceCriteria, ExportMeteringDeviceHistoryRequest, get_state_result::Outcome as OfReadings,
};
use gis_gkh_sandbox::{AppealState, MeterSort, Seed, SeedError};
use support::*;

#[test]
fn the_sample_months_seed_is_read() {
    let text = std::fs::read_to_string(root().join("fixtures/month/sandbox.json")).unwrap();
    let closed = text.matches("\"closed\":true").count();
    assert_eq!((text.matches("\"els\"").count(), closed), (200, 1));
    Seed::from_json(&text).unwrap();
}

#[test]
fn a_seed_that_contradicts_itself_is_refused_by_what_is_wrong() {
    let right = seed_json(2);
    let change = |from: &str, to: &str| {
        assert!(right.contains(from), "{from}");
        Seed::from_json(&right.replacen(from, to, 1)).unwrap_err()
    };
    assert!(matches!(change("sandbox/1", "sandbox/2"), SeedError::Schema(schema) if schema == "sandbox/2"));
    assert!(matches!(change("\"houses\"", "\"homes\""), SeedError::Json(_)));
    assert!(matches!(change(&account(1).to_string(), "no guid"), SeedError::Json(_)));
    let twice = change(&account(1).to_string(), &account(2).to_string());
    assert!(matches!(&twice, SeedError::Repeated { what: "account", which } if *which == account(2).to_string()));
    let houseless = change(&format!("\"house\":\"{}\"", guid("house")), &format!("\"house\":\"{}\"", guid("no house")));
    assert!(matches!(houseless, SeedError::Missing { what: "house", .. }));
    let orphan =
        change(&format!("\"organisation\":\"{}\"", guid("other")), &format!("\"organisation\":\"{}\"", guid("x")));
    assert!(matches!(orphan, SeedError::Missing { what: "organisation", .. }));
    let placed = change(&format!("\"account\":\"{}\"", account(1)), &format!("\"account\":\"{}\"", account(77)));
    assert!(matches!(placed, SeedError::Missing { what: "account", .. }));
    assert!(matches!(change("00АА000001-01", "00АА000001-1"), SeedError::Account(which) if which == account(1)));
    assert!(twice.to_string().contains("each may stand once"), "{twice}");
    let power = r#""name":"УК Образцовая","powers":[{"operator":"1","from":"2026-01-01","kinds":["7"]}]"#;
    let kindless = change(r#""name":"УК Образцовая""#, power);
    assert!(matches!(&kindless, SeedError::Missing { which, .. } if which == "7"), "{kindless}");
    assert!(kindless.to_string().contains("НСИ 291"), "{kindless}");
}

#[test]
fn meters_and_appeals_that_cannot_be_are_refused() {
    let right = furnished_json();
    let change = |from: &str, to: &str| {
        assert!(right.contains(from), "{from}");
        Seed::from_json(&right.replacen(from, to, 1)).unwrap_err()
    };
    let cold = meter("cold");
    let power = r#""sort":"electricity","tariffs":2"#;
    assert!(
        matches!(change(power, r#""sort":"electricity","tariffs":4"#), SeedError::Meter(which) if which == meter("power"))
    );
    assert!(matches!(change(power, r#""sort":"steam""#), SeedError::Json(_)));
    assert!(
        matches!(change(r#""values":["100"]"#, r#""values":["100","1"]"#), SeedError::Meter(which) if which == cold)
    );
    assert!(matches!(change(r#""values":["100"]"#, r#""values":["-100"]"#), SeedError::Meter(which) if which == cold));
    assert!(matches!(change("2026-09-23", "2026-10-23"), SeedError::Meter(which) if which == cold));
    assert!(matches!(change("2026-09-23", "2026-09-31"), SeedError::Json(_)));
    let unknown = change(r#""resources":["2"]"#, r#""resources":["9"]"#);
    assert!(matches!(unknown, SeedError::Missing { what: "resource of НСИ 2", which } if which == "9"));
    let twice = change(&meter("heat").to_string(), &cold.to_string());
    assert!(matches!(&twice, SeedError::Repeated { what: "meter", which } if *which == cold.to_string()));
    assert!(matches!(change("00-2026-000002", "00-2026-000001"), SeedError::Appeal(_)));
    assert!(matches!(change(r#""theme":"1""#, r#""theme":"9""#), SeedError::Appeal(_)));
    let answer = change("Убрали.", &"тайна ".repeat(2000));
    assert!(answer.to_string().contains("00-2026-000003") && !answer.to_string().contains("тайна"), "{answer}");
    let wordy = change("Текст образца 1.", &"тайна ".repeat(2000));
    assert!(wordy.to_string().contains("00-2026-000001") && !format!("{wordy} {wordy:?}").contains("тайна"), "{wordy}");
}

#[test]
fn examples_are_of_every_sort_and_the_same_on_every_machine() {
    let text = std::fs::read_to_string(root().join("fixtures/month/sandbox.json")).unwrap();
    let examples = || Seed::from_json(&text).unwrap().with_examples(START);
    let seed = examples();
    assert_eq!((seed.meters(), seed.appeals()), (examples().meters(), examples().appeals()));
    // 199 of the 200 accounts are open; 29 of them are the seventh.
    assert_eq!(seed.meters().len(), 199 * 2 + 29);
    let kinds: BTreeSet<(bool, u8, bool)> = seed
        .meters()
        .iter()
        .map(|meter| (meter.sort == MeterSort::Electricity, meter.tariffs, meter.archived.is_some()))
        .collect();
    let expected = [(false, 1, false), (false, 1, true), (true, 1, false), (true, 2, false), (true, 3, false)];
    assert_eq!(kinds, expected.into());
    let by: BTreeSet<bool> =
        seed.meters().iter().flat_map(|meter| &meter.readings).map(|reading| reading.by.is_some()).collect();
    assert_eq!(by.len(), 2);
    assert!(seed.meters().iter().any(|meter| meter.readings.is_empty()));

    let appeals = seed.appeals();
    assert_eq!(appeals.len(), 12);
    let days: BTreeSet<time::Date> = appeals.iter().map(|appeal| appeal.created).collect();
    assert_eq!(days.len(), 12);
    assert!(days.last().unwrap() < &START.date());
    for state in [AppealState::Sent, AppealState::InWork, AppealState::Executed, AppealState::Withdrawn] {
        assert!(appeals.iter().any(|appeal| appeal.state == state), "{state:?}");
    }
    let files: BTreeSet<usize> = appeals.iter().map(|appeal| appeal.files.len()).collect();
    assert_eq!(files, [0, 1, 2, 3].into());
    assert!(!format!("{seed:?}").contains("Примеров"));
    // A second time adds nothing.
    assert_eq!(examples().with_examples(START).meters().len(), seed.meters().len());
    assert_eq!(examples().with_examples(START).appeals().len(), 12);
}

#[test]
fn examples_are_given_out() {
    let stand = Stand::with(|settings| settings.seed = seed().with_examples(START));
    let Some(OfAppeals::Appeals(appeals)) = stand.ask(ExportAppealRequest::new()).unwrap().outcome else { panic!() };
    assert_eq!(appeals.len(), 11, "all but the system's own");
    // The book of types is there too.
    let types =
        gis_gkh::contract::nsi_common::ExportNsiItemRequest::new(27, gis_gkh::contract::nsi_base::BookGroup::Nsi);
    let answer = stand.ask(types).unwrap();
    let Some(gis_gkh::contract::nsi_common::get_state_result::Outcome::NsiItem(book)) = answer.outcome else {
        panic!()
    };
    let individual = gis_gkh::contract::nsi_base::NsiRef::new("1", book.nsi_element[0].guid);
    let mut request = ExportMeteringDeviceHistoryRequest::new(DeviceCriteria::Types(vec![individual]));
    let count = |request: &ExportMeteringDeviceHistoryRequest| {
        let Some(OfReadings::HistoryBlock(block)) = stand.ask(request.clone()).unwrap().outcome else { panic!() };
        block.export_metering_device_history_result.len()
    };
    // Six open accounts of ours with two meters each.
    assert_eq!(count(&request), 12);
    request.search_archived = Some(true);
    assert_eq!(count(&request), 13);
}
