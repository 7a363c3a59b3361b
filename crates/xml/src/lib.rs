//! XML for ГИС ЖКХ messages: what generated types stand on.
//!
//! * [`events`]: well-formed XML with limits and namespaces in scope; canonicalisation and the typed reader share it.
//! * [`Reader`]: typed and pulled, strict or tolerant; [`Writer`]: exclusive canonical bytes.
//! * [`Value`] and the types under [`value`]: simple types, decimals exactly as given.
//! * [`check`]: facets, occurrence and identity constraints, with the path of the offender.
pub mod check;
mod element;
mod error;
pub mod events;
mod limits;
mod name;
mod outline;
mod raw;
mod reader;
pub mod value;
mod writer;

pub use element::Element;
pub use error::{Error, ErrorKind};
pub use limits::Limits;
pub use name::{Name, Namespace, Namespaces, Ns, XSI};
pub use raw::Raw;
pub use reader::{Drift, DriftKind, Mode, Reader};
pub use value::{Base64, Date, DateTime, Decimal, Guid, Token, Value, Year, YearMonth};
pub use writer::{Attribute, Versions, Writer, escape_attribute, escape_text};
