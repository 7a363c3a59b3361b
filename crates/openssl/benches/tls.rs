//! What GOST TLS costs on loopback, by suite: a connection with its first request, one that goes on with a session, and
//! requests on a kept connection. The other side is nginx with gost-engine and a client certificate.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a benchmark fails and speaks as loudly as a test"
)]
#![allow(dead_code, reason = "the helpers are those of the tests")]

#[path = "../tests/tls/authority.rs"]
mod authority;
#[path = "../tests/tls/servers.rs"]
mod servers;

use std::sync::Arc;
use std::time::Duration;

use authority::{Algorithm, Authority, NAME, Place, Wish};
use criterion::{BatchSize, BenchmarkId, Criterion, Throughput};
use gis_gkh::clock::SystemClock;
use gis_gkh::transport::{Post, Transport};
use gis_gkh::{Http, HttpLimits};
use gis_gkh_openssl::{Credentials, Engine, EngineSpec, Floor, GostTls, Settings, Suite};

async fn post(transport: &Http<GostTls>, body: &[u8]) {
    let post = Post { path: "/fixed", action: "urn:x", body, may_leave: &|| true };
    assert_eq!(transport.post(post).await.unwrap().status, 200);
}

fn main() {
    let Ok(engine) = Engine::load(&EngineSpec::gost()) else {
        println!("SKIPPED: no gost-engine");
        return;
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let place = Place::new();
    let authority = Authority::new(&place, "authority", Algorithm::Gost256);
    let mut criterion = Criterion::default().sample_size(20).configure_from_args();
    for (size, algorithm) in [("256", Algorithm::Gost256), ("512", Algorithm::Gost512)] {
        let server = authority.issue(&format!("server-{size}"), Wish::of(algorithm));
        let client = authority.issue(&format!("client-{size}"), Wish::of(algorithm));
        let (certificate, key) = (std::fs::read(client.certificate).unwrap(), std::fs::read(client.key).unwrap());
        let credentials = Credentials::from_pem(engine, &certificate, &key, None).unwrap();
        let more = format!(
            "ssl_verify_client on; ssl_client_certificate {}; keepalive_requests 1000000; client_body_buffer_size 2m; \
             location /fixed {{ return 200 fine; }}",
            authority.certificate().display()
        );
        let front = servers::nginx(&place, &server, "127.0.0.1:9", &more);
        let transport = |suite, idle| {
            let settings = Settings {
                address: front.address.clone(),
                name: NAME.to_owned(),
                trusted: authority.certificate(),
                credentials: Some(credentials.clone()),
                floor: Floor::Tls12,
                suites: vec![suite],
                proxy: None,
            };
            let limits = HttpLimits { idle, ..HttpLimits::default() };
            Http::over(GostTls::new(engine, settings, Arc::new(SystemClock)).unwrap(), NAME, limits).unwrap()
        };
        let long = Duration::from_secs(600);
        for suite in Suite::ALL {
            let mut group = criterion.benchmark_group(format!("{size}/{suite}"));
            group.throughput(Throughput::Elements(1));
            group.bench_function("connect and first request", |bench| {
                let fresh = || transport(suite, long);
                bench.iter_batched(
                    fresh,
                    |transport| runtime.block_on(post(&transport, b"x")),
                    BatchSize::PerIteration,
                );
            });
            group.bench_function("connect with a session and first request", |bench| {
                let transport = transport(suite, Duration::ZERO);
                runtime.block_on(post(&transport, b"x"));
                bench.iter(|| runtime.block_on(post(&transport, b"x")));
            });
            for bytes in [100, 100_000, 1_000_000] {
                group.bench_function(BenchmarkId::new("request on a kept connection", bytes), |bench| {
                    let (transport, body) = (transport(suite, long), vec![b'x'; bytes]);
                    runtime.block_on(post(&transport, &body));
                    bench.iter(|| runtime.block_on(post(&transport, &body)));
                });
            }
            group.finish();
        }
    }
    criterion.final_summary();
}
