//! The sample month: the checked-in files are what the generator writes, and they are what they are said to be.

use std::collections::HashSet;
use std::fs;
use std::path::PathBuf;

use gis_gkh_gateway::records::{Input, Month, Options, Registry};
use gis_gkh_gateway::sample::{self, Sample};
use time::macros::date;

fn fixtures() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/month")
}

fn options() -> Options {
    Options { today: date!(2026 - 11 - 02), period: Some(sample::PERIOD), lenient: false }
}

/// `GKH_BLESS=1` writes the files anew after the generator has been changed on purpose.
#[test]
fn the_checked_in_month_is_what_the_generator_writes() {
    let month = Sample::new(200, 1);
    if std::env::var_os("GKH_BLESS").is_some() {
        month.write_to(&fixtures()).unwrap();
    }
    for (name, text) in month.files() {
        let stored = fs::read_to_string(fixtures().join(name)).unwrap();
        assert!(stored == text, "{name} differs from the generator's; run this test with GKH_BLESS=1 if that is meant");
    }
}

#[test]
fn every_bill_of_the_month_is_right_by_all_that_can_be_known_before_sending() {
    let sources = Input::beside(&fixtures().join("charges.csv")).load().unwrap();
    let month = Month::read(&sources, &options());
    assert_eq!(month.problems, []);
    assert_eq!((month.bills.len(), month.faulty.len()), (200, 0));
    let kinds: HashSet<Registry> =
        month.bills.iter().flat_map(|bill| bill.lines.iter().map(|line| line.service.registry)).collect();
    assert_eq!(kinds.len(), 4, "every part of a payment document is used");
    let counts: HashSet<usize> = month.bills.iter().map(|bill| bill.lines.len()).collect();
    assert_eq!(counts, HashSet::from([6, 7, 8, 9]));
    let some = |what: &str, found: bool| assert!(found, "no bill with {what}");
    some("a debt", month.bills.iter().any(|bill| !bill.debt_prev.is_zero()));
    some("an advance", month.bills.iter().any(|bill| !bill.advance.is_zero()));
    some("a recalculation", month.bills.iter().any(|bill| bill.lines.iter().any(|line| line.recalc.is_negative())));
    some("a benefit", month.bills.iter().any(|bill| bill.lines.iter().any(|line| !line.benefit.is_zero())));
    some("a penalty", month.bills.iter().any(|bill| bill.lines.iter().any(|line| line.penalty.is_some())));
}

#[test]
fn exactly_one_account_is_closed_in_the_sandbox_and_nothing_in_the_files_shows_it() {
    let month = Sample::new(200, 1);
    let sandbox: serde_json::Value = serde_json::from_str(&month.sandbox).unwrap();
    let accounts = sandbox["accounts"].as_array().unwrap();
    assert_eq!(accounts.len(), 200);
    assert_eq!(accounts.iter().filter(|account| account["closed"] == true).count(), 1);
    assert_eq!(sandbox["organisation"]["ogrn"], sample::OGRN);
    assert_eq!(sandbox["houses"].as_array().unwrap().len(), 1);
    assert!(!month.accounts.lines().next().unwrap().contains("closed"));
    // What the files say of accounts and services is what the sandbox knows.
    let known = |list: &str, guid: &str| sandbox[list].as_array().unwrap().iter().any(|item| item["guid"] == guid);
    for row in month.accounts.lines().skip(1) {
        assert!(known("accounts", row.split(';').nth(4).unwrap()), "{row}");
    }
    for row in month.services.lines().skip(1) {
        assert!(known("nsi", row.split(';').nth(4).unwrap()), "{row}");
    }
}

#[test]
fn a_large_company_has_a_house_for_every_two_hundred_accounts() {
    let month = Sample::new(1_001, 0);
    let sandbox: serde_json::Value = serde_json::from_str(&month.sandbox).unwrap();
    assert_eq!(sandbox["houses"].as_array().unwrap().len(), 6);
    assert!(sandbox["accounts"].as_array().unwrap().iter().all(|account| account["closed"] == false));
    let read = Month::read(&month.sources(), &options());
    assert_eq!((read.bills.len(), read.problems.len()), (1_001, 0));
}

#[test]
fn the_configuration_beside_the_files_names_the_sample_organisation() {
    let config = fs::read_to_string(fixtures().join("gkh.toml")).unwrap();
    assert!(config.contains(&format!("org_ppa_guid = \"{}\"", sample::org_ppa_guid())));
    assert!(config.contains(&format!("ogrn = \"{}\"", sample::OGRN)));
}
