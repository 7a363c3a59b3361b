//! The sandbox behind a listener, and the real client in front of it.

#![expect(clippy::unwrap_used, reason = "helpers of tests may fail as loudly as the tests themselves")]

mod support;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use gis_gkh::contract::bills::ImportPaymentDocumentRequest;
use gis_gkh::operation::StateAnswer;
use gis_gkh::{CallError, Client, HttpLimits, Identity, PlainHttp};
use gis_gkh_sandbox::ServeError;
use gis_gkh_sign::gost::OsEntropy;
use support::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

struct Served {
    address: SocketAddr,
    client: Client,
    stop: oneshot::Sender<()>,
    server: tokio::task::JoinHandle<Result<(), ServeError>>,
}

async fn serve(stand: &Stand) -> Served {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let shutdown = async {
        // A test that does not care to stop it drops the sender.
        if stopped.await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    let server = tokio::spawn(Arc::clone(&stand.sandbox).serve(listener, shutdown));
    let transport = PlainHttp::new(address.to_string(), "sandbox.example", HttpLimits::default()).unwrap();
    let identity = Identity::new(guid("ours"), signer("org-256"));
    let client = Client::new(identity, Arc::new(transport), stand.clock.clone(), Arc::new(OsEntropy));
    Served { address, client, stop, server }
}

fn one() -> ImportPaymentDocumentRequest {
    month(vec![document(1, "n-1")])
}

#[tokio::test]
async fn a_bill_goes_the_whole_way() {
    let stand = Stand::new();
    let Served { client, stop, server, .. } = serve(&stand).await;
    let receipt = client.bills().import_payment_document_data(one()).await.unwrap();
    let answer = client.bills().get_state(receipt.ack).await.unwrap();
    assert_eq!((answer.body.state(), answer.drift.len()), (3, 0));
    assert_eq!(results(&answer.body), [Ok("00АА000001-01-6101".to_owned())]);
    let books = client.nsi_common().export_nsi_list(gis_gkh::contract::nsi_common::ExportNsiListRequest::new()).await;
    assert!(client.nsi_common().get_state(books.unwrap().ack).await.unwrap().error().is_none());
    stop.send(()).unwrap();
    assert!(server.await.unwrap().is_ok());
}

#[tokio::test]
async fn a_refusal_arrives_with_its_code() {
    let stand = Stand::new();
    let Served { client, .. } = serve(&stand).await;
    let unknown = client.bills().get_state(guid("nothing")).await;
    assert_eq!(code(unknown), "INT002013");
}

#[tokio::test]
async fn a_cut_connection_leaves_the_client_in_doubt() {
    let stand = Stand::with_faults("cut-before-ack=#1,cut-after-accept=#2");
    let Served { client, .. } = serve(&stand).await;
    for placed in [0, 1] {
        let error = client.bills().import_payment_document_data(one()).await.unwrap_err();
        assert!(matches!(error, CallError::MaybeSent { raw: None, .. }), "{error}");
        assert_eq!(stand.sandbox.effects().values().map(|effect| effect.placed).sum::<usize>(), placed);
    }
    let receipt = client.bills().import_payment_document_data(one()).await.unwrap();
    let answer = client.bills().get_state(receipt.ack).await.unwrap();
    assert_eq!(results(&answer.body), [Err("SBX000001".to_owned())]);
}

#[tokio::test]
async fn pages_instead_of_soap_are_told_apart() {
    let stand = Stand::with_faults("503=#1,html=#2");
    let Served { client, .. } = serve(&stand).await;
    assert_eq!(code(client.bills().import_payment_document_data(one()).await), "HTTP503");
    let page = client.bills().import_payment_document_data(one()).await.unwrap_err();
    assert!(matches!(page, CallError::MaybeSent { raw: Some(_), .. }), "{page}");
}

#[tokio::test(start_paused = true)]
async fn a_late_answer_comes_late() {
    let stand = Stand::with_faults("delay=90s:#1");
    let Served { client, .. } = serve(&stand).await;
    let begun = tokio::time::Instant::now();
    client.bills().import_payment_document_data(one()).await.unwrap();
    assert!(begun.elapsed() >= Duration::from_secs(90));
}

/// What comes back for bytes on the wire, up to the end of the connection.
async fn raw(address: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // A connection that was cut with something unread ends in an error; what came before it is what counts.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn what_is_no_post_or_too_large_is_refused_over_http_too() {
    let stand = Stand::with(|settings| settings.bounds.request = 100);
    let Served { address, .. } = serve(&stand).await;
    let get = raw(address, &format!("GET {BILLS} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")).await;
    assert!(get.starts_with("HTTP/1.1 405 ") && get.contains("allow: POST"), "{get}");
    let body = "x".repeat(101);
    let post = format!(
        "POST {BILLS} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nSOAPAction: \"urn:getState\"\r\nContent-Length: 101\r\n\r\n{body}"
    );
    assert!(raw(address, &post).await.starts_with("HTTP/1.1 413 "));
    let post = post.replace("101\r\n", "100\r\n").replace(&body, &body[1..]);
    assert!(raw(address, &post).await.starts_with("HTTP/1.1 500 "), "a request at the bound is read");
}

#[tokio::test]
async fn only_loopback_is_listened_on() {
    let stand = Stand::new();
    let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let error = Arc::clone(&stand.sandbox).serve(listener, std::future::pending()).await.unwrap_err();
    assert!(matches!(error, ServeError::NotLoopback(_)), "{error}");
    assert!(error.to_string().contains("127.0.0.1"));
}
