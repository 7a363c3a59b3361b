//! What a release changes: on small invented pairs of schemas, and on the packages the operator published.
#![expect(clippy::expect_used, clippy::panic, reason = "a test that fails says why")]

mod calls;
mod changelog;
mod kinds;
mod official;
mod places;
mod service;
mod values;
