//! The sample keys of the repository.

use std::path::{Path, PathBuf};

use super::Failure;
use crate::certificate::Certificate;

/// A sample key with its certificate. All are public, and refused by every stand but the sandbox.
#[derive(Clone)]
pub struct Sample {
    /// Its name, that of the files.
    pub name: String,
    /// The certificate as PEM.
    pub certificate: String,
    /// The private key as PEM: PKCS#8, not encrypted.
    pub private_key: String,
}

/// Not the key, even one that is public on purpose: a habit has no exceptions.
impl std::fmt::Debug for Sample {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sample").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Sample {
    /// Both sizes and all curves in use: CryptoPro-A (XchA), tc26-512-A, tc26-256-A.
    pub const NAMES: [&'static str; 3] = ["org-256", "org-512", "org-tc26a-256"];

    /// Reads a sample of the repository.
    ///
    /// # Errors
    /// There is none of this name.
    pub fn read(name: &str) -> Result<Self, Failure> {
        let read = |extension: &str| {
            let path = folder().join(format!("{name}.{extension}"));
            std::fs::read_to_string(&path).map_err(|error| Failure {
                check: "reading the samples",
                sample: name.to_owned(),
                what: format!("{}: {error}", path.display()),
            })
        };
        Ok(Self { name: name.to_owned(), certificate: read("crt")?, private_key: read("key")? })
    }

    /// The folder of the samples.
    pub fn folder() -> PathBuf {
        folder()
    }

    /// The centre that issued them all; its key is no sample to sign with.
    pub(super) fn ca() -> Result<Self, Failure> {
        Self::read("ca")
    }

    pub(super) fn certificate(&self, check: &'static str) -> Result<Certificate, Failure> {
        Certificate::from_pem(&self.certificate).map_err(|error| Failure::new(check, self, error))
    }

    /// A certificate of the same size for another key; of the other size if `other_size`.
    pub(super) fn stranger(&self, other_size: bool) -> Result<Self, Failure> {
        Self::read(match (self.name.as_str(), other_size) {
            ("org-512", true) => "org-256",
            (_, true) => "org-512",
            ("org-512", false) => "org-256",
            ("other-256", false) => "org-256",
            (_, false) => "other-256",
        })
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/keys")
}
