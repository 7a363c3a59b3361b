//! GOST TLS and keys of OpenSSL's engine, by the settings.

use std::path::Path;
use std::sync::Arc;

use gis_gkh::Http;
use gis_gkh::clock::Clock;
use gis_gkh::connect::Proxy;
use gis_gkh::stand::Stand;
use gis_gkh_openssl::{
    Credentials, Engine, EngineSpec, Floor, GostTls, OpensslKey, ServiceTls, ServiceTlsError, Settings, Suite,
};
use gis_gkh_sign::certificate::Certificate;
use gis_gkh_sign::signer::{
    Connect, OpensslConfig, OpensslKeySource, Prompt, ProviderConfig, ProviderError, RawSigner, Secret, SignError,
};

use crate::config::{Config, ConfigError, Key, ProxySettings, TlsSettings, TlsSuite};

/// What the provider over OpenSSL is called before it has a key.
const NAME: &str = "OpenSSL";

pub(super) fn engine(id: Option<&String>, path: Option<&Path>) -> Result<Engine, gis_gkh_openssl::EngineError> {
    let spec = EngineSpec {
        id: id.cloned().unwrap_or_else(|| EngineSpec::gost().id),
        path: path.map(Path::to_owned),
        commands: Vec::new(),
    };
    Engine::load(&spec)
}

/// The provider that signs by OpenSSL and its engine.
pub(super) fn key(
    config: &OpensslConfig,
    _: &Certificate,
    prompt: Option<&dyn Prompt>,
) -> Result<Box<dyn RawSigner>, SignError> {
    let lasting = |text: String| ProviderError::lasting(NAME, text);
    let engine =
        engine(config.engine.as_ref(), config.engine_path.as_deref()).map_err(|error| lasting(error.to_string()))?;
    let secret = config.password.as_ref().map(|source| source.read(prompt)).transpose();
    let secret = secret.map_err(|error| lasting(error.to_string()))?;
    let read = |path: &Path| std::fs::read(path).map_err(|error| lasting(format!("{}: {error}", path.display())));
    let key = match &config.key {
        OpensslKeySource::Pem(path) => {
            let text = zeroize::Zeroizing::new(read(path)?);
            OpensslKey::from_pem(engine, &text, secret.as_ref().map(|secret| secret.reveal().as_bytes()))
        }
        OpensslKeySource::Pkcs12(path) => {
            let password = secret.as_ref().map_or("", Secret::reveal);
            Credentials::from_pkcs12(engine, &read(path)?, password).map(|own| own.key().clone())
        }
        OpensslKeySource::Engine(id) => OpensslKey::from_engine(engine, id),
        _ => return Err(lasting("this kind of key is not known".to_owned()).into()),
    };
    Ok(Box::new(key.map_err(|error| lasting(error.to_string()))?))
}

/// TLS to a service that signs, where there is one.
pub(super) fn service(key: &Key) -> Result<Option<Arc<dyn Connect>>, ConfigError> {
    if !matches!(&key.provider, ProviderConfig::Http(http) if http.url.starts_with("https:")) {
        return Ok(None);
    }
    let fault = |error: ServiceTlsError| ConfigError::Key {
        key: "key.trusted",
        path: key.trusted.clone().unwrap_or_default(),
        reason: error.to_string(),
    };
    Ok(Some(Arc::new(ServiceTls::new(key.trusted.as_deref()).map_err(fault)?)))
}

/// GOST TLS to the stand.
pub(super) fn way(config: &Config, stand: &Stand, clock: &Arc<dyn Clock>) -> Result<Arc<Http<GostTls>>, ConfigError> {
    let bad = |error: String| ConfigError::Tls(error);
    let Some(tls) = &config.tls else { return Err(bad("there is no [tls]".to_owned())) };
    config.check_permissions()?;
    let engine = engine(tls.engine.as_ref(), tls.engine_path.as_deref()).map_err(|error| bad(error.to_string()))?;
    let mut settings = Settings::new(stand, &tls.trusted);
    settings.credentials = Some(credentials(tls, engine)?);
    settings.proxy = config.access.proxy.as_ref().map(proxy).transpose()?;
    if tls.outdated {
        settings.floor = Floor::Tls10;
    }
    if !tls.suites.is_empty() {
        settings.suites = tls.suites.iter().map(|suite| of(*suite)).collect();
    }
    let connector = GostTls::new(engine, settings, Arc::clone(clock)).map_err(|error| bad(error.to_string()))?;
    Ok(Arc::new(stand.transport_over(connector, config.limits())?))
}

fn proxy(settings: &ProxySettings) -> Result<Proxy, ConfigError> {
    let login = settings.login.as_ref().map(|login| super::basic("stand.proxy_password", login)).transpose()?;
    Ok(Proxy { address: settings.address.clone(), login })
}

fn of(suite: TlsSuite) -> Suite {
    match suite {
        TlsSuite::Kuznyechik => Suite::Kuznyechik,
        TlsSuite::Magma => Suite::Magma,
        TlsSuite::Gost89 => Suite::IanaGost89,
        TlsSuite::Gost89Legacy => Suite::LegacyGost89,
    }
}

/// The client certificate with its key.
fn credentials(tls: &TlsSettings, engine: Engine) -> Result<Credentials, ConfigError> {
    let terminal = super::terminal();
    let secret = tls.password.as_ref().map(|source| source.read(terminal.as_deref())).transpose();
    let secret = secret.map_err(|reason| ConfigError::Secret { key: "tls.password", reason })?;
    let read = |key: &'static str, path: &Path| {
        std::fs::read(path).map_err(|reason| ConfigError::KeyFile { key, path: path.to_owned(), reason })
    };
    let certificates = || read("tls.certificate", &tls.certificate);
    let credentials = match &tls.key {
        OpensslKeySource::Pem(path) => {
            let text = zeroize::Zeroizing::new(read("tls.private_key", path)?);
            let password = secret.as_ref().map(|secret| secret.reveal().as_bytes());
            Credentials::from_pem(engine, &certificates()?, &text, password)
        }
        OpensslKeySource::Pkcs12(path) => {
            Credentials::from_pkcs12(engine, &read("tls.pkcs12", path)?, secret.as_ref().map_or("", Secret::reveal))
        }
        OpensslKeySource::Engine(id) => Credentials::from_engine(engine, &certificates()?, id),
        _ => return Err(ConfigError::Tls("this kind of key is not known".to_owned())),
    };
    credentials.map_err(|error| ConfigError::Tls(error.to_string()))
}
