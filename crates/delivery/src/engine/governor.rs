//! How much the stand is offered: so many messages at a time and so many a second under one certificate; and a breaker that
//! holds an organisation's traffic back while it only fails. In memory: a restart begins without prejudice.

use crate::failure::{Failure, Level, RetryClass};
use crate::ids::Timestamp;
use crate::operate::Scope;
use crate::policy::Policy;
use crate::state::Event;
use std::collections::HashMap;
use std::time::Duration;

/// Stand and certificate, or stand and organisation.
type Key = (String, String);

#[derive(Debug, Default)]
pub(super) struct Governor {
    certificates: HashMap<Key, Share>,
    breakers: HashMap<Key, Breaker>,
}

/// What is in work under one certificate.
#[derive(Debug, Default)]
struct Share {
    /// By organisation.
    in_work: HashMap<String, usize>,
    /// The next sending may begin then.
    next: Option<Timestamp>,
}

impl Share {
    fn total(&self) -> usize {
        self.in_work.values().sum()
    }
}

/// Failures of one organisation's traffic, and what they cost.
#[derive(Debug)]
struct Breaker {
    /// Twice the failures that may still come in a row.
    left: u32,
    /// How often it has opened since the last success.
    opened: u32,
    /// Nothing is begun before then; afterwards one message at a time, until the first success.
    until: Option<Timestamp>,
    in_work: usize,
}

impl Governor {
    pub(super) fn begin(&mut self, stand: &str, organisation: &str, certificate: &str, policy: &Policy) {
        let share = self.certificates.entry((stand.into(), certificate.into())).or_default();
        *share.in_work.entry(organisation.into()).or_default() += 1;
        self.breaker(stand, organisation, policy).in_work += 1;
    }

    pub(super) fn end(&mut self, stand: &str, organisation: &str, certificate: &str, policy: &Policy) {
        if let Some(share) = self.certificates.get_mut(&(stand.into(), certificate.into()))
            && let Some(count) = share.in_work.get_mut(organisation)
        {
            *count = count.saturating_sub(1);
        }
        let breaker = self.breaker(stand, organisation, policy);
        breaker.in_work = breaker.in_work.saturating_sub(1);
    }

    /// How many more messages may be begun under any certificate, whichever it is; at least one, for closed ones are left out.
    pub(super) fn room(&self, policy: &Policy) -> usize {
        let fullest =
            self.certificates.values().map(Share::total).filter(|total| *total < policy.per_certificate).max();
        policy.per_certificate.saturating_sub(fullest.unwrap_or(0)).max(1)
    }

    /// What must not be begun now: certificates with no room, organisations held back.
    pub(super) fn closed(&self, now: Timestamp, policy: &Policy) -> Vec<Scope> {
        let scope = |stand: &str, organisation: &str| Scope {
            stand: Some(stand.to_owned()),
            organisation: Some(organisation.to_owned()),
            service: None,
        };
        let full = (self.certificates.iter().filter(|(_, share)| share.total() >= policy.per_certificate))
            .flat_map(|((stand, _), share)| share.in_work.keys().map(move |organisation| scope(stand, organisation)));
        let held = (self.breakers.iter().filter(|(_, breaker)| breaker.holds(now)))
            .map(|((stand, organisation), _)| scope(stand, organisation));
        full.chain(held).collect()
    }

    /// Under a certificate a sending may begin then; the place is taken.
    pub(super) fn pace(&mut self, stand: &str, certificate: &str, now: Timestamp, policy: &Policy) -> Timestamp {
        let share = self.certificates.entry((stand.into(), certificate.into())).or_default();
        let at = share.next.map_or(now, |next| next.max(now));
        share.next = Some(at.after(policy.pace));
        at
    }

