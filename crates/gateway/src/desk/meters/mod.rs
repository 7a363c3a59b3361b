//! The desk of meters: readings (показания приборов учёта), service `device-metering`.
//!
//! What goes where is written in `document`; how a file is split into messages in `plan`; what is sent and what is asked in
//! `exchange` and `lookup`.

mod document;
mod exchange;
mod lookup;
mod plan;

pub(crate) use exchange::Readings;
pub use plan::{Plan, carry, plan};

/// The kind of objects this desk sends.
pub const KIND: &str = "readings";
