//! The way to a stand: one POST, one answer, and the truth about whether the request may have left.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use time::OffsetDateTime;

use crate::connect::ProxyFailure;
use crate::handshake::HandshakeFailure;

/// A request to post.
#[derive(Clone, Copy)]
pub struct Post<'a> {
    /// Path of the service, from its first `/`.
    pub path: &'a str,
    /// Value of SOAPAction, without quotes.
    pub action: &'a str,
    /// The body, exactly.
    pub body: &'a [u8],
    /// Asked directly before the first byte is written; `false` and nothing is.
    pub may_leave: &'a (dyn Fn() -> bool + Send + Sync),
}

impl std::fmt::Debug for Post<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Post").field("path", &self.path).field("action", &self.action).finish_non_exhaustive()
    }
}

/// An answer, whatever its status.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// When it was given by the clock of the other side (`Date`), to the second; nothing when it does not say, or not readably.
    pub date: Option<OffsetDateTime>,
    /// The body: decompressed, and of an answer in several parts the root alone.
    pub body: Vec<u8>,
}

/// Gives the size of the body only: it may hold personal data.
impl std::fmt::Debug for Reply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reply").field("status", &self.status).field("body_bytes", &self.body.len()).finish()
    }
}

/// No whole answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{} {reason}", if *.left { "the request may have reached the system:" } else { "the request was not sent:" })]
pub struct TransportError {
    /// Whether a byte of the request may have left.
    pub left: bool,
    /// Why.
    pub reason: TransportReason,
}

/// Why there is no whole answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TransportReason {
    /// No connection.
    #[error("no connection to {to}: {why}; check the address and that the tunnel or stand is running")]
    Connect {
        /// Address.
        to: String,
        /// Reason of the operating system.
        why: String,
    },
    /// The proxy on the way made no connection. Nothing of the request has left.
    #[error("no connection to {to} through the proxy {proxy}: {why}")]
    Proxy {
        /// Address of the proxy.
        proxy: String,
        /// Where the connection was to lead.
        to: String,
        /// What was wrong, with its remedy.
        why: ProxyFailure,
    },
    /// The connection was made, but TLS was not agreed upon.
    #[error("no TLS with {to}: {why}")]
    Handshake {
        /// Address.
        to: String,
        /// What was wrong, with its remedy.
        why: HandshakeFailure,
    },
    /// The caller's time for sending had passed.
    #[error("its time to leave had passed; it needs a new deadline")]
    TooLate,
    /// No whole answer in time.
    #[error("no whole answer within {0:?}")]
    Timeout(Duration),
    /// The connection broke before the answer was whole, or what came back was not HTTP.
    #[error("the connection broke before the answer was whole: {0}")]
    Broken(String),
    /// The answer is larger than allowed.
    #[error("the answer exceeds {limit} bytes; ask for less at once or raise the limit")]
    TooLarge {
        /// The bound.
        limit: usize,
    },
    /// The answer's compression is unknown, broken, or a bomb.
    #[error("the answer cannot be decompressed: {0}")]
    Compression(String),
    /// The answer is in several parts (`multipart/related`) and the root cannot be told, or is cut.
    #[error("the root of the answer in several parts cannot be taken out: {0}")]
    Multipart(&'static str),
    /// The request cannot be put into HTTP: a configured header or host is no header.
    #[error("the request cannot be written as HTTP: {0}; check the stand's host and headers")]
    Request(String),
}

/// A future with everything boxed: transports are used behind `dyn`.
pub type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Posts requests. Implementations never re-send, never follow redirects and read no proxy from the environment.
pub trait Transport: Send + Sync {
    /// Posts one request. Dropping the future abandons it; if it had begun to leave, it may have arrived.
    fn post<'a>(&'a self, post: Post<'a>) -> Boxed<'a, Result<Reply, TransportError>>;
}
