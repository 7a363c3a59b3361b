//! Desks: the areas of business. Each knows how its records become requests, and answers results.

pub mod billing;
mod failure;
pub mod words;
