//! Answers of the contract as plain data.

use std::collections::BTreeMap;

use gis_gkh::Date;
use gis_gkh::contract::nsi_base::NsiRef;
use gis_gkh::contract::organizations_registry_common::{
    AccessRequest, AccessRequestKind, AccessRequestStatus, AccessRight, DataProvider, DelegatedAccess,
    FoundOrganization, OrganizationDetails, object_scope, territory_scope,
};

use super::facts::{Application, Delegation, Entry, Power, Provider, Recipient, Registered, Status};

pub(super) fn registered(found: &FoundOrganization) -> Registered {
    let version = &found.org_version;
    let mut organisation = Registered {
        ogrn: String::new(),
        kpp: None,
        name: None,
        root: found.org_root_entity_guid.uuid(),
        version: version.org_version_guid.uuid(),
        org_ppa_guid: found.org_ppa_guid.map(gis_gkh::Guid::uuid),
        registered: found.is_registered,
        actual: version.is_actual,
        ended: None,
        roles: found.organization_roles.iter().map(entry).collect(),
    };
    match &version.organization_details {
        OrganizationDetails::Legal(legal) => {
            organisation.ogrn.clone_from(&legal.ogrn);
            organisation.kpp.clone_from(&legal.kpp);
            organisation.name = Some(legal.short_name.as_ref().unwrap_or(&legal.full_name).clone());
            organisation.ended = day(legal.activity_end_date);
        }
        OrganizationDetails::Subsidiary(division) => {
            organisation.ogrn.clone_from(&division.ogrn);
            organisation.kpp = Some(division.kpp.clone());
            organisation.name = Some(division.short_name.as_ref().unwrap_or(&division.full_name).clone());
            organisation.ended = day(division.activity_end_date);
        }
        // A sole trader's name is a person's.
        OrganizationDetails::Entrp(trader) => organisation.ogrn.clone_from(&trader.ogrnip),
        OrganizationDetails::ForeignBranch(branch) => {
            organisation.kpp = Some(branch.kpp.clone());
            organisation.name = Some(branch.short_name.as_ref().unwrap_or(&branch.full_name).clone());
            organisation.ended = day(branch.accreditation_end_date);
        }
    }
    organisation
}

pub(super) fn provider(found: &DataProvider) -> Provider {
    Provider {
        data_provider_guid: found.data_provider_guid.uuid(),
        root: found.reg_org.org_root_entity_guid.uuid(),
        actual: found.is_actual,
    }
}

/// What was delegated, by organisations: one may stand on several pages.
pub(super) fn delegations(found: &[DelegatedAccess]) -> Vec<Delegation> {
    let mut all: BTreeMap<_, Delegation> = BTreeMap::new();
    for access in found {
        let (org_ppa_guid, root) = (access.org_ppa_guid.uuid(), access.reg_org.org_root_entity_guid.uuid());
        let empty = || Delegation { org_ppa_guid, root, applications: Vec::new() };
        let delegation = all.entry(org_ppa_guid).or_insert_with(empty);
        delegation.applications.extend(access.access_request.iter().map(application));
    }
    all.into_values().collect()
}

fn application(request: &AccessRequest) -> Application {
    Application {
        guid: request.access_request_guid.uuid(),
        recipient: match &request.r#type {
            AccessRequestKind::ForInformationSystemOperator => Recipient::Operator,
            AccessRequestKind::ForCalculationCenter => Recipient::BillingCentre,
            _ => Recipient::Other,
        },
        from: request.start_date.date(),
        until: day(request.end_date),
        status: match &request.status {
            AccessRequestStatus::Created | AccessRequestStatus::Preset => Status::Created,
            AccessRequestStatus::WaitingApproval => Status::Waiting,
            AccessRequestStatus::Accepted => Status::Accepted,
            AccessRequestStatus::Declined => Status::Declined,
            AccessRequestStatus::Revoked => Status::Revoked,
            AccessRequestStatus::Annulled => Status::Annulled,
            AccessRequestStatus::Closed => Status::Closed,
            _ => Status::Other,
        },
        changed: day(request.status_change_date),
        reason: request.status_reason.clone().filter(|reason| !reason.trim().is_empty()),
        powers: request.delegated_access_right.iter().map(power).collect(),
    }
}

fn power(right: &AccessRight) -> Power {
    Power {
        guid: right.access_right_guid.uuid(),
        actual: right.is_actual,
        everywhere: matches!(right.territory_info.scope, territory_scope::Scope::AllTerritories),
        all_objects: matches!(right.object_info.scope, object_scope::Scope::AllObjects),
        kinds: right.information_type.iter().map(entry).collect(),
    }
}

fn entry(reference: &NsiRef) -> Entry {
    Entry { code: reference.code.clone(), name: reference.name.clone() }
}

fn day(date: Option<Date>) -> Option<time::Date> {
    date.map(|date| date.date())
}
