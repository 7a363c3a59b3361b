//! The inbox: at least once, in order, not twice the same.

use super::pulls::{answered, asked, item, pull};
use super::{Place, T0, claim};
use gis_gkh_delivery::{Consumer, InboxItem, NewItem, Page, Pull, Seq, Store, StoreError, Timestamp};
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

fn consumer(name: &str, topic: Option<&str>) -> Consumer {
    Consumer { name: name.into(), topic: topic.map(str::to_owned) }
}

/// One pull for each topic, whose runs begin whenever they are looked for.
async fn topics(s: &dyn Store) {
    let pulls = ["appeals", "readings"].map(|topic| Pull { topic: topic.into(), interval: MINUTE, ..pull(topic) });
    s.set_pulls("organisation", "sandbox", pulls.to_vec(), T0).await.unwrap();
}

/// The next run of a topic brings these items.
async fn brought(s: &dyn Store, topic: &str, items: Vec<NewItem>, now: Timestamp) {
    let mut claimed = claim(s, now).await;
    let at = claimed.iter().position(|claimed| claimed.work.kind == topic).unwrap();
    let mut one = claimed.remove(at);
    asked(s, &mut one, now).await;
    s.record(answered(&one, Page { items, next: None }, now)).await.unwrap();
    s.recover().await.unwrap();
}

fn keys(items: &[InboxItem]) -> Vec<&str> {
    items.iter().map(|item| item.key.as_str()).collect()
}

pub(super) async fn items_come_in_order_until_acknowledged(place: &dyn Place) {
    let store = place.open().await;
    let s = store.as_store();
    let all = consumer("billing", None);
    assert_eq!(s.inbox(&all, 10).await.unwrap(), vec![]);
    assert_eq!(s.acknowledge(&all, Seq(1), T0).await, Err(StoreError::NotFound { what: "item of the inbox", id: 1 }));
    topics(s).await;
    brought(s, "appeals", vec![item("1", "x"), item("2", "x"), item("3", "x")], T0).await;
    let read = s.inbox(&all, 2).await.unwrap();
    assert_eq!(keys(&read), ["1", "2"]);
    assert_eq!((read[0].organisation.as_str(), read[0].stand.as_str()), ("organisation", "sandbox"));
    assert_eq!((read[0].topic.as_str(), read[0].received_at, read[0].body.as_slice()), ("appeals", T0, &b"1 x"[..]));
    assert_eq!(s.inbox(&all, 2).await.unwrap(), read, "the same until acknowledged");
    assert_eq!(s.consumers().await.unwrap(), vec![]);
    s.acknowledge(&all, read[0].seq, T0.after(MINUTE)).await.unwrap();
    assert_eq!(keys(&s.inbox(&all, 10).await.unwrap()), ["2", "3"]);
    let view = s.consumers().await.unwrap().remove(0);
    assert_eq!((&view.consumer, view.acknowledged, view.at, view.waiting), (&all, read[0].seq, T0.after(MINUTE), 2));
    let last = s.inbox(&all, 10).await.unwrap()[1].seq;
    s.acknowledge(&all, last, T0).await.unwrap();
    s.acknowledge(&all, read[0].seq, T0).await.unwrap();
    assert_eq!(s.inbox(&all, 10).await.unwrap(), vec![], "an older position changes nothing");
    assert!(s.acknowledge(&all, Seq(last.0 + 1), T0).await.is_err());
    drop(store);
    let store = place.open().await;
    let s = store.as_store();
    brought(s, "appeals", vec![item("4", "x")], T0.after(MINUTE)).await;
    let read = s.inbox(&all, 10).await.unwrap();
    assert!(keys(&read) == ["4"] && read[0].seq > last);
}

pub(super) async fn an_object_is_delivered_again_only_when_changed(place: &dyn Place) {
    let store = place.open().await;
    let s = store.as_store();
    topics(s).await;
    let all = consumer("billing", None);
    brought(s, "appeals", vec![item("1", "x"), item("1", "x"), item("2", "x")], T0).await;
    let now = T0.after(MINUTE);
    brought(s, "appeals", vec![item("2", "x"), item("1", "y"), item("3", "x")], now).await;
    // Back to what it was once: that is a change too.
    brought(s, "appeals", vec![item("1", "x")], now.after(MINUTE)).await;
    let read = s.inbox(&all, 10).await.unwrap();
    let seen: Vec<_> = read.iter().map(|item| std::str::from_utf8(&item.body).unwrap()).collect();
    assert_eq!(seen, ["1 x", "2 x", "1 y", "3 x", "1 x"]);
    // The same key of another topic is another object.
    brought(s, "readings", vec![item("1", "x")], now.after(MINUTE)).await;
    assert_eq!(s.inbox(&all, 10).await.unwrap().len(), 6);
    assert!(read.windows(2).all(|pair| pair[0].seq < pair[1].seq));
}

