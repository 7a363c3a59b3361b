//! Errors as people read them, each with its exit code.

use std::error::Error;
use std::fmt;
use std::path::{Path, PathBuf};

use crate::exit::Exit;

/// Why a command did not do its work.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    pub(crate) text: String,
    /// The same in Russian, where there are words.
    pub(crate) russian: Option<String>,
}

impl Failure {
    pub(crate) fn new(exit: Exit, text: impl Into<String>) -> Self {
        Self { exit, text: text.into(), russian: None }
    }

    /// An error with its causes.
    pub(crate) fn of(exit: Exit, error: &(dyn Error + 'static)) -> Self {
        Self::new(exit, chain(error))
    }

    /// An error about a file.
    pub(crate) fn file(exit: Exit, path: &Path, error: &(dyn Error + 'static)) -> Self {
        Self::new(exit, format!("{}: {}", path.display(), chain(error)))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// An error and those of its causes that it does not repeat itself.
fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = error.source();
    }
    text
}

/// The bytes of a file, or of standard input for `-`. Files beyond the limit are refused before they are read.
pub(crate) fn read(path: &PathBuf, limit: u64) -> Result<Vec<u8>, Failure> {
    use std::io::Read as _;
    let fail = |error: &std::io::Error| Failure::file(Exit::BadData, path, error);
    let too_large = || Failure::new(Exit::BadData, format!("{}: larger than {} MB", path.display(), limit >> 20));
    let mut bytes = Vec::new();
    let source: Box<dyn std::io::Read> = if path.as_os_str() == "-" {
        Box::new(std::io::stdin().lock())
    } else {
        let file = std::fs::File::open(path).map_err(|error| fail(&error))?;
        if file.metadata().map_err(|error| fail(&error))?.len() > limit {
            return Err(too_large());
        }
        Box::new(file)
    };
    source.take(limit + 1).read_to_end(&mut bytes).map_err(|error| fail(&error))?;
    if bytes.len() as u64 > limit { Err(too_large()) } else { Ok(bytes) }
}
