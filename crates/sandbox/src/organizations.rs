//! Service organizations-registry-common: organisations and who provides data for whom.

use gis_gkh::Guid;
use gis_gkh::contract::organizations_registry_base::{Legal, RegOrg};
use gis_gkh::contract::organizations_registry_common::{
    DataProvider, ExportOrgRegistryRequest, FoundOrganization, OrganizationDetails, OrganizationKey,
    OrganizationVersion, get_state_result::Outcome,
};
use gis_gkh_xml::Date;
use time::macros::date;
use uuid::Uuid;

use crate::refusal::Refusal;
use crate::seed::Organisation;

/// Organisations that fit any of the criteria.
pub(crate) fn find(all: &[Organisation], request: &ExportOrgRegistryRequest) -> Result<Outcome, Refusal> {
    let fits = |organisation: &&Organisation| {
        request.search_criteria.iter().any(|criteria| match &criteria.organization_key {
            // Nobody in the sandbox has a КПП, so one asked for fits nobody.
            OrganizationKey::OgrnAndKpp(key) => key.ogrn == organisation.ogrn && key.kpp.is_none(),
            OrganizationKey::OrgPpaGuid(guid) => *guid == organisation.org_ppa_guid,
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

/// Organisations a certificate may act for.
pub(crate) fn providers(all: &[Organisation], reach: &[Guid]) -> Result<Outcome, Refusal> {
    let ours = all.iter().filter(|organisation| reach.contains(&organisation.org_ppa_guid));
    let found: Vec<DataProvider> = ours
        .map(|organisation| DataProvider::new(organisation.org_ppa_guid, true, RegOrg::new(root(organisation))))
        .collect();
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
    found.org_ppa_guid = Some(organisation.org_ppa_guid);
    found.is_registered = true;
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

fn derived(org_ppa_guid: Guid, what: &str) -> Guid {
    Guid::new(Uuid::new_v5(&org_ppa_guid.uuid(), what.as_bytes()))
}
