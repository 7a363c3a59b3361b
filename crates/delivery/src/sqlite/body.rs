//! Bytes with the digest that is verified whenever they are read.

use super::open::sql;
use crate::ids::Sha256;
use crate::store::StoreError;
use rusqlite::{Connection, OptionalExtension};

pub(super) fn insert(connection: &Connection, bytes: &[u8]) -> Result<i64, StoreError> {
    let doing = "storing bytes";
    let mut insert = connection
        .prepare_cached("INSERT INTO body (sha256, bytes) VALUES (?1, ?2)")
        .map_err(|error| sql(doing, &error))?;
    insert.insert((&Sha256::of(bytes).0[..], bytes)).map_err(|error| sql(doing, &error))
}

pub(super) fn read(connection: &Connection, body: i64, what: &'static str) -> Result<(Sha256, Vec<u8>), StoreError> {
    let doing = "reading bytes";
    let mut select = connection
        .prepare_cached("SELECT sha256, bytes FROM body WHERE id = ?1")
        .map_err(|error| sql(doing, &error))?;
    let found: Option<(Vec<u8>, Vec<u8>)> = select
        .query_row([body], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()
        .map_err(|error| sql(doing, &error))?;
    let damaged = StoreError::DamagedBody { body, what };
    let (sha256, bytes) = found.ok_or_else(|| damaged.clone())?;
    let actual = Sha256::of(&bytes);
    if actual.0[..] == sha256 { Ok((actual, bytes)) } else { Err(damaged) }
}
