//! What answers is no TLS server, or stops being one: each told apart.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;

/// What comes of a server that answers the first bytes so.
async fn answered(answer: &'static [u8]) -> HandshakeFailure {
    let place = Place::new();
    let authority = Authority::new(&place, "authority", Algorithm::Gost256);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let settings = settings(&listener.local_addr().unwrap().to_string(), &authority.certificate());
    let serve = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut first = vec![0; 16 << 10];
        let length = stream.read(&mut first).await.unwrap();
        assert_eq!(first[0], 22, "a handshake");
        assert!(!String::from_utf8_lossy(&first[..length]).contains("POST"));
        stream.write_all(answer).await.unwrap();
        stream.shutdown().await.unwrap();
        stream
    };
    tokio::join!(refused(settings), serve).0
}

#[tokio::test]
async fn a_page_in_the_open() {
    if !there(&["openssl"]) {
        return;
    }
    let page = b"HTTP/1.1 403 Forbidden\r\nContent-Type: text/html\r\n\r\n<html><title>Proxy says no</title></html>";
    assert_eq!(answered(page).await, HandshakeFailure::PlainHttp { title: "Proxy says no".into() });
    let bare = answered(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
    assert_eq!(bare, HandshakeFailure::PlainHttp { title: "HTTP/1.1 400 Bad Request".into() });
}

/// Something that speaks and does not end: what it is was told by its first words.
#[tokio::test]
async fn a_page_that_does_not_end() {
    if !there(&["openssl"]) {
        return;
    }
    let place = Place::new();
    let authority = Authority::new(&place, "authority", Algorithm::Gost256);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let settings = settings(&listener.local_addr().unwrap().to_string(), &authority.certificate());
    let serve = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"HTTP/1.1 302 Found\r\n").await.unwrap();
        stream
    };
    let (why, _open) = tokio::join!(refused(settings), serve);
    assert_eq!(why, HandshakeFailure::PlainHttp { title: "HTTP/1.1 302 Found".into() });
}

#[tokio::test]
async fn no_tls_at_all() {
    if !there(&["openssl"]) {
        return;
    }
    assert_eq!(answered(b"SSH-2.0-Invented\r\n").await, HandshakeFailure::NotTls);
}

#[tokio::test]
async fn a_connection_closed_in_the_middle() {
    if !there(&["openssl"]) {
        return;
    }
    assert_eq!(answered(b"").await, HandshakeFailure::Closed);
    assert_eq!(answered(&[22, 3, 3]).await, HandshakeFailure::Closed);
}

#[tokio::test]
async fn nobody_listens() {
    if !there(&["openssl"]) {
        return;
    }
    let place = Place::new();
    let authority = Authority::new(&place, "authority", Algorithm::Gost256);
    let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let transport = Http::over(tls(settings(&address, &authority.certificate())), NAME, HttpLimits::default()).unwrap();
    let error = post(&transport).await.unwrap_err();
    assert!(!error.left && matches!(&error.reason, TransportReason::Connect { to, .. } if *to == address), "{error}");
}

#[tokio::test]
async fn a_server_that_says_nothing() {
    if !there(&["openssl"]) {
        return;
    }
    let place = Place::new();
    let authority = Authority::new(&place, "authority", Algorithm::Gost256);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    // Certain to pass: the server never does its part.
    let limits = HttpLimits { connect: std::time::Duration::from_millis(50), ..HttpLimits::default() };
    let transport = Http::over(tls(settings(&address, &authority.certificate())), NAME, limits).unwrap();
    let error = post(&transport).await.unwrap_err();
    assert!(!error.left && matches!(&error.reason, TransportReason::Connect { to, .. } if *to == address), "{error}");
}
