//! Readings of an import, of whatever sort of meter, in one form.

use gis_gkh::Guid;
use gis_gkh::contract::device_metering::{
    ElectricityReadings, ElectricityVerification, ResourceReadings, ResourceVerification, Values, VolumeVerification,
    Volumes,
};
use gis_gkh::contract::metering_device_base::{ElectricityReading, ResourceReading, ResourceVolume};
use time::Date;

use super::register::{Content, ReadingKind, Shown};
use super::rows::MeterSort;

/// A reading that an import asks to place.
pub(super) struct Asked {
    pub(super) transport: Guid,
    pub(super) kind: ReadingKind,
    pub(super) date: Date,
    pub(super) content: Content,
}

impl Asked {
    /// Code of the resource its key has.
    pub(super) fn resource(&self) -> &str {
        match &self.content {
            Content::Value { shown, .. } => shown.code(),
            Content::Verification { .. } => "",
        }
    }
}

/// A reading of a day, in the words of its sort: `$period` where it is of a month.
macro_rules! reading {
    ($kind:ident, $one:ident, $shown:expr, $period:expr) => {
        Asked {
            transport: $one.transport_guid,
            kind: ReadingKind::$kind,
            date: $one.date_value.date(),
            content: Content::Value { shown: $shown, period: $period },
        }
    };
}

macro_rules! verification {
    ($one:ident, $before:expr, $after:expr) => {
        Asked {
            transport: $one.transport_guid,
            kind: ReadingKind::Verification,
            date: $one.end_date_value.date(),
            content: Content::Verification {
                start: $one.start_date_value.date(),
                sealed: $one.seal_date.date(),
                before: $before,
                after: $after,
                cause: $one.verification_cause,
            },
        }
    };
}

/// What is asked, and for meters of which sort.
pub(super) fn asked(values: Values) -> (MeterSort, Vec<Asked>) {
    match values {
        Values::Resource(values) => (MeterSort::OneRate, of_resource(values)),
        Values::Electricity(values) => (MeterSort::Electricity, of_electricity(values)),
        Values::Volume(values) => (MeterSort::Volume, of_volume(values)),
    }
}

fn of_resource(values: ResourceReadings) -> Vec<Asked> {
    let ResourceReadings { current_value, control_value, verification_value } = values;
    let current = current_value.into_iter().map(|one| {
        let shown = Shown::new(Some(one.municipal_resource), one.metering_value, None, None);
        reading!(Current, one, shown, one.period)
    });
    let control = control_value.into_iter().map(|one| {
        let shown = Shown::new(Some(one.municipal_resource), one.metering_value, None, None);
        reading!(Control, one, shown, None)
    });
    let shown = |all: Vec<ResourceReading>| {
        let one = |one: ResourceReading| Shown::new(Some(one.municipal_resource), one.metering_value, None, None);
        all.into_iter().map(one).collect()
    };
    let verified = verification_value
        .map(|one: ResourceVerification| verification!(one, shown(one.start_value), shown(one.end_value)));
    current.chain(control).chain(verified).collect()
}

fn of_electricity(values: ElectricityReadings) -> Vec<Asked> {
    let ElectricityReadings { current_value, control_value, verification_value } = values;
    let current = current_value.map(|one| {
        let shown = Shown::new(None, one.metering_value_t1, one.metering_value_t2, one.metering_value_t3);
        reading!(Current, one, shown, one.period)
    });
    let control = control_value.map(|one| {
        let shown = Shown::new(None, one.metering_value_t1, one.metering_value_t2, one.metering_value_t3);
        reading!(Control, one, shown, None)
    });
    let shown = |one: ElectricityReading| {
        vec![Shown::new(None, one.metering_value_t1, one.metering_value_t2, one.metering_value_t3)]
    };
    let verified = verification_value
        .map(|one: ElectricityVerification| verification!(one, shown(one.start_value), shown(one.end_value)));
    current.into_iter().chain(control).chain(verified).collect()
}

fn of_volume(values: Volumes) -> Vec<Asked> {
    let Volumes { current_value, control_value, verification_value } = values;
    let current = current_value.into_iter().map(|one| {
        let resource = Some(one.municipal_resource);
        let shown = Shown::new(resource, one.metering_value_t1, one.metering_value_t2, one.metering_value_t3);
        reading!(Current, one, shown, one.period)
    });
    let control = control_value.into_iter().map(|one| {
        let resource = Some(one.municipal_resource);
        let shown = Shown::new(resource, one.metering_value_t1, one.metering_value_t2, one.metering_value_t3);
        reading!(Control, one, shown, None)
    });
    let shown = |all: Vec<ResourceVolume>| {
        let one = |one: ResourceVolume| {
            let resource = Some(one.municipal_resource);
            Shown::new(resource, one.metering_value_t1, one.metering_value_t2, one.metering_value_t3)
        };
        all.into_iter().map(one).collect()
    };
    let verified = verification_value
        .map(|one: VolumeVerification| verification!(one, shown(one.start_value), shown(one.end_value)));
    current.chain(control).chain(verified).collect()
}
