//! A file of one table: rows become records of one kind, and whatever does not fit is named.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::value::RawValue;
use time::Date;

use super::fields::Fields;
use super::month::Faulty;
use super::problem::{Code, Lang, Problem, Problems, shown};
use super::results::{ResultRow, refused};
use super::rows::{Object, Outcome, csv_rows, json_rows, json_value};
use super::source::{Source, Text};
use super::table::Table;

/// A kind of records that come in one table.
pub trait Record: Sized {
    /// The rows of the file, and how they are told apart.
    #[doc(hidden)]
    const FORM: Form;

    /// Reads one row; faults are pushed.
    #[doc(hidden)]
    fn read(fields: &mut RowFields<'_, '_, '_>) -> Option<Self>;

    /// The caller's own name of the row.
    fn reference(&self) -> &str;

    /// The line of the file it stands in.
    fn row(&self) -> u64;

    /// What the system tells such objects apart by.
    fn key(&self) -> String;
}

/// How a kind of records is written down.
#[derive(Debug, Clone, Copy)]
pub struct Form {
    /// What the JSON document says it is: `readings/1`.
    pub(super) schema: &'static str,
    /// The key of its array.
    pub(super) items: &'static str,
    pub(super) table: &'static Table,
    /// The column that is faulty when two rows are the same object.
    pub(super) key_column: &'static str,
}

/// The cells of one row, and what day it is.
#[expect(missing_debug_implementations, reason = "it holds cells of people's data")]
pub struct RowFields<'f, 'r, 'a> {
    pub(super) fields: &'f mut Fields<'r, 'a>,
    pub(super) today: Date,
}

/// A table as read: what can be sent, and everything that cannot.
#[derive(Debug)]
pub struct Sheet<T> {
    /// The rows without any problem, in the order of the file.
    pub rows: Vec<T>,
    /// The rows that have problems.
    pub faulty: Vec<Faulty>,
    /// What is wrong, ordered by line; at most [`PROBLEMS_KEPT`](super::problem::PROBLEMS_KEPT) are kept.
    pub problems: Vec<Problem>,
    /// How many problems were found beyond those kept.
    pub problems_omitted: usize,
    /// The file, named as the caller named it.
    pub file: String,
}

#[derive(Deserialize)]
struct Items<'a>(#[serde(borrow)] Vec<&'a RawValue>);

impl<T: Record> Sheet<T> {
    /// Reads and checks a table: CSV, or a JSON document when the name ends in `.json`. Never fails: whatever is wrong is in
    /// [`Sheet::problems`]. Dates after `today` are faulty.
    #[must_use]
    pub fn read(source: &Source, today: Date) -> Self {
        let mut problems = Problems::default();
        let mut found: Vec<(u64, Option<String>, Option<T>)> = Vec::new();
        let mut lost = Vec::new();
        match Text::of(source) {
            Err(problem) => problems.push(problem),
            Ok(text) => {
                let mut each = |row: &super::rows::Row<'_>, problems: &mut Problems| {
                    let mut fields = Fields::new(&text, T::FORM.table, row, false, problems);
                    let line = fields.line();
                    let record = T::read(&mut RowFields { fields: &mut fields, today });
                    let record = record.filter(|_| !fields.faulty);
                    found.push((line, fields.bill, record));
                };
                let json = source.name.to_ascii_lowercase().ends_with(".json");
                let outcome = if json {
                    json_rows_of::<T>(&text, &mut problems, each)
                } else {
                    csv_rows(&text, T::FORM.table, &mut problems, &mut each)
                };
                if let Outcome::Read(lines) = outcome {
                    lost = lines;
                }
            }
        }
        distinct(&source.name, &mut found, &mut problems);
        let mut sheet = Self {
            rows: Vec::new(),
            faulty: lost.into_iter().map(|row| Faulty { reference: None, row }).collect(),
            problems: Vec::new(),
            problems_omitted: problems.omitted,
            file: source.name.clone(),
        };
        for (row, reference, record) in found {
            match record {
                Some(record) => sheet.rows.push(record),
                None => sheet.faulty.push(Faulty { reference, row }),
            }
        }
        sheet.faulty.sort_by_key(|faulty| faulty.row);
        problems.kept.sort_by_key(|problem| problem.line);
        sheet.problems = problems.kept;
        sheet
    }

    /// Whether every row can be sent.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.problems.is_empty() && self.problems_omitted == 0
    }

    /// The faulty rows as results, each with the first of its problems.
    #[must_use]
    pub fn refused(&self, lang: Lang) -> Vec<ResultRow> {
        refused(&self.faulty, &self.problems, &self.file, lang)
    }
}

