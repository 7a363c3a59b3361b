//! Recurring exports: one message at a time, page after page, run after run.

use super::{Place, T0, acked, body, claim, record};
use crate::support::{failure, policy};
use gis_gkh_delivery::state::{Event, MessageState};
use gis_gkh_delivery::{
    BodyRole, Claimed, NewItem, Page, Priority, Pull, Record, Resend, RetryClass, Sha256, Store, Timestamp, Window,
};
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3_600);

pub(super) fn pull(name: &str) -> Pull {
    Pull {
        organisation: "organisation".into(),
        stand: "sandbox".into(),
        name: name.into(),
        topic: "appeals".into(),
        operation: "appeals.exportAppeal".into(),
        parameters: "{}".into(),
        interval: HOUR,
        overlap: Duration::from_millis(100),
        from: Timestamp(500),
    }
}

pub(super) fn item(key: &str, content: &str) -> NewItem {
    NewItem { key: key.into(), content: Sha256::of(content.as_bytes()), body: format!("{key} {content}").into_bytes() }
}

async fn set(s: &dyn Store, pulls: Vec<Pull>, at: Timestamp) {
    s.set_pulls("organisation", "sandbox", pulls, at).await.unwrap();
}

/// Takes a claimed message of a pull to where its answer comes; its window ends at `now` if it is the first page.
pub(super) async fn asked(s: &dyn Store, claimed: &mut Claimed, now: Timestamp) {
    let built = record(claimed, Event::Built, now, true, vec![body(BodyRole::Request, "export")]);
    claimed.message = built.message.clone();
    let first = claimed.work.window.as_ref().unwrap().cursor.is_none();
    s.record(Record { until: first.then_some(now), ..built }).await.unwrap();
    for event in [Event::Intent, Event::Acked("ack".into())] {
        super::advance(s, claimed, event, now).await;
    }
}

pub(super) fn answered(claimed: &Claimed, page: Page, now: Timestamp) -> Record {
    let answer = vec![body(BodyRole::Answer, "answer")];
    Record { page: Some(page), ..record(claimed, Event::Exported, now, false, answer) }
}

pub(super) async fn a_pull_has_one_message_from_its_beginning(place: &dyn Place) {
    let store = place.open().await;
    let s = store.as_store();
    set(s, vec![pull("appeals"), pull("more")], T0).await;
    set(s, vec![pull("appeals"), pull("more")], T0.after(HOUR)).await;
    let pulls = s.pulls().await.unwrap();
    assert_eq!(pulls.len(), 2);
    assert_eq!((&pulls[0].pull, pulls[0].since, pulls[0].due), (&pull("appeals"), Timestamp(500), Some(T0)));
    assert_eq!((pulls[0].ended_at, &pulls[0].failure, &pulls[0].cursor), (None, &None, &None));
    let queue = s.queue(10).await.unwrap();
    assert_eq!(queue.len(), 2);
    assert!(queue.iter().all(|m| m.batch.is_none() && m.objects.total() == 0 && m.due == T0));
    assert_eq!(s.next_due().await.unwrap(), Some(T0));
    let claimed = claim(s, T0).await;
    let first = claimed.iter().find(|claimed| Some(claimed.message.id) == pulls[0].message).unwrap();
    let expected = Window {
        name: "appeals".into(),
        topic: "appeals".into(),
        parameters: "{}".into(),
        since: Timestamp(400),
        until: None,
        cursor: None,
    };
    assert_eq!(first.work.window, Some(expected));
    assert_eq!((first.work.kind.as_str(), first.work.operation.as_str()), ("appeals", "appeals.exportAppeal"));
    assert!(first.message.recurring && first.message.objects.is_empty());
    assert_eq!((first.message.resend, first.message.since), (Resend::Freely, T0));
    // Everyday work of the same service goes first: a pull is background.
    s.recover().await.unwrap();
    let mut everyday = crate::batches::batch("1", vec![crate::batches::object(1, "a", "1")]);
    everyday.messages[0].operation = "appeals.importAnswer".into();
    assert_eq!(everyday.messages[0].priority, Priority::Normal);
    s.accept(everyday).await.unwrap();
    assert!(!super::claim_some(s, T0, 1).await[0].message.recurring);
}

pub(super) async fn pages_follow_each_other_and_runs_too(place: &dyn Place) {
    let store = place.open().await;
    let s = store.as_store();
    set(s, vec![pull("appeals")], T0).await;
    let mut first = claim(s, T0).await.remove(0);
    asked(s, &mut first, T0).await;
    let later = T0.after(Duration::from_millis(50));
    let page = Page { items: vec![item("1", "x")], next: Some("p2".into()) };
    s.record(answered(&first, page, later)).await.unwrap();
    let view = s.pulls().await.unwrap().remove(0);
    assert_eq!(
        (view.since, view.cursor.as_deref(), view.ended_at, view.due),
        (Timestamp(500), Some("p2"), None, Some(later))
    );
    let mut second = claim(s, later).await.remove(0);
    assert_ne!(second.message.id, first.message.id);
    assert_eq!(view.message, Some(second.message.id));
    let window = second.work.window.clone().unwrap();
    assert_eq!((window.since, window.until, window.cursor.as_deref()), (Timestamp(400), Some(T0), Some("p2")));
    asked(s, &mut second, later).await;
    s.record(answered(&second, Page { items: vec![item("2", "x")], next: None }, later)).await.unwrap();
    // The next run begins an interval after this window's end, and a little before it.
    let view = s.pulls().await.unwrap().remove(0);
    assert_eq!((view.since, view.cursor, view.ended_at, view.due), (T0, None, Some(later), Some(T0.after(HOUR))));
    assert_eq!(s.queue(10).await.unwrap().len(), 1);
    assert_eq!(s.next_due().await.unwrap(), Some(T0.after(HOUR)));
    drop(store);
    let store = place.open().await;
    let s = store.as_store();
    // A run that comes late is followed at once.
    let late = T0.after(5 * HOUR);
    let mut third = claim(s, late).await.remove(0);
    let window = third.work.window.clone().unwrap();
    assert_eq!((window.since, window.until, window.cursor), (Timestamp(T0.0 - 100), None, None));
    asked(s, &mut third, T0.after(HOUR)).await;
    s.record(answered(&third, Page::default(), late)).await.unwrap();
    let view = s.pulls().await.unwrap().remove(0);
    assert_eq!((view.since, view.due), (T0.after(HOUR), Some(late)));
    let kept = s.inbox(&gis_gkh_delivery::Consumer { name: "c".into(), topic: None }, 10).await.unwrap();
    assert_eq!(kept.iter().map(|item| item.key.as_str()).collect::<Vec<_>>(), ["1", "2"]);
    assert_eq!(kept.iter().map(|item| item.message).collect::<Vec<_>>(), [first.message.id, second.message.id]);
}

