//! How much the PostgreSQL store carries: durable intake from many tasks, and messages from claim to end, many at a time.
//!
//! The server is named by `GKH_POSTGRES`; without one nothing is measured. Bodies are sealed without encryption: what is measured is
//! the store, not the cipher.
#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "a benchmark that fails says why")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use gis_gkh_delivery::state::{Event, step};
use gis_gkh_delivery::{
    BodyRole, Claimed, Claims, GisIds, Namespace, NewBatch, NewBody, NewMessage, NewObject, Outcome, Plain, Plan,
    Policy, PostgresOptions, PostgresStore, Priority, Record, Resend, Sha256, Store, Timestamp,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;
use tokio_postgres::NoTls;

const TASKS: u64 = 64;
const EACH: u64 = 32;
const SCHEMA: &str = "gkh_bench";

/// Bytes that do not compress.
fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    (0..length)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_le_bytes()[3]
        })
        .collect()
}

/// One object in one message; with the received bytes 4 KB.
fn batch(number: u64) -> NewBatch {
    let object = NewObject {
        row: 1,
        reference: format!("ref-{number}"),
        key: format!("key-{number}"),
        period: "2026-10".into(),
        payload: noise(number, 2_048),
        content: Sha256::of(&number.to_be_bytes()),
        plan: Plan::Send,
        follows: None,
    };
    let message = NewMessage {
        operation: "bills.importPaymentDocumentData".into(),
        lanes: vec![],
        priority: Priority::Normal,
        resend: Resend::AfterAbsent,
        bulk: false,
        rows: vec![1],
    };
    NewBatch {
        organisation: "organisation".into(),
        stand: "sandbox".into(),
        kind: "bills".into(),
        source: "bench.csv".into(),
        content: noise(number + 1, 2_048),
        idempotency_key: format!("{number}"),
        accepted_at: Timestamp(1_000),
        objects: vec![object],
        messages: vec![message],
    }
}

fn url() -> String {
    std::env::var("GKH_POSTGRES").unwrap_or_else(|_| "host=/var/run/postgresql user=postgres".to_owned())
}

/// A million messages, half of them behind another of their lane.
async fn fill() {
    let (raw, connection) = tokio_postgres::connect(&url(), NoTls).await.unwrap();
    tokio::spawn(connection);
    let sql = "INSERT INTO message (id, batch, queue, kind, operation, priority, resend, bulk, laned, accepted_at, state, live, \
               blocked, awaiting, due, since, build, attempts, polls, fence) \
               SELECT 1000000000 + n, 1, (SELECT min(id) FROM queue), 'bills', 'bills.x', 1, 'never', false, false, 1, 'accepted', true, \
               n % 2 = 0, false, 1000 + n, 1, 0, 0, 0, 0 FROM generate_series(1, 1000000) AS n";
    raw.batch_execute(&format!("SET search_path TO {SCHEMA}; {sql}")).await.unwrap();
}

fn store(runtime: &Runtime) -> Option<Arc<PostgresStore>> {
    let url = url();
    runtime.block_on(async {
        let Ok((raw, connection)) = tokio_postgres::connect(&url, NoTls).await else {
            eprintln!("SKIPPED: no PostgreSQL server, nothing was measured; name one in GKH_POSTGRES");
            return None;
        };
        tokio::spawn(connection);
        raw.batch_execute(&format!("DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")).await.unwrap();
        let options = PostgresOptions::new(&url, "bench", Namespace([7; 16]), Arc::new(Plain));
        let options = PostgresOptions { schema: SCHEMA.into(), ..options };
        Some(Arc::new(PostgresStore::open(options).await.unwrap()))
    })
}

