//! What the system holds of bills whose outcome is not known: exportPaymentDocumentData by period and account, joined on the
//! document's number.

use std::collections::{BTreeSet, HashMap};

use gis_gkh::contract::bills::documents_of_month::Selection;
use gis_gkh::contract::bills::export_payment_document_request::Criteria;
use gis_gkh::contract::bills::payment_document_result::Outcome;
use gis_gkh::contract::bills::{
    DocumentState, DocumentsOfMonth, ExportPaymentDocumentRequest, ExportedPaymentDocument, PaymentDocumentResult,
};
use gis_gkh::{Guid, SystemError};
use gis_gkh_delivery::{Failure, GisIds, ObjectId, RetryClass};
use gis_gkh_xml::Decimal;

use super::year_and_month;
use crate::desk::failure::of_system;
use crate::desk::words::PAYMENT_DOCUMENT_ID;
use crate::money::Kopecks;
use crate::records::Bill;

/// The question about bills of one period: the payment documents of their accounts.
pub(super) fn request<'b>(mut bills: impl Iterator<Item = &'b Bill> + Clone) -> ExportPaymentDocumentRequest {
    let accounts: BTreeSet<Guid> = bills.clone().map(|bill| Guid::new(bill.account.guid)).collect();
    let (year, month) = bills.next().map_or((0, 0), year_and_month);
    let selection = Selection::AccountGuid(accounts.into_iter().collect());
    ExportPaymentDocumentRequest::new(Criteria::DocumentsOfMonth(DocumentsOfMonth::new(year, month, selection)))
}

/// Which of our bills the system holds, with its ids.
///
/// Only a document that is ours in all the export can tell is named: number, account, period and both totals, and not withdrawn.
/// Another document under our number is somebody else's doing, and not adopted.
///
/// # Errors
/// The first error the answer names instead of a document; absence then proves nothing.
pub(super) fn found(
    bills: &[(ObjectId, &Bill)],
    results: &[PaymentDocumentResult],
) -> Result<Vec<(ObjectId, GisIds)>, Failure> {
    let mut by_key: HashMap<(Guid, &str), Vec<&ExportedPaymentDocument>> = HashMap::new();
    for result in results {
        match &result.outcome {
            Outcome::PaymentDocument(document) => {
                let number = document.payment_document_number.as_deref().unwrap_or_default().trim();
                by_key.entry((document.account_guid, number)).or_default().push(document);
            }
            Outcome::ErrorMessage(error) => {
                let failure = of_system(&SystemError::object(error));
                // One account without documents is an answer, not an error.
                if failure.class != RetryClass::Empty {
                    return Err(failure);
                }
            }
        }
    }
    let mut found = Vec::new();
    for (object, bill) in bills {
        let documents = by_key.get(&(Guid::new(bill.account.guid), bill.number.as_str())).into_iter().flatten();
        if let Some(document) = documents.copied().find(|document| is_ours(bill, document)) {
            let ids = GisIds::from([(PAYMENT_DOCUMENT_ID.to_owned(), document.payment_document_id.clone())]);
            found.push((*object, ids));
        }
    }
    Ok(found)
}

fn is_ours(bill: &Bill, document: &ExportedPaymentDocument) -> bool {
    let (year, month) = year_and_month(bill);
    let total = |given: &Option<Decimal>, ours: Kopecks| {
        // A total that is not told contradicts nothing.
        given.as_ref().is_none_or(|given| given.to_kopecks() == Some(ours.get()))
    };
    document.document_state != Some(DocumentState::Withdraw)
        && document.year.is_none_or(|told| told == year)
        && document.month.is_none_or(|told| told == month)
        && document.total_payable_by_pd.is_some()
        && total(&document.total_payable_by_pd, bill.total_period)
        && total(&document.total_payable_by_pd_with_debt_and_advance, bill.total_with_debt)
}

#[cfg(test)]
mod tests {
    use super::*;
    use gis_gkh::contract::base::ErrorMessage;

    use crate::desk::billing::document::roubles;
    use crate::records::{Month, Options};
    use crate::sample::Sample;

    fn bill() -> Bill {
        let options = Options { today: time::macros::date!(2026 - 11 - 02), period: None, lenient: false };
        Month::read(&Sample::new(1, 1).sources(), &options).bills.remove(0)
    }

