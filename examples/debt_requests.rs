//! Answers two enquiries about debts (запросы о задолженности): one person owes by a court's decision, the other does not.
//!
//! `cargo run --example debt_requests` shows what would be sent; `examples/support` says how to send it.

mod support;

use gis_gkh::contract::drs::{
    ConfirmedDebts, Debt, DebtProof, Debtor, ImportDsrResponsesRequest, Operation, Response, ResponseAction,
};
use gis_gkh::{Guid, Guids, join};
use support::Failure;

/// Answers to two subrequests, whose identifiers came with the export of what is to be answered.
pub(crate) fn request(guids: &Guids) -> Result<ImportDsrResponsesRequest, Failure> {
    let employee: Guid = "5d0c4c1e-0000-4000-8000-0000000000e1".parse()?;
    let [first, second]: [Guid; 2] =
        ["5d0c4c1e-0000-4000-8000-000000000511".parse()?, "5d0c4c1e-0000-4000-8000-000000000512".parse()?];

    let proof =
        DebtProof::new(support::entry("1", guids)?, support::file("приказ.pdf", "Судебный приказ", guids.fresh()?));
    let debt = Debt { document: vec![proof], ..Debt::new(Debtor::new("Пример", "Примеров")) };
    let owes = Response { confirmed_debts: Some(ConfirmedDebts::Told(vec![debt])), ..Response::new(true, employee) };
    let does_not = Response::new(false, employee);

    let send = |subrequest, response| -> Result<ResponseAction, Failure> {
        Ok(ResponseAction {
            response_data: Some(response),
            ..ResponseAction::new(guids.fresh()?, subrequest, Operation::Send)
        })
    };
    Ok(ImportDsrResponsesRequest::new(vec![send(first, owes)?, send(second, does_not)?]))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let request = request(&support::guids())?;
    let Some(client) = support::prepare(&request)? else { return Ok(()) };

    let sent = request.action.clone();
    let receipt = client.debt_requests().import_responses(request).await?;
    let results = support::result::<ImportDsrResponsesRequest>(&client, &receipt).await?.unwrap_or_default();
    support::report(&join(&sent, &results))
}
