//! Recurring exports as settings.

use std::time::Duration;

use uuid::Uuid;

use super::error::ConfigError;
use super::given::{Given, Row};
use super::patience::{DURATION, duration};
use crate::desk::pulls::{Meters, Topic};
use crate::records::Resource;

/// A recurring export, as set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullSettings {
    /// Its name, unique among the organisation's.
    pub name: String,
    /// What it reads.
    pub topic: Topic,
    /// From the beginning of one reading to that of the next.
    pub interval: Duration,
    /// How far each window reaches back into the one before.
    pub overlap: Duration,
    /// Of readings: whose.
    pub meters: Meters,
}

/// Reads every `[[pull]]`.
pub(super) fn read(given: &Given) -> Result<Vec<PullSettings>, ConfigError> {
    let mut pulls: Vec<PullSettings> = Vec::new();
    for row in &given.pulls {
        let pull = one(row)?;
        if pulls.iter().any(|known| known.name == pull.name) {
            return Err(row.wrong("name", "unlike that of any other"));
        }
        pulls.push(pull);
    }
    Ok(pulls)
}

fn one(row: &Row) -> Result<PullSettings, ConfigError> {
    let topic = row.text("topic").and_then(Topic::named).ok_or_else(|| row.wrong("topic", "appeals or readings"))?;
    let time = |key: &str, default: Duration| match row.text(key) {
        Some(text) => duration(text.trim()).ok_or_else(|| row.wrong(key, DURATION)),
        None => Ok(default),
    };
    let guids = |key: &str| -> Result<Vec<Uuid>, ConfigError> {
        let all = row.list(key).iter().map(|text| guid(text)).collect::<Option<_>>();
        all.ok_or_else(|| row.wrong(key, "a list of GUIDs of 8-4-4-4-12 hexadecimal digits"))
    };
    let refs = |key: &str| -> Result<Vec<Resource>, ConfigError> {
        let all = row.list(key).iter().map(|text| reference(text)).collect::<Option<_>>();
        all.ok_or_else(|| row.wrong(key, "a list of elements of НСИ, each its code, a colon and its GUID"))
    };
    let meters = Meters {
        houses: guids("houses")?,
        types: refs("types")?,
        resources: refs("resources")?,
        meters: guids("meters")?,
    };
    match topic {
        Topic::Readings if !meters.can_be_asked() => {
            return Err(row.wrong("meters", "given by exactly one of types, resources and meters, at most 100 of each"));
        }
        Topic::Appeals if meters != Meters::default() => {
            return Err(row.wrong("houses", "left out: appeals are read whole"));
        }
        _ => {}
    }
    let interval = time("interval", topic.interval())?;
    if interval.is_zero() {
        return Err(row.wrong("interval", "longer than nothing"));
    }
    Ok(PullSettings {
        name: row.text("name").unwrap_or_else(|| topic.name()).to_owned(),
        topic,
        interval,
        overlap: time("overlap", topic.overlap())?,
        meters,
    })
}

fn guid(text: &str) -> Option<Uuid> {
    let text = text.trim();
    (text.len() == 36).then(|| Uuid::try_parse(text).ok()).flatten()
}

/// `1:5d0c4c1e-0000-4000-8000-000000000001`.
fn reference(text: &str) -> Option<Resource> {
    let (code, id) = text.split_once(':')?;
    let code = code.trim();
    let good = !code.is_empty() && code.len() <= 20 && code.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    Some(Resource { code: code.to_owned(), guid: guid(id)? }).filter(|_| good)
}
