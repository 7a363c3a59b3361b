//! HTTP/1.1 over whatever connection a [`Connect`] makes: plain to a tunnel on this machine or the sandbox, or GOST TLS.

mod answer;
mod files;
mod multipart;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::response::Parts;
use http::uri::Authority;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, header};
use http_body_util::Full;
use hyper::client::conn::TrySendError;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::time::{Instant, timeout};

use crate::connect::{Connect, Tcp};
use crate::transport::{Boxed, Post, Reply, Transport, TransportError, TransportReason};

/// Bounds on answers and on waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HttpLimits {
    /// Time for the connection, the handshake of TLS included.
    pub connect: Duration,
    /// Time from the first byte out to the last byte in.
    pub answer: Duration,
    /// How long a connection is kept without use. Shorter than what tunnels and front servers allow, for a request on a
    /// connection that the other side has just given up may or may not have arrived.
    pub idle: Duration,
    /// Bytes of all headers of an answer; less than 8 KiB counts as 8 KiB. There may be at most 100 headers.
    pub headers: usize,
    /// Bytes of an answer's body, before and after decompression.
    pub body: usize,
    /// How many times larger an answer may be than what came over the wire. Not asked of answers up to 1 MiB: small ones
    /// that repeat themselves do shrink so much, and can do no harm.
    pub ratio: usize,
}

impl Default for HttpLimits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(15),
            answer: Duration::from_secs(180),
            idle: Duration::from_secs(20),
            headers: 64 << 10,
            body: 64 << 20,
            ratio: 100,
        }
    }
}

/// HTTP to one address over the connections of `C`, with the stand's own `Host`.
///
/// Connections are kept and used again. One that turns out dead before anything was written is replaced; once a byte may
/// have left, nothing is ever repeated here. Redirects are answers like any other, a proxy is never looked for, and neither
/// `Expect` nor an upgrade is ever sent.
///
/// Needs a Tokio runtime with IO and time.
pub struct Http<C> {
    connector: C,
    host: HeaderValue,
    headers: HeaderMap,
    limits: HttpLimits,
    idle: Mutex<Vec<Idle>>,
}

/// HTTP in the open.
pub type PlainHttp = Http<Tcp>;

type Sender = SendRequest<Full<Bytes>>;

/// A connection without work.
struct Idle {
    sender: Sender,
    since: Instant,
}

impl<C: Connect> std::fmt::Debug for Http<C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Headers may be secrets.
        f.debug_struct("Http").field("to", &self.connector.to()).field("host", &self.host).finish_non_exhaustive()
    }
}

/// How many connections are kept open without use.
const IDLE_KEPT: usize = 4;

/// How many headers an answer may have.
const HEADERS_MOST: usize = 100;

/// The least that hyper takes as a bound.
const HEADERS_LEAST: usize = 8 << 10;

/// Headers the transport sets itself, or which would change how the request is read.
const OWN_HEADERS: [HeaderName; 13] = [
    header::HOST,
    header::CONTENT_TYPE,
    header::CONTENT_LENGTH,
    header::CONTENT_ENCODING,
    header::ACCEPT_ENCODING,
    header::TRANSFER_ENCODING,
    header::CONNECTION,
    header::EXPECT,
    header::UPGRADE,
    header::TE,
    header::TRAILER,
    HeaderName::from_static("soapaction"),
    HeaderName::from_static("keep-alive"),
];

impl PlainHttp {
    /// A transport to `address` (`host:port`) that says `host` (`name` or `name:port`) is its name.
    ///
    /// # Errors
    /// `host` is no host name.
    pub fn new(address: impl Into<String>, host: &str, limits: HttpLimits) -> Result<Self, TransportError> {
        Self::over(Tcp::new(address), host, limits)
    }
}

impl<C: Connect> Http<C> {
    /// A transport over the connections of `connector` that says `host` (`name` or `name:port`) is its name.
    ///
    /// # Errors
    /// `host` is no host name.
    pub fn over(connector: C, host: &str, limits: HttpLimits) -> Result<Self, TransportError> {
        let value = HeaderValue::from_str(host).ok().filter(|_| is_host(host));
        let host = value.ok_or_else(|| unwritable(format!("`{host}` is no host name")))?;
        Ok(Self { connector, host, headers: HeaderMap::new(), limits, idle: Mutex::new(Vec::new()) })
    }

    /// What makes the connections.
    pub fn connector(&self) -> &C {
        &self.connector
    }

    /// Adds a header to every request.
    ///
    /// # Errors
    /// Name or value cannot be a header, or the header is one that the transport sets itself.
    pub fn with_header(mut self, name: &str, value: &str) -> Result<Self, TransportError> {
        let name = HeaderName::try_from(name).map_err(|_| unwritable(format!("`{name}` is no header name")))?;
        if OWN_HEADERS.contains(&name) {
            return Err(unwritable(format!("`{name}` is set by the transport itself and cannot be configured")));
        }
        // The value may be a secret: it is not repeated.
        let value = HeaderValue::from_str(value);
        let mut value = value.map_err(|_| unwritable(format!("the value of `{name}` cannot stand in a header")))?;
        value.set_sensitive(true);
        self.headers.insert(name, value);
        Ok(self)
    }

