//! Reports of outages: a cursor, or the word that this was the last page.

use gis_gkh_xml::Guid;

use super::{Next, Page, PageOf, Paged, PagingErrorKind};
use crate::contract::outage_report::{ExportOutageReportRequest, ExportedReport, reports_page};
use crate::operation::Submission;

impl Paged for ExportOutageReportRequest {
    type Item = ExportedReport;
    type Cursor = Guid;

    fn at(&self, cursor: Option<&Guid>) -> Option<Self> {
        Some(Self { next_page_export_request_guid: cursor.copied(), ..self.clone() })
    }

    fn page(state: Self::State, _: Option<&Guid>) -> Result<Option<PageOf<Self>>, PagingErrorKind> {
        Ok(Self::result(state).map(|page| {
            let next = match page.next {
                reports_page::Next::More(cursor) => Next::At(cursor),
                reports_page::Next::LastPage => Next::Last,
            };
            Page::new(page.outage_report, next)
        }))
    }
}
