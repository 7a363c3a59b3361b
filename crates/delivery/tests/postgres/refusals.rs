//! What keeps a node or a reader from the store, each told apart with its remedy. Servers that say no are played.

use crate::batches::{batch, object};
use crate::server::place;
use gis_gkh_delivery::{
    BatchId, Inbox, KeyId, Namespace, PasswordSource, Plain, PostgresOptions, PostgresReader, PostgresStore, Seal,
    SealError, Sealed, Store, StoreError, Timestamp, Views, archive::Archive,
};
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// A message of the protocol: its letter, its length, its body.
fn said(letter: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 4).unwrap().to_be_bytes();
    [&[letter], &length[..], body].concat()
}

fn refusal(code: &str, text: &str) -> Vec<u8> {
    said(b'E', format!("SFATAL\0VFATAL\0C{code}\0M{text}\0\0").as_bytes())
}

/// What opening says of a server that answers the first message with these bytes.
async fn answered(bytes: Vec<u8>) -> StoreError {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut hello = [0; 512];
            assert!(stream.read(&mut hello).await.unwrap() > 0);
            stream.write_all(&bytes).await.unwrap();
            // Whatever is asked for next is not answered any more.
            let _ = stream.shutdown().await;
        }
    });
    let url = format!("host=127.0.0.1 port={port} user=gateway dbname=gkh");
    let opened = PostgresStore::open(PostgresOptions::new(&url, "a", Namespace([7; 16]), Arc::new(Plain))).await;
    server.abort();
    opened.unwrap_err()
}

#[tokio::test]
async fn servers_that_refuse_are_told_apart() {
    let ok = [said(b'R', &[0; 4]), said(b'S', b"server_version\x009.6.24\0"), said(b'Z', b"I")].concat();
    assert_eq!(answered(ok).await, StoreError::OldServer { found: "9.6.24".into(), oldest: 11 });
    let text = "password authentication failed for user \"gateway\"";
    assert_eq!(answered(refusal("28P01", text)).await, StoreError::WrongPassword { text: text.into() });
    assert_eq!(answered(said(b'R', &[0, 0, 0, 3])).await, StoreError::NoPassword);
    let text = "database \"gkh\" does not exist";
    assert_eq!(answered(refusal("3D000", text)).await, StoreError::NoDatabase { text: text.into() });
    let error = answered(refusal("28000", "no pg_hba.conf entry")).await;
    assert!(matches!(error, StoreError::NotPermitted { .. }), "{error:?}");
    let error = answered(Vec::new()).await;
    assert!(matches!(error, StoreError::Unreachable { .. }), "{error:?}");
}

#[tokio::test]
async fn a_password_that_cannot_be_read_is_an_error_of_its_own() {
    let url = "host=127.0.0.1 port=1 user=gateway";
    let password = Some(PasswordSource::File("/nowhere/password".into()));
    let options = PostgresOptions { password, ..PostgresOptions::new(url, "a", Namespace([7; 16]), Arc::new(Plain)) };
    let error = PostgresStore::open(options).await.unwrap_err();
    assert!(matches!(error, StoreError::Password(_)) && error.to_string().contains("/nowhere/password"), "{error:?}");
}

/// Another keyring: it knows none of the keys of [`Marked`](crate::open::Marked).
#[derive(Debug)]
struct Stranger;

impl Seal for Stranger {
    fn seal(&self, _: &str, _: Timestamp, plain: &[u8]) -> Result<Sealed, SealError> {
        Ok(Sealed { key: KeyId(8), bytes: plain.to_vec() })
    }

    fn open(&self, key: KeyId, bytes: &[u8]) -> Result<Vec<u8>, SealError> {
        if key == KeyId(8) { Ok(bytes.to_vec()) } else { Err(SealError::NoKey { key }) }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_with_other_keys_or_for_others_does_not_write() {
    let Some(place) = place().await else { return };
    // Both find no store; only one of them may go on, whichever is first.
    let strange = PostgresOptions { seal: Arc::new(Stranger), ..place.options("stranger") };
    let (ours, strangers) = tokio::join!(place.open("a"), PostgresStore::open(strange.clone()));
    let refused = match (ours, strangers) {
        (Ok(store), Err(error)) => {
            drop(store);
            error
        }
        (Err(error), Ok(store)) => {
            drop(store);
            error
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(refused, StoreError::OtherKeys);
    place.run("DELETE FROM proof").await;
    drop(place.open("a").await.unwrap());
    for seal in [Arc::new(Stranger) as Arc<dyn Seal>, Arc::new(Plain)] {
        let options = PostgresOptions { seal, ..strange.clone() };
        assert_eq!(PostgresStore::open(options).await.unwrap_err(), StoreError::OtherKeys);
    }
    drop(place.open("a").await.unwrap());
    let options = PostgresOptions { whose: "somebody else".into(), ..place.options("b") };
    assert_eq!(PostgresStore::open(options).await.unwrap_err(), StoreError::OtherWork { whose: String::new() });
    place.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_needs_no_name_and_changes_nothing() {
    let Some(place) = place().await else { return };
    let reader = PostgresReader::new(place.options("unused"));
    assert_eq!(reader.exists().await, Ok(false));
    assert_eq!(reader.batches(1).await, Ok(Vec::new()));
    assert_eq!(reader.nodes().await, Err(StoreError::NoStore { schema: place.schema.clone() }));
    let schemas = format!("SELECT count(*) FROM pg_namespace WHERE nspname = '{}'", place.schema);
    assert_eq!(place.number(&schemas).await, 0, "looking makes no schema");
    let store = place.open("a").await.unwrap();
    // Beside the node that writes, and by the same reader that found nothing before.
    let accepted = store.accept(batch("1", vec![object(1, "a", "1")])).await.unwrap();
    assert_eq!(reader.exists().await, Ok(true));
    assert_eq!(reader.batch(accepted.batch).await, store.batch(accepted.batch).await);
    assert_eq!(reader.content(accepted.batch).await.unwrap(), b"content of 1");
    assert_eq!(reader.rows(accepted.batch, None, 10).await.unwrap().len(), 1);
    assert_eq!(reader.queue(10).await, store.queue(10).await);
    assert_eq!(reader.nodes().await, store.nodes().await);
    let consumer = gis_gkh_delivery::Consumer { name: "c".into(), topic: None };
    let acknowledged = reader.acknowledge(&consumer, gis_gkh_delivery::Seq(0), Timestamp(0)).await;
    assert_eq!(acknowledged, Err(StoreError::ReadOnly));
    assert!(matches!(reader.batch(BatchId(99)).await, Err(StoreError::NotFound { .. })));
    // Connections that are cut are made anew.
    let sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1";
    place.raw.query(sql, &[&format!("gis-gkh {}/unused", place.schema)]).await.unwrap();
    assert_eq!(reader.batches(10).await.unwrap().len(), 1);
    place.run("UPDATE store SET version = 99").await;
    let reader = PostgresReader::new(place.options("unused"));
    assert_eq!(reader.batches(1).await.unwrap_err(), StoreError::Newer { found: 99, known: 1 });
    drop(store);
    place.remove().await;
}
