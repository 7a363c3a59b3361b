//! Whether an answer is the system's own: its signature, its signer, and what of it may be read.
//!
//! `getStateResult` alone is signed; receipts, faults and the headers of all answers are not (`protocol` §2.5, §3.4). So a
//! verified answer proves what stands in the signed element: `MessageGUID`, by which the system names our message and which is
//! compared here, the state, and the results with the TransportGUIDs we gave. Our own MessageGUID stands in the unsigned header
//! only and proves nothing: that the message of this name is ours rests on the receipt, and on the TransportGUIDs.

use std::fmt;

use gis_gkh_sign::c14n::{self, Method};
use gis_gkh_sign::trust::{NotTrusted, Trust, Trusted};
use gis_gkh_sign::xades::{self, Profile, Report, VerifyError, VerifyOptions};
use gis_gkh_xml::{Drift, Error, Guid, Limits, Mode, Reader};
use time::OffsetDateTime;

use crate::answer::{Answer, about, state, unreadable};
use crate::client::PROCESSED;
use crate::contract::NAMESPACES;
use crate::error::CallError;
use crate::operation::StateAnswer;
use crate::transport::Reply;

/// What becomes of an answer whose signature does not prove it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AnswerPolicy {
    /// It settles nothing: [`CallError::Unproven`]. Without a signature it may only say that there is no result yet.
    Require,
    /// It is read, and told apart by its [`Proof`].
    Warn,
    /// Signatures are not looked at.
    Off,
}

/// How the answers of a stand are checked.
#[derive(Debug, Clone)]
pub struct AnswerCheck {
    policy: AnswerPolicy,
    trust: Trust,
}

impl AnswerCheck {
    /// No check at all.
    pub fn off() -> Self {
        Self::new(AnswerPolicy::Off, Trust::default())
    }

    /// Checks by this policy, believing these signers.
    pub fn new(policy: AnswerPolicy, trust: Trust) -> Self {
        Self { policy, trust }
    }

    /// The policy.
    pub fn policy(&self) -> AnswerPolicy {
        self.policy
    }

    /// Whose signatures are believed.
    pub fn trust(&self) -> &Trust {
        &self.trust
    }
}

/// What is known of an answer's origin.
#[derive(Debug)]
pub enum Proof {
    /// The signature is right, its signer believed, and nothing but the signed element was read.
    Verified(Signed),
    /// It is not so.
    Unproven(Box<Unproven>),
    /// Nobody looked.
    NotAsked,
}

/// Who signed an answer, and when he says he did.
#[derive(Clone, PartialEq, Eq)]
pub struct Signed {
    /// Subject of the certificate, for people.
    pub subject: String,
    /// Decimal serial number of the certificate.
    pub serial: String,
    /// The time of signing. The signer's word: nobody else vouches for it.
    pub time: OffsetDateTime,
    /// How the signer is trusted.
    pub trusted: Trusted,
}

impl fmt::Debug for Signed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signed").field("serial", &self.serial).field("trusted", &self.trusted).finish_non_exhaustive()
    }
}

/// Why an answer is not proven to be the system's.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Unproven {
    /// No signature in it.
    #[error("it is not signed; if this stand does not sign all its answers, let the policy warn instead of require")]
    Unsigned,
    /// The signature is broken, of another profile, or covers something else.
    #[error(
        "{0}; if nothing between here and the system changes answers, keep this one and tell the makers of the gateway"
    )]
    Signature(#[source] VerifyError),
    /// The signer is not believed.
    #[error("{0}")]
    Signer(#[source] NotTrusted),
    /// The signature is right, and nobody has said whose signatures to believe.
    #[error(
        "its signature is intact, but no trusted signers are set; name the certificates of the system's signers or centres"
    )]
    NoSigners,
}

/// Reads what came back from asking for the state of the message `ack`, and checks that the system signed it.
///
/// Of a verified answer nothing is read but the octets the signature covers. The offsets of its drift count in them.
///
/// # Errors
/// As [`state`](crate::state()); by [`AnswerPolicy::Require`] also [`CallError::Unproven`]. A fault in place of the answer is a
/// refusal here as there, although none is ever signed.
pub fn checked_state<T: StateAnswer>(
    ack: Guid,
    reply: Reply,
    check: &AnswerCheck,
    now: OffsetDateTime,
) -> Result<(Answer<T>, Proof), CallError> {
    if check.policy == AnswerPolicy::Off {
        return Ok((state(ack, reply)?, Proof::NotAsked));
    }
    let options = VerifyOptions { profile: Profile::Server, ..VerifyOptions::at(now) };
    let (answer, unproven) = match xades::verify(&reply.body, &options) {
        Ok(report) if reply.status == 200 => {
            let raw = reply.body;
            let (body, drift) = match read_signed::<T>(&raw, &report) {
                Ok(read) => read,
                Err(cause) => return Err(unreadable(cause, raw)),
            };
            let answer = about(ack, Answer { body, drift, raw })?;
            match judge(&check.trust, &report) {
                Ok(signed) => return Ok((answer, Proof::Verified(signed))),
                Err(unproven) => (answer, unproven),
            }
        }
        // Success was not said, so it cannot be the answer whatever is signed in it: the error is found as ever.
        Ok(_) => (state(ack, reply)?, Unproven::Unsigned),
        Err(reason) => {
            let answer = state::<T>(ack, reply)?;
            let unproven = unproven(reason, &answer.raw);
            (answer, unproven)
        }
    };
    // That a message is not processed yet decides nothing, and whoever would pretend it could as well say nothing.
    let decides = !matches!(unproven, Unproven::Unsigned) || answer.body.state() == PROCESSED;
    match check.policy {
        AnswerPolicy::Require if decides => Err(CallError::Unproven { reason: Box::new(unproven), raw: answer.raw }),
        _ => Ok((answer, Proof::Unproven(Box::new(unproven)))),
    }
}

/// Reads the signed element from the octets that were hashed: they stand alone, without the signature, and have every
/// namespace they use.
fn read_signed<T: StateAnswer>(message: &[u8], report: &Report) -> Result<(T, Vec<Drift>), Error> {
    let limits = Limits::MESSAGE;
    let (start, signature) = (report.element.start, report.signature.start);
    let octets =
        c14n::collect(|sink| c14n::element(message, start, Some(signature), Method::Exclusive, &limits, sink))?;
    let mut reader = Reader::new(&octets, NAMESPACES, Mode::Tolerant, limits)?;
    let body = T::read_element(&mut reader)?;
    reader.finish()?;
    Ok((body, reader.drifts().to_vec()))
}

fn judge(trust: &Trust, report: &Report) -> Result<Signed, Unproven> {
    if trust.certificates().next().is_none() {
        return Err(Unproven::NoSigners);
    }
    let trusted = trust.judge(&report.certificate, report.signing_time).map_err(Unproven::Signer)?;
    Ok(Signed {
        subject: report.certificate.subject_name().to_owned(),
        serial: report.certificate.serial_decimal().to_owned(),
        time: report.signing_time,
        trusted,
    })
}

/// An answer without a signature has nothing to be wrong with it.
fn unproven(reason: VerifyError, message: &[u8]) -> Unproven {
    const NAMESPACE: &[u8] = b"http://www.w3.org/2000/09/xmldsig#";
    match reason {
        VerifyError::NoSignature => Unproven::Unsigned,
        VerifyError::NoId if !message.windows(NAMESPACE.len()).any(|window| window == NAMESPACE) => Unproven::Unsigned,
        reason => Unproven::Signature(reason),
    }
}
