//! Answers to appeals as they come and are kept: `answers.csv`.

use gis_gkh_delivery::Sha256;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::attached::AttachedFile;
use super::directory::REFERENCE_LIMIT;
use super::problem::{Code, shown};
use super::sheet::{Form, Record, RowFields};
use super::table::ANSWERS;

/// One answer to one appeal (обращение).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The caller's own name of the row; without one, the appeal's.
    #[serde(rename = "ref")]
    pub reference: String,
    /// The line of the file, from 1.
    pub row: u64,
    /// The appeal answered.
    pub appeal: AppealName,
    /// The employee who answers: GUID of the stand.
    pub employee: Uuid,
    /// What the answer says, at most 10 000 characters.
    pub text: String,
    /// How far to go.
    pub action: AnswerAction,
    /// Files attached to it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<AttachedFile>,
}

/// The text is for the applicant alone.
impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Answer").field("row", &self.row).field("appeal", &self.appeal).finish_non_exhaustive()
    }
}

/// What an appeal is known by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AppealName {
    /// AppealGUID of the stand.
    Guid(Uuid),
    /// The number people see, at most 30 characters.
    Number(String),
}

impl std::fmt::Display for AppealName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Guid(guid) => guid.fmt(f),
            Self::Number(number) => number.fmt(f),
        }
    }
}

/// What to do with an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnswerAction {
    /// Write it as a draft and send it to the applicant.
    Send,
    /// Write it as a draft and leave it at that.
    Draft,
}

impl Answer {
    /// The bytes to hash for "has this answer changed?": everything ГИС ЖКХ would see.
    ///
    /// # Errors
    /// Only when serialisation fails, which plain data gives no cause for.
    pub fn content(&self) -> Result<Vec<u8>, serde_json::Error> {
        let files: Vec<_> = self.attachments.iter().map(|file| (&file.name, &file.hash)).collect();
        match &files[..] {
            [] => serde_json::to_vec(&(&self.appeal, self.employee, &self.text, self.action)),
            files => serde_json::to_vec(&(&self.appeal, self.employee, &self.text, self.action, files)),
        }
    }
}

impl Record for Answer {
    const FORM: Form = Form { schema: "answers/1", items: "answers", table: &ANSWERS, key_column: "text" };

    fn read(RowFields { fields, .. }: &mut RowFields<'_, '_, '_>) -> Option<Self> {
        let row = fields.line();
        let reference = fields.identifier("ref", REFERENCE_LIMIT).map(str::to_owned);
        fields.bill = reference.as_deref().map(|reference| shown(reference).to_owned());
        let (guid, number) = (fields.guid("appeal_guid"), fields.identifier("appeal_number", 30).map(str::to_owned));
        if fields.has("appeal_guid") == fields.has("appeal_number") {
            fields.fault("appeal_guid", Code::OneOfTwo, |problem| problem.with("other", "appeal_number"));
        }
        let employee = fields.guid("employee_guid");
        let text = fields.text("text", 10_000).map(str::to_owned);
        let action = match fields.word("action", &["send", "draft"]) {
            Some(1) => AnswerAction::Draft,
            _ => AnswerAction::Send,
        };
        let attachments = match fields.has("attachments") {
            true => fields.text("attachments", 4000).map(AttachedFile::of_cell).unwrap_or_default(),
            false => Vec::new(),
        };
        if fields.faulty {
            return None;
        }
        let appeal = guid.map(AppealName::Guid).or(number.map(AppealName::Number))?;
        let reference = reference.unwrap_or_else(|| appeal.to_string());
        Some(Self { reference, row, appeal, employee: employee?, text: text?, action, attachments })
    }

    fn reference(&self) -> &str {
        &self.reference
    }

    fn row(&self) -> u64 {
        self.row
    }

    /// The system has no key for answers; to us the same words to the same appeal are the same answer.
    fn key(&self) -> String {
        let text = Sha256::of(self.text.as_bytes()).to_string();
        format!("{}/{}", self.appeal, &text[..16])
    }
}
