//! Opening the store under torture, without anything around it.

use std::io;
use std::path::Path;
use std::sync::Arc;

use gis_gkh_delivery::{
    EntropyError, Keyring, KeyringError, MasterSource, Namespace, PostgresOptions, PostgresStore, Seal, SqliteOptions,
    SqliteStore, Store, StoreError,
};
use gis_gkh_sign::gost::{Entropy as _, OsEntropy};

use crate::dice::Dice;
use crate::setting::{Place, Setting};

/// Why there is no store.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The keyring.
    #[error(transparent)]
    Keyring(#[from] KeyringError),
}

/// Opens the store of a setting, creating it when there is none. Its namespace comes from the seed.
///
/// # Errors
/// The store's own, and the keyring's.
pub async fn open(setting: &Setting) -> Result<Arc<dyn Store>, OpenError> {
    let seal = keyring(&setting.keys)?;
    let namespace = namespace(setting.seed);
    match setting.place.clone() {
        Place::Sqlite { directory } => {
            let options = SqliteOptions::new(namespace, seal);
            let opened = tokio::task::spawn_blocking(move || SqliteStore::open(&directory, &options)).await;
            Ok(Arc::new(opened.map_err(|_| StoreError::Closed)??))
        }
        Place::Postgres { url, node } => {
            let store = PostgresStore::open(PostgresOptions::new(&url, &node, namespace, seal)).await?;
            Ok(Arc::new(store))
        }
    }
}

/// Makes a master key for a keyring in a folder that exists.
///
/// # Errors
/// When it cannot be written, or there is no randomness.
pub fn make_master(keys: &Path) -> io::Result<()> {
    use std::io::Write as _;
    let mut bytes = [0; 32];
    OsEntropy.fill(&mut bytes).map_err(io::Error::other)?;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(keys.join("master"))?.write_all(&bytes)
}

fn keyring(keys: &Path) -> Result<Arc<dyn Seal>, KeyringError> {
    let entropy = |bytes: &mut [u8]| OsEntropy.fill(bytes).map_err(|error| EntropyError::new(error.to_string()));
    let master = MasterSource::File(keys.join("master"));
    Ok(Arc::new(Keyring::open_or_create(&keys.join("ring"), master, entropy)?))
}

fn namespace(seed: u64) -> Namespace {
    let dice = Dice::of(seed, "namespace");
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&dice.throw().to_be_bytes());
    bytes[8..].copy_from_slice(&dice.throw().to_be_bytes());
    Namespace(bytes)
}
