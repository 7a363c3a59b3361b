//! The same on a real store, whose files are tampered with behind its back.

use super::batches::directory;
use super::delivering::deliver;
use super::memory::{DAY, FIRST, HOUR, Key};
use super::packs::{checked, order};
use gis_gkh_delivery::archive::{
    Against, Archive, Custody, EraseError, Fault, Head, Report, Retention, Selection, Source, close_days, erase,
    expire, pack, verify,
};
use gis_gkh_delivery::{
    BatchId, EntropyError, Keyring, MasterSource, Month, Namespace, Seal, SqliteOptions, SqliteReader, SqliteStore,
    Timestamp,
};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

/// A keyring beside the store, its keys made of a counter.
fn keyring(directory: &Path) -> Arc<Keyring> {
    let counter = AtomicU8::new(1);
    let entropy = move |bytes: &mut [u8]| {
        bytes.fill(counter.fetch_add(1, Ordering::Relaxed));
        Ok::<_, EntropyError>(())
    };
    let master = MasterSource::File(directory.join("master"));
    master.create_if_missing(&entropy).unwrap();
    Arc::new(Keyring::open_or_create(&directory.join("keys"), master, entropy).unwrap())
}

fn open(directory: &Path, seal: &Arc<Keyring>) -> SqliteStore {
    SqliteStore::open(directory, &SqliteOptions::new(Namespace([7; 16]), Arc::clone(seal) as Arc<dyn Seal>)).unwrap()
}

/// Three days of two deliveries each, closed.
async fn three_days(directory: &Path) -> (SqliteStore, Arc<Keyring>) {
    let seal = keyring(directory);
    let store = open(directory, &seal);
    for day in FIRST..FIRST + 3 {
        deliver(&store, &format!("morning-{day}"), Timestamp(day * DAY + 8 * HOUR)).await;
        deliver(&store, &format!("evening-{day}"), Timestamp(day * DAY + 20 * HOUR)).await;
    }
    let closed = close_days(&store, &Key, "local", Timestamp((FIRST + 3) * DAY)).await.unwrap();
    assert_eq!(closed.heads.len(), 3);
    (store, seal)
}

/// Beside the engine or alone, as the command does it.
async fn verified(directory: &Path, exported: &[Head]) -> Report {
    let seal = keyring(directory);
    let reader = SqliteReader::open(directory, Arc::clone(&seal) as Arc<dyn Seal>).unwrap();
    verify(&reader, &*seal, &Key, &Against { exported, retention: None }).await.unwrap()
}

/// What is found after this was done to the database.
async fn after(sql: &str) -> Vec<Fault> {
    let directory = directory();
    let (store, _) = three_days(directory.path()).await;
    let exported = store.heads("local").await.unwrap();
    drop(store);
    let raw = rusqlite::Connection::open(directory.path().join("delivery.sqlite")).unwrap();
    raw.execute_batch(&format!("PRAGMA foreign_keys = OFF; {sql}")).unwrap();
    drop(raw);
    let report = verified(directory.path(), &exported[2..]).await;
    report.faults().map(|(_, fault)| fault.clone()).collect()
}

#[tokio::test]
async fn what_a_store_records_verifies_beside_it_and_alone() {
    let directory = directory();
    let (store, _) = three_days(directory.path()).await;
    for _ in 0..2 {
        let report = verified(directory.path(), &[]).await;
        assert!(report.is_intact(), "{report:?}");
        let node = &report.nodes[0];
        assert_eq!((node.records, node.links, node.days, node.signed), (18, 18, 3, 6));
    }
    drop(store);
    assert!(verified(directory.path(), &[]).await.is_intact());
}

