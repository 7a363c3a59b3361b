//! Requests to the file store and its answers.

use std::time::Duration;

use bytes::Bytes;
use gis_gkh::Guid;
use gis_gkh::files::{Context, PartMd5, ROOT, Verb, from_content_md5, md5};

use crate::answer;
use crate::faults::{Counts, FileStrike, Instead};

/// A request to the file store.
#[derive(Clone)]
pub struct FileRequest {
    /// What is asked.
    pub verb: Verb,
    /// The path.
    pub path: String,
    /// The query, if there is one.
    pub query: String,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
}

/// Neither headers nor body: both may name people.
impl std::fmt::Debug for FileRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { verb, path, query, .. } = self;
        f.debug_struct("FileRequest")
            .field("verb", verb)
            .field("path", path)
            .field("query", query)
            .finish_non_exhaustive()
    }
}

/// An answer of the file store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileResponse {
    /// HTTP status.
    pub status: u16,
    /// Headers, names in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Bytes,
    /// How much later it comes; whoever carries it waits.
    pub delay: Duration,
    /// It does not come at all: the connection is cut instead.
    pub cut: bool,
}

impl FileResponse {
    pub(super) fn new(status: u16, headers: Vec<(&'static str, String)>, body: Bytes) -> Self {
        Self { status, headers, body, delay: Duration::ZERO, cut: false }
    }

    pub(super) fn done(headers: Vec<(&'static str, String)>) -> Self {
        Self::new(200, headers, Bytes::new())
    }

    pub(super) fn refused(error: &'static str) -> Self {
        Self::new(400, vec![("x-upload-error", error.to_owned())], Bytes::new())
    }

    fn page(page: crate::sandbox::Response) -> Self {
        let kind = vec![("content-type", page.content_type.to_owned())];
        Self::new(page.status, kind, page.body.into())
    }

    /// What a fault answers instead, if it does.
    pub(super) fn instead(strike: &FileStrike) -> Option<Self> {
        match strike.instead? {
            Instead::Unavailable => Some(Self::page(answer::html(503, "503 Service Temporarily Unavailable"))),
            _ => Some(Self::page(answer::html(200, "Сервис временно недоступен"))),
        }
    }
}

/// What a verb counts as for the faults.
pub(crate) fn counts(verb: Verb) -> Counts {
    match verb {
        Verb::Put => Counts::Uploads,
        Verb::Head => Counts::Questions,
        Verb::Get => Counts::Downloads,
        Verb::Post => Counts::Files,
    }
}

/// What a request asks, by its verb, path and query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Asked {
    Put,
    Open,
    Part(Guid),
    Complete(Guid),
    Stat(Guid),
    Get(Guid),
}

impl FileRequest {
    /// Whether a path is of the file store.
    pub(crate) fn is_of(path: &str) -> bool {
        path.strip_prefix(ROOT).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.trim())
    }

    /// A header that must be a number.
    pub(super) fn number<T: std::str::FromStr>(&self, name: &str) -> Result<T, &'static str> {
        self.header(name).and_then(|value| value.parse().ok()).ok_or(FIELD)
    }

    /// The organisation that asks.
    pub(super) fn owner(&self) -> Result<Guid, &'static str> {
        self.header("x-upload-orgppaguid").and_then(|guid| guid.parse().ok()).ok_or(FIELD)
    }

    /// The section and what is asked there; nothing for what the file store does not have.
    pub(super) fn asked(&self) -> Result<Option<(Context, Asked)>, &'static str> {
        let mut places = self.path.strip_prefix(ROOT).unwrap_or_default().split('/').filter(|place| !place.is_empty());
        let Some(context) = places.next() else { return Ok(None) };
        let context = Context::named(context).ok_or(CONTEXT)?;
        let id = places.next().map(|id| id.parse::<Guid>().map_err(|_| FIELD)).transpose()?;
        if places.next().is_some() {
            return Ok(None);
        }
        let asked = match (self.verb, id, self.query.as_str()) {
            (Verb::Put, None, "") => Asked::Put,
            (Verb::Post, None, "upload") => Asked::Open,
            (Verb::Put, Some(id), "") => Asked::Part(id),
            (Verb::Post, Some(id), "completed") => Asked::Complete(id),
            (Verb::Head, Some(id), "") => Asked::Stat(id),
            (Verb::Get, Some(id), "getfile") => Asked::Get(id),
            _ => return Ok(None),
        };
        Ok(Some((context, asked)))
    }

    /// Judges the bytes by the MD5 that came with them.
    pub(super) fn intact(&self) -> Result<PartMd5, &'static str> {
        let said = self.header("content-md5").and_then(from_content_md5).ok_or(FIELD)?;
        if md5(&self.body) == said { Ok(said) } else { Err(HASH) }
    }
}

/// A header is missing or says nothing.
pub(super) const FIELD: &str = "FieldValidationException";
/// No such section.
pub(super) const CONTEXT: &str = "ContextNotFoundException";
/// The bytes are not those of the checksum.
pub(super) const HASH: &str = "HashConflictException";
