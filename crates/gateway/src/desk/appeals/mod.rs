//! The desk of appeals: answers to appeals (обращения), service `appeals`.
//!
//! An answer goes in two steps, each a message of its own in the lane of its appeal: it is written as a draft, then the draft is
//! sent by the id the system gave it. What goes where is written in `document`, the steps in `plan`; what is sent and what is
//! asked in `exchange` and `lookup`.

mod document;
mod exchange;
mod lookup;
mod plan;

use serde::{Deserialize, Serialize};

pub(crate) use exchange::Answers;
pub(crate) use plan::check;
pub use plan::{DRAFT_ROWS, Laid, ROWS, draft_of, is_file, lay};

use crate::records::Answer;

/// The kind of objects this desk sends.
pub const KIND: &str = "answers";

/// One step of an answer: the payload of an object in the store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Step {
    /// Which.
    pub(crate) step: StepKind,
    /// The answer.
    pub(crate) answer: Answer,
}

/// The steps of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum StepKind {
    /// Write it.
    Draft,
    /// Send what was written.
    Send,
}
