//! Meters that do not exist, computed from the accounts: the same accounts give the same meters everywhere.

use gis_gkh::{Decimal, Guid};
use time::Date;
use uuid::Uuid;

use super::register::{RESOURCES, TYPES};
use super::rows::{Meter, Reading};
use crate::seed::{Account, Entry};

/// For each open account a water meter, where НСИ 2 has water, and an electricity meter of one, two or three tariffs; for
/// every seventh a water meter out of use as well. Most have readings of the two months before a day.
pub(crate) fn meters(accounts: &[Account], entries: &[Entry], today: Date) -> Vec<Meter> {
    let resource = |word: &str| {
        let named = |entry: &&Entry| entry.registry == RESOURCES && entry.name.to_lowercase().contains(word);
        entries.iter().find(named).map(|entry| entry.code.clone())
    };
    let (water, power) = (resource("вод"), resource("электр"));
    let mut all = Vec::new();
    for (index, account) in accounts.iter().enumerate().filter(|(_, account)| !account.closed) {
        let step = i64::try_from(index % 90).unwrap_or_default();
        if let Some(code) = &water {
            let readings = months(today, |month| vec![Decimal::from_units(120_000 + step * 137 + month * 5_250, 3)]);
            let mut meter = Meter::one_rate(guid(account, "water"), account.guid, code.clone());
            // The last account of every ten gives no readings.
            if index % 10 != 9 {
                meter.readings.clone_from(&readings);
            }
            all.push(meter);
            if index % 7 == 0 {
                let old = Meter::one_rate(guid(account, "water/old"), account.guid, code.clone());
                all.push(Meter { archived: Some(first_of_month(today)), readings, ..old });
            }
        }
        let tariffs = u8::try_from(index % 3 + 1).unwrap_or(1);
        let mut meter = Meter::electricity(guid(account, "power"), account.guid, tariffs);
        meter.resources = power.iter().cloned().collect();
        meter.readings = months(today, |month| {
            let value = |tariff: u8| Decimal::from(4_000 + step * 11 + month * 90 + i64::from(tariff) * 1_000);
            (1..=tariffs).map(value).collect()
        });
        // Every other one is read by the organisation.
        let by = (index % 2 == 0).then_some(account.organisation);
        meter.readings.iter_mut().for_each(|reading| reading.by = by);
        all.push(meter);
    }
    for meter in &mut all {
        meter.commissioned = Date::from_ordinal_date(2020, 1).ok();
    }
    all
}

/// The book of types, where the seed has none: without it no meter can be sought by type.
pub(crate) fn types(entries: &[Entry]) -> Option<Entry> {
    if entries.iter().any(|entry| entry.registry == TYPES) {
        return None;
    }
    let guid = Guid::new(Uuid::new_v5(&Uuid::NAMESPACE_OID, b"gis-gkh/sandbox/nsi/27/1"));
    Some(Entry { registry: TYPES, code: "1".to_owned(), guid, name: "Индивидуальный".to_owned() })
}

fn first_of_month(day: Date) -> Date {
    day.replace_day(1).unwrap_or(day)
}

/// Readings of the 23rd of the two months before a day.
fn months(today: Date, values: impl Fn(i64) -> Vec<Decimal>) -> Vec<Reading> {
    let last = |day: Date| first_of_month(day).previous_day().unwrap_or(day);
    let (near, far) = (last(today), last(last(today)));
    let reading = |(day, month): (Date, i64)| Reading::new(day.replace_day(23).unwrap_or(day), values(month));
    [(far, 0), (near, 1)].into_iter().map(reading).collect()
}

fn guid(account: &Account, what: &str) -> Guid {
    Guid::new(Uuid::new_v5(&account.guid.uuid(), format!("meter/{what}").as_bytes()))
}
