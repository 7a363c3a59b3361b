//! Enquiries about debts: what follows is told in an element of its own, if they were sought by conditions.

use gis_gkh_xml::Guid;

use super::{Next, Page, PageOf, Paged, PagingErrorKind};
use crate::contract::drs::{
    ExportDrsRequest, ExportDsrsRequest, ExportedDebtRequest, Subrequest, export_drs_request, export_dsrs_request,
    requests_not_found, requests_page, subrequests_not_found, subrequests_page,
};
use crate::operation::Submission;

impl Paged for ExportDrsRequest {
    type Item = ExportedDebtRequest;
    type Cursor = Guid;

    fn at(&self, cursor: Option<&Guid>) -> Option<Self> {
        let mut request = self.clone();
        match &mut request.criteria {
            export_drs_request::Criteria::Conditions(conditions) => conditions.export_request_guid = cursor.copied(),
            _ if cursor.is_some() => return None,
            _ => {}
        }
        Some(request)
    }

    fn page(state: Self::State, _: Option<&Guid>) -> Result<Option<PageOf<Self>>, PagingErrorKind> {
        Ok(Self::result(state).map(|found| {
            let next = match found.paged_output.map(|output| output.next) {
                Some(requests_page::Next::NextRequestGuid(cursor)) => Next::At(cursor),
                Some(requests_page::Next::LastPage) | None => Next::Last,
            };
            let not_found = match found.not_found.map(|not_found| not_found.keys) {
                Some(requests_not_found::Keys::Guids(guids)) => guids.iter().map(ToString::to_string).collect(),
                Some(requests_not_found::Keys::Numbers(numbers)) => numbers,
                None => Vec::new(),
            };
            Page { not_found, ..Page::new(found.request_data, next) }
        }))
    }
}

impl Paged for ExportDsrsRequest {
    type Item = Subrequest;
    type Cursor = Guid;

    fn at(&self, cursor: Option<&Guid>) -> Option<Self> {
        let mut request = self.clone();
        match &mut request.criteria {
            export_dsrs_request::Criteria::Conditions(conditions) => {
                conditions.export_subrequest_guid = cursor.copied();
            }
            _ if cursor.is_some() => return None,
            _ => {}
        }
        Some(request)
    }

    fn page(state: Self::State, _: Option<&Guid>) -> Result<Option<PageOf<Self>>, PagingErrorKind> {
        Ok(Self::result(state).map(|found| {
            let next = match found.paged_output.map(|output| output.next) {
                Some(subrequests_page::Next::NextSubrequestGuid(cursor)) => Next::At(cursor),
                Some(subrequests_page::Next::LastPage) | None => Next::Last,
            };
            let not_found = match found.not_found.map(|not_found| not_found.keys) {
                Some(subrequests_not_found::Keys::Guids(guids)) => guids.iter().map(ToString::to_string).collect(),
                Some(subrequests_not_found::Keys::Numbers(numbers)) => numbers,
                None => Vec::new(),
            };
            Page { not_found, ..Page::new(found.subrequest_data, next) }
        }))
    }
}
