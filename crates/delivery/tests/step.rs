//! The state machine alone: it is total, and against a world that cuts, delays and crashes it has exactly one effect.
#![expect(clippy::unwrap_used, reason = "what tests call asserts as tests do")]

mod support;

use gis_gkh_delivery::state::{Carried, Effect, Event, Fate, Message, MessageState, Step, step, stops_organisation};
use gis_gkh_delivery::{
    Failure, Fixer, GisIds, Level, MessageId, ObjectId, ObjectState, Outcome, Policy, Resend, RetryClass, Timestamp,
    next_due,
};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use support::{failure, policy};

const CLASSES: [RetryClass; 9] = [
    RetryClass::Retry,
    RetryClass::RetryRebuilt,
    RetryClass::Permanent,
    RetryClass::Empty,
    RetryClass::Maintenance,
    RetryClass::SwitchOperation,
    RetryClass::CallerFix,
    RetryClass::AlreadyExists,
    RetryClass::AlreadyDone,
];

fn message(resend: Resend, objects: usize) -> Message {
    Message {
        id: MessageId(7),
        resend,
        recurring: false,
        state: MessageState::Accepted,
        due: Timestamp(0),
        since: Timestamp(0),
        build: 0,
        built_at: None,
        attempts: 0,
        polls: 0,
        left_by: None,
        ack: None,
        acked_at: None,
        lookup: None,
        failure: None,
        objects: (0..objects).map(|n| Carried { id: object(n), fate: Fate::Pending }).collect(),
    }
}

fn object(n: usize) -> ObjectId {
    ObjectId(100 + i64::try_from(n).unwrap())
}

fn ids() -> GisIds {
    GisIds::from([("guid".to_owned(), "g".to_owned())])
}

/// The road to each state, with what happens at each milestone.
fn walk(resend: Resend, events: Vec<Event>) -> Step {
    let mut last = Step { message: message(resend, 2), moved: vec![], objects: vec![] };
    for event in events {
        let now = last.message.due;
        last = step(&last.message, event, now, &policy());
    }
    last
}

fn to(state: MessageState) -> Message {
    let ack = || Event::Acked("ack".into());
    let road = match state {
        MessageState::Accepted => vec![],
        MessageState::Prepared => vec![Event::Built],
        MessageState::Sending => vec![Event::Built, Event::Intent],
        MessageState::Uncertain => vec![Event::Built, Event::Intent, Event::Interrupted],
        MessageState::Acked => vec![Event::Built, Event::Intent, ack()],
        MessageState::Processing => vec![Event::Built, Event::Intent, ack(), Event::Pending],
        MessageState::Done => {
            let all = vec![(object(0), Outcome::Accepted(ids())), (object(1), Outcome::Accepted(ids()))];
            vec![Event::Built, Event::Intent, ack(), Event::Answered(all)]
        }
        MessageState::Rejected => vec![Event::BuildFailed(failure("X", RetryClass::Permanent))],
        MessageState::Parked => vec![Event::Damaged(failure("X", RetryClass::Permanent))],
    };
    let reached = walk(Resend::AfterAbsent, road).message;
    assert_eq!(reached.state, state);
    reached
}

fn every_event() -> Vec<Event> {
    let mut events = vec![
        Event::Built,
        Event::Intent,
        Event::Acked("ack".into()),
        Event::Interrupted,
        Event::Pending,
        Event::Answered(vec![]),
        Event::Asked("ask".into(), 2),
        Event::Questioned,
        Event::LookPending,
        Event::Found(vec![]),
        Event::Retry,
        Event::Replay,
        Event::Exported,
    ];
    for class in CLASSES {
        let failure = failure("X", class);
        events.extend([
            Event::BuildFailed(failure.clone()),
            Event::NotSent(failure.clone()),
            Event::MaybeSent(failure.clone()),
            Event::Refused(failure.clone()),
            Event::PollFailed(failure.clone()),
            Event::Forgotten(failure.clone()),
            Event::AskFailed(failure.clone()),
            Event::LookFailed(failure.clone()),
            Event::Discard(failure.clone()),
            Event::Damaged(failure),
        ]);
    }
    events
}

/// One line per state: which states each kind of event leads to.
#[test]
fn the_transition_table_is_total_and_as_drawn() {
    use MessageState as S;
    let drawn: BTreeMap<S, BTreeSet<S>> = [
        (S::Accepted, vec![S::Accepted, S::Prepared, S::Done, S::Rejected, S::Uncertain, S::Parked]),
        (S::Prepared, vec![S::Accepted, S::Prepared, S::Sending, S::Done, S::Rejected, S::Uncertain]),
        (S::Sending, vec![S::Sending, S::Acked, S::Prepared, S::Accepted, S::Done, S::Rejected, S::Uncertain]),
        (S::Uncertain, vec![S::Uncertain, S::Parked]),
        (S::Acked, vec![S::Acked, S::Processing, S::Accepted, S::Done, S::Rejected, S::Uncertain, S::Parked]),
        (S::Processing, vec![S::Processing, S::Accepted, S::Done, S::Rejected, S::Uncertain, S::Parked]),
        (S::Done, vec![S::Done]),
        (S::Rejected, vec![S::Rejected]),
        (S::Parked, vec![S::Parked, S::Accepted, S::Rejected]),
    ]
    .into_iter()
    .map(|(from, to)| (from, to.into_iter().collect()))
    .collect();
    for from in MessageState::ALL {
        let before = to(from);
        let reached: BTreeSet<S> = every_event()
            .into_iter()
            .map(|event| {
                let after = step(&before, event.clone(), before.due, &policy()).message;
                assert_eq!(after.effect(after.due, &policy()).is_some(), after.state.is_live(), "{from:?} {event:?}");
                after.state
            })
            .collect();
        assert_eq!(reached, drawn[&from], "from {from:?}");
    }
}

