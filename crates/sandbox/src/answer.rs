//! Answers, as the real system writes them: faults, receipts, signed results.

use gis_gkh::Element;
use gis_gkh::Guid;
use gis_gkh::clock::MOSCOW;
use gis_gkh::contract::base::{
    self, AckRequest, AsyncRequestState, CommonResult, Receipt, ResultHeader, common_result,
};
use gis_gkh::contract::{
    NAMESPACES, appeals, bills, device_metering, nsi_common, organizations_registry_common as organizations,
};
use gis_gkh::envelope;
use gis_gkh_sign::signer::Signer;
use gis_gkh_sign::xades::{self, ByteProfile, Signing, Unsigned};
use gis_gkh_xml::{DateTime, Limits, Versions, escape_text};
use time::OffsetDateTime;

use crate::forgery::{self, AnswerKeys, Forgery};
use crate::messages::Outcome;
use crate::refusal::Refusal;
use crate::sandbox::Response;

const XML: &str = "text/xml; charset=utf-8";
const HTML: &str = "text/html; charset=utf-8";

/// `Id` of signed answers.
const ELEMENT_ID: &str = "signed-data-container";

/// An element the contract does not know, in its canonical form.
const UNKNOWN: &str =
    "<sandbox:Unknown xmlns:sandbox=\"urn:gis-gkh:sandbox\"><sandbox:Inner>?</sandbox:Inner></sandbox:Unknown>";

/// The moment as the system writes it: Moscow time, milliseconds.
pub(crate) fn moment(now: OffsetDateTime) -> DateTime {
    let now = now.to_offset(MOSCOW);
    DateTime::new(now.replace_millisecond(now.millisecond()).unwrap_or(now))
}

fn xml(status: u16, body: String) -> Response {
    Response::new(status, XML, body.into_bytes())
}

/// An HTML page, as from the server in front of the system.
pub(crate) fn html(status: u16, title: &str) -> Response {
    let page = format!("<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>\n");
    Response::new(status, HTML, page.into_bytes())
}

/// A SOAP fault.
pub(crate) fn fault(refusal: &Refusal) -> Response {
    let mut detail = base::Fault::new(refusal.code.to_owned());
    detail.error_message = Some(refusal.text.clone());
    let detail = detail.to_xml(NAMESPACES, &Versions::new());
    let mut text = String::new();
    escape_text(&format!("{}: {}", refusal.code, refusal.text), &mut text);
    xml(
        500,
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<env:Envelope xmlns:env=\"http://schemas.xmlsoap.org/soap/envelope/\"><env:Body><env:Fault><faultcode>env:Server</faultcode><faultstring>{text}</faultstring><detail>{detail}</detail></env:Fault></env:Body></env:Envelope>"
        ),
    )
}

/// The receipt for a message.
pub(crate) fn receipt(guid: Guid, ack: Guid, now: OffsetDateTime) -> Response {
    body(guid, &AckRequest::new(Receipt::new(ack, guid)), now)
}

/// An unsigned answer to the message with this MessageGUID.
pub(crate) fn body<B: Element>(guid: Guid, body: &B, now: OffsetDateTime) -> Response {
    xml(200, envelope::write(&ResultHeader::new(moment(now), guid), body, &Versions::new()).text)
}

/// What became of an object of an import: its identifier in the system, or why it was refused.
pub(crate) fn object(transport: Guid, done: Result<Guid, Refusal>, at: OffsetDateTime) -> CommonResult {
    match done {
        Ok(guid) => {
            let done = common_result::Outcome::Done(common_result::Done::new(moment(at)));
            CommonResult { guid: Some(guid), ..CommonResult::new(transport, done) }
        }
        Err(refusal) => CommonResult::new(transport, common_result::Outcome::Error(vec![refusal.message()])),
    }
}

/// How to answer a request for the state of a message.
pub(crate) struct State {
    /// The service asked.
    pub(crate) service: &'static str,
    /// The MessageGUID the sender gave the message. Its receipt and its result carry it, not that of the question.
    pub(crate) guid: Guid,
    /// The system's identifier of the message.
    pub(crate) ack: Guid,
    pub(crate) progress: AsyncRequestState,
    /// What came of it, once processed.
    pub(crate) outcome: Option<Outcome>,
    /// A fault puts unknown elements in.
    pub(crate) unknown: bool,
    pub(crate) now: OffsetDateTime,
    /// What makes the signature's `Id`s its own.
    pub(crate) signature: Guid,
    /// What is wrong with the signature.
    pub(crate) forgery: Option<Forgery>,
}

