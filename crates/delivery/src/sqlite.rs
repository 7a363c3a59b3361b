//! The store on SQLite: WAL, a sync on every commit, one writer thread, readers beside it.

mod body;
mod check;
mod claim;
mod custody;
mod evidence;
mod health;
mod inbox;
mod intake;
mod lanes;
mod open;
mod operate;
mod pulls;
mod queue;
mod reader;
mod space;
mod tail;
mod upkeep;
mod verbs;
mod views;
mod writer;

pub use health::{Check, Spare, SqliteHealth};
pub use reader::SqliteReader;
pub use upkeep::Upkeep;

use crate::ids::{MessageId, Namespace};
use crate::seal::Seal;
use crate::store::StoreError;
use health::Shared;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// How a store is opened.
#[derive(Debug, Clone)]
pub struct SqliteOptions {
    /// Taken when the store is created, ignored when it exists: 16 random bytes.
    pub namespace: Namespace,
    /// The database may not grow beyond this many bytes; then writing fails with [`StoreError::Full`] and reading goes on.
    pub max_bytes: Option<u64>,
    /// Seals every body before it reaches the store.
    pub seal: Arc<dyn Seal>,
    /// Bytes kept aside for a full disk: given up then, so that outcomes can still be recorded while nothing new is taken in. Zero keeps
    /// none.
    pub ballast: u64,
    /// Whose chain of evidence is written.
    pub node: String,
}

impl SqliteOptions {
    /// No limit of size, 16 MB of ballast, a node called `local`.
    #[must_use]
    pub fn new(namespace: Namespace, seal: Arc<dyn Seal>) -> Self {
        Self { namespace, max_bytes: None, seal, ballast: 16 << 20, node: "local".into() }
    }
}

/// The store, open for writing. At most one process has it open; others use [`SqliteReader`].
///
/// Dropping it waits until everything queued is committed and the lock is free.
#[derive(Debug)]
pub struct SqliteStore {
    // Dropped in this order: an interrupted check is over before the writer says how the store was left, and the writer closes last,
    // because only it can put the log into the file.
    _checker: Option<check::Checker>,
    reader: SqliteReader,
    writer: writer::Writer,
    namespace: Namespace,
    tail: Arc<tail::Tail>,
    directory: PathBuf,
    health: Shared,
    /// Whose the claimed messages are: their evidence is sealed under that organisation's key.
    owners: Mutex<HashMap<MessageId, String>>,
}

impl SqliteStore {
    /// Opens the store in `directory` (which must exist), creating it when there is none. Blocks for a moment; after an unclean stop
    /// the whole file is checked in the background ([`SqliteStore::health`]).
    ///
    /// # Errors
    /// [`StoreError::Locked`] when another process has it; [`StoreError::Newer`], [`StoreError::PreRelease`],
    /// [`StoreError::Foreign`], [`StoreError::Damaged`]; the operating system's own. Nothing is changed then.
    pub fn open(directory: &Path, options: &SqliteOptions) -> Result<Self, StoreError> {
        let lock = open::lock(directory)?;
        let health = Shared::new();
        let connection = match open::writer(directory, options) {
            // A disk full to the last byte: SQLite needs a little to begin with.
            Err(StoreError::Full { .. }) if space::ballast(directory).exists() => {
                std::fs::remove_file(space::ballast(directory))
                    .map_err(|error| open::io("giving up the ballast", &error))?;
                open::writer(directory, options)?
            }
            opened => opened?,
        };
        let space = (options.ballast, options.max_bytes);
        let space = space::Space::new(directory, space, &connection, health.clone())?;
        let namespace = connection
            .query_row("SELECT namespace FROM store", [], |row| row.get(0))
            .map_err(|error| open::sql("reading the store's namespace", &error))?;
        let reader = SqliteReader::open(directory, Arc::clone(&options.seal))?;
        let (mark, unclean) = check::Mark::set(directory)?;
        let checker = unclean.then(|| check::Checker::start(directory, health.clone())).transpose()?;
        let left = health.clone();
        let tail = Arc::new(tail::Tail::new(&options.node));
        let writer = writer::Writer::start(connection, Arc::clone(&tail), space, move || {
            mark.clear(&left);
            drop(lock);
        })?;
        Ok(Self {
            _checker: checker,
            reader,
            writer,
            namespace: Namespace(namespace),
            tail,
            directory: directory.to_owned(),
            health,
            owners: Mutex::default(),
        })
    }
}
