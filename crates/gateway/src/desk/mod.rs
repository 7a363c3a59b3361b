//! Desks: the areas of business. Each knows how its records become requests, and answers results.

pub mod billing;
mod failure;
pub mod words;

/// The paths of elements each desk uses: its name, and lines `service/operation: element/element`. Made from what goes over
/// the wire when the desk works; a release of the formats is held against them.
pub const PATHS: &[(&str, &str)] = &[("billing", include_str!("../../desks/billing.txt"))];
