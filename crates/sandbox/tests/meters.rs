//! Readings of meters: placed, refused, given out page by page.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may fail as loudly as the tests themselves")]

mod support;

use std::time::Duration;

use gis_gkh::contract::base::YearMonth;
use gis_gkh::contract::device_metering::get_state_result::Outcome;
use gis_gkh::contract::device_metering::*;
use gis_gkh::contract::metering_device_base::{ElectricityReading, ResourceReading, ResourceVolume};
use gis_gkh::paging::Pages;
use gis_gkh::{Guid, SystemError, codes};
use gis_gkh_sandbox::{Faults, Reading, ReadingEffect, ReadingKey, ReadingKind, ReceiveError};
use support::*;
use time::Date;
use time::macros::date;

const DAY: Date = date!(2026 - 11 - 02);

fn transport(name: &str) -> Guid {
    guid(&format!("transport/{name}"))
}

fn import(devices: Vec<DeviceReadings>) -> ImportMeteringDeviceValuesRequest {
    ImportMeteringDeviceValuesRequest::new(devices)
}

/// A month's reading of a meter with one tariff.
fn water(name: &str, value: &str, day: Date) -> DeviceReadings {
    let current = ResourceReadingOfMonth::new(transport(name), entry(2, "2"), value, day);
    DeviceReadings::new(
        Device::Root(meter(name)),
        ResourceReadings { current_value: vec![current], ..ResourceReadings::new() },
    )
}

fn power(t1: &str, t2: Option<&str>, day: Date) -> DeviceReadings {
    let current = ElectricityReadingOfMonth {
        metering_value_t2: t2.map(str::to_owned),
        period: Some(YearMonth::new(2026, 10)),
        ..ElectricityReadingOfMonth::new(transport("power"), t1, day)
    };
    let readings = ElectricityReadings { current_value: Some(current), ..ElectricityReadings::new() };
    DeviceReadings::new(Device::Root(meter("power")), readings)
}

fn send(stand: &Stand, devices: Vec<DeviceReadings>) -> Vec<(Guid, Result<Guid, String>)> {
    let answer = stand.ask(import(devices)).unwrap();
    let Some(Outcome::ImportResult(results)) = answer.outcome else { panic!("{answer:?}") };
    objects(&results)
}

/// The code the only reading was refused with.
fn refused_with(stand: &Stand, device: DeviceReadings) -> String {
    let mut got = send(stand, vec![device]);
    assert_eq!(got.len(), 1);
    got.remove(0).1.unwrap_err()
}

fn key(name: &str, day: Date, kind: ReadingKind, resource: &str) -> ReadingKey {
    ReadingKey { device: meter(name), date: day, kind, resource: resource.to_owned() }
}

fn effect(placed: usize, refused: usize) -> ReadingEffect {
    ReadingEffect { placed, refused }
}

/// Histories of meters by their GUIDs.
fn by_roots(names: &[&str]) -> ExportMeteringDeviceHistoryRequest {
    ExportMeteringDeviceHistoryRequest::new(DeviceCriteria::Roots(names.iter().map(|name| meter(name)).collect()))
}

const ALL: [&str; 6] = ["cold", "heat", "power", "volume", "archived", "foreign"];

fn ask(stand: &Stand, request: ExportMeteringDeviceHistoryRequest) -> Result<HistoryBlock, SystemError> {
    let answer = stand.ask(request)?;
    let Some(Outcome::HistoryBlock(block)) = answer.outcome else { panic!("{answer:?}") };
    Ok(block)
}

fn refusal(stand: &Stand, request: ExportMeteringDeviceHistoryRequest) -> String {
    ask(stand, request).unwrap_err().code.unwrap()
}

fn roots(block: &HistoryBlock) -> Vec<Guid> {
    block.export_metering_device_history_result.iter().map(|device| device.metering_device_root_guid).collect()
}

/// GUIDs in the order of export.
fn sorted(names: &[&str]) -> Vec<Guid> {
    let mut all: Vec<Guid> = names.iter().map(|name| meter(name)).collect();
    all.sort();
    all
}

