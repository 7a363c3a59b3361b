//! Claims, decisions, bytes, views.

use super::{Kept, Place, T0, acked, advance, body, claim, finish_claimed, ids, record};
use crate::batches::{batch, object};
use crate::support::{failure, policy};
use gis_gkh_delivery::state::{Effect, Event, MessageState};
use gis_gkh_delivery::{
    BatchId, BodyRole, MessageId, Outcome, Progress, Record, RetryClass, Sha256, StoreError, Timestamp,
};

pub(super) async fn claims_are_fenced(place: &dyn Place) {
    let store = place.open().await;
    let s = store.as_ref();
    s.accept(batch("1", vec![object(1, "a", "1")])).await.unwrap();
    assert_eq!(claim(s, Timestamp(T0.0 - 1)).await, vec![], "not due");
    let early = claim(s, T0).await.remove(0);
    assert_eq!(claim(s, T0).await, vec![], "claimed");
    let lapsed = T0.after(policy().lease);
    match place.own_clock() {
        false => assert_eq!(s.next_due().await.unwrap(), Some(lapsed), "when the lease runs out"),
        true => assert!(s.next_due().await.unwrap() > Some(T0)),
    }
    place.pass(policy().lease).await;
    let mut late = claim(s, lapsed).await.remove(0);
    assert!(late.fence > early.fence);
    let fenced = Err(StoreError::Fenced { message: early.message.id });
    let built = record(&early, Event::Built, lapsed, false, vec![body(BodyRole::Request, "late")]);
    assert_eq!(s.record(built).await, fenced);
    assert_eq!(s.evidence(early.message.id).await.unwrap(), vec![], "nothing of a late result is kept");
    advance(s, &mut late, Event::Built, lapsed).await;
    // The same claim, another state than the one on disk.
    let stale = Record { from: MessageState::Accepted, ..record(&late, Event::Intent, lapsed, false, vec![]) };
    assert_eq!(s.record(stale).await, fenced);
    s.record(record(&late, Event::Intent, lapsed, false, vec![])).await.unwrap();
    // Given back: the claim is over.
    let mut over = late.clone();
    over.message.state = MessageState::Sending;
    assert_eq!(s.record(record(&over, Event::Interrupted, lapsed, false, vec![])).await, fenced);
}

pub(super) async fn recovery_ends_claims(place: &dyn Place) {
    let store = place.open().await;
    let s = store.as_ref();
    s.accept(batch("1", vec![object(1, "a", "1")])).await.unwrap();
    let mut dead = claim(s, T0).await.remove(0);
    advance(s, &mut dead, Event::Built, T0).await;
    advance(s, &mut dead, Event::Intent, T0).await;
    assert_eq!(claim(s, T0).await, vec![]);
    assert_eq!(s.recover().await.unwrap(), 1);
    let late = record(&dead, Event::Acked("ack".into()), T0, false, vec![]);
    assert_eq!(s.record(late).await, Err(StoreError::Fenced { message: dead.message.id }));
    let again = claim(s, T0).await.remove(0);
    assert_eq!(again.message.state, MessageState::Sending);
    assert_eq!(again.message.effect(T0, &policy()), Some(Effect::Doubt));
    assert_eq!(s.recover().await.unwrap(), 1);
}

