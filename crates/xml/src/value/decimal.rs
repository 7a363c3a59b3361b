//! Decimal numbers, kept exactly as given.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use super::{Value, collapse};

/// `xs:decimal` as it was given: never reformatted, never rounded, no exponent. Equality and order are by value, so
/// `6.080` equals `6.08` and each is still written as it came.
#[derive(Debug, Clone)]
pub struct Decimal(Box<str>);

/// Text that is no plain decimal number: an exponent, a comma, a space or a letter in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a plain decimal number like 123.45 (no exponent, no comma, no spaces)")]
pub struct NotDecimal;

impl Decimal {
    /// The number as given.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// An amount of kopecks as roubles with two decimals: `12345` is `123.45`.
    pub fn from_kopecks(kopecks: i64) -> Self {
        Self::from_units(kopecks, 2)
    }

    /// A number of so many units of the last of `fraction` decimal places: `(6080, 3)` is `6.080`, a volume counted in
    /// thousandths; `(5, 0)` is `5`.
    pub fn from_units(units: i64, fraction: u8) -> Self {
        let sign = if units < 0 { "-" } else { "" };
        let fraction = usize::from(fraction);
        // One digit at least stands before the point.
        let digits = format!("{:0width$}", units.unsigned_abs(), width = fraction + 1);
        let (whole, rest) = digits.split_at(digits.len() - fraction);
        let point = if rest.is_empty() { "" } else { "." };
        Self(format!("{sign}{whole}{point}{rest}").into())
    }

    /// The amount in kopecks. `None` if it has parts of a kopeck (`1.005`; trailing zeros are none) or does not fit.
    pub fn to_kopecks(&self) -> Option<i64> {
        let parts = Parts::of(&self.0);
        // Every kopeck of the fraction stands in its place: `.5` is 50, `.05` is 5.
        let fraction = match parts.fraction.as_bytes() {
            [] => [b'0', b'0'],
            [tenths] => [*tenths, b'0'],
            [tenths, hundredths] => [*tenths, *hundredths],
            _ => return None,
        };
        // Built downwards: the range of `i64` reaches one further below zero than above.
        let minus = parts
            .whole
            .bytes()
            .chain(fraction)
            .try_fold(0i64, |kopecks, digit| kopecks.checked_mul(10)?.checked_sub(i64::from(digit - b'0')))?;
        if parts.negative { Some(minus) } else { minus.checked_neg() }
    }
}

/// A number without the digits that do not count.
struct Parts<'t> {
    negative: bool,
    whole: &'t str,
    fraction: &'t str,
}

impl<'t> Parts<'t> {
    /// Splits a text already known to be a decimal.
    fn of(text: &'t str) -> Self {
        let (negative, digits) = match text.as_bytes().first() {
            Some(b'-') => (true, &text[1..]),
            Some(b'+') => (false, &text[1..]),
            _ => (false, text),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
        Self { negative: negative && !(whole.is_empty() && fraction.is_empty()), whole, fraction }
    }

    fn magnitude(&self, other: &Self) -> Ordering {
        (self.whole.len().cmp(&other.whole.len()))
            .then_with(|| self.whole.cmp(other.whole))
            .then_with(|| self.fraction.cmp(other.fraction))
    }

    fn order(&self, other: &Self) -> Ordering {
        match (self.negative, other.negative) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, false) => self.magnitude(other),
            (true, true) => other.magnitude(self),
        }
    }
}

/// Order of two decimal texts by value; `None` if one is no decimal.
pub(super) fn order(left: &str, right: &str) -> Option<Ordering> {
    (is_decimal(left) && is_decimal(right)).then(|| Parts::of(left).order(&Parts::of(right)))
}

fn is_decimal(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let mut point = false;
    let mut any = false;
    for byte in digits.bytes() {
        match byte {
            b'0'..=b'9' => any = true,
            b'.' if !point => point = true,
            _ => return false,
        }
    }
    any
}

impl FromStr for Decimal {
    type Err = NotDecimal;

    fn from_str(text: &str) -> Result<Self, NotDecimal> {
        if is_decimal(text) { Ok(Self(text.into())) } else { Err(NotDecimal) }
    }
}

impl TryFrom<&str> for Decimal {
    type Error = NotDecimal;

    fn try_from(text: &str) -> Result<Self, NotDecimal> {
        text.parse()
    }
}

macro_rules! from_whole {
    ($($rust:ty),*) => { $(
        impl From<$rust> for Decimal {
            fn from(value: $rust) -> Self {
                Self(value.to_string().into())
            }
        }
    )* };
}

// Never from a floating point number: it would not be the number its author wrote.
from_whole!(i32, i64, u32, u64);

/// Some texts of the contract are numbers, such as the readings of meters.
impl From<Decimal> for String {
    fn from(value: Decimal) -> Self {
        value.0.into()
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl PartialEq for Decimal {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Decimal {}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        Parts::of(&self.0).order(&Parts::of(&other.0))
    }
}

impl Value for Decimal {
    const TYPE: &'static str = "xs:decimal (like 123.45)";

    #[inline]
    fn parse(text: Cow<'_, str>) -> Option<Self> {
        if is_decimal(&text) {
            return Some(Self(text.into()));
        }
        let text = collapse(text);
        is_decimal(&text).then(|| Self(text.into()))
    }

    #[inline]
    fn write(&self, out: &mut String) {
        out.push_str(&self.0);
    }

    fn lexical(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.0)
    }

    fn order(&self, bound: &str) -> Option<Ordering> {
        order(&self.0, bound)
    }

    fn digits(&self) -> Option<(u32, u32)> {
        let parts = Parts::of(&self.0);
        let fraction = u32::try_from(parts.fraction.len()).unwrap_or(u32::MAX);
        let whole = u32::try_from(parts.whole.len()).unwrap_or(u32::MAX);
        // XML Schema part 2 §4.3.11: the number is `i × 10^-n` with `n` within the total too, so that the zeros between the
        // point and the first other digit count, and a zero before the point does not: `0.05` has two digits.
        Some((whole.saturating_add(fraction), fraction))
    }
}
