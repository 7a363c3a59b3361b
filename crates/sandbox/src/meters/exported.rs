//! A meter's history in the contract's words, by the sort of the meter.

use gis_gkh::Guid;
use gis_gkh::clock::MOSCOW;
use gis_gkh::contract::device_metering::{
    Archiving, DeviceHistory, ElectricityHistory, History, PastElectricityReading, PastElectricityReadingOfMonth,
    PastElectricityReadingOnDay, PastElectricityReadings, PastElectricityVerification, PastResourceReading,
    PastResourceReadingOfMonth, PastResourceReadingOnDay, PastResourceReadings, PastResourceVerification, PastVolume,
    PastVolumeOfMonth, PastVolumeOnDay, PastVolumeVerification, ResourceHistory, VolumeEntry, VolumeHistory,
};
use gis_gkh::contract::nsi_base::NsiRef;
use gis_gkh_xml::DateTime;
use time::Date;

use super::register::{Content, Device, Kept, ReadingKind, Shown};
use super::rows::MeterSort;
use crate::answer::moment;

type Key = (ReadingKind, Date, String);

/// The history of a meter; none without readings.
pub(super) fn exported<'d>(
    device: &'d Device,
    readings: impl Iterator<Item = (&'d Key, &'d Kept)>,
    archiving: Option<&NsiRef>,
) -> Option<DeviceHistory> {
    let mut readings = readings.peekable();
    readings.peek()?;
    let history: History = match device.meter.sort {
        MeterSort::OneRate => of_resource(readings).into(),
        MeterSort::Electricity => of_electricity(readings).into(),
        MeterSort::Volume => of_volume(readings).into(),
    };
    let mut shown = DeviceHistory::new(device.meter.guid, history);
    let reason = archiving.filter(|_| device.meter.archived.is_some());
    shown.archived_values = reason.map(|reason| Archiving::new(reason.clone()));
    Some(shown)
}

/// The day as the system writes it: midnight in Moscow.
fn midnight(date: Date) -> DateTime {
    DateTime::new(date.midnight().assume_offset(MOSCOW))
}

fn source(by: Option<Guid>) -> String {
    if by.is_some() { "Организация" } else { "Потребитель" }.to_owned()
}

fn first(shown: &Shown) -> String {
    shown.values[0].clone().unwrap_or_default()
}

/// A one-tariff reading always names its resource; one that does not cannot be written.
fn resource(shown: &Shown, kept: &Kept) -> Option<PastResourceReading> {
    let mut past = PastResourceReading::new(shown.resource.clone()?, first(shown), moment(kept.entered));
    past.readings_source = Some(source(kept.by));
    past.org_ppa_guid = kept.by.map(|by| by.to_string());
    Some(past)
}

fn resources(all: &[Shown], kept: &Kept) -> Vec<PastResourceReading> {
    all.iter().filter_map(|shown| resource(shown, kept)).collect()
}

fn of_resource<'d>(readings: impl Iterator<Item = (&'d Key, &'d Kept)>) -> ResourceHistory {
    let mut values = PastResourceReadings::new();
    for ((kind, date, _), kept) in readings {
        match &kept.content {
            Content::Value { shown, period } => {
                let Some(PastResourceReading {
                    municipal_resource,
                    metering_value,
                    readings_source,
                    org_ppa_guid,
                    enter_into_system,
                    ..
                }) = resource(shown, kept)
                else {
                    continue;
                };
                if *kind == ReadingKind::Control {
                    values.control_value.push(PastResourceReadingOnDay {
                        readings_source,
                        org_ppa_guid,
                        ..PastResourceReadingOnDay::new(
                            municipal_resource,
                            metering_value,
                            enter_into_system,
                            midnight(*date),
                        )
                    });
                } else {
                    values.current_value.push(PastResourceReadingOfMonth {
                        readings_source,
                        org_ppa_guid,
                        period: period.clone(),
                        ..PastResourceReadingOfMonth::new(
                            municipal_resource,
                            metering_value,
                            enter_into_system,
                            midnight(*date),
                        )
                    });
                }
            }
            Content::Verification { start, sealed, before, after, cause } => {
                let (before, after) = (resources(before, kept), resources(after, kept));
                let past = PastResourceVerification::new(*start, *date, *sealed, before, after, cause.clone());
                values.verification_value.push(past);
            }
        }
    }
    ResourceHistory { values: Some(values), ..ResourceHistory::new() }
}

