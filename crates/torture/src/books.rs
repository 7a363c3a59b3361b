//! Three books kept while everything breaks: what was promised, what was really done, what is archived.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use gis_gkh_delivery::{BodyRole, ObjectState, Sha256};
use serde::{Deserialize, Serialize};

use crate::plan::Document;

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
    /// Of a state of the store. `id` is the name of the identifier documents are told apart by.
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
    /// The document it places.
    pub document: Document,
    /// The system has reason to refuse it.
    pub closed: bool,
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
}

impl Promised {
    /// The caller looks at a row.
    pub fn tell(&mut self, place: Place, fate: &Fate) {
        if fate.is_final() {
            self.told.entry(place).or_insert_with(|| fate.clone());
        }
    }
}

/// What was done with documents of one key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Deed {
    /// How often one was placed.
    pub placed: usize,
    /// How often one was withdrawn.
    pub withdrawn: usize,
    /// Identifiers given.
    pub ids: Vec<String>,
}

/// What the system did, and what went over the wire.
#[derive(Debug, Clone, Default)]
pub struct Done {
    /// By document.
    pub deeds: BTreeMap<Document, Deed>,
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
    /// What of the words looked for stands in it: accounts and numbers of documents, identifiers.
    pub words: BTreeSet<String>,
}

/// What the archive holds.
#[derive(Debug, Clone, Default)]
pub struct Archived {
    /// Bodies by message.
    pub messages: BTreeMap<i64, Vec<Kept>>,
    /// What was wrong while it was read: bodies, entries, links.
    pub faults: Vec<String>,
}

/// The three books.
#[derive(Debug, Clone, Default)]
pub struct Books {
    /// What was promised.
    pub promised: Promised,
    /// What was done.
    pub done: Done,
    /// What is archived.
    pub archived: Archived,
}
