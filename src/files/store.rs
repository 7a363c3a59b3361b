//! The file store's requests, each by itself: one call, one request, no repeats.

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use gis_gkh_xml::Guid;
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

use super::context::Context;
use super::error::FileError;
use super::hash::{PartMd5, content_md5};
use super::name::{FileName, decode};
use super::wire::{FileCall, FileReply, FileTransport, Verb};
use crate::clock::Clock;

/// Bytes of a part: a file up to this size is uploaded and downloaded at once, a larger one by parts of it, the last of which
/// may be smaller.
pub const PART: u64 = 5_242_880;

/// The file store of one stand, for one organisation.
#[derive(Clone)]
pub struct FileStore {
    transport: Arc<dyn FileTransport>,
    clock: Arc<dyn Clock>,
    organisation: Guid,
}

/// What the file store knows of a file or of a session.
#[derive(Clone, PartialEq, Eq)]
pub struct Stat {
    /// Its name, as far as it is told.
    pub name: Option<String>,
    /// Bytes in all.
    pub length: u64,
    /// The parts it has taken, from 1; nothing if it does not say.
    pub parts: Option<BTreeSet<u32>>,
    /// Whether the session is completed; nothing if it does not say, as of files that had no session.
    pub completed: Option<bool>,
    /// The section it is in, where the answer says so: it may be another than the one asked.
    pub context: Option<Context>,
}

/// Without the name.
impl std::fmt::Debug for Stat {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { length, parts, completed, context, .. } = self;
        f.debug_struct("Stat")
            .field("length", length)
            .field("parts", parts)
            .field("completed", completed)
            .field("context", context)
            .finish_non_exhaustive()
    }
}

/// RFC 1123.
const DATE: &[BorrowedFormatItem<'_>] =
    format_description!("[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT");

type Headers = Vec<(&'static str, String)>;

impl std::fmt::Debug for FileStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FileStore").field("organisation", &self.organisation).finish_non_exhaustive()
    }
}

impl FileStore {
    /// The file store that a transport leads to, for the organisation of an orgPPAGUID.
    pub fn new(transport: Arc<dyn FileTransport>, clock: Arc<dyn Clock>, organisation: Guid) -> Self {
        Self { transport, clock, organisation }
    }

    /// Uploads a file of at most [`PART`] bytes and gives its identifier.
    ///
    /// # Errors
    /// See [`FileError`]. If no answer came, a file that nothing refers to may be left there.
    pub async fn put(&self, context: Context, name: &FileName, bytes: Bytes, md5: &PartMd5) -> Result<Guid, FileError> {
        let headers = vec![("x-upload-filename", name.header()), ("content-md5", content_md5(md5))];
        identifier(&self.call(Verb::Put, context.path(), headers, bytes).await?)
    }

    /// Opens a session for a file in parts and gives its identifier, which becomes the file's.
    ///
    /// # Errors
    /// See [`FileError`]. If no answer came, a session that nobody knows may be left there.
    pub async fn open(&self, context: Context, name: &FileName, length: u64, parts: u32) -> Result<Guid, FileError> {
        let headers = vec![
            ("x-upload-filename", name.header()),
            ("x-upload-length", length.to_string()),
            ("x-upload-part-count", parts.to_string()),
        ];
        let path = format!("{}/?upload", context.path());
        identifier(&self.call(Verb::Post, path, headers, Bytes::new()).await?)
    }

    /// Sends a part, counted from 1. One sent twice replaces itself.
    ///
    /// # Errors
    /// See [`FileError`].
    pub async fn part(
        &self,
        context: Context,
        session: Guid,
        number: u32,
        bytes: Bytes,
        md5: &PartMd5,
    ) -> Result<(), FileError> {
        let headers = vec![("x-upload-partnumber", number.to_string()), ("content-md5", content_md5(md5))];
        self.call(Verb::Put, format!("{}/{session}", context.path()), headers, bytes).await.map(drop)
    }

