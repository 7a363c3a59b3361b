//! HTTP/1.1 over a plain connection: to a tunnel on this machine, or to the sandbox.

use std::io::Read;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, header};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::transport::{Boxed, Post, Reply, Transport, TransportError, TransportReason};

/// Bounds on answers and on waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HttpLimits {
    /// Time for the connection.
    pub connect: Duration,
    /// Time from the first byte out to the last byte in.
    pub answer: Duration,
    /// Bytes of all headers of an answer.
    pub headers: usize,
    /// Bytes of an answer's body, before and after decompression.
    pub body: usize,
    /// How many times larger an answer may be than what came over the wire.
    pub ratio: usize,
}

impl Default for HttpLimits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(15),
            answer: Duration::from_secs(180),
            headers: 64 << 10,
            body: 64 << 20,
            ratio: 100,
        }
    }
}

/// Plain HTTP to one address, with the stand's own `Host`.
///
/// Connections are kept and used again. One that turns out dead before anything was written is replaced; once a byte may
/// have left, nothing is ever repeated here.
pub struct PlainHttp {
    address: String,
    host: HeaderValue,
    headers: HeaderMap,
    limits: HttpLimits,
    idle: Mutex<Vec<SendRequest<Full<Bytes>>>>,
}

impl std::fmt::Debug for PlainHttp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PlainHttp").field("address", &self.address).finish_non_exhaustive()
    }
}

/// How many connections are kept open without use.
const IDLE_KEPT: usize = 4;

impl PlainHttp {
    /// A transport to `address` (`host:port`) that says `host` is its name.
    ///
    /// # Errors
    /// `host` cannot be a header.
    pub fn new(address: impl Into<String>, host: &str, limits: HttpLimits) -> Result<Self, TransportError> {
        let host = HeaderValue::from_str(host).map_err(|_| request(format!("`{host}` is no host name")))?;
        Ok(Self { address: address.into(), host, headers: HeaderMap::new(), limits, idle: Mutex::new(Vec::new()) })
    }

    /// Adds a header to every request.
    ///
    /// # Errors
    /// Name or value cannot be a header.
    pub fn with_header(mut self, name: &str, value: &str) -> Result<Self, TransportError> {
        let name = HeaderName::try_from(name).map_err(|_| request(format!("`{name}` is no header name")))?;
        // The value may be a secret: it is not repeated.
        let mut value = HeaderValue::from_str(value).map_err(|_| request(format!("the value of `{name}`")))?;
        value.set_sensitive(true);
        self.headers.insert(name, value);
        Ok(self)
    }

    async fn connect(&self) -> Result<SendRequest<Full<Bytes>>, TransportError> {
        let fail = |why: String| TransportError {
            left: false,
            reason: TransportReason::Connect { to: self.address.clone(), why },
        };
        let stream = match timeout(self.limits.connect, TcpStream::connect(&self.address)).await {
            Ok(stream) => stream.map_err(|error| fail(error.to_string()))?,
            Err(_) => return Err(fail(format!("nothing within {:?}", self.limits.connect))),
        };
        // Small requests wait for nobody; a failure only costs speed.
        let _ = stream.set_nodelay(true);
        let (sender, connection) = http1::Builder::new()
            .max_buf_size(self.limits.headers.max(8 << 10))
            .handshake(TokioIo::new(stream))
            .await
            .map_err(|error| fail(error.to_string()))?;
        tokio::spawn(async move {
            // Its error, if any, reaches whoever waits for the answer.
            let _ = connection.await;
        });
        Ok(sender)
    }

