//! Sealed bytes with the digest that is verified whenever they are read.

use super::open::sql;
use crate::ids::{Sha256, Timestamp};
use crate::seal::{KeyId, Seal};
use crate::store::StoreError;
use rusqlite::{Connection, OptionalExtension};

/// Bytes sealed and ready to be stored. Made before the writer's turn: compressing and encrypting must not hold up a commit.
#[derive(Debug)]
pub(super) struct Body {
    pub(super) key: KeyId,
    /// Of the sealed bytes.
    pub(super) sha256: Sha256,
    pub(super) bytes: Vec<u8>,
}

impl Body {
    pub(super) fn seal(seal: &dyn Seal, organisation: &str, at: Timestamp, plain: &[u8]) -> Result<Self, StoreError> {
        let sealed = seal.seal(organisation, at, plain)?;
        Ok(Self { key: sealed.key, sha256: Sha256::of(&sealed.bytes), bytes: sealed.bytes })
    }
}

pub(super) fn insert(connection: &Connection, body: &Body) -> Result<i64, StoreError> {
    let doing = "storing bytes";
    let mut insert = connection
        .prepare_cached("INSERT INTO body (key, sha256, bytes) VALUES (?1, ?2, ?3)")
        .map_err(|error| sql(doing, &error))?;
    insert.insert((body.key.0, &body.sha256.0[..], &body.bytes)).map_err(|error| sql(doing, &error))
}

/// The plain bytes, when what is stored is what was stored.
pub(super) fn read(
    connection: &Connection,
    seal: &dyn Seal,
    body: i64,
    what: &'static str,
) -> Result<Vec<u8>, StoreError> {
    let doing = "reading bytes";
    let mut select = connection
        .prepare_cached("SELECT key, sha256, bytes FROM body WHERE id = ?1")
        .map_err(|error| sql(doing, &error))?;
    let found: Option<(i64, Vec<u8>, Vec<u8>)> = select
        .query_row([body], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()
        .map_err(|error| sql(doing, &error))?;
    let damaged = StoreError::DamagedBody { body, what };
    let (key, sha256, bytes) = found.ok_or_else(|| damaged.clone())?;
    if Sha256::of(&bytes).0[..] != sha256 {
        return Err(damaged);
    }
    Ok(seal.open(KeyId(key), &bytes)?)
}
