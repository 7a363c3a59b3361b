//! The typed client over a scripted transport: what each answer means, and whether the request may have left.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may fail as loudly as the tests themselves")]

mod support;

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use gis_gkh::clock::Clock;
use gis_gkh::codes::Class;
use gis_gkh::contract::base::{
    CommonResult, ErrorMessage, GetRequestsStateRequest, GetStateRequest, RequestHeader, common_result,
};
use gis_gkh::contract::bills::ExportPaymentDocumentRequest;
use gis_gkh::contract::bills::get_state_result::Outcome;
use gis_gkh::envelope::read_request;
use gis_gkh::transport::{Boxed, Post, Reply, Transport, TransportError, TransportReason};
use gis_gkh::{CallError, Client, ComposeError, Guid, Level, Progress, Receipt, SystemError, body, receipt};
use gis_gkh_sign::gost::{Entropy, EntropyError};
use gis_gkh_xml::Limits;
use support::{NOW, export, guid, identity};
use time::OffsetDateTime;

struct Standing;

impl Clock for Standing {
    fn now(&self) -> OffsetDateTime {
        NOW
    }
}

/// Counts, so that every MessageGUID is known.
struct Counting(AtomicU8);

impl Entropy for Counting {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        bytes.fill(self.0.fetch_add(1, Ordering::Relaxed));
        Ok(())
    }
}

struct Dry;

impl Entropy for Dry {
    fn fill(&self, _: &mut [u8]) -> Result<(), EntropyError> {
        Err(EntropyError::new("dry"))
    }
}

/// MessageGUIDs of [`Counting`], in order.
const FIRST: &str = "01010101-0101-4101-8101-010101010101";
const SECOND: &str = "02020202-0202-4202-8202-020202020202";

/// Answers in order, and remembers what was posted.
#[derive(Default)]
struct Script {
    answers: Mutex<Vec<Result<Reply, TransportError>>>,
    posted: Mutex<Vec<(String, String, Vec<u8>)>>,
}

impl Transport for Script {
    fn post<'a>(&'a self, post: Post<'a>) -> Boxed<'a, Result<Reply, TransportError>> {
        assert!((post.may_leave)());
        self.posted.lock().unwrap().push((post.path.to_owned(), post.action.to_owned(), post.body.to_vec()));
        let answer = self.answers.lock().unwrap().remove(0);
        Box::pin(async { answer })
    }
}

fn client(answers: impl IntoIterator<Item = Result<Reply, TransportError>>) -> (Client, Arc<Script>) {
    let script = Arc::new(Script { answers: Mutex::new(answers.into_iter().collect()), ..Script::default() });
    let entropy = Arc::new(Counting(AtomicU8::new(1)));
    (Client::new(identity("org-256"), script.clone(), Arc::new(Standing), entropy), script)
}

const BASE: &str = "http://dom.gosuslugi.ru/schema/integration/base/";

fn soap(body: &str) -> String {
    format!(
        "<?xml version='1.0'?><e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/' xmlns:b='{BASE}' \
         xmlns:bills='http://dom.gosuslugi.ru/schema/integration/bills/'><e:Header><b:ResultHeader/></e:Header>\
         <e:Body>{body}</e:Body></e:Envelope>"
    )
}

fn ack(requester: &str) -> String {
    soap(&format!(
        "<b:AckRequest><b:Ack><b:MessageGUID>{}</b:MessageGUID><b:RequesterMessageGUID>{requester}</b:RequesterMessageGUID>\
         </b:Ack></b:AckRequest>",
        guid(9)
    ))
}

fn state(of: Guid, rest: &str) -> String {
    let namespaced = "<bills:getStateResult Id='x' b:version='10.0.1.1'><b:RequestState>";
    soap(&format!("{namespaced}3</b:RequestState><b:MessageGUID>{of}</b:MessageGUID>{rest}</bills:getStateResult>"))
}

fn fault(code: &str, text: &str) -> String {
    soap(&format!(
        "<e:Fault><faultcode>e:Server</faultcode><faultstring>{code}: {text}</faultstring><detail><b:Fault>\
         <b:ErrorCode>{code}</b:ErrorCode><b:ErrorMessage>{text}</b:ErrorMessage></b:Fault></detail></e:Fault>"
    ))
}

fn reply(status: u16, body: impl Into<Vec<u8>>) -> Reply {
    Reply { status, body: body.into(), ..Reply::default() }
}

