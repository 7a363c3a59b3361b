//! The rows of a file in either format, each cell at its place.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use serde::Deserialize;
use serde::de::{self, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::csv::{Cells, Malformed, Reader, delimiter};
use super::problem::{Code, Problem, Problems};
use super::source::Text;
use super::table::Table;

/// What kind of value a cell holds. CSV knows no kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Any,
    Text,
    Number,
    Other,
}

#[derive(Debug)]
pub(crate) struct Cell<'a> {
    pub(crate) text: Cow<'a, str>,
    pub(crate) offset: usize,
    pub(crate) kind: Kind,
}

/// A row: its cells in the order of the table's columns.
#[derive(Debug)]
pub(crate) struct Row<'a> {
    pub(crate) offset: usize,
    pub(crate) cells: Vec<Option<Cell<'a>>>,
    /// Something of the row was not understood, which has been said.
    pub(crate) faulty: bool,
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
