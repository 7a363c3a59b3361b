//! The operator's hand.

use super::{Place, T0, claim, finish_claimed};
use crate::batches::{batch, object};
use gis_gkh_delivery::{NewBatch, Pause, Scope, Store, Timestamp};
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

fn pause(scope: Scope, until: Option<Timestamp>) -> Pause {
    Pause { scope, reason: "inspection".into(), at: T0, until }
}

fn of(organisation: &str) -> Scope {
    Scope { organisation: Some(organisation.into()), ..Scope::default() }
}

async fn two_organisations(s: &dyn Store) {
    let one = batch("1", vec![object(1, "a", "1")]);
    s.accept(one.clone()).await.unwrap();
    s.accept(NewBatch { organisation: "other".into(), ..one }).await.unwrap();
}

async fn claimed(s: &dyn Store, now: Timestamp) -> Vec<String> {
    let mut seen: Vec<_> = claim(s, now).await.into_iter().map(|claimed| claimed.work.organisation).collect();
    s.recover().await.unwrap();
    seen.sort();
    seen
}

pub(super) async fn a_paused_part_is_not_claimed(place: &dyn Place) {
    let store = place.open().await;
    let s = store.as_store();
    two_organisations(s).await;
    s.pause(pause(of("other"), None)).await.unwrap();
    assert_eq!(claimed(s, T0).await, ["organisation"]);
    // What is in flight goes on.
    s.pause(pause(Scope { service: Some("bills".into()), ..Scope::default() }, None)).await.unwrap();
    assert_eq!(claimed(s, T0).await, Vec::<String>::new());
    assert_eq!(s.next_due().await.unwrap(), None, "only a person ends this");
    assert!(!s.resume(of("organisation")).await.unwrap(), "no such pause");
    assert!(s.resume(Scope { service: Some("bills".into()), ..Scope::default() }).await.unwrap());
    assert!(s.next_due().await.unwrap() <= Some(T0));
    let flying = claim(s, T0).await.remove(0);
    s.pause(pause(Scope::default(), None)).await.unwrap();
    finish_claimed(s, flying, true).await;
    assert_eq!(claimed(s, T0.after(MINUTE)).await, Vec::<String>::new());
    assert!(s.resume(Scope::default()).await.unwrap());
    assert!(s.resume(of("other")).await.unwrap());
    assert_eq!(claimed(s, T0).await, ["other"]);
    let elsewhere = Scope { stand: Some("elsewhere".into()), ..Scope::default() };
    s.pause(pause(elsewhere, None)).await.unwrap();
    assert_eq!(claimed(s, T0).await, ["other"]);
}

pub(super) async fn what_is_resumed_is_due_at_once(place: &dyn Place) {
    let store = place.open().await;
    let s = store.as_store();
    // Accepted while the clock was a day ahead.
    let tomorrow = T0.after(24 * 60 * MINUTE);
    let one = NewBatch { accepted_at: tomorrow, ..batch("1", vec![object(1, "a", "1")]) };
    s.accept(one.clone()).await.unwrap();
    s.accept(NewBatch { organisation: "other".into(), ..one }).await.unwrap();
    s.pause(pause(of("other"), None)).await.unwrap();
    assert_eq!(claimed(s, T0).await, Vec::<String>::new());
    assert!(s.resume(of("other")).await.unwrap());
    assert_eq!(claimed(s, T0).await, ["other"], "and nobody else's");
}

pub(super) async fn a_pause_ends_by_itself(place: &dyn Place) {
    let store = place.open().await;
    let s = store.as_store();
    two_organisations(s).await;
    let (soon, later) = (T0.after(MINUTE), T0.after(2 * MINUTE));
    s.pause(pause(Scope::default(), Some(soon))).await.unwrap();
    s.pause(pause(of("other"), Some(later))).await.unwrap();
    assert_eq!(s.next_due().await.unwrap(), Some(soon), "the queue wakes then");
    assert_eq!(claimed(s, Timestamp(soon.0 - 1)).await, Vec::<String>::new());
    assert_eq!(claimed(s, soon).await, ["organisation"]);
    finish_claimed(s, claim(s, soon).await.remove(0), true).await;
    assert_eq!(s.next_due().await.unwrap(), Some(later));
    assert_eq!(claimed(s, later).await, ["other"]);
    assert_eq!(s.pauses().await.unwrap(), vec![], "pauses that have ended are gone");
}

pub(super) async fn pausing_again_replaces_and_a_restart_changes_nothing(place: &dyn Place) {
    let store = place.open().await;
    let s = store.as_store();
    let first = pause(of("other"), Some(T0.after(MINUTE)));
    s.pause(first).await.unwrap();
    let again = Pause { reason: "dispute".into(), ..pause(of("other"), None) };
    s.pause(again.clone()).await.unwrap();
    let queue = Pause { at: Timestamp(T0.0 + 1), ..pause(Scope::queue("sandbox", "organisation", "bills"), None) };
    s.pause(queue.clone()).await.unwrap();
    drop(store);
    let store = place.open().await;
    assert_eq!(store.pauses().await.unwrap(), [again, queue]);
}
