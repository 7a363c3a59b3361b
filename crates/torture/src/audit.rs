//! The auditor: compares the books and lists every difference.

mod incoming;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt;

use gis_gkh_delivery::{BodyRole, Sha256, local};

use crate::books::{Books, Deed, Fate, Kept, Place, Promise};
use crate::plan::Thing;

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
    /// Said to be refused, by this code, and the system holds it.
    RefusedAndPlaced(Place, String),
    /// Refused although the system had no reason to.
    RefusedWithoutReason(Place, String),
    /// Told to the caller, and later something else.
    Recanted(Place, Fate, Fate),
    /// Placed more than once.
    Doubled(Thing, usize),
    /// Withdrawn, changed or deleted, which nobody asked for.
    Undone(Thing),
    /// Asked for before what it needs was there: an answer to be sent that had not been written.
    Premature(Thing),
    /// Accepted, and what it needs was not.
    Disordered(Place),
    /// Placed, and never promised to anyone.
    Unasked(Thing),
    /// Placed, and the request that did it is not archived.
    NoRequest(Thing),
    /// Placed, and nothing archived says so.
    NoProof(Thing),
    /// Sent, and not archived.
    SentUnarchived(Sha256),
    /// Archived as received, and never received.
    NeverReceived(i64, BodyRole, Sha256),
    /// Archived under a message that belongs to nobody.
    Stranger(i64),
    /// The archive itself is broken.
    Archive(String),
    /// Was there to be read in the system, and is not in the inbox: topic and key.
    NotBrought(String, String),
    /// The inbox has an older state of it than the system: topic and key.
    Stale(String, String),
    /// Stands in the inbox under a second position though nothing of it has changed.
    Again(i64, String),
    /// Stands in the inbox and was never in the system: topic and key.
    Invented(String, String),
    /// A consumer never got what stands at a position.
    Missed(String, i64),
    /// A consumer got positions in a wrong order.
    OutOfOrder(String, i64),
    /// A consumer got once more what it had acknowledged.
    AfterAcknowledged(String, i64),
    /// A consumer got something else than what stands at a position.
    Altered(String, i64),
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let row = |place: &Place| format!("batch {} row {}", place.batch, place.row);
        match self {
            Self::Lost(place) => write!(f, "lost: {} was promised and is not in the store", row(place)),
            Self::Unfinished(place, state) => write!(f, "unfinished: {} is {state}", row(place)),
            Self::NotPlaced(place) => write!(f, "not placed: {} is said to be accepted", row(place)),
            Self::Forged(place, id) => write!(f, "forged: {} is said to be accepted as `{id}`", row(place)),
            Self::RefusedAndPlaced(place, code) => write!(f, "placed: {} is said to be refused, {code}", row(place)),
            Self::RefusedWithoutReason(place, code) => write!(f, "refused without reason: {}, {code}", row(place)),
            Self::Recanted(place, was, is) => write!(f, "recanted: {} was {was:?} and is {is:?}", row(place)),
            Self::Doubled(thing, times) => write!(f, "doubled: {thing} was placed {times} times"),
            Self::Undone(thing) => write!(f, "undone: {thing}"),
            Self::Premature(thing) => write!(f, "premature: {thing}"),
            Self::Disordered(place) => write!(f, "disordered: {} is accepted, what it needs is not", row(place)),
            Self::Unasked(thing) => write!(f, "unasked: {thing} was placed and never promised"),
            Self::NoRequest(thing) => write!(f, "no request archived: {thing}"),
            Self::NoProof(thing) => write!(f, "no answer archived: {thing}"),
            Self::SentUnarchived(digest) => write!(f, "sent and not archived: {digest}"),
            Self::NeverReceived(message, role, digest) => {
                write!(f, "archived and never received: message {message}, {}, {digest}", role.name())
            }
            Self::Stranger(message) => write!(f, "archived for nobody: message {message}"),
            Self::Archive(what) => write!(f, "archive: {what}"),
            Self::NotBrought(topic, key) => write!(f, "not brought: {topic} {key} is not in the inbox"),
            Self::Stale(topic, key) => write!(f, "stale: {topic} {key} has changed since it was brought"),
            Self::Again(seq, key) => write!(f, "again: position {seq} repeats {key}"),
            Self::Invented(topic, key) => write!(f, "invented: {topic} {key} is in the inbox alone"),
            Self::Missed(consumer, seq) => write!(f, "missed: {consumer} never got position {seq}"),
            Self::OutOfOrder(consumer, seq) => {
                write!(f, "out of order: {consumer} got position {seq} behind a later one")
            }
            Self::AfterAcknowledged(consumer, seq) => write!(f, "acknowledged: {consumer} got position {seq} again"),
            Self::Altered(consumer, seq) => write!(f, "altered: {consumer} got something else at position {seq}"),
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
    incoming::compare(&books.incoming, &mut found);
    found
}

