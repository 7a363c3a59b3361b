//! Numbers: exact, at the bounds of their facets and one step beyond.

use std::cmp::Ordering;

use gis_gkh_codegen::schema::Builtin;

use super::{Facet, Simple};
use crate::dice::Dice;

/// `units` × 10^-`scale`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Number {
    units: i128,
    scale: u32,
}

impl Number {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        if (whole.is_empty() && fraction.is_empty())
            || !(whole.bytes().chain(fraction.bytes())).all(|b| b.is_ascii_digit())
        {
            return None;
        }
        let units: i128 = format!("0{whole}{fraction}").parse().ok()?;
        Some(Self { units: if negative { -units } else { units }, scale: u32::try_from(fraction.len()).ok()? })
    }

    /// Digits in value space: all, and those behind the point.
    pub(super) fn digits(self) -> (u32, u32) {
        let (mut units, mut scale) = (self.units.unsigned_abs(), self.scale);
        while scale > 0 && units.is_multiple_of(10) {
            (units, scale) = (units / 10, scale - 1);
        }
        let total = units.checked_ilog10().map_or(0, |log| log + 1);
        (total.max(scale), scale)
    }

    /// Without the digits that do not count.
    pub(super) fn one_form(self) -> String {
        let (_, scale) = self.digits();
        Self { units: self.floor(scale), scale }.text()
    }

    /// So many steps of 10^-`scale`, rounded towards minus infinity.
    fn floor(self, scale: u32) -> i128 {
        match scale.checked_sub(self.scale) {
            Some(more) => self.units * 10i128.pow(more),
            None => self.units.div_euclid(10i128.pow(self.scale - scale)),
        }
    }

    fn ceiling(self, scale: u32) -> i128 {
        -Self { units: -self.units, ..self }.floor(scale)
    }

    fn text(self) -> String {
        let sign = if self.units < 0 { "-" } else { "" };
        let digits = format!("{:0width$}", self.units.unsigned_abs(), width = self.scale as usize + 1);
        let (whole, fraction) = digits.split_at(digits.len() - self.scale as usize);
        if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Number {}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        let scale = self.scale.max(other.scale);
        self.floor(scale).cmp(&other.floor(scale))
    }
}

/// Digits that every reader must take are 18 (XML Schema part 2 §5); libxml2 takes these.
const DIGITS: u32 = 24;

/// The range of a type of XML Schema; what it does not bound we read within 64 bits.
fn range(base: Builtin) -> (i128, i128) {
    match base {
        Builtin::Byte => (i8::MIN.into(), i8::MAX.into()),
        Builtin::Short => (i16::MIN.into(), i16::MAX.into()),
        Builtin::Int => (i32::MIN.into(), i32::MAX.into()),
        Builtin::UnsignedByte => (0, u8::MAX.into()),
        Builtin::UnsignedShort => (0, u16::MAX.into()),
        Builtin::UnsignedInt => (0, u32::MAX.into()),
        Builtin::NonNegative => (0, u64::MAX.into()),
        Builtin::Positive => (1, u64::MAX.into()),
        Builtin::Integer | Builtin::Long => (i64::MIN.into(), i64::MAX.into()),
        _ => (-10i128.pow(20), 10i128.pow(20)),
    }
}

impl Simple {
    fn is_whole(&self) -> bool {
        !matches!(self.base, Builtin::Decimal | Builtin::Double)
    }

    pub(super) fn is_numeral(&self, text: &str) -> bool {
        let Some(number) = Number::parse(text).filter(|number| number.digits().0 <= DIGITS) else { return false };
        let (low, high) = range(self.base);
        !self.is_whole() || (!text.contains('.') && (low..=high).contains(&number.units))
    }

    /// Digits behind the point to write.
    fn scale(&self) -> u32 {
        if self.is_whole() { 0 } else { self.facets.fraction_digits.unwrap_or(3) }
    }

    /// What the facets allow, in steps of 10^-`scale`.
    fn span(&self, scale: u32) -> (i128, i128) {
        let facets = &self.facets;
        let unit = 10i128.pow(scale);
        let (low, high) = range(self.base);
        let (mut low, mut high) = (low * unit, high * unit);
        let number = |bound: &Option<String>| bound.as_ref().and_then(|bound| Number::parse(bound));
        let lows = [
            number(&facets.min_inclusive).map(|bound| bound.ceiling(scale)),
            number(&facets.min_exclusive).map(|bound| bound.floor(scale) + 1),
            facets.total_digits.map(|total| 1 - 10i128.pow(total.min(30))),
        ];
        let highs = [
            number(&facets.max_inclusive).map(|bound| bound.floor(scale)),
            number(&facets.max_exclusive).map(|bound| bound.ceiling(scale) - 1),
            facets.total_digits.map(|total| 10i128.pow(total.min(30)) - 1),
        ];
        low = lows.into_iter().flatten().fold(low, i128::max);
        high = highs.into_iter().flatten().fold(high, i128::min);
        (low, high)
    }

