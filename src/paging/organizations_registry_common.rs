//! Rights delegated to us: pages by their numbers, and the word that another follows.
//!
//! An answer says neither its number nor how many pages there are. So a page without anything is taken for the last,
//! whatever the answer says: there is no other end to a system that always promises one more.

use super::{Next, Page, PageNumber, PageOf, Paged, PagingErrorKind};
use crate::contract::organizations_registry_common::{
    DelegatedAccess, ExportDelegatedAccessRequest, ExportObjectsDelegatedAccessRequest,
    ExportTerritoryDelegatedAccessRequest, ObjectAccess, RightsOrPage, TerritoryAccess,
    export_delegated_access_request,
};
use crate::operation::Submission;

impl Paged for ExportDelegatedAccessRequest {
    type Item = DelegatedAccess;
    type Cursor = PageNumber;

    fn at(&self, cursor: Option<&PageNumber>) -> Option<Self> {
        use export_delegated_access_request::{Criteria, Page};
        let status = match &self.criteria {
            Some(Criteria::AccessRequestGuid(_)) => return cursor.is_none().then(|| self.clone()),
            Some(Criteria::Page(page)) => page.status.clone(),
            None => None,
        };
        let page = Page { page: Some(cursor.copied().unwrap_or(PageNumber::FIRST).get()), status };
        Some(Self { criteria: Some(Criteria::Page(page)), ..self.clone() })
    }

    fn page(state: Self::State, asked: Option<&PageNumber>) -> Result<Option<PageOf<Self>>, PagingErrorKind> {
        let more = state.is_next_page;
        Ok(Self::result(state).map(|items| numbered(items, more, asked)))
    }
}

impl Paged for ExportObjectsDelegatedAccessRequest {
    type Item = ObjectAccess;
    type Cursor = PageNumber;

    fn at(&self, cursor: Option<&PageNumber>) -> Option<Self> {
        let rights_or_page = Some(selection(self.rights_or_page.as_ref(), cursor)?);
        Some(Self { rights_or_page, ..self.clone() })
    }

    fn page(state: Self::State, asked: Option<&PageNumber>) -> Result<Option<PageOf<Self>>, PagingErrorKind> {
        let more = state.is_next_page;
        Ok(Self::result(state).map(|items| numbered(items, more, asked)))
    }
}

impl Paged for ExportTerritoryDelegatedAccessRequest {
    type Item = TerritoryAccess;
    type Cursor = PageNumber;

    fn at(&self, cursor: Option<&PageNumber>) -> Option<Self> {
        let rights_or_page = Some(selection(self.rights_or_page.as_ref(), cursor)?);
        Some(Self { rights_or_page, ..self.clone() })
    }

    fn page(state: Self::State, asked: Option<&PageNumber>) -> Result<Option<PageOf<Self>>, PagingErrorKind> {
        let more = state.is_next_page;
        Ok(Self::result(state).map(|items| numbered(items, more, asked)))
    }
}

/// The page asked for; `None` if certain rights are asked about and there is no place for it.
fn selection(asked: Option<&RightsOrPage>, cursor: Option<&PageNumber>) -> Option<RightsOrPage> {
    match asked {
        Some(rights @ RightsOrPage::AccessRightGuid(_)) => cursor.is_none().then(|| rights.clone()),
        Some(RightsOrPage::Page(_)) | None => {
            Some(RightsOrPage::Page(cursor.copied().unwrap_or(PageNumber::FIRST).get()))
        }
    }
}

fn numbered<T>(items: Vec<T>, more: bool, asked: Option<&PageNumber>) -> Page<T, PageNumber> {
    let next = asked.copied().unwrap_or(PageNumber::FIRST).next().filter(|_| more && !items.is_empty());
    Page::new(items, next.map_or(Next::Last, Next::At))
}
