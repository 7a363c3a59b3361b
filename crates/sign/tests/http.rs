//! The provider that asks a service: held to the suite, and every fault of the service named.

#![expect(clippy::unwrap_used, reason = "helpers of tests may fail as loudly as the tests themselves")]

mod support;

use std::error::Error as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use gis_gkh_sign::conformance::{Sample, Subject};
use gis_gkh_sign::gost::{self, OsEntropy, PrivateKey};
use gis_gkh_sign::signer::{
    Answer, Body, Connect, Connecting, Encoding, HttpConfig, HttpError, HttpSigner, Input, ProviderError, RawSigner,
    SecretSource, SignError, Stream,
};
use support::held;

/// Long enough for any machine; only faults are waited for shorter.
const PATIENCE: Duration = Duration::from_secs(120);

/// A request as the service saw it.
struct Seen {
    head: String,
    body: Vec<u8>,
}

/// A service on a port of its own: answers each connection by `answer`, for as long as the test runs.
fn service(answer: impl Fn(&Seen) -> Vec<u8> + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Some((stream, seen)) = stream.ok().and_then(read) else { continue };
            // Whoever gave up does not read the answer.
            let _ = (&stream).write_all(&answer(&seen));
        }
    });
    format!("http://{address}/sign?key=org")
}

fn read(stream: TcpStream) -> Option<(TcpStream, Seen)> {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        (reader.read_line(&mut head).ok()? > 0).then_some(())?;
    }
    let length = head.to_lowercase();
    let (_, length) = length.split_once("content-length: ")?;
    let mut body = vec![0; length.lines().next()?.parse().ok()?];
    reader.read_exact(&mut body).ok()?;
    Some((reader.into_inner(), Seen { head, body }))
}

fn ok(body: &[u8]) -> Vec<u8> {
    [format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len()).as_bytes(), body].concat()
}

fn config(url: String) -> HttpConfig {
    HttpConfig {
        url,
        input: Input::Data,
        body: Body::Raw,
        headers: Vec::new(),
        secret: None,
        authorization: false,
        answer: Answer::Whole(Encoding::Raw),
        limit: PATIENCE,
        longest_answer: 4096,
        plain_anywhere: false,
    }
}

fn fails(config: HttpConfig) -> ProviderError {
    HttpSigner::new(config, None, None).and_then(|signer| signer.sign(b"data")).unwrap_err()
}

fn cause(error: &ProviderError) -> &HttpError {
    error.source().unwrap().downcast_ref().unwrap()
}

fn signed(key: &PrivateKey, digest: &[u8]) -> Vec<u8> {
    key.sign_digest(digest, &OsEntropy).unwrap()
}

struct Plain;

impl Subject for Plain {
    fn provider(&self, sample: &Sample) -> Result<Box<dyn RawSigner>, SignError> {
        let key = PrivateKey::from_pem(&sample.private_key).unwrap();
        let url = service(move |seen| ok(&signed(&key, &gost::digest(key.key_size(), &seen.body))));
        Ok(Box::new(HttpSigner::new(config(url), None, None)?))
    }
}

#[test]
fn a_service_that_hashes_and_answers_with_bytes_conforms() {
    held(&Plain);
}

/// A service like DSS: JSON with the digest and a PIN in it, base64 in a JSON text back.
struct Json;

impl Subject for Json {
    fn provider(&self, sample: &Sample) -> Result<Box<dyn RawSigner>, SignError> {
        let key = PrivateKey::from_pem(&sample.private_key).unwrap();
        let url = service(move |seen| {
            let body: serde_json::Value = serde_json::from_slice(&seen.body).unwrap();
            assert!(seen.head.contains("content-type: application/json\r\n"), "{}", seen.head);
            assert!(seen.head.contains("x-key: org\r\n"), "{}", seen.head);
            assert!(seen.head.starts_with("POST /sign?key=org HTTP/1.1\r\n"), "{}", seen.head);
            // The whole of PATH stands for a secret that needs no file and no writing of the environment.
            assert_eq!(body["pin"], std::env::var("PATH").unwrap());
            let value = signed(&key, &BASE64.decode(body["hash"].as_str().unwrap()).unwrap());
            ok(serde_json::json!({"result": [{"value": BASE64.encode(value)}]}).to_string().as_bytes())
        });
        let config = HttpConfig {
            input: Input::Digest,
            body: Body::Template {
                content_type: "application/json".to_owned(),
                text: r#"{"hash":"{base64}","pin":"{secret}","kind":{"gost":true}}"#.to_owned(),
            },
            headers: vec![("X-Key".to_owned(), "org".to_owned())],
            secret: Some(SecretSource::Variable("PATH".to_owned())),
            answer: Answer::Json { pointer: "/result/0/value".to_owned(), encoding: Encoding::Base64 },
            ..config(url)
        };
        Ok(Box::new(HttpSigner::new(config, None, None)?))
    }

