//! Services and operations: what is called, where, and with which messages.

use gis_gkh_codegen::release::{Change, Verdict};

use crate::service::{changes, release};

const BODY: &str = "<xs:element name=\"Ask\" type=\"xs:string\"/><xs:element name=\"Tell\" type=\"xs:string\"/><xs:element name=\"Other\" type=\"xs:string\"/>";

fn only(edit: (&str, &str)) -> (&'static str, String, Verdict) {
    let (before, after) = (release(BODY, ("", "")), release(BODY, edit));
    let found = changes(&before, &after);
    let [change] = found.as_slice() else { panic!("{edit:?}: {found:?}") };
    let back = changes(&after, &before);
    assert_eq!((back.len(), back[0].kind), (1, change.kind), "there and back");
    let Change { kind, places, verdict, .. } = change;
    (kind.code(), places[0].to_string(), *verdict)
}

#[test]
fn each_part_of_a_call() {
    use Verdict::{BreaksRead, BreaksSend};
    let part = |name: &str| format!("<w:part name=\"{name}\" element=");
    let ask = (format!("{}\"z:Ask\"/>", part("Body")), format!("{}\"z:Other\"/>", part("Body")));
    let tell = (format!("{}\"z:Tell\"/>", part("Body")), format!("{}\"z:Other\"/>", part("Body")));
    let head = (format!("{}\"z:Head\"/>", part("Header")), format!("{}\"z:Other\"/>", part("Header")));
    for (edit, code, place, verdict) in [
        (("urn:go", "urn:run"), "action", "svc/go", BreaksSend),
        (("/road/Async", "/street/Async"), "service-path", "svc", BreaksSend),
        ((&*ask.0, &*ask.1), "request-element", "svc/go", BreaksSend),
        ((&*tell.0, &*tell.1), "answer-element", "svc/go", BreaksRead),
        ((&*head.0, &*head.1), "request-header", "svc/go", BreaksSend),
    ] {
        assert_eq!(only(edit), (code, place.to_owned(), verdict), "{edit:?}");
    }
}

#[test]
fn headers_and_faults_of_answers() {
    let (before, after) = (
        release(BODY, ("", "")),
        release(
            BODY,
            (
                "<w:output/></w:operation>",
                "<w:output><s:header message=\"z:Head\" part=\"Header\"/></w:output></w:operation>",
            ),
        ),
    );
    let codes =
        |changes: &[Change]| changes.iter().map(|change| (change.kind.code(), change.verdict)).collect::<Vec<_>>();
    assert_eq!(codes(&changes(&before, &after)), [("answer-header", Verdict::Neither)]);
    let fault = "<w:output message=\"z:Tell\"/><w:fault message=\"z:Ask\"/>";
    let after = release(BODY, ("<w:output message=\"z:Tell\"/>", fault));
    assert_eq!(codes(&changes(&before, &after)), [("fault-element", Verdict::BreaksRead)]);
}

#[test]
fn operations_and_services_that_come_and_go() {
    let one = release(BODY, ("", ""));
    let mut two = release(BODY, ("", ""));
    let mut stop = two.services[0].operations[0].clone();
    stop.name = "stop".to_owned();
    two.services[0].operations.push(stop);
    let mut more = two.services[0].clone();
    more.name = "more".to_owned();
    two.services.push(more);
    let found = |changes: Vec<Change>| {
        let line = |change: &Change| {
            format!("{} {} {:?} {}", change.kind.code(), change.places[0], change.values, change.verdict.code())
        };
        changes.iter().map(line).collect::<Vec<_>>()
    };
    assert_eq!(
        found(changes(&one, &two)),
        ["service-added more [\"go\", \"stop\"] neither", "operation-added svc/stop [] neither"]
    );
    assert_eq!(
        found(changes(&two, &one)),
        ["service-removed more [\"go\", \"stop\"] breaks-send", "operation-removed svc/stop [] breaks-send"]
    );
}
