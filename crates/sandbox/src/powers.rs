//! Rights organisations have delegated, and who may act for whom by them.

use gis_gkh::Guid;
use gis_gkh::clock::MOSCOW;
use gis_gkh::contract::nsi_base::NsiRef;
use gis_gkh::contract::organizations_registry_base::RegOrg;
use gis_gkh::contract::organizations_registry_common::{
    AccessRequest, AccessRequestKind, AccessRequestStatus, AccessRight, DelegatedAccess, ExportDelegatedAccessRequest,
    ObjectScope, TerritoryScope, export_delegated_access_request::Criteria, get_state_result::Outcome, object_scope,
    territory_scope,
};
use serde::Deserialize;
use time::{Date, OffsetDateTime};

use crate::organizations::{derived, root_of};
use crate::refusal::Refusal;
use crate::seed::{Entry, Organisation, date, some_date, yes};
use crate::settings::Access;

/// The book of kinds of information.
pub(crate) const KINDS: u64 = 291;

/// What an organisation has delegated by one application.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Power {
    /// ОГРН of the certificates that have it.
    operator: String,
    #[serde(default)]
    recipient: Recipient,
    #[serde(deserialize_with = "date")]
    from: Date,
    #[serde(default, deserialize_with = "some_date")]
    until: Option<Date>,
    #[serde(default)]
    status: Status,
    #[serde(default, deserialize_with = "some_date")]
    changed: Option<Date>,
    #[serde(default)]
    reason: Option<String>,
    #[serde(default)]
    pub(crate) kinds: Vec<String>,
    #[serde(default = "yes")]
    actual: bool,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Recipient {
    #[default]
    Operator,
    BillingCentre,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Status {
    Created,
    Waiting,
    #[default]
    Accepted,
    Declined,
    Revoked,
    Annulled,
    Closed,
}

impl Power {
    fn is_in_force(&self, today: Date) -> bool {
        let begun = self.from <= today;
        let over = self.until.is_some_and(|until| until < today);
        self.status == Status::Accepted && self.actual && begun && !over
    }

    fn application(&self, of: Guid, number: usize, kinds: &[Entry]) -> AccessRequest {
        let guid = derived(of, &format!("power/{number}"));
        let recipient = match self.recipient {
            Recipient::Operator => AccessRequestKind::ForInformationSystemOperator,
            Recipient::BillingCentre => AccessRequestKind::ForCalculationCenter,
        };
        let entries = kinds.iter().filter(|entry| self.kinds.contains(&entry.code));
        let named = entries
            .map(|entry| NsiRef { name: Some(entry.name.clone()), ..NsiRef::new(entry.code.clone(), entry.guid) });
        let right = AccessRight::new(
            derived(guid, "right"),
            TerritoryScope::new(territory_scope::Scope::AllTerritories),
            ObjectScope::new(object_scope::Scope::AllObjects),
            self.actual,
            named.collect(),
        );
        // A right is written with a kind at least; one without would have nothing to say.
        let rights = if self.kinds.is_empty() { Vec::new() } else { vec![right] };
        AccessRequest {
            end_date: self.until.map(Into::into),
            status_change_date: self.changed.map(Into::into),
            status_reason: self.reason.clone(),
            delegated_access_right: rights,
            ..AccessRequest::new(guid, recipient, self.from, self.from, self.status.told())
        }
    }
}

impl Status {
    fn told(self) -> AccessRequestStatus {
        match self {
            Self::Created => AccessRequestStatus::Created,
            Self::Waiting => AccessRequestStatus::WaitingApproval,
            Self::Accepted => AccessRequestStatus::Accepted,
            Self::Declined => AccessRequestStatus::Declined,
            Self::Revoked => AccessRequestStatus::Revoked,
            Self::Annulled => AccessRequestStatus::Annulled,
            Self::Closed => AccessRequestStatus::Closed,
        }
    }
}

/// What ties the holder of a certificate to an organisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tie {
    /// May act for it.
    Alive,
    /// Might once, or will.
    Cut,
}

/// What ties certificates with this ОГРН to an organisation at a moment.
pub(crate) fn tie(organisation: &Organisation, access: &Access, ogrn: &str, at: OffsetDateTime) -> Option<Tie> {
    let today = at.to_offset(MOSCOW).date();
    let powers = || organisation.powers.iter().filter(|power| power.operator == ogrn);
    let own = organisation.ogrn == ogrn || access.is_operator(ogrn, organisation.org_ppa_guid);
    let tie = match own || powers().any(|power| power.is_in_force(today)) {
        true => Some(Tie::Alive),
        false => powers().next().map(|_| Tie::Cut),
    };
    if organisation.linked { tie } else { tie.map(|_| Tie::Cut) }
}

/// What was delegated to holders of certificates with this ОГРН. All of it is one page.
pub(crate) fn delegated(
    all: &[Organisation],
    kinds: &[Entry],
    ogrn: &str,
    request: &ExportDelegatedAccessRequest,
) -> Result<Outcome, Refusal> {
    let wanted = |application: &AccessRequest| match &request.criteria {
        None => true,
        Some(Criteria::AccessRequestGuid(guids)) => guids.contains(&application.access_request_guid),
        Some(Criteria::Page(page)) => page.status.as_ref().is_none_or(|status| *status == application.status),
    };
    let of = |organisation: &Organisation| {
        let owner = organisation.org_ppa_guid;
        let powers = organisation.powers.iter().enumerate().filter(|(_, power)| power.operator == ogrn);
        let applications: Vec<AccessRequest> =
            powers.map(|(number, power)| power.application(owner, number, kinds)).filter(wanted).collect();
        let access = DelegatedAccess::new(owner, RegOrg::new(root_of(owner)));
        (!applications.is_empty()).then_some(DelegatedAccess { access_request: applications, ..access })
    };
    let beyond = matches!(&request.criteria, Some(Criteria::Page(page)) if page.page.is_some_and(|page| page > 1));
    let found: Vec<DelegatedAccess> = if beyond { Vec::new() } else { all.iter().filter_map(of).collect() };
    if found.is_empty() {
        return Err(Refusal::nothing_found());
    }
    Ok(Outcome::ExportDelegatedAccessResult(found))
}
