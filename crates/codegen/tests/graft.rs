//! Small pairs of contracts, ours and a release, laid over each other: what the types are called that result, and what
//! they say.
#![expect(clippy::expect_used, clippy::panic, reason = "a test that fails says why")]

mod code;

use std::collections::{BTreeMap, BTreeSet};

use gis_gkh_codegen::graft::graft;
use gis_gkh_codegen::language::Comparison;
use gis_gkh_codegen::names::Overrides;
use gis_gkh_codegen::results::Results;
use gis_gkh_codegen::schema::{self, QName, SchemaSet, Type};
use gis_gkh_codegen::types;
use gis_gkh_codegen::wsdl::Contract;

/// The contract of a schema with this body; `Request` is its message.
fn contract(body: &str) -> Contract {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("z.xsd");
    let text = format!(
        r#"<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:z="urn:z" targetNamespace="urn:z"
            elementFormDefault="qualified">{body}</xs:schema>"#
    );
    std::fs::write(&path, text).expect("a file");
    let schemas = schema::load(&[path]).unwrap_or_else(|error| panic!("{error}\n{body}"));
    Contract { schemas, ..Contract::default() }
}

/// Definitions of the types of every message of a contract, by path without the namespace's module.
fn types_of(set: &SchemaSet, rules: &str) -> BTreeMap<String, String> {
    let rules = Overrides::parse("names.txt".as_ref(), rules).expect("rules").partial();
    let has_structure = |ty: &Type| match ty {
        Type::Complex(_) => true,
        Type::Named(name) => set.complex_types.contains_key(name),
        Type::Builtin(_) | Type::Simple(_) => false,
    };
    let elements = set.elements.iter().filter(|(_, element)| has_structure(&element.ty));
    let roots: Vec<QName> = elements.map(|(name, _)| name.clone()).collect();
    let files = types(set, &roots, &rules, "crate::contract").expect("code");
    code::definitions(&files).into_iter().map(|(path, text)| (path.replacen("z::", "", 1), text)).collect()
}

/// What became of our types under a release.
struct Grafted {
    ours: BTreeMap<String, String>,
    now: BTreeMap<String, String>,
}

impl Grafted {
    fn new(ours: &str, release: &str) -> Self {
        Self::named(ours, release, "")
    }

    fn named(ours: &str, release: &str, rules: &str) -> Self {
        let (ours, release) = (contract(ours), contract(release));
        let grafted = graft(&ours, &release, &Results::default()).expect("the release lies over ours").schemas;
        let mut comparison = Comparison::new(&grafted, &release.schemas);
        for name in release.schemas.elements.keys() {
            comparison.element(name).expect("both are complete");
        }
        assert_eq!(comparison.differences(), [], "the language of the release");
        Self { ours: types_of(&ours.schemas, rules), now: types_of(&grafted, rules) }
    }

    /// Types of ours that say something else now.
    fn changed(&self) -> BTreeSet<&str> {
        self.ours
            .iter()
            .filter(|(name, text)| self.now.get(*name).is_some_and(|now| now != *text))
            .map(|(name, _)| name.as_str())
            .collect()
    }

    /// Types of ours that are no longer there.
    fn gone(&self) -> BTreeSet<&str> {
        self.ours.keys().filter(|name| !self.now.contains_key(*name)).map(String::as_str).collect()
    }

    /// Types that ours did not have.
    fn new_ones(&self) -> BTreeSet<&str> {
        self.now.keys().filter(|name| !self.ours.contains_key(*name)).map(String::as_str).collect()
    }

    /// Exactly these types changed, and these came; none went.
    fn is(&self, changed: &[&str], new: &[&str]) {
        let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
        let owned = |names: BTreeSet<&str>| names.into_iter().map(str::to_owned).collect::<BTreeSet<_>>();
        assert_eq!(owned(self.gone()), set(&[]), "gone; now there are {:?}", self.now.keys());
        assert_eq!(owned(self.changed()), set(changed), "changed: {:#?}", self.now);
        assert_eq!(owned(self.new_ones()), set(new), "new");
    }

