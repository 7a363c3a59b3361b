//! What is refused before it is taken: format, signature, certificate, rights.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may fail as loudly as the tests themselves")]

mod support;

use gis_gkh::contract::base::{AckRequest, Principal, RequestHeader};
use gis_gkh::contract::nsi_common::ExportNsiListRequest;
use gis_gkh::contract::operations::{bills, nsi_common};
use gis_gkh::{Element, Fault, Identity};
use gis_gkh_sandbox::Access;
use support::*;
use time::macros::datetime;

/// The fault in an answer, which must be one of status 500.
fn fault(response: &gis_gkh_sandbox::Response) -> Fault {
    assert_eq!((response.status, response.content_type), (500, "text/xml; charset=utf-8"));
    match gis_gkh::envelope::read_answer::<AckRequest>(&response.body, gis_gkh_xml::Limits::MESSAGE) {
        Ok((gis_gkh::envelope::Answered::Fault(fault), _)) => fault,
        other => panic!("{other:?}"),
    }
}

fn fault_code(response: &gis_gkh_sandbox::Response) -> String {
    fault(response).code.unwrap()
}

/// A signed request with one place of it changed after signing.
fn changed(stand: &Stand, from: &str, to: &str) -> String {
    let message = stand.message(month(vec![document(1, "n-1")]));
    let text = String::from_utf8(message.bytes).unwrap();
    assert!(text.contains(from), "{from} is not in the request");
    let text = text.replace(from, to);
    fault_code(&stand.post(message.operation, text.as_bytes()))
}

