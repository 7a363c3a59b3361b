//! A change of something shared is one change with all its places; and whose paths it touches.

use gis_gkh_codegen::release::{Change, Used};

use crate::service::{changes, content, element, of_type, sequence};

fn used(lines: &str) -> Used {
    Used::parse(lines).expect("paths")
}

fn of_requests(before: &str, after: &str) -> Vec<Change> {
    let mut all = changes(&of_type(before), &of_type(after));
    all.retain(|change| change.direction.code() == "request");
    all
}

fn paths(change: &Change) -> Vec<String> {
    change.places.iter().map(ToString::to_string).collect()
}

fn touched(change: &Change, lines: &str) -> Vec<String> {
    used(lines).touched(change).iter().map(ToString::to_string).collect()
}

#[test]
fn a_shared_type_changes_once() {
    let of = |inside: &str| {
        let shared = format!("<xs:complexType name=\"S\"><xs:sequence>{inside}</xs:sequence></xs:complexType>");
        let deep = "<xs:element name=\"D\"><xs:complexType><xs:sequence><xs:element name=\"C\" type=\"z:S\"/></xs:sequence></xs:complexType></xs:element>";
        shared + &sequence(&format!("<xs:element name=\"A\" type=\"z:S\"/><xs:element name=\"B\" type=\"z:S\"/>{deep}"))
    };
    let found = of_requests(&of(&element("X", "")), &of(&element("X", "minOccurs=\"0\"")));
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(paths(&found[0]), ["svc/go: Ask/A/X", "svc/go: Ask/B/X", "svc/go: Ask/D/C/X"]);
    let found = of_requests(&of(&element("X", "")), &of(""));
    assert_eq!((found.len(), found[0].places.len()), (1, 3), "{found:?}");
}

#[test]
fn a_shared_base_and_a_shared_simple_type_change_once() {
    let derived = |name: &str, more: &str| {
        format!(
            "<xs:complexType name=\"{name}\"><xs:complexContent><xs:extension base=\"z:Base\"><xs:sequence>{more}</xs:sequence></xs:extension></xs:complexContent></xs:complexType>"
        )
    };
    let of = |base: &str| {
        let kinds = derived("One", &element("P", "")) + &derived("Two", &element("Q", ""));
        let holder = sequence("<xs:element name=\"A\" type=\"z:One\"/><xs:element name=\"B\" type=\"z:Two\"/>");
        format!("<xs:complexType name=\"Base\"><xs:sequence>{base}</xs:sequence></xs:complexType>{kinds}{holder}")
    };
    let found = of_requests(&of(""), &of(&element("X", "")));
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(paths(&found[0]), ["svc/go: Ask/A/X", "svc/go: Ask/B/X"]);
    let of = |length: u32| {
        let restricted =
            "<xs:simpleType><xs:restriction base=\"z:S\"><xs:minLength value=\"1\"/></xs:restriction></xs:simpleType>";
        let holder =
            sequence(&format!("<xs:element name=\"A\" type=\"z:S\"/><xs:element name=\"B\">{restricted}</xs:element>"));
        format!(
            "<xs:simpleType name=\"S\"><xs:restriction base=\"xs:string\"><xs:maxLength value=\"{length}\"/></xs:restriction></xs:simpleType>{holder}"
        )
    };
    let found = of_requests(&of(10), &of(5));
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(paths(&found[0]), ["svc/go: Ask/A", "svc/go: Ask/B"]);
}

#[test]
fn a_type_inside_itself_has_an_end() {
    let tree = |more: &str| sequence(&format!("<xs:element name=\"T\" type=\"z:T\" minOccurs=\"0\"/>{more}"));
    let found = of_requests(&tree(""), &tree(&element("X", "")));
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(paths(&found[0]), ["svc/go: Ask/X"]);
}

#[test]
fn a_namespace_that_changes_is_told_from_the_name() {
    let global = |ns: &str| {
        let folder = tempfile::tempdir().expect("a folder");
        let other = format!(
            "<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" targetNamespace=\"{ns}\"><xs:element name=\"A\" type=\"xs:string\"/></xs:schema>"
        );
        let main = format!(
            "<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" xmlns:o=\"{ns}\" targetNamespace=\"urn:z\" elementFormDefault=\"qualified\"><xs:import namespace=\"{ns}\" schemaLocation=\"other.xsd\"/><xs:element name=\"Head\" type=\"xs:string\"/><xs:element name=\"Tell\" type=\"xs:string\"/><xs:element name=\"Ask\"><xs:complexType><xs:sequence><xs:element ref=\"o:A\"/></xs:sequence></xs:complexType></xs:element></xs:schema>"
        );
        std::fs::write(folder.path().join("other.xsd"), other).expect("a file");
        std::fs::write(folder.path().join("main.xsd"), main).expect("a file");
        std::fs::write(folder.path().join("svc.wsdl"), crate::service::WSDL).expect("a file");
        let wsdls = gis_gkh_codegen::wsdl::Contract::find(folder.path()).expect("the service");
        gis_gkh_codegen::wsdl::Contract::load(&wsdls).expect("the release loads")
    };
    let found = changes(&global("urn:x"), &global("urn:y"));
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].kind.code(), "element-namespace");
    assert_eq!((found[0].before.as_deref(), found[0].after.as_deref()), (Some("urn:x"), Some("urn:y")));
    assert!(found[0].verdict.breaks());
}

