//! The month a data key is for.

use crate::ids::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A calendar month, UTC; written `2026-11`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Month {
    year: i64,
    month: u8,
}

impl Month {
    /// The month `at` lies in.
    #[must_use]
    pub fn of(at: Timestamp) -> Self {
        // Days to a civil date in the proleptic Gregorian calendar, years beginning in March so that the leap day is the
        // last of its year; 719 468 days lie between 0000-03-01 and 1970-01-01, 146 097 make four hundred years.
        let days = at.0.div_euclid(86_400_000) + 719_468;
        let era = days.div_euclid(146_097);
        let day = days.rem_euclid(146_097);
        let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
        let march = (5 * (day - (365 * year + year / 4 - year / 100)) + 2) / 153;
        let (month, next) = if march < 10 { (march + 3, 0) } else { (march - 9, 1) };
        Self { year: era * 400 + year + next, month: u8::try_from(month).unwrap_or(1) }
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

/// Not a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a month: write it as 2026-11")]
pub struct MonthError;

impl FromStr for Month {
    type Err = MonthError;

    fn from_str(text: &str) -> Result<Self, MonthError> {
        let (year, month) = text.rsplit_once('-').ok_or(MonthError)?;
        let read = Self { year: year.parse().map_err(|_| MonthError)?, month: month.parse().map_err(|_| MonthError)? };
        // One spelling for a month: the text is part of what a key is bound to.
        if (1..=12).contains(&read.month) && read.to_string() == text { Ok(read) } else { Err(MonthError) }
    }
}

impl From<Month> for String {
    fn from(month: Month) -> Self {
        month.to_string()
    }
}

impl TryFrom<String> for Month {
    type Error = MonthError;

    fn try_from(text: String) -> Result<Self, MonthError> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_begin_and_end_where_the_calendar_says() {
        // Moments from `date -u -d … +%s`.
        for (seconds, month) in [
            (0, "1970-01"),
            (-1, "1969-12"),
            (951_782_400, "2000-02"),
            (951_868_799, "2000-02"),
            (951_868_800, "2000-03"),
            (1_709_164_800, "2024-02"),
            (1_709_251_200, "2024-03"),
            (1_798_761_599, "2026-12"),
            (1_798_761_600, "2027-01"),
            (4_107_542_400, "2100-03"),
            (4_107_542_399, "2100-02"),
        ] {
            assert_eq!(Month::of(Timestamp(seconds * 1000)).to_string(), month, "{seconds}");
        }
    }

    #[test]
    fn the_ends_of_time_are_months_too() {
        for at in [i64::MIN, i64::MAX] {
            let month = Month::of(Timestamp(at));
            assert_eq!(month.to_string().parse(), Ok(month));
        }
    }

    #[test]
    fn other_spellings_are_refused() {
        for text in ["", "2026", "2026-13", "2026-00", "2026-1", "+2026-11", "2026-11-01", "26-11"] {
            assert_eq!(text.parse::<Month>(), Err(MonthError), "{text}");
        }
    }
}