#[test]
fn bytes_leave_only_after_their_intent() {
    let prepared = to(MessageState::Prepared);
    assert_eq!(prepared.left_by, None);
    let sending = step(&prepared, Event::Intent, Timestamp(5_000), &policy()).message;
    assert_eq!(sending.state, MessageState::Sending);
    let latest = Timestamp(5_000).after(policy().send_deadline).after(policy().request_timeout);
    assert_eq!(sending.left_by, Some(latest));
    // Found again in this state, it is never sent: only doubted.
    assert_eq!(sending.effect(latest, &policy()), Some(Effect::Doubt));
}

#[test]
fn absence_counts_only_after_the_settle_time() {
    let policy = policy();
    let cut = Timestamp(1_000);
    let sending = to(MessageState::Sending);
    let doubted = step(&sending, Event::MaybeSent(failure("cut", RetryClass::Retry)), cut, &policy);
    let settled = cut.after(policy.settle);
    assert_eq!(
        doubted.objects,
        [object(0), object(1)].map(|id| (id, ObjectState::Unknown { until: Some(settled) })).to_vec()
    );
    let mut message = doubted.message;
    let mut rounds_at = vec![];
    while message.state == MessageState::Uncertain {
        let started = message.due;
        rounds_at.push(started);
        let asked = step(&message, Event::Asked("a".into(), 2), started, &policy).message;
        message = step(&asked, Event::Found(vec![]), asked.due, &policy).message;
        let counted = rounds_at.iter().filter(|at| **at >= settled).count();
        assert_eq!(message.state == MessageState::Accepted, counted == 3, "round of {started:?}");
    }
    assert!(rounds_at.len() > 5);
    assert!(rounds_at.contains(&settled), "a round begins right when absence starts to count");
    let since = |at: &Timestamp| at.since(settled);
    let after: Vec<_> = rounds_at.iter().rev().take(3).map(since).collect();
    // Each answer takes a poll of 10 ms.
    assert_eq!(after, [90, 20, 0].map(Duration::from_millis), "and those that confirm it follow soon");
    assert_eq!((message.build, message.left_by), (1, None), "to be rebuilt: the next build has a new MessageGUID");
}

/// Found by torture: a reading the system held was told to be refused. What had been in doubt, was sent again and was then
/// refused as repeated, and the clock jumped past the settle time, so that one answer stood between it and a conclusion; and that
/// answer left it out.
#[test]
fn one_answer_that_leaves_out_what_is_there_proves_nothing() {
    let policy = policy();
    let acked = sent_again();
    let repeated = || Outcome::Refused(failure("SBX000005", RetryClass::Permanent));
    let refused = Event::Answered(vec![(object(0), repeated()), (object(1), repeated())]);
    let doubted = step(&acked, refused, acked.due, &policy).message;
    let jumped = doubted.left_by.unwrap().after(policy.settle).after(Duration::from_millis(1_000_000));
    for silent in 0..3 {
        let mut message = doubted.clone();
        for _ in 0..silent {
            let now = message.due.max(jumped);
            let asked = step(&message, Event::Asked("a".into(), 2), now, &policy).message;
            let left_out = step(&asked, Event::Found(vec![]), asked.due.max(now), &policy);
            assert_eq!(left_out.objects, vec![], "after {silent}");
            message = left_out.message;
        }
        let now = message.due.max(jumped);
        let asked = step(&message, Event::Asked("a".into(), 2), now, &policy).message;
        let found =
            step(&asked, Event::Found(vec![(object(0), ids()), (object(1), ids())]), asked.due.max(now), &policy);
        let accepted = [object(0), object(1)].map(|id| (id, ObjectState::Accepted(ids())));
        assert_eq!((found.message.state, found.objects), (MessageState::Done, accepted.to_vec()), "after {silent}");
    }
}

/// A clock that was ahead, and is set right: the settle time is still to come, and the operator is not asked at the pace of a
/// confirmation until then.
#[test]
fn a_clock_that_jumps_back_takes_its_absences_with_it() {
    let policy = policy();
    let doubted = to(MessageState::Uncertain);
    let settled = doubted.left_by.unwrap().after(policy.settle);
    let mut message = doubted.clone();
    message.lookup.as_mut().unwrap().started = settled;
    let empty = || Event::AskFailed(failure("INT002012", RetryClass::Empty));
    let counted = step(&message, empty(), settled, &policy).message;
    assert_eq!(counted.lookup.as_ref().unwrap().absences, 1);
    let (mut message, mut now) = (counted, doubted.due);
    // It was due by the clock that was ahead: a round it began by the right one has a start of its own.
    message.lookup.as_mut().unwrap().started = now;
    let mut before = 0;
    let mut after = 0;
    while message.state == MessageState::Uncertain {
        if now < settled {
            before += 1;
        } else {
            after += 1;
        }
        message = step(&message, empty(), now, &policy).message;
        now = message.due;
    }
    assert!(before < 20, "{before} rounds before the settle time");
    assert_eq!(after, policy.absences);
}

