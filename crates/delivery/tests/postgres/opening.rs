//! What is refused before anything is written, and what is noticed on reading.

use crate::batches::{batch, message, object};
use crate::server::place;
use crate::steps::claim;
use gis_gkh_delivery::{Namespace, PostgresOptions, PostgresStore, Store, StoreError, Views};

#[tokio::test(flavor = "multi_thread")]
async fn a_name_is_held_by_one_process_at_a_time() {
    let Some(place) = place().await else { return };
    let first = place.open("a").await.unwrap();
    assert_eq!(place.open("a").await.unwrap_err(), StoreError::NodeTaken { node: "a".into() });
    let other = place.open("b").await.unwrap();
    drop(first);
    let again = place.open("a").await.unwrap();
    drop((again, other));
    place.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_accepted_is_there_after_a_reopen_with_the_same_ids() {
    let Some(place) = place().await else { return };
    let store = place.open("a").await.unwrap();
    let accepted = store.accept(batch("1", vec![object(1, "a", "1")])).await.unwrap();
    let before = claim(&store, 1).await.remove(0);
    drop(store);
    // The namespace of the first opening holds.
    let options = PostgresOptions { namespace: Namespace([9; 16]), ..place.options("a") };
    let store = PostgresStore::open(options).await.unwrap();
    assert_eq!(store.namespace(), Namespace([7; 16]));
    assert_eq!(store.recover().await.unwrap(), 1);
    let after = claim(&store, 1).await.remove(0);
    assert_eq!((after.message, after.work), (before.message, before.work));
    assert_eq!(store.content(accepted.batch).await.unwrap(), b"content of 1");
    drop(store);
    place.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_that_start_together_make_the_schema_once() {
    let Some(place) = place().await else { return };
    let (a, b, c) = tokio::join!(place.open("a"), place.open("b"), place.open("c"));
    let (a, b, c) = (a.unwrap(), b.unwrap(), c.unwrap());
    assert_eq!((a.namespace(), b.namespace()), (b.namespace(), c.namespace()));
    drop((a, b, c));
    place.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_schema_and_a_foreign_one_are_told_apart_and_left_alone() {
    let Some(place) = place().await else { return };
    drop(place.open("a").await.unwrap());
    place.run("UPDATE store SET version = 99").await;
    assert_eq!(place.open("a").await.unwrap_err(), StoreError::Newer { found: 99, known: 1 });
    let foreign = StoreError::ForeignSchema { schema: place.schema.clone() };
    place.run("UPDATE store SET product = 'something else', version = 1").await;
    assert_eq!(place.open("a").await.unwrap_err(), foreign);
    place.run("DROP TABLE store; CREATE TABLE store (shelf text); INSERT INTO store VALUES ('tea')").await;
    assert_eq!(place.open("a").await.unwrap_err(), foreign);
    place.run("DROP TABLE store").await;
    assert_eq!(place.open("a").await.unwrap_err(), foreign, "tables, and none of them ours");
    place.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn missing_rights_are_said_to_be_missing() {
    let Some(place) = place().await else { return };
    drop(place.open("a").await.unwrap());
    let role = format!("{}_guest", place.schema);
    place.run(&format!("DROP ROLE IF EXISTS {role}; CREATE ROLE {role} LOGIN")).await;
    let mut options = place.options("b");
    // The last user named counts; without a database the user's name would be taken for one.
    let database: String = place.raw.query_one("SELECT current_database()::text", &[]).await.unwrap().get(0);
    options.url += &format!(" user={role} dbname={database}");
    let error = PostgresStore::open(options.clone()).await.unwrap_err();
    assert!(matches!(error, StoreError::NotPermitted { .. }), "{error:?}");
    options.schema += "_new";
    let error = PostgresStore::open(options).await.unwrap_err();
    assert!(matches!(error, StoreError::NotPermitted { .. }), "{error:?}");
    place.run(&format!("DROP ROLE {role}")).await;
    place.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_not_there_is_an_error_without_the_password() {
    let Some(place) = place().await else { return };
    let url = "host=127.0.0.1 port=1 user=gateway password=hunter2".to_owned();
    let options = PostgresOptions { url, ..place.options("a") };
    assert!(!format!("{options:?}").contains("hunter2"));
    let error = PostgresStore::open(options).await.unwrap_err();
    assert!(matches!(error, StoreError::Unreachable { .. }) && !error.to_string().contains("hunter2"), "{error:?}");
    place.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn damaged_bytes_are_noticed_on_every_kind_of_read() {
    let Some(place) = place().await else { return };
    let store = place.open("a").await.unwrap();
    let accepted = store.accept(batch("1", vec![object(1, "a", "1")])).await.unwrap();
    let mut claimed = claim(&store, 1).await.remove(0);
    crate::steps::advance(&store, &mut claimed, gis_gkh_delivery::state::Event::Built).await.unwrap();
    let message = claimed.message.id;
    place.run("UPDATE batch SET content = content || '\\x00'; UPDATE entry SET bytes = bytes || '\\x00'").await;
    place.run("UPDATE object SET payload = payload || '\\x00'").await;
    let ids: Vec<_> = claimed.message.objects.iter().map(|object| object.id).collect();
    for damaged in [
        store.content(accepted.batch).await.unwrap_err(),
        store.objects(message, &ids).await.unwrap_err(),
        store.request(message).await.unwrap_err(),
        store.evidence(message).await.unwrap_err(),
    ] {
        assert!(matches!(damaged, StoreError::DamagedBody { .. }), "{damaged:?}");
    }
    // The rest stays readable.
    assert_eq!(store.rows(accepted.batch, None, 10).await.unwrap().len(), 1);
    drop(store);
    place.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn text_the_database_cannot_hold_fails_alone() {
    let Some(place) = place().await else { return };
    let store = std::sync::Arc::new(place.open("a").await.unwrap());
    let mut callers = tokio::task::JoinSet::new();
    for n in 0..60_u32 {
        let store = std::sync::Arc::clone(&store);
        let reference = if n % 20 == 0 { format!("zero\0{n}") } else { format!("r{n}") };
        callers.spawn(async move { (n, store.accept(batch(&n.to_string(), vec![object(1, &reference, "1")])).await) });
    }
    while let Some(done) = callers.join_next().await {
        let (n, result) = done.unwrap();
        assert_eq!(result.is_err(), n % 20 == 0, "{n}: {result:?}");
    }
    assert_eq!(store.batches(100).await.unwrap().len(), 57);
    drop(store);
    place.remove().await;
}

/// 10 000 objects in 20 messages, one transaction; and again, every row answered by the first.
#[tokio::test(flavor = "multi_thread")]
async fn a_batch_of_ten_thousand_is_accepted_whole() {
    let Some(place) = place().await else { return };
    let store = place.open("a").await.unwrap();
    let mut big = batch("1", (1..=10_000).map(|n| object(n, &format!("ref-{n}"), "1")).collect());
    let rows = std::mem::take(&mut big.messages[0].rows);
    big.messages = rows.chunks(500).map(|rows| message("op", rows.to_vec())).collect();
    let first = store.accept(big.clone()).await.unwrap();
    let view = store.batch(first.batch).await.unwrap();
    assert_eq!((view.objects.in_message, view.messages.values().sum::<u64>()), (10_000, 20));
    assert_eq!(store.rows(first.batch, Some(9_990), 100).await.unwrap().len(), 10);
    big.idempotency_key = "2".into();
    let second = store.accept(big).await.unwrap();
    assert_eq!(store.batch(second.batch).await.unwrap().messages.len(), 0);
    let same = store.rows(second.batch, None, usize::MAX).await.unwrap();
    assert!(same.len() == 10_000 && same.iter().all(|row| row.same_as.is_some()));
    drop(store);
    place.remove().await;
}
