//! `exportMeteringDeviceHistory`: which meters and readings are asked for, and by how many at a time.

use std::ops::{Bound, RangeInclusive};

use gis_gkh::clock::MOSCOW;
use gis_gkh::contract::NAMESPACES;
use gis_gkh::contract::base::AsyncRequestState;
use gis_gkh::contract::device_metering::{
    DeviceCriteria, ExportMeteringDeviceHistoryRequest, GetStateResult, HistoryBlock, NextBlock, Paging,
    get_state_result::Outcome,
};
use gis_gkh::{Element, Guid};
use gis_gkh_xml::Versions;
use time::{Date, OffsetDateTime};

use super::exported::exported;
use super::register::{Device, Kept, RESOURCES, Register, TYPES};
use crate::refusal::{self, Refusal};

impl Register {
    /// Gives out the histories of an organisation's meters in the order of their GUIDs: of one house all at once, else by
    /// pages. Meters without readings in the days asked about are left out, so the last page may have none.
    pub(crate) fn export(
        &self,
        owner: Guid,
        request: &ExportMeteringDeviceHistoryRequest,
        at: OffsetDateTime,
    ) -> Result<Outcome, Refusal> {
        self.may_see(owner, request)?;
        let days = days(request, at)?;
        let single = request.fias_house_guid.len() == 1;
        let most = if single { usize::MAX } else { self.page.max(1) };
        let cursor = request.export_metering_device_root_guid;
        let from = cursor.map_or(Bound::Unbounded, Bound::Included);
        let mut found = Vec::new();
        let mut next = NextBlock::LastPage;
        for (guid, device) in self.devices.range((from, Bound::Unbounded)) {
            if device.organisation != owner || !wanted(device, request) {
                continue;
            }
            if found.len() == most {
                next = NextBlock::From(*guid);
                break;
            }
            let readings = device
                .kept
                .iter()
                .filter(|((_, date, _), kept)| days.contains(date) && is_of_source(kept, owner, request));
            if let Some(mut history) = exported(device, readings, self.archiving.as_ref()) {
                history.fias_house_guid = (!single).then_some(device.house);
                found.push(history);
            }
        }
        if found.is_empty() && cursor.is_none() {
            return Err(Refusal::nothing_found());
        }
        let mut block = HistoryBlock::new(found);
        block.paged_output = (!single).then(|| Paging::new(next));
        let mut result = GetStateResult::new(AsyncRequestState::Processed, owner);
        result.outcome = Some(Outcome::HistoryBlock(block));
        if result.to_xml(NAMESPACES, &Versions::new()).len() > self.largest {
            return Err(Refusal::large_answer(self.largest));
        }
        result.outcome.ok_or_else(Refusal::nothing_found)
    }

    /// Refuses a request that names what is not known or not the organisation's.
    fn may_see(&self, owner: Guid, request: &ExportMeteringDeviceHistoryRequest) -> Result<(), Refusal> {
        for house in &request.fias_house_guid {
            if !self.houses.iter().any(|(known, _)| known == house) {
                return Err(Refusal::new(refusal::NOT_IN_REGISTRY, format!("Дом {house} не найден")));
            }
            if !self.houses.contains(&(*house, owner)) {
                let why = format!("Доступ запрещён: домом {house} управляет другая организация");
                return Err(Refusal::new(refusal::NO_ACCESS, why));
            }
        }
        let (registry, named) = match &request.device_criteria {
            DeviceCriteria::Types(types) => (TYPES, types.as_slice()),
            DeviceCriteria::Resources(resources) => (RESOURCES, resources.as_slice()),
            DeviceCriteria::Roots(_) => (TYPES, [].as_slice()),
        };
        named.iter().try_for_each(|entry| self.known.expect(registry, entry))?;
        match request.export_metering_device_root_guid {
            Some(from) if self.devices.get(&from).is_none_or(|device| device.organisation != owner) => {
                Err(Refusal::new(refusal::NOT_IN_REGISTRY, format!("Прибор учёта {from} не найден")))
            }
            _ => Ok(()),
        }
    }
}

/// The days asked about: since the first of last month till today, where nothing else is said.
fn days(request: &ExportMeteringDeviceHistoryRequest, at: OffsetDateTime) -> Result<RangeInclusive<Date>, Refusal> {
    let today = at.to_offset(MOSCOW).date();
    let last_month = || {
        let first = today.replace_day(1).unwrap_or(today);
        let last = first.previous_day().unwrap_or(first);
        last.replace_day(1).unwrap_or(last)
    };
    let from = request.input_date_from.map_or_else(last_month, |date| date.date());
    let to = request.input_date_to.map_or(today, |date| date.date());
    let month = |date: Date| date.year() * 12 + i32::from(u8::from(date.month()));
    if from > to || month(to) - month(from) > 1 {
        let why = format!("Период с {from} по {to} не укладывается в два соседних месяца");
        return Err(Refusal::new(refusal::LONG_PERIOD, why));
    }
    Ok(from..=to)
}

/// Whether a meter is among those asked for.
fn wanted(device: &Device, request: &ExportMeteringDeviceHistoryRequest) -> bool {
    let Device { meter, house, resources, .. } = device;
    let houses = &request.fias_house_guid;
    let asked = match &request.device_criteria {
        DeviceCriteria::Types(types) => types.iter().any(|entry| entry.code == meter.device_type),
        DeviceCriteria::Resources(all) => {
            all.iter().any(|entry| resources.iter().any(|resource| resource.code == entry.code))
        }
        DeviceCriteria::Roots(guids) => guids.contains(&meter.guid),
    };
    let within = |date: Option<Date>, from: Option<gis_gkh::Date>, to: Option<gis_gkh::Date>| match date {
        Some(date) => from.is_none_or(|from| date >= from.date()) && to.is_none_or(|to| date <= to.date()),
        None => from.is_none() && to.is_none(),
    };
    asked
        && (houses.is_empty() || houses.contains(house))
        && within(meter.commissioned, request.commissioning_date_from, request.commissioning_date_to)
        && (meter.archived.is_none() || request.search_archived == Some(true))
        && within(meter.archived, request.archive_date_from, request.archive_date_to)
}

/// Whether a reading comes from a source that is not excluded.
fn is_of_source(kept: &Kept, owner: Guid, request: &ExportMeteringDeviceHistoryRequest) -> bool {
    let excluded = match kept.by {
        None => request.exclude_person_as_data_source,
        Some(by) if by == owner => request.exclude_current_org_as_data_source,
        Some(_) => request.exclude_other_org_as_data_source,
    };
    let by_system = kept.imported && kept.by == Some(owner) && request.exclude_is_values == Some(true);
    excluded != Some(true) && !by_system
}
