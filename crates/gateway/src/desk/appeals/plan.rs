//! Answers as steps: objects of a batch and the messages that carry them.
//!
//! Each step is a message of its own: one answer that is refused, or whose outcome is unclear, holds up no other.

use gis_gkh::{Element, Guid};
use gis_gkh_delivery::{Fixer, NewMessage, NewObject, Plan, Priority, Refusal, Sha256};
use uuid::Uuid;

use super::exchange::Answers;
use super::{Step, StepKind, document};
use crate::desk::operation::{Placed, message};
use crate::desk::words::{CONTRACT, Words};
use crate::records::{Answer, AnswerAction, Record};

/// Rows from here on are drafts of the answers whose rows lie as far above zero: an answer is one row to its caller and two
/// objects in the store.
pub const DRAFT_ROWS: u32 = 1 << 30;

/// The row of the answer a row is the draft of; nothing for a row of the caller's own.
#[must_use]
pub fn draft_of(row: u32) -> Option<u32> {
    row.checked_sub(DRAFT_ROWS)
}

/// Objects and messages, laid out for the store.
#[derive(Debug, Default)]
pub(crate) struct Laid {
    pub(crate) objects: Vec<NewObject>,
    pub(crate) messages: Vec<NewMessage>,
}

/// The objects of one answer, the draft first, and their messages.
pub(crate) fn lay(row: u32, answer: &Answer, laid: &mut Laid) -> Result<(), serde_json::Error> {
    let draft = Step { step: StepKind::Draft, answer: answer.clone() };
    if answer.action == AnswerAction::Draft {
        return put(row, &draft, None, laid);
    }
    put(row.saturating_add(DRAFT_ROWS), &draft, None, laid)?;
    let send = Step { step: StepKind::Send, answer: answer.clone() };
    put(row, &send, Some(row.saturating_add(DRAFT_ROWS)), laid)
}

fn put(row: u32, step: &Step, follows: Option<u32>, laid: &mut Laid) -> Result<(), serde_json::Error> {
    let (answer, name) = (&step.answer, name(step.step));
    // A draft that is wanted for itself is known by the caller's name; one on the way to be sent is ours alone.
    let reference = match (step.step, answer.action) {
        (StepKind::Draft, AnswerAction::Send) => format!("{}#{name}", answer.reference),
        _ => answer.reference.clone(),
    };
    laid.objects.push(NewObject {
        row,
        reference,
        key: format!("{}/{name}", answer.key()),
        period: String::new(),
        payload: serde_json::to_vec(step)?,
        content: Sha256::of(&answer.content()?),
        plan: Plan::Send,
        follows,
    });
    let lanes = vec![format!("appeal/{}", answer.appeal)];
    laid.messages.push(message::<Answers>([(row, step)], lanes, Priority::Urgent));
    Ok(())
}

fn name(step: StepKind) -> &'static str {
    match step {
        StepKind::Draft => "draft",
        StepKind::Send => "send",
    }
}

/// Why the contract has no place for an answer.
pub(crate) fn check(answer: &Answer) -> Option<Refusal> {
    let guid = Guid::new(Uuid::nil());
    let step = Step { step: StepKind::Draft, answer: answer.clone() };
    let request = document::request(guid, &[Placed { object: &step, transport: guid, forerunner: None }]).ok()?;
    let violations = request.check();
    // One identifier for all is no fault of the answer's.
    let violation = violations.iter().find(|violation| !violation.path.ends_with("TransportGUID"))?;
    let place = violation.path.rsplit_once("AnswerAction[1]/").map_or(violation.path.as_str(), |(_, place)| place);
    let words = Words::both(
        format!("Место: {place}; правило формата: {}.", violation.rule),
        format!("Place: {place}; rule of the format: {}.", violation.rule),
    );
    Some(Refusal { code: CONTRACT.into(), text: words.write(), who_fixes: Fixer::Caller })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::AppealName;
    use gis_gkh_delivery::Resend;

    fn answer(action: AnswerAction) -> Answer {
        Answer {
            reference: "a-1".into(),
            row: 2,
            appeal: AppealName::Number("77-2026-000017".into()),
            employee: Uuid::nil(),
            text: "Перерасчёт сделан.".into(),
            action,
        }
    }

    #[test]
    fn a_draft_and_its_sending_are_two_ordered_messages_of_one_lane() {
        let mut laid = Laid::default();
        lay(2, &answer(AnswerAction::Send), &mut laid).unwrap();
        let [draft, send] = &laid.objects[..] else { panic!("{laid:?}") };
        assert_eq!((draft_of(draft.row), draft.follows), (Some(2), None));
        assert_eq!((send.row, send.follows, send.reference.as_str()), (2, Some(draft.row), "a-1"));
        assert_ne!((&draft.reference, &draft.key), (&send.reference, &send.key));
        let [first, second] = &laid.messages[..] else { panic!("{laid:?}") };
        assert_eq!((&first.rows, &second.rows), (&vec![draft.row], &vec![2]));
        assert_eq!((&first.lanes, &first.operation), (&second.lanes, &second.operation));
        // A second draft would be another draft; a sent answer is not sent twice.
        assert_eq!((first.resend, second.resend), (Resend::Never, Resend::AfterAbsent));
    }

    #[test]
    fn a_draft_alone_is_the_callers_row() {
        let mut laid = Laid::default();
        lay(2, &answer(AnswerAction::Draft), &mut laid).unwrap();
        assert_eq!(laid.objects.len(), 1);
        assert_eq!((laid.objects[0].row, laid.objects[0].reference.as_str()), (2, "a-1"));
    }

    #[test]
    fn what_the_contract_has_no_place_for_is_named() {
        assert_eq!(check(&answer(AnswerAction::Send)), None);
        let long = Answer { text: "я".repeat(10_001), ..answer(AnswerAction::Send) };
        let refusal = check(&long).unwrap();
        assert!(Words::read(&refusal.text).en.contains("AnswerText"), "{refusal:?}");
    }
}
