//! The bytes of a sealed body.
//!
//! Encrypted: version 1, codec, nonce (24), ciphertext, tag (16); the AAD is key id (8, little-endian), version, codec.
//! Unencrypted: version 2, codec, packed bytes, first 16 bytes of the SHA-256 of all before.

use super::codec::{self, Codec};
use super::{KeyId, SealError};
use crate::ids::Sha256;
use chacha20poly1305::aead::{AeadInOut, KeyInit};
use chacha20poly1305::{Key, Tag, XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

pub(crate) const NONCE: usize = 24;
pub(crate) const TAG: usize = 16;
const ENCRYPTED: u8 = 1;
const PLAIN: u8 = 2;
const HEAD: usize = 2;
const START: usize = HEAD + NONCE;

/// The bytes of a key; forgotten when dropped, never shown.
pub(crate) type Secret = Zeroizing<[u8; 32]>;

/// A key ready for use; its bytes are zeroised when it is dropped.
pub(crate) struct Cipher(XChaCha20Poly1305);

impl Cipher {
    pub(crate) fn new(secret: &Secret) -> Self {
        Self(XChaCha20Poly1305::new(<&Key>::from(&**secret)))
    }

    /// Encrypts in place; `None` only for more bytes than the cipher can take.
    pub(crate) fn lock(&self, nonce: &[u8; NONCE], aad: &[u8], bytes: &mut [u8]) -> Option<[u8; TAG]> {
        self.0.encrypt_inout_detached(<&XNonce>::from(nonce), aad, bytes.into()).ok().map(Into::into)
    }

    /// Decrypts in place; `None`, with the bytes as they were, when they are not what was locked.
    pub(crate) fn unlock(&self, nonce: &[u8; NONCE], aad: &[u8], bytes: &mut [u8], tag: &[u8; TAG]) -> Option<()> {
        self.0.decrypt_inout_detached(<&XNonce>::from(nonce), aad, bytes.into(), <&Tag>::from(tag)).ok()
    }
}

/// A body encrypted under `cipher`, which is key `key`; the nonce must be fresh.
pub(crate) fn encrypt(cipher: &Cipher, key: KeyId, nonce: &[u8; NONCE], plain: &[u8]) -> Result<Vec<u8>, SealError> {
    let (codec, mut bytes) = codec::pack(plain, START, TAG)?;
    let (head, packed) = bytes.split_at_mut(START);
    head[0] = ENCRYPTED;
    head[1] = codec.byte();
    head[HEAD..].copy_from_slice(nonce);
    let tag = cipher.lock(nonce, &aad(key, ENCRYPTED, codec.byte()), packed).ok_or(SealError::Compression)?;
    bytes.extend_from_slice(&tag);
    Ok(bytes)
}

/// A body not encrypted at all.
pub(crate) fn leave(plain: &[u8]) -> Result<Vec<u8>, SealError> {
    let (codec, mut bytes) = codec::pack(plain, HEAD, TAG)?;
    bytes[0] = PLAIN;
    bytes[1] = codec.byte();
    let digest = Sha256::of(&bytes);
    bytes.extend_from_slice(&digest.0[..TAG]);
    Ok(bytes)
}

/// What `bytes` hold; `Err` names what is wrong with them.
pub(crate) fn decrypt(cipher: &Cipher, key: KeyId, bytes: &[u8]) -> Result<Vec<u8>, &'static str> {
    let (version, codec, rest) = split(bytes)?;
    if version != ENCRYPTED {
        return Err("not the format of an encrypted body");
    }
    let (nonce, rest) = rest.split_first_chunk::<NONCE>().ok_or("too short")?;
    let (packed, tag) = rest.split_last_chunk::<TAG>().ok_or("too short")?;
    let mut packed = packed.to_vec();
    cipher.unlock(nonce, &aad(key, version, codec), &mut packed, tag).ok_or("they do not authenticate")?;
    codec::unpack(Codec::of(codec).ok_or("unknown codec")?, &packed)
}

/// What bytes made by [`leave`] hold; `Err` names what is wrong with them.
pub(crate) fn take(bytes: &[u8]) -> Result<Vec<u8>, &'static str> {
    let (version, codec, rest) = split(bytes)?;
    if version != PLAIN {
        return Err("not the format of an unencrypted body");
    }
    let (packed, sum) = rest.split_last_chunk::<TAG>().ok_or("too short")?;
    if Sha256::of(&bytes[..HEAD + packed.len()]).0[..TAG] != sum[..] {
        return Err("the checksum differs");
    }
    codec::unpack(Codec::of(codec).ok_or("unknown codec")?, packed)
}

fn split(bytes: &[u8]) -> Result<(u8, u8, &[u8]), &'static str> {
    match bytes {
        [version, codec, rest @ ..] => Ok((*version, *codec, rest)),
        _ => Err("too short"),
    }
}

fn aad(key: KeyId, version: u8, codec: u8) -> [u8; 10] {
    let mut aad = [0; 10];
    aad[..8].copy_from_slice(&key.0.to_le_bytes());
    aad[8] = version;
    aad[9] = codec;
    aad
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_bound_to_the_number_of_its_key() {
        let cipher = Cipher::new(&Secret::new([7; 32]));
        let bytes = encrypt(&cipher, KeyId(1), &[9; NONCE], b"body").unwrap();
        assert_eq!(decrypt(&cipher, KeyId(1), &bytes).unwrap(), b"body");
        assert_eq!(decrypt(&cipher, KeyId(2), &bytes), Err("they do not authenticate"));
    }

    #[test]
    fn the_cipher_is_the_one_of_the_draft() {
        // draft-irtf-cfrg-xchacha-03, A.3.1.
        let secret = Secret::new(std::array::from_fn(|at| 0x80 + at as u8));
        let nonce = std::array::from_fn(|at| 0x40 + at as u8);
        let aad = [0x50, 0x51, 0x52, 0x53, 0xc0, 0xc1, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7];
        let mut bytes = *b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the \
            future, sunscreen would be it.";
        let tag = Cipher::new(&secret).lock(&nonce, &aad, &mut bytes).unwrap();
        assert_eq!(bytes[..8], [0xbd, 0x6d, 0x17, 0x9d, 0x3e, 0x83, 0xd4, 0x3b]);
        assert_eq!(tag[..8], [0xc0, 0x87, 0x59, 0x24, 0xc1, 0xc7, 0x98, 0x79]);
    }
}
