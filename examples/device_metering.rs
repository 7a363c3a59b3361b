//! Sends the month's readings: of a water meter and of a two-tariff electricity meter.
//!
//! `cargo run --example device_metering` shows what would be sent; `examples/support` says how to send it.

mod support;

use gis_gkh::contract::base::YearMonth;
use gis_gkh::contract::device_metering::{
    Device, DeviceReadings, ElectricityReadingOfMonth, ElectricityReadings, ImportMeteringDeviceValuesRequest,
    ResourceReadingOfMonth, ResourceReadings, Values,
};
use gis_gkh::{Decimal, Guid, Guids, join};
use support::Failure;
use time::macros::date;

/// A reading of cold water in thousandths of a cubic metre, and one of electricity by day and night.
pub(crate) fn request(guids: &Guids) -> Result<ImportMeteringDeviceValuesRequest, Failure> {
    let read_on = date!(2026 - 10 - 23);
    let water = ResourceReadingOfMonth::new(
        guids.fresh()?,
        support::entry("1", guids)?,
        Decimal::from_units(123_456, 3),
        read_on,
    );
    let electricity = ElectricityReadingOfMonth {
        metering_value_t2: Some(Decimal::from(10_250).into()),
        period: Some(YearMonth::new(2026, 10)),
        ..ElectricityReadingOfMonth::new(guids.fresh()?, Decimal::from(20_125), read_on)
    };
    let device = |text: &str| -> Result<Device, Failure> { Ok(Device::Root(text.parse()?)) };
    Ok(ImportMeteringDeviceValuesRequest {
        fias_house_guid: Some("5d0c4c1e-0000-4000-8000-0000000000b1".parse()?),
        ..ImportMeteringDeviceValuesRequest::new(vec![
            DeviceReadings::new(
                device("5d0c4c1e-0000-4000-8000-000000000711")?,
                ResourceReadings { current_value: vec![water], ..ResourceReadings::new() },
            ),
            DeviceReadings::new(
                device("5d0c4c1e-0000-4000-8000-000000000712")?,
                ElectricityReadings { current_value: Some(electricity), ..ElectricityReadings::new() },
            ),
        ])
    })
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    // What was sent may be known by one's own records: here, the words a person would know a reading by.
    let request = request(&support::guids())?;
    let Some(client) = support::prepare(&request)? else { return Ok(()) };

    let sent: Vec<(Guid, String)> = request.metering_devices_values.iter().flat_map(readings).collect();
    let receipt = client.device_metering().import_metering_device_values(request).await?;
    let results = support::result::<ImportMeteringDeviceValuesRequest>(&client, &receipt).await?.unwrap_or_default();
    support::report(&join(&sent, &results))
}

fn readings(device: &DeviceReadings) -> Vec<(Guid, String)> {
    match &device.values {
        Values::Resource(readings) => {
            let named = |one: &ResourceReadingOfMonth| {
                (one.transport_guid, format!("{} on {}", one.metering_value, one.date_value))
            };
            readings.current_value.iter().map(named).collect()
        }
        Values::Electricity(readings) => {
            let named =
                |one: &ElectricityReadingOfMonth| (one.transport_guid, format!("{} kWh", one.metering_value_t1));
            readings.current_value.iter().map(named).collect()
        }
        Values::Volume(volumes) => {
            volumes.current_value.iter().map(|one| (one.transport_guid, one.metering_value_t1.clone())).collect()
        }
    }
}