/// Who signs answers, honestly and otherwise.
#[derive(Clone, Copy)]
pub(crate) struct Signers<'a> {
    pub(crate) signer: &'a dyn Signer,
    pub(crate) keys: Option<&'a AnswerKeys>,
}

impl State {
    /// The signed `getStateResult`.
    pub(crate) fn answer(mut self, signer: Signers<'_>) -> Response {
        let id = Some(ELEMENT_ID.to_owned());
        let needs_keys = [Forgery::WrongSigner, Forgery::ExpiredSigner, Forgery::OtherCertificate];
        match self.forgery {
            Some(Forgery::OtherMessage) => self.ack = self.signature,
            Some(forgery) if needs_keys.contains(&forgery) && signer.keys.is_none() => {
                let why = format!("Песочнице не дали ключей для подделки {forgery}");
                return fault(&Refusal::new(crate::refusal::INTERNAL, why));
            }
            _ => {}
        }
        let (progress, outcome) = (self.progress.clone(), self.outcome.take());
        match self.service {
            "nsi-common" => {
                let mut result = nsi_common::GetStateResult::new(progress, self.ack);
                result.id = id;
                if let Some(Outcome::Nsi(outcome)) = outcome {
                    result.outcome = outcome;
                }
                self.signed(&result, signer)
            }
            "organizations-registry-common" => {
                let mut result = organizations::GetStateResult::new(progress, self.ack);
                result.id = id;
                if let Some(Outcome::Organisations(outcome)) = outcome {
                    result.outcome = outcome;
                }
                self.signed(&result, signer)
            }
            "device-metering" => {
                let mut result = device_metering::GetStateResult::new(progress, self.ack);
                result.id = id;
                if let Some(Outcome::Readings(outcome)) = outcome {
                    result.outcome = outcome;
                }
                self.signed(&result, signer)
            }
            "appeals" => {
                let mut result = appeals::GetStateResult::new(progress, self.ack);
                result.id = id;
                if let Some(Outcome::Appeals(outcome)) = outcome {
                    result.outcome = outcome;
                }
                self.signed(&result, signer)
            }
            _ => {
                let mut result = bills::GetStateResult::new(progress, self.ack);
                result.id = id;
                if let Some(Outcome::Bills(outcome)) = outcome {
                    result.outcome = outcome;
                }
                self.signed(&result, signer)
            }
        }
    }

    fn signed<B: Element>(&self, result: &B, signers: Signers<'_>) -> Response {
        let header = ResultHeader::new(moment(self.now), self.guid);
        let mut envelope = envelope::write(&header, result, &Versions::new());
        if self.unknown {
            // Inner first, so that the outer place does not move under it.
            let inner = envelope.text[envelope.slot..].find("<base:TransportGUID>").map(|at| envelope.slot + at);
            for at in inner.into_iter().chain([envelope.slot]) {
                envelope.text.insert_str(at, UNKNOWN);
                envelope.element.end += UNKNOWN.len();
            }
        }
        if self.forgery == Some(Forgery::Unsigned) {
            return xml(200, envelope.text);
        }
        let unsigned = Unsigned {
            bytes: envelope.text.as_bytes(),
            element: envelope.element,
            slot: envelope.slot,
            id: ELEMENT_ID,
            canonical: true,
        };
        let (id, mut time) = (self.signature.to_string(), self.now.to_offset(MOSCOW));
        let Signers { mut signer, keys } = signers;
        match self.forgery {
            Some(Forgery::WrongSigner) => signer = keys.map_or(signer, |keys| &*keys.stranger),
            Some(Forgery::ExpiredSigner) => signer = keys.map_or(signer, |keys| &*keys.expired),
            Some(Forgery::FromTheFuture) => time += time::Duration::DAY,
            _ => {}
        }
        let signing = Signing { profile: ByteProfile::Exclusive, time, id: &id };
        match xades::sign(&unsigned, signer, &signing, &Limits::MESSAGE) {
            Ok(bytes) => {
                let text = forgery::in_lines(String::from_utf8_lossy(&bytes).into_owned());
                let text = text.replacen("<ds:KeyInfo>", &format!("<ds:KeyInfo Id=\"xmldsig-{id}-keyinfo\">"), 1);
                xml(
                    200,
                    match self.forgery {
                        Some(forgery) => forgery::spoil(forgery, text, keys.map(|keys| &*keys.stranger)),
                        None => text,
                    },
                )
            }
            Err(error) => {
                let why = format!("Песочница не смогла подписать ответ: {error}");
                fault(&Refusal::new(crate::refusal::INTERNAL, why))
            }
        }
    }
}
