//! Service organizations-registry-common: organisations and who provides data for whom.

use gis_gkh::Guid;
use gis_gkh::contract::organizations_registry_base::{Legal, RegOrg};
use gis_gkh::contract::organizations_registry_common::{
    DataProvider, ExportDataProviderRequest, ExportOrgRegistryRequest, FoundOrganization, OrganizationDetails,
    OrganizationKey, OrganizationVersion, get_state_result::Outcome,
};
use gis_gkh_xml::Date;
use time::OffsetDateTime;
use time::macros::date;
use uuid::Uuid;

use crate::powers::{Tie, tie};
use crate::refusal::Refusal;
use crate::seed::Organisation;
use crate::settings::Access;

/// Organisations that fit any of the criteria.
pub(crate) fn find(all: &[Organisation], request: &ExportOrgRegistryRequest) -> Result<Outcome, Refusal> {
    let fits = |organisation: &&Organisation| {
        request.search_criteria.iter().any(|criteria| match &criteria.organization_key {
            // Nobody in the sandbox has a КПП, so one asked for fits nobody.
            OrganizationKey::OgrnAndKpp(key) => key.ogrn == organisation.ogrn && key.kpp.is_none(),
            OrganizationKey::OrgPpaGuid(guid) => *guid == organisation.org_ppa_guid && organisation.registered,
            OrganizationKey::OrgRootEntityGuid(guid) => *guid == root(organisation),
            OrganizationKey::OrgVersionGuid(guid) => *guid == version(organisation),
            OrganizationKey::Ogrnip(_) | OrganizationKey::Nza(_) => false,
        })
    };
    let edited_since = request.last_editing_date_from.is_none_or(|from| EDITED.date() >= from.date());
    let found: Vec<FoundOrganization> = all.iter().filter(fits).filter(|_| edited_since).map(shown).collect();
    if found.is_empty() {
        return Err(Refusal::nothing_found());
    }
    Ok(Outcome::ExportOrgRegistryResult(found))
}

/// Organisations a certificate with this ОГРН acts for, and unless it is asked otherwise those it does not any more.
pub(crate) fn providers(
    all: &[Organisation],
    access: &Access,
    ogrn: &str,
    request: &ExportDataProviderRequest,
    at: OffsetDateTime,
) -> Result<Outcome, Refusal> {
    let provider = |organisation: &Organisation| {
        let alive = tie(organisation, access, ogrn, at)? == Tie::Alive;
        let shown = alive || !request.is_actual;
        shown.then(|| DataProvider::new(organisation.org_ppa_guid, alive, RegOrg::new(root(organisation))))
    };
    let found: Vec<DataProvider> = all.iter().filter_map(provider).collect();
    if found.is_empty() {
        return Err(Refusal::nothing_found());
    }
    Ok(Outcome::ExportDataProviderResult(found))
}

/// When every organisation was last edited.
const EDITED: Date = Date::new(date!(2026 - 01 - 01));

fn shown(organisation: &Organisation) -> FoundOrganization {
    let legal = Legal::new(organisation.name.clone(), organisation.ogrn.clone());
    let legal = OrganizationDetails::Legal(legal);
    let shown = OrganizationVersion::new(version(organisation), EDITED, true, legal);
    let mut found = FoundOrganization::new(root(organisation), shown);
    found.org_ppa_guid = organisation.registered.then_some(organisation.org_ppa_guid);
    found.is_registered = organisation.registered;
    found
}

/// `orgRootEntityGUID`: another identifier than orgPPAGUID, as in the real system.
fn root(organisation: &Organisation) -> Guid {
    root_of(organisation.org_ppa_guid)
}

/// `orgRootEntityGUID` of the organisation with this orgPPAGUID.
pub(crate) fn root_of(org_ppa_guid: Guid) -> Guid {
    derived(org_ppa_guid, "root")
}

fn version(organisation: &Organisation) -> Guid {
    derived(organisation.org_ppa_guid, "version")
}

pub(crate) fn derived(org_ppa_guid: Guid, what: &str) -> Guid {
    Guid::new(Uuid::new_v5(&org_ppa_guid.uuid(), what.as_bytes()))
}
