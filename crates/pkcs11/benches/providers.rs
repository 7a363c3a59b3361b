//! Signatures a second through the guard, by provider and size of key. The token is the mock: what is measured is the way to
//! it, not a device, whose own time is tens of milliseconds.

#![expect(clippy::unwrap_used, reason = "what goes wrong in a benchmark may be said so")]

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, Throughput};
use gis_gkh_pkcs11_mock::MockToken;
use gis_gkh_sign::certificate::Certificate;
use gis_gkh_sign::conformance::Sample;
use gis_gkh_sign::signer::{BuiltinSigner, Pkcs11Config, SecretSource, Signer, TokenChoice, Verified};

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let pin = folder.path().join("pin");
    std::fs::write(&pin, "12345678").unwrap();
    #[cfg(unix)]
    std::fs::set_permissions(&pin, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let mut criterion = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .configure_from_args();
    let mut group = criterion.benchmark_group("signatures by a token");
    group.throughput(Throughput::Elements(1));
    // A SignedInfo as long as ours.
    let data = vec![b'x'; 1500];
    for name in Sample::NAMES {
        let sample = Sample::read(name).unwrap();
        let certificate = Certificate::from_pem(&sample.certificate).unwrap();
        let builtin = BuiltinSigner::from_pem(&sample.certificate, &sample.private_key).unwrap();
        group.bench_function(format!("builtin {name}"), |bencher| {
            bencher.iter(|| black_box(builtin.sign(&data).unwrap()));
        });

        let mut token = MockToken::new(&folder.path().join(name), "12345678").unwrap();
        token.put_key("org", &sample.private_key).unwrap();
        let config = Pkcs11Config {
            module: token.module().unwrap(),
            token: TokenChoice::Only,
            key_label: Some("org".to_owned()),
            key_id: None,
            pin: Some(SecretSource::File(pin.clone())),
            pin_retry: false,
            mechanism: None,
            limit: Pkcs11Config::LIMIT,
        };
        let provider = gis_gkh_pkcs11::open(&config, &certificate, None).unwrap();
        let token = Verified::open(certificate, provider).unwrap();
        group.bench_function(format!("pkcs11 mock {name}"), |bencher| {
            bencher.iter(|| black_box(token.sign(&data).unwrap()));
        });
    }
    group.finish();
    criterion.final_summary();
}
