//! The stand as settings, and the way to it.

use gis_gkh::HttpLimits;
use gis_gkh::stand::Stand;
use gis_gkh_sign::signer::SecretSource;

use super::error::ConfigError;
use super::given::Given;

/// What a stand or a proxy is logged in at with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// The login.
    pub login: String,
    /// Where its password is kept.
    pub password: SecretSource,
}

/// An HTTP proxy between this machine and the stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProxySettings {
    /// `host:port`.
    pub address: String,
    /// Who we are to it.
    pub login: Option<Login>,
}

/// How the stand is reached beside what [`Stand`] says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Access {
    /// GOST TLS by this program itself; otherwise a tunnel, or the sandbox, is spoken to plainly.
    pub gost_tls: bool,
    /// HTTP Basic, which the test stands ask for.
    pub login: Option<Login>,
    /// Say the certificate's fingerprint in each request.
    pub fingerprint: bool,
    /// A proxy; with GOST TLS.
    pub proxy: Option<ProxySettings>,
}

pub(super) fn read(given: &Given) -> Result<(Stand, Access), ConfigError> {
    let name = given.needed("stand.name")?;
    let gost_tls = given.word("stand.connection", &[("tunnel", false), ("gost-tls", true)])?.unwrap_or(false);
    let mut stand = match given.text("stand.address") {
        Some(address) => Stand::named(&name, address)?,
        None if gost_tls => {
            let mut stand = Stand::named(&name, "")?;
            stand.address = with_port(&stand.host);
            stand
        }
        None => return Err(ConfigError::Missing { key: "stand.address" }),
    };
    if let Some(host) = given.text("stand.host") {
        stand.host = host;
    }
    stand.plain_remote = given.switch("stand.plain_remote")?.unwrap_or(false);
    let access = Access {
        gost_tls,
        login: login(given, "stand.login", "stand.password")?,
        fingerprint: given.switch("stand.fingerprint")?.unwrap_or(false),
        proxy: proxy(given)?,
    };
    if access.proxy.is_some() && !gost_tls {
        return Err(given.wrong("stand.proxy", "left out unless `stand.connection` is gost-tls"));
    }
    if !gost_tls {
        // Whether the address can be used is known without connecting.
        stand.transport(HttpLimits::default())?;
    }
    Ok((stand, access))
}

/// The port of TLS, unless the name has another.
fn with_port(host: &str) -> String {
    if host.contains(':') { host.to_owned() } else { format!("{host}:443") }
}

fn proxy(given: &Given) -> Result<Option<ProxySettings>, ConfigError> {
    let login = login(given, "stand.proxy_login", "stand.proxy_password")?;
    let expected = "host:port, such as proxy.example:3128";
    let address = given.optional("stand.proxy", expected, |text| {
        let (host, port) = text.rsplit_once(':')?;
        (!host.is_empty() && !host.contains('/') && port.parse::<u16>().is_ok()).then(|| text.to_owned())
    })?;
    match (address, login) {
        (Some(address), login) => Ok(Some(ProxySettings { address, login })),
        (None, Some(_)) => Err(given.wrong("stand.proxy_login", "left out without `stand.proxy`")),
        (None, None) => Ok(None),
    }
}

fn login(given: &Given, name: &'static str, password: &str) -> Result<Option<Login>, ConfigError> {
    let secret = given.secret(password, "")?;
    match (given.text(name), secret) {
        (Some(login), Some(password)) => Ok(Some(Login { login, password })),
        (None, None) => Ok(None),
        (Some(_), None) => Err(given.wrong(name, format!("given with `{password}_file` or `{password}_variable`"))),
        (None, Some(_)) => Err(given.wrong(password, format!("left out without `{name}`"))),
    }
}
