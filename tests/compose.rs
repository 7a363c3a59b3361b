//! Messages as they are built: their bytes, their headers, their signatures, and what is not built.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "helpers of tests may fail and speak as loudly as the tests themselves"
)]

mod support;

use std::path::PathBuf;
use std::process::Command;

use gis_gkh::contract::base::{GetRequestsStateRequest, IsRequestHeader, Principal, RequestHeader};
use gis_gkh::contract::bills::import_payment_document_request::Content;
use gis_gkh::contract::bills::payment_document::{Charges, Recipient};
use gis_gkh::contract::bills::{
    CurrentCharges, ExportPaymentDocumentRequest, ImportPaymentDocumentRequest, MonthOfDocuments, PaymentDocument,
    PaymentInformation, SingleRecipient,
};
use gis_gkh::contract::nsi_base::BookGroup;
use gis_gkh::contract::nsi_common::ExportNsiItemRequest;
use gis_gkh::contract::operations::bills;
use gis_gkh::envelope::read_request;
use gis_gkh::{ComposeError, Decimal, Identity};
use gis_gkh_sign::certificate::Certificate;
use gis_gkh_sign::xades::{BuildError, ByteProfile, Chain, Report, VerifyOptions, verify};
use gis_gkh_xml::Limits;
use gis_gkh_xml::check::Rule;
use support::{NOW, export, guid, identity, key_file, root};
use time::macros::{datetime, offset};

fn import(documents: impl IntoIterator<Item = PaymentDocument>) -> ImportPaymentDocumentRequest {
    let banks = vec![PaymentInformation::new(guid(20), "044525000", "40702810000000000001")];
    let month = MonthOfDocuments::new(10, 2026, banks, documents.into_iter().collect());
    ImportPaymentDocumentRequest::new(Content::MonthOfDocuments(month))
}

fn document(number: u8) -> PaymentDocument {
    let recipient = Recipient::SingleRecipient(SingleRecipient::new(guid(20)));
    let mut document = PaymentDocument::new(guid(60 + number), guid(30 + number), recipient);
    document.payment_document_number = Some(format!("ПД-2026-10/{number}"));
    document.charges = Some(Charges::CurrentCharges(CurrentCharges::new()));
    document.total_payable_by_pd = Some(Decimal::from_kopecks(123_456));
    document
}

