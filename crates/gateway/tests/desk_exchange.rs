//! What the desk makes of each answer of the system, against a transport that answers as told.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may end where it stands; clippy knows only functions marked as tests"
)]

mod desk;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use desk::{Counting, Standing, month, settings, today};
use gis_gkh::contract::NAMESPACES;
use gis_gkh::contract::base::AsyncRequestState;
use gis_gkh::contract::bills::get_state_result::Outcome as StateOutcome;
use gis_gkh::contract::bills::payment_document_result::Outcome as DocumentOutcome;
use gis_gkh::contract::bills::{
    ExportedPaymentDocument, ExportedPaymentInformation, GetStateResult, PaymentDocumentResult,
};
use gis_gkh::transport::{Boxed, Post, Reply, Transport, TransportError, TransportReason};
use gis_gkh::{AnswerCheck, AnswerPolicy, Element};
use gis_gkh_delivery::{
    Exchange, Failure, Fixer, Looked, MessageId, ObjectId, ObjectRow, Outcome, Polled, RetryClass, Submitted,
    Timestamp, Work,
};
use gis_gkh_gateway::desk::Desks;
use gis_gkh_gateway::desk::billing::{KIND, OPERATION, key};
use gis_gkh_gateway::money::Kopecks;
use gis_gkh_gateway::opening;
use gis_gkh_gateway::records::Bill;
use gis_gkh_sign::trust::Trust;
use gis_gkh_xml::Versions;
use time::Duration;

type Told = Result<Reply, TransportReason>;

/// Answers in turn, and keeps what it was sent.
#[derive(Default)]
struct Scripted {
    answers: Mutex<VecDeque<Told>>,
    sent: Mutex<Vec<String>>,
}

impl Transport for Scripted {
    fn post<'a>(&'a self, post: Post<'a>) -> Boxed<'a, Result<Reply, TransportError>> {
        Box::pin(async move {
            let not_sent = |reason| TransportError { left: false, reason };
            if !(post.may_leave)() {
                return Err(not_sent(TransportReason::TooLate));
            }
            self.sent.lock().unwrap().push(String::from_utf8(post.body.to_vec()).unwrap());
            let told = self.answers.lock().unwrap().pop_front().expect("an answer for every request");
            told.map_err(|reason| TransportError { left: matches!(reason, TransportReason::Broken(_)), reason })
        })
    }
}

const MESSAGE: &str = "aaaaaaaa-0000-4000-8000-000000000001";
const ACK: &str = "bbbbbbbb-0000-4000-8000-000000000001";

/// A desk, its transport, its clock.
struct Stage {
    desk: Desks,
    transport: Arc<Scripted>,
    clock: Arc<Standing>,
}

impl Stage {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let identity = opening::identity(&settings(directory.path(), "127.0.0.1:9", ""), today()).unwrap();
        let (transport, clock) = (Arc::new(Scripted::default()), Arc::new(Standing::default()));
        let desk = Desks::new(identity, transport.clone(), clock.clone(), Counting::new());
        Self { desk, transport, clock }
    }

    fn told(&self, told: Told) -> &Self {
        self.transport.answers.lock().unwrap().push_back(told);
        self
    }

    async fn submit(&self, told: Told) -> Submitted {
        self.told(told).desk.submit(&work(), b"<signed/>").await
    }

    async fn poll(&self, told: Told) -> Polled {
        self.told(told).desk.poll(&work(), ACK).await
    }

    async fn read(&self, told: Told) -> Looked {
        self.told(told).desk.read(&work(), &objects(), ACK).await
    }
}

fn work() -> Work {
    Work {
        message: MessageId(1),
        organisation: "o".into(),
        stand: "sandbox".into(),
        kind: KIND.into(),
        operation: OPERATION.into(),
        message_guid: MESSAGE.into(),
        window: None,
        deadline: Timestamp((today().unix_timestamp() + 60) * 1000),
    }
}

