//! Faults on demand. Which request a fault hits depends on how many came before it and on nothing else.

use std::time::Duration;

/// Faults on demand.
///
/// A list separated by commas of `NAME`, or `NAME=PART:PART…`. A part says how often or how long:
///
/// * `1/10`: of every ten requests the last one; `3/10`: the last three. Without it every request is hit.
/// * `#4`: the fourth request and no other.
/// * `500ms`, `2s`, `10m`, `3h`: how long, for the faults that take time.
///
/// Each fault counts the requests it could hit by itself: all of them, or only submissions.
///
/// | name | counts | what happens |
/// |---|---|---|
/// | `delay=TIME` | all | the answer comes so much later |
/// | `exp001000` | all | the SOAP fault EXP001000, nothing is done |
/// | `html` | all | HTTP 200 with an HTML page, nothing is done |
/// | `503` | all | HTTP 503 with an HTML page, nothing is done |
/// | `exp001000-state` | submissions | accepted; the result is EXP001000, nothing is done |
/// | `cut-before-ack` | submissions | the connection is cut, nothing is done |
/// | `cut-after-accept` | submissions | the connection is cut, the request is done all the same |
/// | `cut-apply-later=TIME` | submissions | the connection is cut, the request is done so much later |
/// | `duplicate` | submissions | every object stands twice in the result |
/// | `missing-object` | submissions | the last object is missing in the result, though it was done |
/// | `unknown-element` | submissions | the result has elements the contract does not know |
/// | `stuck` | submissions | accepted; its state stays 2 for ever, nothing is done |
///
/// ```
/// # use gis_gkh_sandbox::Faults;
/// let faults = Faults::parse("delay=2s,cut-before-ack=1/10,cut-apply-later=10m:#3")?;
/// assert_eq!(faults.to_string(), "delay=2s,cut-before-ack=1/10,cut-apply-later=10m:#3");
/// # Ok::<(), gis_gkh_sandbox::FaultError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Faults {
    rules: Vec<Rule>,
}

/// Why a list of faults cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FaultError {
    /// No such fault.
    #[error("there is no fault `{0}`; there are: {names}", names = NAMES.map(|(name, ..)| name).join(", "))]
    Unknown(String),
    /// A part that says nothing.
    #[error(
        "`{part}` of the fault `{fault}` is neither how often (`1/10`, `#4`) nor how long (`500ms`, `2s`, `10m`, `3h`)"
    )]
    Part {
        /// The fault.
        fault: String,
        /// The part.
        part: String,
    },
    /// A time is missing.
    #[error("the fault `{fault}` needs a time: write `{fault}=10s`")]
    NoTime {
        /// The fault.
        fault: &'static str,
    },
    /// A time too many, or the second of one kind.
    #[error("the fault `{fault}` cannot have `{part}`: it takes {takes}")]
    TooMuch {
        /// The fault.
        fault: &'static str,
        /// The part.
        part: String,
        /// What it takes.
        takes: &'static str,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Delay,
    Fault,
    Html,
    Unavailable,
    ErrorState,
    CutBeforeAck,
    CutAfterAccept,
    ApplyLater,
    Duplicate,
    MissingObject,
    UnknownElement,
    Stuck,
}

/// Name, kind, whether it takes a time, whether it counts submissions only, what happens.
const NAMES: [(&str, Kind, bool, bool, &str); 12] = [
    ("delay", Kind::Delay, true, false, "the answer comes so much later"),
    ("exp001000", Kind::Fault, false, false, "the SOAP fault EXP001000, nothing is done"),
    ("html", Kind::Html, false, false, "HTTP 200 with an HTML page, nothing is done"),
    ("503", Kind::Unavailable, false, false, "HTTP 503 with an HTML page, nothing is done"),
    ("exp001000-state", Kind::ErrorState, false, true, "accepted; the result is EXP001000, nothing is done"),
    ("cut-before-ack", Kind::CutBeforeAck, false, true, "the connection is cut, nothing is done"),
    ("cut-after-accept", Kind::CutAfterAccept, false, true, "the connection is cut, the request is done all the same"),
    ("cut-apply-later", Kind::ApplyLater, true, true, "the connection is cut, the request is done so much later"),
    ("duplicate", Kind::Duplicate, false, true, "every object stands twice in the result"),
    (
        "missing-object",
        Kind::MissingObject,
        false,
        true,
        "the last object is missing in the result, though it was done",
    ),
    ("unknown-element", Kind::UnknownElement, false, true, "the result has elements the contract does not know"),
    ("stuck", Kind::Stuck, false, true, "accepted; its state stays 2 for ever, nothing is done"),
];

#[derive(Debug, Clone, PartialEq, Eq)]
struct Rule {
    name: &'static str,
    kind: Kind,
    submissions: bool,
    time: Option<Duration>,
    when: When,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum When {
    /// The last `hits` of every `of`.
    Share { hits: u64, of: u64 },
    /// That one, counted from 1.
    Only(u64),
}

impl When {
    fn hits(self, count: u64) -> bool {
        match self {
            Self::Share { hits, of } => (count - 1) % of >= of - hits,
            Self::Only(which) => count == which,
        }
    }
}

impl Faults {
    /// Reads a list of faults; an empty one is none.
    ///
    /// # Errors
    /// See [`FaultError`].
    pub fn parse(text: &str) -> Result<Self, FaultError> {
        let rules = text.split(',').map(str::trim).filter(|rule| !rule.is_empty()).map(rule);
        Ok(Self { rules: rules.collect::<Result<_, _>>()? })
    }