#[tokio::test]
async fn each_of_the_five_tamperings_of_a_store_is_found_and_named() {
    assert_eq!(after("").await, []);
    let altered = after("UPDATE entry SET recorded = recorded - 1 WHERE number = 5").await;
    assert_eq!(altered, [Fault::RecordAltered { link: 5, first: 5, last: 5 }]);
    let bytes =
        "UPDATE body SET bytes = CAST(bytes || x'00' AS BLOB) WHERE id = (SELECT body FROM entry WHERE number = 5)";
    assert_eq!(after(bytes).await, [Fault::BytesAltered { number: 5 }]);
    let removed = after("DELETE FROM entry WHERE number = 5").await;
    assert_eq!(removed, [Fault::RecordsRemoved { first: 5, last: 5 }]);
    let columns = "message, build, message_guid, role, organisation, stand, kind, operation, accepted, sent, answered, recorded, key, \
                   plain, sealed, body";
    let inserted =
        format!("INSERT INTO entry (node, number, {columns}) SELECT node, 19, {columns} FROM entry WHERE number = 5");
    assert_eq!(after(&inserted).await, [Fault::RecordsInserted { first: 19, last: 19 }]);
    let day = format!("DELETE FROM head WHERE day = {}", FIRST + 1);
    assert_eq!(after(&day).await, [Fault::DaysRemoved { after: Some(FIRST), before: Some(FIRST + 2) }]);
    let cut = format!(
        "DELETE FROM entry WHERE number > 12; DELETE FROM link WHERE number > 12; DELETE FROM head WHERE day = {}",
        FIRST + 2
    );
    assert_eq!(after(&cut).await, [Fault::TailRemoved { first: 13, last: 18 }]);
    assert_eq!(after("UPDATE link SET at = at + 1 WHERE number = 5").await, [Fault::LinkAltered { link: 5 }]);
}

#[tokio::test]
async fn an_older_backup_put_back_and_gone_on_with_is_found() {
    let directory = directory();
    let seal = keyring(directory.path());
    let store = open(directory.path(), &seal);
    deliver(&store, "one", Timestamp(FIRST * DAY)).await;
    drop(store);
    let files = || {
        let files = std::fs::read_dir(directory.path()).unwrap().map(|file| file.unwrap().path());
        files.filter(|file| file.file_name().unwrap().to_str().unwrap().starts_with("delivery.sqlite"))
    };
    let backup: Vec<_> = files().map(|file| (file.clone(), std::fs::read(file).unwrap())).collect();
    let store = open(directory.path(), &seal);
    deliver(&store, "two", Timestamp(FIRST * DAY + HOUR)).await;
    let closed = close_days(&store, &Key, "local", Timestamp((FIRST + 1) * DAY)).await.unwrap();
    drop(store);
    files().for_each(|file| std::fs::remove_file(file).unwrap());
    backup.into_iter().for_each(|(file, bytes)| std::fs::write(file, bytes).unwrap());
    let store = open(directory.path(), &seal);
    deliver(&store, "three", Timestamp(FIRST * DAY + 2 * HOUR)).await;
    close_days(&store, &Key, "local", Timestamp((FIRST + 1) * DAY)).await.unwrap();
    assert!(verified(directory.path(), &[]).await.is_intact());
    let report = verified(directory.path(), &closed.heads).await;
    let faults: Vec<_> = report.faults().map(|(_, fault)| fault.clone()).collect();
    assert_eq!(faults, [Fault::Rewritten { day: FIRST, link: 6 }]);
}

#[tokio::test]
async fn a_month_is_erased_unless_it_is_held_and_the_chain_still_verifies() {
    let directory = directory();
    let (store, seal) = three_days(directory.path()).await;
    let (month, now) = (Month::of(Timestamp(FIRST * DAY)), Timestamp((FIRST + 3) * DAY));
    let held = store.hold(Selection::Batch(BatchId(1)), "dispute", now).await.unwrap();
    let refused = erase(&store, &seal, "organisation", Some(month), now).await.unwrap_err();
    assert!(matches!(refused, EraseError::Held { hold, .. } if hold == held.id), "{refused}");
    assert_eq!(verify(&store, &*seal, &Key, &Against::default()).await.unwrap().nodes[0].erased, 0);
    store.release(held.id, now).await.unwrap();
    assert_eq!(erase(&store, &seal, "organisation", Some(month), now).await.unwrap().len(), 1);
    assert_eq!(erase(&store, &seal, "organisation", None, now).await.unwrap(), []);
    let report = verify(&store, &*seal, &Key, &Against::default()).await.unwrap();
    assert!(report.is_intact(), "{report:?}");
    assert_eq!((report.nodes[0].erased, report.nodes[0].signed), (18, 0));
}

