//! Sends one payment document by the library alone and waits for what the system says of it.
//!
//! ```text
//! cargo run --example send_bill -- 127.0.0.1:8080 CERTIFICATE KEY ORG_PPA_GUID ACCOUNT_GUID [STAND]
//! ```
//! The address is a tunnel's or a sandbox's; the stand is `sandbox` unless named. A message that must survive a crash,
//! or a lost answer, belongs to the gateway's engine: this is the typed call and nothing more.

use std::error::Error;
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use gis_gkh::clock::SystemClock;
use gis_gkh::contract::base::common_result::Outcome as ObjectOutcome;
use gis_gkh::contract::bills::get_state_result::Outcome;
use gis_gkh::contract::bills::import_payment_document_request::Content;
use gis_gkh::contract::bills::payment_document::{Charges, Recipient};
use gis_gkh::contract::bills::{
    CurrentCharges, ImportPaymentDocumentRequest, MonthOfDocuments, PaymentDocument, PaymentInformation,
    SingleRecipient,
};
use gis_gkh::operation::StateAnswer;
use gis_gkh::{CallError, Client, Decimal, Guid, HttpLimits, Identity, Stand, SystemError};
use gis_gkh_sign::gost::OsEntropy;
use gis_gkh_sign::signer::{BuiltinSigner, Signer};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, certificate, key, organisation, account, stand @ ..] = arguments.as_slice() else {
        return Err("usage: send_bill ADDRESS CERTIFICATE KEY ORG_PPA_GUID ACCOUNT_GUID [STAND]".into());
    };
    let stand = Stand::named(stand.first().map_or("sandbox", String::as_str), address)?;
    let signer = BuiltinSigner::from_pem(&std::fs::read_to_string(certificate)?, &std::fs::read_to_string(key)?)?;
    stand.check_certificate(signer.certificate())?;
    let client = Client::new(
        Identity::new(organisation.parse()?, Arc::new(signer)),
        Arc::new(stand.transport(HttpLimits::default())?),
        Arc::new(SystemClock),
        Arc::new(OsEntropy),
    );
    let mut out = std::io::stdout();

    let receipt = match client.bills().import_payment_document_data(bill(account.parse()?)?).await {
        Ok(receipt) => receipt,
        // The one case that must not be answered by sending again.
        Err(error @ CallError::MaybeSent { .. }) => return Err(format!("look before you send again: {error}").into()),
        Err(error) => return Err(error.into()),
    };
    writeln!(out, "taken as {}", receipt.ack)?;

    let answer = loop {
        tokio::time::sleep(Duration::from_secs(10)).await;
        let answer = client.bills().get_state(receipt.ack).await?;
        if answer.body.state() == 3 {
            break answer;
        }
    };
    if let Some(error) = answer.error() {
        return Err(error.into());
    }
    let Some(Outcome::ImportResult(results)) = answer.body.outcome else {
        return Err("the answer has no result of an import".into());
    };
    for result in results {
        match &result.outcome {
            ObjectOutcome::Done(done) => {
                writeln!(out, "{}: placed as {}", result.transport_guid, done.unique_number.as_deref().unwrap_or("?"))?;
            }
            ObjectOutcome::Error(_) => {
                for error in SystemError::of_result(&result) {
                    writeln!(out, "{}: {error} {}", result.transport_guid, error.text)?;
                }
            }
        }
    }
    Ok(())
}

/// One document of October 2026, nothing charged.
fn bill(account: Guid) -> Result<ImportPaymentDocumentRequest, Box<dyn Error>> {
    let (bank, document) = ("5d0c4c1e-0000-4000-8000-000000000001", "5d0c4c1e-0000-4000-8000-000000000002");
    let mut bill = PaymentDocument::new(
        document.parse()?,
        account,
        Recipient::SingleRecipient(SingleRecipient::new(bank.parse()?)),
    );
    bill.payment_document_number = Some("2026-10/0001".to_owned());
    bill.charges = Some(Charges::CurrentCharges(CurrentCharges::new()));
    bill.total_payable_by_pd = Some(Decimal::from_kopecks(0));
    let banks = vec![PaymentInformation::new("044525000".to_owned(), "40702810000000000001".to_owned(), bank.parse()?)];
    Ok(ImportPaymentDocumentRequest::new(Content::MonthOfDocuments(MonthOfDocuments::new(10, 2026, banks, vec![bill]))))
}
