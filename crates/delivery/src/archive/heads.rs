//! Closing days: a signed head over the chain as it stood at the end of each day, and its copy for a person to keep elsewhere.

use super::stream::Links;
use super::{Archive, Head, Link, moment};
use crate::failure::Failure;
use crate::ids::{Sha256, Timestamp};
use crate::store::StoreError;
use async_trait::async_trait;
use serde::{Deserialize, Serialize};

/// Signs heads with the organisation's key, filled by whoever holds it.
#[async_trait]
pub trait HeadSigner: Send + Sync {
    /// Signs the hash of a head. A key that takes its time must not hold up the thread: delivery goes on beside it.
    ///
    /// # Errors
    /// Why not; the day stays open and is closed by a later run.
    async fn sign(&self, hash: &Sha256) -> Result<HeadSignature, Failure>;
}

/// A signature over the hash of a head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeadSignature {
    /// Who signed: what is needed to check it (a certificate, PEM).
    pub signer: String,
    /// The signature.
    pub bytes: Vec<u8>,
}

/// What closing days has done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Closed {
    /// Heads added, oldest first.
    pub heads: Vec<Head>,
    /// Why the days after them are still open, if the signer failed.
    pub failure: Option<Failure>,
}

/// Days could not be closed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CloseError {
    /// The store's own.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The chain does not join: it was changed after it was written, and must not be signed.
    #[error(
        "link {link} of node `{node}` does not continue the chain, so its day is not signed: verify the archive (`gkh archive verify`)"
    )]
    Broken {
        /// The node.
        node: String,
        /// The link.
        link: i64,
    },
}

/// Adds the head of every day of a node that has ended and brought at least one link, oldest first. `now` is the moment it is: its day is
/// still open. A day is that of its links; where the clock was set back, links count to the day of those before them, and one stamped in
/// the future to the day of the link before it.
///
/// # Errors
/// [`CloseError`]; days closed before it stay closed. A signer that fails is not an error: see [`Closed::failure`].
pub async fn close_days(
    archive: &dyn Archive,
    signer: &dyn HeadSigner,
    node: &str,
    now: Timestamp,
) -> Result<Closed, CloseError> {
    let today = moment::day(now);
    let mut last = archive.heads(node).await?.pop();
    let mut links = Links::after(archive, node, last.as_ref().map_or(0, |head| head.link));
    let mut closed = Closed::default();
    // The day being gathered, and its last link so far.
    let mut gathered: Option<(i64, Link)> = None;
    loop {
        let link = links.next().await?;
        if let Some(link) = &link {
            let (number, hash) = match (&gathered, &last) {
                (Some((_, before)), _) => (before.number, before.hash),
                (None, Some(head)) => (head.link, head.link_hash),
                (None, None) => (0, Sha256([0; 32])),
            };
            let joins =
                link.number == number.saturating_add(1) && link.previous == hash && link.computed() == link.hash;
            if !joins {
                return Err(CloseError::Broken { node: node.into(), link: link.number });
            }
        }
        let stamped = link.as_ref().map(|link| moment::day(link.at)).filter(|day| *day <= today);
        let day = match (&gathered, &last) {
            (Some((day, _)), _) => stamped.map_or(*day, |stamped| stamped.max(*day)),
            (None, Some(head)) => stamped.unwrap_or(i64::MIN).max(head.day.saturating_add(1)),
            (None, None) => stamped.unwrap_or(today.saturating_sub(1)),
        };
        if let Some((open, until)) = gathered.take_if(|(open, _)| *open < day || link.is_none()) {
            if open >= today {
                break;
            }
            let mut head = Head::over(node, open, Some(&until), last.as_ref());
            match signer.sign(&head.hash).await {
                Ok(signature) => (head.signer, head.signature) = (signature.signer, signature.bytes),
                Err(failure) => {
                    closed.failure = Some(failure);
                    break;
                }
            }
            archive.append_head(head.clone()).await?;
            closed.heads.push(head.clone());
            last = Some(head);
        }
        let Some(link) = link else { break };
        gathered = Some((day, link));
    }
    Ok(closed)
}

/// The head of a day as a person keeps it elsewhere: a small JSON text.
#[derive(Serialize, Deserialize)]
struct Exported {
    format: String,
    node: String,
    /// For people; the number counts.
    date: String,
    day: i64,
    link: i64,
    link_hash: String,
    entry: i64,
    previous: String,
    hash: String,
    signer: String,
    signature: String,
}

const FORMAT: &str = "gkh archive head 1";

/// An exported head cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HeadError {
    /// Not JSON of this form.
    #[error("this is not an exported head of an archive ({what}): give the file that `gkh archive head` has written")]
    Form {
        /// What was found.
        what: String,
    },
    /// Of another version.
    #[error("this head has the format `{found}`, this version knows `{FORMAT}`: upgrade the program")]
    Format {
        /// What was found.
        found: String,
    },
}

impl Head {
    /// The head as a person keeps it elsewhere: a small JSON text that [`import`](Self::import) reads.
    #[must_use]
    pub fn export(&self) -> String {
        let exported = Exported {
            format: FORMAT.into(),
            node: self.node.clone(),
            date: moment::date(self.day),
            day: self.day,
            link: self.link,
            link_hash: self.link_hash.to_string(),
            entry: self.entry,
            previous: self.previous.to_string(),
            hash: self.hash.to_string(),
            signer: self.signer.clone(),
            signature: hex(&self.signature),
        };
        // Strings and numbers alone always have a JSON form.
        let mut text = serde_json::to_string_pretty(&exported).unwrap_or_default();
        text.push('\n');
        text
    }

    /// Reads what [`export`](Self::export) has written. Whether it holds is for [`verify`](super::verify) to say.
    ///
    /// # Errors
    /// [`HeadError`] when it is something else.
    pub fn import(text: &str) -> Result<Self, HeadError> {
        #[derive(Deserialize)]
        struct Form {
            format: String,
        }
        let form = |error: serde_json::Error| HeadError::Form { what: error.to_string() };
        let Form { format } = serde_json::from_str(text).map_err(form)?;
        if format != FORMAT {
            return Err(HeadError::Format { found: format.chars().take(64).collect() });
        }
        let exported: Exported = serde_json::from_str(text).map_err(form)?;
        let digest = |field: &str, text: &str| {
            let bytes = unhex(text).and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
            bytes.map(Sha256).ok_or_else(|| HeadError::Form { what: format!("`{field}` is not 64 hexadecimal digits") })
        };
        Ok(Self {
            link_hash: digest("link_hash", &exported.link_hash)?,
            previous: digest("previous", &exported.previous)?,
            hash: digest("hash", &exported.hash)?,
            signature: unhex(&exported.signature)
                .ok_or_else(|| HeadError::Form { what: "`signature` is not hexadecimal".into() })?,
            node: exported.node,
            day: exported.day,
            link: exported.link,
            entry: exported.entry,
            signer: exported.signer,
        })
    }
}

/// Bytes as hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let nibble = |digit: u8| char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
    let pairs = text.as_bytes().chunks(2);
    pairs.map(|pair| Some(nibble(*pair.first()?)? << 4 | nibble(*pair.get(1)?)?)).collect()
}
