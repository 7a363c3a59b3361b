//! Debts: a cursor, or the word that this was the last page.

use gis_gkh_xml::Guid;

use super::{Next, Page, PageOf, Paged, PagingErrorKind};
use crate::contract::debts::{ExportDebtRequest, ExportedDebt, debts_page};
use crate::operation::Submission;

impl Paged for ExportDebtRequest {
    type Item = ExportedDebt;
    type Cursor = Guid;

    fn at(&self, cursor: Option<&Guid>) -> Option<Self> {
        Some(Self { next_page_export_request_guid: cursor.copied(), ..self.clone() })
    }

    fn page(state: Self::State, _: Option<&Guid>) -> Result<Option<PageOf<Self>>, PagingErrorKind> {
        Ok(Self::result(state).map(|page| {
            let next = match page.next {
                debts_page::Next::More(cursor) => Next::At(cursor),
                debts_page::Next::LastPage => Next::Last,
            };
            Page::new(page.debt, next)
        }))
    }
}
