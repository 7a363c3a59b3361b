//! Copies, space given back, the check after an unclean stop, and reading beside it all.

use crate::batches::{self, batch, object};
use crate::open::open;
use crate::{raw, read};
use gis_gkh_delivery::archive::{Archive, Custody, Head, Selection};
use gis_gkh_delivery::{
    Check, Consumer, Inbox, NewBatch, Operate, Pause, Pull, Scope, Seq, SqliteReader, SqliteStore, Store, StoreError,
    Timestamp, Views,
};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

fn bulky(key: &str, bytes: usize) -> NewBatch {
    NewBatch { content: key.bytes().cycle().take(bytes).collect(), ..batch(key, vec![object(1, key, "1")]) }
}

#[tokio::test]
async fn a_copy_made_while_others_write_is_whole_and_can_be_opened() {
    let (directory, elsewhere) = (batches::directory(), batches::directory());
    let store = Arc::new(open(directory.path()).unwrap());
    store.accept(batch("before", vec![object(1, "before", "1")])).await.unwrap();
    let writing = {
        let store = Arc::clone(&store);
        tokio::spawn(async move {
            for n in 0..100 {
                store.accept(bulky(&n.to_string(), 10_000)).await.unwrap();
            }
        })
    };
    let to = elsewhere.path().join("delivery.sqlite");
    store.backup(&to).await.unwrap();
    writing.await.unwrap();
    let names: Vec<_> = std::fs::read_dir(elsewhere.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(names, ["delivery.sqlite"], "one file, nothing beside it");
    assert_eq!(store.backup(&to).await, Err(StoreError::Exists { path: to.clone() }), "never written over");
    let restored = open(elsewhere.path()).unwrap();
    let batches = restored.batches(1_000).await.unwrap();
    for batch in &batches {
        restored.content(batch.id).await.unwrap();
    }
    assert_eq!(batches.last().unwrap().objects.in_message, 1);
    restored.accept(batch("after", vec![object(1, "after", "1")])).await.unwrap();
    assert_eq!(store.batches(1_000).await.unwrap().len(), 101);
}

#[tokio::test]
async fn a_copy_of_a_damaged_store_is_refused_and_leaves_nothing() {
    let (directory, elsewhere) = (batches::directory(), batches::directory());
    let store = big(directory.path()).await;
    drop(store);
    damage(directory.path());
    let store = open(directory.path()).unwrap();
    let to = elsewhere.path().join("copy.sqlite");
    let error = store.backup(&to).await.unwrap_err();
    assert!(matches!(error, StoreError::Damaged { .. }), "{error:?}");
    assert_eq!(std::fs::read_dir(elsewhere.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn upkeep_gives_space_back_and_empties_the_log() {
    let directory = batches::directory();
    let store = big(directory.path()).await;
    // What the retention will remove.
    raw(directory.path()).execute("DELETE FROM body WHERE length(bytes) > 50000", []).unwrap();
    let size = || std::fs::metadata(directory.path().join("delivery.sqlite")).unwrap().len();
    let upkeep = store.maintain().await.unwrap();
    assert!(upkeep.freed > 8 << 20, "{upkeep:?}");
    assert!(size() < 4 << 20);
    assert_eq!(std::fs::metadata(directory.path().join("delivery.sqlite-wal")).unwrap().len(), 0);
    assert_eq!(store.maintain().await.unwrap().freed, 0);
    store.accept(bulky("more", 1_000)).await.unwrap();
}

#[tokio::test]
async fn a_store_is_read_through_beside_whoever_writes_to_it_and_given_up_halfway_it_holds_up_nobody() {
    let directory = batches::directory();
    let check = || SqliteReader::check(directory.path());
    assert!(matches!(check().await, Err(StoreError::Missing { .. })));
    let store = big(directory.path()).await;
    assert_eq!(check().await, Ok(Check::Sound));
    assert!(tokio::time::timeout(Duration::ZERO, check()).await.is_err(), "it takes longer than no time");
    store.accept(bulky("meanwhile", 1_000)).await.unwrap();
    drop(store);
    // What is still in the log goes into the file before the disk turns bad: the log would heal it.
    raw(directory.path()).query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    damage(directory.path());
    let found = check().await.unwrap();
    assert!(matches!(found, Check::Damaged(_)), "{found:?}");
}

/// A store too big to be read through at every opening.
async fn big(directory: &Path) -> SqliteStore {
    let store = open(directory).unwrap();
    for n in 0..100 {
        store.accept(bulky(&format!("big {n}"), 100_000)).await.unwrap();
    }
    store
}

/// Makes rubbish of the page an index begins on, as a bad disk would.
fn damage(directory: &Path) {
    let (page, size): (u32, u32) = raw(directory)
        .query_row(
            "SELECT rootpage, page_size FROM sqlite_schema, pragma_page_size WHERE name = 'message_unfinished'",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .unwrap();
    let path = directory.join("delivery.sqlite");
    let mut bytes = std::fs::read(&path).unwrap();
    let at = |page: u32| usize::try_from(page * size).unwrap();
    bytes[at(page - 1)..at(page)].fill(0xff);
    std::fs::write(path, bytes).unwrap();
}

/// What a killed process leaves behind, in a directory of its own.
fn killed(directory: &Path) -> tempfile::TempDir {
    let left = batches::directory();
    for name in ["delivery.sqlite", "delivery.sqlite-wal", "delivery.open"] {
        std::fs::copy(directory.join(name), left.path().join(name)).unwrap();
    }
    left
}

/// Waits for the check to end.
async fn checked(store: &SqliteStore) -> Check {
    loop {
        match store.health().check {
            Check::Running => tokio::task::yield_now().await,
            ended => return ended,
        }
    }
}

#[tokio::test]
async fn after_an_unclean_stop_the_whole_file_is_checked_beside_the_work() {
    let directory = batches::directory();
    let store = open(directory.path()).unwrap();
    assert_eq!(store.health().check, Check::NotNeeded);
    store.accept(batch("1", vec![object(1, "a", "1")])).await.unwrap();
    let left = killed(directory.path());
    drop(store);
    assert!(!directory.path().join("delivery.open").exists());
    assert_eq!(open(directory.path()).unwrap().health().check, Check::NotNeeded);

    let store = open(left.path()).unwrap();
    assert_eq!(store.batches(10).await.unwrap().len(), 1);
    assert_eq!(checked(&store).await, Check::Sound);
    drop(store);
    assert_eq!(open(left.path()).unwrap().health().check, Check::NotNeeded);
}

#[tokio::test]
async fn damage_is_found_in_the_background_and_the_rest_stays_readable() {
    let directory = batches::directory();
    let store = big(directory.path()).await;
    let batch = store.batches(1).await.unwrap()[0].id;
    let left = killed(directory.path());
    drop(store);
    // The log of the killed process goes into the file before the disk turns bad.
    drop(raw(left.path()));
    std::fs::copy(directory.path().join("delivery.sqlite"), left.path().join("delivery.sqlite")).unwrap();
    damage(left.path());
    let store = open(left.path()).unwrap();
    let check = checked(&store).await;
    assert!(matches!(&check, Check::Damaged(what) if !what.is_empty()), "{check:?}");
    assert_eq!(store.content(batch).await.unwrap().len(), 100_000);
    let error = store.queue(10).await.unwrap_err();
    assert!(matches!(error, StoreError::Damaged { .. }), "{error:?}");
    drop(store);
    let again = open(left.path()).unwrap();
    assert_eq!(checked(&again).await, check, "it is not forgotten by stopping cleanly");
}

#[tokio::test]
async fn a_reader_sees_everything_and_changes_nothing() {
    let directory = batches::directory();
    let store = open(directory.path()).unwrap();
    let reader = read(directory.path()).unwrap();
    let at = Timestamp(1_000);
    let pull = Pull {
        organisation: "organisation".into(),
        stand: "sandbox".into(),
        name: "appeals".into(),
        topic: "appeals".into(),
        operation: "appeals.exportAppeal".into(),
        parameters: String::new(),
        interval: Duration::from_secs(60),
        overlap: Duration::ZERO,
        from: at,
    };
    store.set_pulls("organisation", "sandbox", vec![pull], at).await.unwrap();
    let pause = Pause { scope: Scope::default(), reason: "r".into(), at, until: None };
    store.pause(pause.clone()).await.unwrap();
    store.append_head(Head::over("local", 1, None, None)).await.unwrap();
    let hold = store.hold(Selection::Everything, "r", at).await.unwrap();
    let consumer = Consumer { name: "c".into(), topic: None };
    assert_eq!(reader.pulls().await.unwrap(), store.pulls().await.unwrap());
    assert_eq!(reader.pulls().await.unwrap().len(), 1);
    assert_eq!(reader.pauses().await.unwrap(), [pause]);
    assert_eq!(reader.nodes().await.unwrap(), ["local"]);
    assert_eq!(reader.heads("local").await.unwrap().len(), 1);
    assert_eq!(reader.holds().await.unwrap(), std::slice::from_ref(&hold));
    assert_eq!(reader.queue(10).await.unwrap().len(), 1);
    assert_eq!(reader.inbox(&consumer, 10).await.unwrap(), vec![]);
    assert_eq!(reader.consumers().await.unwrap(), vec![]);
    assert_eq!(reader.acknowledge(&consumer, Seq(0), at).await, Err(StoreError::ReadOnly));
    assert_eq!(reader.append_head(Head::over("local", 2, None, None)).await, Err(StoreError::ReadOnly));
    assert_eq!(reader.release(hold.id, at).await, Err(StoreError::ReadOnly));
}
