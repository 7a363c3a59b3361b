//! The packages the operator published, where they lie beside the repository (or beside `GKH_OFFICIAL`).
//!
//! What is expected here was found by reading the differences of the files.
#![expect(clippy::print_stderr, reason = "a skipped test says so")]

use std::path::{Path, PathBuf};

use gis_gkh_codegen::release::{Change, Changelog, Direction, Kind, Names, Release, message_versions};
use gis_gkh_codegen::wsdl::Contract;
use gis_gkh_codegen::{limits, schema};

use crate::service::{changes, shown};

/// The folder of a release, or a loud skip.
fn package(release: &str) -> Option<PathBuf> {
    let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let all = match std::env::var_os("GKH_OFFICIAL") {
        Some(package) => PathBuf::from(package).parent().map(Path::to_owned).unwrap_or_default(),
        None => home.join("../shared/hcs"),
    };
    let folder = all.join(release);
    if folder.is_dir() {
        return Some(folder);
    }
    let text = format!("SKIPPED: the package {release} is not at {}; set GKH_OFFICIAL", folder.display());
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{text}");
    eprintln!("{text}");
    None
}

fn contract(folder: &Path) -> Contract {
    Contract::load(&Contract::find(folder).expect("the package")).expect("the package loads")
}

/// Two releases and what changes between them.
fn pair(before: &str, after: &str) -> Option<(Contract, Contract, Vec<Change>)> {
    let (before, after) = (package(before)?, package(after)?);
    let (before, after) = (contract(&before), contract(&after));
    let found = changes(&before, &after);
    Some((before, after, found))
}

/// Operation and change in a line.
fn lines(changes: &[Change]) -> Vec<String> {
    changes.iter().map(|change| format!("{} {}", change.places[0].operation, shown(change))).collect()
}

#[test]
fn from_15_12_to_16_1() {
    let Some((before, after, found)) = pair("15.12.0.0", "16.1.0.0") else { return };
    assert_eq!(
        lines(&found),
        [
            "exportOwnerDecision version-fixed exportOwnerDecisionRequest/@version 15.10.0.1>16.1.0.0: breaks",
            "exportOwnerDecision branch-removed exportOwnerDecisionRequest/MessageGUID 1..100>: breaks",
            "exportOwnerDecision branch-removed exportOwnerDecisionRequest/ProtocolGUID 1..100>: breaks",
            "exportOwnerDecision branch-added! exportOwnerDecisionRequest/UniqueVotingId >1..1: keeps",
            "exportOwnerDecision branch-added! exportOwnerDecisionRequest/VotingGUID >1..1: keeps",
            "exportOwnerRefusal version-fixed exportOwnerRefusalRequest/@version 13.1.8.1>16.1.0.0: breaks",
            "exportOwnerRefusal branch-removed exportOwnerRefusalRequest/MessageGUID 1..100>: breaks",
            "exportOwnerRefusal branch-added! exportOwnerRefusalRequest/UniqueVotingId >1..1: keeps",
            "exportOwnerRefusal branch-added! exportOwnerRefusalRequest/VotingGUID >1..1: keeps",
            "getState element-added! getStateResult/exportOwnerRefusal/VotingGUID >1..1: keeps",
            "exportForPaymentAggregator operation-added  >exportForPaymentAggregatorRequest: keeps",
            "getState branch-added? getStateResult/exportForPaymentAggregatorResult >1..1: keeps",
        ]
    );
    let count = |contract: &Contract| contract.services.iter().map(|service| service.operations.len()).sum::<usize>();
    assert_eq!((count(&before), count(&after), after.services.len()), (193, 194, 25));
}

#[test]
fn from_16_1_to_16_3() {
    let Some((_, _, found)) = pair("16.1.0.0", "16.3.0.0") else { return };
    let attachment = "JudicalAct/JudicalActAttachment";
    assert_eq!(lines(&found), [
        format!("getState min-lowered getStateResult/ExportDebtResult/Debt/{attachment} 1..*>0..*: keeps"),
        format!("importDebt min-lowered importDebtRequest/Debt/PlacingDebt/{attachment} 1..1000>0..1000: keeps"),
        "importExternalVotingProtocol version-fixed importExternalVotingProtocolRequest/@version 15.10.0.1>16.3.0.0: breaks".to_owned(),
        "importExternalVotingProtocol branch-added! importExternalVotingProtocolRequest/Annulment >1..1: keeps".to_owned(),
    ]);
    assert_eq!((found[0].direction, found[1].direction), (Direction::Answer, Direction::Request));
}

