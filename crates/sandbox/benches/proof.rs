//! What it costs to check an answer before it is read: the largest answer to an import, read with and without.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "what a benchmark measures may be said, and what fails too"
)]

#[path = "../tests/support/mod.rs"]
mod support;

use std::hint::black_box;

use criterion::{Criterion, Throughput};
use gis_gkh::contract::bills::{GetStateResult, ImportPaymentDocumentRequest};
use gis_gkh::operation::Submission as _;
use gis_gkh::transport::Reply;
use gis_gkh::{AnswerCheck, AnswerPolicy, Proof, checked_state, receipt};
use gis_gkh_sign::certificate::Certificate;
use gis_gkh_sign::trust::Trust;
use support::{largest, reply, root};

fn main() {
    let (stand, message) = largest(500);
    let ack = receipt(message.guid, reply(stand.send(&message))).unwrap().ack;
    let question = stand.identity.state(ImportPaymentDocumentRequest::STATE, ack, stand.next_guid(), stand.now());
    let body = reply(stand.send(&question)).body;
    let centre = std::fs::read_to_string(root().join("fixtures/keys/ca.crt")).unwrap();
    let trust = Trust::new(vec![Certificate::from_pem(&centre).unwrap()]).unwrap();
    let read = |policy| {
        let check = AnswerCheck::new(policy, trust.clone());
        let reply = Reply { status: 200, body: body.clone(), ..Reply::default() };
        checked_state::<GetStateResult>(ack, reply, &check, stand.now()).unwrap()
    };
    assert!(matches!(read(AnswerPolicy::Require).1, Proof::Verified(_)));
    println!("an answer about 500 documents: {} KB", body.len() / 1000);

    let mut criterion = Criterion::default().sample_size(20).configure_from_args();
    let mut group = criterion.benchmark_group("answer");
    group.throughput(Throughput::Bytes(body.len() as u64));
    group.bench_function("read", |bencher| bencher.iter(|| black_box(read(AnswerPolicy::Off))));
    group.bench_function("verified and read", |bencher| bencher.iter(|| black_box(read(AnswerPolicy::Require))));
    group.finish();
    criterion.final_summary();
}
