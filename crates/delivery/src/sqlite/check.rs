//! The check after an unclean stop: a mark that is there while the store is open, and a thread that reads the whole file.

use super::health::{Check, Shared};
use super::open::{io, reader, sql};
use crate::store::StoreError;
use rusqlite::{Connection, InterruptHandle};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;

/// Findings told, at most.
const FINDINGS: usize = 5;

/// The mark of a store that is open or was not closed.
#[derive(Debug)]
pub(super) struct Mark(PathBuf);

impl Mark {
    /// Sets the mark. True when it was there already: the last stop was not clean.
    pub(super) fn set(directory: &Path) -> Result<(Self, bool), StoreError> {
        let path = directory.join("delivery.open");
        let doing = "marking the store as open";
        let unclean = path.exists();
        if !unclean {
            File::create(&path).and_then(|file| file.sync_all()).map_err(|error| io(doing, &error))?;
            File::open(directory).and_then(|directory| directory.sync_all()).map_err(|error| io(doing, &error))?;
        }
        Ok((Self(path), unclean))
    }

    /// Takes the mark away, unless the file has still to be checked.
    pub(super) fn clear(&self, health: &Shared) {
        if matches!(health.get().check, Check::NotNeeded | Check::Sound) {
            // Should it stay, one check too many is done.
            let _ = fs::remove_file(&self.0);
        }
    }
}

/// The running check. Dropping it interrupts it.
pub(super) struct Checker {
    interrupt: InterruptHandle,
    thread: Option<JoinHandle<()>>,
}

impl std::fmt::Debug for Checker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Checker").finish_non_exhaustive()
    }
}

impl Checker {
    /// Begins to check the store in `directory`, beside everything else.
    pub(super) fn start(directory: &Path, health: Shared) -> Result<Self, StoreError> {
        let connection = reader(directory)?;
        let interrupt = connection.get_interrupt_handle();
        health.set_check(Check::Running);
        let thread = std::thread::Builder::new()
            .name("delivery-check".into())
            .spawn(move || health.set_check(whole(&connection)))
            .map_err(|error| io("starting the check of the store", &error))?;
        Ok(Self { interrupt, thread: Some(thread) })
    }
}

impl Drop for Checker {
    fn drop(&mut self) {
        if let Some(thread) = self.thread.take() {
            self.interrupt.interrupt();
            // A check that panicked leaves the mark, and is done again.
            let _ = thread.join();
        }
    }
}

/// Checks the store in `directory` beside whoever works with it. Dropping the future interrupts the check.
pub(super) async fn beside(directory: &Path) -> Result<Check, StoreError> {
    let directory = directory.to_owned();
    let connection =
        tokio::task::spawn_blocking(move || reader(&directory)).await.map_err(|_| StoreError::Closed)??;
    let _interrupt = Interrupt(connection.get_interrupt_handle());
    tokio::task::spawn_blocking(move || whole(&connection)).await.map_err(|_| StoreError::Closed)
}

/// Interrupts what a connection is doing when nobody waits for it any more.
struct Interrupt(InterruptHandle);

impl Drop for Interrupt {
    fn drop(&mut self) {
        self.0.interrupt();
    }
}

/// Reads the whole file.
pub(super) fn whole(connection: &Connection) -> Check {
    let findings: Result<Vec<String>, _> = connection
        .prepare(&format!("PRAGMA integrity_check({FINDINGS})"))
        .and_then(|mut check| check.query_map([], |row| row.get(0))?.collect());
    match findings {
        Ok(findings) if findings == ["ok"] => Check::Sound,
        Ok(findings) => Check::Damaged(findings.join("; ")),
        Err(error) => match sql("checking the store", &error) {
            StoreError::Damaged { what } => Check::Damaged(what),
            other => Check::Unfinished(other.to_string()),
        },
    }
}