#[test]
fn there_and_back() {
    let Some((before, after, there)) = pair("15.12.0.0", "16.3.0.0") else { return };
    assert_eq!(changes(&after, &after), []);
    let back = changes(&after, &before);
    assert_eq!(there.len(), back.len());
    let contrary = |kind: Kind| match kind.code() {
        "operation-added" => "operation-removed",
        "element-added" => "element-removed",
        "branch-added" => "branch-removed",
        "branch-removed" => "branch-added",
        "min-lowered" => "min-raised",
        code => code,
    };
    for change in &there {
        let same = |other: &&Change| {
            other.places == change.places
                && other.kind.code() == contrary(change.kind)
                && (&other.before, &other.after) == (&change.after, &change.before)
        };
        assert_eq!(back.iter().filter(same).count(), 1, "{} has its contrary", shown(change));
    }
}

#[test]
fn what_the_operator_wrote() {
    let (Some(old), Some(middle), Some(new)) = (package("15.12.0.0"), package("16.1.0.0"), package("16.3.0.0")) else {
        return;
    };
    let read = |folder: &Path| {
        let text = std::fs::read_to_string(folder.join("changelog.txt")).expect("the changelog");
        let mut log = Changelog::parse(&text);
        let release = Release::of_package(folder, Some(&log)).expect("a release");
        log.date(&release);
        (log, release)
    };
    let ((old_log, old_release), (_, middle_release), (log, release)) = (read(&old), read(&middle), read(&new));
    let shown = [&old_release, &middle_release, &release].map(ToString::to_string);
    assert_eq!(shown, ["15.12.0.0", "16.1.0.0", "16.3.0.0"]);
    // Of a decade of hand-written text only three pieces stand under no task.
    let entries = |log: &Changelog| log.sections.iter().map(|section| section.entries.len()).sum::<usize>();
    let loose = log.sections.iter().flat_map(|section| &section.entries).filter(|entry| entry.tickets.is_empty());
    assert!(log.sections.len() > 120 && entries(&log) > 250 && loose.count() <= 3, "{}", entries(&log));
    assert!(entries(&old_log) > 240);
    let names = Names::new(&[&contract(&middle), &contract(&new)]);
    let told: Vec<String> = log
        .between(Some(&middle_release), &release)
        .flat_map(|section| section.entries.iter().map(move |entry| (section, entry)))
        .map(|(section, entry)| {
            let to = section.to.as_ref().map(ToString::to_string).unwrap_or_default();
            format!("{to} {} {:?} {}", entry.tickets[0], entry.services(&names), entry.controls.len())
        })
        .collect();
    assert_eq!(
        told,
        [
            "16.3.0.0 NEWHCS-28408 [\"debts\"] 0",
            "16.3.0.0 NEWHCS-27176 [\"house-management\"] 2",
            "16.3.0.0 NEWHCS-26450 [\"house-management\"] 1",
            "16.2.0.0 NEWHCS-26449 [\"house-management\"] 8",
            "16.2.0.0 NEWHCS-26452 [\"house-management\"] 2",
            "16.2.0.0 NEWHCS-26451 [\"house-management\"] 3",
            "16.2.0.0 NEWHCS-26553 [\"inspection\"] 1",
            "16.2.0.0 NEWHCS-26450 [\"house-management\"] 0",
        ]
    );
}

#[test]
fn limits_and_versions_of_requests() {
    let Some(folder) = package("16.3.0.0") else { return };
    let set = contract(&folder).schemas;
    let name = |service: &str, local: &str| {
        schema::QName::new(format!("http://dom.gosuslugi.ru/schema/integration/{service}/"), local)
    };
    let all = limits::limits(&set, &name("bills", "importPaymentDocumentRequest")).expect("limits");
    let of = |path: &str| all.iter().find(|limit| limit.path == path).map(|limit| limit.max);
    assert_eq!(of("PaymentDocument"), Some(500));
    assert_eq!(of("PaymentDocument/PaymentInformationKey"), None, "one is no repetition");
    let versions = message_versions(&set, &name("bills", "importPaymentDocumentRequest")).expect("versions");
    assert_eq!((versions.fixed, versions.values), (true, vec!["11.2.0.16".to_owned()]));
    let versions = message_versions(&set, &name("appeals", "importAnswerRequest")).expect("versions");
    assert_eq!((versions.fixed, versions.values.last().map(String::as_str)), (false, Some("15.11.0.0")));
}
