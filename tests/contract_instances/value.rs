//! Values of simple types, within their facets.

use gis_gkh_codegen::schema::{Builtin, Facets, SchemaSet, Type};
use gis_gkh_xml::check::Pattern;

use crate::Dice;

/// Values for the patterns that occur; a new pattern needs a line here.
const EXAMPLES: &[(&str, &[&str])] = &[
    ("(.*)([0-9а-яА-Яa-zA-Z]+)(.*)", &["Дом 1", "a", "-5-"]),
    ("(A{0,1}\\d{1,4}(\\.)?)+", &["1", "1.2", "A12.3."]),
    ("-?\\d{0,10}(\\.\\d{0,2})?", &["0", "-12.5", "1234567890.12", "7."]),
    ("A{0,1}\\d{3,4}", &["113", "A056", "1234"]),
    ("[0-9]{20}", &["40702810900000000001"]),
    ("[0-9]{25}-[0-9]{10}", &["1234567890123456789012345-0123456789"]),
    ("[0-9]{25}-[0-9]{5}", &["1234567890123456789012345-01234"]),
    ("[8]\\([0-9]{3}\\)[0-9]{3}-[0-9]{2}-[0-9]{2}", &["8(495)000-00-00"]),
    ("\\d+(\\.\\d{2})?", &["0", "12.34", "5"]),
    ("\\d{0,10}(\\.\\d{0,2})?", &["0", "12.5", "1234567890.12"]),
    ("\\d{1,15}(\\.\\d{1,5})?", &["0", "12.34567", "123456789012345"]),
    ("\\d{10}|\\d{12}", &["7700000000", "770000000000"]),
    ("\\d{11}", &["45000000000"]),
    ("\\d{11}|\\d{8}", &["45000000", "45000000000"]),
    ("\\d{8}", &["45000000"]),
    ("\\d{9}", &["770001001", "044525000"]),
];

const GUID: &str = "([0-9a-fA-F]){8}-([0-9a-fA-F]){4}-([0-9a-fA-F]){4}-([0-9a-fA-F]){4}-([0-9a-fA-F]){12}";

/// A value of a simple type.
pub(crate) fn make(set: &SchemaSet, ty: &Type, dice: &mut Dice) -> String {
    let (base, facets) = resolve(set, ty);
    if !facets.enumeration.is_empty() {
        return dice.one_of(&facets.enumeration).0.clone();
    }
    if !facets.patterns.is_empty() {
        return patterned(&facets, dice);
    }
    match base {
        Builtin::Any | Builtin::String => words(&facets, dice, true),
        Builtin::Token => words(&facets, dice, false),
        Builtin::Boolean => (*dice.one_of(&["true", "false"])).to_owned(),
        Builtin::Decimal => decimal(&facets, dice),
        Builtin::Double => (*dice.one_of(&["0", "1.5", "-20.25"])).to_owned(),
        Builtin::Date => format!("20{:02}-{:02}-{:02}", dice.below(50) + 10, dice.below(12) + 1, dice.below(28) + 1),
        Builtin::DateTime => {
            let zone = dice.one_of(&["", "Z", "+03:00", "-11:30"]);
            let fraction = dice.one_of(&["", ".5", ".123456"]);
            format!(
                "2026-{:02}-{:02}T{:02}:59:09{fraction}{zone}",
                dice.below(12) + 1,
                dice.below(28) + 1,
                dice.below(24)
            )
        }
        Builtin::Year => "2026".to_owned(),
        Builtin::YearMonth => "2026-10".to_owned(),
        Builtin::Base64 => (*dice.one_of(&["", "AA==", "AAEC"])).to_owned(),
        _ => whole(base, &facets, dice),
    }
}

/// One of the enumerated values after the other.
pub(crate) fn nth(set: &SchemaSet, ty: &Type, number: usize) -> String {
    let all = resolve(set, ty).1.enumeration;
    all[number % all.len()].0.clone()
}

/// The primitive and all facets, the patterns of every step together.
fn resolve(set: &SchemaSet, ty: &Type) -> (Builtin, Facets) {
    let mut facets = Facets::default();
    let mut current = ty.clone();
    loop {
        let simple = match &current {
            Type::Builtin(base) => return (*base, facets),
            Type::Simple(ty) => ty.clone(),
            Type::Named(name) => set.simple_types[name].clone(),
            Type::Complex(_) => panic!("a simple type is wanted"),
        };
        let own = &simple.facets;
        facets.length = facets.length.or(own.length);
        facets.min_length = facets.min_length.or(own.min_length);
        facets.max_length = facets.max_length.or(own.max_length);
        facets.total_digits = facets.total_digits.or(own.total_digits);
        facets.fraction_digits = facets.fraction_digits.or(own.fraction_digits);
        facets.min_inclusive = facets.min_inclusive.or_else(|| own.min_inclusive.clone());
        facets.max_inclusive = facets.max_inclusive.or_else(|| own.max_inclusive.clone());
        facets.min_exclusive = facets.min_exclusive.or_else(|| own.min_exclusive.clone());
        facets.max_exclusive = facets.max_exclusive.or_else(|| own.max_exclusive.clone());
        facets.patterns.extend(own.patterns.iter().cloned());
        if facets.enumeration.is_empty() {
            facets.enumeration.clone_from(&own.enumeration);
        }
        current = simple.base.clone();
    }
}