pub(super) async fn bodies_are_kept_with_their_step(place: &dyn Place) {
    let store = place.open().await;
    let s = store.as_ref();
    s.accept(batch("1", vec![object(1, "a", "1")])).await.unwrap();
    let mut claimed = claim(s, T0).await.remove(0);
    let id = claimed.message.id;
    assert!(s.request(id).await.is_err(), "nothing built yet");
    for (n, bytes) in [(1, "one"), (2, "two")] {
        let built = record(&claimed, Event::Built, T0, true, vec![body(BodyRole::Request, bytes)]);
        claimed.message = built.message.clone();
        s.record(built).await.unwrap();
        assert_eq!(claimed.message.build, n);
        assert_eq!(s.request(id).await.unwrap(), bytes.as_bytes(), "the bytes of the current build");
    }
    advance(s, &mut claimed, Event::Intent, T0).await;
    let ack = body(BodyRole::Ack, "ack");
    s.record(record(&claimed, Event::Acked("g".into()), T0, false, vec![ack])).await.unwrap();
    let kept = s.evidence(id).await.unwrap();
    let seen: Vec<_> = kept.iter().map(|e| (e.role, e.build, e.bytes.as_slice())).collect();
    assert_eq!(
        seen,
        vec![
            (BodyRole::Request, 1, b"one".as_slice()),
            (BodyRole::Request, 2, b"two".as_slice()),
            (BodyRole::Ack, 2, b"ack".as_slice())
        ]
    );
    assert!(kept.iter().all(|e| e.sha256 == Sha256::of(&e.bytes) && e.at == T0));
}

pub(super) async fn everything_of_a_message_survives(place: &dyn Place) {
    let store = place.open().await;
    let s = store.as_ref();
    s.accept(batch("1", (1..=5).map(|n| object(n, &format!("r{n}"), "1")).collect())).await.unwrap();
    let mut claimed = claim(s, T0).await.remove(0);
    let rows: Vec<_> = claimed.message.objects.iter().map(|object| object.id).collect();
    let some = [rows[3], rows[1]];
    let objects = s.objects(claimed.message.id, &some).await.unwrap();
    let seen: Vec<_> = objects.iter().map(|o| (o.id, o.row, o.payload.clone())).collect();
    assert_eq!(seen, vec![(rows[1], 2, b"r2 1".to_vec()), (rows[3], 4, b"r4 1".to_vec())], "in the request's order");
    let transport = s.transport(claimed.message.id).await.unwrap();
    assert_eq!(transport.len(), 5);
    assert!(objects.iter().all(|object| transport[&object.transport_guid] == object.id));
    let exists = failure("EXISTS", RetryClass::AlreadyExists);
    let outcomes = vec![(rows[0], Outcome::Accepted(ids())), (rows[1], Outcome::Refused(exists))];
    let road = [
        Event::Built,
        Event::Intent,
        Event::Acked("ack".into()),
        Event::PollFailed(failure("EXP001000", RetryClass::Retry)),
        Event::Pending,
        Event::Answered(outcomes),
        Event::Asked("look".into(), 3),
        Event::LookPending,
        Event::Found(vec![(rows[2], ids())]),
        Event::Asked("look".into(), 1),
    ];
    for event in road {
        let now = claimed.message.due;
        advance(s, &mut claimed, event, now).await;
        s.recover().await.unwrap();
        let read = claim(s, claimed.message.due).await.remove(0);
        assert_eq!(read.message, claimed.message, "as it was recorded");
        assert_eq!(read.work.message_guid, read.namespace.message_guid(read.message.id, read.message.build));
        claimed = read;
    }
}

