//! A node stops between its intent and the result; another takes over. One business effect, whatever had happened.

use crate::batches::{batch, object};
use crate::followed::Followed;
use crate::server::place;
use crate::steps::{advance, claim, decision};
use crate::support::policy;
use crate::test_clock::TestClock;
use crate::world::{Doom, FakeExchange, Gis, id_of};
use gis_gkh_delivery::state::Event;
use gis_gkh_delivery::{Clock, Engine, Exchange, ObjectState, Store, StoreError, Views};
use std::sync::{Arc, Mutex};

/// Where the first node stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stop {
    BeforeSending,
    AfterSending,
    /// The ack is on disk.
    Acknowledged,
}

async fn taken_over(stop: Stop) {
    let Some(place) = place().await else { return };
    let place = Arc::new(place);
    let (a, b) = (place.open("a").await.unwrap(), place.open("b").await.unwrap());
    let (gis, clock) = (Arc::new(Mutex::new(Gis::default())), TestClock::new(false));
    let exchange = || Arc::new(FakeExchange { gis: Arc::clone(&gis), clock: Arc::clone(&clock), doom: Doom::never() });
    let accepted = a.accept(batch("1", vec![object(1, "a", "1"), object(2, "b", "1")])).await.unwrap();

    // Node A: claims, builds, records the intent, and is stopped.
    let mut mine = claim(&a, 1).await.remove(0);
    let ids: Vec<_> = mine.message.objects.iter().map(|object| object.id).collect();
    let objects = a.objects(mine.message.id, &ids).await.unwrap();
    mine.work.message_guid = mine.namespace.message_guid(mine.message.id, 1);
    let prepared = exchange().prepare(&mine.work, &objects).await.unwrap();
    let mut built = decision(&mine, Event::Built, true);
    built.bodies[0].bytes = prepared.bytes.clone();
    mine.message = built.message.clone();
    a.record(built).await.unwrap();
    advance(&a, &mut mine, Event::Intent).await.unwrap();
    if stop != Stop::BeforeSending {
        mine.work.deadline = clock.now().after(policy().send_deadline);
        exchange().submit(&mine.work, &prepared.bytes).await;
    }
    if stop == Stop::Acknowledged {
        advance(&a, &mut mine, Event::Acked("ack-1".into())).await.unwrap();
    }

    // Node B has nothing to do as long as the lease lasts, by the database's clock.
    assert_eq!(claim(&b, 1).await, vec![]);
    place.pass(i64::try_from(policy().lease.as_millis()).unwrap()).await;
    clock.advance(policy().lease);
    let store = Arc::new(Followed::new(b, Arc::clone(&place)));
    let engine = Engine::new(Arc::clone(&store) as Arc<dyn Store>, exchange(), clock, policy()).parallel(1);
    engine.run(true, std::future::pending()).await.unwrap();

    // Node A goes on: too late.
    let late = a.record(decision(&mine, Event::Interrupted, false)).await;
    assert_eq!(late, Err(StoreError::Fenced { message: mine.message.id }), "{stop:?}");
    for row in store.rows(accepted.batch, None, 10).await.unwrap() {
        let effects = gis.lock().unwrap().effects.get(&row.key).copied().unwrap_or(0);
        assert_eq!((row.state, effects), (ObjectState::Accepted(id_of(&row.key)), 1), "{stop:?}: {}", row.reference);
    }
    assert_eq!(store.queue(10).await.unwrap(), vec![]);
    drop((engine, store, a));
    Arc::into_inner(place).unwrap().remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_stopped_before_sending_is_taken_over() {
    taken_over(Stop::BeforeSending).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_stopped_after_sending_is_taken_over() {
    taken_over(Stop::AfterSending).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_stopped_after_the_ack_is_taken_over() {
    taken_over(Stop::Acknowledged).await;
}
