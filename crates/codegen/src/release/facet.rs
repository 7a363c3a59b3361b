//! Two simple types: base, facets, enumerated values.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use super::Finding;
use super::kind::{Facet, Kind};
use crate::language::Simple;
use crate::schema::{Builtin, Facets};

/// The pattern by which a text is read as a GUID, not as a text.
const GUID: &str = "([0-9a-fA-F]){8}-([0-9a-fA-F]){4}-([0-9a-fA-F]){4}-([0-9a-fA-F]){4}-([0-9a-fA-F]){12}";

/// What differs between two simple types. `attribute`: the value is an attribute's.
pub(super) fn compare(before: &Simple, after: &Simple, attribute: bool) -> Vec<Finding> {
    let mut found = Vec::new();
    let base = |simple: &Simple| (simple.list.is_some(), base(simple));
    if base(before) == base(after) {
        if let (Some(before), Some(after)) = (&before.list, &after.list) {
            facets(before, after, attribute, &mut found);
        }
        facets(&before.facets, &after.facets, attribute, &mut found);
        return found;
    }
    let mut restricted = Vec::new();
    facets(&before.facets, &after.facets, attribute, &mut restricted);
    let loosened = |one: &Finding| matches!(one.kind, Kind::FacetLoosened(_) | Kind::ValuesAdded { .. });
    let tightened = |one: &Finding| matches!(one.kind, Kind::FacetTightened(_) | Kind::ValuesRemoved);
    let lists = before.list.is_some() || after.list.is_some();
    let (old, new) = (self::base(before), self::base(after));
    // A base that allows more says nothing when a facet takes it back.
    let kind = if lists {
        Kind::TypeChanged
    } else if fits(old, new) && restricted.iter().all(loosened) {
        Kind::TypeWider
    } else if fits(new, old) && restricted.iter().all(tightened) {
        Kind::TypeNarrower
    } else {
        Kind::TypeChanged
    };
    found.push(Finding::new(kind, Some(described(before)), Some(described(after))));
    found
}

/// What a value is read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Base {
    Builtin(Builtin),
    Guid,
}

fn base(simple: &Simple) -> Base {
    let text = matches!(simple.base, Builtin::String | Builtin::Token);
    let guid = |step: &Vec<String>| matches!(step.as_slice(), [one] if one == GUID);
    match simple.base {
        _ if text && simple.facets.patterns.iter().any(guid) => Base::Guid,
        // White space apart, which no reader of ours tells apart.
        Builtin::Token | Builtin::Any => Base::Builtin(Builtin::String),
        base => Base::Builtin(base),
    }
}

/// Whether every value of one is a value of the other, as it is written.
fn fits(one: Base, other: Base) -> bool {
    use Builtin::{
        Byte, Decimal, Double, Int, Integer, Long, NonNegative, Positive, Short, String, UnsignedByte, UnsignedInt,
        UnsignedShort,
    };
    let (one, other) = match (one, other) {
        (_, Base::Builtin(String)) => return true,
        (Base::Builtin(one), Base::Builtin(other)) => (one, other),
        (Base::Guid, _) | (_, Base::Guid) => return one == other,
    };
    let wider: &[Builtin] = match one {
        Byte => &[Short, Int, Long, Integer, Decimal, Double],
        Short => &[Int, Long, Integer, Decimal, Double],
        Int => &[Long, Integer, Decimal, Double],
        Long => &[Integer, Decimal, Double],
        UnsignedByte => &[Short, Int, Long, UnsignedShort, UnsignedInt, NonNegative, Integer, Decimal, Double],
        UnsignedShort => &[Int, Long, UnsignedInt, NonNegative, Integer, Decimal, Double],
        UnsignedInt => &[Long, NonNegative, Integer, Decimal, Double],
        Positive => &[NonNegative, Integer, Decimal, Double],
        NonNegative => &[Integer, Decimal, Double],
        Integer => &[Decimal, Double],
        Decimal => &[Double],
        _ => &[],
    };
    one == other || wider.contains(&other)
}

fn facets(before: &Facets, after: &Facets, attribute: bool, found: &mut Vec<Finding>) {
    numbers(before, after, found);
    bound(Facet::Min, lower(before), lower(after), found);
    bound(Facet::Max, upper(before), upper(after), found);
    patterns(before, after, found);
    enumeration(before, after, attribute, found);
}

