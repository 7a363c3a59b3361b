//! Where fresh randomness comes from.

/// Source of fresh random bytes for the nonces of signatures.
///
/// The nonce is hedged (RFC 6979 in spirit, with fresh bytes mixed in): a source that repeats itself costs the
/// hiding of equal signatures, not the key. Tests inject a fixed source to get the same signature each time.
pub trait Entropy: Send + Sync {
    /// Fills `bytes` completely or fails.
    ///
    /// # Errors
    /// The source cannot be read; nothing may be signed then.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError>;
}

/// The source of randomness failed.
#[derive(Debug, thiserror::Error)]
#[error("no random bytes: {0}; nothing is signed without them, check the system's random number source and try again")]
pub struct EntropyError(String);

impl EntropyError {
    /// An error with the reason a source gives.
    pub fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }
}

/// The operating system's generator (`getrandom`).
#[derive(Clone, Copy, Debug, Default)]
pub struct OsEntropy;

impl Entropy for OsEntropy {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        getrandom::fill(bytes).map_err(|error| EntropyError::new(error.to_string()))
    }
}
