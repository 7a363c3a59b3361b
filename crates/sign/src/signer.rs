//! Who signs: the seam between XML and keys.

use time::OffsetDateTime;

use crate::certificate::{Certificate, CertificateError, ValidityError};
use crate::gost::{self, Entropy, KeySize, OsEntropy, PrivateKey, PrivateKeyError};
use crate::key::KeyError;

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
    /// keyUsage forbids signatures.
    #[error("the certificate with serial number {serial} may not sign by its keyUsage; give the one for signatures")]
    KeyUsage {
        /// Decimal serial number of the certificate.
        serial: String,
    },
    /// The key did not sign.
    #[error("signing failed: {0}")]
    Signing(#[from] PrivateKeyError),
    /// A provider outside of this process failed.
    #[error("the signature provider failed: {0}")]
    Provider(String),
}

/// A certificate together with the means of signing under it.
///
/// XML knows nothing of keys beyond this trait. Whatever order a provider's library uses, it gives `s‖r`.
pub trait Signer: Send + Sync {
    /// The certificate that goes into the signature.
    fn certificate(&self) -> &Certificate;

    /// Size of the key, which chooses every algorithm of the signature.
    fn key_size(&self) -> KeySize {
        self.certificate().key_size()
    }

    /// Signs `data`, the canonical `SignedInfo`, hashing it by the key's size; gives `s‖r`, big-endian, 64 or 128 bytes.
    ///
    /// # Errors
    /// See [`SignError`]; nothing was signed then.
    fn sign(&self, data: &[u8]) -> Result<Vec<u8>, SignError>;
}

/// The built-in provider: pure Rust, no system parts, works in static builds.
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
pub struct BuiltinSigner {
    certificate: Certificate,
    key: PrivateKey,
    entropy: Box<dyn Entropy>,
}

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
        // Two identifiers of one curve give one `Curve`, so a key file and a certificate may name it differently.
        if key.public_key() != certificate.public_key() {
            return Err(SignError::OtherKey { serial: certificate.serial_decimal().to_owned() });
        }
        if !certificate.may_sign() {
            return Err(SignError::KeyUsage { serial: certificate.serial_decimal().to_owned() });
        }
        Ok(Self { certificate, key, entropy })
    }

    /// May the key sign at this moment by the certificate's dates?
    ///
    /// # Errors
    /// Which bound was passed, and when.
    pub fn check_validity(&self, at: OffsetDateTime) -> Result<(), ValidityError> {
        self.certificate.check_validity(at)
    }
}

impl Signer for BuiltinSigner {
    fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    fn sign(&self, data: &[u8]) -> Result<Vec<u8>, SignError> {
        let digest = gost::digest(self.key.key_size(), data);
        Ok(self.key.sign_digest(&digest, self.entropy.as_ref())?)
    }
}

impl std::fmt::Debug for BuiltinSigner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BuiltinSigner").field("certificate", &self.certificate).finish_non_exhaustive()
    }
}
