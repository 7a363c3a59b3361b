//! Encryption of what is kept, as settings.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use gis_gkh_delivery::MasterSource;

use super::error::ConfigError;
use super::given::Given;

/// How long a program may take to print the master key.
const PATIENCE: Duration = Duration::from_secs(30);

/// Where the keys lie under which the store keeps its bodies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encryption {
    /// The folder of the keyring, outside the store and its backup.
    pub folder: PathBuf,
    /// Where the master key is kept.
    pub master: MasterSource,
}

/// Encryption is on unless it is switched off; without more the keys lie beside the store, in a folder of its name with `-keys`.
/// Each of several organisations has a folder of its own in the one that is set.
pub(super) fn read(given: &Given, data_dir: &Path, id: Option<&str>) -> Result<Option<Encryption>, ConfigError> {
    let enabled = given.switch("encryption.enabled")?;
    let folder = match (given.path("encryption.folder"), id) {
        (Some(folder), Some(id)) => folder.join(id),
        (Some(folder), None) => folder,
        (None, _) => beside(data_dir),
    };
    let sources = [
        given.path("encryption.master_file").map(MasterSource::File),
        given.text("encryption.master_variable").map(MasterSource::Environment),
        given.text("encryption.master_command").map(|line| {
            // Words, with nothing between them and the program: no shell, no quotes.
            let mut words = line.split_whitespace().map(OsString::from);
            let program = words.next().unwrap_or_default();
            MasterSource::Command { program, arguments: words.collect(), limit: PATIENCE }
        }),
    ];
    let mut sources = sources.into_iter().flatten();
    let master = sources.next().unwrap_or_else(|| MasterSource::File(folder.join("master.key")));
    if sources.next().is_some() {
        return Err(given.wrong("encryption", "given one of master_file, master_variable and master_command"));
    }
    Ok(enabled.unwrap_or(true).then_some(Encryption { folder, master }))
}

fn beside(data_dir: &Path) -> PathBuf {
    let mut name = data_dir.file_name().map(OsString::from).unwrap_or_else(|| "gkh".into());
    name.push("-keys");
    data_dir.with_file_name(name)
}
