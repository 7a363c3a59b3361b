//! Sample messages and keys of the tests that sign.

use std::path::{Path, PathBuf};

use gis_gkh_sign::signer::BuiltinSigner;
use gis_gkh_sign::xades::{ByteProfile, Signing, Unsigned, sign_checked};
use gis_gkh_xml::Limits;
use time::OffsetDateTime;
use time::macros::datetime;

/// The signing time: past, for the independent verifier looks at the clock.
pub(crate) const AT: OffsetDateTime = datetime!(2026-10-31 12:30:45.125 +3);

/// Namespaces nobody uses, an inherited `xml:lang`, a prefix declared where it is first used: what sets the profiles apart.
pub(crate) const ENVELOPE: &str = concat!(
    r#"<?xml version="1.0" encoding="UTF-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" "#,
    r#"xmlns:base="http://dom.gosuslugi.ru/schema/integration/base/" xmlns:unused="urn:unused" xml:lang="ru">"#,
    "<soap:Header><base:RequestHeader><base:Date>2026-10-31T12:30:45.125+03:00</base:Date>",
    "<base:MessageGUID>11111111-2222-3333-4444-555555555555</base:MessageGUID></base:RequestHeader></soap:Header>",
    r#"<soap:Body><b:exportPaymentDocumentRequest xmlns:b="http://dom.gosuslugi.ru/schema/integration/bills/" "#,
    r#"Id="signed-data-container" base:version="13.1.0.1"><b:UnifiedAccountNumber>00АА000000</b:UnifiedAccountNumber>"#,
    "<b:Note a='1'  b=\"&#9;\">5 &gt; 4 &#x410;\r\n<![CDATA[<&>]]></b:Note><b:Empty/>",
    "</b:exportPaymentDocumentRequest></soap:Body></soap:Envelope>\n",
);

/// The repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A sample key or certificate.
pub(crate) fn key_file(name: &str) -> String {
    std::fs::read_to_string(root().join("fixtures/keys").join(name)).unwrap()
}

/// A sample signer.
pub(crate) fn signer(name: &str) -> BuiltinSigner {
    BuiltinSigner::from_pem(&key_file(&format!("{name}.crt")), &key_file(&format!("{name}.key"))).unwrap()
}

/// How the tests sign.
pub(crate) fn signing(profile: ByteProfile) -> Signing<'static> {
    Signing { profile, time: AT, id: "6f1c6f3e-3b6e-4a53-8c56-6f2b3f0a4d10" }
}

/// The message, signed.
pub(crate) fn signed(message: &str, key: &str, profile: ByteProfile) -> Vec<u8> {
    let unsigned = Unsigned::locate(message.as_bytes(), &Limits::default()).unwrap();
    sign_checked(&unsigned, &signer(key), &signing(profile), &Limits::default()).unwrap().0
}