    fn secrets(&self) -> Vec<String> {
        vec![std::env::var("PATH").unwrap(), "key=org".to_owned()]
    }
}

#[test]
fn a_service_that_speaks_json_conforms() {
    held(&Json);
}

#[test]
fn the_secret_is_sent_as_authorization_when_that_is_wanted() {
    let url = service(|seen| {
        let sent = seen.head.contains(&format!("authorization: {}\r\n", std::env::var("PATH").unwrap()));
        ok(if sent { b"yes" } else { b"no" })
    });
    let secret = Some(SecretSource::Variable("PATH".to_owned()));
    let wanted = HttpConfig { secret: secret.clone(), authorization: true, ..config(url.clone()) };
    assert_eq!(HttpSigner::new(wanted, None, None).unwrap().sign(b"data").unwrap(), b"yes");
    let unwanted = HttpConfig { secret, ..config(url) };
    assert_eq!(HttpSigner::new(unwanted, None, None).unwrap().sign(b"data").unwrap(), b"no");
}

#[test]
fn signing_works_within_a_task_of_a_runtime() {
    let url = service(|seen| ok(&seen.body));
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let value = runtime.block_on(async { HttpSigner::new(config(url), None, None).unwrap().sign(b"echo") });
    assert_eq!(value.unwrap(), b"echo");
}

#[test]
fn statuses_are_named_and_judged_by_whether_they_pass() {
    for (status, passing, hint) in [
        (401, false, "secret"),
        (302, false, "redirects"),
        (404, false, "address"),
        (422, false, "template"),
        (429, true, "state"),
        (500, true, "state"),
        (503, true, "state"),
    ] {
        let url = service(move |_| {
            format!("HTTP/1.1 {status} X\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 12\r\n\r\nPIN is 4711!")
                .into_bytes()
        });
        let error = fails(config(url));
        assert!(
            matches!(cause(&error), HttpError::Status { status: named, bytes: 12, .. } if *named == status),
            "{error}"
        );
        assert_eq!(error.is_passing(), passing, "{error}");
        let said = error.to_string();
        assert!(said.contains(hint) && !said.contains("4711") && !said.contains("key=org"), "{said}");
    }
}

#[test]
fn services_that_are_down_slow_or_broken_are_named() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let error = fails(config(format!("http://{closed}/")));
    assert!(matches!(cause(&error), HttpError::Connect(_)), "{error}");
    assert!(error.is_passing());

    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let limit = Duration::from_millis(200);
    let error = fails(HttpConfig { limit, ..config(format!("http://{}/", silent.local_addr().unwrap())) });
    assert!(matches!(cause(&error), HttpError::Slow { limit: named } if *named == limit), "{error}");
    assert!(error.is_passing());

    for answer in ["", "no HTTP at all\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort"] {
        let error = fails(config(service(move |_| answer.as_bytes().to_vec())));
        assert!(matches!(cause(&error), HttpError::Exchange(_)), "{answer}: {error}");
        assert!(error.is_passing());
    }
}

