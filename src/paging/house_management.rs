//! Supply contracts and their objects: a cursor, or the word that this was the last page.
//!
//! An answer may repeat the element that holds a page; the last one says what follows.

use gis_gkh_xml::Guid;

use super::{ContractCursor, Next, Page, PageOf, Paged, PagingErrorKind};
use crate::contract::house_management::{
    ExportBriefSupplyResourceContractRequest, ExportSupplyResourceContractObjectAddressRequest,
    ExportSupplyResourceContractRequest, SupplyBrief, SupplyBriefCursor, SupplyContractCursor, SupplyContractExport,
    SupplyContractFilter, SupplyContractSelection, SupplyObjectCursor, SupplyObjectExport, SupplyObjectSelection,
};
use crate::operation::Submission;

impl Paged for ExportSupplyResourceContractRequest {
    type Item = SupplyContractExport;
    type Cursor = Guid;

    fn at(&self, cursor: Option<&Guid>) -> Option<Self> {
        let mut request = self.clone();
        match (&mut request.selection, cursor) {
            (Some(SupplyContractSelection::Filter(filter)), _) => filter.export_contract_root_guid = cursor.copied(),
            (Some(_), Some(_)) => return None,
            (selection @ None, Some(cursor)) => {
                let filter =
                    SupplyContractFilter { export_contract_root_guid: Some(*cursor), ..SupplyContractFilter::new() };
                *selection = Some(SupplyContractSelection::Filter(filter));
            }
            (_, None) => {}
        }
        Some(request)
    }

    fn page(state: Self::State, _: Option<&Guid>) -> Result<Option<PageOf<Self>>, PagingErrorKind> {
        Ok(Self::result(state).map(|parts| {
            parts.into_iter().fold(Page::nothing(), |mut page, part| {
                page.items.extend(part.contract);
                page.next = match part.cursor {
                    SupplyContractCursor::ExportContractRootGuid(cursor) => Next::At(cursor),
                    SupplyContractCursor::IsLastPage => Next::Last,
                };
                page
            })
        }))
    }
}

impl Paged for ExportSupplyResourceContractObjectAddressRequest {
    type Item = SupplyObjectExport;
    type Cursor = Guid;

    fn at(&self, cursor: Option<&Guid>) -> Option<Self> {
        let mut request = self.clone();
        match &mut request.selection {
            SupplyObjectSelection::Contract(contract) => contract.export_object_guid = cursor.copied(),
            SupplyObjectSelection::FiasHouseGuid(_) if cursor.is_some() => return None,
            SupplyObjectSelection::FiasHouseGuid(_) => {}
        }
        Some(request)
    }

    fn page(state: Self::State, _: Option<&Guid>) -> Result<Option<PageOf<Self>>, PagingErrorKind> {
        Ok(Self::result(state).map(|parts| {
            parts.into_iter().fold(Page::nothing(), |mut page, part| {
                page.items.extend(part.object_address);
                page.next = match part.cursor {
                    SupplyObjectCursor::ExportObjectGuid(cursor) => Next::At(cursor),
                    SupplyObjectCursor::IsLastPage => Next::Last,
                };
                page
            })
        }))
    }
}

impl Paged for ExportBriefSupplyResourceContractRequest {
    type Item = SupplyBrief;
    type Cursor = ContractCursor;

    fn at(&self, cursor: Option<&ContractCursor>) -> Option<Self> {
        Some(Self {
            next_page_contract_root_guid: cursor.map(|cursor| cursor.contract),
            next_page_object_guid: cursor.and_then(|cursor| cursor.object),
            ..self.clone()
        })
    }

    fn page(state: Self::State, _: Option<&ContractCursor>) -> Result<Option<PageOf<Self>>, PagingErrorKind> {
        Ok(Self::result(state).map(|parts| {
            parts.into_iter().fold(Page::nothing(), |mut page, part| {
                page.items.extend(part.contract);
                page.next = match part.cursor {
                    SupplyBriefCursor::Next(next) => Next::At(ContractCursor {
                        contract: next.next_page_contract_root_guid,
                        object: next.next_page_object_guid,
                    }),
                    SupplyBriefCursor::IsLastPage => Next::Last,
                };
                page
            })
        }))
    }
}
