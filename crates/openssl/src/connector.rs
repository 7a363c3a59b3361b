//! GOST TLS connections: what is offered, what must be true of the other side, and what is remembered for the next time.

mod failure;
pub(crate) mod heard;
#[cfg(test)]
mod tests;

use std::future::poll_fn;
use std::net::IpAddr;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use gis_gkh::Stand;
use gis_gkh::clock::Clock;
use gis_gkh::connect::{Connect, Proxy, Tcp};
use gis_gkh::handshake::HandshakeFailure;
use gis_gkh::transport::TransportReason;
use openssl::error::ErrorStack;
use openssl::ex_data::Index;
use openssl::ssl::{
    Ssl, SslContext, SslContextBuilder, SslMethod, SslOptions, SslRef, SslSession, SslSessionCacheMode, SslVerifyMode,
    SslVersion,
};
use openssl::x509::verify::X509CheckFlags;
use tokio::io::AsyncWrite as _;
use tokio::time::Instant;
use tokio_openssl::SslStream;

use crate::credentials::{Credentials, reason};
use crate::engine::{Engine, ffi};
use crate::peer::{self, Peer};
use crate::suite::{self, Suite};
use crate::trust::{self, TrustError};
use failure::Verdict;
use heard::Heard;

/// The oldest version of TLS that is agreed to. The newest is always 1.2: there are no GOST suites for 1.3 in OpenSSL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Floor {
    /// TLS 1.2 and nothing else.
    #[default]
    Tls12,
    /// TLS 1.0 too, for a stand that has nothing better: an express switch of that stand, which `gkh doctor` shows in red.
    Tls10,
}

impl Floor {
    fn allowed(self) -> &'static str {
        match self {
            Self::Tls12 => "TLS 1.2",
            Self::Tls10 => "TLS 1.0 to 1.2",
        }
    }
}

/// How to connect to a stand.
#[derive(Clone)]
pub struct Settings {
    /// Where connections go, `host:port`.
    pub address: String,
    /// The name or IP address the server's certificate must be for.
    pub name: String,
    /// The file of trusted certificates, PEM. Read again for every connection, so a new one counts at once.
    pub trusted: PathBuf,
    /// The information system's certificate and key, for a server that asks for one; all stands do.
    pub credentials: Option<Credentials>,
    /// The oldest version of TLS.
    pub floor: Floor,
    /// The suites that are offered.
    pub suites: Vec<Suite>,
    /// The proxy through which connections go; none is looked for.
    pub proxy: Option<Proxy>,
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settings")
            .field("address", &self.address)
            .field("name", &self.name)
            .field("trusted", &self.trusted)
            .field("credentials", &self.credentials)
            .field("floor", &self.floor)
            .field("suites", &self.suites)
            .field("proxy", &self.proxy)
            .finish()
    }
}

impl Settings {
    /// To a stand's own address and name, TLS 1.2 with every suite, no client certificate yet.
    pub fn new(stand: &Stand, trusted: impl Into<PathBuf>) -> Self {
        Self {
            address: stand.address.clone(),
            name: without_port(&stand.host).to_owned(),
            trusted: trusted.into(),
            credentials: None,
            floor: Floor::default(),
            suites: Suite::ALL.to_vec(),
            proxy: None,
        }
    }
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

/// Why there can be no connections at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// No suite is to be offered.
    #[error("no cipher suite is configured; leave the list out to offer all four of GOST")]
    NoSuites,
    /// The trusted certificates cannot be used.
    #[error("trusted authorities: {0}")]
    Trust(#[from] TrustError),
    /// OpenSSL does not take the settings.
    #[error("OpenSSL does not take the settings ({what}): {why}; check that the engine fits this OpenSSL")]
    Settings {
        /// Which.
        what: &'static str,
        /// OpenSSL's reason.
        why: String,
    },
}

/// Makes GOST TLS connections to one stand.
///
/// TLS 1.2 at most and the configured suites only; what was agreed upon is looked at again before a connection is given away,
/// so not one byte of a request goes over anything else. The server's certificate must lead to a trusted one, be in time by
/// the clock given, and be for the configured name. Sessions are gone on with where the server allows it.
pub struct GostTls {
    settings: Settings,
    offered: String,
    clock: Arc<dyn Clock>,
    agreed: Mutex<Option<Arc<Agreed>>>,
    last: Mutex<Option<Peer>>,
}

/// A context with whom it trusts and the session last agreed upon under it: a session is never used under another.
struct Agreed {
    bundle: Vec<u8>,
    context: SslContext,
    session: Arc<Mutex<Option<SslSession>>>,
}

impl std::fmt::Debug for GostTls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GostTls").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl GostTls {
    /// A connector; connects to nothing yet.
    ///
    /// # Errors
    /// See [`TlsError`].
    pub fn new(_: Engine, settings: Settings, clock: Arc<dyn Clock>) -> Result<Self, TlsError> {
        if settings.suites.is_empty() {
            return Err(TlsError::NoSuites);
        }
        let offered = suite::list(&settings.suites);
        let tls = Self { settings, offered, clock, agreed: Mutex::new(None), last: Mutex::new(None) };
        // What is wrong with the files shows now, not at the first request.
        tls.agreed()?;
        Ok(tls)
    }

