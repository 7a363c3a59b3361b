//! The file of settings and the environment over it, as texts by key.

use std::collections::{BTreeMap, HashMap};
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use gis_gkh_xml::Versions;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::ConfigError;
use super::given::{Given, Row, Set, expected};
use super::settings::{self, Kind, LISTS, OWN, SETTINGS, VARIABLES, variable};
use crate::records::distance;

type Sets = HashMap<&'static str, Set>;

/// Keys of the tables of which there may be several.
const COLUMNS: [(&str, &[&str]); 2] = [
    ("pull", &["name", "topic", "interval", "overlap", "houses", "types", "resources", "meters"]),
    ("writer", &["kind", "system", "houses"]),
];

/// What is said for one organisation, or for all.
#[derive(Default)]
struct Part {
    settings: Sets,
    pulls: Vec<Row>,
    writers: Vec<Row>,
}

/// A file of settings with the environment over it.
pub(super) struct Document {
    place: String,
    all: Part,
    /// Those of `[[organisation]]`; none when there is one organisation.
    several: Vec<Part>,
    versions: Versions,
    /// Everything that is no setting, or no value of one.
    pub(super) faults: Vec<ConfigError>,
}

impl Document {
    /// Reads the file and lays the environment over it.
    ///
    /// # Errors
    /// The file cannot be read, or is no TOML; what is wrong within is in `faults`.
    pub(super) fn read(path: &Path, environment: &BTreeMap<OsString, OsString>) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|reason| ConfigError::Unreadable { path: path.to_owned(), reason })?;
        let parsed = DeTable::parse(&text)
            .map_err(|error| ConfigError::Syntax { path: path.to_owned(), reason: without_secrets(&error, &text) })?;
        let mut reader = Reader {
            text: &text,
            place: path.display().to_string(),
            directory: path.parent().unwrap_or(Path::new("")).to_owned(),
            faults: Vec::new(),
        };
        let mut document = Self {
            place: reader.place.clone(),
            all: Part::default(),
            several: Vec::new(),
            versions: Versions::new(),
            faults: Vec::new(),
        };
        for (key, value) in parsed.get_ref() {
            document.take(&mut reader, key, value);
        }
        document.faults = reader.faults;
        document.overlay(environment);
        document.faults.sort_by_key(ConfigError::line);
        Ok(document)
    }

    /// Takes what stands at the top of the file.
    fn take(&mut self, reader: &mut Reader<'_>, key: &Key<'_>, value: &Value<'_>) {
        let name = key.get_ref().as_ref();
        match (name, value.get_ref()) {
            ("versions", DeValue::Table(table)) => {
                for (key, value) in table {
                    match value.get_ref() {
                        DeValue::String(version) => {
                            self.versions.insert(key.get_ref().to_string(), version.to_string());
                        }
                        _ => reader.wrong(value, format!("versions.{}", key.get_ref()), "a text"),
                    }
                }
            }
            ("organisation", DeValue::Array(entries)) => {
                for entry in entries.iter() {
                    match entry.get_ref() {
                        DeValue::Table(table) => self.several.push(reader.organisation(table)),
                        _ => reader.wrong(entry, name.to_owned(), "a table"),
                    }
                }
            }
            (section, DeValue::Table(table)) if settings::sections().contains(&section) => {
                reader.section(section, table, &mut self.all.settings);
            }
            (list, DeValue::Array(entries)) if LISTS.contains(&list) => reader.list(list, entries, &mut self.all),
            (name, _) if settings::sections().contains(&name) || LISTS.contains(&name) || name == "versions" => {
                reader.wrong(value, name.to_owned(), "a table");
            }
            (name, _) => reader.set(key, name.to_owned(), value, &mut self.all.settings),
        }
    }

    fn overlay(&mut self, environment: &BTreeMap<OsString, OsString>) {
        // Variables that hold secrets may bear any name, one of ours among others.
        let parts = std::iter::once(&self.all).chain(&self.several);
        let mut named: Vec<String> = parts
            .flat_map(|part| VARIABLES.iter().filter_map(|key| part.settings.get(key)))
            .map(|set| set.text.clone())
            .collect();
        let over = VARIABLES.iter().filter_map(|key| environment.get(OsStr::new(&variable(key))));
        named.extend(over.filter_map(|name| name.to_str()).map(str::to_owned));
        for (name, value) in environment {
            let Some(name) = name.to_str().filter(|name| name.starts_with("GKH_")) else { continue };
            if named.iter().any(|secret| secret == name) {
                continue;
            }
            let fault = match SETTINGS.iter().find(|setting| variable(setting.key) == name) {
                // Other names belong to others; a misspelt setting does not.
                None if !of_a_section(name) => continue,
                None => ConfigError::Unknown {
                    place: "the environment".to_owned(),
                    key: name.to_owned(),
                    like: like(name, SETTINGS.iter().map(|setting| variable(setting.key))),
                },
                Some(setting) if !self.several.is_empty() && setting.key.starts_with("organisation.") => {
                    ConfigError::Value {
                        place: "the environment".to_owned(),
                        key: name.to_owned(),
                        expected: "left out: the settings have several organisations".to_owned(),
                    }
                }
                Some(setting) => match value.to_str() {
                    Some(text) => {
                        let set = Set {
                            text: text.to_owned(),
                            list: None,
                            place: name.to_owned(),
                            directory: PathBuf::new(),
                        };
                        self.all.settings.insert(setting.key, set);
                        continue;
                    }
                    None => ConfigError::Value {
                        place: "the environment".to_owned(),
                        key: name.to_owned(),
                        expected: "text in UTF-8".to_owned(),
                    },
                },
            };
            self.faults.push(fault);
        }
    }

    /// How many organisations have a table of their own; none where there is one `[organisation]`.
    pub(super) fn several(&self) -> usize {
        self.several.len()
    }

    /// What is set for an organisation: what it says itself, over what is said for all.
    pub(super) fn given(&self, organisation: Option<usize>) -> Given {
        let mut given = Given {
            settings: self.all.settings.clone(),
            pulls: self.all.pulls.clone(),
            writers: self.all.writers.clone(),
            place: self.place.clone(),
            versions: self.versions.clone(),
        };
        if let Some(own) = organisation.and_then(|number| self.several.get(number)) {
            given.settings.extend(own.settings.iter().map(|(key, set)| (*key, set.clone())));
            given.pulls.extend(own.pulls.iter().cloned());
            given.writers.extend(own.writers.iter().cloned());
        }
        given
    }
}

