//! GOST TLS to the stand as settings.

use std::path::PathBuf;

use gis_gkh_sign::signer::{OpensslKeySource, ProviderConfig, SecretSource};

use super::error::ConfigError;
use super::given::Given;
use super::key::Key;

/// GOST TLS between this program and the stand itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsSettings {
    /// Certificates of the stand's authorities, or its own, PEM; read anew for each connection.
    pub trusted: PathBuf,
    /// Agree to TLS 1.0 and 1.1 too; `gkh doctor` shows it in red.
    pub outdated: bool,
    /// The suites offered; all of GOST when it is empty.
    pub suites: Vec<TlsSuite>,
    /// OpenSSL's engine: `gost`, unless something else is set.
    pub engine: Option<String>,
    /// Its library.
    pub engine_path: Option<PathBuf>,
    /// The client certificate, PEM. PKCS#12 brings its own.
    pub certificate: PathBuf,
    /// Its key.
    pub key: OpensslKeySource,
    /// Password of the key.
    pub password: Option<SecretSource>,
}

/// A suite of GOST.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TlsSuite {
    /// `kuznyechik`: Kuznyechik in CTR-ACPKM with OMAC (RFC 9189).
    Kuznyechik,
    /// `magma`: Magma in CTR-ACPKM with OMAC (RFC 9189).
    Magma,
    /// `gost89`: ГОСТ 28147-89 by its number at IANA.
    Gost89,
    /// `gost89-legacy`: the same by its older number.
    Gost89Legacy,
}

const SUITES: [(&str, TlsSuite); 4] = [
    ("kuznyechik", TlsSuite::Kuznyechik),
    ("magma", TlsSuite::Magma),
    ("gost89", TlsSuite::Gost89),
    ("gost89-legacy", TlsSuite::Gost89Legacy),
];

/// Settings of the key of the connection.
const OF_THE_KEY: [&str; 4] = ["tls.certificate", "tls.private_key", "tls.pkcs12", "tls.engine_key"];

/// Reads `[tls]`. The client certificate is that of `[key]`, whose key OpenSSL may use too, unless another one is set.
pub(super) fn read(given: &Given, key: &Key) -> Result<TlsSettings, ConfigError> {
    let expected = "some of kuznyechik, magma, gost89 and gost89-legacy";
    let mut suites = Vec::new();
    for name in given.texts("tls.suites", |c| c == ',').unwrap_or_default() {
        let suite = SUITES.iter().find(|(word, _)| *word == name);
        suites.push(suite.ok_or_else(|| given.wrong("tls.suites", expected))?.1);
    }
    let own = match OF_THE_KEY.iter().any(|key| given.has(key)) {
        true => of_its_own(given)?,
        false => shared(given, key)?,
    };
    Ok(TlsSettings {
        trusted: given.needed_path("tls.trusted")?,
        outdated: given.word("tls.minimum", &[("1.2", false), ("1.0", true)])?.unwrap_or(false),
        suites,
        engine: given.text("tls.engine").or(own.engine),
        engine_path: given.path("tls.engine_path").or(own.engine_path),
        certificate: own.certificate,
        key: own.key,
        password: own.password,
    })
}

struct Own {
    certificate: PathBuf,
    key: OpensslKeySource,
    password: Option<SecretSource>,
    engine: Option<String>,
    engine_path: Option<PathBuf>,
}

fn of_its_own(given: &Given) -> Result<Own, ConfigError> {
    let sources = [
        given.path("tls.private_key").map(OpensslKeySource::Pem),
        given.path("tls.pkcs12").map(OpensslKeySource::Pkcs12),
        given.text("tls.engine_key").map(OpensslKeySource::Engine),
    ];
    let mut sources = sources.into_iter().flatten();
    let (Some(key), None) = (sources.next(), sources.next()) else {
        return Err(given.wrong("tls", "given exactly one of private_key, pkcs12 and engine_key with its certificate"));
    };
    let certificate = match (&key, given.path("tls.certificate")) {
        (_, Some(certificate)) => certificate,
        (OpensslKeySource::Pkcs12(_), None) => PathBuf::new(),
        (_, None) => return Err(ConfigError::Missing { key: "tls.certificate" }),
    };
    let password = given.secret("tls.password", "Password of the key of the connection")?;
    Ok(Own { certificate, key, password, engine: None, engine_path: None })
}

fn shared(given: &Given, key: &Key) -> Result<Own, ConfigError> {
    if given.has("tls.password_file") || given.has("tls.password_variable") || given.has("tls.password_prompt") {
        return Err(given.wrong("tls.password", "left out without a key in [tls]: the one of [key] has its own"));
    }
    let certificate = key.certificate.clone();
    match &key.provider {
        ProviderConfig::Builtin(builtin) => Ok(Own {
            certificate,
            key: OpensslKeySource::Pem(builtin.private_key.clone()),
            password: builtin.password.clone(),
            engine: None,
            engine_path: None,
        }),
        ProviderConfig::Openssl(openssl) => Ok(Own {
            certificate,
            key: openssl.key.clone(),
            password: openssl.password.clone(),
            engine: openssl.engine.clone(),
            engine_path: openssl.engine_path.clone(),
        }),
        _ => Err(given.wrong(
            "tls",
            "given a certificate and key of its own, for OpenSSL cannot use the one of [key]; or the stand reached through \
             a tunnel that can",
        )),
    }
}