    /// Completes a session.
    ///
    /// # Errors
    /// See [`FileError`]. Whether a session is completed [`stat`](Self::stat) tells.
    pub async fn complete(&self, context: Context, session: Guid) -> Result<(), FileError> {
        let path = format!("{}/{session}?completed", context.path());
        self.call(Verb::Post, path, Vec::new(), Bytes::new()).await.map(drop)
    }

    /// Asks what is known of a file or session.
    ///
    /// # Errors
    /// See [`FileError`].
    pub async fn stat(&self, context: Context, id: Guid) -> Result<Stat, FileError> {
        let reply = self.call(Verb::Head, format!("{}/{id}", context.path()), Vec::new(), Bytes::new()).await?;
        let length = reply.header("x-upload-length").and_then(|length| length.parse().ok());
        let parts = reply
            .header("x-upload-completed-parts")
            .map(|parts| parts.split(',').filter_map(|part| part.trim().parse().ok()).collect());
        let completed = reply.header("x-upload-completed").map(|flag| flag.eq_ignore_ascii_case("true"));
        let context = reply.header("location").and_then(|location| {
            let mut place = location.rsplit('/').skip(1);
            place.next().and_then(Context::named)
        });
        Ok(Stat {
            name: reply.header("x-upload-filename").map(decode),
            length: length.ok_or(FileError::Answer("X-Upload-Length"))?,
            parts,
            completed,
            context,
        })
    }

    /// Bytes of a file from `from`, at most [`PART`] of them, of a file of `length`.
    ///
    /// # Errors
    /// See [`FileError`]; [`FileError::Short`] if other bytes came than were asked for.
    pub async fn get(&self, context: Context, id: Guid, from: u64, length: u64) -> Result<Bytes, FileError> {
        let end = length.min(from.saturating_add(PART));
        let expected = end.saturating_sub(from);
        let mut headers = Vec::new();
        // A small file is asked for whole, without a range.
        if length > PART || from > 0 {
            headers.push(("range", format!("bytes={from}-{}", end.saturating_sub(1))));
        }
        let ranged = !headers.is_empty();
        let path = format!("{}/{id}?getfile", context.path());
        let reply = self.call(Verb::Get, path, headers, Bytes::new()).await?;
        let got = u64::try_from(reply.body.len()).unwrap_or(u64::MAX);
        // What knows no ranges gives everything.
        if ranged && reply.status == 200 && got == length && got != expected {
            let (from, end) = (usize::try_from(from), usize::try_from(end));
            let (Ok(from), Ok(end)) = (from, end) else { return Err(FileError::Short { expected, got }) };
            return Ok(reply.body.slice(from..end));
        }
        let elsewhere = reply.header("content-range").and_then(begins).is_some_and(|begin| begin != from);
        if elsewhere || got != expected {
            return Err(FileError::Short { expected, got });
        }
        Ok(reply.body)
    }

    async fn call(&self, verb: Verb, path: String, more: Headers, body: Bytes) -> Result<FileReply, FileError> {
        let mut headers = vec![("x-upload-orgppaguid", self.organisation.to_string())];
        headers.extend(date(self.clock.now()).map(|date| ("date", date)));
        headers.extend(more);
        let reply = self.transport.call(FileCall { verb, path, headers, body }).await?;
        match FileError::of(&reply) {
            Some(error) => Err(error),
            None => Ok(reply),
        }
    }
}

fn date(now: OffsetDateTime) -> Option<String> {
    now.to_offset(time::UtcOffset::UTC).format(DATE).ok()
}

/// The identifier a file or session was given: named by its own header, or by where it is.
fn identifier(reply: &FileReply) -> Result<Guid, FileError> {
    let of_place = || reply.header("location").and_then(|place| place.trim_end_matches('/').rsplit('/').next());
    let named = reply.header("x-upload-uploadid").or_else(of_place);
    named.and_then(|guid| guid.parse().ok()).ok_or(FileError::Answer("X-Upload-UploadID"))
}

/// Where the bytes of an answer begin.
fn begins(content_range: &str) -> Option<u64> {
    content_range.strip_prefix("bytes")?.trim_start().split('-').next()?.parse().ok()
}
