//! Readings split into messages: one month of days each, at most 1000 meters, one reading a meter, kind and resource.

use std::collections::{BTreeSet, HashMap, HashSet};

use gis_gkh::{Element, Guid};
use gis_gkh_delivery::{Fixer, NewMessage, Priority, Refusal};
use gis_gkh_xml::check::Violation;
use uuid::Uuid;

use super::document::request;
use super::exchange::Readings;
use crate::desk::operation::message;
use crate::desk::words::{CONTRACT, Words};
use crate::records::{Reading, ReadingKind};

/// Meters in one message (`importMeteringDeviceValuesRequest`).
const METERS: usize = 1000;

/// How readings are sent. They are named by their places.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// The messages, each with its readings in their order. Of one meter the earlier reading is in the earlier message.
    pub messages: Vec<Vec<usize>>,
    /// Readings that the contract has no place for.
    pub refused: HashMap<usize, Refusal>,
}

/// Plans the messages. The same readings give the same plan.
#[must_use]
pub fn plan(readings: &[Reading]) -> Plan {
    plan_within(readings, METERS)
}

fn plan_within(readings: &[Reading], meters: usize) -> Plan {
    let mut refused = HashMap::new();
    let mut good = Vec::new();
    for (place, reading) in readings.iter().enumerate() {
        match check(reading) {
            Some(refusal) => drop(refused.insert(place, refusal)),
            None => good.push(place),
        }
    }
    // Days in order: the system measures a reading against the one before.
    good.sort_by_key(|place| readings[*place].date);
    let mut messages: Vec<Filling<'_>> = Vec::new();
    // Where the last reading of a meter went: a later one never goes into an earlier message.
    let mut last: HashMap<Uuid, usize> = HashMap::new();
    for place in good {
        let reading = &readings[place];
        let from = last.get(&reading.meter).copied().unwrap_or(0);
        let fits = |filling: &Filling<'_>| filling.takes(reading, meters);
        let at = match messages.iter().enumerate().skip(from).find(|(_, filling)| fits(filling)) {
            Some((at, _)) => at,
            None => {
                messages.push(Filling::default());
                messages.len() - 1
            }
        };
        messages[at].put(place, reading);
        last.insert(reading.meter, at);
    }
    let messages = messages
        .into_iter()
        .map(|mut filling| {
            filling.places.sort_unstable();
            filling.places
        })
        .collect();
    Plan { messages, refused }
}

/// A message being filled.
#[derive(Default)]
struct Filling<'r> {
    month: Option<(i32, u8)>,
    meters: HashSet<Uuid>,
    taken: HashSet<(Uuid, ReadingKind, Option<&'r str>)>,
    places: Vec<usize>,
}

impl<'r> Filling<'r> {
    fn takes(&self, reading: &'r Reading, meters: usize) -> bool {
        self.month.is_none_or(|own| own == month(reading))
            && (self.meters.len() < meters || self.meters.contains(&reading.meter))
            && !self.taken.contains(&slot(reading))
    }

    fn put(&mut self, place: usize, reading: &'r Reading) {
        self.month = Some(month(reading));
        self.meters.insert(reading.meter);
        self.taken.insert(slot(reading));
        self.places.push(place);
    }
}

/// The lookup asks by days, and the system answers for two neighbouring months at most.
fn month(reading: &Reading) -> (i32, u8) {
    (reading.date.year(), reading.date.month().into())
}

fn slot(reading: &Reading) -> (Uuid, ReadingKind, Option<&str>) {
    (reading.meter, reading.kind, reading.resource.as_ref().map(|resource| resource.code.as_str()))
}

/// The message that carries these rows. Readings of one meter keep their order.
pub fn carry<'r>(rows: impl Iterator<Item = (u32, &'r Reading)> + Clone) -> NewMessage {
    let meters: BTreeSet<String> = rows.clone().map(|(_, reading)| format!("meter/{}", reading.meter)).collect();
    message::<Readings>(rows, meters.into_iter().collect(), Priority::Normal)
}

/// Why the contract has no place for a reading.
fn check(reading: &Reading) -> Option<Refusal> {
    let request = request(std::iter::once((reading, Guid::new(Uuid::nil()))));
    request.check().first().map(refusal)
}

fn refusal(violation: &Violation) -> Refusal {
    let place = violation.path.rsplit_once("MeteringDevicesValues[1]/").map_or(violation.path.as_str(), |(_, at)| at);
    let words = Words::both(
        format!("Место: {place}; правило формата: {}.", violation.rule),
        format!("Place: {place}; rule of the format: {}.", violation.rule),
    );
    Refusal { code: CONTRACT.into(), text: words.write(), who_fixes: Fixer::Caller }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::{Sheet, Source};
    use time::macros::date;

    const HEAD: &str = "ref;meter_guid;kind;date;resource_code;resource_guid;t1";

    fn readings(rows: &[&str]) -> Vec<Reading> {
        let meter = |n: &str| format!("5d0c4c1e-0000-4000-8000-00000000000{n}");
        let line = |(number, row): (usize, &&str)| {
            let (n, rest) = row.split_once(' ').unwrap();
            format!("r{number};{};{}", meter(n), rest.replace(' ', ";"))
        };
        let rows: Vec<String> = rows.iter().enumerate().map(line).collect();
        let text = format!("{HEAD}\n{}\n", rows.join("\n"));
        let sheet = Sheet::<Reading>::read(&Source::new("readings.csv", text), date!(2026 - 11 - 20));
        assert!(sheet.is_clean(), "{:?}", sheet.problems);
        sheet.rows
    }

    #[test]
    fn a_message_has_one_month_and_one_reading_of_a_meter_and_kind_and_days_keep_their_order() {
        let readings = readings(&[
            "1 current 2026-11-02  5 2".replace("  5 2", "   2").as_str(),
            "1 current 2026-10-20   1",
            "2 current 2026-10-20   1",
            "1 control 2026-10-21   1",
            "1 current 2026-10-25   1",
        ]);
        assert_eq!(plan(&readings).messages, [vec![1, 2, 3], vec![4], vec![0]]);
        assert_eq!(plan_within(&readings, 1).messages.len(), 4);
    }

    #[test]
    fn each_resource_of_a_meter_has_its_place() {
        let guid = "5d0c4c1e-0000-4000-8000-0000000000aa";
        let rows = [format!("1 current 2026-10-20 1 {guid} 5"), format!("1 current 2026-10-20 2 {guid} 6")];
        let readings = readings(&[&rows[0], &rows[1]]);
        assert_eq!(plan(&readings).messages, [vec![0, 1]]);
        let request = request(readings.iter().map(|reading| (reading, Guid::new(Uuid::nil()))));
        assert_eq!(request.metering_devices_values.len(), 1);
    }

    #[test]
    fn meters_are_lanes_and_the_natural_key_lets_it_be_sent_again() {
        let readings = readings(&["1 current 2026-10-20   1", "1 control 2026-10-20   1"]);
        let message = carry([2, 3].into_iter().zip(&readings));
        assert_eq!(message.lanes, ["meter/5d0c4c1e-0000-4000-8000-000000000001"]);
        assert_eq!(message.operation, "device-metering.importMeteringDeviceValues");
        assert_eq!((message.resend, message.rows), (gis_gkh_delivery::Resend::AfterAbsent, vec![2, 3]));
    }
}
