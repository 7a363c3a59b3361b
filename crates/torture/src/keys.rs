//! The sample keys: public, marked, refused by every stand but the sandbox.

use std::sync::Arc;

use gis_gkh::{Guid, Identity};
use gis_gkh_gateway::sample::org_ppa_guid;
use gis_gkh_sign::certificate::{Certificate, CertificateError};
use gis_gkh_sign::signer::{BuiltinSigner, SignError};

const SANDBOX: (&str, &str) =
    (include_str!("../../../fixtures/keys/sandbox-256.crt"), include_str!("../../../fixtures/keys/sandbox-256.key"));
const ORGANISATION: (&str, &str) =
    (include_str!("../../../fixtures/keys/org-256.crt"), include_str!("../../../fixtures/keys/org-256.key"));
const CENTRE: &str = include_str!("../../../fixtures/keys/ca.crt");

/// What the sandbox signs with.
///
/// # Errors
/// When the fixtures are not what they should be.
pub(crate) fn sandbox() -> Result<BuiltinSigner, SignError> {
    BuiltinSigner::from_pem(SANDBOX.0, SANDBOX.1)
}

/// What the sandbox trusts.
///
/// # Errors
/// When the fixtures are not what they should be.
pub(crate) fn centre() -> Result<Vec<Certificate>, CertificateError> {
    Certificate::all_from_pem(CENTRE)
}

/// The sample organisation as it signs.
///
/// # Errors
/// When the fixtures are not what they should be.
pub(crate) fn identity() -> Result<Identity, SignError> {
    let signer = BuiltinSigner::from_pem(ORGANISATION.0, ORGANISATION.1)?;
    Ok(Identity::new(Guid::new(org_ppa_guid()), Arc::new(signer)))
}
