//! A bill over real GOST TLS: signed, sent through nginx to the sandbox, asked after; and through a tunnel of stunnel.

use gis_gkh::operation::StateAnswer;
use gis_gkh::{Client, PlainHttp, Stand};
use gis_gkh_sign::gost::OsEntropy;
use tokio::net::TcpListener;

use super::sandbox::{self, document, guid, month, results, signer};
use super::*;

/// A sandbox over plain HTTP, for as long as its runtime lives.
async fn sandbox_served() -> (sandbox::Stand, String) {
    let stand = sandbox::Stand::new();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(Arc::clone(&stand.sandbox).serve(listener, std::future::pending()));
    (stand, address)
}

fn client(stand: &sandbox::Stand, transport: Arc<dyn Transport>) -> Client {
    let identity = gis_gkh::Identity::new(guid("ours"), signer("org-256"));
    Client::new(identity, transport, stand.clock.clone(), Arc::new(OsEntropy))
}

async fn a_bill_goes_the_whole_way(client: &Client) {
    let receipt = client.bills().import_payment_document_data(month(vec![document(1, "n-1")])).await.unwrap();
    let answer = client.bills().get_state(receipt.ack).await.unwrap();
    assert_eq!((answer.body.state(), answer.drift.len()), (3, 0));
    assert_eq!(results(&answer.body), [Ok("00АА000001-01-6101".to_owned())]);
}

/// What nginx is told to demand of its clients.
fn demand(authority: &Authority<'_>) -> String {
    format!("ssl_verify_client on; ssl_client_certificate {};", authority.certificate().display())
}

