//! One row of either format, and typed access to its cells that names every fault.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use serde::Deserialize;
use serde::de::{self, MapAccess, Visitor};
use serde_json::value::RawValue;
use time::{Date, Month};
use uuid::Uuid;

use super::csv::{Cells, Malformed, Reader, delimiter};
use super::problem::{Code, Problem, Problems};
use super::source::Text;
use super::table::{Table, Use};
use super::value::{Decimal, Period};
use crate::money::{Kopecks, NumberError};

/// What kind of value a cell holds. CSV knows no kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Any,
    Text,
    Number,
    Other,
}

#[derive(Debug)]
struct Cell<'a> {
    text: Cow<'a, str>,
    offset: usize,
    kind: Kind,
}

/// A row: its cells in the order of the table's columns.
#[derive(Debug)]
pub(crate) struct Row<'a> {
    pub(crate) offset: usize,
    cells: Vec<Option<Cell<'a>>>,
    /// Something of the row was not understood, which has been said.
    faulty: bool,
}

/// How a file was gone through.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The rows were handed on, except those that begin in these lines: they could not be told apart.
    Read(Vec<u64>),
    /// Nothing could be read.
    Nothing,
}

/// Hands every row of a CSV text to `each`; what is no row is named.
pub(crate) fn csv_rows<'a>(
    text: &Text<'a>,
    table: &'static Table,
    problems: &mut Problems,
    mut each: impl FnMut(&Row<'a>, &mut Problems),
) -> Outcome {
    let delimiter = delimiter(text.text);
    if delimiter == b'\t' {
        problems.push(Problem::new(text.file, Code::WrongDelimiter).at(1));
        return Outcome::Nothing;
    }
    let mut reader = Reader::new(text.text, delimiter);
    let mut cells = Cells::default();
    let malformed = |fault: Malformed, problems: &mut Problems| {
        let (code, offset) = match fault {
            Malformed::Unterminated(offset) => (Code::UnterminatedQuote, offset),
            Malformed::TextAfterQuote(offset) => (Code::TextAfterQuote, offset),
        };
        problems.push(Problem::new(text.file, code).at(text.line(offset)));
    };
    match reader.next(&mut cells) {
        Ok(true) => {}
        Ok(false) => {
            problems.push(Problem::new(text.file, Code::NoHeader).at(1).with("example", table.example));
            return Outcome::Nothing;
        }
        Err(fault) => {
            malformed(fault, problems);
            return Outcome::Nothing;
        }
    }
    let place = Problem::new(text.file, Code::NoHeader).at(text.line(cells.offset));
    let names = cells.cells.iter().map(|(_, name)| name.as_ref());
    let Some(places) = table.header(&place, names, problems) else { return Outcome::Nothing };
    let width = cells.cells.len();
    let mut lost = Vec::new();
    let mut empty = true;
    loop {
        match reader.next(&mut cells) {
            Ok(false) => break,
            Ok(true) if cells.cells.len() != width => {
                let line = text.line(cells.offset);
                let problem = Problem::new(text.file, Code::WrongFieldCount).at(line);
                problems.push(problem.with("found", cells.cells.len()).with("expected", width));
                lost.push(line);
            }
            Ok(true) => {
                let cell = |at: usize| {
                    let (offset, text) = cells.cells[at].clone();
                    Cell { text, offset, kind: Kind::Any }
                };
                let row =
                    Row { offset: cells.offset, cells: places.iter().map(|at| at.map(cell)).collect(), faulty: false };
                each(&row, problems);
            }
            Err(fault) => {
                malformed(fault, problems);
                lost.push(text.line(cells.offset));
            }
        }
        empty = false;
    }
    if empty {
        problems.push(Problem::new(text.file, Code::NoRows));
    }
    Outcome::Read(lost)
}

/// An object of a JSON text with its keys in order, its values not yet interpreted.
#[derive(Debug)]
pub(crate) struct Object<'a>(pub(crate) Vec<(Cow<'a, str>, &'a RawValue)>);

#[derive(Deserialize)]
struct Borrowed<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Object<'a> {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Keys;
        impl<'de> Visitor<'de> for Keys {
            type Value = Vec<(Cow<'de, str>, &'de RawValue)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut keys = Vec::new();
                while let Some(Borrowed(key)) = map.next_key()? {
                    keys.push((key, map.next_value()?));
                }
                Ok(keys)
            }
        }
        deserializer.deserialize_map(Keys).map(Object)
    }
}

