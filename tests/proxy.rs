//! What a proxy may answer to CONNECT, and that nothing of a request leaves before it has made a way.

#![expect(clippy::unwrap_used, reason = "helpers of tests may fail as loudly as the tests themselves")]

use gis_gkh::connect::{Connect, HEAD_LIMIT, Proxy, ProxyFailure};
use gis_gkh::stand::BasicAuth;
use gis_gkh::transport::{Post, Transport as _, TransportError, TransportReason};
use gis_gkh::{Http, HttpLimits};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

const STAND: &str = "stand.invalid:443";
const PERSONAL: &str = "personal data of an invented person";

/// Connections to the stand through a proxy, in the open.
struct Through(Proxy);

impl Connect for Through {
    type Stream = TcpStream;

    fn to(&self) -> &str {
        STAND
    }

    async fn connect(&self) -> Result<TcpStream, TransportReason> {
        self.0.through(STAND).await
    }
}

fn login() -> BasicAuth {
    BasicAuth { login: "gateway".to_owned(), password: "пароль-4711".to_owned() }
}

/// The head of a request.
async fn head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    String::from_utf8(head).unwrap()
}

async fn post(proxy: Proxy) -> Result<u16, TransportError> {
    let http = Http::over(Through(proxy), "stand.invalid", HttpLimits::default()).unwrap();
    let post = Post { path: "/services", action: "urn:x", body: PERSONAL.as_bytes(), may_leave: &|| true };
    http.post(post).await.map(|reply| reply.status)
}

/// What comes of a proxy that answers so, and all it has been sent.
async fn answered(login: Option<BasicAuth>, answer: &[u8]) -> (ProxyFailure, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = Proxy { login, ..Proxy::new(listener.local_addr().unwrap().to_string()) };
    let address = proxy.address.clone();
    let serve = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let (mut heard, mut more) = (head(&mut stream).await, Vec::new());
        // Who has heard enough may have gone.
        let _ = stream.write_all(answer).await;
        let _ = stream.shutdown().await;
        let _ = stream.read_to_end(&mut more).await;
        heard.push_str(&String::from_utf8_lossy(&more));
        heard
    };
    let (posted, heard) = tokio::join!(post(proxy), serve);
    let error = posted.unwrap_err();
    assert!(!error.left, "{error}");
    assert!(!heard.contains("POST") && !heard.contains(PERSONAL), "{heard}");
    assert!(!format!("{error} {error:?}").contains("4711"), "{error:?}");
    let TransportReason::Proxy { proxy, to, why } = error.reason else { unreachable!("{error}") };
    assert_eq!((proxy, to.as_str()), (address, STAND));
    (why, heard)
}

#[tokio::test]
async fn a_request_goes_the_way_that_was_made() {
    for (login, authorization) in [
        (None, ""),
        // `gateway:пароль-4711` in Base64.
        (Some(login()), "Proxy-Authorization: Basic Z2F0ZXdheTrQv9Cw0YDQvtC70YwtNDcxMQ==\r\n"),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy = Proxy { login, ..Proxy::new(listener.local_addr().unwrap().to_string()) };
        assert!(!format!("{proxy:?}").contains("4711"));
        let serve = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            let asked = head(&mut stream).await;
            // In pieces, as networks do.
            for piece in ["HTTP/1.0 200 Connec", "tion established\r\nVia: invented\r\n\r", "\n"] {
                stream.write_all(piece.as_bytes()).await.unwrap();
                stream.flush().await.unwrap();
                tokio::task::yield_now().await;
            }
            let request = head(&mut stream).await;
            stream.write_all(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n").await.unwrap();
            (asked, request)
        };
        let (posted, (asked, request)) = tokio::join!(post(proxy), serve);
        assert_eq!(posted.unwrap(), 202);
        assert_eq!(asked, format!("CONNECT {STAND} HTTP/1.1\r\nHost: {STAND}\r\n{authorization}\r\n"));
        assert!(request.starts_with("POST /services HTTP/1.1\r\n") && !request.contains("Proxy-"), "{request}");
    }
}