    /// A type says this now.
    fn says(&self, name: &str, words: &[&str]) {
        let text = self.now.get(name).unwrap_or_else(|| panic!("no `{name}` in {:?}", self.now.keys()));
        for word in words {
            assert!(text.contains(word), "`{word}` is not in\n{text}");
        }
    }

    fn does_not_say(&self, name: &str, word: &str) {
        assert!(!self.now[name].contains(word), "`{word}` is in\n{}", self.now[name]);
    }
}

const OURS: &str = r#"
    <xs:element name="Request"><xs:complexType><xs:sequence>
      <xs:element name="Payer" type="z:Person"/>
      <xs:element name="Owner" type="z:Person" minOccurs="0"/>
      <xs:element name="State" type="z:State"/>
      <xs:group ref="z:Means"/>
    </xs:sequence></xs:complexType></xs:element>
    <xs:complexType name="Person"><xs:sequence>
      <xs:element name="Name" type="xs:string"/>
      <xs:element name="Papers" minOccurs="0"><xs:complexType><xs:sequence>
        <xs:element name="Number" type="xs:string"/>
      </xs:sequence></xs:complexType></xs:element>
    </xs:sequence></xs:complexType>
    <xs:simpleType name="State"><xs:restriction base="xs:string">
      <xs:enumeration value="Open"/><xs:enumeration value="Closed"/>
    </xs:restriction></xs:simpleType>
    <xs:group name="Means"><xs:choice>
      <xs:element name="Cash" type="xs:boolean"/>
      <xs:element name="Card"><xs:complexType><xs:sequence>
        <xs:element name="Number" type="xs:string"/>
      </xs:sequence></xs:complexType></xs:element>
    </xs:choice></xs:group>"#;

/// The same in the words of a package: no groups, no types but two, values in place.
const PACKAGE: &str = r#"
    <xs:element name="Request" type="z:RequestType"/>
    <xs:complexType name="RequestType"><xs:sequence>
      <xs:element name="Payer" type="z:PersonInfoType"/>
      <xs:element name="Owner" type="z:PersonInfoType" minOccurs="0"/>
      <xs:element name="State"><xs:simpleType><xs:restriction base="xs:string">
        <xs:enumeration value="Closed"/><xs:enumeration value="Open"/>
      </xs:restriction></xs:simpleType></xs:element>
      <xs:choice>
        <xs:element name="Card"><xs:complexType>
          <xs:sequence><xs:element name="Number" type="xs:string"/></xs:sequence>
        </xs:complexType></xs:element>
        <xs:element name="Cash" type="xs:boolean"/>
      </xs:choice>
    </xs:sequence></xs:complexType>
    <xs:complexType name="PersonInfoType"><xs:sequence>
      <xs:element name="Name" type="xs:string"/>
      <xs:sequence minOccurs="0"><xs:element name="Papers"><xs:complexType>
        <xs:sequence><xs:element name="Number" type="xs:string"/></xs:sequence>
      </xs:complexType></xs:element></xs:sequence>
    </xs:sequence></xs:complexType>"#;

/// The package after one change.
fn release(from: &str, to: &str) -> Grafted {
    assert!(PACKAGE.contains(from), "`{from}` is in the package");
    Grafted::new(OURS, &PACKAGE.replace(from, to))
}

#[test]
fn the_same_meaning_in_other_cuts_has_our_names() {
    let grafted = Grafted::new(OURS, PACKAGE);
    grafted.is(&[], &[]);
    for name in ["Request", "Person", "person::Papers", "State", "Means", "means::Card"] {
        assert!(grafted.now.contains_key(name), "{name} in {:?}", grafted.now.keys());
    }
}

