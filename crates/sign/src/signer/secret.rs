//! PINs and passwords: where they come from, and that nobody sees them.

use std::fmt;
use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use zeroize::{Zeroize, Zeroizing};

/// Longer than any PIN or password: such a file is some other file.
const LONGEST: usize = 4096;

/// A PIN or password in memory: wiped when dropped, never shown.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes a secret over.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The secret itself, for the one call that needs it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Where a PIN or password is kept. Never in the settings themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SecretSource {
    /// A file with the secret and, at most, an end of line. On Unix nobody outside its group may read it, and nobody but its
    /// owner write it.
    File(PathBuf),
    /// An environment variable.
    Variable(String),
    /// A person, asked at the start; the text says for what.
    Prompt(String),
}

/// Asks a person for a secret, without showing what is typed.
pub trait Prompt: Send + Sync {
    /// Asks.
    ///
    /// # Errors
    /// There is nobody to ask.
    fn ask(&self, question: &str) -> io::Result<Secret>;
}

/// A PIN or password cannot be had. No error shows any of it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SecretError {
    /// The file cannot be read.
    #[error("the file of a password or PIN {}: {reason}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        reason: io::Error,
    },
    /// Others may read or change the file.
    #[error("the file of a password or PIN {} is open to others (mode {mode:o}): chmod 600 it", path.display())]
    Loose {
        /// The file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// The variable is not set, or is no text.
    #[error("the environment variable {0} holds no password or PIN: set it, or name another in the settings")]
    Unset(String),
    /// Nothing, several lines, or some other file.
    #[error("{0} does not hold a password or PIN: it must be one line of text of at most {LONGEST} bytes")]
    Malformed(String),
    /// Nobody was there to be asked.
    #[error("{question}: nobody answered ({reason}); run it at a terminal, or keep the secret in a file or a variable")]
    Unanswered {
        /// What was asked.
        question: String,
        /// Why there is no answer.
        reason: io::Error,
    },
}

impl SecretSource {
    /// Reads the secret afresh.
    ///
    /// # Errors
    /// See [`SecretError`].
    pub fn read(&self, prompt: Option<&dyn Prompt>) -> Result<Secret, SecretError> {
        match self {
            Self::File(path) => from_file(path),
            Self::Variable(name) => {
                let text = std::env::var(name).map_err(|_| SecretError::Unset(name.clone()))?;
                line(text).ok_or_else(|| SecretError::Malformed(format!("the environment variable {name}")))
            }
            Self::Prompt(question) => {
                let unanswered = |reason| SecretError::Unanswered { question: question.clone(), reason };
                let nobody = || unanswered(io::Error::new(ErrorKind::Unsupported, "there is no terminal"));
                prompt.ok_or_else(nobody)?.ask(question).map_err(unanswered)
            }
        }
    }

    /// Is it a person who is asked?
    pub fn is_prompt(&self) -> bool {
        matches!(self, Self::Prompt(_))
    }
}

fn from_file(path: &Path) -> Result<Secret, SecretError> {
    let unreadable = |reason| SecretError::Unreadable { path: path.to_owned(), reason };
    let file = File::open(path).map_err(unreadable)?;
    #[cfg(unix)]
    {
        let metadata = file.metadata().map_err(unreadable)?;
        let mode = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o777;
        if mode & 0o137 != 0 {
            return Err(SecretError::Loose { path: path.to_owned(), mode });
        }
    }
    // One allocation, so that no copy stays behind when the text grows.
    let mut bytes = Zeroizing::new(Vec::with_capacity(LONGEST + 2));
    file.take(LONGEST as u64 + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    let malformed = || SecretError::Malformed(format!("the file {}", path.display()));
    let text = std::str::from_utf8(&bytes).map_err(|_| malformed())?;
    line(text.to_owned()).ok_or_else(malformed)
}

/// The only line, without its end.
fn line(mut text: String) -> Option<Secret> {
    let end = text.strip_suffix('\n').map_or(text.len(), |line| line.strip_suffix('\r').unwrap_or(line).len());
    let usable = (1..=LONGEST).contains(&end) && !text[..end].contains(['\n', '\r', '\0']);
    if usable {
        text.truncate(end);
        return Some(Secret::new(text));
    }
    text.zeroize();
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_one_line_and_is_never_shown() {
        for (text, expected) in
            [("1234", Some("1234")), ("12 34\r\n", Some("12 34")), ("a\nb", None), ("\n", None), ("", None)]
        {
            assert_eq!(line(text.to_owned()).as_ref().map(Secret::reveal), expected, "{text:?}");
        }
        assert!(line("x".repeat(LONGEST + 1)).is_none());
        assert_eq!(format!("{:?}", Secret::new("12345678")), "Secret(…)");
    }

    struct Person;

    impl Prompt for Person {
        fn ask(&self, question: &str) -> io::Result<Secret> {
            Ok(Secret::new(format!("answer to {question}")))
        }
    }

    #[test]
    fn secrets_come_from_files_variables_and_people() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("pin");
        std::fs::write(&file, "12345678\n").unwrap();
        let source = SecretSource::File(file.clone());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let allow = |mode| std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
            for open in [0o644, 0o604, 0o660, 0o700] {
                allow(open);
                assert!(matches!(source.read(None), Err(SecretError::Loose { mode, .. }) if mode == open));
            }
            allow(0o440);
        }
        assert_eq!(source.read(None).unwrap().reveal(), "12345678");
        let missing = SecretSource::File(folder.path().join("none")).read(None);
        assert!(matches!(missing, Err(SecretError::Unreadable { .. })));
        let unset = SecretSource::Variable("GKH_TEST_NO_SUCH_VARIABLE".to_owned()).read(None);
        assert!(matches!(unset, Err(SecretError::Unset(_))));
        assert!(SecretSource::Variable("PATH".to_owned()).read(None).is_ok());
        let asked = SecretSource::Prompt("PIN".to_owned());
        assert_eq!(asked.read(Some(&Person)).unwrap().reveal(), "answer to PIN");
        assert!(matches!(asked.read(None), Err(SecretError::Unanswered { .. })));
    }
}
