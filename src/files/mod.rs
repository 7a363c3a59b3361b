//! The file store (`protocol` §6): files are uploaded there before the message that refers to them, and downloaded from there.
//!
//! ```no_run
//! # use std::sync::Arc;
//! # use gis_gkh::{Guid, HttpLimits, Stand, clock::SystemClock};
//! use gis_gkh::files::{Context, FileName, FileSource, FileStore, RetryPolicy, Upload};
//!
//! # async fn attach(organisation: Guid) -> Result<(), Box<dyn std::error::Error>> {
//! let transport = Arc::new(Stand::sandbox("127.0.0.1:8080").transport(HttpLimits::default())?);
//! let store = FileStore::new(transport, Arc::new(SystemClock), organisation);
//! let context = Context::named("appeals").ok_or("no such section")?;
//! let source = Arc::new(FileSource::open("act.pdf".as_ref())?);
//! let mut upload = Upload::new(store, source, FileName::new("act.pdf")?, context)?;
//! let stored = upload.run(RetryPolicy::default(), &SystemClock, |_| {}).await?;
//! // AttachmentGUID and AttachmentHASH of the message to come.
//! println!("{} {}", stored.id, stored.hash);
//! # Ok(())
//! # }
//! ```
//!
//! One call is one request and is never repeated by itself ([`FileStore`]). Repeating is the business of [`Upload`] and
//! [`Download`], which go on where they stopped, after a restart too ([`Bookmark`]). All of it may be repeated: a part sent
//! twice replaces itself, and a file that nothing refers to is seen by nobody.

mod bookmark;
mod context;
mod download;
mod error;
mod hash;
mod name;
mod retry;
mod source;
mod store;
mod upload;
mod wire;

pub use bookmark::{Bookmark, BookmarkError};
pub use context::{Context, EXTENSIONS, ROOT};
pub use download::{Download, FileTarget, Target};
pub use error::{FileError, Remedy};
pub use hash::{AttachmentHash, PartMd5, content_md5, from_content_md5, md5};
pub use name::{FORBIDDEN, FileName, LONGEST, NameError, decode, encode};
pub use retry::{Retries, RetryPolicy};
pub use source::{FileSource, Source};
pub use store::{FileStore, PART, Stat};
pub use upload::{LARGEST, Stored, Upload};
pub use wire::{FileCall, FileReply, FileTransport, Verb, Way};
