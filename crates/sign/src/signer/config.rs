//! The choice of a provider as data, and the signer that comes of it.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::command::{CommandConfig, CommandSigner};
#[cfg(feature = "http")]
use super::http::{Connect, HttpConfig, HttpSigner};
use super::secret::{Prompt, SecretError, SecretSource};
use super::{BuiltinKey, RawSigner, SignError, Signer, Verified};
use crate::certificate::Certificate;
use crate::gost::{OsEntropy, PrivateKey};

/// A certificate, and where its key is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignerConfig {
    /// The certificate, a PEM file.
    pub certificate: PathBuf,
    /// Where the key is and who signs with it.
    pub provider: ProviderConfig,
}

/// Who signs.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProviderConfig {
    /// This program itself: `builtin`.
    Builtin(BuiltinConfig),
    /// OpenSSL with the gost engine or another one: `openssl`.
    Openssl(OpensslConfig),
    /// A token or a hardware module: `pkcs11`.
    Pkcs11(Pkcs11Config),
    /// A program: `command`.
    Command(CommandConfig),
    /// A service: `http`.
    #[cfg(feature = "http")]
    Http(HttpConfig),
}

/// A key file this program signs with itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuiltinConfig {
    /// The private key: PKCS#8 as PEM, encrypted (PBES2 with AES) or not.
    pub private_key: PathBuf,
    /// Its password.
    pub password: Option<SecretSource>,
}

/// A key OpenSSL signs with. `gis-gkh-openssl` makes a provider of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpensslConfig {
    /// The engine, `gost` if nothing is given.
    pub engine: Option<String>,
    /// Its library, when OpenSSL does not find it by its name.
    pub engine_path: Option<PathBuf>,
    /// The key: a file, or a name of the engine.
    pub key: OpensslKeySource,
    /// Its password or PIN.
    pub password: Option<SecretSource>,
}

/// Where OpenSSL finds a key.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum OpensslKeySource {
    /// A PEM file: PKCS#8, encrypted or not.
    Pem(PathBuf),
    /// A PKCS#12 file.
    Pkcs12(PathBuf),
    /// A name that the engine understands, such as `c:container` of CryptoPro's.
    Engine(String),
}

/// A key on a token. `gis-gkh-pkcs11` makes a provider of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pkcs11Config {
    /// The module, a library of the token's maker.
    pub module: PathBuf,
    /// Which token; the only one there is if nothing is given.
    pub token: TokenChoice,
    /// Label of the private key (CKA_LABEL).
    pub key_label: Option<String>,
    /// Identifier of the private key (CKA_ID).
    pub key_id: Option<Vec<u8>>,
    /// The PIN; none where the token has a keypad of its own.
    pub pin: Option<SecretSource>,
    /// Log in even though the token says that a wrong PIN was entered since it was last used. Never its last try.
    pub pin_retry: bool,
    /// The mechanism by its name in the table or its number; found out by asking the token if nothing is given.
    pub mechanism: Option<String>,
    /// How long a call into the module may take: opening the token, or a signature. Longer where a person must act at the
    /// token, on a keypad or by touching it.
    pub limit: Duration,
}

impl Pkcs11Config {
    /// The limit where the settings say nothing.
    pub const LIMIT: Duration = Duration::from_secs(30);
}

/// Which token.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum TokenChoice {
    /// The only one there is.
    #[default]
    Only,
    /// The one in this slot.
    Slot(u64),
    /// The one with this label.
    Label(String),
    /// The one with this serial number.
    Serial(String),
}

/// Makes a provider of one kind: the way from this crate to those that build on OpenSSL or on tokens.
pub type Opener<'a, C> = &'a dyn Fn(&C, &Certificate, Option<&dyn Prompt>) -> Result<Box<dyn RawSigner>, SignError>;