/// Values of the current readings of a one-rate meter.
fn shown(block: &HistoryBlock, name: &str) -> Vec<String> {
    let all = &block.export_metering_device_history_result;
    let device = all.iter().find(|device| device.metering_device_root_guid == meter(name)).unwrap();
    let History::Resource(history) = &device.history else { panic!("{device:?}") };
    history.values.as_ref().unwrap().current_value.iter().map(|value| value.metering_value.clone()).collect()
}

#[test]
fn readings_of_every_sort_are_placed_and_given_out_again() {
    let stand = Stand::furnished();
    let mut heat = water("heat", "10", DAY);
    let Values::Resource(readings) = &mut heat.values else { panic!() };
    // Two resources of one meter on one day are two readings.
    readings.current_value.push(ResourceReadingOfMonth::new(transport("heat/5"), entry(2, "5"), "3.5", DAY));
    readings.control_value.push(ResourceReadingOnDay::new(transport("control"), entry(2, "2"), "10.1", DAY));
    let before = vec![ResourceReading::new(entry(2, "2"), "9"), ResourceReading::new(entry(2, "5"), "3")];
    let cause = VerificationCause::Failure(entry(224, "1"));
    let verification = ResourceVerification::new(
        transport("verified"),
        date!(2026 - 10 - 05),
        date!(2026 - 10 - 07),
        date!(2026 - 10 - 08),
        before.clone(),
        before,
        cause.clone(),
    );
    readings.verification_value = Some(verification);
    let volume = VolumeOfMonth::new(transport("volume"), entry(2, "2"), "4.2", DAY);
    let verified = VolumeVerification {
        start_value: vec![ResourceVolume::new(entry(2, "2"), "1")],
        ..VolumeVerification::new(transport("volume/verified"), DAY, DAY, DAY, VerificationCause::Planned)
    };
    let control = VolumeOnDay::new(transport("volume/control"), entry(2, "2"), "4", DAY);
    let volumes =
        Volumes { current_value: vec![volume], control_value: vec![control], verification_value: Some(verified) };
    let mut electric = power("20125", Some("10250.5"), DAY);
    let Values::Electricity(readings) = &mut electric.values else { panic!() };
    let mut value = ElectricityReading::new("20000");
    value.metering_value_t2 = Some("10000".to_owned());
    readings.verification_value = Some(ElectricityVerification::new(
        transport("power/verified"),
        DAY,
        DAY,
        DAY,
        value.clone(),
        value,
        VerificationCause::Planned,
    ));
    let mut control = ElectricityReadingOnDay::new(transport("power/control"), "20126", DAY);
    control.metering_value_t2 = Some("10251".to_owned());
    readings.control_value = Some(control);
    let got = send(&stand, vec![heat, DeviceReadings::new(Device::Root(meter("volume")), volumes), electric]);
    let transports = ["heat", "heat/5", "control", "verified", "volume", "volume/control", "volume/verified"];
    let transports = transports.into_iter().chain(["power", "power/control", "power/verified"]);
    assert_eq!(got.iter().map(|(guid, _)| *guid).collect::<Vec<_>>(), transports.map(transport).collect::<Vec<_>>());
    let mut given: Vec<Guid> = got.into_iter().map(|(_, result)| result.unwrap()).collect();
    given.sort();
    given.dedup();
    assert_eq!(given.len(), 10, "every reading has an identifier of its own");

    let book = stand.sandbox.readings();
    assert_eq!(book.len(), 10);
    assert!(book.values().all(|effect| *effect == ReadingEffect { placed: 1, refused: 0 }));
    for key in [
        key("heat", DAY, ReadingKind::Current, "5"),
        key("heat", date!(2026 - 10 - 07), ReadingKind::Verification, ""),
        key("power", DAY, ReadingKind::Control, ""),
        key("volume", DAY, ReadingKind::Current, "2"),
    ] {
        assert!(book.contains_key(&key), "{key:?}");
    }

    let block = ask(&stand, by_roots(&["heat", "volume", "power"])).unwrap();
    for device in &block.export_metering_device_history_result {
        assert_eq!(device.fias_house_guid, Some(guid("house")));
        match &device.history {
            History::Resource(history) => {
                let values = history.values.as_ref().unwrap();
                let of = |values: &[PastResourceReadingOfMonth]| -> Vec<(String, String)> {
                    values.iter().map(|v| (v.municipal_resource.code.clone(), v.metering_value.clone())).collect()
                };
                let expected = [("2".to_owned(), "10".to_owned()), ("5".to_owned(), "3.5".to_owned())];
                assert_eq!(of(&values.current_value), expected);
                assert_eq!(values.current_value[0].org_ppa_guid, Some(guid("ours").to_string()));
                assert_eq!(values.control_value[0].metering_value, "10.1");
                let verified = &values.verification_value[0];
                assert_eq!((verified.start_value.len(), verified.end_value.len()), (2, 2));
                assert_eq!(verified.seal_date.date(), date!(2026 - 10 - 08));
                assert_eq!(verified.verification_cause, cause);
            }
            History::Electricity(history) => {
                let values = history.values.as_ref().unwrap();
                let current = &values.current_value[0];
                assert_eq!(current.metering_value_t1, "20125");
                assert_eq!(current.metering_value_t2.as_deref(), Some("10250.5"));
                assert_eq!(current.period, Some(YearMonth::new(2026, 10)));
                assert_eq!(values.control_value[0].metering_value_t2.as_deref(), Some("10251"));
                assert_eq!(values.verification_value[0].end_value.metering_value_t1, "20000");
            }
            History::Volume(history) => {
                assert_eq!(history.current_value[0].metering_value_t1, "4.2");
                let taken = history.current_value[0].date_value.with_zone(time::UtcOffset::UTC);
                assert_eq!(taken.to_offset(gis_gkh::clock::MOSCOW).date(), DAY);
                assert_eq!(history.control_value.len(), 1);
                assert_eq!((history.verification_value[0].start_value.len()), 1);
            }
        }
    }
    assert_eq!(roots(&block), sorted(&["heat", "volume", "power"]));
}

