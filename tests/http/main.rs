//! Plain HTTP against a server that misbehaves in every way it can: what comes back, and whether the request may have left.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests may fail as loudly as the tests themselves"
)]

mod answers;
mod connections;
mod server;

use std::time::Duration;

use gis_gkh::transport::{Post, Reply, Transport, TransportError, TransportReason};
use gis_gkh::{HttpLimits, PlainHttp};
use server::{Connection, Server};

const HOST: &str = "api.dom.gosuslugi.ru";
const BODY: &[u8] = "<a>Ж</a>".as_bytes();

type Posted = Result<Reply, TransportError>;

fn limits() -> HttpLimits {
    HttpLimits::default()
}

fn transport(server: &Server, limits: HttpLimits) -> PlainHttp {
    PlainHttp::new(server.address(), HOST, limits).unwrap()
}

fn post<'a>(body: &'a [u8], may_leave: &'a (dyn Fn() -> bool + Send + Sync)) -> Post<'a> {
    Post { path: "/ext-bus-bills-service/services/BillsAsync", action: "urn:getState", body, may_leave }
}

async fn send(transport: &PlainHttp) -> Posted {
    transport.post(post(BODY, &|| true)).await
}

/// What comes of one request whose whole answer is these bytes, after which the server closes.
async fn answered(bytes: impl AsRef<[u8]>) -> Posted {
    answered_within(limits(), bytes).await
}

async fn answered_within(limits: HttpLimits, bytes: impl AsRef<[u8]>) -> Posted {
    let server = Server::start().await;
    let transport = transport(&server, limits);
    let serve = async {
        let mut connection = server.accept().await;
        connection.request().await;
        connection.write(bytes).await;
    };
    let (posted, ()) = tokio::join!(send(&transport), serve);
    posted
}

fn ok(body: impl Into<Vec<u8>>) -> Posted {
    Ok(Reply { status: 200, body: body.into(), ..Reply::default() })
}

/// The reason why there is no answer to a request that may have left.
fn lost(posted: Posted) -> TransportReason {
    let error = posted.expect_err("no whole answer came");
    assert!(error.left, "{error}");
    assert!(error.to_string().starts_with("the request may have reached the system: "), "{error}");
    error.reason
}

/// The reason why a request was not sent.
fn unsent(posted: Posted) -> TransportReason {
    let error = posted.expect_err("nothing was sent");
    assert!(!error.left, "{error}");
    assert!(error.to_string().starts_with("the request was not sent: "), "{error}");
    error.reason
}

/// Short enough to wait for, and certain to come: the server never does its part.
const SOON: Duration = Duration::from_millis(50);

async fn served(server: &Server, body: &[u8]) -> Connection {
    let mut connection = server.accept().await;
    connection.request().await;
    connection.answer("200 OK", "", body).await;
    connection
}
