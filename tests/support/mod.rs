//! Sample keys, a clock that stands, and requests.

use std::path::PathBuf;
use std::sync::Arc;

use gis_gkh::contract::bills::ExportPaymentDocumentRequest;
use gis_gkh::contract::bills::export_payment_document_request::Criteria;
use gis_gkh::{Guid, Identity};
use gis_gkh_sign::signer::BuiltinSigner;
use time::OffsetDateTime;
use time::macros::datetime;

/// When the tests sign: past, for the independent verifier looks at the clock. Finer than messages say.
pub(crate) const NOW: OffsetDateTime = datetime!(2026-10-31 09:30:45.125_999 UTC);

pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A sample key or certificate.
pub(crate) fn key_file(name: &str) -> String {
    std::fs::read_to_string(root().join("fixtures/keys").join(name)).unwrap()
}

pub(crate) fn guid(last: u8) -> Guid {
    format!("0f3c2a6e-91d4-4b57-8e2d-0000000000{last:02x}").parse().unwrap()
}

/// The organisation, with one of the sample keys.
pub(crate) fn identity(key: &str) -> Identity {
    let signer = BuiltinSigner::from_pem(&key_file(&format!("{key}.crt")), &key_file(&format!("{key}.key"))).unwrap();
    Identity::new(guid(1), Arc::new(signer))
}

/// A small request: one document by its identifier.
pub(crate) fn export() -> ExportPaymentDocumentRequest {
    ExportPaymentDocumentRequest::new(Criteria::PaymentDocumentId(vec!["00АА000001-01-6101".to_owned()]))
}