/// A round whose request the system calls empty has asked and found nothing: it counts as any other.
#[test]
fn an_empty_answer_counts_as_one_absence() {
    let policy = policy();
    let mut message = to(MessageState::Uncertain);
    message.due = message.left_by.unwrap().after(policy.settle);
    message.lookup.as_mut().unwrap().started = message.due;
    let mut rounds = 0;
    while message.state == MessageState::Uncertain {
        assert_eq!(message.lookup.as_ref().unwrap().absences, rounds);
        message =
            step(&message, Event::AskFailed(failure("INT002012", RetryClass::Empty)), message.due, &policy).message;
        rounds += 1;
    }
    assert_eq!((message.state, rounds), (MessageState::Accepted, policy.absences));
}

#[test]
fn what_is_found_is_adopted_at_once() {
    let doubted = to(MessageState::Uncertain);
    let asked = step(&doubted, Event::Asked("a".into(), 2), doubted.due, &policy()).message;
    let found = step(&asked, Event::Found(vec![(object(1), ids())]), asked.due, &policy());
    assert_eq!(found.objects, vec![(object(1), ObjectState::Accepted(ids()))]);
    assert_eq!(found.moved, vec![1]);
    let again = step(&found.message, Event::Asked("b".into(), 1), found.message.due, &policy()).message;
    let done = step(&again, Event::Found(vec![(object(0), ids())]), again.due, &policy());
    assert_eq!(done.message.state, MessageState::Done);
}

#[test]
fn an_operation_without_natural_key_is_parked_not_resent() {
    let policy = policy();
    let mut message = walk(Resend::Never, vec![Event::Built, Event::Intent, Event::Interrupted]).message;
    let mut shown = vec![];
    while message.state == MessageState::Uncertain {
        let asked = step(&message, Event::Asked("a".into(), 2), message.due, &policy).message;
        let next = step(&asked, Event::Found(vec![]), asked.due, &policy);
        (message, shown) = (next.message, next.objects);
    }
    assert_eq!(message.state, MessageState::Parked);
    assert_eq!(message.failure.unwrap().code.as_deref(), Some(gis_gkh_delivery::local::OUTCOME_UNKNOWN));
    assert_eq!(shown, [object(0), object(1)].map(|id| (id, ObjectState::Unknown { until: None })).to_vec());
}

#[test]
fn an_export_is_simply_sent_again() {
    let again = walk(Resend::Freely, vec![Event::Built, Event::Intent, Event::Interrupted]).message;
    assert_eq!(again.state, MessageState::Accepted);
    assert!(again.lookup.is_none());
}

#[test]
fn lookups_go_in_chunks() {
    let policy = Policy { lookup_limit: 3, ..policy() };
    let mut message = message(Resend::AfterAbsent, 8);
    for event in [Event::Built, Event::Intent, Event::Interrupted] {
        message = step(&message, event, message.due, &policy).message;
    }
    let mut chunks = vec![];
    for _ in 0..3 {
        let Some(Effect::Ask(part)) = message.effect(message.due, &policy) else { panic!("{message:?}") };
        let asked = step(&message, Event::Asked("a".into(), part.len()), message.due, &policy).message;
        // A limit that changes meanwhile does not change what the answer is about.
        let other = Policy { lookup_limit: 1, ..policy.clone() };
        assert_eq!(asked.effect(asked.due, &other), Some(Effect::Read(part.clone(), "a".into())));
        message = step(&asked, Event::Found(vec![(part[0], ids())]), asked.due, &policy).message;
        chunks.push(part.len());
    }
    assert_eq!(chunks, [3, 3, 2]);
    let left = message.objects.iter().filter(|object| object.fate == Fate::Unknown).count();
    assert_eq!((message.state, left), (MessageState::Uncertain, 5));
}

#[test]
fn objects_missing_from_an_answer_or_contradicted_are_looked_up() {
    let acked = to(MessageState::Acked);
    let yes = Outcome::Accepted(ids());
    let missing = step(&acked, Event::Answered(vec![(object(0), yes.clone())]), acked.due, &policy()).message;
    assert_eq!(missing.state, MessageState::Uncertain);
    assert_eq!(missing.objects.map_fates(), [Fate::Settled, Fate::Unknown]);
    let no = Outcome::Refused(failure("SRV1", RetryClass::Permanent));
    let both = vec![(object(0), yes.clone()), (object(0), no), (object(1), yes.clone()), (object(1), yes)];
    let contradicted = step(&acked, Event::Answered(both), acked.due, &policy()).message;
    assert_eq!(contradicted.objects.map_fates(), [Fate::Unknown, Fate::Settled]);
}

trait Fates {
    fn map_fates(&self) -> Vec<Fate>;
}

impl Fates for Vec<Carried> {
    fn map_fates(&self) -> Vec<Fate> {
        self.iter().map(|object| object.fate.clone()).collect()
    }
}

