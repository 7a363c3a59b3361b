//! Opens an account (лицевой счёт, ЛС) for a flat and closes another.
//!
//! `cargo run --example house_management_accounts` shows what would be sent; `examples/support` says how to send it.

mod support;

use std::io::Write;

use gis_gkh::contract::house_management::{
    Account, AccountAccommodation, AccountClosing, AccountPayer, AccountPerson, AccountPersonIdentity, AccountPlace,
    AccountPurpose, ImportAccountRequest, ImportDetails, ImportOutcome,
};
use gis_gkh::{Decimal, Guids, join};
use support::Failure;
use time::macros::date;

/// A new account of the managing organisation, and an account known to the system that is closed.
pub(crate) fn request(guids: &Guids) -> Result<ImportAccountRequest, Failure> {
    let flat = "5d0c4c1e-0000-4000-8000-0000000000f1".parse()?;
    let payer = AccountPerson {
        patronymic: Some("Образцович".to_owned()),
        identity: Some(AccountPersonIdentity::Snils("00000000000".to_owned())),
        ..AccountPerson::new("Примеров", "Пример")
    };
    let opened = Account {
        account_number: Some("00-0017".to_owned()),
        living_persons_number: Some(3),
        total_square: Some("54.3".parse()?),
        accommodation: vec![AccountAccommodation {
            share_percent: Some(Decimal::from(100)),
            ..AccountAccommodation::new(AccountPlace::PremisesGuid(flat))
        }],
        ..Account::new(
            guids.fresh()?,
            AccountPurpose::Management,
            AccountPayer { party: Some(payer.into()), ..AccountPayer::new() },
        )
    };
    let closed = Account {
        account_guid: Some("5d0c4c1e-0000-4000-8000-0000000000a2".parse()?),
        account_number: Some("00-0018".to_owned()),
        closed: Some(AccountClosing::new(support::entry("10", guids)?, date!(2026 - 10 - 31))),
        ..Account::new(guids.fresh()?, AccountPurpose::Management, AccountPayer::new())
    };
    Ok(ImportAccountRequest::new(vec![opened, closed]))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let request = request(&support::guids())?;
    let Some(client) = support::prepare(&request)? else { return Ok(()) };

    let sent = request.account.clone();
    let receipt = client.house_management().import_account_data(request).await?;
    let results = support::result::<ImportAccountRequest>(&client, &receipt).await?.unwrap_or_default();
    let joined = join(&sent, ImportOutcome::all_objects(&results)?);
    support::report(&joined)?;
    // This import gives back more than others do: the numbers by which the account is known in the system.
    for (account, result) in &joined.answered {
        if let Some(ImportDetails::ImportAccount(numbers)) = &result.import_details {
            let ours = account.account_number.as_deref().unwrap_or("?");
            writeln!(std::io::stdout(), "{ours} is {} and {}", numbers.unified_account_number, numbers.service_id)?;
        }
    }
    Ok(())
}
