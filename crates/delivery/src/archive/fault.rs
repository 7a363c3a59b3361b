//! What a verification finds, as data; the words here are English, other languages go by the code.

use super::Head;
use crate::ids::Timestamp;
use serde::Serialize;
use std::fmt;

/// Most faults of one node that are named; the rest is counted.
const NAMED: usize = 1_000;

/// What was found wrong. Numbers are those of the node's chain; days count from 1970-01-01 UTC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "code", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Fault {
    /// The kept bytes of a record are not those recorded.
    BytesAltered {
        /// The record.
        number: i64,
    },
    /// The bytes of a record open to something else than was recorded.
    ContentAltered {
        /// The record.
        number: i64,
    },
    /// Something was changed in one of these records: a moment, a name, an id, a digest.
    RecordAltered {
        /// The link that holds them.
        link: i64,
        /// First record of the link.
        first: i64,
        /// Last record of the link.
        last: i64,
    },
    /// Records are gone.
    RecordsRemoved {
        /// The first.
        first: i64,
        /// The last.
        last: i64,
    },
    /// Records that no commit has brought.
    RecordsInserted {
        /// The first.
        first: i64,
        /// The last.
        last: i64,
    },
    /// The bytes of a record are gone although the retention still keeps them.
    BytesRemoved {
        /// The record.
        number: i64,
    },
    /// The bytes of a record are as recorded and cannot be opened.
    Unreadable {
        /// The record.
        number: i64,
        /// What the keyring says.
        why: String,
    },
    /// The signature of a record does not hold.
    BadSignature {
        /// The record.
        number: i64,
        /// What the check says.
        why: String,
    },
    /// A link was changed.
    LinkAltered {
        /// The link.
        link: i64,
    },
    /// Links are gone.
    LinksRemoved {
        /// The first.
        first: i64,
        /// The last.
        last: i64,
    },
    /// A link that does not continue the one before it.
    LinkInserted {
        /// The link.
        link: i64,
    },
    /// The head of a day was changed.
    HeadAltered {
        /// The day.
        day: i64,
    },
    /// The signature of the head of a day does not hold.
    BadHeadSignature {
        /// The day.
        day: i64,
        /// What the check says.
        why: String,
    },
    /// The head of a day says another chain than the one kept: the chain was written anew behind it.
    Rewritten {
        /// The day.
        day: i64,
        /// The link at its end.
        link: i64,
    },
    /// Heads of days are gone.
    DaysRemoved {
        /// The last day before them that is still there.
        after: Option<i64>,
        /// The first day behind them that is still there.
        before: Option<i64>,
    },
    /// The end of the chain is gone.
    TailRemoved {
        /// The first link that is gone.
        first: i64,
        /// The last link that is known to have been there.
        last: i64,
    },
    /// The head that was exported is not what was signed.
    ExportedHead {
        /// Its day.
        day: i64,
        /// What is wrong with it.
        why: String,
    },
}

