//! The contract we wrote and the official package are the same language, for every operation we cover.
//!
//! The package is not part of the repository: it is looked for beside it, or where `GKH_OFFICIAL` says. Without it the
//! tests say loudly that they proved nothing; in continuous integration (`CI=true`) that is a failure.
#![expect(clippy::expect_used, clippy::panic, clippy::print_stderr, reason = "a test that fails says why")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use gis_gkh_codegen::language::Comparison;
use gis_gkh_codegen::schema::{AttributeRef, AttributeUse, Derivation, Particle, ParticleKind, QName, SchemaSet, Type};
use gis_gkh_codegen::wsdl::{Contract, Operation, Service};

fn home() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn ours() -> Contract {
    Contract::load(&Contract::find(&home().join("wsdl")).expect("our WSDLs")).expect("our contract loads")
}

/// The official contract of the services we cover, or a loud skip.
fn official(ours: &Contract) -> Option<Contract> {
    let folder = std::env::var_os("GKH_OFFICIAL").map_or_else(|| home().join("../shared/hcs/16.3.0.0"), PathBuf::from);
    if !folder.is_dir() {
        let text = format!(
            "SKIPPED: {} operations were compared with nothing, the official package is not at {}; set GKH_OFFICIAL",
            operations(ours).count(),
            folder.display()
        );
        assert!(std::env::var("CI").as_deref() != Ok("true"), "{text}");
        eprintln!("{text}");
        return None;
    }
    let wsdls: Vec<PathBuf> = Contract::find(&folder)
        .expect("the package can be listed")
        .into_iter()
        .filter(|path| ours.services.iter().any(|service| path.ends_with(official_file(&service.name))))
        .collect();
    assert_eq!(wsdls.len(), ours.services.len(), "every service of ours is one of the package's: {wsdls:?}");
    Some(Contract::load(&wsdls).expect("the official contract loads"))
}

fn official_file(service: &str) -> String {
    format!("{service}/hcs-{service}-service-async.wsdl")
}

fn operations(contract: &Contract) -> impl Iterator<Item = (&Service, &Operation)> {
    contract.services.iter().flat_map(|service| service.operations.iter().map(move |one| (service, one)))
}

/// The operation of the official package with the name of ours.
fn counterpart<'c>(theirs: &'c Contract, service: &Service, operation: &Operation) -> (&'c Service, &'c Operation) {
    operations(theirs)
        .find(|(other, one)| other.name == service.name && one.name == operation.name)
        .unwrap_or_else(|| panic!("the package has no {}/{}", service.name, operation.name))
}

fn messages(operation: &Operation) -> Vec<QName> {
    let all = [Some(&operation.request), Some(&operation.answer), Some(&operation.header)];
    let rest = [operation.answer_header.as_ref(), operation.fault.as_ref()];
    all.into_iter().chain(rest).flatten().cloned().collect()
}

#[test]
fn operations_are_called_the_same_way() {
    let ours = ours();
    let Some(theirs) = official(&ours) else { return };
    let mut compared = 0;
    for (service, operation) in operations(&ours) {
        let (other, counterpart) = counterpart(&theirs, service, operation);
        let name = format!("{}/{}", service.name, operation.name);
        assert_eq!(service.path, other.path, "{name}: path");
        assert_eq!(operation.action, counterpart.action, "{name}: soapAction");
        assert_eq!(operation.header, counterpart.header, "{name}: request header");
        assert_eq!(operation.answer_header, counterpart.answer_header, "{name}: answer header");
        assert_eq!(operation.request, counterpart.request, "{name}: request");
        assert_eq!(operation.answer, counterpart.answer, "{name}: answer");
        assert_eq!(operation.fault, counterpart.fault, "{name}: fault");
        compared += 1;
    }
    assert!(compared >= 94, "only {compared} operations");
    eprintln!("{} services, {compared} operations compared", ours.services.len());
}

#[test]
fn messages_are_the_same_language() {
    let ours = ours();
    let Some(theirs) = official(&ours) else { return };
    let mut comparison = Comparison::new(&ours.schemas, &theirs.schemas).covered();
    let names: BTreeSet<QName> = operations(&ours).flat_map(|(_, operation)| messages(operation)).collect();
    for name in &names {
        comparison.element(name).expect("both contracts are complete");
    }
    let differences: Vec<String> =
        comparison.differences().iter().map(|one| format!("{}: {}", one.path, one.what)).collect();
    assert!(differences.is_empty(), "{} differences:\n{}", differences.len(), differences.join("\n"));
    assert!(names.len() >= 101, "only {} messages", names.len());
    assert!(comparison.elements() >= 5_000, "only {} elements", comparison.elements());
    eprintln!("{} messages, {} elements compared", names.len(), comparison.elements());
}

