//! Private keys under a password: PKCS#8 EncryptedPrivateKeyInfo with PBES2 and AES.

use der::Decode;
use pkcs8::EncryptedPrivateKeyInfoRef;
use pkcs8::pkcs5::EncryptionScheme;
use pkcs8::pkcs5::pbes2::Kdf;

use super::{KeyError, only_key};
use crate::gost::PrivateKey;
use crate::signer::Secret;

/// What opens within some seconds; a file that asks for more is not one of ours.
const MOST_ITERATIONS: u32 = 10_000_000;
/// Memory scrypt may take; bytes.
const MOST_MEMORY: u64 = 1 << 28;

impl PrivateKey {
    /// Key from PEM text with exactly one private key, encrypted (`ENCRYPTED PRIVATE KEY`: PBES2 with AES and PBKDF2 or
    /// scrypt, as `openssl pkcs8 -topk8 -v2 aes-256-cbc` writes it) or not; the password is not asked for then.
    ///
    /// # Errors
    /// See [`KeyError`]; a wrong password is [`KeyError::Password`].
    pub fn from_encrypted_pem(text: &str, password: &Secret) -> Result<Self, KeyError> {
        let blocks = crate::pem::blocks(text).map_err(KeyError::Pem)?;
        let key = only_key(&blocks)?;
        if key.label != "ENCRYPTED PRIVATE KEY" {
            return Self::from_pem(text);
        }
        let info =
            EncryptedPrivateKeyInfoRef::from_der(&key.der).map_err(|error| KeyError::Encryption(error.to_string()))?;
        bounded(&info.encryption_algorithm)?;
        let opened = info.decrypt(password.reveal()).map_err(|error| match error {
            // The padding does not fit, or there is no ASN.1: that is all a wrong password shows itself by.
            pkcs8::Error::EncryptedPrivateKey(pkcs8::pkcs5::Error::DecryptFailed) | pkcs8::Error::Asn1(_) => {
                KeyError::Password
            }
            other => KeyError::Encryption(other.to_string()),
        })?;
        match Self::from_pkcs8_der(opened.as_bytes()) {
            // The padding fits by chance once in 256 wrong passwords.
            Err(KeyError::Pkcs8(_)) => Err(KeyError::Password),
            other => other,
        }
    }
}

/// Refuses parameters with which opening would take minutes or gigabytes.
fn bounded(scheme: &EncryptionScheme) -> Result<(), KeyError> {
    let EncryptionScheme::Pbes2(parameters) = scheme else {
        return Err(KeyError::Encryption("PBES1, which is outdated".to_owned()));
    };
    let fits = match &parameters.kdf {
        Kdf::Pbkdf2(pbkdf2) => pbkdf2.iteration_count <= MOST_ITERATIONS,
        Kdf::Scrypt(scrypt) => {
            let block = u64::from(scrypt.block_size) * 128;
            let memory = scrypt.cost_parameter.checked_mul(block);
            scrypt.parallelization <= 16 && memory.is_some_and(|memory| memory <= MOST_MEMORY)
        }
        _ => true,
    };
    if fits { Ok(()) } else { Err(KeyError::Encryption("it asks for too much time or memory".to_owned())) }
}
