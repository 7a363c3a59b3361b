//! Signing and verification of whole messages, by this crate and by a verifier that shares no code with it.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "helpers of tests may fail and speak as loudly as the tests themselves"
)]

mod messages;

use std::path::PathBuf;
use std::process::Command;

use gis_gkh_sign::certificate::{Certificate, ValidityError};
use gis_gkh_sign::gost::KeySize;
use gis_gkh_sign::xades::{
    BuildError, ByteProfile, Chain, LocateError, Profile, Signing, Unsigned, Untrusted, VerifyError, VerifyOptions,
    sign, sign_checked, verify,
};
use gis_gkh_xml::Limits;
use messages::{AT, ENVELOPE, key_file, root, signed, signer, signing};
use time::macros::datetime;

const KEYS: [&str; 3] = ["org-256", "org-512", "org-tc26a-256"];
const PROFILES: [ByteProfile; 2] = [ByteProfile::Inclusive, ByteProfile::Exclusive];

/// The same request alone, already in exclusive canonical form.
const CANONICAL: &str = concat!(
    r#"<b:exportPaymentDocumentRequest xmlns:b="http://dom.gosuslugi.ru/schema/integration/bills/" "#,
    r#"xmlns:base="http://dom.gosuslugi.ru/schema/integration/base/" Id="signed-data-container" base:version="13.1.0.1">"#,
    "<b:UnifiedAccountNumber>00АА000000</b:UnifiedAccountNumber></b:exportPaymentDocumentRequest>",
);

fn certificate(name: &str) -> Certificate {
    Certificate::from_pem(&key_file(&format!("{name}.crt"))).unwrap()
}

fn unsigned(bytes: &[u8]) -> Unsigned<'_> {
    Unsigned::locate(bytes, &Limits::default()).unwrap()
}

#[test]
fn every_profile_and_key_signs_and_verifies() {
    let ca = [certificate("ca")];
    for (key, size) in KEYS.into_iter().zip([KeySize::Bits256, KeySize::Bits512, KeySize::Bits256]) {
        for profile in PROFILES {
            for message in [ENVELOPE, CANONICAL] {
                let bytes = signed(message, key, profile);
                let options = VerifyOptions { ca: &ca, strict: true, ..VerifyOptions::at(AT) };
                let report = verify(&bytes, &options).unwrap();
                assert_eq!((report.byte_profile, report.key_size), (profile, size));
                assert_eq!((report.chain, report.validity), (Chain::Trusted, Ok(())));
                assert_eq!((report.signing_time, report.signing_time.offset()), (AT, AT.offset()));
                assert_eq!(report.certificate, certificate(key));
                assert_eq!(report.id, "signed-data-container");
                let element = std::str::from_utf8(&bytes[report.element.clone()]).unwrap();
                assert!(element.starts_with("<b:exportPaymentDocumentRequest "), "{element}");
                assert!(element.ends_with("</b:exportPaymentDocumentRequest>"), "{element}");
                let mut without = bytes[..report.signature.start].to_vec();
                without.extend_from_slice(&bytes[report.signature.end..]);
                assert_eq!(without, message.as_bytes(), "nothing but the signature was added");
            }
        }
    }
}

#[test]
fn canonical_bytes_are_hashed_as_they_stand() {
    let located = unsigned(CANONICAL.as_bytes());
    let promised = Unsigned { canonical: true, ..located.clone() };
    for profile in PROFILES {
        let limits = Limits::default();
        let slow = sign(&located, &signer("org-256"), &signing(profile), &limits).unwrap();
        let (fast, _) = sign_checked(&promised, &signer("org-256"), &signing(profile), &limits).unwrap();
        let info = |bytes: &[u8]| {
            let text = String::from_utf8(bytes.to_vec()).unwrap();
            text[text.find("<ds:SignedInfo").unwrap()..text.find("</ds:SignedInfo>").unwrap()].to_owned()
        };
        assert_eq!(info(&slow), info(&fast));
    }
}

#[test]
fn a_broken_promise_of_canonical_bytes_is_not_released() {
    let broken = Unsigned { canonical: true, ..unsigned(ENVELOPE.as_bytes()) };
    let error =
        sign_checked(&broken, &signer("org-256"), &signing(ByteProfile::Inclusive), &Limits::default()).unwrap_err();
    let BuildError::SelfCheck(reason) = error else { panic!("{error}") };
    assert!(matches!(*reason, VerifyError::ElementDigest), "{reason}");
}