fn electricity(shown: &Shown, kept: &Kept) -> PastElectricityReading {
    let [_, t2, t3] = shown.values.clone();
    PastElectricityReading {
        metering_value_t2: t2,
        metering_value_t3: t3,
        readings_source: Some(source(kept.by)),
        org_ppa_guid: kept.by.map(|by| by.to_string()),
        ..PastElectricityReading::new(first(shown), moment(kept.entered))
    }
}

fn of_electricity<'d>(readings: impl Iterator<Item = (&'d Key, &'d Kept)>) -> ElectricityHistory {
    let mut values = PastElectricityReadings::new();
    for ((kind, date, _), kept) in readings {
        match &kept.content {
            Content::Value { shown, period } => {
                let PastElectricityReading {
                    metering_value_t1,
                    metering_value_t2,
                    metering_value_t3,
                    readings_source,
                    org_ppa_guid,
                    enter_into_system,
                    ..
                } = electricity(shown, kept);
                if *kind == ReadingKind::Control {
                    values.control_value.push(PastElectricityReadingOnDay {
                        metering_value_t2,
                        metering_value_t3,
                        readings_source,
                        org_ppa_guid,
                        ..PastElectricityReadingOnDay::new(metering_value_t1, enter_into_system, midnight(*date))
                    });
                } else {
                    values.current_value.push(PastElectricityReadingOfMonth {
                        metering_value_t2,
                        metering_value_t3,
                        readings_source,
                        org_ppa_guid,
                        period: period.clone(),
                        ..PastElectricityReadingOfMonth::new(metering_value_t1, enter_into_system, midnight(*date))
                    });
                }
            }
            Content::Verification { start, sealed, before, after, cause } => {
                let (Some(before), Some(after)) = (before.first(), after.first()) else { continue };
                let (before, after) = (electricity(before, kept), electricity(after, kept));
                let past = PastElectricityVerification::new(*start, *date, *sealed, before, after, cause.clone());
                values.verification_value.push(past);
            }
        }
    }
    ElectricityHistory { values: Some(values), ..ElectricityHistory::new() }
}

/// As with one tariff, a volume always names its resource.
fn volume(shown: &Shown, kept: &Kept) -> Option<PastVolume> {
    let [_, t2, t3] = shown.values.clone();
    let entry = VolumeEntry {
        readings_source: Some(source(kept.by)),
        org_ppa_guid: kept.by.map(|by| by.to_string()),
        ..VolumeEntry::new(moment(kept.entered))
    };
    let past = PastVolume::new(shown.resource.clone()?, first(shown));
    Some(PastVolume { metering_value_t2: t2, metering_value_t3: t3, volume_entry: Some(entry), ..past })
}

fn of_volume<'d>(readings: impl Iterator<Item = (&'d Key, &'d Kept)>) -> VolumeHistory {
    let mut values = VolumeHistory::new();
    for ((kind, date, _), kept) in readings {
        match &kept.content {
            Content::Value { shown, period } => {
                let Some(past) = volume(shown, kept) else { continue };
                let PastVolume {
                    municipal_resource,
                    metering_value_t1,
                    metering_value_t2,
                    metering_value_t3,
                    volume_entry,
                } = past;
                if *kind == ReadingKind::Control {
                    values.control_value.push(PastVolumeOnDay {
                        metering_value_t2,
                        metering_value_t3,
                        volume_entry,
                        ..PastVolumeOnDay::new(municipal_resource, metering_value_t1, midnight(*date))
                    });
                } else {
                    values.current_value.push(PastVolumeOfMonth {
                        metering_value_t2,
                        metering_value_t3,
                        volume_entry,
                        period: period.clone(),
                        ..PastVolumeOfMonth::new(municipal_resource, metering_value_t1, midnight(*date))
                    });
                }
            }
            Content::Verification { start, sealed, before, after, cause } => {
                let all = |all: &[Shown]| all.iter().filter_map(|shown| volume(shown, kept)).collect();
                let (start_value, end_value) = (all(before), all(after));
                let past = PastVolumeVerification::new(*start, *date, *sealed, cause.clone());
                values.verification_value.push(PastVolumeVerification { start_value, end_value, ..past });
            }
        }
    }
    values
}
