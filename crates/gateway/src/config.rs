//! Settings: `gkh.toml`, overridden by the environment.
//!
//! ```toml
//! language = "ru"                        # ru, en
//! data_dir = "/var/lib/gkh"              # default: $XDG_STATE_HOME/gkh
//!
//! [stand]
//! name = "ppak"                          # ppak, sit-01, sit-02, sandbox
//! address = "127.0.0.1:8080"             # the tunnel, or the sandbox
//! # host = "api.dom.gosuslugi.ru"        # default: the stand's own
//! # answers = "warn"                     # an answer whose signature proves nothing: require (settles nothing), warn, off;
//!                                        # default: warn, of the sandbox require
//! # answer_signers = "gis.pem"           # certificates of the system's signers or their centres; require needs them
//!
//! [organisation]
//! org_ppa_guid = "0f9d511e-3beb-507b-8a28-023834e65b92"
//! ogrn = "1000000000002"
//! role = "uo"                            # uo, rso, tko
//! mode = "own"                           # own, operator
//! # name = "…"                           # for people
//!
//! [key]
//! certificate = "org.crt"
//! private_key = "org.key"
//! profile = "inclusive"                  # inclusive, exclusive
//!
//! [files]                                # where `send bills` finds what does not lie beside the charges
//! accounts = "…/accounts.csv"
//!
//! [policy]                               # patience; the default is the stand's
//! poll = ["10s", "60s", "300s"]
//! settle = "3h"
//!
//! [store]                                # what is to be delivered lies here; default: SQLite in `data_dir`
//! kind = "postgres"                      # sqlite, postgres; the rest is for postgres
//! url = "host=/run/postgresql user=gkh dbname=gkh"     # without a password
//! password_file = "…/password"           # or password_variable
//! node = "north"                         # name of this node; default: the machine's
//! schema = "gis_gkh"
//!
//! [encryption]                           # of what the store keeps
//! enabled = "yes"                        # yes, no
//! folder = "/var/lib/gkh-keys"           # default: beside the store, its name with `-keys`
//! master_file = "…/master.key"           # or master_variable, or master_command; default: in the folder
//!
//! [retention]                            # how long the bytes of what went over the wire are kept; default: for good
//! bills = "1825d"                        # also readings, answers, appeals; `otherwise`: every other kind
//!
//! [[pull]]                               # what is read from the system again and again, into the inbox
//! topic = "appeals"                      # appeals, readings
//! # name = "appeals"                     # default: the topic
//! interval = "10m"                       # default: 10m for appeals, 1h for readings
//! overlap = "31d"                        # how far each window reaches back; default: 31d, 35d
//!
//! [[pull]]
//! topic = "readings"
//! resources = ["1:5d0c4c1e-…"]           # НСИ 2; or types (НСИ 27), or meters (GUIDs); exactly one of the three
//! # houses = ["…"]                       # ФИАС, at most 100; default: all
//!
//! [versions]                             # versions of requests other than the contract's own
//! importPaymentDocumentRequest = "11.2.0.16"
//! ```
//!
//! Paths are relative to the file. Each key but those of `[versions]` is overridden by `GKH_` and its name in capitals, the
//! section before it: `GKH_DATA_DIR`, `GKH_STAND_ADDRESS`, `GKH_POLICY_POLL=10ms,20ms`; paths there are relative to the
//! directory the program runs in.

mod answers;
mod encryption;
mod error;
mod file;
mod patience;
mod pulls;
mod retention;
mod store;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gis_gkh::stand::{Stand, StandKind};
use gis_gkh::{Guid, HttpLimits, Identity, PlainHttp};
use gis_gkh_delivery::Policy;
use gis_gkh_delivery::archive::Retention;
use gis_gkh_sign::certificate::Certificate;
use gis_gkh_sign::gost::{OsEntropy, PrivateKey};
use gis_gkh_sign::signer::BuiltinSigner;
use gis_gkh_sign::xades::ByteProfile;
use gis_gkh_xml::Versions;
use time::OffsetDateTime;
use uuid::Uuid;

