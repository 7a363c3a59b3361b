//! Readings by the days they were taken, in blocks of meters and in pieces of at most two months.
//!
//! The contract answers for two neighbouring months at most, and for many meters in blocks. The cursor of a page says both: the
//! first day of its piece and, inside a piece, the meter at which its block begins (`2026-09-01`, `2026-09-01+GUID`).

use gis_gkh::clock::MOSCOW;
use gis_gkh::contract::device_metering::get_state_result::Outcome;
use gis_gkh::contract::device_metering::{
    DeviceCriteria, DeviceHistory, ElectricityHistory, ExportMeteringDeviceHistoryRequest, GetStateResult,
    History as OfMeter, HistoryBlock, NextBlock, PastElectricityReading, PastElectricityReadings, PastResourceReading,
    PastResourceReadings, ResourceHistory, VolumeHistory,
};
use gis_gkh::contract::nsi_base::NsiRef;
use gis_gkh::{DateTime, Guid};
use gis_gkh_delivery::{Failure, Page, Window};
use time::{Date, UtcOffset};

use super::{Meters, day, elements, given, item};
use crate::desk::failure::local;
use crate::desk::operation::Export;
use crate::desk::words::PULL;
use crate::records::Resource;

/// `device-metering.exportMeteringDeviceHistory`.
pub(crate) struct History;

impl Export for History {
    type Request = ExportMeteringDeviceHistoryRequest;

    fn request(window: &Window, zone: UtcOffset) -> Result<ExportMeteringDeviceHistoryRequest, Failure> {
        let meters: Meters = serde_json::from_str(&window.parameters)
            .map_err(|error| local(PULL, format!("parameters of `{}`: {:?}", window.name, error.classify())))?;
        let piece = Piece::of(window, zone)?;
        let refs = |list: &[Resource]| -> Vec<NsiRef> {
            list.iter().map(|one| NsiRef::new(one.code.clone(), Guid::new(one.guid))).collect()
        };
        let guids = |list: &[uuid::Uuid]| -> Vec<Guid> { list.iter().copied().map(Guid::new).collect() };
        let criteria = match (meters.types.is_empty(), meters.resources.is_empty(), meters.meters.is_empty()) {
            (false, true, true) => DeviceCriteria::Types(refs(&meters.types)),
            (true, false, true) => DeviceCriteria::Resources(refs(&meters.resources)),
            (true, true, false) => DeviceCriteria::Roots(guids(&meters.meters)),
            _ => {
                let text = format!("pull `{}` must name meters by one of types, resources and meters", window.name);
                return Err(local(PULL, text));
            }
        };
        Ok(ExportMeteringDeviceHistoryRequest {
            fias_house_guid: guids(&meters.houses),
            export_metering_device_root_guid: piece.block,
            search_archived: Some(true),
            input_date_from: given(piece.from),
            input_date_to: given(piece.to),
            ..ExportMeteringDeviceHistoryRequest::new(criteria)
        })
    }

    fn page(window: &Window, zone: UtcOffset, state: &GetStateResult) -> Result<Page, Failure> {
        let Some(Outcome::HistoryBlock(block)) = &state.outcome else { return Ok(Self::nothing(window, zone)) };
        let piece = Piece::of(window, zone)?;
        let next = match block.paged_output.as_ref().map(|output| &output.next_block) {
            Some(NextBlock::From(meter)) if piece.block == Some(*meter) => {
                return Err(local(PULL, "the system names the same block as the next one again and again".to_owned()));
            }
            Some(NextBlock::From(meter)) => Some(format!("{}+{meter}", piece.from)),
            Some(NextBlock::LastPage) | None => piece.next(),
        };
        let mut keys = Vec::new();
        let mut values = Vec::new();
        for device in &block.export_metering_device_history_result {
            for (key, value) in taken_apart(device) {
                keys.push(key);
                values.push(value);
            }
        }
        let apart = GetStateResult {
            outcome: Some(Outcome::HistoryBlock(HistoryBlock::new(values))),
            ..GetStateResult::new(state.request_state.clone(), state.message_guid)
        };
        let bodies = elements(&apart, "exportMeteringDeviceHistoryResult")?;
        Ok(Page { items: keys.into_iter().zip(&bodies).map(|(key, body)| item(key, body)).collect(), next })
    }

