//! Signatures a second through the guard, by provider and size of key: built in, a program of its own, a service on
//! loopback. The latter two sign by the built-in key as well, so that the difference is the way to them.

#![expect(clippy::unwrap_used, reason = "what goes wrong in a benchmark may be said so")]

use std::hint::black_box;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use criterion::{Criterion, Throughput};
use gis_gkh_sign::certificate::Certificate;
use gis_gkh_sign::conformance::Sample;
use gis_gkh_sign::gost::{OsEntropy, PrivateKey};
use gis_gkh_sign::signer::{
    Answer, Body, BuiltinSigner, CommandConfig, CommandSigner, Encoding, HttpConfig, HttpSigner, Input, Signer,
    Verified,
};

fn answered(stream: TcpStream, key: &PrivateKey) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        (reader.read_line(&mut head).ok()? > 0).then_some(())?;
    }
    let mut digest = vec![0; key.key_size().bytes()];
    reader.read_exact(&mut digest).ok()?;
    let value = key.sign_digest(&digest, &OsEntropy).ok()?;
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", value.len());
    reader.into_inner().write_all(&[head.as_bytes(), &value].concat()).ok()
}

fn service(key: PrivateKey) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // A client that has gone away is no loss.
            let _ = answered(stream, &key);
        }
    });
    url
}

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .configure_from_args();
    let mut group = criterion.benchmark_group("signatures");
    group.throughput(Throughput::Elements(1));
    // A SignedInfo as long as ours.
    let data = vec![b'x'; 1500];
    for name in Sample::NAMES {
        let sample = Sample::read(name).unwrap();
        let certificate = Certificate::from_pem(&sample.certificate).unwrap();
        let builtin = BuiltinSigner::from_pem(&sample.certificate, &sample.private_key).unwrap();
        let program = CommandConfig {
            program: env!("CARGO_BIN_EXE_sample-signer").into(),
            arguments: vec![Sample::folder().join(format!("{name}.key")).display().to_string()],
            environment: Vec::new(),
            inherited: Vec::new(),
            input: Input::Data,
            output: Encoding::Raw,
            limit: Duration::from_secs(60),
        };
        let program = Verified::open(certificate.clone(), CommandSigner::new(program, None).unwrap()).unwrap();
        let http = HttpConfig {
            url: service(PrivateKey::from_pem(&sample.private_key).unwrap()),
            input: Input::Digest,
            body: Body::Raw,
            headers: Vec::new(),
            secret: None,
            authorization: false,
            answer: Answer::Whole(Encoding::Raw),
            limit: Duration::from_secs(60),
            longest_answer: 4096,
            plain_anywhere: false,
        };
        let http = Verified::open(certificate, HttpSigner::new(http, None, None).unwrap()).unwrap();
        let signers: [(&str, &dyn Signer); 3] = [("builtin", &builtin), ("command", &program), ("http", &http)];
        for (provider, signer) in signers {
            group.bench_function(format!("{provider} {name}"), |bencher| {
                bencher.iter(|| black_box(signer.sign(&data).unwrap()));
            });
        }
    }
    group.finish();
    criterion.final_summary();
}