    /// What the system would export of a bill.
    fn exported(bill: &Bill) -> ExportedPaymentDocument {
        let (year, month) = year_and_month(bill);
        ExportedPaymentDocument {
            payment_document_number: Some(bill.number.clone()),
            document_state: Some(DocumentState::Expose),
            total_payable_by_pd: Some(roubles(bill.total_period)),
            total_payable_by_pd_with_debt_and_advance: Some(roubles(bill.total_with_debt)),
            year: Some(year),
            month: Some(month),
            ..ExportedPaymentDocument::new(Guid::new(bill.account.guid), "00АА000001-01-6101", Vec::new())
        }
    }

    fn adopted(bill: &Bill, document: ExportedPaymentDocument) -> bool {
        let results = [PaymentDocumentResult::new(Outcome::PaymentDocument(document))];
        let found = found(&[(ObjectId(7), bill)], &results).unwrap();
        if let [(object, ids)] = &found[..] {
            assert_eq!((*object, ids[PAYMENT_DOCUMENT_ID].as_str()), (ObjectId(7), "00АА000001-01-6101"));
        }
        !found.is_empty()
    }

    #[test]
    fn only_a_document_that_is_ours_in_everything_is_adopted() {
        let bill = bill();
        assert!(adopted(&bill, exported(&bill)));
        type Change = fn(&mut ExportedPaymentDocument);
        let changes: [(&str, Change); 8] = [
            ("another number", |document| document.payment_document_number = Some("0000001-2611".into())),
            ("no number", |document| document.payment_document_number = None),
            ("another account", |document| document.account_guid = Guid::new(uuid::Uuid::nil())),
            ("another month", |document| document.month = Some(9)),
            ("another year", |document| document.year = Some(2025)),
            ("another total", |document| document.total_payable_by_pd = Some(Decimal::from_kopecks(1))),
            ("another debt", |document| {
                document.total_payable_by_pd_with_debt_and_advance = Some(Decimal::from_kopecks(1));
            }),
            ("withdrawn", |document| document.document_state = Some(DocumentState::Withdraw)),
        ];
        for (what, change) in changes {
            let mut document = exported(&bill);
            change(&mut document);
            assert!(!adopted(&bill, document), "{what}");
        }
        // Zeros at the end, and a number padded with spaces, are no difference.
        let mut document = exported(&bill);
        document.payment_document_number = Some(format!(" {} ", bill.number));
        document.year = None;
        assert!(adopted(&bill, document));
    }

    #[test]
    fn a_withdrawn_document_does_not_hide_the_one_in_force() {
        let bill = bill();
        let mut withdrawn = exported(&bill);
        withdrawn.document_state = Some(DocumentState::Withdraw);
        let results =
            [withdrawn, exported(&bill)].map(|document| PaymentDocumentResult::new(Outcome::PaymentDocument(document)));
        assert_eq!(found(&[(ObjectId(1), &bill)], &results).unwrap().len(), 1);
    }

    #[test]
    fn an_error_among_the_documents_leaves_nothing_proved_unless_it_says_there_are_none() {
        let bill = bill();
        let error =
            |code: &str| PaymentDocumentResult::new(Outcome::ErrorMessage(ErrorMessage::new(code, "пояснение")));
        let document = PaymentDocumentResult::new(Outcome::PaymentDocument(exported(&bill)));
        let bills = [(ObjectId(1), &bill)];
        let failure = found(&bills, &[document.clone(), error("INT002018")]).unwrap_err();
        assert_eq!((failure.code.as_deref(), failure.class), (Some("INT002018"), RetryClass::Retry));
        assert_eq!(found(&bills, &[error("INT002012"), document]).unwrap().len(), 1);
    }

    #[test]
    fn each_account_is_asked_about_once() {
        let bills = [bill(), bill()];
        let Criteria::DocumentsOfMonth(question) = request(bills.iter()).criteria else { panic!("by month") };
        assert_eq!((question.year, question.month), (2026, 10));
        assert_eq!(question.selection, Selection::AccountGuid(vec![Guid::new(bills[0].account.guid)]));
    }
}
