//! Deliveries on a store: what the archive of a real store is made of.

use super::batches::{batch, object};
use gis_gkh_delivery::state::{Event, MessageState, step};
use gis_gkh_delivery::{BatchId, BodyRole, Claimed, Claims, NewBody, Outcome, Policy, Record, Store, Timestamp};
use std::collections::BTreeMap;
use std::time::Duration;

/// Delivers one object in a batch of its own: request, ack and answer are three commits.
pub(crate) async fn deliver(store: &dyn Store, reference: &str, at: Timestamp) -> BatchId {
    let (id, mut claimed) = begin(store, reference, at).await;
    advance(store, &mut claimed, Event::Intent, at, vec![]).await;
    let ack = body(BodyRole::Ack, format!("<A>{reference}</A>"), at);
    advance(store, &mut claimed, Event::Acked("ack".into()), at, ack).await;
    let all = claimed.message.objects.iter().map(|object| (object.id, Outcome::Accepted(BTreeMap::new()))).collect();
    let answer = body(BodyRole::Answer, format!("<S>{reference}</S>"), at);
    advance(store, &mut claimed, Event::Answered(all), at, answer).await;
    assert_eq!(claimed.message.state, MessageState::Done);
    id
}

/// Builds the request of one object and leaves it there.
pub(crate) async fn begin(store: &dyn Store, reference: &str, at: Timestamp) -> (BatchId, Claimed) {
    let mut new = batch(reference, vec![object(1, reference, "content")]);
    new.accepted_at = at;
    let id = store.accept(new).await.unwrap().batch;
    let claims = Claims { now: at, lease: at.after(Policy::default().lease), limit: 1, closed: vec![] };
    let mut claimed = store.claim_due(claims).await.unwrap().remove(0);
    let request = body(BodyRole::Request, format!("<R>{reference}<Signature/></R>"), at);
    advance(store, &mut claimed, Event::Built, at, request).await;
    (id, claimed)
}

fn body(role: BodyRole, text: String, at: Timestamp) -> Vec<NewBody> {
    let answer = role != BodyRole::Request;
    let answered = answer.then_some(at.after(Duration::from_secs(1)));
    vec![NewBody { role, bytes: text.into_bytes(), sent: answer.then_some(at), answered }]
}

async fn advance(store: &dyn Store, claimed: &mut Claimed, event: Event, at: Timestamp, bodies: Vec<NewBody>) {
    let from = claimed.message.state;
    let step = step(&claimed.message, event, at, &Policy::default());
    claimed.message = step.message.clone();
    let lease = step.message.state.is_live().then(|| at.after(Policy::default().lease));
    let record = Record {
        fence: claimed.fence,
        from,
        message: step.message,
        moved: step.moved,
        objects: step.objects,
        bodies,
        page: None,
        until: None,
        lease,
        at,
    };
    store.record(record).await.unwrap();
}
