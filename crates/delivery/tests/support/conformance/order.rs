//! Who goes before whom: lanes, priorities, queues, rows that follow others.

use super::{Place, T0, claim, claim_some, finish_claimed, ids, record, refused_code};
use crate::batches::{batch, message, object};
use crate::support::{failure, policy};
use gis_gkh_delivery::state::Event;
use gis_gkh_delivery::{
    MessageId, NewBatch, NewMessage, NewObject, ObjectState, Plan, Priority, RetryClass, StoreError,
};

pub(super) async fn lanes_keep_order(place: &dyn Place) {
    let store = place.open().await;
    let s = store.as_ref();
    let mut two = batch("1", vec![object(1, "a", "1"), object(2, "b", "1"), object(3, "c", "1")]);
    let message = |row, lane: Option<&str>| NewMessage {
        lanes: lane.map(str::to_owned).into_iter().collect(),
        ..message("op", vec![row])
    };
    two.messages = vec![message(1, Some("house")), message(2, Some("house")), message(3, None)];
    s.accept(two).await.unwrap();
    let claimed = claim(s, T0).await;
    let numbers: Vec<MessageId> = claimed.iter().map(|claimed| claimed.message.id).collect();
    assert_eq!(claimed.len(), 2, "the second of the lane waits");
    let parked = Event::Damaged(failure("X", RetryClass::Permanent));
    s.record(record(&claimed[0], parked, T0, false, vec![])).await.unwrap();
    s.record(record(&claimed[1], Event::BuildFailed(failure("X", RetryClass::Permanent)), T0, false, vec![]))
        .await
        .unwrap();
    assert_eq!(claim(s, T0).await, vec![], "a parked message holds up its lane");
    assert_eq!(s.next_due().await.unwrap(), None);
    let first = s.claim_parked(numbers[0], T0.after(policy().lease)).await.unwrap().unwrap();
    assert_eq!(s.claim_parked(numbers[0], T0).await.unwrap(), None, "being worked on");
    s.record(record(&first, Event::Retry, T0, false, vec![])).await.unwrap();
    assert_eq!(s.claim_parked(numbers[0], T0).await.unwrap(), None, "not parked any more");
    let mut again = claim(s, T0).await;
    assert_eq!(again.len(), 1);
    let refused = Event::BuildFailed(failure("X", RetryClass::Permanent));
    s.record(record(&again.remove(0), refused, T0, false, vec![])).await.unwrap();
    assert_eq!(claim(s, T0).await.len(), 1, "the second goes when the first is finished");
    let missing = s.claim_parked(MessageId(999), T0).await;
    assert_eq!(missing, Err(StoreError::NotFound { what: "message", id: 999 }));
}

/// A batch with one message for each of these lists of lanes, on rows of their own.
fn laned(key: &str, lanes: &[&[&str]]) -> NewBatch {
    let rows: Vec<u32> = (1..).take(lanes.len()).collect();
    let objects = rows.iter().map(|row| object(*row, &format!("{key}-{row}"), "1")).collect();
    let messages = rows.iter().zip(lanes).map(|(row, lanes)| NewMessage {
        lanes: lanes.iter().map(|lane| (*lane).to_owned()).collect(),
        ..message("bills.import", vec![*row])
    });
    NewBatch { messages: messages.collect(), ..batch(key, objects) }
}

/// References of what was claimed, sorted.
async fn references(place: &dyn gis_gkh_delivery::Store, claimed: &[gis_gkh_delivery::Claimed]) -> Vec<String> {
    let mut references = vec![];
    for claimed in claimed {
        let ids: Vec<_> = claimed.message.objects.iter().map(|object| object.id).collect();
        references.push(place.objects(claimed.message.id, &ids).await.unwrap().remove(0).reference);
    }
    references.sort();
    references
}

