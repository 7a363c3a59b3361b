//! The elements the desks use are written down: `desks/*.txt`. A release of the formats is held against these files.
//!
//! `GKH_BLESS=1 cargo test -p gis-gkh-gateway --test desk_paths` writes them anew; look at the difference before
//! committing it.

#![expect(clippy::unwrap_used, reason = "a test may end where it stands; clippy knows only functions marked as tests")]

mod desk;

use std::collections::BTreeSet;
use std::fs;
use std::future::pending;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use desk::{Running, connected, serve, settings};
use gis_gkh::contract::operations::OPERATIONS;
use gis_gkh::paths::{Calls, paths};
use gis_gkh::transport::{Boxed, Post, Reply, Transport, TransportError};
use gis_gkh_delivery::{Engine, Namespace, Plain, Pull, SqliteOptions, SqliteStore, Store as _};
use gis_gkh_gateway::config::PullSettings;
use gis_gkh_gateway::desk::{Desks, PATHS};
use gis_gkh_gateway::gateway::{BillOptions, Handed, Wall};
use gis_gkh_gateway::opening;
use gis_gkh_gateway::records::Source;
use gis_gkh_gateway::sample::Sample;
use gis_gkh_sandbox::{AppealState, Meter, MeterSort, Seed};
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

/// Hands something over, and lets the engine deliver it, through a sandbox with these faults. What rows attach lies in the
/// directory it is handed over from.
async fn deliver(
    handed: impl Fn(&Seed, &Path) -> Handed,
    pulls: &str,
    faults: &str,
    seen: &Arc<Mutex<BTreeSet<String>>>,
) {
    let sample = Sample::new(20, 1);
    let clock = Running::new();
    let seed = Seed::from_json(&sample.sandbox).unwrap().with_examples(desk::today());
    let directory = tempfile::tempdir().unwrap();
    let handed = handed(&seed, directory.path());
    let sandbox = desk::sandbox_of(seed, clock.clone(), faults);
    let address = serve(&sandbox).await;
    let hurried = format!(
        "[policy]\nsend_deadline = \"200ms\"\nrequest_timeout = \"1500ms\"\nlease = \"2s\"\nsettle = \"2s\"\n\
         lookup = [\"100ms\", \"500ms\"]\nbackoff = \"20ms\"\n[encryption]\nenabled = \"no\"\n{pulls}"
    );
    let gateway = connected(&directory, address, clock.clone(), &hurried);
    gateway.accept(&handed, &BillOptions::default()).await.unwrap().accepted.unwrap();
    drop(gateway);
    let config = settings(directory.path(), &address.to_string(), &hurried);
    let inner = config.stand.transport(config.limits()).unwrap();
    let transport = Arc::new(Watched { inner, calls: Calls::embedded(), seen: Arc::clone(seen) });
    let identity = opening::identity(&config, desk::today()).unwrap();
    let files = Arc::new(config.stand.transport(config.limits()).unwrap());
    let desks = Desks::new(identity, transport, clock.clone(), Arc::new(OsEntropy))
        .with_files(files, config.policy.request_timeout);
    let options = SqliteOptions::new(Namespace([0; 16]), Arc::new(Plain));
    let store = Arc::new(SqliteStore::open(&config.data_dir, &options).unwrap());
    let wall = Wall::new(clock);
    let now = gis_gkh_delivery::Clock::now(&wall);
    let of = |pull: &PullSettings| Pull {
        organisation: config.organisation.org_ppa_guid.to_string(),
        stand: config.stand.name.clone(),
        name: pull.name.clone(),
        topic: pull.topic.name().into(),
        operation: pull.topic.operation().into(),
        parameters: pull.meters.write(),
        interval: pull.interval,
        overlap: pull.overlap,
        from: now,
    };
    let pulls = config.pulls.iter().map(of).collect();
    let (organisation, stand) = (config.organisation.org_ppa_guid.to_string(), config.stand.name.clone());
    store.set_pulls(&organisation, &stand, pulls, now).await.unwrap();
    // One at a time: which request a fault hits is then always the same.
    let engine = Engine::new(store, Arc::new(desks), Arc::new(wall), config.policy.clone()).parallel(1);
    engine.run(true, pending()).await.unwrap();
}

