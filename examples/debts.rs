//! Places a debt that a court has confirmed, and the repayment of another.
//!
//! `cargo run --example debts` shows what would be sent; `examples/support` says how to send it.

mod support;

use gis_gkh::contract::debts::debt_object::Dwelling;
use gis_gkh::contract::debts::{CourtAct, DebtAction, DebtObject, Debtor, ImportDebtRequest, NewDebt, Repayment};
use gis_gkh::{Guids, join};
use support::Failure;
use time::macros::date;

/// A debt for a flat, and word that another debt is paid off.
pub(crate) fn request(guids: &Guids) -> Result<ImportDebtRequest, Failure> {
    let flat = "5d0c4c1e-0000-4000-8000-0000000000f1".parse()?;
    let debtor = Debtor {
        patronymic: Some("Образцович".to_owned()),
        snils: Some("00000000000".to_owned()),
        ..Debtor::new("Примеров", "Пример")
    };
    // In force since 12 October; pronounced on 11 September.
    let act = CourtAct {
        judicial_act_attachment: vec![support::file("приказ.pdf", "Судебный приказ", guids.fresh()?)],
        ..CourtAct::new("2-0000/2026", date!(2026 - 10 - 12), date!(2026 - 09 - 11))
    };
    let debt = NewDebt::new(DebtObject::new(Dwelling::Premises(flat)), debtor, act);

    let repayment = Repayment {
        placing_date: Some(date!(2026 - 10 - 20).into()),
        ..Repayment::new("5d0c4c1e-0000-4000-8000-0000000000d1".parse()?)
    };
    Ok(ImportDebtRequest::new(vec![DebtAction::new(guids.fresh()?, debt), DebtAction::new(guids.fresh()?, repayment)]))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let request = request(&support::guids())?;
    let Some(client) = support::prepare(&request)? else { return Ok(()) };

    let sent = request.debt.clone();
    let receipt = client.debts().import_debt(request).await?;
    let results = support::result::<ImportDebtRequest>(&client, &receipt).await?.unwrap_or_default();
    support::report(&join(&sent, &results))
}
