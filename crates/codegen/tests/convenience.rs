//! What the generated code offers to whoever builds a request: conversions, constructors, documentation.
#![expect(clippy::expect_used, reason = "a test that fails says why")]

use gis_gkh_codegen::names::Overrides;
use gis_gkh_codegen::schema::{self, QName};
use gis_gkh_codegen::types;

/// The code of a small contract, white space made single.
fn code(body: &str) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("main.xsd");
    let open = r#"<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:z="urn:z" targetNamespace="urn:z" elementFormDefault="qualified">"#;
    std::fs::write(&path, format!("{open}\n{body}\n</xs:schema>")).expect("a file");
    let set = schema::load(&[path]).expect("a schema");
    let files = types(&set, &[QName::new("urn:z", "Root")], &Overrides::default(), "crate::contract").expect("code");
    files["z.rs"].split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Types of the contract used by the choices below.
const PARTS: &str = r#"
    <xs:complexType name="Cat"><xs:sequence><xs:element name="Name" type="xs:string"/></xs:sequence></xs:complexType>
    <xs:complexType name="Dog"><xs:sequence><xs:element name="Name" type="xs:string"/></xs:sequence></xs:complexType>
    <xs:simpleType name="Colour"><xs:restriction base="xs:string"><xs:enumeration value="red"/></xs:restriction></xs:simpleType>
"#;

fn pet(choice: &str) -> String {
    code(&format!(
        r#"{PARTS}<xs:group name="Pet"><xs:choice>{choice}</xs:choice></xs:group>
        <xs:element name="Root"><xs:complexType><xs:sequence><xs:group ref="z:Pet"/></xs:sequence></xs:complexType></xs:element>"#
    ))
}

