//! Reads a common reference book (справочник НСИ): the kinds of housing services, book 50.
//!
//! `cargo run --example nsi_common` shows what would be sent; `examples/support` says how to send it.

mod support;

use gis_gkh::contract::nsi_base::BookGroup;
use gis_gkh::contract::nsi_common::ExportNsiItemRequest;
use support::Failure;
use time::macros::datetime;

/// Entries of book 50 that changed this year.
pub(crate) fn request() -> ExportNsiItemRequest {
    ExportNsiItemRequest {
        modified_after: Some(datetime!(2026-01-01 0:00 +3).into()),
        ..ExportNsiItemRequest::new(50, BookGroup::Nsi)
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let request = request();
    let Some(client) = support::prepare(&request)? else { return Ok(()) };

    let receipt = client.nsi_common().export_nsi_item(request).await?;
    match support::result::<ExportNsiItemRequest>(&client, &receipt).await? {
        Some(book) => support::print(&book),
        None => Err("the book has not changed".into()),
    }
}
