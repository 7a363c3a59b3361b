//! Space kept for bad times: a file that is deleted when the disk is full, so that what has happened can still be recorded.

use super::health::{Shared, Spare};
use super::open::io;
use crate::store::StoreError;
use rusqlite::Connection;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Bytes written at a time.
const CHUNK: usize = 64 << 10;

pub(super) fn ballast(directory: &Path) -> PathBuf {
    directory.join("delivery.ballast")
}

/// The store's limits and its ballast.
#[derive(Debug)]
pub(super) struct Space {
    directory: PathBuf,
    /// Size of the ballast; zero: none.
    bytes: u64,
    /// Bytes the database may have in good times.
    limit: Option<u64>,
    health: Shared,
}

impl Space {
    /// Makes the ballast if there is none yet. A disk too full for it is no error: nothing new is taken in then.
    pub(super) fn new(
        directory: &Path,
        (bytes, limit): (u64, Option<u64>),
        connection: &Connection,
        health: Shared,
    ) -> Result<Self, StoreError> {
        let space = Self { directory: directory.to_owned(), bytes, limit, health };
        limit_pages(connection, space.limit)?;
        if bytes > 0 {
            space.health.set_spare(Spare::Used);
            space.restore(connection);
        }
        Ok(space)
    }

    /// Gives up the ballast, and lets the database grow by as much beyond its limit.
    pub(super) fn release(&self, connection: &Connection) {
        if self.bytes == 0 {
            return;
        }
        // What cannot be done here shows when the write is tried again.
        let _ = fs::remove_file(ballast(&self.directory));
        let _ = limit_pages(connection, self.limit.map(|limit| limit.saturating_add(self.bytes)));
        self.health.set_spare(Spare::Used);
    }

    /// Whether there is room for something new.
    pub(super) fn spare(&self, connection: &Connection) -> bool {
        self.bytes == 0 || self.health.spare() != Spare::Used || self.restore(connection)
    }

    /// Makes the ballast again where there is space for twice as much: a disk that is full but for the ballast is still full.
    fn restore(&self, connection: &Connection) -> bool {
        let small = self.limit.is_none_or(|limit| size(connection).is_ok_and(|size| size <= limit));
        let path = ballast(&self.directory);
        let kept = fs::metadata(&path).is_ok_and(|file| file.len() == self.bytes);
        let restored = small && (kept || self.make(&path).is_ok()) && limit_pages(connection, self.limit).is_ok();
        if restored {
            self.health.set_spare(Spare::Kept);
        }
        restored
    }

    fn make(&self, path: &Path) -> Result<(), StoreError> {
        let doing = "making the ballast file";
        let made = (|| {
            let mut file = File::create(path)?;
            let mut noise = Noise(0x9e37_79b9_7f4a_7c15);
            let mut left = self.bytes.saturating_mul(2);
            while left > 0 {
                let chunk = noise.chunk();
                let now = chunk.len().min(usize::try_from(left).unwrap_or(usize::MAX));
                file.write_all(&chunk[..now])?;
                left -= u64::try_from(now).unwrap_or(left);
            }
            file.sync_all()?;
            file.set_len(self.bytes)?;
            file.sync_all()
        })();
        made.map_err(|error| {
            let _ = fs::remove_file(path);
            io(doing, &error)
        })
    }
}

/// Bytes of the database file as SQLite counts them.
pub(super) fn size(connection: &Connection) -> Result<u64, StoreError> {
    connection
        .query_row("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size", [], |row| row.get(0))
        .map(i64::unsigned_abs)
        .map_err(|error| super::open::sql("measuring the store", &error))
}

fn limit_pages(connection: &Connection, limit: Option<u64>) -> Result<(), StoreError> {
    let Some(bytes) = limit else { return Ok(()) };
    let doing = "limiting the store";
    let size: i64 = connection
        .query_row("PRAGMA page_size", [], |row| row.get(0))
        .map_err(|error| super::open::sql(doing, &error))?;
    let pages = (bytes / size.unsigned_abs().max(1)).max(1);
    connection
        .query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(()))
        .map_err(|error| super::open::sql(doing, &error))
}

/// Bytes no file system compresses away.
struct Noise(u64);

impl Noise {
    fn chunk(&mut self) -> Vec<u8> {
        let mut chunk = Vec::with_capacity(CHUNK);
        while chunk.len() < CHUNK {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            chunk.extend(self.0.to_le_bytes());
        }
        chunk
    }
}
