//! No encryption, when the settings say so.

use super::{KeyId, Seal, SealError, Sealed, body};
use crate::ids::Timestamp;

/// Compresses and does not encrypt: whoever reads the store reads the bodies. Damage is still noticed.
#[derive(Debug, Clone, Copy, Default)]
pub struct Plain;

impl Seal for Plain {
    fn seal(&self, _organisation: &str, _at: Timestamp, plain: &[u8]) -> Result<Sealed, SealError> {
        Ok(Sealed { key: KeyId::NONE, bytes: body::leave(plain)? })
    }

    fn open(&self, key: KeyId, bytes: &[u8]) -> Result<Vec<u8>, SealError> {
        if key != KeyId::NONE {
            return Err(SealError::NoKey { key });
        }
        body::take(bytes).map_err(|what| SealError::Damaged { key, what })
    }
}