#[test]
fn a_second_reading_is_refused_as_existing_only_if_it_says_the_same() {
    let stand = Stand::furnished();
    let first = send(&stand, vec![water("cold", "106", DAY)]).remove(0).1.unwrap();
    assert_eq!(refused_with(&stand, water("cold", "106", DAY)), "SBX000005");
    assert_eq!(refused_with(&stand, water("cold", "0106.000", DAY)), "SBX000005");
    assert_eq!(refused_with(&stand, water("cold", "107", DAY)), "SBX000006");
    assert_eq!(codes::find("SBX000005").unwrap().class, codes::Class::AlreadyExists);
    assert_eq!(codes::find("SBX000006").unwrap().class, codes::Class::Permanent);
    // Another day and another kind are other readings.
    assert!(send(&stand, vec![water("cold", "106", DAY.previous_day().unwrap())])[0].1.is_ok());
    let control = ResourceReadingOnDay::new(transport("control"), entry(2, "2"), "106", DAY);
    let control = ResourceReadings { control_value: vec![control], ..ResourceReadings::new() };
    let other = send(&stand, vec![DeviceReadings::new(Device::Root(meter("cold")), control)]).remove(0).1.unwrap();
    assert_ne!(first, other);
    // The value of a refused reading is nowhere.
    assert_eq!(shown(&ask(&stand, by_roots(&["cold"])).unwrap(), "cold"), ["105.250", "106", "106"]);
    let book = stand.sandbox.readings();
    assert_eq!(book[&key("cold", DAY, ReadingKind::Current, "2")], effect(1, 3));
    assert_eq!(book[&key("cold", DAY, ReadingKind::Control, "2")], effect(1, 0));
    assert_eq!(book.len(), 3);
    // A value the portal has is taken too.
    assert_eq!(refused_with(&stand, water("cold", "105.25", date!(2026 - 10 - 23))), "SBX000005");
}

#[test]
fn within_one_message_the_first_of_two_equal_readings_is_placed() {
    let stand = Stand::furnished();
    let mut again = water("cold", "106", DAY);
    let Values::Resource(readings) = &mut again.values else { panic!() };
    readings.current_value[0].transport_guid = transport("again");
    let got = send(&stand, vec![water("cold", "106", DAY), again]);
    assert!(got[0].1.is_ok());
    assert_eq!(got[1], (transport("again"), Err("SBX000005".to_owned())));
}

