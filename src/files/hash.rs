//! The two checksums the protocol asks for, in one pass over the bytes (`protocol` §6). Neither protects anything: MD5 tells
//! whether a part arrived whole, GOST R 34.11-94 whether a message means the file that was uploaded.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use gost94::Gost94CryptoPro;
use md5::{Digest as _, Md5};

/// MD5 of a part, as it stands in `Content-MD5` once written in base64.
pub type PartMd5 = [u8; 16];

/// `Content-MD5` of some bytes.
pub fn content_md5(md5: &PartMd5) -> String {
    BASE64.encode(md5)
}

/// What `Content-MD5` says, if it says anything.
pub fn from_content_md5(text: &str) -> Option<PartMd5> {
    BASE64.decode(text.trim()).ok()?.try_into().ok()
}

/// MD5 of some bytes.
pub fn md5(bytes: &[u8]) -> PartMd5 {
    Md5::digest(bytes).into()
}

/// `AttachmentHASH` of bytes that come piece by piece: GOST R 34.11-94 with the parameters of CryptoPro.
///
/// The digest's bytes are written in the order in which RFC 5831 writes them, as CryptoPro, `rhash --gost94-cryptopro` and
/// the OpenSSL engine do. That the system expects this order is known from clients that work, not from its own words.
#[derive(Clone, Default)]
pub struct AttachmentHash(Gost94CryptoPro);

impl std::fmt::Debug for AttachmentHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AttachmentHash")
    }
}

impl AttachmentHash {
    /// Nothing hashed yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next bytes, and gives their MD5 by the way.
    pub fn part(&mut self, bytes: &[u8]) -> PartMd5 {
        let mut md5 = Md5::new();
        // In pieces that the processor's cache holds, so that memory is gone through once.
        for piece in bytes.chunks(16 << 10) {
            md5.update(piece);
            self.0.update(piece);
        }
        md5.finalize().into()
    }

    /// Takes the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The hash in lowercase hex, 64 digits.
    pub fn finish(self) -> String {
        use std::fmt::Write as _;
        let mut hex = String::with_capacity(64);
        for byte in self.0.finalize() {
            // Writing to a string cannot fail.
            let _ = write!(hex, "{byte:02x}");
        }
        hex
    }

    /// The hash of all the bytes at once.
    pub fn of(bytes: &[u8]) -> String {
        let mut hash = Self::new();
        hash.update(bytes);
        hash.finish()
    }
}
