//! Messages that must not be believed, each refused by the check it is meant for.

#![expect(clippy::unwrap_used, reason = "helpers of tests may fail as loudly as the tests themselves")]

mod messages;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use gis_gkh_sign::c14n::{self, Method, MethodError};
use gis_gkh_sign::gost::{self, KeySize, SignatureError};
use gis_gkh_sign::signer::Signer as _;
use gis_gkh_sign::xades::{ByteProfile, Report, VerifyError, VerifyOptions, verify};
use gis_gkh_xml::{ErrorKind, Limits};
use messages::{AT, ENVELOPE, signed, signer};

const OPEN: &str = "<b:exportPaymentDocumentRequest ";
const CLOSE: &str = "</b:exportPaymentDocumentRequest>";
const ALGORITHMS: &str = "urn:ietf:params:xml:ns:cpxmlsec:algorithms:";

fn text(profile: ByteProfile) -> String {
    String::from_utf8(signed(ENVELOPE, "org-256", profile)).unwrap()
}

fn inclusive() -> String {
    text(ByteProfile::Inclusive)
}

fn check(message: &str) -> Result<Report, VerifyError> {
    verify(message.as_bytes(), &VerifyOptions::at(AT))
}

/// Replaces the only occurrence.
fn change(message: &str, what: &str, by: &str) -> String {
    assert_eq!(message.matches(what).count(), 1, "{what}");
    message.replace(what, by)
}

/// What stands from `from` up to and with `to`.
fn part<'m>(message: &'m str, from: &str, to: &str) -> &'m str {
    let start = message.find(from).unwrap();
    let inner = start + from.len();
    let end = inner + message[inner..].find(to).unwrap() + to.len();
    &message[start..end]
}

fn signature(message: &str) -> &str {
    part(message, "<ds:Signature ", "</ds:Signature>")
}

/// Signs again after the properties or `SignedInfo` were changed, as a forger with a key of his own would.
fn resigned(message: &str) -> String {
    let in_place = |message: &str, start: &str| {
        let at = message.find(start).unwrap();
        let method = if message.contains(Method::Inclusive.uri()) { Method::Inclusive } else { Method::Exclusive };
        c14n::collect(|sink| c14n::element(message.as_bytes(), at, None, method, &Limits::default(), sink)).unwrap()
    };
    let reference = part(message, "<ds:Reference Type", "</ds:Reference>");
    let value = part(reference, "<ds:DigestValue>", "</ds:DigestValue>");
    let digest = gost::digest(KeySize::Bits256, &in_place(message, "<xades:SignedProperties "));
    let digest = format!("<ds:DigestValue>{}</ds:DigestValue>", BASE64.encode(digest));
    let message = change(message, reference, &change(reference, value, &digest));
    let value = part(&message, "-sigvalue\">", "</ds:SignatureValue>");
    let signed = signer("org-256").sign(&in_place(&message, "<ds:SignedInfo>")).unwrap();
    change(&message, value, &format!("-sigvalue\">{}</ds:SignatureValue>", BASE64.encode(signed)))
}

/// The value's bytes, changed.
fn with_value(message: &str, edit: impl Fn(&mut Vec<u8>)) -> String {
    let written = part(message, "-sigvalue\">", "</ds:SignatureValue>");
    let written = &written["-sigvalue\">".len()..written.len() - "</ds:SignatureValue>".len()];
    let mut value = BASE64.decode(written).unwrap();
    edit(&mut value);
    change(message, written, &BASE64.encode(value))
}

macro_rules! refused {
    ($message:expr, $expected:pat $(if $guard:expr)?) => {
        match check($message.as_ref()) {
            Err($expected) $(if $guard)? => {}
            Err(other) => panic!("refused for another reason: {other} ({other:?})"),
            Ok(_) => panic!("believed: {}", $message),
        }
    };
}

#[test]
fn the_message_all_forgeries_start_from_is_good() {
    for profile in [ByteProfile::Inclusive, ByteProfile::Exclusive] {
        assert!(check(&text(profile)).is_ok());
        assert!(check(&resigned(&text(profile))).is_ok());
    }
}