fn transport_guid(number: i64) -> String {
    format!("cccccccc-0000-4000-8000-{number:012}")
}

fn bills() -> Vec<Bill> {
    month(2).bills
}

fn objects() -> Vec<ObjectRow> {
    (1..)
        .zip(bills())
        .map(|(number, bill)| ObjectRow {
            forerunner: None,
            id: ObjectId(number),
            row: 2,
            reference: bill.reference.clone(),
            key: key(&bill),
            period: bill.period.to_string(),
            transport_guid: transport_guid(number),
            payload: serde_json::to_vec(&bill).unwrap(),
        })
        .collect()
}

fn reply(status: u16, body: impl Into<String>) -> Told {
    Ok(Reply { status, body: body.into().into_bytes(), ..Reply::default() })
}

fn soap(body: &str) -> String {
    format!(
        "<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\" \
         xmlns:b=\"http://dom.gosuslugi.ru/schema/integration/base/\" \
         xmlns:p=\"http://dom.gosuslugi.ru/schema/integration/bills/\"><e:Body>{body}</e:Body></e:Envelope>"
    )
}

fn receipt(of: &str) -> Told {
    let ack = format!("<b:MessageGUID>{ACK}</b:MessageGUID><b:RequesterMessageGUID>{of}</b:RequesterMessageGUID>");
    reply(200, soap(&format!("<b:AckRequest><b:Ack>{ack}</b:Ack></b:AckRequest>")))
}

fn fault(code: &str) -> Told {
    let text = format!("<faultcode>e:Server</faultcode><faultstring>{code}: текст</faultstring>");
    reply(500, soap(&format!("<e:Fault>{text}</e:Fault>")))
}

fn state(number: u8, outcome: &str) -> Told {
    let state = format!("<b:RequestState>{number}</b:RequestState><b:MessageGUID>{ACK}</b:MessageGUID>");
    reply(200, soap(&format!("<p:getStateResult>{state}{outcome}</p:getStateResult>")))
}

fn error(code: &str) -> String {
    format!("<b:ErrorCode>{code}</b:ErrorCode><b:Description>пояснение</b:Description>")
}

fn refused_whole(code: &str) -> Told {
    state(3, &format!("<b:ErrorMessage>{}</b:ErrorMessage>", error(code)))
}

/// The kind of what came of sending, with code, class and fixer of its failure.
fn told(submitted: Submitted) -> (&'static str, Option<String>, Option<RetryClass>, Option<Fixer>) {
    let parts = |name, failure: Failure| (name, failure.code, Some(failure.class), Some(failure.fixer));
    match submitted {
        Submitted::Accepted { ack, .. } => ("accepted", Some(ack), None, None),
        Submitted::NotSent { failure } => parts("not sent", failure),
        Submitted::MaybeSent { failure, .. } => parts("maybe sent", failure),
        Submitted::Rejected { failure, .. } => parts("rejected", failure),
    }
}

