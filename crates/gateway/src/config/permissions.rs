//! Who may read the files of keys: on a real stand a key that others can read is refused, on the sandbox it is told of.

use std::path::{Path, PathBuf};

use gis_gkh::stand::StandKind;
use gis_gkh_delivery::MasterSource;
use gis_gkh_sign::signer::{OpensslKeySource, ProviderConfig};

use super::Config;
use super::error::ConfigError;

/// A file of a key that others may read or change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loose {
    /// The setting that names it.
    pub key: &'static str,
    /// The file.
    pub path: PathBuf,
    /// Its permissions.
    pub mode: u32,
}

impl Config {
    /// Files of keys that others than the owner may read or change (a group that may read is let be). Files that are not there
    /// are not looked at. Passwords and PINs are held to the same when they are read, on every stand.
    #[must_use]
    pub fn loose(&self) -> Vec<Loose> {
        let mut files: Vec<(&'static str, &Path)> = Vec::new();
        match &self.key.provider {
            ProviderConfig::Builtin(builtin) => files.push(("key.private_key", &builtin.private_key)),
            ProviderConfig::Openssl(openssl) => files.extend(file("key.private_key", "key.pkcs12", &openssl.key)),
            _ => {}
        }
        if let Some(tls) = &self.tls {
            files.extend(file("tls.private_key", "tls.pkcs12", &tls.key));
        }
        if let Some(MasterSource::File(path)) = self.encryption.as_ref().map(|encryption| &encryption.master) {
            files.push(("encryption.master_file", path));
        }
        let mut loose: Vec<Loose> = Vec::new();
        for (key, path) in files {
            match open_to_others(path) {
                Some(mode) if !loose.iter().any(|known| known.path == path) => {
                    loose.push(Loose { key, path: path.to_owned(), mode });
                }
                _ => {}
            }
        }
        loose
    }

    /// Refuses keys that others may read, but for the sandbox.
    ///
    /// # Errors
    /// [`ConfigError::Loose`].
    pub fn check_permissions(&self) -> Result<(), ConfigError> {
        if self.stand.kind == StandKind::Sandbox {
            return Ok(());
        }
        match self.loose().into_iter().next() {
            None => Ok(()),
            Some(Loose { key, path, mode }) => Err(ConfigError::Loose { key, path, mode }),
        }
    }
}

fn file<'c>(pem: &'static str, pkcs12: &'static str, key: &'c OpensslKeySource) -> Option<(&'static str, &'c Path)> {
    match key {
        OpensslKeySource::Pem(path) => Some((pem, path)),
        OpensslKeySource::Pkcs12(path) => Some((pkcs12, path)),
        _ => None,
    }
}

#[cfg(unix)]
fn open_to_others(path: &Path) -> Option<u32> {
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(path).ok()?.permissions()) & 0o777;
    (mode & 0o037 != 0).then_some(mode)
}

#[cfg(not(unix))]
fn open_to_others(_: &Path) -> Option<u32> {
    None
}
