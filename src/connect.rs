//! How a connection to a stand is made: the seam under [`Http`](crate::Http).

mod proxy;

use std::future::Future;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

pub use proxy::{HEAD_LIMIT, Proxy, ProxyFailure};

use crate::transport::TransportReason;

/// Makes connections to one stand. Requests, limits and the truth about what has left are the business of
/// [`Http`](crate::Http); a connector gives a stream over which the first byte of a request may go.
///
/// Whatever must be known about the other side is known when [`connect`](Self::connect) returns: no byte of a request is
/// written before that, so every failure here means that nothing was sent.
pub trait Connect: Send + Sync {
    /// What requests travel over.
    type Stream: AsyncRead + AsyncWrite + Send + Unpin + 'static;

    /// Where connections go, for people.
    fn to(&self) -> &str;

    /// A new connection. The caller bounds its time; dropping the future abandons it.
    fn connect(&self) -> impl Future<Output = Result<Self::Stream, TransportReason>> + Send;
}

/// Plain TCP: to a tunnel on this machine, or to the sandbox.
#[derive(Debug, Clone)]
pub struct Tcp {
    address: String,
}

impl Tcp {
    /// Connections to `address` (`host:port`).
    pub fn new(address: impl Into<String>) -> Self {
        Self { address: address.into() }
    }
}

impl Connect for Tcp {
    type Stream = TcpStream;

    fn to(&self) -> &str {
        &self.address
    }

    async fn connect(&self) -> Result<TcpStream, TransportReason> {
        let stream = TcpStream::connect(&self.address).await;
        let stream =
            stream.map_err(|error| TransportReason::Connect { to: self.address.clone(), why: error.to_string() })?;
        // Small requests wait for nobody; a failure only costs speed.
        let _ = stream.set_nodelay(true);
        Ok(stream)
    }
}
