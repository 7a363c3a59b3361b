//! Meters and readings as a seed and the portal give them.

use std::collections::HashSet;

use gis_gkh::{Decimal, Guid};
use serde::{Deserialize, Deserializer, de::Error as _};
use time::Date;

use crate::seed::{date, guid, some_date, some_guid};

/// What a meter measures, which is how its readings are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MeterSort {
    /// One tariff: water, heat, gas, sewage.
    OneRate,
    /// Electricity, by one to three tariffs.
    Electricity,
    /// Reports what was consumed instead of what it shows.
    Volume,
}

/// A meter (прибор учёта) on an account.
///
/// In a seed: `{"guid":"…","account":"…","sort":"electricity","tariffs":2}` or `{"guid":"…","account":"…",
/// "sort":"one-rate","resources":["2"]}`; what has a default may be left out.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Meter {
    /// Its lasting identifier (`MeteringDeviceRootGUID`).
    #[serde(deserialize_with = "guid")]
    pub guid: Guid,
    /// GUID of the account it counts for, whose organisation and house are the meter's.
    #[serde(deserialize_with = "guid")]
    pub account: Guid,
    /// What it measures.
    pub sort: MeterSort,
    /// Tariffs, 1 to 3; always 1 in meters of one rate.
    #[serde(default = "one")]
    pub tariffs: u8,
    /// Codes of its resources in НСИ 2, up to 3; electricity meters need none.
    #[serde(default)]
    pub resources: Vec<String>,
    /// Code of its type in НСИ 27; 1, an individual one, by default.
    #[serde(rename = "type", default = "individual")]
    pub device_type: String,
    /// The day it was put into use.
    #[serde(default, deserialize_with = "some_date")]
    pub commissioned: Option<Date>,
    /// The day it was taken out of use; no readings are taken for it since.
    #[serde(default, deserialize_with = "some_date")]
    pub archived: Option<Date>,
    /// Readings entered before, of each day and resource one.
    #[serde(default)]
    pub readings: Vec<Reading>,
}

/// A month's reading that somebody entered in the portal.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reading {
    /// The day the meter was read.
    #[serde(deserialize_with = "date")]
    pub date: Date,
    /// What it showed, one value a tariff, in the meter's unit: digits and perhaps a point.
    #[serde(deserialize_with = "values")]
    pub values: Vec<Decimal>,
    /// Code of the resource in НСИ 2; the meter's first one if left out.
    #[serde(default)]
    pub resource: Option<String>,
    /// The organisation that entered it; nobody's if a citizen did.
    #[serde(default, deserialize_with = "some_guid")]
    pub by: Option<Guid>,
}

impl Reading {
    /// A citizen's reading of the meter's first resource, one value a tariff.
    pub fn new(date: Date, values: impl IntoIterator<Item = Decimal>) -> Self {
        Self { date, values: values.into_iter().collect(), resource: None, by: None }
    }
}

impl Meter {
    /// A meter of one rate in use.
    pub fn one_rate(guid: Guid, account: Guid, resource: impl Into<String>) -> Self {
        let resources = vec![resource.into()];
        Self { resources, ..Self::electricity(guid, account, 1) }.of(MeterSort::OneRate)
    }

    /// An electricity meter in use, with so many tariffs.
    pub fn electricity(guid: Guid, account: Guid, tariffs: u8) -> Self {
        Self {
            guid,
            account,
            sort: MeterSort::Electricity,
            tariffs,
            resources: Vec::new(),
            device_type: individual(),
            commissioned: None,
            archived: None,
            readings: Vec::new(),
        }
    }

    fn of(self, sort: MeterSort) -> Self {
        Self { sort, ..self }
    }

    /// Whether such a meter can be, with such readings.
    pub(crate) fn is_sound(&self) -> bool {
        let resources = self.resources.len();
        let sound = match self.sort {
            MeterSort::OneRate => self.tariffs == 1 && (1..=3).contains(&resources),
            MeterSort::Electricity => (1..=3).contains(&self.tariffs) && resources <= 1,
            MeterSort::Volume => (1..=3).contains(&self.tariffs) && (1..=3).contains(&resources),
        };
        let first = self.resources.first();
        let mut days = HashSet::new();
        let alone = |reading: &Reading| days.insert((reading.date, reading.resource.as_ref().or(first).cloned()));
        sound && self.readings.iter().all(|reading| self.fits(reading)) && self.readings.iter().all(alone)
    }

    /// Whether a reading can be this meter's.
    pub(crate) fn fits(&self, reading: &Reading) -> bool {
        reading.values.len() == usize::from(self.tariffs)
            && reading.values.iter().all(|value| is_shown(value.as_str()))
            && reading.resource.as_ref().is_none_or(|code| self.resources.contains(code))
    }
}

/// Whether the contract can carry the value: up to 15 digits and up to 7 after the point, without a sign.
fn is_shown(value: &str) -> bool {
    let (whole, fraction) = value.split_once('.').unwrap_or((value, "0"));
    let digits =
        |text: &str, most: usize| (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    digits(whole, 15) && digits(fraction, 7)
}

fn one() -> u8 {
    1
}

fn individual() -> String {
    "1".to_owned()
}

fn values<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Decimal>, D::Error> {
    let all = Vec::<String>::deserialize(from)?;
    all.into_iter().map(|value| value.parse().map_err(D::Error::custom)).collect()
}