#[test]
fn the_signature_is_the_one_of_the_accepted_request() {
    let bytes = signed(ENVELOPE, "org-256", ByteProfile::Inclusive);
    let text = String::from_utf8(bytes).unwrap();
    let algorithms = "urn:ietf:params:xml:ns:cpxmlsec:algorithms:";
    for part in [
        concat!(
            r#"base:version="13.1.0.1"><ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#" "#,
            r#"Id="xmldsig-6f1c6f3e-3b6e-4a53-8c56-6f2b3f0a4d10"><ds:SignedInfo><ds:CanonicalizationMethod "#,
            r#"Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315">"#
        ),
        &format!(r#"<ds:SignatureMethod Algorithm="{algorithms}gostr34102012-gostr34112012-256">"#),
        concat!(
            r##"<ds:Reference Id="xmldsig-6f1c6f3e-3b6e-4a53-8c56-6f2b3f0a4d10-ref0" URI="#signed-data-container">"##,
            r#"<ds:Transforms><ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature">"#,
            r#"</ds:Transform><ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"></ds:Transform>"#
        ),
        &format!(
            "{}{}{}",
            r#"<ds:Reference Type="http://uri.etsi.org/01903#SignedProperties" "#,
            r##"URI="#xmldsig-6f1c6f3e-3b6e-4a53-8c56-6f2b3f0a4d10-signedprops"><ds:DigestMethod "##,
            format_args!(r#"Algorithm="{algorithms}gostr34112012-256">"#)
        ),
        "<xades:SigningTime>2026-10-31T12:30:45.125+03:00</xades:SigningTime>",
        r##"Target="#xmldsig-6f1c6f3e-3b6e-4a53-8c56-6f2b3f0a4d10"><xades:SignedProperties Id="##,
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    assert!(!text.contains('\u{feff}') && !text.contains("KeyValue"));
}

#[test]
fn chain_and_dates_are_reported_and_strict_makes_them_fail() {
    let bytes = signed(ENVELOPE, "org-256", ByteProfile::Inclusive);
    let (ca, stranger) = ([certificate("ca")], [certificate("other-256")]);
    let loose = VerifyOptions::at(AT);
    let strict = VerifyOptions { strict: true, ..loose };
    assert_eq!(verify(&bytes, &loose).unwrap().chain, Chain::NotChecked);
    assert!(matches!(verify(&bytes, &strict), Err(VerifyError::ChainNotChecked)));

    let found = verify(&bytes, &VerifyOptions { ca: &stranger, ..loose }).unwrap().chain;
    assert!(matches!(found, Chain::Untrusted(Untrusted::UnknownIssuer { .. })), "{found:?}");
    let error = verify(&bytes, &VerifyOptions { ca: &stranger, ..strict }).unwrap_err();
    assert!(matches!(error, VerifyError::Untrusted(Untrusted::UnknownIssuer { .. })), "{error}");

    let late = VerifyOptions { ca: &ca, at: datetime!(2150-01-01 0:00 UTC), ..loose };
    let report = verify(&bytes, &late).unwrap();
    assert!(matches!(report.validity, Err(ValidityError::Expired(_))), "{:?}", report.validity);
    assert!(matches!(report.chain, Chain::Untrusted(Untrusted::AnchorDates(_))), "{:?}", report.chain);
    assert!(matches!(verify(&bytes, &VerifyOptions { strict: true, ..late }), Err(VerifyError::Dates(_))));
}

#[test]
fn an_expired_key_signs_nothing_that_is_released() {
    let (message, expired, limits) = (unsigned(ENVELOPE.as_bytes()), signer("expired-256"), Limits::default());
    let how = signing(ByteProfile::Inclusive);
    let error = sign_checked(&message, &expired, &how, &limits).unwrap_err();
    assert!(matches!(error, BuildError::Dates(_)), "{error}");
    let report = verify(&sign(&message, &expired, &how, &limits).unwrap(), &VerifyOptions::at(AT)).unwrap();
    assert!(report.validity.is_err());
}

#[test]
fn an_answer_of_the_system_is_verified_by_its_own_profile() {
    let answer = ENVELOPE.replace("exportPaymentDocumentRequest", "getStateResult");
    let server = VerifyOptions { profile: Profile::Server, ..VerifyOptions::at(AT) };
    let bytes = signed(&answer, "sandbox-256", ByteProfile::Exclusive);
    assert_eq!(verify(&bytes, &server).unwrap().certificate, certificate("sandbox-256"));
    // The system breaks its base64 into lines and may begin with a byte order mark; neither is signed.
    let text = String::from_utf8(bytes).unwrap();
    let broken = format!("\u{feff}{}", text.replace("==</ds:SignatureValue>", "\n==\n</ds:SignatureValue>"));
    assert_ne!(broken.len(), text.len() + 3, "the base64 was broken into lines");
    assert!(verify(broken.as_bytes(), &server).is_ok());
    assert!(matches!(verify(broken.as_bytes(), &VerifyOptions::at(AT)), Err(VerifyError::ByteOrderMark)));

    let inclusive = signed(&answer, "sandbox-256", ByteProfile::Inclusive);
    assert!(matches!(verify(&inclusive, &server), Err(VerifyError::ServerByteProfile)));
    let request = signed(ENVELOPE, "sandbox-256", ByteProfile::Exclusive);
    assert!(matches!(verify(&request, &server), Err(VerifyError::Envelope(_))));
}

#[test]
fn what_cannot_be_signed_is_refused_by_name() {
    let locate = |text: &str| Unsigned::locate(text.as_bytes(), &Limits::default()).map(|found| found.id.to_owned());
    assert_eq!(locate("<a Id='x'>1</a>").unwrap(), "x");
    let already = String::from_utf8(signed(ENVELOPE, "org-256", ByteProfile::Inclusive)).unwrap();
    assert!(matches!(locate(&already), Err(LocateError::AlreadySigned)));
    assert!(matches!(locate("<a Id='x'/>"), Err(LocateError::Empty)));
    assert!(matches!(locate("<a Id='1 x'></a>"), Err(LocateError::IdNotAName)));
    let body = |content: &str| {
        format!(
            "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body>{content}</s:Body></s:Envelope>"
        )
    };
    assert_eq!(locate(&body(" <a Id='x'></a> ")).unwrap(), "x");
    for (text, reason) in [
        ("<a></a>".to_owned(), "no Id attribute"),
        ("<a Id=''></a>".to_owned(), "no Id attribute"),
        ("<a Id='x'><b id='x'/></a>".to_owned(), "the Id `x` stands twice"),
        ("<!DOCTYPE a><a Id='x'></a>".to_owned(), "DOCTYPE"),
        ("\u{feff}<a Id='x'></a>".to_owned(), "byte order mark"),
        (body(""), "the Body is empty"),
        (body("<a Id='x'></a><b/>"), "more than one element"),
        (body("text<a Id='x'></a>"), "text between"),
        (body("<a Id='x'></a>").replace("<s:Body>", "<s:Other/><s:Body>"), "something else"),
        (body("<a Id='x'></a>").replace("</s:Body>", "</s:Body><s:Body/>"), "behind the Body"),
        (
            body("<a Id='x'></a>").replace("schemas.xmlsoap.org/soap/envelope/", "www.w3.org/2003/05/soap-envelope"),
            "SOAP 1.1",
        ),
    ] {
        let error = locate(&text).unwrap_err().to_string();
        assert!(error.contains(reason), "{text}: {error}");
    }
}

#[test]
fn places_and_names_that_do_not_fit_are_refused() {
    let limits = Limits::default();
    let good = unsigned(CANONICAL.as_bytes());
    let try_out = |unsigned: &Unsigned<'_>, id: &str| {
        let how = Signing { id, ..signing(ByteProfile::Inclusive) };
        sign(unsigned, &signer("org-256"), &how, &limits)
    };
    assert!(try_out(&good, "a-1").is_ok());
    assert!(matches!(try_out(&good, "a b"), Err(BuildError::Id(_))));
    assert!(matches!(try_out(&Unsigned { id: "a\"", ..good.clone() }, "a"), Err(BuildError::Id(_))));
    for wrong in [
        Unsigned { element: 0..99_999, ..good.clone() },
        Unsigned { element: 5..10, ..good.clone() },
        Unsigned { slot: 0, ..good.clone() },
        Unsigned { slot: good.slot + 1, ..good.clone() },
        Unsigned { slot: usize::MAX, ..good.clone() },
    ] {
        assert!(matches!(try_out(&wrong, "a"), Err(BuildError::Places(_))), "{wrong:?}");
    }
    // A slot behind some other tag gives a signature that stands elsewhere.
    let deeper = good.slot + "<b:UnifiedAccountNumber>".len();
    let elsewhere = Unsigned { slot: deeper, canonical: true, ..good };
    let how = signing(ByteProfile::Inclusive);
    assert!(matches!(sign_checked(&elsewhere, &signer("org-256"), &how, &limits), Err(BuildError::SelfCheck(_))));
}

/// The independent verifier, unless it is not there; in CI that is a failure.
fn independent_verifier() -> Option<PathBuf> {
    let path = std::env::var_os("GKH_VERIFIER")
        .map_or_else(|| root().join("../shared/tools/verify_signature.py"), PathBuf::from);
    let usable = path.is_file()
        && Command::new("/usr/bin/python3").args(["-c", "import lxml"]).status().is_ok_and(|status| status.success());
    if usable {
        return Some(path);
    }
    assert_ne!(
        std::env::var("CI").as_deref(),
        Ok("true"),
        "no independent verifier at {}; set GKH_VERIFIER",
        path.display()
    );
    eprintln!("SKIPPED: no independent verifier (python3 with lxml, {}); set GKH_VERIFIER", path.display());
    None
}

#[test]
fn the_independent_verifier_agrees() {
    let Some(verifier) = independent_verifier() else { return };
    let directory = tempfile::tempdir().unwrap();
    for key in KEYS {
        for profile in PROFILES {
            let file = directory.path().join(format!("{key}-{profile:?}.xml"));
            std::fs::write(&file, signed(ENVELOPE, key, profile)).unwrap();
            let output = Command::new("/usr/bin/python3")
                .arg(&verifier)
                .arg("--ca")
                .arg(root().join("fixtures/keys/ca.crt"))
                .arg(&file)
                .output()
                .unwrap();
            let said = String::from_utf8_lossy(&output.stdout);
            assert!(output.status.success() && said.contains("RESULT: OK"), "{key} {profile:?}: {said}");
        }
    }
}
