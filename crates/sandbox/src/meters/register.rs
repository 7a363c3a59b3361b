//! Meters and the readings kept of them.

use std::collections::{BTreeMap, HashMap, HashSet};

use gis_gkh::contract::base::YearMonth;
use gis_gkh::contract::device_metering::VerificationCause;
use gis_gkh::contract::nsi_base::NsiRef;
use gis_gkh::{Decimal, Guid};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::rows::{Meter, Reading};
use crate::nsi::Known;
use crate::receive::ReceiveError;
use crate::seed::{Account, Entry};

/// What sort of reading it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReadingKind {
    /// The month's (текущее показание).
    Current,
    /// Taken to check the consumer (контрольное показание).
    Control,
    /// A verification of the meter (поверка).
    Verification,
}

/// What a reading is known by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReadingKey {
    /// The meter's lasting GUID; the one given, if no such meter is known.
    pub device: Guid,
    /// The day the meter was read; of a verification the last day.
    pub date: Date,
    /// What sort of reading it is.
    pub kind: ReadingKind,
    /// Code of the resource in НСИ 2. Empty where the reading names none: of electricity, and verifications.
    pub resource: String,
}

/// What has happened to readings of one key.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ReadingEffect {
    /// How often one was placed.
    pub placed: usize,
    /// How often one was refused.
    pub refused: usize,
}

/// What a meter showed of one resource.
#[derive(Debug, Clone)]
pub(super) struct Shown {
    /// None in electricity meters.
    pub(super) resource: Option<NsiRef>,
    /// By tariffs; the first is always there.
    pub(super) values: [Option<String>; 3],
}

impl Shown {
    pub(super) fn new(resource: Option<NsiRef>, t1: String, t2: Option<String>, t3: Option<String>) -> Self {
        Self { resource, values: [Some(t1), t2, t3] }
    }

    pub(super) fn code(&self) -> &str {
        self.resource.as_ref().map_or("", |resource| resource.code.as_str())
    }
}

impl PartialEq for Shown {
    /// The same numbers, however they are written.
    fn eq(&self, other: &Self) -> bool {
        let number = |value: &Option<String>| value.as_ref().and_then(|text| text.parse::<Decimal>().ok());
        self.code() == other.code() && self.values.iter().map(number).eq(other.values.iter().map(number))
    }
}

/// What a reading says.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Content {
    Value { shown: Shown, period: Option<YearMonth> },
    Verification { start: Date, sealed: Date, before: Vec<Shown>, after: Vec<Shown>, cause: VerificationCause },
}

impl Content {
    /// Everything the meter showed.
    pub(super) fn shown(&self) -> impl Iterator<Item = &Shown> {
        let (one, before, after) = match self {
            Self::Value { shown, .. } => (Some(shown), [].as_slice(), [].as_slice()),
            Self::Verification { before, after, .. } => (None, before.as_slice(), after.as_slice()),
        };
        one.into_iter().chain(before).chain(after)
    }
}

/// A reading as it is kept.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) content: Content,
    /// The organisation that entered it; none if a citizen did.
    pub(super) by: Option<Guid>,
    /// It came by an information system.
    pub(super) imported: bool,
    pub(super) entered: OffsetDateTime,
}

/// A meter with its readings, by kind, day and resource.
#[derive(Debug)]
pub(super) struct Device {
    pub(super) meter: Meter,
    pub(super) organisation: Guid,
    pub(super) house: Guid,
    pub(super) resources: Vec<NsiRef>,
    pub(super) kept: BTreeMap<(ReadingKind, Date, String), Kept>,
}

/// Meters, their readings, and what of НСИ may be named.
pub(crate) struct Register {
    /// By root GUID, which is the order of export.
    pub(super) devices: BTreeMap<Guid, Device>,
    pub(super) by_version: HashMap<Guid, Guid>,
    /// Houses with the organisations that have accounts in them.
    pub(super) houses: HashSet<(Guid, Guid)>,
    pub(super) known: Known,
    /// Why meters are taken out of use, where the seed has such an entry.
    pub(super) archiving: Option<NsiRef>,
    effects: BTreeMap<ReadingKey, ReadingEffect>,
    /// Meters on a page.
    pub(super) page: usize,
    /// Bytes of the largest answer.
    pub(super) largest: usize,
}

