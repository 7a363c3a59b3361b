//! The books kept while everything breaks: what was promised, what was really done, what is archived, what was read.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use gis_gkh_delivery::{BodyRole, ObjectState, Sha256};
use serde::{Deserialize, Serialize};

use crate::plan::Thing;

/// A row by the store's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Place {
    /// The batch.
    pub batch: i64,
    /// The row.
    pub row: u32,
}

/// What the store says of a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// The system holds it under this identifier.
    Accepted(String),
    /// It was refused, with this code.
    Refused(String),
    /// Anything else: nothing has been promised yet.
    Open(String),
}

impl Fate {
    /// Of a state of the store. `id` is the name of the identifier things of its kind are told apart by.
    #[must_use]
    pub fn of(state: &ObjectState, id: &str) -> Self {
        match state {
            ObjectState::Accepted(ids) => Self::Accepted(ids.get(id).cloned().unwrap_or_default()),
            ObjectState::Refused(refusal) => Self::Refused(refusal.code.clone()),
            other => Self::Open(other.name().to_owned()),
        }
    }

    /// Whether it is an end.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        !matches!(self, Self::Open(_))
    }
}

/// A row whose batch was acknowledged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Promise {
    /// What it brings about.
    pub thing: Thing,
    /// What stands in the request that carries it.
    pub words: Vec<String>,
    /// The system has a reason to refuse it.
    pub closed: bool,
    /// What must have been accepted before.
    pub follows: Option<Place>,
}

/// What the caller was promised, and what he was told.
#[derive(Debug, Clone, Default)]
pub struct Promised {
    /// Every row of every acknowledged batch.
    pub rows: BTreeMap<Place, Promise>,
    /// Ends he was told of on the way, the first of each row.
    pub told: BTreeMap<Place, Fate>,
    /// Where the rows stand at the end, and the messages that carried them.
    pub ends: BTreeMap<Place, (Fate, Option<i64>)>,
    /// Messages a person gave up, having looked into the portal: nothing of them was there.
    pub given_up: BTreeSet<i64>,
}

impl Promised {
    /// The caller looks at a row.
    pub fn tell(&mut self, place: Place, fate: &Fate) {
        if fate.is_final() {
            self.told.entry(place).or_insert_with(|| fate.clone());
        }
    }
}

/// What was done with things of one name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Deed {
    /// How often one was placed.
    pub placed: usize,
    /// How often one was undone: withdrawn, changed, deleted.
    pub undone: usize,
    /// How often it was asked for before what it needs was there.
    pub premature: usize,
    /// Identifiers given, where the system tells its own.
    pub ids: Vec<String>,
}

/// What the system did, and what went over the wire.
#[derive(Debug, Clone, Default)]
pub struct Done {
    /// By name.
    pub deeds: BTreeMap<Thing, Deed>,
    /// Digests of the signed requests that reached it whole.
    pub submissions: HashSet<Sha256>,
    /// Digests of the answers that left it.
    pub answers: HashSet<Sha256>,
}

/// One kept body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// What it is.
    pub role: BodyRole,
    /// Digest of the plain bytes.
    pub digest: Sha256,
    /// What of the words looked for stands in it: those of the promises it carries, identifiers.
    pub words: BTreeSet<String>,
}

/// What the archive holds.
#[derive(Debug, Clone, Default)]
pub struct Archived {
    /// Bodies by message.
    pub messages: BTreeMap<i64, Vec<Kept>>,
    /// Of these the messages of recurring exports.
    pub exports: BTreeSet<i64>,
    /// What was wrong while it was read: bodies, entries, links.
    pub faults: Vec<String>,
}

/// A record of the inbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Its position.
    pub seq: i64,
    /// Topic.
    pub topic: String,
    /// Id of the object in the system.
    pub key: String,
    /// Digest of its content.
    pub digest: String,
    /// It is an appeal and shows an answer that was sent.
    pub answered: bool,
}

/// What a consumer did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Moment {
    /// Read these.
    Read(Vec<Record>),
    /// Acknowledged up to a position, and was told that it is done.
    Acknowledged(i64),
}

/// A consumer of the inbox, and everything it did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Consumed {
    /// The only topic it reads.
    pub topic: Option<String>,
    /// What it did.
    pub log: Vec<Moment>,
}

/// What came in: recurring exports and those who read what they bring.
#[derive(Debug, Clone, Default)]
pub struct Incoming {
    /// What there was to be read in the system before the last run of its export began, by topic and key; true of an appeal
    /// whose answer had been sent by then.
    pub portal: BTreeMap<(String, String), bool>,
    /// The inbox from its beginning.
    pub kept: Vec<Record>,
    /// Consumers by name.
    pub consumers: BTreeMap<String, Consumed>,
}

/// All books.
#[derive(Debug, Clone, Default)]
pub struct Books {
    /// What was promised.
    pub promised: Promised,
    /// What was done.
    pub done: Done,
    /// What is archived.
    pub archived: Archived,
    /// What came in.
    pub incoming: Incoming,
}
