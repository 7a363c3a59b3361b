//! Values of simple types: what is one, what it means, how it is written, beside libxml2's opinion.

#![expect(clippy::unwrap_used, reason = "helpers of tests may fail as loudly as the tests themselves")]

mod libxml2;

use std::borrow::Cow;
use std::cmp::Ordering;

use gis_gkh_xml::check::{Checker, Facets, Path, Rule};
use gis_gkh_xml::value::List;
use gis_gkh_xml::{Base64, Date, DateTime, Decimal, Guid, Token, Value, Year, YearMonth};

fn parse<T: Value>(text: &str) -> Option<T> {
    T::parse(Cow::Borrowed(text))
}

fn written<T: Value>(value: &T) -> String {
    let mut out = String::new();
    value.write(&mut out);
    out
}

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

#[test]
fn decimals_are_kept_as_given_and_compared_by_value() {
    for text in ["0", "-0", "+1", "01.10", ".5", "5.", "6.080", "-0.00", "123456789012345678901234567890.123456789"] {
        let value: Decimal = parse(text).unwrap();
        assert_eq!(written(&value), text);
        assert_eq!(value.to_string(), text);
        assert_eq!(parse::<Decimal>(&format!(" \t{text}\r\n")).unwrap().as_str(), text);
    }
    for (left, right, order) in [
        ("6.080", "6.08", Ordering::Equal),
        ("-0", "0.00", Ordering::Equal),
        ("+1.", "01", Ordering::Equal),
        (".5", "0.50", Ordering::Equal),
        ("0.05", "0.5", Ordering::Less),
        ("0.1", "0.09", Ordering::Greater),
        ("10", "9", Ordering::Greater),
        ("-10", "-9", Ordering::Less),
        ("-1", "0", Ordering::Less),
        ("-0.1", "-0.01", Ordering::Less),
        ("9007199254740993", "9007199254740992", Ordering::Greater),
    ] {
        assert_eq!(decimal(left).cmp(&decimal(right)), order, "{left} and {right}");
        assert_eq!(decimal(right).cmp(&decimal(left)), order.reverse(), "{right} and {left}");
        assert_eq!(decimal(left) == decimal(right), order.is_eq(), "{left} and {right}");
    }
}

#[test]
fn exact_numbers_make_decimals() {
    for (units, fraction, text) in [
        (6080, 3, "6.080"),
        (5, 3, "0.005"),
        (-5, 1, "-0.5"),
        (-12345, 2, "-123.45"),
        (0, 2, "0.00"),
        (7, 0, "7"),
        (i64::MIN, 4, "-922337203685477.5808"),
        (1, 20, "0.00000000000000000001"),
    ] {
        assert_eq!(Decimal::from_units(units, fraction).as_str(), text);
    }
    assert_eq!(Decimal::from(u64::MAX).as_str(), "18446744073709551615");
    assert_eq!(Decimal::from(-7).as_str(), "-7");
    assert_eq!(Decimal::try_from("0.10").unwrap().as_str(), "0.10");
    assert_eq!(String::from(Decimal::from_units(12_345, 3)), "12.345");
    for bad in ["", "1,5", "1e3", "1 000", "NaN"] {
        assert!(Decimal::try_from(bad).is_err(), "{bad}");
    }
}

#[test]
fn values_from_the_types_a_program_holds() {
    let day = time::Date::from_calendar_date(2026, time::Month::October, 5).unwrap();
    assert_eq!(written(&Date::from(day)), "2026-10-05");
    let zone = time::UtcOffset::from_hms(3, 0, 0).unwrap();
    assert_eq!(written(&DateTime::from(day.midnight().assume_offset(zone))), "2026-10-05T00:00:00+03:00");
    assert_eq!(&*Token::from("  a \n b ".to_owned()), "a b");
    assert_eq!(List::from([1, 2]), List(vec![1, 2]));
    assert_eq!(Base64::from(b"ab".to_vec()), Base64(b"ab".to_vec()));
    // The marks of version 4 (RFC 9562 §5.4) are set whatever the bytes.
    assert_eq!(Guid::from_random([0xff; 16]).to_string(), "ffffffff-ffff-4fff-bfff-ffffffffffff");
    assert_eq!(Guid::from_random([0; 16]).to_string(), "00000000-0000-4000-8000-000000000000");
}

