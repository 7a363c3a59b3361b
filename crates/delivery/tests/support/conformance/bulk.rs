//! Messages whose state is asked in bulk.

use super::{Place, T0, acked, claim, record};
use crate::batches::{batch, object};
use crate::support::{failure, policy};
use gis_gkh_delivery::state::{Event, MessageState};
use gis_gkh_delivery::{Claimed, NewBatch, RetryClass, Scope, Store, Timestamp};
use std::time::Duration;

fn bulk(key: &str) -> NewBatch {
    let mut one = batch(key, vec![object(1, key, "1")]);
    one.messages[0].bulk = true;
    one
}

/// Takes a new bulk message to its acknowledgement and gives it back; gives when it is due.
async fn sent(s: &dyn Store, key: &str) -> (Claimed, Timestamp) {
    s.accept(bulk(key)).await.unwrap();
    let mut claimed = claim(s, T0).await.remove(0);
    for event in [Event::Built, Event::Intent] {
        super::advance(s, &mut claimed, event, T0).await;
    }
    let acked = record(&claimed, Event::Acked(format!("ack {key}")), T0, false, vec![]);
    claimed.message = acked.message.clone();
    s.record(acked).await.unwrap();
    let due = claimed.message.due;
    (claimed, due)
}

pub(super) async fn bulk_messages_wait_until_told(place: &dyn Place) {
    let store = place.open().await;
    let s = store.as_store();
    let (a, due) = sent(s, "a").await;
    let (b, _) = sent(s, "b").await;
    let a_and_b = vec![(a.message.id, "ack a".to_owned(), 0), (b.message.id, "ack b".to_owned(), 0)];
    assert_eq!(s.awaiting(T0, &[], 10).await.unwrap(), vec![], "not due yet");
    assert_eq!(s.next_due().await.unwrap(), Some(due), "someone must ask then");
    let asked = s.awaiting(due, &[], 10).await.unwrap();
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].scope, Scope::queue("sandbox", "organisation", "bills"));
    assert_eq!(asked[0].messages, a_and_b);
    assert_eq!(claim(s, due).await, vec![], "not polled by themselves");
    let closed = [Scope { service: Some("bills".into()), ..Scope::default() }];
    assert_eq!(s.awaiting(due, &closed, 10).await.unwrap(), vec![]);
    // One is finished, the other is asked about again later.
    let later = due.after(Duration::from_millis(60));
    s.told(vec![a.message.id], vec![(b.message.id, later)], due).await.unwrap();
    let mut polled = claim(s, due).await;
    assert_eq!(polled.len(), 1);
    let mut polled = polled.remove(0);
    assert_eq!((polled.message.id, polled.message.state), (a.message.id, MessageState::Acked));
    assert_eq!(s.awaiting(due, &[], 10).await.unwrap(), vec![]);
    assert_eq!(s.awaiting(later, &[], 10).await.unwrap()[0].messages, [(b.message.id, "ack b".to_owned(), 1)]);
    // Pending all the same: it is asked about in bulk again, by the machine's own schedule.
    let pending = record(&polled, Event::Pending, due, false, vec![]);
    polled.message = pending.message.clone();
    s.record(pending).await.unwrap();
    let due = polled.message.due;
    assert_eq!(claim(s, due).await, vec![]);
    let asked = s.awaiting(due, &[], 10).await.unwrap();
    assert!(asked[0].messages.contains(&(a.message.id, "ack a".to_owned(), 1)), "{asked:?}");
    assert_eq!(s.awaiting(due, &[], 1).await.unwrap()[0].messages.len(), 1);
}

pub(super) async fn what_is_told_late_changes_nothing(place: &dyn Place) {
    let store = place.open().await;
    let s = store.as_store();
    let (a, due) = sent(s, "a").await;
    s.told(vec![a.message.id], vec![], due).await.unwrap();
    let polled = claim(s, due).await.remove(0);
    let far = due.after(policy().max_age);
    s.told(vec![], vec![(a.message.id, far)], due).await.unwrap();
    // Refused as a whole: built anew, and no longer awaiting anything.
    let refused = record(&polled, Event::Refused(failure("EXP001000", RetryClass::RetryRebuilt)), due, false, vec![]);
    let again = refused.message.due;
    s.record(refused).await.unwrap();
    s.told(vec![a.message.id], vec![(a.message.id, far)], due).await.unwrap();
    assert_eq!(s.next_due().await.unwrap(), Some(again));
    assert_eq!(s.awaiting(far, &[], 10).await.unwrap(), vec![]);
    let claimed = claim(s, again).await.remove(0);
    assert_eq!(claimed.message.state, MessageState::Accepted);
    // A message that is not bulk is polled by itself.
    let mut plain = bulk("plain");
    plain.messages[0].bulk = false;
    s.accept(plain).await.unwrap();
    let mut plain = claim(s, again).await.remove(0);
    acked(s, &mut plain, again).await;
    s.recover().await.unwrap();
    let due = plain.message.due;
    assert_eq!(s.awaiting(due, &[], 10).await.unwrap(), vec![]);
    assert!(claim(s, due).await.iter().any(|claimed| claimed.message.id == plain.message.id));
}
