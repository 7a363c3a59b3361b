//! The sample keys, certificates made by the gost engine, and everything that must be refused.

#![expect(clippy::unwrap_used, reason = "helpers of tests may fail as loudly as the tests themselves")]

use base64::Engine as _;
use gis_gkh_sign::certificate::{Certificate, CertificateError, ChainError, ValidityError};
use gis_gkh_sign::gost::{self, AlgorithmError, Curve, Entropy, EntropyError, KeySize, PrivateKey, PublicKeyError};
use gis_gkh_sign::key::KeyError;
use gis_gkh_sign::signer::{BuiltinSigner, SignError, Signer};
use time::macros::datetime;

macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!("../../../fixtures/keys/", $name))
    };
}

const CA: &str = fixture!("ca.crt");
const ORG: (&str, &str) = (fixture!("org-256.crt"), fixture!("org-256.key"));
const ORG_512: (&str, &str) = (fixture!("org-512.crt"), fixture!("org-512.key"));
const ORG_TC26A: (&str, &str) = (fixture!("org-tc26a-256.crt"), fixture!("org-tc26a-256.key"));
const EXPIRED: (&str, &str) = (fixture!("expired-256.crt"), fixture!("expired-256.key"));
const OTHER: (&str, &str) = (fixture!("other-256.crt"), fixture!("other-256.key"));
const SANDBOX: (&str, &str) = (fixture!("sandbox-256.crt"), fixture!("sandbox-256.key"));
const PAIRS: [(&str, &str); 6] = [ORG, ORG_512, ORG_TC26A, EXPIRED, OTHER, SANDBOX];

fn certificate(pem: &str) -> Certificate {
    Certificate::from_pem(pem).unwrap()
}

fn der(pem: &str) -> Vec<u8> {
    let digits: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    base64::engine::general_purpose::STANDARD.decode(digits).unwrap()
}

#[test]
fn every_sample_pair_signs_and_its_certificate_verifies() {
    let ca = certificate(CA);
    for (pem, key) in PAIRS {
        let signer = BuiltinSigner::from_pem(pem, key).unwrap();
        let value = signer.sign(b"canonical SignedInfo").unwrap();
        let size = signer.key_size();
        assert_eq!(value.len(), size.signature_bytes());
        let digest = gost::digest(size, b"canonical SignedInfo");
        signer.certificate().public_key().verify(&digest, &value).unwrap();
        signer.certificate().issued_by(&ca).unwrap();
        assert!(signer.certificate().is_sandbox_only());
        assert!(!signer.certificate().is_ca());
        assert_eq!(signer.certificate().der(), der(pem));
        let usage = signer.certificate().key_usage().unwrap();
        assert!(usage.digital_signature && usage.non_repudiation && !usage.certificate_signing);
    }
}

/// `s‖r`, big-endian, is what the engine gives: its values verify as they are.
#[test]
fn signatures_made_by_the_gost_engine_verify() {
    macro_rules! signed {
        ($name:literal) => {
            (fixture!($name), &include_bytes!(concat!("../../../fixtures/keys/", $name, ".sig"))[..])
        };
    }
    for (pem, signature) in [signed!("org-256.crt"), signed!("org-512.crt"), signed!("org-tc26a-256.crt")] {
        let key = certificate(pem).public_key().clone();
        key.verify(&gost::digest(key.key_size(), pem.as_bytes()), signature).unwrap();
    }
}

#[test]
fn sample_keys_lie_on_the_curves_they_are_meant_to() {
    for (pem, curve) in [(ORG.0, Curve::CryptoProA), (ORG_512.0, Curve::Tc26A512), (ORG_TC26A.0, Curve::Tc26A256)] {
        assert_eq!(certificate(pem).public_key().curve(), curve);
    }
}

#[test]
fn the_certification_centre_is_one_and_signed_itself() {
    let ca = certificate(CA);
    assert!(ca.is_ca());
    assert!(ca.is_sandbox_only());
    assert!(!ca.may_sign());
    ca.issued_by(&ca).unwrap();
    let refused = BuiltinSigner::from_pem(CA, fixture!("ca.key"));
    assert!(matches!(refused, Err(SignError::KeyUsage { .. })), "{refused:?}");
}