pub use answers::AnswerSettings;
pub use encryption::Encryption;
pub use error::ConfigError;
use file::Given;
pub use patience::duration;
pub use pulls::PullSettings;
#[cfg(feature = "postgres")]
pub use store::PostgresSettings;
pub use store::StoreSettings;

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
    /// How the stand's answers are checked.
    pub answers: AnswerSettings,
    /// The organisation acted for.
    pub organisation: Organisation,
    /// The key and its certificate.
    pub key: Key,
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

/// The organisation acted for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organisation {
    /// Its name, for people.
    pub name: Option<String>,
    /// orgPPAGUID on the stand.
    pub org_ppa_guid: Uuid,
    /// ОГРН, 13 digits, or ОГРНИП, 15.
    pub ogrn: String,
    /// What it is in ГИС ЖКХ.
    pub role: Role,
    /// Whose key signs.
    pub mode: Mode,
}

/// What an organisation is in ГИС ЖКХ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// `uo`: manages houses (УО).
    ManagingCompany,
    /// `rso`: supplies resources (РСО).
    Supplier,
    /// `tko`: handles solid municipal waste (региональный оператор ТКО).
    WasteOperator,
}

/// Whose key signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mode {
    /// `own`: the organisation's.
    Own,
    /// `operator`: that of the operator of the information system, whom the organisation has given the right.
    Operator,
}

/// The key that signs, as PEM files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// The certificate registered for the information system.
    pub certificate: PathBuf,
    /// The private key, PKCS#8.
    pub private_key: PathBuf,
    /// How signed parts become bytes.
    pub profile: ByteProfile,
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