#[test]
fn answers_that_are_long_or_hold_no_value_are_refused() {
    let long = fails(config(service(|_| ok(&[b'x'; 5000]))));
    assert!(matches!(cause(&long), HttpError::TooLong(4096)), "{long}");
    let endless = fails(config(service(|_| {
        let mut answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
        for _ in 0..8 {
            answer.extend_from_slice(b"400\r\n");
            answer.extend_from_slice(&[b'x'; 1024]);
            answer.extend_from_slice(b"\r\n");
        }
        answer
    })));
    assert!(matches!(cause(&endless), HttpError::TooLong(4096)), "{endless}");
    let answer = Answer::Json { pointer: "/value".to_owned(), encoding: Encoding::Base64 };
    let html = fails(HttpConfig { answer, ..config(service(|_| ok(b"<html>"))) });
    assert!(matches!(cause(&html), HttpError::Answer(_)) && !html.is_passing(), "{html}");
}

#[test]
fn an_answer_of_unknown_length_ends_with_the_connection() {
    let url = service(|seen| [&b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"[..], &seen.body].concat());
    assert_eq!(HttpSigner::new(config(url), None, None).unwrap().sign(b"echo").unwrap(), b"echo");
}

#[test]
fn settings_that_cannot_be_used_are_refused_at_the_start() {
    let template = |text: &str| Body::Template { content_type: "text/plain".to_owned(), text: text.to_owned() };
    let good = || config("http://127.0.0.1:1/".to_owned());
    for (hint, wrong) in [
        ("no URL", config("::".to_owned())),
        ("neither", config("ftp://127.0.0.1/".to_owned())),
        ("neither", config("/sign".to_owned())),
        ("user name", config("http://user:4711@127.0.0.1/".to_owned())),
        ("plain http leaves", config("http://dss.example/".to_owned())),
        ("plain http leaves", config("http://192.0.2.1/".to_owned())),
        ("https is not built", config("https://dss.example/".to_owned())),
        ("neither {base64}", HttpConfig { body: template("{secret}"), ..good() }),
        ("{secret}, but", HttpConfig { body: template("{hex} {secret}"), ..good() }),
        ("authorization", HttpConfig { authorization: true, ..good() }),
        ("sets itself", HttpConfig { headers: vec![("Host".to_owned(), "x".to_owned())], ..good() }),
        ("name is none", HttpConfig { headers: vec![("a b".to_owned(), "x".to_owned())], ..good() }),
        ("value cannot", HttpConfig { headers: vec![("a".to_owned(), "x\ny".to_owned())], ..good() }),
        (
            "begin with /",
            HttpConfig { answer: Answer::Json { pointer: "a".to_owned(), encoding: Encoding::Hex }, ..good() },
        ),
        (
            "not raw bytes",
            HttpConfig { answer: Answer::Json { pointer: "/a".to_owned(), encoding: Encoding::Raw }, ..good() },
        ),
    ] {
        let error = HttpSigner::new(wrong, None, None).unwrap_err();
        assert!(error.to_string().contains(hint) && !error.to_string().contains("4711"), "{hint}: {error}");
        assert!(!error.is_passing());
    }
    let anywhere = HttpConfig { plain_anywhere: true, ..config("http://192.0.2.1/".to_owned()) };
    assert!(HttpSigner::new(anywhere, None, None).is_ok());
}

/// Stands for TLS: counts its connections, which go to a plain service here.
struct Counted(AtomicUsize, String);

impl Connect for Counted {
    fn connect<'a>(&'a self, host: &'a str, port: u16) -> Connecting<'a> {
        Box::pin(async move {
            assert_eq!((host, port), ("dss.example", 8443));
            self.0.fetch_add(1, Ordering::Relaxed);
            let stream = tokio::net::TcpStream::connect(&self.1).await?;
            Ok(Box::new(stream) as Box<dyn Stream>)
        })
    }
}

#[test]
fn https_goes_through_the_connector_that_was_given() {
    let url = service(|seen| ok(if seen.head.contains("host: dss.example:8443\r\n") { b"yes" } else { b"no" }));
    let address = url.trim_start_matches("http://").split('/').next().unwrap().to_owned();
    let tls = Arc::new(Counted(AtomicUsize::new(0), address));
    let signer = HttpSigner::new(config("https://dss.example:8443/".to_owned()), Some(tls.clone()), None).unwrap();
    assert_eq!(signer.sign(b"data").unwrap(), b"yes");
    assert_eq!(tls.0.load(Ordering::Relaxed), 1);
    assert!(signer.name().ends_with("https://dss.example:8443"), "{}", signer.name());
}
