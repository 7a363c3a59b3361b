//! Creating, locking and opening the database file.

use super::SqliteOptions;
use crate::store::StoreError;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// "gkhd": marks the file as ours.
const APPLICATION_ID: i64 = 0x676b_6864;

/// How long a connection waits for another.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// A connection is used by one thread at a time: the writer's own, or whoever holds the reader. SQLite's locks are not needed.
const ALONE: OpenFlags = OpenFlags::SQLITE_OPEN_NO_MUTEX;

/// Memory for pages of the writer, in KB.
const CACHE_KB: i64 = 16_384;

/// A file up to this size is read through at every opening; a larger one after an unclean stop, in the background.
const CHECKED_AT_ONCE: u64 = 8 << 20;

/// The oldest schema that can be read: schema 1 was never released.
const FIRST: i64 = 2;

/// The schema [`FIRST`] and what has been added since, in order; the file's `user_version` says which is the last applied.
const MIGRATIONS: [&str; 1] = [include_str!("schema.sql")];

pub(super) fn database(directory: &Path) -> PathBuf {
    directory.join("delivery.sqlite")
}

/// Takes the writer's lock: SQLite itself would let a second process write.
pub(super) fn lock(directory: &Path) -> Result<File, StoreError> {
    let path = directory.join("delivery.lock");
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(|error| io("opening the lock file", &error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::Locked { path }),
        Err(TryLockError::Error(error)) => Err(io("locking the store", &error)),
    }
}

/// Opens the database for writing; the lock must be held. Creates it when there is none.
pub(super) fn writer(directory: &Path, options: &SqliteOptions) -> Result<Connection, StoreError> {
    let path = database(directory);
    if !path.exists() {
        create(directory, options)?;
    }
    let connection = Connection::open_with_flags(&path, OpenFlags::SQLITE_OPEN_READ_WRITE | ALONE)
        .map_err(|error| sql("opening the store", &error))?;
    // First of all: nothing is changed in a file that is not ours.
    identify(&connection, &path)?;
    configure(&connection)?;
    if fs::metadata(&path).map_err(|error| io("measuring the store", &error))?.len() <= CHECKED_AT_ONCE {
        // A power cut during the WAL's life is SQLite's to repair; damage to the file is ours to notice.
        let check: String = connection
            .query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
            .map_err(|error| sql("checking the store", &error))?;
        if check != "ok" {
            return Err(StoreError::Damaged { what: check });
        }
    }
    migrate(&connection)?;
    Ok(connection)
}

/// Opens the database for reading only, beside a writer or alone.
pub(super) fn reader(directory: &Path) -> Result<Connection, StoreError> {
    let path = database(directory);
    if !path.exists() {
        return Err(StoreError::Missing { path });
    }
    let connection = Connection::open_with_flags(&path, OpenFlags::SQLITE_OPEN_READ_ONLY | ALONE)
        .map_err(|error| sql("opening the store for reading", &error))?;
    connection.busy_timeout(PATIENCE).map_err(|error| sql("opening the store", &error))?;
    connection.set_prepared_statement_cache_capacity(64);
    identify(&connection, &path)?;
    Ok(connection)
}

/// Makes the file under another name and moves it into place: a half-made store is never seen.
fn create(directory: &Path, options: &SqliteOptions) -> Result<(), StoreError> {
    let making = directory.join("delivery.new");
    if making.exists() {
        fs::remove_dir_all(&making).map_err(|error| io("removing an unfinished store", &error))?;
    }
    fs::create_dir(&making).map_err(|error| io("creating the store", &error))?;
    let new = database(&making);
    {
        let connection = Connection::open(&new).map_err(|error| sql("creating the store", &error))?;
        let doing = "creating the store";
        connection.pragma_update(None, "auto_vacuum", "INCREMENTAL").map_err(|error| sql(doing, &error))?;
        configure(&connection)?;
        connection.pragma_update(None, "application_id", APPLICATION_ID).map_err(|error| sql(doing, &error))?;
        migrate(&connection)?;
        connection
            .execute("INSERT INTO store (one, namespace) VALUES (1, ?1)", [&options.namespace.0[..]])
            .map_err(|error| sql(doing, &error))?;
        connection.close().map_err(|(_, error)| sql(doing, &error))?;
    }
    File::open(&new).and_then(|file| file.sync_all()).map_err(|error| io("writing the new store", &error))?;
    fs::rename(&new, database(directory)).map_err(|error| io("moving the new store into place", &error))?;
    File::open(directory).and_then(|file| file.sync_all()).map_err(|error| io("writing the data directory", &error))?;
    fs::remove_dir_all(&making).map_err(|error| io("removing the maker's directory", &error))
}

fn configure(connection: &Connection) -> Result<(), StoreError> {
    let doing = "configuring the store";
    connection.busy_timeout(PATIENCE).map_err(|error| sql(doing, &error))?;
    connection.pragma_update(None, "journal_mode", "WAL").map_err(|error| sql(doing, &error))?;
    connection.pragma_update(None, "synchronous", "FULL").map_err(|error| sql(doing, &error))?;
    connection.pragma_update(None, "foreign_keys", true).map_err(|error| sql(doing, &error))?;
    // What the retention removes must not stay behind in free pages.
    connection.pragma_update(None, "secure_delete", true).map_err(|error| sql(doing, &error))?;
    // Undoing one operation of a group must not go through temporary files, nor a large group be written out before its end.
    connection.pragma_update(None, "temp_store", "MEMORY").map_err(|error| sql(doing, &error))?;
    connection.pragma_update(None, "cache_size", -CACHE_KB).map_err(|error| sql(doing, &error))?;
    // Values must not change how a statement is carried out: with them SQLite would plan some statements anew at every use.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map_err(|error| sql(doing, &error))?;
    connection.set_prepared_statement_cache_capacity(256);
    Ok(())
}

pub(super) fn identify(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let doing = "reading the store's header";
    let pragma = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    if pragma("application_id").map_err(|error| sql(doing, &error))? != APPLICATION_ID {
        return Err(StoreError::Foreign { path: path.to_owned() });
    }
    let found = pragma("user_version").map_err(|error| sql(doing, &error))?;
    let known = known();
    match found {
        _ if found > known => Err(StoreError::Newer { found, known }),
        _ if found < FIRST => Err(StoreError::PreRelease { found }),
        _ => Ok(()),
    }
}

fn known() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX).saturating_add(FIRST - 1)
}

fn migrate(connection: &Connection) -> Result<(), StoreError> {
    let doing = "migrating the store";
    let applied: i64 =
        connection.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(|error| sql(doing, &error))?;
    for (version, migration) in (FIRST..).zip(MIGRATIONS) {
        if version > applied {
            connection
                .execute_batch(&format!("BEGIN IMMEDIATE;\n{migration}\nPRAGMA user_version = {version};\nCOMMIT;"))
                .map_err(|error| sql(doing, &error))?;
        }
    }
    Ok(())
}

pub(super) fn io(doing: &'static str, error: &std::io::Error) -> StoreError {
    if error.kind() == std::io::ErrorKind::StorageFull {
        return StoreError::Full { doing };
    }
    StoreError::Io { doing, text: error.to_string() }
}

pub(super) fn sql(doing: &'static str, error: &rusqlite::Error) -> StoreError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => StoreError::Full { doing },
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => StoreError::Damaged { what: error.to_string() },
        _ => StoreError::Io { doing, text: error.to_string() },
    }
}
