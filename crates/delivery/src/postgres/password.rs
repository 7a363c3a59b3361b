//! The password of the database's user: where it comes from. It is read for every connection, so a new one counts from the next.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// A source longer than this holds something else; bytes.
const LONGEST: usize = 4096;

/// Where the password of the database's user is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum PasswordSource {
    /// The first line of a file. On Unix nobody but its owner may read or write it.
    File(PathBuf),
    /// An environment variable.
    Environment(String),
}

/// There is no password to be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PasswordError {
    /// No such file.
    #[error("there is no password file at {}: write the password of the database's user into it, or name another in the settings", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// Others may read or change the file.
    #[error("the password file {} is open to others (mode {mode:o}): chmod 600 it", path.display())]
    Loose {
        /// The file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// The variable is not set, or is no text.
    #[error("the environment variable {name} holds no password: set it to that of the database's user")]
    Unset {
        /// Its name.
        name: String,
    },
    /// Nothing, or far too much, was found.
    #[error("{source_name} does not hold a password: it must be one line of at most {LONGEST} bytes")]
    Malformed {
        /// Where it was looked for.
        source_name: String,
    },
    /// The operating system refused.
    #[error("reading the password file {}: {text}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        text: String,
    },
}

impl PasswordSource {
    pub(super) fn read(&self) -> Result<Zeroizing<Vec<u8>>, PasswordError> {
        let found = match self {
            Self::File(path) => read(path)?,
            Self::Environment(name) => std::env::var(name)
                .map(|text| Zeroizing::new(text.into_bytes()))
                .map_err(|_| PasswordError::Unset { name: name.clone() })?,
        };
        let line = found.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() || found.len() > LONGEST {
            return Err(PasswordError::Malformed { source_name: self.name() });
        }
        Ok(Zeroizing::new(line.to_vec()))
    }

    fn name(&self) -> String {
        match self {
            Self::File(path) => format!("the password file {}", path.display()),
            Self::Environment(name) => format!("the environment variable {name}"),
        }
    }
}

fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, PasswordError> {
    let failed = |error: std::io::Error| match error.kind() {
        ErrorKind::NotFound => PasswordError::Missing { path: path.to_owned() },
        _ => PasswordError::Io { path: path.to_owned(), text: error.to_string() },
    };
    let file = File::open(path).map_err(failed)?;
    #[cfg(unix)]
    {
        let metadata = file.metadata().map_err(failed)?;
        let mode = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o777;
        if mode & 0o177 != 0 {
            return Err(PasswordError::Loose { path: path.to_owned(), mode });
        }
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(LONGEST + 1));
    file.take(LONGEST as u64 + 1).read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str, mode: u32) -> (tempfile::TempDir, PathBuf) {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("password");
        std::fs::write(&path, text).unwrap();
        #[cfg(unix)]
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
        (home, path)
    }

    #[test]
    fn the_first_line_is_the_password() {
        for (text, password) in [("secret", "secret"), ("s p \n", "s p "), ("a\r\nb\n", "a")] {
            let (_home, path) = file(text, 0o600);
            assert_eq!(PasswordSource::File(path).read().unwrap().as_slice(), password.as_bytes(), "{text:?}");
        }
    }

    #[test]
    fn what_is_no_password_is_named_and_not_shown() {
        for text in ["", "\nsecret", &"secret".repeat(1000)] {
            let (_home, path) = file(text, 0o600);
            let error = PasswordSource::File(path.clone()).read().unwrap_err();
            assert!(matches!(error, PasswordError::Malformed { .. }), "{error:?}");
            assert!(!error.to_string().contains("secret"));
        }
        let missing = PathBuf::from("/nowhere/password");
        assert_eq!(PasswordSource::File(missing.clone()).read(), Err(PasswordError::Missing { path: missing }));
        let name = "GKH_TEST_NO_SUCH_PASSWORD".to_owned();
        assert_eq!(PasswordSource::Environment(name.clone()).read(), Err(PasswordError::Unset { name }));
    }

    #[cfg(unix)]
    #[test]
    fn a_file_open_to_others_is_refused() {
        for mode in [0o640, 0o604, 0o660, 0o700] {
            let (_home, path) = file("secret", mode);
            assert_eq!(PasswordSource::File(path.clone()).read(), Err(PasswordError::Loose { path, mode }));
        }
    }
}
