//! What is sent, over which connection, and what may never be sent twice.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

#[tokio::test]
async fn the_bytes_of_a_request() {
    let server = Server::start().await;
    let transport = transport(&server, limits()).with_header("X-Client-Cert-Fingerprint", "00ff").unwrap();
    let (posted, mut connection) = tokio::join!(send(&transport), async {
        let mut connection = server.accept().await;
        let (head, body) = connection.request().await;
        assert_eq!(
            head,
            "POST /ext-bus-bills-service/services/BillsAsync HTTP/1.1\r\nhost: api.dom.gosuslugi.ru\r\n\
             content-type: text/xml; charset=utf-8\r\nsoapaction: \"urn:getState\"\r\naccept-encoding: gzip\r\n\
             x-client-cert-fingerprint: 00ff\r\ncontent-length: 9\r\n\r\n"
        );
        assert_eq!(body, BODY);
        connection.answer("200 OK", "", "fine").await;
        connection
    });
    assert_eq!(posted, ok("fine"));
    drop(transport);
    assert!(connection.is_closed_by_client().await, "and nothing more");
}

#[tokio::test]
async fn a_connection_is_used_again() {
    let server = Server::start().await;
    let transport = transport(&server, limits());
    let serve = async {
        let mut connection = server.accept().await;
        for number in 0..3 {
            connection.request().await;
            connection.answer("200 OK", "", number.to_string()).await;
        }
    };
    let posts = async {
        for number in 0..3 {
            assert_eq!(send(&transport).await, ok(number.to_string()));
        }
    };
    tokio::join!(posts, serve);
    assert!(server.nobody_waits().await);
}

#[tokio::test]
async fn a_kept_connection_that_died_is_replaced() {
    let server = Server::start().await;
    let transport = transport(&server, limits());
    let (posted, connection) = tokio::join!(send(&transport), served(&server, b"one"));
    assert_eq!(posted, ok("one"));
    connection.give_up().await;
    let (posted, _) = tokio::join!(send(&transport), served(&server, b"two"));
    assert_eq!(posted, ok("two"));
}

/// The connection dies after it was found alive and before the request was written: only then does HTTP give it back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kept_connection_that_dies_at_the_last_moment_is_replaced() {
    use std::io::{Read, Write};

    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let transport = PlainHttp::new(listener.local_addr().unwrap().to_string(), HOST, limits()).unwrap();
    // Threads of their own: the hook below blocks, and a failure must not wait for them.
    let serve = move |answer: &'static str| {
        let listener = listener.try_clone().unwrap();
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = Vec::new();
            while !request.ends_with(BODY) {
                let mut byte = [0];
                stream.read_exact(&mut byte).unwrap();
                request.push(byte[0]);
            }
            write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{answer}", answer.len()).unwrap();
            stream
        })
    };
    let first = serve("one");
    assert_eq!(send(&transport).await, ok("one"));
    let (kept, asked) = (first.join().unwrap(), AtomicUsize::new(0));
    let runtime = tokio::runtime::Handle::current().metrics();
    assert_eq!(runtime.num_alive_tasks(), 1, "that of the kept connection");
    let may_leave = || {
        if asked.fetch_add(1, Ordering::Relaxed) == 0 {
            kept.shutdown(std::net::Shutdown::Write).unwrap();
            assert_eq!((&kept).read(&mut [0]).unwrap(), 0, "the other side takes note, and sends nothing");
            // The socket closes a moment before its task has ended.
            while runtime.num_alive_tasks() > 0 {
                std::thread::yield_now();
            }
        }
        true
    };
    let second = serve("two");
    assert_eq!(transport.post(post(BODY, &may_leave)).await, ok("two"));
    drop(second.join().unwrap());
    assert_eq!(asked.load(Ordering::Relaxed), 2, "asked again before it is written again");
}

#[tokio::test]
async fn a_connection_the_server_wants_closed_is_not_used_again() {
    let server = Server::start().await;
    let transport = transport(&server, limits());
    let (posted, _) = tokio::join!(send(&transport), async {
        let mut connection = server.accept().await;
        connection.request().await;
        connection.answer("200 OK", "Connection: close\r\n", "one").await;
        // Left open on this side all the same.
        connection
    });
    assert_eq!(posted, ok("one"));
    let (posted, _) = tokio::join!(send(&transport), served(&server, b"two"));
    assert_eq!(posted, ok("two"));
}

