//! The file of settings and the environment over it, as texts by key.

use std::collections::{BTreeMap, HashMap};
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use gis_gkh_xml::Versions;
use serde::Deserialize;

use super::error::ConfigError;
use crate::records::distance;

/// Every setting, its section before it.
const KEYS: &[&str] = &[
    "language",
    "data_dir",
    "stand.name",
    "stand.address",
    "stand.host",
    "stand.answers",
    "stand.answer_signers",
    "organisation.name",
    "organisation.org_ppa_guid",
    "organisation.ogrn",
    "organisation.role",
    "organisation.mode",
    "key.certificate",
    "key.private_key",
    "key.profile",
    "files.charges",
    "files.charge_lines",
    "files.bank",
    "files.services",
    "files.accounts",
    "policy.poll",
    "policy.lookup",
    "policy.backoff",
    "policy.backoff_cap",
    "policy.maintenance",
    "policy.max_processing",
    "policy.max_age",
    "policy.bytes_max_age",
    "policy.send_deadline",
    "policy.request_timeout",
    "policy.lease",
    "policy.settle",
    "policy.lookup_patience",
    "policy.learn",
    "policy.pace",
    "store.kind",
    "store.url",
    "store.password_file",
    "store.password_variable",
    "store.node",
    "store.schema",
    "encryption.enabled",
    "encryption.folder",
    "encryption.master_file",
    "encryption.master_variable",
    "encryption.master_command",
    "retention.bills",
    "retention.readings",
    "retention.answers",
    "retention.appeals",
    "retention.otherwise",
];

/// Settings that name an environment variable.
const SECRETS: &[&str] = &["store.password_variable", "encryption.master_variable"];

/// The environment variable that overrides a setting.
pub(super) fn variable(key: &str) -> String {
    format!("GKH_{}", key.replace('.', "_").to_uppercase())
}

/// A section is as TOML has it; what is known of its keys is in [`KEYS`].
#[derive(Deserialize)]
struct Document {
    language: Option<String>,
    data_dir: Option<String>,
    #[serde(default)]
    stand: HashMap<String, String>,
    #[serde(default)]
    organisation: HashMap<String, String>,
    #[serde(default)]
    key: HashMap<String, String>,
    #[serde(default)]
    files: HashMap<String, String>,
    #[serde(default)]
    policy: HashMap<String, Pauses>,
    #[serde(default)]
    store: HashMap<String, String>,
    #[serde(default)]
    encryption: HashMap<String, String>,
    #[serde(default)]
    retention: HashMap<String, String>,
    #[serde(default)]
    pull: Vec<PullTable>,
    #[serde(default)]
    versions: BTreeMap<String, String>,
}

/// A recurring export as it is written.
#[derive(Debug, Deserialize)]
pub(super) struct PullTable {
    pub(super) name: Option<String>,
    pub(super) topic: String,
    pub(super) interval: Option<String>,
    pub(super) overlap: Option<String>,
    #[serde(default)]
    pub(super) houses: Vec<String>,
    #[serde(default)]
    pub(super) types: Vec<String>,
    #[serde(default)]
    pub(super) resources: Vec<String>,
    #[serde(default)]
    pub(super) meters: Vec<String>,
}

/// A pause, or several.
#[derive(Deserialize)]
#[serde(untagged)]
enum Pauses {
    One(String),
    Several(Vec<String>),
}

/// What is set, and where.
struct Setting {
    text: String,
    place: String,
    /// What relative paths are relative to.
    directory: PathBuf,
}

/// The settings given.
pub(super) struct Given {
    settings: HashMap<&'static str, Setting>,
    pub(super) pulls: Vec<PullTable>,
    /// The file, for faults of what has no key of its own.
    pub(super) place: String,
    pub(super) versions: Versions,
}

