//! The writer's bytes are their own exclusive canonical form, and read back as what was written.

#![expect(clippy::unwrap_used, reason = "helpers of tests may fail as loudly as the tests themselves")]

mod contract;
mod libxml2;

use contract::{Choice, GUID, Line, NAMESPACES, Request, request, strict, write};
use gis_gkh_xml::check::{Checker, Keys, Path, Rule};
use gis_gkh_xml::{Element, Versions, escape_attribute, escape_text};
use proptest::prelude::*;

#[test]
fn the_bytes_of_a_request() {
    assert_eq!(
        write(&request()),
        format!(
            "<b:request xmlns:a=\"urn:base\" xmlns:b=\"urn:bills\" Id=\"i\" a:version=\"1.0\"><b:Number>7</b:Number><b:Line><a:Guid>{GUID}</a:Guid>\
             <b:Sum>6.080</b:Sum></b:Line><b:Line><a:Guid>{GUID}</a:Guid></b:Line><a:Done>true</a:Done></b:request>"
        )
    );
    let versions = Versions::from([("request".to_owned(), "2.0".to_owned()), ("other".to_owned(), "3.0".to_owned())]);
    assert!(request().to_xml(NAMESPACES, &versions).contains(" a:version=\"2.0\""));
}

#[test]
fn escapes_are_those_of_canonical_xml() {
    let mut text = String::new();
    escape_text("a&b<c>d\"e'f\tg\nh\ri\u{a0}ж😀", &mut text);
    assert_eq!(text, "a&amp;b&lt;c&gt;d\"e'f\tg\nh&#xD;i\u{a0}ж😀");
    let mut value = String::new();
    escape_attribute("a&b<c>d\"e'f\tg\nh\ri\u{a0}ж😀", &mut value);
    assert_eq!(value, "a&amp;b&lt;c>d&quot;e'f&#x9;g&#xA;h&#xD;i\u{a0}ж😀");
}

/// Characters that XML can carry, the awkward ones often.
fn texts() -> impl Strategy<Value = String> {
    let awkward = prop::sample::select(vec![
        '&', '<', '>', '"', '\'', '\t', '\n', '\r', ' ', ']', '\u{85}', '\u{2028}', '\u{fffd}', '\u{7f}', 'ж', '😀',
    ]);
    let any = any::<char>().prop_filter("a character of XML", |c| *c >= ' ' && !matches!(*c, '\u{fffe}' | '\u{ffff}'));
    prop::collection::vec(prop_oneof![awkward, any], 0..40).prop_map(String::from_iter)
}

fn requests() -> impl Strategy<Value = Request> {
    let sum = prop::option::of("-?[0-9]{1,8}(\\.[0-9]{0,4})?");
    let line = (any::<[u8; 16]>(), sum).prop_map(|(bytes, sum)| Line {
        guid: uuid::Uuid::from_bytes(bytes).into(),
        sum: sum.map(|sum| sum.parse().unwrap()),
    });
    let choice = prop_oneof![texts().prop_map(Choice::Text), any::<i32>().prop_map(Choice::Number)];
    (prop::option::of(texts()), prop::option::of(choice), prop::collection::vec(line, 2..=3), any::<bool>())
        .prop_map(|(id, choice, lines, done)| Request { id, choice, lines, done, signature: None })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    #[test]
    fn what_is_written_reads_back_the_same(request in requests()) {
        let document = write(&request);
        prop_assert_eq!(strict(&document).unwrap(), request);
    }
}

proptest! {
    // Each case is a process.
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(48) })]

    #[test]
    fn what_is_written_is_its_own_exclusive_canonical_form(request in requests()) {
        if libxml2::available() {
            let document = write(&request);
            prop_assert_eq!(String::from_utf8(libxml2::exclusive(document.as_bytes())).unwrap(), document);
        }
    }
}

#[test]
fn keys_find_the_repeated_and_the_dangling() {
    let mut checker = Checker::default();
    let mut keys = Keys::default();
    let root = Path::root("request");
    for (index, value) in ["1", "2", "1"].into_iter().enumerate() {
        keys.unique(&mut checker, &root.item("Line", index), "line", vec![value.into()]);
    }
    keys.refers(&mut checker, &root.child("Ref"), "line-ref", &["2".into()]);
    keys.refers(&mut checker, &root.child("Ref"), "line-ref", &["3".into()]);
    let found: Vec<_> = checker.into_violations().into_iter().map(|one| (one.path, one.rule)).collect();
    assert_eq!(
        found,
        [
            ("request/Line[3]".to_owned(), Rule::Duplicate { constraint: "line" }),
            ("request/Ref".to_owned(), Rule::Dangling { constraint: "line-ref" }),
        ]
    );
}

#[test]
fn a_check_keeps_a_thousand_and_counts_all() {
    let mut checker = Checker::default();
    let root = Path::root("request");
    for index in 0..1500 {
        checker.occurs(&root.item("Line", index), 0, 1, Some(2));
    }
    checker.occurs(&root, 2, 1, Some(2));
    checker.occurs(&root, 1, 1, None);
    assert_eq!(checker.count(), 1500);
    let violations = checker.into_violations();
    assert_eq!(violations.len(), 1000);
    assert_eq!(violations[0].to_string(), "request/Line[1] must occur 1 to 2 times, occurs 0");
}