pub(super) async fn a_message_waits_in_every_lane_it_shares(place: &dyn Place) {
    let store = place.open().await;
    let s = store.as_store();
    s.accept(laned("x", &[&["a"], &["b"], &["a", "b", "a"], &["b"], &["a"], &[]])).await.unwrap();
    let claimed = claim(s, T0).await;
    assert_eq!(references(s, &claimed).await, ["x-1", "x-2", "x-6"]);
    let mut claimed = claimed.into_iter();
    finish_claimed(s, claimed.next().unwrap(), true).await;
    assert_eq!(claim(s, T0).await, vec![], "still behind the one in the other lane, and others behind it");
    // All that were claimed: no lease may run out while the test goes on.
    for claimed in claimed {
        finish_claimed(s, claimed, true).await;
    }
    let both = claim(s, T0).await;
    assert_eq!(references(s, &both).await, ["x-3"]);
    // Another batch comes behind what is unfinished.
    s.accept(laned("y", &[&["b"], &["c"]])).await.unwrap();
    let free = claim(s, T0).await;
    assert_eq!(references(s, &free).await, ["y-2"]);
    finish_claimed(s, free.into_iter().next().unwrap(), true).await;
    finish_claimed(s, both.into_iter().next().unwrap(), false).await;
    let next = claim(s, T0).await;
    assert_eq!(references(s, &next).await, ["x-4", "x-5"], "a refused message holds up nobody");
    for claimed in next {
        finish_claimed(s, claimed, true).await;
    }
    let last = claim(s, T0).await;
    assert_eq!(references(s, &last).await, ["y-1"]);
}

pub(super) async fn lanes_are_of_one_organisation_and_stand(place: &dyn Place) {
    let store = place.open().await;
    let s = store.as_store();
    let one = laned("x", &[&["house"]]);
    s.accept(one.clone()).await.unwrap();
    s.accept(NewBatch { organisation: "other".into(), ..one.clone() }).await.unwrap();
    s.accept(NewBatch { stand: "other".into(), ..one.clone() }).await.unwrap();
    // Another kind and service of the same organisation: the lane is the same.
    let mut account = NewBatch { kind: "accounts".into(), ..laned("y", &[&["house"]]) };
    account.messages[0].operation = "house_management.importAccountData".into();
    s.accept(account).await.unwrap();
    assert_eq!(claim(s, T0).await.len(), 3);
    assert_eq!(s.queue(10).await.unwrap().len(), 4);
}

pub(super) async fn priorities_come_first_within_a_queue(place: &dyn Place) {
    let store = place.open().await;
    let s = store.as_store();
    for (at, priority) in
        [(900, Priority::Background), (950, Priority::Normal), (990, Priority::Urgent), (940, Priority::Normal)]
    {
        let mut one = laned(&at.to_string(), &[&[]]);
        one.accepted_at = gis_gkh_delivery::Timestamp(at);
        one.messages[0].priority = priority;
        s.accept(one).await.unwrap();
    }
    let mut seen = vec![];
    for _ in 0..4 {
        seen.extend(references(s, &claim_some(s, T0, 1).await).await);
    }
    assert_eq!(seen, ["990-1", "940-1", "950-1", "900-1"]);
    assert_eq!(claim(s, T0).await, vec![]);
}

pub(super) async fn no_queue_starves_another(place: &dyn Place) {
    let store = place.open().await;
    let s = store.as_store();
    let mut many = laned("many", &[&[] as &[&str]; 50]);
    many.accepted_at = gis_gkh_delivery::Timestamp(500);
    many.messages.iter_mut().for_each(|message| message.priority = Priority::Urgent);
    s.accept(many).await.unwrap();
    let other = NewBatch { organisation: "other".into(), ..laned("few", &[&[], &[]]) };
    s.accept(other).await.unwrap();
    let mut service = laned("third", &[&[]]);
    service.messages[0].operation = "nsi.exportDataProviderNsiItem".into();
    s.accept(service).await.unwrap();
    let claimed = claim_some(s, T0, 6).await;
    let seen = references(s, &claimed).await;
    assert_eq!(&seen[..2], ["few-1", "few-2"]);
    assert_eq!(seen[5], "third-1");
    assert_eq!(claimed.len(), 6);
}

