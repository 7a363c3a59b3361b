//! The signature of ГИС ЖКХ messages: XAdES-BES, enveloped, first child of the request element.
//!
//! A message is signed in place and serialised once: [`sign`] puts the signature into the bytes of the unsigned message
//! ([`Unsigned`]) and changes nothing else. [`sign_checked`] also reads its own output back and verifies it, as [`verify`]
//! does for any message: what [`Report::element`] says is covered is all that may be believed.
//!
//! ```no_run
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use gis_gkh_sign::{signer::BuiltinSigner, xades};
//!
//! let signer = BuiltinSigner::from_pem(&std::fs::read_to_string("org.crt")?, &std::fs::read_to_string("org.key")?)?;
//! let envelope = std::fs::read("request.xml")?;
//! let limits = gis_gkh_xml::Limits::default();
//! let unsigned = xades::Unsigned::locate(&envelope, &limits)?;
//! let signing = xades::Signing {
//!     profile: xades::ByteProfile::default(),
//!     time: time::macros::datetime!(2026-11-21 10:00 +3),
//!     id: "6f1c6f3e-3b6e-4a53-8c56-6f2b3f0a4d10",
//! };
//! let signed = xades::sign_checked(&unsigned, &signer, &signing, &limits)?;
//! # Ok(())
//! # }
//! ```

mod build;
mod error;
mod issuer;
mod message;
mod profile;
mod report;
mod signature;
mod tree;
mod unsigned;
mod verify;

pub use build::{BuildError, Signing, sign, sign_checked};
pub use error::VerifyError;
pub use profile::ByteProfile;
pub use report::{Chain, Profile, Report, Untrusted, VerifyOptions};
pub use unsigned::{LocateError, Unsigned};
pub use verify::verify;
