//! What goes wrong with a request.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Counts, Faults, Kind, Rule};

/// Faults with what they have counted, and how often they struck.
#[derive(Debug)]
pub(crate) struct Counted {
    rules: Vec<(Rule, u64)>,
    struck: BTreeMap<&'static str, u64>,
}

/// What goes wrong with one message.
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

/// What goes wrong with one request to the file store.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct FileStrike {
    pub(crate) delay: Duration,
    /// Something else is answered and nothing is done.
    pub(crate) instead: Option<Instead>,
    /// The connection is cut amid the bytes.
    pub(crate) cut: bool,
    /// No answer, though what follows is done.
    pub(crate) cut_after: bool,
    pub(crate) damaged: bool,
    pub(crate) lost: bool,
    pub(crate) wrong_length: bool,
    pub(crate) short: bool,
}

impl Counted {
    pub(crate) fn new(faults: Faults) -> Self {
        let struck = faults.rules.iter().map(|rule| (rule.name, 0)).collect();
        Self { rules: faults.rules.into_iter().map(|rule| (rule, 0)).collect(), struck }
    }

    /// How often each has made a difference, by its name.
    pub(crate) fn struck(&self) -> &BTreeMap<&'static str, u64> {
        &self.struck
    }

    /// The rules that hit a request which counts as these.
    fn hits(&mut self, counts: [Counts; 2]) -> impl Iterator<Item = &Rule> {
        let counted = self.rules.iter_mut().filter(move |(rule, _)| counts.contains(&rule.counts));
        counted.filter_map(|(rule, count)| {
            *count += 1;
            rule.when.hits(*count).then_some(&*rule)
        })
    }

    /// Counts a message and says what goes wrong with it. Of several answers instead, the first listed is given.
    pub(crate) fn strike(&mut self, submission: bool) -> Strike {
        let mut strike = Strike::default();
        let kind = if submission { Counts::Submissions } else { Counts::Messages };
        let mut hit = Vec::new();
        for rule in self.hits([Counts::Messages, kind]) {
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
                _ => {}
            }
        }
        for (name, kind) in hit {
            if strike.is_felt(kind) {
                *self.struck.entry(name).or_default() += 1;
            }
        }
        strike
    }

    /// Counts a request to the file store and says what goes wrong with it.
    pub(crate) fn strike_file(&mut self, counts: Counts) -> FileStrike {
        let mut strike = FileStrike::default();
        let mut hit = Vec::new();
        for rule in self.hits([Counts::Files, counts]) {
            hit.push(rule.name);
            match rule.kind {
                Kind::FileDelay => strike.delay += rule.time.unwrap_or_default(),
                Kind::FileHtml => strike.instead = strike.instead.or(Some(Instead::Html)),
                Kind::FileUnavailable => strike.instead = strike.instead.or(Some(Instead::Unavailable)),
                Kind::FileCut => strike.cut = true,
                Kind::FileCutAfter => strike.cut_after = true,
                Kind::FileDamage => strike.damaged = true,
                Kind::FileLostSession => strike.lost = true,
                Kind::FileWrongLength => strike.wrong_length = true,
                Kind::FileShort => strike.short = true,
                _ => {}
            }
        }
        for name in hit {
            *self.struck.entry(name).or_default() += 1;
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
            _ => false,
        }
    }
}
