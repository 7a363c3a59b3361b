//! Faults at work: which request each hits, what goes wrong with it, and how often each has struck.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Faults, Kind, Rule};

/// Faults with what they have counted, and how often they struck.
#[derive(Debug)]
pub(crate) struct Counted {
    rules: Vec<(Rule, u64)>,
    struck: BTreeMap<&'static str, u64>,
}

/// What goes wrong with one request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Strike {
    pub(crate) delay: Duration,
    /// Something else is answered and nothing is done.
    pub(crate) instead: Option<Instead>,
    /// No answer, though what follows is done.
    pub(crate) cut: bool,
    /// It is done so much later than it would be.
    pub(crate) later: Option<Duration>,
    pub(crate) twist: Twist,
}

/// What is answered instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Instead {
    Fault,
    Html,
    Unavailable,
    Nothing,
}

/// What is wrong with the result of a submission.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Twist {
    pub(crate) error: bool,
    pub(crate) duplicate: bool,
    pub(crate) missing: bool,
    pub(crate) unknown: bool,
    pub(crate) stuck: bool,
}

impl Counted {
    pub(crate) fn new(faults: Faults) -> Self {
        let struck = faults.rules.iter().map(|rule| (rule.name, 0)).collect();
        Self { rules: faults.rules.into_iter().map(|rule| (rule, 0)).collect(), struck }
    }

    pub(crate) fn struck(&self) -> &BTreeMap<&'static str, u64> {
        &self.struck
    }

    /// Counts a request and says what goes wrong with it. Of several answers instead, the first listed is given.
    pub(crate) fn strike(&mut self, submission: bool) -> Strike {
        let mut strike = Strike::default();
        let mut hit = Vec::new();
        for (rule, count) in &mut self.rules {
            if rule.submissions && !submission {
                continue;
            }
            *count += 1;
            if !rule.when.hits(*count) {
                continue;
            }
            hit.push((rule.name, rule.kind));
            let instead = match rule.kind {
                Kind::Fault => Some(Instead::Fault),
                Kind::Html => Some(Instead::Html),
                Kind::Unavailable => Some(Instead::Unavailable),
                Kind::CutBeforeAck => Some(Instead::Nothing),
                _ => None,
            };
            strike.instead = strike.instead.or(instead);
            match rule.kind {
                Kind::Delay => strike.delay += rule.time.unwrap_or_default(),
                Kind::CutAfterAccept => strike.cut = true,
                Kind::ApplyLater => (strike.cut, strike.later) = (true, rule.time),
                Kind::ErrorState => strike.twist.error = true,
                Kind::Duplicate => strike.twist.duplicate = true,
                Kind::MissingObject => strike.twist.missing = true,
                Kind::UnknownElement => strike.twist.unknown = true,
                Kind::Stuck => strike.twist.stuck = true,
                Kind::Fault | Kind::Html | Kind::Unavailable | Kind::CutBeforeAck => {}
            }
        }
        for (name, kind) in hit {
            if strike.is_felt(kind) {
                *self.struck.entry(name).or_default() += 1;
            }
        }
        strike
    }
}

impl Strike {
    /// Whether a fault of this kind makes a difference beside the others that hit the same request.
    fn is_felt(&self, kind: Kind) -> bool {
        let Self { instead, cut, later, twist, .. } = *self;
        let done = instead.is_none();
        match kind {
            Kind::Delay => true,
            Kind::Fault => instead == Some(Instead::Fault),
            Kind::Html => instead == Some(Instead::Html),
            Kind::Unavailable => instead == Some(Instead::Unavailable),
            Kind::CutBeforeAck => instead == Some(Instead::Nothing),
            // One that is done later is cut as well.
            Kind::CutAfterAccept => done && later.is_none(),
            Kind::ApplyLater | Kind::Stuck => done,
            Kind::ErrorState => done && !twist.stuck,
            // A result nobody will ask for has nothing wrong with it.
            Kind::UnknownElement => done && !cut && !twist.stuck,
            Kind::Duplicate | Kind::MissingObject => done && !cut && !twist.stuck && !twist.error,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_hits_by_its_own_count() {
        let faults = Faults::parse("html=1/3,cut-before-ack=2/4,duplicate=#2,delay=5ms").unwrap();
        let mut counted = Counted::new(faults);
        let mut seen = Vec::new();
        for request in 0..12 {
            let submission = request % 2 == 0;
            let strike = counted.strike(submission);
            assert_eq!(strike.delay, Duration::from_millis(5));
            seen.push((strike.instead, strike.twist.duplicate));
        }
        let html = Some(Instead::Html);
        let cut = Some(Instead::Nothing);
        // Submissions are requests 0, 2, 4, 6, 8, 10; of every four the last two are cut.
        let expected = [None, None, html, None, cut, html, cut, None, html, None, None, html];
        assert_eq!(seen.iter().map(|(instead, _)| *instead).collect::<Vec<_>>(), expected);
        assert_eq!(seen.iter().position(|(_, duplicate)| *duplicate), Some(2));
        assert_eq!(seen.iter().filter(|(_, duplicate)| *duplicate).count(), 1);
        // The one that would have been doubled is answered with a page.
        let struck = [("cut-before-ack", 2), ("delay", 12), ("duplicate", 0), ("html", 4)];
        assert_eq!(counted.struck(), &BTreeMap::from(struck));
    }

    #[test]
    fn what_makes_no_difference_beside_others_does_not_count() {
        let struck = |faults: &str| {
            let mut counted = Counted::new(Faults::parse(faults).unwrap());
            counted.strike(true);
            counted.struck().iter().filter(|(_, count)| **count > 0).map(|(name, _)| *name).collect::<Vec<_>>()
        };
        assert_eq!(struck("html,503,stuck,delay=1s"), ["delay", "html"]);
        assert_eq!(struck("stuck,exp001000-state,duplicate,missing-object,unknown-element"), ["stuck"]);
        assert_eq!(struck("exp001000-state,duplicate,unknown-element"), ["exp001000-state", "unknown-element"]);
        assert_eq!(struck("cut-after-accept,duplicate,exp001000-state"), ["cut-after-accept", "exp001000-state"]);
        assert_eq!(struck("cut-after-accept,cut-apply-later=1s"), ["cut-apply-later"]);
        assert_eq!(struck("duplicate=#2"), [""; 0]);
    }
}
