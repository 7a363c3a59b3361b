//! What a person decides about parked messages.

use super::{Place, T0, advance, body, claim, record};
use crate::batches::{batch, object};
use crate::support::{failure, policy};
use gis_gkh_delivery::state::{Event, MessageState};
use gis_gkh_delivery::{
    BodyRole, Claimed, Failure, MessageId, NewBatch, Parked, ParkedAt, RetryClass, Scope, Store, StoreError, Timestamp,
};

/// Accepts a batch of one row for an organisation and parks its message with this failure.
async fn parked(s: &dyn Store, organisation: &str, key: &str, why: Failure, at: Timestamp) -> MessageId {
    let one = NewBatch { organisation: organisation.into(), accepted_at: at, ..batch(key, vec![object(1, key, "1")]) };
    s.accept(one).await.unwrap();
    let claimed = claim(s, at).await.remove(0);
    s.record(record(&claimed, Event::Damaged(why), at, false, vec![])).await.unwrap();
    claimed.message.id
}

async fn found(s: &dyn Store, which: &Parked, page: usize) -> Vec<MessageId> {
    let (mut all, mut after): (Vec<ParkedAt>, _) = (vec![], None);
    loop {
        let places = s.parked(which, after, page).await.unwrap();
        assert!(places.len() <= page);
        let Some(last) = places.last().copied() else { break };
        after = Some(last);
        all.extend(places);
    }
    assert!(all.is_sorted());
    all.into_iter().map(|place| place.message).collect()
}

pub(super) async fn parked_messages_are_found_page_by_page(place: &dyn Place) {
    let store = place.open().await;
    let s = store.as_store();
    let (rights, clock) = (failure("AUT011009", RetryClass::CallerFix), failure("AUT011005", RetryClass::CallerFix));
    let lasting =
        Failure { cause: Some("AUT011005".into()), ..failure("delivery.not_delivered", RetryClass::Permanent) };
    let at = |n: i64| Timestamp(T0.0 + n);
    let one = parked(s, "one", "1", rights, at(3)).await;
    let two = parked(s, "one", "2", clock.clone(), at(1)).await;
    let three = parked(s, "two", "3", clock, at(1)).await;
    let four = parked(s, "two", "4", lasting, at(2)).await;
    // Something that is on its way is none of them.
    s.accept(batch("5", vec![object(1, "5", "1")])).await.unwrap();
    let all = Parked::default();
    for page in [1, 2, 10] {
        assert_eq!(found(s, &all, page).await, [two, three, four, one], "{page}");
    }
    let of = |organisation: &str| Scope { organisation: Some(organisation.into()), ..Scope::default() };
    let coded = |code: &str, scope: Scope| Parked { scope, code: Some(code.into()) };
    assert_eq!(found(s, &Parked { scope: of("two"), code: None }, 1).await, [three, four]);
    assert_eq!(found(s, &coded("AUT011005", Scope::default()), 2).await, [two, three, four], "as its cause, too");
    assert_eq!(found(s, &coded("AUT011005", of("one")), 2).await, [two]);
    assert_eq!(found(s, &coded("delivery.not_delivered", Scope::default()), 2).await, [four]);
    assert_eq!(found(s, &coded("AUT", Scope::default()), 2).await, []);
    assert_eq!(found(s, &Parked { scope: Scope::queue("sandbox", "two", "bills"), code: None }, 2).await.len(), 2);
    assert_eq!(found(s, &Parked { scope: Scope::queue("sandbox", "two", "nsi"), code: None }, 2).await, []);
}