#[test]
fn already_exists_is_looked_up_and_refused_only_when_nothing_of_ours_is_there() {
    let policy = policy();
    let acked = to(MessageState::Acked);
    let exists = failure("EXISTS", RetryClass::AlreadyExists);
    let outcomes = vec![(object(0), Outcome::Refused(exists.clone())), (object(1), Outcome::Refused(exists.clone()))];
    let mut message = step(&acked, Event::Answered(outcomes), acked.due, &policy).message;
    let mut states = BTreeMap::new();
    while message.state == MessageState::Uncertain {
        let asked = step(&message, Event::Asked("a".into(), 2), message.due, &policy).message;
        let next = step(&asked, Event::Found(vec![(object(0), ids())]), asked.due, &policy);
        states.extend(next.objects);
        message = next.message;
    }
    assert_eq!(message.state, MessageState::Done);
    assert_eq!(states[&object(0)], ObjectState::Accepted(ids()));
    assert_eq!(states[&object(1)], ObjectState::Refused(exists.into()));
}

/// A request whose objects went once before, were not found after the settle time, and went again.
fn sent_again() -> Message {
    let policy = policy();
    let mut message = to(MessageState::Uncertain);
    while message.state == MessageState::Uncertain {
        let asked = step(&message, Event::Asked("a".into(), 2), message.due, &policy).message;
        message = step(&asked, Event::Found(vec![]), asked.due, &policy).message;
    }
    assert!(message.objects.iter().all(|object| object.fate == Fate::Again));
    for event in [Event::Built, Event::Intent, Event::Acked("a".into())] {
        message = step(&message, event, message.due, &policy).message;
    }
    message
}

#[test]
fn a_refusal_of_what_was_sent_again_is_looked_up_first_whatever_its_code() {
    let policy = policy();
    let unknown_code = failure("SRV999999", RetryClass::Permanent);
    let refused = || Outcome::Refused(unknown_code.clone());
    let whole = Event::Refused(unknown_code.clone());
    for event in [Event::Answered(vec![(object(0), refused()), (object(1), refused())]), whole] {
        let acked = sent_again();
        let mut message = step(&acked, event, acked.due, &policy).message;
        assert_eq!(message.state, MessageState::Uncertain);
        let mut states = BTreeMap::new();
        while message.state == MessageState::Uncertain {
            let asked = step(&message, Event::Asked("a".into(), 2), message.due, &policy).message;
            // The first of the two had arrived after all.
            let next = step(&asked, Event::Found(vec![(object(0), ids())]), asked.due, &policy);
            states.extend(next.objects);
            message = next.message;
        }
        assert_eq!(message.state, MessageState::Done);
        assert_eq!(states[&object(0)], ObjectState::Accepted(ids()));
        assert_eq!(states[&object(1)], ObjectState::Refused(unknown_code.clone().into()));
    }
}

#[test]
fn request_level_failures_follow_their_class() {
    let acked = to(MessageState::Acked);
    for class in CLASSES {
        let after = step(&acked, Event::Refused(failure("X", class)), acked.due, &policy());
        let shown = after.objects.first().map(|(_, state)| state.name());
        let expected = match class {
            RetryClass::Retry | RetryClass::RetryRebuilt | RetryClass::Maintenance => (MessageState::Accepted, None),
            RetryClass::AlreadyExists => (MessageState::Uncertain, Some("unknown")),
            RetryClass::AlreadyDone => (MessageState::Done, Some("accepted")),
            _ => (MessageState::Rejected, Some("refused")),
        };
        assert_eq!((after.message.state, shown), expected, "{class:?}");
        let counted = u32::from(matches!(class, RetryClass::Retry | RetryClass::RetryRebuilt));
        assert_eq!(after.message.attempts, counted, "{class:?}");
    }
}

#[test]
fn what_is_no_fault_of_the_rows_parks_and_refuses_none() {
    let blame = |level, fixer| Failure { fixer, level, ..failure("AUT011009", RetryClass::CallerFix) };
    for (from, level, fixer) in [
        (MessageState::Sending, Level::Fault, Fixer::Operator),
        (MessageState::Sending, Level::Fault, Fixer::Gateway),
        (MessageState::Acked, Level::Request, Fixer::Operator),
    ] {
        let event = Event::Refused(blame(level, fixer));
        assert_eq!(stops_organisation(&event), Some(&blame(level, fixer)));
        let parked = step(&to(from), event, Timestamp(9_000), &policy());
        assert_eq!(parked.message.state, MessageState::Parked);
        assert!(parked.objects.iter().all(|(_, state)| matches!(state, ObjectState::Postponed(_))), "{parked:?}");
        let again = step(&parked.message, Event::Retry, Timestamp(9_000), &policy()).message;
        assert!(matches!(again.effect(again.due, &policy()), Some(Effect::Build(objects)) if objects.len() == 2));
    }
    let caller = Event::Refused(blame(Level::Request, Fixer::Caller));
    assert_eq!(stops_organisation(&caller), None);
    assert_eq!(step(&to(MessageState::Acked), caller, Timestamp(0), &policy()).message.state, MessageState::Rejected);
}