    fn nothing(window: &Window, zone: UtcOffset) -> Page {
        // A window that could be asked for can be read again.
        let next = Piece::of(window, zone).ok().and_then(|piece| piece.next());
        Page { items: Vec::new(), next }
    }
}

/// The part of a window that one request asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Piece {
    from: Date,
    to: Date,
    until: Date,
    block: Option<Guid>,
}

impl Piece {
    fn of(window: &Window, zone: UtcOffset) -> Result<Self, Failure> {
        let wrong = || local(PULL, format!("pull `{}` was left at a page that is none", window.name));
        let (from, block) = match &window.cursor {
            None => (day(window.since, zone)?, None),
            Some(cursor) => {
                let (from, block) =
                    cursor.split_once('+').map_or((&**cursor, None), |(from, block)| (from, Some(block)));
                let from = crate::records::parse_date(from).ok_or_else(wrong)?;
                (from, block.map(|block| block.parse().map_err(|_| wrong())).transpose()?)
            }
        };
        let until = window.until.map_or(Ok(from), |until| day(until, zone))?.max(from);
        Ok(Self { from, to: until.min(end_of_next_month(from)), until, block })
    }

    /// Where the piece behind this one begins.
    fn next(&self) -> Option<String> {
        let next = self.to.next_day().filter(|_| self.to < self.until)?;
        Some(next.to_string())
    }
}

/// The last day of the month behind that of a day.
fn end_of_next_month(day: Date) -> Date {
    let month = day.month().next();
    let year = if month == time::Month::January { day.year() + 1 } else { day.year() };
    Date::from_calendar_date(year, month, month.length(year)).unwrap_or(Date::MAX)
}

/// The values of a meter, each with its key and as a history that has this value alone.
fn taken_apart(device: &DeviceHistory) -> Vec<(String, DeviceHistory)> {
    let values = match &device.history {
        OfMeter::Resource(history) => of_resources(history),
        OfMeter::Electricity(history) => of_electricity(history),
        OfMeter::Volume(history) => of_volumes(history),
    };
    let meter = device.metering_device_root_guid;
    let whole = |(key, history)| (format!("{meter}/{key}"), DeviceHistory { history, ..device.clone() });
    values.into_iter().map(whole).collect()
}

type Value = (String, OfMeter);

fn of_resources(history: &ResourceHistory) -> Vec<Value> {
    let base = |one: &PastResourceReading| {
        let history = ResourceHistory { base_value: vec![one.clone()], ..ResourceHistory::new() };
        (format!("base/{}", one.municipal_resource.code), history.into())
    };
    let mut all: Vec<Value> = history.base_value.iter().map(base).collect();
    let Some(values) = &history.values else { return all };
    let alone = || PastResourceReadings { exclude_is_values: values.exclude_is_values, ..PastResourceReadings::new() };
    let wrap = |values| OfMeter::Resource(ResourceHistory { values: Some(values), ..ResourceHistory::new() });
    all.extend(values.current_value.iter().map(|one| {
        let key = format!("current/{}/{}", taken(one.date_value), one.municipal_resource.code);
        (key, wrap(PastResourceReadings { current_value: vec![one.clone()], ..alone() }))
    }));
    all.extend(values.control_value.iter().map(|one| {
        let key = format!("control/{}/{}", taken(one.date_value), one.municipal_resource.code);
        (key, wrap(PastResourceReadings { control_value: vec![one.clone()], ..alone() }))
    }));
    all.extend(values.verification_value.iter().map(|one| {
        let key = format!("verification/{}", one.start_date_value.date());
        (key, wrap(PastResourceReadings { verification_value: vec![one.clone()], ..alone() }))
    }));
    all
}

