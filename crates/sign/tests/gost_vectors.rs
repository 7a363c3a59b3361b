//! Published vectors through the public interface: RFC 6986 (Streebog) and RFC 9215 (certificates). RFC 7091, which
//! needs chosen nonces and its own curves, is checked inside the crate.

#![expect(clippy::unwrap_used, reason = "helpers of tests may fail as loudly as the tests themselves")]

use gis_gkh_sign::certificate::{Certificate, CertificateError};
use gis_gkh_sign::gost::{self, AlgorithmError, Curve, Hasher, KeySize, PrivateKey, PublicKeyError};

fn bytes(hex: &str) -> Vec<u8> {
    assert!(hex.len().is_multiple_of(2));
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

/// RFC 6986 §10: message, 256-bit digest, 512-bit digest, in the byte order of everyday tools.
const STREEBOG: [(&str, &str, &str); 2] = [
    (
        "303132333435363738393031323334353637383930313233343536373839303132333435363738393031323334353637383930313233\
         343536373839303132",
        "9d151eefd8590b89daa6ba6cb74af9275dd051026bb149a452fd84e5e57b5500",
        "1b54d01a4af5b9d5cc3d86d68d285462b19abc2475222f35c085122be4ba1ffa\
         00ad30f8767b3a82384c6574f024c311e2a481332b08ef7f41797891c1646f48",
    ),
    (
        "d1e520e2e5f2f0e82c20d1f2f0e8e1eee6e820e2edf3f6e82c20e2e5fef2fa20f120eceef0ff20f1f2f0e5ebe0ece820ede020f5f0e0\
         e1f0fbff20efebfaeafb20c8e3eef0e5e2fb",
        "9dd2fe4e90409e5da87f53976d7405b0c0cac628fc669a741d50063c557e8f50",
        "1e88e62226bfca6f9994f1f2d51569e0daf8475a3b0fe61a5300eee46d961376\
         035fe83549ada2b8620fcd7c496ce5b33f0cb9dddc2b6460143b03dabac9fb28",
    ),
];

#[test]
fn rfc_6986_section_10() {
    for (message, narrow, wide) in STREEBOG {
        let message = bytes(message);
        assert_eq!(gost::digest(KeySize::Bits256, &message), bytes(narrow));
        assert_eq!(gost::digest(KeySize::Bits512, &message), bytes(wide));
    }
}

#[test]
fn hashing_in_pieces_gives_the_same_digest() {
    let message: Vec<u8> = (0..=255).cycle().take(1000).collect();
    for size in [KeySize::Bits256, KeySize::Bits512] {
        let whole = gost::digest(size, &message);
        assert_eq!(whole.len(), size.bytes());
        for cut in [0, 1, 63, 64, 65, 128, 999, 1000] {
            let mut hasher = Hasher::new(size);
            hasher.update(&message[..cut]);
            hasher.update(&message[cut..]);
            assert_eq!(hasher.size(), size);
            assert_eq!(hasher.finish(), whole, "cut at {cut}");
        }
    }
}

/// RFC 9215 appendix A.2: key, certificate and its signature on tc26-256-A, without digest parameters.
#[test]
fn rfc_9215_example_certificate_on_tc26_256_a() {
    let certificate = Certificate::from_pem(include_str!("rfc9215/a2-256-tc26-a.crt")).unwrap();
    certificate.issued_by(&certificate).unwrap();
    assert_eq!(certificate.public_key().curve(), Curve::Tc26A256);
    assert_eq!(certificate.serial_decimal(), "10");
    assert_eq!(certificate.issuer_name(), "CN=Example");

    let mut d = bytes("3A929ADE789BB9BE10ED359DD39A72C10B87C83F80BE18B85C041F4325B62EC1");
    d.reverse();
    assert_eq!(PrivateKey::from_scalar(Curve::Tc26A256, &d).unwrap().public_key(), certificate.public_key());
}

/// The other two certificates of the appendix lie on the example curves of RFC 7091, which prove nothing about anyone.
#[test]
fn rfc_9215_example_curves_are_not_accepted() {
    for (pem, oid) in [
        (include_str!("rfc9215/a1-256-example-curve.crt"), "1.2.643.2.2.35.0"),
        (include_str!("rfc9215/a3-512-example-curve.crt"), "1.2.643.7.1.2.1.2.0"),
    ] {
        match Certificate::from_pem(pem) {
            Err(CertificateError::PublicKey(PublicKeyError::Algorithm(AlgorithmError::UnknownCurve(found)))) => {
                assert_eq!(found.to_string(), oid);
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn every_identifier_of_the_table_names_its_curve() {
    for (oid, curve) in [
        ("1.2.643.2.2.35.1", Curve::CryptoProA),
        ("1.2.643.2.2.36.0", Curve::CryptoProA),
        ("1.2.643.7.1.2.1.1.2", Curve::CryptoProA),
        ("1.2.643.2.2.35.2", Curve::CryptoProB),
        ("1.2.643.7.1.2.1.1.3", Curve::CryptoProB),
        ("1.2.643.2.2.35.3", Curve::CryptoProC),
        ("1.2.643.2.2.36.1", Curve::CryptoProC),
        ("1.2.643.7.1.2.1.1.4", Curve::CryptoProC),
        ("1.2.643.7.1.2.1.1.1", Curve::Tc26A256),
        ("1.2.643.7.1.2.1.2.1", Curve::Tc26A512),
        ("1.2.643.7.1.2.1.2.2", Curve::Tc26B512),
        ("1.2.643.7.1.2.1.2.3", Curve::Tc26C512),
    ] {
        assert_eq!(Curve::from_oid(&oid.parse().unwrap()), Some(curve), "{oid}");
    }
    assert_eq!(Curve::from_oid(&"1.2.643.2.2.35.0".parse().unwrap()), None);
}