/// Lengths and digits: a number, or none for no restriction.
fn numbers(before: &Facets, after: &Facets, found: &mut Vec<Finding>) {
    let least = |facets: &Facets| facets.min_length.or(facets.length);
    let most = |facets: &Facets| facets.max_length.or(facets.length);
    for (facet, before, after) in [
        (Facet::MinLength, least(before), least(after)),
        (Facet::MaxLength, most(before), most(after)),
        (Facet::TotalDigits, before.total_digits, after.total_digits),
        (Facet::FractionDigits, before.fraction_digits, after.fraction_digits),
    ] {
        let tightened = match facet {
            Facet::MinLength => after.unwrap_or(0) > before.unwrap_or(0),
            _ => after.unwrap_or(u32::MAX) < before.unwrap_or(u32::MAX),
        };
        if before != after {
            let kind = if tightened { Kind::FacetTightened(facet) } else { Kind::FacetLoosened(facet) };
            let text = |number: Option<u32>| number.map(|number| number.to_string());
            found.push(Finding::new(kind, text(before), text(after)));
        }
    }
}

/// A bound: its value, and whether the value itself is outside.
type Bound<'f> = Option<(&'f str, bool)>;

fn lower(facets: &Facets) -> Bound<'_> {
    narrowest(&facets.min_inclusive, &facets.min_exclusive, Ordering::Greater)
}

fn upper(facets: &Facets) -> Bound<'_> {
    narrowest(&facets.max_inclusive, &facets.max_exclusive, Ordering::Less)
}

fn narrowest<'f>(inclusive: &'f Option<String>, exclusive: &'f Option<String>, narrower: Ordering) -> Bound<'f> {
    match (inclusive, exclusive) {
        (Some(inclusive), Some(exclusive)) if order(inclusive, exclusive) == Some(narrower) => Some((inclusive, false)),
        (_, Some(exclusive)) => Some((exclusive, true)),
        (Some(inclusive), None) => Some((inclusive, false)),
        (None, None) => None,
    }
}

fn bound(facet: Facet, before: Bound<'_>, after: Bound<'_>, found: &mut Vec<Finding>) {
    let narrower = if facet == Facet::Min { Ordering::Greater } else { Ordering::Less };
    let kind = match (before, after) {
        (None, None) => return,
        (None, Some(_)) => Kind::FacetTightened(facet),
        (Some(_), None) => Kind::FacetLoosened(facet),
        (Some((old, old_open)), Some((new, new_open))) => match order(new, old) {
            Some(Ordering::Equal) if old_open == new_open => return,
            Some(Ordering::Equal) if new_open => Kind::FacetTightened(facet),
            Some(Ordering::Equal) => Kind::FacetLoosened(facet),
            Some(found) if found == narrower => Kind::FacetTightened(facet),
            Some(_) => Kind::FacetLoosened(facet),
            None if old == new && old_open == new_open => return,
            None => Kind::FacetChanged(facet),
        },
    };
    found.push(Finding::new(kind, shown_bound(facet, before), shown_bound(facet, after)));
}

fn shown_bound(facet: Facet, bound: Bound<'_>) -> Option<String> {
    let (value, open) = bound?;
    let sign = match (facet, open) {
        (Facet::Min, false) => "≥",
        (Facet::Min, true) => ">",
        (_, false) => "≤",
        (_, true) => "<",
    };
    Some(format!("{sign} {value}"))
}

/// Order of two lexical values: as decimals; else as dates of the same form.
fn order(left: &str, right: &str) -> Option<Ordering> {
    if let (Some(left), Some(right)) = (decimal(left), decimal(right)) {
        let size = |one: &Decimal<'_>, other: &Decimal<'_>| {
            one.1.len().cmp(&other.1.len()).then_with(|| one.1.cmp(other.1)).then_with(|| one.2.cmp(other.2))
        };
        return Some(match (left.0, right.0) {
            (false, false) => size(&left, &right),
            (true, true) => size(&right, &left),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
        });
    }
    let date = |text: &str| text.starts_with(|c: char| c.is_ascii_digit()) && text.contains('-');
    (left.len() == right.len() && date(left) && date(right)).then(|| left.cmp(right))
}

/// Whether it is below nothing, and its digits before and behind the point without needless zeros.
type Decimal<'t> = (bool, &'t str, &'t str);

