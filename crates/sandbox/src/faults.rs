//! Faults on demand. Which request a fault hits depends on how many came before it and on nothing else.

mod strike;
#[cfg(test)]
mod tests;

use std::time::Duration;

pub(crate) use strike::{Counted, FileStrike, Instead, Strike, Twist};

/// Faults on demand.
///
/// A list separated by commas of `NAME`, or `NAME=PART:PART…`. A part says how often or how long:
///
/// * `1/10`: of every ten requests the last one; `3/10`: the last three. Without it every request is hit.
/// * `#4`: the fourth request and no other.
/// * `500ms`, `2s`, `10m`, `3h`: how long, for the faults that take time.
///
/// Each fault counts the requests it could hit by itself: all messages, only submissions, or requests to the file store, all
/// of them or those of one kind.
///
/// | name | counts | what happens |
/// |---|---|---|
/// | `delay=TIME` | messages | the answer comes so much later |
/// | `exp001000` | messages | the SOAP fault EXP001000, nothing is done |
/// | `html` | messages | HTTP 200 with an HTML page, nothing is done |
/// | `503` | messages | HTTP 503 with an HTML page, nothing is done |
/// | `exp001000-state` | submissions | accepted; the result is EXP001000, nothing is done |
/// | `cut-before-ack` | submissions | the connection is cut, nothing is done |
/// | `cut-after-accept` | submissions | the connection is cut, the request is done all the same |
/// | `cut-apply-later=TIME` | submissions | the connection is cut, the request is done so much later |
/// | `duplicate` | submissions | every object stands twice in the result |
/// | `missing-object` | submissions | the last object is missing in the result, though it was done |
/// | `unknown-element` | submissions | the result has elements the contract does not know |
/// | `stuck` | submissions | accepted; its state stays 2 for ever, nothing is done |
/// | `file-delay=TIME` | files | the answer comes so much later |
/// | `file-html` | files | HTTP 200 with an HTML page, nothing is done |
/// | `file-503` | files | HTTP 503 with an HTML page, nothing is done |
/// | `file-cut` | uploads | the connection is cut amid the bytes of a file or part, nothing is kept |
/// | `file-cut-after` | uploads | the connection is cut, what was sent is kept all the same |
/// | `file-damage` | uploads | the bytes arrive damaged: `HashConflictException` |
/// | `file-lost-session` | uploads | the session is forgotten: `FileNotFoundException` |
/// | `file-wrong-length` | questions | a file's length is told wrongly |
/// | `file-short` | downloads | one byte fewer comes than was asked for |
///
/// Of the file store, *uploads* are requests that bring bytes (`PUT`), *questions* are `HEAD`, *downloads* are `GET`.
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
    FileDelay,
    FileHtml,
    FileUnavailable,
    FileCut,
    FileCutAfter,
    FileDamage,
    FileLostSession,
    FileWrongLength,
    FileShort,
}

/// Which requests a fault counts, and so can hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Counts {
    Messages,
    Submissions,
    Files,
    Uploads,
    Questions,
    Downloads,
}

impl Counts {
    fn name(self) -> &'static str {
        match self {
            Self::Messages => "messages",
            Self::Submissions => "submissions",
            Self::Files => "files",
            Self::Uploads => "uploads",
            Self::Questions => "questions",
            Self::Downloads => "downloads",
        }
    }
}

/// Name, kind, whether it takes a time, what it counts, what happens.
const NAMES: [(&str, Kind, bool, Counts, &str); 21] = [
    ("delay", Kind::Delay, true, Counts::Messages, "the answer comes so much later"),
    ("exp001000", Kind::Fault, false, Counts::Messages, "the SOAP fault EXP001000, nothing is done"),
    ("html", Kind::Html, false, Counts::Messages, "HTTP 200 with an HTML page, nothing is done"),
    ("503", Kind::Unavailable, false, Counts::Messages, "HTTP 503 with an HTML page, nothing is done"),
    (
        "exp001000-state",
        Kind::ErrorState,
        false,
        Counts::Submissions,
        "accepted; the result is EXP001000, nothing is done",
    ),
    ("cut-before-ack", Kind::CutBeforeAck, false, Counts::Submissions, "the connection is cut, nothing is done"),
    (
        "cut-after-accept",
        Kind::CutAfterAccept,
        false,
        Counts::Submissions,
        "the connection is cut, the request is done all the same",
    ),
    (
        "cut-apply-later",
        Kind::ApplyLater,
        true,
        Counts::Submissions,
        "the connection is cut, the request is done so much later",
    ),
    ("duplicate", Kind::Duplicate, false, Counts::Submissions, "every object stands twice in the result"),
    (
        "missing-object",
        Kind::MissingObject,
        false,
        Counts::Submissions,
        "the last object is missing in the result, though it was done",
    ),
    (
        "unknown-element",
        Kind::UnknownElement,
        false,
        Counts::Submissions,
        "the result has elements the contract does not know",
    ),
    ("stuck", Kind::Stuck, false, Counts::Submissions, "accepted; its state stays 2 for ever, nothing is done"),
    ("file-delay", Kind::FileDelay, true, Counts::Files, "the answer comes so much later"),
    ("file-html", Kind::FileHtml, false, Counts::Files, "HTTP 200 with an HTML page, nothing is done"),
    ("file-503", Kind::FileUnavailable, false, Counts::Files, "HTTP 503 with an HTML page, nothing is done"),
    ("file-cut", Kind::FileCut, false, Counts::Uploads, "the connection is cut amid the bytes, nothing is kept"),
    ("file-cut-after", Kind::FileCutAfter, false, Counts::Uploads, "the connection is cut, what was sent is kept"),
    ("file-damage", Kind::FileDamage, false, Counts::Uploads, "the bytes arrive damaged: HashConflictException"),
    (
        "file-lost-session",
        Kind::FileLostSession,
        false,
        Counts::Uploads,
        "the session is forgotten: FileNotFoundException",
    ),
    ("file-wrong-length", Kind::FileWrongLength, false, Counts::Questions, "a file's length is told wrongly"),
    ("file-short", Kind::FileShort, false, Counts::Downloads, "one byte fewer comes than was asked for"),
];

#[derive(Debug, Clone, PartialEq, Eq)]
struct Rule {
    name: &'static str,
    kind: Kind,
    counts: Counts,
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
        for (name, _, time, counts, what) in NAMES {
            let shown = if time { format!("{name}=TIME") } else { name.to_owned() };
            text.push_str(&format!("  {shown:<22} {:<13} {what}\n", counts.name()));
        }
        text
    }
}

fn rule(text: &str) -> Result<Rule, FaultError> {
    let (name, parts) = text.split_once('=').unwrap_or((text, ""));
    let known = NAMES.into_iter().find(|(known, ..)| *known == name.trim());
    let (name, kind, timed, counts, _) = known.ok_or_else(|| FaultError::Unknown(name.trim().to_owned()))?;
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
    Ok(Rule { name, kind, counts, time, when: when.unwrap_or(When::Share { hits: 1, of: 1 }) })
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
