//! What the settings name, opened: the key that signs, and the way to the stand.

#[cfg(feature = "gost-tls")]
mod gost;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use gis_gkh::clock::Clock;
use gis_gkh::files::Way;
use gis_gkh::stand::{BasicAuth, Stand};
use gis_gkh::{Guid, Identity, PlainHttp};
use gis_gkh_sign::certificate::Certificate;
use gis_gkh_sign::signer::{Again, OpenError, Prompt, ProviderConfig, SharedOpeners, SignError, Signer};
use time::OffsetDateTime;

use crate::config::{Config, ConfigError, Login, Mode, key_file};

/// What a program without OpenSSL says.
#[cfg(not(feature = "gost-tls"))]
const NOT_BUILT: &str = "this program is built without GOST TLS (feature `gost-tls`): write `stand.connection = \"tunnel\"` and let \
                         a tunnel, such as stunnel with the engine, listen on 127.0.0.1";

/// How long a key that is away is left alone before it is tried again.
const AGAIN: Duration = Duration::from_secs(10);

/// The way to a stand, opened as the settings have it. Nothing is connected yet.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Opened {
    /// Plain HTTP: to a tunnel, or to the sandbox.
    Plain(Arc<PlainHttp>),
    /// GOST TLS to the stand itself.
    #[cfg(feature = "gost-tls")]
    Gost(Arc<gis_gkh::Http<gis_gkh_openssl::GostTls>>),
}

impl Opened {
    /// The way, whichever it is.
    #[must_use]
    pub fn way(&self) -> Arc<dyn Way> {
        match self {
            Self::Plain(http) => Arc::clone(http) as Arc<dyn Way>,
            #[cfg(feature = "gost-tls")]
            Self::Gost(http) => Arc::clone(http) as Arc<dyn Way>,
        }
    }
}

/// The certificate the settings name, which must belong to this stand. Its dates are not looked at.
///
/// # Errors
/// [`ConfigError::Key`] or [`ConfigError::KeyFile`], naming the setting.
pub fn certificate(config: &Config) -> Result<Certificate, ConfigError> {
    let certificate = any_certificate(config)?;
    config.stand.check_certificate(&certificate).map_err(|error| of_certificate(config, error.to_string()))?;
    Ok(certificate)
}

/// The certificate the settings name, whether or not it belongs to this stand.
pub(crate) fn any_certificate(config: &Config) -> Result<Certificate, ConfigError> {
    let text = key_file(CERTIFICATE, &config.key.certificate)?;
    Certificate::from_pem(&text).map_err(|error| of_certificate(config, error.to_string()))
}

/// The setting that names the certificate.
const CERTIFICATE: &str = "key.certificate";

fn of_certificate(config: &Config, reason: String) -> ConfigError {
    ConfigError::Key { key: CERTIFICATE, path: config.key.certificate.clone(), reason }
}

/// Opens the key that signs: reads what is to be read, signs a probe, and refuses a key that is not the certificate's. May ask
/// a person, and take as long as the provider's time limit.
///
/// # Errors
/// Settings, files, PINs and passwords, each by its name; the provider's own.
pub fn signer(config: &Config) -> Result<Arc<dyn Signer>, ConfigError> {
    certificate(config)?;
    config.check_permissions()?;
    let openers = openers(config)?;
    config.key.signer().open(&openers.borrowed()).map_err(|error| fault(config, error))
}

/// The same, but a key that is only away (a token that is not plugged in, a service that is down) is waited for: messages wait
/// with it, and nothing of them is lost.
///
/// # Errors
/// As [`signer`], without what passes by itself.
pub fn waiting_signer(config: &Config) -> Result<Arc<dyn Signer>, ConfigError> {
    certificate(config)?;
    config.check_permissions()?;
    config.key.signer().open_or_wait(&openers(config)?, Again::after(AGAIN)).map_err(|error| fault(config, error))
}

/// What opening a key needs beside the settings.
fn openers(config: &Config) -> Result<SharedOpeners, ConfigError> {
    let mut openers = SharedOpeners::default();
    openers.prompt = terminal();
    #[cfg(feature = "pkcs11")]
    {
        openers.pkcs11 = Some(Arc::new(gis_gkh_pkcs11::open));
    }
    #[cfg(feature = "gost-tls")]
    {
        openers.openssl = Some(Arc::new(gost::key));
        openers.tls = gost::service(&config.key)?;
    }
    let _ = config;
    Ok(openers)
}

#[cfg(unix)]
fn terminal() -> Option<Arc<dyn Prompt>> {
    Some(Arc::new(gis_gkh_sign::signer::Terminal::default()))
}

#[cfg(not(unix))]
fn terminal() -> Option<Arc<dyn Prompt>> {
    None
}

