//! The certificate of the information system with its key: from PEM, from PKCS#12, or kept by the engine.

use gis_gkh_sign::certificate::Certificate;
use gis_gkh_sign::signer::{ProviderError, RawSigner as _, SignError, Verified};
use openssl::error::ErrorStack;
use openssl::pkcs12::Pkcs12;
use openssl::x509::X509;

use crate::engine::Engine;
use crate::key::OpensslKey;

/// Why there is no certificate with a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CredentialsError {
    /// The certificate cannot be read.
    #[error("the certificate cannot be read: {0}; give it in PEM, the information system's own first")]
    Certificate(String),
    /// The key is encrypted and there is no password.
    #[error("the private key is encrypted and no password is given; configure one by file or environment")]
    NoPassword,
    /// The password does not open the key.
    #[error("the password does not open the private key; check it, and that the file is the right one")]
    WrongPassword,
    /// The key cannot be read.
    #[error("the private key cannot be read: {0}; give a GOST key as PKCS#8 in PEM or as PKCS#12")]
    Key(String),
    /// The PKCS#12 file has no key or no certificate.
    #[error("the PKCS#12 file has no {0} in it; export it with the private key and its certificate")]
    Incomplete(&'static str),
    /// The engine does not give the key.
    #[error("the engine does not give the key `{id}`: {why}; check the container's name and that the token is there")]
    EngineKey {
        /// Its identifier.
        id: String,
        /// OpenSSL's reason.
        why: String,
    },
    /// The key is not a GOST one.
    #[error("the private key is no GOST R 34.10-2012 key; give the one the certificate was issued for")]
    NotGost,
    /// Key and certificate are not of one pair.
    #[error("the private key does not belong to the certificate ({subject}); give the key it was issued for")]
    OtherKey {
        /// Subject of the certificate.
        subject: String,
    },
}

/// A certificate, the certificates between it and its authority, and its key.
#[derive(Clone)]
pub struct Credentials {
    pub(crate) certificate: X509,
    pub(crate) chain: Vec<X509>,
    pub(crate) key: OpensslKey,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials").field("subject", &crate::peer::subject(&self.certificate)).finish_non_exhaustive()
    }
}

impl Credentials {
    /// From PEM: certificates, the information system's own first, and a key in PKCS#8, encrypted or not.
    ///
    /// # Errors
    /// See [`CredentialsError`].
    pub fn from_pem(
        engine: Engine,
        certificates: &[u8],
        key: &[u8],
        password: Option<&[u8]>,
    ) -> Result<Self, CredentialsError> {
        Self::with_key(certificates, OpensslKey::from_pem(engine, key, password)?)
    }

    /// From PKCS#12, with AES or GOST inside.
    ///
    /// # Errors
    /// See [`CredentialsError`].
    pub fn from_pkcs12(_: Engine, bytes: &[u8], password: &str) -> Result<Self, CredentialsError> {
        let unreadable = |error: ErrorStack| match wrong_password(&error) {
            true => CredentialsError::WrongPassword,
            false => CredentialsError::Key(reason(&error)),
        };
        let parsed = Pkcs12::from_der(bytes).and_then(|file| file.parse2(password)).map_err(unreadable)?;
        let certificate = parsed.cert.ok_or(CredentialsError::Incomplete("certificate"))?;
        let key = parsed.pkey.ok_or(CredentialsError::Incomplete("private key"))?;
        let chain = parsed.ca.map(|chain| chain.into_iter().collect()).unwrap_or_default();
        let key = OpensslKey::new(key, "OpenSSL with a key from PKCS#12".to_owned())?;
        Self { certificate, chain, key }.checked()
    }

    /// From PEM certificates and a key that the engine keeps.
    ///
    /// # Errors
    /// See [`CredentialsError`].
    pub fn from_engine(engine: Engine, certificates: &[u8], key: &str) -> Result<Self, CredentialsError> {
        Self::with_key(certificates, OpensslKey::from_engine(engine, key)?)
    }

    /// From PEM certificates and a key that was read before.
    ///
    /// # Errors
    /// See [`CredentialsError`].
    pub fn with_key(certificates: &[u8], key: OpensslKey) -> Result<Self, CredentialsError> {
        let read = X509::stack_from_pem(certificates);
        let mut read = read.map_err(|error| CredentialsError::Certificate(reason(&error)))?.into_iter();
        let certificate = read.next().ok_or_else(|| CredentialsError::Certificate("there is none".to_owned()))?;
        Self { certificate, chain: read.collect(), key }.checked()
    }

    /// The key.
    pub fn key(&self) -> &OpensslKey {
        &self.key
    }

    /// The certificate and the key as a signer of messages.
    ///
    /// # Errors
    /// The certificate cannot be read or may not sign, or the key does not sign.
    pub fn signer(&self) -> Result<Verified<OpensslKey>, SignError> {
        let der = self.certificate.to_der();
        let der = der.map_err(|error| ProviderError::lasting(self.key.name(), reason(&error)))?;
        Verified::open(Certificate::from_der(&der)?, self.key.clone())
    }

    fn checked(self) -> Result<Self, CredentialsError> {
        let public = self.certificate.public_key();
        let public = public.map_err(|error| CredentialsError::Certificate(reason(&error)))?;
        if !public.public_eq(&self.key.key) {
            return Err(CredentialsError::OtherKey { subject: crate::peer::subject(&self.certificate) });
        }
        Ok(self)
    }
}

/// What OpenSSL says at the end of a failure, in words without data.
pub(crate) fn reason(errors: &ErrorStack) -> String {
    let said = errors.errors().iter().rev().find_map(|error| error.reason().map(str::to_owned));
    said.unwrap_or_else(|| "OpenSSL gives no reason".to_owned())
}

/// Whether a failure is what a wrong password looks like: the padding of the last block, or the seal over the whole.
pub(crate) fn wrong_password(errors: &ErrorStack) -> bool {
    const SIGNS: [&str; 4] = ["bad decrypt", "mac verify failure", "pkcs12 cipherfinal error", "maybe wrong password"];
    errors.errors().iter().filter_map(|error| error.reason()).any(|reason| SIGNS.contains(&reason))
}