    /// Sets a success or a failure of the way to the system against the budget.
    pub(super) fn learn(&mut self, stand: &str, organisation: &str, event: &Event, now: Timestamp, policy: &Policy) {
        let failure = match event {
            Event::NotSent(failure)
            | Event::MaybeSent(failure)
            | Event::Refused(failure)
            | Event::PollFailed(failure)
            | Event::AskFailed(failure)
            | Event::LookFailed(failure) => Some(failure),
            Event::Acked(_) | Event::Pending | Event::Answered(_) | Event::Exported | Event::Asked(..) => None,
            _ => return,
        };
        let breaker = self.breaker(stand, organisation, policy);
        match failure {
            None => breaker.succeeded(policy),
            Some(failure) if failure.class == RetryClass::Maintenance => breaker.hold(now.after(policy.maintenance)),
            Some(failure) if blames_the_way(failure) => breaker.failed(now, policy),
            // A refusal with a reason is an answer: the way is open.
            Some(_) => breaker.succeeded(policy),
        }
    }

    fn breaker(&mut self, stand: &str, organisation: &str, policy: &Policy) -> &mut Breaker {
        self.breakers.entry((stand.into(), organisation.into())).or_insert_with(|| Breaker::new(policy))
    }
}

fn blames_the_way(failure: &Failure) -> bool {
    failure.level == Level::Transport
        || failure.level != Level::Object && matches!(failure.class, RetryClass::Retry | RetryClass::RetryRebuilt)
}

impl Breaker {
    fn new(policy: &Policy) -> Self {
        Self { left: policy.budget.saturating_mul(2), opened: 0, until: None, in_work: 0 }
    }

    fn holds(&self, now: Timestamp) -> bool {
        self.until.is_some_and(|until| now < until || self.in_work > 0)
    }

    fn succeeded(&mut self, policy: &Policy) {
        if self.until.take().is_some() {
            self.opened = 0;
            self.left = policy.budget.saturating_mul(2);
        } else {
            self.left = self.left.saturating_add(1).min(policy.budget.saturating_mul(2));
        }
    }

    fn failed(&mut self, now: Timestamp, policy: &Policy) {
        self.left = self.left.saturating_sub(2);
        // Whatever was begun before it opened may fail as well; it opens wider only when a trial fails.
        if self.left == 0 && self.until.is_none_or(|until| now >= until) {
            let doubled = policy.backoff.saturating_mul(1_u32.checked_shl(self.opened).unwrap_or(u32::MAX));
            self.opened = self.opened.saturating_add(1);
            self.until = Some(now.after(doubled.min(policy.backoff_cap)));
        }
    }

    fn hold(&mut self, until: Timestamp) {
        self.until = Some(self.until.map_or(until, |known| known.max(until)));
    }
}

/// How long each operation takes, as it has been seen.
#[derive(Debug, Default)]
pub(super) struct Cadence(HashMap<String, Duration>);

impl Cadence {
    /// An operation took so long from its ack to its answer.
    pub(super) fn took(&mut self, operation: &str, time: Duration) {
        let mean = self.0.entry(operation.into()).or_insert(time);
        *mean = (*mean * 3 + time) / 4;
    }

