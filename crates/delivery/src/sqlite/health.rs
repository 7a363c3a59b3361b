//! How a store is.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How the store is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqliteHealth {
    /// Space kept for bad times.
    pub spare: Spare,
    /// The check after an unclean stop.
    pub check: Check,
}

/// Space kept for bad times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spare {
    /// None is kept.
    Off,
    /// The ballast is there.
    Kept,
    /// The disk is full and the ballast is given up: outcomes are recorded in its place, nothing new is taken in.
    Used,
}

/// The check of the whole file that follows an unclean stop, in the background.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Check {
    /// The last stop was clean.
    NotNeeded,
    /// It goes on.
    Running,
    /// Nothing was found.
    Sound,
    /// The file is damaged: stop and restore it from a backup.
    Damaged(String),
    /// It could not be carried to its end; the next opening begins it anew.
    Unfinished(String),
}

/// The health of a store as its parts see it.
#[derive(Debug, Clone)]
pub(super) struct Shared(Arc<Mutex<SqliteHealth>>);

impl Shared {
    pub(super) fn new() -> Self {
        Self(Arc::new(Mutex::new(SqliteHealth { spare: Spare::Off, check: Check::NotNeeded })))
    }

    pub(super) fn get(&self) -> SqliteHealth {
        self.lock().clone()
    }

    pub(super) fn spare(&self) -> Spare {
        self.lock().spare
    }

    pub(super) fn set_spare(&self, spare: Spare) {
        self.lock().spare = spare;
    }

    pub(super) fn set_check(&self, check: Check) {
        self.lock().check = check;
    }

    fn lock(&self) -> MutexGuard<'_, SqliteHealth> {
        // Two values, each written whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
