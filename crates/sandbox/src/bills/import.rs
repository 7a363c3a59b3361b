//! `importPaymentDocumentData`: documents are placed or withdrawn, each by itself.

use std::sync::Arc;

use gis_gkh::Guid;
use gis_gkh::contract::base::{CommonResult, common_result};
use gis_gkh::contract::bills::import_payment_document_request::Content;
use gis_gkh::contract::bills::{MonthOfDocuments, PaymentDocument, Withdrawal, get_state_result::Outcome};
use time::OffsetDateTime;
use uuid::Uuid;

use super::ledger::{Details, DocumentKey, Ledger};
use super::{references, sums};
use crate::answer::moment;
use crate::refusal::{self, Refusal};

impl Ledger {
    /// Does what an import asks for an organisation.
    pub(crate) fn import(&mut self, owner: Guid, content: Content, at: OffsetDateTime) -> Outcome {
        let results = match content {
            Content::MonthOfDocuments(month) => self.place_all(owner, month, at),
            Content::WithdrawPaymentDocument(withdrawals) => {
                withdrawals.into_iter().map(|withdrawal| self.withdraw_one(owner, &withdrawal, at)).collect()
            }
        };
        Outcome::ImportResult(results)
    }

    fn place_all(&mut self, owner: Guid, request: MonthOfDocuments, at: OffsetDateTime) -> Vec<CommonResult> {
        let details = request.payment_information.into_iter().map(|details| (details.transport_guid, details));
        let details: Arc<Details> = Arc::new(details.collect());
        let (year, month) = (request.year, request.month);
        let place = |document: PaymentDocument| {
            let transport = document.transport_guid;
            let key = DocumentKey {
                account: document.account_guid,
                year,
                month,
                number: document.payment_document_number.clone().unwrap_or_default(),
            };
            let placed = self.place_one(owner, document, (year, month), &details, request.confirm_amounts_correct);
            if placed.is_err() {
                self.refused(key);
            }
            result(transport, placed, at)
        };
        request.payment_document.into_iter().map(place).collect()
    }

    /// Places a document, or refuses it for the first reason there is.
    fn place_one(
        &mut self,
        owner: Guid,
        document: PaymentDocument,
        (year, month): (i16, i32),
        details: &Arc<Details>,
        confirmed: bool,
    ) -> Result<String, Refusal> {
        let Some(&account) = self.by_guid.get(&document.account_guid) else {
            let why = format!("Лицевой счёт {} не найден", document.account_guid);
            return Err(Refusal::new(refusal::NOT_IN_REGISTRY, why));
        };
        let known = &self.accounts[account];
        if known.organisation != owner {
            let why = "Доступ запрещён: лицевой счёт открыт другой организацией";
            return Err(Refusal::new(refusal::NO_ACCESS, why));
        }
        if known.closed {
            let why = format!("Лицевой счёт {} закрыт", known.number);
            return Err(Refusal::new(refusal::CLOSED_ACCOUNT, why));
        }
        let corrected = match &document.payment_document_id {
            Some(id) => {
                let index = self.own(owner, id).filter(|index| self.documents[*index].account == account);
                let index = index.ok_or_else(|| unknown_document(id))?;
                self.may_withdraw(index)?;
                Some(index)
            }
            None => None,
        };
        if let Some(number) = &document.payment_document_number
            && let Some(taken) = self.numbered((account, year, month), number)
            && Some(taken) != corrected
        {
            let why = format!("По лицевому счёту за этот месяц уже размещён платёжный документ с номером {number}");
            return Err(Refusal::new(refusal::REPEATED_NUMBER, why));
        }
        references::check(self, &document)?;
        if !confirmed {
            sums::check(&document).map_err(|why| Refusal::new(refusal::SUMS, why))?;
        }
        let id = self.place((account, year, month), document, Arc::clone(details))?;
        if let Some(index) = corrected {
            self.withdraw(index);
        }
        Ok(id)
    }

    fn withdraw_one(&mut self, owner: Guid, withdrawal: &Withdrawal, at: OffsetDateTime) -> CommonResult {
        let id = &withdrawal.payment_document_id;
        let index = self.own(owner, id).ok_or_else(|| unknown_document(id));
        let withdrawn = index.and_then(|index| {
            self.may_withdraw(index)?;
            self.withdraw(index);
            Ok(id.clone())
        });
        result(withdrawal.transport_guid, withdrawn, at)
    }
}

fn unknown_document(id: &str) -> Refusal {
    Refusal::new(refusal::NOT_IN_REGISTRY, format!("Платёжный документ {id} не найден"))
}

fn result(transport: Guid, done: Result<String, Refusal>, at: OffsetDateTime) -> CommonResult {
    match done {
        Ok(id) => {
            // The document's GUID is not asked for by anything; it only has to be its own and always the same.
            let guid = Guid::new(Uuid::new_v5(&Uuid::NAMESPACE_OID, id.as_bytes()));
            let mut done = common_result::Done::new(moment(at));
            done.unique_number = Some(id);
            let mut result = CommonResult::new(transport, common_result::Outcome::Done(done));
            result.guid = Some(guid);
            result
        }
        Err(refusal) => CommonResult::new(transport, common_result::Outcome::Error(vec![refusal.message()])),
    }
}
