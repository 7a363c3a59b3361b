//! Reads what came back: a receipt, a state, a result, or the error in its place.

use gis_gkh_xml::{Drift, Element, Guid, Limits};

use crate::contract::base::AckRequest;
use crate::envelope::{Answered, read_answer};
use crate::error::{CallError, Level, SystemError};
use crate::operation::StateAnswer;
use crate::transport::Reply;

/// The system's receipt: it has the request and will process it.
#[derive(Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The system's identifier: ask for the result with it.
    pub ack: Guid,
    /// Our MessageGUID.
    pub guid: Guid,
    /// The answer's bytes.
    pub raw: Vec<u8>,
}

impl std::fmt::Debug for Receipt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Receipt").field("ack", &self.ack).field("guid", &self.guid).finish_non_exhaustive()
    }
}

/// An answer read tolerantly.
#[derive(Clone, PartialEq)]
pub struct Answer<T> {
    /// What it says.
    pub body: T,
    /// What the contract does not know of it.
    pub drift: Vec<Drift>,
    /// Its bytes.
    pub raw: Vec<u8>,
}

/// Gives sizes only: the content may be personal data.
impl<T> std::fmt::Debug for Answer<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Answer")
            .field("drifts", &self.drift.len())
            .field("raw_bytes", &self.raw.len())
            .finish_non_exhaustive()
    }
}

impl<T: StateAnswer> Answer<T> {
    /// The error that refused the whole request, if one did.
    pub fn error(&self) -> Option<SystemError> {
        self.body.error().map(SystemError::request)
    }
}

/// Reads what came back from a submission.
///
/// # Errors
/// As [`Client::bills`](crate::Client::bills) and its kin: refused, or unreadable and so perhaps accepted.
pub fn receipt(message: Guid, reply: Reply) -> Result<Receipt, CallError> {
    let answer = body::<AckRequest>(reply)?;
    if answer.body.ack.requester_message_guid != message {
        return Err(unfit("the receipt names another message than the one sent", answer.raw));
    }
    Ok(Receipt { ack: answer.body.ack.message_guid, guid: message, raw: answer.raw })
}

/// Reads what came back from asking for the state of the message `ack`.
///
/// # Errors
/// As [`body`]; also an answer about another message. Whatever it is, the submission asked about is untouched.
pub fn state<T: StateAnswer>(ack: Guid, reply: Reply) -> Result<Answer<T>, CallError> {
    about(ack, body(reply)?)
}

/// Refuses an answer about another message.
pub(crate) fn about<T: StateAnswer>(ack: Guid, answer: Answer<T>) -> Result<Answer<T>, CallError> {
    if answer.body.message_guid() != ack {
        return Err(unfit("the answer is about another message than the one asked about", answer.raw));
    }
    Ok(answer)
}

/// Reads an answer's body, or the error instead of it.
///
/// A SOAP fault is a refusal, with status 200, 400, 500 or 503 (`protocol` §1.3). Without one, these statuses are refusals
/// by what HTTP says of them: the request was not acted upon. 400, 401, 403 to 406, 411, 413 to 415, 417, 421, 426, 429,
/// 431 and 503. Behind any other status, redirects and 502 and 504 among them, the system may have the request already.
///
/// # Errors
/// [`CallError::Refused`], or [`CallError::MaybeSent`] for everything that is neither the element expected nor a refusal.
pub fn body<T: Element>(reply: Reply) -> Result<Answer<T>, CallError> {
    let Reply { status, body: raw, .. } = reply;
    let read = matches!(status, 200 | 400 | 500 | 503).then(|| read_answer::<T>(&raw, Limits::MESSAGE));
    match read {
        Some(Ok((Answered::Body(body), drift))) if status == 200 => Ok(Answer { body, drift, raw }),
        // A status that is an error around an answer that is none: they cannot both be right.
        Some(Ok((Answered::Body(_), _))) => Err(CallError::MaybeSent {
            cause: format!("status {status} came with the answer to a request that succeeded").into(),
            raw: Some(raw),
        }),
        Some(Ok((Answered::Fault(fault), _))) => {
            let error = SystemError { level: Level::Fault, code: fault.code, text: fault.text };
            Err(CallError::Refused { error, raw })
        }
        Some(Err(cause)) if status == 200 => Err(unreadable(cause, raw)),
        _ => {
            let error = SystemError::status(status, title(&raw).as_deref());
            if refuses(status) {
                Err(CallError::Refused { error, raw })
            } else {
                Err(CallError::MaybeSent { cause: Box::new(error), raw: Some(raw) })
            }
        }
    }
}

/// Statuses by which HTTP says that the request was not acted upon.
fn refuses(status: u16) -> bool {
    matches!(status, 400 | 401 | 403..=406 | 411 | 413..=415 | 417 | 421 | 426 | 429 | 431 | 503)
}

fn unfit(why: &'static str, raw: Vec<u8>) -> CallError {
    CallError::MaybeSent { cause: why.into(), raw: Some(raw) }
}

/// Success was said, but not by a message of the contract: nothing at all, a page of a front-end, half a message.
pub(crate) fn unreadable(cause: gis_gkh_xml::Error, raw: Vec<u8>) -> CallError {
    let cause: Box<dyn std::error::Error + Send + Sync> = if raw.trim_ascii().is_empty() {
        "status 200 came with an empty answer".into()
    } else if let Some(title) = title(&raw) {
        format!(
            "status 200 came with a web page instead of an answer ({title}); something stands between us and the system"
        )
        .into()
    } else {
        Box::new(cause)
    };
    CallError::MaybeSent { cause, raw: Some(raw) }
}

/// The `<title>` of an HTML page, for diagnostics only.
pub(crate) fn title(page: &[u8]) -> Option<String> {
    let page = String::from_utf8_lossy(&page[..page.len().min(16 << 10)]);
    // ASCII case alone is changed, so the places are the same in both.
    let lower = page.to_ascii_lowercase();
    let open = lower.find("<title")?;
    let start = open + lower[open..].find('>')? + 1;
    let text = page[start..].split('<').next()?.trim();
    let text: String = text.chars().filter(|c| !c.is_control()).take(120).collect();
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_of_pages() {
        assert_eq!(title(b"<html><head><TITLE>502 Bad\n Gateway</TITLE>").as_deref(), Some("502 Bad Gateway"));
        assert_eq!(title("<title lang='ru'>Ошибка</title>".as_bytes()).as_deref(), Some("Ошибка"));
        assert_eq!(title(b"<title></title>"), None);
        assert_eq!(title(b"<title"), None);
        assert_eq!(title(b"<titleless"), None);
        assert_eq!(title(b"\xff\xfe<title>x"), Some("x".to_owned()));
    }
}
