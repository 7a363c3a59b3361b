//! What every store must do. A store's own test file calls [`conforms`] with a way to open a fresh one.

use crate::batches::{batch, object};
use crate::support::{failure, policy};
use gis_gkh_delivery::state::{Effect, Event, MessageState, step};
use gis_gkh_delivery::{
    BatchId, BodyRole, Claimed, Claims, GisIds, MessageId, NewBatch, NewBody, NewMessage, ObjectState, Outcome, Plan,
    Record, Refusal, Resend, RetryClass, Sha256, Store, StoreError, Timestamp, local,
};
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;

/// Opens a fresh, empty store.
pub(crate) type Fresh<'a> = &'a dyn Fn() -> Box<dyn Store>;

/// The whole suite.
pub(crate) async fn conforms(fresh: Fresh<'_>) {
    type Case = fn(Box<dyn Store>) -> Pin<Box<dyn Future<Output = ()>>>;
    let cases: Vec<Case> = vec![
        |s| Box::pin(accepts_whole_or_not_at_all(s)),
        |s| Box::pin(repeats_answer_the_same_batch(s)),
        |s| Box::pin(idempotency_is_per_object(s)),
        |s| Box::pin(postponed_rows_are_replaced(s)),
        |s| Box::pin(natural_keys_are_unique(s)),
        |s| Box::pin(organisations_and_stands_are_apart(s)),
        |s| Box::pin(claims_are_fenced(s)),
        |s| Box::pin(recovery_ends_claims(s)),
        |s| Box::pin(lanes_keep_order(s)),
        |s| Box::pin(bodies_are_kept_with_their_step(s)),
        |s| Box::pin(everything_of_a_message_survives(s)),
        |s| Box::pin(views_show_what_is(s)),
    ];
    for case in cases {
        case(fresh()).await;
    }
}

const T0: Timestamp = Timestamp(1_000);

async fn claim(store: &dyn Store, now: Timestamp) -> Vec<Claimed> {
    let lease = now.after(policy().lease);
    store.claim_due(Claims { now, lease, limit: 100 }).await.unwrap()
}

fn record(claimed: &Claimed, event: Event, now: Timestamp, keep: bool, bodies: Vec<NewBody>) -> Record {
    let step = step(&claimed.message, event, now, &policy());
    Record {
        fence: claimed.fence,
        from: claimed.message.state,
        message: step.message,
        moved: step.moved,
        objects: step.objects,
        bodies,
        lease: keep.then(|| now.after(policy().lease)),
        at: now,
    }
}

async fn advance(store: &dyn Store, claimed: &mut Claimed, event: Event, now: Timestamp) {
    let bodies = if event == Event::Built {
        vec![NewBody { role: BodyRole::Request, bytes: b"signed".to_vec() }]
    } else {
        vec![]
    };
    let record = record(claimed, event, now, true, bodies);
    claimed.message = record.message.clone();
    store.record(record).await.unwrap();
}

fn ids() -> GisIds {
    BTreeMap::from([("guid".to_owned(), "g-1".to_owned())])
}

/// Takes the only due message to its end, every object accepted or refused.
async fn finish(store: &dyn Store, accepted: bool) {
    let mut claimed = claim(store, T0.after(policy().max_age)).await.remove(0);
    let now = claimed.message.due;
    for event in [Event::Built, Event::Intent, Event::Acked("ack".into())] {
        advance(store, &mut claimed, event, now).await;
    }
    let outcome = match accepted {
        true => Outcome::Accepted(ids()),
        false => Outcome::Refused(failure("INT1", RetryClass::Permanent)),
    };
    let all = claimed.message.objects.iter().map(|object| (object.id, outcome.clone())).collect();
    store.record(record(&claimed, Event::Answered(all), now, false, vec![])).await.unwrap();
}

async fn states(store: &dyn Store, batch: BatchId) -> Vec<ObjectState> {
    store.rows(batch, None, 1_000).await.unwrap().into_iter().map(|row| row.state).collect()
}

fn refused_code(state: &ObjectState) -> &str {
    match state {
        ObjectState::Refused(refusal) => &refusal.code,
        other => panic!("not refused: {other:?}"),
    }
}

