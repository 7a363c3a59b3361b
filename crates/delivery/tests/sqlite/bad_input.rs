//! Stores that cannot be used as they are: a clear error, nothing overwritten, the rest readable.

use crate::batches::{self, batch, object};
use crate::open::{Marked, open, options};
use crate::{raw, read};
use gis_gkh_delivery::{
    Claims, EntropyError, KeyId, Keyring, MasterSource, Month, NewBatch, Plain, Seal, SealError, Sealed, SqliteOptions,
    SqliteReader, SqliteStore, Store, StoreError, Timestamp, Views,
};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Every file of a directory and its bytes, but for the lock and SQLite's own index of its log.
fn files(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    let own = |name: &String| !name.ends_with(".lock") && !name.ends_with("-shm");
    std::fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), entry.path()))
        .filter(|(name, path)| own(name) && path.is_file())
        .map(|(name, path)| (name, std::fs::read(path).unwrap()))
        .filter(|(_, bytes)| !bytes.is_empty())
        .collect()
}

#[tokio::test]
async fn a_store_from_before_the_first_release_is_refused_as_such() {
    let directory = batches::directory();
    let file = raw(directory.path());
    file.execute_batch(include_str!("../data/schema1.sql")).unwrap();
    file.execute("INSERT INTO store (one, namespace) VALUES (1, x'00112233445566778899aabbccddeeff')", []).unwrap();
    file.pragma_update(None, "application_id", 0x676b_6864).unwrap();
    file.pragma_update(None, "user_version", 1).unwrap();
    drop(file);
    let before = files(directory.path());
    assert_eq!(open(directory.path()).unwrap_err(), StoreError::PreRelease { found: 1 });
    assert_eq!(read(directory.path()).unwrap_err(), StoreError::PreRelease { found: 1 });
    assert_eq!(files(directory.path()), before);
}

#[tokio::test]
async fn what_is_not_ours_is_left_as_it_is() {
    for (pragma, value) in [("application_id", 1), ("user_version", 99)] {
        let directory = batches::directory();
        let file = raw(directory.path());
        file.pragma_update(None, "application_id", 0x676b_6864).unwrap();
        file.execute_batch("CREATE TABLE theirs (a); INSERT INTO theirs VALUES (1)").unwrap();
        file.pragma_update(None, pragma, value).unwrap();
        drop(file);
        let before = files(directory.path());
        let error = open(directory.path()).unwrap_err();
        assert!(matches!(error, StoreError::Foreign { .. } | StoreError::Newer { found: 99, .. }), "{error:?}");
        assert_eq!(files(directory.path()), before, "not even its journal mode");
    }
}

#[tokio::test]
async fn a_flipped_byte_spoils_one_body_and_no_other() {
    let directory = batches::directory();
    let store = open(directory.path()).unwrap();
    let bad = store.accept(batch("bad", vec![object(1, "a", "1")])).await.unwrap().batch;
    let good = store.accept(batch("good", vec![object(1, "b", "1")])).await.unwrap().batch;
    drop(store);
    let path = directory.path().join("delivery.sqlite");
    let mut bytes = std::fs::read(&path).unwrap();
    let needle = b"content of bad";
    let at = bytes.windows(needle.len()).position(|window| window == needle).unwrap();
    bytes[at + 3] ^= 0x10;
    std::fs::write(&path, &bytes).unwrap();
    let store = open(directory.path()).unwrap();
    let error = store.content(bad).await.unwrap_err();
    assert!(matches!(error, StoreError::DamagedBody { what: "a batch as received", .. }), "{error:?}");
    assert!(error.to_string().contains("restore the store from a backup"));
    assert_eq!(store.content(good).await.unwrap(), b"content of good");
    assert_eq!(store.rows(bad, None, 10).await.unwrap().len(), 1);
    assert_eq!(std::fs::read(&path).unwrap(), bytes, "nothing is mended behind anybody's back");
}

/// Different bytes for every call, the same in every run.
fn entropy(seed: u64) -> impl Fn(&mut [u8]) -> Result<(), EntropyError> + Send + Sync {
    let calls = AtomicU64::new(0);
    move |bytes: &mut [u8]| {
        let call = calls.fetch_add(1, Ordering::Relaxed);
        for (block, chunk) in bytes.chunks_mut(32).enumerate() {
            let digest = gis_gkh_delivery::Sha256::of(format!("{seed}/{call}/{block}").as_bytes());
            chunk.copy_from_slice(&digest.0[..chunk.len()]);
        }
        Ok(())
    }
}

fn keyring(directory: &Path, seed: u64) -> Keyring {
    let master = MasterSource::File(directory.join(format!("master-{seed}")));
    master.create_if_missing(&entropy(seed)).unwrap();
    Keyring::open_or_create(&directory.join(format!("keys-{seed}")), master, entropy(seed + 100)).unwrap()
}

