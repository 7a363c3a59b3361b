//! Stands: the working system, its test systems, the sandbox. Plain data; nothing here opens a connection.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use gis_gkh_sign::certificate::Certificate;
use sha1::{Digest, Sha1};

use crate::connect::{Connect, Tcp};
use crate::http::{Http, HttpLimits, PlainHttp};
use crate::transport::TransportError;

/// What a stand is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StandKind {
    /// The working system: what is sent there has legal effect.
    Production,
    /// A test system of ГИС ЖКХ.
    Test,
    /// A sandbox of one's own.
    Sandbox,
}

/// Login and password of HTTP Basic, which only test stands ask for (`protocol` §1.1.2).
#[derive(Clone, PartialEq, Eq)]
pub struct BasicAuth {
    /// Login; has no colon.
    pub login: String,
    /// Password.
    pub password: String,
}

impl fmt::Debug for BasicAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BasicAuth")
    }
}

/// A stand and the way to it.
///
/// Identifiers of organisations, houses and НСИ elements differ between stands: whatever keeps them keys them by
/// [`Stand::name`].
#[derive(Clone, PartialEq, Eq)]
pub struct Stand {
    /// Its name, as in configuration and in stored records.
    pub name: String,
    /// What it is for.
    pub kind: StandKind,
    /// What requests say in `Host`: the stand's own name, with its port unless that is the usual one, wherever the
    /// connection goes.
    pub host: String,
    /// Where connections go, `host:port`: the near end of the tunnel that speaks GOST TLS with the stand, or the sandbox.
    pub address: String,
    /// Login and password, if the stand asks for them. There is no default.
    pub basic: Option<BasicAuth>,
    /// Further headers of every request, name and value.
    pub headers: Vec<(String, String)>,
    /// Whether plain HTTP may leave this machine: the tunnel stands elsewhere in a network that is trusted, or the stand
    /// itself is plain (СИТ-02 by its port 10082).
    pub plain_remote: bool,
}

/// Values of headers may be secrets: names only.
impl fmt::Debug for Stand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers: Vec<_> = self.headers.iter().map(|(name, _)| name).collect();
        f.debug_struct("Stand")
            .field("name", &self.name)
            .field("kind", &self.kind)
            .field("host", &self.host)
            .field("address", &self.address)
            .field("basic", &self.basic.is_some())
            .field("headers", &headers)
            .field("plain_remote", &self.plain_remote)
            .finish()
    }
}

/// Why a stand cannot be used so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StandError {
    /// No preset has the name.
    #[error("no stand is called `{0}`; the names are {names}", names = NAMES.join(", "))]
    Unknown(String),
    /// The address is not `host:port`.
    #[error("`{address}` of stand {stand} is no address; write host:port, such as 127.0.0.1:8080")]
    Address {
        /// The stand.
        stand: String,
        /// What was given.
        address: String,
    },
    /// Plain HTTP would leave this machine.
    #[error(
        "{address} of stand {stand} is not this machine, and plain HTTP would carry personal data over the network; let a \
         tunnel listen on 127.0.0.1, or allow it expressly for this stand"
    )]
    Remote {
        /// The stand.
        stand: String,
        /// Where the connection would go.
        address: String,
    },
    /// The certificate is one of the samples whose keys everyone has.
    #[error(
        "the certificate is a sample for the sandbox and its key is public; stand {stand} needs the certificate that is \
         registered for your information system"
    )]
    SandboxCertificate {
        /// The stand.
        stand: String,
    },
    /// The login has a colon, so where it ends cannot be told.
    #[error("the login for stand {stand} has a colon in it; HTTP Basic cannot carry that")]
    Login {
        /// The stand.
        stand: String,
    },
    /// The host or a header cannot be sent.
    #[error("stand {stand}: {why}")]
    Header {
        /// The stand.
        stand: String,
        /// What cannot be sent.
        why: TransportError,
    },
}

/// The header in which СИТ-02 is told whose request it is (`protocol` §1.3).
const FINGERPRINT: &str = "X-Client-Cert-Fingerprint";

/// Names of the presets.
pub const NAMES: [&str; 4] = ["ppak", "sit-01", "sit-02", "sandbox"];

impl Stand {
    /// ППАК, the working system (`protocol` §1.1), by the tunnel at `address`. Asks for a certificate only.
    pub fn ppak(address: impl Into<String>) -> Self {
        Self::preset("ppak", StandKind::Production, "api.dom.gosuslugi.ru", address)
    }

    /// СИТ-01, the test system with the formats of the working one, by the tunnel at `address`. Asks for
    /// [`basic`](Self::basic) too.
    pub fn sit01(address: impl Into<String>) -> Self {
        Self::preset("sit-01", StandKind::Test, "sit01.dom.test.gosuslugi.ru:10081", address)
    }