    /// The policy with pauses by what is known of the operation: a first question when an answer is likely, then ever longer
    /// pauses, up to the policy's own longest.
    pub(super) fn policy(&self, operation: &str, policy: &Policy) -> Policy {
        let (Some(floor), Some(mean)) = (policy.learn, self.0.get(operation)) else { return policy.clone() };
        let last = policy.poll.iter().max().copied().unwrap_or_default();
        let first = (*mean * 5 / 4).max(floor).min(last);
        let pauses = std::iter::successors(Some(first), |pause| (*pause < last).then(|| (*pause * 2).min(last)));
        Policy { poll: pauses.collect(), ..policy.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::Fixer;

    fn cut() -> Event {
        let (class, level, fixer) = (RetryClass::Retry, Level::Transport, Fixer::System);
        Event::NotSent(Failure { code: None, text: String::new(), class, level, fixer, cause: None })
    }

    fn policy() -> Policy {
        Policy { budget: 2, per_certificate: 2, ..Policy::default() }
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp(seconds * 1000)
    }

    #[test]
    fn a_certificate_has_room_for_so_many_and_the_rest_goes_on() {
        let (mut governor, policy) = (Governor::default(), policy());
        governor.begin("s", "a", "operator", &policy);
        assert_eq!(governor.room(&policy), 1);
        governor.begin("s", "b", "operator", &policy);
        let mut closed = governor.closed(at(0), &policy);
        closed.sort();
        let of = |organisation: &str| Scope {
            stand: Some("s".into()),
            organisation: Some(organisation.into()),
            service: None,
        };
        assert_eq!(closed, [of("a"), of("b")]);
        assert_eq!(governor.room(&policy), 2, "another certificate has room");
        governor.end("s", "a", "operator", &policy);
        assert_eq!(governor.closed(at(0), &policy), []);
    }

    #[test]
    fn sendings_of_a_certificate_keep_their_distance() {
        let (mut governor, policy) = (Governor::default(), policy());
        assert_eq!(governor.pace("s", "c", at(5), &policy), at(5));
        assert_eq!(governor.pace("s", "c", at(5), &policy), at(6));
        assert_eq!(governor.pace("s", "c", at(5), &policy), at(7));
        assert_eq!(governor.pace("s", "d", at(5), &policy), at(5));
        assert_eq!(governor.pace("s", "c", at(60), &policy), at(60));
    }

    #[test]
    fn the_breaker_opens_tries_once_and_closes_with_the_first_success() {
        let (mut governor, policy) = (Governor::default(), policy());
        let closed = |governor: &Governor, second| governor.closed(at(second), &policy).len();
        governor.learn("s", "a", &cut(), at(0), &policy);
        assert_eq!(closed(&governor, 0), 0);
        governor.learn("s", "a", &cut(), at(0), &policy);
        assert_eq!((closed(&governor, 59), closed(&governor, 60)), (1, 0), "held for the first pause");
        governor.begin("s", "a", "c", &policy);
        assert_eq!(closed(&governor, 60), 1, "one trial at a time");
        governor.learn("s", "a", &cut(), at(60), &policy);
        governor.end("s", "a", "c", &policy);
        assert_eq!((closed(&governor, 179), closed(&governor, 180)), (1, 0), "then twice as long");
        governor.learn("s", "a", &Event::Pending, at(180), &policy);
        governor.begin("s", "a", "c", &policy);
        assert_eq!(closed(&governor, 180), 0);
    }

    #[test]
    fn what_fails_now_and_then_stays_open() {
        let (mut governor, policy) = (Governor::default(), policy());
        for second in 0..100 {
            governor.learn("s", "a", &cut(), at(second), &policy);
            governor.learn("s", "a", &Event::Pending, at(second), &policy);
            governor.learn("s", "a", &Event::Pending, at(second), &policy);
            assert_eq!(governor.closed(at(second), &policy), []);
        }
    }

    #[test]
    fn maintenance_holds_the_organisation_and_refusals_do_not() {
        let (mut governor, policy) = (Governor::default(), policy());
        let event = |class, level| {
            let fixer = Fixer::System;
            Event::Refused(Failure { code: None, text: String::new(), class, level, fixer, cause: None })
        };
        for _ in 0..10 {
            governor.learn("s", "b", &event(RetryClass::Permanent, Level::Request), at(0), &policy);
        }
        assert_eq!(governor.closed(at(0), &policy), []);
        governor.learn("s", "a", &event(RetryClass::Maintenance, Level::Fault), at(0), &policy);
        assert_eq!(governor.closed(at(899), &policy).len(), 1);
        assert_eq!(governor.closed(at(900), &policy).len(), 0);
    }

    #[test]
    fn polling_by_what_was_seen_never_outruns_the_floor_nor_the_longest_pause() {
        let policy = Policy { learn: Some(Duration::from_secs(2)), ..policy() };
        let mut cadence = Cadence::default();
        assert_eq!(cadence.policy("o", &policy).poll, policy.poll, "nothing is known yet");
        cadence.took("o", Duration::from_millis(400));
        let learned = cadence.policy("o", &policy).poll;
        assert_eq!(learned[..3], [2, 4, 8].map(Duration::from_secs));
        assert_eq!(learned.last(), policy.poll.last());
        for _ in 0..20 {
            cadence.took("o", Duration::from_secs(40));
        }
        assert_eq!(cadence.policy("o", &policy).poll[0].as_secs(), 49);
        assert_eq!(cadence.policy("o", &Policy { learn: None, ..policy.clone() }).poll, policy.poll);
    }
}