#[test]
fn kopecks_to_the_edge_of_what_fits() {
    for (text, kopecks) in [
        ("0", Some(0)),
        ("-0.00", Some(0)),
        ("1", Some(100)),
        ("1.5", Some(150)),
        ("1.05", Some(105)),
        (".05", Some(5)),
        ("5.", Some(500)),
        ("-.5", Some(-50)),
        ("+12.30", Some(1230)),
        ("00012.3000", Some(1230)),
        ("-123.45", Some(-12345)),
        ("1.005", None),
        ("0.001", None),
        ("92233720368547758.07", Some(i64::MAX)),
        ("92233720368547758.08", None),
        ("-92233720368547758.08", Some(i64::MIN)),
        ("-92233720368547758.09", None),
        ("922337203685477580.7", None),
        ("99999999999999999999999", None),
    ] {
        assert_eq!(decimal(text).to_kopecks(), kopecks, "{text}");
    }
    for (kopecks, text) in [
        (0, "0.00"),
        (5, "0.05"),
        (-5, "-0.05"),
        (12345, "123.45"),
        (i64::MAX, "92233720368547758.07"),
        (i64::MIN, "-92233720368547758.08"),
    ] {
        assert_eq!(Decimal::from_kopecks(kopecks).as_str(), text);
        assert_eq!(Decimal::from_kopecks(kopecks).to_kopecks(), Some(kopecks));
    }
}