impl Given {
    /// Reads the file and lays the environment over it.
    pub(super) fn read(path: &Path, environment: &BTreeMap<OsString, OsString>) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|reason| ConfigError::Unreadable { path: path.to_owned(), reason })?;
        let place = path.display().to_string();
        let syntax = |error: toml::de::Error| ConfigError::Syntax {
            path: path.to_owned(),
            reason: without_secrets(&error, &text),
        };
        let mut unknown = None;
        let document: Document = serde_ignored::deserialize(toml::Deserializer::parse(&text).map_err(syntax)?, |key| {
            unknown.get_or_insert_with(|| key.to_string());
        })
        .map_err(syntax)?;
        if let Some(key) = unknown {
            return Err(unknown_key(place, key));
        }
        let directory = path.parent().unwrap_or(Path::new("")).to_owned();
        let mut given =
            Self { settings: HashMap::new(), pulls: document.pull, place: place.clone(), versions: document.versions };
        let mut set = |name: String, text: String| {
            let key = KEYS.iter().find(|key| **key == name).ok_or_else(|| unknown_key(place.clone(), name))?;
            given.settings.insert(key, Setting { text, place: place.clone(), directory: directory.clone() });
            Ok::<(), ConfigError>(())
        };
        for (name, text) in [("language", document.language), ("data_dir", document.data_dir)] {
            if let Some(text) = text {
                set(name.to_owned(), text)?;
            }
        }
        let sections = [
            ("stand", document.stand),
            ("organisation", document.organisation),
            ("key", document.key),
            ("files", document.files),
            ("store", document.store),
            ("encryption", document.encryption),
            ("retention", document.retention),
        ];
        for (section, keys) in sections {
            for (key, text) in keys {
                set(format!("{section}.{key}"), text)?;
            }
        }
        for (key, pauses) in document.policy {
            let text = match pauses {
                Pauses::One(text) => text,
                Pauses::Several(texts) => texts.join(","),
            };
            set(format!("policy.{key}"), text)?;
        }
        given.overlay(environment)?;
        Ok(given)
    }

    fn overlay(&mut self, environment: &BTreeMap<OsString, OsString>) -> Result<(), ConfigError> {
        // Variables that hold secrets may bear any name, one of ours among others.
        let named: Vec<String> = SECRETS
            .iter()
            .filter_map(|key| {
                let over = environment.get(OsStr::new(&variable(key))).and_then(|name| name.to_str());
                over.or(self.settings.get(key).map(|setting| &*setting.text)).map(str::to_owned)
            })
            .collect();
        for (name, value) in environment {
            let Some(name) = name.to_str().filter(|name| name.starts_with("GKH_")) else { continue };
            if named.iter().any(|secret| secret == name) {
                continue;
            }
            let Some(key) = KEYS.iter().find(|key| variable(key) == name) else {
                // Other names belong to others; a misspelt setting does not.
                let section = KEYS.iter().filter_map(|key| key.split_once('.')).any(|(section, _)| {
                    name.strip_prefix("GKH_").is_some_and(|rest| {
                        rest.strip_prefix(&*section.to_uppercase()).is_some_and(|rest| rest.starts_with('_'))
                    })
                });
                if section {
                    return Err(ConfigError::Unknown {
                        place: "the environment".to_owned(),
                        key: name.to_owned(),
                        like: like(name, KEYS.iter().map(|key| variable(key))),
                    });
                }
                continue;
            };
            let text = text_of(name, value)?;
            self.settings.insert(key, Setting { text, place: name.to_owned(), directory: PathBuf::new() });
        }
        Ok(())
    }

    /// Where a setting is written: the file, or the variable.
    pub(super) fn place(&self, key: &str) -> String {
        self.settings.get(key).map_or_else(|| self.place.clone(), |setting| setting.place.clone())
    }

    /// A text, if it is set.
    pub(super) fn text(&mut self, key: &str) -> Option<String> {
        self.settings.get(key).map(|setting| setting.text.clone())
    }

    /// A text that must be set.
    pub(super) fn needed(&mut self, key: &'static str) -> Result<String, ConfigError> {
        self.text(key).ok_or(ConfigError::Missing { key })
    }

    /// A path, relative to the file it is written in.
    pub(super) fn path(&mut self, key: &str) -> Option<PathBuf> {
        self.settings.get(key).map(|setting| setting.directory.join(&setting.text))
    }

    /// A path that must be set.
    pub(super) fn needed_path(&mut self, key: &'static str) -> Result<PathBuf, ConfigError> {
        self.path(key).ok_or(ConfigError::Missing { key })
    }

    /// A value that must be set and read.
    pub(super) fn parsed<T>(
        &mut self,
        key: &'static str,
        expected: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, ConfigError> {
        self.optional(key, expected, parse)?.ok_or(ConfigError::Missing { key })
    }

    /// A value that is read if it is set.
    pub(super) fn optional<T>(
        &mut self,
        key: &'static str,
        expected: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, ConfigError> {
        let Some(setting) = self.settings.get(key) else { return Ok(None) };
        let wrong =
            || ConfigError::Value { place: setting.place.clone(), key: key.to_owned(), expected: expected.to_owned() };
        parse(setting.text.trim()).map(Some).ok_or_else(wrong)
    }

    /// One of several words.
    pub(super) fn word<T: Copy>(
        &mut self,
        key: &'static str,
        words: &[(&'static str, T)],
    ) -> Result<Option<T>, ConfigError> {
        let expected = words.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(" or ");
        self.optional(key, &expected, |text| words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value))
    }
}

fn text_of(name: &str, value: &OsStr) -> Result<String, ConfigError> {
    value.to_str().map(str::to_owned).ok_or_else(|| ConfigError::Value {
        place: "the environment".to_owned(),
        key: name.to_owned(),
        expected: "text in UTF-8".to_owned(),
    })
}

fn unknown_key(place: String, key: String) -> ConfigError {
    let sections =
        ["stand", "organisation", "key", "files", "policy", "store", "encryption", "retention", "pull", "versions"];
    let known = KEYS.iter().map(|key| (*key).to_owned()).chain(sections.map(str::to_owned));
    let like = like(&key, known);
    ConfigError::Unknown { place, key, like }
}

/// What is wrong with the file. The line is shown unless somebody may have written a password into it.
fn without_secrets(error: &toml::de::Error, text: &str) -> String {
    let told = error.to_string();
    if !["password", "://", "url"].iter().any(|sign| told.contains(sign)) {
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
