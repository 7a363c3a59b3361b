//! Sealing and opening a body, by size: with a keyring, and without encryption.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot seal has nothing to measure")]

use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use gis_gkh_delivery::{EntropyError, Keyring, MasterSource, Plain, Seal, Timestamp};

const NOW: Timestamp = Timestamp(1_795_327_200_000);

/// Costs next to nothing and protects nothing; the operating system's adds a fraction of a microsecond.
fn entropy(bytes: &mut [u8]) -> Result<(), EntropyError> {
    static STATE: AtomicU64 = AtomicU64::new(0);
    for chunk in bytes.chunks_mut(8) {
        let mut word = STATE.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word ^= word >> 27;
        chunk.copy_from_slice(&word.to_le_bytes()[..chunk.len()]);
    }
    Ok(())
}

/// Text such as the store is given: names repeat, values do not.
fn xml(bytes: usize) -> Vec<u8> {
    let mut text = String::from("<bills>");
    let mut number = 0_u64;
    while text.len() < bytes {
        number = number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let (guid, sum) = (u128::from(number) * u128::from(number | 1), number % 1_000_000);
        text += &format!(
            "<ns4:payment-document><ns4:AccountGuid>{guid:032x}</ns4:AccountGuid><ns4:Total>{sum}.00</ns4:Total>\
             </ns4:payment-document>"
        );
    }
    text.truncate(bytes);
    text.into_bytes()
}

fn bodies(criterion: &mut Criterion) {
    let place = tempfile::tempdir().unwrap();
    let master = MasterSource::File(place.path().join("master"));
    master.create_if_missing(&entropy).unwrap();
    let keyring = Keyring::open_or_create(&place.path().join("keys"), master, entropy).unwrap();
    let mut group = criterion.benchmark_group("seal");
    for size in [4_096, 500_000] {
        let plain = xml(size);
        group.throughput(Throughput::Bytes(size as u64));
        for (name, seal) in [("keyring", &keyring as &dyn Seal), ("plain", &Plain)] {
            let sealed = seal.seal("organisation", NOW, &plain).unwrap();
            group.bench_function(format!("seal/{name}/{size}"), |bench| {
                bench.iter(|| seal.seal("organisation", NOW, black_box(&plain)).unwrap());
            });
            group.bench_function(format!("open/{name}/{size}"), |bench| {
                bench.iter(|| seal.open(sealed.key, black_box(&sealed.bytes)).unwrap());
            });
        }
    }
    group.finish();
}

criterion_group!(benches, bodies);
criterion_main!(benches);