    fn kept(&self) -> Option<SendRequest<Full<Bytes>>> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some(sender) = idle.pop() {
            if sender.is_ready() {
                return Some(sender);
            }
        }
        None
    }

    fn keep(&self, sender: SendRequest<Full<Bytes>>) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE_KEPT && !sender.is_closed() {
            idle.push(sender);
        }
    }

    fn request(&self, post: &Post<'_>) -> Result<Request<Full<Bytes>>, TransportError> {
        let mut http = Request::new(Full::new(Bytes::copy_from_slice(post.body)));
        *http.method_mut() = Method::POST;
        *http.uri_mut() = post.path.parse().map_err(|_| request(format!("`{}` is no path", post.path)))?;
        let action = HeaderValue::try_from(format!("\"{}\"", post.action));
        let headers = http.headers_mut();
        headers.clone_from(&self.headers);
        headers.insert(header::HOST, self.host.clone());
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/xml; charset=utf-8"));
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        headers.insert("soapaction", action.map_err(|_| request(format!("`{}` is no action", post.action)))?);
        Ok(http)
    }

    async fn exchange(&self, post: Post<'_>) -> Result<Reply, TransportError> {
        let mut http = self.request(&post)?;
        let mut sender = match self.kept() {
            Some(sender) => sender,
            None => self.connect().await?,
        };
        loop {
            if !(post.may_leave)() {
                self.keep(sender);
                return Err(TransportError { left: false, reason: TransportReason::TooLate });
            }
            let answer = timeout(self.limits.answer, async {
                let response = sender.try_send_request(http).await?;
                Ok(self.read(response).await)
            });
            match answer.await {
                Err(_) => {
                    return Err(TransportError { left: true, reason: TransportReason::Timeout(self.limits.answer) });
                }
                Ok(Ok(reply)) => {
                    if reply.is_ok() {
                        self.keep(sender);
                    }
                    return reply;
                }
                Ok(Err(mut error)) => {
                    let error: &mut hyper::client::conn::TrySendError<Request<Full<Bytes>>> = &mut error;
                    match error.take_message() {
                        // A kept connection had died. The request comes back untouched: not one byte was written.
                        Some(untouched) => {
                            http = untouched;
                            sender = self.connect().await?;
                        }
                        None => {
                            let reason = TransportReason::Broken(chain(error.error()));
                            return Err(TransportError { left: true, reason });
                        }
                    }
                }
            }
        }
    }

    async fn read(&self, response: Response<Incoming>) -> Result<Reply, TransportError> {
        let left = |reason| TransportError { left: true, reason };
        let limit = self.limits.body;
        let status = response.status().as_u16();
        let encoding = response.headers().get(header::CONTENT_ENCODING).cloned();
        let mut body = response.into_body();
        let mut raw = Vec::new();
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| left(TransportReason::Broken(chain(&error))))?;
            if let Some(data) = frame.data_ref() {
                if raw.len() + data.len() > limit {
                    return Err(left(TransportReason::TooLarge { limit }));
                }
                raw.extend_from_slice(data);
            }
        }
        let body = match encoding.as_ref().map(|encoding| encoding.to_str().unwrap_or("?").to_ascii_lowercase()) {
            None => raw,
            Some(encoding) if encoding == "identity" => raw,
            Some(encoding) if encoding == "gzip" || encoding == "x-gzip" => self.inflate(&raw).map_err(left)?,
            Some(encoding) => return Err(left(TransportReason::Compression(format!("`{encoding}` is unknown")))),
        };
        Ok(Reply { status, body })
    }

    fn inflate(&self, raw: &[u8]) -> Result<Vec<u8>, TransportReason> {
        let limit = self.limits.body.min(raw.len().saturating_mul(self.limits.ratio));
        let mut out = Vec::new();
        let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
        flate2::read::MultiGzDecoder::new(raw)
            .take(most)
            .read_to_end(&mut out)
            .map_err(|error| TransportReason::Compression(error.to_string()))?;
        if out.len() <= limit {
            return Ok(out);
        }
        Err(if limit == self.limits.body {
            TransportReason::TooLarge { limit }
        } else {
            TransportReason::Compression(format!("it grows more than {} times", self.limits.ratio))
        })
    }
}

impl Transport for PlainHttp {
    fn post<'a>(&'a self, post: Post<'a>) -> Boxed<'a, Result<Reply, TransportError>> {
        Box::pin(self.exchange(post))
    }
}

fn request(what: String) -> TransportError {
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