    /// How it connects.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The connection last agreed upon.
    pub fn last_peer(&self) -> Option<Peer> {
        lock(&self.last).clone()
    }

    /// Makes a connection, says what was agreed upon, and closes it.
    ///
    /// # Errors
    /// As any connection.
    pub async fn probe(&self) -> Result<Peer, TransportReason> {
        let (mut stream, peer) = self.handshake().await?;
        // Without a farewell OpenSSL takes the session for broken. The other side may be gone already.
        let _ = poll_fn(|cx| Pin::new(&mut stream).poll_shutdown(cx)).await;
        Ok(peer)
    }

    /// The context for whom is trusted now.
    fn agreed(&self) -> Result<Arc<Agreed>, TlsError> {
        let bundle = trust::read(&self.settings.trusted)?;
        let mut agreed = lock(&self.agreed);
        if let Some(agreed) = agreed.as_ref().filter(|agreed| agreed.bundle == bundle) {
            return Ok(Arc::clone(agreed));
        }
        let session = Arc::default();
        let context = self.context(&bundle, &session)?;
        let new = Arc::new(Agreed { bundle, context, session });
        *agreed = Some(Arc::clone(&new));
        Ok(new)
    }

    fn context(&self, bundle: &[u8], session: &Arc<Mutex<Option<SslSession>>>) -> Result<SslContext, TlsError> {
        let store = trust::store(&self.settings.trusted, bundle)?;
        let refused = |what| move |error: ErrorStack| TlsError::Settings { what, why: reason(&error) };
        let mut context = SslContextBuilder::new(SslMethod::tls_client()).map_err(refused("TLS"))?;
        context.set_options(SslOptions::NO_RENEGOTIATION | SslOptions::NO_COMPRESSION);
        let (oldest, level) = match self.settings.floor {
            Floor::Tls12 => (SslVersion::TLS1_2, ""),
            // Before 1.2 the handshake is hashed by MD5 and SHA-1 together, which OpenSSL forbids at any higher level.
            Floor::Tls10 => (SslVersion::TLS1, ":@SECLEVEL=0"),
        };
        context.set_min_proto_version(Some(oldest)).map_err(refused("the oldest version"))?;
        context.set_max_proto_version(Some(SslVersion::TLS1_2)).map_err(refused("the newest version"))?;
        context.set_cipher_list(&format!("{}{level}", self.offered)).map_err(refused("the suites"))?;
        context.set_verify(SslVerifyMode::PEER);
        context.set_verify_cert_store(store).map_err(refused("the trusted certificates"))?;
        if let Some(Credentials { certificate, chain, key }) = &self.settings.credentials {
            context.set_certificate(certificate).map_err(refused("the client certificate"))?;
            for certificate in chain {
                context.add_extra_chain_cert(certificate.clone()).map_err(refused("the client's chain"))?;
            }
            context.set_private_key(&key.key).map_err(refused("the client's key"))?;
        }
        ffi::note_when_certificate_is_asked(&mut context);
        context.set_session_cache_mode(SslSessionCacheMode::CLIENT | SslSessionCacheMode::NO_INTERNAL);
        let session = Arc::clone(session);
        context.set_new_session_callback(move |_, new| *lock(&session) = Some(new));
        Ok(context.build())
    }

