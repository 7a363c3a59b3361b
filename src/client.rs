//! The typed client: submit, receipt, state, result.

use std::sync::Arc;

use gis_gkh_sign::gost::Entropy;
use gis_gkh_xml::{Drift, Element, Guid, Limits};

use crate::clock::Clock;
use crate::codes;
use crate::compose::{ComposeError, Identity, Message};
use crate::contract::base::AckRequest;
use crate::envelope::{Answered, read_answer};
use crate::operation::{Operation, Query, StateAnswer, Submission};
use crate::transport::{Post, Reply, Transport, TransportError};

/// Where an error of the system appeared (`protocol` §4.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Level {
    /// A: HTTP answered, but no SOAP.
    Transport,
    /// B: a SOAP fault.
    Fault,
    /// C: the whole request, after processing.
    Request,
    /// D: one object of the request.
    Object,
}

/// An error the system reported, as data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{text}", .code.as_ref().map(|code| format!("{code}: ")).unwrap_or_default())]
pub struct SystemError {
    /// Where it appeared.
    pub level: Level,
    /// Its code: the system's own, or `HTTP503` for a status.
    pub code: Option<String>,
    /// The system's text. May hold personal data: not for logs.
    pub text: String,
}

impl SystemError {
    /// What may be done about it, by the catalogue of codes.
    pub fn class(&self) -> codes::Class {
        self.code.as_deref().and_then(codes::find).map_or(codes::Class::Permanent, |entry| entry.class)
    }
}

/// What became of a call that was not answered as hoped. Each says whether the request may have left.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// Not built, so not sent.
    #[error("not sent: {0}")]
    NotBuilt(#[from] ComposeError),
    /// Not one byte was sent.
    #[error(transparent)]
    NotSent(TransportError),
    /// It may have been received and may yet be acted upon: look before sending again.
    #[error("{cause}")]
    MaybeSent {
        /// Why there is no answer.
        cause: Box<dyn std::error::Error + Send + Sync>,
        /// What came back, if anything.
        raw: Option<Vec<u8>>,
    },
    /// The system said no, and will not act upon it.
    #[error("refused: {error}")]
    Refused {
        /// What it said.
        error: SystemError,
        /// The answer's bytes.
        raw: Vec<u8>,
    },
}

/// The system's receipt: it has the request and will process it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The system's identifier: ask for the result with it.
    pub ack: Guid,
    /// Our MessageGUID.
    pub guid: Guid,
    /// The answer's bytes.
    pub raw: Vec<u8>,
}

/// An answer read tolerantly.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer<T> {
    /// What it says.
    pub body: T,
    /// What the contract does not know of it.
    pub drift: Vec<Drift>,
    /// Its bytes.
    pub raw: Vec<u8>,
}

impl<T: StateAnswer> Answer<T> {
    /// The error that refused the whole request, if one did.
    pub fn error(&self) -> Option<SystemError> {
        self.body.error().map(|error| SystemError {
            level: Level::Request,
            code: Some(error.error_code.clone()),
            text: error.description.clone(),
        })
    }
}

/// Reads what came back from a submission.
///
/// # Errors
/// As [`Client::bills`] and its kin: refused, or unreadable and so perhaps accepted.
pub fn receipt(message: Guid, reply: Reply) -> Result<Receipt, CallError> {
    let answer = body::<AckRequest>(reply)?;
    let told = answer.body.ack.requester_message_guid;
    if told != message {
        return Err(CallError::MaybeSent { cause: "the receipt names another message".into(), raw: Some(answer.raw) });
    }
    Ok(Receipt { ack: answer.body.ack.message_guid, guid: message, raw: answer.raw })
}