type Key<'i> = Spanned<std::borrow::Cow<'i, str>>;
type Value<'i> = Spanned<DeValue<'i>>;

/// Turns what is parsed into texts, and notes what is wrong.
struct Reader<'t> {
    text: &'t str,
    place: String,
    directory: PathBuf,
    faults: Vec<ConfigError>,
}

impl Reader<'_> {
    /// The line of a byte.
    fn at(&self, byte: usize) -> String {
        let line = self.text.get(..byte).unwrap_or_default().matches('\n').count() + 1;
        format!("{}:{line}", self.place)
    }

    fn wrong(&mut self, value: &Value<'_>, key: String, expected: &str) {
        let place = self.at(value.span().start);
        self.faults.push(ConfigError::Value { place, key, expected: expected.to_owned() });
    }

    fn unknown(&mut self, key: &Key<'_>, name: String, known: impl Iterator<Item = String>) {
        let place = self.at(key.span().start);
        let like = like(&name, known);
        self.faults.push(ConfigError::Unknown { place, key: name, like });
    }

    /// One of `[[organisation]]`, with the sections of its own.
    fn organisation(&mut self, table: &DeTable<'_>) -> Part {
        let mut part = Part::default();
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            match value.get_ref() {
                DeValue::Table(section) if OWN.contains(&name) => self.section(name, section, &mut part.settings),
                DeValue::Array(entries) if LISTS.contains(&name) => self.list(name, entries, &mut part),
                _ => self.set(key, format!("organisation.{name}"), value, &mut part.settings),
            }
        }
        part
    }

    fn section(&mut self, section: &str, table: &DeTable<'_>, into: &mut Sets) {
        for (key, value) in table {
            self.set(key, format!("{section}.{}", key.get_ref()), value, into);
        }
    }

    /// Every entry of `[[pull]]` or `[[writer]]`.
    fn list(&mut self, list: &str, entries: &toml::de::DeArray<'_>, into: &mut Part) {
        let columns = COLUMNS.iter().find(|(name, _)| *name == list).map_or(&[][..], |(_, columns)| *columns);
        for (number, entry) in (1..).zip(entries.iter()) {
            let DeValue::Table(table) = entry.get_ref() else {
                self.wrong(entry, list.to_owned(), "a table");
                continue;
            };
            let mut row =
                Row { place: self.at(entry.span().start), name: format!("{list}.{number}"), cells: BTreeMap::new() };
            for (key, value) in table {
                let name = format!("{list}.{number}.{}", key.get_ref());
                let Some(column) = columns.iter().find(|column| *column == key.get_ref()) else {
                    self.unknown(key, name, columns.iter().map(|column| format!("{list}.{number}.{column}")));
                    continue;
                };
                match texts(value.get_ref(), true) {
                    Some(texts) => drop(row.cells.insert(column, texts)),
                    None => self.wrong(value, name, "a text, or a list of texts"),
                }
            }
            match list {
                "pull" => into.pulls.push(row),
                _ => into.writers.push(row),
            }
        }
    }

    fn set(&mut self, key: &Key<'_>, name: String, value: &Value<'_>, into: &mut Sets) {
        let Some(setting) = settings::find(&name) else {
            let known = SETTINGS.iter().map(|setting| setting.key.to_owned());
            let tables = settings::sections().into_iter().chain(LISTS.iter().copied()).chain(["versions"]);
            let known: Vec<String> = known.chain(tables.map(str::to_owned)).collect();
            return self.unknown(key, name, known.into_iter());
        };
        let several = matches!(setting.kind, Kind::Durations | Kind::Texts);
        match texts(value.get_ref(), several) {
            Some(texts) => {
                let list = matches!(value.get_ref(), DeValue::Array(_)).then(|| texts.clone());
                let place = self.at(value.span().start);
                let set = Set { text: texts.join(","), list, place, directory: self.directory.clone() };
                into.insert(setting.key, set);
            }
            None => self.wrong(value, name, &expected(setting.kind)),
        }
    }
}

