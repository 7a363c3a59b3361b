//! Signatures by a key that never leaves its token: Rutoken, JaCarta and other PKCS#11 modules.
//!
//! [`Pkcs11Signer`] is a provider in the sense of [`gis_gkh_sign::signer::RawSigner`]; `Verified` makes a signer of it. The
//! session is kept open; when the token is unplugged, signing fails with an error that passes, and the next signature opens
//! a session anew. A wrong PIN is tried once, never again by itself ([`Pkcs11Error::PinRefused`]). Every module is called on
//! a thread of its own: a call that hangs is given up after a time limit ([`Pkcs11Error::Slow`]).
//!
//! ```no_run
//! use gis_gkh_sign::certificate::Certificate;
//! use gis_gkh_sign::signer::{Pkcs11Config, SecretSource, Signer as _, TokenChoice, Verified};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let certificate = Certificate::from_pem(&std::fs::read_to_string("org.crt")?)?;
//! let config = Pkcs11Config {
//!     module: "/usr/lib/librtpkcs11ecp.so".into(),
//!     token: TokenChoice::Only,
//!     key_label: Some("org".to_owned()),
//!     key_id: None,
//!     pin: Some(SecretSource::File("/run/credentials/gkh/pin".into())),
//!     pin_retry: false,
//!     mechanism: None,
//!     limit: gis_gkh_sign::signer::Pkcs11Config::LIMIT,
//! };
//! let provider = gis_gkh_pkcs11::Pkcs11Signer::open(&config, certificate.key_size(), None)?;
//! let signer = Verified::open(certificate, provider)?;
//! assert_eq!(signer.sign(b"canonical SignedInfo")?.len(), 64);
//! # Ok(())
//! # }
//! ```

#![allow(
    clippy::useless_conversion,
    clippy::unnecessary_fallible_conversions,
    reason = "CK_ULONG is u64 here and u32 elsewhere"
)]

mod code;
mod error;
mod key;
mod library;
mod mechanism;
mod module;
mod pin;
mod session;
mod signer;
mod thread;

pub use code::Code;
pub use error::Pkcs11Error;
pub use mechanism::{MECHANISMS, Mechanism, Standing};
pub use signer::{Pkcs11Signer, open};
