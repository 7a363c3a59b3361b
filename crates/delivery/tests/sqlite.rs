//! The SQLite store: the conformance suite, and what is its own: locks, readers, damage, versions, space, speed.
#![expect(clippy::unwrap_used, clippy::panic, reason = "what tests call asserts as tests do")]

#[path = "sqlite/bad_input.rs"]
mod bad_input;
#[path = "support/batches.rs"]
mod batches;
#[path = "support/conformance.rs"]
mod conformance;
#[path = "support/open.rs"]
mod open;
#[path = "sqlite/space.rs"]
mod space;
mod support;
#[path = "sqlite/upkeep.rs"]
mod upkeep;

use async_trait::async_trait;
use batches::{batch, message, object};
use conformance::{Kept, Place, conforms};
use gis_gkh_delivery::{
    Claims, Namespace, NewBatch, SqliteOptions, SqliteReader, SqliteStore, Store, StoreError, Timestamp, Views,
};
use open::{Marked, open, options};
use std::path::Path;
use std::sync::Arc;

fn read(directory: &Path) -> Result<SqliteReader, StoreError> {
    SqliteReader::open(directory, Arc::new(Marked))
}

/// The database itself, behind the store's back.
fn raw(directory: &Path) -> rusqlite::Connection {
    rusqlite::Connection::open(directory.join("delivery.sqlite")).unwrap()
}

/// A directory of its own for each case.
struct Directory(tempfile::TempDir);

#[async_trait]
impl Place for Directory {
    async fn open(&self) -> Box<dyn Kept> {
        Box::new(open(self.0.path()).unwrap())
    }
}

#[tokio::test]
async fn sqlite_conforms() {
    conforms(&|| Box::new(Directory(batches::directory()))).await;
}

#[tokio::test]
async fn a_second_writer_is_refused_until_the_first_is_gone() {
    let directory = batches::directory();
    let first = open(directory.path()).unwrap();
    let path = directory.path().join("delivery.lock");
    assert_eq!(open(directory.path()).unwrap_err(), StoreError::Locked { path });
    drop(first);
    open(directory.path()).unwrap();
}

#[tokio::test]
async fn a_reader_works_beside_the_writer_and_alone() {
    let directory = batches::directory();
    let path = directory.path().join("delivery.sqlite");
    assert_eq!(read(directory.path()).unwrap_err(), StoreError::Missing { path });
    let store = open(directory.path()).unwrap();
    let reader = read(directory.path()).unwrap();
    let accepted = store.accept(batch("1", vec![object(1, "a", "1")])).await.unwrap();
    assert_eq!(reader.batch(accepted.batch).await.unwrap().objects.in_message, 1);
    store.accept(batch("2", vec![object(1, "b", "1")])).await.unwrap();
    assert_eq!(reader.batches(10).await.unwrap().len(), 2);
    drop((store, reader));
    let alone = read(directory.path()).unwrap();
    assert_eq!(alone.batches(10).await.unwrap().len(), 2);
}

#[tokio::test]
async fn what_was_accepted_is_there_after_a_reopen_with_the_same_ids() {
    let directory = batches::directory();
    let claims = Claims { now: Timestamp(2_000), lease: Timestamp(3_000), limit: 1, closed: vec![] };
    let store = open(directory.path()).unwrap();
    let accepted = store.accept(batch("1", vec![object(1, "a", "1")])).await.unwrap();
    let before = store.claim_due(claims.clone()).await.unwrap().remove(0);
    let message = before.message.id;
    let transport = store.transport(message).await.unwrap();
    drop(store);
    // The namespace of the first opening holds.
    let store =
        SqliteStore::open(directory.path(), &SqliteOptions { namespace: Namespace([9; 16]), ..options() }).unwrap();
    store.recover().await.unwrap();
    let after = store.claim_due(claims.clone()).await.unwrap().remove(0);
    assert_eq!((after.message, after.work), (before.message, before.work));
    assert_eq!(store.transport(message).await.unwrap(), transport);
    assert_eq!(store.content(accepted.batch).await.unwrap(), b"content of 1");
}

