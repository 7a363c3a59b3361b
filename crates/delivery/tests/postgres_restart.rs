//! The PostgreSQL store on a server of the test's own that is stopped and killed under it: every batch is accepted once, every
//! message is worked on to its end, the chain of evidence holds.
#![cfg(feature = "postgres")]
#![expect(clippy::unwrap_used, clippy::panic, clippy::print_stderr, reason = "what tests call asserts as tests do")]

#[path = "support/batches.rs"]
#[expect(dead_code, reason = "directories are for stores that live in files")]
mod batches;
#[path = "support/open.rs"]
#[expect(dead_code, reason = "only the seal is needed here")]
mod open;
#[path = "postgres/steps.rs"]
#[expect(dead_code, reason = "claims are made patiently here")]
mod steps;
#[expect(dead_code, reason = "nothing is refused here")]
mod support;

use batches::{batch, object};
use gis_gkh_delivery::archive::{Archive, Entry, Link};
use gis_gkh_delivery::{Namespace, PostgresOptions, PostgresStore, Store, StoreError, Views};
use open::Marked;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;
use tokio::task::JoinSet;

/// A server with its data in a directory that goes with it.
struct Server {
    programs: PathBuf,
    home: tempfile::TempDir,
}

/// The newest server's programs on this machine.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let mut found: Vec<PathBuf> = versions.filter_map(|version| Some(version.ok()?.path().join("bin"))).collect();
    found.retain(|programs| programs.join("initdb").exists());
    found.sort();
    found.pop()
}

impl Server {
    fn start() -> Option<Self> {
        let Some(programs) = programs() else {
            let text = "SKIPPED: no initdb under /usr/lib/postgresql, no server was restarted; install postgresql";
            assert!(std::env::var("CI").as_deref() != Ok("true"), "{text}");
            eprintln!("{text}");
            return None;
        };
        let home = tempfile::tempdir().unwrap();
        std::fs::set_permissions(home.path(), std::fs::Permissions::from_mode(0o777)).unwrap();
        let server = Self { programs, home };
        server.run("initdb", "--username=postgres --auth=trust --no-sync");
        server
            .run("pg_ctl", &format!("start --wait --log={0}/log --options=\"-k {0} -h ''\"", server.home().display()));
        Some(server)
    }

    fn home(&self) -> &Path {
        self.home.path()
    }

    /// Runs one of the server's programs, as somebody who is not the superuser.
    fn run(&self, program: &str, arguments: &str) {
        let program = self.programs.join(program);
        let data = self.home().join("data");
        let line = format!("{} --pgdata={} {arguments} >/dev/null 2>&1", program.display(), data.display());
        let root = std::fs::metadata("/proc/self").unwrap().uid() == 0;
        let mut command = Command::new(if root { "su" } else { "sh" });
        if root {
            command.args(["postgres", "-s", "/bin/sh"]);
        }
        assert!(command.args(["-c", &line]).current_dir("/").status().unwrap().success(), "{line}");
    }

    fn restart(&self, mode: &str) {
        self.run("pg_ctl", &format!("restart --wait --mode={mode}"));
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.run("pg_ctl", "stop --wait --mode=immediate");
    }
}

/// Asks again as long as the server is away.
async fn patiently<T, F: Future<Output = Result<T, StoreError>>>(ask: impl Fn() -> F) -> Result<T, StoreError> {
    loop {
        match ask().await {
            Err(StoreError::Io { .. } | StoreError::Unreachable { .. }) => tokio::task::yield_now().await,
            result => return result,
        }
    }
}

async fn intake(store: Arc<PostgresStore>, task: u32, stop: Arc<AtomicBool>, total: Arc<AtomicU32>) -> u32 {
    let mut accepted = 0;
    while !stop.load(Ordering::SeqCst) {
        let name = format!("{task}/{accepted}");
        patiently(|| store.accept(batch(&name, vec![object(1, &name, "1")]))).await.unwrap();
        accepted += 1;
        total.fetch_add(1, Ordering::SeqCst);
    }
    accepted
}

