//! Streebog (GOST R 34.11-2012, RFC 6986) of either size.

use std::fmt;

use streebog::{Digest, Streebog256, Streebog512};

/// Size of a GOST R 34.10-2012 key and of the Streebog digest that goes with it.
///
/// ГИС ЖКХ is known to accept 256-bit signatures; 512-bit ones have their identifiers, but no proof of acceptance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeySize {
    /// 256-bit keys and digests, 64-byte signatures.
    Bits256,
    /// 512-bit keys and digests, 128-byte signatures.
    Bits512,
}

impl KeySize {
    /// 256 or 512.
    pub const fn bits(self) -> u16 {
        match self {
            Self::Bits256 => 256,
            Self::Bits512 => 512,
        }
    }

    /// Length of a digest, a coordinate or a scalar: 32 or 64 bytes.
    pub const fn bytes(self) -> usize {
        match self {
            Self::Bits256 => 32,
            Self::Bits512 => 64,
        }
    }

    /// Length of a signature `s‖r` and of a public key `X‖Y`: 64 or 128 bytes.
    pub const fn signature_bytes(self) -> usize {
        2 * self.bytes()
    }
}

impl fmt::Display for KeySize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bits", self.bits())
    }
}

/// Incremental Streebog hasher.
///
/// ```
/// use gis_gkh_sign::gost::{self, Hasher, KeySize};
///
/// let mut hasher = Hasher::new(KeySize::Bits256);
/// hasher.update(b"split ");
/// hasher.update(b"anywhere");
/// assert_eq!(hasher.finish(), gost::digest(KeySize::Bits256, b"split anywhere"));
/// ```
#[derive(Clone)]
pub struct Hasher(State);

#[derive(Clone)]
enum State {
    Bits256(Streebog256),
    Bits512(Streebog512),
}

impl Hasher {
    /// A hasher that has seen nothing yet.
    pub fn new(size: KeySize) -> Self {
        Self(match size {
            KeySize::Bits256 => State::Bits256(Streebog256::new()),
            KeySize::Bits512 => State::Bits512(Streebog512::new()),
        })
    }

    /// Size of the digest this hasher gives.
    pub fn size(&self) -> KeySize {
        match self.0 {
            State::Bits256(_) => KeySize::Bits256,
            State::Bits512(_) => KeySize::Bits512,
        }
    }

    /// Feeds further bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        match &mut self.0 {
            State::Bits256(state) => state.update(bytes),
            State::Bits512(state) => state.update(bytes),
        }
    }

    /// The digest, 32 or 64 bytes in the customary byte order (RFC 6986, OpenSSL): the one that goes into a
    /// `DigestValue` as it stands.
    pub fn finish(self) -> Vec<u8> {
        match self.0 {
            State::Bits256(state) => state.finalize().to_vec(),
            State::Bits512(state) => state.finalize().to_vec(),
        }
    }
}

impl fmt::Debug for Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The state is left out: a hasher may have seen secrets.
        f.debug_struct("Hasher").field("size", &self.size()).finish_non_exhaustive()
    }
}

/// Streebog digest of `data` in one call; see [`Hasher::finish`] for the byte order.
pub fn digest(size: KeySize, data: &[u8]) -> Vec<u8> {
    let mut hasher = Hasher::new(size);
    hasher.update(data);
    hasher.finish()
}
