//! The guard before every key: finds out a provider's habits once, and lets no signature out that does not verify.

use std::fmt;

use super::order::ByteOrder;
use super::provider::{Input, RawSigner};
use super::{SignError, Signer};
use crate::certificate::Certificate;
use crate::gost::{self, PublicKey};

/// What is signed to learn a provider's byte order. Says what it is, should anybody ever find it.
const PROBE: &[u8] = b"gis-gkh: probe of a signing key, no document";

/// A provider under a certificate.
///
/// At the start a probe is signed: it tells in which order the provider gives its bytes (and reads digests), and whether its
/// key is the certificate's at all. Afterwards each signature is put in order, verified by the certificate's public key, and
/// released only then.
pub struct Verified<R> {
    certificate: Certificate,
    raw: R,
    order: ByteOrder,
    digest_reversed: bool,
}

impl<R: RawSigner> Verified<R> {
    /// Takes the provider into service.
    ///
    /// # Errors
    /// A certificate that may not sign, a provider that does not sign, a key of another certificate. Dates are not looked
    /// at, see [`Certificate::check_validity`].
    pub fn open(certificate: Certificate, raw: R) -> Result<Self, SignError> {
        if !certificate.may_sign() {
            return Err(SignError::KeyUsage { serial: certificate.serial_decimal().to_owned() });
        }
        if raw.public_key().is_some_and(|key| key != *certificate.public_key()) {
            return Err(SignError::OtherKey { serial: certificate.serial_decimal().to_owned() });
        }
        let mut signer = Self { certificate, raw, order: ByteOrder::SrBigEndian, digest_reversed: false };
        let digest = gost::digest(signer.key().key_size(), PROBE);
        let value = signer.ask(PROBE, &digest)?;
        let backwards: Vec<u8> = digest.iter().rev().copied().collect();
        let readings = match signer.raw.input() {
            Input::Data => vec![(false, &digest)],
            Input::Digest => vec![(false, &digest), (true, &backwards)],
        };
        for (digest_reversed, digest) in readings {
            for order in ByteOrder::ALL {
                if signer.key().verify(digest, &order.normalize(value.clone())).is_ok() {
                    (signer.order, signer.digest_reversed) = (order, digest_reversed);
                    return Ok(signer);
                }
            }
        }
        Err(SignError::NoFit { provider: signer.raw.name(), serial: signer.serial() })
    }

    /// The order in which the provider gives its bytes.
    pub fn order(&self) -> ByteOrder {
        self.order
    }

    /// Does the provider read digests backwards?
    pub fn digest_reversed(&self) -> bool {
        self.digest_reversed
    }

    /// The provider.
    pub fn provider(&self) -> &R {
        &self.raw
    }

    fn key(&self) -> &PublicKey {
        self.certificate.public_key()
    }

    fn serial(&self) -> String {
        self.certificate.serial_decimal().to_owned()
    }

    /// A value of the right length in the provider's own order.
    fn ask(&self, data: &[u8], digest: &[u8]) -> Result<Vec<u8>, SignError> {
        let value = match self.raw.input() {
            Input::Data => self.raw.sign(data),
            Input::Digest if self.digest_reversed => self.raw.sign(&digest.iter().rev().copied().collect::<Vec<u8>>()),
            Input::Digest => self.raw.sign(digest),
        }?;
        let expected = self.key().key_size().signature_bytes();
        if value.len() != expected {
            return Err(SignError::Length { provider: self.raw.name(), expected, found: value.len() });
        }
        Ok(value)
    }
}

impl<R: RawSigner> Signer for Verified<R> {
    fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    fn description(&self) -> String {
        let digests = if self.digest_reversed { ", digests backwards" } else { "" };
        format!("{} ({}{digests})", self.raw.name(), self.order)
    }

    fn sign(&self, data: &[u8]) -> Result<Vec<u8>, SignError> {
        let digest = gost::digest(self.key().key_size(), data);
        let value = self.order.normalize(self.ask(data, &digest)?);
        match self.key().verify(&digest, &value) {
            Ok(()) => Ok(value),
            Err(_) => Err(SignError::Unverified { provider: self.raw.name(), serial: self.serial() }),
        }
    }
}

impl<R: RawSigner> fmt::Debug for Verified<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verified")
            .field("certificate", &self.certificate)
            .field("provider", &self.raw)
            .field("order", &self.order)
            .field("digest_reversed", &self.digest_reversed)
            .finish()
    }
}