#[tokio::test]
async fn a_store_without_its_keys_says_so_and_shows_the_rest() {
    let (directory, keys) = (batches::directory(), batches::directory());
    let sealed_with = |seal: Arc<dyn Seal>| SqliteOptions { seal, ..options() };
    let ours = Arc::new(keyring(keys.path(), 1));
    let store = SqliteStore::open(directory.path(), &sealed_with(Arc::clone(&ours) as _)).unwrap();
    let mut secret = batch("1", vec![object(1, "a", "1")]);
    secret.content = b"the very secret content".repeat(20);
    secret.objects[0].payload = b"the very secret payload".to_vec();
    let one = store.accept(secret.clone()).await.unwrap().batch;
    let other = NewBatch { organisation: "other".into(), ..secret.clone() };
    let other = store.accept(other).await.unwrap().batch;
    let message = store.queue(1).await.unwrap()[0].message;
    let object = store.rows(one, None, 1).await.unwrap().remove(0);
    let ids: Vec<_> = store.transport(message).await.unwrap().values().copied().collect();
    assert_eq!(store.content(one).await.unwrap(), secret.content);
    // Nothing of it is in the files, the log included.
    for (name, bytes) in files(directory.path()) {
        assert!(!bytes.windows(11).any(|window| window == b"very secret"), "{name} holds plain bytes");
    }

    let theirs = keyring(keys.path(), 2);
    theirs.seal("organisation", secret.accepted_at, b"a key of the same number").unwrap();
    for (seal, wanted) in [
        (Arc::new(Plain) as Arc<dyn Seal>, "there is no key 1 at hand"),
        (Arc::new(keyring(keys.path(), 3)), "there is no key 1 at hand"),
        (Arc::new(theirs), "sealed bytes under key 1 are damaged"),
    ] {
        let reader = SqliteReader::open(directory.path(), seal).unwrap();
        let error = reader.content(one).await.unwrap_err();
        assert!(matches!(error, StoreError::Seal(_)) && error.to_string().contains(wanted), "{error}");
        assert_eq!(reader.rows(one, None, 10).await.unwrap(), std::slice::from_ref(&object));
    }

    // Erased: gone for good, and only that organisation's.
    ours.erase("organisation", Month::of(secret.accepted_at), Timestamp(5_000)).unwrap();
    let erased = StoreError::Seal(SealError::Erased { key: KeyId(1), at: Timestamp(5_000) });
    assert_eq!(store.content(one).await.unwrap_err(), erased);
    assert_eq!(store.objects(message, &ids).await.unwrap_err(), erased);
    assert_eq!(store.content(other).await.unwrap(), secret.content);
}

/// Cannot seal anything: the keyring's disk is gone.
#[derive(Debug)]
struct Broken;

impl Seal for Broken {
    fn seal(&self, _: &str, _: Timestamp, _: &[u8]) -> Result<Sealed, SealError> {
        Err(SealError::Entropy(EntropyError::new("no randomness")))
    }

    fn open(&self, key: KeyId, bytes: &[u8]) -> Result<Vec<u8>, SealError> {
        Marked.open(key, bytes)
    }
}

#[tokio::test]
async fn what_cannot_be_sealed_or_linked_is_not_stored() {
    use gis_gkh_delivery::state::{Event, step};
    let directory = batches::directory();
    let store = SqliteStore::open(directory.path(), &SqliteOptions { seal: Arc::new(Broken), ..options() }).unwrap();
    let error = store.accept(batch("1", vec![object(1, "a", "1")])).await.unwrap_err();
    assert!(matches!(error, StoreError::Seal(SealError::Entropy(_))), "{error:?}");
    assert_eq!(store.batches(10).await.unwrap(), vec![]);
    drop(store);

    let store = open(directory.path()).unwrap();
    store.accept(batch("1", vec![object(1, "a", "1"), object(2, "b", "1")])).await.unwrap();
    let claims = Claims { now: Timestamp(2_000), lease: Timestamp(3_000), limit: 1, closed: vec![] };
    let mut claimed = store.claim_due(claims).await.unwrap().remove(0);
    let build = |claimed: &gis_gkh_delivery::Claimed| {
        let policy = crate::support::policy();
        let step = step(&claimed.message, Event::Built, Timestamp(2_000), &policy);
        let role = gis_gkh_delivery::BodyRole::Request;
        gis_gkh_delivery::Record {
            fence: claimed.fence,
            from: claimed.message.state,
            message: step.message,
            moved: step.moved,
            objects: step.objects,
            bodies: vec![gis_gkh_delivery::NewBody { role, bytes: b"signed".to_vec(), sent: None, answered: None }],
            page: None,
            until: None,
            lease: Some(Timestamp(3_000)),
            at: Timestamp(2_000),
        }
    };
    let first = build(&claimed);
    claimed.message = first.message.clone();
    store.record(first).await.unwrap();
    drop(store);
    // A chain somebody has tampered with is not continued: what cannot be proved is not recorded, so it is not sent.
    for (tampering, found) in
        [("number = 5", "entry 5 of node `local` is in no link"), ("number = 0", "entry 1 of node")]
    {
        raw(directory.path()).execute(&format!("UPDATE entry SET {tampering}"), []).unwrap();
        let store = open(directory.path()).unwrap();
        let error = store.record(build(&claimed)).await.unwrap_err();
        assert!(matches!(&error, StoreError::Damaged { what } if what.contains(found)), "{error:?}");
        assert_eq!(store.evidence(claimed.message.id).await.unwrap().len(), 1);
        assert_eq!(store.queue(1).await.unwrap()[0].build, 1);
    }
}
