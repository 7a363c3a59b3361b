//! A file on its way into the file store: at once, or in parts, going on after a cut or a restart.

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use gis_gkh_xml::Guid;

use super::bookmark::Bookmark;
use super::context::Context;
use super::error::FileError;
use super::hash::{AttachmentHash, PartMd5};
use super::name::FileName;
use super::retry::{Retries, RetryPolicy};
use super::source::{Source, fill};
use super::store::{FileStore, PART};
use crate::clock::Sleep;

/// The largest file that is uploaded. The system's own bound is not published; this one is ours.
pub const LARGEST: u64 = 1 << 30;

/// A file that was uploaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// `AttachmentGUID`.
    pub id: Guid,
    /// `AttachmentHASH`.
    pub hash: String,
    /// Bytes.
    pub length: u64,
}

/// A file on its way into the file store.
///
/// [`step`](Self::step) makes one request at a time; [`run`](Self::run) makes them all. Dropping the future of either leaves
/// the upload where it was: the next step asks what has arrived. Of the file at most one part is in memory.
pub struct Upload {
    store: FileStore,
    source: Arc<dyn Source>,
    name: FileName,
    context: Context,
    length: u64,
    expected: Option<String>,
    bookmark: Bookmark,
    /// What the session holds must be asked before anything else.
    doubtful: bool,
    /// Parts the session holds.
    held: BTreeSet<u32>,
    /// The session was asked to be completed, and said yes.
    closed: bool,
    /// The session is completed.
    completed: bool,
    /// Over the parts read so far; nothing when a step was abandoned while hashing.
    hash: Option<AttachmentHash>,
    /// How many parts were read.
    read: u32,
    /// The part that was read last and is still to be sent.
    part: Option<(Bytes, PartMd5)>,
}

impl std::fmt::Debug for Upload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { name, context, length, bookmark, read, .. } = self;
        f.debug_struct("Upload")
            .field("name", name)
            .field("context", context)
            .field("length", length)
            .field("session", &bookmark.session)
            .field("read", read)
            .finish_non_exhaustive()
    }
}

impl Upload {
    /// An upload that has not begun.
    ///
    /// # Errors
    /// The file cannot be read, is empty or too large.
    pub fn new(store: FileStore, source: Arc<dyn Source>, name: FileName, context: Context) -> Result<Self, FileError> {
        let length = source.length().map_err(FileError::Source)?;
        if length == 0 {
            return Err(FileError::Empty);
        }
        if length > LARGEST {
            return Err(FileError::Large { length, largest: LARGEST });
        }
        Ok(Self {
            store,
            source,
            name,
            context,
            length,
            expected: None,
            bookmark: Bookmark::default(),
            doubtful: false,
            held: BTreeSet::new(),
            closed: false,
            completed: false,
            hash: Some(AttachmentHash::new()),
            read: 0,
            part: None,
        })
    }

    /// Goes on from a bookmark. The file is read from its beginning, for its hash; parts that arrived are not sent again.
    #[must_use]
    pub fn resume(mut self, bookmark: Bookmark) -> Self {
        self.doubtful = bookmark.session.is_some();
        self.bookmark = bookmark;
        self
    }

    /// Refuses to finish unless the file has this `AttachmentHASH`.
    #[must_use]
    pub fn expecting(mut self, hash: impl Into<String>) -> Self {
        self.expected = Some(hash.into());
        self
    }

    /// How far it has got.
    pub fn bookmark(&self) -> &Bookmark {
        &self.bookmark
    }

    /// Bytes of the file, and how many of them are in the file store.
    pub fn progress(&self) -> (u64, u64) {
        let taken = u64::try_from(self.bookmark.parts.len()).unwrap_or(u64::MAX);
        (self.length, taken.saturating_mul(PART).min(self.length))
    }

    /// Makes all requests, those that fail again as the policy says. `note` is told after each that got through.
    ///
    /// # Errors
    /// The last error, when the policy allows no more or nothing would help.
    pub async fn run(
        &mut self,
        policy: RetryPolicy,
        sleep: &dyn Sleep,
        mut note: impl FnMut(&Self) + Send,
    ) -> Result<Stored, FileError> {
        let mut retries = Retries::new(policy);
        loop {
            let taken = self.bookmark.parts.len();
            match self.step().await {
                Ok(Some(stored)) => return Ok(stored),
                Ok(None) => {
                    // Having been told what has arrived is no progress.
                    if self.bookmark.parts.len() > taken {
                        retries.progress();
                    }
                    note(self);
                }
                Err(error) => match retries.after(&error) {
                    Some(pause) => sleep.sleep(pause).await,
                    None => return Err(error),
                },
            }
        }
    }

    /// Makes the next request. Gives the file once it is all there.
    ///
    /// # Errors
    /// See [`FileError`]. The next step goes on from there: it asks what has arrived, or begins a new session.
    pub async fn step(&mut self) -> Result<Option<Stored>, FileError> {
        let done = self.next().await;
        match done {
            Err(error) if self.bookmark.session.is_some() && error.ends_session() => {
                self.begin_anew();
                Err(FileError::Session(error.code().unwrap_or_default()))
            }
            done => done,
        }
    }

    async fn next(&mut self) -> Result<Option<Stored>, FileError> {
        if self.count() == 1 {
            return self.at_once().await.map(Some);
        }
        let Some(session) = self.bookmark.session else {
            let session = self.store.open(self.context, &self.name, self.length, self.count()).await?;
            self.bookmark.session = Some(session);
            return Ok(None);
        };
        if std::mem::replace(&mut self.doubtful, true) {
            self.ask(session).await?;
        } else if let Some(number) = self.unsent().await? {
            self.send(session, number).await?;
        } else if !self.completed {
            self.expect_hash()?;
            self.store.complete(self.context, session).await?;
            self.closed = true;
            // Whoever answered, only the file store knows whether it has the whole file: asked by the next step.
            return Ok(None);
        } else {
            let (hash, length) = (self.expect_hash()?, self.length);
            return Ok(Some(Stored { id: session, hash, length }));
        }
        self.doubtful = false;
        Ok(None)
    }