#[test]
fn content_changed_after_signing() {
    let good = inclusive();
    refused!(change(&good, "00АА000000", "00АА000001"), VerifyError::ElementDigest);
    refused!(change(&good, "13.1.0.1", "12.2.0.1"), VerifyError::ElementDigest);
    refused!(change(&good, "<b:Empty/>", "<b:Empty/> "), VerifyError::ElementDigest);
    refused!(change(&good, "<b:Empty/>", ""), VerifyError::ElementDigest);
    refused!(change(&good, "<![CDATA[<&>]]>", "<![CDATA[<&>]]><?x?>"), VerifyError::ElementDigest);
    refused!(change(&good, "</ds:Signature>", "</ds:Signature>\n"), VerifyError::ElementDigest);
    refused!(
        change(&good, "2026-10-31T12:30:45.125+03:00</xades", "2026-10-31T12:30:46.125+03:00</xades"),
        VerifyError::PropertiesDigest
    );
    // What is the same in canonical form is the same message.
    assert!(check(&change(&good, "<b:Empty/>", "<b:Empty ></b:Empty ><!-- a comment -->")).is_ok());
}

#[test]
fn properties_and_info_hashed_out_of_place() {
    // A namespace put on the envelope later is in scope of everything: inclusive octets change, exclusive ones do not.
    let late = |profile| change(&text(profile), "xmlns:unused=", "xmlns:late=\"urn:late\" xmlns:unused=");
    refused!(late(ByteProfile::Inclusive), VerifyError::PropertiesDigest);
    assert!(check(&late(ByteProfile::Exclusive)).is_ok());
    refused!(change(&inclusive(), "xml:lang=\"ru\"", "xml:lang=\"en\""), VerifyError::PropertiesDigest);
}

#[test]
fn the_signed_element_moved() {
    let good = inclusive();
    let element = part(&good, OPEN, CLOSE);
    let signature = signature(element);
    let unsigned = change(element, signature, "");
    let evil = |id: &str, first: &str| {
        let start = part(&unsigned, OPEN, ">").replace("signed-data-container", id);
        format!("{start}{first}<b:UnifiedAccountNumber>forged</b:UnifiedAccountNumber>{CLOSE}")
    };
    let with = |header: &str, body: &str| {
        let replaced = change(&good, element, body);
        change(&replaced, "</soap:Header>", &format!("{header}</soap:Header>"))
    };
    // The signature stays in the Body and covers an element that was moved to the header.
    refused!(with(&unsigned, &evil("evil", signature)), VerifyError::OtherElement { .. });
    // The same with both Ids equal.
    refused!(with(&unsigned, &evil("signed-data-container", signature)), VerifyError::DuplicateId(_));
    // The signed element as a whole in the header, a forged one in the Body.
    refused!(with(element, &evil("evil", "")), VerifyError::SignatureNotFirst);
    // The signed element inside a forged one.
    refused!(with("", &evil("evil", element)), VerifyError::SignatureNotFirst);
    refused!(with("", &evil("evil", element).replacen(" Id=\"evil\"", "", 1)), VerifyError::NoId);
    // The signed element hidden in the signature.
    let hiding = change(signature, "</ds:Signature>", &format!("<ds:Object>{unsigned}</ds:Object></ds:Signature>"));
    refused!(with("", &evil("evil", &hiding)), VerifyError::Structure { .. });
    // Two elements in the Body.
    refused!(with("", &format!("{element}{}", evil("evil", ""))), VerifyError::Envelope(_));
    refused!(
        with("", &format!("{}{element}", evil("evil", ""))),
        VerifyError::Envelope(_) | VerifyError::SignatureNotFirst
    );
    // An Id that a reader of other attributes would take for the one.
    for twin in ["id", "ID", "xml:id", "base:Id"] {
        let attribute = format!("<base:MessageGUID {twin}=\"signed-data-container\">");
        refused!(change(&good, "<base:MessageGUID>", &attribute), VerifyError::DuplicateId(_));
    }
    // The Id renamed on both sides, so that the reference still leads to the element.
    refused!(good.replace("signed-data-container", "other"), VerifyError::Value(SignatureError::Wrong));
}