pub(super) async fn closed_parts_are_not_claimed(place: &dyn Place) {
    let store = place.open().await;
    let s = store.as_store();
    s.accept(laned("x", &[&[]])).await.unwrap();
    s.accept(NewBatch { organisation: "other".into(), ..laned("y", &[&[]]) }).await.unwrap();
    let closed = vec![gis_gkh_delivery::Scope { organisation: Some("other".into()), ..Default::default() }];
    let claims = gis_gkh_delivery::Claims { now: T0, lease: T0.after(policy().lease), limit: 10, closed };
    let claimed = s.claim_due(claims).await.unwrap();
    assert_eq!(references(s, &claimed).await, ["x-1"]);
    assert_eq!(references(s, &claim(s, T0).await).await, ["y-1"]);
}

/// A row that follows another, each in a message of its own of one lane.
fn following(key: &str, first: &str, second: &str) -> NewBatch {
    let mut pair = laned(key, &[&["pair"], &["pair"]]);
    let follower = NewObject { follows: Some(2), ..object(1, second, "1") };
    pair.objects = vec![follower, object(2, first, "1")];
    pair.messages = vec![
        NewMessage { lanes: vec!["pair".into()], ..message("bills.import", vec![2]) },
        NewMessage { lanes: vec!["pair".into()], ..message("bills.import", vec![1]) },
    ];
    pair
}

pub(super) async fn a_row_shows_the_state_of_the_one_it_follows(place: &dyn Place) {
    let store = place.open().await;
    let s = store.as_store();
    let mut bad = following("x", "draft", "send");
    bad.objects[0].follows = Some(9);
    assert_eq!(s.accept(bad).await, Err(StoreError::Plan { row: 9, found: 0 }));
    let batch = s.accept(following("x", "draft", "send")).await.unwrap().batch;
    let follower = s.rows(batch, None, 10).await.unwrap()[0].message.unwrap();
    let forerunner = |id| async move {
        let transport = s.transport(id).await.unwrap();
        let ids: Vec<_> = transport.values().copied().collect();
        s.objects(id, &ids).await.unwrap().remove(0).forerunner
    };
    let first = claim(s, T0).await.remove(0);
    assert_eq!(forerunner(follower).await, Some(ObjectState::InMessage(first.message.id)));
    assert_eq!(forerunner(first.message.id).await, None);
    finish_claimed(s, first, true).await;
    assert_eq!(forerunner(follower).await, Some(ObjectState::Accepted(ids())));
}

pub(super) async fn a_row_that_follows_a_repeated_one_shows_the_original(place: &dyn Place) {
    let store = place.open().await;
    let s = store.as_store();
    s.accept(batch("1", vec![object(1, "draft", "1")])).await.unwrap();
    // The draft is on its way in an earlier batch; only the sending is new here.
    let second = s.accept(following("2", "draft", "send")).await.unwrap().batch;
    finish_claimed(s, claim_some(s, T0, 1).await.remove(0), true).await;
    let rows = s.rows(second, None, 10).await.unwrap();
    assert!(rows[1].same_as.is_some());
    let message = rows[0].message.unwrap();
    let ids_of: Vec<_> = s.transport(message).await.unwrap().values().copied().collect();
    let row = s.objects(message, &ids_of).await.unwrap().remove(0);
    assert_eq!((row.reference.as_str(), row.forerunner), ("send", Some(ObjectState::Accepted(ids()))));
    // A row that was refused at once is followed too.
    let mut third = following("3", "wrong", "after");
    let refusal =
        gis_gkh_delivery::Refusal { code: "sum".into(), text: "t".into(), who_fixes: gis_gkh_delivery::Fixer::Caller };
    third.objects[1].plan = Plan::Refuse(refusal);
    third.messages.remove(0);
    let third = s.accept(third).await.unwrap().batch;
    let message = s.rows(third, None, 10).await.unwrap()[0].message.unwrap();
    let ids_of: Vec<_> = s.transport(message).await.unwrap().values().copied().collect();
    let row = s.objects(message, &ids_of).await.unwrap().remove(0);
    assert_eq!(refused_code(&row.forerunner.unwrap()), "sum");
}
