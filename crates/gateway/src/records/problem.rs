//! What is wrong with a record, as data: where it stands, a code, and the figures the text needs.
//!
//! A problem never repeats the contents of a cell that may hold personal data: cells slip into a neighbour's column when a
//! delimiter is lost. References that look like identifiers and sums may be repeated.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

pub use super::problem_text::Code;

/// The language of what people read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    /// Russian.
    Ru,
    /// English.
    #[default]
    En,
}

/// One thing that is wrong with the records handed over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The file, named as the caller named it.
    pub file: String,
    /// The line of the file, from 1; nothing when the file as a whole is meant.
    pub line: Option<u64>,
    /// The column (CSV) or the key (JSON).
    pub column: Option<String>,
    /// The `ref` of the bill that is not sent because of it; nothing when no single bill is meant.
    #[serde(rename = "ref")]
    pub reference: Option<String>,
    /// What is wrong.
    pub code: Code,
    /// Figures of the text, by name.
    pub args: BTreeMap<&'static str, String>,
}

impl Problem {
    pub(crate) fn new(file: &str, code: Code) -> Self {
        Self { file: file.to_owned(), line: None, column: None, reference: None, code, args: BTreeMap::new() }
    }

    pub(crate) fn at(mut self, line: u64) -> Self {
        self.line = Some(line);
        self
    }

    pub(crate) fn column(mut self, column: impl Into<String>) -> Self {
        self.column = Some(column.into());
        self
    }

    pub(crate) fn bill(mut self, reference: impl Into<String>) -> Self {
        self.reference = Some(reference.into());
        self
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        self.args.insert(name, value.to_string());
        self
    }

    /// The problem in words: what is wrong and what to do, without the place.
    #[must_use]
    pub fn message(&self, lang: Lang) -> String {
        let mut text = String::new();
        let mut rest = self.code.template(lang);
        while let Some((before, after)) = rest.split_once('{') {
            text.push_str(before);
            let (name, after) = after.split_once('}').unwrap_or((after, ""));
            text.push_str(self.args.get(name).map_or("?", String::as_str));
            rest = after;
        }
        text.push_str(rest);
        text
    }

    /// The whole line for a person: place, what is wrong, what to do.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        let (line, column) = match lang {
            Lang::Ru => ("строка", "колонка"),
            Lang::En => ("line", "column"),
        };
        let mut place = self.file.clone();
        if let Some(number) = self.line {
            place.push_str(&format!(", {line} {number}"));
        }
        if let Some(name) = &self.column {
            place.push_str(&format!(", {column} {name}"));
        }
        format!("{place}: {}", self.message(lang))
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(Lang::En))
    }
}

/// How many problems are kept one by one; the rest are only counted, so that a file of a million bad rows stays readable.
pub const PROBLEMS_KEPT: usize = 10_000;

/// The problems found so far.
#[derive(Debug, Default)]
pub(crate) struct Problems {
    pub(crate) kept: Vec<Problem>,
    pub(crate) omitted: usize,
}

impl Problems {
    pub(crate) fn push(&mut self, problem: Problem) {
        if self.kept.len() < PROBLEMS_KEPT {
            self.kept.push(problem);
        } else {
            self.omitted += 1;
        }
    }
}

/// A reference or a code as a text may repeat it. What does not look like an identifier (spaces, no digit, very long) may be
/// a person's name that slipped into the column, and is shown as an ellipsis.
pub(crate) fn shown(reference: &str) -> &str {
    let plain = |c: char| !c.is_whitespace() && !c.is_control();
    let identifier = reference.len() <= 80
        && reference.chars().all(plain)
        && (reference.contains(|c: char| c.is_ascii_digit()) || reference.is_ascii());
    if identifier { reference } else { "…" }
}

#[cfg(test)]
mod tests {
    use super::{Code, Lang, Problem, Problems, shown};

    #[test]
    fn a_problem_names_the_place_the_fault_and_the_way_out_in_both_languages() {
        let problem =
            Problem::new("charges.csv", Code::RepeatedRef).at(7).column("ref").with("value", "b-1").with("line", 3);
        assert_eq!(
            problem.text(Lang::En),
            "charges.csv, line 7, column ref: ref b-1 was already used in line 3; give every row a ref of its own"
        );
        assert_eq!(
            problem.text(Lang::Ru),
            "charges.csv, строка 7, колонка ref: ref b-1 уже есть в строке 3; дайте каждой строке свой ref"
        );
        assert_eq!(
            serde_json::to_string(&problem).unwrap(),
            r#"{"file":"charges.csv","line":7,"column":"ref","ref":null,"code":"repeated_ref","args":{"line":"3","value":"b-1"}}"#
        );
    }

    #[test]
    fn both_languages_of_a_code_use_the_same_figures() {
        let figures = |text: &str| {
            let mut names: Vec<String> =
                text.split('{').skip(1).map(|part| part.split('}').next().unwrap().to_owned()).collect();
            names.sort();
            names
        };
        for code in Code::ALL {
            let (en, ru) = (code.template(Lang::En), code.template(Lang::Ru));
            assert_eq!(figures(en), figures(ru), "{code:?}");
            assert!(ru.chars().any(|c| ('а'..='я').contains(&c)), "{code:?} has no Russian text");
            assert_ne!(en, ru);
        }
    }

    #[test]
    fn a_name_in_a_column_of_references_is_not_repeated() {
        assert_eq!(shown("b-2026-10-000123"), "b-2026-10-000123");
        assert_eq!(shown("COLD"), "COLD");
        assert_eq!(shown("Образцов"), "…");
        assert_eq!(shown("ул. Примерная, 1"), "…");
    }

    #[test]
    fn problems_beyond_the_limit_are_counted() {
        let mut problems = Problems::default();
        for _ in 0..super::PROBLEMS_KEPT + 5 {
            problems.push(Problem::new("charges.csv", Code::Empty));
        }
        assert_eq!((problems.kept.len(), problems.omitted), (super::PROBLEMS_KEPT, 5));
    }
}
