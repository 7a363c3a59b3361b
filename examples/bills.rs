//! Sends a payment document (платёжный документ) with one charge and says how the system took it.
//!
//! `cargo run --example bills` shows what would be sent; `examples/support` says how to send it. A message that must
//! survive a crash, or a lost answer, belongs to the gateway's engine: this is the typed call and nothing more.

mod support;

use gis_gkh::contract::bills::import_payment_document_request::Content;
use gis_gkh::contract::bills::{
    Charge, CurrentCharges, DocumentState, HousingServiceCharge, ImportPaymentDocumentRequest, MonthOfDocuments,
    PaymentDocument, PaymentInformation, SingleRecipient,
};
use gis_gkh::{CallError, Decimal, Guids, join};
use support::Failure;

/// October 2026 of one account: upkeep of the house at 25.10 roubles a square metre for 54.3 of them.
pub(crate) fn request(guids: &Guids) -> Result<ImportPaymentDocumentRequest, Failure> {
    let account = "5d0c4c1e-0000-4000-8000-0000000000a1".parse()?;
    let bank = PaymentInformation::new(guids.fresh()?, "040000999", "40702810600000000001");

    // Money and rates are exact: made of kopecks, of units of some decimal place, or of text, never of a float.
    let rate = Decimal::from_units(2510, 2);
    let due = Decimal::from_kopecks(136_293);
    let upkeep = HousingServiceCharge {
        accounting_period_total: Some(due.clone()),
        ..HousingServiceCharge::new(support::entry("2", guids)?, rate, due.clone())
    };
    let charges = CurrentCharges { charge_info: vec![Charge::new(upkeep)], ..CurrentCharges::new() };
    let bill = PaymentDocument {
        payment_document_number: Some("2026-10/0001".to_owned()),
        charges: Some(charges.into()),
        document_state: Some(DocumentState::Expose),
        total_payable_by_charge_info: Some(due.clone()),
        total_payable_by_pd: Some(due),
        // Where to pay: every document names one of the request's bank details.
        ..PaymentDocument::new(guids.fresh()?, account, SingleRecipient::new(bank.transport_guid))
    };
    Ok(ImportPaymentDocumentRequest::new(MonthOfDocuments::new(10, 2026, vec![bank], vec![bill])))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let request = request(&support::guids())?;
    let Some(client) = support::prepare(&request)? else { return Ok(()) };

    let sent = request.clone();
    let receipt = match client.bills().import_payment_document_data(request).await {
        Ok(receipt) => receipt,
        // The one case that must not be answered by sending again.
        Err(error @ CallError::MaybeSent { .. }) => return Err(format!("look before you send again: {error}").into()),
        Err(error) => return Err(error.into()),
    };
    let results = support::result::<ImportPaymentDocumentRequest>(&client, &receipt).await?.unwrap_or_default();
    match &sent.content {
        Content::MonthOfDocuments(month) => support::report(&join(&month.payment_document, &results)),
        Content::WithdrawPaymentDocument(withdrawn) => support::report(&join(withdrawn, &results)),
    }
}