async fn accepts_whole_or_not_at_all(store: Box<dyn Store>) {
    let good = batch("b", vec![object(1, "a", "1"), object(2, "b", "1")]);
    let broken: Vec<(NewBatch, StoreError)> = vec![
        (NewBatch { messages: vec![], ..good.clone() }, StoreError::Plan { row: 1, found: 0 }),
        (
            NewBatch { messages: [good.messages.clone(), good.messages.clone()].concat(), ..good.clone() },
            StoreError::Plan { row: 1, found: 2 },
        ),
        (NewBatch { objects: vec![object(1, "a", "1")], ..good.clone() }, StoreError::Plan { row: 2, found: 0 }),
        (
            NewBatch { objects: vec![object(1, "a", "1"), object(1, "b", "1")], ..good.clone() },
            StoreError::RowRepeated { row: 1 },
        ),
    ];
    for (bad, error) in broken {
        assert_eq!(store.accept(bad).await, Err(error));
        assert_eq!(store.batches(10).await.unwrap(), vec![]);
        assert_eq!(store.next_due().await.unwrap(), None);
    }
    let accepted = store.accept(good.clone()).await.unwrap();
    assert!(!accepted.repeated);
    let view = store.batch(accepted.batch).await.unwrap();
    assert_eq!((view.objects.in_message, view.objects.total()), (2, 2));
    assert_eq!(view.messages, BTreeMap::from([(MessageState::Accepted, 1)]));
    assert_eq!(store.content(accepted.batch).await.unwrap(), good.content);
    assert_eq!(store.next_due().await.unwrap(), Some(good.accepted_at));
}

async fn repeats_answer_the_same_batch(store: Box<dyn Store>) {
    let one = batch("key", vec![object(1, "a", "1")]);
    let first = store.accept(one.clone()).await.unwrap();
    let again = store.accept(one.clone()).await.unwrap();
    assert_eq!((again.batch, again.repeated), (first.batch, true));
    let other = NewBatch { content: b"other".to_vec(), ..one };
    assert_eq!(store.accept(other).await, Err(StoreError::KeyReused { batch: first.batch }));
    assert_eq!(store.batches(10).await.unwrap().len(), 1);
}

async fn idempotency_is_per_object(store: Box<dyn Store>) {
    let s = store.as_ref();
    let first = s.accept(batch("1", vec![object(1, "a", "1")])).await.unwrap().batch;
    // On its way: answered, or refused when changed.
    let second = s.accept(batch("2", vec![object(1, "a", "1")])).await.unwrap().batch;
    let third = s.accept(batch("3", vec![object(1, "a", "2")])).await.unwrap().batch;
    assert_eq!(s.queue(10).await.unwrap().len(), 1, "nothing new to send");
    assert_eq!(states(s, second).await, states(s, first).await);
    assert_eq!(refused_code(&states(s, third).await[0]), local::ON_ITS_WAY);
    // Refused: sent again, changed or not; the earlier rows keep their outcome.
    finish(s, false).await;
    assert_eq!(refused_code(&states(s, second).await[0]), "INT1");
    let fourth = s.accept(batch("4", vec![object(1, "a", "2")])).await.unwrap().batch;
    assert_eq!(s.queue(10).await.unwrap().len(), 1);
    finish(s, false).await;
    let fifth = s.accept(batch("5", vec![object(1, "a", "2")])).await.unwrap().batch;
    assert_eq!(s.queue(10).await.unwrap().len(), 1);
    finish(s, true).await;
    assert_eq!(refused_code(&states(s, fourth).await[0]), "INT1");
    assert_eq!(states(s, fifth).await, vec![ObjectState::Accepted(ids())]);
    // Accepted: answered with its ids, or refused as a correction when changed. Another period is another object.
    let sixth = s.accept(batch("6", vec![object(1, "a", "2")])).await.unwrap().batch;
    let seventh = s.accept(batch("7", vec![object(1, "a", "3")])).await.unwrap().batch;
    assert_eq!(states(s, sixth).await, vec![ObjectState::Accepted(ids())]);
    assert_eq!(refused_code(&states(s, seventh).await[0]), local::CORRECTION);
    assert_eq!(s.queue(10).await.unwrap(), vec![]);
    let mut november = object(1, "a", "3");
    (november.period, november.key) = ("2026-11".into(), "a/2026-11".into());
    s.accept(batch("8", vec![november])).await.unwrap();
    assert_eq!(s.queue(10).await.unwrap().len(), 1);
}

async fn postponed_rows_are_replaced(store: Box<dyn Store>) {
    let s = store.as_ref();
    let mut later = object(1, "a", "1");
    later.plan = Plan::Postpone("next month".into());
    let refusal = Refusal { code: "sum".into(), text: "t".into(), who_fixes: gis_gkh_delivery::Fixer::Caller };
    let mut wrong = object(2, "b", "1");
    wrong.plan = Plan::Refuse(refusal.clone());
    let first = s.accept(batch("1", vec![later, wrong])).await.unwrap().batch;
    assert_eq!(
        states(s, first).await,
        vec![ObjectState::Postponed("next month".into()), ObjectState::Refused(refusal)]
    );
    assert_eq!(s.next_due().await.unwrap(), None);
    let second = s.accept(batch("2", vec![object(1, "a", "2"), object(2, "b", "1")])).await.unwrap().batch;
    assert_eq!(s.batch(second).await.unwrap().objects.in_message, 2);
    finish(s, true).await;
    let shown = states(s, first).await;
    assert_eq!((shown[0].name(), shown[1].name()), ("accepted", "refused"), "the postponed row follows its successor");
}