#[tokio::test]
async fn a_connection_with_unasked_bytes_on_it_is_not_used_again() {
    let server = Server::start().await;
    let transport = transport(&server, limits());
    let (posted, mut connection) = tokio::join!(send(&transport), served(&server, b"one"));
    assert_eq!(posted, ok("one"));
    // An answer nobody asked for must not become the answer to the next request.
    connection.write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil").await;
    assert!(connection.is_closed_by_client().await);
    let (posted, _) = tokio::join!(send(&transport), served(&server, b"two"));
    assert_eq!(posted, ok("two"));
}

#[tokio::test]
async fn an_old_connection_is_not_used_again() {
    let server = Server::start().await;
    let transport = transport(&server, HttpLimits { idle: Duration::ZERO, ..limits() });
    let (posted, mut old) = tokio::join!(send(&transport), served(&server, b"one"));
    assert_eq!(posted, ok("one"));
    let (posted, _) = tokio::join!(send(&transport), served(&server, b"two"));
    assert_eq!(posted, ok("two"));
    assert!(old.is_closed_by_client().await);
}

#[tokio::test]
async fn a_request_on_a_kept_connection_that_breaks_is_never_sent_again() {
    let server = Server::start().await;
    let transport = transport(&server, limits());
    let (posted, mut connection) = tokio::join!(send(&transport), served(&server, b"one"));
    assert_eq!(posted, ok("one"));
    let (posted, ()) = tokio::join!(send(&transport), async {
        connection.request().await;
        connection.reset();
    });
    assert!(matches!(lost(posted), TransportReason::Broken(_)));
    assert!(server.nobody_waits().await);
}

#[tokio::test]
async fn a_connection_cut_before_the_answer() {
    for reset in [false, true] {
        let server = Server::start().await;
        let transport = transport(&server, limits());
        let (posted, ()) = tokio::join!(send(&transport), async {
            let mut connection = server.accept().await;
            connection.request().await;
            if reset {
                connection.reset();
            }
        });
        assert!(matches!(lost(posted), TransportReason::Broken(_)), "reset: {reset}");
    }
}

#[tokio::test]
async fn a_server_that_hangs_up_on_everybody_is_asked_once() {
    let server = Server::start().await;
    let transport = transport(&server, limits());
    let accepted = AtomicUsize::new(0);
    let hang_up = async {
        loop {
            server.accept().await.reset();
            accepted.fetch_add(1, Ordering::Relaxed);
        }
    };
    let posted = tokio::select! {
        posted = send(&transport) => posted,
        () = hang_up => unreachable!("it goes on for ever"),
    };
    // Whether the hanging up was seen before the first byte is the machine's affair; the truth about it is not.
    match posted.unwrap_err() {
        TransportError { left: true, reason: TransportReason::Broken(_) }
        | TransportError { left: false, reason: TransportReason::Connect { .. } } => {}
        other => panic!("{other}"),
    }
    assert!(accepted.load(Ordering::Relaxed) <= 1);
    assert!(server.nobody_waits().await);
}

#[tokio::test]
async fn nobody_listens() {
    let server = Server::start().await;
    let (transport, address) = (transport(&server, limits()), server.address());
    drop(server);
    let TransportReason::Connect { to, .. } = unsent(send(&transport).await) else { panic!("another reason") };
    assert_eq!(to, address);
}

#[tokio::test]
async fn a_request_whose_time_has_passed_does_not_leave() {
    let server = Server::start().await;
    let transport = transport(&server, limits());
    let late = transport.post(post(b"late", &|| false)).await;
    assert_eq!(unsent(late), TransportReason::TooLate);
    // The connection made for it is as good as new.
    let (posted, ()) = tokio::join!(send(&transport), async {
        let mut connection = server.accept().await;
        assert_eq!(connection.request().await.1, BODY, "the first bytes on it");
        connection.answer("200 OK", "", "in time").await;
    });
    assert_eq!(posted, ok("in time"));
    assert!(server.nobody_waits().await);
}

