//! Service appeals: appeals given out, answers written and sent.

mod action;
mod answer;
mod desk;
mod examples;
mod export;
mod import;
mod rows;

pub use desk::AnswerEffect;
pub(crate) use desk::Desk;
pub(crate) use examples::appeals as example_appeals;
pub use rows::{AppealApplicant, AppealFile, AppealState, IncomingAppeal, SentAnswer};
