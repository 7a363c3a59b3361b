//! Retention and legal hold.

use super::memory::{DAY, FIRST, Key, Marked, Memory, three_days};
use gis_gkh_delivery::archive::{
    Against, Archive, Custody, Hold, HoldId, Retention, Selection, expire, forbids_erasure, verify,
};
use gis_gkh_delivery::{MessageId, Month, Timestamp};
use std::time::Duration;

const END: Timestamp = Timestamp((FIRST + 3) * DAY);

fn days(days: u64) -> Duration {
    Duration::from_secs(days * 86_400)
}

async fn kept(memory: &Memory) -> usize {
    let entries = memory.entries("east", 0, 1_000).await.unwrap();
    entries.iter().filter(|entry| entry.bytes.is_some()).count()
}

#[tokio::test]
async fn bytes_go_when_their_term_has_run_out_and_the_archive_still_verifies() {
    let memory = three_days().await;
    assert!(expire(&memory, &Retention::default(), END).await.unwrap().is_empty());
    let retention = Retention { kinds: [("bills".to_owned(), days(2))].into(), otherwise: None };
    let removed = expire(&memory, &retention, END).await.unwrap();
    assert_eq!(removed, [("bills".to_owned(), 4)].into());
    assert!(expire(&memory, &retention, END).await.unwrap().is_empty());
    let against = Against { exported: &[], retention: Some((&retention, END)) };
    let report = verify(&memory, &Marked, &Key, &against).await.unwrap();
    assert!(report.is_intact(), "{report:?}");
    assert_eq!(report.nodes[0].expired + report.nodes[1].expired, 4);
    // A kind without a term of its own has the common one.
    let retention = Retention { kinds: [("bills".to_owned(), days(100))].into(), otherwise: Some(days(0)) };
    expire(&memory, &retention, END).await.unwrap();
    assert_eq!(kept(&memory).await, 7);
}

#[tokio::test]
async fn more_than_one_call_takes_goes_in_several() {
    let memory = Memory::default();
    memory.commit("east", FIRST * DAY, &vec!["x"; 2_000]);
    let retention = Retention { kinds: [].into(), otherwise: Some(days(1)) };
    let removed = expire(&memory, &retention, END).await.unwrap();
    assert_eq!(removed.values().sum::<usize>(), 2_001);
    assert_eq!(kept(&memory).await, 0);
}

#[tokio::test]
async fn what_is_held_stays_until_the_hold_is_released() {
    let memory = three_days().await;
    let retention = Retention { kinds: [].into(), otherwise: Some(days(0)) };
    let first_day = Selection::Period {
        stand: None,
        organisation: Some("org".into()),
        kind: None,
        from: Timestamp(FIRST * DAY),
        until: Timestamp((FIRST + 1) * DAY),
    };
    let period = memory.hold(first_day, "inspection", END).await.unwrap();
    let message = memory.hold(Selection::Message(MessageId(9)), "dispute", END).await.unwrap();
    assert_eq!(memory.holds().await.unwrap(), [period.clone(), message.clone()]);
    expire(&memory, &retention, END).await.unwrap();
    assert_eq!(kept(&memory).await, 14);
    assert!(memory.release(period.id, END).await.unwrap());
    assert!(!memory.release(period.id, END).await.unwrap());
    expire(&memory, &retention, END).await.unwrap();
    assert_eq!(kept(&memory).await, 7);
    assert!(memory.release(message.id, END).await.unwrap());
    let all = memory.hold(Selection::Everything, "court", END).await.unwrap();
    expire(&memory, &retention, END).await.unwrap();
    assert_eq!(kept(&memory).await, 7);
    assert_ne!(all.id, period.id);
}

#[test]
fn keys_are_not_shredded_under_a_hold() {
    let hold = |scope| Hold { id: HoldId(1), scope, reason: "court".into(), at: END };
    let period = |organisation: Option<&str>, from, until| {
        let organisation = organisation.map(str::to_owned);
        hold(Selection::Period { stand: None, organisation, kind: Some("bills".into()), from, until })
    };
    let moment = |day: i64| Timestamp(day * DAY);
    let (first, end) = (moment(19_997), moment(20_028));
    let october = Month::of(first);
    assert_eq!((october.to_string(), Month::of(end).to_string()), ("2024-10".into(), "2024-11".into()));
    let before = |at: Timestamp| Timestamp(at.0 - 1);
    let forbidden = |hold: Hold| forbids_erasure(&[hold], "org", Some(october)).is_some();
    assert!(!forbidden(period(Some("other"), moment(0), moment(30_000))));
    assert!(!forbidden(period(None, moment(0), first)));
    assert!(!forbidden(period(None, end, moment(30_000))));
    assert!(!forbidden(period(None, moment(20_010), moment(20_010))));
    assert!(forbidden(period(Some("org"), before(end), moment(30_000))));
    assert!(forbidden(period(None, Timestamp(i64::MIN), Timestamp(first.0 + 1))));
    assert!(forbidden(period(None, moment(20_010), moment(20_011))));
    let object = |organisation: &str| {
        let (organisation, stand) = (organisation.into(), "sandbox".into());
        hold(Selection::Object { organisation, stand, kind: "bills".into(), reference: "a".into(), period: None })
    };
    assert!(forbidden(object("org")));
    assert!(!forbidden(object("other")));
    assert!(forbidden(hold(Selection::Everything)));
    assert!(forbidden(hold(Selection::Message(MessageId(1)))));
    assert!(forbids_erasure(&[], "org", Some(october)).is_none());
    // All months at once: any month of it that is held.
    let later = [period(Some("org"), end, moment(30_000))];
    assert!(forbids_erasure(&later, "org", None).is_some());
    assert!(forbids_erasure(&later, "other", None).is_none());
}

#[test]
fn a_term_is_counted_from_the_recording() {
    let retention = Retention { kinds: [("bills".to_owned(), days(2))].into(), otherwise: Some(days(1)) };
    let recorded = Timestamp(1_000);
    let after = |term: Duration| recorded.after(term);
    assert!(retention.keeps("bills", recorded, after(days(2))));
    assert!(!retention.keeps("bills", recorded, after(days(2) + Duration::from_millis(1))));
    assert!(!retention.keeps("appeals", recorded, after(days(2))));
    assert!(Retention::default().keeps("appeals", recorded, after(days(10_000))));
}
