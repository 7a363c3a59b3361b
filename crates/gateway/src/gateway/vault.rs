//! What stands between the store and the disk: encryption under keys that lie elsewhere.

use std::sync::Arc;

use gis_gkh_delivery::{EntropyError, Keyring, Plain, Seal};
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

/// No encryption.
pub(crate) fn none() -> Arc<dyn Seal> {
    Arc::new(Plain)
}

/// The seal of a store. Keyring and master key are made with a new store and never in place of lost ones.
pub(super) fn seal(config: &Config, new: bool) -> Result<Arc<dyn Seal>, GatewayError> {
    let Some(encryption) = &config.encryption else { return Ok(none()) };
    let (folder, master) = (&encryption.folder, encryption.master.clone());
    if new {
        // The folder of the keys comes first: the master key may lie in it.
        super::create(folder).map_err(|reason| GatewayError::DataDir { path: folder.clone(), reason })?;
        master.create_if_missing(&Random).map_err(gis_gkh_delivery::KeyringError::from)?;
        return Ok(Arc::new(Keyring::open_or_create(folder, master, Random)?));
    }
    Ok(Arc::new(Keyring::open(folder, master, Random)?))
}

/// The keys, where there are any. Changes take turns with those of a gateway that works under them.
pub(crate) fn keyring(config: &Config) -> Result<Option<Keyring>, GatewayError> {
    let Some(encryption) = &config.encryption else { return Ok(None) };
    Ok(Some(Keyring::open(&encryption.folder, encryption.master.clone(), Random)?))
}

#[cfg(feature = "postgres")]
pub(super) use shared::{late, shared};

/// Keys that several nodes use.
#[cfg(feature = "postgres")]
mod shared {
    use std::sync::{Arc, OnceLock};

    use gis_gkh_delivery::{KeyId, Keyring, KeyringError, Seal, SealError, Sealed, Timestamp};

    use super::{Config, GatewayError, Random};
    use crate::config::Encryption;

    /// The seal of a store that other nodes may have made: their keyring must be this node's too.
    pub(in crate::gateway) fn shared(config: &Config, new: bool) -> Result<Arc<dyn Seal>, GatewayError> {
        super::seal(config, new).map_err(|error| match error {
            GatewayError::Keyring(KeyringError::Missing { path }) => GatewayError::NoSharedKeys { path },
            error => error,
        })
    }

    /// The seal for looking: the keyring is opened with the first body, for there may be neither store nor keyring yet.
    pub(in crate::gateway) fn late(config: &Config) -> Arc<dyn Seal> {
        match &config.encryption {
            None => super::none(),
            Some(encryption) => Arc::new(Late { encryption: encryption.clone(), ring: OnceLock::new() }),
        }
    }

    #[derive(Debug)]
    struct Late {
        encryption: Encryption,
        ring: OnceLock<Keyring>,
    }

    impl Late {
        fn ring(&self) -> Result<&Keyring, SealError> {
            if let Some(ring) = self.ring.get() {
                return Ok(ring);
            }
            let ring = Keyring::open(&self.encryption.folder, self.encryption.master.clone(), Random)?;
            // Should another thread have been faster, its ring is as good.
            Ok(self.ring.get_or_init(|| ring))
        }
    }

    impl Seal for Late {
        fn seal(&self, organisation: &str, at: Timestamp, plain: &[u8]) -> Result<Sealed, SealError> {
            self.ring()?.seal(organisation, at, plain)
        }

        fn open(&self, key: KeyId, bytes: &[u8]) -> Result<Vec<u8>, SealError> {
            self.ring()?.open(key, bytes)
        }
    }
}
