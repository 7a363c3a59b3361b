//! The operator's changelog: written by hand, and read as it is.

use gis_gkh_codegen::release::{Changelog, Entry, Names, Release};

use crate::service::release;

const LOG: &str = "\u{feff}===========
Изменения в форматах данных от версии 7.1.0.0 до версии 7.2.0.0
===========
- TASK-31
1. Для операции go добавлены контроли INT000001, SRV000002- SRV000005 и изменен контроль AUT000006
2. Удалены контроли:
2.1. INT000007; INT0000080
2.2. INT000009

===========
Изменения в форматах данных от версии 7.1.0.0 до версии 7.2.0.0
===========
TASK-21, TASK-22 (начиная с версии 7.4)
hcs-svc-types.xsd
1. Исключен контроль INT000001, уточнено описание goResult

- TASK-23
(будут доступны только с версии 7.5)
1. Контроль INT000010 и поле TASK-24
=============
Изменения в форматах данных от версии 7.0.0.0 до версии
=============
без номера
";

fn release_of(text: &str) -> Release {
    Release::parse(text).expect("a version")
}

fn controls(entry: &Entry) -> Vec<String> {
    entry.controls.iter().map(|control| format!("{} {}", control.code, control.change.code())).collect()
}

#[test]
fn tasks_notes_and_lines() {
    let log = Changelog::parse(LOG);
    assert_eq!(log.sections.len(), 3);
    let [first, second, third] = log.sections.as_slice() else { panic!("three releases") };
    assert_eq!((first.entries.len(), second.entries.len(), third.entries.len()), (1, 2, 1));
    assert_eq!(first.entries[0].tickets, ["TASK-31"]);
    assert_eq!(second.entries[0].tickets, ["TASK-21", "TASK-22"]);
    assert_eq!(second.entries[0].note.as_deref(), Some("начиная с версии 7.4"));
    assert_eq!(second.entries[1].note.as_deref(), Some("будут доступны только с версии 7.5"));
    assert_eq!(second.entries[1].lines, ["1. Контроль INT000010 и поле TASK-24"]);
    assert_eq!((third.to.as_ref(), third.entries[0].lines.as_slice()), (None, ["без номера".to_owned()].as_slice()));
    assert_eq!(Changelog::parse("").sections, []);
    assert_eq!(Changelog::parse("одни слова\n- TASK-1\n").sections, [], "nothing is said before the first heading");
}

#[test]
fn controls_each_with_its_verb() {
    let log = Changelog::parse(LOG);
    assert_eq!(
        controls(&log.sections[0].entries[0]),
        [
            "AUT000006 changed",
            "INT000001 added",
            "INT000007 removed",
            "INT0000080 removed",
            "INT000009 named",
            "SRV000002 added",
            "SRV000003 added",
            "SRV000004 added",
            "SRV000005 added",
        ]
    );
    assert_eq!(controls(&log.sections[1].entries[0]), ["INT000001 removed"]);
    assert_eq!(controls(&log.sections[1].entries[1]), ["INT000010 named"]);
}

#[test]
fn a_heading_copied_from_the_release_before_is_mended_by_the_package() {
    let mut log = Changelog::parse(LOG);
    let package = release_of("7.3.0.0");
    assert_eq!(log.between(Some(&release_of("7.2.0.0")), &package).count(), 0, "as printed");
    log.date(&package);
    let shown = |from: Option<&str>, to: &str| {
        let (from, to) = (from.map(release_of), release_of(to));
        let sections = log.between(from.as_ref(), &to);
        sections.map(|section| section.entries[0].tickets[0].clone()).collect::<Vec<_>>()
    };
    assert_eq!(shown(Some("7.1.0.0"), "7.3.0.0"), ["TASK-31", "TASK-21"]);
    assert_eq!(shown(Some("7.2.0.0"), "7.3.0.0"), ["TASK-31"]);
    assert_eq!(shown(Some("7.1.0.0"), "7.2.0.0"), ["TASK-21"]);
    assert_eq!(shown(Some("7.3.0.0"), "7.3.0.0"), [""; 0]);
    assert_eq!(shown(None, "7.3.0.0"), ["TASK-31"], "of an unknown release before, the newest alone");
    let printed = log.sections[0].from.as_ref().map(ToString::to_string);
    assert_eq!(printed.as_deref(), Some("7.2.0.0"));
    // A package of the release that is printed twice needs no mending.
    let mut twice = Changelog::parse(LOG);
    twice.date(&release_of("7.2.0.0"));
    assert_eq!(twice, Changelog::parse(LOG));
}

#[test]
fn services_by_files_operations_messages_and_types() {
    let body = "<xs:element name=\"Ask\" type=\"xs:string\"/><xs:element name=\"Tell\" type=\"xs:string\"/>\
        <xs:complexType name=\"PartType\"/><xs:complexType name=\"Part\"/>";
    let contract = release(body, ("", ""));
    let names = Names::new(&[&contract]);
    let of = |line: &str| {
        let text = format!("Изменения в форматах данных от версии 1.0.0.0 до версии 1.1.0.0\n- T-1\n{line}\n");
        let log = Changelog::parse(&text);
        log.sections[0].entries[0].services(&names)
    };
    for line in [
        "hcs-svc-types.xsd",
        "<!--hcs-svc-service-async.wsdl-->",
        "в операции go добавлен",
        "для (goData)",
        "в запросе tns:Ask/tns:A",
        "тип PartType изменен",
    ] {
        assert_eq!(of(line), ["svc"], "{line}");
    }
    for line in ["hcs-other-types.xsd", "hcs_base.xsd", "gone", "Part", "Asked", "слова"] {
        assert_eq!(of(line), [""; 0], "{line}");
    }
    let log = Changelog::parse(LOG);
    assert!(log.sections[1].entries[0].mentions("goResult"));
    assert!(!log.sections[1].entries[0].mentions("go"), "a part of a word is no word");
}
