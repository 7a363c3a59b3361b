//! Money: whole kopecks inside, roubles on the wire.
//!
//! Payment documents carry roubles with two decimals, payments carry kopecks; files of callers carry kopecks. One type holds
//! them all, and nothing here is ever a floating-point number.

use std::fmt;
use std::iter;

use serde::{Deserialize, Serialize};

/// An amount in whole kopecks; negative when money goes back to the payer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Kopecks(i64);

/// Why a text is not an amount or not a decimal number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NumberError {
    /// Nothing is written.
    #[error("the value is empty")]
    Empty,
    /// Letters among the digits (`12O`, `100 руб`).
    #[error("letters in a number; write digits only")]
    Letters,
    /// The exponent form of spreadsheets (`1E+2`).
    #[error("a number with an exponent; write all its digits")]
    Exponent,
    /// A fraction where only whole kopecks can stand.
    #[error("a fraction where whole kopecks are expected; write 123.45 roubles as 12345")]
    Fraction,
    /// A comma where the decimal point belongs.
    #[error("a comma in a number; write a point")]
    Comma,
    /// Spaces inside (thousands separated, no-break spaces).
    #[error("spaces in a number; write the digits together")]
    Spaces,
    /// Any other character, or signs in a wrong place.
    #[error("not a number")]
    Symbols,
    /// More than the type or the contract can hold.
    #[error("the number is too large")]
    TooLarge,
}

impl NumberError {
    /// Names what is wrong with a text that is known not to be a number of the form asked for.
    pub(crate) fn of(text: &str) -> Self {
        let digits_and_exponent = |c: char| c.is_ascii_digit() || matches!(c, 'e' | 'E' | '+' | '-' | '.' | ',');
        if text.is_empty() {
            Self::Empty
        } else if text.starts_with(|c: char| c.is_ascii_digit() || c == '-')
            && text.contains(['e', 'E'])
            && text.chars().all(digits_and_exponent)
        {
            Self::Exponent
        } else if text.chars().any(char::is_alphabetic) {
            Self::Letters
        } else if text.chars().any(char::is_whitespace) {
            Self::Spaces
        } else if text.matches(',').count() == 1 && !text.contains('.') {
            Self::Comma
        } else {
            Self::Symbols
        }
    }
}

impl Kopecks {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// An amount of so many kopecks.
    #[must_use]
    pub const fn new(kopecks: i64) -> Self {
        Self(kopecks)
    }

    /// The number of kopecks.
    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }

    /// Whether money goes back to the payer.
    #[must_use]
    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// Whether there is nothing to pay.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// The sum, or nothing when it does not fit 64 bits.
    #[must_use]
    pub const fn checked_add(self, other: Self) -> Option<Self> {
        match self.0.checked_add(other.0) {
            Some(sum) => Some(Self(sum)),
            None => None,
        }
    }

    /// The difference, or nothing when it does not fit 64 bits.
    #[must_use]
    pub const fn checked_sub(self, other: Self) -> Option<Self> {
        match self.0.checked_sub(other.0) {
            Some(difference) => Some(Self(difference)),
            None => None,
        }
    }

    /// The sum of many amounts, or nothing when it does not fit 64 bits.
    pub fn checked_sum(amounts: impl IntoIterator<Item = Self>) -> Option<Self> {
        amounts.into_iter().try_fold(Self::ZERO, Self::checked_add)
    }

    /// Reads whole kopecks: digits with an optional minus (`24872`, `-100`).
    ///
    /// # Errors
    /// Anything else, with the reason: the caller's file says roubles, or a spreadsheet has reformatted it.
    pub fn parse(text: &str) -> Result<Self, NumberError> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) {
            return text.parse().map(Self).map_err(|_| NumberError::TooLarge);
        }
        Err(match roubles(text) {
            Some(_) => NumberError::Fraction,
            None => NumberError::of(text),
        })
    }

    /// Reads whole kopecks, or roubles written with exactly two decimals (`123,45` and `123.45` are 12345 kopecks).
    ///
    /// # Errors
    /// As [`Kopecks::parse`].
    pub fn parse_lenient(text: &str) -> Result<Self, NumberError> {
        match roubles(text) {
            Some(kopecks) => kopecks,
            None => Self::parse(text),
        }
    }
}