/// [`EACH`] batches one after another from each of [`TASKS`] tasks.
async fn enqueue(store: &Arc<PostgresStore>, numbers: &Arc<AtomicU64>) {
    let mut tasks = JoinSet::new();
    for _ in 0..TASKS {
        let (store, numbers) = (Arc::clone(store), Arc::clone(numbers));
        tasks.spawn(async move {
            for _ in 0..EACH {
                store.accept(batch(numbers.fetch_add(1, Ordering::Relaxed))).await.unwrap();
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
}

fn record(claimed: &Claimed, event: Event, keep: bool, bodies: Vec<NewBody>, policy: &Policy) -> Record {
    let now = Timestamp(2_000);
    let step = step(&claimed.message, event, now, policy);
    Record {
        fence: claimed.fence,
        from: claimed.message.state,
        message: step.message,
        moved: step.moved,
        objects: step.objects,
        bodies,
        page: None,
        until: None,
        lease: keep.then_some(Timestamp(3_000)),
        at: now,
    }
}

/// The whole life of a claimed message: four records, three bodies of evidence.
async fn live(store: &PostgresStore, mut claimed: Claimed, policy: &Policy) {
    let body = |role, bytes| vec![NewBody { role, bytes, sent: None, answered: None }];
    let object = claimed.message.objects[0].id;
    let seed = claimed.message.id.0.unsigned_abs();
    let steps = [
        (Event::Built, body(BodyRole::Request, noise(seed, 1_024))),
        (Event::Intent, vec![]),
        (Event::Acked("ack".into()), body(BodyRole::Ack, noise(seed, 256))),
        (Event::Answered(vec![(object, Outcome::Accepted(GisIds::new()))]), body(BodyRole::Answer, noise(seed, 512))),
    ];
    for (at, (event, bodies)) in steps.into_iter().enumerate() {
        let record = record(&claimed, event, at < 3, bodies, policy);
        claimed.message = record.message.clone();
        store.record(record).await.unwrap();
    }
}

/// Claims and finishes everything there is, in batches.
async fn drain(store: &Arc<PostgresStore>, policy: &Arc<Policy>) -> u64 {
    let mut finished = 0;
    loop {
        let claims = Claims { now: Timestamp(2_000), lease: Timestamp(600_000), limit: 256, closed: vec![] };
        let claimed = store.claim_due(claims).await.unwrap();
        if claimed.is_empty() {
            return finished;
        }
        let mut tasks = JoinSet::new();
        for claimed in claimed {
            let (store, policy) = (Arc::clone(store), Arc::clone(policy));
            tasks.spawn(async move { live(&store, claimed, &policy).await });
        }
        while let Some(done) = tasks.join_next().await {
            done.unwrap();
            finished += 1;
        }
    }
}

fn postgres(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let Some(store) = store(&runtime) else { return };
    let numbers = Arc::new(AtomicU64::new(0));
    let policy = Arc::new(Policy::default());
    let mut group = criterion.benchmark_group("postgres");
    group.sample_size(10).measurement_time(Duration::from_secs(10)).throughput(Throughput::Elements(TASKS * EACH));
    group.bench_function("enqueue 4 KB from 64 tasks", |bencher| {
        bencher.iter(|| runtime.block_on(enqueue(&store, &numbers)));
    });
    runtime.block_on(drain(&store, &policy));
    group.bench_function("claim to end in batches, 4 records and 3 bodies each", |bencher| {
        bencher.iter_batched(
            || runtime.block_on(enqueue(&store, &numbers)),
            |()| assert_eq!(runtime.block_on(drain(&store, &policy)), TASKS * EACH),
            criterion::BatchSize::PerIteration,
        );
    });
    group.finish();

    runtime.block_on(fill());
    let mut group = criterion.benchmark_group("postgres, a million waiting");
    group.sample_size(10).measurement_time(Duration::from_secs(3)).throughput(Throughput::Elements(1));
    group.bench_function("when is the next due", |bencher| {
        bencher.iter(|| runtime.block_on(store.next_due()).unwrap().unwrap());
    });
    group.bench_function("claim 64", |bencher| {
        let claims = Claims { now: Timestamp(2_000_000), lease: Timestamp(2_600_000), limit: 64, closed: vec![] };
        bencher.iter(|| assert_eq!(runtime.block_on(store.claim_due(claims.clone())).unwrap().len(), 64));
    });
    group.finish();
    drop(store);
    runtime.block_on(async {
        let (raw, connection) = tokio_postgres::connect(&url(), NoTls).await.unwrap();
        tokio::spawn(connection);
        raw.batch_execute(&format!("DROP SCHEMA {SCHEMA} CASCADE")).await.unwrap();
    });
}

criterion_group!(benches, postgres);
criterion_main!(benches);