pub(super) async fn a_message_is_shown_alone(place: &dyn Place) {
    let store = place.open().await;
    let s = store.as_ref();
    let id = parked(s.as_store(), "one", "1", failure("X", RetryClass::Permanent), T0).await;
    let view = s.message(id).await.unwrap().unwrap();
    assert_eq!(s.queue(10).await.unwrap(), std::slice::from_ref(&view));
    assert_eq!((view.state, view.objects.postponed), (MessageState::Parked, 1));
    assert_eq!(s.message(MessageId(99)).await.unwrap(), None);
    // Finished, it is not on its way any more and is shown all the same.
    let claimed = s.claim_parked(id, T0.after(policy().lease)).await.unwrap().unwrap();
    let given_up = Event::Discard(failure("delivery.discarded", RetryClass::Permanent));
    s.record(record(&claimed, given_up, T0, false, vec![])).await.unwrap();
    assert_eq!(s.queue(10).await.unwrap(), []);
    assert_eq!(s.message(id).await.unwrap().map(|view| view.state), Some(MessageState::Rejected));
}

/// Sends, is overtaken, and the message ends parked in doubt; gives the claim that was overtaken, and when nothing can be applied any
/// more.
async fn overtaken(place: &dyn Place, s: &dyn Store) -> (Claimed, Timestamp) {
    s.accept(batch("1", vec![object(1, "a", "1")])).await.unwrap();
    let mut early = claim(s, T0).await.remove(0);
    advance(s, &mut early, Event::Built, T0).await;
    advance(s, &mut early, Event::Intent, T0).await;
    place.pass(policy().lease).await;
    let lapsed = T0.after(policy().lease);
    let mut late = claim(s, lapsed).await.remove(0);
    advance(s, &mut late, Event::Interrupted, lapsed).await;
    let refused = Event::AskFailed(failure("X", RetryClass::Permanent));
    let parked = record(&late, refused, lapsed, false, vec![]);
    let settled = parked.message.may_be_applied(&policy()).unwrap();
    s.record(parked).await.unwrap();
    (early, settled)
}

pub(super) async fn after_a_replay_the_earlier_sending_is_late(place: &dyn Place) {
    let store = place.open().await;
    let s = store.as_store();
    let (early, settled) = overtaken(place, s).await;
    let claimed = s.claim_parked(early.message.id, settled.after(policy().lease)).await.unwrap().unwrap();
    assert!(claimed.fence > early.fence);
    s.record(record(&claimed, Event::Replay, settled, false, vec![])).await.unwrap();
    let fenced = Err(StoreError::Fenced { message: early.message.id });
    let ack = || record(&early, Event::Acked("old".into()), settled, false, vec![body(BodyRole::Ack, "old")]);
    assert_eq!(s.record(ack()).await, fenced, "replayed");
    let mut anew = claim(s, settled).await.remove(0);
    assert_eq!(anew.message.state, MessageState::Accepted);
    let first = anew.namespace.message_guid(anew.message.id, anew.message.build);
    advance(s, &mut anew, Event::Built, settled).await;
    assert_ne!(anew.namespace.message_guid(anew.message.id, anew.message.build), first);
    advance(s, &mut anew, Event::Intent, settled).await;
    // In the state the earlier sending was in, and still not its own.
    assert_eq!(s.record(ack()).await, fenced, "sent anew");
    advance(s, &mut anew, Event::Acked("new".into()), settled).await;
    assert!(s.evidence(anew.message.id).await.unwrap().iter().all(|kept| kept.bytes != b"old"));
}

pub(super) async fn a_decision_is_kept_with_its_step(place: &dyn Place) {
    let store = place.open().await;
    let s = store.as_store();
    let id = parked(s, "one", "1", failure("X", RetryClass::Permanent), T0).await;
    let claimed = s.claim_parked(id, T0.after(policy().lease)).await.unwrap().unwrap();
    let why = r#"{"decision":"replay","by":"operator"}"#;
    s.record(record(&claimed, Event::Replay, T0, false, vec![body(BodyRole::Decision, why)])).await.unwrap();
    let kept = s.evidence(id).await.unwrap();
    let seen: Vec<_> = kept.iter().map(|kept| (kept.role, kept.build, kept.bytes.as_slice(), kept.at)).collect();
    assert_eq!(seen, [(BodyRole::Decision, 0, why.as_bytes(), T0)]);
    assert!(s.request(id).await.is_err(), "it is no request");
}
