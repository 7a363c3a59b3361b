//! Answers as steps: objects of a batch and the messages that carry them.
//!
//! Each step is a message of its own: one answer that is refused, or whose outcome is unclear, holds up no other.

use gis_gkh::{Element, Guid};
use gis_gkh_delivery::{Fixer, NewMessage, NewObject, ObjectState, Plan, Priority, Refusal, Resend, Sha256};
use uuid::Uuid;

use super::exchange::Answers;
use super::{Step, StepKind, document};
use crate::desk::files;
use crate::desk::operation::{Placed, message};
use crate::desk::words::{CONTRACT, Words};
use crate::records::{Answer, AnswerAction, Record};

/// Rows from here on are drafts of the answers whose rows lie as far above zero: an answer is one row to its caller and two
/// objects in the store.
pub const DRAFT_ROWS: u32 = 1 << 30;

/// Rows of the caller's own are below this. Above the drafts there are as many rows again for the first file of each answer,
/// then for the second, and so on.
pub const ROWS: u32 = 1 << 26;

/// The most files of one answer that have rows.
pub(crate) const FILES: usize = 15;

/// The row of the answer a row is the draft or a file of; nothing for a row of the caller's own.
#[must_use]
pub fn draft_of(row: u32) -> Option<u32> {
    row.checked_sub(DRAFT_ROWS).map(|part| part % ROWS)
}

/// Whether a row is that of a file.
#[must_use]
pub fn is_file(row: u32) -> bool {
    row.checked_sub(DRAFT_ROWS).is_some_and(|part| part >= ROWS)
}

/// Objects and messages, laid out for the store.
#[derive(Debug, Default)]
pub struct Laid {
    /// The objects, of each answer the draft first.
    pub objects: Vec<NewObject>,
    /// Their messages, in the order in which they may go.
    pub messages: Vec<NewMessage>,
}

/// Adds the objects of one answer, the draft first, and their messages.
///
/// # Errors
/// Only when serialisation fails, which plain data gives no cause for.
pub fn lay(row: u32, answer: &Answer, laid: &mut Laid) -> Result<(), serde_json::Error> {
    let last = upload(row, answer, laid)?;
    let draft = Step { step: StepKind::Draft, answer: answer.clone() };
    if answer.action == AnswerAction::Draft {
        return put(row, &draft, last, laid);
    }
    put(row.saturating_add(DRAFT_ROWS), &draft, last, laid)?;
    let send = Step { step: StepKind::Send, answer: answer.clone() };
    put(row, &send, Some(row.saturating_add(DRAFT_ROWS)), laid)
}

/// The objects of an answer's files, each behind the one before, and the row of the last. An answer that changes is uploaded
/// anew with its files (`protocol` §6), so what a file is known by has the answer in it.
fn upload(row: u32, answer: &Answer, laid: &mut Laid) -> Result<Option<u32>, serde_json::Error> {
    let content = Sha256::of(&answer.content()?);
    let version: String = content.to_string().chars().take(16).collect();
    let mut before = None;
    for (number, (file, rows)) in (1..).zip(answer.attachments.iter().zip((1..).map(|file: u32| file * ROWS))) {
        let own = DRAFT_ROWS.saturating_add(rows).saturating_add(row);
        laid.objects.push(NewObject {
            row: own,
            reference: format!("{}#{}-{version}", answer.reference, files::id_name(number)),
            key: format!("{}/{}-{version}", answer.key(), files::id_name(number)),
            period: String::new(),
            payload: files::payload(CONTEXT, number, file)?,
            content,
            plan: Plan::Send,
            follows: before.replace(own),
        });
        laid.messages.push(NewMessage {
            operation: files::OPERATION.to_owned(),
            lanes: vec![format!("appeal/{}", answer.appeal)],
            priority: Priority::Urgent,
            resend: Resend::Freely,
            bulk: false,
            rows: vec![own],
        });
    }
    Ok(before)
}

/// The section of the file store for what is attached to appeals.
const CONTEXT: &str = "appeals";

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
    if answer.attachments.len() > FILES {
        let words = Words::both(
            format!("К ответу приложено больше {FILES} файлов: объедините их."),
            format!("More than {FILES} files are attached to the answer: join some of them."),
        );
        return Some(Refusal { code: CONTRACT.into(), text: words.write(), who_fixes: Fixer::Caller });
    }
    let step = Step { step: StepKind::Draft, answer: answer.clone() };
    let ids = (1..=answer.attachments.len()).map(|number| (files::id_name(number), guid.to_string())).collect();
    let uploaded = ObjectState::Accepted(ids);
    let placed = Placed { object: &step, transport: guid, forerunner: Some(&uploaded) };
    let request = document::request(guid, &[placed]).ok()?;
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

    fn answer(action: AnswerAction) -> Answer {
        Answer {
            reference: "a-1".into(),
            row: 2,
            appeal: AppealName::Number("77-2026-000017".into()),
            employee: Uuid::nil(),
            text: "Перерасчёт сделан.".into(),
            action,
            attachments: Vec::new(),
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
    fn files_go_before_the_draft_each_behind_the_other() {
        let file = |name: &str| crate::records::AttachedFile {
            path: name.into(),
            name: name.into(),
            hash: "0".repeat(64),
            bytes: std::sync::Arc::from(*b"text"),
        };
        let attachments = vec![file("a.txt"), file("b.txt")];
        let with = Answer { attachments, ..answer(AnswerAction::Send) };
        let mut laid = Laid::default();
        lay(2, &with, &mut laid).unwrap();
        let [first, second, draft, send] = &laid.objects[..] else { panic!("{laid:?}") };
        assert_eq!((first.follows, second.follows), (None, Some(first.row)));
        assert_eq!((draft.follows, send.follows), (Some(second.row), Some(draft.row)));
        for part in [first, second, draft] {
            assert_eq!(draft_of(part.row), Some(2));
        }
        assert_eq!([first, second, draft, send].map(|part| is_file(part.row)), [true, true, false, false]);
        assert!(laid.messages.iter().all(|message| message.lanes == laid.messages[0].lanes));
        assert_eq!(laid.messages[0].resend, Resend::Freely);
        assert_eq!(check(&with), None);
        // Another text is another answer, whose files are uploaded anew.
        let mut changed = Laid::default();
        lay(2, &Answer { text: "Иначе.".into(), ..with.clone() }, &mut changed).unwrap();
        assert_ne!(changed.objects[0].reference, first.reference);
        let many = Answer { attachments: vec![file("a.txt"); FILES + 1], ..with };
        assert!(check(&many).is_some());
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
