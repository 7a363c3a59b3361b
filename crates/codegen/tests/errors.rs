//! What the generator says of a contract it cannot build: the file, the line, and what is wrong there.
#![expect(clippy::expect_used, reason = "a test that fails says why")]

use std::path::Path;

use gis_gkh_codegen::language::Comparison;
use gis_gkh_codegen::names::Overrides;
use gis_gkh_codegen::schema::{self, QName, SchemaSet};
use gis_gkh_codegen::wsdl::Contract;
use gis_gkh_codegen::{Error, types};

const OPEN: &str = r#"<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:z="urn:z" targetNamespace="urn:z" elementFormDefault="qualified">"#;

/// Loads a schema whose second line on is `body`, beside other files.
fn load(body: &str, others: &[(&str, &str)]) -> Result<SchemaSet, Error> {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in others {
        std::fs::write(folder.path().join(name), text).expect("a file");
    }
    let path = folder.path().join("main.xsd");
    std::fs::write(&path, format!("{OPEN}\n{body}\n</xs:schema>")).expect("a file");
    schema::load(&[path])
}

fn generate(body: &str) -> Error {
    let set = load(body, &[]).expect("the schema itself loads");
    types(&set, &[QName::new("urn:z", "Root")], &Overrides::default(), "crate::contract")
        .expect_err("the generator refuses it")
}

/// The error names the line of `main.xsd` and says these words.
fn says(error: &Error, line: usize, words: &[&str]) {
    let text = error.to_string();
    assert!(text.contains(&format!("main.xsd:{line}:")), "line {line} is not named: {text}");
    for word in words {
        assert!(text.contains(word), "`{word}` is not said: {text}");
    }
}

fn refused(body: &str, line: usize, words: &[&str]) {
    says(&load(body, &[]).expect_err("the schema is refused"), line, words);
}

#[test]
fn files_that_are_not_there_or_not_what_they_should_be() {
    refused("\n<xs:import namespace=\"urn:y\" schemaLocation=\"gone.xsd\"/>", 3, &["gone.xsd", "cannot be read"]);
    refused("<xs:include schemaLocation=\"gone.xsd\"/>", 2, &["gone.xsd"]);
    let other = OPEN.replace("targetNamespace=\"urn:z\"", "targetNamespace=\"urn:x\"") + "</xs:schema>";
    let import = "<xs:import namespace=\"urn:y\" schemaLocation=\"other.xsd\"/>";
    says(&load(import, &[("other.xsd", &other)]).expect_err("another namespace"), 2, &["urn:x", "urn:y", "other.xsd"]);
    let include = "<xs:include schemaLocation=\"other.xsd\"/>";
    says(&load(include, &[("other.xsd", &other)]).expect_err("another namespace"), 2, &["urn:x", "urn:z"]);
    let broken = load(include, &[("other.xsd", "<xs:schema")]).expect_err("not XML").to_string();
    assert!(broken.contains("other.xsd") && broken.contains("not XML"), "{broken}");
    let error = schema::load(&[Path::new("/nowhere/at/all.xsd").to_owned()]).expect_err("no such file").to_string();
    assert!(error.contains("/nowhere/at/all.xsd"), "{error}");
}

#[test]
fn constructs_it_does_not_know() {
    let inside =
        |what: &str| format!("<xs:element name=\"Root\"><xs:complexType>\n{what}\n</xs:complexType></xs:element>");
    refused(&inside("<xs:all/>"), 3, &["unknown construct", "all"]);
    refused("<xs:redefine schemaLocation=\"x.xsd\"/>", 2, &["redefine"]);
    refused("<xs:element name=\"Root\" type=\"xs:string\" substitutionGroup=\"z:A\"/>", 2, &["substitutionGroup"]);
    let default = "<xs:element name=\"Root\"><xs:complexType><xs:sequence>\n<xs:element name=\"A\" default=\"1\"><xs:complexType/></xs:element></xs:sequence></xs:complexType></xs:element>";
    says(&generate(default), 3, &["default of an element with structure"]);
    refused("<xs:element name=\"Root\" type=\"xs:string\" nillable=\"true\"/>", 2, &["nillable"]);
    refused("<xs:element name=\"Root\" type=\"xs:duration\"/>", 2, &["xs:duration"]);
    refused("<xs:simpleType name=\"U\">\n<xs:union memberTypes=\"xs:int\"/></xs:simpleType>", 3, &["union"]);
    refused("<xs:element name=\"Root\" type=\"none:Such\"/>", 2, &["prefix `none`"]);
    refused(
        "<xs:complexType name=\"T\"><xs:sequence>\n<xs:element name=\"A\" form=\"unqualified\"/></xs:sequence></xs:complexType>",
        3,
        &["no namespace"],
    );
    refused(
        "<xs:complexType name=\"T\"><xs:sequence>\n<xs:element name=\"A\" minOccurs=\"2\"/></xs:sequence></xs:complexType>",
        3,
        &["maxOccurs is less"],
    );
    refused(
        "<xs:complexType name=\"T\"><xs:sequence maxOccurs=\"many\"/></xs:complexType>",
        2,
        &["maxOccurs is not a number"],
    );
    let list = "<xs:simpleType><xs:list itemType=\"xs:int\"/></xs:simpleType>";
    let lists =
        format!("<xs:element name=\"A\"><xs:simpleType>\n<xs:list>{list}</xs:list></xs:simpleType></xs:element>");
    says(&generate(&inside(&format!("<xs:sequence>{lists}</xs:sequence>"))), 4, &["list of lists"]);
    let any = inside("<xs:sequence>\n<xs:any/></xs:sequence>");
    says(&generate(&any), 4, &["xs:any"]);
    let restriction = "<xs:complexType name=\"B\"><xs:attribute name=\"a\"/></xs:complexType>\n<xs:element name=\"Root\"><xs:complexType><xs:complexContent><xs:restriction base=\"z:B\"/></xs:complexContent></xs:complexType></xs:element>";
    says(&generate(restriction), 3, &["restriction of a type with attributes"]);
    let fixed = inside(
        "<xs:sequence>\n<xs:element name=\"A\" type=\"xs:boolean\" fixed=\"true\" maxOccurs=\"2\"/></xs:sequence>",
    );
    says(&generate(&fixed), 4, &["fixed element that repeats"]);
}