    /// A file of one part. A lost answer leaves a file there that nothing refers to.
    async fn at_once(&mut self) -> Result<Stored, FileError> {
        if self.part.is_none() {
            self.take().await?;
        }
        let hash = self.expect_hash()?;
        let Some((bytes, md5)) = &self.part else { return Err(FileError::Changed("it could not be read again")) };
        let id = self.store.put(self.context, &self.name, bytes.clone(), md5).await?;
        Ok(Stored { id, hash, length: self.length })
    }

    /// What the session holds.
    async fn ask(&mut self, session: Guid) -> Result<(), FileError> {
        let stat = self.store.stat(self.context, session).await?;
        if stat.length != self.length {
            self.begin_anew();
            return Err(FileError::Session("it is of a file of another length".to_owned()));
        }
        // One that does not say is believed to have what it took.
        let taken = || (1..).take(self.bookmark.parts.len()).collect();
        self.held = stat.parts.unwrap_or_else(taken);
        self.completed = stat.completed.unwrap_or(self.closed);
        let reopened = std::mem::take(&mut self.closed) && !self.completed;
        // A part that was read and has got lost is read again.
        if !self.completed && (1..=self.sent()).any(|number| !self.held.contains(&number)) {
            let missing = (1..=self.sent()).filter(|number| !self.held.contains(number)).count();
            let all_sent = self.sent() == self.count();
            self.read_anew();
            if all_sent {
                self.doubtful = false;
                return Err(FileError::Missing(missing));
            }
        } else if reopened {
            self.begin_anew();
            return Err(FileError::Session("it was completed and is not".to_owned()));
        }
        Ok(())
    }

    /// Reads on to the next part that must be sent; nothing if the session has them all.
    async fn unsent(&mut self) -> Result<Option<u32>, FileError> {
        loop {
            if self.part.is_none() {
                if self.read == self.count() {
                    return Ok(None);
                }
                self.take().await?;
            }
            let Some((_, md5)) = &self.part else { return Ok(None) };
            let noted = usize::try_from(self.read).ok().and_then(|read| self.bookmark.parts.get(read.wrapping_sub(1)));
            if !(self.completed || self.held.contains(&self.read)) || noted != Some(md5) {
                if self.completed {
                    self.begin_anew();
                    return Err(FileError::Session("it holds something else than this file".to_owned()));
                }
                return Ok(Some(self.read));
            }
            self.part = None;
        }
    }

    async fn send(&mut self, session: Guid, number: u32) -> Result<(), FileError> {
        let Some((bytes, md5)) = &self.part else { return Ok(()) };
        let md5 = *md5;
        self.store.part(self.context, session, number, bytes.clone(), &md5).await?;
        self.part = None;
        self.held.insert(number);
        let parts = &mut self.bookmark.parts;
        match usize::try_from(number).ok().and_then(|number| parts.get_mut(number.wrapping_sub(1))) {
            Some(known) => *known = md5,
            None => parts.push(md5),
        }
        Ok(())
    }

    /// Reads and hashes the next part, where blocking is allowed: both take their time.
    async fn take(&mut self) -> Result<(), FileError> {
        if self.hash.is_none() {
            self.read_anew();
        }
        let mut hash = self.hash.take().unwrap_or_default();
        let from = u64::from(self.read).saturating_mul(PART);
        let size = usize::try_from(self.length.saturating_sub(from).min(PART)).unwrap_or(0);
        let (source, length) = (Arc::clone(&self.source), self.length);
        let read = tokio::task::spawn_blocking(move || {
            // A file that grows would never end well either.
            if source.length().map_err(FileError::Source)? != length {
                return Err(FileError::Changed("its length has changed"));
            }
            let mut bytes = vec![0; size];
            if !fill(&*source, from, &mut bytes).map_err(FileError::Source)? {
                return Err(FileError::Changed("it ends before its length"));
            }
            let md5 = hash.part(&bytes);
            Ok((Bytes::from(bytes), md5, hash))
        });
        let read = read.await.unwrap_or(Err(FileError::Changed("reading it failed")));
        let (bytes, md5, hash) = match read {
            Ok(read) => read,
            Err(error) => {
                self.read_anew();
                return Err(error);
            }
        };
        (self.part, self.hash, self.read) = (Some((bytes, md5)), Some(hash), self.read + 1);
        Ok(())
    }

    /// The hash of the file, all of which was read.
    fn expect_hash(&self) -> Result<String, FileError> {
        let hash = self.hash.clone().map(AttachmentHash::finish).unwrap_or_default();
        match &self.expected {
            Some(expected) if !expected.eq_ignore_ascii_case(&hash) => Err(FileError::Changed("its hash has changed")),
            _ => Ok(hash),
        }
    }

    fn count(&self) -> u32 {
        u32::try_from(self.length.div_ceil(PART)).unwrap_or(u32::MAX)
    }

    /// Parts that were read and sent, in this life of the upload.
    fn sent(&self) -> u32 {
        self.read - u32::from(self.part.is_some())
    }

    fn read_anew(&mut self) {
        self.hash = Some(AttachmentHash::new());
        self.read = 0;
        self.part = None;
    }

    fn begin_anew(&mut self) {
        self.bookmark = Bookmark::default();
        self.held.clear();
        (self.doubtful, self.closed, self.completed) = (false, false, false);
        self.read_anew();
    }
}
