//! Steps of answers as the AnswerAction of the contract.
//!
//! | record | element |
//! |---|---|
//! | appeal_guid, appeal_number | AppealGUID, AppealNumber |
//! | employee_guid | Answer/AnswererGUID |
//! | text, step `draft` | Answer/LoadAnswer/AnswerText |
//! | attachments, step `draft` | Answer/LoadAnswer/Attachment, each by the id its upload got |
//! | step `send` | Answer/AnswerGUID of the draft, Answer/SendAnswer |

use gis_gkh::Guid;
use gis_gkh::contract::appeals::{
    Answer, AnswerAction, AnswerDraft, AnswerStep, AppealKey, ImportAnswerRequest, Writing,
};
use gis_gkh::contract::base::{AttachedFile, Attachment};
use gis_gkh_delivery::{Failure, Fixer, ObjectState, RetryClass, local as codes};
use uuid::Uuid;

use super::{Step, StepKind};
use crate::desk::failure::local;
use crate::desk::files;
use crate::desk::operation::Placed;
use crate::desk::words::{self, PAYLOAD};
use crate::records::AppealName;

/// The request that takes these steps.
pub(super) fn request(message: Guid, placed: &[Placed<'_, Step>]) -> Result<ImportAnswerRequest, Failure> {
    let mut actions = Vec::with_capacity(placed.len());
    for one in placed {
        let answer = match one.object.step {
            StepKind::Draft => draft(one.object, one.transport, one.forerunner)?,
            StepKind::Send => sending(one.object, one.transport, drafted(one.forerunner)?),
        };
        // The action has an id of its own, which no result is joined on: the same message is the same request.
        let action = Guid::new(Uuid::new_v5(&message.uuid(), format!("action/{}", one.transport).as_bytes()));
        actions.push(AnswerAction::new(action, key(&one.object.answer.appeal), vec![answer]));
    }
    Ok(ImportAnswerRequest { answer_action: actions, ..ImportAnswerRequest::new() })
}

pub(super) fn key(appeal: &AppealName) -> AppealKey {
    match appeal {
        AppealName::Guid(guid) => AppealKey::Guid(Guid::new(*guid)),
        AppealName::Number(number) => AppealKey::Number(number.clone()),
    }
}

fn draft(step: &Step, transport: Guid, forerunner: Option<&ObjectState>) -> Result<Answer, Failure> {
    let attached = &step.answer.attachments;
    let mut attachment = Vec::with_capacity(attached.len());
    if !attached.is_empty() {
        let ids = files::identifiers(forerunner)?;
        for (number, file) in (1..).zip(attached) {
            let id = ids.get(&files::id_name(number)).and_then(|id| id.parse().ok());
            let id = id.ok_or_else(|| local(PAYLOAD, format!("file {number} was uploaded and got no id")))?;
            attachment.push(AttachedFile {
                attachment_hash: Some(file.hash.clone()),
                ..AttachedFile::new(file.name.clone(), description(&file.name), Attachment::new(id))
            });
        }
    }
    let writing = Writing::new(AnswerDraft { attachment, ..AnswerDraft::new(step.answer.text.clone()) });
    Ok(Answer { answer_step: Some(writing.into()), ..Answer::new(transport, Guid::new(step.answer.employee)) })
}

/// The most characters a description may have.
const DESCRIPTION: usize = 500;

/// What a file is, for want of other words: its name without the extension.
fn description(name: &str) -> String {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    stem.chars().take(DESCRIPTION).collect()
}

fn sending(step: &Step, transport: Guid, draft: Guid) -> Answer {
    Answer {
        answer_guid: Some(draft),
        answer_step: Some(AnswerStep::Send),
        ..Answer::new(transport, Guid::new(step.answer.employee))
    }
}

/// The id the system gave the draft.
pub(super) fn drafted(forerunner: Option<&ObjectState>) -> Result<Guid, Failure> {
    match forerunner {
        Some(ObjectState::Accepted(ids)) => ids
            .get(words::GUID)
            .and_then(|guid| guid.parse().ok())
            .ok_or_else(|| local(PAYLOAD, "the system took the draft and gave it no id".to_owned())),
        Some(ObjectState::Refused(refusal)) => Err(Failure {
            fixer: refusal.who_fixes,
            ..local(codes::FORERUNNER, format!("the draft was refused: {}", refusal.code))
        }),
        // The lane lets a step go when the one before has ended: what is unknown then was given up by a person.
        Some(ObjectState::Unknown { .. }) => {
            Err(local(codes::FORERUNNER, "nobody knows what became of the draft".to_owned()))
        }
        Some(_) => {
            let text = "the draft is not accepted yet".to_owned();
            Err(Failure { class: RetryClass::Retry, fixer: Fixer::System, ..local(codes::FORERUNNER, text) })
        }
        None => Err(local(PAYLOAD, "a step to send without its draft".to_owned())),
    }
}
