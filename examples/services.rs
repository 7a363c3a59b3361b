//! Places the list of works and services (перечень работ и услуг) of a house for a year.
//!
//! `cargo run --example services` shows what would be sent; `examples/support` says how to send it.

mod support;

use gis_gkh::contract::services::import_working_list_request::Action;
use gis_gkh::contract::services::{ImportWorkingListRequest, MonthOfYear, PlannedCost, WorkingList, WorkingListItem};
use gis_gkh::{Decimal, Guid, Guids, join};
use support::Failure;

/// Two works of 2027: one twelve times a year at 4 500 roubles, the other as often as needed.
pub(crate) fn request(guids: &Guids) -> Result<ImportWorkingListRequest, Failure> {
    let cost = PlannedCost {
        price: Some(Decimal::from(4_500)),
        amount: Some(Decimal::from(1)),
        count: Some(12),
        total_cost: Some(Decimal::from_kopecks(5_400_000)),
    };
    let cleaning = WorkingListItem {
        index: Some(1),
        row_scope: Some(cost.into()),
        ..WorkingListItem::new(guids.fresh()?, support::entry("1.1", guids)?)
    };
    let emergencies =
        WorkingListItem { index: Some(2), ..WorkingListItem::new(guids.fresh()?, support::entry("1.2", guids)?) };
    Ok(ImportWorkingListRequest::new(WorkingList::new(
        guids.fresh()?,
        "5d0c4c1e-0000-4000-8000-0000000000b1".parse()?,
        MonthOfYear::new(1, 2027),
        MonthOfYear::new(12, 2027),
        vec![cleaning, emergencies],
    )))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let request = request(&support::guids())?;
    let Some(client) = support::prepare(&request)? else { return Ok(()) };

    // The list is told of as a whole, and each of its works by itself.
    let mut sent: Vec<Guid> = Vec::new();
    if let Action::Place(list) = &request.action {
        sent.push(list.transport_guid);
        sent.extend(list.work_list_item.iter().map(|work| work.transport_guid));
    }
    let receipt = client.services().import_working_list(request).await?;
    let results = support::result::<ImportWorkingListRequest>(&client, &receipt).await?.unwrap_or_default();
    support::report(&join(&sent, &results))
}
