//! The file of trusted certificates, and its changes while the connector is at work.

use gis_gkh_openssl::{TlsError, TrustError};

use super::*;

#[tokio::test]
async fn a_changed_file_counts_for_the_next_connection() {
    if !there(&["openssl"]) {
        return;
    }
    let place = Place::new();
    let (first, second) =
        (Authority::new(&place, "first", Algorithm::Gost256), Authority::new(&place, "second", Algorithm::Gost512));
    let server = second.issue("server", Wish::of(Algorithm::Gost512));
    let server = SServer::start(&place, &server, &["-tls1_2"]);
    let trusted = place.file("trusted.pem");
    std::fs::copy(first.certificate(), &trusted).unwrap();
    let transport = Http::over(tls(settings(&server.address, &trusted)), NAME, HttpLimits::default()).unwrap();
    let refusal = |posted| refusal(posted, &server.address);
    let unknown = |why| matches!(why, HandshakeFailure::UnknownAuthority { .. });
    assert!(unknown(refusal(post(&transport).await)));

    // The new authority is added, as before a change of the stand's certificate.
    let both = [std::fs::read(first.certificate()).unwrap(), std::fs::read(second.certificate()).unwrap()].concat();
    std::fs::write(&trusted, &both).unwrap();
    assert!(!transport.connector().probe().await.unwrap().resumed);
    assert!(transport.connector().probe().await.unwrap().resumed);

    // Half a file trusts nobody, and says so; a session agreed upon before does not help.
    std::fs::write(&trusted, &both[..both.len() - 100]).unwrap();
    let HandshakeFailure::Trust(why) = refusal(post(&transport).await) else { panic!("another failure") };
    assert!(why.contains("trusted.pem has a certificate that is cut"), "{why}");

    std::fs::remove_file(&trusted).unwrap();
    assert!(matches!(refusal(post(&transport).await), HandshakeFailure::Trust(_)));

    // Whom the file no longer names is no longer trusted.
    std::fs::copy(first.certificate(), &trusted).unwrap();
    assert!(unknown(refusal(post(&transport).await)));
    std::fs::copy(second.certificate(), &trusted).unwrap();
    assert!(!transport.connector().probe().await.unwrap().resumed, "a session counts among those who agreed upon it");
}

/// The operator publishes the stand's certificate and not its authority's.
#[tokio::test]
async fn the_servers_own_certificate_may_be_trusted() {
    if !there(&["openssl"]) {
        return;
    }
    let place = Place::new();
    let authority = Authority::new(&place, "authority", Algorithm::Gost256);
    let pair = authority.issue("server", Wish::of(Algorithm::Gost256));
    let server = SServer::start(&place, &pair, &["-tls1_2"]);
    probe(settings(&server.address, &pair.certificate)).await;
    let other = authority.issue("other", Wish::of(Algorithm::Gost256));
    let why = refused(settings(&server.address, &other.certificate)).await;
    assert!(matches!(why, HandshakeFailure::UnknownAuthority { .. }), "{why}");
}

#[test]
fn a_file_that_is_of_no_use_shows_at_once() {
    if !there(&["openssl"]) {
        return;
    }
    let place = Place::new();
    let opened = |trusted: &Path| GostTls::new(engine(), settings("127.0.0.1:9", trusted), Arc::new(Still(NOW)));
    let missing = opened(&place.file("missing.pem")).map(drop).unwrap_err();
    assert!(matches!(missing, TlsError::Trust(TrustError::File { .. })), "{missing}");
    for (text, says) in [
        ("", "has no certificate in it"),
        ("-----BEGIN CERTIFICATE-----\nMIIB", "has a certificate that is cut"),
        ("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n", "has a certificate that cannot be read"),
    ] {
        std::fs::write(place.file("trusted.pem"), text).unwrap();
        let error = opened(&place.file("trusted.pem")).map(drop).unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    }
}