/// What opening needs beside the settings.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct Openers<'a> {
    /// Asks a person; without it secrets come from files and variables alone.
    pub prompt: Option<&'a dyn Prompt>,
    /// Makes the provider over OpenSSL; without it that provider is refused as not built in.
    pub openssl: Option<Opener<'a, OpensslConfig>>,
    /// Makes the provider over tokens; likewise.
    pub pkcs11: Option<Opener<'a, Pkcs11Config>>,
    /// Connects to signing services by TLS; without it they are spoken to on loopback, or plainly when that is allowed.
    #[cfg(feature = "http")]
    pub tls: Option<Arc<dyn Connect>>,
}

impl fmt::Debug for Openers<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Openers").finish_non_exhaustive()
    }
}

/// There is no signer by these settings.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// A file cannot be read.
    #[error("the file {} cannot be read: {reason}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        reason: std::io::Error,
    },
    /// A password or PIN cannot be had.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The certificate's file does not hold one that can be used.
    #[error("{}: {source}", path.display())]
    Certificate {
        /// The file.
        path: PathBuf,
        /// Why.
        source: crate::certificate::CertificateError,
    },
    /// The key cannot be used.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// The provider is not part of this program.
    #[error("the provider `{0}` is not built into this program; choose another one, or a build with it")]
    NotBuilt(&'static str),
}

impl OpenError {
    /// May the same call succeed later without anybody changing the settings: a token that is unplugged, a service that is
    /// down?
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Sign(error) if error.is_passing())
    }
}

impl SignerConfig {
    /// Opens the signer: reads what is to be read, signs a probe, and refuses a key that is not the certificate's. May take
    /// as long as the provider's time limit. Dates are not looked at, see [`Certificate::check_validity`].
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open(&self, openers: &Openers<'_>) -> Result<Arc<dyn Signer>, OpenError> {
        self.open_under(self.certificate()?, openers)
    }

    /// The certificate of the settings.
    pub(super) fn certificate(&self) -> Result<Certificate, OpenError> {
        Certificate::from_pem(&text(&self.certificate)?)
            .map_err(|source| OpenError::Certificate { path: self.certificate.clone(), source })
    }

    /// Opens the signer under a certificate that was read before.
    pub(super) fn open_under(
        &self,
        certificate: Certificate,
        openers: &Openers<'_>,
    ) -> Result<Arc<dyn Signer>, OpenError> {
        let provider: Box<dyn RawSigner> = match &self.provider {
            ProviderConfig::Builtin(config) => Box::new(builtin(config, openers.prompt)?),
            ProviderConfig::Openssl(config) => {
                openers.openssl.ok_or(OpenError::NotBuilt("openssl"))?(config, &certificate, openers.prompt)?
            }
            ProviderConfig::Pkcs11(config) => {
                openers.pkcs11.ok_or(OpenError::NotBuilt("pkcs11"))?(config, &certificate, openers.prompt)?
            }
            ProviderConfig::Command(config) => {
                Box::new(CommandSigner::new(config.clone(), openers.prompt).map_err(SignError::Provider)?)
            }
            #[cfg(feature = "http")]
            ProviderConfig::Http(config) => {
                let opened = HttpSigner::new(config.clone(), openers.tls.clone(), openers.prompt);
                Box::new(opened.map_err(SignError::Provider)?)
            }
        };
        Ok(Arc::new(Verified::open(certificate, provider)?))
    }
}

fn builtin(config: &BuiltinConfig, prompt: Option<&dyn Prompt>) -> Result<BuiltinKey, OpenError> {
    let text = text(&config.private_key)?;
    let password = config.password.as_ref().map(|source| source.read(prompt)).transpose()?;
    let key = match password {
        Some(password) => PrivateKey::from_encrypted_pem(&text, &password),
        None => PrivateKey::from_pem(&text),
    };
    Ok(BuiltinKey::new(key.map_err(SignError::Key)?, Box::new(OsEntropy)))
}

fn text(path: &Path) -> Result<zeroize::Zeroizing<String>, OpenError> {
    let read = std::fs::read_to_string(path).map(zeroize::Zeroizing::new);
    read.map_err(|reason| OpenError::File { path: path.to_owned(), reason })
}