fn first() -> Guid {
    FIRST.parse().unwrap()
}

#[tokio::test]
async fn a_submission_its_receipt_and_its_result() {
    let error =
        "<b:ErrorMessage><b:ErrorCode>INT002012</b:ErrorCode><b:Description>нет</b:Description></b:ErrorMessage>";
    let (client, script) = client([Ok(reply(200, ack(FIRST))), Ok(reply(200, state(guid(9), error)))]);
    let receipt = client.bills().export_payment_document_data(export()).await.unwrap();
    assert_eq!((receipt.ack, receipt.guid, receipt.raw), (guid(9), first(), ack(FIRST).into_bytes()));
    let answer = client.bills().get_state(receipt.ack).await.unwrap();
    assert!(matches!(answer.body.outcome, Some(Outcome::ErrorMessage(_))));
    let error = answer.error().unwrap();
    assert_eq!((error.level, error.code.as_deref()), (Level::Request, Some("INT002012")));
    assert_eq!((error.class(), error.text.as_str()), (Class::Empty, "нет"));

    let posted = script.posted.lock().unwrap();
    let places: Vec<_> = posted.iter().map(|(path, action, _)| (path.as_str(), action.as_str())).collect();
    let service = "/ext-bus-bills-service/services/BillsAsync";
    assert_eq!(places, [(service, "urn:exportPaymentDocumentData"), (service, "urn:getState")]);
    let (header, question) = read_request::<RequestHeader, GetStateRequest>(&posted[1].2, Limits::MESSAGE).unwrap();
    assert_eq!(header.message_guid, SECOND.parse().unwrap(), "each message has its own");
    assert_eq!(question.message_guid, guid(9), "the system's identifier is asked with");
}

#[tokio::test]
async fn a_result_is_that_of_its_operation() {
    let document = "<bills:exportPaymentDocResult><b:ErrorMessage><b:ErrorCode>INT002012</b:ErrorCode>\
                    <b:Description>no</b:Description></b:ErrorMessage></bills:exportPaymentDocResult>";
    let refusal =
        "<b:ErrorMessage><b:ErrorCode>AUT011003</b:ErrorCode><b:Description>no</b:Description></b:ErrorMessage>";
    let waiting = state(guid(9), "").replace("<b:RequestState>3", "<b:RequestState>2");
    let answers = [waiting, state(guid(9), refusal), state(guid(9), document), state(guid(9), "")];
    let (client, script) = client(answers.map(|answer| Ok(reply(200, answer))));
    let receipt = Receipt { ack: guid(9), guid: first(), raw: Vec::new() };

    let next = async || client.result::<ExportPaymentDocumentRequest>(&receipt).await.unwrap();
    assert_eq!(next().await, Progress::Waiting);
    let Progress::Refused(error) = next().await else { panic!("a refusal") };
    assert_eq!(error.code.as_deref(), Some("AUT011003"));
    let Progress::Done(documents) = next().await else { panic!("a result") };
    assert_eq!(documents.len(), 1);
    assert_eq!(next().await, Progress::Nothing);
    assert!(script.posted.lock().unwrap().iter().all(|(_, action, _)| action == "urn:getState"));
}

#[tokio::test]
async fn what_the_contract_does_not_know_is_drift() {
    let strange = state(guid(9), "<b:New>x</b:New>");
    let (client, _) = client([Ok(reply(200, strange.clone()))]);
    let answer = client.bills().get_state(guid(9)).await.unwrap();
    let paths: Vec<_> = answer.drift.iter().map(|drift| drift.path.as_str()).collect();
    assert_eq!(paths, ["Envelope/Body/getStateResult/New"]);
    assert_eq!(answer.raw, strange.into_bytes());
    assert!(answer.body.outcome.is_none());
}

#[tokio::test]
async fn an_answer_about_another_message_is_no_answer() {
    let (client, _) = client([Ok(reply(200, ack(SECOND))), Ok(reply(200, state(guid(8), "")))]);
    for error in [
        client.bills().export_payment_document_data(export()).await.map(drop).unwrap_err(),
        client.bills().get_state(guid(9)).await.map(drop).unwrap_err(),
    ] {
        assert!(matches!(&error, CallError::MaybeSent { raw: Some(_), .. }), "{error}");
        assert!(error.to_string().contains("another message"), "{error}");
    }
}