fn patterned(facets: &Facets, dice: &mut Dice) -> String {
    if facets.patterns.iter().flatten().any(|pattern| pattern == GUID) {
        return dice.guid();
    }
    let fits = |text: &&str| {
        let length = u32::try_from(text.chars().count()).expect("a short text");
        let digits = text.chars().filter(char::is_ascii_digit).count();
        let fraction = text.split_once('.').map_or(0, |(_, fraction)| fraction.len());
        let within = |limit: Option<u32>, found: usize| limit.is_none_or(|limit| found <= limit as usize);
        facets.patterns.iter().all(|step| step.iter().any(|pattern| Pattern::new(leak(pattern)).matches(text)))
            && facets.max_length.is_none_or(|max| length <= max)
            && facets.min_length.is_none_or(|min| length >= min)
            && within(facets.total_digits, digits)
            && within(facets.fraction_digits, fraction)
            && facets.max_inclusive.as_ref().is_none_or(|max| number(text) <= number(max))
            && facets.min_inclusive.as_ref().is_none_or(|min| number(text) >= number(min))
    };
    let known = |pattern: &String| EXAMPLES.iter().find(|(known, _)| known == pattern).map(|(_, examples)| *examples);
    let all = facets.patterns.iter().flatten();
    let fitting: Vec<&str> = all
        .flat_map(|one| known(one).unwrap_or_else(|| panic!("no example of `{one}`")).iter().copied())
        .filter(fits)
        .collect();
    assert!(!fitting.is_empty(), "no example fits {facets:?}");
    (*dice.one_of(&fitting)).to_owned()
}

/// Patterns of a test are few and live as long as it does.
fn leak(text: &str) -> &'static str {
    Box::leak(text.to_owned().into_boxed_str())
}

fn number(text: &str) -> f64 {
    text.parse().expect("a number")
}

fn words(facets: &Facets, dice: &mut Dice, spaces: bool) -> String {
    let min = facets.length.or(facets.min_length).unwrap_or(0) as usize;
    let max = facets.length.or(facets.max_length).map_or(min + 40, |max| (max as usize).min(min + 40));
    let length = min + dice.below(max - min + 1);
    let alphabet: Vec<char> = "абвЯё<&\">'azAZ09-№😀".chars().chain(spaces.then_some(' ')).collect();
    (0..length).map(|_| *dice.one_of(&alphabet)).collect()
}

fn decimal(facets: &Facets, dice: &mut Dice) -> String {
    let fraction = facets.fraction_digits.unwrap_or(3) as usize;
    let places = dice.below(fraction + 1);
    let total = facets.total_digits.unwrap_or(12) as usize;
    let low = facets.min_inclusive.as_ref().or(facets.min_exclusive.as_ref()).map(|bound| number(bound));
    let high = facets.max_inclusive.as_ref().or(facets.max_exclusive.as_ref()).map(|bound| number(bound));
    let digits = total.saturating_sub(fraction).clamp(1, 6);
    let limit = 10usize.pow(u32::try_from(digits).expect("few digits"));
    let limit = high.map_or(limit, |high| limit.min(high.max(1.0) as usize));
    let whole =
        dice.below(limit).max(low.map_or(0, |low| low.max(0.0) as usize + 1)).min(limit.saturating_sub(1).max(1));
    let sign = if low.is_none() && dice.below(4) == 0 && whole > 0 { "-" } else { "" };
    let tail: String = (0..places).map(|_| char::from(b'0' + u8::try_from(dice.below(10)).expect("a digit"))).collect();
    match tail.is_empty() {
        true => format!("{sign}{whole}"),
        false => format!("{sign}{whole}.{tail}"),
    }
}

fn whole(base: Builtin, facets: &Facets, dice: &mut Dice) -> String {
    let bound = |bound: Option<&String>| bound.map(|bound| bound.parse::<i64>().expect("a whole bound"));
    let natural = match base {
        Builtin::Positive => (1, 1_000_000),
        Builtin::NonNegative | Builtin::UnsignedInt => (0, 1_000_000),
        Builtin::UnsignedShort => (0, 65_535),
        Builtin::UnsignedByte => (0, 255),
        Builtin::Byte => (-128, 127),
        Builtin::Short => (-32_768, 32_767),
        _ => (-1_000_000, 1_000_000),
    };
    let mut low = bound(facets.min_inclusive.as_ref())
        .or(bound(facets.min_exclusive.as_ref()).map(|low| low + 1))
        .unwrap_or(natural.0);
    let mut high = bound(facets.max_inclusive.as_ref())
        .or(bound(facets.max_exclusive.as_ref()).map(|high| high - 1))
        .unwrap_or(natural.1.max(low));
    if let Some(digits) = facets.total_digits {
        let most = 10i64.saturating_pow(digits.min(18)) - 1;
        (low, high) = (low.max(-most), high.min(most));
    }
    let span = usize::try_from((high - low).clamp(0, 1_000_000)).expect("a span");
    (low + i64::try_from(dice.below(span + 1)).expect("in the span")).to_string()
}
