//! Where keys and nonces come from.

/// Source of fresh random bytes, good enough for keys. Every `Fn(&mut [u8]) -> Result<(), EntropyError>` is one.
///
/// Unlike a signature's hedged nonce, a key or nonce that repeats gives bodies away: only a test may inject a source
/// that is not the operating system's.
pub trait Entropy: Send + Sync {
    /// Fills `bytes` completely or fails.
    ///
    /// # Errors
    /// The source cannot be read; nothing is sealed then.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError>;
}

impl<F> Entropy for F
where
    F: Fn(&mut [u8]) -> Result<(), EntropyError> + Send + Sync,
{
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        self(bytes)
    }
}

/// The source of randomness failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "no random bytes: {0}; nothing is encrypted without them, check the system's random number source and try again"
)]
pub struct EntropyError(String);

impl EntropyError {
    /// An error with the reason a source gives.
    pub fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }
}