#[test]
fn names_are_written_as_the_system_compares_them() {
    let organisation = certificate(ORG.0);
    assert_eq!(
        organisation.issuer_name(),
        "1.2.840.113549.1.9.1=ca@sandbox.example, 1.2.643.100.1=1000000000001, 1.2.643.100.4=7700000001, C=RU, \
         ST=99 г. Образцовск, L=г. Образцовск, STREET=ул. Учебная\\, д. 1, 2.5.4.11=Испытательный стенд, \
         O=ООО \\\"Удостоверяющий центр\\, образцовый\\\" (тест), CN=Песочница ГИС ЖКХ (тест)"
    );
    assert_eq!(
        organisation.subject_name(),
        "1.2.840.113549.1.9.1=office@obrazcovaya.example, 1.2.643.100.1=1000000000002, \
         1.2.643.3.131.1.1=007700000002, C=RU, ST=99 г. Образцовск, L=г. Образцовск, \
         STREET=пр. Примерный\\, д. 2\\, стр. 3, 2.5.4.11=Отдел начислений, \
         O=ООО \\\"УК Образцовая\\, первая\\\" (тест), CN=ООО \\\"УК Образцовая\\\" (тест)"
    );
    assert_eq!(organisation.ogrn().as_deref(), Some("1000000000002"));
    assert_eq!(certificate(OTHER.0).ogrn().as_deref(), Some("1000000000003"));
}

#[test]
fn serial_numbers_of_twenty_bytes_are_written_in_decimal() {
    let good = der(ORG.0);
    let at = good.windows(2).position(|window| window == [0x02, 0x14]).expect("a serial number of 20 bytes") + 2;
    // As issued, and with a sign byte in front of a high bit.
    let mut signed = good.clone();
    signed[at..at + 2].copy_from_slice(&[0x00, 0x8e]);
    for bytes in [good, signed] {
        // Doubling and adding over decimal text, independent of the library's own conversion.
        let mut digits = vec![0u32];
        for byte in &bytes[at..at + 20] {
            for bit in (0..8).rev() {
                let mut carry = u32::from(byte >> bit & 1);
                for digit in &mut digits {
                    let value = *digit * 2 + carry;
                    (*digit, carry) = (value % 10, value / 10);
                }
                if carry > 0 {
                    digits.push(carry);
                }
            }
        }
        let expected: String = digits.iter().rev().map(u32::to_string).collect();
        assert_eq!(Certificate::from_der(&bytes).unwrap().serial_decimal(), expected);
    }
}

#[test]
fn validity_and_the_keys_own_period_are_told_apart() {
    let organisation = certificate(ORG.0);
    assert_eq!(organisation.not_before(), datetime!(2026-01-01 0:00 UTC));
    assert_eq!(organisation.not_after(), datetime!(2099-12-31 23:59:59 UTC));
    let period = organisation.private_key_period().unwrap();
    assert_eq!(period.not_before, Some(datetime!(2026-01-01 0:00 UTC)));
    assert_eq!(period.not_after, Some(datetime!(2099-06-30 23:59:59 UTC)));
    assert_eq!(organisation.signing_until(), datetime!(2099-06-30 23:59:59 UTC));
    assert_eq!(certificate(ORG_512.0).private_key_period(), None);
    assert_eq!(certificate(ORG_512.0).signing_until(), datetime!(2099-12-31 23:59:59 UTC));

    let at = |moment| organisation.check_validity(moment);
    assert_eq!(at(datetime!(2026-11-21 12:00 +03)), Ok(()));
    assert_eq!(at(datetime!(2026-01-01 0:00 UTC)), Ok(()));
    assert_eq!(at(datetime!(2099-06-30 23:59:59 UTC)), Ok(()));
    assert_eq!(at(datetime!(2025-12-31 23:59:59 UTC)), Err(ValidityError::NotYetValid(organisation.not_before())));
    assert_eq!(at(datetime!(2099-07-01 0:00 UTC)), Err(ValidityError::KeyPeriodEnded(organisation.signing_until())));
    assert_eq!(at(datetime!(2100-01-01 0:00 UTC)), Err(ValidityError::Expired(organisation.not_after())));

    // Reported on demand, not at load: an expired key may still be looked at.
    let expired = BuiltinSigner::from_pem(EXPIRED.0, EXPIRED.1).unwrap();
    let end = datetime!(2021-01-01 0:00 UTC);
    assert_eq!(expired.check_validity(datetime!(2026-11-21 12:00 UTC)), Err(ValidityError::Expired(end)));
    assert_eq!(expired.check_validity(datetime!(2020-06-01 12:00 UTC)), Ok(()));
}

