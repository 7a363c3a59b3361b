//! GOST TLS through an HTTP proxy.

use gis_gkh::connect::{Proxy, ProxyFailure};
use gis_gkh::stand::BasicAuth;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

use super::*;

/// As the settings name it: only the proxy knows where it is.
const STAND: &str = "stand.invalid:443";

async fn head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    String::from_utf8(head).unwrap()
}

#[tokio::test]
async fn a_stand_behind_a_proxy() {
    if !there(&["openssl"]) {
        return;
    }
    let place = Place::new();
    let authority = Authority::new(&place, "authority", Algorithm::Gost256);
    let server = SServer::start(&place, &authority.issue("server", Wish::of(Algorithm::Gost256)), &["-tls1_2"]);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let login = BasicAuth { login: "gateway".into(), password: "secret-4711".into() };
    let proxy = Proxy { login: Some(login), ..Proxy::new(listener.local_addr().unwrap().to_string()) };
    let settings = Settings { proxy: Some(proxy), ..settings(STAND, &authority.certificate()) };
    assert!(!format!("{settings:?}").contains("4711"), "{settings:?}");
    let serve = async {
        let (mut inside, _) = listener.accept().await.unwrap();
        let asked = head(&mut inside).await;
        let mut outside = TcpStream::connect(&server.address).await.unwrap();
        inside.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await.unwrap();
        // Either side may end without a farewell.
        let _ = copy_bidirectional(&mut inside, &mut outside).await;
        asked
    };
    let (peer, asked) = tokio::join!(probe(settings), serve);
    assert_eq!((peer.suite, peer.version), (Suite::Kuznyechik, "TLSv1.2"));
    assert!(
        asked.starts_with("CONNECT stand.invalid:443 HTTP/1.1\r\n")
            && asked.contains("\r\nProxy-Authorization: Basic ")
    );
}

/// What comes of a proxy that answers so: nothing of TLS, and nothing of the request, is sent to it.
async fn answered(answer: &[u8]) -> ProxyFailure {
    let place = Place::new();
    let authority = Authority::new(&place, "authority", Algorithm::Gost256);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = Some(Proxy::new(listener.local_addr().unwrap().to_string()));
    let settings = Settings { proxy, ..settings(STAND, &authority.certificate()) };
    let transport = Http::over(tls(settings), NAME, HttpLimits::default()).unwrap();
    let serve = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        head(&mut stream).await;
        let _ = stream.write_all(answer).await;
        let _ = stream.shutdown().await;
        let mut more = Vec::new();
        let _ = stream.read_to_end(&mut more).await;
        more
    };
    let (posted, more) = tokio::join!(post(&transport), serve);
    assert_eq!(more, b"", "after the question for a way");
    let error = posted.unwrap_err();
    assert!(!error.left, "{error}");
    match error.reason {
        TransportReason::Proxy { why, .. } => why,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_proxy_that_makes_no_way() {
    if !there(&["openssl"]) {
        return;
    }
    let wants = b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Negotiate\r\n\r\n";
    assert_eq!(answered(wants).await, ProxyFailure::LoginWanted);
    let page = b"HTTP/1.1 403 Forbidden\r\nContent-Type: text/html\r\n\r\n<html><title>No</title></html>";
    assert_eq!(answered(page).await, ProxyFailure::Refused { status: 403 });
    assert_eq!(answered(b"<html><title>Log in</title></html>").await, ProxyFailure::NotProxy);
    assert_eq!(answered(b"").await, ProxyFailure::Closed);
    let endless = [&b"HTTP/1.1 200 OK\r\nX: "[..], &[b'x'; 64 << 10]].concat();
    assert!(matches!(answered(&endless).await, ProxyFailure::TooLong { .. }));
}
