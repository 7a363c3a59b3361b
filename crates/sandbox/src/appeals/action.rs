//! What else can be done with an appeal: a performer named, a longer term, another organisation, no answer.

use gis_gkh::Guid;
use gis_gkh::contract::appeals::{
    AppealAction, AppealStatus, DeadlineExtension, Event, HistoryEntry, PastRedirection, PastWaiver, RedirectionMark,
};
use gis_gkh::contract::organizations_registry_base::RegOrg;
use time::Date;

use super::desk::Held;
use crate::organizations::root_of;

impl Held {
    /// Does everything an action says, in the order of the contract.
    pub(super) fn act(&mut self, action: AppealAction, today: Date) {
        let appeal = &mut self.appeal;
        let mut events: Vec<Event> = Vec::new();
        if let Some(appointed) = action.performer {
            appeal.answerer_guid = Some(appointed.answerer_guid);
            appeal.date_of_appointment = appointed.date_of_appointment.or(appeal.date_of_appointment);
            if appeal.appeal_status == AppealStatus::Sent {
                appeal.appeal_status = AppealStatus::InWork;
            }
        }
        if let Some(done) = action.executed {
            appeal.answerer_guid = Some(done.answerer_guid);
            appeal.appeal_status = AppealStatus::Executed;
        }
        for handed in action.redirect_appeal {
            appeal.redirection_mark = Some(RedirectionMark::WithinSystem);
            let past = PastRedirection {
                comment: Some(handed.comment),
                attachment: handed.attachment,
                answerer_guid: Some(handed.answerer_guid),
                ..PastRedirection::new(handed.receiver)
            };
            events.push(past.into());
        }
        if let Some(longer) = action.roll_over_appeal {
            appeal.rolled_over = true;
            let DeadlineExtension { execution_date, .. } = &longer;
            appeal.execution_end_date = Some(*execution_date);
            events.push(longer.into());
        }
        if let Some(waiver) = action.answer_is_not_required {
            appeal.answer_is_not_required = true;
            appeal.appeal_status = AppealStatus::Executed;
            events.push(PastWaiver::new(waiver.cause).into());
        }
        for event in events {
            let entry = entry(self.organisation, today, event);
            self.appeal.appeal_history.push(entry);
        }
    }
}

/// An entry of the history, by an organisation.
pub(super) fn entry(organisation: Guid, date: Date, event: Event) -> HistoryEntry {
    let by = RegOrg::new(root_of(organisation));
    HistoryEntry { organization: Some(by), event: Some(event), ..HistoryEntry::new(date) }
}