fn pinned(suite: Suite) -> String {
    format!("ssl_ciphers {};", suite.name())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bill_through_nginx_by_every_suite() {
    if !there(&["openssl", "nginx"]) {
        return;
    }
    let place = Place::new();
    let authority = Authority::new(&place, "authority", Algorithm::Gost256);
    for (suite, algorithm) in [
        (Suite::Kuznyechik, Algorithm::Gost256),
        (Suite::Magma, Algorithm::Gost512),
        (Suite::IanaGost89, Algorithm::Gost512),
        (Suite::LegacyGost89, Algorithm::Gost256Tc26),
    ] {
        let (stand, behind) = sandbox_served().await;
        let server = authority.issue(&format!("server-{suite}"), Wish::of(algorithm));
        let own = authority.issue(&format!("client-{suite}"), Wish::of(algorithm));
        let front = nginx(&place, &server, &behind, &(demand(&authority) + &pinned(suite)));
        let own = Some(credentials(&own));
        let settings = Settings { credentials: own, ..settings(&front.address, &authority.certificate()) };
        let transport = Arc::new(Http::over(tls(settings), NAME, HttpLimits::default()).unwrap());
        a_bill_goes_the_whole_way(&client(&stand, transport.clone())).await;
        let peer = transport.connector().last_peer().unwrap();
        assert_eq!((peer.suite, peer.version, peer.certificate_asked), (suite, "TLSv1.2", true));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nginx_wants_a_client_certificate() {
    if !there(&["openssl", "nginx"]) {
        return;
    }
    let place = Place::new();
    let (authority, other) =
        (Authority::new(&place, "authority", Algorithm::Gost256), Authority::new(&place, "other", Algorithm::Gost256));
    let server = authority.issue("server", Wish::of(Algorithm::Gost256));
    let (stand, behind) = sandbox_served().await;
    let front = nginx(&place, &server, &behind, &demand(&authority));
    // nginx agrees to TLS and answers with a page; the request is not sent there in the first place.
    let why = refused(settings(&front.address, &authority.certificate())).await;
    assert_eq!(why, HandshakeFailure::CertificateDemanded);
    // Of a certificate that it does not trust it tells by a page only.
    let foreign = Some(credentials(&other.issue("foreign", Wish::of(Algorithm::Gost256))));
    let settings = Settings { credentials: foreign, ..settings(&front.address, &authority.certificate()) };
    let transport = Arc::new(Http::over(tls(settings), NAME, HttpLimits::default()).unwrap());
    let said = client(&stand, transport).bills().import_payment_document_data(month(vec![document(1, "n-1")])).await;
    let error = sandbox::refused(said.unwrap_err());
    assert_eq!(error.code.as_deref(), Some("HTTP400"));
    assert_eq!(error.text, "HTTP status 400 (400 The SSL certificate error)");
    assert!(stand.sandbox.effects().is_empty(), "the sandbox has seen nothing");
}

/// Connections are kept over TLS as over plain HTTP, and one that has died is replaced by a resumed one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_are_kept() {
    if !there(&["openssl", "nginx"]) {
        return;
    }
    let place = Place::new();
    let authority = Authority::new(&place, "authority", Algorithm::Gost256);
    let server = authority.issue("server", Wish::of(Algorithm::Gost256));
    let (stand, behind) = sandbox_served().await;
    for (more, resumed) in [("", false), ("keepalive_requests 1;", true)] {
        let front = nginx(&place, &server, &behind, more);
        let transport = tls(settings(&front.address, &authority.certificate()));
        let transport = Arc::new(Http::over(transport, NAME, HttpLimits::default()).unwrap());
        let client = client(&stand, transport.clone());
        for _ in 0..3 {
            client.bills().get_state(guid("nothing")).await.unwrap_err();
        }
        assert_eq!(transport.connector().last_peer().unwrap().resumed, resumed, "{more}");
    }
}

/// A server that goes away in the middle: the request may have arrived.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_lost_after_the_request() {
    if !there(&["openssl"]) {
        return;
    }
    let place = Place::new();
    let authority = Authority::new(&place, "authority", Algorithm::Gost256);
    let server = authority.issue("server", Wish::of(Algorithm::Gost256));
    let mut server = SServer::start(&place, &server, &["-tls1_2"]);
    let transport = tls(settings(&server.address, &authority.certificate()));
    let transport = Http::over(transport, NAME, HttpLimits::default()).unwrap();
    let posted = tokio::spawn(async move { post(&transport).await });
    tokio::task::spawn_blocking(move || {
        server.wait_for(SECRET);
        drop(server);
    })
    .await
    .unwrap();
    let error = posted.await.unwrap().unwrap_err();
    assert!(error.left && matches!(error.reason, TransportReason::Broken(_)), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bill_through_a_tunnel() {
    if !there(&["openssl", "nginx", "stunnel"]) {
        return;
    }
    let place = Place::new();
    let authority = Authority::new(&place, "authority", Algorithm::Gost256);
    let server = authority.issue("server", Wish::of(Algorithm::Gost256));
    let own = authority.issue("client", Wish::of(Algorithm::Gost512));
    let (stand, behind) = sandbox_served().await;
    let front = nginx(&place, &server, &behind, &demand(&authority));
    let tunnel = stunnel(&place, &front.address, &own, &authority.certificate());
    let through = Stand { host: NAME.into(), ..Stand::sandbox(tunnel.address.clone()) };
    let transport: PlainHttp = through.transport(HttpLimits::default()).unwrap();
    a_bill_goes_the_whole_way(&client(&stand, Arc::new(transport))).await;
}

/// СИТ-02 by its plain port is told by a header whose certificate the information system has.
#[tokio::test]
async fn the_fingerprint_header() {
    use sha1::{Digest, Sha1};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    let text = std::fs::read_to_string(sandbox::root().join("fixtures/keys/org-256.crt")).unwrap();
    let certificate = gis_gkh_sign::certificate::Certificate::from_pem(&text).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut stand = Stand::sandbox(listener.local_addr().unwrap().to_string());
    // Said anew for a new certificate, never twice.
    stand.say_fingerprint(&certificate);
    stand.say_fingerprint(&certificate);
    let transport = stand.transport(HttpLimits::default()).unwrap();
    let serve = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(SECRET.as_bytes()) {
            head.push(stream.read_u8().await.unwrap());
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await.unwrap();
        String::from_utf8(head).unwrap()
    };
    let (posted, head) = tokio::join!(post(&transport), serve);
    posted.unwrap();
    let hex: String = Sha1::digest(certificate.der()).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(head.matches("fingerprint").count(), 1, "{head}");
    assert!(head.contains(&format!("\r\nx-client-cert-fingerprint: {hex}\r\n")), "{head}");
    assert_eq!(hex.len(), 40);
}