#[test]
fn a_key_of_another_certificate_is_refused() {
    for (pem, key) in [(ORG.0, OTHER.1), (ORG.0, ORG_512.1), (ORG_TC26A.0, ORG.1)] {
        match BuiltinSigner::from_pem(pem, key) {
            Err(SignError::OtherKey { serial }) => assert_eq!(serial, certificate(pem).serial_decimal()),
            other => panic!("{other:?}"),
        }
    }
}

struct Fixed;

impl Entropy for Fixed {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        bytes.fill(7);
        Ok(())
    }
}

#[test]
fn injected_entropy_makes_signatures_repeatable_and_the_systems_own_does_not() {
    let fixed =
        || BuiltinSigner::new(certificate(ORG.0), PrivateKey::from_pem(ORG.1).unwrap(), Box::new(Fixed)).unwrap();
    assert_eq!(fixed().sign(b"data").unwrap(), fixed().sign(b"data").unwrap());
    let system = BuiltinSigner::from_pem(ORG.0, ORG.1).unwrap();
    assert_ne!(system.sign(b"data").unwrap(), system.sign(b"data").unwrap());
}

/// Every byte of a certificate matters: whichever is changed, it does not read or its issuer's signature does not fit.
#[test]
fn no_changed_byte_of_a_certificate_goes_unnoticed() {
    let ca = certificate(CA);
    let good = der(OTHER.0);
    Certificate::from_der(&good).unwrap().issued_by(&ca).unwrap();
    for at in 0..good.len() {
        let mut bad = good.clone();
        bad[at] ^= 1 << (at % 8);
        let accepted = Certificate::from_der(&bad).is_ok_and(|bad| bad.issued_by(&ca).is_ok());
        assert!(!accepted, "byte {at}");
    }
    for length in 0..good.len() {
        assert!(Certificate::from_der(&good[..length]).is_err(), "cut at {length}");
    }
    assert!(Certificate::from_der(&[good, vec![0]].concat()).is_err(), "a byte behind the end");
}

#[test]
fn chain_errors_name_what_is_wrong() {
    let ca = certificate(CA);
    let organisation = certificate(ORG.0);
    assert_eq!(
        organisation.issued_by(&certificate(OTHER.0)),
        Err(ChainError::OtherIssuer(organisation.issuer_name().to_owned()))
    );

    let mut tampered = der(ORG.0);
    let at = tampered.windows(13).position(|window| window == b"1000000000002").unwrap();
    tampered[at] = b'2';
    let tampered = Certificate::from_der(&tampered).unwrap().issued_by(&ca);
    assert!(matches!(tampered, Err(ChainError::Signature(_))), "{tampered:?}");

    let mut algorithm = der(ORG.0);
    let oid = [0x2a, 0x85, 0x03, 0x07, 0x01, 0x01, 0x03, 0x02];
    let last = algorithm.windows(8).rposition(|window| window == oid).unwrap();
    algorithm[last + 7] = 0x03;
    let algorithm = Certificate::from_der(&algorithm).unwrap().issued_by(&ca);
    assert!(matches!(algorithm, Err(ChainError::Algorithm(_))), "{algorithm:?}");

    // Same name and key as the centre, but neither cA nor keyCertSign.
    for (constraint, changed) in
        [(&[0x30, 0x06, 0x01, 0x01, 0xff][..], [4, 0x00]), (&[0x03, 0x02, 0x01, 0x06], [3, 0xc0])]
    {
        let mut no_ca = der(CA);
        let at = no_ca.windows(constraint.len()).position(|window| window == constraint).unwrap();
        no_ca[at + usize::from(changed[0])] = changed[1];
        let no_ca = Certificate::from_der(&no_ca).unwrap();
        assert_eq!(organisation.issued_by(&no_ca), Err(ChainError::NotCa));
    }
}

#[test]
fn certificate_files_that_hold_none_or_several_are_refused() {
    for (text, hint) in [
        ("", "no such block"),
        (ORG.1, "no such block"),
        ("-----BEGIN CERTIFICATE-----\nMIIB", "cut off"),
        ("-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----", "not base64"),
        (&[CA, ORG.0].concat(), "2 certificates"),
    ] {
        match Certificate::from_pem(text) {
            Err(CertificateError::Pem(reason)) => assert!(reason.contains(hint), "{reason}"),
            other => panic!("{other:?}"),
        }
    }
    let both = Certificate::all_from_pem(&[CA, ORG.0].concat()).unwrap();
    assert_eq!(both, [certificate(CA), certificate(ORG.0)]);
    // As people store them: CRLF, text around.
    let windows = format!("Bag Attributes\r\n{}", ORG.0.replace('\n', "\r\n"));
    assert_eq!(certificate(&windows), certificate(ORG.0));
}

