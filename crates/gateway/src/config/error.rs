//! What can be wrong with settings.

use std::io;
use std::path::PathBuf;

use gis_gkh::stand::StandError;
use gis_gkh_delivery::PolicyError;

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
    #[error("the setting `{key}` is missing; write it into the configuration or set {}", super::file::variable(key))]
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