#[test]
fn what_is_given_up_is_refused_where_nothing_left_and_unknown_where_something_may_have() {
    let gone = |message: &Message| {
        let step =
            step(message, Event::Discard(failure("delivery.discarded", RetryClass::Permanent)), message.due, &policy());
        assert_eq!(step.message.state, MessageState::Rejected);
        step.objects.into_iter().map(|(_, state)| state.name()).collect::<Vec<_>>()
    };
    assert_eq!(gone(&to(MessageState::Parked)), ["refused", "refused"]);
    let doubtful = to(MessageState::Uncertain);
    let refused = Event::AskFailed(failure("X", RetryClass::Permanent));
    assert_eq!(gone(&step(&doubtful, refused, doubtful.due, &policy()).message), ["unknown", "unknown"]);
}

/// A message of which nobody knows whether it was applied, parked.
fn doubtful_and_parked() -> Message {
    let doubted = walk(Resend::Never, vec![Event::Built, Event::Intent, Event::Interrupted]).message;
    step(&doubted, Event::AskFailed(failure("X", RetryClass::Permanent)), doubted.due, &policy()).message
}

#[test]
fn what_is_replayed_goes_anew_under_a_new_id_even_where_it_may_never_be_resent() {
    let policy = policy();
    let parked = doubtful_and_parked();
    assert_eq!((parked.state, parked.in_doubt()), (MessageState::Parked, 2));
    let settled = parked.left_by.unwrap().after(policy.settle);
    assert_eq!(parked.may_be_applied(&policy), Some(settled));
    let replayed = step(&parked, Event::Replay, settled, &policy);
    let message = &replayed.message;
    assert_eq!((message.state, message.attempts, message.left_by), (MessageState::Accepted, 0, None));
    assert!(replayed.objects.iter().all(|(_, state)| *state == ObjectState::InMessage(MessageId(7))));
    assert_eq!(message.effect(settled, &policy), Some(Effect::Build(vec![object(0), object(1)])));
    let built = step(message, Event::Built, settled, &policy).message;
    assert_eq!(built.build, parked.build + 1, "fresh bytes, a new MessageGUID");
    // What is not in doubt goes anew at once; a retry of what is in doubt looks it up instead.
    let clear = to(MessageState::Parked);
    assert_eq!(clear.may_be_applied(&policy), None);
    assert_eq!(step(&clear, Event::Replay, clear.due, &policy).message.state, MessageState::Accepted);
    assert_eq!(step(&parked, Event::Retry, settled, &policy).message.state, MessageState::Uncertain);
}

#[test]
fn nothing_is_replayed_while_it_may_still_be_applied() {
    let policy = policy();
    let parked = doubtful_and_parked();
    let settled = parked.may_be_applied(&policy).unwrap();
    let early = Timestamp(settled.0 - 1);
    let same = step(&parked, Event::Replay, early, &policy);
    assert_eq!((same.message, same.moved, same.objects), (parked, vec![], vec![]));
}

#[test]
fn a_person_who_erred_is_found_out_before_a_refusal_counts() {
    let policy = policy();
    let parked = doubtful_and_parked();
    let mut message = step(&parked, Event::Replay, parked.may_be_applied(&policy).unwrap(), &policy).message;
    for event in [Event::Built, Event::Intent, Event::Acked("a".into())] {
        message = step(&message, event, message.due, &policy).message;
    }
    let refused = |id| (id, Outcome::Refused(failure("INT1", RetryClass::Permanent)));
    let outcomes = vec![refused(object(0)), refused(object(1))];
    message = step(&message, Event::Answered(outcomes), message.due, &policy).message;
    assert_eq!(message.state, MessageState::Uncertain);
    let asked = step(&message, Event::Asked("b".into(), 2), message.due, &policy).message;
    let found = step(&asked, Event::Found(vec![(object(1), ids())]), asked.due, &policy);
    assert_eq!(found.objects, [(object(1), ObjectState::Accepted(ids()))], "the first had been applied after all");
}

/// A page of a recurring export, acknowledged.
fn recurring() -> Message {
    let mut message = Message { recurring: true, ..message(Resend::Freely, 0) };
    for event in [Event::Built, Event::Intent, Event::Acked("a".into())] {
        message = step(&message, event, message.due, &policy()).message;
    }
    message
}

#[test]
fn an_export_that_never_ends_is_asked_for_anew() {
    let mut message = recurring();
    let first = message.due;
    while message.state.is_live() && message.build == 1 && message.state != MessageState::Accepted {
        message = step(&message, Event::Pending, message.due, &policy()).message;
    }
    assert_eq!(message.state, MessageState::Accepted, "abandoned, to be built anew");
    assert!(message.due.since(first) < policy().max_processing / 2, "sooner than an import is given up");
}

#[test]
fn a_recurring_export_ends_instead_of_parking() {
    let broken = failure("CONNECT", RetryClass::Retry);
    let mut message = recurring();
    let mut steps = 0;
    while message.state.is_live() {
        steps += 1;
        assert!(steps < 10_000);
        let event = match message.effect(message.due, &policy()) {
            Some(Effect::Build(_)) => Event::Built,
            Some(Effect::Send) => Event::Intent,
            Some(Effect::Poll(_)) => Event::Forgotten(broken.clone()),
            _ => Event::NotSent(broken.clone()),
        };
        message = step(&message, event, message.due, &policy()).message;
    }
    assert_eq!(message.state, MessageState::Rejected);
    assert!(message.failure.is_some());
    assert_eq!(step(&recurring(), Event::Exported, Timestamp(0), &policy()).message.state, MessageState::Done);
}

