//! How much the SQLite store carries beside what the database itself can do, and whether a million waiting messages are felt.
//!
//! Durable intake, and records with evidence, of 4 KB from 64 tasks are set beside bare inserts of the same bytes in groups, on the
//! same disk in the same run. Bodies are sealed by a real keyring. A million messages are made in one file, which `GKH_BENCH_STORE`
//! (a directory) keeps for the next run.
#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "a benchmark that fails says why")]

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use gis_gkh_delivery::state::{Event, step};
use gis_gkh_delivery::{
    BodyRole, Claimed, Claims, EntropyError, Keyring, MasterSource, Namespace, NewBatch, NewBody, NewMessage,
    NewObject, Operate, Pause, Plan, Policy, Priority, Record, Resend, Scope, Sha256, SqliteOptions, SqliteStore,
    Store, Timestamp, Views,
};
use rusqlite::Connection;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

const TASKS: u64 = 64;
const EACH: u64 = 32;
const BYTES: usize = 4_096;
const MILLION: u32 = 1_000_000;

struct Noise(u64);

impl Noise {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}

/// What a request looks like to a compressor: names again and again, values of their own.
fn xml(seed: u64, length: usize) -> Vec<u8> {
    let mut noise = Noise(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let mut text = String::with_capacity(length + 128);
    while text.len() < length {
        let (a, b) = (noise.next(), noise.next());
        text.push_str(&format!(
            "<bills:PaymentDocument><base:TransportGUID>{a:016x}{b:016x}</base:TransportGUID><bills:AccountNumber>{}\
             </bills:AccountNumber><bills:TotalPayable>{}.{:02}</bills:TotalPayable></bills:PaymentDocument>",
            a % 10_000_000,
            b % 10_000,
            a % 100
        ));
    }
    text.truncate(length);
    text.into_bytes()
}

fn message(rows: Vec<u32>) -> NewMessage {
    NewMessage {
        operation: "bills.importPaymentDocumentData".into(),
        lanes: vec![],
        priority: Priority::Normal,
        resend: Resend::AfterAbsent,
        bulk: true,
        rows,
    }
}

fn object(row: u32, reference: String, payload: Vec<u8>) -> NewObject {
    NewObject {
        row,
        key: format!("key of {reference}"),
        reference,
        period: "2026-10".into(),
        payload,
        content: Sha256::of(&row.to_be_bytes()),
        plan: Plan::Send,
        follows: None,
    }
}

fn batch(key: String, content: Vec<u8>, objects: Vec<NewObject>, messages: Vec<NewMessage>) -> NewBatch {
    NewBatch {
        organisation: "9f0e1f2a-0000-4000-8000-000000000001".into(),
        stand: "sandbox".into(),
        kind: "bills".into(),
        source: "bench.csv".into(),
        content,
        idempotency_key: key,
        accepted_at: Timestamp(1_000),
        objects,
        messages,
    }
}

/// One row in one message, 4 KB with what was received.
fn small(number: u64) -> NewBatch {
    let payload = xml(number, BYTES / 2);
    let objects = vec![object(1, format!("ref-{number}"), payload)];
    batch(number.to_string(), xml(number + 1, BYTES / 2), objects, vec![message(vec![1])])
}

fn keyring(directory: &Path) -> Arc<Keyring> {
    let calls = AtomicU64::new(1);
    let entropy = move |bytes: &mut [u8]| {
        let mut noise = Noise(calls.fetch_add(0x9e37_79b9, Ordering::Relaxed) | 1);
        for chunk in bytes.chunks_mut(8) {
            let value = noise.next().to_le_bytes();
            chunk.copy_from_slice(&value[..chunk.len()]);
        }
        Ok::<_, EntropyError>(())
    };
    let master = MasterSource::File(directory.join("master"));
    master.create_if_missing(&entropy).unwrap();
    Arc::new(Keyring::open_or_create(&directory.join("keys"), master, entropy).unwrap())
}

fn open(directory: &Path) -> SqliteStore {
    let options = SqliteOptions::new(Namespace([7; 16]), keyring(directory));
    SqliteStore::open(directory, &options).unwrap()
}

/// [`EACH`] calls one after another from each of [`TASKS`] tasks.
async fn crowd<F: Future<Output = ()> + Send + 'static>(call: impl Fn() -> F + Clone + Send + Sync + 'static) {
    let mut tasks = JoinSet::new();
    for _ in 0..TASKS {
        let call = call.clone();
        tasks.spawn(async move {
            for _ in 0..EACH {
                call().await;
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
}

type Row = (u64, Vec<u8>, oneshot::Sender<()>);

/// The least that is durable: rows of one table, in groups, as the store groups them.
fn bare(directory: &Path) -> mpsc::Sender<Row> {
    let connection = Connection::open(directory.join("bare.sqlite")).unwrap();
    connection.pragma_update(None, "journal_mode", "WAL").unwrap();
    connection.pragma_update(None, "synchronous", "FULL").unwrap();
    connection.execute_batch("CREATE TABLE body (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT").unwrap();
    let (queue, mut waiting) = mpsc::channel::<Row>(1_024);
    std::thread::spawn(move || {
        while let Some(first) = waiting.blocking_recv() {
            let (mut next, mut callers) = (Some(first), vec![]);
            connection.execute_batch("BEGIN IMMEDIATE").unwrap();
            while let Some((id, bytes, caller)) = next.take() {
                let mut insert = connection.prepare_cached("INSERT INTO body (id, bytes) VALUES (?1, ?2)").unwrap();
                insert.execute((i64::try_from(id).unwrap(), bytes)).unwrap();
                callers.push(caller);
                if callers.len() < 256 {
                    next = waiting.try_recv().ok();
                }
            }
            connection.execute_batch("COMMIT").unwrap();
            callers.into_iter().for_each(|caller| caller.send(()).unwrap());
        }
    });
    queue
}

fn record(claimed: &Claimed, bytes: Vec<u8>) -> Record {
    let step = step(&claimed.message, Event::Built, Timestamp(2_000), &Policy::default());
    Record {
        fence: claimed.fence,
        from: claimed.message.state,
        message: step.message,
        moved: step.moved,
        objects: step.objects,
        bodies: vec![NewBody { role: BodyRole::Request, bytes, sent: None, answered: None }],
        page: None,
        until: None,
        lease: None,
        at: Timestamp(2_000),
    }
}

fn throughput(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let (directory, numbers) = (tempfile::tempdir().unwrap(), Arc::new(AtomicU64::new(1)));
    let (bare, store) = (bare(directory.path()), Arc::new(open(directory.path())));
    let mut group = criterion.benchmark_group("4 KB from 64 tasks");
    group.sample_size(10).measurement_time(Duration::from_secs(8)).throughput(Throughput::Elements(TASKS * EACH));
    group.bench_function("bare insert", |bencher| {
        let (bare, numbers) = (bare.clone(), Arc::clone(&numbers));
        let call = move || {
            let (bare, number) = (bare.clone(), numbers.fetch_add(1, Ordering::Relaxed));
            async move {
                let (caller, told) = oneshot::channel();
                bare.send((number, xml(number, BYTES), caller)).await.unwrap();
                told.await.unwrap();
            }
        };
        bencher.iter(|| runtime.block_on(crowd(call.clone())));
    });
    group.bench_function("accept", |bencher| {
        let (store, numbers) = (Arc::clone(&store), Arc::clone(&numbers));
        let call = move || {
            let (store, number) = (Arc::clone(&store), numbers.fetch_add(1, Ordering::Relaxed));
            async move { assert!(!store.accept(small(number)).await.unwrap().repeated) }
        };
        bencher.iter(|| runtime.block_on(crowd(call.clone())));
    });
    group.bench_function("record with evidence", |bencher| {
        bencher.iter_batched(
            || {
                let claims = |limit| Claims { now: Timestamp(2_000), lease: Timestamp(3_000), limit, closed: vec![] };
                let wanted = usize::try_from(TASKS * EACH).unwrap();
                let claimed = runtime.block_on(async {
                    let (accepting, numbers) = (Arc::clone(&store), Arc::clone(&numbers));
                    crowd(move || {
                        let (store, number) = (Arc::clone(&accepting), numbers.fetch_add(1, Ordering::Relaxed));
                        async move { assert!(!store.accept(small(number)).await.unwrap().repeated) }
                    })
                    .await;
                    store.recover().await.unwrap();
                    store.claim_due(claims(wanted)).await.unwrap()
                });
                assert_eq!(claimed.len(), wanted);
                Arc::new(std::sync::Mutex::new(claimed))
            },
            |claimed| {
                let store = Arc::clone(&store);
                runtime.block_on(crowd(move || {
                    let (store, one) = (Arc::clone(&store), claimed.lock().unwrap().pop().unwrap());
                    let bytes = xml(one.message.id.0.unsigned_abs(), BYTES);
                    async move { store.record(record(&one, bytes)).await.unwrap() }
                }));
            },
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

/// Memory of this process, in KB; zero where the system does not tell.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or("0");
    line.split_whitespace().next().and_then(|kb| kb.parse().ok()).unwrap_or(0)
}

/// Half of them behind the first of their lane, the other half free.
fn fill(runtime: &Runtime, store: &SqliteStore) {
    const ROWS: u32 = 10_000;
    for number in 0..MILLION / ROWS {
        let objects = (1..=ROWS).map(|row| object(row, format!("ref-{number}-{row}"), b"payload".to_vec())).collect();
        let messages = (1..=ROWS).map(|row| NewMessage {
            lanes: if row % 2 == 0 { vec!["house".into()] } else { vec![] },
            ..message(vec![row])
        });
        let one = batch(format!("million {number}"), b"content".to_vec(), objects, messages.collect());
        runtime.block_on(store.accept(one)).unwrap();
    }
}

fn million(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    // Kept from an earlier run, it shows what a process that did not make it needs of memory.
    let (made, kept) = (tempfile::tempdir().unwrap(), std::env::var_os("GKH_BENCH_STORE").map(PathBuf::from));
    let directory = kept.as_deref().unwrap_or(made.path());
    if !directory.join("delivery.sqlite").exists() {
        let store = open(directory);
        fill(&runtime, &store);
    }
    let before = resident();
    let mut group = criterion.benchmark_group("1 000 000 waiting");
    group.sample_size(10).measurement_time(Duration::from_secs(3));
    group.bench_function("open and close", |bencher| bencher.iter(|| open(directory)));
    let store = open(directory);
    let claims = || Claims { now: Timestamp(2_000), lease: Timestamp(3_000), limit: 1, closed: vec![] };
    group.bench_function("claim one", |bencher| {
        bencher.iter(|| assert_eq!(runtime.block_on(store.claim_due(claims())).unwrap().len(), 1));
    });
    group.bench_function("count for an observer", |bencher| {
        bencher.iter(|| runtime.block_on(store.progress()).unwrap());
    });
    group.bench_function("next due", |bencher| bencher.iter(|| runtime.block_on(store.next_due()).unwrap()));
    let pause = Pause { scope: Scope::default(), reason: "bench".into(), at: Timestamp(1), until: None };
    runtime.block_on(store.recover()).unwrap();
    runtime.block_on(store.pause(pause)).unwrap();
    group.bench_function("claim nothing, all paused", |bencher| {
        bencher.iter(|| assert_eq!(runtime.block_on(store.claim_due(claims())).unwrap(), vec![]));
    });
    group.bench_function("next due, all paused", |bencher| {
        bencher.iter(|| assert_eq!(runtime.block_on(store.next_due()).unwrap(), None));
    });
    group.finish();
    runtime.block_on(store.resume(Scope::default())).unwrap();
    eprintln!("memory over what the process had before opening: {} KB", resident().saturating_sub(before));
}

criterion_group!(benches, throughput, million);
criterion_main!(benches);
