//! Finds organisations in the registry: the way to learn the orgPPAGUID that requests are sent under.
//!
//! `cargo run --example organizations_registry_common` shows what would be sent; `examples/support` says how to send it.

mod support;

use gis_gkh::contract::organizations_registry_common::organization_key::OgrnAndKpp;
use gis_gkh::contract::organizations_registry_common::{ExportOrgRegistryRequest, OrganizationKey, OrganizationSearch};
use support::Failure;

/// A company by its ОГРН, one of its divisions by КПП, and an entrepreneur by ОГРНИП.
pub(crate) fn request() -> ExportOrgRegistryRequest {
    let company = OgrnAndKpp::new("1000000000001");
    let division = OgrnAndKpp { kpp: Some("000001001".to_owned()), ..company.clone() };
    let entrepreneur = OrganizationKey::Ogrnip("300000000000001".to_owned());
    ExportOrgRegistryRequest::new(vec![
        OrganizationSearch::new(company),
        OrganizationSearch::new(division),
        OrganizationSearch { is_registered: true, ..OrganizationSearch::new(entrepreneur) },
    ])
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let request = request();
    let Some(client) = support::prepare(&request)? else { return Ok(()) };

    let receipt = client.organizations_registry_common().export_org_registry(request).await?;
    let found = support::result::<ExportOrgRegistryRequest>(&client, &receipt).await?.unwrap_or_default();
    for organization in &found {
        support::print(&(organization.org_root_entity_guid, organization.org_ppa_guid))?;
    }
    Ok(())
}
