//! How much memory an upload takes: `cargo run --release -p gis-gkh-sandbox --example upload_memory [MEGABYTES]`.
//!
//! A sandbox in this process, and a client in another one, which uploads a file of that size (100 by default) from disk and
//! tells its resident memory before and its peak meanwhile, as Linux counts them.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "what goes wrong in a measurement, or is measured by it, may be said so"
)]

#[path = "../tests/support/mod.rs"]
mod support;

use std::io::Write;
use std::process::Command;
use std::sync::Arc;

use gis_gkh::clock::SystemClock;
use gis_gkh::files::{Context, FileName, FileSource, FileStore, RetryPolicy, Upload};
use gis_gkh::{HttpLimits, PlainHttp};
use support::{Stand, guid};

/// A line of `/proc/self/status`, in bytes.
fn memory(line: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let found = status.lines().find_map(|found| found.strip_prefix(line)).unwrap();
    found.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() << 10
}

fn in_mib(bytes: u64) -> String {
    format!("{}.{} MiB", bytes >> 20, ((bytes % (1 << 20)) * 10) >> 20)
}

async fn upload(store: &FileStore, file: std::fs::File) -> String {
    let (context, name) = (Context::named("appeals").unwrap(), FileName::new("plan.txt").unwrap());
    let source = Arc::new(FileSource::from(file));
    let mut upload = Upload::new(store.clone(), source, name, context).unwrap();
    upload.run(RetryPolicy::default(), &SystemClock, |_| {}).await.unwrap().hash
}

/// A file of that many bytes, no two parts of which are alike.
fn file(bytes: u64) -> std::fs::File {
    let mut file = tempfile::tempfile().unwrap();
    let piece: Vec<u8> = (0..1_000_003_u32).map(|at| at.wrapping_mul(2_654_435_761).to_be_bytes()[0]).collect();
    let mut left = bytes;
    while left > 0 {
        let size = usize::try_from(left).unwrap_or(usize::MAX).min(piece.len());
        file.write_all(&piece[..size]).unwrap();
        left -= u64::try_from(size).unwrap();
    }
    file
}

async fn client(address: &str, megabytes: u64) {
    let transport = PlainHttp::new(address, "sandbox.example", HttpLimits::default()).unwrap();
    let store = FileStore::new(Arc::new(transport), Arc::new(SystemClock), guid("ours"));
    // Everything that is made once is made by a small one.
    upload(&store, file(1000)).await;
    let large = file(megabytes << 20);
    let idle = memory("VmRSS");
    // Linux begins to count the peak anew.
    std::fs::write("/proc/self/clear_refs", "5").unwrap();
    let begun = tokio::time::Instant::now();
    let hash = upload(&store, large).await;
    let took = begun.elapsed();
    let peak = memory("VmHWM");
    println!("{megabytes} MiB uploaded in {took:.1?}, AttachmentHASH {hash}");
    println!(
        "resident before {}, peak meanwhile {}, above idle {} (bar 16 MiB)",
        in_mib(idle),
        in_mib(peak),
        in_mib(peak.saturating_sub(idle))
    );
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let [first, address, megabytes] = &words[..]
        && first == "client"
    {
        return client(address, megabytes.parse().unwrap()).await;
    }
    let megabytes = words.first().map_or("100", String::as_str).to_owned();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(Arc::clone(&Stand::new().sandbox).serve(listener, std::future::pending()));
    let client = move || Command::new(std::env::current_exe().unwrap()).args(["client", &address, &megabytes]).status();
    let status = tokio::task::spawn_blocking(client).await.unwrap().unwrap();
    assert!(status.success());
}