/// Works on what there is; who does not hear an answer gives the claim up and begins anew from what is on disk.
async fn delivery(store: Arc<PostgresStore>) {
    loop {
        patiently(|| store.recover()).await.unwrap();
        if patiently(|| store.queue(1)).await.unwrap().is_empty() {
            return;
        }
        let claims = gis_gkh_delivery::Claims {
            now: steps::T0,
            lease: steps::T0.after(Duration::from_secs(600)),
            limit: 100,
            closed: vec![],
        };
        for claimed in patiently(|| store.claim_due(claims.clone())).await.unwrap() {
            match steps::finish(store.as_ref(), claimed).await {
                Ok(()) | Err(StoreError::Io { .. } | StoreError::Unreachable { .. } | StoreError::Fenced { .. }) => {}
                Err(other) => panic!("{other:?}"),
            }
        }
    }
}

async fn assert_chained(store: &PostgresStore) {
    let (mut entries, mut links) = (Vec::<Entry>::new(), Vec::<Link>::new());
    loop {
        let page = store.entries("a", entries.last().map_or(0, |entry| entry.number), 1_000).await.unwrap();
        if page.is_empty() {
            break;
        }
        entries.extend(page);
    }
    loop {
        let page = store.links("a", links.last().map_or(0, |link| link.number), 1_000).await.unwrap();
        if page.is_empty() {
            break;
        }
        links.extend(page);
    }
    assert_eq!(entries.iter().map(|entry| entry.number).max(), i64::try_from(entries.len()).ok());
    let mut rest = entries.as_slice();
    let mut before = None;
    for link in &links {
        let (mine, others) = rest.split_at(usize::try_from(link.count).unwrap());
        let digests: Vec<_> = mine.iter().map(Entry::digest).collect();
        assert_eq!(*link, Link::over("a", before, mine[0].number, &digests, link.at));
        (rest, before) = (others, Some(link));
    }
    assert!(rest.is_empty(), "every entry is in a link");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_restarts_loses_and_doubles_nothing() {
    let Some(server) = Server::start() else { return };
    let url = format!("host={} user=postgres dbname=postgres", server.home().display());
    let options = PostgresOptions::new(&url, "a", Namespace([7; 16]), Arc::new(Marked));
    let store = Arc::new(PostgresStore::open(options).await.unwrap());
    let stop = Arc::new(AtomicBool::new(false));
    let total = Arc::new(AtomicU32::new(0));
    let mut tasks = JoinSet::new();
    for task in 0..16 {
        tasks.spawn(intake(Arc::clone(&store), task, Arc::clone(&stop), Arc::clone(&total)));
    }
    let restarts = tokio::task::spawn_blocking(move || {
        // A server that is killed has its journal to go through; one that is asked to stop ends transactions first.
        for mode in ["immediate", "fast", "immediate", "immediate"] {
            // In the middle of work: something has been accepted since the last time.
            let goal = total.load(Ordering::SeqCst) + 17;
            while total.load(Ordering::SeqCst) < goal {
                std::thread::yield_now();
            }
            server.restart(mode);
        }
        server
    });
    let all = async {
        let server = restarts.await.unwrap();
        stop.store(true, Ordering::SeqCst);
        let mut accepted = 0;
        while let Some(count) = tasks.join_next().await {
            accepted += count.unwrap();
        }
        // And once more while messages are on their way.
        let restart = tokio::task::spawn_blocking(move || {
            server.restart("immediate");
            server
        });
        delivery(Arc::clone(&store)).await;
        (accepted, restart.await.unwrap())
    };
    let (accepted, server) = tokio::time::timeout(Duration::from_secs(300), all).await.unwrap();
    assert!(accepted > 16);
    let batches = store.batches(usize::MAX).await.unwrap();
    assert_eq!(batches.len(), usize::try_from(accepted).unwrap());
    assert!(batches.iter().all(|batch| batch.objects.accepted == 1 && batch.objects.total() == 1));
    assert_chained(&store).await;
    drop((store, server));
}