#[test]
fn none_several_and_misplaced_signatures() {
    let good = inclusive();
    let signature = signature(&good);
    let second = signature.replace("Id=\"xmldsig", "Id=\"second");
    refused!(change(&good, signature, ""), VerifyError::NoSignature);
    refused!(change(&good, "</ds:Signature>", &format!("</ds:Signature>{second}")), VerifyError::SeveralSignatures(2));
    refused!(change(&good, "</soap:Header>", &format!("{second}</soap:Header>")), VerifyError::SeveralSignatures(2));
    refused!(change(&good, "<b:Empty/>", &format!("<b:Empty>{second}</b:Empty>")), VerifyError::SeveralSignatures(2));
    refused!(change(&good, "</ds:Object>", &format!("{second}</ds:Object>")), VerifyError::SeveralSignatures(2));
    refused!(change(&good, "</ds:Signature>", &format!("</ds:Signature>{signature}")), VerifyError::DuplicateId(_));
    let behind = change(&change(&good, signature, ""), "<b:Empty/>", &format!("<b:Empty/>{signature}"));
    refused!(behind, VerifyError::SignatureNotFirst);
    for before in ["text", "<!-- -->", "<?x?>", "<![CDATA[]]>", "<b:Empty/>"] {
        refused!(change(&good, signature, &format!("{before}{signature}")), VerifyError::SignatureNotFirst);
    }
    let foreign = signature.replace("http://www.w3.org/2000/09/xmldsig#\" Id", "urn:foreign\" Id");
    refused!(change(&good, signature, &foreign), VerifyError::NoSignature);
    refused!("<getStateRequest/>", VerifyError::NoId);
}

#[test]
fn transforms_other_than_the_profile_has() {
    let enveloped =
        r#"<ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"></ds:Transform>"#;
    let exclusive = r#"<ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"></ds:Transform>"#;
    let good = inclusive();
    let both = format!("<ds:Transforms>{enveloped}{exclusive}</ds:Transforms>");
    let reference = |by: &str| change(&good, &both, by);
    refused!(reference(""), VerifyError::Transforms { reference, .. } if reference.contains('1'));
    refused!(
        reference(&format!("<ds:Transforms>{exclusive}{enveloped}</ds:Transforms>")),
        VerifyError::Transforms { .. }
    );
    refused!(reference(&format!("<ds:Transforms>{exclusive}</ds:Transforms>")), VerifyError::Transforms { .. });
    refused!(
        reference(&format!("<ds:Transforms>{enveloped}{exclusive}{exclusive}</ds:Transforms>")),
        VerifyError::Transforms { .. }
    );
    let xpath = enveloped.replace("2000/09/xmldsig#enveloped-signature", "TR/1999/REC-xpath-19991116");
    refused!(reference(&format!("<ds:Transforms>{xpath}{exclusive}</ds:Transforms>")), VerifyError::Transforms { .. });
    refused!(reference("<ds:Transforms></ds:Transforms>"), VerifyError::Structure { .. });
    refused!(reference(&format!("{both}{both}")), VerifyError::Structure { .. });
    let listed = exclusive.replace(
        "\"></",
        "\"><x:InclusiveNamespaces xmlns:x=\"http://www.w3.org/2001/10/xml-exc-c14n#\" PrefixList=\"b\"/></",
    );
    let listed = format!("<ds:Transforms>{enveloped}{listed}</ds:Transforms>");
    refused!(reference(&listed), VerifyError::Structure { problem, .. } if problem.contains("InclusiveNamespaces"));
    // The profiles mixed: a transform on reference 2 of the inclusive one, none on that of the exclusive one.
    let type_two = part(&good, "<ds:Reference Type", ">");
    let mixed = change(&good, type_two, &format!("{type_two}<ds:Transforms>{exclusive}</ds:Transforms>"));
    refused!(mixed, VerifyError::Transforms { reference, .. } if reference.contains('2'));
    let other = text(ByteProfile::Exclusive);
    let alone = format!("<ds:Transforms>{exclusive}</ds:Transforms>");
    refused!(change(&other, &alone, ""), VerifyError::Transforms { reference, .. } if reference.contains('2'));
}

