//! The sandbox behind a listener on loopback.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use gis_gkh::files::Verb;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::header::{ALLOW, CONTENT_TYPE, DATE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use time::macros::format_description;
use time::{OffsetDateTime, UtcOffset};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::answer;
use crate::files::FileRequest;
use crate::sandbox::{Response, Sandbox};

/// Why the sandbox does not serve.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// Anyone could reach it.
    #[error("the sandbox listens on loopback only, not on {0}; bind it to 127.0.0.1 or ::1")]
    NotLoopback(SocketAddr),
    /// The listener has no address.
    #[error("the sandbox's listener is of no use: {0}")]
    Listener(#[from] std::io::Error),
}

/// How long to wait when the system has no more connections to give.
const BREATH: Duration = Duration::from_millis(50);

/// The connection is cut on purpose.
#[derive(Debug, thiserror::Error)]
#[error("cut on purpose")]
struct Cut;

impl Sandbox {
    /// Serves plain HTTP/1.1 until `shutdown` is ready; open connections are cut then.
    ///
    /// # Errors
    /// See [`ServeError`].
    pub async fn serve(
        self: Arc<Self>,
        listener: TcpListener,
        shutdown: impl Future<Output = ()>,
    ) -> Result<(), ServeError> {
        let address = listener.local_addr()?;
        if !address.ip().is_loopback() {
            return Err(ServeError::NotLoopback(address));
        }
        let mut connections = JoinSet::new();
        let mut shutdown = std::pin::pin!(shutdown);
        loop {
            let accepted = tokio::select! {
                () = &mut shutdown => return Ok(()),
                accepted = listener.accept() => accepted,
                Some(_) = connections.join_next() => continue,
            };
            match accepted {
                Ok((stream, _)) => {
                    connections.spawn(Self::connection(Arc::clone(&self), stream));
                }
                Err(_) => tokio::time::sleep(BREATH).await,
            }
        }
    }

    async fn connection(sandbox: Arc<Self>, stream: TcpStream) {
        let service = service_fn(move |request| {
            let sandbox = Arc::clone(&sandbox);
            async move {
                let mut answer = Self::answer(Arc::clone(&sandbox), request).await?;
                // By the sandbox's own clock: without it the machine's would be told.
                if let Some(date) = date(sandbox.clock.now()) {
                    answer.headers_mut().insert(DATE, date);
                }
                Ok::<_, Cut>(answer)
            }
        });
        let connection = http1::Builder::new().timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), service);
        // Whatever ends it, ends it for this client alone, who sees it.
        let _ = connection.await;
    }

    async fn answer(self: Arc<Self>, request: Request<Incoming>) -> Result<hyper::Response<Full<Bytes>>, Cut> {
        if FileRequest::is_of(request.uri().path()) {
            return self.answer_about_file(request).await;
        }
        if request.method() != Method::POST {
            let mut response = hyper::Response::new(Full::default());
            *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
            response.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
            return Ok(response);
        }
        let (head, body) = request.into_parts();
        let action = head.headers.get("soapaction").and_then(|value| value.to_str().ok()).unwrap_or_default();
        let body = match Limited::new(body, self.bounds.request).collect().await {
            Ok(body) => body.to_bytes(),
            Err(error) if error.is::<LengthLimitError>() => {
                return Ok(carried(answer::html(413, "413 Request Entity Too Large")));
            }
            Err(_) => return Err(Cut),
        };
        let (path, action, now) = (head.uri.path().to_owned(), action.to_owned(), self.clock.now());
        // Reading and signing take milliseconds of work, which would hold up everyone else's connections.
        let handled = tokio::task::spawn_blocking(move || self.handle(&path, &action, &body, now));
        let response = handled.await.map_err(|_| Cut)?;
        tokio::time::sleep(response.delay).await;
        if response.cut { Err(Cut) } else { Ok(carried(response)) }
    }
}

/// Bytes of a request to the file store that are read; more is refused by the length that was announced.
const FILE_BODY: usize = 8 << 20;

impl Sandbox {
    async fn answer_about_file(
        self: Arc<Self>,
        request: Request<Incoming>,
    ) -> Result<hyper::Response<Full<Bytes>>, Cut> {
        let (head, mut body) = request.into_parts();
        let verb = match head.method {
            Method::GET => Verb::Get,
            Method::HEAD => Verb::Head,
            Method::POST => Verb::Post,
            Method::PUT => Verb::Put,
            _ => return Ok(carried(answer::html(405, "405 Method Not Allowed"))),
        };
        let strike = self.strike_file(verb);
        if strike.cut {
            // Some of the bytes have come, and nothing is answered.
            let _ = body.frame().await;
            return Err(Cut);
        }
        let body = match Limited::new(body, FILE_BODY).collect().await {
            Ok(body) => body.to_bytes(),
            Err(error) if error.is::<LengthLimitError>() => {
                return Ok(carried(answer::html(413, "413 Request Entity Too Large")));
            }
            // What ends before its length is not kept.
            Err(_) => return Err(Cut),
        };
        let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers = head.headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
        let query = head.uri.query().unwrap_or_default().to_owned();
        let request = FileRequest { verb, path: head.uri.path().to_owned(), query, headers, body };
        let now = self.clock.now();
        // Checksums take milliseconds of work.
        let handled = tokio::task::spawn_blocking(move || self.answer_file(&request, &strike, now));
        let response = handled.await.map_err(|_| Cut)?;
        tokio::time::sleep(response.delay).await;
        if response.cut {
            return Err(Cut);
        }
        let mut carried = hyper::Response::new(Full::new(response.body));
        *carried.status_mut() = StatusCode::from_u16(response.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        for (name, value) in response.headers {
            if let Ok(value) = HeaderValue::from_str(&value) {
                carried.headers_mut().insert(name, value);
            }
        }
        Ok(carried)
    }
}

/// A moment as the header `Date` has it.
fn date(at: OffsetDateTime) -> Option<HeaderValue> {
    let form =
        format_description!("[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT");
    HeaderValue::from_str(&at.to_offset(UtcOffset::UTC).format(form).ok()?).ok()
}

fn carried(response: Response) -> hyper::Response<Full<Bytes>> {
    let status = StatusCode::from_u16(response.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut carried = hyper::Response::new(Full::new(Bytes::from(response.body)));
    *carried.status_mut() = status;
    carried.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(response.content_type));
    carried
}