#[test]
fn names_that_lead_nowhere_or_are_declared_twice() {
    let inside = |what: &str| {
        format!(
            "<xs:element name=\"Root\"><xs:complexType><xs:sequence>\n{what}\n</xs:sequence></xs:complexType></xs:element>"
        )
    };
    says(&generate(&inside("<xs:element ref=\"z:Gone\"/>")), 3, &["{urn:z}Gone", "element", "not declared"]);
    says(&generate(&inside("<xs:element name=\"A\" type=\"z:Gone\"/>")), 3, &["{urn:z}Gone", "type"]);
    says(&generate(&inside("<xs:group ref=\"z:Gone\"/>")), 3, &["{urn:z}Gone", "group"]);
    let attribute =
        "<xs:element name=\"Root\"><xs:complexType>\n<xs:attribute ref=\"z:gone\"/></xs:complexType></xs:element>";
    says(&generate(attribute), 3, &["{urn:z}gone", "attribute"]);
    let base = "<xs:element name=\"Root\">\n<xs:complexType><xs:complexContent><xs:extension base=\"z:Gone\"/></xs:complexContent></xs:complexType></xs:element>";
    says(&generate(base), 3, &["{urn:z}Gone"]);
    let key = "<xs:element name=\"Root\">\n<xs:complexType/><xs:keyref name=\"R\" refer=\"z:Gone\"><xs:selector xpath=\".\"/><xs:field xpath=\"@a\"/></xs:keyref></xs:element>";
    refused(key, 2, &["{urn:z}Gone", "key of this element"]);
    for (twice, what) in [
        ("<xs:element name=\"A\" type=\"xs:int\"/>", "element"),
        ("<xs:complexType name=\"A\"/>", "type"),
        ("<xs:simpleType name=\"A\"><xs:restriction base=\"xs:int\"/></xs:simpleType>", "type"),
        ("<xs:group name=\"A\"><xs:sequence/></xs:group>", "group"),
        ("<xs:attribute name=\"A\" type=\"xs:int\"/>", "attribute"),
    ] {
        refused(&format!("{twice}\n{twice}"), 3, &["{urn:z}A", what, "declared twice"]);
    }
    let set = load("", &[]).expect("an empty schema");
    let error = types(&set, &[QName::new("urn:z", "Root")], &Overrides::default(), "crate::contract");
    assert!(error.expect_err("no such element").to_string().contains("{urn:z}Root"));
}

