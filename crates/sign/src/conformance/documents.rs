//! What is signed: messages with the things that set canonical forms apart.

use time::OffsetDateTime;
use time::macros::datetime;

use crate::xades::{ByteProfile, Signing};

/// The signing time: past, for the independent verifier looks at the clock.
pub(super) const AT: OffsetDateTime = datetime!(2026-10-31 12:30:45.125 +3);

/// Names and texts of the messages: an envelope with namespaces nobody uses, an inherited `xml:lang`, references and CDATA;
/// and one that is canonical already.
pub(super) const ALL: [(&str, &str); 2] = [("envelope", ENVELOPE), ("canonical", CANONICAL)];

/// Both byte profiles.
pub(super) const PROFILES: [ByteProfile; 2] = [ByteProfile::Inclusive, ByteProfile::Exclusive];

const ENVELOPE: &str = concat!(
    r#"<?xml version="1.0" encoding="UTF-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" "#,
    r#"xmlns:base="http://dom.gosuslugi.ru/schema/integration/base/" xmlns:unused="urn:unused" xml:lang="ru">"#,
    "<soap:Header><base:RequestHeader><base:Date>2026-10-31T12:30:45.125+03:00</base:Date>",
    "<base:MessageGUID>11111111-2222-3333-4444-555555555555</base:MessageGUID></base:RequestHeader></soap:Header>",
    r#"<soap:Body><b:exportPaymentDocumentRequest xmlns:b="http://dom.gosuslugi.ru/schema/integration/bills/" "#,
    r#"Id="signed-data-container" base:version="13.1.0.1"><b:UnifiedAccountNumber>00АА000000</b:UnifiedAccountNumber>"#,
    "<b:Note a='1'  b=\"&#9;\">5 &gt; 4 &#x410;\r\n<![CDATA[<&>]]></b:Note><b:Empty/>",
    "</b:exportPaymentDocumentRequest></soap:Body></soap:Envelope>\n",
);

const CANONICAL: &str = concat!(
    r#"<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Header></soap:Header><soap:Body>"#,
    r#"<b:exportPaymentDocumentRequest xmlns:b="http://dom.gosuslugi.ru/schema/integration/bills/" "#,
    r#"xmlns:base="http://dom.gosuslugi.ru/schema/integration/base/" Id="signed-data-container" base:version="13.1.0.1">"#,
    "<b:UnifiedAccountNumber>00АА000000</b:UnifiedAccountNumber></b:exportPaymentDocumentRequest>",
    "</soap:Body></soap:Envelope>",
);

pub(super) fn signing(profile: ByteProfile) -> Signing<'static> {
    Signing { profile, time: AT, id: "6f1c6f3e-3b6e-4a53-8c56-6f2b3f0a4d10" }
}
