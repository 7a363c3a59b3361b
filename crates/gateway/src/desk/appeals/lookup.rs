//! What the system holds of answers whose outcome is not known: exportAppeal by the appeal, joined on the answer in its history.

use gis_gkh::Guid;
use gis_gkh::contract::appeals::{Appeal, AppealCriteria, Event, ExportAppealRequest, GivenAnswer};
use gis_gkh_delivery::{Failure, GisIds, ObjectId};

use super::document::drafted;
use super::{Step, StepKind};
use crate::desk::failure::local;
use crate::desk::operation::Doubtful;
use crate::desk::words::{self, PAYLOAD};
use crate::records::AppealName;

/// The question: the appeals with their histories, each once.
pub(super) fn request(asked: &[Doubtful<'_, Step>]) -> Result<ExportAppealRequest, Failure> {
    let (mut guids, mut numbers) = (Vec::new(), Vec::new());
    for one in asked {
        match &one.object.answer.appeal {
            AppealName::Guid(guid) => guids.push(Guid::new(*guid)),
            AppealName::Number(number) => numbers.push(number.clone()),
        }
    }
    guids.sort();
    guids.dedup();
    numbers.sort();
    numbers.dedup();
    // The contract asks by ids or by numbers; a message has one appeal, so it is never both.
    let criteria = match (guids.is_empty(), numbers.is_empty()) {
        (false, true) => AppealCriteria::Guids(guids),
        (true, false) => AppealCriteria::Numbers(numbers),
        _ => return Err(local(PAYLOAD, "appeals known by id and by number in one message".to_owned())),
    };
    Ok(ExportAppealRequest { appeal_criteria: Some(criteria), ..ExportAppealRequest::new() })
}

/// Which of our steps were taken, with the id of the answer.
pub(super) fn found(asked: &[Doubtful<'_, Step>], appeals: &[Appeal]) -> Vec<(ObjectId, GisIds)> {
    let mut found = Vec::new();
    for one in asked {
        let answers = appeals.iter().filter(|appeal| is_meant(&one.object.answer.appeal, appeal)).flat_map(answers);
        // The last entry of an answer is its present state.
        let taken = answers.filter(|answer| is_ours(one, answer)).last();
        if let Some(guid) = taken.and_then(|answer| answer.answer_guid) {
            found.push((one.id, GisIds::from([(words::GUID.to_owned(), guid.to_string())])));
        }
    }
    found
}

fn is_meant(name: &AppealName, appeal: &Appeal) -> bool {
    match name {
        AppealName::Guid(guid) => appeal.appeal_guid == Guid::new(*guid),
        AppealName::Number(number) => appeal.appeal_number.trim() == number,
    }
}

fn answers(appeal: &Appeal) -> impl Iterator<Item = &GivenAnswer> {
    appeal.appeal_history.iter().filter_map(|entry| match &entry.event {
        Some(Event::Answer(answer)) => Some(answer),
        _ => None,
    })
}

fn is_ours(step: &Doubtful<'_, Step>, answer: &GivenAnswer) -> bool {
    let ours = &step.object.answer;
    match step.object.step {
        StepKind::Draft => {
            answer.answerer.answerer_guid == Guid::new(ours.employee) && same(&answer.answer_text, &ours.text)
        }
        StepKind::Send => {
            answer.answer_is_sent && drafted(step.forerunner).is_ok_and(|draft| answer.answer_guid == Some(draft))
        }
    }
}

/// White space at the ends, and how lines end, is no difference.
fn same(told: &str, ours: &str) -> bool {
    told.trim().lines().map(str::trim_end).eq(ours.trim().lines().map(str::trim_end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::{Answer, AnswerAction};
    use gis_gkh::contract::appeals::{AppealStatus, Applicant, Author, HistoryEntry, Performer, Topic};
    use gis_gkh::contract::base::OktmoRef;
    use gis_gkh_delivery::ObjectState;
    use time::macros::date;
    use uuid::Uuid;

    fn guid(n: u8) -> Guid {
        Guid::new(Uuid::from_bytes([n; 16]))
    }

    fn step(step: StepKind) -> Step {
        let answer = Answer {
            reference: "a-1".into(),
            row: 2,
            appeal: AppealName::Number("77-1".into()),
            employee: guid(1).uuid(),
            text: "Сделано.\nСпасибо.".into(),
            action: AnswerAction::Send,
            attachments: Vec::new(),
        };
        Step { step, answer }
    }

    fn appeal(answers: Vec<GivenAnswer>) -> Appeal {
        let entry =
            |answer| HistoryEntry { event: Some(Event::Answer(answer)), ..HistoryEntry::new(date!(2026 - 11 - 02)) };
        Appeal {
            appeal_history: answers.into_iter().map(entry).collect(),
            ..Appeal::new(
                guid(9),
                Applicant::new(Author::System),
                "77-1",
                date!(2026 - 11 - 01),
                Topic::Own("тема".into()),
                OktmoRef::new("00000000"),
                "текст",
                AppealStatus::InWork,
            )
        }
    }

    fn given(text: &str, by: u8, sent: bool) -> GivenAnswer {
        GivenAnswer {
            answer_guid: Some(guid(7)),
            answer_is_sent: sent,
            ..GivenAnswer::new(Performer::new(guid(by)), text)
        }
    }

    fn is_found(kind: StepKind, forerunner: Option<&ObjectState>, answers: Vec<GivenAnswer>) -> bool {
        let step = step(kind);
        let asked = [Doubtful { id: ObjectId(5), object: &step, forerunner }];
        let found = found(&asked, &[appeal(answers)]);
        found.iter().for_each(|(id, ids)| assert_eq!((*id, &ids[words::GUID]), (ObjectId(5), &guid(7).to_string())));
        !found.is_empty()
    }

    #[test]
    fn a_draft_is_ours_by_its_words_and_its_author() {
        assert!(is_found(StepKind::Draft, None, vec![given("Сделано.\r\nСпасибо. ", 1, false)]));
        assert!(!is_found(StepKind::Draft, None, vec![given("Сделано.", 1, false)]));
        assert!(!is_found(StepKind::Draft, None, vec![given("Сделано.\nСпасибо.", 2, false)]));
        assert!(!is_found(StepKind::Draft, None, Vec::new()));
    }

    #[test]
    fn a_sending_is_found_only_by_the_id_of_its_draft() {
        let ids = |n: u8| ObjectState::Accepted(GisIds::from([(words::GUID.to_owned(), guid(n).to_string())]));
        let ours = "Сделано.\nСпасибо.";
        assert!(is_found(StepKind::Send, Some(&ids(7)), vec![given(ours, 1, true)]));
        assert!(!is_found(StepKind::Send, Some(&ids(7)), vec![given(ours, 1, false)]), "a draft still");
        assert!(!is_found(StepKind::Send, Some(&ids(8)), vec![given(ours, 1, true)]), "another answer");
        assert!(!is_found(StepKind::Send, None, vec![given(ours, 1, true)]));
    }
}
