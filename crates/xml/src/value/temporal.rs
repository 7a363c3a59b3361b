//! Dates and times of XML Schema: years 0001 to 9999, with or without a zone.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use super::{Value, collapse};

/// Minutes east of UTC, −840 to 840.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Offset(i16);

impl Offset {
    /// UTC.
    pub const UTC: Self = Self(0);

    /// An offset of that many minutes east of UTC; `None` beyond 14 hours.
    pub const fn minutes(minutes: i16) -> Option<Self> {
        if minutes >= -840 && minutes <= 840 { Some(Self(minutes)) } else { None }
    }
}

impl fmt::Display for Offset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.write_str("Z");
        }
        let sign = if self.0 < 0 { '-' } else { '+' };
        write!(f, "{sign}{:02}:{:02}", self.0.unsigned_abs() / 60, self.0.unsigned_abs() % 60)
    }
}

/// `xs:date`: a day, perhaps with a zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Date {
    date: time::Date,
    offset: Option<Offset>,
}

impl Date {
    /// A day without a zone.
    pub const fn new(date: time::Date) -> Self {
        Self { date, offset: None }
    }

    /// The day.
    pub const fn date(self) -> time::Date {
        self.date
    }
}

/// A day without a zone.
impl From<time::Date> for Date {
    fn from(date: time::Date) -> Self {
        Self::new(date)
    }
}

/// `xs:dateTime`: a moment; without a zone the system means Moscow time. Nanoseconds are kept, finer parts are dropped. The
/// first day of the year 1 and the last of 9999 are beyond it. Equality is that of what is written, zone included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DateTime {
    at: time::PrimitiveDateTime,
    offset: Option<Offset>,
}

impl DateTime {
    /// A moment with its offset from UTC (seconds of the offset are dropped).
    pub fn new(at: time::OffsetDateTime) -> Self {
        let offset = Offset(at.offset().whole_minutes());
        Self { at: time::PrimitiveDateTime::new(at.date(), at.time()), offset: Some(offset) }
    }

    /// The moment, a missing zone taken as the given one.
    pub fn with_zone(self, missing: time::UtcOffset) -> time::OffsetDateTime {
        let offset = match self.offset {
            Some(Offset(minutes)) => {
                time::UtcOffset::from_whole_seconds(i32::from(minutes) * 60).unwrap_or(time::UtcOffset::UTC)
            }
            None => missing,
        };
        self.at.assume_offset(offset)
    }

    /// The zone, if one was given.
    pub const fn offset(self) -> Option<Offset> {
        self.offset
    }
}

/// A moment with its offset from UTC.
impl From<time::OffsetDateTime> for DateTime {
    fn from(at: time::OffsetDateTime) -> Self {
        Self::new(at)
    }
}

/// `xs:gYearMonth`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct YearMonth {
    year: u16,
    month: u8,
    offset: Option<Offset>,
}

impl YearMonth {
    /// A month of a year; `None` unless 1–9999 and 1–12.
    pub const fn new(year: u16, month: u8) -> Option<Self> {
        if year >= 1 && year <= 9999 && month >= 1 && month <= 12 {
            Some(Self { year, month, offset: None })
        } else {
            None
        }
    }

    /// The year.
    pub const fn year(self) -> u16 {
        self.year
    }

    /// The month, 1 to 12.
    pub const fn month(self) -> u8 {
        self.month
    }
}

/// `xs:gYear`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Year {
    year: u16,
    offset: Option<Offset>,
}

impl Year {
    /// A year, 1 to 9999.
    pub const fn new(year: u16) -> Option<Self> {
        if year >= 1 && year <= 9999 { Some(Self { year, offset: None }) } else { None }
    }

    /// The year.
    pub const fn year(self) -> u16 {
        self.year
    }
}

/// More than zones are apart.
const DAY: time::Duration = time::Duration::days(1);

/// Reads digits off the front of a text.
struct Scan<'t>(&'t [u8]);

impl<'t> Scan<'t> {
    fn digits(&mut self, count: usize) -> Option<u16> {
        let (digits, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        digits.iter().try_fold(0u16, |value, byte| byte.is_ascii_digit().then(|| value * 10 + u16::from(byte - b'0')))
    }

    fn mark(&mut self, mark: u8) -> Option<()> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        (*first == mark).then_some(())
    }

    fn year(&mut self) -> Option<u16> {
        self.digits(4).filter(|year| *year > 0)
    }

    fn date(&mut self) -> Option<time::Date> {
        let year = self.year()?;
        self.mark(b'-')?;
        let month = u8::try_from(self.digits(2)?).ok()?;
        self.mark(b'-')?;
        let day = u8::try_from(self.digits(2)?).ok()?;
        time::Date::from_calendar_date(i32::from(year), time::Month::try_from(month).ok()?, day).ok()
    }

