//! Readings of invented meters: of each meter one a day, so that messages of one meter wait for each other.

use std::collections::HashMap;

use gis_gkh_delivery::{NewObject, Plan as Decided, Sha256};
use gis_gkh_gateway::desk::meters;
use gis_gkh_gateway::records::{Decimal, Reading, ReadingKind, Record as _, Resource};
use time::{Date, Duration};
use uuid::Uuid;

use super::seed::{Known, SeedMeter};
use super::{Batch, CLOSED, Dice, PlanError, ROWS, Row, Thing, lane};

/// Meters whose readings citizens alone enter.
const WATCHED: usize = 20;
/// Readings are of the days before today, no more than so many.
const DAYS: i64 = 25;

/// Meters, and the readings handed over.
pub(super) struct Readings {
    pub(super) meters: Vec<SeedMeter>,
    pub(super) watched: Vec<String>,
    /// How many readings were handed over, repeats not counted.
    pub(super) count: usize,
    ours: Vec<Meter>,
    today: Date,
    handed: Vec<(Reading, bool)>,
}

/// A meter the organisation reads.
struct Meter {
    guid: Uuid,
    resource: Option<Resource>,
    archived: bool,
    /// Days before today that have been read.
    read: i64,
}

impl Readings {
    /// Meters enough for so many messages.
    pub(super) fn new(known: &Known, messages: usize, today: Date) -> Self {
        let guid = |name: &str, number: usize| {
            Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("gis-gkh/torture/{name}/{number}").as_bytes())
        };
        let account = |number: usize| known.open.get(number % known.open.len().max(1)).cloned().unwrap_or_default();
        let mut all =
            Self { meters: Vec::new(), watched: Vec::new(), count: 0, ours: Vec::new(), today, handed: Vec::new() };
        for number in 0..(messages / 8).max(8) {
            // Every other one is of water, the rest of electricity.
            let resource = known.water.clone().filter(|_| number % 2 == 0);
            let meter = Meter { guid: guid("meter", number), resource, archived: number % CLOSED == 7, read: 0 };
            all.meters.push(SeedMeter {
                guid: meter.guid.to_string(),
                account: account(number),
                sort: if meter.resource.is_some() { "one-rate" } else { "electricity" },
                resources: meter.resource.iter().map(|resource| resource.code.clone()).collect(),
                archived: meter.archived.then(|| (today - Duration::days(60)).to_string()),
            });
            all.ours.push(meter);
        }
        for number in 0..WATCHED {
            let guid = guid("watched", number).to_string();
            let (account, sort) = (account(number), "electricity");
            all.meters.push(SeedMeter { guid: guid.clone(), account, sort, resources: Vec::new(), archived: None });
            all.watched.push(guid);
        }
        all
    }

    /// Puts up to so many messages into a batch; and perhaps a reading once more: it is answered, not sent.
    pub(super) fn fill(&mut self, batch: &mut Batch, dice: &Dice, messages: u64, again: bool) -> Result<(), PlanError> {
        meters::KIND.clone_into(&mut batch.kind);
        for _ in 0..messages {
            let mut carried: HashMap<Uuid, (Reading, bool)> = HashMap::new();
            for _ in 0..dice.between(1, ROWS) {
                // A message has one reading of a meter, kind and resource.
                if let Some((reading, archived)) = self.next(dice).filter(|(one, _)| !carried.contains_key(&one.meter))
                {
                    carried.insert(reading.meter, (reading, archived));
                }
            }
            let mut carried: Vec<(Reading, bool)> = carried.into_values().collect();
            carried.sort_by_key(|(reading, _)| reading.meter);
            if carried.is_empty() {
                return Ok(());
            }
            self.count += carried.len();
            self.handed.extend(carried.iter().cloned());
            put(batch, dice, &carried)?;
        }
        let is_new = |reading: &Reading| batch.rows.iter().all(|row| row.thing != thing(reading));
        if again && let Some(one) = dice.one(&self.handed).filter(|(one, archived)| !archived && is_new(one)).cloned() {
            put(batch, dice, &[one])?;
        }
        Ok(())
    }

    /// The next reading of a meter by chance, and whether the meter is out of use.
    fn next(&mut self, dice: &Dice) -> Option<(Reading, bool)> {
        let place = usize::try_from(dice.between(0, u64::try_from(self.ours.len()).ok()?.checked_sub(1)?)).ok()?;
        let meter = self.ours.get_mut(place).filter(|meter| meter.read < DAYS)?;
        meter.read += 1;
        let t1 = Decimal::parse(&format!("{}.{}", 9000 + meter.read * 7, dice.between(0, 9))).ok()?;
        let reading = Reading {
            reference: String::new(),
            row: 1,
            meter: meter.guid,
            kind: ReadingKind::Current,
            // Later days later: the last one is yesterday.
            date: self.today - Duration::days(DAYS + 1 - meter.read),
            period: None,
            resource: meter.resource.clone(),
            t1,
            t2: None,
            t3: None,
        };
        let reference = reading.key();
        Some((Reading { reference, ..reading }, meter.archived))
    }
}

fn put(batch: &mut Batch, dice: &Dice, readings: &[(Reading, bool)]) -> Result<(), PlanError> {
    let first = batch.next();
    let numbered: Vec<(u32, &Reading)> = (first..).zip(readings.iter().map(|(reading, _)| reading)).collect();
    let mut message = meters::carry(numbered.iter().copied());
    message.lanes.extend(lane(dice));
    batch.messages.push(message.into());
    for ((row, reading), (_, archived)) in numbered.into_iter().zip(readings) {
        let object = NewObject {
            row,
            reference: reading.reference.clone(),
            key: reading.key(),
            period: reading.month(),
            payload: serde_json::to_vec(reading)?,
            content: Sha256::of(b""),
            plan: Decided::Send,
            follows: None,
        };
        let words = vec![reading.meter.to_string(), reading.date.to_string()];
        batch.rows.push(Row::of(object, thing(reading), words, *archived));
    }
    Ok(())
}

fn thing(reading: &Reading) -> Thing {
    Thing::Reading { meter: reading.meter.to_string(), date: reading.date.to_string() }
}
