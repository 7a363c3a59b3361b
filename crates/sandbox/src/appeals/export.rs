//! `exportAppeal`: which appeals are asked for.

use gis_gkh::contract::NAMESPACES;
use gis_gkh::contract::appeals::{
    AnswerFilter, Appeal, AppealCriteria, AppealFilter, AppealStatus, Author, Event, ExportAppealRequest,
    GetStateResult, GivenAnswer, Performer, StatusFilter, Topic, get_state_result::Outcome,
};
use gis_gkh::contract::base::AsyncRequestState;
use gis_gkh::{Element, Guid};
use gis_gkh_xml::Versions;
use time::Date;

use super::action::entry;
use super::desk::{Answer, Desk, Held};
use crate::refusal::Refusal;

impl Desk {
    /// Gives out an organisation's appeals with what was done about them, in the order they came.
    pub(crate) fn export(&self, owner: Guid, request: &ExportAppealRequest) -> Result<Outcome, Refusal> {
        let ours = self.all.iter().filter(|held| held.organisation == owner);
        let found: Vec<Appeal> = ours.filter(|held| wanted(held, request)).map(shown).collect();
        if found.is_empty() {
            return Err(Refusal::nothing_found());
        }
        let mut result = GetStateResult::new(AsyncRequestState::Processed, owner);
        result.outcome = Some(Outcome::Appeals(found));
        if result.to_xml(NAMESPACES, &Versions::new()).len() > self.largest {
            return Err(Refusal::large_answer(self.largest));
        }
        result.outcome.ok_or_else(Refusal::nothing_found)
    }
}

fn wanted(held: &Held, request: &ExportAppealRequest) -> bool {
    let Held { appeal, answers, .. } = held;
    // Those of the system itself are left out of searches, not of what is named.
    let of_people = request.include_hcs_appeals || appeal.applicant_info.author != Author::System;
    match &request.appeal_criteria {
        None => of_people,
        Some(AppealCriteria::Guids(guids)) => guids.contains(&appeal.appeal_guid),
        Some(AppealCriteria::Numbers(numbers)) => numbers.contains(&appeal.appeal_number),
        Some(AppealCriteria::AnswerGuids(guids)) => answers.iter().any(|answer| guids.contains(&answer.guid)),
        Some(AppealCriteria::AppealFilter(filter)) => of_people && fits(appeal, filter),
        Some(AppealCriteria::AnswerFilter(filter)) => {
            of_people && answers.iter().any(|answer| is_answered_in(answer, filter))
        }
    }
}

fn within(date: Date, from: Option<gis_gkh::Date>, to: Option<gis_gkh::Date>) -> bool {
    from.is_none_or(|from| date >= from.date()) && to.is_none_or(|to| date <= to.date())
}

fn fits(appeal: &Appeal, filter: &AppealFilter) -> bool {
    let AppealFilter { start_date, end_date, appeal_theme, fias_house_guid, status_of_appeal } = filter;
    let theme = appeal_theme.as_ref().is_none_or(
        |theme| matches!(&appeal.topic, Topic::Book(topic) if topic.code == theme.code && topic.guid == theme.guid),
    );
    theme
        && within(appeal.appeal_create_date.date(), *start_date, *end_date)
        && (fias_house_guid.is_empty() || appeal.fias_house_guid.is_some_and(|house| fias_house_guid.contains(&house)))
        && status_of_appeal.as_ref().is_none_or(|filter| is_of_status(&appeal.appeal_status, filter))
}

/// Whether the state is among those marked; where none is, any is wanted.
fn is_of_status(status: &AppealStatus, filter: &StatusFilter) -> bool {
    // Appeals that were not sent are never given out, whether marked or not.
    let StatusFilter { not_sent, sent, in_work, executed, withdrawn } = *filter;
    match status {
        _ if !(not_sent || sent || in_work || executed || withdrawn) => true,
        AppealStatus::Sent => sent,
        AppealStatus::InWork => in_work,
        AppealStatus::Executed => executed,
        AppealStatus::Withdrawn => withdrawn,
        AppealStatus::Other(_) => false,
    }
}

fn is_answered_in(answer: &Answer, filter: &AnswerFilter) -> bool {
    let AnswerFilter { start_create_date, end_create_date, start_post_date, end_post_date } = filter;
    let posted = match answer.sent {
        Some(sent) => within(sent, *start_post_date, *end_post_date),
        None => start_post_date.is_none() && end_post_date.is_none(),
    };
    posted && within(answer.written, *start_create_date, *end_create_date)
}

/// An appeal with its answers in its history, by days.
pub(super) fn shown(held: &Held) -> Appeal {
    let mut appeal = held.appeal.clone();
    for Answer { guid, number, draft, answerer, written, sent } in &held.answers {
        let given = GivenAnswer {
            answer_guid: Some(*guid),
            answer_number: Some(number.clone()),
            send_answer_date: sent.map(Into::into),
            attachment: draft.attachment.clone(),
            answer_is_sent: sent.is_some(),
            signed_attachments: draft.signed_attachments.clone(),
            ..GivenAnswer::new(Performer::new(*answerer), draft.answer_text.clone())
        };
        appeal.appeal_history.push(entry(held.organisation, sent.unwrap_or(*written), Event::Answer(given)));
    }
    appeal.appeal_history.sort_by_key(|entry| entry.change_date.date());
    appeal
}