fn of_electricity(history: &ElectricityHistory) -> Vec<Value> {
    let base = |one: &PastElectricityReading| {
        let history = ElectricityHistory { base_value: Some(one.clone()), ..ElectricityHistory::new() };
        ("base".to_owned(), history.into())
    };
    let mut all: Vec<Value> = history.base_value.iter().map(base).collect();
    let Some(values) = &history.values else { return all };
    let alone =
        || PastElectricityReadings { exclude_is_values: values.exclude_is_values, ..PastElectricityReadings::new() };
    let wrap = |values| OfMeter::Electricity(ElectricityHistory { values: Some(values), ..ElectricityHistory::new() });
    all.extend(values.current_value.iter().map(|one| {
        let key = format!("current/{}", taken(one.date_value));
        (key, wrap(PastElectricityReadings { current_value: vec![one.clone()], ..alone() }))
    }));
    all.extend(values.control_value.iter().map(|one| {
        let key = format!("control/{}", taken(one.date_value));
        (key, wrap(PastElectricityReadings { control_value: vec![one.clone()], ..alone() }))
    }));
    all.extend(values.verification_value.iter().map(|one| {
        let key = format!("verification/{}", one.start_date_value.date());
        (key, wrap(PastElectricityReadings { verification_value: vec![one.clone()], ..alone() }))
    }));
    all
}

fn of_volumes(history: &VolumeHistory) -> Vec<Value> {
    let alone = || VolumeHistory { exclude_is_values: history.exclude_is_values, ..VolumeHistory::new() };
    let mut all: Vec<Value> = Vec::new();
    all.extend(history.current_value.iter().map(|one| {
        let key = format!("current/{}/{}", taken(one.date_value), one.municipal_resource.code);
        (key, VolumeHistory { current_value: vec![one.clone()], ..alone() }.into())
    }));
    all.extend(history.control_value.iter().map(|one| {
        let key = format!("control/{}/{}", taken(one.date_value), one.municipal_resource.code);
        (key, VolumeHistory { control_value: vec![one.clone()], ..alone() }.into())
    }));
    all.extend(history.verification_value.iter().map(|one| {
        let key = format!("verification/{}", one.start_date_value.date());
        (key, VolumeHistory { verification_value: vec![one.clone()], ..alone() }.into())
    }));
    all
}

/// The day a meter was read.
fn taken(at: DateTime) -> Date {
    at.with_zone(MOSCOW).date()
}

#[cfg(test)]
mod tests {
    use super::*;
    use gis_gkh::contract::base::AsyncRequestState;
    use gis_gkh::contract::device_metering::{Paging, PastElectricityReadingOfMonth};
    use gis_gkh_delivery::Timestamp;
    use time::OffsetDateTime;
    use time::macros::{date, datetime};
    use uuid::Uuid;

    fn guid(n: u8) -> Guid {
        Guid::new(Uuid::from_bytes([n; 16]))
    }

    fn window(since: OffsetDateTime, until: OffsetDateTime, cursor: Option<&str>) -> Window {
        let at = |moment: OffsetDateTime| Timestamp(moment.unix_timestamp() * 1000);
        let meters = Meters { meters: vec![guid(1).uuid()], ..Meters::default() };
        Window {
            name: "readings".into(),
            topic: "readings".into(),
            parameters: meters.write(),
            since: at(since),
            until: Some(at(until)),
            cursor: cursor.map(str::to_owned),
        }
    }

