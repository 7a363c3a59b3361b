//! Values, attributes, versions and keys that change: in a request and in an answer, there and back.

use crate::kinds::is;
use crate::service::{changes, content, element, of_type, sequence};

fn value(facets: &str) -> String {
    sequence(&format!(
        "<xs:element name=\"A\"><xs:simpleType><xs:restriction base=\"xs:string\">{facets}</xs:restriction></xs:simpleType></xs:element>"
    ))
}

fn number(base: &str, facets: &str) -> String {
    sequence(&format!(
        "<xs:element name=\"A\"><xs:simpleType><xs:restriction base=\"xs:{base}\">{facets}</xs:restriction></xs:simpleType></xs:element>"
    ))
}

#[test]
fn facets_of_texts() {
    is(
        &value("<xs:maxLength value=\"50\"/>"),
        &value("<xs:maxLength value=\"20\"/>"),
        &["facet-tightened max-length Ask/A 50>20: breaks"],
        &["facet-tightened max-length Tell/A 50>20: keeps"],
        &["facet-loosened"],
    );
    is(
        &value("<xs:minLength value=\"1\"/><xs:maxLength value=\"50\"/>"),
        &value(""),
        &["facet-loosened min-length Ask/A 1>: keeps", "facet-loosened max-length Ask/A 50>: keeps"],
        &["facet-loosened min-length Tell/A 1>: keeps", "facet-loosened max-length Tell/A 50>: keeps"],
        &["facet-tightened", "facet-tightened"],
    );
    is(
        &value("<xs:length value=\"5\"/>"),
        &value("<xs:minLength value=\"4\"/><xs:maxLength value=\"5\"/>"),
        &["facet-loosened min-length Ask/A 5>4: keeps"],
        &["facet-loosened min-length Tell/A 5>4: keeps"],
        &["facet-tightened"],
    );
    is(
        &value("<xs:pattern value=\"[a-z]+\"/>"),
        &value("<xs:pattern value=\"[a-z]+\"/><xs:pattern value=\"[0-9]+\"/>"),
        &["facet-loosened pattern Ask/A [a-z]+>[0-9]+ | [a-z]+: keeps"],
        &["facet-loosened pattern Tell/A [a-z]+>[0-9]+ | [a-z]+: keeps"],
        &["facet-tightened"],
    );
    is(
        &value("<xs:pattern value=\"[a-z]+\"/>"),
        &value("<xs:pattern value=\"[0-9]+\"/>"),
        &["facet-changed pattern Ask/A [a-z]+>[0-9]+: breaks"],
        &["facet-changed pattern Tell/A [a-z]+>[0-9]+: keeps"],
        &["facet-changed"],
    );
}

#[test]
fn facets_of_numbers() {
    is(
        &number(
            "decimal",
            "<xs:minInclusive value=\"0\"/><xs:totalDigits value=\"12\"/><xs:fractionDigits value=\"4\"/>",
        ),
        &number(
            "decimal",
            "<xs:minExclusive value=\"0\"/><xs:totalDigits value=\"10\"/><xs:fractionDigits value=\"5\"/>",
        ),
        &[
            "facet-tightened total-digits Ask/A 12>10: breaks",
            "facet-tightened min Ask/A ≥ 0>> 0: breaks",
            "facet-loosened fraction-digits Ask/A 4>5: keeps",
        ],
        &[
            "facet-tightened total-digits Tell/A 12>10: keeps",
            "facet-tightened min Tell/A ≥ 0>> 0: keeps",
            "facet-loosened fraction-digits Tell/A 4>5: keeps",
        ],
        &["facet-tightened", "facet-loosened", "facet-loosened"],
    );
    is(
        &number("int", "<xs:maxInclusive value=\"100\"/>"),
        &number("int", "<xs:maxInclusive value=\"99\"/>"),
        &["facet-tightened max Ask/A ≤ 100>≤ 99: breaks"],
        &["facet-tightened max Tell/A ≤ 100>≤ 99: keeps"],
        &["facet-loosened"],
    );
    let same = number("decimal", "<xs:maxInclusive value=\"100.0\"/>");
    assert_eq!(changes(&of_type(&number("decimal", "<xs:maxInclusive value=\"100\"/>")), &of_type(&same)), []);
}

#[test]
fn enumerated_values() {
    let values =
        |all: &[&str]| value(&all.iter().map(|one| format!("<xs:enumeration value=\"{one}\"/>")).collect::<String>());
    is(
        &values(&["a", "b"]),
        &values(&["b", "c", "d"]),
        &["values-added Ask/A [c d]: keeps", "values-removed Ask/A [a]: breaks"],
        &["values-added Tell/A [c d]: keeps", "values-removed Tell/A [a]: keeps"],
        &["values-added", "values-removed"],
    );
    is(
        &value(""),
        &values(&["a"]),
        &["facet-tightened enumeration Ask/A [a]: breaks"],
        &["facet-tightened enumeration Tell/A [a]: keeps"],
        &["facet-loosened"],
    );
    assert_eq!(changes(&of_type(&values(&["a", "b"])), &of_type(&values(&["b", "a"]))), [], "they have no order");
}