/// A value as text, or several; whole numbers and `true` are as good as their texts.
fn texts(value: &DeValue<'_>, several: bool) -> Option<Vec<String>> {
    match value {
        DeValue::String(text) => Some(vec![text.to_string()]),
        DeValue::Integer(number) if number.radix() == 10 => Some(vec![number.as_str().to_owned()]),
        DeValue::Boolean(yes) => Some(vec![if *yes { "yes" } else { "no" }.to_owned()]),
        DeValue::Array(values) if several => {
            values.iter().map(|value| Some(value.get_ref().as_str()?.to_owned())).collect()
        }
        _ => None,
    }
}

/// Whether a variable begins as those of a section do.
fn of_a_section(name: &str) -> bool {
    let rest = name.strip_prefix("GKH_").unwrap_or_default();
    let begins = |section: &str| rest.strip_prefix(&*section.to_uppercase()).is_some_and(|rest| rest.starts_with('_'));
    settings::sections().into_iter().any(begins)
}

/// What is wrong with the file. The line is shown unless somebody may have written a password into it.
fn without_secrets(error: &toml::de::Error, text: &str) -> String {
    let told = error.to_string();
    if !["password", "pin", "secret", "://", "url"].iter().any(|sign| told.contains(sign)) {
        return told.trim().to_owned();
    }
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    format!("TOML parse error at line {line}, which is not shown for it may hold a password; write `name = \"value\"`")
}

/// The name that was probably meant.
fn like(name: &str, known: impl Iterator<Item = String>) -> Option<String> {
    let name = name.to_lowercase();
    known
        .map(|known| (distance(&name, &known.to_lowercase()), known))
        .filter(|(distance, known)| {
            // `store.password` for `store.password_file`.
            let begun = known.to_lowercase().strip_prefix(&name).is_some_and(|rest| rest.starts_with('_'));
            *distance <= 1 + known.len() / 5 || begun
        })
        .min()
        .map(|(_, known)| known)
}
