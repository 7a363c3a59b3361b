//! Appeals by the days they were made. There are no pages: the whole window is one answer (`protocol` §5.3).

use gis_gkh::contract::appeals::get_state_result::Outcome;
use gis_gkh::contract::appeals::{AppealCriteria, AppealFilter, ExportAppealRequest, GetStateResult};
use gis_gkh_delivery::{Failure, Page, Window};
use time::UtcOffset;

use super::{day, elements, given, item};
use crate::desk::operation::Export;

/// `appeals.exportAppeal`.
pub(crate) struct Appeals;

impl Export for Appeals {
    type Request = ExportAppealRequest;

    fn request(window: &Window, zone: UtcOffset) -> Result<ExportAppealRequest, Failure> {
        let until = window.until.map(|until| day(until, zone)).transpose()?;
        let filter = AppealFilter {
            start_date: given(day(window.since, zone)?),
            end_date: until.and_then(given),
            ..AppealFilter::new()
        };
        Ok(ExportAppealRequest {
            appeal_criteria: Some(AppealCriteria::AppealFilter(filter)),
            include_hcs_appeals: true,
            ..ExportAppealRequest::new()
        })
    }

    fn page(_: &Window, _: UtcOffset, state: &GetStateResult) -> Result<Page, Failure> {
        let Some(Outcome::Appeals(appeals)) = &state.outcome else { return Ok(Page::default()) };
        let bodies = elements(state, "ExportAppealResult")?;
        let keys = appeals.iter().map(|appeal| appeal.appeal_guid.to_string());
        Ok(Page { items: keys.zip(&bodies).map(|(key, body)| item(key, body)).collect(), next: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gis_gkh::Guid;
    use gis_gkh::clock::MOSCOW;
    use gis_gkh::contract::appeals::{Appeal, AppealStatus, Applicant, Author, Topic};
    use gis_gkh::contract::base::{AsyncRequestState, OktmoRef};
    use gis_gkh_delivery::Timestamp;
    use time::macros::{date, datetime};
    use uuid::Uuid;

    #[test]
    fn a_window_is_days_in_moscow() {
        let at = |moment: time::OffsetDateTime| Timestamp(moment.unix_timestamp() * 1000);
        let window = Window {
            name: "appeals".into(),
            topic: "appeals".into(),
            parameters: String::new(),
            since: at(datetime!(2026-11-01 22:00 UTC)),
            until: Some(at(datetime!(2026-11-20 20:59 UTC))),
            cursor: None,
        };
        let request = Appeals::request(&window, MOSCOW).unwrap();
        let Some(AppealCriteria::AppealFilter(filter)) = request.appeal_criteria else { panic!("by days") };
        assert_eq!(filter.start_date, given(date!(2026 - 11 - 02)));
        assert_eq!(filter.end_date, given(date!(2026 - 11 - 20)));
    }

    #[test]
    fn an_appeal_is_an_item_with_every_field_under_its_own_name() {
        let guid = Guid::new(Uuid::from_bytes([3; 16]));
        let appeal = Appeal {
            from_mobile: true,
            neighbour_info: vec![Applicant::new(Author::System)],
            ..Appeal::new(
                guid,
                Applicant::new(Author::System),
                "77-1",
                date!(2026 - 11 - 01),
                Topic::Own("тема".into()),
                OktmoRef::new("00000000"),
                "текст «обращения»",
                AppealStatus::InWork,
            )
        };
        let state = GetStateResult {
            outcome: Some(Outcome::Appeals(vec![appeal])),
            ..GetStateResult::new(AsyncRequestState::Processed, guid)
        };
        let window = Window {
            name: String::new(),
            topic: String::new(),
            parameters: String::new(),
            since: Timestamp(0),
            until: None,
            cursor: None,
        };
        let page = Appeals::page(&window, MOSCOW, &state).unwrap();
        let [item] = &page.items[..] else { panic!("one item") };
        assert_eq!(item.key, guid.to_string());
        let body: serde_json::Value = serde_json::from_slice(&item.body).unwrap();
        assert_eq!(body["AppealGUID"], guid.to_string());
        assert_eq!((&body["FromMobile"], &body["AppealStatus"]), (&true.into(), &"InWork".into()));
        assert_eq!(body["AnotherTopic"], "тема");
        assert_eq!(body["NeighbourInfo"], serde_json::json!([{ "HCS": true }]));
        assert_eq!(body["OKTMO"], serde_json::json!({ "code": "00000000" }));
    }
}
