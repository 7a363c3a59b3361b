//! The evidence archive of a store: gapless numbers, links over what was committed, heads that continue each other.

use super::{Place, T0, claim, record};
use crate::batches::{batch, object};
use gis_gkh_delivery::archive::{Entry, Head, Link};
use gis_gkh_delivery::state::Event;
use gis_gkh_delivery::{BodyRole, Claimed, NewBody, Record, Sha256, Store, StoreError, Timestamp};
use std::time::Duration;

/// The only node's name.
pub(super) async fn node(s: &dyn Store) -> String {
    let nodes = s.nodes().await.unwrap();
    assert_eq!(nodes.len(), 1);
    nodes[0].clone()
}

/// The whole chain of a node, which must hold together.
async fn chain(s: &dyn Store, node: &str) -> (Vec<Entry>, Vec<Link>) {
    let (mut entries, mut links) = (vec![], vec![]);
    loop {
        let page = s.entries(node, entries.last().map_or(0, |entry: &Entry| entry.number), 2).await.unwrap();
        if page.is_empty() {
            break;
        }
        entries.extend(page);
    }
    loop {
        let page = s.links(node, links.last().map_or(0, |link: &Link| link.number), 1).await.unwrap();
        if page.is_empty() {
            break;
        }
        links.extend(page);
    }
    let numbers: Vec<i64> = entries.iter().map(|entry| entry.number).collect();
    assert_eq!(numbers, (1..).take(entries.len()).collect::<Vec<_>>());
    let (mut before, mut digests) = (None, entries.iter().map(Entry::digest));
    for link in &links {
        let first = before.map_or(1, |before: &Link| before.last() + 1);
        let count = usize::try_from(link.count).unwrap();
        let over: Vec<_> = digests.by_ref().take(count).collect();
        assert_eq!(*link, Link::over(node, before, first, &over, link.at));
        before = Some(link);
    }
    assert_eq!(digests.next(), None, "every entry is linked");
    (entries, links)
}

fn answer(role: BodyRole, bytes: &str, sent: i64, answered: i64) -> NewBody {
    NewBody { role, bytes: bytes.into(), sent: Some(Timestamp(sent)), answered: Some(Timestamp(answered)) }
}

async fn step(s: &dyn Store, claimed: &mut Claimed, event: Event, bodies: Vec<NewBody>, now: Timestamp) {
    let record = record(claimed, event, now, true, bodies);
    claimed.message = record.message.clone();
    s.record(record).await.unwrap();
}

pub(super) async fn every_body_is_chained(place: &dyn Place) {
    let store = place.open().await;
    let s = store.as_store();
    assert_eq!(s.nodes().await.unwrap(), Vec::<String>::new());
    let accepted = T0;
    s.accept(batch("1", vec![object(1, "a", "1")])).await.unwrap();
    assert_eq!(s.nodes().await.unwrap(), Vec::<String>::new(), "nothing has gone over the wire yet");
    let now = T0.after(Duration::from_secs(5));
    let mut claimed = claim(s, now).await.remove(0);
    let request = NewBody { role: BodyRole::Request, bytes: b"signed".to_vec(), sent: None, answered: None };
    step(s, &mut claimed, Event::Built, vec![request], now).await;
    step(s, &mut claimed, Event::Intent, vec![], now).await;
    let later = now.after(Duration::from_secs(2));
    let ack = answer(BodyRole::Ack, "ack", now.0 + 1, now.0 + 2);
    step(s, &mut claimed, Event::Acked("g".into()), vec![ack], later).await;
    let node = node(s).await;
    let (entries, links) = chain(s, &node).await;
    assert_eq!((entries.len(), links.len()), (2, 2));
    let guid = claimed.namespace.message_guid(claimed.message.id, 1);
    for (entry, role, bytes) in [(&entries[0], BodyRole::Request, "signed"), (&entries[1], BodyRole::Ack, "ack")] {
        assert_eq!((entry.role, entry.message, entry.build), (role, claimed.message.id, 1));
        assert_eq!((&entry.node, &entry.message_guid), (&node, &guid));
        assert_eq!((entry.organisation.as_str(), entry.stand.as_str()), ("organisation", "sandbox"));
        assert_eq!((entry.kind.as_str(), entry.operation.as_str()), ("bills", "bills.import"));
        let sealed = entry.bytes.as_ref().unwrap();
        assert_eq!((entry.sealed, entry.plain), (Sha256::of(sealed), Sha256::of(bytes.as_bytes())));
        assert_ne!(sealed.as_slice(), bytes.as_bytes(), "nothing is kept as it is");
    }
    let moments = |entry: &Entry| (entry.accepted, entry.sent, entry.answered, entry.recorded);
    assert_eq!(moments(&entries[0]), (accepted, None, None, now));
    assert_eq!(moments(&entries[1]), (accepted, Some(Timestamp(now.0 + 1)), Some(Timestamp(now.0 + 2)), later));
    assert_eq!((links[0].at, links[1].at), (now, later));
    let seen = s.evidence(claimed.message.id).await.unwrap();
    assert_eq!((seen[1].sent, seen[1].answered, seen[1].at), (entries[1].sent, entries[1].answered, later));
    assert_eq!(s.entries("another", 0, 10).await.unwrap(), vec![]);
    drop(store);
    let store = place.open().await;
    let s = store.as_store();
    s.recover().await.unwrap();
    let mut again = claim(s, again_at(&claimed)).await.remove(0);
    let at = again_at(&claimed);
    step(s, &mut again, Event::Pending, vec![answer(BodyRole::Answer, "not yet", 1, 2)], at).await;
    assert_eq!(chain(s, &node).await.1.len(), 3, "the chain goes on after a restart");
}

