//! `importMeteringDeviceValues`: readings are placed, each by itself.

use gis_gkh::Guid;
use gis_gkh::contract::device_metering::{
    Device as Named, DeviceReadings, ImportMeteringDeviceValuesRequest, VerificationCause, get_state_result::Outcome,
};
use time::OffsetDateTime;
use uuid::Uuid;

use super::asked::{Asked, asked};
use super::register::{Content, FAILURES, Kept, RESOURCES, ReadingKey, Register, Shown};
use super::rows::MeterSort;
use crate::answer;
use crate::refusal::{self, Refusal};

impl Register {
    /// Does what an import asks for an organisation.
    pub(crate) fn import(
        &mut self,
        owner: Guid,
        request: ImportMeteringDeviceValuesRequest,
        at: OffsetDateTime,
    ) -> Outcome {
        let house = request.fias_house_guid;
        let mut results = Vec::new();
        for DeviceReadings { device, values } in request.metering_devices_values {
            let device = match device {
                Named::Root(guid) => guid,
                Named::Version(guid) => self.by_version.get(&guid).copied().unwrap_or(guid),
            };
            let (sort, all) = asked(values);
            for one in all {
                let key = ReadingKey { device, date: one.date, kind: one.kind, resource: one.resource().to_owned() };
                let transport = one.transport;
                let placed = self.judge(owner, house, &key, sort, &one);
                let placed = placed.map(|()| self.place(owner, &key, one.content, at));
                let effect = self.effect(key);
                match placed {
                    Ok(_) => effect.placed += 1,
                    Err(_) => effect.refused += 1,
                }
                results.push(answer::object(transport, placed, at));
            }
        }
        Outcome::ImportResult(results)
    }

    /// Refuses a reading for the first reason there is.
    fn judge(
        &self,
        owner: Guid,
        house: Option<Guid>,
        key: &ReadingKey,
        sort: MeterSort,
        asked: &Asked,
    ) -> Result<(), Refusal> {
        let guid = key.device;
        let device = self.devices.get(&guid).filter(|device| house.is_none_or(|house| house == device.house));
        let Some(device) = device else {
            return Err(Refusal::new(refusal::NOT_IN_REGISTRY, format!("Прибор учёта {guid} не найден")));
        };
        if device.organisation != owner {
            let why = "Доступ запрещён: прибор учёта относится к лицевому счёту другой организации";
            return Err(Refusal::new(refusal::NO_ACCESS, why));
        }
        if device.meter.archived.is_some() {
            let why = format!("Прибор учёта {guid} выведен из эксплуатации");
            return Err(Refusal::new(refusal::ARCHIVED_METER, why));
        }
        let other = |why: &str| Err(Refusal::new(refusal::OTHER_METER, format!("Прибор учёта {guid}: {why}")));
        if device.meter.sort != sort {
            return other("показания переданы для прибора другого вида");
        }
        if let Content::Verification { cause: VerificationCause::Failure(cause), .. } = &asked.content {
            self.known.expect(FAILURES, cause)?;
        }
        for Shown { resource, values } in asked.content.shown() {
            if let Some(resource) = resource {
                self.known.expect(RESOURCES, resource)?;
                if !device.resources.iter().any(|measured| measured.code == resource.code) {
                    return other("прибор не измеряет этот коммунальный ресурс");
                }
            }
            let tariffs = usize::from(device.meter.tariffs);
            if values.iter().enumerate().any(|(tariff, value)| value.is_some() != (tariff < tariffs)) {
                return other("число тарифов не совпадает с указанным у прибора");
            }
        }
        match device.kept.get(&(key.kind, key.date, key.resource.clone())) {
            None => Ok(()),
            Some(kept) if kept.content.says(&asked.content) => {
                let why = format!("Показание прибора учёта {guid} за {} уже размещено", key.date);
                Err(Refusal::new(refusal::REPEATED_READING, why))
            }
            Some(_) => {
                let why = format!("За {} уже размещено другое показание прибора учёта {guid}", key.date);
                Err(Refusal::new(refusal::OTHER_READING, why))
            }
        }
    }

    /// Keeps a reading that was judged, and gives it an identifier.
    fn place(&mut self, owner: Guid, key: &ReadingKey, content: Content, at: OffsetDateTime) -> Guid {
        if let Some(device) = self.devices.get_mut(&key.device) {
            let kept = Kept { content, by: Some(owner), imported: true, entered: at };
            device.kept.insert((key.kind, key.date, key.resource.clone()), kept);
        }
        // Nothing asks for it; it only has to be its own and always the same.
        let name = format!("{:?}/{}/{}", key.kind, key.date, key.resource);
        Guid::new(Uuid::new_v5(&key.device.uuid(), name.as_bytes()))
    }
}

impl Content {
    /// Whether it says the same; the month of a reading, which may be left out, does not count.
    fn says(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Value { shown, .. }, Self::Value { shown: again, .. }) => shown == again,
            _ => self == other,
        }
    }
}