#[test]
fn each_reading_is_refused_for_its_own_reason() {
    let stand = Stand::furnished();
    for (device, code) in [
        (water("nowhere", "1", DAY), "INT002000"),
        (water("foreign", "1", DAY), "AUT011003"),
        (water("archived", "8", DAY), "SBX000007"),
        // Of another sort, of a resource it does not measure, with a tariff too many or too few.
        (water("power", "1", DAY), "SBX000008"),
        (power("1", None, DAY), "SBX000008"),
    ] {
        assert_eq!(refused_with(&stand, device.clone()), code, "{device:?}");
    }
    let mut heat = water("cold", "1", DAY);
    let Values::Resource(readings) = &mut heat.values else { panic!() };
    readings.current_value[0].municipal_resource = entry(2, "5");
    assert_eq!(refused_with(&stand, heat.clone()), "SBX000008");
    let Values::Resource(readings) = &mut heat.values else { panic!() };
    readings.current_value[0].municipal_resource = entry(2, "77");
    assert_eq!(refused_with(&stand, heat), "SRV007079");
    let mut failed = power("1", Some("2"), DAY);
    let Values::Electricity(readings) = &mut failed.values else { panic!() };
    readings.current_value = None;
    let mut value = ElectricityReading::new("1");
    value.metering_value_t2 = Some("2".to_owned());
    let cause = VerificationCause::Failure(entry(224, "9"));
    readings.verification_value =
        Some(ElectricityVerification::new(transport("failed"), DAY, DAY, DAY, value.clone(), value, cause));
    assert_eq!(refused_with(&stand, failed), "SRV007079");
    let book = stand.sandbox.readings();
    assert!(book.values().all(|effect| effect.placed == 0));
    assert_eq!(book.values().map(|effect| effect.refused).sum::<usize>(), 8);
    assert_eq!(ask(&stand, by_roots(&["power"])).unwrap_err().code.as_deref(), Some("INT002012"));
}

#[test]
fn a_meter_is_known_by_its_version_and_only_in_its_house() {
    let stand = Stand::furnished();
    let version = uuid::Uuid::new_v5(&meter("cold").uuid(), b"version");
    let mut device = water("cold", "106", DAY);
    device.device = Device::Version(Guid::new(version));
    let mut request = import(vec![device]);
    request.fias_house_guid = Some(guid("house/other"));
    let codes = |stand: &Stand, request: &ImportMeteringDeviceValuesRequest| {
        let Some(Outcome::ImportResult(results)) = stand.ask(request.clone()).unwrap().outcome else { panic!() };
        objects(&results).remove(0).1.map(|_| ())
    };
    assert_eq!(codes(&stand, &request), Err("INT002000".to_owned()));
    request.fias_house_guid = Some(guid("house"));
    assert_eq!(codes(&stand, &request), Ok(()));
    assert_eq!(stand.sandbox.readings()[&key("cold", DAY, ReadingKind::Current, "2")], effect(1, 1));
}

#[test]
fn what_the_schema_forbids_does_not_get_in() {
    let stand = Stand::furnished();
    let message = stand.message(import(vec![water("cold", "106", DAY)]));
    let text = String::from_utf8(message.bytes).unwrap();
    for value in ["-106", "1234567890123456", "1.12345678", "1,5"] {
        let spoilt = text.replace(">106<", &format!(">{value}<"));
        assert_ne!(spoilt, text);
        let response = stand.post(message.operation, spoilt.as_bytes());
        assert!(String::from_utf8(response.body).unwrap().contains("FMT001300"), "{value}");
    }
    assert_eq!(stand.sandbox.readings().len(), 0);
}

#[test]
fn histories_come_by_pages_and_the_last_may_be_empty() {
    let stand = Stand::furnished_with(|settings| settings.bounds.page = 1);
    let asked = ["heat", "power", "volume", "foreign", "archived"];
    let all = sorted(&asked[..3]);
    let (last, rest) = all.split_last().unwrap();
    // All but the last meter have readings.
    for guid in rest {
        let tariffs = if *guid == meter("power") { 2 } else { 1 };
        let values = (0..tariffs).map(gis_gkh::Decimal::from);
        stand.sandbox.receive_reading(*guid, Reading::new(DAY, values)).unwrap();
    }
    let mut seen = Vec::new();
    let mut request = by_roots(&asked);
    for guid in rest {
        let block = ask(&stand, request.clone()).unwrap();
        assert_eq!(roots(&block), [*guid]);
        seen.push(*guid);
        let Some(Paging { next_block: NextBlock::From(next) }) = block.paged_output else { panic!("{block:?}") };
        assert_eq!(next, all[seen.len()]);
        request.export_metering_device_root_guid = Some(next);
    }
    assert_eq!(request.export_metering_device_root_guid, Some(*last));
    // The empty page is against the schema, as in the real system, so it is read with a note.
    let ack = stand.submit(request).unwrap();
    let answer = stand.state::<ExportMeteringDeviceHistoryRequest>(ack).unwrap();
    let Some(Outcome::HistoryBlock(block)) = answer.body.outcome else { panic!() };
    assert_eq!(roots(&block), []);
    assert_eq!(block.paged_output, Some(Paging::new(NextBlock::LastPage)));
    assert_ne!(answer.drift, []);
}

