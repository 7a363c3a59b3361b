//! The operator's own list of changes (`changelog.txt` of a package): what the schemas do not say.
//!
//! It is written by hand, newest release first: a heading with two versions, tasks by number, and under each its lines,
//! which name files, operations, types, elements and controls (контроли: the checks a request is refused by). Controls
//! stand in no schema, so a release that changes no schema may still refuse what was accepted before.

use std::collections::{BTreeMap, BTreeSet};

use super::version::Release;
use crate::wsdl::Contract;

/// A changelog, newest release first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changelog {
    /// Releases.
    pub sections: Vec<Section>,
}

/// What changed from one release to the next.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Section {
    /// The release before, if the heading says.
    pub from: Option<Release>,
    /// The release.
    pub to: Option<Release>,
    /// The tasks.
    pub entries: Vec<Entry>,
}

/// One task.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entry {
    /// Its numbers: `NEWHCS-28408`.
    pub tickets: Vec<String>,
    /// What stands behind them in brackets, as from which version it holds.
    pub note: Option<String>,
    /// Its lines, as written.
    pub lines: Vec<String>,
    /// Controls it names.
    pub controls: Vec<Control>,
}

/// A control and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Control {
    /// Its code, as written: `INT023091`.
    pub code: String,
    /// What became of it.
    pub change: ControlChange,
}

/// What became of a control.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ControlChange {
    /// It is new.
    Added,
    /// It checks something else.
    Changed,
    /// It is gone.
    Removed,
    /// It is named, and no verb says what became of it.
    Named,
}

impl ControlChange {
    /// Its name in JSON.
    pub fn code(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Changed => "changed",
            Self::Removed => "removed",
            Self::Named => "named",
        }
    }

    /// By the beginning of a Russian verb.
    fn of(word: &str) -> Option<Self> {
        let stems: [(Self, &[&str]); 3] = [
            (Self::Added, &["добавл", "введен", "введён"]),
            (Self::Changed, &["измен", "скоррект", "уточн"]),
            (Self::Removed, &["удал", "исключ"]),
        ];
        let word = word.to_lowercase();
        stems.into_iter().find(|(_, stems)| stems.iter().any(|stem| word.starts_with(stem))).map(|(change, _)| change)
    }
}

impl Changelog {
    /// Reads a changelog. What it does not understand is kept as lines: nothing is an error.
    pub fn parse(text: &str) -> Self {
        let mut log = Self::default();
        for line in text.trim_start_matches('\u{feff}').lines().map(str::trim) {
            if line.chars().all(|c| c == '=') {
                continue;
            }
            if line.starts_with("Изменения в форматах") {
                let mut versions = line.split_whitespace().filter_map(Release::parse);
                let (from, to) = (versions.next(), versions.next());
                log.sections.push(Section { from, to, entries: Vec::new() });
                continue;
            }
            let Some(section) = log.sections.last_mut() else { continue };
            match (heading(line), section.entries.last_mut()) {
                (Some(entry), _) => section.entries.push(entry),
                (None, Some(entry)) if entry.note.is_none() && entry.lines.is_empty() && line.starts_with('(') => {
                    entry.note = Some(line.trim_matches(['(', ')']).to_owned());
                }
                (None, Some(entry)) => entry.lines.push(line.to_owned()),
                (None, None) => section.entries.push(Entry { lines: vec![line.to_owned()], ..Entry::default() }),
            }
        }
        for entry in log.sections.iter_mut().flat_map(|section| &mut section.entries) {
            entry.controls = controls(&entry.lines);
        }
        log
    }

    /// Mends a heading that was copied from the release before: the newest section then belongs to the release of the
    /// package it came in.
    pub fn date(&mut self, package: &Release) {
        let [first, second, ..] = self.sections.as_mut_slice() else { return };
        let newer = second.to.as_ref().is_some_and(|to| to < package);
        if newer && (&first.from, &first.to) == (&second.from, &second.to) {
            first.from.clone_from(&second.to);
            first.to = Some(package.clone());
        }
    }

    /// Sections after one release, up to another, newest first. Without the first, of the other alone.
    pub fn between(&self, after: Option<&Release>, up_to: &Release) -> impl Iterator<Item = &Section> {
        self.sections.iter().filter(move |section| match (&section.to, after) {
            (Some(to), Some(after)) => to > after && to <= up_to,
            (Some(to), None) => to == up_to,
            (None, _) => false,
        })
    }
}

/// A line of task numbers: `- NEWHCS-25076, NEWHCS-25088 (с версии 15.3)`.
fn heading(line: &str) -> Option<Entry> {
    let line = line.trim_start_matches(['-', '*', ' ']);
    let (numbers, note) = match line.split_once('(') {
        Some((numbers, note)) => (numbers, Some(note.trim_end().trim_end_matches(')').to_owned())),
        None => (line, None),
    };
    let ticket = |text: &str| {
        let (project, number) = text.split_once('-')?;
        let named = !project.is_empty() && project.bytes().all(|byte| byte.is_ascii_uppercase());
        (named && !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.to_owned())
    };
    let numbers = numbers.trim().trim_end_matches([':', '.', ',']);
    let tickets: Option<Vec<String>> = numbers.split(',').map(|text| ticket(text.trim())).collect();
    Some(Entry { tickets: tickets?, note, ..Entry::default() })
}

/// Words of a line with their places.
fn words(line: &str) -> impl Iterator<Item = (usize, &str)> {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    line.split(move |c: char| !part(c)).filter(|word| !word.is_empty()).map(move |word| {
        // A part of a text lies in it.
        (word.as_ptr().addr() - line.as_ptr().addr(), word)
    })
}