async fn natural_keys_are_unique(store: Box<dyn Store>) {
    let s = store.as_ref();
    let same_key = |row, reference: &str| {
        let mut object = object(row, reference, "1");
        object.key = "account/2026-10/17".into();
        object
    };
    let first = s.accept(batch("1", vec![same_key(1, "a"), same_key(2, "b")])).await.unwrap().batch;
    let shown = states(s, first).await;
    assert_eq!(shown[0].name(), "in_message");
    assert_eq!(refused_code(&shown[1]), local::KEY_TAKEN);
    // A refused holder gives the key back.
    finish(s, false).await;
    let second = s.accept(batch("2", vec![same_key(1, "b")])).await.unwrap().batch;
    assert_eq!(states(s, second).await[0].name(), "in_message");
    let third = s.accept(batch("3", vec![same_key(1, "a")])).await.unwrap().batch;
    assert_eq!(refused_code(&states(s, third).await[0]), local::KEY_TAKEN);
}

async fn organisations_and_stands_are_apart(store: Box<dyn Store>) {
    let s = store.as_ref();
    let one = batch("1", vec![object(1, "a", "1")]);
    let mut batches = vec![one.clone()];
    batches.push(NewBatch { organisation: "other".into(), ..one.clone() });
    batches.push(NewBatch { stand: "other".into(), ..one.clone() });
    for batch in batches {
        assert!(!s.accept(batch).await.unwrap().repeated);
    }
    assert_eq!(s.queue(10).await.unwrap().len(), 3);
    let kind = NewBatch { kind: "acks".into(), idempotency_key: "2".into(), ..one };
    s.accept(kind).await.unwrap();
    assert_eq!(s.queue(10).await.unwrap().len(), 4);
}

async fn claims_are_fenced(store: Box<dyn Store>) {
    let s = store.as_ref();
    s.accept(batch("1", vec![object(1, "a", "1")])).await.unwrap();
    assert_eq!(claim(s, Timestamp(T0.0 - 1)).await, vec![], "not due");
    let early = claim(s, T0).await.remove(0);
    assert_eq!(claim(s, T0).await, vec![], "claimed");
    let lapsed = T0.after(policy().lease);
    assert_eq!(s.next_due().await.unwrap(), Some(lapsed));
    let mut late = claim(s, lapsed).await.remove(0);
    assert!(late.fence > early.fence);
    let fenced = Err(StoreError::Fenced { message: early.message.id });
    let body = NewBody { role: BodyRole::Request, bytes: b"late".to_vec() };
    assert_eq!(s.record(record(&early, Event::Built, lapsed, false, vec![body])).await, fenced);
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

async fn recovery_ends_claims(store: Box<dyn Store>) {
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

async fn lanes_keep_order(store: Box<dyn Store>) {
    let s = store.as_ref();
    let mut two = batch("1", vec![object(1, "a", "1"), object(2, "b", "1"), object(3, "c", "1")]);
    let message = |row, lane: Option<&str>| NewMessage {
        operation: "op".into(),
        lane: lane.map(str::to_owned),
        resend: Resend::AfterAbsent,
        rows: vec![row],
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

async fn bodies_are_kept_with_their_step(store: Box<dyn Store>) {
    let s = store.as_ref();
    s.accept(batch("1", vec![object(1, "a", "1")])).await.unwrap();
    let mut claimed = claim(s, T0).await.remove(0);
    let id = claimed.message.id;
    assert!(s.request(id).await.is_err(), "nothing built yet");
    for (n, bytes) in [(1, "one"), (2, "two")] {
        let body = NewBody { role: BodyRole::Request, bytes: bytes.into() };
        let built = record(&claimed, Event::Built, T0, true, vec![body]);
        claimed.message = built.message.clone();
        s.record(built).await.unwrap();
        assert_eq!(claimed.message.build, n);
        assert_eq!(s.request(id).await.unwrap(), bytes.as_bytes(), "the bytes of the current build");
    }
    advance(s, &mut claimed, Event::Intent, T0).await;
    let ack = NewBody { role: BodyRole::Ack, bytes: b"ack".to_vec() };
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

async fn everything_of_a_message_survives(store: Box<dyn Store>) {
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

async fn views_show_what_is(store: Box<dyn Store>) {
    let s = store.as_ref();
    let first = s.accept(batch("1", (1..=7).map(|n| object(n, &format!("r{n}"), "1")).collect())).await.unwrap().batch;
    let mut again = batch("2", (1..=8).rev().map(|n| object(n, &format!("r{n}"), "1")).collect());
    again.source = "second.csv".into();
    let second = s.accept(again).await.unwrap().batch;
    let queue = s.queue(10).await.unwrap();
    let shape: Vec<_> = queue.iter().map(|m| (m.batch, m.objects.in_message, m.state, m.build)).collect();
    assert_eq!(shape, vec![(first, 7, MessageState::Accepted, 0), (second, 1, MessageState::Accepted, 0)]);
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