#[test]
fn a_client_reads_all_pages_and_a_reading_that_comes_meanwhile() {
    let stand = Stand::furnished_with(|settings| settings.bounds.page = 1);
    // None of them has readings in the seed.
    let meters = sorted(&["heat", "power", "volume"]);
    let enter = |guid: Guid| {
        let tariffs = if guid == meter("power") { 2 } else { 1 };
        stand.sandbox.receive_reading(guid, Reading::new(DAY, (0..tariffs).map(gis_gkh::Decimal::from)))
    };
    enter(meters[0]).unwrap();
    enter(meters[1]).unwrap();
    let read_all = |between: &dyn Fn()| {
        let mut pages = Pages::new(by_roots(&["heat", "power", "volume"]));
        let mut seen = Vec::new();
        while let Some(request) = pages.next_request() {
            let ack = stand.submit(request).unwrap();
            let answer = stand.state::<ExportMeteringDeviceHistoryRequest>(ack).unwrap();
            let items = pages.take(answer).unwrap().body.items;
            seen.extend(items.iter().map(|device| device.metering_device_root_guid));
            between();
        }
        (seen, pages.taken())
    };
    assert_eq!(read_all(&|| {}), (meters[..2].to_vec(), 3));
    // The first page brings the reading, the others find it there.
    assert_eq!(read_all(&|| drop(enter(meters[2]))), (meters, 3));
}

#[test]
fn a_page_that_ends_the_meters_is_the_last() {
    let stand = Stand::furnished_with(|settings| settings.bounds.page = 2);
    send(&stand, vec![water("heat", "1", DAY), power("1", Some("2"), DAY)]);
    let block = ask(&stand, by_roots(&["heat", "power"])).unwrap();
    assert_eq!(roots(&block), sorted(&["heat", "power"]));
    assert_eq!(block.paged_output, Some(Paging::new(NextBlock::LastPage)));
    let mut request = by_roots(&ALL);
    request.export_metering_device_root_guid = Some(meter("foreign"));
    assert_eq!(refusal(&stand, request), "INT002000");
}

#[test]
fn one_house_comes_whole_and_without_a_word_of_pages() {
    let stand = Stand::furnished_with(|settings| settings.bounds.page = 1);
    send(&stand, vec![water("heat", "1", DAY), power("1", Some("2"), DAY)]);
    let in_houses = |houses: &[&str]| {
        let criteria = DeviceCriteria::Types(vec![entry(27, "1"), entry(27, "2")]);
        let mut request = ExportMeteringDeviceHistoryRequest::new(criteria);
        request.fias_house_guid = houses.iter().map(|house| guid(house)).collect();
        request
    };
    let block = ask(&stand, in_houses(&["house"])).unwrap();
    assert_eq!(roots(&block), sorted(&["cold", "heat", "power"]));
    assert_eq!(block.paged_output, None);
    assert!(block.export_metering_device_history_result.iter().all(|device| device.fias_house_guid.is_none()));
    assert_eq!(refusal(&stand, in_houses(&["house/other"])), "AUT011003");
    assert_eq!(refusal(&stand, in_houses(&["nowhere"])), "INT002000");
}