#[test]
fn an_element_added_is_in_the_type_that_we_have_there() {
    let added = r#"<xs:element name="Name" type="xs:string"/><xs:element name="Born" type="xs:date" minOccurs="0"/>"#;
    let grafted = release(r#"<xs:element name="Name" type="xs:string"/>"#, added);
    grafted.is(&["Person"], &[]);
    grafted.says("Person", &["pub name: String", "pub born: Option<xml::Date>", "pub papers: Option<"]);

    let added = r#"<xs:element name="Urgent" type="xs:boolean"/><xs:choice>"#;
    let grafted = release("<xs:choice>", added);
    grafted.is(&["Request"], &[]);
    grafted.says("Request", &["pub urgent: bool", "pub means: "]);
}

#[test]
fn an_element_gone_is_gone_alone() {
    let grafted = release(r#"<xs:element name="Owner" type="z:PersonInfoType" minOccurs="0"/>"#, "");
    grafted.is(&["Request"], &[]);
    grafted.does_not_say("Request", "owner");
}

#[test]
fn cardinality_changes_where_it_does() {
    let grafted =
        release(r#"name="Owner" type="z:PersonInfoType" minOccurs="0""#, r#"name="Owner" type="z:PersonInfoType""#);
    grafted.is(&["Request"], &[]);
    let grafted = release("<xs:choice>", r#"<xs:choice minOccurs="0" maxOccurs="5">"#);
    grafted.is(&["Request"], &[]);
    grafted.says("Request", &["pub means: Vec<"]);
    // The sequence of one thing in the package is no type of its own for us.
    let grafted = release(
        r#"<xs:sequence minOccurs="0"><xs:element name="Papers">"#,
        r#"<xs:sequence><xs:element name="Papers">"#,
    );
    grafted.is(&["Person"], &[]);
    grafted.does_not_say("Person", "Option");
}

#[test]
fn of_two_places_the_one_that_stays_keeps_the_name() {
    let changed = r#"name="Owner" minOccurs="0"><xs:complexType><xs:sequence>
          <xs:element name="Name" type="xs:string"/>
          <xs:element name="Share" type="xs:int"/>
          <xs:element name="Papers" minOccurs="0"><xs:complexType>
            <xs:sequence><xs:element name="Number" type="xs:string"/></xs:sequence>
          </xs:complexType></xs:element>
        </xs:sequence></xs:complexType></xs:element>"#;
    let grafted = release(r#"name="Owner" type="z:PersonInfoType" minOccurs="0"/>"#, changed);
    // What is inside stays one type for both.
    grafted.is(&["Request"], &["PersonOfOwner"]);
    grafted.says("PersonOfOwner", &["pub share: ", "pub name: String", "crate::contract::z::person::Papers"]);
    grafted.does_not_say("Person", "share");
    grafted.says("Request", &["pub payer: crate::contract::z::Person,", "crate::contract::z::PersonOfOwner"]);
}

#[test]
fn a_value_added_is_in_our_enumeration() {
    let grafted =
        release(r#"<xs:enumeration value="Open"/>"#, r#"<xs:enumeration value="Open"/><xs:enumeration value="New"/>"#);
    grafted.is(&["State"], &[]);
    // Ours first, in our order.
    grafted.says("State", &["Open,\nClosed,\nNew,"]);
    let grafted = release(r#"<xs:enumeration value="Closed"/>"#, "");
    grafted.is(&["State"], &[]);
    grafted.does_not_say("State", "Closed");
}

/// Two types of which each has a state, and each is used in two places.
const STATES: &str = r#"
    <xs:element name="Request"><xs:complexType><xs:sequence>
      <xs:element name="First" type="z:Item"/><xs:element name="Second" type="z:Item"/>
      <xs:element name="State" type="z:State"/>
    </xs:sequence></xs:complexType></xs:element>
    <xs:complexType name="Item"><xs:sequence><xs:element name="ItemState" type="z:State"/></xs:sequence></xs:complexType>
    <xs:simpleType name="State"><xs:restriction base="xs:string">
      <xs:enumeration value="Open"/><xs:enumeration value="Closed"/>
    </xs:restriction></xs:simpleType>"#;

#[test]
fn of_two_places_of_a_list_of_values_the_one_that_stays_keeps_the_name() {
    let state = |name: &str, more: &str| {
        format!(
            r#"<xs:element name="{name}"><xs:simpleType><xs:restriction base="xs:string"><xs:enumeration value="Open"/>
              <xs:enumeration value="Closed"/>{more}</xs:restriction></xs:simpleType></xs:element>"#
        )
    };
    let new = r#"<xs:enumeration value="New"/>"#;
    let release = |first: &str, second: &str, own: &str| {
        let item = |name: &str, more: &str| {
            let inner = state("ItemState", more);
            format!(
                r#"<xs:element name="{name}"><xs:complexType><xs:sequence>{inner}</xs:sequence></xs:complexType></xs:element>"#
            )
        };
        let (first, second, own) = (item("First", first), item("Second", second), state("State", own));
        let request = format!(
            r#"<xs:element name="Request"><xs:complexType><xs:sequence>{first}{second}{own}</xs:sequence></xs:complexType></xs:element>"#
        );
        Grafted::new(STATES, &request)
    };
    release("", "", "").is(&[], &[]);
    let grafted = release("", "", new);
    grafted.is(&["Request"], &["StateOfState"]);
    grafted.does_not_say("State", "New");
    grafted.says("StateOfState", &["Open,\nClosed,\nNew,"]);
    // Deep in a type that is used twice.
    let grafted = release("", new, "");
    grafted.is(&["Request"], &["ItemOfSecond", "StateOfItemState"]);
    grafted.does_not_say("State", "New");
    grafted.says("Request", &["pub first: crate::contract::z::Item,", "pub second: crate::contract::z::ItemOfSecond,"]);
    // Everywhere: it is our type that changes.
    let grafted = release(new, new, new);
    grafted.is(&["State"], &[]);
    // Everywhere, and each in its own way: the first place has the name.
    let other = r#"<xs:enumeration value="Other1"/>"#;
    let grafted = release(new, new, other);
    grafted.is(&["Request", "State"], &["StateOfState"]);
}

#[test]
fn a_list_of_values_that_others_stand_on_stays_for_them() {
    let ours = r#"
        <xs:element name="Request"><xs:complexType>
          <xs:sequence><xs:element name="State" type="z:State"/><xs:element name="Narrow" type="z:Narrow"/></xs:sequence>
          <xs:attribute name="was" type="z:Kind"/>
        </xs:complexType></xs:element>
        <xs:element name="Other"><xs:complexType><xs:sequence><xs:element name="Kind" type="z:Kind"/></xs:sequence></xs:complexType></xs:element>
        <xs:simpleType name="State"><xs:restriction base="xs:string">
          <xs:enumeration value="Open"/><xs:enumeration value="Closed"/><xs:maxLength value="9"/>
        </xs:restriction></xs:simpleType>
        <xs:simpleType name="Narrow"><xs:restriction base="z:State"><xs:enumeration value="Open"/></xs:restriction></xs:simpleType>
        <xs:simpleType name="Kind"><xs:restriction base="xs:string">
          <xs:enumeration value="A1"/><xs:enumeration value="B2"/>
        </xs:restriction></xs:simpleType>"#;
    let wider = r#"<xs:simpleType><xs:restriction base="xs:string"><xs:enumeration value="A1"/><xs:enumeration value="B2"/>
        <xs:enumeration value="C3"/></xs:restriction></xs:simpleType>"#;
    let grafted = Grafted::new(
        ours,
        &ours.replace(
            r#"<xs:element name="Kind" type="z:Kind"/>"#,
            &format!(r#"<xs:element name="Kind">{wider}</xs:element>"#),
        ),
    );
    grafted.is(&["Other"], &["KindOfKind"]);
    let longer = r#"<xs:element name="State"><xs:simpleType><xs:restriction base="xs:string">
        <xs:enumeration value="Open"/><xs:enumeration value="Closed"/><xs:enumeration value="Postponed"/>
        </xs:restriction></xs:simpleType></xs:element>"#;
    let grafted = Grafted::new(ours, &ours.replace(r#"<xs:element name="State" type="z:State"/>"#, longer));
    grafted.is(&["State"], &[]);
    grafted.does_not_say("Narrow", "Closed");
}

#[test]
fn a_group_changed_keeps_its_name() {
    let grafted = release(
        r#"<xs:element name="Cash" type="xs:boolean"/>"#,
        r#"<xs:element name="Cash" type="xs:boolean"/><xs:element name="Cheque" type="xs:string"/>"#,
    );
    grafted.is(&["Means"], &[]);
    grafted.says("Means", &["Cash(bool),\nCard(", "Cheque(String),"]);
    let grafted = release(
        r#"<xs:sequence><xs:element name="Number" type="xs:string"/></xs:sequence>
        </xs:complexType></xs:element>
        <xs:element name="Cash""#,
        r#"<xs:sequence><xs:element name="Number" type="xs:string"/><xs:element name="Code" type="xs:string"/></xs:sequence>
        </xs:complexType></xs:element>
        <xs:element name="Cash""#,
    );
    grafted.is(&["means::Card"], &[]);
}

/// A group in two types.
const GROUPS: &str = r#"
    <xs:element name="Request"><xs:complexType><xs:sequence>
      <xs:element name="One" type="z:First"/><xs:element name="Two" type="z:Second"/>
    </xs:sequence></xs:complexType></xs:element>
    <xs:complexType name="First"><xs:sequence><xs:element name="Sum" type="xs:int"/><xs:group ref="z:Way"/></xs:sequence></xs:complexType>
    <xs:complexType name="Second"><xs:sequence><xs:group ref="z:Way"/><xs:group ref="z:Pair"/></xs:sequence></xs:complexType>
    <xs:group name="Way"><xs:choice><xs:element name="Cash" type="xs:boolean"/><xs:element name="Card" type="xs:string"/></xs:choice></xs:group>
    <xs:group name="Pair"><xs:sequence>
      <xs:element name="Left"><xs:complexType><xs:sequence><xs:element name="L" type="xs:int"/></xs:sequence></xs:complexType></xs:element>
      <xs:element name="Right" type="xs:int"/>
    </xs:sequence></xs:group>"#;

#[test]
fn a_group_of_two_types_changes_for_one_or_for_both() {
    let release = |first: &str, second: &str, pair: &str| {
        let way = |more: &str| {
            format!(
                r#"<xs:choice><xs:element name="Cash" type="xs:boolean"/><xs:element name="Card" type="xs:string"/>{more}</xs:choice>"#
            )
        };
        let (first, second) = (way(first), way(second));
        Grafted::new(
            GROUPS,
            &format!(
                r#"<xs:element name="Request"><xs:complexType><xs:sequence>
                  <xs:element name="One"><xs:complexType><xs:sequence><xs:element name="Sum" type="xs:int"/>{first}</xs:sequence></xs:complexType></xs:element>
                  <xs:element name="Two"><xs:complexType><xs:sequence>{second}
                    <xs:element name="Left"><xs:complexType><xs:sequence><xs:element name="L" type="xs:int"/></xs:sequence></xs:complexType></xs:element>
                    {pair}<xs:element name="Right" type="xs:int"/>
                  </xs:sequence></xs:complexType></xs:element>
                </xs:sequence></xs:complexType></xs:element>"#
            ),
        )
    };
    release("", "", "").is(&[], &[]);
    let new = r#"<xs:element name="Cheque" type="xs:string"/>"#;
    release(new, new, "").is(&["Way"], &[]);
    let grafted = release("", new, "");
    grafted.is(&["Second"], &["WayOfSecond"]);
    grafted.does_not_say("Way", "Cheque");
    grafted.says("WayOfSecond", &["Cash(bool),\nCard(String),\nCheque(String),"]);
    let other = r#"<xs:element name="Barter" type="xs:string"/>"#;
    let grafted = release(new, other, "");
    grafted.is(&["Second", "Way"], &["WayOfSecond"]);
    // In a sequence of a type: what is declared in the group stays where it was.
    let middle = r#"<xs:element name="Middle" type="xs:int"/>"#;
    let grafted = release("", "", middle);
    grafted.is(&["Second"], &[]);
    grafted.says("Second", &["pub left: crate::contract::z::pair::Left,\npub middle: "]);
}

/// Fields of any kind, told apart by `xsi:type`.
const KINDS: &str = r#"
    <xs:element name="Request"><xs:complexType><xs:sequence><xs:element name="Field" type="z:Field" maxOccurs="9"/></xs:sequence></xs:complexType></xs:element>
    <xs:complexType name="Field" abstract="true"><xs:sequence><xs:element name="Name" type="xs:string"/></xs:sequence></xs:complexType>
    <xs:complexType name="TextField"><xs:complexContent><xs:extension base="z:Field"><xs:sequence><xs:element name="Text" type="xs:string"/></xs:sequence></xs:extension></xs:complexContent></xs:complexType>
    <xs:complexType name="DateField"><xs:complexContent><xs:extension base="z:Field"><xs:sequence><xs:element name="Date" type="xs:date"/></xs:sequence></xs:extension></xs:complexContent></xs:complexType>"#;

#[test]
fn an_abstract_type_gains_loses_and_changes_kinds() {
    let theirs =
        KINDS.replace(r#""Field" abstract"#, r#""AnyFieldType" abstract"#).replace("z:Field", "z:AnyFieldType");
    Grafted::new(KINDS, &theirs).is(&[], &[]);
    let more = r#"<xs:complexType name="FlagField"><xs:complexContent><xs:extension base="z:AnyFieldType"><xs:sequence>
        <xs:element name="Flag" type="xs:boolean"/></xs:sequence></xs:extension></xs:complexContent></xs:complexType>"#;
    let grafted = Grafted::new(KINDS, &format!("{theirs}{more}"));
    grafted.is(&["Field"], &["FlagField"]);
    grafted.says("Field", &["Text(", "Date(", "Flag("]);
    let grafted = Grafted::new(
        KINDS,
        &theirs
            .replace(r#"type="xs:date"/>"#, r#"type="xs:date"/><xs:element name="Zone" type="xs:int" minOccurs="0"/>"#),
    );
    grafted.is(&["DateField"], &[]);
    let grafted =
        Grafted::new(KINDS, &theirs.replace(r#"name="Name" type="xs:string""#, r#"name="Name" type="xs:int""#));
    grafted.is(&["DateField", "TextField"], &[]);
    let start = theirs.find(r#"<xs:complexType name="DateField">"#).expect("a kind");
    let grafted = Grafted::new(KINDS, &theirs[..start]);
    assert_eq!(grafted.gone(), BTreeSet::from(["DateField"]));
    grafted.does_not_say("Field", "Date");
}

#[test]
fn what_stands_on_a_changed_type_changes_with_it_or_stands_alone() {
    let ours = r#"
        <xs:element name="Request"><xs:complexType><xs:sequence>
          <xs:element name="Short" type="z:Base"/><xs:element name="Long" type="z:Derived"/>
        </xs:sequence></xs:complexType></xs:element>
        <xs:complexType name="Base"><xs:sequence>
          <xs:element name="Place"><xs:complexType><xs:sequence><xs:element name="Town" type="xs:string"/></xs:sequence></xs:complexType></xs:element>
        </xs:sequence></xs:complexType>
        <xs:complexType name="Derived"><xs:complexContent><xs:extension base="z:Base"><xs:sequence>
          <xs:element name="More" type="xs:int"/>
        </xs:sequence></xs:extension></xs:complexContent></xs:complexType>"#;
    let place = r#"<xs:element name="Place"><xs:complexType><xs:sequence><xs:element name="Town" type="xs:string"/></xs:sequence></xs:complexType></xs:element>"#;
    let release = |short: &str, long: &str| {
        Grafted::new(
            ours,
            &format!(
                r#"<xs:element name="Request"><xs:complexType><xs:sequence>
                  <xs:element name="Short"><xs:complexType><xs:sequence>{place}{short}</xs:sequence></xs:complexType></xs:element>
                  <xs:element name="Long"><xs:complexType><xs:sequence>{place}{long}<xs:element name="More" type="xs:int"/></xs:sequence></xs:complexType></xs:element>
                </xs:sequence></xs:complexType></xs:element>"#
            ),
        )
    };
    release("", "").is(&[], &[]);
    let new = r#"<xs:element name="New" type="xs:int"/>"#;
    release(new, "").is(&["Base"], &[]);
    release("", new).is(&["Derived"], &[]);
    release(new, new).is(&["Base", "Derived"], &[]);
}

#[test]
fn names_that_collide_stay_ours() {
    // The package has a type of our name that means something else, in a place that we do not have.
    let theirs = PACKAGE.replace(
        r#"<xs:element name="State">"#,
        r#"<xs:element name="Witness" type="z:Person"/><xs:element name="State">"#,
    ) + r#"<xs:complexType name="Person"><xs:sequence><xs:element name="Alias" type="xs:string"/></xs:sequence></xs:complexType>"#;
    let grafted = Grafted::new(OURS, &theirs);
    grafted.is(&["Request"], &["PersonFull"]);
    grafted
        .says("Request", &["pub payer: crate::contract::z::Person,", "pub witness: crate::contract::z::PersonFull,"]);
    // The same of a list of values.
    let theirs = PACKAGE.replace(
        r#"<xs:element name="State">"#,
        r#"<xs:element name="Mood" type="z:State"/><xs:element name="State">"#,
    ) + r#"<xs:simpleType name="State"><xs:restriction base="xs:string"><xs:enumeration value="Glad"/></xs:restriction></xs:simpleType>"#;
    let grafted = Grafted::new(OURS, &theirs);
    grafted.is(&["Request"], &["StateFull"]);
    grafted.says("StateFull", &["Glad"]);
    // It has a type with the name that a person chose for ours.
    let theirs = PACKAGE.replace(
        r#"<xs:element name="State">"#,
        r#"<xs:element name="Agent" type="z:Human"/><xs:element name="State">"#,
    ) + r#"<xs:complexType name="Human"><xs:sequence><xs:element name="Alias" type="xs:string"/></xs:sequence></xs:complexType>"#;
    let theirs = theirs.replace(r#"<xs:element name="Payer" type="z:PersonInfoType"/>"#, "").replace(
        r#"<xs:element name="State">"#,
        r#"<xs:element name="Payer" type="z:PersonInfoType"/><xs:element name="State">"#,
    );
    let grafted = Grafted::named(OURS, &theirs, "z::Person = Human");
    assert_eq!(grafted.gone(), BTreeSet::new());
    grafted.says("Human", &["pub name: String"]);
    grafted.says("Request", &["pub agent: crate::contract::z::Human2,", "pub payer: crate::contract::z::Human,"]);
}

#[test]
fn a_type_of_ours_that_no_message_uses_serves_the_package() {
    let unused = r#"<xs:complexType name="Address"><xs:sequence><xs:element name="Town" type="xs:string"/></xs:sequence></xs:complexType>"#;
    let theirs = PACKAGE.replace(
        r#"<xs:element name="State">"#,
        r#"<xs:element name="At" type="z:Address"/><xs:element name="State">"#,
    );
    let grafted = Grafted::new(&format!("{OURS}{unused}"), &format!("{theirs}{unused}"));
    grafted.is(&["Request"], &["Address"]);
}

#[test]
fn text_and_attributes_change_alone() {
    let ours = r#"
        <xs:element name="Request"><xs:complexType><xs:sequence><xs:element name="Sum" type="z:Sum"/></xs:sequence></xs:complexType></xs:element>
        <xs:complexType name="Sum"><xs:simpleContent><xs:extension base="xs:int">
          <xs:attribute name="unit" type="xs:string" use="required"/>
        </xs:extension></xs:simpleContent></xs:complexType>"#;
    let theirs = ours
        .replace(r#"name="Sum" type="z:Sum""#, r#"name="Sum" type="z:SumType""#)
        .replace(r#"complexType name="Sum""#, r#"complexType name="SumType""#);
    Grafted::new(ours, &theirs).is(&[], &[]);
    let grafted = Grafted::new(ours, &theirs.replace("xs:int", "xs:decimal"));
    grafted.is(&["Sum"], &[]);
    let kind = r#"<xs:attribute name="kind" type="z:Kind"/></xs:extension>"#;
    let values = r#"<xs:simpleType name="Kind"><xs:restriction base="xs:string"><xs:enumeration value="A1"/></xs:restriction></xs:simpleType>"#;
    let grafted = Grafted::new(ours, &(theirs.replace("</xs:extension>", kind) + values));
    grafted.is(&["Sum"], &["Kind"]);
    grafted.says("Sum", &["pub unit: String", "pub kind: Option<"]);
    let grafted = Grafted::new(ours, &theirs.replace(r#" use="required""#, ""));
    grafted.is(&["Sum"], &[]);
}

#[test]
fn a_reference_becomes_a_declaration_of_its_own() {
    let ours = r#"
        <xs:element name="Request"><xs:complexType><xs:sequence><xs:element ref="z:Code"/></xs:sequence></xs:complexType></xs:element>
        <xs:element name="Other"><xs:complexType><xs:sequence><xs:element ref="z:Code"/></xs:sequence></xs:complexType></xs:element>
        <xs:element name="Code" type="z:Code"/>
        <xs:simpleType name="Code"><xs:restriction base="xs:string">
          <xs:enumeration value="A1"/><xs:enumeration value="B2"/>
        </xs:restriction></xs:simpleType>"#;
    let own = r#"<xs:element name="Code"><xs:simpleType><xs:restriction base="xs:string">
        <xs:enumeration value="A1"/><xs:enumeration value="B2"/></xs:restriction></xs:simpleType></xs:element>"#;
    let theirs = ours.replacen(r#"<xs:element ref="z:Code"/>"#, own, 1);
    Grafted::new(ours, &theirs).is(&[], &[]);
    // The global one changes; the one declared in place stays what ours referred to.
    let grafted = Grafted::new(
        ours,
        &theirs.replace(
            r#"<xs:enumeration value="B2"/>
        </xs:restriction></xs:simpleType>"#,
            r#"<xs:enumeration value="C3"/></xs:restriction></xs:simpleType>"#,
        ),
    );
    grafted.is(&["Other"], &["CodeOfCode"]);
    grafted.does_not_say("Code", "C3");
}

#[test]
fn a_name_declared_twice_keeps_both_fixed_values() {
    let body = |more: &str| {
        format!(
            r#"<xs:element name="Request"><xs:complexType><xs:sequence><xs:choice>
              <xs:sequence><xs:element name="Yes" type="xs:boolean" fixed="true"/><xs:element name="A" type="xs:int"/></xs:sequence>
              <xs:sequence><xs:element name="B" type="xs:int"/><xs:element name="Yes" type="xs:boolean" fixed="false"/></xs:sequence>
            </xs:choice>{more}</xs:sequence></xs:complexType></xs:element>"#
        )
    };
    Grafted::new(&body(""), &body("")).is(&[], &[]);
    let new = r#"<xs:element name="New" type="xs:int"/>"#;
    Grafted::new(&body(""), &body(new)).is(&["Request"], &[]);
    let ours = body(
        r#"<xs:element name="Item"><xs:complexType><xs:sequence><xs:element name="C" type="xs:int"/></xs:sequence></xs:complexType></xs:element>"#,
    );
    let grafted = Grafted::new(&ours, &ours.replace(r#"name="C""#, r#"name="D""#));
    grafted.is(&["request::Item"], &[]);
}

#[test]
fn a_type_that_contains_itself_changes_once() {
    let ours = r#"
        <xs:element name="Request"><xs:complexType><xs:sequence><xs:element name="Node" type="z:Node"/></xs:sequence></xs:complexType></xs:element>
        <xs:complexType name="Node"><xs:sequence>
          <xs:element name="Label" type="xs:string"/><xs:element name="Node" type="z:Node" minOccurs="0" maxOccurs="unbounded"/>
        </xs:sequence></xs:complexType>"#;
    let theirs =
        ours.replace("z:Node", "z:NodeType").replace(r#"complexType name="Node""#, r#"complexType name="NodeType""#);
    Grafted::new(ours, &theirs).is(&[], &[]);
    let grafted = Grafted::new(ours, &theirs.replace(r#""Label" type="xs:string""#, r#""Label" type="xs:int""#));
    grafted.is(&["Node"], &[]);
}

#[test]
fn a_value_becomes_a_structure_and_back() {
    let grafted = release(
        r#"<xs:element name="Cash" type="xs:boolean"/>"#,
        r#"<xs:element name="Cash"><xs:complexType><xs:sequence><xs:element name="Desk" type="xs:int"/></xs:sequence></xs:complexType></xs:element>"#,
    );
    grafted.is(&["Means"], &["means::Cash"]);
    let grafted =
        release(r#"<xs:element name="Owner" type="z:PersonInfoType""#, r#"<xs:element name="Owner" type="xs:string""#);
    grafted.is(&["Request"], &[]);
}
