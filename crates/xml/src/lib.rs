//! XML for ГИС ЖКХ messages: what generated types stand on.
//!
//! * [`events`]: well-formed XML with limits and namespaces in scope; canonicalisation and the typed reader share it.
mod error;
pub mod events;
mod limits;

pub use error::{Error, ErrorKind};
pub use limits::Limits;