#[tokio::test]
async fn a_proxy_that_wants_a_login_says_whether_there_was_one() {
    let answer = b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"x\"\r\n\r\n<html>Ivanov</html>";
    let (why, _) = answered(None, answer).await;
    assert_eq!(why, ProxyFailure::LoginWanted);
    let (why, heard) = answered(Some(login()), answer).await;
    assert_eq!(why, ProxyFailure::LoginRefused);
    assert!(heard.contains("Proxy-Authorization"));
    assert!(!format!("{why} {why:?}").contains("Ivanov"), "{why}");
}

#[tokio::test]
async fn a_refusal_is_told_by_its_status_and_not_by_its_page() {
    for status in [302, 403, 502, 503] {
        let answer = format!("HTTP/1.1 {status} Ivanov says no\r\nLocation: http://x/\r\n\r\n<html>Ivanov</html>");
        let (why, _) = answered(None, answer.as_bytes()).await;
        assert_eq!(why, ProxyFailure::Refused { status });
        assert!(!format!("{why} {why:?}").contains("Ivanov"), "{why}");
    }
}

#[tokio::test]
async fn what_is_no_proxy_is_told_from_one() {
    for answer in [
        &b"<!DOCTYPE html><html><title>Log in, Ivanov</title></html>"[..],
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html><title>Log in, Ivanov</title></html>",
        b"SSH-2.0-Invented\r\n",
        b"HTTP/1.1 yes\r\n\r\n",
        b"HTTP/1.1 2000 OK\r\n\r\n",
        b"HTTP/1.x 200 OK\r\n\r\n",
    ] {
        let (why, _) = answered(None, answer).await;
        assert_eq!(why, ProxyFailure::NotProxy, "{}", String::from_utf8_lossy(answer));
    }
}

#[tokio::test]
async fn a_proxy_that_closes_before_it_has_answered() {
    for answer in ["", "HTT", "HTTP/1.1 200 Connection established\r\n"] {
        assert_eq!(answered(None, answer.as_bytes()).await.0, ProxyFailure::Closed, "{answer}");
    }
}

#[tokio::test]
async fn a_head_without_end_is_not_read_to_its_end() {
    let endless = |length| format!("HTTP/1.1 200 OK\r\nX: {}", "x".repeat(length));
    let (why, _) = answered(None, endless(HEAD_LIMIT * 16).as_bytes()).await;
    assert_eq!(why, ProxyFailure::TooLong { limit: HEAD_LIMIT });
    // One byte too many, though it ends.
    let long = endless(HEAD_LIMIT - endless(0).len() - 3) + "\r\n\r\n";
    assert_eq!(long.len(), HEAD_LIMIT + 1);
    assert_eq!(answered(None, long.as_bytes()).await.0, ProxyFailure::TooLong { limit: HEAD_LIMIT });
}

#[tokio::test]
async fn a_proxy_nobody_can_reach_or_ask_is_named() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let why = |error: TransportReason| match error {
        TransportReason::Proxy { why, .. } => why,
        other => unreachable!("{other}"),
    };
    let unreachable = Proxy::new(closed.as_str()).through(STAND).await.unwrap_err();
    assert!(unreachable.to_string().contains(&closed), "{unreachable}");
    assert!(matches!(why(unreachable), ProxyFailure::Unreachable(_)));
    for to in ["stand.invalid", "stand.invalid:443\r\nX: y", "user@stand.invalid:443", ""] {
        let error = Proxy::new(closed.as_str()).through(to).await.unwrap_err();
        assert!(matches!(why(error), ProxyFailure::Settings(_)), "{to}");
    }
    let login = Some(BasicAuth { login: "a:b".to_owned(), password: "4711".to_owned() });
    let error = Proxy { login, ..Proxy::new(closed) }.through(STAND).await.unwrap_err();
    assert!(!format!("{error} {error:?}").contains("4711"));
    assert!(matches!(why(error), ProxyFailure::Settings(_)));
}
