//! Typed access to the cells of one row that names every fault.

use time::{Date, Month};
use uuid::Uuid;

use super::problem::{Code, Problem, Problems};
use super::rows::{Cell, Kind, Row};
use super::source::Text;
use super::table::{Table, Use};
use super::value::{Decimal, Period};
use crate::money::{Kopecks, NumberError};

/// The largest amount a payment document can carry: 13 digits, in kopecks.
pub(crate) const AMOUNT_LIMIT: i64 = 9_999_999_999_999;

/// Typed access to one row. Every getter answers nothing for an absent or a faulty value; a fault is also pushed and
/// remembered in `faulty`.
pub(crate) struct Fields<'r, 'a> {
    pub(crate) text: &'r Text<'a>,
    pub(crate) table: &'static Table,
    pub(crate) row: &'r Row<'a>,
    pub(crate) problems: &'r mut Problems,
    pub(crate) lenient: bool,
    /// The `ref` of the bill the row belongs to, once known.
    pub(crate) bill: Option<String>,
    pub(crate) faulty: bool,
}

impl<'r, 'a> Fields<'r, 'a> {
    pub(crate) fn new(
        text: &'r Text<'a>,
        table: &'static Table,
        row: &'r Row<'a>,
        lenient: bool,
        problems: &'r mut Problems,
    ) -> Self {
        Self { text, table, row, problems, lenient, bill: None, faulty: row.faulty }
    }

    /// The line the row begins in.
    pub(crate) fn line(&self) -> u64 {
        self.text.line(self.row.offset)
    }

    /// Reports a fault of a column; `figures` adds what its text needs.
    pub(crate) fn fault(&mut self, column: &str, code: Code, figures: impl FnOnce(Problem) -> Problem) {
        let offset = self.cell(column).map_or(self.row.offset, |cell| cell.offset);
        let mut problem = Problem::new(self.text.file, code).at(self.text.line(offset)).column(column);
        problem.reference.clone_from(&self.bill);
        self.problems.push(figures(problem));
        self.faulty = true;
    }

    fn cell(&self, column: &str) -> Option<&'r Cell<'a>> {
        self.table.position(column).and_then(|at| self.row.cells.get(at)).and_then(Option::as_ref)
    }

    /// A cell that has any text; a mandatory one that has none is reported.
    fn filled(&mut self, column: &str) -> Option<&'r Cell<'a>> {
        let at = self.table.position(column)?;
        match self.row.cells.get(at).and_then(Option::as_ref).filter(|cell| !cell.text.trim().is_empty()) {
            Some(cell) => Some(cell),
            None => {
                if self.table.columns[at].1 == Use::Mandatory {
                    self.fault(column, Code::Empty, |problem| problem);
                }
                None
            }
        }
    }