/// Roubles with exactly two decimals after a comma or a point; nothing when the text is not of that form.
fn roubles(text: &str) -> Option<Result<Kopecks, NumberError>> {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, cents) = unsigned.split_once([',', '.'])?;
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(cents) || cents.len() != 2 {
        return None;
    }
    let sign = if unsigned.len() < text.len() { "-" } else { "" };
    let kopecks: String = iter::once(sign).chain([whole, cents]).collect();
    Some(kopecks.parse().map(Kopecks).map_err(|_| NumberError::TooLarge))
}

/// Roubles with two decimals and a point, as payment documents carry them: `123.45`, `-0.05`.
impl fmt::Display for Kopecks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let amount = self.0.unsigned_abs();
        write!(f, "{sign}{}.{:02}", amount / 100, amount % 100)
    }
}

#[cfg(test)]
mod tests {
    use super::{Kopecks, NumberError};
    use proptest::prelude::*;

    #[test]
    fn roubles_are_written_with_two_decimals() {
        for (kopecks, text) in
            [(0, "0.00"), (5, "0.05"), (-5, "-0.05"), (12345, "123.45"), (i64::MIN, "-92233720368547758.08")]
        {
            assert_eq!(Kopecks::new(kopecks).to_string(), text);
        }
    }

    #[test]
    fn what_is_not_whole_kopecks_is_named() {
        for (text, reason) in [
            ("", NumberError::Empty),
            ("-", NumberError::Symbols),
            ("12O", NumberError::Letters),
            ("1E+2", NumberError::Exponent),
            ("123.45", NumberError::Fraction),
            ("123,45", NumberError::Fraction),
            ("123,4", NumberError::Comma),
            ("1 000", NumberError::Spaces),
            ("1\u{a0}000", NumberError::Spaces),
            ("+5", NumberError::Symbols),
            ("٣", NumberError::Symbols),
            ("9223372036854775808", NumberError::TooLarge),
        ] {
            assert_eq!(Kopecks::parse(text), Err(reason), "{text}");
        }
    }

    #[test]
    fn leniently_two_decimals_are_roubles_and_a_whole_number_stays_kopecks() {
        assert_eq!(Kopecks::parse_lenient("123,45"), Ok(Kopecks::new(12345)));
        assert_eq!(Kopecks::parse_lenient("-0.05"), Ok(Kopecks::new(-5)));
        assert_eq!(Kopecks::parse_lenient("12345"), Ok(Kopecks::new(12345)));
        assert_eq!(Kopecks::parse_lenient("123,4"), Err(NumberError::Comma));
    }

    #[test]
    fn arithmetic_never_wraps() {
        assert_eq!(Kopecks::new(i64::MAX).checked_add(Kopecks::new(1)), None);
        assert_eq!(Kopecks::new(i64::MIN).checked_sub(Kopecks::new(1)), None);
        assert_eq!(Kopecks::checked_sum([Kopecks::new(1), Kopecks::new(-3)]), Some(Kopecks::new(-2)));
        assert_eq!(Kopecks::checked_sum([Kopecks::new(i64::MAX), Kopecks::new(1)]), None);
    }

    proptest! {
        #[test]
        fn kopecks_survive_both_writings(amount: i64) {
            let kopecks = Kopecks::new(amount);
            prop_assert_eq!(Kopecks::parse(&amount.to_string()), Ok(kopecks));
            prop_assert_eq!(Kopecks::parse_lenient(&kopecks.to_string()), Ok(kopecks));
        }

        #[test]
        fn any_text_is_answered(text in "\\PC{0,24}") {
            let _ = Kopecks::parse_lenient(&text);
            if let Ok(kopecks) = Kopecks::parse(&text) {
                prop_assert_eq!(kopecks.get().to_string().len() <= text.len(), true);
            }
        }
    }
}
