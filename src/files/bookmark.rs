//! How far an upload has got, to be kept where it survives a restart.

use std::str::FromStr;

use gis_gkh_xml::Guid;

use super::hash::{PartMd5, content_md5, from_content_md5};

/// How far an upload has got. Written by `Display` as one line without spaces, read by `FromStr`.
///
/// The hashes of the parts that were taken are in it, so that a file which has changed meanwhile is noticed. A bookmark that
/// is lost, or older than what happened, costs parts sent twice and nothing else.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bookmark {
    /// The session, once it is open. It becomes the file's identifier.
    pub session: Option<Guid>,
    /// MD5 of the parts that were taken, the first part first.
    pub parts: Vec<PartMd5>,
}

/// A line that is no bookmark.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this is no bookmark of an upload; begin the upload anew")]
pub struct BookmarkError;

impl std::fmt::Display for Bookmark {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.session {
            Some(session) => write!(f, "{session}")?,
            None => f.write_str("-")?,
        }
        self.parts.iter().try_for_each(|part| write!(f, ",{}", content_md5(part)))
    }
}

impl FromStr for Bookmark {
    type Err = BookmarkError;

    fn from_str(text: &str) -> Result<Self, BookmarkError> {
        let mut words = text.split(',');
        let session = match words.next() {
            Some("-") => None,
            Some(guid) => Some(guid.parse().map_err(|_| BookmarkError)?),
            None => return Err(BookmarkError),
        };
        let parts = words.map(|word| from_content_md5(word).ok_or(BookmarkError)).collect::<Result<Vec<_>, _>>()?;
        if session.is_none() && !parts.is_empty() {
            return Err(BookmarkError);
        }
        Ok(Self { session, parts })
    }
}
