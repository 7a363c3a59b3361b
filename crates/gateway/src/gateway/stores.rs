//! Opening the store the settings name, to work with or to look at.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::sync::Arc;

use gis_gkh_delivery::archive::{Archive, Custody};
use gis_gkh_delivery::{Inbox, Namespace, Seal, SqliteOptions, SqliteReader, SqliteStore, Store, StoreError, Views};
#[cfg(feature = "postgres")]
use gis_gkh_delivery::{PostgresOptions, PostgresReader, PostgresStore};

use super::{GatewayError, vault};
#[cfg(feature = "postgres")]
use crate::config::PostgresSettings;
use crate::config::{Config, StoreSettings};

/// A store to work with.
pub(super) trait Kept: Store + Custody {}

impl<S: Store + Custody> Kept for S {}

/// A store to look at.
pub(super) trait Shown: Views + Inbox + Archive + Custody + std::fmt::Debug {}

impl<S: Views + Inbox + Archive + Custody + std::fmt::Debug> Shown for S {}

/// A store that is open, and what tells others in this data directory so.
pub(super) struct Open {
    pub(super) store: Arc<dyn Kept>,
    /// Of a database: the store on files has a lock of its own.
    _directory: Option<File>,
}

/// Opens the store, making it when there is none.
pub(super) async fn open(config: &Config, namespace: Namespace) -> Result<Open, GatewayError> {
    let directory = config.data_dir.clone();
    super::create(&directory).map_err(|reason| GatewayError::DataDir { path: directory.clone(), reason })?;
    match &config.store {
        StoreSettings::Sqlite => {
            let config = config.clone();
            let opened = blocking(move || {
                let new = matches!(SqliteReader::open(&directory, vault::none()), Err(StoreError::Missing { .. }));
                let options = SqliteOptions::new(namespace, vault::seal(&config, new)?);
                let store = SqliteStore::open(&directory, &options)?;
                // Behind the store's lock, so that two cannot both be first.
                claim(&directory, &whose(&config))?;
                Ok(store)
            });
            Ok(Open { store: Arc::new(opened.await?), _directory: None })
        }
        #[cfg(feature = "postgres")]
        StoreSettings::Postgres(settings) => {
            // The socket in the directory is this process's alone.
            let lock = lock(&directory)?;
            let mut options = PostgresOptions::new(&settings.url, &settings.node, namespace, vault::none());
            options.password.clone_from(&settings.password);
            options.schema.clone_from(&settings.schema);
            // An engine takes whatever is due, and signs it with its own key.
            options.whose = whose(config);
            let new = !PostgresReader::new(options.clone()).exists().await?;
            let config = config.clone();
            options.seal = blocking(move || vault::shared(&config, new)).await?;
            Ok(Open { store: Arc::new(PostgresStore::open(options).await?), _directory: Some(lock) })
        }
    }
}

/// Whose work a store holds.
fn whose(config: &Config) -> String {
    format!("{} ({})", config.organisation.org_ppa_guid, config.stand.name)
}

/// What says in a folder whose work it holds.
const CLAIM: &str = "whose";

/// Refuses the folder of another organisation or stand: what is unfinished there would go out under the wrong name. A folder
/// from before there were claims is claimed now.
fn claim(directory: &Path, whose: &str) -> Result<(), GatewayError> {
    let path = directory.join(CLAIM);
    let io = |error: io::Error| StoreError::Io { doing: "claiming the data directory", text: error.to_string() };
    match fs::read_to_string(&path) {
        Ok(kept) if kept.trim_end() == whose => Ok(()),
        Ok(kept) => {
            let whose = kept.trim_end().chars().take(100).collect();
            Err(GatewayError::OtherWork { path: directory.to_owned(), whose })
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Ok(fs::write(&path, format!("{whose}\n")).map_err(io)?)
        }
        Err(error) => Err(io(error).into()),
    }
}

/// A store that is looked at, and what its bodies are opened with.
pub(super) struct Look {
    pub(super) store: Arc<dyn Shown>,
    pub(super) seal: Arc<dyn Seal>,
}

/// Opens the store for looking. Files must be there; a database is connected to when it
/// is first asked something.
pub(super) fn look(config: &Config) -> Result<Look, GatewayError> {
    match &config.store {
        StoreSettings::Sqlite => {
            // A store that is not there yet has nothing to open.
            SqliteReader::open(&config.data_dir, vault::none())?;
            let seal = vault::seal(config, false)?;
            let store = Arc::new(SqliteReader::open(&config.data_dir, Arc::clone(&seal))?);
            Ok(Look { store, seal })
        }
        #[cfg(feature = "postgres")]
        StoreSettings::Postgres(settings) => {
            let seal = vault::late(config);
            Ok(Look { store: Arc::new(database(settings, Arc::clone(&seal))), seal })
        }
    }
}

/// Opens the store for looking at what is not sealed: counts and states. Needs no keys.
pub(crate) fn unsealed(config: &Config) -> Result<Arc<dyn Views>, StoreError> {
    match &config.store {
        StoreSettings::Sqlite => Ok(Arc::new(SqliteReader::open(&config.data_dir, vault::none())?)),
        #[cfg(feature = "postgres")]
        StoreSettings::Postgres(settings) => Ok(Arc::new(database(settings, vault::none()))),
    }
}

/// A database that is looked at; it is connected to when it is first asked something.
#[cfg(feature = "postgres")]
pub(crate) fn database(settings: &PostgresSettings, seal: Arc<dyn Seal>) -> PostgresReader {
    let nobody = Namespace([0; 16]);
    let mut options = PostgresOptions::new(&settings.url, &settings.node, nobody, seal);
    options.password.clone_from(&settings.password);
    options.schema.clone_from(&settings.schema);
    options.readers = 1;
    PostgresReader::new(options)
}

/// Holds the data directory as long as the file is open.
#[cfg(feature = "postgres")]
fn lock(directory: &Path) -> Result<File, StoreError> {
    use std::fs::TryLockError;

    let path = directory.join("node.lock");
    let io = |error: std::io::Error| StoreError::Io { doing: "locking the data directory", text: error.to_string() };
    let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(io)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::Locked { path }),
        Err(TryLockError::Error(error)) => Err(io(error)),
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, GatewayError> + Send + 'static,
) -> Result<T, GatewayError> {
    tokio::task::spawn_blocking(work).await.map_err(|_| StoreError::Closed)?
}