fn again_at(claimed: &Claimed) -> Timestamp {
    claimed.message.due
}

pub(super) async fn several_bodies_of_one_commit_share_a_link(place: &dyn Place) {
    let store = place.open().await;
    let s = store.as_store();
    s.accept(batch("1", vec![object(1, "a", "1")])).await.unwrap();
    let mut claimed = claim(s, T0).await.remove(0);
    let two = ["one", "two"].map(|bytes| answer(BodyRole::Ack, bytes, 1, 2)).to_vec();
    step(s, &mut claimed, Event::Built, two, T0).await;
    let (entries, links) = chain(s, &node(s).await).await;
    assert_eq!((entries.len(), links.len(), links[0].count), (2, 1, 2));
}

pub(super) async fn what_a_late_worker_brings_leaves_no_trace(place: &dyn Place) {
    let store = place.open().await;
    let s = store.as_store();
    s.accept(batch("1", vec![object(1, "a", "1"), object(2, "b", "1")])).await.unwrap();
    let late = claim(s, T0).await.remove(0);
    s.recover().await.unwrap();
    let mut now = claim(s, T0).await.remove(0);
    let request = |bytes: &str| vec![answer(BodyRole::Request, bytes, 1, 2)];
    let record: Record = record(&late, Event::Built, T0, true, request("late"));
    assert!(matches!(s.record(record).await, Err(StoreError::Fenced { .. })));
    assert_eq!(s.nodes().await.unwrap(), Vec::<String>::new());
    step(s, &mut now, Event::Built, request("now"), T0).await;
    let (entries, links) = chain(s, &node(s).await).await;
    assert_eq!((entries.len(), links.len(), entries[0].plain), (1, 1, Sha256::of(b"now")));
}

pub(super) async fn heads_continue_each_other(place: &dyn Place) {
    let store = place.open().await;
    let s = store.as_store();
    s.accept(batch("1", vec![object(1, "a", "1")])).await.unwrap();
    let mut claimed = claim(s, T0).await.remove(0);
    for event in [Event::Built, Event::Intent, Event::Acked("g".into())] {
        step(s, &mut claimed, event, vec![answer(BodyRole::Ack, "bytes", 1, 2)], T0).await;
    }
    let node = node(s).await;
    let links = chain(s, &node).await.1;
    let signed = |head: Head| Head { signer: "certificate".into(), signature: vec![1, 2, 3], ..head };
    let first = signed(Head::over(&node, 10, Some(&links[0]), None));
    s.append_head(first.clone()).await.unwrap();
    let refused = |day| Err(StoreError::NotNext { node: node.clone(), day });
    let next = |day, link: &Link| signed(Head::over(&node, day, Some(link), Some(&first)));
    assert_eq!(s.append_head(next(10, &links[1])).await, refused(10), "the same day");
    assert_eq!(s.append_head(next(9, &links[1])).await, refused(9), "an earlier day");
    assert_eq!(s.append_head(next(11, &links[0])).await, refused(11), "no later link");
    let stranger = signed(Head::over(&node, 11, Some(&links[1]), None));
    assert_eq!(s.append_head(stranger).await, refused(11), "not behind the last");
    let second = next(12, &links[2]);
    s.append_head(second.clone()).await.unwrap();
    assert_eq!(s.heads(&node).await.unwrap(), [first, second.clone()]);
    let other = signed(Head::over("other", 1, None, None));
    s.append_head(other.clone()).await.unwrap();
    assert_eq!(s.heads("other").await.unwrap(), [other]);
    drop(store);
    assert_eq!(place.open().await.heads(&node).await.unwrap()[1], second);
}
