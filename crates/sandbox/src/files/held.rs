//! A file as it is kept, or a session on its way to be one.

use std::collections::BTreeMap;

use bytes::Bytes;
use gis_gkh::Guid;
use gis_gkh::files::{AttachmentHash, Context, FileName, PART, decode};
use time::OffsetDateTime;

/// What the file store holds, as tests see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldFile {
    /// Its identifier.
    pub id: Guid,
    /// The organisation that uploaded it.
    pub owner: Guid,
    /// The section it is in.
    pub context: Context,
    /// Its name.
    pub name: String,
    /// Bytes announced.
    pub length: u64,
    /// `AttachmentHASH`, once it is whole.
    pub hash: Option<String>,
    /// Something refers to it.
    pub bound: bool,
}

/// Bytes that stand for a virus in the sandbox.
const VIRUS: &[u8] = b"SANDBOX-VIRUS";

/// What files begin with, by their extensions. Those not listed may begin with anything.
const BEGINNINGS: [(&[&str], &[&[u8]]); 4] = [
    (&["pdf"], &[b"%PDF"]),
    (&["zip", "docx", "xlsx", "odt", "ods", "odp"], &[b"PK"]),
    (&["jpg", "jpeg"], &[b"\xff\xd8\xff"]),
    (&["tif", "tiff"], &[b"II*\0", b"MM\0*"]),
];

/// Made-up bytes for a file, which begin as its extension says.
pub(super) fn sample(name: &FileName) -> Bytes {
    let extension = name.extension();
    let known = BEGINNINGS.iter().find(|(extensions, _)| extensions.contains(&extension.as_str()));
    let mut bytes = known.and_then(|(_, all)| all.first()).map(|beginning| beginning.to_vec()).unwrap_or_default();
    bytes.extend_from_slice("\nОбразец из песочницы\n".as_bytes());
    bytes.into()
}

pub(super) struct Held {
    pub(super) owner: Guid,
    pub(super) context: Context,
    /// As it came, in a header's encoding.
    pub(super) name: String,
    pub(super) length: u64,
    pub(super) count: u32,
    pub(super) parts: BTreeMap<u32, Bytes>,
    pub(super) touched: OffsetDateTime,
    /// When it became whole.
    pub(super) completed: Option<OffsetDateTime>,
    pub(super) bound: bool,
    pub(super) infected: bool,
    hash: Option<String>,
}

impl Held {
    pub(super) fn new(owner: Guid, context: Context, name: &str, length: u64, now: OffsetDateTime) -> Self {
        Self {
            owner,
            context,
            name: name.to_owned(),
            length,
            count: u32::try_from(length.div_ceil(PART)).unwrap_or(u32::MAX),
            parts: BTreeMap::new(),
            touched: now,
            completed: None,
            bound: false,
            infected: false,
            hash: None,
        }
    }

    /// Bytes that a part must have.
    pub(super) fn size_of(&self, number: u32) -> u64 {
        let before = u64::from(number.saturating_sub(1)).saturating_mul(PART);
        self.length.saturating_sub(before).min(PART)
    }

    /// All parts are there.
    pub(super) fn complete(&mut self, now: OffsetDateTime) {
        self.completed = Some(now);
        self.infected = self.parts.values().any(|part| part.windows(VIRUS.len()).any(|bytes| bytes == VIRUS));
    }

    /// Whether the beginning is what the extension says.
    pub(super) fn is_what_it_says(&self) -> bool {
        let name = decode(&self.name).to_lowercase();
        let extension = name.rsplit_once('.').map(|(_, extension)| extension).unwrap_or_default();
        let begins = self.parts.get(&1).map(AsRef::as_ref).unwrap_or_default();
        let known = BEGINNINGS.iter().find(|(extensions, _)| extensions.contains(&extension));
        known.is_none_or(|(_, all)| all.iter().any(|beginning| begins.starts_with(beginning)))
    }

    /// Bytes from one place up to and with another; both are within.
    pub(super) fn range(&self, from: u64, to: u64) -> Bytes {
        let (mut bytes, mut begin) = (Vec::new(), 0_u64);
        for part in self.parts.values() {
            let end = begin + u64::try_from(part.len()).unwrap_or(0);
            if from < end && to >= begin {
                let within = |place: u64| usize::try_from(place.saturating_sub(begin)).unwrap_or(0).min(part.len());
                let piece = part.slice(within(from)..within(to.saturating_add(1)));
                if bytes.is_empty() && piece.len() as u64 == to - from + 1 {
                    return piece;
                }
                bytes.extend_from_slice(&piece);
            }
            begin = end;
        }
        bytes.into()
    }

    /// `AttachmentHASH`, once the file is whole; computed when it is first asked for.
    pub(super) fn hash(&mut self) -> Option<&str> {
        self.completed?;
        let parts = &self.parts;
        let hash = self.hash.get_or_insert_with(|| {
            let mut hash = AttachmentHash::new();
            parts.values().for_each(|part| hash.update(part));
            hash.finish()
        });
        Some(hash)
    }

    pub(super) fn shown(&mut self, id: Guid) -> HeldFile {
        let hash = self.hash().map(ToOwned::to_owned);
        let Self { owner, context, length, bound, .. } = *self;
        HeldFile { id, owner, context, name: decode(&self.name), length, hash, bound }
    }
}
