//! Proof by generated instances, for every message of every operation of the contract that is compiled in.
//!
//! Documents are made from the schema model: ours (`wsdl/`, `xsd/`), or that of the package in `GKH_SCHEMAS` if the crate
//! is built from one. What is made is decided by what is not yet made: every complex type, every branch of a choice,
//! everything optional, every enumerated value, every facet at its bound. libxml2 with the *official* schemas of the same
//! release says whether a document is valid; strict reading together with `check()` must say the same, and what is valid
//! must come back from our reader and writer with the same elements, attributes and values, and be officially valid again.
//! Then each document is spoiled, every kind of harm once at every declaration: what libxml2 refuses we must refuse, what
//! it accepts we must accept.
//!
//! Where the two judges differ for a reason (each is left out by name, and nothing else is):
//! * versions: libxml2 overlooks `fixed` on a reference to an attribute, and versions that the package only mentions in
//!   documentation. A wrong version is ours alone to refuse (`Harm::WrongVersion`).
//! * content without a type (`anyType`) and what is inside `ds:Signature`: not modelled, so not spoiled.
//! * whole numbers without a bound in the schema: we read those of 64 bits. Decimals of more than 24 digits: libxml2 takes
//!   no more, and need not (XML Schema part 2 §5 asks for 18).
//! * white space around numbers of a limited range and around dates: dropped by XML Schema part 2 §4.3.6, a fault for
//!   libxml2. `1` for a fixed `true`: the same value by part 1 §3.3.4, another one for libxml2.
//! * `xsi:type` where no kinds are: passed over by us, looked up by libxml2.
//!
//! Without the official package (beside the repository, or where `GKH_OFFICIAL` says) or without `xmllint` nothing is
//! proved: loudly, and in continuous integration (`CI=true`) as a failure. `GKH_COVERAGE=FILE` takes the coverage report
//! as a line of JSON; `GKH_SEED=N` makes other documents than every run makes.
#![expect(clippy::expect_used, clippy::panic, clippy::print_stderr, reason = "a test that fails says why")]

mod build;
mod dice;
mod document;
mod grammar;
mod hunger;
mod identity;
mod judge;
mod maker;
mod proof;
mod referee;
mod report;
mod spoil;
mod value;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use gis_gkh::contract::operations::OPERATIONS;
use gis_gkh_codegen::schema::QName;
use gis_gkh_codegen::wsdl::{Contract, Operation};

use crate::grammar::Subject;
use crate::proof::Outcome;

/// Where the package lies that the crate was built from, if it was.
const PACKAGE: Option<&str> = option_env!("GKH_SCHEMAS");
/// Releases with all their operations, counted by hand.
const RELEASES: [(&str, usize); 3] = [("15.12.0.0", 193), ("16.1.0.0", 194), ("16.3.0.0", 194)];
/// Threads that prove; each namespace is proved by one.
const THREADS: usize = 2;

fn home() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn skip(reason: &str) {
    let text = format!("SKIPPED: no document was judged: {reason}");
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{text}");
    eprintln!("{text}");
}

/// The contract that documents are made from.
fn contract() -> Contract {
    let folder = PACKAGE.map_or_else(|| home().join("wsdl"), PathBuf::from);
    Contract::load(&Contract::find(&folder).expect("WSDLs")).expect("the contract loads")
}

/// The official schemas that judge them: those of the same package, or of the release that ours is written after.
fn official() -> Option<PathBuf> {
    let folder = match PACKAGE {
        Some(folder) => PathBuf::from(folder),
        None => std::env::var_os("GKH_OFFICIAL").map_or_else(|| home().join("../shared/hcs/16.3.0.0"), PathBuf::from),
    };
    if !folder.is_dir() {
        skip(&format!("the official package is not at {}; set GKH_OFFICIAL", folder.display()));
        return None;
    }
    if let Err(error) = Command::new("xmllint").arg("--version").output() {
        skip(&format!("xmllint: {error}"));
        return None;
    }
    Some(folder)
}

fn messages(operation: &Operation) -> Vec<QName> {
    let all = [Some(&operation.request), Some(&operation.answer), Some(&operation.header)];
    let rest = [operation.answer_header.as_ref(), operation.fault.as_ref()];
    all.into_iter().chain(rest).flatten().cloned().collect()
}

