//! Retention, holds and selections.

use super::evidence::node;
use super::{Kept, Place, T0, claim, finish_claimed, record};
use crate::batches::{batch, object};
use gis_gkh_delivery::archive::{Entry, Expiry, HoldId, Selection};
use gis_gkh_delivery::state::Event;
use gis_gkh_delivery::{BatchId, BodyRole, NewBatch, NewBody, Timestamp};
use std::time::Duration;

/// A batch of one row, delivered with one request and recorded then; gives its message's id, too.
async fn delivered(s: &dyn Kept, key: &str, reference: &str, at: Timestamp) -> (BatchId, gis_gkh_delivery::MessageId) {
    let one = NewBatch { accepted_at: at, ..batch(key, vec![object(1, reference, "1")]) };
    let batch = s.accept(one).await.unwrap().batch;
    let claimed = claim(s, at).await.remove(0);
    let id = claimed.message.id;
    finish_claimed(s, claimed, true).await;
    (batch, id)
}

async fn selected(s: &dyn Kept, selection: &Selection) -> Vec<(i64, bool)> {
    let mut all: Vec<Entry> = vec![];
    loop {
        let after = all.last().map(|entry| (entry.node.clone(), entry.number));
        let after = after.as_ref().map(|(node, number)| (node.as_str(), *number));
        let page = s.selected(selection, after, 2).await.unwrap();
        if page.is_empty() {
            break;
        }
        all.extend(page);
    }
    all.iter().map(|entry| (entry.number, entry.bytes.is_some())).collect()
}

fn period(from: Timestamp, until: Timestamp) -> Selection {
    Selection::Period { stand: None, organisation: Some("organisation".into()), kind: None, from, until }
}

/// An object by the names a person knows.
fn named(reference: &str, period: Option<&str>) -> Selection {
    Selection::Object {
        organisation: "organisation".into(),
        stand: "sandbox".into(),
        kind: "bills".into(),
        reference: reference.into(),
        period: period.map(Into::into),
    }
}

pub(super) async fn selections_find_what_they_name(place: &dyn Place) {
    let store = place.open().await;
    let s = store.as_ref();
    let t1 = T0.after(Duration::from_secs(10));
    let (first, message) = delivered(s, "1", "a", T0).await;
    let (second, _) = delivered(s, "2", "b", t1).await;
    // Repeats the first row: what proves it went in the first batch.
    let third = s.accept(batch("3", vec![object(1, "a", "1")])).await.unwrap().batch;
    let all = [(1, true), (2, true)];
    assert_eq!(selected(s, &Selection::Everything).await, all);
    assert_eq!(selected(s, &Selection::Batch(first)).await, all[..1]);
    assert_eq!(selected(s, &Selection::Batch(second)).await, all[1..]);
    assert_eq!(selected(s, &Selection::Batch(third)).await, all[..1]);
    assert_eq!(selected(s, &Selection::Batch(BatchId(99))).await, []);
    assert_eq!(selected(s, &Selection::Message(message)).await, all[..1]);
    let object = *s.transport(message).await.unwrap().values().next().unwrap();
    let same = s.rows(third, None, 10).await.unwrap()[0].same_as;
    assert_eq!(same, Some(object));
    assert_eq!(selected(s, &named("a", None)).await, all[..1]);
    assert_eq!(selected(s, &named("a", Some("2026-10"))).await, all[..1]);
    assert_eq!(selected(s, &named("a", Some("2026-11"))).await, []);
    assert_eq!(selected(s, &named("c", None)).await, []);
    assert_eq!(selected(s, &period(T0, t1)).await, all[..1], "the end is not in it");
    assert_eq!(selected(s, &period(T0, Timestamp(t1.0 + 1))).await, all);
    let kind = |kind: &str| Selection::Period {
        stand: Some("sandbox".into()),
        organisation: None,
        kind: Some(kind.into()),
        from: T0,
        until: Timestamp(i64::MAX),
    };
    assert_eq!(selected(s, &kind("bills")).await, all);
    assert_eq!(selected(s, &kind("appeals")).await, []);
    assert_eq!(s.kinds().await.unwrap(), ["bills"]);
}

