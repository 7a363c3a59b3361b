//! What is agreed upon with `openssl s_server`, and what is refused before a byte of a request has left.

use super::*;

/// A refusal, after which the server has seen nothing of the request.
async fn refused_unheard(server: SServer, settings: Settings) -> HandshakeFailure {
    let why = refused(settings).await;
    let heard = server.heard();
    assert!(!heard.contains(SECRET) && !heard.contains("POST"), "{heard}");
    why
}

fn authority(place: &Place) -> Authority<'_> {
    Authority::new(place, "authority", Algorithm::Gost256)
}

#[tokio::test]
async fn every_suite_with_keys_of_both_sizes() {
    if !there(&["openssl"]) {
        return;
    }
    let place = Place::new();
    let authority = authority(&place);
    for algorithm in [Algorithm::Gost256, Algorithm::Gost256Tc26, Algorithm::Gost512] {
        let server = authority.issue(&format!("server-{algorithm:?}"), Wish::of(algorithm));
        let server = SServer::start(&place, &server, &["-tls1_2"]);
        for suite in Suite::ALL {
            let settings = Settings { suites: vec![suite], ..settings(&server.address, &authority.certificate()) };
            let peer = probe(settings).await;
            assert_eq!((peer.suite, peer.version, peer.outdated, peer.resumed), (suite, "TLSv1.2", false, false));
            assert!(!peer.certificate_asked);
            assert_eq!(peer.chain[0].subject, format!("CN=Образец server-{algorithm:?}"));
            assert_eq!(peer.chain[0].issuer, "CN=Выдуманный УЦ authority");
            assert_eq!(peer.chain[0].not_after, Some(datetime!(2049-12-31 23:59:59 UTC)));
        }
        let peer = probe(settings(&server.address, &authority.certificate())).await;
        assert_eq!(peer.suite, Suite::Kuznyechik, "the best of what both have");
    }
}

#[tokio::test]
async fn an_authority_of_512_bits() {
    if !there(&["openssl"]) {
        return;
    }
    let place = Place::new();
    let authority = Authority::new(&place, "authority", Algorithm::Gost512);
    let server = authority.issue("server", Wish::of(Algorithm::Gost512));
    let client = authority.issue("client", Wish::of(Algorithm::Gost512));
    let trusted = authority.certificate();
    let demand = ["-tls1_2", "-Verify", "1", "-verify_return_error", "-CAfile", trusted.to_str().unwrap()];
    let server = SServer::start(&place, &server, &demand);
    let peer = probe(Settings { credentials: Some(credentials(&client)), ..settings(&server.address, &trusted) }).await;
    assert!(peer.certificate_asked);
}

#[tokio::test]
async fn a_client_certificate_of_either_size() {
    if !there(&["openssl"]) {
        return;
    }
    let place = Place::new();
    let authority = authority(&place);
    let server = authority.issue("server", Wish::of(Algorithm::Gost256));
    let trusted = authority.certificate();
    let demand = ["-tls1_2", "-Verify", "1", "-verify_return_error", "-CAfile", trusted.to_str().unwrap()];
    let server = SServer::start(&place, &server, &demand);
    for algorithm in [Algorithm::Gost256, Algorithm::Gost512] {
        let client = authority.issue(&format!("client-{algorithm:?}"), Wish::of(algorithm));
        let peer =
            probe(Settings { credentials: Some(credentials(&client)), ..settings(&server.address, &trusted) }).await;
        assert!(peer.certificate_asked && peer.suite == Suite::Kuznyechik);
    }
}

#[tokio::test]
async fn a_server_of_another_authority() {
    if !there(&["openssl"]) {
        return;
    }
    let place = Place::new();
    let (authority, other) = (authority(&place), Authority::new(&place, "other", Algorithm::Gost512));
    let server = authority.issue("server", Wish::of(Algorithm::Gost256));
    let server = SServer::start(&place, &server, &["-tls1_2"]);
    let settings = settings(&server.address, &other.certificate());
    let why = refused_unheard(server, settings).await;
    let trusted = other.certificate().display().to_string();
    assert_eq!(why, HandshakeFailure::UnknownAuthority { subject: "CN=Образец server".into(), trusted });
}

#[tokio::test]
async fn a_server_whose_certificate_has_expired_or_is_not_valid_yet() {
    if !there(&["openssl"]) {
        return;
    }
    let place = Place::new();
    let authority = authority(&place);
    for (name, from, until, expected) in [
        (
            "old",
            "20200101000000Z",
            "20261103085959Z",
            HandshakeFailure::Expired {
                subject: "CN=Образец old".into(), until: "2026-11-03 08:59:59 UTC".into()
            },
        ),
        (
            "new",
            "20261103090001Z",
            "20491231235959Z",
            HandshakeFailure::NotYetValid {
                subject: "CN=Образец new".into(), from: "2026-11-03 09:00:01 UTC".into()
            },
        ),
    ] {
        let server = authority.issue(name, Wish { from, until, ..Wish::of(Algorithm::Gost256) });
        let server = SServer::start(&place, &server, &["-tls1_2"]);
        let settings = settings(&server.address, &authority.certificate());
        assert_eq!(refused_unheard(server, settings).await, expected);
    }
}

#[tokio::test]
async fn a_server_by_another_name() {
    if !there(&["openssl"]) {
        return;
    }
    let place = Place::new();
    let authority = authority(&place);
    let server =
        authority.issue("server", Wish { names: "DNS:other.invalid,IP:127.0.0.2", ..Wish::of(Algorithm::Gost256) });
    for name in [NAME, "127.0.0.1"] {
        let server = SServer::start(&place, &server, &["-tls1_2"]);
        let settings = Settings { name: name.into(), ..settings(&server.address, &authority.certificate()) };
        let why = refused_unheard(server, settings).await;
        assert_eq!(why, HandshakeFailure::OtherName { subject: "CN=Образец server".into(), expected: name.into() });
    }
    let server = SServer::start(&place, &server, &["-tls1_2"]);
    for name in ["other.invalid", "127.0.0.2"] {
        probe(Settings { name: name.into(), ..settings(&server.address, &authority.certificate()) }).await;
    }
}

