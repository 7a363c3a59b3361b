//! Results: one row for every row handed over, saying what became of it.

use std::collections::HashMap;
use std::io::{self, Write};

use serde::{Deserialize, Serialize};

use super::month::{Faulty, Month};
use super::problem::{Lang, Problem};

/// What became of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Status {
    /// ГИС ЖКХ has accepted it.
    Accepted,
    /// ГИС ЖКХ has refused it; code and message are its own.
    Rejected,
    /// It may have been accepted; the gateway is finding out.
    Uncertain,
    /// It is on its way, or waits for its turn.
    Waiting,
    /// It was not sent: the gateway has found it faulty.
    Refused,
}

/// Who can put a refused or rejected row right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum WhoFixes {
    /// Whoever makes the records: the billing system or its accountant.
    Billing,
    /// Whoever runs the gateway: settings, keys, rights of access.
    Operator,
    /// The makers of the gateway or of its integration.
    Integrator,
    /// ГИС ЖКХ itself: nothing of ours is at fault, waiting helps.
    System,
}

impl WhoFixes {
    /// Who that is, in words.
    #[must_use]
    pub fn words(self, lang: Lang) -> &'static str {
        match (self, lang) {
            (Self::Billing, Lang::En) => "billing: whoever prepares the data",
            (Self::Billing, Lang::Ru) => "расчётный отдел: тот, кто готовит данные",
            (Self::Operator, Lang::En) => "whoever runs the gateway",
            (Self::Operator, Lang::Ru) => "администратор шлюза",
            (Self::Integrator, Lang::En) => "the makers of the gateway",
            (Self::Integrator, Lang::Ru) => "разработчики шлюза",
            (Self::System, Lang::En) => "ГИС ЖКХ itself; waiting helps",
            (Self::System, Lang::Ru) => "сама ГИС ЖКХ; нужно подождать",
        }
    }
}

/// The identifiers ГИС ЖКХ has given.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct GisIds {
    /// PaymentDocumentID, 18 characters.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub payment_document_id: Option<String>,
    /// GUID of the object in ГИС ЖКХ.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub guid: Option<String>,
}

/// The result of one row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResultRow {
    /// The caller's own name of the row; empty when even that could not be read.
    #[serde(rename = "ref")]
    pub reference: String,
    /// The line of the file the row stood in, from 1.
    pub row: u64,
    /// What became of it.
    pub status: Status,
    /// The system's identifiers.
    #[serde(flatten)]
    pub gis: GisIds,
    /// The code of the fault: the system's own (`INT008165`) or ours (`line_sum`).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub code: Option<String>,
    /// What happened and what to do, in the reader's language.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub message: Option<String>,
    /// Who can put it right.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub who_fixes: Option<WhoFixes>,
    /// MessageGUID of the request that carried the row.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub message_guid: Option<String>,
    /// When the answer was received, RFC 3339, UTC.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub accepted_at: Option<String>,
}

/// Results could not be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ResultError {
    /// The CSV could not be written.
    #[error("results cannot be written as CSV; check the disk and the rights of the target: {0}")]
    Csv(#[from] csv::Error),
    /// The JSON could not be written.
    #[error("results cannot be written as JSON; check the disk and the rights of the target: {0}")]
    Json(#[from] serde_json::Error),
    /// The output could not be written.
    #[error("results cannot be written; check the disk and the rights of the target: {0}")]
    Io(#[from] io::Error),
}

/// Columns of the CSV, in order. All are always there, so that a reader can rely on them.
const COLUMNS: [&str; 10] = [
    "ref",
    "row",
    "status",
    "payment_document_id",
    "guid",
    "code",
    "message",
    "who_fixes",
    "message_guid",
    "accepted_at",
];

/// Writes results as CSV: UTF-8 without a byte order mark, `;`, a header, `\n` at the ends of lines.
///
/// # Errors
/// When the output cannot be written.
pub fn write_csv(rows: &[ResultRow], output: impl Write) -> Result<(), ResultError> {
    let mut writer = csv::WriterBuilder::new().delimiter(b';').from_writer(output);
    writer.write_record(COLUMNS)?;
    for row in rows {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        writer.write_record([
            row.reference.clone(),
            row.row.to_string(),
            word(row.status)?,
            text(&row.gis.payment_document_id),
            text(&row.gis.guid),
            text(&row.code),
            text(&row.message),
            row.who_fixes.map_or(Ok(String::new()), word)?,
            text(&row.message_guid),
            text(&row.accepted_at),
        ])?;
    }
    writer.flush()?;
    Ok(())
}

/// Writes results as one JSON array, a row a line.
///
/// # Errors
/// When the output cannot be written.
pub fn write_json(rows: &[ResultRow], mut output: impl Write) -> Result<(), ResultError> {
    output.write_all(b"[")?;
    for (number, row) in rows.iter().enumerate() {
        output.write_all(if number == 0 { b"\n" } else { b",\n" })?;
        serde_json::to_writer(&mut output, row)?;
    }
    output.write_all(b"\n]\n")?;
    output.flush()?;
    Ok(())
}

/// The word of a value in both formats.
fn word(value: impl Serialize) -> Result<String, ResultError> {
    Ok(match serde_json::to_value(value)? {
        serde_json::Value::String(word) => word,
        other => other.to_string(),
    })
}

impl Month {
    /// The results of the bills that are not sent, each with the first of its problems.
    #[must_use]
    pub fn refused(&self, lang: Lang) -> Vec<ResultRow> {
        refused(&self.faulty, &self.problems, &self.file, lang)
    }
}

/// The results of rows of `file` that are not sent, each with the first of its problems.
pub(super) fn refused(faulty: &[Faulty], problems: &[Problem], file: &str, lang: Lang) -> Vec<ResultRow> {
    let mut by_reference: HashMap<&str, &Problem> = HashMap::new();
    let mut by_line: HashMap<u64, &Problem> = HashMap::new();
    for problem in problems {
        if let Some(reference) = &problem.reference {
            by_reference.entry(reference).or_insert(problem);
        }
        if let Some(line) = problem.line.filter(|_| problem.file == file) {
            by_line.entry(line).or_insert(problem);
        }
    }
    let row = |faulty: &Faulty| {
        let reference = faulty.reference.as_deref();
        let problem =
            by_line.get(&faulty.row).or_else(|| by_reference.get(reference?)).copied().or_else(|| problems.first());
        ResultRow {
            reference: reference.unwrap_or_default().to_owned(),
            row: faulty.row,
            status: Status::Refused,
            gis: GisIds::default(),
            code: problem.and_then(|problem| word(problem.code).ok()),
            message: problem.map(|problem| problem.text(lang)),
            who_fixes: Some(WhoFixes::Billing),
            message_guid: None,
            accepted_at: None,
        }
    };
    faulty.iter().map(row).collect()
}
