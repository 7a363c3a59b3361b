//! GOST through OpenSSL 3 and an engine: TLS connections to a stand, and keys that the engine reads or keeps.
//!
//! The engine is loaded into the process by [`Engine::load`], whatever `OPENSSL_CONF` says. With it [`GostTls`] makes the
//! connections of a [`gis_gkh::Http`], and [`Credentials::signer`] signs. Nothing else of the project needs OpenSSL: a build
//! without this crate reaches a stand through a tunnel.
//!
//! ```no_run
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use std::sync::Arc;
//!
//! use gis_gkh::clock::SystemClock;
//! use gis_gkh::{HttpLimits, Stand};
//! use gis_gkh_openssl::{Credentials, Engine, EngineSpec, GostTls, Settings};
//!
//! let engine = Engine::load(&EngineSpec::gost())?;
//! let credentials = Credentials::from_pem(engine, &std::fs::read("org.crt")?, &std::fs::read("org.key")?, None)?;
//! let stand = Stand::ppak("api.dom.gosuslugi.ru:443");
//! let settings = Settings { credentials: Some(credentials), ..Settings::new(&stand, "trusted.pem") };
//! let tls = GostTls::new(engine, settings, Arc::new(SystemClock))?;
//! let transport = stand.transport_over(tls, HttpLimits::default())?;
//! # drop(transport);
//! # Ok(())
//! # }
//! ```

mod connector;
mod credentials;
mod engine;
mod key;
mod peer;
mod service;
mod suite;
mod trust;

pub use connector::heard::Heard;
pub use connector::{Floor, GostTls, Settings, TlsError};
pub use credentials::{Credentials, CredentialsError};
pub use engine::{Engine, EngineError, EngineSpec};
pub use key::OpensslKey;
pub use peer::{Peer, PeerCertificate};
pub use service::{ServiceTls, ServiceTlsError};
pub use suite::Suite;
pub use trust::TrustError;