#[tokio::test]
async fn an_unfinished_creation_is_done_again() {
    let directory = batches::directory();
    let making = directory.path().join("delivery.new");
    std::fs::create_dir(&making).unwrap();
    std::fs::write(making.join("delivery.sqlite"), b"half a file").unwrap();
    let store = open(directory.path()).unwrap();
    store.accept(batch("1", vec![object(1, "a", "1")])).await.unwrap();
    assert!(!making.exists());
    let settings: (String, i64) = raw(directory.path())
        .query_row("SELECT journal_mode, auto_vacuum FROM pragma_journal_mode, pragma_auto_vacuum", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .unwrap();
    assert_eq!(settings, ("wal".to_owned(), 2));
}

#[tokio::test]
async fn damaged_bytes_are_noticed_on_every_kind_of_read() {
    let directory = batches::directory();
    let store = open(directory.path()).unwrap();
    let accepted = store.accept(batch("1", vec![object(1, "a", "1")])).await.unwrap();
    let claims = Claims { now: Timestamp(2_000), lease: Timestamp(3_000), limit: 1, closed: vec![] };
    let message = store.claim_due(claims.clone()).await.unwrap().remove(0).message;
    raw(directory.path()).execute("UPDATE body SET bytes = CAST(bytes || x'00' AS BLOB)", []).unwrap();
    let ids: Vec<_> = message.objects.iter().map(|object| object.id).collect();
    for damaged in
        [store.content(accepted.batch).await.unwrap_err(), store.objects(message.id, &ids).await.unwrap_err()]
    {
        assert!(matches!(damaged, StoreError::DamagedBody { .. }), "{damaged:?}");
    }
}

#[tokio::test]
async fn a_damaged_file_a_foreign_file_and_a_newer_schema_are_told_apart() {
    let directory = batches::directory();
    drop(open(directory.path()).unwrap());
    let file = directory.path().join("delivery.sqlite");
    let good = std::fs::read(&file).unwrap();

    raw(directory.path()).pragma_update(None, "user_version", 99).unwrap();
    assert_eq!(open(directory.path()).unwrap_err(), StoreError::Newer { found: 99, known: 2 });
    assert_eq!(read(directory.path()).unwrap_err(), StoreError::Newer { found: 99, known: 2 });

    std::fs::write(&file, &good).unwrap();
    raw(directory.path()).pragma_update(None, "application_id", 1).unwrap();
    assert_eq!(open(directory.path()).unwrap_err(), StoreError::Foreign { path: file.clone() });

    for (at, with) in [(0, 0x00), (8_192, 0xff)] {
        let mut bad = good.clone();
        bad[at..at + 600].fill(with);
        std::fs::write(&file, &bad).unwrap();
        let error = open(directory.path()).unwrap_err();
        assert!(matches!(error, StoreError::Damaged { .. }), "{error:?}");
    }
    std::fs::write(&file, &good).unwrap();
    open(directory.path()).unwrap();
}

#[tokio::test]
async fn a_full_store_refuses_whole_batches_and_keeps_what_it_has() {
    let directory = batches::directory();
    let store = SqliteStore::open(directory.path(), &SqliteOptions { max_bytes: Some(400_000), ..options() }).unwrap();
    let accepted = store.accept(batch("1", vec![object(1, "a", "1")])).await.unwrap();
    let big = NewBatch { content: vec![b'x'; 500_000], ..batch("2", vec![object(1, "b", "1")]) };
    let error = store.accept(big.clone()).await.unwrap_err();
    assert!(matches!(error, StoreError::Full { .. }), "{error:?}");
    assert_eq!(store.content(accepted.batch).await.unwrap(), b"content of 1");
    assert_eq!(store.batches(10).await.unwrap().len(), 1);
    store.accept(batch("3", vec![object(1, "c", "1")])).await.unwrap();
    drop(store);
    open(directory.path()).unwrap().accept(big).await.unwrap();
}

#[tokio::test]
async fn callers_waiting_together_share_commits_and_do_not_disturb_each_other() {
    let directory = batches::directory();
    let store = Arc::new(open(directory.path()).unwrap());
    let mut callers = tokio::task::JoinSet::new();
    for n in 0..200_u32 {
        let store = Arc::clone(&store);
        callers.spawn(async move {
            let mut one = batch(&n.to_string(), vec![object(1, &format!("r{n}"), "1")]);
            if n % 10 == 0 {
                one.messages.clear();
            }
            (n, store.accept(one).await)
        });
    }
    let mut accepted = 0;
    while let Some(done) = callers.join_next().await {
        let (n, result) = done.unwrap();
        match n % 10 {
            0 => assert_eq!(result, Err(StoreError::Plan { row: 1, found: 0 })),
            _ => accepted += u32::from(!result.unwrap().repeated),
        }
    }
    assert_eq!((accepted, store.batches(1_000).await.unwrap().len()), (180, 180));
}

/// 10 000 objects in 20 messages, one transaction.
#[tokio::test]
async fn a_batch_of_ten_thousand_is_accepted_whole() {
    let directory = batches::directory();
    let store = open(directory.path()).unwrap();
    let mut big = batch("1", (1..=10_000).map(|n| object(n, &format!("ref-{n}"), "1")).collect());
    let rows = std::mem::take(&mut big.messages[0].rows);
    big.messages = rows.chunks(500).map(|rows| message("op", rows.to_vec())).collect();
    let accepted = store.accept(big).await.unwrap();
    let view = store.batch(accepted.batch).await.unwrap();
    assert_eq!((view.objects.in_message, view.messages.values().sum::<u64>()), (10_000, 20));
    assert_eq!(store.rows(accepted.batch, Some(9_990), 100).await.unwrap().len(), 10);
}
