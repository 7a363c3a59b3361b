//! Kinds of information (виды информации, НСИ 291) that the desks place and read.

use std::collections::BTreeSet;

use serde::Serialize;

use super::facts::{Entry, Power};
use crate::desk::words::Words;

/// A kind of information that is needed.
///
/// The codes of НСИ 291 are the stand's own, and which of them serve a desk is known for certain only where they are
/// [given](Self::by_codes). Without them a kind is looked for by its wording, and one that is not found so is no proof that it
/// is missing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Kind {
    /// What it is, for people.
    pub title: Words,
    /// Beginnings of words in its wording, small letters, `е` for `ё`.
    #[serde(skip)]
    stems: &'static [&'static str],
    /// Codes any of which serves.
    pub codes: BTreeSet<String>,
}

/// Whether powers are of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Match {
    /// None of them is.
    No,
    /// None that can be recognised is.
    Unclear,
    /// One is.
    Yes,
}

impl Kind {
    /// Payment documents.
    #[must_use]
    pub fn bills() -> Self {
        Self::known("платёжные документы", "payment documents", &["платежн", "начислен"])
    }

    /// Readings of meters.
    #[must_use]
    pub fn readings() -> Self {
        Self::known("показания приборов учёта", "readings of meters", &["показани"])
    }

    /// Appeals and their answers.
    #[must_use]
    pub fn appeals() -> Self {
        Self::known("обращения", "appeals", &["обращени"])
    }

    /// The kind, recognised by codes of НСИ 291 alone.
    #[must_use]
    pub fn by_codes<C: Into<String>>(mut self, codes: impl IntoIterator<Item = C>) -> Self {
        self.codes = codes.into_iter().map(Into::into).collect();
        self
    }

    fn known(ru: &str, en: &str, stems: &'static [&'static str]) -> Self {
        Self { title: Words::both(ru, en), stems, codes: BTreeSet::new() }
    }

    pub(super) fn is_of(&self, power: &Power) -> Match {
        let told = |entry: &Entry| match (&entry.name, self.codes.is_empty()) {
            (_, false) => self.codes.contains(&entry.code),
            (Some(name), true) => {
                let name = name.to_lowercase().replace('ё', "е");
                self.stems.iter().any(|stem| name.contains(stem))
            }
            (None, true) => false,
        };
        match (power.kinds.iter().any(told), self.codes.is_empty()) {
            (true, _) => Match::Yes,
            (false, true) => Match::Unclear,
            (false, false) => Match::No,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_kind_is_recognised_by_codes_or_by_its_wording_and_only_codes_prove_that_it_is_missing() {
        let power = |code: &str, name: Option<&str>| Power {
            guid: Uuid::nil(),
            actual: true,
            everywhere: true,
            all_objects: true,
            kinds: vec![Entry { code: code.to_owned(), name: name.map(str::to_owned) }],
        };
        let bills = Kind::bills();
        assert_eq!(bills.is_of(&power("7", Some("Информация о Платёжных документах"))), Match::Yes);
        assert_eq!(bills.is_of(&power("7", Some("Обращения граждан"))), Match::Unclear);
        assert_eq!(bills.is_of(&power("7", None)), Match::Unclear);
        let coded = bills.by_codes(["7", "8"]);
        assert_eq!(coded.is_of(&power("8", None)), Match::Yes);
        assert_eq!(coded.is_of(&power("9", Some("Платёжные документы"))), Match::No);
    }
}
