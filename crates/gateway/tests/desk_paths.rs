//! The elements the desks use are written down: `desks/*.txt`. A release of the formats is held against these files.
//!
//! `GKH_BLESS=1 cargo test -p gis-gkh-gateway --test desk_paths` writes them anew; look at the difference before
//! committing it.

#![expect(clippy::unwrap_used, reason = "a test may end where it stands; clippy knows only functions marked as tests")]

mod desk;

use std::collections::BTreeSet;
use std::fs;
use std::future::pending;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use desk::{Running, connected, sandbox, serve, settings};
use gis_gkh::contract::operations::OPERATIONS;
use gis_gkh::paths::{Calls, paths};
use gis_gkh::transport::{Boxed, Post, Reply, Transport, TransportError};
use gis_gkh_delivery::{Engine, Namespace, SqliteOptions, SqliteStore};
use gis_gkh_gateway::desk::PATHS;
use gis_gkh_gateway::desk::billing::Billing;
use gis_gkh_gateway::gateway::{BillOptions, Wall};
use gis_gkh_gateway::sample::Sample;
use gis_gkh_sign::gost::OsEntropy;

/// Posts by another transport and writes down the names that pass.
struct Watched<T> {
    inner: T,
    calls: Calls,
    seen: Arc<Mutex<BTreeSet<String>>>,
}

impl<T: Transport> Transport for Watched<T> {
    fn post<'a>(&'a self, post: Post<'a>) -> Boxed<'a, Result<Reply, TransportError>> {
        Box::pin(async move {
            let operation = OPERATIONS.iter().find(|one| one.path == post.path && one.action == post.action).unwrap();
            let known = Some((operation.service, operation.name));
            let saw = |document: &[u8]| paths(document, &self.calls, known).unwrap();
            let mut names = saw(post.body);
            let reply = self.inner.post(post).await;
            if let Ok(reply) = &reply {
                names.extend(saw(&reply.body));
            }
            self.seen.lock().unwrap().extend(names);
            reply
        })
    }
}

/// The sample month, with one account closed, through a sandbox with these faults.
async fn month(faults: &str, seen: &Arc<Mutex<BTreeSet<String>>>) {
    let sample = Sample::new(20, 1);
    let clock = Running::new();
    let sandbox = sandbox(&sample, clock.clone(), faults);
    let address = serve(&sandbox).await;
    let directory = tempfile::tempdir().unwrap();
    let hurried = "[policy]\nsend_deadline = \"200ms\"\nrequest_timeout = \"1500ms\"\nlease = \"2s\"\nsettle = \"2s\"\n\
                   lookup = [\"100ms\", \"500ms\"]\nbackoff = \"20ms\"";
    let gateway = connected(&directory, address, clock.clone(), hurried);
    gateway.accept_bills(&sample.sources(), &BillOptions::default()).await.unwrap().accepted.unwrap();
    drop(gateway);
    let config = settings(directory.path(), &address.to_string(), hurried);
    let inner = config.transport().unwrap();
    let transport = Arc::new(Watched { inner, calls: Calls::embedded(), seen: Arc::clone(seen) });
    let identity = config.identity(desk::today()).unwrap();
    let billing = Billing::new(identity, transport, clock.clone(), Arc::new(OsEntropy));
    let options = SqliteOptions { namespace: Namespace([0; 16]), max_bytes: None };
    let store = Arc::new(SqliteStore::open(&config.data_dir, &options).unwrap());
    let engine = Engine::new(store, Arc::new(billing), Arc::new(Wall::new(clock)), config.policy.clone());
    engine.run(true, pending()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_paths_of_the_billing_desk_are_those_of_its_messages() {
    let seen = Arc::new(Mutex::new(BTreeSet::new()));
    // A month as it should be, one asked after, one whose first request is refused by a fault.
    for faults in ["", "cut-after-accept=#1", "exp001000=#1"] {
        month(faults, &seen).await;
    }
    let seen = seen.lock().unwrap();
    for operation in ["importPaymentDocumentData", "exportPaymentDocumentData", "getState"] {
        assert!(seen.iter().any(|path| path.starts_with(&format!("bills/{operation}: "))), "{operation} is seen");
    }
    let mut text = "# Elements in the messages of the billing desk, written by the test desk_paths.\n".to_owned();
    seen.iter().for_each(|path| text = format!("{text}{path}\n"));
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("desks/billing.txt");
    if std::env::var_os("GKH_BLESS").is_some() {
        return fs::write(file, text).unwrap();
    }
    let (_, kept) = PATHS.iter().find(|(name, _)| *name == "billing").unwrap();
    let (now, kept): (BTreeSet<&str>, BTreeSet<&str>) = (text.lines().collect(), kept.lines().collect());
    let more: Vec<_> = now.difference(&kept).collect();
    let less: Vec<_> = kept.difference(&now).collect();
    assert!(
        more.is_empty() && less.is_empty(),
        "not in desks/billing.txt: {more:#?}\nonly there: {less:#?}\nif that is meant, run with GKH_BLESS=1 and review"
    );
}
