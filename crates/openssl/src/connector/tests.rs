//! The last look before a connection is given away: what happens should OpenSSL ever agree to something that is not GOST.

use std::pin::Pin;
use std::sync::{Arc, Mutex};

use gis_gkh::clock::Clock;
use gis_gkh::handshake::HandshakeFailure;
use gis_gkh::transport::{Post, Transport as _, TransportReason};
use gis_gkh::{Http, HttpLimits};
use openssl::asn1::Asn1Time;
use openssl::bn::BigNum;
use openssl::hash::MessageDigest;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::ssl::{Ssl, SslContext, SslMethod, SslVersion};
use openssl::x509::extension::SubjectAlternativeName;
use openssl::x509::{X509, X509NameBuilder};
use time::OffsetDateTime;
use time::macros::datetime;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;
use tokio_openssl::SslStream;

use super::{Floor, GostTls, Settings};
use crate::Suite;

const AES: &str = "ECDHE-RSA-AES256-GCM-SHA384";

struct Still;

impl Clock for Still {
    fn now(&self) -> OffsetDateTime {
        datetime!(2026-11-03 09:00:00 UTC)
    }
}

fn certificate() -> (X509, PKey<Private>) {
    let key = PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap();
    let mut name = X509NameBuilder::new().unwrap();
    name.append_entry_by_text("CN", "stand.invalid").unwrap();
    let name = name.build();
    let mut builder = X509::builder().unwrap();
    builder.set_version(2).unwrap();
    builder.set_serial_number(&BigNum::from_u32(1).unwrap().to_asn1_integer().unwrap()).unwrap();
    builder.set_subject_name(&name).unwrap();
    builder.set_issuer_name(&name).unwrap();
    builder.set_pubkey(&key).unwrap();
    builder.set_not_before(&Asn1Time::from_str("20200101000000Z").unwrap()).unwrap();
    builder.set_not_after(&Asn1Time::from_str("20491231235959Z").unwrap()).unwrap();
    let alternative =
        SubjectAlternativeName::new().dns("stand.invalid").build(&builder.x509v3_context(None, None)).unwrap();
    builder.append_extension(alternative).unwrap();
    builder.sign(&key, MessageDigest::sha256()).unwrap();
    (builder.build(), key)
}

#[tokio::test]
async fn a_suite_that_is_not_gost_is_dropped_before_a_byte_is_sent() {
    crate::engine::ffi::initialise();
    let (certificate, key) = certificate();
    let trusted = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(trusted.path(), certificate.to_pem().unwrap()).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let settings = Settings {
        address: listener.local_addr().unwrap().to_string(),
        name: "stand.invalid".into(),
        trusted: trusted.path().into(),
        credentials: None,
        floor: Floor::Tls12,
        suites: Suite::ALL.to_vec(),
        proxy: None,
    };
    // As if the list of suites were not heeded.
    let tls = GostTls {
        settings,
        offered: AES.into(),
        clock: Arc::new(Still),
        agreed: Mutex::new(None),
        last: Mutex::new(None),
    };
    let transport = Http::over(tls, "stand.invalid", HttpLimits::default()).unwrap();
    let serve = async {
        let mut context = SslContext::builder(SslMethod::tls_server()).unwrap();
        context.set_max_proto_version(Some(SslVersion::TLS1_2)).unwrap();
        context.set_certificate(&certificate).unwrap();
        context.set_private_key(&key).unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        let mut stream = SslStream::new(Ssl::new(&context.build()).unwrap(), stream).unwrap();
        Pin::new(&mut stream).accept().await.unwrap();
        let mut heard = Vec::new();
        // Dropped, it ends without a farewell.
        let _ = stream.read_to_end(&mut heard).await;
        heard
    };
    let post = Post { path: "/", action: "urn:x", body: b"secret", may_leave: &|| true };
    let (posted, heard) = tokio::join!(transport.post(post), serve);
    let error = posted.unwrap_err();
    assert!(!error.left);
    let TransportReason::Handshake { why, .. } = error.reason else { panic!("{error}") };
    assert_eq!(why, HandshakeFailure::NotGost { suite: AES.into(), version: "TLSv1.2".into() });
    assert_eq!(heard, b"", "the handshake was done, and nothing followed");
    assert_eq!(transport.connector().last_peer(), None);
}
