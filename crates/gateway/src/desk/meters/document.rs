//! Readings as the DeviceReadings of the contract.
//!
//! | record | element |
//! |---|---|
//! | meter_guid | MeteringDeviceRootGUID |
//! | no resource | ElectricDeviceValue: t1, t2, t3 as MeteringValueT1 to T3 |
//! | resource | OneRateDeviceValue: MunicipalResource, t1 as MeteringValue |
//! | kind `current`, `control` | CurrentValue, ControlValue |
//! | date, period | DateValue, Period; a period that is the month of the day is left out |

use gis_gkh::Guid;
use gis_gkh::contract::base::YearMonth;
use gis_gkh::contract::device_metering::{
    Device, DeviceReadings, ElectricityReadingOfMonth, ElectricityReadingOnDay, ElectricityReadings,
    ImportMeteringDeviceValuesRequest, ResourceReadingOfMonth, ResourceReadingOnDay, ResourceReadings, Values,
};
use gis_gkh::contract::nsi_base::NsiRef;

use crate::records::{Decimal, Reading, ReadingKind, Resource};

/// The request that places readings, one block a meter, in the order of their first readings. The plan sees to it that a
/// message has no two readings of one meter, kind and resource.
pub(super) fn request<'r>(readings: impl Iterator<Item = (&'r Reading, Guid)>) -> ImportMeteringDeviceValuesRequest {
    let mut devices: Vec<DeviceReadings> = Vec::new();
    let mut places = std::collections::HashMap::new();
    for (reading, transport) in readings {
        let place = *places.entry((reading.meter, reading.resource.is_some())).or_insert_with(|| {
            let values: Values = match reading.resource {
                Some(_) => ResourceReadings::new().into(),
                None => ElectricityReadings::new().into(),
            };
            devices.push(DeviceReadings::new(Device::Root(Guid::new(reading.meter)), values));
            devices.len() - 1
        });
        if let Some(device) = devices.get_mut(place) {
            put(&mut device.values, reading, transport);
        }
    }
    ImportMeteringDeviceValuesRequest::new(devices)
}

fn put(values: &mut Values, reading: &Reading, transport: Guid) {
    match (values, &reading.resource) {
        (Values::Resource(values), Some(Resource { code, guid })) => {
            let resource = NsiRef::new(code.clone(), Guid::new(*guid));
            let value = reading.t1.canonical();
            match reading.kind {
                ReadingKind::Current => values.current_value.push(ResourceReadingOfMonth {
                    period: period(reading),
                    ..ResourceReadingOfMonth::new(transport, resource, value, reading.date)
                }),
                ReadingKind::Control => {
                    values.control_value.push(ResourceReadingOnDay::new(transport, resource, value, reading.date));
                }
            }
        }
        (Values::Electricity(values), None) => {
            let (t1, t2, t3) = (reading.t1.canonical(), text(&reading.t2), text(&reading.t3));
            match reading.kind {
                ReadingKind::Current => {
                    values.current_value = Some(ElectricityReadingOfMonth {
                        metering_value_t2: t2,
                        metering_value_t3: t3,
                        period: period(reading),
                        ..ElectricityReadingOfMonth::new(transport, t1, reading.date)
                    });
                }
                ReadingKind::Control => {
                    values.control_value = Some(ElectricityReadingOnDay {
                        metering_value_t2: t2,
                        metering_value_t3: t3,
                        ..ElectricityReadingOnDay::new(transport, t1, reading.date)
                    });
                }
            }
        }
        // A block is made for the sort of its readings.
        _ => {}
    }
}

/// Without zeros that mean nothing: the contract allows 15 digits before the point.
fn text(value: &Option<Decimal>) -> Option<String> {
    value.as_ref().map(Decimal::canonical)
}

/// Years of a period are 2000 to 2099; the contract's own bound is 2050, which the check of the request keeps.
fn period(reading: &Reading) -> Option<YearMonth> {
    let period = reading.period?;
    let own = i32::from(period.year()) == reading.date.year() && period.month() == u8::from(reading.date.month());
    (!own).then(|| YearMonth::new(i16::try_from(period.year()).unwrap_or(i16::MAX), i32::from(period.month())))
}