pub(super) async fn expired_bytes_go_and_entries_stay(place: &dyn Place) {
    let store = place.open().await;
    let s = store.as_ref();
    for n in 1..=3 {
        delivered(s, &n.to_string(), &format!("r{n}"), T0).await;
    }
    // A message on its way keeps what it needs, however old it is.
    s.accept(batch("4", vec![object(1, "live", "1")])).await.unwrap();
    let live = claim(s, T0).await.remove(0);
    let request = NewBody { role: BodyRole::Request, bytes: b"live".to_vec(), sent: None, answered: None };
    s.record(record(&live, Event::Built, T0, true, vec![request])).await.unwrap();
    let node = node(s.as_store()).await;
    let before = s.entries(&node, 0, 100).await.unwrap();
    let expiry = |before, limit| Expiry { kind: "bills".into(), before, limit };
    assert_eq!(s.expire(&expiry(T0, 10)).await.unwrap(), 0, "not before its term");
    let later = Timestamp(T0.0 + 1);
    assert_eq!(s.expire(&Expiry { kind: "appeals".into(), ..expiry(later, 10) }).await.unwrap(), 0);
    assert_eq!(s.expire(&expiry(later, 2)).await.unwrap(), 2);
    assert_eq!(s.expire(&expiry(later, 2)).await.unwrap(), 1);
    assert_eq!(s.expire(&expiry(later, 2)).await.unwrap(), 0);
    let after = s.entries(&node, 0, 100).await.unwrap();
    assert_eq!(after.iter().map(|entry| entry.bytes.is_some()).collect::<Vec<_>>(), [false, false, false, true]);
    let digests = |entries: &[Entry]| entries.iter().map(Entry::digest).collect::<Vec<_>>();
    assert_eq!(digests(&after), digests(&before));
    assert_eq!(s.evidence(before[0].message).await.unwrap(), vec![]);
    assert_eq!(s.request(live.message.id).await.unwrap(), b"live");
    assert_eq!(s.kinds().await.unwrap(), ["bills"]);
}

pub(super) async fn what_is_held_stays(place: &dyn Place) {
    let store = place.open().await;
    let s = store.as_ref();
    let t1 = T0.after(Duration::from_secs(10));
    let (first, _) = delivered(s, "1", "a", T0).await;
    delivered(s, "2", "b", t1).await;
    delivered(s, "3", "c", t1.after(Duration::from_secs(10))).await;
    delivered(s, "4", "d", t1.after(Duration::from_secs(20))).await;
    let everything = s.hold(Selection::Everything, "inspection", T0).await.unwrap();
    let expiry = Expiry { kind: "bills".into(), before: Timestamp(i64::MAX), limit: 10 };
    assert_eq!(s.expire(&expiry).await.unwrap(), 0);
    let batch = s.hold(Selection::Batch(first), "dispute", T0).await.unwrap();
    let object = s.hold(named("b", None), "dispute", T0).await.unwrap();
    let last = t1.after(Duration::from_secs(20));
    let period = s.hold(period(last, Timestamp(i64::MAX)), "court", T0).await.unwrap();
    assert_eq!(s.holds().await.unwrap(), [everything.clone(), batch.clone(), object.clone(), period.clone()]);
    assert!(s.release(everything.id, t1).await.unwrap());
    assert!(!s.release(everything.id, t1).await.unwrap(), "released already");
    assert!(!s.release(HoldId(99), t1).await.unwrap());
    assert_eq!(s.expire(&expiry).await.unwrap(), 1);
    let kept = [(1, true), (2, true), (3, false), (4, true)];
    assert_eq!(selected(s, &Selection::Everything).await, kept);
    drop(store);
    let store = place.open().await;
    let s = store.as_ref();
    assert_eq!(s.holds().await.unwrap(), [batch.clone(), object.clone(), period.clone()]);
    for hold in [batch, object, period] {
        assert!(s.release(hold.id, t1).await.unwrap());
    }
    assert_eq!(s.expire(&expiry).await.unwrap(), 3);
    assert_eq!(s.kinds().await.unwrap(), Vec::<String>::new());
    let next = s.hold(Selection::Everything, "again", t1).await.unwrap();
    assert!(next.id.0 > 4, "numbers are never used twice");
}
