//! Recurring exports: what the system has for us, page by page, as items of the inbox.
//!
//! An item is the contract's own element as JSON ([`Element::to_json`]): every field it has, under the
//! names it has in ГИС ЖКХ. Appeals are whole; a reading is its meter (`exportMeteringDeviceHistoryResult`) with this one value.

mod appeals;
mod direct;
mod readings;
mod table;

use std::time::Duration;

use gis_gkh::Element;
use gis_gkh::contract::NAMESPACES;
use gis_gkh_delivery::{Failure, NewItem, Sha256, Timestamp};
use gis_gkh_xml::Date;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use time::UtcOffset;

pub(crate) use appeals::Appeals;
pub use direct::DirectError;
pub(crate) use direct::direct;
pub(crate) use readings::History;
pub use table::{TableError, table};

use super::failure::local;
use super::words::{PAYLOAD, PULL};
use crate::gateway::moment;
use crate::records::Resource;

/// What can be read from the system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// Appeals addressed to the organisation, with their history.
    Appeals,
    /// Readings of its meters, whoever entered them.
    Readings,
}

impl Topic {
    /// Every topic.
    pub const ALL: [Self; 2] = [Self::Appeals, Self::Readings];

    /// Its name, as items of the inbox bear it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Appeals => "appeals",
            Self::Readings => "readings",
        }
    }

    /// The topic of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|topic| topic.name() == name)
    }

    /// The operation that reads it.
    #[must_use]
    pub const fn operation(self) -> &'static str {
        match self {
            Self::Appeals => "appeals.exportAppeal",
            Self::Readings => "device-metering.exportMeteringDeviceHistory",
        }
    }

    /// How often it is read unless the settings say otherwise.
    #[must_use]
    pub const fn interval(self) -> Duration {
        match self {
            Self::Appeals => Duration::from_secs(10 * 60),
            Self::Readings => Duration::from_secs(3600),
        }
    }

    /// How far each window reaches back unless the settings say otherwise. The contract asks for appeals by the day they were
    /// made and for readings by the day they were taken, and both go on changing: the longest term of an answer, and the time in
    /// which readings are entered late.
    #[must_use]
    pub const fn overlap(self) -> Duration {
        match self {
            Self::Appeals => Duration::from_secs(31 * 24 * 3600),
            Self::Readings => Duration::from_secs(35 * 24 * 3600),
        }
    }
}

/// What an export of readings asks about. The contract wants meters by exactly one of `types`, `resources` and `meters`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meters {
    /// The houses (ФИАС), at most 100; none means all of the organisation's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub houses: Vec<uuid::Uuid>,
    /// Types of meters, elements of НСИ 27, at most 100.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub types: Vec<Resource>,
    /// Resources measured, elements of НСИ 2, at most 100.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<Resource>,
    /// Meters by MeteringDeviceRootGUID, at most 100.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub meters: Vec<uuid::Uuid>,
}

impl Meters {
    /// Whether the contract has a request for this.
    #[must_use]
    pub fn can_be_asked(&self) -> bool {
        let given = [self.types.len(), self.resources.len(), self.meters.len()];
        self.houses.len() <= 100
            && given.iter().filter(|count| **count > 0).count() == 1
            && given.iter().all(|count| *count <= 100)
    }

    /// The form in which it is kept.
    #[must_use]
    pub fn write(&self) -> String {
        // Lists of ids always serialise.
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// An item of the inbox.
fn item(key: String, body: &RawValue) -> NewItem {
    let body = body.get().as_bytes().to_vec();
    NewItem { key, content: Sha256::of(&body), body }
}

/// The elements of that name in an answer, as JSON.
fn elements<T: Element>(answer: &T, name: &str) -> Result<Vec<Box<RawValue>>, Failure> {
    let json = answer.to_json(NAMESPACES);
    let unreadable = |error: serde_json::Error| local(PAYLOAD, format!("an answer as JSON: {:?}", error.classify()));
    let mut parts: std::collections::BTreeMap<String, Box<RawValue>> =
        serde_json::from_str(&json).map_err(unreadable)?;
    match parts.remove(name) {
        Some(list) => serde_json::from_str(list.get()).map_err(unreadable),
        None => Ok(Vec::new()),
    }
}

/// The day of a moment, where the system's days begin.
fn day(at: Timestamp, zone: UtcOffset) -> Result<time::Date, Failure> {
    let moment = moment(at).ok_or_else(|| local(PULL, "a window beyond all dates".to_owned()))?;
    Ok(moment.to_offset(zone).date())
}

fn given(day: time::Date) -> Option<Date> {
    Some(Date::new(day))
}
