//! What the system holds of readings whose outcome is not known: exportMeteringDeviceHistory by meters and days, joined on
//! meter, day, kind and resource.

use std::collections::{BTreeSet, HashMap};

use gis_gkh::clock::MOSCOW;
use gis_gkh::contract::device_metering::{
    DeviceCriteria, DeviceHistory, ExportMeteringDeviceHistoryRequest, History, HistoryBlock, NextBlock,
};
use gis_gkh::{DateTime, Guid};
use gis_gkh_delivery::{Failure, GisIds, ObjectId};
use gis_gkh_xml::Date;

use crate::desk::operation::unclear;
use crate::records::{Decimal, Reading, ReadingKind};

/// The question about readings of one month: the histories of their meters over their days. What citizens and other
/// organisations entered is not ours.
pub(super) fn request<'r>(readings: impl Iterator<Item = &'r Reading> + Clone) -> ExportMeteringDeviceHistoryRequest {
    let meters: BTreeSet<Guid> = readings.clone().map(|reading| Guid::new(reading.meter)).collect();
    let day = |date: Option<time::Date>| date.map(Date::new);
    ExportMeteringDeviceHistoryRequest {
        input_date_from: day(readings.clone().map(|reading| reading.date).min()),
        input_date_to: day(readings.map(|reading| reading.date).max()),
        // The meter may have been taken out of use since.
        search_archived: Some(true),
        exclude_person_as_data_source: Some(true),
        exclude_other_org_as_data_source: Some(true),
        ..ExportMeteringDeviceHistoryRequest::new(DeviceCriteria::Roots(meters.into_iter().collect()))
    }
}

/// Which of our readings the system holds. It gives them no ids.
///
/// # Errors
/// More follows than was asked for, and not all of ours are here: absence then proves nothing.
pub(super) fn found(
    readings: &[(ObjectId, &Reading)],
    block: &HistoryBlock,
) -> Result<Vec<(ObjectId, GisIds)>, Failure> {
    let mut held: HashMap<Guid, Vec<Held<'_>>> = HashMap::new();
    for device in &block.export_metering_device_history_result {
        held.entry(device.metering_device_root_guid).or_default().extend(all(device));
    }
    let mut found = Vec::new();
    for (object, reading) in readings {
        let of_meter = held.get(&Guid::new(reading.meter)).map(Vec::as_slice).unwrap_or_default();
        if of_meter.iter().any(|held| held.is(reading)) {
            found.push((*object, GisIds::new()));
        }
    }
    let more = matches!(&block.paged_output, Some(output) if matches!(output.next_block, NextBlock::From(_)));
    if more && found.len() < readings.len() {
        return Err(unclear("the history came in several blocks although few meters were asked about"));
    }
    Ok(found)
}

/// A reading as the system holds it.
struct Held<'h> {
    kind: ReadingKind,
    date: time::Date,
    resource: Option<&'h str>,
    values: [Option<&'h str>; 3],
}

impl Held<'_> {
    /// Ours in key and value. What the system does not tell contradicts nothing; what it tells more than ours does.
    fn is(&self, reading: &Reading) -> bool {
        let same = |held: Option<&str>, ours: Option<&Decimal>| match (held, ours) {
            (Some(held), Some(ours)) => {
                Decimal::parse(held.trim()).is_ok_and(|held| held.canonical() == ours.canonical())
            }
            (None, None) => true,
            _ => false,
        };
        self.kind == reading.kind
            && self.date == reading.date
            && self.resource == reading.resource.as_ref().map(|resource| resource.code.as_str())
            && same(self.values[0], Some(&reading.t1))
            && same(self.values[1], reading.t2.as_ref())
            && same(self.values[2], reading.t3.as_ref())
    }
}

/// The readings of a meter.
fn all(device: &DeviceHistory) -> Vec<Held<'_>> {
    let day = |moment: DateTime| moment.with_zone(MOSCOW).date();
    let mut all = Vec::new();
    macro_rules! hold {
        ($values:expr, $kind:expr, resource) => {
            all.extend($values.iter().map(|value| Held {
                kind: $kind,
                date: day(value.date_value),
                resource: Some(value.municipal_resource.code.as_str()),
                values: [Some(&value.metering_value), None, None],
            }))
        };
        ($values:expr, $kind:expr, electricity) => {
            all.extend($values.iter().map(|value| Held {
                kind: $kind,
                date: day(value.date_value),
                resource: None,
                values: [
                    Some(&value.metering_value_t1),
                    value.metering_value_t2.as_deref(),
                    value.metering_value_t3.as_deref(),
                ],
            }))
        };
    }
    match &device.history {
        History::Resource(history) => {
            if let Some(values) = &history.values {
                hold!(values.current_value, ReadingKind::Current, resource);
                hold!(values.control_value, ReadingKind::Control, resource);
            }
        }
        History::Electricity(history) => {
            if let Some(values) = &history.values {
                hold!(values.current_value, ReadingKind::Current, electricity);
                hold!(values.control_value, ReadingKind::Control, electricity);
            }
        }
        // Readings are not sent to meters that report volumes.
        History::Volume(_) => {}
    }
    all
}
