//! What the largest request costs the sandbox beside a small one: the work must grow with the documents and no faster.

#![expect(clippy::print_stdout, reason = "what a benchmark measures may be said")]

#[path = "../tests/support/mod.rs"]
mod support;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput};
use support::largest;

/// Seconds of handling one request.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures by the wall clock")]
fn seconds(documents: usize) -> f64 {
    let (stand, message) = largest(documents);
    let begun = std::time::Instant::now();
    stand.send(&message);
    begun.elapsed().as_secs_f64()
}

fn main() {
    let best = |documents| (0..5).map(|_| seconds(documents)).fold(f64::MAX, f64::min);
    println!("500 documents: {:.1} times as long as 50 (in proportion: 10, bar 30)", best(500) / best(50));

    let mut criterion = Criterion::default().sample_size(10).configure_from_args();
    let mut group = criterion.benchmark_group("import");
    for documents in [50, 500] {
        group.throughput(Throughput::Elements(documents as u64));
        group.bench_function(BenchmarkId::from_parameter(documents), |bench| {
            bench.iter_batched(|| largest(documents), |(stand, message)| stand.send(&message), BatchSize::PerIteration);
        });
    }
    group.finish();
    criterion.final_summary();
}