/// Of two rows with one reference, or of one object, neither is sent: nobody knows which is meant.
fn distinct<T: Record>(file: &str, found: &mut [(u64, Option<String>, Option<T>)], problems: &mut Problems) {
    let mut references: HashMap<String, usize> = HashMap::new();
    let mut keys: HashMap<String, usize> = HashMap::new();
    let mut twice = Vec::new();
    for (place, (_, _, record)) in found.iter().enumerate() {
        let Some(record) = record else { continue };
        let first = *references.entry(record.reference().to_owned()).or_insert(place);
        let same = *keys.entry(record.key()).or_insert(place);
        if same != place {
            twice.push((same, place, T::FORM.key_column, Code::RepeatedObject));
        } else if first != place {
            twice.push((first, place, "ref", Code::RepeatedRef));
        }
    }
    for (first, second, column, code) in twice {
        let (line, other) = (found[second].0, found[first].0);
        let mut problem = Problem::new(file, code).at(line).column(column).with("line", other);
        if let Some(reference) = &found[second].1 {
            problem = problem.with("value", shown(reference)).bill(shown(reference));
        }
        problems.push(problem);
        found[first].2 = None;
        found[second].2 = None;
    }
}

fn json_rows_of<'a, T: Record>(
    text: &Text<'a>,
    problems: &mut Problems,
    mut each: impl FnMut(&super::rows::Row<'a>, &mut Problems),
) -> Outcome {
    match items::<T>(text, problems) {
        Ok(items) => {
            json_rows(text, &items, T::FORM.table, None, &[], problems, |row, _, problems| each(row, problems))
        }
        Err(problem) => {
            problems.push(problem);
            Outcome::Nothing
        }
    }
}

/// The items of a JSON document of this kind.
fn items<'a, T: Record>(text: &Text<'a>, problems: &mut Problems) -> Result<Vec<&'a RawValue>, Problem> {
    let Form { schema, items, .. } = T::FORM;
    let document: Object<'a> = json_value(text, text.text, "{…}")?;
    let (mut said, mut list) = (None, None);
    for (key, value) in &document.0 {
        let place = || Problem::new(text.file, Code::RepeatedColumn).at(text.line(text.offset(value.get())));
        let part = match key.as_ref() {
            "schema" => &mut said,
            name if name == items => &mut list,
            name => {
                problems.push(Problem { code: Code::UnknownColumn, ..place() }.column(name).with("name", shown(name)));
                continue;
            }
        };
        if part.replace(*value).is_some() {
            return Err(place().column(key.as_ref()));
        }
    }
    if said.map(RawValue::get) != Some(&format!("\"{schema}\"")) {
        let line = said.map_or(1, |raw| text.line(text.offset(raw.get())));
        return Err(Problem::new(text.file, Code::JsonSchema).at(line).column("schema").with("schema", schema));
    }
    let Some(raw) = list else {
        return Err(Problem::new(text.file, Code::MissingColumn).with("name", items));
    };
    let Items(all) = json_value(text, raw.get(), "[…]").map_err(|problem| problem.column(items))?;
    if all.is_empty() {
        let line = text.line(text.offset(raw.get()));
        return Err(Problem::new(text.file, Code::NoRows).at(line).column(items));
    }
    Ok(all)
}