/// Values both take, and values both refuse, of every built-in type we read.
#[test]
fn types_agree_with_libxml2() {
    fn judge<T: Value>(
        ty: &'static str,
        good: &[&'static str],
        bad: &[&'static str],
        all: &mut Vec<(String, &'static str)>,
    ) {
        for text in good {
            assert!(parse::<T>(text).is_some_and(|value| value.is_listed()), "{ty} refuses {text:?}");
        }
        for text in bad {
            assert!(parse::<T>(text).is_none(), "{ty} takes {text:?}");
        }
        let ty = format!("<xs:restriction base=\"xs:{ty}\"/>");
        all.extend(good.iter().chain(bad).map(|text| (ty.clone(), *text)));
    }
    let mut all = Vec::new();
    let numbers = ["", " ", "1e3", "1,5", "1 5", "x", "0x1", "--1", "+", "-", ".", "1.5.", "١", "INF", "1_000"];
    let zones = ["Z", "+03:00", "-14:00", "+14:00", "-00:00"];
    judge::<Decimal>("decimal", &["0", "-0.00", "+1", "01.10", ".5", "5.", " 1 ", "\n1.5\t"], &numbers, &mut all);
    let whole = ["0", "-0", "+0", "1", "+1", "007", "00000000000000000000000000000001", "127"];
    let fractions = [&numbers[..], &["1.0", "1.5", "5."]].concat();
    judge::<i8>("byte", &[&whole[..], &["-128"]].concat(), &[&fractions[..], &["128", "-129"]].concat(), &mut all);
    judge::<i16>("short", &[&whole[..], &["-32768"]].concat(), &[&fractions[..], &["32768"]].concat(), &mut all);
    judge::<i32>(
        "int",
        &[&whole[..], &["-2147483648"]].concat(),
        &[&fractions[..], &["2147483648"]].concat(),
        &mut all,
    );
    judge::<i64>(
        "long",
        &[&whole[..], &["9223372036854775807", "-9223372036854775808"]].concat(),
        &[&fractions[..], &["9223372036854775808", "-9223372036854775809"]].concat(),
        &mut all,
    );
    // A sign before an unsigned number is read, but whether it may stand there the editions of the standard disagree.
    let unsigned = ["0", "1", "007", "00000000000000000000000000000001", "127"];
    judge::<u8>(
        "unsignedByte",
        &[&unsigned[..], &["255"]].concat(),
        &[&fractions[..], &["-1", "256"]].concat(),
        &mut all,
    );
    judge::<u16>("unsignedShort", &[&unsigned[..], &["65535"]].concat(), &[&fractions[..], &["-1"]].concat(), &mut all);
    judge::<u32>(
        "unsignedInt",
        &[&unsigned[..], &["4294967295"]].concat(),
        &[&fractions[..], &["-1"]].concat(),
        &mut all,
    );
    judge::<u64>(
        "nonNegativeInteger",
        &[&whole[..], &["18446744073709551615"]].concat(),
        &[&fractions[..], &["-1"]].concat(),
        &mut all,
    );
    judge::<bool>("boolean", &["true", "false", "1", "0", " true "], &["", "True", "2", "yes", "true false"], &mut all);
    judge::<f64>(
        "double",
        &["0", "-1.5", "1e3", "1E-3", ".5", "5.", "INF", "-INF", "NaN"],
        &["", "inf", "nan", "e5", "1e1.5", "0x1p3", "infinity", "--1"],
        &mut all,
    );
    let dates = ["2026-11-21", "2024-02-29", "2000-02-29", "0001-01-01", "9999-12-31"];
    let with_zones: Vec<&'static str> = zones.iter().map(|zone| &*format!("2026-11-21{zone}").leak()).collect();
    judge::<Date>(
        "date",
        &[&dates[..], &with_zones].concat(),
        &[
            "",
            "2026",
            "2026-11",
            "26-11-21",
            "2026-1-1",
            "2026-13-01",
            "2026-00-01",
            "2026-11-31",
            "2026-02-29",
            "1900-02-29",
            "0000-01-01",
            "2026-11-00",
            "21.11.2026",
            "2026-11-21T00:00:00",
            "2026-11-21z",
            "2026-11-21+3",
            "2026-11-21+03",
            "2026-11-21+0300",
            "2026-11-21+15:00",
            "2026-11-21+14:01",
            "2026-11-21+03:60",
            "2026-11-21 Z",
            "+2026-11-21",
            "２０２６-11-21",
        ],
        &mut all,
    );
    judge::<DateTime>(
        "dateTime",
        &[
            "2026-11-21T10:00:00",
            "2026-11-21T10:00:00Z",
            "2026-11-21T10:00:00+03:00",
            "2026-11-21T23:59:59.999999999",
            "2026-11-21T00:00:00.5-05:30",
            "2026-11-21T24:00:00",
            "2026-12-31T24:00:00.000Z",
            "2024-02-29T12:00:00",
            "2026-11-21T10:00:00.1234567890123",
        ],
        &[
            "",
            "2026-11-21",
            "2026-11-21 10:00:00",
            "2026-11-21T10:00",
            "2026-11-21T10",
            "2026-11-21t10:00:00",
            "2026-11-21T24:00:01",
            "2026-11-21T25:00:00",
            "2026-11-21T10:60:00",
            "2026-11-21T10:00:60",
            "2026-11-21T10:00:61",
            "2026-11-21T10:00:00.",
            "2026-11-21T10:00:00,5",
            "2026-11-21T1:00:00",
            "2026-02-29T10:00:00",
            "2026-11-21T10:00:00+24:00",
            "2026-11-21T10:00:00Z+03:00",
            "2026-11-21T24:00:00.1",
        ],
        &mut all,
    );
    judge::<YearMonth>(
        "gYearMonth",
        &["2026-11", "0001-01", "9999-12", "2026-11Z", "2026-11+03:00"],
        &["", "2026", "2026-13", "2026-00", "2026-1", "0000-01", "11.2026", "2026-11-01", "2026-11+99:00"],
        &mut all,
    );
    judge::<Year>(
        "gYear",
        &["2026", "0001", "9999", "2026Z", "2026-05:00"],
        &["", "26", "0000", "2026-", "year", "20 26"],
        &mut all,
    );
    judge::<Base64>(
        "base64Binary",
        &["", "QQ==", "QUI=", "QUJD", " QU\nJD "],
        &["Q", "QQ", "QQ=", "Q===", "QQ==QQ==", "Q@==", "кот="],
        &mut all,
    );
    if libxml2::available() {
        let asked: Vec<(&str, &str)> = all.iter().map(|(ty, text)| (ty.as_str(), *text)).collect();
        for ((ty, text), theirs) in asked.iter().zip(libxml2::verdicts(&asked)) {
            // Ours was asserted above: taken unless it stands among the bad ones of its type.
            let ours = match *ty {
                ty if ty.contains("decimal") => parse::<Decimal>(text).is_some(),
                ty if ty.contains("unsignedByte") => parse::<u8>(text).is_some(),
                ty if ty.contains("unsignedShort") => parse::<u16>(text).is_some(),
                ty if ty.contains("unsignedInt") => parse::<u32>(text).is_some(),
                ty if ty.contains("nonNegativeInteger") => parse::<u64>(text).is_some(),
                ty if ty.contains(":byte") => parse::<i8>(text).is_some(),
                ty if ty.contains("short") => parse::<i16>(text).is_some(),
                ty if ty.contains(":int") => parse::<i32>(text).is_some(),
                ty if ty.contains("long") => parse::<i64>(text).is_some(),
                ty if ty.contains("boolean") => parse::<bool>(text).is_some(),
                ty if ty.contains("double") => parse::<f64>(text).is_some(),
                ty if ty.contains("dateTime") => parse::<DateTime>(text).is_some(),
                ty if ty.contains("date") => parse::<Date>(text).is_some(),
                ty if ty.contains("gYearMonth") => parse::<YearMonth>(text).is_some(),
                ty if ty.contains("gYear") => parse::<Year>(text).is_some(),
                _ => parse::<Base64>(text).is_some(),
            };
            assert_eq!(ours, theirs, "{ty} {text:?}: ours, then libxml2's");
        }
    }
}

/// What XML Schema allows and we refuse on purpose: 64 bits, and the years 0001 to 9999, are enough for a house.
#[test]
fn narrower_than_the_schema_on_purpose() {
    assert_eq!(parse::<i64>("9223372036854775808"), None);
    assert_eq!(parse::<u64>("18446744073709551616"), None);
    assert!(<i64 as Value>::TYPE.contains("64 bits"), "the error must say why");
    assert!(<u64 as Value>::TYPE.contains("64 bits"), "the error must say why");
    assert_eq!(parse::<Date>("10000-01-01"), None);
    assert_eq!(parse::<Date>("-0001-01-01"), None);
    // No zone may carry a moment out of the years there are.
    assert_eq!(parse::<DateTime>("0001-01-01T00:00:00+14:00"), None);
    assert_eq!(parse::<DateTime>("9999-12-31T24:00:00"), None);
    assert_eq!(parse::<DateTime>("9999-12-31T23:59:59-14:00"), None);
    let last: DateTime = parse("9999-12-30T23:59:59-14:00").unwrap();
    assert_eq!(last.with_zone(time::UtcOffset::UTC).to_offset(time::UtcOffset::UTC).year(), 9999);
}

/// Digits are counted in value space: trailing zeros and zeros in front are not there.
#[test]
fn digits_agree_with_libxml2() {
    let texts = [
        "0",
        "0.0",
        "-0.00",
        "0.05",
        "0.50",
        ".5",
        "5.",
        "10",
        "10.0",
        "10.00",
        "010",
        "100",
        "1000",
        "9.9",
        "9.99",
        "99.9",
        "99.99",
        "-99.9",
        "+99.9",
        "0.001",
        "0.0010",
        "000.1",
        "123",
        "1234",
        "12.345",
        "1.000000",
        "000000.000000",
    ];
    let mut asked = Vec::new();
    for total in 1..=4u32 {
        for fraction in 0..=total.min(3) {
            let ty = format!(
                "<xs:restriction base=\"xs:decimal\"><xs:totalDigits value=\"{total}\"/><xs:fractionDigits value=\"{fraction}\"/></xs:restriction>"
            );
            asked.extend(texts.map(|text| (total, fraction, ty.clone(), text)));
        }
    }
    let ours = |total, fraction, text| {
        let facets = Facets { total_digits: Some(total), fraction_digits: Some(fraction), ..Facets::NONE };
        facets.broken(&decimal(text))
    };
    assert_eq!(ours(2, 2, "0.05"), None);
    assert_eq!(ours(1, 1, "0.05"), Some(Rule::FractionDigits { max: 1, found: 2 }));
    assert_eq!(ours(2, 1, "100"), Some(Rule::TotalDigits { max: 2, found: 3 }));
    assert_eq!(ours(1, 0, "-0.00"), None);
    assert_eq!(ours(1, 0, "1.000000"), None);
    assert_eq!(ours(2, 0, "10.0"), None);
    if libxml2::available() {
        let pairs: Vec<(&str, &str)> = asked.iter().map(|(_, _, ty, text)| (ty.as_str(), *text)).collect();
        for ((total, fraction, _, text), theirs) in asked.iter().zip(libxml2::verdicts(&pairs)) {
            assert_eq!(
                ours(*total, *fraction, text).is_none(),
                theirs,
                "{text} of {total}, {fraction}: ours, then libxml2's"
            );
        }
    }
}

#[test]
fn bounds_agree_with_libxml2() {
    let (low, high) = ("-99999999.99", "99999999.99");
    let texts = [
        "0",
        "-0",
        "99999999.99",
        "99999999.990",
        "100000000",
        "99999999.991",
        "-99999999.99",
        "-99999999.991",
        "-100000000",
        "5",
    ];
    let cases: [(&str, Facets); 4] = [
        ("minInclusive", Facets { min_inclusive: Some(low), ..Facets::NONE }),
        ("maxInclusive", Facets { max_inclusive: Some(high), ..Facets::NONE }),
        ("minExclusive", Facets { min_exclusive: Some(low), ..Facets::NONE }),
        ("maxExclusive", Facets { max_exclusive: Some(high), ..Facets::NONE }),
    ];
    let mut asked = Vec::new();
    for (name, facets) in &cases {
        let bound = if name.starts_with("min") { low } else { high };
        let ty = format!("<xs:restriction base=\"xs:decimal\"><xs:{name} value=\"{bound}\"/></xs:restriction>");
        asked.extend(texts.map(|text| (ty.clone(), text, facets.broken(&decimal(text)).is_none())));
    }
    assert_eq!(asked.iter().filter(|(.., fits)| !fits).count(), 11);
    if libxml2::available() {
        let pairs: Vec<(&str, &str)> = asked.iter().map(|(ty, text, _)| (ty.as_str(), *text)).collect();
        for ((ty, text, ours), theirs) in asked.iter().zip(libxml2::verdicts(&pairs)) {
            assert_eq!(*ours, theirs, "{text} {ty}: ours, then libxml2's");
        }
    }
}

#[test]
fn bounds_of_other_types() {
    let facets = Facets { min_inclusive: Some("1"), max_inclusive: Some("31"), ..Facets::NONE };
    assert_eq!(facets.broken(&31i8), None);
    assert_eq!(facets.broken(&0i8), Some(Rule::Min { bound: "1", inclusive: true }));
    assert_eq!(facets.broken(&32u64), Some(Rule::Max { bound: "31", inclusive: true }));
    assert_eq!(facets.broken(&31.5f64), Some(Rule::Max { bound: "31", inclusive: true }));
    let days = Facets { min_inclusive: Some("2026-01-01"), ..Facets::NONE };
    assert_eq!(days.broken(&parse::<Date>("2026-01-01").unwrap()), None);
    assert!(days.broken(&parse::<Date>("2025-12-31").unwrap()).is_some());
    let moments = Facets { max_exclusive: Some("2026-01-01T00:00:00Z"), ..Facets::NONE };
    assert_eq!(moments.broken(&parse::<DateTime>("2026-01-01T02:59:59+03:00").unwrap()), None);
    assert!(moments.broken(&parse::<DateTime>("2026-01-01T03:00:00+03:00").unwrap()).is_some());
    let listed = Facets { enumeration: &["1.50", "2"], ..Facets::NONE };
    assert_eq!(listed.broken(&decimal("1.5")), None, "by value");
    assert_eq!(listed.broken(&decimal("3")), Some(Rule::Enumeration));
    let words = Facets { enumeration: &["да", "нет"], ..Facets::NONE };
    assert_eq!(words.broken(&"да".to_owned()), None);
    assert_eq!(words.broken(&"Да".to_owned()), Some(Rule::Enumeration));
}

#[test]
fn lengths_count_what_the_type_counts() {
    let three = Facets { length: Some(3), ..Facets::NONE };
    assert_eq!(three.broken(&"ёжи".to_owned()), None, "characters, not bytes");
    assert_eq!(three.broken(&"ё".to_owned()), Some(Rule::Length { expected: 3, found: 1 }));
    assert_eq!(three.broken(&Base64(vec![0; 3])), None, "bytes, not their characters in base64");
    assert_eq!(three.broken(&List(vec![1i32, 22, 333])), None, "values");
    let some = Facets { min_length: Some(1), max_length: Some(2), ..Facets::NONE };
    assert_eq!(some.broken(&String::new()), Some(Rule::MinLength { min: 1, found: 0 }));
    assert_eq!(some.broken(&"абв".to_owned()), Some(Rule::MaxLength { max: 2, found: 3 }));
    assert_eq!(some.broken(&Token::new("  а б  ")), Some(Rule::MaxLength { max: 2, found: 3 }));
}

#[test]
fn text_that_xml_cannot_carry_is_found() {
    for text in ["\0", "a\u{1}", "\u{b}", "\u{fffe}", "\u{ffff}b"] {
        assert_eq!(Facets::NONE.broken(&text.to_owned()), Some(Rule::Character), "{text:?}");
        let mut checker = Checker::default();
        checker.writable(&Path::root("Name"), &text.to_owned());
        assert_eq!(checker.into_violations().len(), 1, "{text:?}");
    }
    for text in ["\t\r\n", "\u{7f}\u{85}", "\u{fffd}", "\u{10ffff}"] {
        assert_eq!(Facets::NONE.broken(&text.to_owned()), None, "{text:?}");
    }
}

#[test]
fn dates_and_times_are_written_as_they_mean() {
    for (given, out) in [
        ("2026-11-21T10:00:00", "2026-11-21T10:00:00"),
        ("2026-11-21T10:00:00.500", "2026-11-21T10:00:00.5"),
        ("2026-11-21T10:00:00.1234567899", "2026-11-21T10:00:00.123456789"),
        ("2026-11-21T10:00:00+00:00", "2026-11-21T10:00:00Z"),
        ("2026-11-21T10:00:00-05:30", "2026-11-21T10:00:00-05:30"),
        ("2026-11-21T24:00:00+03:00", "2026-11-22T00:00:00+03:00"),
        ("2026-12-31T24:00:00", "2027-01-01T00:00:00"),
    ] {
        assert_eq!(written(&parse::<DateTime>(given).unwrap()), out, "{given}");
    }
    assert_eq!(written(&parse::<Date>("2026-02-03-00:30").unwrap()), "2026-02-03-00:30");
    assert_eq!(written(&parse::<YearMonth>("0026-02").unwrap()), "0026-02");
    assert_eq!(written(&parse::<Year>("0026+03:00").unwrap()), "0026+03:00");
    let moscow = time::UtcOffset::from_hms(3, 0, 0).unwrap();
    let local: DateTime = parse("2026-11-21T10:00:00").unwrap();
    assert_eq!(local.offset(), None);
    assert_eq!(local.with_zone(moscow), time::macros::datetime!(2026-11-21 10:00 +3));
    assert_eq!(
        written(&DateTime::new(time::macros::datetime!(2026-11-21 10:00:00.25 +3))),
        "2026-11-21T10:00:00.25+03:00"
    );
    assert_eq!(YearMonth::new(2026, 13), None);
    assert_eq!(YearMonth::new(0, 1), None);
    assert_eq!(Year::new(10_000), None);
}

#[test]
fn guids_in_either_case_and_only_in_the_system_s_form() {
    let lower = "01234567-89ab-cdef-0123-456789abcdef";
    let guid: Guid = parse(lower).unwrap();
    assert_eq!(parse::<Guid>(&lower.to_uppercase()), Some(guid));
    assert_eq!(parse::<Guid>(&format!("\n {lower} ")), Some(guid));
    assert_eq!(written(&guid), lower);
    for text in [
        "",
        "0123456789abcdef0123456789abcdef",
        "{01234567-89ab-cdef-0123-456789abcdef}",
        "urn:uuid:01234567-89ab-cdef-0123-456789abcdef",
        "01234567-89ab-cdef-0123-456789abcdeg",
        "01234567-89ab-cdef-0123-456789abcde",
        "01234567-89ab-cdef-01234-56789abcdef",
        "01234567 89ab cdef 0123 456789abcdef",
        "01234567-89ab-cdef-0123-456789abcdef0",
    ] {
        assert_eq!(parse::<Guid>(text), None, "{text}");
    }
}

#[test]
fn white_space_and_lists() {
    assert_eq!(&*Token::new(" \ta \n\r b  c "), "a b c");
    assert_eq!(written(&Token::new("a\u{a0} <b>")), "a\u{a0} &lt;b&gt;");
    let list: List<i32> = parse(" 1\t2\n\r3 ").unwrap();
    assert_eq!(list, List(vec![1, 2, 3]));
    assert_eq!(written(&list), "1 2 3");
    assert_eq!(parse::<List<i32>>("1 x"), None);
    assert_eq!(parse::<List<i32>>(""), Some(List(vec![])));
    // libxml2 takes an exponent without digits.
    assert_eq!(parse::<f64>("1e"), None);
    // libxml2 forgets to collapse white space around dates and the types derived from xs:integer.
    assert_eq!(parse::<Date>(" 2026-11-21\n"), parse("2026-11-21"));
    assert_eq!(parse::<i8>(" 5\n"), Some(5));
    assert_eq!(parse::<String>(" a \n").unwrap(), " a \n", "strings keep their white space");
}