pub(super) async fn a_failed_run_begins_its_window_anew(place: &dyn Place) {
    let store = place.open().await;
    let s = store.as_store();
    set(s, vec![pull("appeals")], T0).await;
    let mut first = claim(s, T0).await.remove(0);
    asked(s, &mut first, T0).await;
    s.record(answered(&first, Page { items: vec![], next: Some("p2".into()) }, T0)).await.unwrap();
    let mut second = claim(s, T0).await.remove(0);
    asked(s, &mut second, T0).await;
    let why = failure("INT000001", RetryClass::Permanent);
    let later = T0.after(policy().settle);
    let refused = record(&second, Event::Refused(why.clone()), later, false, vec![]);
    assert_eq!(refused.message.state, MessageState::Rejected);
    s.record(refused).await.unwrap();
    let view = s.pulls().await.unwrap().remove(0);
    assert_eq!((view.since, &view.cursor, view.ended_at), (Timestamp(500), &None, Some(later)));
    assert_eq!((view.failure, view.due), (Some(why), Some(later.after(HOUR))));
    let third = claim(s, later.after(HOUR)).await.remove(0);
    let window = third.work.window.clone().unwrap();
    assert_eq!((window.since, window.until, window.cursor), (Timestamp(400), None, None));
    // Built and not sent, then built again: the window ends with the latest build.
    let mut third = third;
    for at in [1, 2].map(|n| later.after(HOUR * (n + 1))) {
        let built = record(&third, Event::Built, at, true, vec![]);
        third.message = built.message.clone();
        s.record(Record { until: Some(at), ..built }).await.unwrap();
        s.recover().await.unwrap();
        third = claim(s, at).await.remove(0);
        assert_eq!(third.work.window.as_ref().unwrap().until, Some(at));
    }
}

pub(super) async fn pulls_keep_their_place_and_end_with_the_settings(place: &dyn Place) {
    let store = place.open().await;
    let s = store.as_store();
    set(s, vec![pull("a"), pull("b"), pull("c")], T0).await;
    s.set_pulls("other", "sandbox", vec![Pull { organisation: "other".into(), ..pull("a") }], T0).await.unwrap();
    let of = |claimed: &Claimed, name: &str| {
        claimed.work.organisation == "organisation"
            && claimed.work.window.as_ref().is_some_and(|window| window.name == name)
    };
    let mut claimed = claim(s, T0).await;
    claimed.retain(|claimed| claimed.work.organisation == "organisation");
    let at = claimed.iter().position(|claimed| of(claimed, "a")).unwrap();
    let mut a = claimed.remove(at);
    asked(s, &mut a, T0).await;
    s.record(answered(&a, Page::default(), T0)).await.unwrap();
    let at = claimed.iter().position(|claimed| of(claimed, "b")).unwrap();
    let mut b = claimed.remove(at);
    asked(s, &mut b, T0).await;
    // `b` is in flight and ends by itself; `c` is being built by someone; `a` waits for its next run and goes at once.
    let slower = Pull { interval: 2 * HOUR, ..pull("d") };
    set(s, vec![slower.clone()], T0).await;
    let names =
        |pulls: Vec<gis_gkh_delivery::PullView>| pulls.into_iter().map(|view| view.pull.name).collect::<Vec<_>>();
    assert_eq!(names(s.pulls().await.unwrap()), ["d", "a"], "by organisation");
    assert_eq!(s.queue(10).await.unwrap().len(), 4, "b, c, d and the other organisation's");
    s.record(answered(&b, Page { items: vec![item("1", "x")], next: Some("p2".into()) }, T0)).await.unwrap();
    assert_eq!(s.queue(10).await.unwrap().len(), 3, "nothing follows");
    // Back again: from where it had come to, with the settings it has now.
    let wider = Pull { overlap: Duration::from_millis(7), topic: "letters".into(), ..pull("a") };
    let later = T0.after(HOUR);
    set(s, vec![wider.clone(), slower], later).await;
    let view = s.pulls().await.unwrap().into_iter().find(|view| view.pull.name == "a").unwrap();
    assert_eq!((&view.pull, view.since, view.due), (&wider, T0, Some(later)));
    let again = claim(s, later).await.into_iter().find(|claimed| of(claimed, "a")).unwrap();
    let window = again.work.window.clone().unwrap();
    assert_eq!((window.since, window.topic.as_str()), (Timestamp(T0.0 - 7), "letters"));
    // Settings known already change nothing of what is under way.
    let known = s.pulls().await.unwrap().into_iter().find(|view| view.pull.name == "d").unwrap();
    assert_eq!(known.due, Some(T0));
    let mut b = again;
    acked(s, &mut b, later).await;
}