    pub(super) fn some_number(&self, dice: &mut Dice) -> String {
        let scale = u32::try_from(dice.below(self.scale() as usize + 1)).expect("few digits");
        let (low, high) = self.span(scale);
        if low > high {
            return "0".to_owned();
        }
        // As many small numbers as large ones.
        let reach = 10i128.pow(u32::try_from(dice.below(10)).expect("a digit"));
        let near = low.max(0).min(high);
        let units = dice.between(low.max(near - reach), high.min(near + reach));
        let text = Number { units, scale }.text();
        match dice.below(30) {
            0 => format!("0{}", text.trim_start_matches('-')),
            1 if units >= 0 => format!("+{text}"),
            2 if !self.is_whole() && scale > 0 => text.replacen("0.", ".", usize::from(text.starts_with("0."))),
            _ => text,
        }
    }

    /// Numbers at a bound and one step to each side of it.
    pub(super) fn near_number(&self, facet: Facet, dice: &mut Dice) -> Vec<String> {
        let facets = &self.facets;
        let bound = match facet {
            Facet::MinInclusive => &facets.min_inclusive,
            Facet::MaxInclusive => &facets.max_inclusive,
            Facet::MinExclusive => &facets.min_exclusive,
            Facet::MaxExclusive => &facets.max_exclusive,
            _ => return self.near_digits(facet, dice),
        };
        let Some(bound) = bound.as_ref().and_then(|bound| Number::parse(bound)) else { return Vec::new() };
        let mut all = Vec::new();
        for scale in (0..=self.scale()).rev() {
            let (low, high) = (bound.floor(scale), bound.ceiling(scale));
            all.extend([low, high, low - 1, high + 1].map(|units| Number { units, scale }.text()));
        }
        // Next to an open bound comes the value just inside it.
        if matches!(facet, Facet::MinExclusive | Facet::MaxExclusive) {
            all.sort_by_key(|text| !self.fits(text));
        }
        all
    }

    /// Numbers with as many digits as allowed, and one more.
    fn near_digits(&self, facet: Facet, dice: &mut Dice) -> Vec<String> {
        let total = self.facets.total_digits.unwrap_or(12).min(28);
        let mut all = Vec::new();
        for digits in [total, total + 1] {
            for scale in 0..=self.scale() {
                for units in [10i128.pow(digits) - 1, 10i128.pow(digits - 1), 10i128.pow(digits - 1) + 1] {
                    all.extend([Number { units, scale }.text(), Number { units: -units, scale }.text()]);
                }
            }
        }
        if facet == Facet::FractionDigits {
            all.clear();
            for scale in [self.facets.fraction_digits.unwrap_or(0), self.facets.fraction_digits.unwrap_or(0) + 1] {
                let (low, high) = self.span(scale);
                for _ in 0..40 {
                    let units = dice.between(low.max(-9999), high.min(9999).max(low));
                    let units = if units % 10 == 0 { units + 1 } else { units };
                    all.push(Number { units, scale }.text());
                }
                all.push(Number { units: low, scale }.text());
                all.push(Number { units: high, scale }.text());
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::Number;

    #[test]
    fn digits_are_counted_in_value_space() {
        let digits = |text: &str| Number::parse(text).expect("a number").digits();
        assert_eq!(digits("0012.3400"), (4, 2));
        assert_eq!(digits("0.05"), (2, 2));
        assert_eq!(digits("-100"), (3, 0));
        assert!(Number::parse("1e3").is_none() && Number::parse(".").is_none());
    }

    #[test]
    fn numbers_are_ordered_by_value_and_written_exactly() {
        let number = |text: &str| Number::parse(text).expect("a number");
        assert!(number("-1.50") < number("-1.49") && number("2") == number("2.000"));
        assert_eq!(number("-0.07").text(), "-0.07");
        assert_eq!((number("+05.10").one_form(), number("-0.0").one_form()), ("5.1".to_owned(), "0".to_owned()));
        assert_eq!((number("1.55").floor(1), number("1.55").ceiling(1), number("-1.55").floor(1)), (15, 16, -16));
    }
}
