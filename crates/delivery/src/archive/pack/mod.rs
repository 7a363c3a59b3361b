//! A pack: what a person hands over. A folder with the exact bytes, an index, and as much of the chain as ties them to signed days,
//! readable and checkable without this software.

mod folder;
mod proof;
mod readme;
mod rows;

use self::folder::Folder;
use self::proof::Proof;
use self::rows::{Kept, Piece};
use super::{Archive, Custody, Entry, Selection};
use crate::ids::{Sha256, Timestamp};
use crate::seal::{Seal, SealError};
use crate::store::StoreError;
use std::path::{Path, PathBuf};

/// Entries come with their bytes, so few at a time.
const PAGE: usize = 16;

/// Where a pack is taken from.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    /// The chains.
    pub archive: &'a dyn Archive,
    /// The selection.
    pub custody: &'a dyn Custody,
    /// What opens the bytes.
    pub seal: &'a dyn Seal,
}

impl std::fmt::Debug for Source<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Source").finish_non_exhaustive()
    }
}

/// What a pack is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// What goes into it.
    pub selection: Selection,
    /// The same for people, without personal data: it stands in the read-me.
    pub subject: String,
    /// When it is made.
    pub made: Timestamp,
    /// What makes it: name and version of the program.
    pub program: String,
    /// How the signature of a head is checked, in Russian: it depends on who signs.
    pub signature_ru: String,
    /// The same in English.
    pub signature_en: String,
}

/// What a pack holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Packed {
    /// Pieces with their bytes.
    pub pieces: u64,
    /// Pieces whose bytes were erased on purpose; they are listed.
    pub erased: u64,
    /// Pieces whose bytes the retention has removed; they are listed.
    pub expired: u64,
    /// Links of these pieces that no signed head covers yet: make the pack again when the day is closed.
    pub open_links: u64,
}

/// A pack could not be made; nothing of it is left behind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PackError {
    /// There is something at its place.
    #[error("{} is there already: name another folder", path.display())]
    Exists {
        /// The place.
        path: PathBuf,
    },
    /// An unfinished one is in the way.
    #[error("{} was left by an export that did not end: delete it, and try again", path.display())]
    Partial {
        /// The unfinished one.
        path: PathBuf,
    },
    /// Nothing is selected.
    #[error("the archive holds nothing of it: nothing was sent for it, or it was named wrongly")]
    Nothing,
    /// A record is not what was recorded.
    #[error("record {number} of node `{node}` is not as it was recorded: verify the archive (`gkh archive verify`)")]
    Damaged {
        /// The node.
        node: String,
        /// The record.
        number: i64,
    },
    /// The chain does not hold.
    #[error("the chain of node `{node}` does not hold at link {link}: verify the archive (`gkh archive verify`)")]
    Broken {
        /// The node.
        node: String,
        /// The link.
        link: i64,
    },
    /// The store's own.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Bytes cannot be opened.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The operating system refused.
    #[error("cannot {doing} {}: {text}", path.display())]
    Io {
        /// What was being done.
        doing: &'static str,
        /// With what.
        path: PathBuf,
        /// What it said.
        text: String,
    },
}

/// Makes a pack at `to`, a folder that must not exist yet: whole or not at all, readable by its owner only, because it holds personal
/// data in the clear. Every piece is held against the chain on its way. Files are written on the calling thread.
///
/// # Errors
/// [`PackError`]; then nothing is at `to`.
pub async fn pack(source: Source<'_>, order: &Order, to: &Path) -> Result<Packed, PackError> {
    let mut folder = Folder::create(to)?;
    let mut proof = Proof::begin(source.archive, &folder)?;
    let (mut table, mut list) = (folder.begin("index.csv")?, folder.begin("index.json")?);
    table.write(Piece::HEADER.as_bytes())?;
    let mut packed = Packed::default();
    let mut listed = 0_u64;
    let mut last: Option<(String, i64)> = None;
    loop {
        let after = last.as_ref().map(|(node, number)| (node.as_str(), *number));
        let page = source.custody.selected(&order.selection, after, PAGE).await?;
        let Some(end) = page.last() else { break };
        last = Some((end.node.clone(), end.number));
        for entry in page {
            let link = proof.link_of(&mut folder, &entry).await?;
            listed += 1;
            let (kept, file) = match opened(source.seal, &entry)? {
                Opened::Plain(plain) => {
                    let file = format!("files/{listed:06}-{}.{}", entry.role.name(), entry.role.extension());
                    folder.write(&file, &plain)?;
                    packed.pieces += 1;
                    (Kept::Here, Some(file))
                }
                Opened::Erased => {
                    packed.erased += 1;
                    (Kept::Erased, None)
                }
                Opened::Expired => {
                    packed.expired += 1;
                    (Kept::Expired, None)
                }
            };
            proof.record(&entry, file.as_deref())?;
            let piece = Piece::of(&entry, link, kept, file);
            table.write(piece.line().as_bytes())?;
            list.write(if listed == 1 { b"[\n" } else { b",\n" })?;
            // Strings and numbers alone always have a JSON form.
            list.write(&serde_json::to_vec(&piece).unwrap_or_default())?;
        }
    }
    if listed == 0 {
        return Err(PackError::Nothing);
    }
    list.write(b"\n]\n")?;
    folder.end(table)?;
    folder.end(list)?;
    packed.open_links = proof.end(&mut folder).await?;
    folder.write("README.txt", readme::text(order, &packed).as_bytes())?;
    folder.finish()?;
    Ok(packed)
}

enum Opened {
    Plain(Vec<u8>),
    Erased,
    Expired,
}

/// The bytes of a record, held against its digests.
fn opened(seal: &dyn Seal, entry: &Entry) -> Result<Opened, PackError> {
    let damaged = || PackError::Damaged { node: entry.node.clone(), number: entry.number };
    let Some(bytes) = &entry.bytes else { return Ok(Opened::Expired) };
    if Sha256::of(bytes) != entry.sealed {
        return Err(damaged());
    }
    match seal.open(entry.key, bytes) {
        Ok(plain) if Sha256::of(&plain) == entry.plain => Ok(Opened::Plain(plain)),
        Ok(_) => Err(damaged()),
        Err(SealError::Erased { .. }) => Ok(Opened::Erased),
        Err(error) => Err(error.into()),
    }
}