/// Operations of the contract that are compiled in.
fn compiled(contract: &Contract) -> Vec<&Operation> {
    let services = contract.services.iter();
    let is = |service: &str, name: &str| OPERATIONS.iter().any(|one| one.service == service && one.name == name);
    services.flat_map(|service| service.operations.iter().filter(|one| is(&service.name, &one.name))).collect()
}

#[test]
fn every_message_of_every_operation_is_read_written_and_judged_as_its_schema_says() {
    let Some(official) = official() else { return };
    let contract = contract();
    let operations = compiled(&contract);
    assert_eq!(operations.len(), OPERATIONS.len(), "every operation compiled in is one of the contract's");
    let mut units: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for name in operations.iter().flat_map(|one| messages(one)) {
        units.entry(name.ns.to_string()).or_default().insert(name.local.to_string());
    }
    let units: Vec<(String, BTreeSet<String>)> = units.into_iter().collect();
    let schemas = referee::schemas(&official);
    // The largest first, so that no thread is left with it alone.
    let mut order: Vec<usize> = (0..units.len()).collect();
    let size = |index: &usize| std::fs::metadata(&schemas[&units[*index].0]).map_or(0, |file| file.len());
    order.sort_by_key(|index| std::cmp::Reverse(size(index)));
    let next = AtomicUsize::new(0);
    let outcomes: Mutex<BTreeMap<usize, Outcome>> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                // Schemas are not shared between threads.
                let contract = self::contract();
                while let Some(index) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let (ns, messages) = &units[*index];
                    let messages: Vec<QName> = messages.iter().map(|one| QName::new(&**ns, &**one)).collect();
                    let outcome = proof::prove(&contract.schemas, &messages, &schemas[ns]);
                    outcomes.lock().expect("no thread panicked").insert(*index, outcome);
                }
            });
        }
    });
    let mut whole = Outcome::default();
    outcomes.into_inner().expect("no thread panicked").into_values().for_each(|outcome| whole.add(outcome));
    conclude(&contract, &operations, &whole);
}

fn conclude(contract: &Contract, operations: &[&Operation], outcome: &Outcome) {
    let proved = |operation: &&&Operation| {
        messages(operation).iter().all(|name| outcome.messages.contains_key(&name.to_string()))
    };
    let made = operations.iter().filter(proved).count();
    let counts = (made, contract.services.iter().map(|service| service.operations.len()).sum());
    let package = PACKAGE.map_or_else(
        || "ours".to_owned(),
        |folder| Path::new(folder).file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned()),
    );
    eprintln!("{}", report::text(&package, counts, outcome));
    if let Some(file) = std::env::var_os("GKH_COVERAGE") {
        std::fs::write(&file, report::json(&package, counts, outcome) + "\n").expect("the coverage report is written");
    }
    assert_eq!(outcome.faults, 0, "{} faults, some of them:\n{}", outcome.faults, outcome.told.join("\n"));
    assert_eq!(made, operations.len(), "every operation compiled in is proved");
    if let Some((_, known)) = RELEASES.iter().find(|(release, _)| *release == package) {
        assert_eq!(counts.1, *known, "operations of {package}");
    }
    let (misfits, valid) = (outcome.misfits, outcome.messages.values().sum::<usize>());
    assert!(
        misfits * 50 <= valid,
        "{misfits} of {valid} documents meant to be valid are not: {}",
        outcome.told.join("\n")
    );
    let few: Vec<_> = outcome.messages.iter().filter(|(_, count)| **count < 3).collect();
    assert!(few.is_empty(), "messages with hardly a document: {few:?}");
    for subject in Subject::ALL {
        let (made, all, _) = report::count(outcome, subject);
        let missing = outcome.goals.iter().filter(|(_, one)| one.subject == subject && !one.made && !one.hopeless);
        let missing: Vec<&str> = missing.map(|(key, _)| key.as_str()).take(20).collect();
        assert!(made == all, "{}: {made} of {all}, not: {}", subject.names().0, missing.join(", "));
    }
}