#[test]
fn meters_are_sought_by_type_resource_and_dates() {
    let stand = Stand::furnished();
    send(&stand, vec![water("heat", "1", DAY), power("1", Some("2"), DAY)]);
    let found = |request: ExportMeteringDeviceHistoryRequest| roots(&ask(&stand, request).unwrap());
    let by = ExportMeteringDeviceHistoryRequest::new;
    assert_eq!(found(by(DeviceCriteria::Types(vec![entry(27, "2")]))), sorted(&["heat"]));
    assert_eq!(found(by(DeviceCriteria::Resources(vec![entry(2, "3")]))), sorted(&["power"]));
    assert_eq!(found(by(DeviceCriteria::Resources(vec![entry(2, "2")]))), sorted(&["cold", "heat"]));
    assert_eq!(refusal(&stand, by(DeviceCriteria::Types(vec![entry(27, "9")]))), "SRV007079");
    assert_eq!(refusal(&stand, by(DeviceCriteria::Resources(vec![entry(27, "1")]))), "SRV007079");
    let mut archived = by_roots(&ALL);
    archived.search_archived = Some(true);
    let block = ask(&stand, archived.clone()).unwrap();
    assert_eq!(roots(&block), sorted(&["cold", "heat", "power", "archived"]));
    let marked = block.export_metering_device_history_result.iter().filter(|device| device.archived_values.is_some());
    assert_eq!(marked.map(|device| device.metering_device_root_guid).collect::<Vec<_>>(), [meter("archived")]);
    archived.archive_date_from = Some(date!(2026 - 10 - 15).into());
    assert_eq!(found(archived.clone()), [meter("archived")]);
    archived.archive_date_from = Some(date!(2026 - 10 - 16).into());
    assert_eq!(refusal(&stand, archived), "INT002012");
    let mut commissioned = by_roots(&ALL);
    commissioned.commissioning_date_to = Some(date!(2021 - 05 - 01).into());
    assert_eq!(found(commissioned), [meter("cold")]);
}

#[test]
fn readings_are_given_out_by_day_and_by_who_entered_them() {
    let stand = Stand::furnished();
    send(&stand, vec![water("cold", "106", DAY)]);
    stand.sandbox.receive_reading(meter("cold"), by_other("106.5")).unwrap();
    let values = |change: &dyn Fn(&mut ExportMeteringDeviceHistoryRequest)| {
        let mut request = by_roots(&["cold"]);
        change(&mut request);
        ask(&stand, request).map(|block| shown(&block, "cold")).map_err(|error| error.code.unwrap())
    };
    // Since the first of last month: September's is out.
    assert_eq!(values(&|_| {}).unwrap(), ["105.250", "106", "106.5"]);
    let days = |from: Date, to: Date| {
        values(&move |request: &mut ExportMeteringDeviceHistoryRequest| {
            request.input_date_from = Some(from.into());
            request.input_date_to = Some(to.into());
        })
    };
    assert_eq!(days(date!(2026 - 09 - 01), date!(2026 - 10 - 31)).unwrap(), ["100", "105.250"]);
    assert_eq!(days(DAY, DAY).unwrap(), ["106"]);
    assert_eq!(days(date!(2026 - 09 - 01), date!(2026 - 11 - 01)), Err("SBX000009".to_owned()));
    assert_eq!(days(DAY, date!(2026 - 11 - 01)), Err("SBX000009".to_owned()));
    assert_eq!(days(date!(2025 - 12 - 01), date!(2026 - 01 - 31)), Err("INT002012".to_owned()));
    assert_eq!(values(&|request| request.exclude_person_as_data_source = Some(true)).unwrap(), ["106", "106.5"]);
    assert_eq!(
        values(&|request| request.exclude_current_org_as_data_source = Some(true)).unwrap(),
        ["105.250", "106.5"]
    );
    assert_eq!(values(&|request| request.exclude_other_org_as_data_source = Some(true)).unwrap(), ["105.250", "106"]);
    assert_eq!(values(&|request| request.exclude_is_values = Some(true)).unwrap(), ["105.250", "106.5"]);
}

/// A reading another organisation enters on the day of the tests.
fn by_other(value: &str) -> Reading {
    Reading { by: Some(guid("other")), ..Reading::new(date!(2026 - 11 - 03), [value.parse().unwrap()]) }
}