#[test]
fn algorithms_other_than_the_profile_has() {
    let good = inclusive();
    let c14n = |by: &str| change(&good, Method::Inclusive.uri(), by);
    let comments = "http://www.w3.org/2001/10/xml-exc-c14n#WithComments";
    refused!(c14n(comments), VerifyError::Canonicalization { source: MethodError::WithComments(_), .. });
    refused!(
        c14n("http://www.w3.org/2006/12/xml-c14n11"),
        VerifyError::Canonicalization { source: MethodError::Unknown(_), .. }
    );
    refused!(c14n(Method::Exclusive.uri()), VerifyError::Transforms { .. });

    let method = format!("{ALGORITHMS}gostr34102012-gostr34112012-256");
    let by = |uri: &str| change(&good, &method, uri);
    refused!(by("http://www.w3.org/2000/09/xmldsig#rsa-sha1"), VerifyError::UnknownAlgorithm { .. });
    refused!(by(&format!("{ALGORITHMS}gostr34102001-gostr3411")), VerifyError::LegacyAlgorithm { .. });
    refused!(by("http://www.w3.org/2001/04/xmldsig-more#gostr34102001-gostr3411"), VerifyError::LegacyAlgorithm { .. });
    refused!(by(&method.replace("256", "512")), VerifyError::MixedSizes { .. });

    let digest = format!("{ALGORITHMS}gostr34112012-256");
    for (reference, number) in [("<ds:Reference Id", '1'), ("<ds:Reference Type", '2')] {
        let reference = part(&good, reference, "</ds:Reference>");
        let by = |uri: &str| change(&good, reference, &change(reference, &digest, uri));
        for legacy in ["http://www.w3.org/2001/04/xmldsig-more#gostr3411", &format!("{ALGORITHMS}gostr3411")] {
            refused!(by(legacy), VerifyError::LegacyAlgorithm { place, .. } if place.contains(number));
        }
        refused!(by("http://www.w3.org/2001/04/xmlenc#sha256"), VerifyError::UnknownAlgorithm { place, .. } if place.contains(number));
        refused!(by(&digest.replace("256", "512")), VerifyError::MixedSizes { place } if place.contains(number));
    }
    let digest = part(&good, "<xades:CertDigest>", "</ds:DigestMethod>");
    let legacy = resigned(&change(&good, digest, &digest.replace("gostr34112012-256", "gostr3411")));
    refused!(legacy, VerifyError::LegacyAlgorithm { place: "CertDigest", .. });
}

#[test]
fn references_and_targets_that_lead_elsewhere() {
    let good = inclusive();
    let first = part(&good, "<ds:Reference Id", "</ds:Reference>");
    let second = part(&good, "<ds:Reference Type", "</ds:Reference>");
    let third = first.replace("-ref0", "-ref1");
    refused!(change(&good, second, &format!("{second}{third}")), VerifyError::References { found: 3 });
    refused!(change(&good, second, ""), VerifyError::References { found: 1 });
    refused!(change(&good, first, &third).replacen(second, first, 1), VerifyError::Structure { .. });
    let uri = "URI=\"#signed-data-container\"";
    for elsewhere in
        ["", "#", "#nowhere", "signed-data-container", "#xpointer(id('signed-data-container'))", "http://example.org/"]
    {
        refused!(change(&good, uri, &format!("URI=\"{elsewhere}\"")), VerifyError::OtherElement { .. });
    }
    refused!(change(&good, uri, ""), VerifyError::OtherElement { .. });
    let properties = part(&good, "URI=\"#xmldsig", "-signedprops\"");
    refused!(change(&good, properties, uri), VerifyError::Target { .. });
    let target = part(&good, "Target=\"", "\"");
    refused!(change(&good, target, "Target=\"#signed-data-container\""), VerifyError::Target { .. });
    refused!(change(&good, target, ""), VerifyError::Target { .. });
    let old = good.replace("http://uri.etsi.org/01903/v1.3.2#", "http://uri.etsi.org/01903/v1.1.1#");
    refused!(old, VerifyError::Structure { element, .. } if element == "Object");
}