#[tokio::test]
async fn a_server_that_demands_a_certificate_and_gets_none() {
    if !there(&["openssl"]) {
        return;
    }
    let place = Place::new();
    let authority = authority(&place);
    let server = authority.issue("server", Wish::of(Algorithm::Gost256));
    let server = SServer::start(&place, &server, &["-tls1_2", "-Verify", "1", "-verify_return_error"]);
    let settings = settings(&server.address, &authority.certificate());
    assert_eq!(refused_unheard(server, settings).await, HandshakeFailure::CertificateDemanded);
}

#[tokio::test]
async fn a_client_certificate_that_the_server_does_not_take() {
    if !there(&["openssl"]) {
        return;
    }
    let place = Place::new();
    let (authority, other) = (authority(&place), Authority::new(&place, "other", Algorithm::Gost256));
    let server = authority.issue("server", Wish::of(Algorithm::Gost256));
    let trusted = authority.certificate();
    let demand = ["-tls1_2", "-Verify", "1", "-verify_return_error", "-CAfile", trusted.to_str().unwrap()];
    let old = Wish { until: "20210101000000Z", ..Wish::of(Algorithm::Gost256) };
    for (client, alert) in [
        (other.issue("foreign", Wish::of(Algorithm::Gost256)), "tlsv1 alert unknown ca"),
        (authority.issue("expired", old), "sslv3 alert certificate expired"),
    ] {
        let server = SServer::start(&place, &server, &demand);
        let settings = Settings { credentials: Some(credentials(&client)), ..settings(&server.address, &trusted) };
        let why = refused_unheard(server, settings).await;
        assert_eq!(why, HandshakeFailure::CertificateRefused { alert: alert.into() });
    }
}

#[tokio::test]
async fn a_server_with_aes_only() {
    if !there(&["openssl"]) {
        return;
    }
    let place = Place::new();
    let authority = Authority::new(&place, "authority", Algorithm::Rsa);
    let server = authority.issue("server", Wish::of(Algorithm::Rsa));
    let offered = Suite::ALL.map(Suite::name).join(":");
    for (version, expected) in [
        ("-tls1_2", HandshakeFailure::NoCommonSuite { offered }),
        ("-tls1_3", HandshakeFailure::NoCommonVersion { allowed: "TLS 1.2".into() }),
    ] {
        let server = SServer::start(&place, &server, &[version]);
        let settings = settings(&server.address, &authority.certificate());
        assert_eq!(refused_unheard(server, settings).await, expected, "{version}");
    }
}

/// The one suite of the server is GOST, but not among those that are offered.
#[tokio::test]
async fn a_server_with_another_gost_suite() {
    if !there(&["openssl"]) {
        return;
    }
    let place = Place::new();
    let authority = authority(&place);
    let server = authority.issue("server", Wish::of(Algorithm::Gost256));
    let server = SServer::start(&place, &server, &["-tls1_2", "-cipher", Suite::Magma.name()]);
    let settings = Settings { suites: vec![Suite::Kuznyechik], ..settings(&server.address, &authority.certificate()) };
    let why = refused_unheard(server, settings).await;
    assert_eq!(why, HandshakeFailure::NoCommonSuite { offered: Suite::Kuznyechik.name().into() });
}

#[tokio::test]
async fn tls_1_0_by_express_switch_only() {
    if !there(&["openssl"]) {
        return;
    }
    let place = Place::new();
    let authority = authority(&place);
    let server = authority.issue("server", Wish::of(Algorithm::Gost256));
    let old = ["-tls1", "-cipher", "ALL:@SECLEVEL=0"];
    let first = SServer::start(&place, &server, &old);
    let usual = settings(&first.address, &authority.certificate());
    let why = refused_unheard(first, usual).await;
    assert_eq!(why, HandshakeFailure::NoCommonVersion { allowed: "TLS 1.2".into() });

    let second = SServer::start(&place, &server, &old);
    let switched = Settings { floor: Floor::Tls10, ..settings(&second.address, &authority.certificate()) };
    let peer = probe(switched).await;
    assert_eq!((peer.version, peer.outdated, peer.suite), ("TLSv1", true, Suite::IanaGost89));

    // The switch allows it; it does not prefer it.
    let third = SServer::start(&place, &server, &["-cipher", "ALL:@SECLEVEL=0"]);
    let peer = probe(Settings { floor: Floor::Tls10, ..settings(&third.address, &authority.certificate()) }).await;
    assert_eq!((peer.version, peer.outdated, peer.suite), ("TLSv1.2", false, Suite::Kuznyechik));
}

#[tokio::test]
async fn a_session_is_gone_on_with() {
    if !there(&["openssl"]) {
        return;
    }
    let place = Place::new();
    let authority = authority(&place);
    let server = authority.issue("server", Wish::of(Algorithm::Gost512));
    let server = SServer::start(&place, &server, &["-tls1_2"]);
    for suite in Suite::ALL {
        let tls = tls(Settings { suites: vec![suite], ..settings(&server.address, &authority.certificate()) });
        let (first, second) = (tls.probe().await.unwrap(), tls.probe().await.unwrap());
        assert_eq!((first.resumed, second.resumed), (false, true), "{suite}");
        assert_eq!((second.suite, &second.chain), (suite, &first.chain));
        assert_eq!(tls.last_peer(), Some(second));
    }
}