    /// СИТ-02, the test system with the formats to come, by the tunnel at `address`. Asks for [`basic`](Self::basic) too.
    pub fn sit02(address: impl Into<String>) -> Self {
        Self::preset("sit-02", StandKind::Test, "sit02.dom.test.gosuslugi.ru:10081", address)
    }

    /// A sandbox listening at `address`.
    pub fn sandbox(address: impl Into<String>) -> Self {
        Self::preset("sandbox", StandKind::Sandbox, "sandbox.invalid", address)
    }

    /// The preset of a name: one of [`NAMES`], or as people write them, `ППАК`, `СИТ-01`, `СИТ-02`.
    ///
    /// # Errors
    /// [`StandError::Unknown`].
    pub fn named(name: &str, address: impl Into<String>) -> Result<Self, StandError> {
        match name.to_lowercase().as_str() {
            "ppak" | "ппак" => Ok(Self::ppak(address)),
            "sit-01" | "sit01" | "сит-01" | "сит01" => Ok(Self::sit01(address)),
            "sit-02" | "sit02" | "сит-02" | "сит02" => Ok(Self::sit02(address)),
            "sandbox" | "песочница" => Ok(Self::sandbox(address)),
            _ => Err(StandError::Unknown(name.chars().take(40).collect())),
        }
    }

    fn preset(name: &str, kind: StandKind, host: &str, address: impl Into<String>) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            host: host.to_owned(),
            address: address.into(),
            basic: None,
            headers: Vec::new(),
            plain_remote: false,
        }
    }

    /// Says the fingerprint of the information system's certificate in every request, as СИТ-02 asks by its plain port
    /// (`protocol` §1.3): the SHA-1 of the certificate, which is a name there and protects nothing.
    pub fn say_fingerprint(&mut self, certificate: &Certificate) {
        self.headers.retain(|(name, _)| !name.eq_ignore_ascii_case(FINGERPRINT));
        let digest = Sha1::digest(certificate.der());
        let hex = digest.iter().fold(String::with_capacity(40), |hex, byte| format!("{hex}{byte:02x}"));
        self.headers.push((FINGERPRINT.to_owned(), hex));
    }

    /// Refuses the sandbox's sample certificates for any other stand.
    ///
    /// # Errors
    /// [`StandError::SandboxCertificate`].
    pub fn check_certificate(&self, certificate: &Certificate) -> Result<(), StandError> {
        if certificate.is_sandbox_only() && self.kind != StandKind::Sandbox {
            return Err(StandError::SandboxCertificate { stand: self.name.clone() });
        }
        Ok(())
    }

    /// Plain HTTP to [`address`](Self::address), saying the stand's `Host`. Opens nothing yet.
    ///
    /// # Errors
    /// The address is none, or not this machine and [`plain_remote`](Self::plain_remote) does not allow it; a host, login
    /// or header that cannot be sent. A name other than `localhost` counts as another machine.
    pub fn transport(&self, limits: HttpLimits) -> Result<PlainHttp, StandError> {
        let stand = || self.name.clone();
        match self.is_local() {
            None => return Err(StandError::Address { stand: stand(), address: self.address.clone() }),
            Some(false) if !self.plain_remote => {
                return Err(StandError::Remote { stand: stand(), address: self.address.clone() });
            }
            Some(_) => {}
        }
        self.transport_over(Tcp::new(self.address.as_str()), limits)
    }

    /// HTTP over the connections of `connector`, which speaks TLS with the stand itself: what it says to whom is the same
    /// as through a tunnel. Opens nothing yet.
    ///
    /// # Errors
    /// A host, login or header that cannot be sent.
    pub fn transport_over<C: Connect>(&self, connector: C, limits: HttpLimits) -> Result<Http<C>, StandError> {
        let stand = || self.name.clone();
        let header = |why| StandError::Header { stand: stand(), why };
        let mut transport = Http::over(connector, &self.host, limits).map_err(header)?;
        if let Some(BasicAuth { login, password }) = &self.basic {
            if login.contains(':') {
                return Err(StandError::Login { stand: stand() });
            }
            let value = format!("Basic {}", BASE64.encode(format!("{login}:{password}")));
            transport = transport.with_header("authorization", &value).map_err(header)?;
        }
        for (name, value) in &self.headers {
            transport = transport.with_header(name, value).map_err(header)?;
        }
        Ok(transport)
    }

    /// Whether the address is of this machine; `None` if it is no address.
    fn is_local(&self) -> Option<bool> {
        if let Ok(address) = self.address.parse::<SocketAddr>() {
            return Some(match address.ip() {
                IpAddr::V4(ip) => ip.is_loopback(),
                IpAddr::V6(ip) => ip.to_canonical().is_loopback(),
            });
        }
        let (name, port) = self.address.rsplit_once(':')?;
        let plain = !name.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'));
        (plain && port.parse::<u16>().is_ok()).then(|| name.eq_ignore_ascii_case("localhost"))
    }
}