pub(super) async fn consumers_do_not_see_each_other(place: &dyn Place) {
    let store = place.open().await;
    let s = store.as_store();
    topics(s).await;
    brought(s, "appeals", vec![item("a1", "x"), item("a2", "x")], T0).await;
    brought(s, "readings", vec![item("r1", "x")], T0).await;
    let (all, appeals, readings) =
        (consumer("crm", None), consumer("crm", Some("appeals")), consumer("billing", Some("readings")));
    let first = s.inbox(&appeals, 10).await.unwrap();
    assert_eq!(keys(&first), ["a1", "a2"]);
    s.acknowledge(&appeals, first[1].seq, T0).await.unwrap();
    assert_eq!(keys(&s.inbox(&all, 10).await.unwrap()), ["a1", "a2", "r1"]);
    let second = s.inbox(&readings, 10).await.unwrap();
    assert_eq!(keys(&second), ["r1"]);
    s.acknowledge(&readings, second[0].seq, T0).await.unwrap();
    brought(s, "appeals", vec![item("a3", "x")], T0.after(MINUTE)).await;
    assert_eq!(s.inbox(&readings, 10).await.unwrap(), vec![]);
    let views = s.consumers().await.unwrap();
    let waiting: Vec<_> = views.iter().map(|view| (view.consumer.clone(), view.waiting)).collect();
    assert_eq!(waiting, [(readings, 0), (appeals, 1)]);
}

pub(super) async fn a_late_page_brings_nothing(place: &dyn Place) {
    let store = place.open().await;
    let s = store.as_store();
    topics(s).await;
    let mut claimed = claim(s, T0).await.remove(0);
    asked(s, &mut claimed, T0).await;
    s.recover().await.unwrap();
    let late = answered(&claimed, Page { items: vec![item("1", "x")], next: None }, T0);
    assert_eq!(s.record(late).await, Err(StoreError::Fenced { message: claimed.message.id }));
    assert_eq!(s.inbox(&consumer("billing", None), 10).await.unwrap(), vec![]);
    assert!(s.pulls().await.unwrap().iter().all(|view| view.ended_at.is_none()));
}

pub(super) async fn the_latest_of_each_object_comes_once(place: &dyn Place) {
    let store = place.open().await;
    let s = store.as_store();
    assert_eq!(s.latest("appeals", None, 10).await.unwrap(), vec![]);
    topics(s).await;
    brought(s, "appeals", vec![item("1", "x"), item("2", "x"), item("3", "x")], T0).await;
    brought(s, "readings", vec![item("1", "r")], T0).await;
    let now = T0.after(MINUTE);
    brought(s, "appeals", vec![item("1", "y"), item("4", "x")], now).await;
    let bodies = |items: &[InboxItem]| -> Vec<String> {
        items.iter().map(|item| String::from_utf8(item.body.clone()).unwrap()).collect()
    };
    let all = s.latest("appeals", None, 10).await.unwrap();
    assert_eq!(bodies(&all), ["2 x", "3 x", "1 y", "4 x"]);
    assert_eq!(s.latest("appeals", None, 2).await.unwrap(), all[..2]);
    assert_eq!(s.latest("appeals", Some(all[1].seq), 10).await.unwrap(), all[2..]);
    assert_eq!(s.latest("appeals", Some(all[3].seq), 10).await.unwrap(), vec![]);
    // Whoever has read it all sees nothing of it in the inbox, and it is there all the same.
    s.acknowledge(&consumer("billing", None), all[3].seq, now).await.unwrap();
    assert_eq!(s.latest("appeals", None, 10).await.unwrap(), all);
    // What changes between two pages comes again behind it.
    brought(s, "appeals", vec![item("2", "z")], now.after(MINUTE)).await;
    assert_eq!(bodies(&s.latest("appeals", Some(all[3].seq), 10).await.unwrap()), ["2 z"]);
    assert_eq!(bodies(&s.latest("readings", None, 10).await.unwrap()), ["1 r"]);
}