    /// A text of at most `limit` characters; in JSON it must be a string, so that `000123` keeps its zeros.
    pub(crate) fn text(&mut self, column: &str, limit: usize) -> Option<&'r str> {
        let cell = self.filled(column)?;
        if !matches!(cell.kind, Kind::Any | Kind::Text) {
            self.fault(column, Code::JsonKind, |problem| problem.with("expected", "\"…\""));
            return None;
        }
        let text = cell.text.trim();
        let length = text.chars().count();
        if length > limit {
            self.fault(column, Code::TooLong, |problem| problem.with("found", length).with("limit", limit));
            return None;
        }
        if text.chars().any(|c| (c.is_control() && !matches!(c, '\n' | '\t')) || matches!(c, '\u{fffe}' | '\u{ffff}')) {
            self.fault(column, Code::ForbiddenCharacter, |problem| problem);
            return None;
        }
        Some(text)
    }

    /// A text of one line.
    pub(crate) fn identifier(&mut self, column: &str, limit: usize) -> Option<&'r str> {
        let text = self.text(column, limit)?;
        if text.contains(['\n', '\t']) {
            self.fault(column, Code::ForbiddenCharacter, |problem| problem);
            return None;
        }
        Some(text)
    }

    /// A number of a document or an account: 1–30 characters with a letter or a digit.
    pub(crate) fn number(&mut self, column: &str) -> Option<&'r str> {
        let text = self.identifier(column, 30)?;
        if text.contains(|c: char| c.is_ascii_alphanumeric() || matches!(c, 'а'..='я' | 'А'..='Я')) {
            return Some(text);
        }
        self.fault(column, Code::NoLetterOrDigit, |problem| problem);
        None
    }

    /// The text of a number: in JSON either a number or a string.
    fn figures(&mut self, column: &str) -> Option<&'r str> {
        let cell = self.filled(column)?;
        if cell.kind == Kind::Other {
            self.fault(column, Code::JsonKind, |problem| problem.with("expected", "123"));
            return None;
        }
        Some(cell.text.trim())
    }

    fn number_fault(&mut self, column: &str, error: NumberError) {
        let code = match error {
            NumberError::Empty => Code::Empty,
            NumberError::Letters => Code::LettersInNumber,
            NumberError::Exponent => Code::Exponent,
            NumberError::Fraction => Code::FractionOfKopeck,
            NumberError::Comma => Code::CommaInNumber,
            NumberError::Spaces => Code::SpacesInNumber,
            NumberError::Symbols => Code::NotANumber,
            NumberError::TooLarge => {
                return self.fault(column, Code::AmountTooLarge, |problem| problem.with("limit", AMOUNT_LIMIT));
            }
        };
        self.fault(column, code, |problem| problem);
    }

    /// An amount of at most 13 digits.
    pub(crate) fn kopecks(&mut self, column: &str) -> Option<Kopecks> {
        let text = self.figures(column)?;
        let parsed = if self.lenient { Kopecks::parse_lenient(text) } else { Kopecks::parse(text) };
        match parsed {
            Ok(amount) if amount.get().unsigned_abs() <= AMOUNT_LIMIT.unsigned_abs() => return Some(amount),
            Ok(_) => self.number_fault(column, NumberError::TooLarge),
            Err(error) => self.number_fault(column, error),
        }
        None
    }

    /// An amount of zero or more, at most `limit`.
    pub(crate) fn positive(&mut self, column: &str, limit: i64) -> Option<Kopecks> {
        let amount = self.kopecks(column)?;
        if amount.is_negative() {
            self.fault(column, Code::Negative, |problem| problem);
            None
        } else if amount.get() > limit {
            self.fault(column, Code::AmountTooLarge, |problem| problem.with("limit", limit));
            None
        } else {
            Some(amount)
        }
    }

    /// A decimal of limited digits: (all together, after the point).
    pub(crate) fn decimal(&mut self, column: &str, digits: usize, fraction_digits: usize) -> Option<Decimal> {
        let text = self.figures(column)?;
        let decimal = match Decimal::parse(text) {
            Ok(decimal) => decimal,
            Err(error) => {
                self.number_fault(column, error);
                return None;
            }
        };
        let (all, fraction) = decimal.digits();
        let (code, found, limit) = if fraction > fraction_digits {
            (Code::FractionDigits, fraction, fraction_digits)
        } else if all > digits {
            (Code::TotalDigits, all, digits)
        } else {
            return Some(decimal);
        };
        self.fault(column, code, |problem| problem.with("found", found).with("limit", limit));
        None
    }

    /// A whole number within bounds.
    pub(crate) fn whole(&mut self, column: &str, min: u32, max: u32) -> Option<u32> {
        let text = self.figures(column)?;
        if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
            if let Some(number) = text.parse().ok().filter(|number| (min..=max).contains(number)) {
                return Some(number);
            }
        } else if text.chars().any(char::is_alphabetic) {
            self.fault(column, Code::LettersInNumber, |problem| problem);
            return None;
        }
        self.fault(column, Code::OutOfRange, |problem| problem.with("min", min).with("max", max));
        None
    }

    /// A date `YYYY-MM-DD`.
    pub(crate) fn date(&mut self, column: &str) -> Option<Date> {
        let text = self.text(column, 40)?;
        let date = parse_date(text);
        if date.is_none() {
            self.fault(column, Code::NotADate, |problem| problem);
        }
        date
    }

    /// A period `YYYY-MM`.
    pub(crate) fn period(&mut self, column: &str) -> Option<Period> {
        let period = self.text(column, 40)?.parse().ok();
        if period.is_none() {
            self.fault(column, Code::NotAPeriod, |problem| problem);
        }
        period
    }

    /// A GUID of the form 8-4-4-4-12.
    pub(crate) fn guid(&mut self, column: &str) -> Option<Uuid> {
        let text = self.text(column, 80)?;
        let guid = (text.len() == 36).then(|| Uuid::try_parse(text).ok()).flatten();
        if guid.is_none() {
            self.fault(column, Code::NotAGuid, |problem| problem);
        }
        guid
    }

    /// One of a closed list of words; the answer is its place in the list.
    pub(crate) fn word(&mut self, column: &str, allowed: &[&str]) -> Option<usize> {
        let text = self.text(column, 40)?;
        let place = allowed.iter().position(|word| *word == text);
        if place.is_none() {
            self.fault(column, Code::UnknownValue, |problem| problem.with("allowed", allowed.join(", ")));
        }
        place
    }

    /// A yes or a no: `1`, `0`, and in JSON `true`, `false`; absent is no.
    pub(crate) fn flag(&mut self, column: &str) -> bool {
        match self.filled(column).map(|cell| cell.text.trim()) {
            Some("1" | "true") => true,
            None | Some("0" | "false") => false,
            Some(_) => {
                self.fault(column, Code::UnknownValue, |problem| problem.with("allowed", "1, 0"));
                false
            }
        }
    }

    /// Whether a cell has any text.
    pub(crate) fn has(&self, column: &str) -> bool {
        self.cell(column).is_some_and(|cell| !cell.text.trim().is_empty())
    }
}

pub(crate) fn parse_date(text: &str) -> Option<Date> {
    let shape = text.len() == 10 && text.bytes().enumerate().all(|(at, b)| (at == 4 || at == 7) || b.is_ascii_digit());
    let mut parts = text.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if !shape || parts.next().is_some() {
        return None;
    }
    let month = Month::try_from(month.parse::<u8>().ok()?).ok()?;
    Date::from_calendar_date(year.parse().ok()?, month, day.parse().ok()?).ok()
}
