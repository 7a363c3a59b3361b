//! Taking a message through its life by hand.

use crate::support::policy;
use gis_gkh_delivery::state::{Event, step};
use gis_gkh_delivery::{BodyRole, Claimed, Claims, GisIds, NewBody, Outcome, Record, Store, StoreError, Timestamp};

pub(crate) const T0: Timestamp = Timestamp(1_000);

pub(crate) async fn claim(store: &dyn Store, limit: usize) -> Vec<Claimed> {
    let claims = Claims { now: T0, lease: T0.after(policy().lease), limit, closed: vec![] };
    store.claim_due(claims).await.unwrap()
}

pub(crate) fn decision(claimed: &Claimed, event: Event, keep: bool) -> Record {
    let bodies = match event {
        Event::Built => {
            vec![NewBody { role: BodyRole::Request, bytes: b"signed".to_vec(), sent: None, answered: None }]
        }
        _ => vec![],
    };
    let step = step(&claimed.message, event, T0, &policy());
    Record {
        fence: claimed.fence,
        from: claimed.message.state,
        message: step.message,
        moved: step.moved,
        objects: step.objects,
        bodies,
        page: None,
        until: None,
        lease: keep.then(|| T0.after(policy().lease)),
        at: T0,
    }
}

pub(crate) async fn advance(store: &dyn Store, claimed: &mut Claimed, event: Event) -> Result<(), StoreError> {
    let record = decision(claimed, event, true);
    claimed.message = record.message.clone();
    store.record(record).await
}

/// From a claim to an answer that accepts every object.
pub(crate) async fn finish(store: &dyn Store, mut claimed: Claimed) -> Result<(), StoreError> {
    for event in [Event::Built, Event::Intent, Event::Acked("ack".into())] {
        advance(store, &mut claimed, event).await?;
    }
    let all = claimed.message.objects.iter().map(|object| (object.id, Outcome::Accepted(GisIds::new()))).collect();
    store.record(decision(&claimed, Event::Answered(all), false)).await
}