    /// The syntax and the list of faults, for people.
    pub fn help() -> String {
        let mut text =
            "NAME or NAME=PART:PART, separated by commas. Parts: how often (1/10, #4), how long (500ms, 2s, \
                        10m, 3h).\n"
                .to_owned();
        for (name, _, time, submissions, what) in NAMES {
            let shown = if time { format!("{name}=TIME") } else { name.to_owned() };
            let counts = if submissions { "submissions" } else { "all requests" };
            text.push_str(&format!("  {shown:<22} {counts:<13} {what}\n"));
        }
        text
    }
}

fn rule(text: &str) -> Result<Rule, FaultError> {
    let (name, parts) = text.split_once('=').unwrap_or((text, ""));
    let known = NAMES.into_iter().find(|(known, ..)| *known == name.trim());
    let (name, kind, timed, submissions, _) = known.ok_or_else(|| FaultError::Unknown(name.trim().to_owned()))?;
    let (mut time, mut when) = (None, None);
    for part in parts.split(':').map(str::trim).filter(|part| !part.is_empty()) {
        let takes = if timed { "one time and one `how often`" } else { "one `how often`" };
        let too_much = || FaultError::TooMuch { fault: name, part: part.to_owned(), takes };
        if let Some(found) = share(part) {
            if when.replace(found).is_some() {
                return Err(too_much());
            }
        } else if let Some(found) = duration(part) {
            if !timed || time.replace(found).is_some() {
                return Err(too_much());
            }
        } else {
            return Err(FaultError::Part { fault: name.to_owned(), part: part.to_owned() });
        }
    }
    if timed && time.is_none() {
        return Err(FaultError::NoTime { fault: name });
    }
    Ok(Rule { name, kind, submissions, time, when: when.unwrap_or(When::Share { hits: 1, of: 1 }) })
}

fn share(part: &str) -> Option<When> {
    if let Some(which) = part.strip_prefix('#') {
        return which.parse().ok().filter(|which| *which > 0).map(When::Only);
    }
    let (hits, of) = part.split_once('/')?;
    let (hits, of): (u64, u64) = (hits.parse().ok()?, of.parse().ok()?);
    (hits > 0 && hits <= of).then_some(When::Share { hits, of })
}

/// The longest time a fault may take: a year.
const LONGEST: u64 = 366 * 24 * 3600 * 1000;

fn duration(part: &str) -> Option<Duration> {
    let split = part.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = part.split_at(split);
    let unit = match unit {
        "ms" => 1,
        "s" => 1000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return None,
    };
    let millis = number.parse::<u64>().ok()?.checked_mul(unit)?;
    (millis <= LONGEST).then(|| Duration::from_millis(millis))
}

impl std::fmt::Display for Faults {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, Rule { name, time, when, .. }) in self.rules.iter().enumerate() {
            let time = time.map(|time| match time.as_millis() {
                millis if millis % 3_600_000 == 0 => format!("{}h", millis / 3_600_000),
                millis if millis % 60_000 == 0 => format!("{}m", millis / 60_000),
                millis if millis % 1000 == 0 => format!("{}s", millis / 1000),
                millis => format!("{millis}ms"),
            });
            let when = match when {
                When::Share { hits: 1, of: 1 } => None,
                When::Share { hits, of } => Some(format!("{hits}/{of}")),
                When::Only(which) => Some(format!("#{which}")),
            };
            let parts: Vec<String> = time.into_iter().chain(when).collect();
            let comma = if index == 0 { "" } else { "," };
            let equals = if parts.is_empty() { "" } else { "=" };
            write!(f, "{comma}{name}{equals}{}", parts.join(":"))?;
        }
        Ok(())
    }
}

impl std::str::FromStr for Faults {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        Self::parse(text)
    }
}

/// Faults with what they have counted.
#[derive(Debug)]
pub(crate) struct Counted {
    rules: Vec<(Rule, u64)>,
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
        Self { rules: faults.rules.into_iter().map(|rule| (rule, 0)).collect() }
    }

    /// Counts a request and says what goes wrong with it. Of several answers instead, the first listed is given.
    pub(crate) fn strike(&mut self, submission: bool) -> Strike {
        let mut strike = Strike::default();
        for (rule, count) in &mut self.rules {
            if rule.submissions && !submission {
                continue;
            }
            *count += 1;
            if !rule.when.hits(*count) {
                continue;
            }
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
        strike
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_read_written_and_explained() {
        for (name, _, timed, ..) in NAMES {
            let text = if timed { format!("{name}=90s:2/7") } else { format!("{name}=2/7") };
            assert_eq!(Faults::parse(&text).map(|faults| faults.to_string()), Ok(text));
            assert!(Faults::help().contains(name));
        }
        assert_eq!(Faults::parse(" , "), Ok(Faults::default()));
        assert_eq!(Faults::parse("delay=120m:#2").map(|faults| faults.to_string()), Ok("delay=2h:#2".to_owned()));
    }

    #[test]
    fn what_says_nothing_is_refused_by_name() {
        assert_eq!(Faults::parse("dealy=2s"), Err(FaultError::Unknown("dealy".to_owned())));
        assert!(FaultError::Unknown("dealy".to_owned()).to_string().contains("delay"));
        assert_eq!(Faults::parse("delay"), Err(FaultError::NoTime { fault: "delay" }));
        for part in ["0/3", "4/3", "1/0", "#0", "2", "2x", "s", "-1s", "99999999999h", "99999999999999999999s"] {
            let wrong = FaultError::Part { fault: "delay".to_owned(), part: part.to_owned() };
            assert_eq!(Faults::parse(&format!("delay={part}")), Err(wrong));
        }
        for text in ["html=2s", "html=1/2:1/3", "delay=1s:2s"] {
            assert!(matches!(Faults::parse(text), Err(FaultError::TooMuch { .. })), "{text}");
        }
    }

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
    }
}