pub(super) async fn views_show_what_is(place: &dyn Place) {
    let store = place.open().await;
    let s = store.as_ref();
    let first = s.accept(batch("1", (1..=7).map(|n| object(n, &format!("r{n}"), "1")).collect())).await.unwrap().batch;
    let mut again = batch("2", (1..=8).rev().map(|n| object(n, &format!("r{n}"), "1")).collect());
    again.source = "second.csv".into();
    let second = s.accept(again).await.unwrap().batch;
    let queue = s.queue(10).await.unwrap();
    let shape: Vec<_> = queue.iter().map(|m| (m.batch, m.objects.in_message, m.state, m.build)).collect();
    assert_eq!(shape, vec![(Some(first), 7, MessageState::Accepted, 0), (Some(second), 1, MessageState::Accepted, 0)]);
    assert_eq!(s.queue(1).await.unwrap().len(), 1);
    let page = s.rows(second, Some(2), 3).await.unwrap();
    assert_eq!(page.iter().map(|row| row.row).collect::<Vec<_>>(), [3, 4, 5]);
    let mut claimed = claim(s, T0).await.remove(0);
    advance(s, &mut claimed, Event::Built, T0).await;
    let rows = s.rows(second, None, 100).await.unwrap();
    assert_eq!(rows.len(), 8);
    let guid = claimed.namespace.message_guid(claimed.message.id, 1);
    assert!(rows[..7].iter().all(|row| row.same_as.is_some() && row.message_guid.as_deref() == Some(guid.as_str())));
    assert_eq!((rows[7].same_as, rows[7].message), (None, Some(queue[1].message)));
    let newest: Vec<_> = s.batches(10).await.unwrap().iter().map(|batch| (batch.id, batch.source.clone())).collect();
    assert_eq!(newest, vec![(second, "second.csv".to_owned()), (first, "test.csv".to_owned())]);
    let missing = StoreError::NotFound { what: "batch", id: 99 };
    assert_eq!(s.batch(BatchId(99)).await, Err(missing.clone()));
    assert_eq!(s.rows(BatchId(99), None, 1).await, Err(missing));
}

pub(super) async fn everything_is_there_after_a_reopen(place: &dyn Place) {
    let store = place.open().await;
    let batch = store.accept(batch("1", vec![object(1, "a", "1")])).await.unwrap().batch;
    let before = claim(store.as_ref(), T0).await.remove(0);
    let transport = store.transport(before.message.id).await.unwrap();
    drop(store);
    let store = place.open().await;
    assert_eq!(store.recover().await.unwrap(), 1);
    let after = claim(store.as_ref(), T0).await.remove(0);
    assert_eq!((after.message, after.work), (before.message.clone(), before.work), "the same ids too");
    assert_eq!(store.transport(before.message.id).await.unwrap(), transport);
    assert_eq!(store.content(batch).await.unwrap(), b"content of 1");
}

pub(super) async fn progress_is_what_the_queue_adds_up_to(place: &dyn Place) {
    async fn adds_up(s: &dyn Kept) -> Progress {
        let (progress, last) = s.progress().await.unwrap();
        let mut sum = Progress::default();
        let queue = s.queue(usize::MAX).await.unwrap();
        for message in &queue {
            *sum.messages.entry(message.state).or_default() += 1;
            let (to, of) = (&mut sum.objects, message.objects);
            to.postponed += of.postponed;
            to.refused += of.refused;
            to.in_message += of.in_message;
            to.accepted += of.accepted;
            to.unknown += of.unknown;
        }
        assert_eq!(progress, sum);
        assert_eq!(last, queue.iter().map(|message| message.message).max().unwrap_or(MessageId(0)));
        progress
    }
    let store = place.open().await;
    let s = store.as_ref();
    assert_eq!(adds_up(s).await, Progress::default());
    for (key, rows) in [("1", 3), ("2", 2), ("3", 1)] {
        let rows = (1..=rows).map(|n| object(n, &format!("{key}-{n}"), "1")).collect();
        s.accept(batch(key, rows)).await.unwrap();
    }
    assert_eq!(adds_up(s).await.objects.in_message, 6);
    let mut claimed = claim(s, T0).await;
    let done = claimed.pop().unwrap();
    finish_claimed(s, done, true).await;
    let (mut half, mut doubt) = (claimed.remove(0), claimed.remove(0));
    acked(s, &mut half, T0).await;
    let some = half.message.objects[..1].iter().map(|object| (object.id, Outcome::Accepted(ids()))).collect();
    s.record(record(&half, Event::Answered(some), T0, false, vec![])).await.unwrap();
    for event in [Event::Built, Event::Intent, Event::Interrupted] {
        advance(s, &mut doubt, event, T0).await;
    }
    let left = adds_up(s).await;
    assert_eq!((left.messages.values().sum::<u64>(), left.objects.total()), (2, 5));
    assert_eq!((left.objects.accepted, left.objects.unknown), (1, 4), "what an answer leaves out is unknown");
}
