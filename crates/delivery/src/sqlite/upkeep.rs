//! Upkeep of an open store: copies and space given back.

use super::SqliteStore;
use super::check::whole;
use super::health::{Check, SqliteHealth};
use super::open::{PATIENCE, identify, io, reader, sql};
use crate::store::StoreError;
use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Pages given back between two commits, so that nobody waits long.
const PAGES: i64 = 2_000;

/// What upkeep gave back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Upkeep {
    /// Bytes the database file has become smaller by.
    pub freed: u64,
}

impl SqliteStore {
    /// How the store is.
    #[must_use]
    pub fn health(&self) -> SqliteHealth {
        self.health.get()
    }

    /// Copies the store into the new file `to` while it is written to: one moment of it, read through and checked. To restore it, put it
    /// into an empty data directory as `delivery.sqlite`. The keyring is not in it.
    ///
    /// # Errors
    /// [`StoreError::Exists`] when there is such a file; [`StoreError::Damaged`] when what was copied is; [`StoreError::Full`]; the
    /// operating system's own. Then there is no file `to`.
    pub async fn backup(&self, to: &Path) -> Result<(), StoreError> {
        let (directory, to) = (self.directory.clone(), to.to_owned());
        tokio::task::spawn_blocking(move || copy(&directory, &to)).await.map_err(|_| StoreError::Closed)?
    }

    /// Gives free pages back to the file system and empties the write-ahead log. Others write in between.
    ///
    /// # Errors
    /// The database's own.
    pub async fn maintain(&self) -> Result<Upkeep, StoreError> {
        let mut freed = 0_u64;
        loop {
            let (now, left) = self.writer.alone(vacuum).await?;
            freed = freed.saturating_add(now);
            if now == 0 || left == 0 {
                break;
            }
        }
        self.writer.alone(checkpoint).await?;
        Ok(Upkeep { freed })
    }
}

/// Gives some pages back. Gives their bytes, and how many free pages are left.
fn vacuum(connection: &Connection) -> Result<(u64, i64), StoreError> {
    let doing = "giving space back";
    let free = || {
        connection
            .query_row("PRAGMA freelist_count", [], |row| row.get::<_, i64>(0))
            .map_err(|error| sql(doing, &error))
    };
    let size = super::space::size(connection)?;
    if free()? > 0 {
        // Each step gives back one page.
        let mut vacuum =
            connection.prepare(&format!("PRAGMA incremental_vacuum({PAGES})")).map_err(|error| sql(doing, &error))?;
        let mut rows = vacuum.query([]).map_err(|error| sql(doing, &error))?;
        while rows.next().map_err(|error| sql(doing, &error))?.is_some() {}
    }
    Ok((size.saturating_sub(super::space::size(connection)?), free()?))
}

fn checkpoint(connection: &Connection) -> Result<(), StoreError> {
    let doing = "emptying the write-ahead log";
    // A reader in the middle of its work may hold the log: nobody waits for it, the log is emptied the next time.
    connection.busy_timeout(Duration::ZERO).map_err(|error| sql(doing, &error))?;
    let emptied = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
    connection.busy_timeout(PATIENCE).map_err(|error| sql(doing, &error))?;
    emptied.map_err(|error| sql(doing, &error))
}

fn copy(directory: &Path, to: &Path) -> Result<(), StoreError> {
    if to.exists() {
        return Err(StoreError::Exists { path: to.to_owned() });
    }
    let mut name = to.as_os_str().to_owned();
    name.push(".part");
    let part = PathBuf::from(name);
    let copied = fill(directory, &part).and_then(|()| {
        // A hard link, unlike a rename, never replaces what has come meanwhile.
        fs::hard_link(&part, to).map_err(|error| match error.kind() {
            std::io::ErrorKind::AlreadyExists => StoreError::Exists { path: to.to_owned() },
            _ => io("moving the copy into place", &error),
        })
    });
    let _ = fs::remove_file(&part);
    copied?;
    let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(|error| io("writing the copy's folder", &error))
}

fn fill(directory: &Path, part: &Path) -> Result<(), StoreError> {
    let doing = "copying the store";
    if part.exists() {
        fs::remove_file(part).map_err(|error| io("removing an unfinished copy", &error))?;
    }
    let source = reader(directory)?;
    let mut copy = Connection::open(part).map_err(|error| sql(doing, &error))?;
    {
        let backup = Backup::new(&source, &mut copy).map_err(|error| sql(doing, &error))?;
        // All pages at once: one moment of the store, which in WAL mode holds up nobody.
        let step = backup.step(-1).map_err(|error| sql(doing, &error))?;
        if step != StepResult::Done {
            return Err(StoreError::Io { doing, text: "the store was busy".into() });
        }
    }
    // One file: whoever copies it on must not lose a log beside it.
    copy.pragma_update(None, "journal_mode", "DELETE").map_err(|error| sql(doing, &error))?;
    identify(&copy, part)?;
    if let Check::Damaged(what) | Check::Unfinished(what) = whole(&copy) {
        return Err(StoreError::Damaged { what });
    }
    copy.close().map_err(|(_, error)| sql(doing, &error))?;
    File::open(part).and_then(|file| file.sync_all()).map_err(|error| io("writing the copy", &error))
}
