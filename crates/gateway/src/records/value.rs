//! Values of records that have a form of their own: the billing period and exact decimals.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use time::Date;

use crate::money::NumberError;

/// A billing period: one calendar month, written `YYYY-MM`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Period {
    year: u16,
    month: u8,
}

/// A text that is not a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a period; write year and month as YYYY-MM, for example 2026-10")]
pub struct NotAPeriod;

impl Period {
    /// The period of a year (2000–2099) and a month (1–12), or nothing.
    #[must_use]
    pub const fn new(year: u16, month: u8) -> Option<Self> {
        if year < 2000 || year > 2099 || month < 1 || month > 12 {
            return None;
        }
        Some(Self { year, month })
    }

    /// The calendar year.
    #[must_use]
    pub const fn year(self) -> u16 {
        self.year
    }

    /// The month of the year, 1–12.
    #[must_use]
    pub const fn month(self) -> u8 {
        self.month
    }

    /// Whether the month has not begun by this day.
    #[must_use]
    pub fn begins_after(self, day: Date) -> bool {
        (i32::from(self.year), self.month) > (day.year(), u8::from(day.month()))
    }
}

impl FromStr for Period {
    type Err = NotAPeriod;

    fn from_str(text: &str) -> Result<Self, NotAPeriod> {
        let (year, month) = text.split_once('-').ok_or(NotAPeriod)?;
        let digits = |part: &str, length| part.len() == length && part.bytes().all(|b| b.is_ascii_digit());
        if !digits(year, 4) || !digits(month, 2) {
            return Err(NotAPeriod);
        }
        let year = year.parse().map_err(|_| NotAPeriod)?;
        let month = month.parse().map_err(|_| NotAPeriod)?;
        Self::new(year, month).ok_or(NotAPeriod)
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

impl TryFrom<String> for Period {
    type Error = NotAPeriod;

    fn try_from(text: String) -> Result<Self, NotAPeriod> {
        text.parse()
    }
}

impl From<Period> for String {
    fn from(period: Period) -> Self {
        period.to_string()
    }
}

/// A volume or a tariff: a decimal number kept exactly as it was given, never rounded and never with an exponent.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Decimal(Box<str>);

impl Decimal {
    /// Reads digits with an optional minus and an optional fraction after a point.
    ///
    /// # Errors
    /// Anything else, with the reason.
    pub fn parse(text: &str) -> Result<Self, NumberError> {
        let unsigned = text.strip_prefix('-').unwrap_or(text);
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if digits(whole) && digits(fraction) { Ok(Self(text.into())) } else { Err(NumberError::of(text)) }
    }

    /// The number as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The same number without zeros that mean nothing: `5.10` and `05.1` are one value.
    #[must_use]
    pub fn canonical(&self) -> String {
        let (sign, unsigned) = match self.0.strip_prefix('-') {
            Some(rest) => ("-", rest),
            None => ("", &*self.0),
        };
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        let whole = match whole.trim_start_matches('0') {
            "" => "0",
            digits => digits,
        };
        match fraction.trim_end_matches('0') {
            "" if whole == "0" => "0".to_owned(),
            "" => format!("{sign}{whole}"),
            fraction => format!("{sign}{whole}.{fraction}"),
        }
    }

    /// Whether the number is below zero.
    #[must_use]
    pub fn is_negative(&self) -> bool {
        self.0.starts_with('-') && self.canonical() != "0"
    }

    /// How many digits the value has: (all together, after the point), in value space (trailing zeros do not count).
    #[must_use]
    pub fn digits(&self) -> (usize, usize) {
        let canonical = self.canonical();
        let (whole, fraction) = canonical.split_once('.').unwrap_or((&canonical, ""));
        let whole = whole.trim_start_matches(['-', '0']);
        (whole.len() + fraction.len(), fraction.len())
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Decimal {
    type Error = NumberError;

    fn try_from(text: String) -> Result<Self, NumberError> {
        Self::parse(&text)
    }
}

impl From<Decimal> for String {
    fn from(decimal: Decimal) -> Self {
        decimal.0.into_string()
    }
}

#[cfg(test)]
mod tests {
    use super::{Decimal, Period};
    use crate::money::NumberError;
    use time::macros::date;

    #[test]
    fn a_period_is_a_year_and_a_month() {
        let october: Period = "2026-10".parse().unwrap();
        assert_eq!((october.year(), october.month(), october.to_string().as_str()), (2026, 10, "2026-10"));
        for text in
            ["", "2026", "2026-13", "2026-00", "2026-1", "26-10", "10.2026", "2026-10-01", "1999-12", "２０２６-10"]
        {
            assert!(text.parse::<Period>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_period_is_in_the_future_until_its_first_day() {
        let october: Period = "2026-10".parse().unwrap();
        assert!(october.begins_after(date!(2026 - 09 - 30)));
        assert!(!october.begins_after(date!(2026 - 10 - 01)));
        assert!(!october.begins_after(date!(2027 - 01 - 01)));
    }

    #[test]
    fn decimals_are_kept_as_given_and_compared_by_value() {
        let given = Decimal::parse("-005.1230").unwrap();
        assert_eq!(given.as_str(), "-005.1230");
        assert_eq!(given.canonical(), "-5.123");
        assert_eq!(given.digits(), (4, 3));
        assert_eq!(Decimal::parse("0.50").unwrap().digits(), (1, 1));
        assert_eq!(Decimal::parse("-0.00").unwrap().canonical(), "0");
        assert!(!Decimal::parse("-0.00").unwrap().is_negative());
        for (text, reason) in [
            ("1e3", NumberError::Exponent),
            ("1,5", NumberError::Comma),
            ("1.", NumberError::Symbols),
            (".5", NumberError::Symbols),
            ("1.2.3", NumberError::Symbols),
            ("пять", NumberError::Letters),
        ] {
            assert_eq!(Decimal::parse(text), Err(reason), "{text}");
        }
    }
}