#[tokio::test]
async fn every_end_of_sending_says_whether_the_bytes_may_have_left() {
    use RetryClass as C;
    let connect = TransportReason::Connect { to: "127.0.0.1:9".into(), why: "refused".into() };
    let table = [
        (receipt(MESSAGE), "accepted", Some(ACK), None, None),
        (receipt(ACK), "maybe sent", None, Some(C::Retry), Some(Fixer::System)),
        (fault("EXP001000"), "rejected", Some("EXP001000"), Some(C::RetryRebuilt), Some(Fixer::System)),
        (fault("AUT011005"), "rejected", Some("AUT011005"), Some(C::CallerFix), Some(Fixer::Gateway)),
        (fault("FMT001300"), "rejected", Some("FMT001300"), Some(C::Permanent), Some(Fixer::Gateway)),
        (fault("INT002029"), "rejected", Some("INT002029"), Some(C::Maintenance), Some(Fixer::System)),
        (reply(503, "<html/>"), "rejected", Some("HTTP503"), Some(C::Retry), Some(Fixer::System)),
        (reply(502, "<html/>"), "maybe sent", Some("HTTP502"), Some(C::Retry), Some(Fixer::System)),
        (reply(200, "<html><title>x</title></html>"), "maybe sent", None, Some(C::Retry), Some(Fixer::System)),
        (reply(200, ""), "maybe sent", None, Some(C::Retry), Some(Fixer::System)),
        (Err(connect), "not sent", None, Some(C::Retry), Some(Fixer::Operator)),
        (Err(TransportReason::Broken("cut".into())), "maybe sent", None, Some(C::Retry), Some(Fixer::System)),
    ];
    for (answer, name, code, class, fixer) in table {
        let shown = format!("{answer:?}");
        let told = told(Stage::new().submit(answer).await);
        assert_eq!(told, (name, code.map(str::to_owned), class, fixer), "{shown}");
    }
}

#[tokio::test]
async fn nothing_leaves_after_the_deadline() {
    let stage = Stage::new();
    stage.clock.advance(Duration::seconds(60));
    let (name, ..) = told(stage.desk.submit(&work(), b"<signed/>").await);
    assert_eq!((name, stage.transport.sent.lock().unwrap().len()), ("not sent", 0));
}

#[tokio::test]
async fn the_state_of_a_message_is_read_for_what_it_proves() {
    let stage = Stage::new();
    for number in [1, 2] {
        assert_eq!(stage.poll(state(number, "")).await, Polled::Pending);
    }
    assert!(stage.transport.sent.lock().unwrap()[0].contains(ACK));
    for answer in [fault("INT002013"), refused_whole("INT002013")] {
        assert!(matches!(stage.poll(answer).await, Polled::Forgotten { .. }));
    }
    for answer in [fault("EXP001000"), fault("AUT011000"), reply(503, ""), reply(200, "<html/>")] {
        assert!(matches!(stage.poll(answer).await, Polled::Failed { .. }), "asking failed, not the request");
    }
    let Polled::Rejected { failure, raw } = stage.poll(refused_whole("EXP001000")).await else {
        panic!("refused whole")
    };
    assert_eq!((failure.class, failure.text.as_str()), (RetryClass::RetryRebuilt, "пояснение"));
    assert!(!raw.is_empty());
    let Polled::Done { outcomes, .. } = stage.poll(state(3, "")).await else { panic!("processed") };
    assert_eq!(outcomes, [], "not a word about anyone: everyone is looked up");
}

#[tokio::test]
async fn each_document_has_its_own_outcome() {
    let done = format!(
        "<b:CommonResult><b:GUID>{ACK}</b:GUID><b:TransportGUID>{}</b:TransportGUID>\
         <b:UniqueNumber>00АА000001-01-6101</b:UniqueNumber><b:UpdateDate>2026-11-02T12:00:00</b:UpdateDate></b:CommonResult>",
        transport_guid(1)
    );
    let errors = format!("<b:Error>{}</b:Error><b:Error>{}</b:Error>", error("EXP002001"), error("INT008165"));
    let refused =
        format!("<b:CommonResult><b:TransportGUID>{}</b:TransportGUID>{errors}</b:CommonResult>", transport_guid(2));
    let both = [done, refused].map(|result| result.replace("b:CommonResult", "p:ImportResult")).concat();
    let Polled::Done { outcomes, .. } = Stage::new().poll(state(3, &both)).await else { panic!("processed") };
    let [(first, Outcome::Accepted(ids)), (second, Outcome::Refused(failure))] = &outcomes[..] else {
        panic!("{outcomes:?}")
    };
    assert_eq!((first, second), (&transport_guid(1), &transport_guid(2)));
    assert_eq!((ids["payment_document_id"].as_str(), ids["guid"].as_str()), ("00АА000001-01-6101", ACK));
    // A passing trouble beside a lasting one: trying again would not help.
    assert_eq!((failure.code.as_deref(), failure.class), (Some("INT008165"), RetryClass::Permanent));
}

