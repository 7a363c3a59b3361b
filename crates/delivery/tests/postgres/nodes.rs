//! Several nodes on one schema.

use crate::batches::{batch, message, object};
use crate::server::place;
use crate::steps::{advance, claim, decision, finish};
use crate::support::policy;
use crate::test_clock::TestClock;
use crate::world::{Doom, FakeExchange, Gis};
use gis_gkh_delivery::archive::Archive;
use gis_gkh_delivery::state::Event;
use gis_gkh_delivery::{
    Claims, Consumer, Engine, Inbox, MessageId, NewItem, NewMessage, Page, PostgresStore, Pull, Seq, Sha256, Store,
    StoreError, Timestamp, Views,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::task::JoinSet;

#[tokio::test(flavor = "multi_thread")]
async fn each_message_is_claimed_by_one_node_and_recovery_ends_only_its_own() {
    let Some(place) = place().await else { return };
    let (a, b) = (Arc::new(place.open("a").await.unwrap()), Arc::new(place.open("b").await.unwrap()));
    for n in 0..40 {
        a.accept(batch(&n.to_string(), vec![object(1, &format!("r{n}"), "1")])).await.unwrap();
    }
    let mut claimers = JoinSet::new();
    for store in [&a, &b, &a, &b] {
        let store = Arc::clone(store);
        claimers.spawn(async move {
            let mut mine = vec![];
            loop {
                let claimed = claim(store.as_ref(), 3).await;
                mine.extend(claimed.iter().map(|claimed| claimed.message.id));
                if claimed.is_empty() && store.next_due().await.unwrap() > Some(Timestamp(1_000)) {
                    return mine;
                }
            }
        });
    }
    let mut all = vec![];
    while let Some(mine) = claimers.join_next().await {
        all.extend(mine.unwrap());
    }
    assert_eq!((all.len(), all.iter().collect::<BTreeSet<_>>().len()), (40, 40));
    let (of_a, of_b) = (a.recover().await.unwrap(), b.recover().await.unwrap());
    assert_eq!(of_a + of_b, 40);
    assert_eq!(claim(a.as_ref(), 100).await.len(), 40);
    drop((a, b));
    place.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_ends_by_the_databases_clock() {
    let Some(place) = place().await else { return };
    let (a, b) = (place.open("a").await.unwrap(), place.open("b").await.unwrap());
    a.accept(batch("1", vec![object(1, "a", "1")])).await.unwrap();
    // The nodes' own clocks disagree by years; what counts is how long the lease was to last.
    let of_a = Claims { now: Timestamp(2_000), lease: Timestamp(2_400), limit: 1, closed: vec![] };
    let first = a.claim_due(of_a).await.unwrap().remove(0);
    let of_b = Claims { now: Timestamp(9_000_000), lease: Timestamp(9_000_500), limit: 1, closed: vec![] };
    assert_eq!(b.claim_due(of_b.clone()).await.unwrap(), vec![]);
    let second = loop {
        if let Some(claimed) = b.claim_due(of_b.clone()).await.unwrap().pop() {
            break claimed;
        }
    };
    assert_eq!(second.message.id, first.message.id);
    assert!(second.fence > first.fence);
    let late = a.record(decision(&first, Event::Built, true)).await;
    assert_eq!(late, Err(StoreError::Fenced { message: first.message.id }));
    drop((a, b));
    place.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_rows_given_to_two_nodes_are_sent_once() {
    let Some(place) = place().await else { return };
    let (a, b) = (Arc::new(place.open("a").await.unwrap()), Arc::new(place.open("b").await.unwrap()));
    let mut callers = JoinSet::new();
    for (name, store) in [("a", &a), ("b", &b)] {
        for n in 0..50 {
            let store = Arc::clone(store);
            callers.spawn(async move {
                let objects = vec![object(1, &format!("r{}", n % 10), "1"), object(2, &format!("s{}", n % 7), "1")];
                store.accept(batch(&format!("{name}{n}"), objects)).await.unwrap();
            });
        }
    }
    while let Some(done) = callers.join_next().await {
        done.unwrap();
    }
    let sent: u64 = a.queue(1_000).await.unwrap().iter().map(|message| message.objects.total()).sum();
    assert_eq!((sent, a.batches(1_000).await.unwrap().len()), (17, 100));
    drop((a, b));
    place.remove().await;
}

/// Two nodes accept, claim and finish in the same few lanes: at every moment at most one message of a lane is being worked on.
#[tokio::test(flavor = "multi_thread")]
async fn lanes_hold_across_nodes() {
    let Some(place) = place().await else { return };
    let (a, b) = (Arc::new(place.open("a").await.unwrap()), Arc::new(place.open("b").await.unwrap()));
    let busy = Arc::new(std::sync::Mutex::new(BTreeMap::<String, MessageId>::new()));
    let mut workers = JoinSet::new();
    for (name, store) in [("a", &a), ("b", &b)] {
        for worker in 0..3 {
            let (store, busy) = (Arc::clone(store), Arc::clone(&busy));
            workers.spawn(async move {
                for n in 0..10 {
                    let lane = format!("lane {}", (n + worker) % 3);
                    let mut one = batch(
                        &format!("{name}{worker}{n}"),
                        vec![object(1, &format!("{lane}/{name}{worker}{n}"), "1")],
                    );
                    let second = (n % 2 == 0).then(|| format!("lane {}", (n + worker + 1) % 3));
                    one.messages = vec![NewMessage {
                        lanes: std::iter::once(lane).chain(second).collect(),
                        ..message("bills.import", vec![1])
                    }];
                    store.accept(one).await.unwrap();
                    work(store.as_ref(), &busy).await;
                }
            });
        }
    }
    while let Some(done) = workers.join_next().await {
        done.unwrap();
    }
    while work(a.as_ref(), &busy).await > 0 {}
    assert_eq!(a.queue(100).await.unwrap(), vec![], "nobody waits for ever");
    assert_eq!(place.number("SELECT count(*) FROM lane").await, 0);
    drop((a, b));
    place.remove().await;
}

async fn work(store: &PostgresStore, busy: &std::sync::Mutex<BTreeMap<String, MessageId>>) -> usize {
    let claimed = claim(store, 2).await;
    let count = claimed.len();
    for claimed in claimed {
        let ids: Vec<_> = claimed.message.objects.iter().map(|object| object.id).collect();
        let object = store.objects(claimed.message.id, &ids).await.unwrap().remove(0);
        let lane = object.reference.split('/').next().unwrap().to_owned();
        let other = busy.lock().unwrap().insert(lane.clone(), claimed.message.id);
        assert_eq!(other, None, "{lane} is being worked on");
        // Cleared before the last step is on disk: from then on another may follow.
        let mut claimed = claimed;
        advance(store, &mut claimed, Event::Built).await.unwrap();
        busy.lock().unwrap().remove(&lane);
        let failure = crate::support::failure("X", gis_gkh_delivery::RetryClass::Permanent);
        store.record(decision(&claimed, Event::BuildFailed(failure), false)).await.unwrap();
    }
    count
}

/// Whoever reads the inbox while two nodes fill it never sees a later item before an earlier one.
#[tokio::test(flavor = "multi_thread")]
async fn items_become_visible_in_their_order() {
    let Some(place) = place().await else { return };
    let (a, b) = (Arc::new(place.open("a").await.unwrap()), Arc::new(place.open("b").await.unwrap()));
    let pull = |name: &str| Pull {
        organisation: "organisation".into(),
        stand: "sandbox".into(),
        name: name.into(),
        topic: "readings".into(),
        operation: "readings.export".into(),
        parameters: String::new(),
        interval: Duration::from_millis(0),
        overlap: Duration::ZERO,
        from: Timestamp(0),
    };
    a.set_pulls("organisation", "sandbox", (0..6).map(|n| pull(&format!("p{n}"))).collect(), Timestamp(1_000))
        .await
        .unwrap();
    let mut writers = JoinSet::new();
    for (name, store) in [("a", &a), ("b", &b), ("a'", &a), ("b'", &b)] {
        let store = Arc::clone(store);
        writers.spawn(async move {
            for run in 0..15 {
                for mut claimed in claim(store.as_ref(), 1).await {
                    for event in [Event::Built, Event::Intent, Event::Acked("ack".into())] {
                        advance(store.as_ref(), &mut claimed, event).await.unwrap();
                    }
                    let items = (0..3).map(|n| NewItem {
                        key: format!("{name}/{run}/{n}"),
                        content: Sha256::of(b"1"),
                        body: b"{}".to_vec(),
                    });
                    let mut record = decision(&claimed, Event::Exported, false);
                    record.page = Some(Page { items: items.collect(), next: None });
                    store.record(record).await.unwrap();
                }
            }
        });
    }
    let reader = Consumer { name: "reader".into(), topic: None };
    let mut last = 0;
    loop {
        let done = writers.try_join_next();
        let items = b.inbox(&reader, 1_000).await.unwrap();
        for (at, item) in (last + 1..).zip(&items) {
            assert_eq!(item.seq, Seq(at), "no gap is filled later");
            last = at;
        }
        b.acknowledge(&reader, Seq(last), Timestamp(1_000)).await.unwrap();
        match done {
            Some(done) => done.unwrap(),
            None if writers.is_empty() && items.is_empty() => break,
            None => tokio::task::yield_now().await,
        }
    }
    assert!(last > 30, "{last} items");
    assert_eq!(a.consumers().await.unwrap()[0].waiting, 0);
    drop((a, b));
    place.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_node_has_a_chain_of_its_own() {
    let Some(place) = place().await else { return };
    let (a, b) = (place.open("a").await.unwrap(), place.open("b").await.unwrap());
    for (n, store) in [&a, &b, &a].into_iter().enumerate() {
        store.accept(batch(&n.to_string(), vec![object(1, &format!("r{n}"), "1")])).await.unwrap();
        finish(store, claim(store, 1).await.remove(0)).await.unwrap();
    }
    assert_eq!(a.nodes().await.unwrap(), ["a", "b"]);
    let numbers = |entries: Vec<gis_gkh_delivery::archive::Entry>| entries.iter().map(|e| e.number).collect::<Vec<_>>();
    assert_eq!(numbers(b.entries("a", 0, 10).await.unwrap()), [1, 2]);
    assert_eq!(numbers(a.entries("b", 0, 10).await.unwrap()), [1]);
    // A node that comes back goes on where it stopped.
    drop(a);
    let a = place.open("a").await.unwrap();
    a.accept(batch("3", vec![object(1, "r3", "1")])).await.unwrap();
    finish(&a, claim(&a, 1).await.remove(0)).await.unwrap();
    let links = a.links("a", 0, 10).await.unwrap();
    assert_eq!(links.iter().map(|link| link.number).collect::<Vec<_>>(), [1, 2, 3]);
    assert!(links.windows(2).all(|pair| pair[1].previous == pair[0].hash && pair[1].hash == pair[1].computed()));
    drop((a, b));
    place.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn work_given_to_one_node_wakes_the_others() {
    let Some(place) = place().await else { return };
    let (a, b) = (place.open("a").await.unwrap(), place.open("b").await.unwrap());
    let mut wakes = b.wakes().unwrap();
    // The first news is that listening has begun.
    let patience = Duration::from_secs(30);
    assert!(tokio::time::timeout(patience, wakes.next()).await.unwrap());
    a.accept(batch("1", vec![object(1, "a", "1")])).await.unwrap();
    assert!(tokio::time::timeout(patience, wakes.next()).await.unwrap());
    // And after a lost connection it listens again.
    place.kill("b").await;
    assert!(tokio::time::timeout(patience, wakes.next()).await.unwrap());
    let claimed = claim(&b, 1).await;
    assert_eq!(claimed.len(), 1);
    assert!(b.next_due().await.unwrap() >= Some(Timestamp(1_000).after(policy().lease)));
    drop(b);
    assert!(!wakes.next().await || !wakes.next().await, "a closed store wakes nobody");
    drop(a);
    place.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_hears_of_work_given_to_another_node() {
    let Some(place) = place().await else { return };
    let (a, b) = (place.open("a").await.unwrap(), place.open("b").await.unwrap());
    // The clock stands still: nothing but news makes the engine look.
    let (gis, clock) = (Arc::new(Mutex::new(Gis::default())), TestClock::new(true));
    let exchange = FakeExchange { gis: Arc::clone(&gis), clock: Arc::clone(&clock), doom: Doom::never() };
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let engine = Engine::new(Arc::new(b), Arc::new(exchange), clock, policy());
    let running = tokio::spawn(async move { engine.run(false, async { stopped.await.unwrap() }).await });
    a.accept(batch("1", vec![object(1, "a", "1")])).await.unwrap();
    let sent = async {
        while gis.lock().unwrap().effects.is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), sent).await.expect("the engine heard nothing");
    stop.send(()).unwrap();
    running.await.unwrap().unwrap();
    drop(a);
    place.remove().await;
}