#[test]
fn a_choice_is_made_of_what_only_one_branch_holds() {
    let code = pet(r#"<xs:element name="Cat" type="z:Cat"/><xs:element name="Dogs" type="z:Dog" maxOccurs="9"/>
        <xs:element name="Colour" type="z:Colour"/>"#);
    for from in ["crate::contract::z::Cat", "Vec<crate::contract::z::Dog>", "crate::contract::z::Colour"] {
        assert!(code.contains(&format!("impl From<{from}> for crate::contract::z::Pet {{")), "{from}: {code}");
    }
    assert!(code.contains("pub fn new(pet: impl Into<crate::contract::z::Pet>) -> Self { Self { pet: pet.into() } }"));
}

#[test]
fn what_two_branches_hold_or_what_means_nothing_by_itself_makes_no_choice() {
    let code = pet(r#"<xs:element name="Mother" type="z:Cat"/><xs:element name="Kitten" type="z:Cat"/>
        <xs:element name="Name" type="xs:string"/><xs:element name="Age" type="xs:int"/>"#);
    assert!(!code.contains("impl From<"), "{code}");
    assert!(code.contains("pub fn new(pet: crate::contract::z::Pet) -> Self { Self { pet } }"), "{code}");
}

#[test]
fn a_choice_is_not_made_of_itself() {
    let code = code(
        r#"<xs:group name="Tree"><xs:choice>
            <xs:element name="Leaf" type="xs:int"/>
            <xs:element name="Twig"><xs:complexType><xs:sequence><xs:group ref="z:Tree"/></xs:sequence></xs:complexType></xs:element>
        </xs:choice></xs:group>
        <xs:element name="Root"><xs:complexType><xs:sequence><xs:group ref="z:Tree"/></xs:sequence></xs:complexType></xs:element>"#,
    );
    let conversions: Vec<&str> = code.match_indices("impl From<").map(|(at, _)| &code[at..at + 60]).collect();
    assert_eq!(conversions.len(), 1, "{conversions:?}");
    assert!(code.contains("impl From<crate::contract::z::tree::Twig> for crate::contract::z::Tree {"), "{code}");
    // One of the two has to be in a box, and is given without it.
    assert!(code.contains("impl Into<Box<") || code.contains("Self::Twig(Box::new(value))"), "{code}");
}

#[test]
fn an_abstract_type_is_made_of_its_kinds() {
    let code = code(
        r#"<xs:complexType name="Field" abstract="true"/>
        <xs:complexType name="TextField"><xs:complexContent><xs:extension base="z:Field"><xs:sequence>
            <xs:element name="Value" type="xs:string"/></xs:sequence></xs:extension></xs:complexContent></xs:complexType>
        <xs:complexType name="WholeField"><xs:complexContent><xs:extension base="z:Field"><xs:sequence>
            <xs:element name="Value" type="xs:int"/></xs:sequence></xs:extension></xs:complexContent></xs:complexType>
        <xs:element name="Root"><xs:complexType><xs:sequence><xs:element name="Field" type="z:Field"/></xs:sequence></xs:complexType></xs:element>"#,
    );
    assert!(code.contains("impl From<crate::contract::z::TextField> for crate::contract::z::Field {"), "{code}");
    assert!(code.contains("pub fn new(field: impl Into<crate::contract::z::Field>)"), "{code}");
}

#[test]
fn constructors_take_what_a_program_holds_and_the_parts_own_identifier_first() {
    let code = code(
        r#"<xs:simpleType name="Guid"><xs:restriction base="xs:string">
            <xs:pattern value="([0-9a-fA-F]){8}-([0-9a-fA-F]){4}-([0-9a-fA-F]){4}-([0-9a-fA-F]){4}-([0-9a-fA-F]){12}"/>
        </xs:restriction></xs:simpleType>
        <xs:element name="Root"><xs:complexType><xs:sequence>
            <xs:element name="AccountGUID" type="z:Guid"/><xs:element name="Name" type="xs:string"/>
            <xs:element name="Day" type="xs:date"/><xs:element name="Sum" type="xs:decimal"/>
            <xs:element name="TransportGUID" type="z:Guid"/><xs:element name="Remark" type="xs:string" minOccurs="0"/>
        </xs:sequence></xs:complexType></xs:element>"#,
    );
    let new = "pub fn new(transport_guid: xml::Guid, account_guid: xml::Guid, name: impl Into<String>, \
               day: impl Into<xml::Date>, sum: xml::Decimal) -> Self";
    assert!(code.contains(new), "{code}");
    assert!(code.contains("name: name.into(), day: day.into(), sum, remark: None }"), "{code}");
}

#[test]
fn fields_say_limits_facets_fixed_and_default_values() {
    let code = code(
        r#"<xs:simpleType name="Code"><xs:restriction base="xs:string"><xs:maxLength value="5"/></xs:restriction></xs:simpleType>
        <xs:simpleType name="Codes"><xs:restriction><xs:simpleType><xs:list itemType="z:Code"/></xs:simpleType>
            <xs:maxLength value="3"/></xs:restriction></xs:simpleType>
        <xs:element name="Root"><xs:complexType><xs:sequence>
            <xs:element name="One" type="z:Code" maxOccurs="7"/><xs:element name="Many" type="z:Codes"/>
            <xs:element name="Sure" type="xs:boolean" fixed="true" minOccurs="0"/>
            <xs:element name="Count" type="xs:int" default="1" minOccurs="0"/>
        </xs:sequence><xs:attribute name="mark" type="z:Code"/></xs:complexType></xs:element>"#,
    );
    for doc in [
        "/// `One`. 1 to 7. (at most 5 characters) pub one: Vec<String>,",
        "/// `Many`. (at most 3 values; each at most 5 characters) pub many:",
        "/// `Sure`. Given as `true` or not at all. pub sure: bool,",
        "/// `Count`. An empty element means `1`. pub count: Option<i32>,",
        "/// Attribute `mark`. (at most 5 characters) pub mark: Option<String>,",
    ] {
        assert!(code.contains(doc), "{doc}\n{code}");
    }
}
