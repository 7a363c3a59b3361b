//! Who signs: the seam between XML and keys.
//!
//! XML knows the trait [`Signer`] alone. Providers implement [`RawSigner`]: they give whatever bytes their library, token or
//! service gives. [`Verified`] makes a signer of a provider and a certificate, and nothing signs around it.

mod answers;
mod builtin;
mod command;
mod config;
mod encoding;
#[cfg(feature = "http")]
mod http;
mod openers;
mod order;
mod provider;
mod secret;
#[cfg(unix)]
mod terminal;
mod verified;
mod waiting;

use crate::certificate::{Certificate, CertificateError};
use crate::gost::KeySize;
use crate::key::KeyError;

#[cfg(feature = "http")]
pub use self::http::{Answer, Body, Connect, Connecting, HttpConfig, HttpError, HttpSigner, Stream};
pub use builtin::{BuiltinKey, BuiltinSigner};
pub use command::{CommandConfig, CommandError, CommandSigner, INHERITED};
pub use config::{
    BuiltinConfig, OpenError, Opener, Openers, OpensslConfig, OpensslKeySource, Pkcs11Config, ProviderConfig,
    SignerConfig, TokenChoice,
};
pub use encoding::Encoding;
pub use openers::{SharedOpener, SharedOpeners};
pub use order::ByteOrder;
pub use provider::{Input, ProviderError, RawSigner};
pub use secret::{Prompt, Secret, SecretError, SecretSource};
#[cfg(unix)]
pub use terminal::Terminal;
pub use verified::Verified;
pub use waiting::{Again, WaitError};

/// Why nothing was signed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// The certificate cannot be read.
    #[error("signing certificate: {0}")]
    Certificate(#[from] CertificateError),
    /// The key cannot be read.
    #[error("signing key: {0}")]
    Key(#[from] KeyError),
    /// The key belongs to another certificate.
    #[error(
        "the private key does not belong to the certificate with serial number {serial}; give the key that was made \
         together with it"
    )]
    OtherKey {
        /// Decimal serial number of the certificate.
        serial: String,
    },
    /// The first signature of a provider does not fit the certificate, however its bytes are ordered.
    #[error(
        "{provider} signs, but its signature does not fit the certificate with serial number {serial} in any byte order: \
         the key belongs to another certificate (give the one made together with it), or the provider hashes by another \
         algorithm than GOST R 34.11-2012 of the key's size (correct its mechanism)"
    )]
    NoFit {
        /// The provider.
        provider: String,
        /// Decimal serial number of the certificate.
        serial: String,
    },
    /// keyUsage forbids signatures.
    #[error("the certificate with serial number {serial} may not sign by its keyUsage; give the one for signatures")]
    KeyUsage {
        /// Decimal serial number of the certificate.
        serial: String,
    },
    /// The provider did not sign.
    #[error(transparent)]
    Provider(#[from] ProviderError),
    /// The provider gave something else than a signature.
    #[error(
        "{provider} gave {found} bytes where a signature under this certificate has {expected}; it signs with a key of \
         another size, or gives the signature in an envelope of its own: make it give the bare value"
    )]
    Length {
        /// The provider.
        provider: String,
        /// Bytes of a signature.
        expected: usize,
        /// Bytes it gave.
        found: usize,
    },
    /// A signature did not stand its verification; it was not released.
    #[error(
        "{provider} gave a signature that does not verify under the certificate with serial number {serial}; it was not \
         released. Check that nobody changed the key, then the device or service itself"
    )]
    Unverified {
        /// The provider.
        provider: String,
        /// Decimal serial number of the certificate.
        serial: String,
    },
}

impl SignError {
    /// May the same call succeed later without anybody changing the settings: a token that is unplugged, a service that
    /// does not answer?
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Provider(error) if error.is_passing())
    }
}

/// A certificate together with the means of signing under it.
///
/// XML knows nothing of keys beyond this trait. Whatever order a provider's library uses, a signer gives `s‖r`.
pub trait Signer: Send + Sync {
    /// The certificate that goes into the signature.
    fn certificate(&self) -> &Certificate;

    /// Size of the key, which chooses every algorithm of the signature.
    fn key_size(&self) -> KeySize {
        self.certificate().key_size()
    }

    /// Who signs, in words for people, such as `the built-in provider (s‖r, big-endian)`.
    fn description(&self) -> String {
        "a signer".to_owned()
    }

    /// Signs `data`, the canonical `SignedInfo`, hashing it by the key's size; gives `s‖r`, big-endian, 64 or 128 bytes.
    ///
    /// The call may take as long as the provider's time limit: keep it off threads that must not wait, such as those of an
    /// asynchronous runtime.
    ///
    /// # Errors
    /// See [`SignError`]; nothing was signed then.
    fn sign(&self, data: &[u8]) -> Result<Vec<u8>, SignError>;
}
