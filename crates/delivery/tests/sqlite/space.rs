//! When space runs out: nothing new is taken in, what has happened is still recorded.

use crate::batches::{self, batch, object};
use crate::open::options;
use crate::support::policy;
use gis_gkh_delivery::state::{Event, step};
use gis_gkh_delivery::{
    BodyRole, Claimed, Claims, NewBatch, NewBody, Record, Spare, SqliteOptions, SqliteStore, Store, StoreError,
    Timestamp, Views,
};
use std::path::{Path, PathBuf};
use std::process::Command;

const NOW: Timestamp = Timestamp(2_000);

fn bulky(key: &str, bytes: usize) -> NewBatch {
    NewBatch { content: vec![b'x'; bytes], ..batch(key, vec![object(1, key, "1")]) }
}

/// Takes in batches until there is no room for more.
async fn fill(store: &SqliteStore, bytes: usize) -> usize {
    for n in 0..10_000 {
        match store.accept(bulky(&format!("fill {n}"), bytes)).await {
            Ok(_) => {}
            Err(StoreError::Full { .. }) => return n,
            Err(error) => panic!("{error:?}"),
        }
    }
    panic!("never full");
}

async fn claimed(store: &SqliteStore, limit: usize) -> Result<Vec<Claimed>, StoreError> {
    store.claim_due(Claims { now: NOW, lease: Timestamp(9_000), limit, closed: vec![] }).await
}

fn built(claimed: &Claimed, bytes: usize) -> Record {
    let step = step(&claimed.message, Event::Built, NOW, &policy());
    Record {
        fence: claimed.fence,
        from: claimed.message.state,
        message: step.message,
        moved: step.moved,
        objects: step.objects,
        bodies: vec![NewBody { role: BodyRole::Request, bytes: vec![b'y'; bytes], sent: None, answered: None }],
        page: None,
        until: None,
        lease: Some(Timestamp(9_000)),
        at: NOW,
    }
}

#[tokio::test]
async fn outcomes_are_recorded_in_the_ballasts_place() {
    let directory = batches::directory();
    let options = SqliteOptions { ballast: 1 << 20, max_bytes: Some(2 << 20), ..options() };
    let ballast = directory.path().join("delivery.ballast");
    let store = SqliteStore::open(directory.path(), &options).unwrap();
    assert_eq!(store.health().spare, Spare::Kept);
    assert_eq!(std::fs::metadata(&ballast).unwrap().len(), 1 << 20);
    let accepted = fill(&store, 50_000).await;
    assert!(accepted > 10);
    // Three times a signed request that has no room any more, in the place of the ballast.
    let mut one = claimed(&store, 1).await.unwrap().remove(0);
    for _ in 0..3 {
        let record = built(&one, 100_000);
        one.message = record.message.clone();
        store.record(record).await.unwrap();
    }
    assert_eq!(store.health().spare, Spare::Used);
    assert!(!ballast.exists());
    let refused = store.accept(bulky("small", 10)).await;
    assert_eq!(refused, Err(StoreError::Full { doing: "taking in new work" }));
    assert_eq!(store.evidence(one.message.id).await.unwrap().len(), 3);
    assert_eq!(store.batches(1_000).await.unwrap().len(), accepted);
    drop(store);
    // With more room allowed everything is as before.
    let roomy = SqliteOptions { max_bytes: None, ..options };
    let store = SqliteStore::open(directory.path(), &roomy).unwrap();
    assert_eq!(store.health().spare, Spare::Kept);
    assert!(ballast.exists());
    store.accept(bulky("small", 10)).await.unwrap();
}

#[tokio::test]
async fn a_store_without_ballast_refuses_what_has_no_room_and_keeps_the_rest() {
    let directory = batches::directory();
    let store = SqliteStore::open(directory.path(), &SqliteOptions { max_bytes: Some(1 << 20), ..options() }).unwrap();
    assert_eq!(store.health().spare, Spare::Off);
    let accepted = fill(&store, 50_000).await;
    let mut claims = claimed(&store, 1_000).await.unwrap();
    assert_eq!(claims.len(), accepted);
    let error = store.record(built(&claims[0], 500_000)).await.unwrap_err();
    assert!(matches!(error, StoreError::Full { .. }), "{error:?}");
    let last = claims.remove(0);
    assert_eq!(store.evidence(last.message.id).await.unwrap(), vec![]);
}

/// A small disk, as long as this lives. `None` where nobody may mount one.
struct SmallDisk(PathBuf, #[expect(dead_code, reason = "holds the mount point")] tempfile::TempDir);

impl SmallDisk {
    fn mount(size: &str) -> Option<Self> {
        let place = batches::directory();
        let path = place.path().join("disk");
        std::fs::create_dir(&path).unwrap();
        let options = format!("size={size}");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(&path).output();
        mounted.is_ok_and(|output| output.status.success()).then(|| Self(path, place))
    }

    fn grow(&self, size: &str) {
        let options = format!("remount,size={size}");
        assert!(Command::new("mount").args(["-o", &options]).arg(&self.0).status().unwrap().success());
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

/// Fills the disk to the last byte, as somebody else would.
fn hog(path: &Path) {
    use std::io::Write as _;
    let mut file = std::fs::File::create(path).unwrap();
    for size in [64 << 10, 4 << 10, 64] {
        let chunk = vec![b'h'; size];
        while file.write_all(&chunk).is_ok() {}
    }
}

#[tokio::test]
async fn a_disk_full_to_the_last_byte_is_outlived() {
    let Some(disk) = SmallDisk::mount("12m") else {
        eprintln!("SKIPPED: no right to mount a small disk; what a full disk does is not shown here");
        return;
    };
    let options = SqliteOptions { ballast: 3 << 20, ..options() };
    let store = SqliteStore::open(&disk.0, &options).unwrap();
    store.accept(bulky("first", 1_000)).await.unwrap();
    let mut one = claimed(&store, 1).await.unwrap().remove(0);
    hog(&disk.0.join("hog"));
    let error = store.accept(bulky("more", 300_000)).await.unwrap_err();
    assert!(matches!(error, StoreError::Full { .. }), "{error:?}");
    for _ in 0..5 {
        let record = built(&one, 100_000);
        one.message = record.message.clone();
        store.record(record).await.unwrap();
    }
    assert_eq!(store.health().spare, Spare::Used);
    let error = store.accept(bulky("more", 10)).await.unwrap_err();
    assert!(matches!(error, StoreError::Full { .. }), "{error:?}");
    assert_eq!(store.evidence(one.message.id).await.unwrap().len(), 5);
    // Opened anew on the full disk, everything is there.
    drop(store);
    let store = SqliteStore::open(&disk.0, &options).unwrap();
    assert_eq!(store.health().spare, Spare::Used);
    assert_eq!(store.evidence(one.message.id).await.unwrap().len(), 5);
    disk.grow("64m");
    store.accept(bulky("more", 300_000)).await.unwrap();
    assert_eq!(store.health().spare, Spare::Kept);
}