/// What opening the key came to, by the setting that is to be mended.
fn fault(config: &Config, error: OpenError) -> ConfigError {
    let builtin = match &config.key.provider {
        ProviderConfig::Builtin(builtin) => Some(&builtin.private_key),
        _ => None,
    };
    let at = |key: &'static str, path: &Path, reason: String| ConfigError::Key { key, path: path.to_owned(), reason };
    match (error, builtin) {
        (OpenError::File { path, reason }, Some(key)) if path == *key => {
            ConfigError::KeyFile { key: "key.private_key", path, reason }
        }
        (OpenError::Certificate { path, source }, _) => at(CERTIFICATE, &path, source.to_string()),
        (OpenError::Secret(reason), _) => ConfigError::Secret { key: "key.password", reason },
        (OpenError::Sign(error), _) if of_the_certificate(&error) => of_certificate(config, error.to_string()),
        (OpenError::Sign(error), Some(key)) => at("key.private_key", key, error.to_string()),
        (error, _) => ConfigError::Provider(Box::new(error)),
    }
}

fn of_the_certificate(error: &SignError) -> bool {
    matches!(error, SignError::Certificate(_) | SignError::KeyUsage { .. })
}

/// Whom we are: opens the key, and checks that it may sign at `now` and belongs to this stand.
///
/// # Errors
/// As [`waiting_signer`]; a certificate that is not in time.
pub fn identity(config: &Config, now: OffsetDateTime) -> Result<Identity, ConfigError> {
    identity_of(config, waiting_signer(config)?, now)
}

/// The same with a key that was opened before.
///
/// # Errors
/// A certificate that is not in time.
pub fn identity_of(config: &Config, signer: Arc<dyn Signer>, now: OffsetDateTime) -> Result<Identity, ConfigError> {
    signer.certificate().check_validity(now).map_err(|error| of_certificate(config, error.to_string()))?;
    let mut identity = Identity::new(Guid::new(config.organisation.org_ppa_guid), signer);
    identity.operator_signature = config.organisation.mode == Mode::Operator;
    identity.profile = config.key.profile;
    identity.versions = config.versions.clone();
    Ok(identity)
}

/// Loads OpenSSL's engine where the settings need one: which it is, or why it cannot be had; nothing where none is needed.
#[must_use]
pub fn engine(config: &Config) -> Option<Result<String, String>> {
    let of_the_key = match &config.key.provider {
        ProviderConfig::Openssl(openssl) => Some((openssl.engine.as_ref(), openssl.engine_path.as_deref())),
        _ => None,
    };
    let of_tls = config.tls.as_ref().map(|tls| (tls.engine.as_ref(), tls.engine_path.as_deref()));
    let (id, path) = of_tls.or(of_the_key)?;
    #[cfg(feature = "gost-tls")]
    {
        let loaded = gost::engine(id, path).map_err(|error| error.to_string());
        Some(loaded.map(|_| id.cloned().unwrap_or_else(|| gis_gkh_openssl::EngineSpec::gost().id)))
    }
    #[cfg(not(feature = "gost-tls"))]
    {
        let _ = (id, path);
        Some(Err(NOT_BUILT.to_owned()))
    }
}

/// Opens the way to the stand: engine, certificates and passwords are read; nothing is connected.
///
/// # Errors
/// [`ConfigError::Stand`], [`ConfigError::Tls`], [`ConfigError::Secret`]; a program without GOST TLS.
pub fn way(config: &Config, clock: &Arc<dyn Clock>) -> Result<Opened, ConfigError> {
    let stand = stand(config)?;
    if config.tls.is_none() {
        return Ok(Opened::Plain(Arc::new(stand.transport(config.limits())?)));
    }
    #[cfg(feature = "gost-tls")]
    {
        gost::way(config, &stand, clock).map(Opened::Gost)
    }
    #[cfg(not(feature = "gost-tls"))]
    {
        let _ = clock;
        Err(ConfigError::Tls(NOT_BUILT.to_owned()))
    }
}

/// The stand with what it is told of us in each request.
fn stand(config: &Config) -> Result<Stand, ConfigError> {
    let mut stand = config.stand.clone();
    stand.basic = config.access.login.as_ref().map(|login| basic("stand.password", login)).transpose()?;
    if config.access.fingerprint {
        stand.say_fingerprint(&certificate(config)?);
    }
    Ok(stand)
}

fn basic(key: &'static str, login: &Login) -> Result<BasicAuth, ConfigError> {
    let password = login.password.read(None).map_err(|reason| ConfigError::Secret { key, reason })?;
    Ok(BasicAuth { login: login.login.clone(), password: password.reveal().to_owned() })
}
