//! Settings: `gkh.toml`, overridden by the environment.
//!
//! The smallest file there can be:
//!
//! ```toml
//! [stand]
//! name = "ppak"                          # ppak, sit-01, sit-02, sandbox
//! address = "127.0.0.1:8080"             # the tunnel, or the sandbox
//!
//! [organisation]
//! org_ppa_guid = "0f9d511e-3beb-507b-8a28-023834e65b92"
//! ogrn = "1000000000002"
//!
//! [key]
//! certificate = "org.crt"
//! private_key = "org.key"
//! ```
//!
//! Every setting stands with a word of what it is for in `docs/gkh.toml`, an example that is held against this module by its
//! tests; [`schema`] is the same for editors.
//!
//! Paths are relative to the file. Each key but those of `[[pull]]`, `[[writer]]` and `[versions]` is overridden by `GKH_` and
//! its name in capitals, the section before it: `GKH_DATA_DIR`, `GKH_STAND_ADDRESS`, `GKH_POLICY_POLL=10ms,20ms`; paths there
//! are relative to the directory the program runs in.
//!
//! Several organisations are as many tables `[[organisation]]`, each with an `id`, and with sections of its own
//! (`[organisation.key]`) over those of all. Each has a folder of its own in `data_dir`, its keys in one of its own in
//! `encryption.folder`, and on PostgreSQL a schema of its own; nothing of one is seen by another. The environment is laid over
//! what is set for all, and what an organisation says itself stands above both.
//!
//! No secret stands in the file: passwords and PINs come from files, variables and people.

mod answers;
mod encryption;
mod error;
mod file;
mod given;
mod key;
mod organisation;
mod patience;
mod permissions;
mod pulls;
mod retention;
mod schema;
mod settings;
mod stand;
mod store;
mod tls;
pub(crate) mod writers;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use gis_gkh::HttpLimits;
use gis_gkh::stand::{Stand, StandKind};
use gis_gkh_delivery::Policy;
use gis_gkh_delivery::archive::Retention;
use gis_gkh_xml::Versions;

pub use answers::AnswerSettings;
pub use encryption::Encryption;
pub use error::ConfigError;
use file::Document;
use given::Given;
pub use key::{Key, SECRET_VARIABLE};
use organisation::Unset;
pub use organisation::{Mode, Organisation, Role};
pub use patience::duration;
pub use permissions::Loose;
pub use pulls::PullSettings;
pub use schema::schema;
pub use stand::{Access, Login, ProxySettings};
#[cfg(feature = "postgres")]
pub use store::PostgresSettings;
pub use store::StoreSettings;
pub use tls::{TlsSettings, TlsSuite};
pub use writers::Writer;

use crate::records::{Input, Lang};

/// The settings of one gateway: one organisation on one stand.
#[derive(Debug, Clone)]
pub struct Config {
    /// Language of what people read; nothing when it is not set.
    pub language: Option<Lang>,
    /// Where the store lies, unless it is a database, and where others find this process. Need not exist yet.
    pub data_dir: PathBuf,
    /// The stand and the way to it.
    pub stand: Stand,
    /// How it is reached.
    pub access: Access,
    /// GOST TLS, where this program speaks it itself.
    pub tls: Option<TlsSettings>,
    /// How the stand's answers are checked.
    pub answers: AnswerSettings,
    /// The organisation acted for.
    pub organisation: Organisation,
    /// The key and its certificate.
    pub key: Key,
    /// What other systems write.
    pub writers: Vec<Writer>,
    /// Where the files of a month lie that are not beside the charges.
    pub files: Files,
    /// Patience of delivery. The sandbox's own default is milliseconds.
    pub policy: Policy,
    /// What is to be delivered lies here.
    pub store: StoreSettings,
    /// Where the keys lie under which bodies are kept; nothing when they are kept as they are.
    pub encryption: Option<Encryption>,
    /// How long the bytes of what went over the wire are kept. Digests and signatures stay for good.
    pub retention: Retention,
    /// What is read from the system again and again.
    pub pulls: Vec<PullSettings>,
    /// Versions of requests other than the contract's own, by request element.
    pub versions: Versions,
}

