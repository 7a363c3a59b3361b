//! Files: both checksums of a part in one pass, and each by itself.

use std::hint::black_box;

use criterion::{Criterion, Throughput};
use gis_gkh::files::{AttachmentHash, PART, md5};

fn main() {
    let part: Vec<u8> = (0..PART).map(|at| at.wrapping_mul(2_654_435_761).to_be_bytes()[4]).collect();
    let mut criterion = Criterion::default().sample_size(10).configure_from_args();
    let mut group = criterion.benchmark_group("a part of 5 MiB");
    group.throughput(Throughput::Bytes(PART));
    group.bench_function("MD5", |bench| bench.iter(|| md5(black_box(&part))));
    group.bench_function("GOST R 34.11-94", |bench| bench.iter(|| AttachmentHash::of(black_box(&part))));
    group.bench_function("both in one pass", |bench| bench.iter(|| AttachmentHash::new().part(black_box(&part))));
    group.finish();
    criterion.final_summary();
}