#[tokio::test]
async fn a_chain_goes_on_behind_its_last_link_after_a_restart() {
    let directory = directory();
    let (store, seal) = three_days(directory.path()).await;
    drop(store);
    let store = open(directory.path(), &seal);
    deliver(&store, "later", Timestamp((FIRST + 3) * DAY)).await;
    let closed = close_days(&store, &Key, "local", Timestamp((FIRST + 4) * DAY)).await.unwrap();
    assert_eq!((closed.heads.len(), closed.heads[0].link, closed.heads[0].entry), (1, 21, 21));
    assert!(verified(directory.path(), &closed.heads).await.is_intact());
}

#[tokio::test]
async fn an_object_a_batch_and_a_period_of_a_store_are_handed_over() {
    let directory = directory();
    let (store, seal) = three_days(directory.path()).await;
    let source = Source { archive: &store, custody: &store, seal: &*seal };
    let reference = format!("evening-{}", FIRST + 1);
    let object = Selection::Object {
        organisation: "organisation".into(),
        stand: "sandbox".into(),
        kind: "bills".into(),
        reference: reference.clone(),
        period: None,
    };
    let day = Selection::Period {
        stand: None,
        organisation: Some("organisation".into()),
        kind: None,
        from: Timestamp((FIRST + 2) * DAY),
        until: Timestamp((FIRST + 3) * DAY),
    };
    let selections = [
        (object, "3 records, 3 links, 2 heads, 0 uncovered"),
        (Selection::Batch(BatchId(4)), "3 records, 3 links, 2 heads, 0 uncovered"),
        (day, "6 records, 6 links, 1 heads, 0 uncovered"),
        (Selection::Everything, "18 records, 18 links, 3 heads, 0 uncovered"),
    ];
    for (position, (selection, said)) in selections.into_iter().enumerate() {
        let to = directory.path().join(format!("pack-{position}"));
        pack(source, &order(selection), &to).await.unwrap();
        checked(&to, Ok(said));
    }
    for position in [0, 1] {
        let request = directory.path().join(format!("pack-{position}/files/000001-request.xml"));
        assert_eq!(std::fs::read_to_string(request).unwrap(), format!("<R>{reference}<Signature/></R>"));
    }
}

#[tokio::test]
async fn what_the_retention_leaves_of_a_store_verifies_and_can_be_handed_over() {
    let directory = directory();
    let (store, seal) = three_days(directory.path()).await;
    let now = Timestamp((FIRST + 3) * DAY);
    let retention = Retention { kinds: [].into(), otherwise: Some(Duration::from_secs(36 * 3_600)) };
    let held = store.hold(Selection::Batch(BatchId(1)), "dispute", now).await.unwrap();
    assert_eq!(expire(&store, &retention, now).await.unwrap(), [("bills".to_owned(), 6)].into());
    let against = Against { exported: &[], retention: Some((&retention, now)) };
    let report = verify(&store, &*seal, &Key, &against).await.unwrap();
    assert!(report.is_intact(), "{report:?}");
    assert_eq!((report.nodes[0].expired, report.nodes[0].signed), (6, 4));
    let to = directory.path().join("pack");
    let source = Source { archive: &store, custody: &store, seal: &*seal };
    let packed = pack(source, &order(Selection::Everything), &to).await.unwrap();
    assert_eq!((packed.pieces, packed.expired), (12, 6));
    checked(&to, Ok("18 records, 18 links, 3 heads, 0 uncovered"));
    assert!(store.release(held.id, now).await.unwrap());
    assert_eq!(expire(&store, &retention, now).await.unwrap(), [("bills".to_owned(), 3)].into());
}