    async fn connect(&self) -> Result<Sender, TransportError> {
        let stream = match timeout(self.limits.connect, self.connector.connect()).await {
            Ok(stream) => stream.map_err(|reason| TransportError { left: false, reason })?,
            Err(_) => return Err(self.unreachable(format!("nothing within {:?}", self.limits.connect))),
        };
        let (sender, connection) = http1::Builder::new()
            .max_buf_size(self.limits.headers.max(HEADERS_LEAST))
            .max_headers(HEADERS_MOST)
            .handshake(TokioIo::new(stream))
            .await
            .map_err(|error| self.unreachable(chain(&error)))?;
        tokio::spawn(async move {
            // Its error, if any, reaches whoever waits for the answer.
            let _ = connection.await;
        });
        Ok(sender)
    }

    /// No connection, so nothing was sent.
    fn unreachable(&self, why: String) -> TransportError {
        TransportError { left: false, reason: TransportReason::Connect { to: self.connector.to().to_owned(), why } }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Idle>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A kept connection that is alive as far as one can know.
    async fn kept(&self) -> Option<Sender> {
        loop {
            let mut sender = {
                let mut idle = self.idle();
                idle.retain(|idle| idle.since.elapsed() < self.limits.idle);
                idle.pop()?.sender
            };
            // The task of a connection just used may not have come round to noticing that it is free, or closed.
            if let Ok(Ok(())) = timeout(self.limits.connect, sender.ready()).await {
                return Some(sender);
            }
        }
    }

    fn keep(&self, sender: Sender) {
        let mut idle = self.idle();
        idle.retain(|idle| !idle.sender.is_closed());
        if idle.len() < IDLE_KEPT && !sender.is_closed() {
            idle.push(Idle { sender, since: Instant::now() });
        }
    }

    fn request(&self, post: &Post<'_>) -> Result<Request<Full<Bytes>>, TransportError> {
        let mut request = Request::new(Full::new(Bytes::copy_from_slice(post.body)));
        *request.method_mut() = Method::POST;
        let path = post.path.starts_with('/').then(|| post.path.parse().ok()).flatten();
        *request.uri_mut() = path.ok_or_else(|| unwritable(format!("`{}` is no path", post.path)))?;
        let action = HeaderValue::try_from(format!("\"{}\"", post.action));
        let headers = request.headers_mut();
        headers.insert(header::HOST, self.host.clone());
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/xml; charset=utf-8"));
        headers.insert("soapaction", action.map_err(|_| unwritable(format!("`{}` is no action", post.action)))?);
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        headers.extend(self.headers.iter().map(|(name, value)| (name.clone(), value.clone())));
        Ok(request)
    }

    /// The one road of every request: a connection, one try, the whole answer as it came.
    async fn exchange(
        &self,
        mut request: Request<Full<Bytes>>,
        may_leave: &(dyn Fn() -> bool + Send + Sync),
    ) -> Result<(Parts, Vec<u8>), TransportError> {
        let mut kept = self.kept().await;
        loop {
            let used = kept.is_some();
            let mut sender = match kept.take() {
                Some(sender) => sender,
                None => self.connect().await?,
            };
            if !may_leave() {
                self.keep(sender);
                return Err(TransportError { left: false, reason: TransportReason::TooLate });
            }
            let answered = timeout(self.limits.answer, async {
                let response = sender.try_send_request(request).await?;
                Ok(answer::raw(response, &self.limits).await)
            });
            let mut failed: TrySendError<Request<Full<Bytes>>> = match answered.await {
                Err(_) => return Err(lost(TransportReason::Timeout(self.limits.answer))),
                Ok(Ok(answer)) => {
                    if answer.is_ok() {
                        self.keep(sender);
                    }
                    return answer.map_err(lost);
                }
                Ok(Err(failed)) => failed,
            };
            // The request comes back only if the connection had not begun with it: not one byte was written.
            match failed.take_message() {
                // A kept connection had died meanwhile. A new one is made, once.
                Some(untouched) if used => request = untouched,
                Some(_) => return Err(self.unreachable(format!("it was closed at once ({})", chain(failed.error())))),
                None => return Err(lost(TransportReason::Broken(chain(failed.error())))),
            }
        }
    }
}

impl<C: Connect> Transport for Http<C> {
    fn post<'a>(&'a self, post: Post<'a>) -> Boxed<'a, Result<Reply, TransportError>> {
        Box::pin(async move {
            let (head, raw) = self.exchange(self.request(&post)?, post.may_leave).await?;
            answer::reply(&head, raw, &self.limits).map_err(lost)
        })
    }
}

/// `name` or `name:port`, and nothing that an address may have besides.
fn is_host(host: &str) -> bool {
    host.parse::<Authority>().is_ok_and(|authority| {
        let port = authority.port_u16().map(|port| format!(":{port}")).unwrap_or_default();
        !authority.host().is_empty() && host == format!("{}{port}", authority.host())
    })
}

/// The request has left, or may have.
fn lost(reason: TransportReason) -> TransportError {
    TransportError { left: true, reason }
}

fn unwritable(what: String) -> TransportError {
    TransportError { left: false, reason: TransportReason::Request(what) }
}

/// An error with its causes.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}
