//! `exportPaymentDocumentData`: which documents are asked for.

use std::collections::{BTreeSet, HashSet};

use gis_gkh::contract::NAMESPACES;
use gis_gkh::contract::base::AsyncRequestState;
use gis_gkh::contract::bills::export_payment_document_request::Criteria;
use gis_gkh::contract::bills::{
    DocumentsOfMonth, GetStateResult, PaymentDocumentResult, documents_of_month::Selection, get_state_result::Outcome,
    numbers_in_house::Numbers, payment_document_result,
};
use gis_gkh::{Element, Guid};
use gis_gkh_xml::Versions;

use super::exported::exported;
use super::ledger::Ledger;
use crate::refusal::Refusal;

impl Ledger {
    /// Gives out documents of an organisation: by their identifiers whatever their state, of a month only those that are
    /// not withdrawn. In the order they were placed, each once.
    pub(crate) fn export(&self, owner: Guid, criteria: &Criteria) -> Result<Outcome, Refusal> {
        let found: BTreeSet<usize> = match criteria {
            Criteria::PaymentDocumentId(ids) => ids.iter().filter_map(|id| self.own(owner, id)).collect(),
            Criteria::DocumentsOfMonth(month) => self.of_month(owner, month),
        };
        if found.is_empty() {
            return Err(Refusal::nothing_found());
        }
        let shown = found.into_iter().map(|index| {
            let document = &self.documents[index];
            let shown = exported(document, &self.accounts[document.account]);
            PaymentDocumentResult::new(payment_document_result::Outcome::PaymentDocument(shown))
        });
        let outcome = Outcome::PaymentDocuments(shown.collect());
        let mut result = GetStateResult::new(AsyncRequestState::Processed, owner);
        result.outcome = Some(outcome);
        if result.to_xml(NAMESPACES, &Versions::new()).len() > self.largest {
            return Err(Refusal::large_answer(self.largest));
        }
        result.outcome.ok_or_else(Refusal::nothing_found)
    }

    fn of_month(&self, owner: Guid, month: &DocumentsOfMonth) -> BTreeSet<usize> {
        let mut numbers: Option<HashSet<&str>> = None;
        let mut accounts: Vec<usize> = match &month.selection {
            Selection::AccountGuid(guids) => guids.iter().filter_map(|guid| self.by_guid.get(guid)).copied().collect(),
            Selection::ServiceId(ids) => ids.iter().filter_map(|id| self.by_service_id.get(id)).copied().collect(),
            Selection::UnifiedAccountNumber(all) => {
                all.iter().filter_map(|els| self.by_els.get(els)).flatten().copied().collect()
            }
            Selection::NumbersInHouse(house) => {
                let mut inside = self.by_house.get(&house.fias_house_guid).cloned().unwrap_or_default();
                match &house.numbers {
                    Numbers::AccountNumber(wanted) => {
                        let wanted: HashSet<&str> = wanted.iter().map(String::as_str).collect();
                        inside.retain(|index| wanted.contains(self.accounts[*index].number.as_str()));
                    }
                    Numbers::PaymentDocumentNumber(wanted) => {
                        numbers = Some(wanted.iter().map(String::as_str).collect());
                    }
                }
                inside
            }
        };
        accounts.retain(|index| self.accounts[*index].organisation == owner);
        let of_month =
            accounts.into_iter().filter_map(|account| self.by_month.get(&(account, month.year, month.month)));
        of_month
            .flatten()
            .copied()
            .filter(|index| {
                let document = &self.documents[*index];
                let number = document.placed.payment_document_number.as_deref();
                document.live
                    && numbers.as_ref().is_none_or(|wanted| number.is_some_and(|number| wanted.contains(number)))
            })
            .collect()
    }
}
