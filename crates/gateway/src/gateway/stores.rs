//! Opening the store the settings name, to work with or to look at.

use std::fs::File;
use std::sync::Arc;

use gis_gkh_delivery::archive::{Archive, Custody};
use gis_gkh_delivery::{Inbox, Namespace, Seal, SqliteOptions, SqliteReader, SqliteStore, Store, StoreError, Views};
#[cfg(feature = "postgres")]
use gis_gkh_delivery::{PostgresOptions, PostgresReader, PostgresStore};

use super::{GatewayError, vault};
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
                Ok(SqliteStore::open(&directory, &options)?)
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
            options.whose = format!("{} ({})", config.organisation.org_ppa_guid, config.stand.name);
            let new = !PostgresReader::new(options.clone()).exists().await?;
            let config = config.clone();
            options.seal = blocking(move || vault::shared(&config, new)).await?;
            Ok(Open { store: Arc::new(PostgresStore::open(options).await?), _directory: Some(lock) })
        }
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
            let nobody = Namespace([0; 16]);
            let mut options = PostgresOptions::new(&settings.url, &settings.node, nobody, Arc::clone(&seal));
            options.password.clone_from(&settings.password);
            options.schema.clone_from(&settings.schema);
            options.readers = 1;
            Ok(Look { store: Arc::new(PostgresReader::new(options)), seal })
        }
    }
}

/// Holds the data directory as long as the file is open.
#[cfg(feature = "postgres")]
fn lock(directory: &std::path::Path) -> Result<File, StoreError> {
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
