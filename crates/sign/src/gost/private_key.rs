//! Private keys and signing.

use std::fmt;

use zeroize::Zeroizing;

use super::curve::{Curve, with_parameters};
use super::digest::KeySize;
use super::entropy::{Entropy, EntropyError};
use super::nonce::Nonces;
use super::public_key::{PublicKey, PublicKeyError, SignatureError};

/// Why a private key cannot be used or did not sign.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PrivateKeyError {
    /// The number is 0, not below the order of the curve, or not of the curve's length.
    #[error("the private key is not a number between 1 and the order of its curve: the key file is damaged")]
    OutOfRange,
    /// The digest is of the other size.
    #[error(transparent)]
    Digest(SignatureError),
    /// No fresh random bytes.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// Hundreds of candidates for the nonce did not fit: impossible with a sound hash and sound memory.
    #[error("no nonce was found: the machine computes wrongly, do not sign on it")]
    NoNonce,
}

/// A private key of GOST R 34.10-2012, wiped when dropped. `Debug` shows the curve alone.
pub struct PrivateKey {
    curve: Curve,
    /// Little-endian, 32 or 64 bytes, `0 < d < q`.
    scalar: Zeroizing<Vec<u8>>,
    public: PublicKey,
}

impl PrivateKey {
    /// Key from its number, 32 or 64 bytes little-endian, the form PKCS#8 files carry.
    ///
    /// # Errors
    /// [`PrivateKeyError::OutOfRange`].
    pub fn from_scalar(curve: Curve, scalar: &[u8]) -> Result<Self, PrivateKeyError> {
        let scalar = Zeroizing::new(scalar.to_vec());
        let coordinates = with_parameters!(curve, parameters => {
            parameters.decode_scalar(&scalar).map(Zeroizing::new).and_then(|number| parameters.public_of(&number))
        })
        .ok_or(PrivateKeyError::OutOfRange)?;
        let public = PublicKey::from_coordinates(curve, &coordinates)
            .map_err(|_: PublicKeyError| PrivateKeyError::OutOfRange)?;
        Ok(Self { curve, scalar, public })
    }

    /// The curve of the key.
    pub fn curve(&self) -> Curve {
        self.curve
    }

    /// Size of the key.
    pub fn key_size(&self) -> KeySize {
        self.curve.key_size()
    }

    /// The public key that belongs to this one.
    pub fn public_key(&self) -> &PublicKey {
        &self.public
    }

    /// Signs a Streebog digest of the key's size; gives `s‖r`, big-endian. Constant time in the key and the nonce.
    ///
    /// # Errors
    /// A digest of the other size, no entropy.
    pub fn sign_digest(&self, digest: &[u8], entropy: &dyn Entropy) -> Result<Vec<u8>, PrivateKeyError> {
        let expected = self.key_size().bytes();
        if digest.len() != expected {
            return Err(PrivateKeyError::Digest(SignatureError::DigestLength { expected, found: digest.len() }));
        }
        let mut fresh = Zeroizing::new([0; 64]);
        entropy.fill(fresh.as_mut())?;
        with_parameters!(self.curve, parameters => {
            let key = Zeroizing::new(parameters.decode_scalar(&self.scalar).ok_or(PrivateKeyError::OutOfRange)?);
            let mut nonces = Nonces::new(parameters, &self.scalar, digest, &fresh);
            loop {
                let nonce = nonces.next(parameters).ok_or(PrivateKeyError::NoNonce)?;
                if let Some(signature) = parameters.sign_with_nonce(&key, digest, &nonce) {
                    return Ok(signature);
                }
            }
        })
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrivateKey").field("curve", &self.curve).finish_non_exhaustive()
    }
}
