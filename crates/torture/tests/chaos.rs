//! Ports that fail on purpose fail in both ways, and a network that cuts cuts where it says.

#![expect(clippy::unwrap_used, reason = "a test may fail where it stands")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use gis_gkh_delivery::{Namespace, NewBatch, Plain, SqliteOptions, SqliteStore, Store, StoreError, Timestamp};
use gis_gkh_torture::chaos::{ChaosStore, NoPoints, Rates};
use gis_gkh_torture::dice::Dice;
use gis_gkh_torture::proxy::{Proxy, Weather, Wire};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

fn batch(key: u64) -> NewBatch {
    NewBatch {
        organisation: "organisation".to_owned(),
        stand: "sandbox".to_owned(),
        kind: "bills".to_owned(),
        source: "test".to_owned(),
        content: key.to_be_bytes().to_vec(),
        idempotency_key: key.to_string(),
        accepted_at: Timestamp(1),
        objects: Vec::new(),
        messages: Vec::new(),
    }
}

#[tokio::test]
async fn a_store_fails_before_it_has_done_anything_and_after_it_has_done_everything() {
    let home = tempfile::tempdir().unwrap();
    let options = SqliteOptions::new(Namespace([7; 16]), Arc::new(Plain));
    let plain: Arc<dyn Store> = Arc::new(SqliteStore::open(home.path(), &options).unwrap());
    let dice = Dice::new(1);
    let chaos = ChaosStore::new(Arc::clone(&plain), Arc::new(NoPoints), dice, Rates::all(1000));
    for key in 0..20 {
        assert!(matches!(chaos.accept(batch(key)).await, Err(StoreError::Io { .. })));
    }
    assert_eq!(chaos.failures(), 20);
    let stored = plain.batches(100).await.unwrap().len();
    assert!((1..20).contains(&stored), "{stored}");

    let calm = ChaosStore::new(Arc::clone(&plain), Arc::new(NoPoints), Dice::new(1), Rates::default());
    for key in 0..20 {
        calm.accept(batch(key)).await.unwrap();
    }
    assert_eq!((calm.failures(), plain.batches(100).await.unwrap().len()), (0, 20));
}

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nanswer";
const REQUEST: &[u8] = b"POST / HTTP/1.1\r\nsoapaction: urn:importPaymentDocumentData\r\ncontent-length: 2\r\n\r\nhi";

/// What a client gets of the answer in this weather, how often the server was asked, and what was written down.
async fn asked(weather: Weather) -> (Vec<u8>, u64, Arc<Wire>) {
    let asked = Arc::new(AtomicU64::new(0));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = listener.local_addr().unwrap();
    let count = Arc::clone(&asked);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = vec![0; REQUEST.len()];
            while stream.read_exact(&mut request).await.is_ok() {
                count.fetch_add(1, Ordering::SeqCst);
                stream.write_all(ANSWER).await.unwrap();
            }
        }
    });
    let wire = Arc::new(Wire::default());
    let proxy = Proxy::new(server, Arc::clone(&wire), weather, Dice::new(1));
    let front = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = front.local_addr().unwrap();
    tokio::spawn(proxy.carry(front));
    let mut client = TcpStream::connect(address).await.unwrap();
    client.write_all(REQUEST).await.unwrap();
    client.shutdown().await.unwrap();
    let mut answer = Vec::new();
    client.read_to_end(&mut answer).await.unwrap();
    (answer, asked.load(Ordering::SeqCst), wire)
}

#[tokio::test]
async fn a_network_cuts_and_doubles() {
    let fine = Weather::default();
    let (answer, times, wire) = asked(fine).await;
    assert_eq!((answer.as_slice(), times), (ANSWER, 1));
    let (submissions, answers) = wire.seen();
    assert_eq!((submissions.len(), answers.len()), (1, 1));

    let (answer, times, wire) = asked(Weather { cut_before: 1000, ..fine }).await;
    assert_eq!((answer.len(), times, wire.seen().0.len()), (0, 0, 0));
    let (answer, times, _) = asked(Weather { cut_after: 1000, ..fine }).await;
    assert_eq!((answer.len(), times), (0, 1));
    let (answer, times, _) = asked(Weather { cut_amid: 1000, ..fine }).await;
    assert_eq!((answer.as_slice(), times), (&ANSWER[..ANSWER.len() / 2], 1));
    let (answer, times, wire) = asked(Weather { duplicate: 1000, ..fine }).await;
    assert_eq!((answer.as_slice(), times), (ANSWER, 2));
    assert_eq!(wire.passed.duplicates.load(Ordering::SeqCst), 1);
}