/// Letters and number of a control's code.
fn control(word: &str) -> Option<(&str, &str)> {
    let at = word.find(|c: char| c.is_ascii_digit())?;
    let (letters, number) = word.split_at(at);
    let is_code = (2..=3).contains(&letters.len())
        && letters.bytes().all(|byte| byte.is_ascii_uppercase())
        && (6..=7).contains(&number.len())
        && number.bytes().all(|byte| byte.is_ascii_digit());
    is_code.then_some((letters, number))
}

/// Controls in the lines of a task, each with the verb before it; a range (`INT023051-INT023053`) is all its members.
fn controls(lines: &[String]) -> Vec<Control> {
    let mut found = BTreeSet::new();
    // A line that ends in a colon speaks for the list below it.
    let mut inherited = None;
    for line in lines {
        let mut change = inherited;
        let mut before: Option<(usize, &str, &str)> = None;
        for (at, word) in words(line) {
            if let Some(verb) = ControlChange::of(word) {
                change = Some(verb);
            }
            let Some((letters, number)) = control(word) else {
                before = None;
                continue;
            };
            let change = change.unwrap_or(ControlChange::Named);
            let range = before.filter(|(end, from, _)| {
                *from == letters
                    && line[*end..at].trim().chars().all(|c| "-–—".contains(c))
                    && !line[*end..at].trim().is_empty()
            });
            for number in range.map(|(_, _, first)| members(first, number)).unwrap_or_default() {
                found.insert(Control { code: format!("{letters}{number}"), change });
            }
            found.insert(Control { code: word.to_owned(), change });
            before = Some((at + word.len(), letters, number));
        }
        inherited = change.filter(|_| line.ends_with(':'));
    }
    found.into_iter().collect()
}

/// Numbers between two of the same length; nothing for what cannot be meant as a range.
fn members(first: &str, last: &str) -> Vec<String> {
    let width = first.len();
    match (first.parse::<u32>(), last.parse::<u32>()) {
        (Ok(first), Ok(last)) if width == last.to_string().len().max(width) && first < last && last - first <= 100 => {
            (first + 1..last).map(|number| format!("{number:0width$}")).collect()
        }
        _ => Vec::new(),
    }
}

impl Entry {
    /// Services it is about: those whose files, operations, messages or types it names.
    pub fn services(&self, names: &Names) -> Vec<String> {
        let mut found = BTreeSet::new();
        for line in &self.lines {
            found.extend(names.files(line));
            for (_, word) in words(line) {
                found.extend(names.words.get(word).into_iter().flatten().cloned());
            }
        }
        found.into_iter().collect()
    }

    /// Whether a name stands in it as a word.
    pub fn mentions(&self, name: &str) -> bool {
        self.lines.iter().any(|line| words(line).any(|(_, word)| word == name))
    }
}

/// Names by which a text may mean a service.
#[derive(Debug, Clone, Default)]
pub struct Names {
    services: BTreeSet<String>,
    words: BTreeMap<String, BTreeSet<String>>,
}

impl Names {
    /// Names of everything that belongs to one service alone: operations, requests, parts of its state, and types.
    pub fn new(contracts: &[&Contract]) -> Self {
        let mut names = Self::default();
        for contract in contracts {
            for service in &contract.services {
                names.services.insert(service.name.clone());
                let mut own = BTreeSet::new();
                for operation in service.operations.iter().filter(|one| !one.name.starts_with("get")) {
                    names.add(&operation.name, &service.name);
                    // Operations are called by what they were called when they were synchronous, too.
                    names.add(&format!("{}Data", operation.name), &service.name);
                    names.add(&operation.request.local, &service.name);
                    own.insert(&operation.request.ns);
                }
                for ns in own {
                    let types = contract.schemas.complex_types.keys().chain(contract.schemas.simple_types.keys());
                    // In the package types are called so; our own writing calls them by words a text may have anyway.
                    for name in types.filter(|name| name.ns == *ns && name.local.ends_with("Type")) {
                        names.add(&name.local, &service.name);
                    }
                }
                for state in service.operations.iter().filter(|one| one.name == "getState") {
                    let resolver = crate::language::Resolver::new(&contract.schemas);
                    let children = contract.schemas.elements.get(&state.answer).and_then(|element| {
                        match resolver.effective(&element.ty, element) {
                            Ok(crate::language::Effective::Complex(chain)) => resolver.children(&chain).ok(),
                            _ => None,
                        }
                    });
                    for name in
                        children.into_iter().flat_map(BTreeMap::into_keys).filter(|name| name.ns == state.answer.ns)
                    {
                        names.add(&name.local, &service.name);
                    }
                }
            }
        }
        names
    }

    fn add(&mut self, word: &str, service: &str) {
        self.words.entry(word.to_owned()).or_default().insert(service.to_owned());
    }

    /// Services whose files a line names: `hcs-house-management-types.xsd`, and as it is spelt elsewhere.
    fn files(&self, line: &str) -> BTreeSet<String> {
        let plain = |name: &str| name.replace(['-', '_'], "");
        let mut found = BTreeSet::new();
        for word in line.split(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_' | '.')) {
            let word = word.trim_start_matches('-');
            let Some(name) = word.strip_prefix("hcs-").or_else(|| word.strip_prefix("hcs_")) else { continue };
            let name = name.split('.').next().unwrap_or(name).trim_end_matches('-');
            let ends = ["-service-async", "-service", "-types"];
            let name = ends.iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
            found.extend(self.services.iter().filter(|service| plain(service) == plain(name)).cloned());
        }
        found
    }
}