/// Files of a month that do not lie beside the charges.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Files {
    /// `charges.csv`, for when no file is named.
    pub charges: Option<PathBuf>,
    /// `charge_lines.csv`.
    pub charge_lines: Option<PathBuf>,
    /// `bank.csv`.
    pub bank: Option<PathBuf>,
    /// `services.csv`.
    pub services: Option<PathBuf>,
    /// `accounts.csv`.
    pub accounts: Option<PathBuf>,
}

/// An organisation of a file of settings, and its settings or what is wrong with them. What is wrong with one stops no other.
#[derive(Debug)]
pub struct Member {
    /// Its short name; nothing where there is one organisation.
    pub id: Option<String>,
    /// Its settings, or everything that is wrong with them.
    pub config: Result<Config, Vec<ConfigError>>,
}

type Environment = BTreeMap<OsString, OsString>;

impl Config {
    /// Reads the settings of the only organisation: the file, then the process's environment over it.
    ///
    /// # Errors
    /// The first key that is unknown, missing or wrong; each says what to write. [`ConfigError::Several`] organisations.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        Self::load_with(path, std::env::vars_os())
    }

    /// Reads the settings with an environment of one's own.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn load_with(
        path: &Path,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Self, ConfigError> {
        Self::choose(Self::all_with(path, environment)?, None)
    }

    /// Reads the settings of one organisation: the one of this short name, or the only one.
    ///
    /// # Errors
    /// As [`Config::load`]; [`ConfigError::NoOrganisation`].
    pub fn load_one(path: &Path, id: Option<&str>) -> Result<Self, ConfigError> {
        Self::choose(Self::all(path)?, id)
    }

    /// Reads the settings of every organisation of the file.
    ///
    /// # Errors
    /// The file as a whole cannot be used: it cannot be read, is no TOML, has keys that are none, or organisations without
    /// names. What is wrong with one organisation is told at its place.
    pub fn all(path: &Path) -> Result<Vec<Member>, ConfigError> {
        Self::all_with(path, std::env::vars_os())
    }

    /// The same with an environment of one's own.
    ///
    /// # Errors
    /// As [`Config::all`].
    pub fn all_with(
        path: &Path,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Vec<Member>, ConfigError> {
        Self::members(path, environment, false)
    }

    /// Reads the settings of one organisation whose orgPPAGUID is to be found: it is nil where it is not set. What is opened
    /// with them may ask who is registered on the stand, and nothing else.
    ///
    /// # Errors
    /// As [`Config::load_one`].
    pub fn load_to_find(path: &Path, id: Option<&str>) -> Result<Self, ConfigError> {
        Self::choose(Self::members(path, std::env::vars_os(), true)?, id)
    }

    fn members(
        path: &Path,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
        sought: bool,
    ) -> Result<Vec<Member>, ConfigError> {
        let environment: Environment = environment.into_iter().collect();
        let mut document = Document::read(path, &environment)?;
        if !document.faults.is_empty() {
            // The first of them stands first in the file.
            return Err(document.faults.swap_remove(0));
        }
        members(&document, &environment, sought)
    }

    /// Everything that is wrong with a file of settings, in the order of its lines; nothing when it can be used. Opens no key
    /// and no connection.
    #[must_use]
    pub fn check(path: &Path) -> Vec<ConfigError> {
        let environment: Environment = std::env::vars_os().collect();
        let mut document = match Document::read(path, &environment) {
            Ok(document) => document,
            Err(error) => return vec![error],
        };
        let mut faults = std::mem::take(&mut document.faults);
        match members(&document, &environment, false) {
            Ok(members) => faults.extend(members.into_iter().filter_map(|member| member.config.err()).flatten()),
            Err(error) => faults.push(error),
        }
        faults.sort_by_key(ConfigError::line);
        faults
    }

    fn choose(members: Vec<Member>, id: Option<&str>) -> Result<Self, ConfigError> {
        let ids = || members.iter().filter_map(|member| member.id.clone()).collect::<Vec<_>>();
        let place = match id {
            Some(id) => members.iter().position(|member| member.id.as_deref() == Some(id)),
            None if members.len() > 1 => return Err(ConfigError::Several { ids: ids() }),
            None => Some(0),
        };
        let missing = || ConfigError::NoOrganisation { id: id.unwrap_or_default().to_owned(), ids: ids() };
        let missing_here = place.is_none().then(missing);
        match (place.and_then(|place| members.into_iter().nth(place)), missing_here) {
            (Some(Member { config: Ok(config), .. }), _) => Ok(config),
            (Some(Member { config: Err(mut faults), .. }), _) if !faults.is_empty() => Err(faults.swap_remove(0)),
            (_, Some(missing)) => Err(missing),
            _ => Err(ConfigError::Missing { key: "organisation.ogrn" }),
        }
    }

    fn read(
        given: &Given,
        environment: &Environment,
        id: Option<&str>,
        sought: bool,
    ) -> Result<Self, Vec<ConfigError>> {
        let mut faults = Vec::new();
        let language = keep(&mut faults, given.word("language", &[("ru", Lang::Ru), ("en", Lang::En)]));
        let data_dir = keep(&mut faults, data_dir(given, environment, id));
        let stand = keep(&mut faults, stand::read(given));
        let key = keep(&mut faults, key::read(given));
        let gost_tls = stand.as_ref().is_some_and(|(_, access)| access.gost_tls);
        let tls = keep(&mut faults, connection(given, stand.is_some(), gost_tls, key.as_ref()));
        let kind = stand.as_ref().map_or(StandKind::Production, |(stand, _)| stand.kind);
        let answers = match &stand {
            Some(_) => keep(&mut faults, answers::read(given, kind)),
            None => None,
        };
        let policy = match kind {
            StandKind::Sandbox => patience::sandbox(),
            StandKind::Production | StandKind::Test => Policy::default(),
        };
        let policy = keep(&mut faults, patience::read(given, policy));
        let unset = match (sought, &data_dir, &stand) {
            (true, ..) => Unset::Sought,
            (false, Some(data_dir), Some((stand, _))) => Unset::Kept(data_dir, &stand.name),
            _ => Unset::Nowhere,
        };
        let organisation = keep(&mut faults, organisation::read(given, unset));
        let writers = keep(&mut faults, writers::read(given));
        let store = keep(&mut faults, store::read(given, id));
        let encryption = match &data_dir {
            Some(data_dir) => keep(&mut faults, encryption::read(given, data_dir, id)),
            None => None,
        };
        let retention = keep(&mut faults, retention::read(given));
        let pulls = keep(&mut faults, pulls::read(given));
        let files = Files {
            charges: given.path("files.charges"),
            charge_lines: given.path("files.charge_lines"),
            bank: given.path("files.bank"),
            services: given.path("files.services"),
            accounts: given.path("files.accounts"),
        };
        let whole = || {
            let (stand, access) = stand?;
            Some(Self {
                language: language?,
                data_dir: data_dir?,
                stand,
                access,
                tls: tls?,
                answers: answers?,
                organisation: organisation?,
                key: key?,
                writers: writers?,
                files,
                policy: policy?,
                store: store?,
                encryption: encryption?,
                retention: retention?,
                pulls: pulls?,
                versions: given.versions.clone(),
            })
        };
        // Whatever is missing from the whole has its fault.
        whole().filter(|_| faults.is_empty()).ok_or(faults)
    }

    /// Bounds of one exchange with the stand, by [`Policy::request_timeout`].
    #[must_use]
    pub fn limits(&self) -> HttpLimits {
        // Connecting and answering together end within the time delivery gives one exchange.
        let connect = self.policy.request_timeout / 4;
        HttpLimits { connect, answer: self.policy.request_timeout - connect, ..HttpLimits::default() }
    }

    /// The files a month is read from: the one named or, without it, `files.charges`; the others beside it unless `[files]` says
    /// where they are. Nothing when no charges are known.
    #[must_use]
    pub fn input(&self, named: Option<&Path>) -> Option<Input> {
        let input = Input::beside(named.or(self.files.charges.as_deref())?);
        Some(match input {
            Input::Csv { charges, charge_lines, bank, services, accounts } => {
                let Files { charge_lines: l, bank: b, services: s, accounts: a, .. } = self.files.clone();
                Input::Csv {
                    charges,
                    charge_lines: l.unwrap_or(charge_lines),
                    bank: b.unwrap_or(bank),
                    services: s.unwrap_or(services),
                    accounts: a.unwrap_or(accounts),
                }
            }
            json => json,
        })
    }
}