#[tokio::test]
async fn of_several_reasons_the_one_that_may_mean_it_is_there_decides() {
    // The sandbox's own code for a repeated number; no real one is known.
    let table = [
        (["INT008165", "SBX000001"], "SBX000001", RetryClass::AlreadyExists),
        (["EXP002001", "INT008165"], "INT008165", RetryClass::Permanent),
        (["EXP002001", "EXP001000"], "EXP002001", RetryClass::Retry),
    ];
    for (codes, code, class) in table {
        let errors = codes.map(|code| format!("<b:Error>{}</b:Error>", error(code))).concat();
        let guid = transport_guid(1);
        let result = format!("<p:ImportResult><b:TransportGUID>{guid}</b:TransportGUID>{errors}</p:ImportResult>");
        let Polled::Done { outcomes, .. } = Stage::new().poll(state(3, &result)).await else { panic!("processed") };
        let [(_, Outcome::Refused(failure))] = &outcomes[..] else { panic!("{outcomes:?}") };
        assert_eq!((failure.code.as_deref(), failure.class), (Some(code), class), "{codes:?}");
    }
}

#[tokio::test]
async fn a_lookup_finds_ours_proves_absence_or_proves_nothing() {
    let stage = Stage::new();
    let class = |looked: Looked| match looked {
        Looked::Failed { failure, .. } => failure.class,
        other => panic!("{other:?}"),
    };
    assert_eq!(stage.read(state(2, "")).await, Looked::Pending);
    assert_eq!(class(stage.read(refused_whole("INT002012")).await), RetryClass::Empty);
    assert_eq!(class(stage.read(refused_whole("INT002013")).await), RetryClass::Retry, "asked anew");
    assert_eq!(class(stage.read(fault("INT002013")).await), RetryClass::Retry, "asked anew");
    assert_eq!(class(stage.read(refused_whole("AUT011000")).await), RetryClass::CallerFix);
    assert_eq!(class(stage.read(state(3, "")).await), RetryClass::Retry, "silence proves nothing");
    let bill = &bills()[0];
    let roubles = |amount: Kopecks| Some(gis_gkh::Decimal::from_kopecks(amount.get()));
    let document = ExportedPaymentDocument {
        payment_document_number: Some(bill.number.clone()),
        total_payable_by_pd: roubles(bill.total_period),
        ..ExportedPaymentDocument::new(
            bill.account.guid.into(),
            "00АА000001-01-6101",
            vec![ExportedPaymentInformation::new()],
        )
    };
    let result = GetStateResult {
        outcome: Some(StateOutcome::PaymentDocuments(vec![PaymentDocumentResult::new(
            DocumentOutcome::PaymentDocument(document),
        )])),
        ..GetStateResult::new(AsyncRequestState::Processed, ACK.parse().unwrap())
    };
    let answer = soap(&result.to_xml(NAMESPACES, &Versions::new()));
    let looked = stage.read(reply(200, answer)).await;
    let Looked::Found { found, .. } = looked else { panic!("{looked:?}") };
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].0, found[0].1["payment_document_id"].as_str()), (ObjectId(1), "00АА000001-01-6101"));
}

