//! Private keys from PKCS#8 files.
//!
//! Producers disagree about what lies in the `privateKey` OCTET STRING. Read are the raw little-endian number
//! (gost-engine), the same in a nested OCTET STRING, and an INTEGER (both in RFC 9215 implementations). Everything
//! else is refused by name: a key read wrongly would sign wrongly.

mod encrypted;

use der::asn1::{OctetStringRef, UintRef};
use der::{Decode, SliceReader, Tag};
use pkcs8::PrivateKeyInfoRef;
use zeroize::Zeroizing;

use crate::gost::{self, AlgorithmError, PrivateKey, PrivateKeyError};
use crate::pem;

/// Why a private key file cannot be read. No error shows a byte of the key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The text holds no private key, or is not PEM.
    #[error("no private key: {0}; expected a PEM block BEGIN PRIVATE KEY (PKCS#8)")]
    Pem(String),
    /// A key of a kind that has its own PEM label.
    #[error(
        "the file holds {0}, not a PKCS#8 key; GOST R 34.10-2012 keys are stored as BEGIN PRIVATE KEY: export the \
         key of the organisation's certificate as PKCS#8"
    )]
    OtherKind(String),
    /// PKCS#8 under a password.
    #[error("the key is encrypted with a password; give the password, in a file or an environment variable")]
    Encrypted,
    /// The password does not open it.
    #[error("the password does not open the key, or the key file is damaged; check which of the two")]
    Password,
    /// PKCS#8 under a password by a method that is not known here.
    #[error(
        "the key is encrypted in a way that is not supported ({0}); encrypt it by PBES2 with AES: \
         `openssl pkcs8 -engine gost -topk8 -v2 aes-256-cbc -in KEY -out OUT`, or sign by the provider `openssl`"
    )]
    Encryption(String),
    /// Not PKCS#8 at all.
    #[error("the private key is not PKCS#8 (PrivateKeyInfo): {0}")]
    Pkcs8(der::Error),
    /// RSA, ECDSA, an unknown curve and the like.
    #[error(transparent)]
    Algorithm(#[from] AlgorithmError),
    /// The number is hidden under a mask (several numbers behind one another).
    #[error("the key is stored with masks, which is not supported; export it without masks, e.g. with the gost engine")]
    Masked,
    /// Another shape than the three above.
    #[error(
        "the key's content has an unknown shape ({found}, {bytes} bytes); known are {expected} raw little-endian \
         bytes, the same in an OCTET STRING, and an INTEGER. Export the key with the gost engine"
    )]
    UnknownShape {
        /// The ASN.1 tag it starts with, if any.
        found: String,
        /// Bytes there are.
        bytes: usize,
        /// Bytes of a raw key of this size.
        expected: usize,
    },
    /// The number does not fit its curve.
    #[error(transparent)]
    Key(#[from] PrivateKeyError),
}

impl PrivateKey {
    /// Key from PEM text with exactly one `PRIVATE KEY` block; other text and certificates beside it are passed over.
    ///
    /// # Errors
    /// See [`KeyError`]; each says what to do.
    pub fn from_pem(text: &str) -> Result<Self, KeyError> {
        let blocks = pem::blocks(text).map_err(KeyError::Pem)?;
        let key = only_key(&blocks)?;
        match key.label {
            "PRIVATE KEY" => Self::from_pkcs8_der(&key.der),
            "ENCRYPTED PRIVATE KEY" => Err(KeyError::Encrypted),
            other => Err(KeyError::OtherKind(other.to_owned())),
        }
    }

    /// Key from the DER of a PKCS#8 PrivateKeyInfo.
    ///
    /// # Errors
    /// See [`KeyError`]; each says what to do.
    pub fn from_pkcs8_der(bytes: &[u8]) -> Result<Self, KeyError> {
        if is_encrypted(bytes) {
            return Err(KeyError::Encrypted);
        }
        let info = PrivateKeyInfoRef::from_der(bytes).map_err(KeyError::Pkcs8)?;
        let curve = gost::curve_of(&info.algorithm.oid, info.algorithm.parameters)?;
        let scalar = scalar(info.private_key.as_bytes(), curve.key_size().bytes())?;
        Ok(Self::from_scalar(curve, &scalar)?)
    }
}

/// The only private key among the blocks.
fn only_key<'b, 't>(blocks: &'b [pem::Block<'t>]) -> Result<&'b pem::Block<'t>, KeyError> {
    let mut keys = blocks.iter().filter(|block| block.label.ends_with("PRIVATE KEY"));
    let key = keys.next().ok_or_else(|| KeyError::Pem("the text has no such block".to_owned()))?;
    if keys.next().is_some() {
        return Err(KeyError::Pem("the text holds several keys, leave the one that signs".to_owned()));
    }
    Ok(key)
}

/// The number of a key that is known to everybody, for the suite that looks for it where it must not be seen.
#[cfg(feature = "conformance")]
pub(crate) fn private_number(text: &str) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let blocks = pem::blocks(text).map_err(KeyError::Pem)?;
    let block = blocks.iter().find(|block| block.label == "PRIVATE KEY");
    let block = block.ok_or_else(|| KeyError::Pem("the text has no such block".to_owned()))?;
    let info = PrivateKeyInfoRef::from_der(&block.der).map_err(KeyError::Pkcs8)?;
    let curve = gost::curve_of(&info.algorithm.oid, info.algorithm.parameters)?;
    scalar(info.private_key.as_bytes(), curve.key_size().bytes())
}

/// EncryptedPrivateKeyInfo starts with an algorithm where PrivateKeyInfo has its version.
fn is_encrypted(bytes: &[u8]) -> bool {
    let first = || {
        let mut reader = SliceReader::new(bytes)?;
        der::Header::decode(&mut reader)?;
        Tag::peek(&reader)
    };
    first().is_ok_and(|tag| tag == Tag::Sequence)
}

/// The little-endian number in any of the known shapes.
fn scalar(content: &[u8], expected: usize) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    if content.len() == expected {
        return Ok(Zeroizing::new(content.to_vec()));
    }
    if let Ok(nested) = <&OctetStringRef>::from_der(content) {
        let nested = nested.as_bytes();
        if nested.len() == expected {
            return Ok(Zeroizing::new(nested.to_vec()));
        }
        if nested.len() > expected && nested.len().is_multiple_of(expected) {
            return Err(KeyError::Masked);
        }
    }
    if let Ok(number) = UintRef::from_der(content)
        && number.as_bytes().len() <= expected
    {
        let mut scalar = Zeroizing::new(vec![0; expected]);
        for (target, byte) in scalar.iter_mut().zip(number.as_bytes().iter().rev()) {
            *target = *byte;
        }
        return Ok(scalar);
    }
    if content.len() > expected && content.len().is_multiple_of(expected) {
        return Err(KeyError::Masked);
    }
    let found = SliceReader::new(content)
        .and_then(|reader| Tag::peek(&reader))
        .map_or_else(|_| "no ASN.1".to_owned(), |tag| tag.to_string());
    Err(KeyError::UnknownShape { found, bytes: content.len(), expected })
}