#[test]
fn a_pem_file_with_key_and_certificate_serves_as_both() {
    let both = [ORG.0, ORG.1].concat();
    BuiltinSigner::from_pem(&both, &both).unwrap();
}

// ---- PKCS#8 ------------------------------------------------------------------------------------------------------

fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    match content.len() {
        short @ 0..=127 => out.push(short as u8),
        long @ 128..=255 => out.extend([0x81, long as u8]),
        longer => out.extend([0x82, (longer >> 8) as u8, longer as u8]),
    }
    out.extend_from_slice(content);
    out
}

const RSA: &[u8] = &[0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];
const ECDSA: &[u8] = &[
    0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03,
    0x01, 0x07,
];
const GOST_2001: &[u8] = &[
    0x30, 0x12, 0x06, 0x06, 0x2a, 0x85, 0x03, 0x02, 0x02, 0x13, 0x30, 0x08, 0x06, 0x06, 0x2a, 0x85, 0x03, 0x02, 0x02,
    0x23,
];
/// tc26-gost3410-2012-256 with curve `35.1` and no digest.
const GOST_256: &[u8] = &[
    0x30, 0x15, 0x06, 0x08, 0x2a, 0x85, 0x03, 0x07, 0x01, 0x01, 0x01, 0x01, 0x30, 0x09, 0x06, 0x07, 0x2a, 0x85, 0x03,
    0x02, 0x02, 0x23, 0x01,
];

fn pkcs8(algorithm: &[u8], content: &[u8]) -> Vec<u8> {
    tlv(0x30, &[&[0x02, 0x01, 0x00], algorithm, &tlv(0x04, content)].concat())
}

/// The 32 raw bytes at the end of a gost-engine key file.
fn raw_scalar(pem: &str) -> Vec<u8> {
    let der = der(pem);
    der[der.len() - 32..].to_vec()
}

#[test]
fn the_same_key_is_read_from_every_known_shape() {
    let expected = PrivateKey::from_pem(ORG.1).unwrap().public_key().clone();
    assert_eq!(&expected, certificate(ORG.0).public_key());
    let raw = raw_scalar(ORG.1);
    let mut big_endian: Vec<u8> = raw.iter().rev().copied().collect();
    if big_endian[0] & 0x80 != 0 {
        big_endian.insert(0, 0);
    }
    for (shape, content) in
        [("raw", raw.clone()), ("nested OCTET STRING", tlv(0x04, &raw)), ("INTEGER", tlv(0x02, &big_endian))]
    {
        let key = PrivateKey::from_pkcs8_der(&pkcs8(GOST_256, &content)).unwrap_or_else(|e| panic!("{shape}: {e}"));
        assert_eq!(key.public_key(), &expected, "{shape}");
    }
    // A small number makes a short INTEGER.
    let five = PrivateKey::from_pkcs8_der(&pkcs8(GOST_256, &tlv(0x02, &[5]))).unwrap();
    let mut scalar = [0; 32];
    scalar[0] = 5;
    assert_eq!(five.public_key(), PrivateKey::from_scalar(Curve::CryptoProA, &scalar).unwrap().public_key());
}

#[test]
fn masked_and_unknown_shapes_are_refused() {
    let read = |content: &[u8]| PrivateKey::from_pkcs8_der(&pkcs8(GOST_256, content));
    assert!(matches!(read(&[1; 64]), Err(KeyError::Masked)));
    assert!(matches!(read(&tlv(0x04, &[1; 96])), Err(KeyError::Masked)));
    for content in [vec![], vec![1; 31], vec![1; 33], tlv(0x04, &[1; 31]), tlv(0x02, &[1; 33]), tlv(0x30, &[])] {
        let refused = read(&content);
        assert!(matches!(refused, Err(KeyError::UnknownShape { expected: 32, .. })), "{refused:?}");
    }
    assert!(matches!(read(&[0; 32]), Err(KeyError::Key(_))), "zero");
    assert!(matches!(read(&[0xff; 32]), Err(KeyError::Key(_))), "above the order");
}

