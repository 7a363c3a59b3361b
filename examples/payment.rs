//! Tells of payments that the organisation has received itself: one by document, one by account.
//!
//! `cargo run --example payment` shows what would be sent; `examples/support` says how to send it.

mod support;

use gis_gkh::contract::payment::supplier_notification::PaidFor;
use gis_gkh::contract::payment::{ImportSupplierNotificationsOfOrderExecutionRequest, PaidMonth, SupplierNotification};
use gis_gkh::{Decimal, Guids, join};
use support::Failure;
use time::macros::date;

/// A payment for a document of October and one for services of an account, in roubles.
pub(crate) fn request(guids: &Guids) -> Result<ImportSupplierNotificationsOfOrderExecutionRequest, Failure> {
    let by_document = SupplierNotification {
        online_payment: true,
        ..SupplierNotification::new(
            guids.fresh()?,
            date!(2026 - 11 - 05),
            PaidFor::PaymentDocumentId("00АА000001-01-6101".to_owned()),
            Decimal::from_kopecks(136_293),
        )
    };
    let by_account = SupplierNotification {
        order_period: Some(PaidMonth::new(10, 2026)),
        ..SupplierNotification::new(
            guids.fresh()?,
            date!(2026 - 11 - 06),
            PaidFor::ServiceId("00АА000002-01".to_owned()),
            "500.00".parse()?,
        )
    };
    Ok(ImportSupplierNotificationsOfOrderExecutionRequest::new(vec![by_document, by_account]))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    type Request = ImportSupplierNotificationsOfOrderExecutionRequest;

    let request = request(&support::guids())?;
    let Some(client) = support::prepare(&request)? else { return Ok(()) };

    let sent = request.supplier_notification_of_order_execution.clone();
    let receipt = client.payment().import_supplier_notifications_of_order_execution(request).await?;
    let results = support::result::<Request>(&client, &receipt).await?.unwrap_or_default();
    support::report(&join(&sent, &results))
}
