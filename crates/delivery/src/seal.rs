//! Bodies as the store keeps them: compressed, and encrypted under a key that is kept elsewhere.

pub(crate) mod body;
mod codec;
mod entropy;
mod plain;

pub use entropy::{Entropy, EntropyError};
pub use plain::Plain;

use crate::ids::Timestamp;
use crate::keyring::KeyringError;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Largest body that is sealed or opened, bytes before compression.
pub(crate) const MAX_PLAIN: usize = 64 * 1024 * 1024;

/// Number of a data key in the keyring; the store keeps it beside the bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct KeyId(pub i64);

impl KeyId {
    /// No key: compressed only, as [`Plain`] leaves it.
    pub const NONE: Self = Self(0);
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A body as the store keeps it.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed {
    /// What opens it.
    pub key: KeyId,
    /// The bytes: format version, codec, then what the version says.
    pub bytes: Vec<u8>,
}

// An unencrypted body is sealed too, so the bytes may hold personal data.
impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed {{ key: {}, {} bytes }}", self.key, self.bytes.len())
    }
}

/// What stands between a body and the store. Calls block: on the disk for the first body of an organisation and month, on
/// the processor otherwise.
pub trait Seal: Send + Sync + fmt::Debug {
    /// Compresses (zstd level 3, or stored as it is when that does not help) and encrypts under the data key of an
    /// organisation and the month (UTC) of `at`. The key is durable on disk before this returns.
    ///
    /// # Errors
    /// [`SealError::TooLarge`] over 64 MiB; [`SealError::Entropy`] and [`SealError::Keyring`] when there is no key to be
    /// had. Nothing may be stored then.
    fn seal(&self, organisation: &str, at: Timestamp, plain: &[u8]) -> Result<Sealed, SealError>;

    /// The body as it was before [`Seal::seal`].
    ///
    /// # Errors
    /// [`SealError::Erased`] when the key has been destroyed, [`SealError::NoKey`] when there never was one here,
    /// [`SealError::WrongKey`] when the bytes are whole and belong to another key, [`SealError::Damaged`] otherwise.
    fn open(&self, key: KeyId, bytes: &[u8]) -> Result<Vec<u8>, SealError>;
}

/// A body could not be sealed or opened. Never holds any of its bytes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// The key was destroyed on purpose; the body is gone for good.
    #[error("the body was erased: its key {key} was destroyed at {} ms since 1970 UTC, nothing brings it back", at.0)]
    Erased {
        /// The key.
        key: KeyId,
        /// When it was destroyed.
        at: Timestamp,
    },
    /// The keyring does not know the key.
    #[error(
        "there is no key {key} at hand: restore the keyring this store was written with from its copy; if encryption is \
         off in the settings, turn it on to read what was encrypted before"
    )]
    NoKey {
        /// The key asked for.
        key: KeyId,
    },
    /// The bytes are whole, under another key than the one stored beside them.
    #[error(
        "the body is under key {belongs}, key {given} is stored beside it: the store is damaged, restore it from a backup"
    )]
    WrongKey {
        /// The key asked for.
        given: KeyId,
        /// The key that opens the bytes.
        belongs: KeyId,
    },
    /// The bytes are not what was sealed.
    #[error("sealed bytes under key {key} are damaged ({what}): restore the store from a backup")]
    Damaged {
        /// The key asked for.
        key: KeyId,
        /// What was found.
        what: &'static str,
    },
    /// More bytes than a body may have.
    #[error("a body of {found} bytes is over the limit of {limit}: split the batch")]
    TooLarge {
        /// Bytes given.
        found: usize,
        /// Most bytes allowed.
        limit: usize,
    },
    /// No compression context could be made.
    #[error("compression cannot start: free memory and try again")]
    Compression,
    /// The source of randomness failed.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// The keyring cannot be read or written.
    #[error(transparent)]
    Keyring(#[from] KeyringError),
}
