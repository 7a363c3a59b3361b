//! The catalogue of the system's error codes: what may be done about each, who fixes it, and plain words in both
//! languages. Data, not code: the system changes its checks without changing its formats.

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// What may be done about an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// `R`: temporary, the same again later.
    Retry,
    /// `RN`: temporary, but only a rebuilt and newly signed message passes.
    RetryRebuilt,
    /// `P`: will never pass as it is.
    Permanent,
    /// `E`: nothing found, which for an export is no error.
    Empty,
    /// `M`: announced maintenance; wait.
    Maintenance,
    /// `S`: another operation must be used.
    SwitchOperation,
    /// `C`: rights, keys or settings must be changed first.
    CallerFix,
    /// `A`: the system already holds such an object.
    AlreadyExists,
    /// `D`: it had been done before, which is success.
    AlreadyDone,
}

/// Who can remove the cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fixer {
    /// Whoever prepares the data: the billing system, the accountant.
    Billing,
    /// Whoever runs the gateway: keys, rights, settings.
    Operator,
    /// The makers of the gateway or of its integration.
    Integrator,
    /// The system itself: waiting helps.
    System,
    /// Nobody has to.
    Nobody,
}

impl Fixer {
    /// The word used in files and reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Billing => "billing",
            Self::Operator => "operator",
            Self::Integrator => "integrator",
            Self::System => "system",
            Self::Nobody => "nobody",
        }
    }
}

/// Language of a text for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Language {
    /// Russian.
    Russian,
    /// English.
    #[default]
    English,
}

/// One row of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The code, or a family of codes ending in `*`.
    pub code: &'static str,
    /// Levels of error where it appears: `A` transport, `B` fault, `C` request, `D` object, `F` file store.
    pub levels: &'static str,
    /// What may be done.
    pub class: Class,
    /// Who can remove the cause.
    pub fixer: Fixer,
    title: [&'static str; 2],
    action: [&'static str; 2],
}

impl Entry {
    /// What happened, in one sentence.
    pub fn title(&self, language: Language) -> &'static str {
        self.title[usize::from(language == Language::Russian)]
    }

    /// What to do.
    pub fn action(&self, language: Language) -> &'static str {
        self.action[usize::from(language == Language::Russian)]
    }
}

static CATALOGUE: LazyLock<BTreeMap<&'static str, Entry>> = LazyLock::new(|| {
    let rows = include_str!("../data/error-codes.tsv").lines().skip(1);
    rows.filter_map(parse).map(|entry| (entry.code, entry)).collect()
});

fn parse(line: &'static str) -> Option<Entry> {
    let mut cells = line.split('\t');
    let mut next = || cells.next();
    let (code, levels, class, fixer) = (next()?, next()?, next()?, next()?);
    let class = match class {
        "R" => Class::Retry,
        "RN" => Class::RetryRebuilt,
        "P" => Class::Permanent,
        "E" => Class::Empty,
        "M" => Class::Maintenance,
        "S" => Class::SwitchOperation,
        "C" => Class::CallerFix,
        "A" => Class::AlreadyExists,
        "D" => Class::AlreadyDone,
        _ => return None,
    };
    let fixer = match fixer {
        "billing" => Fixer::Billing,
        "operator" => Fixer::Operator,
        "integrator" => Fixer::Integrator,
        "system" => Fixer::System,
        "nobody" => Fixer::Nobody,
        _ => return None,
    };
    let (title_en, title_ru, action_en, action_ru) = (next()?, next()?, next()?, next()?);
    Some(Entry { code, levels, class, fixer, title: [title_en, title_ru], action: [action_en, action_ru] })
}

/// The row for a code: its own, else that of the longest family it belongs to.
pub fn find(code: &str) -> Option<&'static Entry> {
    if let Some(entry) = CATALOGUE.get(code) {
        return Some(entry);
    }
    let families =
        CATALOGUE.values().filter(|entry| entry.code.strip_suffix('*').is_some_and(|head| code.starts_with(head)));
    families.max_by_key(|entry| entry.code.len())
}

/// All rows, by code.
pub fn all() -> impl Iterator<Item = &'static Entry> {
    CATALOGUE.values()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_file_is_read() {
        let rows = include_str!("../data/error-codes.tsv").lines().skip(1).count();
        assert!(rows > 50);
        assert_eq!(all().count(), rows);
        for entry in all() {
            for language in [Language::Russian, Language::English] {
                assert!(!entry.title(language).is_empty() && !entry.action(language).is_empty(), "{}", entry.code);
            }
        }
    }

    #[test]
    fn an_unknown_code_takes_the_longest_family() {
        assert_eq!(find("EXP009999").map(|entry| entry.code), Some("EXP*"));
        assert_eq!(find("EXP001000").map(|entry| entry.class), Some(Class::RetryRebuilt));
        assert_eq!(find("INT002012").map(|entry| entry.class), Some(Class::Empty));
        assert_eq!(find("SRV008070").map(|entry| entry.class), Some(Class::AlreadyDone));
        assert_eq!(find("SRV023299").map(|entry| entry.code), Some("SRV0232*"));
        assert_eq!(find("HTTP502").map(|entry| entry.code), Some("HTTP502"));
        assert_eq!(find("HTTP500").map(|entry| entry.code), Some("HTTP5*"));
        assert_eq!(find("HTTP429").map(|entry| entry.class), Some(Class::Retry));
        assert_eq!(find("HTTP404").map(|entry| entry.class), Some(Class::CallerFix));
        assert_eq!(find("XYZ000001"), None);
    }
}