#[test]
fn what_contains_itself_ends_in_an_error_and_not_in_the_stack() {
    let extension = |name: &str, base: &str| {
        format!(
            "<xs:complexType name=\"{name}\"><xs:complexContent><xs:extension base=\"z:{base}\"/></xs:complexContent></xs:complexType>"
        )
    };
    refused(&extension("A", "A"), 2, &["{urn:z}A", "contains itself"]);
    let three = [extension("A", "B"), extension("B", "C"), extension("C", "B")].join("\n");
    refused(&three, 3, &["{urn:z}B"]);
    refused(
        "<xs:group name=\"G\"><xs:sequence>\n<xs:group ref=\"z:G\" minOccurs=\"0\"/></xs:sequence></xs:group>",
        2,
        &["{urn:z}G"],
    );
    let two = "<xs:group name=\"G\"><xs:choice><xs:group ref=\"z:H\"/></xs:choice></xs:group>\n<xs:group name=\"H\"><xs:sequence><xs:group ref=\"z:G\"/></xs:sequence></xs:group>";
    refused(two, 2, &["{urn:z}G"]);
    let simple = "<xs:simpleType name=\"A\"><xs:restriction base=\"z:B\"/></xs:simpleType>\n<xs:simpleType name=\"B\"><xs:restriction base=\"z:A\"/></xs:simpleType>";
    refused(simple, 2, &["{urn:z}A"]);
    // Recursion through an element is a language like any other, for the generator and for the comparison.
    let tree = "<xs:complexType name=\"T\"><xs:sequence><xs:element name=\"T\" type=\"z:T\" minOccurs=\"0\"/></xs:sequence></xs:complexType><xs:element name=\"Root\" type=\"z:T\"/>";
    let set = load(tree, &[]).expect("recursion loads");
    let root = QName::new("urn:z", "Root");
    types(&set, std::slice::from_ref(&root), &Overrides::default(), "crate::contract").expect("recursion generates");
    let mut comparison = Comparison::new(&set, &set);
    comparison.element(&root).expect("recursion compares");
    assert!(comparison.differences().is_empty() && comparison.elements() == 2, "{}", comparison.elements());
}

#[test]
fn rules_of_names_that_are_none() {
    let parse = |text: &str| Overrides::parse(Path::new("names.txt"), text).expect_err("refused").to_string();
    assert!(parse("# fine\nbills::A").starts_with("names.txt:2: "));
    assert!(parse("a::B = Two Words").contains("Two Words"));
    assert!(parse("a::B = 9").contains("no name"));
    assert!(parse("a::B = C\n\na::B = D").starts_with("names.txt:3: "));
    let set = load("<xs:element name=\"Root\"><xs:complexType/></xs:element>", &[]).expect("a schema");
    let root = [QName::new("urn:z", "Root")];
    let unused = Overrides::parse(Path::new("names.txt"), "z::Root = Top\nz::Gone = Gone2").expect("rules");
    let error = types(&set, &root, &unused, "crate::contract").expect_err("a rule left behind").to_string();
    assert!(error.starts_with("names.txt:2: ") && error.contains("z::Gone"), "{error}");
    let used = Overrides::parse(Path::new("names.txt"), "z::Root = Top").expect("rules");
    let files = types(&set, &root, &used, "crate::contract").expect("code");
    assert!(files["z.rs"].contains("pub struct Top "), "{}", files["z.rs"]);
}

#[test]
fn services_that_do_not_hold_together() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("main.xsd");
    let wsdl = r#"<w:definitions xmlns:w="http://schemas.xmlsoap.org/wsdl/" xmlns:s="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:z="urn:z">
<w:types><xs:schema targetNamespace="urn:z"><xs:element name="In"/><xs:element name="Head"/></xs:schema></w:types>
<w:message name="In"><w:part name="Body" element="z:In"/></w:message>
<w:message name="Head"><w:part name="Header" element="z:Head"/></w:message>
<w:portType><w:operation name="go"><w:input message="z:In"/><w:output message="z:In"/></w:operation></w:portType>
<w:binding><w:operation name="go">
<s:operation soapAction="urn:go"/><w:input><s:header message="z:Head" part="Header"/></w:input><w:output/></w:operation></w:binding>
<w:service><w:port><s:address location="http://localhost/path/Async"/></w:port></w:service>
</w:definitions>"#;
    let load = |text: &str| {
        std::fs::write(&path, text).expect("a file");
        Contract::load(std::slice::from_ref(&path))
    };
    let contract = load(wsdl).expect("the service itself holds");
    assert_eq!(contract.services[0].path, "/path/Async");
    assert_eq!(contract.services[0].operations[0].action, "urn:go");
    for (from, to, line, word) in [
        ("element=\"z:In\"", "element=\"z:Gone\"", 3, "{urn:z}Gone"),
        ("<w:input message=\"z:In\"/>", "<w:input message=\"z:Gone\"/>", 5, "`z:Gone` is not declared"),
        ("part=\"Header\"", "part=\"Gone\"", 7, "no part `Gone`"),
        ("<s:header message=\"z:Head\" part=\"Header\"/>", "", 6, "no request header"),
        ("<s:operation soapAction=\"urn:go\"/>", "", 6, "no soapAction"),
        ("<w:binding><w:operation name=\"go\">", "<w:binding><w:operation name=\"stop\">", 6, "`stop` has no port"),
        ("http://localhost/path/Async", "nowhere", 1, "no address with a path"),
        ("<s:address location=\"http://localhost/path/Async\"/>", "", 1, "no soap:address"),
    ] {
        let spoiled = wsdl.replace(from, to);
        assert_ne!(wsdl, spoiled, "{from} stands there");
        match load(&spoiled) {
            Err(error) => says(&error, line, &[word]),
            Ok(_) => panic!("{to} instead of {from} is accepted"),
        }
    }
}