#[test]
fn signatures_built_otherwise() {
    let good = inclusive();
    for (what, by) in [
        ("</ds:X509Data>", "</ds:X509Data><ds:KeyName>x</ds:KeyName>"),
        ("</ds:X509Certificate>", "</ds:X509Certificate><ds:X509CRL>AA==</ds:X509CRL>"),
        ("</ds:KeyInfo>", "</ds:KeyInfo>text"),
        ("</ds:Object>", "</ds:Object><ds:Object></ds:Object>"),
        ("</xades:SignedProperties>", "</xades:SignedProperties><xades:UnsignedProperties/>"),
        ("<ds:SignedInfo>", "<ds:SignedInfo><!-- -->"),
        ("<ds:SignedInfo>", "<ds:SignedInfo><?x?>"),
        ("<ds:SignedInfo>", "<ds:SignedInfo>text"),
        ("<xades:SigningTime>", "<xades:SigningTime><![CDATA[]]>"),
        ("</ds:X509Certificate>", "*</ds:X509Certificate>"),
        ("</ds:SignatureValue>", "<b:Empty/></ds:SignatureValue>"),
    ] {
        refused!(change(&good, what, by), VerifyError::Structure { .. });
    }
    for (what, by) in [
        ("</xades:SigningTime>", "</xades:SigningTime><xades:SignaturePolicyIdentifier/>"),
        ("</xades:SignedSignatureProperties>", "</xades:SignedSignatureProperties><xades:SignedDataObjectProperties/>"),
        ("<xades:SigningCertificate>", "<xades:SigningCertificate><xades:Cert/>"),
    ] {
        refused!(resigned(&change(&good, what, by)), VerifyError::Structure { .. });
    }
}

#[test]
fn values_that_do_not_fit() {
    let good = inclusive();
    refused!(with_value(&good, |value| value.rotate_left(32)), VerifyError::Value(SignatureError::Swapped));
    refused!(with_value(&good, |value| value[0] ^= 1), VerifyError::Value(SignatureError::Wrong));
    refused!(with_value(&good, |value| value.fill(0)), VerifyError::Value(SignatureError::Wrong));
    refused!(with_value(&good, |value| value.fill(255)), VerifyError::Value(SignatureError::Wrong));
    refused!(with_value(&good, |value| value.truncate(63)), VerifyError::Value(SignatureError::Length { .. }));
    let first = part(&good, "<ds:Reference Id", "</ds:Reference>");
    let digest = part(first, "<ds:DigestValue>", "</ds:DigestValue>");
    let zeros = format!("<ds:DigestValue>{}</ds:DigestValue>", BASE64.encode([0; 32]));
    let changed = change(&good, first, &change(first, digest, &zeros));
    refused!(changed, VerifyError::Value(SignatureError::Wrong));
    refused!(resigned(&changed), VerifyError::ElementDigest);
    let second = part(&good, "<ds:Reference Type", "</ds:Reference>");
    let digest = part(second, "<ds:DigestValue>", "</ds:DigestValue>");
    refused!(change(&good, second, &change(second, digest, &zeros)), VerifyError::PropertiesDigest);
}

#[test]
fn certificates_that_do_not_belong() {
    let good = inclusive();
    let certificate = |name: &str| {
        let pem = messages::key_file(&format!("{name}.crt"));
        let body: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
        format!("<ds:X509Certificate>{body}</ds:X509Certificate>")
    };
    let own = part(&good, "<ds:X509Certificate>", "</ds:X509Certificate>");
    refused!(change(&good, own, &certificate("other-256")), VerifyError::CertificateDigest);
    refused!(change(&good, own, &certificate("org-512")), VerifyError::MixedSizes { .. });
    refused!(change(&good, own, &certificate("ca")), VerifyError::KeyUsage);
    refused!(change(&good, own, "<ds:X509Certificate>AAAA</ds:X509Certificate>"), VerifyError::Certificate(_));

    let digest =
        part(part(&good, "<xades:CertDigest>", "</xades:CertDigest>"), "<ds:DigestValue>", "</ds:DigestValue>");
    let zeros = format!("<ds:DigestValue>{}</ds:DigestValue>", BASE64.encode([0; 32]));
    refused!(resigned(&change(&good, digest, &zeros)), VerifyError::CertificateDigest);
    let serial = part(&good, "<ds:X509SerialNumber>", "</ds:X509SerialNumber>");
    for other in ["1", "", "-1", "0x10"] {
        let other = format!("<ds:X509SerialNumber>{other}</ds:X509SerialNumber>");
        refused!(resigned(&change(&good, serial, &other)), VerifyError::SerialNumber { .. });
    }
    for other in ["CN=Другой центр", "INN=1000000000", ""] {
        let issuer = part(&good, "<ds:X509IssuerName>", "</ds:X509IssuerName>");
        let other = format!("<ds:X509IssuerName>{other}</ds:X509IssuerName>");
        refused!(resigned(&change(&good, issuer, &other)), VerifyError::IssuerName(_));
    }
    for other in ["2026-10-31T12:30:45", "31.10.2026", "", "2026-10-31T12:40:45+03:00", "2036-10-31T12:30:45Z"] {
        let time = part(&good, "<xades:SigningTime>", "</xades:SigningTime>");
        let other = format!("<xades:SigningTime>{other}</xades:SigningTime>");
        refused!(resigned(&change(&good, time, &other)), VerifyError::SigningTime(_));
    }
}

