//! Connections that break: nothing is lost, nothing is done twice, and what cannot be known is said.

use crate::batches::{batch, object};
use crate::cutter::{Cut, Cutter};
use crate::server::{Place, place};
use crate::steps::{advance, claim, decision, finish};
use gis_gkh_delivery::archive::Archive;
use gis_gkh_delivery::state::{Event, MessageState};
use gis_gkh_delivery::{PostgresStore, Store, StoreError, Views};
use std::sync::Arc;

/// Every link follows the one before and covers its entries.
async fn assert_chained(store: &PostgresStore, node: &str) {
    let (entries, links) = (store.entries(node, 0, 1_000).await.unwrap(), store.links(node, 0, 1_000).await.unwrap());
    assert!(!links.is_empty());
    let mut before = None;
    for link in &links {
        let first = before.map_or(1, |before: &gis_gkh_delivery::archive::Link| before.last() + 1);
        let covered = entries.iter().filter(|entry| (link.first..=link.last()).contains(&entry.number));
        let digests: Vec<_> = covered.map(gis_gkh_delivery::archive::Entry::digest).collect();
        assert_eq!(*link, gis_gkh_delivery::archive::Link::over(node, before, first, &digests, link.at));
        before = Some(link);
    }
    assert_eq!(before.unwrap().last(), entries.last().unwrap().number);
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_connections_are_made_anew() {
    let Some(place) = place().await else { return };
    let store = Arc::new(place.open("a").await.unwrap());
    for round in 0..5 {
        let mut callers = tokio::task::JoinSet::new();
        for n in 0..20 {
            let store = Arc::clone(&store);
            callers.spawn(async move {
                let one = batch(&format!("{round}/{n}"), vec![object(1, &format!("{round}/{n}"), "1")]);
                // Whatever an operation in flight was told, it may be asked for again.
                for _ in 0..20 {
                    match store.accept(one.clone()).await {
                        Ok(_) => return,
                        Err(StoreError::Io { .. } | StoreError::Unreachable { .. }) => {}
                        Err(other) => panic!("{other:?}"),
                    }
                }
                panic!("never accepted");
            });
        }
        place.kill("a").await;
        while let Some(done) = callers.join_next().await {
            done.unwrap();
        }
        assert_eq!(store.batches(1_000).await.unwrap().len(), 20 * (round + 1));
    }
    // The last death may come late: whoever does not hear an answer begins anew from what is on disk.
    for _ in 0..20 {
        let Ok(_) = store.recover().await else { continue };
        for claimed in claim(store.as_ref(), 100).await {
            if finish(store.as_ref(), claimed).await.is_err() {
                break;
            }
        }
    }
    assert_eq!(store.queue(10).await.unwrap(), vec![]);
    assert_chained(&store, "a").await;
    drop(store);
    place.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_whose_answer_is_lost_is_found_out() {
    let Some(place) = place().await else { return };
    let cutter = Cutter::start(&place).await;
    let store = PostgresStore::open(cutter.options(&place, "a")).await.unwrap();

    cutter.cut(Cut::After);
    let accepted = store.accept(batch("1", vec![object(1, "a", "1")])).await.unwrap();
    assert!(cutter.is_cut() && !accepted.repeated, "it took place, and the caller is told so");
    assert!(store.accept(batch("1", vec![object(1, "a", "1")])).await.unwrap().repeated);

    cutter.cut(Cut::After);
    let mut claimed = claim(&store, 1).await.remove(0);
    assert!(cutter.is_cut());
    cutter.cut(Cut::After);
    advance(&store, &mut claimed, Event::Built).await.unwrap();
    assert!(cutter.is_cut());
    assert_eq!(store.request(claimed.message.id).await.unwrap(), b"signed");
    finish_from_built(&store, claimed).await;
    assert_chained(&store, "a").await;
    drop(store);
    place.remove().await;
}

async fn finish_from_built(store: &PostgresStore, mut claimed: gis_gkh_delivery::Claimed) {
    advance(store, &mut claimed, Event::Built).await.unwrap();
    advance(store, &mut claimed, Event::Intent).await.unwrap();
    store.record(decision(&claimed, Event::Acked("ack".into()), false)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_never_arrived_took_no_effect() {
    let Some(place) = place().await else { return };
    let cutter = Cutter::start(&place).await;
    let store = PostgresStore::open(cutter.options(&place, "a")).await.unwrap();
    let one = batch("1", vec![object(1, "a", "1")]);

    cutter.cut(Cut::Before);
    let error = store.accept(one.clone()).await.unwrap_err();
    assert!(matches!(error, StoreError::Io { .. }) && error.to_string().contains("nothing of it"), "{error}");
    assert_eq!(store.batches(10).await.unwrap(), vec![]);
    assert!(!store.accept(one).await.unwrap().repeated);

    let mut claimed = claim(&store, 1).await.remove(0);
    cutter.cut(Cut::Before);
    assert!(store.record(decision(&claimed, Event::Built, true)).await.is_err());
    assert_eq!(store.evidence(claimed.message.id).await.unwrap(), vec![]);
    advance(&store, &mut claimed, Event::Built).await.unwrap();
    // Said twice, a decision that moved on is refused: whoever did not hear the first answer reads what is on disk.
    let intent = decision(&claimed, Event::Intent, true);
    store.record(intent.clone()).await.unwrap();
    assert_eq!(store.record(intent).await, Err(StoreError::Fenced { message: claimed.message.id }));
    assert_eq!(store.queue(1).await.unwrap()[0].state, MessageState::Sending);
    assert_chained(&store, "a").await;
    drop(store);
    place.remove().await;
}

/// The name goes with the session: who has lost it writes only when nobody else has taken it.
#[tokio::test(flavor = "multi_thread")]
async fn without_its_name_a_node_does_not_write() {
    let Some(place) = place().await else { return };
    let store = place.open("a").await.unwrap();
    store.accept(batch("1", vec![object(1, "a", "1")])).await.unwrap();
    let usurper = take(&place, "a").await;
    let error = loop {
        // The first operation may meet the broken connection before the taken name.
        match store.accept(batch("2", vec![object(1, "b", "1")])).await.unwrap_err() {
            StoreError::Io { .. } | StoreError::Unreachable { .. } => {}
            other => break other,
        }
    };
    assert_eq!(error, StoreError::NodeTaken { node: "a".into() });
    assert_eq!(store.batches(10).await.unwrap().len(), 1, "reading goes on");
    drop(usurper);
    let accepted = loop {
        if let Ok(accepted) = store.accept(batch("2", vec![object(1, "b", "1")])).await {
            break accepted;
        }
    };
    assert!(!accepted.repeated);
    drop(store);
    place.remove().await;
}

/// Kills a node's connections and takes its name before it can.
async fn take(place: &Place, node: &str) -> PostgresStore {
    place.kill(node).await;
    place.open(node).await.unwrap()
}
