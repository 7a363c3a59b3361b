//! Limits of a message: paths and numbers.
#![expect(clippy::expect_used, reason = "a test that fails says why")]

use gis_gkh_codegen::limits::limits;
use gis_gkh_codegen::schema::{self, QName};

fn of(body: &str) -> Vec<(String, u32)> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("main.xsd");
    let text = format!(
        "<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" xmlns:z=\"urn:z\" targetNamespace=\"urn:z\" elementFormDefault=\"qualified\">{body}</xs:schema>"
    );
    std::fs::write(&path, text).expect("a file");
    let set = schema::load(&[path]).expect("a schema");
    let all = limits(&set, &QName::new("urn:z", "Root")).expect("limits");
    all.into_iter().map(|limit| (limit.path, limit.max)).collect()
}

fn shown(all: &[(String, u32)]) -> Vec<String> {
    all.iter().map(|(path, max)| format!("{path} {max}")).collect()
}

fn root(content: &str) -> String {
    format!("<xs:element name=\"Root\"><xs:complexType>{content}</xs:complexType></xs:element>")
}

fn element(name: &str, max: &str) -> String {
    format!("<xs:element name=\"{name}\" type=\"xs:int\" minOccurs=\"0\" maxOccurs=\"{max}\"/>")
}

#[test]
fn only_what_repeats_and_has_an_end() {
    let all = [element("A", "1"), element("B", "7"), element("C", "unbounded")].concat();
    assert_eq!(shown(&of(&root(&format!("<xs:sequence>{all}</xs:sequence>")))), ["B 7"]);
}

#[test]
fn groups_multiply_sequences_add_and_choices_take_the_most() {
    let [a, b] = [element("A", "2"), element("B", "3")];
    let of = |content: &str| shown(&of(&root(content)));
    assert_eq!(of(&format!("<xs:sequence maxOccurs=\"5\">{a}{b}</xs:sequence>")), ["A 10", "B 15"]);
    assert_eq!(of(&format!("<xs:sequence maxOccurs=\"unbounded\">{a}</xs:sequence>")), [""; 0]);
    assert_eq!(of(&format!("<xs:sequence>{a}{b}{a}</xs:sequence>")), ["A 4", "B 3"]);
    let branch = element("A", "9");
    assert_eq!(of(&format!("<xs:choice>{a}<xs:sequence>{branch}{b}</xs:sequence></xs:choice>")), ["A 9", "B 3"]);
    assert_eq!(of("<xs:choice maxOccurs=\"4\"><xs:element name=\"A\" type=\"xs:int\"/></xs:choice>"), ["A 4"]);
}

#[test]
fn paths_go_down_in_document_order_and_stop_at_recursion() {
    let tree = format!(
        "<xs:complexType name=\"T\"><xs:sequence>{}<xs:element name=\"Inner\" type=\"z:T\" minOccurs=\"0\" maxOccurs=\"3\"/></xs:sequence></xs:complexType>",
        element("A", "2")
    );
    let holder = "<xs:sequence><xs:element name=\"Second\" type=\"z:T\" maxOccurs=\"8\"/><xs:element name=\"First\" type=\"z:T\"/></xs:sequence>";
    assert_eq!(
        shown(&of(&(tree + &root(holder)))),
        ["Second 8", "Second/A 2", "Second/Inner 3", "First/A 2", "First/Inner 3",]
    );
}
