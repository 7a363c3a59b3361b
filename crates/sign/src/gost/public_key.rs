//! Public keys and verification.

use std::fmt;

use crypto_bigint::Uint;
use crypto_bigint::modular::FixedMontyForm;
use der::Decode;
use der::asn1::OctetStringRef;
use x509_cert::spki::SubjectPublicKeyInfoOwned;

use super::algorithm::{self, AlgorithmError};
use super::curve::{Curve, with_parameters};
use super::digest::KeySize;
use super::parameters::Parameters;
use super::point::Point;

/// Why a public key cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PublicKeyError {
    /// Not a GOST R 34.10-2012 key on a known curve.
    #[error(transparent)]
    Algorithm(#[from] AlgorithmError),
    /// The key is not an OCTET STRING of two coordinates inside the BIT STRING (RFC 9215 §4.3).
    #[error("the public key is not two little-endian coordinates of {expected} bytes in an OCTET STRING: {reason}")]
    Malformed {
        /// Bytes of a coordinate.
        expected: usize,
        /// What is there instead.
        reason: String,
    },
    /// The coordinates satisfy no curve equation, or are not reduced.
    #[error("the public key is not a point of its curve: the certificate is damaged or forged")]
    OffCurve,
    /// A point outside of the subgroup of prime order, possible on curves with a cofactor.
    #[error(
        "the public key lies outside of the subgroup of prime order: the certificate is forged or made by a faulty tool"
    )]
    SmallOrder,
}

/// Why a signature value does not verify.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignatureError {
    /// Not the length of `s‖r` for this key.
    #[error("the signature value is {found} bytes, a key of this size signs with {expected}")]
    Length {
        /// Bytes there should be.
        expected: usize,
        /// Bytes there are.
        found: usize,
    },
    /// The digest is of the other size.
    #[error("the digest is {found} bytes, this key signs digests of {expected}")]
    DigestLength {
        /// Bytes there should be.
        expected: usize,
        /// Bytes there are.
        found: usize,
    },
    /// The numbers do not satisfy the equation.
    #[error("the signature value does not fit the signed data and the public key")]
    Wrong,
    /// The value would verify as `r‖s`: made by a library with the other convention.
    #[error("the signature value has its halves in the wrong order (r‖s instead of s‖r): swap them where it is made")]
    Swapped,
}

/// A checked public key: a point of prime order on a known curve.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PublicKey {
    curve: Curve,
    coordinates: Vec<u8>,
}

impl PublicKey {
    /// Key from `X‖Y`, both little-endian: 64 or 128 bytes.
    ///
    /// # Errors
    /// Wrong length, not on the curve, not of prime order.
    pub fn from_coordinates(curve: Curve, coordinates: &[u8]) -> Result<Self, PublicKeyError> {
        if coordinates.len() != curve.key_size().signature_bytes() {
            let reason = format!("{} bytes", coordinates.len());
            return Err(PublicKeyError::Malformed { expected: curve.key_size().bytes(), reason });
        }
        with_parameters!(curve, parameters => parameters.check_public(coordinates))?;
        Ok(Self { curve, coordinates: coordinates.to_vec() })
    }

    /// Key from the DER of a SubjectPublicKeyInfo (RFC 9215 §4.3).
    ///
    /// # Errors
    /// See [`PublicKeyError`].
    pub fn from_spki_der(der: &[u8]) -> Result<Self, PublicKeyError> {
        let spki = SubjectPublicKeyInfoOwned::from_der(der)
            .map_err(|error| PublicKeyError::Algorithm(AlgorithmError::Malformed(error.to_string())))?;
        Self::from_spki(&spki)
    }

    pub(crate) fn from_spki(spki: &SubjectPublicKeyInfoOwned) -> Result<Self, PublicKeyError> {
        let parameters = spki.algorithm.parameters.as_ref().map(|any| any.to_ref());
        let curve = algorithm::curve_of(&spki.algorithm.oid, parameters)?;
        let malformed = |reason: String| PublicKeyError::Malformed { expected: curve.key_size().bytes(), reason };
        let bits = spki.subject_public_key.as_bytes().ok_or_else(|| malformed("unused bits".to_owned()))?;
        let octets = <&OctetStringRef>::from_der(bits).map_err(|error| malformed(error.to_string()))?;
        Self::from_coordinates(curve, octets.as_bytes())
    }

    /// The curve of the key.
    pub fn curve(&self) -> Curve {
        self.curve
    }

    /// Size of the key.
    pub fn key_size(&self) -> KeySize {
        self.curve.key_size()
    }

    /// `X‖Y`, both little-endian.
    pub fn coordinates(&self) -> &[u8] {
        &self.coordinates
    }

    /// Checks that `signature`, `s‖r` big-endian, signs the Streebog `digest` (bytes as [`super::Hasher::finish`]
    /// gives them). Takes public data only and is not constant time.
    ///
    /// # Errors
    /// Wrong lengths, wrong value; a value with its halves swapped is named as such.
    pub fn verify(&self, digest: &[u8], signature: &[u8]) -> Result<(), SignatureError> {
        let size = self.key_size();
        if digest.len() != size.bytes() {
            return Err(SignatureError::DigestLength { expected: size.bytes(), found: digest.len() });
        }
        if signature.len() != size.signature_bytes() {
            return Err(SignatureError::Length { expected: size.signature_bytes(), found: signature.len() });
        }
        let fits = |signature: &[u8]| with_parameters!(self.curve, parameters => parameters.verify(&self.coordinates, digest, signature));
        if fits(signature) {
            return Ok(());
        }
        let mut swapped = signature.to_vec();
        swapped.rotate_left(size.bytes());
        Err(if fits(&swapped) { SignatureError::Swapped } else { SignatureError::Wrong })
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PublicKey").field("curve", &self.curve).finish_non_exhaustive()
    }
}

impl<const LIMBS: usize> Parameters<LIMBS> {
    fn check_public(&self, coordinates: &[u8]) -> Result<(), PublicKeyError> {
        let point = self.decode_point(coordinates).ok_or(PublicKeyError::OffCurve)?;
        // Where the whole group has prime order every point but the identity, which has no coordinates, will do.
        if self.cofactor != 1 && !self.is_identity(&self.multiply(self.q().as_ref(), &point)) {
            return Err(PublicKeyError::SmallOrder);
        }
        Ok(())
    }

    /// Point from two little-endian coordinates, if they are reduced and on the curve.
    pub(super) fn decode_point(&self, coordinates: &[u8]) -> Option<Point<LIMBS>> {
        let (x, y) = coordinates.split_at_checked(Self::BYTES)?;
        if y.len() != Self::BYTES {
            return None;
        }
        let element = |bytes: &[u8]| {
            let number = Uint::from_le_slice(bytes);
            (number < *self.field.modulus().as_ref()).then(|| FixedMontyForm::new(&number, &self.field))
        };
        let (x, y) = (element(x)?, element(y)?);
        self.is_on_curve(&x, &y).then(|| Point { x, y, z: FixedMontyForm::one(&self.field) })
    }
}
