//! Registers a water meter (прибор учёта) of a flat and takes another out of use.
//!
//! `cargo run --example house_management_devices` shows what would be sent; `examples/support` says how to send it.

mod support;

use gis_gkh::contract::house_management::{
    DeviceArchiving, DeviceCharacteristics, DeviceImport, DeviceKind, DeviceLinkage, DeviceOfPremises, DeviceResource,
    DeviceUpdate, ImportMeteringDeviceDataRequest, ImportOutcome, MeteringDevice,
};
use gis_gkh::{Decimal, Guids, join};
use support::Failure;
use time::macros::date;

/// A new meter of cold water with its base reading, and a broken one that goes to the archive.
pub(crate) fn request(guids: &Guids) -> Result<ImportMeteringDeviceDataRequest, Failure> {
    let [flat, account] = ["5d0c4c1e-0000-4000-8000-0000000000f1", "5d0c4c1e-0000-4000-8000-0000000000a1"];
    let place = DeviceOfPremises { premise_guid: vec![flat.parse()?], ..DeviceOfPremises::new(vec![account.parse()?]) };
    let characteristics = DeviceCharacteristics {
        metering_device_stamp: Some("Образец".to_owned()),
        metering_device_model: Some("О-15".to_owned()),
        commissioning_date: Some(date!(2026 - 10 - 01).into()),
        first_verification_date: Some(date!(2026 - 08 - 14).into()),
        factory_seal_date: Some(date!(2026 - 08 - 14).into()),
        // No remote readings, no sensors of temperature and pressure.
        ..DeviceCharacteristics::new("000017", false, false, false, DeviceKind::Flat(place))
    };
    let cold_water = DeviceResource::new(support::entry("1", guids)?, Decimal::from_units(12, 3));
    let created = MeteringDevice::new(characteristics, DeviceLinkage::Alone, vec![cold_water]);

    let broken = "5d0c4c1e-0000-4000-8000-000000000721".parse()?;
    let archived = DeviceUpdate::new(broken, DeviceArchiving::new(support::entry("3", guids)?));
    Ok(ImportMeteringDeviceDataRequest {
        fias_house_guid: Some("5d0c4c1e-0000-4000-8000-0000000000b1".parse()?),
        ..ImportMeteringDeviceDataRequest::new(vec![
            DeviceImport::new(guids.fresh()?, created),
            DeviceImport::new(guids.fresh()?, archived),
        ])
    })
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let request = request(&support::guids())?;
    let Some(client) = support::prepare(&request)? else { return Ok(()) };

    let sent = request.metering_device.clone();
    let receipt = client.house_management().import_metering_device_data(request).await?;
    let results = support::result::<ImportMeteringDeviceDataRequest>(&client, &receipt).await?.unwrap_or_default();
    support::report(&join(&sent, ImportOutcome::all_objects(&results)?))
}
