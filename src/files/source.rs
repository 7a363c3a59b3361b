//! Where the bytes of an upload come from.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// Bytes that can be read again from any place, as often as needed.
///
/// Reading may block: it is done where blocking is allowed.
pub trait Source: Send + Sync {
    /// How many there are.
    ///
    /// # Errors
    /// They cannot be reached.
    fn length(&self) -> std::io::Result<u64>;

    /// Reads some bytes from a place on; zero only at the end.
    ///
    /// # Errors
    /// They cannot be read.
    fn read(&self, from: u64, into: &mut [u8]) -> std::io::Result<usize>;
}

/// A file on disk.
#[derive(Debug)]
pub struct FileSource(Mutex<File>);

impl FileSource {
    /// Opens a file for reading.
    ///
    /// # Errors
    /// It cannot be opened.
    pub fn open(path: &Path) -> std::io::Result<Self> {
        Ok(File::open(path)?.into())
    }
}

impl From<File> for FileSource {
    fn from(file: File) -> Self {
        Self(Mutex::new(file))
    }
}

impl Source for FileSource {
    fn length(&self) -> std::io::Result<u64> {
        let file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(file.metadata()?.len())
    }

    fn read(&self, from: u64, into: &mut [u8]) -> std::io::Result<usize> {
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(from))?;
        file.read(into)
    }
}

impl Source for Vec<u8> {
    fn length(&self) -> std::io::Result<u64> {
        Ok(u64::try_from(self.len()).unwrap_or(u64::MAX))
    }

    fn read(&self, from: u64, into: &mut [u8]) -> std::io::Result<usize> {
        let rest = usize::try_from(from).ok().and_then(|from| self.get(from..)).unwrap_or_default();
        let size = rest.len().min(into.len());
        into[..size].copy_from_slice(&rest[..size]);
        Ok(size)
    }
}

/// Reads until the buffer is full; `false` if the bytes end before.
pub(super) fn fill(source: &dyn Source, mut from: u64, mut into: &mut [u8]) -> std::io::Result<bool> {
    while !into.is_empty() {
        match source.read(from, into) {
            Ok(0) => return Ok(false),
            Ok(size) => {
                from = from.saturating_add(u64::try_from(size).unwrap_or(u64::MAX));
                into = &mut into[size..];
            }
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(true)
}
