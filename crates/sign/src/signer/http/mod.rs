//! A service that signs, spoken to over HTTP: services like DSS, or one of the operator's own.

mod exchange;
mod template;

use std::fmt;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use ::http::Uri;
use tokio::io::{AsyncRead, AsyncWrite};

use super::encoding::Encoding;
use super::provider::{Input, ProviderError, RawSigner};
use super::secret::{Prompt, Secret, SecretError, SecretSource};
use exchange::Destination;

/// The service and how to talk to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpConfig {
    /// Where to POST: `https://…`, or `http://…` on this machine.
    pub url: String,
    /// What is sent: the data, or the digest of the data.
    pub input: Input,
    /// The request's body.
    pub body: Body,
    /// Further headers, such as the key's name. Secrets do not belong here.
    pub headers: Vec<(String, String)>,
    /// A secret: the header `Authorization` as a whole, and `{secret}` in the body.
    pub secret: Option<SecretSource>,
    /// Is the secret sent as the header `Authorization`? It may be wanted in the body alone.
    pub authorization: bool,
    /// Where the value is in the answer.
    pub answer: Answer,
    /// Time for the whole exchange.
    pub limit: Duration,
    /// Most bytes of the answer.
    pub longest_answer: usize,
    /// Speak plain HTTP to other machines too: whoever is on the way sees what is signed, and the secret.
    pub plain_anywhere: bool,
}

/// The body of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Body {
    /// The bytes to sign as they are.
    Raw,
    /// A text in which `{base64}` and `{hex}` stand for the bytes to sign and `{secret}` for the secret, escaped for JSON.
    Template {
        /// Its media type.
        content_type: String,
        /// The text.
        text: String,
    },
}

/// Where the value is in an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Answer {
    /// The whole body.
    Whole(Encoding),
    /// A text in a JSON document.
    Json {
        /// JSON pointer to it (RFC 6901), such as `/signature`; empty for the document itself.
        pointer: String,
        /// The value's writing.
        encoding: Encoding,
    },
}

/// The service did not sign.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HttpError {
    /// The settings cannot be used.
    #[error("its settings are wrong: {0}")]
    Settings(String),
    /// Its secret cannot be read.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// There is no connection.
    #[error("no connection to it: {0}; check that it runs and can be reached")]
    Connect(io::Error),
    /// It took too long.
    #[error("it gave no answer within {limit:?}; check its state, or raise its limit")]
    Slow {
        /// The limit.
        limit: Duration,
    },
    /// The exchange broke.
    #[error("the exchange with it failed: {0}")]
    Exchange(String),
    /// It answered with another status than success. Its words are not shown: they may hold anything.
    #[error("it answered with the status {status}, {bytes} bytes; {remedy}")]
    Status {
        /// The HTTP status.
        status: u16,
        /// Bytes of its answer.
        bytes: usize,
        /// What to do.
        remedy: &'static str,
    },
    /// It answered at length.
    #[error("its answer has more than {0} bytes; this is no signature value")]
    TooLong(usize),
    /// Its answer holds no value.
    #[error("its answer holds no signature value where the settings say: {0}")]
    Answer(String),
}

impl HttpError {
    /// May it pass by itself?
    fn is_passing(&self) -> bool {
        match self {
            Self::Settings(_) | Self::Secret(_) | Self::TooLong(_) | Self::Answer(_) => false,
            Self::Status { status, .. } => *status >= 500 || matches!(status, 408 | 429),
            Self::Connect(_) | Self::Slow { .. } | Self::Exchange(_) => true,
        }
    }
}

/// A connection's two directions.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// A connection in the making.
pub type Connecting<'a> = Pin<Box<dyn Future<Output = io::Result<Box<dyn Stream>>> + Send + 'a>>;

/// Makes encrypted connections to signing services. What TLS there is, is the caller's choice; this crate has none.
pub trait Connect: Send + Sync {
    /// Connects and shows by certificate that the other side is `host`.
    fn connect<'a>(&'a self, host: &'a str, port: u16) -> Connecting<'a>;
}

/// A service as a provider. Each signature is a connection of its own, never repeated here.
pub struct HttpSigner {
    config: HttpConfig,
    destination: Destination,
    tls: Option<Arc<dyn Connect>>,
    secret: Option<Secret>,
}

impl HttpSigner {
    /// Provider of this service; its secret is read now.
    ///
    /// # Errors
    /// Settings that cannot be used: an address that is none, plain HTTP to another machine, TLS without `tls`.
    pub fn new(
        config: HttpConfig,
        tls: Option<Arc<dyn Connect>>,
        prompt: Option<&dyn Prompt>,
    ) -> Result<Self, ProviderError> {
        let opened = || -> Result<_, HttpError> {
            let destination = Destination::of(&config, tls.is_some())?;
            template::check(&config)?;
            let secret = config.secret.as_ref().map(|source| source.read(prompt)).transpose()?;
            Ok((destination, secret))
        };
        match opened() {
            Ok((destination, secret)) => Ok(Self { config, destination, tls, secret }),
            Err(error) => Err(ProviderError::lasting(name(&config.url), error)),
        }
    }

    fn exchange(&self, input: &[u8]) -> Result<Vec<u8>, HttpError> {
        let body = template::fill(&self.config.body, input, self.secret.as_ref());
        let work = || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let runtime = runtime.map_err(|error| HttpError::Exchange(error.to_string()))?;
            runtime.block_on(exchange::post(
                &self.config,
                &self.destination,
                self.tls.as_deref(),
                self.secret.as_ref(),
                &body,
            ))
        };
        // On a thread of its own: the caller may itself be a task of a runtime, within which no other may be started.
        let failed = |what: &str| HttpError::Exchange(what.to_owned());
        let answer = std::thread::scope(|scope| {
            let started = std::thread::Builder::new().spawn_scoped(scope, work);
            started.map_err(|_| failed("no thread for it"))?.join().map_err(|_| failed("its thread failed"))?
        })?;
        template::value(&self.config.answer, &answer)
    }
}

impl RawSigner for HttpSigner {
    fn name(&self) -> String {
        name(&self.config.url)
    }

    fn input(&self) -> Input {
        self.config.input
    }

    fn sign(&self, input: &[u8]) -> Result<Vec<u8>, ProviderError> {
        self.exchange(input).map_err(|error| {
            if error.is_passing() {
                ProviderError::passing(self.name(), error)
            } else {
                ProviderError::lasting(self.name(), error)
            }
        })
    }
}

impl fmt::Debug for HttpSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpSigner").field("at", &shown(&self.config.url)).finish_non_exhaustive()
    }
}

fn name(url: &str) -> String {
    format!("the signing service at {}", shown(url))
}

/// Scheme, host and port alone: paths, queries and user names may be secrets.
fn shown(url: &str) -> String {
    let parsed: Option<Uri> = url.parse().ok();
    let parts = parsed.as_ref().and_then(|uri| Some((uri.scheme_str()?, uri.host()?, uri.port_u16())));
    match parts {
        Some((scheme, host, Some(port))) => format!("{scheme}://{host}:{port}"),
        Some((scheme, host, None)) => format!("{scheme}://{host}"),
        None => "an address that is none".to_owned(),
    }
}
