//! The master key: where it comes from. It is read when needed and kept only as a cipher.

use super::file::{flush, owner_only};
use super::{command, hex};
use crate::seal::body::{Cipher, Secret};
use crate::seal::{Entropy, EntropyError};
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;
use zeroize::Zeroizing;

/// A source longer than this holds something else; bytes.
pub(super) const LONGEST: usize = 4096;

/// Where the master key of a keyring is kept: 32 bytes that only this program reads.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum MasterSource {
    /// A file of 32 bytes, or of 64 hex digits with space around them. On Unix nobody but its owner may read or write it.
    File(PathBuf),
    /// An environment variable with 64 hex digits.
    Environment(String),
    /// What a program prints: 32 bytes, or 64 hex digits with space around them. No shell stands between; its standard
    /// error goes where this program's goes.
    Command {
        /// The program, a path or a name to be found in `PATH`.
        program: OsString,
        /// Its arguments.
        arguments: Vec<OsString>,
        /// It is killed when it takes longer.
        limit: Duration,
    },
}

/// There is no master key to be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MasterError {
    /// No such file.
    #[error("there is no master key file at {}: restore it from its copy, or name another in the settings", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// Others may read or change the file.
    #[error("the master key file {} is open to others (mode {mode:o}): chmod 600 it", path.display())]
    Loose {
        /// The file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// The variable is not set, or is no text.
    #[error("the environment variable {name} holds no master key: set it to 64 hex digits")]
    Unset {
        /// Its name.
        name: String,
    },
    /// Something else than a key was found.
    #[error("{source_name} does not hold a master key: it must be 64 hex digits, or 32 random bytes unless a variable")]
    Malformed {
        /// Where it was found.
        source_name: String,
    },
    /// The program failed.
    #[error("the master key command {program} failed ({what}): run it by hand to see why")]
    Command {
        /// The program.
        program: String,
        /// How.
        what: String,
    },
    /// The program took too long.
    #[error("the master key command {program} printed no key within {limit:?}: run it by hand, or raise its limit")]
    Slow {
        /// The program.
        program: String,
        /// How long it was waited for.
        limit: Duration,
    },
    /// The source of randomness failed.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// The operating system refused.
    #[error("{doing} the master key file {}: {text}", path.display())]
    Io {
        /// What was being done.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        text: String,
    },
}

impl MasterSource {
    /// Makes the master key file with a fresh key, in hex, when the source is a file and there is none; says whether it
    /// did. Sources of other kinds are not this program's to fill. Never touches a file that is there.
    ///
    /// # Errors
    /// [`MasterError::Entropy`], and [`MasterError::Io`] when the file cannot be made.
    pub fn create_if_missing(&self, entropy: &dyn Entropy) -> Result<bool, MasterError> {
        match self {
            Self::File(path) => create(path, entropy),
            _ => Ok(false),
        }
    }

    pub(super) fn read(&self) -> Result<Cipher, MasterError> {
        let found = match self {
            Self::File(path) => read(path).map(|bytes| key(&bytes)),
            Self::Environment(name) => std::env::var(name)
                .map(|text| hex_key(Zeroizing::new(text).as_bytes()))
                .map_err(|_| MasterError::Unset { name: name.clone() }),
            Self::Command { program, arguments, limit } => {
                command::output(program, arguments, *limit).map(|bytes| key(&bytes))
            }
        };
        found?.map(|secret| Cipher::new(&secret)).ok_or_else(|| MasterError::Malformed { source_name: self.name() })
    }

    fn name(&self) -> String {
        match self {
            Self::File(path) => format!("the master key file {}", path.display()),
            Self::Environment(name) => format!("the environment variable {name}"),
            Self::Command { program, .. } => format!("the output of {}", program.to_string_lossy()),
        }
    }
}

fn key(bytes: &[u8]) -> Option<Secret> {
    // Thirty-two printable characters are a password or half a hex key; random bytes never look so.
    if bytes.len() == 32 && !bytes.iter().all(|byte| matches!(byte, b' '..=b'~')) {
        let mut secret = Secret::default();
        secret.copy_from_slice(bytes);
        return Some(secret);
    }
    hex_key(bytes)
}

fn hex_key(text: &[u8]) -> Option<Secret> {
    let bytes = hex::read(text.trim_ascii())?;
    let mut secret = Secret::default();
    if bytes.len() != secret.len() {
        return None;
    }
    secret.copy_from_slice(&bytes);
    Some(secret)
}

fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, MasterError> {
    let failed = |error: std::io::Error| match error.kind() {
        ErrorKind::NotFound => MasterError::Missing { path: path.to_owned() },
        _ => MasterError::Io { doing: "reading", path: path.to_owned(), text: error.to_string() },
    };
    let file = File::open(path).map_err(failed)?;
    #[cfg(unix)]
    {
        let metadata = file.metadata().map_err(failed)?;
        let mode = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o777;
        if mode & 0o177 != 0 {
            return Err(MasterError::Loose { path: path.to_owned(), mode });
        }
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(LONGEST + 1));
    file.take(LONGEST as u64).read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes)
}

fn create(path: &Path, entropy: &dyn Entropy) -> Result<bool, MasterError> {
    let failed =
        |error: std::io::Error| MasterError::Io { doing: "creating", path: path.to_owned(), text: error.to_string() };
    if path.try_exists().map_err(failed)? {
        return Ok(false);
    }
    let mut secret = Secret::default();
    entropy.fill(&mut *secret)?;
    let mut text = Zeroizing::new(hex::write(&*secret));
    text.push('\n');
    // Not by the process's number: two machines that share the folder may both be number one of their containers.
    let mut name = [0; 8];
    entropy.fill(&mut name)?;
    let mut making = path.as_os_str().to_owned();
    making.push(format!(".{}.new", hex::write(&name)));
    let write = || {
        let mut options = File::options();
        options.create_new(true).write(true);
        owner_only(&mut options);
        let mut file = options.open(&making)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        // Unlike a rename, a link never replaces a key another process has just made.
        let made = match fs::hard_link(&making, path) {
            Ok(()) => true,
            Err(error) if error.kind() == ErrorKind::AlreadyExists => false,
            Err(error) => return Err(error),
        };
        fs::remove_file(&making)?;
        flush(path.parent().unwrap_or(Path::new("")))?;
        Ok(made)
    };
    write().map_err(failed)
}
