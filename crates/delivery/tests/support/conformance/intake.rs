//! What is accepted, what repeats, what is refused.

use super::{Place, finish, ids, refused_code, states};
use crate::batches::{batch, object};
use gis_gkh_delivery::state::MessageState;
use gis_gkh_delivery::{NewBatch, ObjectState, Plan, Refusal, StoreError, local};
use std::collections::BTreeMap;

pub(super) async fn accepts_whole_or_not_at_all(place: &dyn Place) {
    let store = place.open().await;
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

pub(super) async fn repeats_answer_the_same_batch(place: &dyn Place) {
    let store = place.open().await;
    let one = batch("key", vec![object(1, "a", "1")]);
    let first = store.accept(one.clone()).await.unwrap();
    let again = store.accept(one.clone()).await.unwrap();
    assert_eq!((again.batch, again.repeated), (first.batch, true));
    let other = NewBatch { content: b"other".to_vec(), ..one };
    assert_eq!(store.accept(other).await, Err(StoreError::KeyReused { batch: first.batch }));
    assert_eq!(store.batches(10).await.unwrap().len(), 1);
}

pub(super) async fn idempotency_is_per_object(place: &dyn Place) {
    let store = place.open().await;
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

pub(super) async fn postponed_rows_are_replaced(place: &dyn Place) {
    let store = place.open().await;
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

pub(super) async fn natural_keys_are_unique(place: &dyn Place) {
    let store = place.open().await;
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

pub(super) async fn organisations_and_stands_are_apart(place: &dyn Place) {
    let store = place.open().await;
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
