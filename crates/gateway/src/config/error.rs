//! What can be wrong with settings.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use gis_gkh::stand::StandError;
use gis_gkh_delivery::PolicyError;
use gis_gkh_sign::signer::{OpenError, SecretError};

use crate::ids::IdsError;

/// What is wrong with the settings, and what to write instead.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{}: {reason}; name the file of settings with --config", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        reason: io::Error,
    },
    /// The file is not TOML, or a value is of the wrong kind.
    #[error("{}: {reason}", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// What is wrong and where.
        reason: String,
    },
    /// A key the settings do not have.
    #[error("{place}: there is no setting `{key}`{}", like.as_ref().map_or_else(|| "; remove it or correct its name".to_owned(), |like| format!("; did you mean `{like}`?")))]
    Unknown {
        /// The file, or `the environment`.
        place: String,
        /// The key.
        key: String,
        /// One that is spelt alike.
        like: Option<String>,
    },
    /// A key without which nothing can be done.
    #[error(
        "the setting `{key}` is missing; write it into the configuration or set {}",
        super::settings::variable(key)
    )]
    Missing {
        /// The key.
        key: &'static str,
    },
    /// A value that cannot be one.
    #[error("{place}: `{key}` must be {expected}")]
    Value {
        /// The file, or the variable.
        place: String,
        /// The key.
        key: String,
        /// What it must be.
        expected: String,
    },
    /// The address of the database cannot be used.
    #[error("{place}: `store.url`: {reason}")]
    Database {
        /// The file, or the variable.
        place: String,
        /// Why, and what to write.
        reason: String,
    },
    /// The name of this machine is not known, or cannot name a node.
    #[error(
        "this machine's name cannot be that of a node; write `store.node` into the configuration or set GKH_STORE_NODE"
    )]
    NoNode,
    /// The stand.
    #[error("[stand]: {0}")]
    Stand(#[from] StandError),
    /// The patience of delivery contradicts itself.
    #[error("[policy]: {0}")]
    Policy(#[from] PolicyError),
    /// The organisation's identifier on the stand is neither set nor found before.
    #[error(
        "the setting `organisation.org_ppa_guid` is missing, and it was not found on the stand {stand} before; run `gkh config find`, which asks the stand by ОГРН and keeps what it says, or write it into the configuration"
    )]
    NotFound {
        /// The stand.
        stand: String,
    },
    /// What was found on the stand before cannot be read.
    #[error(transparent)]
    Ids(#[from] IdsError),
    /// There are several organisations, and it was not said which is meant.
    #[error("the settings have several organisations; choose one with --org: {}", ids.join(", "))]
    Several {
        /// Their short names.
        ids: Vec<String>,
    },
    /// No organisation has this short name.
    #[error("there is no organisation `{id}` in the settings; there are: {}", ids.join(", "))]
    NoOrganisation {
        /// What was asked for.
        id: String,
        /// Those there are.
        ids: Vec<String>,
    },
    /// Others may read a key.
    #[error("{key}: {} may be read or changed by others (mode {mode:o}): chmod 600 it", path.display())]
    Loose {
        /// The setting.
        key: &'static str,
        /// The file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// The provider of signatures cannot be used.
    #[error("[key]: {0}")]
    Provider(#[source] Box<OpenError>),
    /// A password cannot be had.
    #[error("{key}: {reason}")]
    Secret {
        /// The setting.
        key: &'static str,
        /// Why, and what to do.
        reason: SecretError,
    },
    /// GOST TLS cannot be used.
    #[error("[tls]: {0}")]
    Tls(String),
    /// Opening the key broke off.
    #[error("[key]: opening it broke off ({0}); tell the makers of the gateway")]
    Opening(String),
    /// The key several organisations sign by cannot be used.
    #[error(transparent)]
    Shared(Arc<ConfigError>),
    /// The file of a key or certificate cannot be read.
    #[error("{key}: {}: {reason}", path.display())]
    KeyFile {
        /// The setting.
        key: &'static str,
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        reason: io::Error,
    },
    /// The key or the certificate cannot be used.
    #[error("{key} = {}: {reason}", path.display())]
    Key {
        /// The setting.
        key: &'static str,
        /// The file.
        path: PathBuf,
        /// Why, and what to do.
        reason: String,
    },
}

impl ConfigError {
    /// The line of the file that is meant; the last when none is, so that what has a place is told first.
    pub(super) fn line(&self) -> usize {
        let place = match self {
            Self::Unknown { place, .. } | Self::Value { place, .. } | Self::Database { place, .. } => place,
            _ => return usize::MAX,
        };
        place.rsplit_once(':').and_then(|(_, line)| line.parse().ok()).unwrap_or(usize::MAX)
    }
}