#[test]
fn keys_of_other_kinds_are_refused_with_the_remedy() {
    let read = |algorithm: &[u8]| PrivateKey::from_pkcs8_der(&pkcs8(algorithm, &[1; 32])).unwrap_err();
    assert!(matches!(read(RSA), KeyError::Algorithm(AlgorithmError::NotGost(_))));
    assert!(read(RSA).to_string().contains("RSA"));
    assert!(read(ECDSA).to_string().contains("ECDSA"));
    assert!(matches!(read(GOST_2001), KeyError::Algorithm(AlgorithmError::Outdated)));

    for label in ["EC PRIVATE KEY", "RSA PRIVATE KEY"] {
        let pem = format!("-----BEGIN {label}-----\nMAA=\n-----END {label}-----\n");
        match PrivateKey::from_pem(&pem) {
            Err(KeyError::OtherKind(found)) => assert_eq!(found, label),
            other => panic!("{other:?}"),
        }
    }
    let encrypted = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAA=\n-----END ENCRYPTED PRIVATE KEY-----\n";
    assert!(matches!(PrivateKey::from_pem(encrypted), Err(KeyError::Encrypted)));
    let encrypted = tlv(0x30, &[GOST_256, &tlv(0x04, &[1; 40])].concat());
    assert!(matches!(PrivateKey::from_pkcs8_der(&encrypted), Err(KeyError::Encrypted)));

    for text in ["", "no key here", ORG.0, &[ORG.1, OTHER.1].concat()] {
        assert!(matches!(PrivateKey::from_pem(text), Err(KeyError::Pem(_))), "{text}");
    }
    assert!(matches!(PrivateKey::from_pkcs8_der(&[]), Err(KeyError::Pkcs8(_))));
    assert!(matches!(PrivateKey::from_pkcs8_der(&pkcs8(GOST_256, &[1; 32])[..60]), Err(KeyError::Pkcs8(_))));
}

#[test]
fn parameters_that_do_not_fit_the_algorithm_are_refused() {
    // The 512-bit algorithm with a 256-bit curve, and a 256-bit key with the 512-bit digest.
    let mut wide = GOST_256.to_vec();
    wide[11] = 0x02;
    let digest_512 = [0x06, 0x08, 0x2a, 0x85, 0x03, 0x07, 0x01, 0x01, 0x02, 0x03];
    let mut digest = [GOST_256, &digest_512].concat();
    digest[1] += 10;
    digest[13] += 10;
    for algorithm in [wide, digest.clone()] {
        match PrivateKey::from_pkcs8_der(&pkcs8(&algorithm, &[1; 32])) {
            Err(KeyError::Algorithm(AlgorithmError::Mismatch { .. })) => {}
            other => panic!("{other:?}"),
        }
    }
    let fitting = digest.len() - 1;
    digest[fitting] = 0x02;
    PrivateKey::from_pkcs8_der(&pkcs8(&digest, &[1; 32])).unwrap();

    let none = tlv(0x30, &GOST_256[2..12]);
    let refused = PrivateKey::from_pkcs8_der(&pkcs8(&none, &[1; 32]));
    assert!(matches!(refused, Err(KeyError::Algorithm(AlgorithmError::Malformed(_)))), "{refused:?}");
}

#[test]
fn no_error_shows_a_byte_of_the_key() {
    let secret = [0xab; 33];
    let error = PrivateKey::from_pkcs8_der(&pkcs8(GOST_256, &secret)).unwrap_err();
    let shown = format!("{error} {error:?}").to_lowercase();
    assert!(!shown.contains("abab") && !shown.contains("171, 171"), "{shown}");
}

#[test]
fn a_public_key_in_a_certificate_that_is_no_point_is_refused() {
    let mut bytes = der(ORG.0);
    let coordinates = certificate(ORG.0).public_key().coordinates().to_vec();
    let at = bytes.windows(64).position(|window| window == coordinates).unwrap();
    bytes[at] ^= 1;
    match Certificate::from_der(&bytes) {
        Err(CertificateError::PublicKey(PublicKeyError::OffCurve)) => {}
        other => panic!("{other:?}"),
    }
}

#[test]
fn sizes_follow_the_key() {
    assert_eq!(BuiltinSigner::from_pem(ORG.0, ORG.1).unwrap().key_size(), KeySize::Bits256);
    assert_eq!(BuiltinSigner::from_pem(ORG_512.0, ORG_512.1).unwrap().key_size(), KeySize::Bits512);
}