    fn answer(next: Option<NextBlock>) -> GetStateResult {
        let value = |t1: &str| {
            PastElectricityReadingOfMonth::new(t1, datetime!(2026-10-24 10:00 +3), datetime!(2026-10-23 00:00 +3))
        };
        let values = PastElectricityReadings {
            current_value: vec![
                PastElectricityReadingOfMonth { date_value: datetime!(2026-09-23 00:00 +3).into(), ..value("10.50") },
                value("12"),
            ],
            ..PastElectricityReadings::new()
        };
        let history = ElectricityHistory { values: Some(values), ..ElectricityHistory::new() };
        let block = HistoryBlock {
            paged_output: next.map(Paging::new),
            ..HistoryBlock::new(vec![DeviceHistory::new(guid(1), history)])
        };
        GetStateResult {
            outcome: Some(Outcome::HistoryBlock(block)),
            ..GetStateResult::new(AsyncRequestState::Processed, guid(2))
        }
    }

    #[test]
    fn a_long_window_is_read_in_pieces_of_two_months_and_each_piece_in_blocks() {
        let (since, until) = (datetime!(2026-08-15 12:00 +3), datetime!(2026-11-20 12:00 +3));
        let asked = |cursor: Option<&str>| {
            let request = History::request(&window(since, until, cursor), MOSCOW).unwrap();
            let day = |date: Option<gis_gkh_xml::Date>| date.unwrap().date();
            (day(request.input_date_from), day(request.input_date_to), request.export_metering_device_root_guid)
        };
        let next = |cursor: Option<&str>, block| {
            History::page(&window(since, until, cursor), MOSCOW, &answer(block)).unwrap().next
        };
        assert_eq!(asked(None), (date!(2026 - 08 - 15), date!(2026 - 09 - 30), None));
        let block = next(None, Some(NextBlock::From(guid(5)))).unwrap();
        assert_eq!(asked(Some(&block)), (date!(2026 - 08 - 15), date!(2026 - 09 - 30), Some(guid(5))));
        let piece = next(Some(&block), Some(NextBlock::LastPage)).unwrap();
        assert_eq!(asked(Some(&piece)), (date!(2026 - 10 - 01), date!(2026 - 11 - 20), None));
        assert_eq!(next(Some(&piece), None), None);
        assert_eq!(History::nothing(&window(since, until, None), MOSCOW).next.as_deref(), Some("2026-10-01"));
        assert!(
            History::page(&window(since, until, Some(&block)), MOSCOW, &answer(Some(NextBlock::From(guid(5)))))
                .is_err()
        );
    }

    #[test]
    fn each_value_is_an_item_of_its_own_in_the_shape_of_the_contract() {
        let (since, until) = (datetime!(2026-09-01 12:00 +3), datetime!(2026-10-30 12:00 +3));
        let page = History::page(&window(since, until, None), MOSCOW, &answer(None)).unwrap();
        let keys: Vec<&str> = page.items.iter().map(|item| item.key.as_str()).collect();
        assert_eq!(keys, [format!("{}/current/2026-09-23", guid(1)), format!("{}/current/2026-10-23", guid(1))]);
        let body: serde_json::Value = serde_json::from_slice(&page.items[0].body).unwrap();
        let value = &body["ElectricDeviceValue"]["Values"]["CurrentValue"][0];
        assert_eq!(
            (&body["MeteringDeviceRootGUID"], &value["MeteringValueT1"]),
            (&guid(1).to_string().into(), &"10.50".into())
        );
        assert_eq!(body["ElectricDeviceValue"]["Values"]["CurrentValue"].as_array().unwrap().len(), 1);
    }

    #[test]
    fn meters_must_be_named_in_one_way() {
        let one = |meters: Meters| meters.can_be_asked();
        assert!(!one(Meters::default()));
        let resource = Resource { code: "1".into(), guid: guid(3).uuid() };
        assert!(one(Meters { resources: vec![resource.clone()], ..Meters::default() }));
        assert!(!one(Meters { resources: vec![resource], meters: vec![guid(1).uuid()], ..Meters::default() }));
        assert!(!one(Meters { meters: vec![guid(1).uuid(); 101], ..Meters::default() }));
    }
}
