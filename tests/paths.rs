//! Paths of the elements a message uses.

#![expect(clippy::unwrap_used, reason = "a test may fail where it stands; clippy knows only functions marked as tests")]

use gis_gkh::paths::{Call, Calls, PathsError, paths};

const SOAP: &str = "http://schemas.xmlsoap.org/soap/envelope/";
const BASE: &str = "http://dom.gosuslugi.ru/schema/integration/base/";
const BILLS: &str = "http://dom.gosuslugi.ru/schema/integration/bills/";

fn envelope(header: &str, body: &str) -> String {
    format!(
        "<s:Envelope xmlns:s=\"{SOAP}\" xmlns:b=\"{BASE}\" xmlns:p=\"{BILLS}\"><s:Header>{header}</s:Header>\
         <s:Body>{body}</s:Body></s:Envelope>"
    )
}

fn of(document: &str, known: Option<(&str, &str)>) -> Vec<String> {
    paths(document.as_bytes(), &Calls::embedded(), known).unwrap().into_iter().collect()
}

#[test]
fn a_request_with_its_header_and_attributes_and_without_values() {
    let body = "<p:importPaymentDocumentRequest Id=\"secret\" b:version=\"11.2.0.16\">\
        <d:Signature xmlns:d=\"http://www.w3.org/2000/09/xmldsig#\"><d:SignedInfo/></d:Signature>\
        <b:Year>2026</b:Year><p:PaymentDocument><p:AccountGuid>secret</p:AccountGuid></p:PaymentDocument>\
        <p:PaymentDocument><p:AccountGuid>other</p:AccountGuid></p:PaymentDocument></p:importPaymentDocumentRequest>";
    let header = "<b:RequestHeader><b:Date>secret</b:Date></b:RequestHeader>";
    let request = "importPaymentDocumentRequest";
    let expected = [
        "RequestHeader".to_owned(),
        "RequestHeader/Date".to_owned(),
        request.to_owned(),
        format!("{request}/@Id"),
        format!("{request}/@version"),
        format!("{request}/PaymentDocument"),
        format!("{request}/PaymentDocument/AccountGuid"),
        format!("{request}/Signature"),
        format!("{request}/Year"),
    ]
    .map(|path| format!("bills/importPaymentDocumentData: {path}"));
    assert_eq!(of(&envelope(header, body), None), expected);
}

#[test]
fn whose_message_it_is() {
    let bare = |name: &str, ns: &str| format!("<m:{name} xmlns:m=\"{ns}\"><m:A/></m:{name}>");
    assert_eq!(
        of(&bare("getStateResult", BILLS), None),
        ["bills/getState: getStateResult", "bills/getState: getStateResult/A"]
    );
    // Every service is asked for a state in the same words, every submission answered by the same receipt.
    assert_eq!(of(&bare("getStateRequest", BASE), None)[0], "*/getState: getStateRequest");
    assert_eq!(of(&bare("AckRequest", BASE), None)[0], "*/*: AckRequest");
    let known = Some(("bills", "importPaymentDocumentData"));
    assert_eq!(of(&bare("AckRequest", BASE), known)[0], "bills/importPaymentDocumentData: AckRequest");
    assert_eq!(of(&bare("getStateRequest", BASE), Some(("bills", "getState")))[0], "bills/getState: getStateRequest");
    assert_eq!(of(&bare("getStateResult", BILLS), known)[0], "bills/getState: getStateResult", "it says itself");
    let gone = paths(bare("importGone", BILLS).as_bytes(), &Calls::embedded(), known).unwrap_err();
    assert!(matches!(&gone, PathsError::Unknown { element, .. } if element == "importGone"), "{gone}");
    let name = |local: &str| ("urn:z".to_owned(), local.to_owned());
    let own: Calls =
        [Call { service: "svc".into(), operation: "go".into(), request: name("Ask"), answer: name("Tell") }]
            .into_iter()
            .collect();
    let found = paths(b"<Tell xmlns='urn:z'/>", &own, None).unwrap();
    assert_eq!(found.into_iter().collect::<Vec<_>>(), ["svc/go: Tell"]);
}

#[test]
fn a_fault_gives_the_names_in_its_detail() {
    let fault = "<s:Fault><faultcode>s:Server</faultcode><faultstring>secret</faultstring>\
        <detail><b:Fault><b:ErrorCode>AUT011003</b:ErrorCode></b:Fault></detail></s:Fault>";
    assert_eq!(of(&envelope("", fault), None), ["*/*: Fault", "*/*: Fault/ErrorCode"]);
    let known = Some(("bills", "importPaymentDocumentData"));
    assert_eq!(of(&envelope("", fault), known)[0], "bills/importPaymentDocumentData: Fault");
}

#[test]
fn what_is_no_message_is_refused() {
    for document in ["", "<a", "<html/>", "<!DOCTYPE a []><a/>", &"<a>".repeat(10_000)] {
        paths(document.as_bytes(), &Calls::embedded(), None).unwrap_err();
    }
}