/// Every promise was kept, and nothing said was untrue.
fn promised(books: &Books, found: &mut Vec<Difference>) {
    let none = Deed::default();
    let ends = &books.promised.ends;
    for (place, promise) in &books.promised.rows {
        let Some((end, message)) = ends.get(place) else {
            found.push(Difference::Lost(*place));
            continue;
        };
        let deed = books.done.deeds.get(&promise.thing).unwrap_or(&none);
        let before = promise.follows.map(|before| ends.get(&before).map(|(end, _)| end));
        match end {
            // What a person gave up stays open for ever, provided that nothing of it is there.
            Fate::Open(_) if message.is_some_and(|message| books.promised.given_up.contains(&message)) => {
                if deed.placed > 0 {
                    found.push(Difference::RefusedAndPlaced(*place, "given up".to_owned()));
                }
            }
            Fate::Open(state) => found.push(Difference::Unfinished(*place, state.clone())),
            Fate::Accepted(id) => accepted(*place, promise, id, deed, before, found),
            Fate::Refused(code) if deed.placed > 0 => {
                found.push(Difference::RefusedAndPlaced(*place, code.clone()));
            }
            Fate::Refused(code) if !promise.closed && !is_for_want_of(before, code) => {
                found.push(Difference::RefusedWithoutReason(*place, code.clone()));
            }
            Fate::Refused(_) => {}
        }
        if let Some(was) = books.promised.told.get(place).filter(|was| *was != end) {
            found.push(Difference::Recanted(*place, was.clone(), end.clone()));
        }
    }
}

/// Where what a row follows has ended; `None` inside when it is lost.
type Before<'b> = Option<Option<&'b Fate>>;

/// What is said to be accepted is there, under that identifier, and behind what it needs.
fn accepted(place: Place, promise: &Promise, id: &str, deed: &Deed, before: Before<'_>, found: &mut Vec<Difference>) {
    let forged = || Difference::Forged(place, id.to_owned());
    if deed.placed == 0 {
        found.push(Difference::NotPlaced(place));
    } else if matches!(promise.thing, Thing::Bill { .. }) && !deed.ids.iter().any(|given| given == id) {
        found.push(forged());
    }
    match before {
        None => {}
        Some(Some(Fate::Accepted(draft))) if draft == id => {}
        // What is sent is the draft, and bears its identifier.
        Some(Some(Fate::Accepted(_))) => found.push(forged()),
        Some(_) => found.push(Difference::Disordered(place)),
    }
}

/// Whether a row was refused because what it needs was not accepted.
fn is_for_want_of(before: Before<'_>, code: &str) -> bool {
    code == local::FORERUNNER && before.is_some_and(|before| !matches!(before, Some(Fate::Accepted(_))))
}

/// Everything was placed once, in order, and only what was promised.
fn done(books: &Books, found: &mut Vec<Difference>) {
    let promised: BTreeSet<&Thing> = books.promised.rows.values().map(|promise| &promise.thing).collect();
    for (thing, deed) in &books.done.deeds {
        if deed.placed > 1 {
            found.push(Difference::Doubled(thing.clone(), deed.placed));
        }
        if deed.undone > 0 {
            found.push(Difference::Undone(thing.clone()));
        }
        if deed.premature > 0 {
            found.push(Difference::Premature(thing.clone()));
        }
        if deed.placed > 0 && !promised.contains(thing) {
            found.push(Difference::Unasked(thing.clone()));
        }
    }
}

/// Whatever went over the wire is in the archive, and nothing else is.
fn archived(books: &Books, found: &mut Vec<Difference>) {
    found.extend(books.archived.faults.iter().cloned().map(Difference::Archive));
    let mut carriers: BTreeMap<&Thing, Vec<(i64, &Promise, &Fate)>> = BTreeMap::new();
    let mut ours = books.archived.exports.clone();
    for (place, (end, message)) in &books.promised.ends {
        let (Some(promise), Some(message)) = (books.promised.rows.get(place), message) else { continue };
        ours.insert(*message);
        carriers.entry(&promise.thing).or_default().push((*message, promise, end));
    }
    for (thing, deed) in books.done.deeds.iter().filter(|(_, deed)| deed.placed > 0) {
        let carried = carriers.get(thing).map(Vec::as_slice).unwrap_or_default();
        let any = |is: &dyn Fn(&Kept, &Promise, &Fate) -> bool| {
            carried.iter().any(|(message, promise, end)| {
                let kept = books.archived.messages.get(message);
                kept.is_some_and(|kept| kept.iter().any(|kept| is(kept, promise, end)))
            })
        };
        let names = |kept: &Kept, promise: &Promise| promise.words.iter().all(|word| kept.words.contains(word));
        if !any(&|kept, promise, _| kept.role == BodyRole::Request && names(kept, promise)) {
            found.push(Difference::NoRequest(thing.clone()));
        }
        let proves = |kept: &Kept, promise: &Promise, end: &Fate| match (kept.role, end) {
            // Found by a lookup of what bears no identifier: the lookup shows the thing itself.
            (BodyRole::LookupAnswer, Fate::Accepted(id)) if id.is_empty() => names(kept, promise),
            (BodyRole::Answer | BodyRole::LookupAnswer, Fate::Accepted(id)) if deed.ids.is_empty() => {
                kept.words.contains(id)
            }
            (BodyRole::Answer | BodyRole::LookupAnswer, _) => deed.ids.iter().any(|id| kept.words.contains(id)),
            _ => false,
        };
        if !any(&proves) {
            found.push(Difference::NoProof(thing.clone()));
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
            } else if kept.role != BodyRole::Decision && !books.done.answers.contains(&kept.digest) {
                found.push(Difference::NeverReceived(*message, kept.role, kept.digest));
            }
        }
    }
    for sent in books.done.submissions.iter().filter(|sent| !requests.contains(sent)) {
        found.push(Difference::SentUnarchived(*sent));
    }
}
