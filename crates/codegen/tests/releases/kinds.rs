//! Elements that come, go, move and repeat: in a request and in an answer, there and back.

use gis_gkh_codegen::release::{Change, Direction};

use crate::service::{changes, content, element, lines, of_type, sequence};

/// Both ways of a change of the type `T`: what it is in a request and in an answer. Back again, it is its contrary.
#[track_caller]
pub(crate) fn is(before: &str, after: &str, request: &[&str], answer: &[&str], back: &[&str]) {
    let (before, after) = (of_type(before), of_type(after));
    let there = changes(&before, &after);
    assert_eq!(lines(&there, Direction::Request), request, "request");
    assert_eq!(lines(&there, Direction::Answer), answer, "answer");
    let codes = |changes: &[Change]| {
        let of_requests = changes.iter().filter(|change| change.direction == Direction::Request);
        of_requests.map(|change| change.kind.code().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(codes(&changes(&after, &before)), back, "back");
    assert_eq!(changes(&before, &before), [], "nothing changes by itself");
    assert_eq!(changes(&after, &after), [], "nothing changes by itself");
}

fn choice(more: &str, branches: &str) -> String {
    sequence(&format!("<xs:choice {more}>{branches}</xs:choice>"))
}

#[test]
fn elements_that_come_and_go() {
    let one = element("A", "");
    let two = |more: &str| sequence(&(one.clone() + &element("B", more)));
    is(
        &sequence(&one),
        &two(""),
        &["element-added! Ask/B >1..1: breaks"],
        &["element-added! Tell/B >1..1: keeps"],
        &["element-removed"],
    );
    is(
        &sequence(&one),
        &two("minOccurs=\"0\""),
        &["element-added? Ask/B >0..1: keeps"],
        &["element-added? Tell/B >0..1: keeps"],
        &["element-removed"],
    );
    is(
        &two(""),
        &sequence(&one),
        &["element-removed! Ask/B 1..1>: breaks"],
        &["element-removed! Tell/B 1..1>: breaks"],
        &["element-added"],
    );
    // A list may have too few when it is read.
    is(
        &two("maxOccurs=\"7\""),
        &sequence(&one),
        &["element-removed! Ask/B 1..7>: breaks"],
        &["element-removed! Tell/B 1..7>: keeps"],
        &["element-added"],
    );
    is(
        &two("minOccurs=\"0\" maxOccurs=\"7\""),
        &sequence(&one),
        &["element-removed? Ask/B 0..7>: breaks"],
        &["element-removed? Tell/B 0..7>: keeps"],
        &["element-added"],
    );
}

#[test]
fn elements_that_change_places() {
    let [a, b, c] = ["A", "B", "C"].map(|name| element(name, ""));
    is(
        &sequence(&[&*a, &b, &c].concat()),
        &sequence(&[&*b, &c, &a].concat()),
        &["element-moved Ask/A: breaks"],
        &["element-moved Tell/A: breaks"],
        &["element-moved"],
    );
    // Out of a choice into the sequence around it.
    is(
        &sequence(&format!("{a}<xs:choice>{b}{c}</xs:choice>")),
        &sequence(&format!("{a}{b}<xs:choice minOccurs=\"0\">{c}</xs:choice>")),
        &["element-moved Ask/C 1..1>0..1: breaks"],
        &["element-moved Tell/C 1..1>0..1: breaks"],
        &["element-moved"],
    );
}

#[test]
fn how_often_an_element_stands() {
    let often = |min: &str, max: &str| sequence(&element("A", &format!("minOccurs=\"{min}\" maxOccurs=\"{max}\"")));
    is(
        &often("0", "1"),
        &often("1", "1"),
        &["min-raised Ask/A 0..1>1..1: breaks"],
        &["min-raised Tell/A 0..1>1..1: keeps"],
        &["min-lowered"],
    );
    is(
        &often("1", "1"),
        &often("0", "1"),
        &["min-lowered Ask/A 1..1>0..1: keeps"],
        &["min-lowered Tell/A 1..1>0..1: breaks"],
        &["min-raised"],
    );
    is(
        &often("1", "1000"),
        &often("1", "500"),
        &["max-lowered Ask/A 1..1000>1..500: breaks"],
        &["max-lowered Tell/A 1..1000>1..500: keeps"],
        &["max-raised"],
    );
    is(
        &often("0", "1"),
        &often("0", "unbounded"),
        &["max-raised Ask/A 0..1>0..*: keeps"],
        &["max-raised Tell/A 0..1>0..*: breaks"],
        &["max-lowered"],
    );
    is(
        &often("2", "3"),
        &often("1", "9"),
        &["min-lowered Ask/A 2..3>1..9: keeps", "max-raised Ask/A 2..3>1..9: keeps"],
        &["min-lowered Tell/A 2..3>1..9: keeps", "max-raised Tell/A 2..3>1..9: breaks"],
        &["min-raised", "max-lowered"],
    );
}

#[test]
fn groups_that_become_optional_or_repeat() {
    let pair = element("A", "") + &element("B", "");
    let group = |more: &str| sequence(&format!("<xs:sequence {more}>{pair}</xs:sequence>"));
    is(
        &group(""),
        &group("minOccurs=\"0\""),
        &["min-lowered Ask/A 1..1>0..1 [A B]: keeps"],
        &["min-lowered Tell/A 1..1>0..1 [A B]: breaks"],
        &["min-raised"],
    );
    is(
        &group("minOccurs=\"0\" maxOccurs=\"10\""),
        &group("minOccurs=\"0\" maxOccurs=\"5\""),
        &["max-lowered Ask/A 0..10>0..5 [A B]: breaks"],
        &["max-lowered Tell/A 0..10>0..5 [A B]: keeps"],
        &["max-raised"],
    );
    // Required in a group that may be left out: only together with the rest of it.
    let inner = |more: &str| sequence(&format!("<xs:sequence minOccurs=\"0\">{pair}{more}</xs:sequence>"));
    is(
        &inner(""),
        &inner(&element("C", "")),
        &["element-added! Ask/C >1..1 beside A B: breaks"],
        &["element-added! Tell/C >1..1 beside A B: keeps"],
        &["element-removed"],
    );
}

#[test]
fn branches_of_a_choice() {
    let [a, b, c] = ["A", "B", "C"].map(|name| element(name, ""));
    is(
        &choice("", &format!("{a}{b}")),
        &choice("", &format!("{a}{b}{c}")),
        &["branch-added! Ask/C >1..1: keeps"],
        &["branch-added! Tell/C >1..1: breaks"],
        &["branch-removed"],
    );
    is(
        &choice("minOccurs=\"0\"", &format!("{a}{b}")),
        &choice("minOccurs=\"0\"", &format!("{a}{b}{c}")),
        &["branch-added? Ask/C >1..1: keeps"],
        &["branch-added? Tell/C >1..1: keeps"],
        &["branch-removed"],
    );
    // A branch of several elements is called by the first that no other has.
    is(
        &choice("", &format!("<xs:sequence>{a}{b}</xs:sequence><xs:sequence>{c}{a}</xs:sequence>")),
        &choice("", &format!("<xs:sequence>{a}{b}</xs:sequence>")),
        &["branch-removed Ask/C 1..1> [C A]: breaks"],
        &["branch-removed Tell/C 1..1> [C A]: keeps"],
        &["branch-added"],
    );
    is(
        &sequence(&a),
        &choice("", &format!("{a}{b}")),
        &["branch-added! Ask/B >1..1: keeps"],
        &["branch-added! Tell/B >1..1: breaks"],
        &["branch-removed"],
    );
    is(
        &choice("", &format!("{a}<xs:sequence>{b}{c}</xs:sequence>")),
        &choice(
            "",
            &format!("{a}<xs:sequence>{b}<xs:element name=\"C\" type=\"xs:string\" minOccurs=\"0\"/></xs:sequence>"),
        ),
        &["min-lowered Ask/C 1..1>0..1 beside B C: keeps"],
        &["min-lowered Tell/C 1..1>0..1 beside B C: breaks"],
        &["min-raised"],
    );
}

#[test]
fn the_same_in_other_words_is_no_change() {
    let [a, b, c] = ["A", "B", "C"].map(|name| element(name, ""));
    let optional = element("C", "minOccurs=\"0\"");
    let same = [
        sequence(&format!("{a}{b}{optional}")),
        sequence(&format!(
            "<xs:sequence>{a}<xs:sequence>{b}</xs:sequence></xs:sequence><xs:sequence minOccurs=\"0\">{c}</xs:sequence>"
        )),
        sequence(&format!("{a}<xs:group ref=\"z:G\"/>"))
            + &format!("<xs:group name=\"G\"><xs:sequence>{b}{optional}</xs:sequence></xs:group>"),
        format!(
            "<xs:complexType name=\"Base\"><xs:sequence>{a}</xs:sequence></xs:complexType>{}",
            content(&format!(
                "<xs:complexContent><xs:extension base=\"z:Base\"><xs:sequence>{b}<xs:choice minOccurs=\"0\">{c}</xs:choice></xs:sequence></xs:extension></xs:complexContent>"
            ))
        ),
    ];
    for left in &same {
        for right in &same {
            assert_eq!(changes(&of_type(left), &of_type(right)), [], "{left}\n{right}");
        }
    }
    let order = (choice("", &format!("{a}{b}")), choice("", &format!("{b}{a}")));
    assert_eq!(changes(&of_type(&order.0), &of_type(&order.1)), [], "a choice has no order");
}

#[test]
fn what_no_piece_explains_is_a_change_of_the_whole() {
    let [a, b] = ["A", "B"].map(|name| element(name, ""));
    // A B or B A, and A B only: the same elements, as often, in the same branches.
    let loose = choice("", &format!("<xs:sequence>{a}{b}</xs:sequence><xs:sequence>{b}{a}</xs:sequence>"));
    let there = changes(&of_type(&loose), &of_type(&sequence(&format!("{a}{b}"))));
    assert!(!there.is_empty() && there.iter().any(|change| change.verdict.breaks()), "{there:?}");
}
