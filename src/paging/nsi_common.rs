//! Reference books that all share: pages by their numbers.

use super::book::Numbers;
use super::{Page, PageNumber, PageOf, Paged, PagingErrorKind};
use crate::contract::nsi_base::NsiElement;
use crate::contract::nsi_common::ExportNsiPagingItemRequest;
use crate::operation::Submission;

impl Paged for ExportNsiPagingItemRequest {
    type Item = NsiElement;
    type Cursor = PageNumber;

    fn at(&self, cursor: Option<&PageNumber>) -> Option<Self> {
        Some(Self { page: cursor.copied().unwrap_or(PageNumber::FIRST).get(), ..self.clone() })
    }

    fn page(state: Self::State, asked: Option<&PageNumber>) -> Result<Option<PageOf<Self>>, PagingErrorKind> {
        let Some(page) = Self::result(state) else { return Ok(None) };
        let numbers = Numbers {
            total_items_count: page.total_items_count,
            total_pages: page.total_pages,
            current_page: &page.current_page,
        };
        let (next, total) = (numbers.next(asked)?, numbers.total());
        Ok(Some(Page { total, ..Page::new(page.nsi_element, next) }))
    }
}
