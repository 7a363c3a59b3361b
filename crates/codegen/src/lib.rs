//! Generator of typed ГИС ЖКХ clients: WSDL and XSD to a model, the model to Rust.
mod error;
pub mod language;
pub mod schema;
pub mod wsdl;

pub use error::Error;
