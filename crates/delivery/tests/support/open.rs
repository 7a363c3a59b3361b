//! How the tests open stores: sealed so that a test sees what is plain and what is not.

use gis_gkh_delivery::{KeyId, Namespace, Seal, SealError, Sealed, SqliteOptions, SqliteStore, StoreError, Timestamp};
use std::path::Path;
use std::sync::Arc;

/// Seals by a marker byte before the bytes: enough to notice bytes that were never sealed.
#[derive(Debug)]
pub(crate) struct Marked;

const MARK: u8 = 0xa5;

impl Seal for Marked {
    fn seal(&self, _: &str, _: Timestamp, plain: &[u8]) -> Result<Sealed, SealError> {
        Ok(Sealed { key: KeyId(7), bytes: [&[MARK], plain].concat() })
    }

    fn open(&self, key: KeyId, bytes: &[u8]) -> Result<Vec<u8>, SealError> {
        match bytes.split_first() {
            Some((&MARK, plain)) if key == KeyId(7) => Ok(plain.to_vec()),
            _ => Err(SealError::Damaged { key, what: "never marked" }),
        }
    }
}

pub(crate) fn options() -> SqliteOptions {
    // Hundreds of stores in memory need no ballast; those that do ask for it.
    SqliteOptions { ballast: 0, ..SqliteOptions::new(Namespace([7; 16]), Arc::new(Marked)) }
}

pub(crate) fn open(directory: &Path) -> Result<SqliteStore, StoreError> {
    SqliteStore::open(directory, &options())
}