/// Reads an answer's body, or the error instead of it.
///
/// # Errors
/// A fault, a status that is an error, or something unreadable.
pub fn body<T: Element>(reply: Reply) -> Result<Answer<T>, CallError> {
    let Reply { status, body: raw } = reply;
    // Faults come with 500, sometimes with 400 (`protocol` §1.3).
    let read = matches!(status, 200 | 400 | 500).then(|| read_answer::<T>(&raw, Limits::MESSAGE));
    match read {
        Some(Ok((Answered::Body(body), drift))) if status == 200 => Ok(Answer { body, drift, raw }),
        Some(Ok((Answered::Fault(fault), _))) => {
            let error = SystemError { level: Level::Fault, code: fault.code, text: fault.text };
            Err(CallError::Refused { error, raw })
        }
        Some(Err(cause)) if status == 200 => Err(CallError::MaybeSent { cause: Box::new(cause), raw: Some(raw) }),
        _ => {
            let title = title(&raw).map(|title| format!(" ({title})")).unwrap_or_default();
            let error = SystemError {
                level: Level::Transport,
                code: Some(format!("HTTP{status}")),
                text: format!("HTTP status {status}{title}"),
            };
            // 503 and 429 say the server would not take it. Behind any other a server may have it already.
            if matches!(status, 429 | 503 | 400..=404) {
                Err(CallError::Refused { error, raw })
            } else {
                Err(CallError::MaybeSent { cause: Box::new(error), raw: Some(raw) })
            }
        }
    }
}

/// The `<title>` of an HTML page, for diagnostics only.
fn title(page: &[u8]) -> Option<String> {
    let page = String::from_utf8_lossy(&page[..page.len().min(16 << 10)]).into_owned();
    let start = page.to_ascii_lowercase().find("<title>")? + "<title>".len();
    let text = page[start..].split('<').next()?.trim();
    Some(text.chars().filter(|c| !c.is_control()).take(120).collect())
}

/// Makes MessageGUIDs.
#[derive(Clone)]
struct Guids(Arc<dyn Entropy>);

impl Guids {
    fn next(&self) -> Result<Guid, ComposeError> {
        let mut bytes = [0; 16];
        self.0.fill(&mut bytes)?;
        Ok(Guid::new(uuid::Builder::from_random_bytes(bytes).into_uuid()))
    }
}

/// A typed client of one stand for one organisation.
///
/// It sends once and waits for one answer; schedules, retries and what survives a crash are the business of
/// `gis-gkh-delivery`. The typed calls are grouped by service: [`Client::bills`] and its kin.
#[derive(Clone)]
pub struct Client {
    identity: Identity,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    guids: Guids,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("identity", &self.identity).finish_non_exhaustive()
    }
}

impl Client {
    /// A client.
    pub fn new(
        identity: Identity,
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        Self { identity, transport, clock, guids: Guids(entropy) }
    }

    pub(crate) async fn submit<S: Submission>(&self, request: S) -> Result<Receipt, CallError> {
        let guid = self.guids.next()?;
        let message = self.identity.submission(request, guid, self.clock.now())?;
        receipt(guid, self.send(&message).await?)
    }

    pub(crate) async fn state<T: StateAnswer>(
        &self,
        operation: &'static Operation,
        ack: Guid,
    ) -> Result<Answer<T>, CallError> {
        let message = self.identity.state(operation, ack, self.guids.next()?, self.clock.now());
        body(self.send(&message).await?)
    }

    pub(crate) async fn query<Q: Query>(&self, request: &Q) -> Result<Answer<Q::Answer>, CallError> {
        let message = self.identity.query(request, self.guids.next()?, self.clock.now())?;
        body(self.send(&message).await?)
    }

    async fn send(&self, message: &Message) -> Result<Reply, CallError> {
        send(&*self.transport, message, &|| true).await
    }
}

/// Sends a message that was built, once.
///
/// # Errors
/// [`CallError::NotSent`] or [`CallError::MaybeSent`]; an answer that is an error is still an answer here.
pub async fn send(
    transport: &dyn Transport,
    message: &Message,
    may_leave: &(dyn Fn() -> bool + Send + Sync),
) -> Result<Reply, CallError> {
    let post = Post { path: message.operation.path, action: message.operation.action, body: &message.bytes, may_leave };
    transport.post(post).await.map_err(|error| match error.left {
        false => CallError::NotSent(error),
        true => CallError::MaybeSent { cause: Box::new(error), raw: None },
    })
}