#[tokio::test]
async fn each_attempt_to_write_asks_whether_it_may() {
    let server = Server::start().await;
    let transport = transport(&server, limits());
    let asked = AtomicUsize::new(0);
    let may_leave = || asked.fetch_add(1, Ordering::Relaxed) == 0;
    let (posted, ()) = tokio::join!(transport.post(post(BODY, &may_leave)), async {
        let mut connection = server.accept().await;
        connection.request().await;
        connection.answer("200 OK", "", "").await;
    });
    assert_eq!(posted, ok(""));
    assert_eq!(unsent(transport.post(post(BODY, &may_leave)).await), TransportReason::TooLate);
    assert_eq!(asked.load(Ordering::Relaxed), 2, "once for each call");
}

#[tokio::test]
async fn no_answer_in_time() {
    let server = Server::start().await;
    let transport = transport(&server, HttpLimits { answer: SOON, ..limits() });
    let (posted, mut connection) = tokio::join!(send(&transport), async {
        let mut connection = server.accept().await;
        connection.request().await;
        connection
    });
    assert_eq!(lost(posted), TransportReason::Timeout(SOON));
    assert!(connection.is_closed_by_client().await, "it is not kept");
}

#[tokio::test]
async fn half_an_answer_in_time() {
    let server = Server::start().await;
    let transport = transport(&server, HttpLimits { answer: SOON, ..limits() });
    let (posted, mut connection) = tokio::join!(send(&transport), async {
        let mut connection = server.accept().await;
        connection.request().await;
        connection.write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf").await;
        connection
    });
    assert_eq!(lost(posted), TransportReason::Timeout(SOON));
    assert!(connection.is_closed_by_client().await, "it is not kept");
}

#[tokio::test]
async fn a_server_that_does_not_read() {
    let server = Server::start().await;
    let transport = transport(&server, HttpLimits { answer: SOON, ..limits() });
    // More than the buffers of both sides hold.
    let body = vec![b'x'; 64 << 20];
    let (posted, _connection) = tokio::join!(transport.post(post(&body, &|| true)), server.accept());
    assert_eq!(lost(posted), TransportReason::Timeout(SOON));
}

#[tokio::test]
async fn a_dropped_call_closes_its_connection() {
    let server = Server::start().await;
    let transport = transport(&server, limits());
    let mut connection = tokio::select! {
        _ = send(&transport) => unreachable!("nobody answers"),
        connection = async {
            let mut connection = server.accept().await;
            connection.request().await;
            connection
        } => connection,
    };
    assert!(connection.is_closed_by_client().await);
    let (posted, _) = tokio::join!(send(&transport), served(&server, b"another"));
    assert_eq!(posted, ok("another"));
}

#[tokio::test]
async fn a_call_dropped_before_it_began_sends_nothing() {
    let server = Server::start().await;
    let transport = transport(&server, limits());
    drop(send(&transport));
    assert!(server.nobody_waits().await);
}

#[tokio::test]
async fn what_cannot_be_written_is_not_sent() {
    let server = Server::start().await;
    for host in ["", "a b", "user@host", "host\r\nX: y", "http://host/", "host:port", "host:", ":80"] {
        let refused = PlainHttp::new(server.address(), host, limits()).map(drop).unwrap_err();
        assert!(!refused.left && matches!(refused.reason, TransportReason::Request(_)), "{host}: {refused}");
    }
    let plain = || transport(&server, limits());
    for (name, value) in [
        ("Host", "x"),
        ("Expect", "100-continue"),
        ("content-LENGTH", "1"),
        ("Connection", "x"),
        ("a b", "x"),
        ("a", "x\ny"),
    ] {
        let refused = plain().with_header(name, value).map(drop).unwrap_err();
        assert!(!refused.left && matches!(refused.reason, TransportReason::Request(_)), "{name}: {refused}");
        assert!(!refused.to_string().contains("x\ny"), "a value may be a secret");
    }
    for (path, action) in [("services", "urn:a"), ("http://other.invalid/services", "urn:a"), ("/", "urn:\n")] {
        let post = Post { path, action, body: BODY, may_leave: &|| true };
        assert!(matches!(unsent(plain().post(post).await), TransportReason::Request(_)), "{path} {action:?}");
    }
    assert!(server.nobody_waits().await);
}

#[tokio::test]
async fn secrets_are_not_shown() {
    let server = Server::start().await;
    let transport = transport(&server, limits()).with_header("authorization", "Basic c2VjcmV0").unwrap();
    let shown = format!("{transport:?}");
    assert!(shown.contains(HOST) && !shown.contains("c2VjcmV0"), "{shown}");
}
