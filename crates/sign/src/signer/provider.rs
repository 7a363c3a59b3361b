//! What a provider of signatures must be able to do: very little.

use std::error::Error;
use std::fmt;

use crate::gost::PublicKey;

/// What a provider is given to sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Input {
    /// The data itself: it hashes on its own, by the size of the key.
    Data,
    /// The digest of the data, 32 or 64 bytes. In which order it reads them is found out by the first signature.
    Digest,
}

/// A key somewhere: in memory, on a token, behind a program or a service. Gives bare signature values in whatever order
/// comes naturally; [`Verified`](super::Verified) makes a signer of it.
///
/// `Debug` must show neither keys nor passwords: the conformance suite looks for them.
pub trait RawSigner: Send + Sync + fmt::Debug {
    /// The provider's name for people, such as `token «org» of the module …`.
    fn name(&self) -> String;

    /// What [`sign`](RawSigner::sign) is given.
    fn input(&self) -> Input;

    /// The public key, when the provider knows it: a key of another certificate is then refused by name.
    fn public_key(&self) -> Option<PublicKey> {
        None
    }

    /// Signs the input; gives both halves of the value, 64 or 128 bytes, without an envelope around them.
    ///
    /// # Errors
    /// Nothing was signed, and why.
    fn sign(&self, input: &[u8]) -> Result<Vec<u8>, ProviderError>;
}

impl<R: RawSigner + ?Sized> RawSigner for Box<R> {
    fn name(&self) -> String {
        (**self).name()
    }

    fn input(&self) -> Input {
        (**self).input()
    }

    fn public_key(&self) -> Option<PublicKey> {
        (**self).public_key()
    }

    fn sign(&self, input: &[u8]) -> Result<Vec<u8>, ProviderError> {
        (**self).sign(input)
    }
}

/// A provider did not sign. What exactly happened is its [`source`](Error::source), an error of the provider's own kind.
#[derive(Debug)]
pub struct ProviderError {
    provider: String,
    passing: bool,
    source: Box<dyn Error + Send + Sync>,
}

impl ProviderError {
    /// A fault that passes without anybody changing the settings: a token that is unplugged, a service that is down. The
    /// same message may be signed later.
    pub fn passing(provider: impl Into<String>, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { provider: provider.into(), passing: true, source: source.into() }
    }

    /// A fault that stays until a person changes something: a wrong PIN, a key that is not there.
    pub fn lasting(provider: impl Into<String>, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { provider: provider.into(), passing: false, source: source.into() }
    }

    /// The provider's name.
    pub fn provider(&self) -> &str {
        &self.provider
    }

    /// May it pass by itself?
    pub fn is_passing(&self) -> bool {
        self.passing
    }
}

impl fmt::Display for ProviderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.provider, self.source)
    }
}

impl Error for ProviderError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.source)
    }
}