    /// The zone and the end.
    fn zone(&mut self) -> Option<Option<Offset>> {
        let sign = match self.0 {
            [] => return Some(None),
            b"Z" => return Some(Some(Offset::UTC)),
            [b'+', ..] => 1,
            [b'-', ..] => -1,
            _ => return None,
        };
        self.0 = &self.0[1..];
        let hours = i16::try_from(self.digits(2)?).ok()?;
        self.mark(b':')?;
        let minutes = i16::try_from(self.digits(2)?).ok().filter(|minutes| *minutes < 60)?;
        if !self.0.is_empty() {
            return None;
        }
        Offset::minutes(sign * (hours * 60 + minutes)).map(Some)
    }
}

/// Text that is no date or time of the kind wanted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not {0}")]
pub struct NotTemporal(&'static str);

macro_rules! temporal {
    ($type:ty, $name:literal, |$scan:ident| $parse:expr, |$value:ident| $key:expr) => {
        impl FromStr for $type {
            type Err = NotTemporal;

            fn from_str(text: &str) -> Result<Self, NotTemporal> {
                let mut $scan = Scan(text.as_bytes());
                let parsed = (move || $parse)();
                parsed.ok_or(NotTemporal($name))
            }
        }

        impl Value for $type {
            const TYPE: &'static str = $name;

            fn parse(text: Cow<'_, str>) -> Option<Self> {
                collapse(text).parse().ok()
            }

            fn write(&self, out: &mut String) {
                out.push_str(&self.to_string());
            }

            fn lexical(&self) -> Cow<'_, str> {
                Cow::Owned(self.to_string())
            }

            fn order(&self, bound: &str) -> Option<Ordering> {
                let key = |$value: &$type| $key;
                Some(key(self).cmp(&key(&bound.parse().ok()?)))
            }
        }
    };
}

temporal!(
    Date,
    "xs:date (2026-11-21)",
    |scan| {
        let date = scan.date()?;
        Some(Date { date, offset: scan.zone()? })
    },
    |value| value.date
);
temporal!(
    DateTime,
    "xs:dateTime (2026-11-21T10:00:00+03:00)",
    |scan| {
        let date = scan.date()?;
        scan.mark(b'T')?;
        let hour = u8::try_from(scan.digits(2)?).ok()?;
        scan.mark(b':')?;
        let minute = u8::try_from(scan.digits(2)?).ok()?;
        scan.mark(b':')?;
        let second = u8::try_from(scan.digits(2)?).ok()?;
        let mut nanosecond = 0u32;
        if let [b'.', rest @ ..] = scan.0 {
            let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
            if count == 0 {
                return None;
            }
            // Beyond nanoseconds digits are dropped: no clock here has them.
            let digits = rest.iter().take(count).map(|byte| u32::from(byte - b'0')).chain(std::iter::repeat(0));
            nanosecond = digits.take(9).fold(0, |value, digit| value * 10 + digit);
            scan.0 = &rest[count..];
        }
        let offset = scan.zone()?;
        // 24:00:00 is the next day's midnight.
        let (date, hour) = match (hour, minute, second, nanosecond) {
            (24, 0, 0, 0) => (date.next_day()?, 0),
            _ => (date, hour),
        };
        let time = time::Time::from_hms_nano(hour, minute, second, nanosecond).ok()?;
        let at = time::PrimitiveDateTime::new(date, time);
        // The moment must lie within the years of the type in every zone, or turning it into one would have no answer.
        at.checked_add(DAY)?;
        at.checked_sub(DAY).filter(|before| before.year() >= 1)?;
        Some(DateTime { at, offset })
    },
    |value| value.with_zone(time::UtcOffset::UTC)
);
temporal!(
    YearMonth,
    "xs:gYearMonth (2026-11)",
    |scan| {
        let year = scan.year()?;
        scan.mark(b'-')?;
        let month = u8::try_from(scan.digits(2)?).ok().filter(|month| (1..=12).contains(month))?;
        Some(YearMonth { year, month, offset: scan.zone()? })
    },
    |value| (value.year, value.month)
);
temporal!(
    Year,
    "xs:gYear (2026)",
    |scan| {
        let year = scan.year()?;
        Some(Year { year, offset: scan.zone()? })
    },
    |value| value.year
);

fn zone(offset: Option<Offset>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    offset.map_or(Ok(()), |offset| fmt::Display::fmt(&offset, f))
}

fn day(date: time::Date, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "{:04}-{:02}-{:02}", date.year(), u8::from(date.month()), date.day())
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        day(self.date, f)?;
        zone(self.offset, f)
    }
}

impl fmt::Display for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        day(self.at.date(), f)?;
        write!(f, "T{:02}:{:02}:{:02}", self.at.hour(), self.at.minute(), self.at.second())?;
        if self.at.nanosecond() != 0 {
            let fraction = format!("{:09}", self.at.nanosecond());
            write!(f, ".{}", fraction.trim_end_matches('0'))?;
        }
        zone(self.offset, f)
    }
}

impl fmt::Display for YearMonth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)?;
        zone(self.offset, f)
    }
}

impl fmt::Display for Year {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}", self.year)?;
        zone(self.offset, f)
    }
}