#[test]
fn polling_keeps_the_cadence_and_gives_up_into_a_lookup() {
    let policy = Policy::default();
    let mut message = message(Resend::AfterAbsent, 1);
    for event in [Event::Built, Event::Intent, Event::Acked("a".into())] {
        message = step(&message, event, Timestamp(0), &policy).message;
    }
    let mut pauses = vec![];
    let mut now = Timestamp(0);
    while message.state != MessageState::Uncertain {
        pauses.push(message.due.since(now).as_secs());
        now = message.due;
        message = step(&message, Event::Pending, now, &policy).message;
    }
    assert_eq!(pauses[..7], [10, 60, 300, 900, 1800, 1800, 1800]);
    assert!(now.since(Timestamp(0)) >= policy.max_processing);
}

#[test]
fn a_message_that_cannot_be_sent_is_parked_with_its_reason_and_can_be_retried() {
    let policy = policy();
    let mut message = to(MessageState::Prepared);
    let mut last = None;
    while message.state != MessageState::Parked {
        let event = match message.effect(message.due, &policy) {
            Some(Effect::Build(_)) => Event::Built,
            _ if message.state == MessageState::Prepared => Event::Intent,
            _ => Event::NotSent(failure("REFUSED", RetryClass::Retry)),
        };
        let next = step(&message, event, message.due, &policy);
        message = next.message.clone();
        last = Some(next);
    }
    let parked = last.unwrap();
    assert!(parked.objects.iter().all(|(_, state)| matches!(state, ObjectState::Postponed(_))));
    assert_eq!(message.failure.as_ref().and_then(|failure| failure.cause.as_deref()), Some("REFUSED"));
    let retried = step(&message, Event::Retry, message.due, &policy);
    assert_eq!((retried.message.state, retried.message.attempts), (MessageState::Accepted, 0));
    assert!(retried.objects.iter().all(|(_, state)| *state == ObjectState::InMessage(MessageId(7))));
}

#[test]
fn stale_bytes_are_built_anew() {
    let prepared = to(MessageState::Prepared);
    let fresh = prepared.built_at.unwrap().after(policy().bytes_max_age);
    assert_eq!(prepared.effect(fresh, &policy()), Some(Effect::Send));
    let stale = fresh.after(Duration::from_millis(1));
    assert!(matches!(prepared.effect(stale, &policy()), Some(Effect::Build(_))));
    let before = Timestamp(prepared.built_at.unwrap().0 - 1);
    assert!(matches!(prepared.effect(before, &policy()), Some(Effect::Build(_))), "signed by a clock that was ahead");
}

#[test]
fn backoff_doubles_to_its_cap_and_spreads_by_seed() {
    let policy = Policy::default();
    let pause = |attempt, seed| next_due(&policy, attempt, Timestamp(0), seed).since(Timestamp(0)).as_secs();
    for (attempt, whole) in [(1, 60), (2, 120), (3, 240), (5, 960), (6, 1800), (40, 1800), (u32::MAX, 1800)] {
        let pauses: BTreeSet<u64> = (0..50).map(|seed| pause(attempt, seed)).collect();
        assert!(pauses.iter().all(|pause| (whole / 2..=whole).contains(pause)), "{attempt}: {pauses:?}");
        assert!(pauses.len() > 10, "{attempt}: seeds spread out");
        assert_eq!(pause(attempt, 3), pause(attempt, 3));
    }
}

#[test]
fn a_policy_that_cannot_keep_the_promise_is_refused() {
    assert_eq!(Policy::default().check(), Ok(()));
    assert_eq!(policy().check(), Ok(()));
    let long = Duration::from_secs(1_000_000);
    for (bad, word) in [
        (Policy { request_timeout: Policy::default().settle, lease: long, ..Policy::default() }, "settle time"),
        (Policy { lease: Duration::from_secs(240), ..Policy::default() }, "lease"),
        (Policy { max_age: Policy::default().settle, ..Policy::default() }, "max age"),
        (Policy { poll: vec![], ..Policy::default() }, "poll"),
        (Policy { lookup_limit: 0, ..Policy::default() }, "lookup_limit"),
    ] {
        let error = bad.check().unwrap_err().to_string();
        assert!(error.contains(word), "{error}");
    }
}

// ---- random schedules against a simple model --------------------------------------------------------------------

/// A world that applies what arrives, now or within the settle time, and does NOT refuse a second one: if the machine
/// ever sends what may still be applied, the count shows it.
struct World {
    now: Timestamp,
    applied: BTreeMap<ObjectId, u32>,
    coming: Vec<(Timestamp, Vec<ObjectId>)>,
    /// How often in a row an answer has left out what is there: once less than is believed.
    left_out: BTreeMap<ObjectId, u32>,
}

impl World {
    fn new() -> Self {
        Self { now: Timestamp(0), applied: BTreeMap::new(), coming: vec![], left_out: BTreeMap::new() }
    }