/// What the embedded services leave out is what the issue of embedding left to the package, and nothing else.
#[test]
fn only_house_management_leaves_anything_out() {
    let ours = ours();
    let Some(theirs) = official(&ours) else { return };
    let mut left: Vec<String> = Vec::new();
    for service in &theirs.services {
        let known = ours.services.iter().find(|one| one.name == service.name).expect("the same services");
        for operation in &service.operations {
            if !known.operations.iter().any(|one| one.name == operation.name) {
                left.push(format!("{}/{}", service.name, operation.name));
            }
        }
    }
    let expected = [
        "exportBriefSocialHireContract",
        "exportOwnerDecision",
        "exportOwnerRefusal",
        "exportStatusPublicPropertyContract",
        "exportVotingMessage",
        "exportVotingProtocol",
        "importExternalVotingProtocol",
        "importNotificationData",
        "importOwnerDecision",
        "importOwnerRefusal",
        "importPublicPropertyContract",
        "importVotingMessage",
        "importVotingProtocol",
    ];
    left.sort();
    assert_eq!(left, expected.map(|name| format!("house-management/{name}")));

    // An answer may be left out only with the operation that it answers.
    for (service, operation) in operations(&ours) {
        let state = service.operations.iter().find(|one| one.name == "getState").expect("a service has a getState");
        let left_out = &ours.schemas.elements[&state.answer].left_out;
        let needed = operation.branches.iter().find(|branch| left_out.contains(branch));
        assert_eq!(needed, None, "{}: left out, but {} needs it", service.name, operation.name);
    }
}

#[test]
fn versions_are_those_of_the_package() {
    let ours = ours();
    let Some(theirs) = official(&ours) else { return };
    let (mut fixed, mut listed) = (0, 0);
    for (_, operation) in operations(&ours) {
        let name = &operation.request;
        let (left, right) = (version(&ours.schemas, name), version(&theirs.schemas, name));
        let (Some(left), Some(right)) = (left, right) else {
            assert!(left.is_none() && right.is_none(), "{name}: only one side has a version");
            continue;
        };
        assert_eq!(left.fixed, right.fixed, "{name}: fixed version");
        if left.fixed.is_some() {
            fixed += 1;
            continue;
        }
        // Where nothing is fixed, the package lists the versions in the text that describes the request.
        let text = &theirs.schemas.elements[name].doc;
        let listed_there = numbers(text);
        // Three requests have no list anywhere; ours names the version that practice gives (`protocol` §2.4).
        if listed_there.is_empty() && UNLISTED.contains(&&*name.local) {
            assert_eq!(left.versions.len(), 1, "{name}");
            continue;
        }
        assert_eq!(left.versions, listed_there, "{name}: versions of `{text}`");
        listed += 1;
    }
    assert!(fixed >= 57 && listed >= 21, "{fixed} fixed, {listed} listed");
    eprintln!("{fixed} fixed versions, {listed} lists compared");
}

const UNLISTED: [&str; 3] = [
    "exportMeteringDeviceHistoryRequest",
    "exportNotificationsOfOrderExecutionPaginalRequest",
    "exportNotificationsOfOrderExecutionRequest",
];

/// The `version` attribute of a message.
fn version<'s>(set: &'s SchemaSet, name: &QName) -> Option<&'s AttributeUse> {
    let mut ty = match &set.elements[name].ty {
        Type::Complex(ty) => ty,
        Type::Named(name) => &set.complex_types[name],
        _ => return None,
    };
    loop {
        let found = ty.attributes.iter().find(|one| match &one.attribute {
            AttributeRef::Local(attribute) => &*attribute.name.local == "version",
            AttributeRef::Ref(name) => &*name.local == "version",
        });
        match (found, &ty.base) {
            (Some(found), _) => return Some(found),
            (None, Some(Derivation::Extension(base))) => ty = &set.complex_types[base],
            (None, _) => return None,
        }
    }
}

/// `11.2.0.10` and its like in a text, in order.
fn numbers(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_ascii_digit() && c != '.')
        .map(|word| word.trim_matches('.'))
        .filter(|word| word.split('.').count() == 4 && word.split('.').all(|part| !part.is_empty()))
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_answer_has_its_place_in_the_state() {
    let ours = ours();
    let mut submissions = 0;
    for service in &ours.services {
        let state = service.operations.iter().find(|one| one.name == "getState").expect("a service has a getState");
        let mut names = BTreeSet::new();
        let (Type::Complex(ty), set) = (&ours.schemas.elements[&state.answer].ty, &ours.schemas) else {
            panic!("{}: getStateResult has a type of its own", service.name)
        };
        elements(set, ty.content.as_ref().expect("getStateResult has content"), &mut names);
        for operation in &service.operations {
            let is_submission = &*operation.answer.local == "AckRequest";
            assert_eq!(is_submission, !operation.branches.is_empty(), "{}: branches", operation.name);
            submissions += usize::from(is_submission);
            for branch in &operation.branches {
                assert!(names.contains(branch.as_str()), "{}: no `{branch}` in getStateResult", operation.name);
            }
        }
    }
    assert!(submissions >= 81, "only {submissions} submissions");
}

/// Local names of the elements of a content, groups followed.
fn elements<'s>(set: &'s SchemaSet, particle: &'s Particle, out: &mut BTreeSet<&'s str>) {
    match &particle.kind {
        ParticleKind::Element(element) => drop(out.insert(&element.name.local)),
        ParticleKind::Ref(name) => drop(out.insert(&name.local)),
        ParticleKind::Sequence(all) | ParticleKind::Choice(all) => all.iter().for_each(|one| elements(set, one, out)),
        ParticleKind::Group(name) => elements(set, &set.groups[name].content, out),
        ParticleKind::Any => {}
    }
}
