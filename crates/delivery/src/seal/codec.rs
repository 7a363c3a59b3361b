//! Compression, with contexts that are made once a thread.

use super::{MAX_PLAIN, SealError};
use std::cell::RefCell;
use zstd::bulk::{Compressor, Decompressor};

/// How the bytes of a body are packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Codec {
    /// As they are.
    Stored = 0,
    /// The plain length (four bytes, little-endian), then one zstd frame.
    Zstd = 1,
}

const LEVEL: i32 = 3;
const LENGTH: usize = 4;
/// Shorter bodies gain nothing over the length and the frame's own header.
const WORTH: usize = 64;

thread_local! {
    // A context costs more to make than a small body to compress.
    static COMPRESSOR: RefCell<Option<Compressor<'static>>> = const { RefCell::new(None) };
    static DECOMPRESSOR: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) };
}

impl Codec {
    pub(super) fn byte(self) -> u8 {
        self as u8
    }

    pub(super) fn of(byte: u8) -> Option<Self> {
        [Self::Stored, Self::Zstd].into_iter().find(|codec| codec.byte() == byte)
    }
}

/// Packed `plain` with `before` zero bytes ahead of it and room for `after` more behind, and how it is packed.
pub(super) fn pack(plain: &[u8], before: usize, after: usize) -> Result<(Codec, Vec<u8>), SealError> {
    let length = u32::try_from(plain.len()).ok().filter(|_| plain.len() <= MAX_PLAIN);
    let length = length.ok_or(SealError::TooLarge { found: plain.len(), limit: MAX_PLAIN })?;
    if plain.len() >= WORTH {
        let start = before + LENGTH;
        let mut out = vec![0; start + zstd::zstd_safe::compress_bound(plain.len()) + after];
        let packed = COMPRESSOR.with_borrow_mut(|slot| -> Result<_, SealError> {
            let compressor = match slot {
                Some(compressor) => compressor,
                None => slot.insert(Compressor::new(LEVEL).map_err(|_| SealError::Compression)?),
            };
            compressor.compress_to_buffer(plain, &mut out[start..]).map_err(|_| SealError::Compression)
        })?;
        if packed + LENGTH < plain.len() {
            out[before..start].copy_from_slice(&length.to_le_bytes());
            // The spare room is as large as the body; the copy is as small as what was packed.
            let mut exact = Vec::with_capacity(start + packed + after);
            exact.extend_from_slice(&out[..start + packed]);
            return Ok((Codec::Zstd, exact));
        }
    }
    let mut out = Vec::with_capacity(before + plain.len() + after);
    out.resize(before, 0);
    out.extend_from_slice(plain);
    Ok((Codec::Stored, out))
}

/// What was packed; `Err` names what is wrong with it. Never makes more than the length that was stored, nor more than
/// the largest body.
pub(super) fn unpack(codec: Codec, packed: &[u8]) -> Result<Vec<u8>, &'static str> {
    if codec == Codec::Stored {
        return if packed.len() <= MAX_PLAIN { Ok(packed.to_vec()) } else { Err("longer than a body may be") };
    }
    let (length, frame) = packed.split_first_chunk::<LENGTH>().ok_or("no plain length")?;
    let length = usize::try_from(u32::from_le_bytes(*length)).map_err(|_| "plain length over the limit")?;
    if length > MAX_PLAIN {
        return Err("plain length over the limit");
    }
    // The frame says its own length as well: asking costs less than making room for a lie.
    match zstd::zstd_safe::get_frame_content_size(frame) {
        Ok(Some(said)) if usize::try_from(said) == Ok(length) => {}
        _ => return Err("the frame's length differs from the plain length"),
    }
    let mut plain = Vec::with_capacity(length);
    DECOMPRESSOR.with_borrow_mut(|slot| {
        let decompressor = match slot {
            Some(decompressor) => decompressor,
            None => slot.insert(Decompressor::new().map_err(|_| "no memory to decompress")?),
        };
        decompressor.decompress_to_buffer(frame, &mut plain).map_err(|_| "does not decompress")
    })?;
    if plain.len() == length { Ok(plain) } else { Err("decompresses to another length") }
}