#[tokio::test]
async fn the_transport_says_whether_the_request_may_have_left() {
    let connect = TransportReason::Connect { to: "127.0.0.1:1".into(), why: "refused".into() };
    let timeout = TransportReason::Timeout(Duration::from_secs(180));
    let (client, _) = client([
        Err(TransportError { left: false, reason: connect.clone() }),
        Err(TransportError { left: true, reason: timeout.clone() }),
    ]);
    let bills = client.bills();
    let error = bills.export_payment_document_data(export()).await.unwrap_err();
    assert!(matches!(&error, CallError::NotSent(error) if error.reason == connect), "{error}");
    assert!(!error.may_have_been_sent());
    assert_eq!(
        error.to_string(),
        "the request was not sent: no connection to 127.0.0.1:1: refused; check the address and that the tunnel or stand is running"
    );
    let error = bills.export_payment_document_data(export()).await.unwrap_err();
    assert!(error.may_have_been_sent());
    assert_eq!(
        error.to_string(),
        "the request may have reached the system: no whole answer within 180s; if it places data, look there before sending \
         it again"
    );
    let CallError::MaybeSent { cause, raw: None } = error else { panic!("{error}") };
    assert_eq!(cause.downcast_ref(), Some(&timeout));
}

#[tokio::test]
async fn what_is_not_built_is_not_sent() {
    let (client, script) = client([]);
    let nothing = client.bills().get_requests_state(GetRequestsStateRequest::new(Vec::new())).await.unwrap_err();
    assert!(matches!(nothing, CallError::NotBuilt(ComposeError::Invalid(_))), "{nothing}");
    let dry = Client::new(identity("org-256"), script.clone(), Arc::new(Standing), Arc::new(Dry));
    let dry = dry.bills().export_payment_document_data(export()).await.unwrap_err();
    assert!(matches!(dry, CallError::NotBuilt(ComposeError::Entropy(_))), "{dry}");
    for error in [nothing, dry] {
        assert!(!error.may_have_been_sent() && error.to_string().starts_with("the request was not sent: "), "{error}");
    }
    assert!(script.posted.lock().unwrap().is_empty());
}

#[derive(Debug, PartialEq)]
enum Fate {
    Taken,
    Refused(Option<String>),
    Maybe,
}

/// What becomes of a submission by what came back.
fn fate(status: u16, body: impl Into<Vec<u8>>) -> Fate {
    let body = body.into();
    match receipt(first(), reply(status, body.clone())) {
        Ok(receipt) => {
            assert_eq!(receipt.raw, body);
            Fate::Taken
        }
        Err(CallError::Refused { error, raw }) => {
            assert_eq!(raw, body, "the answer's bytes are kept");
            Fate::Refused(error.code)
        }
        Err(CallError::MaybeSent { raw, .. }) => {
            assert_eq!(raw, Some(body), "the answer's bytes are kept");
            Fate::Maybe
        }
        Err(other) => panic!("{other}"),
    }
}

fn refused(code: &str) -> Fate {
    Fate::Refused(Some(code.to_owned()))
}

#[test]
fn a_fault_is_a_refusal_and_nothing_else_says_so_much() {
    for status in [200, 400, 500, 503] {
        assert_eq!(fate(status, fault("EXP001000", "x")), refused("EXP001000"), "{status}");
    }
    for status in [201, 302, 408, 502, 504] {
        assert_eq!(fate(status, fault("EXP001000", "x")), Fate::Maybe, "{status}");
    }
    assert_eq!(
        fate(500, soap("<e:Fault><faultstring>Unknown fault occured</faultstring></e:Fault>")),
        Fate::Refused(None)
    );
    // Half a fault may be the half that says nothing.
    let half = fault("EXP001000", "x");
    assert_eq!(fate(500, &half.as_bytes()[..half.len() - 20]), Fate::Maybe);
    // A fault deeper in an answer says nothing about the request.
    assert_eq!(fate(200, soap("<x><e:Fault><faultstring>EXP001000: x</faultstring></e:Fault></x>")), Fate::Maybe);
}

