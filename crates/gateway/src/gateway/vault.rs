//! What stands between the store and the disk: encryption under keys that lie elsewhere.

use std::sync::Arc;

use gis_gkh_delivery::{EntropyError, Keyring, Plain, Seal, SqliteReader, StoreError};
use gis_gkh_sign::gost::{Entropy, OsEntropy};

use super::GatewayError;
use crate::config::Config;

/// The system's randomness, as delivery asks for it.
#[derive(Debug)]
struct Random;

impl gis_gkh_delivery::Entropy for Random {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        OsEntropy.fill(bytes).map_err(|error| EntropyError::new(error.to_string()))
    }
}

/// The seal of a store. Keyring and master key are made with the store and never in place of lost ones.
pub(super) fn seal(config: &Config) -> Result<Arc<dyn Seal>, GatewayError> {
    let Some(encryption) = &config.encryption else { return Ok(Arc::new(Plain)) };
    let plain: Arc<dyn Seal> = Arc::new(Plain);
    let new = matches!(SqliteReader::open(&config.data_dir, plain), Err(StoreError::Missing { .. }));
    let (folder, master) = (&encryption.folder, encryption.master.clone());
    if new {
        // The folder of the keys comes first: the master key may lie in it.
        super::create(folder).map_err(|reason| GatewayError::DataDir { path: folder.clone(), reason })?;
        master.create_if_missing(&Random).map_err(gis_gkh_delivery::KeyringError::from)?;
        return Ok(Arc::new(Keyring::open_or_create(folder, master, Random)?));
    }
    Ok(Arc::new(Keyring::open(folder, master, Random)?))
}

/// The seal for looking: a store that is not there yet has nothing to open.
pub(super) fn looking(config: &Config) -> Result<Arc<dyn Seal>, GatewayError> {
    let Some(encryption) = &config.encryption else { return Ok(Arc::new(Plain)) };
    let plain: Arc<dyn Seal> = Arc::new(Plain);
    SqliteReader::open(&config.data_dir, plain)?;
    Ok(Arc::new(Keyring::open(&encryption.folder, encryption.master.clone(), Random)?))
}