    fn ssl(&self, agreed: &Agreed, verdict: &Arc<Mutex<Option<Verdict>>>) -> Result<Ssl, ErrorStack> {
        let mut ssl = Ssl::new(&agreed.context)?;
        let name = self.settings.name.as_str();
        let address = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        match address {
            Ok(address) => ssl.param_mut().set_ip(address)?,
            Err(_) => {
                ssl.set_hostname(name)?;
                ssl.param_mut().set_hostflags(X509CheckFlags::NO_PARTIAL_WILDCARDS);
                ssl.param_mut().set_host(name)?;
            }
        }
        ssl.param_mut().set_time(self.clock.now().unix_timestamp());
        let verdict = Arc::clone(verdict);
        ssl.set_verify_callback(SslVerifyMode::PEER, move |good, context| {
            if !good {
                lock(&verdict).get_or_insert_with(|| Verdict::of(context));
            }
            good
        });
        if let Some(index) = asked_index() {
            ssl.set_ex_data(index, Arc::new(AtomicBool::new(false)));
        }
        if let Some(session) = &*lock(&agreed.session) {
            ffi::resume(&mut ssl, session);
        }
        Ok(ssl)
    }

    async fn handshake(&self) -> Result<(SslStream<Heard>, Peer), TransportReason> {
        let begun = Instant::now();
        let fail = |why| TransportReason::Handshake { to: self.settings.address.clone(), why };
        let agreed = self.agreed().map_err(|error| {
            fail(match error {
                TlsError::Trust(error) => HandshakeFailure::Trust(error.to_string()),
                other => HandshakeFailure::Other(other.to_string()),
            })
        })?;
        let verdict = Arc::default();
        let own = |error: ErrorStack| fail(HandshakeFailure::Other(reason(&error)));
        let ssl = self.ssl(&agreed, &verdict).map_err(own)?;
        let stream = match &self.settings.proxy {
            Some(proxy) => proxy.through(&self.settings.address).await?,
            None => Tcp::new(self.settings.address.as_str()).connect().await?,
        };
        let mut stream = SslStream::new(ssl, Heard::new(stream)).map_err(own)?;
        let connected = Pin::new(&mut stream).connect().await;
        if let Err(error) = connected {
            // A session that the other side cannot go on with must not spoil the next attempt too.
            lock(&agreed.session).take();
            let verdict = lock(&verdict).take();
            stream.get_mut().hear_out().await;
            return Err(fail(self.failure(&error, verdict, &stream)));
        }
        stream.get_mut().forget();
        let peer = self.inspect(stream.ssl(), begun).map_err(fail)?;
        *lock(&self.last) = Some(peer.clone());
        Ok((stream, peer))
    }

    /// What must be true before the first byte of a request, whatever the handshake came to.
    fn inspect(&self, ssl: &SslRef, begun: Instant) -> Result<Peer, HandshakeFailure> {
        let version = ssl.version_str();
        let name = ssl.current_cipher().map_or("no suite", |cipher| cipher.name());
        let suite = Suite::named(name).filter(|suite| self.settings.suites.contains(suite));
        let not_gost = || HandshakeFailure::NotGost { suite: name.to_owned(), version: version.to_owned() };
        let suite = suite.ok_or_else(not_gost)?;
        let known = ["TLSv1.2", "TLSv1.1", "TLSv1"];
        let outdated = match known.iter().position(|known| *known == version) {
            Some(0) => false,
            Some(_) if self.settings.floor == Floor::Tls10 => true,
            _ => return Err(not_gost()),
        };
        let certificate_asked = was_asked(ssl);
        if certificate_asked && self.settings.credentials.is_none() {
            // A front server lets the handshake pass and answers with a page; the stand would never see the request.
            return Err(HandshakeFailure::CertificateDemanded);
        }
        let (chain, took) = (peer::chain(ssl), begun.elapsed());
        Ok(Peer { suite, version, outdated, resumed: ssl.session_reused(), certificate_asked, chain, took })
    }
}

impl Connect for GostTls {
    type Stream = SslStream<Heard>;

    fn to(&self) -> &str {
        &self.settings.address
    }

    async fn connect(&self) -> Result<SslStream<Heard>, TransportReason> {
        Ok(self.handshake().await?.0)
    }
}

/// The place on a connection where it is noted that the server asked for a client certificate.
fn asked_index() -> Option<Index<Ssl, Arc<AtomicBool>>> {
    static INDEX: OnceLock<Option<Index<Ssl, Arc<AtomicBool>>>> = OnceLock::new();
    *INDEX.get_or_init(|| Ssl::new_ex_index().ok())
}

/// The server asks for a client certificate.
pub(crate) fn asked(ssl: &SslRef) {
    if let Some(asked) = asked_index().and_then(|index| ssl.ex_data(index)) {
        asked.store(true, Ordering::Relaxed);
    }
}

fn was_asked(ssl: &SslRef) -> bool {
    asked_index().and_then(|index| ssl.ex_data(index)).is_some_and(|asked| asked.load(Ordering::Relaxed))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
