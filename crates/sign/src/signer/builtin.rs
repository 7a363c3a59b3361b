//! The built-in provider: pure Rust, no system parts, works in static builds.

use time::OffsetDateTime;

use super::provider::{Input, ProviderError, RawSigner};
use super::verified::Verified;
use super::{SignError, Signer};
use crate::certificate::{Certificate, ValidityError};
use crate::gost::{Entropy, OsEntropy, PrivateKey, PublicKey};

/// A private key in this process's memory, as a provider.
pub struct BuiltinKey {
    key: PrivateKey,
    entropy: Box<dyn Entropy>,
}

impl BuiltinKey {
    /// Provider of this key.
    pub fn new(key: PrivateKey, entropy: Box<dyn Entropy>) -> Self {
        Self { key, entropy }
    }
}

impl RawSigner for BuiltinKey {
    fn name(&self) -> String {
        "the built-in provider".to_owned()
    }

    fn input(&self) -> Input {
        Input::Digest
    }

    // Two identifiers of one curve give one `Curve`, so a key file and a certificate may name it differently.
    fn public_key(&self) -> Option<PublicKey> {
        Some(self.key.public_key().clone())
    }

    fn sign(&self, input: &[u8]) -> Result<Vec<u8>, ProviderError> {
        let signed = self.key.sign_digest(input, self.entropy.as_ref());
        signed.map_err(|error| ProviderError::passing(self.name(), error))
    }
}

impl std::fmt::Debug for BuiltinKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BuiltinKey").field("curve", &self.key.curve()).finish_non_exhaustive()
    }
}

/// The signer with the built-in provider.
///
/// ```no_run
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use gis_gkh_sign::signer::{BuiltinSigner, Signer};
///
/// let certificate = std::fs::read_to_string("org.crt")?;
/// let key = std::fs::read_to_string("org.key")?;
/// let signer = BuiltinSigner::from_pem(&certificate, &key)?;
/// assert_eq!(signer.sign(b"canonical SignedInfo")?.len(), 64);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct BuiltinSigner(Verified<BuiltinKey>);

impl BuiltinSigner {
    /// Signer from PEM texts, with the operating system's randomness.
    ///
    /// # Errors
    /// Unreadable files, a key of another certificate, a certificate that may not sign. Dates are not looked at,
    /// see [`BuiltinSigner::check_validity`].
    pub fn from_pem(certificate: &str, key: &str) -> Result<Self, SignError> {
        let certificate = Certificate::from_pem(certificate)?;
        Self::new(certificate, PrivateKey::from_pem(key)?, Box::new(OsEntropy))
    }

    /// Signer from parts already read.
    ///
    /// # Errors
    /// A key of another certificate, a certificate that may not sign.
    pub fn new(certificate: Certificate, key: PrivateKey, entropy: Box<dyn Entropy>) -> Result<Self, SignError> {
        Verified::open(certificate, BuiltinKey::new(key, entropy)).map(Self)
    }

    /// May the key sign at this moment by the certificate's dates?
    ///
    /// # Errors
    /// Which bound was passed, and when.
    pub fn check_validity(&self, at: OffsetDateTime) -> Result<(), ValidityError> {
        self.certificate().check_validity(at)
    }
}

impl Signer for BuiltinSigner {
    fn certificate(&self) -> &Certificate {
        self.0.certificate()
    }

    fn description(&self) -> String {
        self.0.description()
    }

    fn sign(&self, data: &[u8]) -> Result<Vec<u8>, SignError> {
        self.0.sign(data)
    }
}