/// Holds what was seen against the list of a desk.
fn hold(name: &str, operations: &[&str], seen: &Mutex<BTreeSet<String>>) {
    let seen = seen.lock().unwrap();
    for operation in operations {
        assert!(seen.iter().any(|path| path.contains(&format!("/{operation}: "))), "{operation} is seen");
    }
    let mut text = format!("# Elements in the messages of the {name} desk, written by the test desk_paths.\n");
    seen.iter().for_each(|path| text = format!("{text}{path}\n"));
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("desks/{name}.txt"));
    if std::env::var_os("GKH_BLESS").is_some() {
        return fs::write(file, text).unwrap();
    }
    let (_, kept) = PATHS.iter().find(|(known, _)| *known == name).unwrap();
    let (now, kept): (BTreeSet<&str>, BTreeSet<&str>) = (text.lines().collect(), kept.lines().collect());
    let more: Vec<_> = now.difference(&kept).collect();
    let less: Vec<_> = kept.difference(&now).collect();
    assert!(
        more.is_empty() && less.is_empty(),
        "not in desks/{name}.txt: {more:#?}\nonly there: {less:#?}\nif that is meant, run with GKH_BLESS=1 and review"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_paths_of_the_billing_desk_are_those_of_its_messages() {
    let seen = Arc::new(Mutex::new(BTreeSet::new()));
    // A month as it should be, one asked after, one whose first request is refused by a fault.
    for faults in ["", "cut-after-accept=#1", "exp001000=#1"] {
        deliver(|_, _| Handed::Bills(Sample::new(20, 1).sources()), "", faults, &seen).await;
    }
    hold("billing", &["importPaymentDocumentData", "exportPaymentDocumentData", "getState"], &seen);
}

/// A reading of a water meter and one of electricity with three tariffs, and a control reading.
fn readings(seed: &Seed, _: &Path) -> Handed {
    let of = |sort, tariffs| {
        let fits = |meter: &&Meter| meter.sort == sort && meter.tariffs == tariffs && meter.archived.is_none();
        seed.meters().iter().find(fits).unwrap()
    };
    let (water, power) = (of(MeterSort::OneRate, 1), of(MeterSort::Electricity, 3));
    let resource = water.resources[0].clone();
    let known: serde_json::Value = serde_json::from_str(&Sample::new(20, 1).sandbox).unwrap();
    let entries = known["nsi"].as_array().unwrap();
    let entry = entries.iter().find(|entry| entry["registry"] == 2 && entry["code"] == resource.as_str()).unwrap();
    let guid = entry["guid"].as_str().unwrap();
    let text = format!(
        "meter_guid;kind;date;period;resource_code;resource_guid;t1;t2;t3\n\
         {};current;2026-11-01;2026-10;{resource};{guid};900000.5;;\n{};current;2026-11-01;;;;9000;8000;7000\n\
         {1};control;2026-11-02;;;;9001;8001;7001\n",
        water.guid, power.guid
    );
    Handed::Readings(Source::new("readings.csv", text))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_paths_of_the_desk_of_meters_are_those_of_its_messages() {
    let seen = Arc::new(Mutex::new(BTreeSet::new()));
    let guids = |seed: &Seed| {
        let all = seed.meters().iter().take(40).map(|meter| format!("\"{}\"", meter.guid));
        all.collect::<Vec<_>>().join(",")
    };
    let seed = Seed::from_json(&Sample::new(20, 1).sandbox).unwrap().with_examples(desk::today());
    let pull = format!("[[pull]]\ntopic = \"readings\"\ninterval = \"7d\"\nmeters = [{}]\n", guids(&seed));
    for (pulls, faults) in [(&*pull, ""), ("", "cut-after-accept=#1")] {
        deliver(readings, pulls, faults, &seen).await;
    }
    hold("meters", &["importMeteringDeviceValues", "exportMeteringDeviceHistory", "getState"], &seen);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_paths_of_the_desk_of_appeals_are_those_of_its_messages() {
    let seen = Arc::new(Mutex::new(BTreeSet::new()));
    let answers = |seed: &Seed, beside: &Path| {
        let open: Vec<_> = seed.appeals().iter().filter(|appeal| appeal.state == AppealState::Sent).collect();
        let employee = "5d0c4c1e-0000-4000-8000-0000000000e1";
        fs::write(beside.join("расчёт.txt"), "Расчёт образца").unwrap();
        let text = format!(
            "ref;appeal_guid;appeal_number;employee_guid;text;attachments\n\
             a;{};;{employee};Ответ;расчёт.txt\nb;;{};{employee};Ответ;\n",
            open[0].guid(),
            open[1].number
        );
        Handed::Answers(Source::new(beside.join("answers.csv").display().to_string(), text))
    };
    let pull = "[[pull]]\ntopic = \"appeals\"\ninterval = \"7d\"\n";
    for (pulls, faults) in [(pull, ""), ("", "cut-after-accept=#1"), ("", "cut-after-accept=#2")] {
        deliver(answers, pulls, faults, &seen).await;
    }
    hold("appeals", &["importAnswer", "exportAppeal", "getState"], &seen);
}
