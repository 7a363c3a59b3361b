//! The way out through an HTTP proxy, by its method CONNECT.

use std::io::ErrorKind;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD as BASE64;
use http::uri::Authority;
use tokio::net::TcpStream;

use crate::stand::BasicAuth;
use crate::transport::TransportReason;

/// Bytes of the head of a proxy's answer.
pub const HEAD_LIMIT: usize = 8 << 10;

/// An HTTP proxy through which connections go. It sees where they lead and, of TLS within, nothing.
#[derive(Debug, Clone)]
pub struct Proxy {
    /// Where it is, `host:port`.
    pub address: String,
    /// Login and password, if it asks for them. They go to it in the open: this is the way of HTTP proxies.
    pub login: Option<BasicAuth>,
}

/// Why a proxy made no way. Of its answer only the status is told: its page is for people and may name anybody.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProxyFailure {
    /// It cannot be reached.
    #[error("it cannot be reached ({0}); check its address and that it is running")]
    Unreachable(String),
    /// It wants a login and none is configured.
    #[error("it asks for a login (status 407) and none is configured; set the login and password of the proxy")]
    LoginWanted,
    /// It does not take the login.
    #[error(
        "it does not take the login and password (status 407); correct them, or have its administrators allow Basic \
         authentication for this machine"
    )]
    LoginRefused,
    /// It makes no way to that address.
    #[error(
        "it refuses the way with status {status}; have its administrators allow CONNECT to that address and port, or check \
         that they are the right ones"
    )]
    Refused {
        /// The status of HTTP.
        status: u16,
    },
    /// What answers is no proxy: a page, another protocol.
    #[error(
        "what answers there is no HTTP proxy, or a page in its stead; check its address and port, and whether this network \
         wants somebody to log in by a browser first"
    )]
    NotProxy,
    /// The head of its answer does not end.
    #[error("the head of its answer exceeds {limit} bytes; check that the address is that of a proxy")]
    TooLong {
        /// The bound.
        limit: usize,
    },
    /// It closed the connection before it had answered.
    #[error(
        "it closed the connection before it had answered; see its log, and check that the address is that of a proxy"
    )]
    Closed,
    /// The connection to it broke.
    #[error("the connection to it broke before it had answered ({0}); see whether it is overloaded")]
    Broken(String),
    /// The settings cannot be put into a request.
    #[error("{0}; correct the settings of the proxy or the address of the stand")]
    Settings(&'static str),
}

impl Proxy {
    /// A proxy at `address` (`host:port`) that asks for no login.
    pub fn new(address: impl Into<String>) -> Self {
        Self { address: address.into(), login: None }
    }

    /// A connection through the proxy to `to` (`host:port`), over which nothing has gone yet. The name is looked up by the
    /// proxy. The caller bounds its time.
    ///
    /// # Errors
    /// [`TransportReason::Proxy`].
    pub async fn through(&self, to: &str) -> Result<TcpStream, TransportReason> {
        self.make_way(to).await.map_err(|why| TransportReason::Proxy {
            proxy: self.address.clone(),
            to: to.to_owned(),
            why,
        })
    }

    async fn make_way(&self, to: &str) -> Result<TcpStream, ProxyFailure> {
        let request = self.request(to)?;
        let stream = TcpStream::connect(&self.address).await;
        let stream = stream.map_err(|error| ProxyFailure::Unreachable(error.to_string()))?;
        // Small requests wait for nobody; a failure only costs speed.
        let _ = stream.set_nodelay(true);
        write(&stream, &request).await?;
        match status(&read_head(&stream).await?)? {
            200..300 => Ok(stream),
            407 if self.login.is_some() => Err(ProxyFailure::LoginRefused),
            407 => Err(ProxyFailure::LoginWanted),
            status => Err(ProxyFailure::Refused { status }),
        }
    }

    fn request(&self, to: &str) -> Result<Vec<u8>, ProxyFailure> {
        let authority = to.parse::<Authority>().ok().filter(|authority| authority.port_u16().is_some());
        if authority.is_none_or(|authority| authority.as_str().contains('@')) {
            return Err(ProxyFailure::Settings("the address to connect to is no `host:port`"));
        }
        let mut request = format!("CONNECT {to} HTTP/1.1\r\nHost: {to}\r\n");
        if let Some(BasicAuth { login, password }) = &self.login {
            if login.contains(':') {
                return Err(ProxyFailure::Settings("the login has a colon in it, which HTTP Basic cannot carry"));
            }
            let value = BASE64.encode(format!("{login}:{password}"));
            request.push_str(&format!("Proxy-Authorization: Basic {value}\r\n"));
        }
        request.push_str("\r\n");
        Ok(request.into_bytes())
    }
}

async fn write(stream: &TcpStream, mut bytes: &[u8]) -> Result<(), ProxyFailure> {
    while !bytes.is_empty() {
        stream.writable().await.map_err(|error| broken(&error))?;
        match stream.try_write(bytes) {
            Ok(written) => bytes = bytes.get(written..).unwrap_or_default(),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => return Err(broken(&error)),
        }
    }
    Ok(())
}

/// The head of the answer, and not a byte behind it: whoever speaks first in what follows is the caller.
async fn read_head(stream: &TcpStream) -> Result<Vec<u8>, ProxyFailure> {
    let mut head = Vec::new();
    let mut part = [0; 1 << 10];
    loop {
        stream.readable().await.map_err(|error| broken(&error))?;
        match stream.try_read(&mut part) {
            Ok(0) => return Err(ProxyFailure::Closed),
            Ok(read) => head.extend_from_slice(part.get(..read).unwrap_or_default()),
            Err(error) if error.kind() == ErrorKind::WouldBlock => continue,
            Err(error) => return Err(broken(&error)),
        }
        if !begins_as_http(&head) {
            return Err(ProxyFailure::NotProxy);
        }
        if let Some(end) = head.windows(4).position(|end| end == b"\r\n\r\n").map(|at| at + 4) {
            if end > HEAD_LIMIT {
                break;
            }
            // A refusal has a page behind it, which nobody reads. Behind a way that was made there is nothing yet.
            if end < head.len() && status(&head).is_ok_and(|status| (200..300).contains(&status)) {
                return Err(ProxyFailure::NotProxy);
            }
            head.truncate(end);
            return Ok(head);
        }
        if head.len() > HEAD_LIMIT {
            break;
        }
    }
    Err(ProxyFailure::TooLong { limit: HEAD_LIMIT })
}

const HTTP: &[u8] = b"HTTP/1.";

fn begins_as_http(head: &[u8]) -> bool {
    head.iter().zip(HTTP).all(|(byte, expected)| byte == expected)
}

/// The status of `HTTP/1.1 200 Connection established`.
fn status(head: &[u8]) -> Result<u16, ProxyFailure> {
    let line = head.split(|byte| *byte == b'\r').next().unwrap_or_default();
    let status = || {
        let mut words = std::str::from_utf8(line.get(..12)?).ok()?.split(' ');
        let (version, status) = (words.next()?, words.next()?);
        let whole = version.len() == 8 && version.ends_with(|minor: char| minor.is_ascii_digit());
        // Behind three digits there is a blank or nothing.
        let ends = line.get(12).is_none_or(|byte| *byte == b' ');
        (whole && ends && status.len() == 3).then(|| status.parse().ok()).flatten()
    };
    status().ok_or(ProxyFailure::NotProxy)
}

fn broken(error: &std::io::Error) -> ProxyFailure {
    match error.kind() {
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe => ProxyFailure::Closed,
        _ => ProxyFailure::Broken(error.to_string()),
    }
}
