//! The auditor: compares the three books and lists every difference.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt;

use gis_gkh_delivery::{BodyRole, Sha256};

use crate::books::{Books, Deed, Fate, Place};
use crate::plan::Document;

/// Where two books disagree.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Difference {
    /// Promised, and the store knows nothing of it.
    Lost(Place),
    /// Promised, and neither accepted nor refused at the end.
    Unfinished(Place, String),
    /// Said to be accepted, and the system holds nothing.
    NotPlaced(Place),
    /// Said to be accepted under an identifier the system has not given.
    Forged(Place, String),
    /// Said to be refused, and the system holds it.
    RefusedAndPlaced(Place),
    /// Refused although the system had no reason to.
    RefusedWithoutReason(Place, String),
    /// Told to the caller, and later something else.
    Recanted(Place, Fate, Fate),
    /// Placed more than once.
    Doubled(Document, usize),
    /// Withdrawn, which nobody asked for.
    Withdrawn(Document),
    /// Placed, and never promised to anyone.
    Unasked(Document),
    /// Placed, and the request that did it is not archived.
    NoRequest(Document),
    /// Placed, and nothing archived says so.
    NoProof(Document),
    /// Sent, and not archived.
    SentUnarchived(Sha256),
    /// Archived as received, and never received.
    NeverReceived(i64, BodyRole, Sha256),
    /// Archived under a message that belongs to nobody.
    Stranger(i64),
    /// The archive itself is broken.
    Archive(String),
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let doc = |document: &Document| format!("{}/{}/{}", document.account, document.period, document.number);
        let row = |place: &Place| format!("batch {} row {}", place.batch, place.row);
        match self {
            Self::Lost(place) => write!(f, "lost: {} was promised and is not in the store", row(place)),
            Self::Unfinished(place, state) => write!(f, "unfinished: {} is {state}", row(place)),
            Self::NotPlaced(place) => write!(f, "not placed: {} is said to be accepted", row(place)),
            Self::Forged(place, id) => write!(f, "forged: {} is said to be accepted as `{id}`", row(place)),
            Self::RefusedAndPlaced(place) => write!(f, "placed: {} is said to be refused", row(place)),
            Self::RefusedWithoutReason(place, code) => write!(f, "refused without reason: {}, {code}", row(place)),
            Self::Recanted(place, was, is) => write!(f, "recanted: {} was {was:?} and is {is:?}", row(place)),
            Self::Doubled(document, times) => write!(f, "doubled: {} was placed {times} times", doc(document)),
            Self::Withdrawn(document) => write!(f, "withdrawn: {}", doc(document)),
            Self::Unasked(document) => write!(f, "unasked: {} was placed and never promised", doc(document)),
            Self::NoRequest(document) => write!(f, "no request archived: {}", doc(document)),
            Self::NoProof(document) => write!(f, "no answer archived: {}", doc(document)),
            Self::SentUnarchived(digest) => write!(f, "sent and not archived: {digest}"),
            Self::NeverReceived(message, role, digest) => {
                write!(f, "archived and never received: message {message}, {}, {digest}", role.name())
            }
            Self::Stranger(message) => write!(f, "archived for nobody: message {message}"),
            Self::Archive(what) => write!(f, "archive: {what}"),
        }
    }
}

/// Compares the books. Nothing is said of equal ones.
#[must_use]
pub fn audit(books: &Books) -> Vec<Difference> {
    let mut found = Vec::new();
    promised(books, &mut found);
    done(books, &mut found);
    archived(books, &mut found);
    found
}

/// Every promise was kept, and nothing said was untrue.
fn promised(books: &Books, found: &mut Vec<Difference>) {
    let none = Deed::default();
    for (place, promise) in &books.promised.rows {
        let Some((end, _)) = books.promised.ends.get(place) else {
            found.push(Difference::Lost(*place));
            continue;
        };
        let deed = books.done.deeds.get(&promise.document).unwrap_or(&none);
        match end {
            Fate::Open(state) => found.push(Difference::Unfinished(*place, state.clone())),
            Fate::Accepted(_) if deed.placed == 0 => found.push(Difference::NotPlaced(*place)),
            Fate::Accepted(id) if !deed.ids.contains(id) => found.push(Difference::Forged(*place, id.clone())),
            Fate::Accepted(_) => {}
            Fate::Refused(_) if deed.placed > 0 => found.push(Difference::RefusedAndPlaced(*place)),
            Fate::Refused(code) if !promise.closed => {
                found.push(Difference::RefusedWithoutReason(*place, code.clone()));
            }
            Fate::Refused(_) => {}
        }
        if let Some(was) = books.promised.told.get(place).filter(|was| *was != end) {
            found.push(Difference::Recanted(*place, was.clone(), end.clone()));
        }
    }
}

/// Every document was placed once, and only those promised.
fn done(books: &Books, found: &mut Vec<Difference>) {
    let promised: BTreeMap<&Document, &Place> =
        books.promised.rows.iter().map(|(place, promise)| (&promise.document, place)).collect();
    for (document, deed) in &books.done.deeds {
        if deed.placed > 1 {
            found.push(Difference::Doubled(document.clone(), deed.placed));
        }
        if deed.withdrawn > 0 {
            found.push(Difference::Withdrawn(document.clone()));
        }
        if deed.placed > 0 && !promised.contains_key(document) {
            found.push(Difference::Unasked(document.clone()));
        }
    }
}

/// Whatever went over the wire is in the archive, and nothing else is.
fn archived(books: &Books, found: &mut Vec<Difference>) {
    found.extend(books.archived.faults.iter().cloned().map(Difference::Archive));
    let mut carriers: BTreeMap<&Document, Vec<i64>> = BTreeMap::new();
    let mut ours = BTreeSet::new();
    for (place, (_, message)) in &books.promised.ends {
        let (Some(promise), Some(message)) = (books.promised.rows.get(place), message) else { continue };
        ours.insert(*message);
        carriers.entry(&promise.document).or_default().push(*message);
    }
    for (document, deed) in books.done.deeds.iter().filter(|(_, deed)| deed.placed > 0) {
        let kept = || {
            let messages = carriers.get(document).into_iter().flatten();
            messages.filter_map(|message| books.archived.messages.get(message)).flatten()
        };
        let requested = kept().any(|kept| {
            kept.role == BodyRole::Request
                && kept.words.contains(&document.account)
                && kept.words.contains(&document.number)
        });
        if !requested {
            found.push(Difference::NoRequest(document.clone()));
        }
        let proved = kept().any(|kept| {
            matches!(kept.role, BodyRole::Answer | BodyRole::LookupAnswer)
                && deed.ids.iter().any(|id| kept.words.contains(id))
        });
        if !proved {
            found.push(Difference::NoProof(document.clone()));
        }
    }
    let mut requests = HashSet::new();
    for (message, kept) in &books.archived.messages {
        if !ours.contains(message) {
            found.push(Difference::Stranger(*message));
        }
        for kept in kept {
            if matches!(kept.role, BodyRole::Request | BodyRole::LookupRequest) {
                requests.insert(kept.digest);
            } else if !books.done.answers.contains(&kept.digest) {
                found.push(Difference::NeverReceived(*message, kept.role, kept.digest));
            }
        }
    }
    for sent in books.done.submissions.iter().filter(|sent| !requests.contains(sent)) {
        found.push(Difference::SentUnarchived(*sent));
    }
}
