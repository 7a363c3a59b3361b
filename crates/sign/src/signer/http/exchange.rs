//! One POST and its answer.

use std::io;
use std::net::{IpAddr, SocketAddr};

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HOST};
use http::{HeaderName, HeaderValue, Method, Request, StatusCode, Uri};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::super::secret::Secret;
use super::{Body, Connect, HttpConfig, HttpError, Stream};

/// Where the service is.
#[derive(Debug)]
pub(super) struct Destination {
    host: String,
    port: u16,
    /// Host and port as they were written, for the header.
    authority: HeaderValue,
    path: Uri,
    encrypted: bool,
    anywhere: bool,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Destination {
    pub(super) fn of(config: &HttpConfig, tls: bool) -> Result<Self, HttpError> {
        let wrong = |what: &str| HttpError::Settings(what.to_owned());
        let uri: Uri = config.url.parse().map_err(|_| wrong("the address is no URL"))?;
        let encrypted = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(wrong("the address begins with neither https:// nor http://")),
        };
        let authority = uri.authority().ok_or_else(|| wrong("the address has no host"))?;
        if authority.as_str().contains('@') {
            return Err(wrong("the address has a user name in it; give the secret by itself"));
        }
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        if encrypted && !tls {
            return Err(wrong(
                "https is not built into this program; put a TLS tunnel in front and give its address on loopback",
            ));
        }
        let local = host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
        if !encrypted && !local && !config.plain_anywhere {
            return Err(wrong(
                "plain http leaves this machine: use https, a tunnel on loopback, or allow it explicitly",
            ));
        }
        let header = |(name, value): &(String, String)| -> Result<(HeaderName, HeaderValue), HttpError> {
            let name = HeaderName::try_from(name).map_err(|_| wrong("a header's name is none"))?;
            if matches!(
                name.as_str(),
                "host" | "content-type" | "content-length" | "transfer-encoding" | "connection" | "expect"
            ) {
                return Err(wrong("a header is set that this program sets itself"));
            }
            Ok((name, HeaderValue::try_from(value).map_err(|_| wrong("a header's value cannot be written"))?))
        };
        Ok(Self {
            port: authority.port_u16().unwrap_or(if encrypted { 443 } else { 80 }),
            authority: HeaderValue::from_str(authority.as_str()).map_err(|_| wrong("the host cannot be written"))?,
            path: uri
                .path_and_query()
                .map_or("/", |path| path.as_str())
                .parse()
                .map_err(|_| wrong("the path is none"))?,
            host,
            encrypted,
            anywhere: config.plain_anywhere,
            headers: config.headers.iter().map(header).collect::<Result<_, _>>()?,
        })
    }

    async fn connect(&self, tls: Option<&dyn Connect>) -> io::Result<Box<dyn Stream>> {
        if self.encrypted {
            let tls = tls.ok_or_else(|| io::Error::other("there is no TLS"))?;
            return tls.connect(&self.host, self.port).await;
        }
        // A name is what the resolver makes of it: only addresses of this machine count.
        let all: Vec<SocketAddr> = tokio::net::lookup_host((self.host.as_str(), self.port)).await?.collect();
        let mut failed = io::Error::new(io::ErrorKind::AddrNotAvailable, "it has no address on this machine");
        for address in all.into_iter().filter(|address| self.anywhere || address.ip().is_loopback()) {
            match TcpStream::connect(address).await {
                Ok(stream) => return Ok(Box::new(stream)),
                Err(error) => failed = error,
            }
        }
        Err(failed)
    }
}

/// Sends the body, gives the answer's.
pub(super) async fn post(
    config: &HttpConfig,
    destination: &Destination,
    tls: Option<&dyn Connect>,
    secret: Option<&Secret>,
    body: &[u8],
) -> Result<Bytes, HttpError> {
    let whole = async {
        let stream = destination.connect(tls).await.map_err(HttpError::Connect)?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(broken)?;
        let exchange = async {
            let answer = sender.send_request(request(config, destination, secret, body)?).await.map_err(broken)?;
            let status = answer.status();
            let read = Limited::new(answer.into_body(), config.longest_answer).collect().await;
            match read {
                Ok(read) => judged(status, read.to_bytes()),
                Err(error) if error.is::<LengthLimitError>() => Err(HttpError::TooLong(config.longest_answer)),
                Err(error) => Err(HttpError::Exchange(error.to_string())),
            }
        };
        tokio::pin!(connection, exchange);
        tokio::select! {
            answer = &mut exchange => answer,
            ended = &mut connection => match ended {
                // The connection ends with its last byte; what it brought may still be waiting to be read.
                Ok(()) => exchange.await,
                Err(error) => Err(broken(error)),
            },
        }
    };
    timeout(config.limit, whole).await.map_err(|_| HttpError::Slow { limit: config.limit })?
}

fn request(
    config: &HttpConfig,
    destination: &Destination,
    secret: Option<&Secret>,
    body: &[u8],
) -> Result<Request<Full<Bytes>>, HttpError> {
    let content_type = match &config.body {
        Body::Raw => "application/octet-stream",
        Body::Template { content_type, .. } => content_type,
    };
    let unwritable = |what: &str| HttpError::Settings(format!("{what} cannot be written as a header"));
    let mut request = Request::new(Full::new(Bytes::copy_from_slice(body)));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = destination.path.clone();
    let headers = request.headers_mut();
    headers.extend(destination.headers.iter().cloned());
    headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
    headers.insert(HOST, destination.authority.clone());
    headers.insert(CONTENT_TYPE, HeaderValue::from_str(content_type).map_err(|_| unwritable("the media type"))?);
    if let Some(secret) = secret.filter(|_| config.authorization) {
        let mut value = HeaderValue::from_str(secret.reveal()).map_err(|_| unwritable("the secret"))?;
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
    }
    Ok(request)
}

fn judged(status: StatusCode, body: Bytes) -> Result<Bytes, HttpError> {
    if status.is_success() {
        return Ok(body);
    }
    let remedy = match status.as_u16() {
        401 | 403 => "check the secret and the rights of its user",
        300..=399 => "it redirects, which is not followed: give the address it redirects to",
        404 | 405 => "check the address",
        408 | 429 | 500.. => "check its state and its own log",
        _ => "check the template of the request against its documentation",
    };
    Err(HttpError::Status { status: status.as_u16(), bytes: body.len(), remedy })
}

#[expect(clippy::needless_pass_by_value, reason = "the shape map_err wants")]
fn broken(error: hyper::Error) -> HttpError {
    HttpError::Exchange(error.to_string())
}
