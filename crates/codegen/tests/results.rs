//! Every operation of every package has its answer: in our own WSDLs or in the table `wsdl/results.txt`, never in both.
#![expect(clippy::expect_used, clippy::panic, reason = "a test that fails says why")]

mod packages;

use std::collections::{BTreeMap, BTreeSet};

use gis_gkh_codegen::results::Results;
use gis_gkh_codegen::schema::{Particle, ParticleKind, QName, SchemaSet, Type};
use gis_gkh_codegen::wsdl::{Contract, Operation, Service};

fn operations(contract: &Contract) -> impl Iterator<Item = (&Service, &Operation)> {
    contract.services.iter().flat_map(|service| service.operations.iter().map(move |one| (service, one)))
}

fn is_submission(operation: &Operation) -> bool {
    &*operation.answer.local == "AckRequest"
}

/// What our contract and the table say of each operation, by service and name.
fn branches<'r>(ours: &'r Contract, table: &'r Results) -> BTreeMap<(&'r str, &'r str), &'r [String]> {
    let own = operations(ours).map(|(service, one)| ((&*service.name, &*one.name), &*one.branches));
    own.chain(table.rows().map(|(service, operation, row)| ((service, operation), &*row.branches))).collect()
}

/// The alternatives of a service's `getStateResult`, each with the local names of what is in it.
fn state(set: &SchemaSet, service: &Service) -> Vec<BTreeSet<String>> {
    let state = service.operations.iter().find(|one| one.name == "getState").expect("a service has a getState");
    let ty = match &set.elements[&state.answer].ty {
        Type::Complex(ty) => ty,
        Type::Named(name) => &set.complex_types[name],
        _ => panic!("{}: getStateResult has no structure", service.name),
    };
    alternatives(set, ty.content.as_ref().expect("getStateResult has content"))
}

fn alternatives(set: &SchemaSet, particle: &Particle) -> Vec<BTreeSet<String>> {
    let one = |name: &QName| vec![BTreeSet::from([name.local.to_string()])];
    match &particle.kind {
        ParticleKind::Element(element) => one(&element.name),
        ParticleKind::Ref(name) => one(name),
        ParticleKind::Choice(all) => all.iter().flat_map(|one| alternatives(set, one)).collect(),
        ParticleKind::Sequence(all) => match all.as_slice() {
            [only] => alternatives(set, only),
            _ => vec![all.iter().flat_map(|one| alternatives(set, one)).flatten().collect()],
        },
        ParticleKind::Group(name) => alternatives(set, &set.groups[name].content),
        ParticleKind::Any => Vec::new(),
    }
}

#[test]
fn every_submission_of_every_package_has_its_branches() {
    let (ours, table) = (packages::ours(), packages::results());
    let known = branches(&ours, &table);
    for package in packages::packages("branches of results were looked up nowhere") {
        let (contract, mut submissions, mut missing) = (package.contract(), 0, Vec::new());
        for (service, operation) in operations(&contract).filter(|(_, one)| is_submission(one)) {
            submissions += 1;
            let name = format!("{}.{}", service.name, operation.name);
            let names: BTreeSet<String> = state(&contract.schemas, service).into_iter().flatten().collect();
            match known.get(&(&*service.name, &*operation.name)) {
                None | Some([]) => missing.push(format!("{name}: nothing says what answers it, of {names:?}")),
                Some(branches) => missing.extend(
                    branches
                        .iter()
                        .filter(|branch| !names.contains(*branch))
                        .map(|branch| format!("{name}: getStateResult has no `{branch}`, only {names:?}")),
                ),
            }
        }
        assert!(missing.is_empty(), "{}:\n{}", package.release, missing.join("\n"));
        assert!(submissions > 160, "{}: only {submissions} submissions", package.release);
        eprintln!("{}: {submissions} submissions, each with its branch", package.release);
    }
}

#[test]
fn every_row_of_the_table_speaks_of_an_operation() {
    let table = packages::results();
    let packages = packages::packages("the table of results was held against nothing");
    let mut known = BTreeSet::new();
    for contract in packages.iter().map(packages::Package::contract) {
        let submissions = operations(&contract).filter(|(_, one)| is_submission(one));
        known.extend(submissions.map(|(service, one)| (service.name.clone(), one.name.clone())));
    }
    for (service, operation, row) in table.rows().filter(|_| !packages.is_empty()) {
        let is_known = known.contains(&(service.to_owned(), operation.to_owned()));
        assert!(is_known, "{}: no package has {service}.{operation}", row.origin);
    }
}

#[test]
fn our_contract_and_the_table_never_speak_of_the_same_operation() {
    let (ours, table) = (packages::ours(), packages::results());
    for (service, operation) in operations(&ours) {
        if let Some(row) = table.get(&service.name, &operation.name) {
            panic!("{}: wsdl/{}.wsdl has {} already; take the row out", row.origin, service.name, operation.name);
        }
    }
    assert!(table.rows().count() > 80, "only {} rows", table.rows().count());
}

/// Parts of a `getStateResult` that answer no operation of their service.
const UNASKED: [(&str, &str); 1] = [("nsi", "NsiList")];

/// Exports that share their answer with another.
const SHARED: [(&str, &str); 1] = [("bills", "exportNotificationsOfOrderExecutionResult")];

#[test]
fn exports_have_answers_of_their_own_and_every_answer_is_of_some_operation() {
    let (ours, table) = (packages::ours(), packages::results());
    let known = branches(&ours, &table);
    for package in packages::packages("answers were counted nowhere") {
        let contract = package.contract();
        for service in &contract.services {
            let mut exported: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
            let mut imported = BTreeSet::new();
            for operation in &service.operations {
                for branch in known.get(&(&*service.name, &*operation.name)).copied().unwrap_or_default() {
                    if operation.name.starts_with("export") {
                        exported.entry(branch).or_default().push(&operation.name);
                    } else {
                        imported.insert(branch.as_str());
                    }
                }
            }
            let at = format!("{} {}", package.release, service.name);
            assert!(imported.len() <= 1, "{at}: imports are answered by one thing, not by {imported:?}");
            for (branch, by) in &exported {
                assert!(!imported.contains(branch), "{at}: `{branch}` answers both imports and {by:?}");
                let shared = SHARED.contains(&(&service.name, branch));
                assert!(by.len() == 1 || shared, "{at}: `{branch}` answers {by:?}");
            }
            let mut alternatives = state(&contract.schemas, service);
            alternatives.retain(|names| !names.contains("ErrorMessage"));
            for names in alternatives {
                // What says whether there are more pages stands beside what is asked for.
                let answers = names.iter().any(|name| exported.contains_key(&**name) || imported.contains(&**name));
                let unasked = UNASKED.iter().any(|(of, name)| *of == service.name && names.contains(*name));
                assert_eq!(answers, !unasked, "{at}: whether {names:?} answers an operation");
            }
        }
    }
}
