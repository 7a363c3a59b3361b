//! What is set for one organisation, to be read by the sections.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use gis_gkh_sign::signer::SecretSource;
use gis_gkh_xml::Versions;

use super::error::ConfigError;
use super::patience::DURATION;
use super::settings::{self, Kind};

/// A text that is set, and where.
#[derive(Clone)]
pub(super) struct Set {
    pub(super) text: String,
    /// The texts one by one, where the file has a list of them.
    pub(super) list: Option<Vec<String>>,
    pub(super) place: String,
    /// What relative paths are relative to.
    pub(super) directory: PathBuf,
}

/// One entry of a table of which there may be several.
#[derive(Clone)]
pub(super) struct Row {
    pub(super) place: String,
    /// `pull.1`.
    pub(super) name: String,
    pub(super) cells: BTreeMap<&'static str, Vec<String>>,
}

impl Row {
    /// A text, if it is set.
    pub(super) fn text(&self, column: &str) -> Option<&str> {
        self.cells.get(column)?.first().map(String::as_str)
    }

    /// Every text of a list; none when it is not set.
    pub(super) fn list(&self, column: &str) -> &[String] {
        self.cells.get(column).map_or(&[], Vec::as_slice)
    }

    /// A fault of a column.
    pub(super) fn wrong(&self, column: &str, expected: &str) -> ConfigError {
        let key = format!("{}.{column}", self.name);
        ConfigError::Value { place: self.place.clone(), key, expected: expected.to_owned() }
    }
}

/// The settings given.
pub(super) struct Given {
    pub(super) settings: HashMap<&'static str, Set>,
    pub(super) pulls: Vec<Row>,
    pub(super) writers: Vec<Row>,
    /// The file, for faults of what has no key of its own.
    pub(super) place: String,
    pub(super) versions: Versions,
}

/// What a kind of setting must be, for people.
pub(super) fn expected(kind: Kind) -> String {
    match kind {
        Kind::Text => "a text".to_owned(),
        Kind::Path => "a path".to_owned(),
        Kind::Word(words) => words.join(" or "),
        Kind::Switch => "yes or no".to_owned(),
        Kind::Number => "a whole number".to_owned(),
        Kind::Duration => DURATION.to_owned(),
        Kind::Durations => format!("a list, each {DURATION}"),
        Kind::Texts => "a list of texts".to_owned(),
    }
}

impl Given {
    /// Where a setting is written: line of the file, or the variable.
    pub(super) fn place(&self, key: &str) -> String {
        self.settings.get(key).map_or_else(|| self.place.clone(), |set| set.place.clone())
    }

    /// Whether it is set.
    pub(super) fn has(&self, key: &str) -> bool {
        self.settings.contains_key(key)
    }

    /// A fault of a setting.
    pub(super) fn wrong(&self, key: &str, expected: impl Into<String>) -> ConfigError {
        ConfigError::Value { place: self.place(key), key: key.to_owned(), expected: expected.into() }
    }

    /// A text, if it is set.
    pub(super) fn text(&self, key: &str) -> Option<String> {
        self.settings.get(key).map(|set| set.text.clone())
    }

    /// A text that must be set.
    pub(super) fn needed(&self, key: &'static str) -> Result<String, ConfigError> {
        self.text(key).ok_or(ConfigError::Missing { key })
    }

    /// Several texts: those of a list, or one text cut at `at`.
    pub(super) fn texts(&self, key: &str, at: impl Fn(char) -> bool) -> Option<Vec<String>> {
        let set = self.settings.get(key)?;
        let cut = || set.text.split(&at).map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect();
        Some(set.list.clone().unwrap_or_else(cut))
    }

    /// A path, relative to the file it is written in.
    pub(super) fn path(&self, key: &str) -> Option<PathBuf> {
        self.settings.get(key).map(|set| set.directory.join(&set.text))
    }

    /// A path within another setting, relative to the file as well.
    pub(super) fn beside(&self, key: &str, path: &str) -> PathBuf {
        self.settings.get(key).map_or_else(|| path.into(), |set| set.directory.join(path))
    }

    /// A path that must be set.
    pub(super) fn needed_path(&self, key: &'static str) -> Result<PathBuf, ConfigError> {
        self.path(key).ok_or(ConfigError::Missing { key })
    }

    /// A value that must be set and read.
    pub(super) fn parsed<T>(
        &self,
        key: &'static str,
        expected: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, ConfigError> {
        self.optional(key, expected, parse)?.ok_or(ConfigError::Missing { key })
    }

    /// A value that is read if it is set.
    pub(super) fn optional<T>(
        &self,
        key: &'static str,
        expected: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, ConfigError> {
        let Some(set) = self.settings.get(key) else { return Ok(None) };
        parse(set.text.trim()).map(Some).ok_or_else(|| self.wrong(key, expected))
    }

    /// One of several words.
    pub(super) fn word<T: Copy>(
        &self,
        key: &'static str,
        words: &[(&'static str, T)],
    ) -> Result<Option<T>, ConfigError> {
        let expected = words.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(" or ");
        self.optional(key, &expected, |text| words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value))
    }

    /// Yes or no.
    pub(super) fn switch(&self, key: &'static str) -> Result<Option<bool>, ConfigError> {
        self.word(key, &[("yes", true), ("no", false), ("true", true), ("false", false)])
            .map_err(|_| self.wrong(key, expected(Kind::Switch)))
    }

    /// Where a secret is kept: at most one of a file, a variable, and a person who is asked `question`.
    pub(super) fn secret(&self, name: &str, question: &str) -> Result<Option<SecretSource>, ConfigError> {
        let [file, variable, prompt] = ["file", "variable", "prompt"].map(|place| format!("{name}_{place}"));
        let asked = match settings::find(&prompt) {
            Some(setting) => self.switch(setting.key)?.unwrap_or(false),
            None => false,
        };
        let sources = [
            self.path(&file).map(SecretSource::File),
            self.text(&variable).map(SecretSource::Variable),
            asked.then(|| SecretSource::Prompt(question.to_owned())),
        ];
        let mut sources = sources.into_iter().flatten();
        let first = sources.next();
        match sources.next() {
            None => Ok(first),
            Some(_) => Err(self.wrong(name, "kept in one place: a file, a variable or a person's memory")),
        }
    }
}
