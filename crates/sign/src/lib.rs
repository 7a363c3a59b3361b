//! XAdES-BES on GOST keys for ГИС ЖКХ: canonical XML, signing, verification.

pub mod c14n;
pub mod certificate;
#[cfg(feature = "conformance")]
pub mod conformance;
pub mod gost;
pub mod issue;
mod issuer;
pub mod key;
mod pem;
pub mod signer;
pub mod trust;
pub mod xades;
