//! One signature, one verification and the digest, by size and kind of curve.

#![expect(clippy::expect_used, reason = "a benchmark that cannot sign has nothing to measure")]

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use gis_gkh_sign::gost::{Curve, KeySize, OsEntropy, PrivateKey, digest};

fn signatures(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("gost");
    for curve in [Curve::CryptoProA, Curve::Tc26A256, Curve::Tc26A512, Curve::Tc26C512] {
        let size = curve.key_size();
        let key = PrivateKey::from_scalar(curve, &vec![0x17; size.bytes()]).expect("a key of this size");
        let digest = digest(size, b"canonical SignedInfo");
        let signature = key.sign_digest(&digest, &OsEntropy).expect("a signature");
        group.bench_function(format!("sign/{curve:?}"), |bench| {
            bench.iter(|| key.sign_digest(black_box(&digest), &OsEntropy));
        });
        group.bench_function(format!("verify/{curve:?}"), |bench| {
            bench.iter(|| key.public_key().verify(black_box(&digest), black_box(&signature)));
        });
    }
    let data = vec![0x5a; 1 << 20];
    group.throughput(Throughput::Bytes(data.len() as u64));
    for size in [KeySize::Bits256, KeySize::Bits512] {
        group.bench_function(format!("digest/{}", size.bits()), |bench| bench.iter(|| digest(size, black_box(&data))));
    }
    group.finish();
}

criterion_group!(benches, signatures);
criterion_main!(benches);
