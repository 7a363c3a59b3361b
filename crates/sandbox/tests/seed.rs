//! What a sandbox is told at its beginning.

mod support;

use gis_gkh_sandbox::{Seed, SeedError};
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
}
