//! Service device-metering: readings of meters placed and given out.

mod asked;
mod examples;
mod export;
mod exported;
mod import;
mod register;
mod rows;

pub(crate) use examples::{meters as example_meters, types as example_types};
pub(crate) use register::Register;
pub use register::{ReadingEffect, ReadingKey, ReadingKind};
pub use rows::{Meter, MeterSort, Reading};