fn verified(bytes: &[u8]) -> Report {
    let ca = [Certificate::from_pem(&key_file("ca.crt")).unwrap()];
    verify(bytes, &VerifyOptions { ca: &ca, strict: true, ..VerifyOptions::at(NOW) }).unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn the_bytes_of_a_submission() {
    let message = identity("org-256").submission(export(), guid(2), NOW).unwrap();
    assert_eq!((message.operation, message.guid), (&bills::EXPORT_PAYMENT_DOCUMENT_DATA, guid(2)));
    let report = verified(&message.bytes);
    let signature = text(&message.bytes[report.signature]);
    assert!(signature.starts_with("<ds:Signature ") && signature.ends_with("</ds:Signature>"));
    // The signature is made with fresh randomness; everything around it is exact.
    let expected = concat!(
        r#"<?xml version="1.0" encoding="UTF-8"?>"#,
        "\n",
        r#"<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Header>"#,
        r#"<base:RequestHeader xmlns:base="http://dom.gosuslugi.ru/schema/integration/base/">"#,
        "<base:Date>2026-10-31T12:30:45.125+03:00</base:Date>",
        "<base:MessageGUID>0f3c2a6e-91d4-4b57-8e2d-000000000002</base:MessageGUID>",
        "<base:orgPPAGUID>0f3c2a6e-91d4-4b57-8e2d-000000000001</base:orgPPAGUID>",
        "</base:RequestHeader></soap:Header><soap:Body>",
        r#"<bills:exportPaymentDocumentRequest xmlns:base="http://dom.gosuslugi.ru/schema/integration/base/" "#,
        r#"xmlns:bills="http://dom.gosuslugi.ru/schema/integration/bills/" Id="signed-data-container" "#,
        r#"base:version="13.1.0.1">{signature}"#,
        r#"<bills-base:PaymentDocumentID xmlns:bills-base="http://dom.gosuslugi.ru/schema/integration/bills-base/">"#,
        "00АА000001-01-6101</bills-base:PaymentDocumentID>",
        "</bills:exportPaymentDocumentRequest></soap:Body></soap:Envelope>",
    );
    assert_eq!(text(&message.bytes), expected.replace("{signature}", signature));
}

#[test]
fn the_bytes_of_a_question_about_the_state() {
    let message = identity("org-256").state(&bills::GET_STATE, guid(3), guid(2), NOW);
    let expected = concat!(
        r#"<?xml version="1.0" encoding="UTF-8"?>"#,
        "\n",
        r#"<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Header>"#,
        r#"<base:RequestHeader xmlns:base="http://dom.gosuslugi.ru/schema/integration/base/">"#,
        "<base:Date>2026-10-31T12:30:45.125+03:00</base:Date>",
        "<base:MessageGUID>0f3c2a6e-91d4-4b57-8e2d-000000000002</base:MessageGUID>",
        "<base:orgPPAGUID>0f3c2a6e-91d4-4b57-8e2d-000000000001</base:orgPPAGUID>",
        "</base:RequestHeader></soap:Header><soap:Body>",
        r#"<base:getStateRequest xmlns:base="http://dom.gosuslugi.ru/schema/integration/base/">"#,
        "<base:MessageGUID>0f3c2a6e-91d4-4b57-8e2d-000000000003</base:MessageGUID>",
        "</base:getStateRequest></soap:Body></soap:Envelope>",
    );
    assert_eq!(text(&message.bytes), expected);
}

#[test]
fn a_question_answered_at_once_has_no_signature() {
    let message = identity("org-256").query(&GetRequestsStateRequest::new(vec![guid(3)]), guid(2), NOW).unwrap();
    assert_eq!(message.operation, &bills::GET_REQUESTS_STATE);
    let (header, body) =
        read_request::<RequestHeader, GetRequestsStateRequest>(&message.bytes, Limits::MESSAGE).unwrap();
    assert_eq!((header.message_guid, body.message_guid_list), (guid(2), vec![guid(3)]));
    assert!(!text(&message.bytes).contains("Signature"));
    let none = identity("org-256").query(&GetRequestsStateRequest::new(Vec::new()), guid(2), NOW).unwrap_err();
    assert!(matches!(none, ComposeError::Invalid(_)), "{none}");
}

fn header_of(identity: &Identity) -> RequestHeader {
    let message = identity.submission(export(), guid(2), NOW).unwrap();
    verified(&message.bytes);
    read_request::<RequestHeader, ExportPaymentDocumentRequest>(&message.bytes, Limits::MESSAGE).unwrap().0
}

#[test]
fn the_header_names_the_organisation_and_whose_key_it_is() {
    let mut identity = identity("org-256");
    let own = header_of(&identity);
    assert_eq!((own.principal, own.is_operator_signature), (Principal::OrgPpaGuid(guid(1)), false));
    assert!(own.is_creator.is_empty());
    assert_eq!(own.date.with_zone(offset!(+0)), datetime!(2026-10-31 12:30:45.125 +3));
    identity.operator_signature = true;
    assert!(header_of(&identity).is_operator_signature);
    // As the schema wants it: the only value there is, behind the organisation.
    let message = identity.state(&bills::GET_STATE, guid(3), guid(2), NOW);
    assert!(
        text(&message.bytes).contains(
            "</base:orgPPAGUID><base:IsOperatorSignature>true</base:IsOperatorSignature></base:RequestHeader>"
        )
    );
}

#[test]
fn services_of_common_registries_have_the_header_that_names_nobody() {
    let mut identity = identity("org-256");
    identity.operator_signature = true;
    let message = identity.submission(ExportNsiItemRequest::new(51, BookGroup::Nsi), guid(2), NOW).unwrap();
    verified(&message.bytes);
    let (header, _) = read_request::<IsRequestHeader, ExportNsiItemRequest>(&message.bytes, Limits::MESSAGE).unwrap();
    assert_eq!(header.message_guid, guid(2));
    assert!(!text(&message.bytes).contains("orgPPAGUID") && !text(&message.bytes).contains("IsOperatorSignature"));
}

#[test]
fn dates_are_in_the_zone_configured() {
    let mut identity = identity("org-256");
    identity.zone = offset!(+7);
    let message = identity.submission(export(), guid(2), NOW).unwrap();
    assert!(text(&message.bytes).contains("<base:Date>2026-10-31T16:30:45.125+07:00</base:Date>"));
    let signing_time = verified(&message.bytes).signing_time;
    assert_eq!((signing_time, signing_time.offset()), (datetime!(2026-10-31 16:30:45.125 +7), offset!(+7)));
}

#[test]
fn a_version_may_be_another_than_the_contracts() {
    let mut identity = identity("org-256");
    identity.versions.insert("exportPaymentDocumentRequest".to_owned(), "12.2.0.1".to_owned());
    let message = identity.submission(export(), guid(2), NOW).unwrap();
    verified(&message.bytes);
    assert!(text(&message.bytes).contains(r#" base:version="12.2.0.1"><ds:Signature "#));
    // Another request keeps its own.
    let message = identity.submission(import([document(1)]), guid(2), NOW).unwrap();
    assert!(text(&message.bytes).contains(r#" base:version="11.2.0.16"><ds:Signature "#));
}

#[test]
fn a_version_that_is_none_is_refused() {
    for version in ["", "1.", "1>2", "\"/><x", "v1", &"1.".repeat(40)] {
        let mut identity = identity("org-256");
        identity.versions.insert("exportPaymentDocumentRequest".to_owned(), version.to_owned());
        let refused = identity.submission(export(), guid(2), NOW).unwrap_err();
        assert!(matches!(refused, ComposeError::Version { .. }), "{version}: {refused}");
    }
}

#[test]
fn values_that_break_the_contract_are_named_and_nothing_is_signed() {
    let mut second = document(2);
    second.payment_document_number = Some("1".repeat(31));
    second.total_payable_by_pd = Some("1.234".parse().unwrap());
    // An expired certificate would be refused by signing: it is not asked.
    let refused = identity("expired-256").submission(import([document(1), second]), guid(2), NOW).unwrap_err();
    assert!(refused.to_string().starts_with("values break the contract (2 found); correct them, first "), "{refused}");
    let ComposeError::Invalid(violations) = refused else { panic!("{refused}") };
    let found: Vec<_> = violations.iter().map(|broken| (broken.path.as_str(), &broken.rule)).collect();
    assert!(
        matches!(
            found[..],
            [
                (
                    "importPaymentDocumentRequest/PaymentDocument[2]/PaymentDocumentNumber",
                    Rule::MaxLength { max: 30, found: 31 }
                ),
                ("importPaymentDocumentRequest/PaymentDocument[2]/TotalPayableByPD", Rule::FractionDigits { .. }),
            ]
        ),
        "{found:?}"
    );
}

#[test]
fn an_expired_certificate_signs_nothing() {
    let refused = identity("expired-256").submission(export(), guid(2), NOW).unwrap_err();
    assert!(matches!(refused, ComposeError::Sign(BuildError::Dates(_))), "{refused:?}");
}

#[test]
fn a_message_is_not_shown() {
    let message = identity("org-256").submission(export(), guid(2), NOW).unwrap();
    let shown = format!("{message:?} {:?}", identity("org-256"));
    assert!(shown.contains("exportPaymentDocumentData") && !shown.contains("00АА000001"), "{shown}");
    assert!(shown.len() < 400, "{shown}");
}

const KEYS: [&str; 3] = ["org-256", "org-512", "org-tc26a-256"];
const PROFILES: [ByteProfile; 2] = [ByteProfile::Inclusive, ByteProfile::Exclusive];

/// Every kind of signed request this test knows, by every key and in both byte profiles.
fn signed() -> impl Iterator<Item = (String, Vec<u8>)> {
    KEYS.into_iter().flat_map(|key| PROFILES.map(|profile| (key, profile))).flat_map(|(key, profile)| {
        let mut identity = identity(key);
        identity.profile = profile;
        identity.operator_signature = true;
        let name = |request| format!("{request}-{key}-{profile:?}.xml");
        [
            (name("export"), identity.submission(export(), guid(2), NOW).unwrap().bytes),
            (name("import"), identity.submission(import([document(1), document(2)]), guid(2), NOW).unwrap().bytes),
            (
                name("nsi"),
                identity.submission(ExportNsiItemRequest::new(51, BookGroup::Nsi), guid(2), NOW).unwrap().bytes,
            ),
        ]
    })
}

#[test]
fn every_key_and_byte_profile_verifies() {
    let mut profiles = Vec::new();
    for (name, bytes) in signed() {
        let report = verified(&bytes);
        assert_eq!((&report.chain, &report.validity), (&Chain::Trusted, &Ok(())), "{name}");
        assert!(name.contains(&format!("{:?}", report.byte_profile)), "{name}");
        assert_eq!(report.signing_time, datetime!(2026-10-31 12:30:45.125 +3));
        profiles.push((report.byte_profile, report.key_size));
    }
    assert_eq!(profiles.len(), 18);
}

/// The independent verifier and the official schemas, unless they are not there; in CI that is a failure.
fn independent() -> Option<(PathBuf, PathBuf)> {
    let place = |variable, usual| std::env::var_os(variable).map_or_else(|| root().join(usual), PathBuf::from);
    let verifier = place("GKH_VERIFIER", "../shared/tools/verify_signature.py");
    let official = place("GKH_OFFICIAL", "../shared/hcs/16.3.0.0");
    let python = Command::new("/usr/bin/python3").args(["-c", "import lxml"]).status().is_ok_and(|it| it.success());
    if python && verifier.is_file() && official.is_dir() {
        return Some((verifier, official));
    }
    let lacking = format!(
        "python3 with lxml, {} (GKH_VERIFIER) and {} (GKH_OFFICIAL) are needed",
        verifier.display(),
        official.display()
    );
    assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "{lacking}");
    eprintln!("SKIPPED: no independent verification: {lacking}");
    None
}

#[test]
fn the_independent_verifier_and_the_official_schemas_agree() {
    let Some((verifier, official)) = independent() else { return };
    let directory = tempfile::tempdir().unwrap();
    for (name, bytes) in signed() {
        let file = directory.path().join(&name);
        std::fs::write(&file, bytes).unwrap();
        let output = Command::new("/usr/bin/python3")
            .arg(&verifier)
            .args(["--ca".as_ref(), root().join("fixtures/keys/ca.crt").as_os_str()])
            .args(["--xsd".as_ref(), official.as_os_str()])
            .arg(&file)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && said.contains("RESULT: OK"), "{name}: {said}");
    }
}
