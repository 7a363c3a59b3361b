//! GOST keys that OpenSSL reads or its engine keeps, and signatures by them.

use gis_gkh_sign::signer::{Input, ProviderError, RawSigner};
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::sign::Signer;

use crate::credentials::{CredentialsError, reason, wrong_password};
use crate::engine::Engine;

/// Numbers in OpenSSL: of the key types, and of the digest each is signed with.
const GOST_2012: [(i32, i32); 2] = [(979, 982), (980, 983)];

/// A private key in OpenSSL or its engine. Hashes by its own size and gives `s‖r`; [`Verified`] makes a signer of it.
///
/// [`Verified`]: gis_gkh_sign::signer::Verified
#[derive(Clone)]
pub struct OpensslKey {
    pub(crate) key: PKey<Private>,
    digest: MessageDigest,
    name: String,
}

impl std::fmt::Debug for OpensslKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OpensslKey").field("name", &self.name).finish_non_exhaustive()
    }
}

impl OpensslKey {
    /// From PKCS#8 in PEM, encrypted or not.
    ///
    /// # Errors
    /// See [`CredentialsError`].
    pub fn from_pem(_: Engine, key: &[u8], password: Option<&[u8]>) -> Result<Self, CredentialsError> {
        let encrypted = key.windows(9).any(|window| window == b"ENCRYPTED");
        if encrypted && password.is_none_or(<[u8]>::is_empty) {
            return Err(CredentialsError::NoPassword);
        }
        // A password is always given, for without one OpenSSL would ask on the terminal.
        let key = PKey::private_key_from_pem_passphrase(key, password.unwrap_or_default());
        let key = key.map_err(|error| match encrypted && wrong_password(&error) {
            true => CredentialsError::WrongPassword,
            false => CredentialsError::Key(reason(&error)),
        })?;
        Self::new(key, "OpenSSL with a key from a file".to_owned())
    }

    /// A key that the engine itself keeps or finds: a container, a slot of a token.
    ///
    /// # Errors
    /// See [`CredentialsError`].
    pub fn from_engine(engine: Engine, id: &str) -> Result<Self, CredentialsError> {
        let key = engine.private_key(id).map_err(|why| CredentialsError::EngineKey { id: id.to_owned(), why })?;
        Self::new(key, format!("OpenSSL with the key `{id}` of its engine"))
    }

    pub(crate) fn new(key: PKey<Private>, name: String) -> Result<Self, CredentialsError> {
        let kind = key.id().as_raw();
        let digest = GOST_2012.iter().find(|(key, _)| *key == kind).ok_or(CredentialsError::NotGost)?.1;
        let digest = MessageDigest::from_nid(Nid::from_raw(digest)).ok_or(CredentialsError::NotGost)?;
        Ok(Self { key, digest, name })
    }
}

impl RawSigner for OpensslKey {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn input(&self) -> Input {
        Input::Data
    }

    fn sign(&self, input: &[u8]) -> Result<Vec<u8>, ProviderError> {
        let sign = || {
            let mut signer = Signer::new(self.digest, &self.key)?;
            signer.update(input)?;
            signer.sign_to_vec()
        };
        // A token may have been unplugged, and OpenSSL does not tell such things apart.
        sign().map_err(|error: ErrorStack| ProviderError::passing(self.name.clone(), reason(&error)))
    }
}
