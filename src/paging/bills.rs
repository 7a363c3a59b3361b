//! Payments: the last notification of a page is where the next one begins; none is given on the last page.

use gis_gkh_xml::Guid;

use super::{Next, Page, PageOf, Paged, PagingErrorKind};
use crate::contract::bills::{ExportNotificationsOfOrderExecutionPaginalRequest, NotificationWithStatus};
use crate::operation::Submission;

impl Paged for ExportNotificationsOfOrderExecutionPaginalRequest {
    type Item = NotificationWithStatus;
    type Cursor = Guid;

    fn at(&self, cursor: Option<&Guid>) -> Option<Self> {
        Some(Self { export_notifications_of_order_execution_guid: cursor.copied(), ..self.clone() })
    }

    fn page(state: Self::State, _: Option<&Guid>) -> Result<Option<PageOf<Self>>, PagingErrorKind> {
        Ok(Self::result(state).map(|page| {
            let next = page.export_notifications_of_order_execution_guid.map_or(Next::Last, Next::At);
            let results = page.export_notifications_of_order_execution_result.into_iter();
            Page::new(results.flat_map(|result| result.notification_of_order_execution_with_status).collect(), next)
        }))
    }
}