#[test]
fn who_is_touched_by_what_is_gone_new_or_newly_required() {
    let pair = element("A", "") + &element("B", "minOccurs=\"0\"");
    let gone = &of_requests(&sequence(&pair), &sequence(&element("A", "")))[0];
    assert_eq!(touched(gone, "svc/go: Ask/B"), ["svc/go: Ask/B"]);
    assert_eq!(touched(gone, "svc/go: Ask/B/Below"), ["svc/go: Ask/B"]);
    assert_eq!(touched(gone, "svc/go: Ask/A\nsvc/other: Ask/B\nsvc/go: Ask/Bx"), [""; 0]);
    assert_eq!(touched(gone, "*/*: Ask/B"), ["svc/go: Ask/B"]);
    assert_eq!(touched(gone, "*/go: Ask/B"), ["svc/go: Ask/B"]);
    let new = &of_requests(&sequence(&element("A", "")), &sequence(&(element("A", "") + &element("B", ""))))[0];
    assert_eq!(touched(new, "svc/go: Ask/A"), ["svc/go: Ask"], "whoever sends the request lacks it");
    let required = &of_requests(&sequence(&pair), &sequence(&(element("A", "") + &element("B", ""))))[0];
    assert_eq!(touched(required, "svc/go: Ask/A"), ["svc/go: Ask"]);
    // In a group that may be left out, only who uses the group.
    let group = |more: &str| {
        sequence(&format!(
            "{}<xs:sequence minOccurs=\"0\">{}{}{more}</xs:sequence>",
            element("A", ""),
            element("B", ""),
            element("C", "")
        ))
    };
    let inner = &of_requests(&group(""), &group(&element("D", "")))[0];
    assert_eq!(touched(inner, "svc/go: Ask/A"), [""; 0]);
    assert_eq!(touched(inner, "svc/go: Ask/B\nsvc/go: Ask/C"), ["svc/go: Ask/B", "svc/go: Ask/C"]);
    let attribute = &of_requests(
        &content("<xs:sequence/>"),
        &content("<xs:sequence/><xs:attribute name=\"a\" type=\"xs:string\" use=\"required\"/>"),
    )[0];
    assert_eq!(touched(attribute, "svc/go: Ask/@b"), ["svc/go: Ask"]);
}

#[test]
fn whole_operations_touch_only_their_own_users() {
    let mut two = of_type(&sequence(""));
    let one = of_type(&sequence(""));
    let mut stop = two.services[0].operations[0].clone();
    stop.name = "stop".to_owned();
    two.services[0].operations.push(stop);
    let gone = &changes(&two, &one)[0];
    assert_eq!(touched(gone, "svc/stop: Ask/A"), ["svc/stop"]);
    assert_eq!(touched(gone, "svc/go: Ask/A\n*/*: Ask/A\n*/stop: Ask"), [""; 0], "a receipt is no proof of a call");
    two.services[0].path = "/elsewhere".to_owned();
    let moved = changes(&one, &two);
    let moved = moved.iter().find(|change| change.kind.code() == "service-path").expect("another address");
    assert_eq!(touched(moved, "svc/stop: Ask/A\nsvc/go: Ask/A\nother/go: Ask"), ["svc/go", "svc/stop"]);
}

#[test]
fn files_of_paths() {
    let text = "# a comment\n\nsvc/go: Ask/B\n svc/go: Ask/A/@x \nsvc/go: Ask/B\n";
    assert_eq!(used(text).to_string(), "svc/go: Ask/A/@x\nsvc/go: Ask/B\n");
    assert!(used("# nothing\n").is_empty());
    for bad in
        ["Ask/B", "svc: Ask", "svc/go Ask", "svc/go: ", "svc/go: Ask//B", "svc/go: Ask B", "a/b/c: Ask", "/go: Ask"]
    {
        let error = Used::parse(&format!("svc/go: Ask\n{bad}")).expect_err(bad).to_string();
        assert!(error.contains("line 2"), "{error}");
    }
}
