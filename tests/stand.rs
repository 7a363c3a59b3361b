//! Stands: presets, certificates, and where plain HTTP may go.

use gis_gkh::HttpLimits;
use gis_gkh::stand::{BasicAuth, NAMES, Stand, StandError, StandKind};
use gis_gkh::transport::{Post, Transport};
use gis_gkh_sign::certificate::Certificate;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

const LOCAL: &str = "127.0.0.1:8080";

#[test]
fn presets() {
    let seen: Vec<_> = NAMES.map(|name| Stand::named(name, LOCAL).unwrap()).into();
    let seen: Vec<_> = seen.iter().map(|stand| (stand.name.as_str(), stand.kind, stand.host.as_str())).collect();
    assert_eq!(
        seen,
        [
            ("ppak", StandKind::Production, "api.dom.gosuslugi.ru"),
            ("sit-01", StandKind::Test, "sit01.dom.test.gosuslugi.ru:10081"),
            ("sit-02", StandKind::Test, "sit02.dom.test.gosuslugi.ru:10081"),
            ("sandbox", StandKind::Sandbox, "sandbox.invalid"),
        ]
    );
    for name in NAMES {
        let stand = Stand::named(name, LOCAL).unwrap();
        assert_eq!((stand.address.as_str(), stand.basic.is_none(), stand.plain_remote), (LOCAL, true, false));
        stand.transport(HttpLimits::default()).unwrap();
    }
    assert_eq!(Stand::named("ППАК", LOCAL), Ok(Stand::ppak(LOCAL)));
    assert_eq!(Stand::named("СИТ-01", LOCAL), Ok(Stand::sit01(LOCAL)));
    let unknown = Stand::named("prod", LOCAL).unwrap_err();
    assert_eq!(unknown.to_string(), "no stand is called `prod`; the names are ppak, sit-01, sit-02, sandbox");
}

#[test]
fn sample_certificates_are_for_the_sandbox_alone() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |path: &str| Certificate::from_pem(&std::fs::read_to_string(root.join(path)).unwrap()).unwrap();
    for name in ["org-256", "org-512", "expired-256", "sandbox-256"] {
        let certificate = read(&format!("fixtures/keys/{name}.crt"));
        assert_eq!(Stand::sandbox(LOCAL).check_certificate(&certificate), Ok(()));
        for stand in [Stand::ppak(LOCAL), Stand::sit01(LOCAL), Stand::sit02(LOCAL)] {
            let refused = stand.check_certificate(&certificate).unwrap_err();
            assert_eq!(refused, StandError::SandboxCertificate { stand: stand.name.clone() });
            assert!(refused.to_string().contains(&stand.name), "{refused}");
        }
    }
    // Named otherwise, it is still no sandbox.
    let renamed = Stand { name: "sandbox".into(), ..Stand::ppak(LOCAL) };
    assert!(renamed.check_certificate(&read("fixtures/keys/org-256.crt")).is_err());
    // Any other certificate passes (an example of RFC 9215); whether it is good for the stand, the stand says.
    let other = read("crates/sign/tests/rfc9215/a2-256-tc26-a.crt");
    assert_eq!(Stand::ppak(LOCAL).check_certificate(&other), Ok(()));
}

#[test]
fn plain_http_stays_on_this_machine_unless_the_stand_says_otherwise() {
    let to = |address: &str| Stand::ppak(address).transport(HttpLimits::default()).map(drop);
    for address in [LOCAL, "127.8.9.1:1", "[::1]:8080", "[::ffff:127.0.0.1]:80", "localhost:8080", "LocalHost:1"] {
        assert_eq!(to(address), Ok(()), "{address}");
    }
    for address in [
        "10.0.0.1:8080",
        "0.0.0.0:8080",
        "[::]:80",
        "[2001:db8::1]:80",
        "localhost.example.org:80",
        "tunnel:8080",
        "127.0.0.1.example.org:1",
    ] {
        let refused = StandError::Remote { stand: "ppak".into(), address: address.into() };
        assert_eq!(to(address), Err(refused), "{address}");
        let allowed = Stand { plain_remote: true, ..Stand::ppak(address) };
        assert!(allowed.transport(HttpLimits::default()).is_ok(), "{address}");
    }
    for address in
        ["", "127.0.0.1", ":80", "127.0.0.1:", "localhost:99999", "http://127.0.0.1:80", "a b:80", "user@localhost:80"]
    {
        let refused = StandError::Address { stand: "ppak".into(), address: address.into() };
        assert_eq!(to(address), Err(refused), "{address}");
        let allowed = Stand { plain_remote: true, ..Stand::ppak(address) };
        assert!(allowed.transport(HttpLimits::default()).is_err(), "{address}");
    }
}

#[test]
fn what_cannot_be_sent_is_named_without_its_value() {
    let auth = |login: &str, password: &str| Some(BasicAuth { login: login.into(), password: password.into() });
    let colon = Stand { basic: auth("a:b", "geheim"), ..Stand::sit01(LOCAL) };
    assert!(matches!(colon.transport(HttpLimits::default()), Err(StandError::Login { .. })));
    for (name, value) in [("Host", "geheim"), ("a b", "geheim"), ("X-A", "geheim\n")] {
        let stand = Stand { headers: vec![(name.into(), value.into())], ..Stand::sit02(LOCAL) };
        let refused = stand.transport(HttpLimits::default()).map(drop).unwrap_err();
        assert!(matches!(refused, StandError::Header { .. }), "{refused}");
        assert!(!format!("{refused} {refused:?}").contains("geheim"), "{refused:?}");
    }
    let secret =
        Stand { basic: auth("sit", "geheim"), headers: vec![("X-A".into(), "geheim".into())], ..Stand::sit01(LOCAL) };
    let shown = format!("{secret:?} {:?}", secret.transport(HttpLimits::default()).unwrap());
    assert!(shown.contains("X-A") && !shown.contains("geheim"), "{shown}");
}

#[tokio::test]
async fn the_stands_host_login_and_headers_are_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let stand = Stand {
        basic: Some(BasicAuth { login: "sit".into(), password: "пароль".into() }),
        headers: vec![("X-Client-Cert-Fingerprint".into(), "00ff".into())],
        ..Stand::sit02(listener.local_addr().unwrap().to_string())
    };
    let transport = stand.transport(HttpLimits::default()).unwrap();
    let post = Post { path: "/x", action: "urn:x", body: b"", may_leave: &|| true };
    let (reply, head) = tokio::join!(transport.post(post), async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.unwrap());
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await.unwrap();
        String::from_utf8(head).unwrap()
    });
    assert_eq!(reply.unwrap().status, 200);
    for line in [
        "host: sit02.dom.test.gosuslugi.ru:10081\r\n",
        "authorization: Basic c2l0OtC/0LDRgNC+0LvRjA==\r\n",
        "x-client-cert-fingerprint: 00ff\r\n",
    ] {
        assert!(head.contains(line), "{head}");
    }
}
