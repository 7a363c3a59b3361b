//! Typed client for ГИС ЖКХ, the Russian state information system of housing and utilities.
//!
//! The contract is generated from `wsdl/` and `xsd/` when the crate is built: a struct for each type, an enum for each
//! choice, a method for each operation. [`Client`] signs requests (XAdES-BES on a GOST key), sends them once and reads
//! what comes back; every error says whether the request may have left.
//!
//! What waits, retries and survives a crash is in `gis-gkh-delivery`; what turns a billing system's records into
//! requests is in `gis-gkh-gateway`.

mod answer;
mod client;
pub mod clock;
pub mod codes;
mod compose;
pub mod connect;
pub mod envelope;
mod error;
mod fault;
pub mod files;
mod guids;
pub mod handshake;
mod http;
#[cfg(feature = "house-management")]
mod imports;
mod inspect;
mod join;
pub mod operation;
pub mod paging;
pub mod paths;
mod proof;
pub mod stand;
pub mod transport;

#[allow(
    dead_code,
    unused_imports,
    unreachable_pub,
    clippy::all,
    reason = "generated: a type has its whole interface whether or not this crate uses all of it"
)]
pub mod contract {
    //! The wire contract, generated from `wsdl/` and `xsd/` when the crate is built.
    include!(concat!(env!("OUT_DIR"), "/contract.rs"));
}

pub use answer::{Answer, Receipt, body, receipt, state};
pub use client::{Client, Progress, send};
pub use compose::{ComposeError, Identity, Message};
pub use error::{CallError, Level, SystemError};
pub use fault::Fault;
pub use gis_gkh_xml::{Date, DateTime, Decimal, Element, Guid};
pub use guids::Guids;
pub use http::{Http, HttpLimits, PlainHttp};
pub use inspect::{Inspection, inspect};
pub use join::{Joined, join};
pub use proof::{AnswerCheck, AnswerPolicy, Proof, Signed, Unproven, checked_state};
pub use stand::Stand;