fn decimal(text: &str) -> Option<Decimal<'_>> {
    let text = text.trim();
    let (negative, rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = rest.split_once('.').unwrap_or((rest, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.len() + fraction.len() == 0 || !digits(whole) || !digits(fraction) {
        return None;
    }
    let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
    // Nothing below nothing is nothing.
    Some((negative && !(whole.is_empty() && fraction.is_empty()), whole, fraction))
}

/// Each step of derivation must match one of its patterns: a step more allows less.
fn patterns(before: &Facets, after: &Facets, found: &mut Vec<Finding>) {
    let steps = |facets: &Facets| facets.patterns.iter().cloned().collect::<BTreeSet<_>>();
    let (old, new) = (steps(before), steps(after));
    let kind = match (old.is_subset(&new), new.is_subset(&old)) {
        (true, true) => return,
        (true, false) => Kind::FacetTightened(Facet::Pattern),
        (false, true) => Kind::FacetLoosened(Facet::Pattern),
        // One step on each side: alternatives added or taken away can be told.
        (false, false) => match (one_step(&old), one_step(&new)) {
            (Some(old), Some(new)) if old.is_subset(&new) => Kind::FacetLoosened(Facet::Pattern),
            (Some(old), Some(new)) if new.is_subset(&old) => Kind::FacetTightened(Facet::Pattern),
            _ => Kind::FacetChanged(Facet::Pattern),
        },
    };
    let shown = |steps: &BTreeSet<Vec<String>>| {
        let steps: Vec<String> = steps.iter().map(|step| step.join(" | ")).collect();
        (!steps.is_empty()).then(|| steps.join(" & "))
    };
    found.push(Finding::new(kind, shown(&old), shown(&new)));
}

fn one_step(steps: &BTreeSet<Vec<String>>) -> Option<BTreeSet<&String>> {
    let mut all = steps.iter();
    match (all.next(), all.next()) {
        (Some(only), None) => Some(only.iter().collect()),
        _ => None,
    }
}

fn enumeration(before: &Facets, after: &Facets, attribute: bool, found: &mut Vec<Finding>) {
    let values = |facets: &Facets| facets.enumeration.iter().map(|(value, _)| value.clone()).collect::<BTreeSet<_>>();
    let (old, new) = (values(before), values(after));
    let listed = |values: &BTreeSet<String>| values.iter().cloned().collect::<Vec<_>>();
    match (old.is_empty(), new.is_empty()) {
        (true, true) => {}
        (true, false) => {
            found.push(Finding::with(Kind::FacetTightened(Facet::Enumeration), listed(&new)));
        }
        (false, true) => {
            found.push(Finding::with(Kind::FacetLoosened(Facet::Enumeration), listed(&old)));
        }
        (false, false) => {
            let added: Vec<String> = new.difference(&old).cloned().collect();
            let removed: Vec<String> = old.difference(&new).cloned().collect();
            if !added.is_empty() {
                found.push(Finding::with(Kind::ValuesAdded { attribute }, added));
            }
            if !removed.is_empty() {
                found.push(Finding::with(Kind::ValuesRemoved, removed));
            }
        }
    }
}

/// A simple type in the words of XML Schema: `string maxLength=50`.
pub(super) fn described(simple: &Simple) -> String {
    let facets = &simple.facets;
    let number = |name: &str, value: Option<u32>| value.map(|value| format!("{name}={value}"));
    let other = facets.patterns.iter().filter(|step| !matches!(step.as_slice(), [one] if one == GUID)).count();
    let parts = [
        Some(match base(simple) {
            Base::Guid => "GUID".to_owned(),
            Base::Builtin(_) => name_of(simple.base),
        }),
        number("minLength", facets.min_length.or(facets.length)),
        number("maxLength", facets.max_length.or(facets.length)),
        number("totalDigits", facets.total_digits),
        number("fractionDigits", facets.fraction_digits),
        shown_bound(Facet::Min, lower(facets)),
        shown_bound(Facet::Max, upper(facets)),
        (other > 0).then(|| "pattern".to_owned()),
        (!facets.enumeration.is_empty()).then(|| format!("enumeration({})", facets.enumeration.len())),
    ];
    let text = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
    if simple.list.is_some() { format!("list({text})") } else { text }
}

fn name_of(base: Builtin) -> String {
    let name = format!("{base:?}");
    let mut chars = name.chars();
    chars.next().map(|first| first.to_ascii_lowercase()).into_iter().chain(chars).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_ordered_by_value_not_by_spelling() {
        for (left, right, expected) in [
            ("10", "9", Ordering::Greater),
            ("010", "10.0", Ordering::Equal),
            ("-10", "-9", Ordering::Less),
            ("-0", "0", Ordering::Equal),
            ("-1", "1", Ordering::Less),
            ("0.5", "0.49", Ordering::Greater),
            ("0.05", ".5", Ordering::Less),
            ("+3", "3", Ordering::Equal),
            ("2020-01-01", "2019-12-31", Ordering::Greater),
        ] {
            assert_eq!(order(left, right), Some(expected), "{left} and {right}");
            assert_eq!(order(right, left), Some(expected.reverse()), "{right} and {left}");
        }
        assert_eq!(order("2020-01-01", "2020-01-01T00:00:00"), None);
        assert_eq!(order("a", "1"), None);
    }
}
