//! Schemas: loading and model.

mod cycles;
mod load;
mod model;
mod references;

pub(crate) use cycles::refuse as refuse_cycles;
pub use load::load;
pub(crate) use load::{Document, children, origin, qname, read_schema, required, text_of};
pub use model::*;
pub(crate) use references::refuse as refuse_dangling;

/// Namespace of XML Schema.
pub const XS: &str = "http://www.w3.org/2001/XMLSchema";
/// Namespace of our additions to the contract (`xs:appinfo`, `wsdl:documentation`).
pub const GKH: &str = "urn:gis-gkh:contract";
/// Namespace of XML Signature: kept raw, never modelled.
pub const XMLDSIG: &str = "http://www.w3.org/2000/09/xmldsig#";