impl Config {
    /// Reads the settings: the file, then the process's environment over it.
    ///
    /// # Errors
    /// The first key that is unknown, missing or wrong; each says what to write.
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
        let environment: BTreeMap<OsString, OsString> = environment.into_iter().collect();
        let mut given = Given::read(path, &environment)?;
        let language = given.word("language", &[("ru", Lang::Ru), ("en", Lang::En)])?;
        let data_dir = match given.path("data_dir") {
            Some(path) => path,
            None => default_data_dir(&environment)?,
        };
        let stand = stand(&mut given)?;
        let answers = answers::read(&mut given, stand.kind)?;
        let policy = match stand.kind {
            StandKind::Sandbox => patience::sandbox(),
            StandKind::Production | StandKind::Test => Policy::default(),
        };
        let policy = patience::read(&mut given, policy)?;
        let role = given.word(
            "organisation.role",
            &[("uo", Role::ManagingCompany), ("rso", Role::Supplier), ("tko", Role::WasteOperator)],
        )?;
        let mode = given.word("organisation.mode", &[("own", Mode::Own), ("operator", Mode::Operator)])?;
        let profile = given
            .word("key.profile", &[("inclusive", ByteProfile::Inclusive), ("exclusive", ByteProfile::Exclusive)])?;
        let organisation = Organisation {
            name: given.text("organisation.name"),
            org_ppa_guid: given.parsed(
                "organisation.org_ppa_guid",
                "a GUID of 8-4-4-4-12 hexadecimal digits",
                |text| text.parse::<Guid>().ok().map(Guid::uuid),
            )?,
            ogrn: given.parsed("organisation.ogrn", "13 digits (ОГРН) or 15 (ОГРНИП)", |text| {
                let digits = text.bytes().all(|b| b.is_ascii_digit()) && matches!(text.len(), 13 | 15);
                digits.then(|| text.to_owned())
            })?,
            role: role.unwrap_or(Role::ManagingCompany),
            mode: mode.unwrap_or(Mode::Own),
        };
        let key = Key {
            certificate: given.needed_path("key.certificate")?,
            private_key: given.needed_path("key.private_key")?,
            profile: profile.unwrap_or_default(),
        };
        let files = Files {
            charges: given.path("files.charges"),
            charge_lines: given.path("files.charge_lines"),
            bank: given.path("files.bank"),
            services: given.path("files.services"),
            accounts: given.path("files.accounts"),
        };
        let store = store::read(&mut given)?;
        let encryption = encryption::read(&mut given, &data_dir)?;
        let retention = retention::read(&mut given)?;
        let pulls = pulls::read(&mut given)?;
        let versions = given.versions;
        Ok(Self {
            language,
            data_dir,
            stand,
            answers,
            organisation,
            key,
            files,
            policy,
            store,
            encryption,
            retention,
            pulls,
            versions,
        })
    }

    /// Reads the key and the certificate, and checks that they belong together, may sign at `now`, and belong to this stand.
    ///
    /// # Errors
    /// [`ConfigError::Key`] or [`ConfigError::KeyFile`], naming the setting.
    pub fn identity(&self, now: OffsetDateTime) -> Result<Identity, ConfigError> {
        let fault =
            |key: &'static str, path: &Path, reason: String| ConfigError::Key { key, path: path.to_owned(), reason };
        let certificate_fault = |reason: String| fault("key.certificate", &self.key.certificate, reason);
        let key_fault = |reason: String| fault("key.private_key", &self.key.private_key, reason);
        let text = key_file("key.certificate", &self.key.certificate)?;
        let certificate = Certificate::from_pem(&text).map_err(|error| certificate_fault(error.to_string()))?;
        self.stand.check_certificate(&certificate).map_err(|error| certificate_fault(error.to_string()))?;
        certificate.check_validity(now).map_err(|error| certificate_fault(error.to_string()))?;
        let text = key_file("key.private_key", &self.key.private_key)?;
        let key = PrivateKey::from_pem(&text).map_err(|error| key_fault(error.to_string()))?;
        drop(text);
        let signer =
            BuiltinSigner::new(certificate, key, Box::new(OsEntropy)).map_err(|error| key_fault(error.to_string()))?;
        let mut identity = Identity::new(Guid::new(self.organisation.org_ppa_guid), Arc::new(signer));
        identity.operator_signature = self.organisation.mode == Mode::Operator;
        identity.profile = self.key.profile;
        identity.versions = self.versions.clone();
        Ok(identity)
    }

    /// The way to the stand; opens nothing yet. Its bounds on time follow [`Policy::request_timeout`].
    ///
    /// # Errors
    /// [`ConfigError::Stand`].
    pub fn transport(&self) -> Result<PlainHttp, ConfigError> {
        // Connecting and answering together end within the time delivery gives one exchange.
        let connect = self.policy.request_timeout / 4;
        let limits = HttpLimits { connect, answer: self.policy.request_timeout - connect, ..HttpLimits::default() };
        Ok(self.stand.transport(limits)?)
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

fn stand(given: &mut Given) -> Result<Stand, ConfigError> {
    let name = given.needed("stand.name")?;
    let address = given.needed("stand.address")?;
    let mut stand = Stand::named(&name, address)?;
    if let Some(host) = given.text("stand.host") {
        stand.host = host;
    }
    // Whether the address can be used is known without connecting.
    stand.transport(HttpLimits::default())?;
    Ok(stand)
}

fn key_file(key: &'static str, path: &Path) -> Result<String, ConfigError> {
    std::fs::read_to_string(path).map_err(|reason| ConfigError::KeyFile { key, path: path.to_owned(), reason })
}

/// `$XDG_STATE_HOME/gkh`, by default `~/.local/state/gkh`.
fn default_data_dir(environment: &BTreeMap<OsString, OsString>) -> Result<PathBuf, ConfigError> {
    let absolute =
        |name: &str| environment.get(&OsString::from(name)).map(PathBuf::from).filter(|path| path.is_absolute());
    let state = absolute("XDG_STATE_HOME").or_else(|| Some(absolute("HOME")?.join(".local/state")));
    Ok(state.ok_or(ConfigError::Missing { key: "data_dir" })?.join("gkh"))
}
