//! A person's decisions about parked messages, one or many.

use super::{Setting, many};
use crate::decision::decision;
use crate::support::{failure, policy};
use gis_gkh_delivery::state::{Event, step};
use gis_gkh_delivery::{
    BodyRole, Claimed, Claims, Clock, Decided, DecidedMany, Decision, MessageId, NewBatch, NewBody, NewMessage, Parked,
    Record, Resend, RetryClass, Scope, Store, Verb, Views,
};
use std::future::pending;
use std::time::Duration;

async fn claim(setting: &Setting) -> Vec<Claimed> {
    let now = setting.clock.now();
    let claims = Claims { now, lease: now.after(policy().lease), limit: usize::MAX, closed: vec![] };
    setting.store.claim_due(claims).await.unwrap()
}

/// Records an event; the claim is kept as long as there is something to do.
async fn advance(setting: &Setting, claimed: &mut Claimed, event: Event) {
    let now = setting.clock.now();
    let request = NewBody { role: BodyRole::Request, bytes: b"signed".to_vec(), sent: None, answered: None };
    let bodies = if event == Event::Built { vec![request] } else { vec![] };
    let step = step(&claimed.message, event, now, &policy());
    let record = Record {
        fence: claimed.fence,
        from: claimed.message.state,
        message: step.message.clone(),
        moved: step.moved,
        objects: step.objects,
        bodies,
        page: None,
        until: None,
        lease: step.message.state.is_live().then(|| now.after(policy().lease)),
        at: now,
    };
    setting.store.record(record).await.unwrap();
    claimed.message = step.message;
}

#[tokio::test]
async fn one_decision_is_about_all_that_were_parked_for_one_cause() {
    let setting = Setting::new(Duration::ZERO);
    let first = setting.store.accept(many("1", "one", 600, false)).await.unwrap();
    setting.store.accept(many("2", "two", 3, false)).await.unwrap();
    for mut claimed in claim(&setting).await {
        advance(&setting, &mut claimed, Event::Damaged(failure("AUT011005", RetryClass::CallerFix))).await;
    }
    let engine = setting.engine(policy(), 1);
    let one = Scope { organisation: Some("one".into()), ..Scope::default() };
    let which = |code: &str| Parked { scope: one.clone(), code: Some(code.into()) };
    let decision = Decision { risk: false, ..decision(Verb::Replay) };
    let none = engine.decide_many(&which("AUT011009"), None, &decision).await.unwrap();
    assert_eq!(none, DecidedMany::default());
    let (mut done, mut after, mut calls) = (0, None, 0);
    loop {
        let some = engine.decide_many(&which("AUT011005"), after, &decision).await.unwrap();
        assert_eq!((some.may_be_applied, some.too_early, some.not_parked), (0, 0, 0));
        (done, after, calls) = (done + some.done, some.next, calls + 1);
        if after.is_none() {
            break;
        }
    }
    assert_eq!((done, calls), (600, 2), "a bounded number at a time");
    assert_eq!(engine.decide_many(&which("AUT011005"), None, &decision).await.unwrap().done, 0);
    let others = setting.store.parked(&Parked::default(), None, 10).await.unwrap();
    assert_eq!(others.len(), 3, "another organisation's stay");
    engine.run(true, pending()).await.unwrap();
    assert_eq!(setting.store.batch(first.batch).await.unwrap().objects.accepted, 600);
    let kept = setting.store.evidence(MessageId(1)).await.unwrap();
    let decided = kept.iter().find(|kept| kept.role == BodyRole::Decision).unwrap();
    let told: serde_json::Value = serde_json::from_slice(&decided.bytes).unwrap();
    assert_eq!(
        told,
        serde_json::json!({
            "decision": "replay", "by": "operator", "reason": "looked into the portal", "code": "AUT011005",
            "cause": null, "in_doubt": 0
        })
    );
}

#[tokio::test]
async fn what_may_have_been_applied_is_replayed_only_by_a_person_who_knows_and_not_too_early() {
    let setting = Setting::new(Duration::ZERO);
    let unrepeatable = |batch: NewBatch| {
        let never = batch.messages.iter().map(|message| NewMessage { resend: Resend::Never, ..message.clone() });
        NewBatch { messages: never.collect(), ..batch }
    };
    let accepted = setting.store.accept(unrepeatable(many("1", "one", 1, false))).await.unwrap();
    let mut claimed = claim(&setting).await.remove(0);
    let message = claimed.message.id;
    // Sent, cut, and parked at once, because the system would not be asked.
    let refused = Event::AskFailed(failure("AUT011009", RetryClass::CallerFix));
    for event in [Event::Built, Event::Intent, Event::Interrupted, refused] {
        advance(&setting, &mut claimed, event).await;
    }
    let until = claimed.message.may_be_applied(&policy()).unwrap();
    let engine = setting.engine(policy(), 1);
    let (sure, unsure) = (decision(Verb::Replay), Decision { risk: false, ..decision(Verb::Replay) });
    assert_eq!(engine.decide(message, &sure).await.unwrap(), Decided::TooEarly { until });
    let many = engine.decide_many(&Parked::default(), None, &sure).await.unwrap();
    assert_eq!(many, DecidedMany { too_early: 1, ..DecidedMany::default() });
    setting.clock.sleep_until(until).await;
    assert_eq!(engine.decide(message, &unsure).await.unwrap(), Decided::MayBeApplied);
    let many = engine.decide_many(&Parked::default(), None, &unsure).await.unwrap();
    assert_eq!(many, DecidedMany { may_be_applied: 1, ..DecidedMany::default() });
    let kept = setting.store.evidence(message).await.unwrap();
    assert!(kept.iter().all(|kept| kept.role != BodyRole::Decision), "nothing was decided yet");
    assert_eq!(engine.decide(message, &sure).await.unwrap(), Decided::Done);
    assert_eq!(engine.decide(message, &sure).await.unwrap(), Decided::NotParked);
    engine.run(true, pending()).await.unwrap();
    assert_eq!(setting.store.batch(accepted.batch).await.unwrap().objects.accepted, 1);
    let decided = setting.store.evidence(message).await.unwrap();
    let decided = decided.iter().find(|kept| kept.role == BodyRole::Decision).unwrap();
    let told: serde_json::Value = serde_json::from_slice(&decided.bytes).unwrap();
    assert_eq!((&told["cause"], &told["in_doubt"]), (&"AUT011009".into(), &1.into()), "{told}");
}