impl Register {
    pub(crate) fn new(
        meters: Vec<Meter>,
        accounts: &[Account],
        entries: &[Entry],
        (page, largest): (usize, usize),
        at: OffsetDateTime,
    ) -> Self {
        let reference = |entry: &Entry| NsiRef::new(entry.code.clone(), entry.guid);
        let resource = |code: &String| {
            entries.iter().find(|entry| entry.registry == RESOURCES && entry.code == *code).map(reference)
        };
        let places: HashMap<Guid, &Account> = accounts.iter().map(|account| (account.guid, account)).collect();
        let mut register = Self {
            devices: BTreeMap::new(),
            by_version: HashMap::new(),
            houses: accounts.iter().map(|account| (account.house, account.organisation)).collect(),
            known: Known::new(entries),
            archiving: entries.iter().find(|entry| entry.registry == ARCHIVING).map(reference),
            effects: BTreeMap::new(),
            page,
            largest,
        };
        for mut meter in meters {
            let Some(account) = places.get(&meter.account) else { continue };
            let readings = std::mem::take(&mut meter.readings);
            let resources = meter.resources.iter().filter_map(resource).collect();
            let (organisation, house) = (account.organisation, account.house);
            let mut device = Device { meter, organisation, house, resources, kept: BTreeMap::new() };
            for reading in readings {
                device.enter(reading, at);
            }
            let guid = device.meter.guid;
            register.by_version.insert(version(guid), guid);
            register.devices.insert(guid, device);
        }
        register
    }

    pub(crate) fn effects(&self) -> &BTreeMap<ReadingKey, ReadingEffect> {
        &self.effects
    }

    pub(super) fn effect(&mut self, key: ReadingKey) -> &mut ReadingEffect {
        self.effects.entry(key).or_default()
    }

    /// A reading somebody enters in the portal.
    pub(crate) fn receive(&mut self, device: Guid, reading: Reading, at: OffsetDateTime) -> Result<(), ReceiveError> {
        let device = self.devices.get_mut(&device).ok_or(ReceiveError::Meter(device))?;
        let guid = device.meter.guid;
        if !device.meter.fits(&reading) {
            return Err(ReceiveError::Reading(guid));
        }
        if device.enter(reading, at) { Ok(()) } else { Err(ReceiveError::Occupied(guid)) }
    }
}

impl Device {
    /// Keeps a reading of the portal; `false` if there is one.
    fn enter(&mut self, reading: Reading, at: OffsetDateTime) -> bool {
        let Reading { date, values, resource, by } = reading;
        let resource = match resource {
            Some(code) => self.resources.iter().find(|resource| resource.code == code),
            None => self.resources.first(),
        };
        let resource = resource.filter(|_| self.meter.sort != super::MeterSort::Electricity);
        let mut values = values.into_iter().map(String::from);
        let values = [values.next(), values.next(), values.next()];
        let shown = Shown { resource: resource.cloned(), values };
        let key = (ReadingKind::Current, date, shown.code().to_owned());
        if self.kept.contains_key(&key) {
            return false;
        }
        let period =
            Some(YearMonth::new(i16::try_from(date.year()).unwrap_or(i16::MAX), u8::from(date.month()).into()));
        let content = Content::Value { shown, period };
        self.kept.insert(key, Kept { content, by, imported: false, entered: at });
        true
    }
}

/// НСИ 2: resources.
pub(super) const RESOURCES: u64 = 2;
/// НСИ 21: why a meter is taken out of use.
const ARCHIVING: u64 = 21;
/// НСИ 27: types of meters.
pub(super) const TYPES: u64 = 27;
/// НСИ 224: how a meter failed.
pub(super) const FAILURES: u64 = 224;

/// `MeteringDeviceVersionGUID`: nothing edits a meter here, so it has one version.
pub(super) fn version(root: Guid) -> Guid {
    Guid::new(Uuid::new_v5(&root.uuid(), b"version"))
}
