//! The sandbox behind a listener on loopback.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::answer;
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
        let service = service_fn(move |request| Self::answer(Arc::clone(&sandbox), request));
        let connection = http1::Builder::new().timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), service);
        // Whatever ends it, ends it for this client alone, who sees it.
        let _ = connection.await;
    }

    async fn answer(self: Arc<Self>, request: Request<Incoming>) -> Result<hyper::Response<Full<Bytes>>, Cut> {
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

fn carried(response: Response) -> hyper::Response<Full<Bytes>> {
    let status = StatusCode::from_u16(response.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut carried = hyper::Response::new(Full::new(Bytes::from(response.body)));
    *carried.status_mut() = status;
    carried.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(response.content_type));
    carried
}
