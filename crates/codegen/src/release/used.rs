//! Paths that somebody uses, one a line: `service/operation: request/child/grandchild`.
//!
//! An attribute stands behind `@`. A `*` stands for any service, or any operation: a receipt alone does not tell whose it
//! is. Lines that start with `#` and empty lines say nothing.

use std::collections::BTreeSet;
use std::fmt;

use super::{Change, Place};

/// A line that is no path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: `{text}` is no path; write `service/operation: element/element`")]
pub struct BadPath {
    /// Line, from 1.
    pub line: usize,
    /// What stands there.
    pub text: String,
}

/// A set of used paths.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Used {
    lines: BTreeSet<Place>,
    /// The lines and every path above them, down from the bare operation.
    above: BTreeSet<Place>,
}

impl Used {
    /// Reads a file of paths.
    ///
    /// # Errors
    /// A line that is no path.
    pub fn parse(text: &str) -> Result<Self, BadPath> {
        let mut used = Self::default();
        for (number, line) in text.lines().enumerate() {
            let line = line.trim().trim_start_matches('\u{feff}');
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let bad = || BadPath { line: number + 1, text: line.chars().take(200).collect() };
            let (call, path) = line.split_once(": ").ok_or_else(bad)?;
            let (service, operation) = call.split_once('/').ok_or_else(bad)?;
            let path = path.trim();
            let name = |text: &str| !text.is_empty() && !text.contains(char::is_whitespace);
            if !name(service) || !name(operation) || operation.contains('/') || !path.split('/').all(name) {
                return Err(bad());
            }
            used.insert(Place { service: service.to_owned(), operation: operation.to_owned(), path: path.to_owned() });
        }
        Ok(used)
    }

    /// Adds a path.
    pub fn insert(&mut self, place: Place) {
        let mut path = place.path.as_str();
        loop {
            // What is above a known path is known.
            if !self.above.insert(Place { path: path.to_owned(), ..place.clone() }) || path.is_empty() {
                break;
            }
            path = path.rsplit_once('/').map_or("", |(above, _)| above);
        }
        self.lines.insert(place);
    }

    /// The paths, in order.
    pub fn lines(&self) -> impl Iterator<Item = &Place> {
        self.lines.iter()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Used places that a change touches. What is gone, moved or of another type touches who uses it; what is new or
    /// newly required touches who uses the element it belongs in, or, if it only stands beside others, who uses those.
    pub fn touched(&self, change: &Change) -> Vec<Place> {
        let mut touched = BTreeSet::new();
        for place in &change.places {
            if place.operation.is_empty() {
                let of_service = |one: &&Place| one.service == place.service && one.path.is_empty();
                touched.extend(self.above.iter().filter(of_service).cloned());
                continue;
            }
            let up = || place.path.rsplit_once('/').map_or("", |(above, _)| above);
            if place.path.is_empty() {
                // Whose receipt it is does not matter when it is the operation that changes.
                if self.above.contains(place) {
                    touched.insert(place.clone());
                }
            } else if !change.kind.concerns_parent() || !place.path.contains('/') {
                touched.extend(self.known(place, &place.path));
            } else if change.beside.is_empty() {
                touched.extend(self.known(place, up()));
            } else {
                for beside in &change.beside {
                    touched.extend(self.known(place, &format!("{}/{beside}", up())));
                }
            }
        }
        touched.into_iter().collect()
    }

    /// A path of a place's operation, if it is used there or somewhere that may be there.
    fn known(&self, place: &Place, path: &str) -> Option<Place> {
        let any = "*".to_owned();
        let calls = [
            (place.service.clone(), place.operation.clone()),
            (any.clone(), place.operation.clone()),
            (place.service.clone(), any.clone()),
            (any.clone(), any),
        ];
        let mut places =
            calls.into_iter().map(|(service, operation)| Place { service, operation, path: path.to_owned() });
        places.find(|one| self.above.contains(one)).map(|_| Place { path: path.to_owned(), ..place.clone() })
    }
}

impl fmt::Display for Used {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.lines.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

impl Extend<Place> for Used {
    fn extend<I: IntoIterator<Item = Place>>(&mut self, places: I) {
        places.into_iter().for_each(|place| self.insert(place));
    }
}
