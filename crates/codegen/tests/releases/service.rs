//! An invented service of one operation, to be released twice.

use gis_gkh_codegen::release::{self, Change, Direction};
use gis_gkh_codegen::wsdl::Contract;

pub(crate) const WSDL: &str = r#"<w:definitions xmlns:w="http://schemas.xmlsoap.org/wsdl/" xmlns:s="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:z="urn:z">
<w:types><xs:schema><xs:import namespace="urn:z" schemaLocation="main.xsd"/></xs:schema></w:types>
<w:message name="Ask"><w:part name="Body" element="z:Ask"/></w:message>
<w:message name="Tell"><w:part name="Body" element="z:Tell"/></w:message>
<w:message name="Head"><w:part name="Header" element="z:Head"/></w:message>
<w:portType><w:operation name="go"><w:input message="z:Ask"/><w:output message="z:Tell"/></w:operation></w:portType>
<w:binding><w:operation name="go"><s:operation soapAction="urn:go"/><w:input><s:header message="z:Head" part="Header"/></w:input><w:output/></w:operation></w:binding>
<w:service><w:port><s:address location="http://localhost/road/Async"/></w:port></w:service>
</w:definitions>"#;

/// One release of the service: its XSD is `body`, its WSDL ours with `edit` made.
pub(crate) fn release(body: &str, edit: (&str, &str)) -> Contract {
    let folder = tempfile::tempdir().expect("a folder");
    let schema = format!(
        "<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" xmlns:z=\"urn:z\" targetNamespace=\"urn:z\" \
         elementFormDefault=\"qualified\">\n<xs:element name=\"Head\" type=\"xs:string\"/>\n{body}\n</xs:schema>"
    );
    std::fs::write(folder.path().join("main.xsd"), schema).expect("a file");
    let wsdl = WSDL.replace(edit.0, edit.1);
    assert!(edit.0 == edit.1 || wsdl != WSDL, "{} stands in the service", edit.0);
    std::fs::write(folder.path().join("svc.wsdl"), wsdl).expect("a file");
    Contract::load(&Contract::find(folder.path()).expect("the service")).expect("the release loads")
}

/// A release whose request `Ask` and answer `Tell` both are of the type `T`, which `body` declares.
pub(crate) fn of_type(body: &str) -> Contract {
    let messages = "<xs:element name=\"Ask\" type=\"z:T\"/>\n<xs:element name=\"Tell\" type=\"z:T\"/>";
    release(&format!("{messages}\n{body}"), ("", ""))
}

/// The type `T` of this content.
pub(crate) fn content(content: &str) -> String {
    format!("<xs:complexType name=\"T\">{content}</xs:complexType>")
}

/// The type `T` of these elements, one after the other.
pub(crate) fn sequence(elements: &str) -> String {
    content(&format!("<xs:sequence>{elements}</xs:sequence>"))
}

pub(crate) fn element(name: &str, more: &str) -> String {
    format!("<xs:element name=\"{name}\" type=\"xs:string\" {more}/>")
}

/// The changes from one release to the next.
pub(crate) fn changes(before: &Contract, after: &Contract) -> Vec<Change> {
    release::compare(before, after).expect("both releases are complete")
}

/// A change in a line: direction, code, facet, places without their operation, from what to what, verdict.
pub(crate) fn shown(change: &Change) -> String {
    let places: Vec<&str> = change.places.iter().map(|place| &*place.path).collect();
    let required = match change.kind.required() {
        Some(true) => "!",
        Some(false) => "?",
        None => "",
    };
    let facet = change.kind.facet().map(|facet| format!(" {}", facet.code())).unwrap_or_default();
    let values = if change.values.is_empty() { String::new() } else { format!(" [{}]", change.values.join(" ")) };
    let beside = if change.beside.is_empty() { String::new() } else { format!(" beside {}", change.beside.join(" ")) };
    let step = match (&change.before, &change.after) {
        (None, None) => String::new(),
        (before, after) => {
            let text = |text: &Option<String>| text.clone().unwrap_or_default();
            format!(" {}>{}", text(before), text(after))
        }
    };
    let code = change.kind.code();
    let verdict = if change.verdict.breaks() { "breaks" } else { "keeps" };
    format!("{code}{required}{facet} {}{step}{values}{beside}: {verdict}", places.join(" "))
}

/// Changes of one direction, as lines.
pub(crate) fn lines(changes: &[Change], direction: Direction) -> Vec<String> {
    changes.iter().filter(|change| change.direction == direction).map(shown).collect()
}