/// Reads a JSON value of a wanted kind out of the text it was cut from; the fault is named at its true line.
pub(crate) fn json_value<'a, T: Deserialize<'a>>(text: &Text<'a>, raw: &'a str, expected: &str) -> Result<T, Problem> {
    serde_json::from_str(raw).map_err(|error| {
        // serde counts lines and columns within the part it was given.
        let line = text.line(text.offset(raw)) + (error.line() as u64).saturating_sub(1);
        let problem = |code| Problem::new(text.file, code).at(line);
        match error.classify() {
            serde_json::error::Category::Eof => problem(Code::JsonTruncated),
            serde_json::error::Category::Data => problem(Code::JsonKind).with("expected", expected),
            _ => problem(Code::JsonMalformed).with("character", error.column()),
        }
    })
}

/// Hands every object of a JSON array to `each`, together with the value under `nested`, if the table's rows have one.
pub(crate) fn json_rows<'a>(
    text: &Text<'a>,
    items: &[&'a RawValue],
    table: &'static Table,
    nested: Option<&str>,
    absent: &[&str],
    problems: &mut Problems,
    mut each: impl FnMut(&Row<'a>, Option<&'a RawValue>, &mut Problems),
) -> Outcome {
    let mut lost = Vec::new();
    let mut told: HashSet<String> = HashSet::new();
    for item in items {
        let raw = item.get();
        let offset = text.offset(raw);
        let object: Object<'a> = match json_value(text, raw, "{…}") {
            Ok(object) => object,
            Err(problem) => {
                problems.push(problem);
                lost.push(text.line(offset));
                continue;
            }
        };
        let mut row = Row { offset, cells: table.columns.iter().map(|_| None).collect(), faulty: false };
        let mut inner = None;
        for (key, value) in &object.0 {
            let offset = text.offset(value.get());
            let place = || Problem::new(text.file, Code::RepeatedColumn).at(text.line(offset));
            let fault = if nested == Some(key.as_ref()) {
                inner.replace(*value).map(|_| place().column(key.as_ref()))
            } else {
                match table.position(key).filter(|_| !absent.contains(&key.as_ref())) {
                    None => {
                        row.faulty = true;
                        let unknown = || {
                            if absent.contains(&key.as_ref()) {
                                Problem { code: Code::UnknownColumn, ..place() }.column(key.as_ref()).with("name", key)
                            } else {
                                table.unknown(&place(), key, 0)
                            }
                        };
                        // One misspelt key stands in every row; once told is enough.
                        (told.len() < 100 && told.insert(key.clone().into_owned())).then(unknown)
                    }
                    Some(column) if row.cells[column].is_some() => Some(place().column(key.as_ref())),
                    Some(column) => match json_cell(text, value) {
                        Ok(cell) => {
                            row.cells[column] = Some(cell);
                            None
                        }
                        Err(problem) => Some(problem.column(key.as_ref())),
                    },
                }
            };
            if let Some(problem) = fault {
                row.faulty = true;
                problems.push(problem);
            }
        }
        each(&row, inner, problems);
    }
    Outcome::Read(lost)
}

fn json_cell<'a>(text: &Text<'a>, value: &'a RawValue) -> Result<Cell<'a>, Problem> {
    let raw = value.get();
    let offset = text.offset(raw);
    let (text, kind) = match raw.bytes().next() {
        Some(b'"') => (json_value::<Borrowed<'a>>(text, raw, "\"…\"")?.0, Kind::Text),
        Some(b'-' | b'0'..=b'9') => (Cow::Borrowed(raw), Kind::Number),
        Some(b'n') => (Cow::Borrowed(""), Kind::Any),
        _ => (Cow::Borrowed(raw), Kind::Other),
    };
    Ok(Cell { text, offset, kind })
}

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

fn parse_date(text: &str) -> Option<Date> {
    let shape = text.len() == 10 && text.bytes().enumerate().all(|(at, b)| (at == 4 || at == 7) || b.is_ascii_digit());
    let mut parts = text.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if !shape || parts.next().is_some() {
        return None;
    }
    let month = Month::try_from(month.parse::<u8>().ok()?).ok()?;
    Date::from_calendar_date(year.parse().ok()?, month, day.parse().ok()?).ok()
}