/// Where signatures are required, what is not signed decides nothing: no result, no refusal, and above all no absence.
#[tokio::test]
async fn without_a_signature_nothing_is_settled_where_one_is_required() {
    let stage = Stage::new();
    let check = AnswerCheck::new(AnswerPolicy::Require, Trust::default());
    let stage = Stage { desk: stage.desk.checking(check), ..stage };
    assert_eq!(stage.poll(state(2, "")).await, Polled::Pending, "decides nothing");
    for answer in [state(3, ""), refused_whole("EXP001000"), refused_whole("INT002013")] {
        let polled = stage.poll(answer).await;
        let Polled::Unproven { failure, raw } = polled else { panic!("{polled:?}") };
        assert_eq!((failure.code.as_deref(), failure.class), (Some("desk.answer_unsigned"), RetryClass::Retry));
        assert_eq!(failure.fixer, Fixer::Operator);
        assert!(!raw.is_empty(), "the bytes are kept");
    }
    // The system's faults are never signed. One that forgets the message sets a lookup off, which is signed again.
    assert!(matches!(stage.poll(fault("INT002013")).await, Polled::Forgotten { .. }));
    assert!(matches!(stage.poll(fault("INT002012")).await, Polled::Failed { .. }));
    for answer in [refused_whole("INT002012"), fault("INT002012"), state(3, "")] {
        let looked = stage.read(answer).await;
        let Looked::Failed { failure, .. } = looked else { panic!("{looked:?}") };
        assert_eq!(failure.class, RetryClass::Retry, "absence is not proven: {failure}");
    }
    let question = stage.desk.question(&work(), &objects()).await.unwrap().bytes;
    let asked = stage.told(fault("INT002012")).desk.ask(&work(), &question).await;
    let Submitted::Rejected { failure, .. } = asked else { panic!("{asked:?}") };
    assert_eq!(failure.class, RetryClass::Retry);
    let believed = Stage::new();
    assert!(
        matches!(believed.read(fault("INT002012")).await, Looked::Failed { failure, .. } if failure.class == RetryClass::Empty)
    );
}

#[tokio::test]
async fn a_question_names_the_accounts_of_the_month_and_is_signed() {
    let stage = Stage::new();
    let question = stage.desk.question(&work(), &objects()).await.unwrap().bytes;
    assert!(stage.transport.sent.lock().unwrap().is_empty(), "building sends nothing");
    // The receipt must name the question's own id, which the desk draws.
    let first = stage.told(receipt(MESSAGE)).desk.ask(&work(), &question).await;
    assert!(matches!(first, Submitted::MaybeSent { .. }), "a receipt for another message");
    let message = stage.transport.sent.lock().unwrap()[0].clone();
    assert_eq!(message.as_bytes(), question, "the bytes that were archived are those that leave");
    for bill in bills() {
        assert!(message.contains(&bill.account.guid.to_string()));
    }
    assert!(message.contains("exportPaymentDocumentRequest") && message.contains("SignatureValue"));
    assert!(!message.contains(MESSAGE), "the question is not the message");
}

#[tokio::test]
async fn a_request_is_built_under_the_ids_of_the_store() {
    let stage = Stage::new();
    let built = stage.desk.prepare(&work(), &objects()).await.unwrap();
    let text = String::from_utf8(built.bytes).unwrap();
    for id in [MESSAGE, &transport_guid(1), &transport_guid(2)] {
        assert!(text.contains(id), "{id}");
    }
    assert!(stage.transport.sent.lock().unwrap().is_empty());
}

#[tokio::test]
async fn what_cannot_be_built_waits_for_the_key_or_is_refused_without_repeating_the_bill() {
    let stage = Stage::new();
    let mut damaged = objects();
    damaged[0].payload = br#"{"ref":"Obrazcov"}"#.to_vec();
    let failure = stage.desk.prepare(&work(), &damaged).await.unwrap_err();
    assert_eq!((failure.code.as_deref(), failure.class), (Some("desk.payload"), RetryClass::Permanent));
    assert!(!failure.to_string().contains("Obrazcov"));
    stage.clock.advance(Duration::days(365 * 100));
    let failure = stage.desk.prepare(&work(), &objects()).await.unwrap_err();
    assert_eq!((failure.code.as_deref(), failure.class), (Some("desk.key"), RetryClass::Retry));
    assert_eq!(failure.fixer, Fixer::Operator);
}
