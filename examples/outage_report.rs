//! Reports a planned outage (плановое отключение) of hot water in two houses.
//!
//! `cargo run --example outage_report` shows what would be sent; `examples/support` says how to send it.

mod support;

use gis_gkh::contract::outage_report::house_list::Ids;
use gis_gkh::contract::outage_report::{
    HouseList, ImportOutageReportRequest, MunicipalService, NewReport, OutageData, OutageForm, Places, ReportAction,
    Services,
};
use gis_gkh::{Guids, join};
use support::Failure;
use time::macros::datetime;

/// Two weeks without hot water, for tests of the pipes.
pub(crate) fn request(guids: &Guids) -> Result<ImportOutageReportRequest, Failure> {
    let houses = ["5d0c4c1e-0000-4000-8000-0000000000b1".parse()?, "5d0c4c1e-0000-4000-8000-0000000000b2".parse()?];
    let outage = OutageData {
        end_date: Some(datetime!(2027-05-24 18:00 +3).into()),
        additional_info: Some("Гидравлические испытания сетей".to_owned()),
        ..OutageData::new(
            support::entry("1", guids)?,
            OutageForm::Pause,
            Services::new(vec![MunicipalService::HotWater]),
            datetime!(2027-05-11 8:00 +3),
            support::entry("1", guids)?,
        )
    };
    let places = Places::new(HouseList::new(Ids::FiasHouseGuid(houses.into())));
    Ok(ImportOutageReportRequest::new(vec![ReportAction::new(guids.fresh()?, NewReport::new(outage, places))]))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let request = request(&support::guids())?;
    let Some(client) = support::prepare(&request)? else { return Ok(()) };

    let sent = request.outage_report.clone();
    let receipt = client.outage_report().import_outage_report(request).await?;
    let results = support::result::<ImportOutageReportRequest>(&client, &receipt).await?.unwrap_or_default();
    support::report(&join(&sent, &results))
}
