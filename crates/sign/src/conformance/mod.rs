//! The suite every provider of signatures is held to: same documents, same verifier, same refusals.
//!
//! A provider's tests implement [`Subject`] and let [`hold`] run over it:
//!
//! ```no_run
//! use gis_gkh_sign::conformance::{Subject, hold, Sample};
//! use gis_gkh_sign::gost::{OsEntropy, PrivateKey};
//! use gis_gkh_sign::signer::{BuiltinKey, RawSigner, SignError};
//!
//! struct Builtin;
//!
//! impl Subject for Builtin {
//!     fn provider(&self, sample: &Sample) -> Result<Box<dyn RawSigner>, SignError> {
//!         let key = PrivateKey::from_pem(&sample.private_key)?;
//!         Ok(Box::new(BuiltinKey::new(key, Box::new(OsEntropy))))
//!     }
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let checks = hold(&Builtin, &std::env::temp_dir())?;
//! assert!(checks > 0);
//! # Ok(())
//! # }
//! ```
//!
//! [`hold`] leaves the signed messages in the folder it was given; [`judge`] lets the verifier that shares no code with us
//! read them.

mod bend;
mod checks;
mod documents;
mod judge;
mod sample;

use std::fmt;
use std::path::Path;

pub use judge::{Judgement, judge};
pub use sample::Sample;

use crate::signer::{RawSigner, SignError};

/// A provider under test.
pub trait Subject {
    /// The provider with this key: a token with the key on it, a program that reads it, and so on.
    ///
    /// # Errors
    /// The provider cannot be had; the suite fails then.
    fn provider(&self, sample: &Sample) -> Result<Box<dyn RawSigner>, SignError>;

    /// PINs and passwords in use, which nothing may show. The private key itself is known to the suite.
    fn secrets(&self) -> Vec<String> {
        Vec::new()
    }

    /// The samples the provider is tried with: all three curves, unless it cannot hold one of them.
    fn samples(&self) -> Vec<&'static str> {
        Sample::NAMES.to_vec()
    }
}

/// A provider does not do what every provider must.
#[derive(Debug)]
pub struct Failure {
    check: &'static str,
    sample: String,
    what: String,
}

impl Failure {
    fn new(check: &'static str, sample: &Sample, what: impl fmt::Display) -> Self {
        Self { check, sample: sample.name.clone(), what: what.to_string() }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} with the key {}: {}", self.check, self.sample, self.what)
    }
}

impl std::error::Error for Failure {}

/// Runs every check over the provider, leaves the signed messages in `folder`, and gives the number of checks.
///
/// # Errors
/// The first check that failed.
pub fn hold(subject: &dyn Subject, folder: &Path) -> Result<usize, Failure> {
    let mut passed = 0;
    for name in subject.samples() {
        let sample = Sample::read(name)?;
        for check in checks::ALL {
            check(subject, &sample, folder)?;
            passed += 1;
        }
    }
    Ok(passed)
}
