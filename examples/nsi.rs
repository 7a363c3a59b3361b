//! Writes two entries of the organisation's own book of additional services and deletes a third.
//!
//! `cargo run --example nsi` shows what would be sent; `examples/support` says how to send it.

mod support;

use gis_gkh::contract::nsi::{AdditionalService, AdditionalServiceUnit, ImportAdditionalServicesRequest, KnownEntry};
use gis_gkh::{Guid, Guids, join};
use support::Failure;

/// A new service, a new name for a known one, and one that is no more.
pub(crate) fn request(guids: &Guids) -> Result<ImportAdditionalServicesRequest, Failure> {
    // 796 is a piece in the classifier of units (ОКЕИ).
    let piece = AdditionalServiceUnit::Okei("796".to_owned());
    let intercom = AdditionalService::new(guids.fresh()?, "Домофон", piece.clone());
    let concierge = AdditionalService {
        element_guid: Some("5d0c4c1e-0000-4000-8000-000000000601".parse()?),
        ..AdditionalService::new(guids.fresh()?, "Консьерж, круглосуточно", piece)
    };
    let antenna = KnownEntry::new(guids.fresh()?, "5d0c4c1e-0000-4000-8000-000000000602".parse()?);
    Ok(ImportAdditionalServicesRequest {
        import_additional_service_type: vec![intercom, concierge],
        delete_additional_service_type: vec![antenna],
        ..ImportAdditionalServicesRequest::new()
    })
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let request = request(&support::guids())?;
    let Some(client) = support::prepare(&request)? else { return Ok(()) };

    let written = request.import_additional_service_type.iter().map(|entry| entry.transport_guid);
    let deleted = request.delete_additional_service_type.iter().map(|entry| entry.transport_guid);
    let sent: Vec<Guid> = written.chain(deleted).collect();

    let receipt = client.nsi().import_additional_services(request).await?;
    let results = support::result::<ImportAdditionalServicesRequest>(&client, &receipt).await?.unwrap_or_default();
    support::report(&join(&sent, &results))
}