impl Fault {
    /// What it means for a person, in English.
    #[must_use]
    pub fn meaning(&self) -> &'static str {
        match self {
            Self::BytesAltered { .. } | Self::ContentAltered { .. } => {
                "what is kept is not what went over the wire: the piece proves nothing; restore it from a backup"
            }
            Self::RecordAltered { .. } => {
                "at least one of these records was changed after it was written; which one cannot be told: none of them proves anything \
                 until they are restored from a backup"
            }
            Self::RecordsRemoved { .. } => "something that happened is missing: compare with a backup",
            Self::RecordsInserted { .. } => "somebody added records by hand: they prove nothing",
            Self::BytesRemoved { .. } => {
                "removed by hand, or by a retention that was shorter then; what is left proves that the piece was there, not what it said"
            }
            Self::Unreadable { .. } => {
                "nothing was changed, and it cannot be read now: bring the keyring this archive was written with"
            }
            Self::BadSignature { .. } => {
                "the piece is as it was recorded, and its signature does not prove who signed it"
            }
            Self::LinkAltered { .. } | Self::LinkInserted { .. } | Self::LinksRemoved { .. } => {
                "the order and completeness of the records there is not proven: compare with a backup"
            }
            Self::HeadAltered { .. } | Self::BadHeadSignature { .. } => {
                "nothing proves the chain as it stood on that day"
            }
            Self::Rewritten { .. } => {
                "the chain was written anew after that day was signed: what lies before it proves nothing"
            }
            Self::DaysRemoved { .. } => "signed days are missing: compare with a backup and with heads exported then",
            Self::TailRemoved { .. } => {
                "the newest records were cut off: the archive was truncated, or an older backup was restored"
            }
            Self::ExportedHead { .. } => "the file does not prove anything: use the head as it was exported",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BytesAltered { number } => write!(f, "the bytes of record {number} were altered"),
            Self::ContentAltered { number } => write!(f, "record {number} opens to other bytes than were recorded"),
            Self::RecordAltered { link, first, last } => {
                write!(f, "{} of link {link}: a field was altered", Range("record", *first, *last))
            }
            Self::RecordsRemoved { first, last } => write!(f, "{} removed", Range("record", *first, *last)),
            Self::RecordsInserted { first, last } => write!(f, "{} inserted", Range("record", *first, *last)),
            Self::BytesRemoved { number } => write!(f, "the bytes of record {number} were removed before their term"),
            Self::Unreadable { number, why } => write!(f, "the bytes of record {number} cannot be opened: {why}"),
            Self::BadSignature { number, why } => write!(f, "the signature of record {number} does not hold: {why}"),
            Self::LinkAltered { link } => write!(f, "link {link} was altered"),
            Self::LinksRemoved { first, last } => write!(f, "{} removed", Range("link", *first, *last)),
            Self::LinkInserted { link } => write!(f, "link {link} does not continue the one before it"),
            Self::HeadAltered { day } => write!(f, "the head of {} was altered", Day(*day)),
            Self::BadHeadSignature { day, why } => {
                write!(f, "the signature of the head of {} does not hold: {why}", Day(*day))
            }
            Self::Rewritten { day, link } => {
                write!(f, "the head of {} was signed over another chain than the one up to link {link}", Day(*day))
            }
            Self::DaysRemoved { after: Some(after), before: Some(before) } => {
                write!(f, "heads of days between {} and {} removed", Day(*after), Day(*before))
            }
            Self::DaysRemoved { after: None, before: Some(before) } => {
                write!(f, "heads of days before {} removed", Day(*before))
            }
            Self::DaysRemoved { after: Some(after), before: None } => {
                write!(f, "heads of days after {} removed", Day(*after))
            }
            Self::DaysRemoved { after: None, before: None } => write!(f, "the heads of all days removed"),
            Self::TailRemoved { first, last } => write!(f, "{} removed from the end", Range("link", *first, *last)),
            Self::ExportedHead { day, why } => write!(f, "the exported head of {} does not hold: {why}", Day(*day)),
        }
    }
}

/// One thing or several of them.
struct Range(&'static str, i64, i64);

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(what, first, last) = self;
        if first == last { write!(f, "{what} {first}") } else { write!(f, "{what}s {first} to {last}") }
    }
}

struct Day(i64);

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&super::moment::date(self.0))
    }
}

/// What was found in the chain of one node.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct NodeReport {
    /// The node.
    pub node: String,
    /// Records read.
    pub records: u64,
    /// Links read.
    pub links: u64,
    /// Heads of days read.
    pub days: u64,
    /// Signatures of records that hold.
    pub signed: u64,
    /// Records that carry no signature.
    pub unsigned: u64,
    /// Records whose signature could not be checked: what is needed for it is not here. Not a fault.
    pub unchecked: u64,
    /// Heads whose signature could not be checked. Not a fault.
    pub unchecked_days: u64,
    /// Records whose key was destroyed on purpose. Not a fault.
    pub erased: u64,
    /// Records whose bytes the retention has removed. Not a fault.
    pub expired: u64,
    /// Links that no head covers yet: whoever can write to the store could still write these anew unnoticed.
    pub open_links: u64,
    /// When the first of them was committed: long ago means that days are not closed.
    pub open_since: Option<Timestamp>,
    /// The newest head's day.
    pub last_day: Option<i64>,
    /// What is wrong, in the order of the chain; at most a thousand are named.
    pub faults: Vec<Fault>,
    /// How many more there are.
    pub more: u64,
}

impl NodeReport {
    pub(super) fn of(node: &str, heads: &[Head]) -> Self {
        Self {
            node: node.into(),
            days: u64::try_from(heads.len()).unwrap_or(u64::MAX),
            last_day: heads.last().map(|head| head.day),
            ..Self::default()
        }
    }

    pub(super) fn fault(&mut self, fault: Fault) {
        if self.faults.len() < NAMED {
            if !self.faults.contains(&fault) {
                self.faults.push(fault);
            }
        } else {
            self.more = self.more.saturating_add(1);
        }
    }
}

/// What a verification found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// By node, in order of their names.
    pub nodes: Vec<NodeReport>,
}

impl Report {
    /// Nothing is wrong.
    #[must_use]
    pub fn is_intact(&self) -> bool {
        self.nodes.iter().all(|node| node.faults.is_empty())
    }

    /// Every fault that is named, with its node.
    pub fn faults(&self) -> impl Iterator<Item = (&str, &Fault)> {
        self.nodes.iter().flat_map(|node| node.faults.iter().map(|fault| (node.node.as_str(), fault)))
    }
}