/// What could be read, or nothing and its fault.
fn keep<T>(faults: &mut Vec<ConfigError>, read: Result<T, ConfigError>) -> Option<T> {
    read.map_err(|fault| faults.push(fault)).ok()
}

/// Every organisation of a file.
fn members(document: &Document, environment: &Environment, sought: bool) -> Result<Vec<Member>, ConfigError> {
    if document.several() == 0 {
        let config = Config::read(&document.given(None), environment, None, sought);
        return Ok(vec![Member { id: None, config }]);
    }
    let mut members: Vec<Member> = Vec::new();
    for number in 0..document.several() {
        let given = document.given(Some(number));
        let id = organisation::id(&given)?.ok_or(ConfigError::Missing { key: "organisation.id" })?;
        if members.iter().any(|member| member.id.as_ref() == Some(&id)) {
            return Err(given.wrong("organisation.id", "unlike that of any other"));
        }
        let config = Config::read(&given, environment, Some(&id), sought);
        members.push(Member { id: Some(id), config });
    }
    Ok(members)
}

/// GOST TLS, where it is spoken.
fn connection(
    given: &Given,
    known: bool,
    gost_tls: bool,
    key: Option<&Key>,
) -> Result<Option<TlsSettings>, ConfigError> {
    match (gost_tls, key) {
        (true, Some(key)) => tls::read(given, key).map(Some),
        (false, _) if known => {
            match settings::SETTINGS.iter().find(|set| set.key.starts_with("tls.") && given.has(set.key)) {
                None => Ok(None),
                // Whoever has written it believes that it is in use.
                Some(set) => Err(given.wrong(set.key, "left out unless `stand.connection` is gost-tls")),
            }
        }
        _ => Ok(None),
    }
}

/// A file of keys or certificates, by the setting that names it.
pub(crate) fn key_file(key: &'static str, path: &Path) -> Result<String, ConfigError> {
    std::fs::read_to_string(path).map_err(|reason| ConfigError::KeyFile { key, path: path.to_owned(), reason })
}

/// Where it is set, or `$XDG_STATE_HOME/gkh`, by default `~/.local/state/gkh`. Each of several organisations has a folder of its
/// own in it.
fn data_dir(given: &Given, environment: &Environment, id: Option<&str>) -> Result<PathBuf, ConfigError> {
    let absolute =
        |name: &str| environment.get(&OsString::from(name)).map(PathBuf::from).filter(|path| path.is_absolute());
    let state = || absolute("XDG_STATE_HOME").or_else(|| Some(absolute("HOME")?.join(".local/state")));
    let whole = given.path("data_dir").or_else(|| Some(state()?.join("gkh")));
    let whole = whole.ok_or(ConfigError::Missing { key: "data_dir" })?;
    Ok(match id {
        Some(id) => whole.join(id),
        None => whole,
    })
}