#[test]
fn a_fault_looks_as_the_real_ones_do() {
    let stand = Stand::new();
    let response = stand.post(&bills::GET_STATE, b"<nothing/>");
    let text = String::from_utf8(response.body.clone()).unwrap();
    for part in [
        "<faultcode>env:Server</faultcode><faultstring>FMT001300: ",
        "<detail><base:Fault ",
        "<base:ErrorCode>FMT001300<",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert_eq!(fault(&response).code.as_deref(), Some("FMT001300"));
}

#[test]
fn the_format_is_read_strictly() {
    let stand = Stand::new();
    let cases = [
        ("an unknown element", "<bills:TotalPayable>", "<bills:TotalPayabel>"),
        ("a closing tag gone", "</soap:Body>", ""),
        ("no number", "<bills:Rate>24.00<", "<bills:Rate>24,00<"),
        ("digits beyond the facets", "<bills:Rate>24.00<", "<bills:Rate>24.0000001<"),
        ("a month there is not", "<base:Month>10<", "<base:Month>13<"),
        ("another version", "11.2.0.16", "11.2.0.15"),
        ("the version without its namespace", " base:version=", " version="),
        ("the header of the other kind", "base:RequestHeader", "base:ISRequestHeader"),
        ("text beside elements", "<bills:PaymentDocument>", "<bills:PaymentDocument>text"),
        ("a DOCTYPE", "<soap:Envelope", "<!DOCTYPE x []><soap:Envelope"),
    ];
    for (name, from, to) in cases {
        assert_eq!(changed(&stand, from, to), "FMT001300", "{name}");
    }
    let why = fault(&stand.post(&bills::IMPORT_PAYMENT_DOCUMENT_DATA, b"<x>")).text;
    assert!(why.starts_with("Запрос не соответствует схеме: "), "{why}");
    assert_eq!(stand.sandbox.effects().len(), 0);
}

#[test]
fn keys_of_a_request_must_be_its_own_and_lead_somewhere() {
    let stand = Stand::new();
    let (bank, foreign) = (guid("bank").to_string(), guid("no bank").to_string());
    let key = |guid: &str| format!("<bills:PaymentInformationKey>{guid}<");
    assert_eq!(changed(&stand, &key(&bank), &key(&foreign)), "FMT001300");
    let twice = stand.message(month(vec![document(1, "n-1"), document(1, "n-2")]));
    let text = String::from_utf8(twice.bytes).unwrap();
    let (first, second) = (guid("transport/1/n-1").to_string(), guid("transport/1/n-2").to_string());
    let text = text.replace(&second, &first);
    assert_eq!(fault_code(&stand.post(twice.operation, text.as_bytes())), "FMT001300");
}

#[test]
fn a_signature_that_does_not_cover_the_request_is_refused() {
    let stand = Stand::new();
    assert_eq!(changed(&stand, "<bills:Rate>24.00<", "<bills:Rate>24.01<"), "AUT011005");
    assert_eq!(changed(&stand, "<base:Year>2026<", "<base:Year>2025<"), "AUT011005");
    // Unsigned.
    let message = stand.message(month(vec![document(1, "n-1")]));
    let text = String::from_utf8(message.bytes).unwrap();
    let (start, end) = (text.find("<ds:Signature ").unwrap(), text.find("</ds:Signature>").unwrap());
    let bare = [&text[..start], &text[end + "</ds:Signature>".len()..]].concat();
    assert_eq!(fault_code(&stand.post(message.operation, bare.as_bytes())), "AUT011005");
    // The signature of another request.
    let other = stand.message(month(vec![document(2, "n-2")]));
    let other = String::from_utf8(other.bytes).unwrap();
    let signature = &other[other.find("<ds:Signature ").unwrap()..other.find("</ds:Signature>").unwrap()];
    let swapped = text.replace(&text[start..end], signature);
    assert_eq!(fault_code(&stand.post(message.operation, swapped.as_bytes())), "AUT011005");
    assert_eq!(stand.sandbox.effects().len(), 0);
}

#[test]
fn a_certificate_must_be_trusted_and_within_its_dates() {
    let request = || month(vec![document(1, "n-1")]);
    // Trusted centres the sandbox does not have.
    let stand = Stand::with(|settings| settings.ca.clear());
    assert_eq!(code(stand.submit(request())), "AUT011000");
    // A centre that did not issue it.
    let stand = Stand::with(|settings| {
        settings.ca = vec![gis_gkh_sign::signer::Signer::certificate(&*signer("other-256")).clone()];
    });
    assert_eq!(code(stand.submit(request())), "AUT011000");
    // Out of its dates where the sandbox is, though not where it was signed.
    let stand = Stand::new();
    let message = stand.message(request());
    // And signed in a time that has not come yet.
    for (now, code) in [(datetime!(2100-01-02 00:00 UTC), "AUT011000"), (datetime!(2001-01-01 00:00 UTC), "AUT011005")]
    {
        let stand = Stand::new();
        let response = stand.sandbox.handle(message.operation.path, message.operation.action, &message.bytes, now);
        assert_eq!(fault_code(&response), code, "{now}");
    }
    let mut stand = Stand::new();
    stand.identity.signer = signer("expired-256");
    let expired = gis_gkh_sign::signer::Signer::certificate(&*signer("expired-256")).not_after();
    let then = expired - time::Duration::days(1);
    let message = stand.identity.submission(request(), stand.next_guid(), then).unwrap();
    assert_eq!(fault_code(&stand.send(&message)), "AUT011000");
}

#[test]
fn the_sample_keys_of_both_sizes_may_act_for_their_organisation() {
    for key in ["org-256", "org-512", "org-tc26a-256"] {
        let mut stand = Stand::new();
        stand.identity.signer = signer(key);
        assert_eq!(stand.place_one(document(1, "n-1")).as_deref(), Ok("00АА000001-01-6101"), "{key}");
    }
}

#[test]
fn an_organisation_must_be_known_and_the_certificate_its_own() {
    let mut stand = Stand::new();
    stand.identity.organisation = guid("nobody");
    assert_eq!(code(stand.submit(month(vec![document(1, "n-1")]))), "AUT011002");
    stand.identity.organisation = guid("other");
    assert_eq!(code(stand.submit(month(vec![document(1, "n-1")]))), "AUT011003");
    // A sender without orgPPAGUID.
    let message = Stand::new().message(month(vec![document(1, "n-1")]));
    let text = String::from_utf8(message.bytes).unwrap().replace("base:orgPPAGUID", "base:SenderID");
    assert_eq!(fault_code(&stand.post(message.operation, text.as_bytes())), "AUT011002");
}

#[test]
fn an_operator_acts_for_others_only_when_listed_and_only_saying_so() {
    let access = Access::default().operator("1000000000002", guid("other"));
    let mut stand = Stand::with(|settings| settings.access = access);
    stand.identity.organisation = guid("other");
    assert_eq!(code(stand.submit(month(vec![document(8, "n-8")]))), "AUT011003");
    stand.identity.operator_signature = true;
    assert_eq!(stand.place_one(document(8, "n-8")).as_deref(), Ok("00АА000008-01-6101"));
    // Acting for one organisation gives no rights to another's accounts.
    assert_eq!(stand.place_one(document(1, "n-1")), Err("AUT011003".to_owned()));
    // An organisation's own key may always say so too.
    stand.identity.organisation = guid("ours");
    assert!(stand.place_one(document(1, "n-1")).is_ok());
}

#[test]
fn services_of_the_short_header_know_the_sender_by_the_certificate() {
    let mut stand = Stand::new();
    stand.ask(ExportNsiListRequest::new()).unwrap();
    // Another certificate of the same centre whose organisation is not here.
    let json = seed_json(1).replace("1000000000003", "1000000000009");
    stand = Stand::with(|settings| settings.seed = gis_gkh_sandbox::Seed::from_json(&json).unwrap());
    stand.identity = Identity::new(guid("ours"), signer("other-256"));
    assert_eq!(code(stand.submit(ExportNsiListRequest::new())), "AUT011003");
    // The long header is refused there.
    let message = Stand::new().message(ExportNsiListRequest::new());
    let date = gis_gkh_xml::DateTime::new(stand.now());
    let header = RequestHeader::new(date, guid("x"), Principal::OrgPpaGuid(guid("ours")));
    let header = header.to_xml(gis_gkh::contract::NAMESPACES, &gis_gkh_xml::Versions::new());
    let text = String::from_utf8(message.bytes).unwrap();
    let (start, end) = (text.find("<base:ISRequestHeader").unwrap(), text.find("</soap:Header>").unwrap());
    let text = [&text[..start], &header, &text[end..]].concat();
    assert_eq!(fault_code(&stand.post(&nsi_common::EXPORT_NSI_LIST, text.as_bytes())), "FMT001300");
}

#[test]
fn what_is_no_operation_is_refused() {
    let stand = Stand::new();
    let message = stand.message(month(vec![document(1, "n-1")]));
    let handle = |path: &str, action: &str| stand.sandbox.handle(path, action, &message.bytes, stand.now());
    assert_eq!(handle("/ext-bus-pills-service/services/BillsAsync", "urn:importPaymentDocumentData").status, 404);
    for action in ["", "urn:importPaymentDocument", "urn:exportNsiList", "importPaymentDocumentData"] {
        assert_eq!(fault_code(&handle(BILLS, action)), "FMT001300", "{action}");
    }
    // The right path and action of another operation.
    assert_eq!(fault_code(&handle(BILLS, "urn:exportPaymentDocumentData")), "FMT001300");
    for action in ["urn:importPaymentDocumentData", "\"urn:importPaymentDocumentData\""] {
        assert_eq!(handle(BILLS, action).status, 200);
    }
}

#[test]
fn a_request_beyond_the_bound_is_refused() {
    let stand = Stand::with(|settings| settings.bounds.request = 4_000);
    let message = stand.message(month(vec![document(1, "n-1")]));
    assert!(message.bytes.len() > 4_000);
    let response = stand.send(&message);
    assert_eq!((response.status, response.content_type), (413, "text/html; charset=utf-8"));
    assert_eq!(stand.sandbox.effects().len(), 0);
}

#[test]
fn a_hostile_request_is_refused_in_bounded_time() {
    let stand = Stand::new();
    let deep = "<a>".repeat(10_000);
    let wide = format!("<a {}/>", (0..100_000).map(|n| format!("a{n}=''")).collect::<Vec<_>>().join(" "));
    for hostile in [deep.as_str(), &wide, "", "\u{feff}", "&a;"] {
        assert_eq!(fault_code(&stand.post(&bills::IMPORT_PAYMENT_DOCUMENT_DATA, hostile.as_bytes())), "FMT001300");
    }
    assert_eq!(fault_code(&stand.post(&bills::GET_STATE, b"\xff\xfe")), "FMT001300");
}

#[test]
fn settings_and_sandboxes_show_no_secrets() {
    let shown = format!("{:?} {:?}", settings(Hand::new()), Stand::new().sandbox);
    assert!(!shown.contains("1000000000002") && !shown.contains("УК Образцовая"), "{shown}");
}