#[test]
fn statuses_without_a_fault() {
    let page = "<html><head><title>Ошибка</title></head></html>";
    for status in [400, 401, 403, 404, 405, 413, 415, 429, 503] {
        assert_eq!(fate(status, page), refused(&format!("HTTP{status}")));
        assert_eq!(fate(status, ""), refused(&format!("HTTP{status}")));
    }
    for status in [101, 201, 202, 204, 301, 302, 303, 307, 308, 402, 408, 409, 499, 500, 501, 502, 504, 520, 999] {
        assert_eq!(fate(status, page), Fate::Maybe, "{status}");
        assert_eq!(fate(status, ""), Fate::Maybe, "{status}");
    }
    // A receipt under an error: one of them is wrong, and nobody knows which.
    for status in [202, 400, 500, 502, 503] {
        assert_eq!(fate(status, ack(FIRST)), Fate::Maybe, "{status}");
    }
}

#[test]
fn success_without_a_receipt_is_no_success() {
    assert_eq!(fate(200, ack(FIRST)), Fate::Taken);
    let whole = ack(FIRST);
    for end in 0..whole.len() {
        if whole.is_char_boundary(end) {
            assert_eq!(fate(200, &whole.as_bytes()[..end]), Fate::Maybe, "cut at {end}");
        }
    }
    let other = state(guid(9), "");
    for body in ["", "  \n", "ok", "<html><title>Вход</title></html>", "{}", "\u{0}", other.as_str()] {
        assert_eq!(fate(200, body), Fate::Maybe, "{body}");
    }
    assert_eq!(fate(200, b"\xff\xfe<\0a\0".as_slice()), Fate::Maybe);
    assert_eq!(fate(200, whole.replace("<b:Ack>", "<!DOCTYPE a><b:Ack>")), Fate::Maybe);
}

#[test]
fn texts_of_errors_say_what_came_and_what_to_do() {
    let text = |status, body: &str| receipt(first(), reply(status, body)).unwrap_err().to_string();
    assert_eq!(
        text(200, ""),
        "the request may have reached the system: status 200 came with an empty answer; if it places data, look there before \
         sending it again"
    );
    assert!(text(200, "<html><title>Вход</title>").contains("a web page instead of an answer (Вход)"));
    assert!(text(200, &ack(FIRST)[..200]).contains("not well-formed"), "{}", text(200, &ack(FIRST)[..200]));
    assert!(
        text(502, "").starts_with("the request may have reached the system: HTTP502: The system's front server"),
        "{}",
        text(502, "")
    );
    let refused = text(500, &fault("AUT011003", "Иванову Ивану нет доступа"));
    assert!(
        refused.starts_with("the system refused the request and will not act upon it: AUT011003: The organisation")
    );
    assert!(text(500, &fault("XYZ000001", "?")).contains("XYZ000001; the catalogue does not know it"));
}

#[test]
fn the_systems_words_are_not_shown() {
    let reply = reply(500, fault("AUT011003", "Иванову Ивану нет доступа"));
    let error = body::<gis_gkh::contract::base::AckRequest>(reply.clone()).unwrap_err();
    let shown = format!("{reply:?} {error:?} {error} {:?}", receipt(first(), self::reply(200, ack(FIRST))));
    assert!(!shown.contains("Иванов") && !shown.contains("[60, "), "{shown}");
    let CallError::Refused { error, .. } = error else { panic!("{error}") };
    assert_eq!(error.text, "Иванову Ивану нет доступа", "it is there for who asks");
}

#[test]
fn errors_of_one_object() {
    let error = |code: &str| {
        let mut error = ErrorMessage::new(code.to_owned(), "текст".to_owned());
        error.stack_trace = Some("ru.lanit.Secret".to_owned());
        error
    };
    let result =
        CommonResult::new(guid(5), common_result::Outcome::Error(vec![error("SRV008070"), error(" XYZ000001 ")]));
    let errors = SystemError::of_result(&result);
    let seen: Vec<_> = errors.iter().map(|error| (error.level, error.code.as_deref(), error.class())).collect();
    assert_eq!(
        seen,
        [(Level::Object, Some("SRV008070"), Class::AlreadyDone), (Level::Object, Some("XYZ000001"), Class::Permanent),]
    );
    assert!(errors.iter().all(|error| error.text == "текст"), "and nothing of the server's insides");
    assert_eq!(SystemError::request(&error("INT002029")).level, Level::Request);
    let done = gis_gkh_xml::DateTime::new(NOW);
    let done = CommonResult::new(guid(5), common_result::Outcome::Done(common_result::Done::new(done)));
    assert_eq!(SystemError::of_result(&done), []);
}