#[test]
fn types_of_values() {
    is(
        &number("int", ""),
        &number("long", ""),
        &["type-wider Ask/A int>long: keeps"],
        &["type-wider Tell/A int>long: breaks"],
        &["type-narrower"],
    );
    is(
        &number("date", ""),
        &number("dateTime", ""),
        &["type-changed Ask/A date>dateTime: breaks"],
        &["type-changed Tell/A date>dateTime: breaks"],
        &["type-changed"],
    );
    // A wider base that a facet takes back again.
    is(
        &number("int", ""),
        &number("decimal", "<xs:maxInclusive value=\"9\"/>"),
        &["type-changed Ask/A int>decimal ≤ 9: breaks"],
        &["type-changed Tell/A int>decimal ≤ 9: breaks"],
        &["type-changed"],
    );
    let guid = "([0-9a-fA-F]){8}-([0-9a-fA-F]){4}-([0-9a-fA-F]){4}-([0-9a-fA-F]){4}-([0-9a-fA-F]){12}";
    is(
        &value(&format!("<xs:pattern value=\"{guid}\"/>")),
        &value(""),
        &["type-wider Ask/A GUID>string: keeps"],
        &["type-wider Tell/A GUID>string: breaks"],
        &["type-narrower"],
    );
    let structured = "<xs:element name=\"A\"><xs:complexType><xs:sequence><xs:element name=\"B\" type=\"xs:int\"/></xs:sequence></xs:complexType></xs:element>";
    is(
        &number("int", ""),
        &sequence(structured),
        &["structure-changed Ask/A int>elements: breaks"],
        &["structure-changed Tell/A int>elements: breaks"],
        &["structure-changed"],
    );
    let list = |item: &str| {
        sequence(&format!(
            "<xs:element name=\"A\"><xs:simpleType><xs:list itemType=\"xs:{item}\"/></xs:simpleType></xs:element>"
        ))
    };
    is(
        &number("int", ""),
        &list("int"),
        &["type-changed Ask/A int>list(int): breaks"],
        &["type-changed Tell/A int>list(int): breaks"],
        &["type-changed"],
    );
}

#[test]
fn fixed_values_and_defaults() {
    let of = |more: &str| sequence(&element("A", more));
    is(
        &of("fixed=\"x\""),
        &of("fixed=\"y\""),
        &["fixed-changed Ask/A x>y: breaks"],
        &["fixed-changed Tell/A x>y: keeps"],
        &["fixed-changed"],
    );
    is(
        &of(""),
        &of("fixed=\"y\""),
        &["fixed-added Ask/A >y: breaks"],
        &["fixed-added Tell/A >y: keeps"],
        &["fixed-removed"],
    );
    is(
        &of("default=\"x\""),
        &of("default=\"y\""),
        &["default-changed Ask/A x>y: keeps"],
        &["default-changed Tell/A x>y: breaks"],
        &["default-changed"],
    );
}

#[test]
fn attributes() {
    let of = |more: &str| content(&format!("<xs:sequence/>{more}"));
    let attribute = |more: &str| of(&format!("<xs:attribute name=\"a\" type=\"xs:string\" {more}/>"));
    is(
        &of(""),
        &attribute("use=\"required\""),
        &["attribute-added! Ask/@a: breaks"],
        &["attribute-added! Tell/@a: keeps"],
        &["attribute-removed"],
    );
    is(
        &attribute("use=\"required\""),
        &of(""),
        &["attribute-removed! Ask/@a: breaks"],
        &["attribute-removed! Tell/@a: breaks"],
        &["attribute-added"],
    );
    is(
        &attribute("use=\"required\" fixed=\"1\""),
        &attribute("fixed=\"2\""),
        &["fixed-changed Ask/@a 1>2: breaks", "attribute-optional Ask/@a: keeps"],
        &["fixed-changed Tell/@a 1>2: keeps", "attribute-optional Tell/@a: keeps"],
        &["fixed-changed", "attribute-required"],
    );
    is(
        &attribute("use=\"required\""),
        &attribute(""),
        &["attribute-optional Ask/@a: keeps"],
        &["attribute-optional Tell/@a: breaks"],
        &["attribute-required"],
    );
    let values = |all: &str| {
        of(&format!(
            "<xs:attribute name=\"a\"><xs:simpleType><xs:restriction base=\"xs:string\">{all}</xs:restriction></xs:simpleType></xs:attribute>"
        ))
    };
    // The reader keeps an unknown value of an element, not of an attribute.
    is(
        &values("<xs:enumeration value=\"x\"/>"),
        &values("<xs:enumeration value=\"x\"/><xs:enumeration value=\"y\"/>"),
        &["values-added Ask/@a [y]: keeps"],
        &["values-added Tell/@a [y]: breaks"],
        &["values-removed"],
    );
}