    /// What it says of these objects: an answer that `forgets` leaves one out that is there.
    fn holds(&mut self, part: &[ObjectId], forgets: bool, policy: &Policy) -> Vec<(ObjectId, GisIds)> {
        let mut there: Vec<ObjectId> = part.iter().copied().filter(|id| self.applied.contains_key(id)).collect();
        let may = |id: &ObjectId| self.left_out.get(id).copied().unwrap_or(0) + 1 < policy.absences;
        if let Some(forgotten) = there.last().copied().filter(|id| forgets && may(id)) {
            *self.left_out.entry(forgotten).or_default() += 1;
            there.pop();
        }
        for id in &there {
            self.left_out.remove(id);
        }
        there.into_iter().map(|id| (id, ids())).collect()
    }

    fn at(&mut self, now: Timestamp) {
        self.now = self.now.max(now);
        let (ripe, coming) = std::mem::take(&mut self.coming).into_iter().partition(|(at, _)| *at <= self.now);
        self.coming = coming;
        for (_, objects) in ripe {
            for object in objects {
                *self.applied.entry(object).or_default() += 1;
            }
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Luck {
    what: u8,
    late: u16,
    crash: bool,
}

fn luck() -> impl Strategy<Value = Luck> {
    (any::<u8>(), any::<u16>(), prop::bool::weighted(0.15)).prop_map(|(what, late, crash)| Luck { what, late, crash })
}

/// Carries out one effect in the world; `None` where the process dies before the result is recorded.
fn act(
    world: &mut World,
    message: &Message,
    effect: Effect,
    luck: Luck,
    refused: &BTreeSet<ObjectId>,
) -> Option<Event> {
    let policy = policy();
    let retry = || failure("EXP001000", RetryClass::RetryRebuilt);
    let carried: Vec<ObjectId> =
        message.objects.iter().filter(|o| matches!(o.fate, Fate::Pending | Fate::Again)).map(|o| o.id).collect();
    let good: Vec<ObjectId> = carried.iter().copied().filter(|id| !refused.contains(id)).collect();
    let event = match effect {
        Effect::Build(_) if luck.what.is_multiple_of(8) => Event::BuildFailed(retry()),
        Effect::Build(_) => Event::Built,
        Effect::Doubt => Event::Interrupted,
        Effect::Send => {
            // Bytes leave within the deadline, and are applied within what is left of the settle time.
            let most = u64::try_from((policy.settle - policy.send_deadline - policy.request_timeout).as_millis());
            let late = Duration::from_millis(u64::from(luck.late) % most.unwrap());
            match luck.what % 6 {
                0 => Event::NotSent(retry()),
                1 => Event::Refused(retry()),
                2 => Event::MaybeSent(retry()),
                3 => {
                    world.coming.push((world.now.after(late), good));
                    Event::MaybeSent(retry())
                }
                _ => {
                    world.coming.push((world.now, good));
                    world.at(world.now);
                    Event::Acked("ack".into())
                }
            }
        }
        Effect::Poll(_) => match luck.what % 8 {
            0 | 1 => Event::Pending,
            2 => Event::PollFailed(retry()),
            3 => Event::Forgotten(retry()),
            _ => {
                let mut outcomes: Vec<(ObjectId, Outcome)> = Vec::new();
                for (n, id) in carried.iter().enumerate() {
                    if usize::from(luck.late) % 7 == n {
                        continue;
                    }
                    outcomes.push(match refused.contains(id) {
                        true => (*id, Outcome::Refused(failure("INT1", RetryClass::Permanent))),
                        false => (*id, Outcome::Accepted(ids())),
                    });
                }
                let twice = outcomes.first().cloned();
                outcomes.extend(twice);
                Event::Answered(outcomes)
            }
        },
        Effect::Ask(_) if luck.what.is_multiple_of(5) => Event::AskFailed(retry()),
        Effect::Ask(part) => Event::Asked("look".into(), part.len()),
        Effect::Read(_, _) if luck.what.is_multiple_of(5) => Event::LookPending,
        Effect::Read(_, _) if luck.what % 5 == 1 => Event::LookFailed(retry()),
        Effect::Read(part, _) => Event::Found(world.holds(&part, luck.late.is_multiple_of(2), &policy)),
    };
    (!luck.crash).then_some(event)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever happens and wherever the process dies: every good object takes effect exactly once, every bad one
    /// never, people are told the truth, and the message ends.
    #[test]
    fn exactly_one_effect_in_any_schedule(
        schedule in prop::collection::vec(luck(), 1..60),
        resend in prop::sample::select(vec![Resend::AfterAbsent, Resend::Never]),
        bad in prop::collection::btree_set(0_usize..5, 0..3),
    ) {
        let policy = policy();
        let refused: BTreeSet<ObjectId> = bad.into_iter().map(object).collect();
        let mut world = World::new();
        let mut message = message(resend, 5);
        let mut shown: BTreeMap<ObjectId, ObjectState> = BTreeMap::new();
        let calm = Luck { what: 22, late: 6, crash: false };
        let mut schedule = schedule.into_iter().chain(std::iter::repeat(calm));
        let mut steps = 0;
        while message.state.is_live() {
            steps += 1;
            prop_assert!(steps < 2_000, "never ends: {message:?}");
            world.at(message.due);
            let luck = schedule.next().unwrap();
            let effect = message.effect(world.now, &policy).unwrap();
            if effect == Effect::Send {
                message = step(&message, Event::Intent, world.now, &policy).message;
            }
            if let Some(event) = act(&mut world, &message, effect, luck, &refused) {
                let step = step(&message, event, world.now, &policy);
                shown.extend(step.objects);
                message = step.message;
            }
        }
        world.at(Timestamp(i64::MAX));
        for carried in &message.objects {
            let applied = world.applied.get(&carried.id).copied().unwrap_or(0);
            let state = shown.get(&carried.id);
            prop_assert!(applied <= 1, "{:?} applied {applied} times", carried.id);
            match state {
                Some(ObjectState::Accepted(_)) => prop_assert_eq!(applied, 1),
                Some(ObjectState::Refused(_)) => prop_assert_eq!(applied, 0),
                Some(ObjectState::Unknown { until: None }) => prop_assert_eq!(resend, Resend::Never),
                other => prop_assert!(
                    resend == Resend::Never && message.state == MessageState::Parked
                        && matches!(other, Some(ObjectState::Postponed(_))),
                    "{:?} ends as {:?}", carried.id, other
                ),
            }
            if resend == Resend::AfterAbsent {
                let good = !refused.contains(&carried.id);
                prop_assert_eq!(applied == 1, good);
                prop_assert_eq!(matches!(state, Some(ObjectState::Accepted(_))), good);
            }
        }
    }

    /// A person who looks before deciding, and retries what is there and replays what is not: then, too, everything good takes
    /// effect exactly once, whatever was cut before, and nothing is left to decide.
    #[test]
    fn exactly_one_effect_when_a_person_who_has_looked_replays(
        schedule in prop::collection::vec(luck(), 1..60),
        bad in prop::collection::btree_set(0_usize..5, 0..3),
    ) {
        let policy = policy();
        let refused: BTreeSet<ObjectId> = bad.into_iter().map(object).collect();
        let mut world = World::new();
        let mut message = message(Resend::Never, 5);
        let calm = Luck { what: 22, late: 6, crash: false };
        let mut schedule = schedule.into_iter().chain(std::iter::repeat(calm));
        let (mut steps, mut replays) = (0, 0);
        while !matches!(message.state, MessageState::Done | MessageState::Rejected) {
            steps += 1;
            prop_assert!(steps < 2_000, "never ends: {message:?}");
            world.at(message.due);
            if message.state == MessageState::Parked {
                if let Some(settled) = message.may_be_applied(&policy) {
                    let early = step(&message, Event::Replay, Timestamp(settled.0 - 1), &policy);
                    prop_assert_eq!(&early.message, &message);
                    world.at(settled);
                }
                let doubtful = |fate: &Fate| matches!(fate, Fate::Unknown | Fate::Exists(_));
                let is_there = message.objects.iter().any(|o| doubtful(&o.fate) && world.applied.contains_key(&o.id));
                let decision = if is_there { Event::Retry } else { Event::Replay };
                replays += u32::from(decision == Event::Replay);
                message = step(&message, decision, world.now, &policy).message;
                continue;
            }
            let luck = schedule.next().unwrap();
            let effect = message.effect(world.now, &policy).unwrap();
            if effect == Effect::Send {
                message = step(&message, Event::Intent, world.now, &policy).message;
            }
            if let Some(event) = act(&mut world, &message, effect, luck, &refused) {
                message = step(&message, event, world.now, &policy).message;
            }
        }
        world.at(Timestamp(i64::MAX));
        prop_assert!(replays < 60, "{replays}");
        for carried in &message.objects {
            let good = u32::from(!refused.contains(&carried.id));
            prop_assert_eq!(world.applied.get(&carried.id).copied().unwrap_or(0), good, "{:?}", carried);
            prop_assert_eq!(&carried.fate, &Fate::Settled);
        }
    }

    /// No event in any state makes the machine move a settled object or invent one.
    #[test]
    fn settled_is_settled(picks in prop::collection::vec((0_usize..200, 0_u32..400_000), 1..60)) {
        let mut message = message(Resend::AfterAbsent, 3);
        let events: Vec<Event> = every_event().into_iter()
            .chain([
                Event::Answered(vec![(object(0), Outcome::Accepted(ids()))]),
                Event::Answered(vec![(object(1), Outcome::Refused(failure("P", RetryClass::Permanent)))]),
                Event::Found(vec![(object(2), ids()), (ObjectId(9_999), ids())]),
            ])
            .collect();
        let mut now = Timestamp(0);
        for (pick, wait) in picks {
            now = now.after(Duration::from_millis(u64::from(wait)));
            let next = step(&message, events[pick % events.len()].clone(), now, &policy());
            for (before, after) in message.objects.iter().zip(&next.message.objects) {
                prop_assert!(before.fate != Fate::Settled || after.fate == Fate::Settled);
            }
            for (id, _) in &next.objects {
                let before = message.objects.iter().find(|object| object.id == *id);
                prop_assert!(before.is_some_and(|object| object.fate != Fate::Settled));
            }
            message = next.message;
        }
    }
}

#[test]
fn the_sample_failure_is_what_the_tests_mean() {
    let sample = failure("X", RetryClass::Retry);
    assert_eq!((sample.level, sample.fixer), (Level::Request, Fixer::System));
    let nameless = Failure { code: None, ..sample.clone() };
    assert_eq!((sample.to_string(), nameless.to_string()), ("X: test".to_owned(), "test".to_owned()));
}
