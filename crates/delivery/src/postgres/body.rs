//! Sealed bytes with the digest that is verified whenever they are read.

use super::session::column;
use super::trouble::Trouble;
use crate::ids::{Sha256, Timestamp};
use crate::seal::{KeyId, Seal, SealError};
use crate::store::StoreError;
use tokio_postgres::Row;

/// Bytes as they are stored.
#[derive(Debug)]
pub(super) struct Body {
    pub(super) key: i64,
    pub(super) sha256: Sha256,
    pub(super) bytes: Vec<u8>,
}

impl Body {
    pub(super) fn seal(seal: &dyn Seal, organisation: &str, at: Timestamp, plain: &[u8]) -> Result<Self, SealError> {
        let sealed = seal.seal(organisation, at, plain)?;
        Ok(Self { key: sealed.key.0, sha256: Sha256::of(&sealed.bytes), bytes: sealed.bytes })
    }
}

/// Reads key, digest and bytes from three columns beginning at `at`, and verifies them.
pub(super) fn open(seal: &dyn Seal, row: &Row, at: usize, number: i64, what: &'static str) -> Result<Vec<u8>, Trouble> {
    let damaged = || StoreError::DamagedBody { body: number, what };
    let (key, sha256): (Option<i64>, Option<&[u8]>) = (column(row, at)?, column(row, at + 1)?);
    let bytes: Option<&[u8]> = column(row, at + 2)?;
    let (Some(key), Some(sha256), Some(bytes)) = (key, sha256, bytes) else { return Err(damaged().into()) };
    if Sha256::of(bytes).0[..] != *sha256 {
        return Err(damaged().into());
    }
    Ok(seal.open(KeyId(key), bytes).map_err(StoreError::from)?)
}

/// A digest column.
pub(super) fn digest(row: &Row, at: usize) -> Result<Sha256, Trouble> {
    let bytes: &[u8] = column(row, at)?;
    let digest = bytes.try_into().map_err(|_| StoreError::Damaged { what: "a digest of another length".into() })?;
    Ok(Sha256(digest))
}

/// A digest of fields, each with its length before it.
pub(super) fn of_fields(fields: &[&str]) -> [u8; 32] {
    let mut bytes = Vec::with_capacity(fields.iter().map(|field| field.len() + 8).sum());
    for field in fields {
        bytes.extend_from_slice(&u64::try_from(field.len()).unwrap_or(u64::MAX).to_be_bytes());
        bytes.extend_from_slice(field.as_bytes());
    }
    Sha256::of(&bytes).0
}