#[test]
fn the_portal_takes_readings_while_the_sandbox_runs_and_only_such_as_can_be() {
    let stand = Stand::furnished();
    let receive = |name: &str, values: &[&str]| {
        let values = values.iter().map(|value| value.parse().unwrap());
        stand.sandbox.receive_reading(meter(name), Reading::new(DAY, values))
    };
    assert_eq!(receive("heat", &["3"]), Ok(()));
    assert_eq!(receive("heat", &["3"]), Err(ReceiveError::Occupied(meter("heat"))));
    assert_eq!(receive("nowhere", &["3"]), Err(ReceiveError::Meter(meter("nowhere"))));
    for (name, values) in
        [("cold", vec!["1", "2"]), ("power", vec!["1"]), ("cold", vec!["-1"]), ("cold", vec!["1.12345678"])]
    {
        assert_eq!(receive(name, &values), Err(ReceiveError::Reading(meter(name))), "{values:?}");
    }
    assert_eq!(receive("power", &["3", "4"]), Ok(()));
    assert_eq!(roots(&ask(&stand, by_roots(&["heat", "power"])).unwrap()), sorted(&["heat", "power"]));
    assert_eq!(stand.sandbox.readings().len(), 0, "the book is of imports alone");
    assert_eq!(refused_with(&stand, water("heat", "3", DAY)), "SBX000005");
}

#[test]
fn an_answer_that_grows_too_large_is_refused() {
    let stand = Stand::furnished_with(|settings| settings.bounds.answer = 1000);
    assert_eq!(refusal(&stand, by_roots(&["cold"])), "SBX000004");
}

#[test]
fn faults_hit_readings_as_they_hit_bills() {
    let with = |faults: &str| {
        let faults = Faults::parse(faults).unwrap();
        Stand::furnished_with(|settings| settings.faults = faults)
    };
    let both = || vec![water("cold", "106", DAY), water("heat", "1", DAY)];
    let placed = |stand: &Stand| stand.sandbox.readings().values().map(|effect| effect.placed).sum::<usize>();

    let stand = with("cut-after-accept=#1");
    assert!(stand.send(&stand.message(import(both()))).cut);
    assert_eq!(placed(&stand), 2);
    assert_eq!(refused_with(&stand, water("cold", "106", DAY)), "SBX000005");

    let stand = with("cut-before-ack=#1");
    assert!(stand.send(&stand.message(import(both()))).cut);
    assert_eq!(placed(&stand), 0);

    let stand = with("cut-apply-later=10m:#1");
    assert!(stand.send(&stand.message(import(both()))).cut);
    assert_eq!(placed(&stand), 0);
    stand.forward(Duration::from_secs(600));
    stand.sandbox.advance(stand.now());
    assert_eq!(placed(&stand), 2);

    let stand = with("exp001000-state=#1");
    assert_eq!(stand.ask(import(both())).unwrap_err().code.as_deref(), Some("EXP001000"));
    assert_eq!(placed(&stand), 0);

    let stand = with("missing-object=#1,duplicate=#2");
    assert_eq!(send(&stand, both()).len(), 1);
    assert_eq!(placed(&stand), 2);
    assert_eq!(send(&stand, both()).len(), 4);
    assert_eq!(placed(&stand), 2);

    // Of histories the last is missing, or each comes twice.
    let stand = with("missing-object=#2,duplicate=#3,missing-object=#4");
    send(&stand, both());
    assert_eq!(roots(&ask(&stand, by_roots(&["cold", "heat"])).unwrap()), sorted(&["cold", "heat"])[..1]);
    assert_eq!(roots(&ask(&stand, by_roots(&["cold"])).unwrap()), [meter("cold"), meter("cold")]);
    let ack = stand.submit(by_roots(&["cold"])).unwrap();
    let answer = stand.state::<ExportMeteringDeviceHistoryRequest>(ack).unwrap();
    let Some(Outcome::HistoryBlock(block)) = answer.body.outcome else { panic!() };
    assert_eq!((roots(&block), block.paged_output.is_some()), (vec![], true));

    let stand = with("unknown-element");
    let ack = stand.submit(import(both())).unwrap();
    let answer = stand.state::<ImportMeteringDeviceValuesRequest>(ack).unwrap();
    assert_eq!(answer.drift.len(), 2, "{:?}", answer.drift);

    let stand = with("stuck=#1");
    let ack = stand.submit(import(both())).unwrap();
    stand.forward(Duration::from_secs(1_000_000));
    assert_eq!(
        gis_gkh::operation::StateAnswer::state(&stand.state::<ImportMeteringDeviceValuesRequest>(ack).unwrap().body),
        2
    );
    assert_eq!(placed(&stand), 0);
}
