//! What a release of the formats changes, and what that means for code written against the release before.
//!
//! [`compare`] walks every operation of two contracts side by side, its request and its answer apart, for the same change
//! may break one and not the other. It compares what documents may say, not how the schema says it: names and cuts of
//! types do not matter. A change inside a type is one [`Change`] with every place the type is used in.
//!
//! [`Used`] are the paths somebody really uses; [`Changelog`] is what the operator wrote about the same releases.

mod changelog;
mod content;
mod facet;
mod kind;
mod missing;
mod operations;
mod shape;
mod types;
mod used;
mod verdict;
mod version;
mod walk;
mod words;

use std::fmt;

pub use changelog::{Changelog, Control, ControlChange, Entry, Names, Section};
pub use kind::{Facet, Kind};
pub use missing::missing;
pub use used::{BadPath, Used};
pub use verdict::{Direction, Verdict, judge};
pub use version::{MessageVersions, Release, message_versions};
pub use words::Words;

use crate::Error;
use crate::wsdl::Contract;

/// One change of a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Which way the messages go that it concerns.
    pub direction: Direction,
    /// What changed.
    pub kind: Kind,
    /// What stood there: a value, a number of occurrences, a type.
    pub before: Option<String>,
    /// What stands there now.
    pub after: Option<String>,
    /// Values of an enumeration, versions, or the elements of a group or branch.
    pub values: Vec<String>,
    /// Where, in order. Never empty.
    pub places: Vec<Place>,
    /// Names beside which the element stands, where it only stands together with them; empty: it stands by itself.
    pub beside: Vec<String>,
    /// What it means.
    pub verdict: Verdict,
    /// Why.
    pub reason: Words,
}

impl Change {
    /// Services it concerns, in order.
    pub fn services(&self) -> Vec<&str> {
        let mut all: Vec<&str> = self.places.iter().map(|place| &*place.service).collect();
        all.dedup();
        all
    }
}

/// A place in a contract: a service, an operation of it, or an element or attribute of one of its messages.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The service.
    pub service: String,
    /// The operation; empty for the whole service.
    pub operation: String,
    /// Local names from the message's element down, by `/`, an attribute's behind `@`; empty for the whole operation.
    pub path: String,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.service)?;
        if !self.operation.is_empty() {
            write!(f, "/{}", self.operation)?;
        }
        if !self.path.is_empty() {
            write!(f, ": {}", self.path)?;
        }
        Ok(())
    }
}

/// A difference, without the place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Finding {
    kind: Kind,
    before: Option<String>,
    after: Option<String>,
    values: Vec<String>,
}

impl Finding {
    fn new(kind: Kind, before: Option<String>, after: Option<String>) -> Self {
        Self { kind, before, after, values: Vec::new() }
    }

    fn with(kind: Kind, values: Vec<String>) -> Self {
        Self { kind, before: None, after: None, values }
    }

    fn change(self, direction: Direction, places: Vec<Place>, beside: Vec<String>) -> Change {
        let (verdict, reason) = judge(self.kind, direction);
        let Self { kind, before, after, values } = self;
        Change { direction, kind, before, after, values, places, beside, verdict, reason }
    }
}

/// Everything that differs between two contracts, the older one first; ordered by place.
///
/// # Errors
/// A reference to nothing in one of them.
pub fn compare(before: &Contract, after: &Contract) -> Result<Vec<Change>, Error> {
    let mut changes = operations::compare(before, after);
    let mut walk = walk::Walk::new(&before.schemas, &after.schemas);
    for (service, old, new) in operations::common(before, after) {
        walk.operation(service, old, new)?;
    }
    changes.extend(walk.changes());
    changes.sort_by(|left, right| {
        let key = |one: &Change| (one.places.first().cloned(), one.direction, one.kind);
        key(left).cmp(&key(right)).then_with(|| (&left.before, &left.values).cmp(&(&right.before, &right.values)))
    });
    Ok(changes)
}