#[test]
fn bombs_are_refused_in_bounded_time_and_memory() {
    let bomb = "<!DOCTYPE a [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">]><a Id='x'>&b;</a>";
    refused!(bomb, VerifyError::Xml(error) if *error.kind() == ErrorKind::Doctype);
    let limit = |error: &gis_gkh_xml::Error, named: &str| matches!(error.kind(), ErrorKind::Limit { what, .. } if *what == named);
    let nested = format!("<a Id='x'>{}{}</a>", "<a>".repeat(10_000), "</a>".repeat(10_000));
    refused!(nested, VerifyError::Xml(error) if limit(&error, "nested elements"));
    let attributes: String = (0..1_000_000).map(|n| format!(" a{n}=''")).collect();
    refused!(format!("<a Id='x'{attributes}/>"), VerifyError::Xml(error) if limit(&error, "attributes of one element"));
    let open: String = (0..100)
        .map(|n| format!("<a {}>", (0..60).map(|k| format!(" xmlns:p{n}k{k}='urn:{n}'")).collect::<String>()))
        .collect();
    refused!(format!("<a Id='x'>{open}"), VerifyError::Xml(error) if limit(&error, "namespace declarations in scope"));
    let good = inclusive();
    let stuffed = change(&good, "<ds:SignedInfo>", &format!("<ds:SignedInfo>{}", "<x/>".repeat(100_000)));
    refused!(stuffed, VerifyError::Xml(error) if limit(&error, "elements in a signature"));
    let ids: String = (0..20_000).map(|n| format!("<x Id='{n}'/>")).collect();
    refused!(change(&good, "<b:Empty/>", &ids), VerifyError::TooManyIds(_));
    let small = Limits { total: 1000, ..Limits::MESSAGE };
    let found = verify(good.as_bytes(), &VerifyOptions { limits: small, ..VerifyOptions::at(AT) });
    assert!(matches!(found, Err(VerifyError::Xml(error)) if limit(&error, "bytes")));
}

#[test]
fn every_truncation_is_refused() {
    let good = inclusive();
    let good = good.trim_end().as_bytes();
    for end in 0..good.len() {
        assert!(verify(&good[..end], &VerifyOptions::at(AT)).is_err(), "cut at {end}");
    }
}

/// Every byte of the signed element matters, and of the signature all but the `Id` of its value, which nothing refers to.
#[test]
fn every_changed_byte_is_noticed() {
    for profile in [ByteProfile::Inclusive, ByteProfile::Exclusive] {
        let good = text(profile);
        let report = check(&good).unwrap();
        let idle = {
            let start = good.find("<ds:SignatureValue ").unwrap() + "<ds:SignatureValue ".len();
            start..start + good[start..].find('>').unwrap()
        };
        let mut bytes = good.into_bytes();
        for at in report.element.filter(|at| !idle.contains(at)) {
            for flip in [1, 0x20] {
                bytes[at] ^= flip;
                assert!(verify(&bytes, &VerifyOptions::at(AT)).is_err(), "byte {at} changed by {flip}");
                bytes[at] ^= flip;
            }
        }
    }
}
