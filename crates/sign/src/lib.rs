//! XAdES-BES on GOST keys for ГИС ЖКХ: canonical XML, signing, verification.

pub mod c14n;
pub mod certificate;
pub mod gost;
mod issuer;
pub mod key;
mod pem;
pub mod signer;
pub mod xades;
