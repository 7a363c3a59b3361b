//! A file on its way out of the file store, in windows, going on after a cut or a restart.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};

use bytes::Bytes;
use gis_gkh_xml::Guid;

use super::context::Context;
use super::error::FileError;
use super::hash::AttachmentHash;
use super::retry::{Retries, RetryPolicy};
use super::store::FileStore;
use crate::clock::Sleep;

/// Where the bytes of a download go. What it holds is taken for the file's beginning.
///
/// Reading and writing may block: both are done where blocking is allowed.
pub trait Target: Send + 'static {
    /// Reads what it holds from its beginning, piece by piece.
    ///
    /// # Errors
    /// It cannot be read.
    fn held(&mut self, each: &mut dyn FnMut(&[u8])) -> std::io::Result<()>;

    /// Adds bytes at its end. After an error it must be empty or whole pieces, nothing of this one.
    ///
    /// # Errors
    /// They cannot be written.
    fn add(&mut self, bytes: &[u8]) -> std::io::Result<()>;

    /// Throws everything away.
    ///
    /// # Errors
    /// It cannot be done.
    fn clear(&mut self) -> std::io::Result<()>;

    /// The file is whole; it had better stay.
    ///
    /// # Errors
    /// It cannot be made to stay.
    fn finish(&mut self) -> std::io::Result<()>;
}

/// A file on disk, open for reading and writing.
#[derive(Debug)]
pub struct FileTarget(File);

impl From<File> for FileTarget {
    fn from(file: File) -> Self {
        Self(file)
    }
}

impl Target for FileTarget {
    fn held(&mut self, each: &mut dyn FnMut(&[u8])) -> std::io::Result<()> {
        self.0.seek(SeekFrom::Start(0))?;
        let mut piece = vec![0; 64 << 10];
        loop {
            match self.0.read(&mut piece) {
                Ok(0) => return Ok(()),
                Ok(size) => each(&piece[..size]),
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    fn add(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        let end = self.0.seek(SeekFrom::End(0))?;
        let written = self.0.write_all(bytes);
        if written.is_err() {
            self.0.set_len(end)?;
        }
        written
    }

    fn clear(&mut self) -> std::io::Result<()> {
        self.0.set_len(0)
    }

    fn finish(&mut self) -> std::io::Result<()> {
        self.0.sync_all()
    }
}

impl Target for Vec<u8> {
    fn held(&mut self, each: &mut dyn FnMut(&[u8])) -> std::io::Result<()> {
        each(self);
        Ok(())
    }

    fn add(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.extend_from_slice(bytes);
        Ok(())
    }

    fn clear(&mut self) -> std::io::Result<()> {
        Self::clear(self);
        Ok(())
    }

    fn finish(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A file on its way out of the file store.
///
/// Only files that something refers to can be downloaded, and only by those who may see it. Of the file at most one window is
/// in memory.
pub struct Download<T> {
    store: FileStore,
    context: Context,
    id: Guid,
    expected: Option<String>,
    /// Bytes in all, once known.
    length: Option<u64>,
    /// What the target holds, and its hash; unknown before the first step and after one that was abandoned.
    held: Option<(u64, AttachmentHash)>,
    target: Option<T>,
}

impl<T> std::fmt::Debug for Download<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { context, id, length, .. } = self;
        let held = self.held.as_ref().map(|(held, _)| held);
        f.debug_struct("Download")
            .field("context", context)
            .field("id", id)
            .field("length", length)
            .field("held", &held)
            .finish_non_exhaustive()
    }
}

impl<T: Target> Download<T> {
    /// A download into a target, from where the target ends.
    pub fn new(store: FileStore, context: Context, id: Guid, target: T) -> Self {
        Self { store, context, id, expected: None, length: None, held: None, target: Some(target) }
    }

    /// Keeps the file only if it has this `AttachmentHASH`.
    #[must_use]
    pub fn expecting(mut self, hash: impl Into<String>) -> Self {
        self.expected = Some(hash.into());
        self
    }

    /// The target, unless a step was abandoned while it was being written.
    pub fn into_target(self) -> Option<T> {
        self.target
    }

    /// Makes all requests, those that fail again as the policy says, and gives the file's hash.
    ///
    /// # Errors
    /// The last error, when the policy allows no more or nothing would help.
    pub async fn run(&mut self, policy: RetryPolicy, sleep: &dyn Sleep) -> Result<String, FileError> {
        let mut retries = Retries::new(policy);
        loop {
            let held = self.held.as_ref().map(|(held, _)| *held);
            match self.step().await {
                Ok(Some(hash)) => return Ok(hash),
                // Having been told the length is no progress.
                Ok(None) if self.held.as_ref().map(|(held, _)| *held) > held => retries.progress(),
                Ok(None) => {}
                Err(error) => match retries.after(&error) {
                    Some(pause) => sleep.sleep(pause).await,
                    None => return Err(error),
                },
            }
        }
    }

    /// Makes the next request. Gives the file's hash once it is all there.
    ///
    /// # Errors
    /// See [`FileError`]. The next step goes on from what the target holds.
    pub async fn step(&mut self) -> Result<Option<String>, FileError> {
        let Some(length) = self.length else {
            let stat = self.store.stat(self.context, self.id).await?;
            self.length = Some(stat.length);
            self.context = stat.context.unwrap_or(self.context);
            return Ok(None);
        };
        let held = match &self.held {
            Some((held, _)) => *held,
            None => {
                let begun = move |target: &mut T| {
                    let (mut held, mut hash) = (0, AttachmentHash::new());
                    target.held(&mut |piece| {
                        held += u64::try_from(piece.len()).unwrap_or(u64::MAX);
                        hash.update(piece);
                    })?;
                    if held > length {
                        target.clear()?;
                        (held, hash) = (0, AttachmentHash::new());
                    }
                    Ok((held, hash))
                };
                let begun = self.target(begun).await?;
                self.held.insert(begun).0
            }
        };
        if held < length {
            let window = self.store.get(self.context, self.id, held, length).await;
            if matches!(window, Err(FileError::Short { .. })) {
                // Its length may be another by now.
                self.length = None;
            }
            self.keep(window?).await?;
            return Ok(None);
        }
        let hash = self.held.take().map(|(_, hash)| hash.finish()).unwrap_or_default();
        if self.expected.as_ref().is_some_and(|expected| !expected.eq_ignore_ascii_case(&hash)) {
            self.length = None;
            self.target(Target::clear).await?;
            return Err(FileError::Hash);
        }
        self.target(Target::finish).await?;
        Ok(Some(hash))
    }

    async fn keep(&mut self, window: Bytes) -> Result<(), FileError> {
        let Some((held, mut hash)) = self.held.take() else { return Ok(()) };
        let held = held.saturating_add(u64::try_from(window.len()).unwrap_or(u64::MAX));
        let kept = self.target(move |target: &mut T| {
            target.add(&window)?;
            hash.update(&window);
            Ok((held, hash))
        });
        self.held = Some(kept.await?);
        Ok(())
    }

    /// Does something with the target where blocking is allowed.
    async fn target<R: Send + 'static>(
        &mut self,
        work: impl FnOnce(&mut T) -> std::io::Result<R> + Send + 'static,
    ) -> Result<R, FileError> {
        let gone = || FileError::Target(std::io::Error::other("writing it was broken off"));
        let mut target = self.target.take().ok_or_else(gone)?;
        let worked = tokio::task::spawn_blocking(move || {
            let result = work(&mut target);
            (target, result)
        });
        let (target, result) = worked.await.map_err(|_| gone())?;
        self.target = Some(target);
        result.map_err(FileError::Target)
    }
}
