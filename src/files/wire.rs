//! The way to the file store: one request, one answer. Parts are small by the protocol, so both are held whole.

use bytes::Bytes;

use crate::transport::{Boxed, Transport, TransportError};

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// Bytes of a file.
    Get,
    /// What is known of a file.
    Head,
    /// A session is opened or completed.
    Post,
    /// A file or a part of one.
    Put,
}

/// A request.
#[derive(Clone)]
pub struct FileCall {
    /// What is asked.
    pub verb: Verb,
    /// Path and query.
    pub path: String,
    /// Headers, names in lower case. Host and length are the transport's.
    pub headers: Vec<(&'static str, String)>,
    /// The body; it is not copied.
    pub body: Bytes,
}

/// Neither headers nor body: both may name people.
impl std::fmt::Debug for FileCall {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { verb, path, body, .. } = self;
        f.debug_struct("FileCall")
            .field("verb", verb)
            .field("path", path)
            .field("body_bytes", &body.len())
            .finish_non_exhaustive()
    }
}

/// An answer, whatever its status.
#[derive(Clone)]
pub struct FileReply {
    /// HTTP status.
    pub status: u16,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body as it came.
    pub body: Bytes,
}

impl FileReply {
    /// The first header of a name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.trim())
    }
}

impl std::fmt::Debug for FileReply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { status, body, .. } = self;
        f.debug_struct("FileReply").field("status", status).field("body_bytes", &body.len()).finish_non_exhaustive()
    }
}

/// Carries requests to the file store. Implementations never re-send and never follow redirects: what may be repeated is
/// decided above, by [`RetryPolicy`](super::RetryPolicy).
pub trait FileTransport: Send + Sync {
    /// Carries one request.
    fn call(&self, call: FileCall) -> Boxed<'_, Result<FileReply, TransportError>>;
}

/// A way to a stand for messages and files alike.
pub trait Way: Transport + FileTransport {}

impl<T: Transport + FileTransport> Way for T {}