#[test]
fn versions_of_messages() {
    let of = |more: &str, inside: &str| {
        format!(
            "<xs:attribute name=\"version\" type=\"xs:string\"/>{}",
            content(&format!(
                "<xs:sequence/><xs:attribute ref=\"z:version\" use=\"required\" {more}><xs:annotation><xs:appinfo>{inside}</xs:appinfo></xs:annotation></xs:attribute>"
            ))
        )
    };
    let fixed = |version: &str| of(&format!("fixed=\"{version}\""), "");
    let listed =
        |versions: &str| of("", &format!("<g:versions xmlns:g=\"urn:gis-gkh:contract\">{versions}</g:versions>"));
    is(
        &fixed("1.0.0.1"),
        &fixed("1.0.0.2"),
        &["version-fixed Ask/@version 1.0.0.1>1.0.0.2: breaks"],
        &["version-fixed Tell/@version 1.0.0.1>1.0.0.2: keeps"],
        &["version-fixed"],
    );
    is(
        &listed("1.0.0.1 1.0.0.2"),
        &listed("1.0.0.2 1.0.0.10"),
        &["versions-added Ask/@version [1.0.0.10]: keeps", "versions-removed Ask/@version [1.0.0.1]: keeps"],
        &["versions-added Tell/@version [1.0.0.10]: keeps", "versions-removed Tell/@version [1.0.0.1]: keeps"],
        &["versions-added", "versions-removed"],
    );
    is(
        &listed("1.0.0.1 1.0.0.10"),
        &fixed("1.0.0.1"),
        &["versions-removed Ask/@version [1.0.0.10]: breaks"],
        &["versions-removed Tell/@version [1.0.0.10]: keeps"],
        &["versions-added"],
    );
    // Nothing is known of a message whose versions are named nowhere.
    assert_eq!(changes(&of_type(&of("", "")), &of_type(&listed("1.0.0.1"))), []);
}

#[test]
fn uniqueness() {
    let of = |rule: &str| {
        let item = "<xs:element name=\"B\" type=\"xs:string\"/>";
        sequence(&format!(
            "<xs:element name=\"A\"><xs:complexType><xs:sequence>{item}</xs:sequence></xs:complexType>{rule}</xs:element>"
        ))
    };
    let rule = |kind: &str| {
        of(&format!("<xs:{kind} name=\"K\"><xs:selector xpath=\".//z:B\"/><xs:field xpath=\".\"/></xs:{kind}>"))
    };
    is(
        &of(""),
        &rule("key"),
        &["constraint-added Ask/A >key .//B (.): breaks"],
        &["constraint-added Tell/A >key .//B (.): keeps"],
        &["constraint-removed"],
    );
    is(
        &rule("unique"),
        &rule("key"),
        &["constraint-added Ask/A >key .//B (.): breaks", "constraint-removed Ask/A unique .//B (.)>: keeps"],
        &["constraint-added Tell/A >key .//B (.): keeps", "constraint-removed Tell/A unique .//B (.)>: keeps"],
        &["constraint-added", "constraint-removed"],
    );
}

#[test]
fn text_with_attributes_and_kinds_of_abstract_types() {
    let text = |base: &str| {
        content(&format!(
            "<xs:simpleContent><xs:extension base=\"xs:{base}\"><xs:attribute name=\"a\" type=\"xs:string\"/></xs:extension></xs:simpleContent>"
        ))
    };
    is(
        &text("int"),
        &text("boolean"),
        &["type-changed Ask int>boolean: breaks"],
        &["type-changed Tell int>boolean: breaks"],
        &["type-changed"],
    );
    let kinds = |names: &[&str]| {
        let kind = |name: &&str| {
            format!(
                "<xs:complexType name=\"{name}\"><xs:complexContent><xs:extension base=\"z:Any\"/></xs:complexContent></xs:complexType>"
            )
        };
        let all: String = names.iter().map(kind).collect();
        let holder = sequence("<xs:element name=\"A\" type=\"z:Any\"/>");
        format!("<xs:complexType name=\"Any\" abstract=\"true\"><xs:sequence/></xs:complexType>{all}{holder}")
    };
    is(
        &kinds(&["One", "Two"]),
        &kinds(&["Two", "Three"]),
        &["subtype-added Ask/A [Three]: keeps", "subtype-removed Ask/A [One]: breaks"],
        &["subtype-added Tell/A [Three]: keeps", "subtype-removed Tell/A [One]: keeps"],
        &["subtype-added", "subtype-removed"],
    );
}
