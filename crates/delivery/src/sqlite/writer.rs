//! The writer: one thread owns the connection and commits waiting work in groups.

use super::open::sql;
use crate::store::StoreError;
use rusqlite::Connection;
use std::fs::File;
use std::sync::Mutex;
use std::thread::JoinHandle;
use tokio::sync::{mpsc, oneshot};

/// Work waiting for the writer; more makes callers wait.
const QUEUE: usize = 1024;
/// Operations in one commit.
const GROUP: usize = 256;
/// Bytes in one commit, beyond which no further operation joins it.
const GROUP_BYTES: usize = 8 << 20;

/// Tells the caller, once the fate of the commit is known.
type Reply = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

struct Operation {
    bytes: usize,
    run: Box<dyn FnOnce(&Connection) -> Reply + Send>,
}

#[derive(Debug)]
pub(super) struct Writer {
    queue: Option<mpsc::Sender<Operation>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Writer {
    /// Starts the thread. The lock is held until it ends.
    pub(super) fn start(connection: Connection, lock: File) -> Result<Self, StoreError> {
        let (queue, waiting) = mpsc::channel(QUEUE);
        let thread = std::thread::Builder::new()
            .name("delivery-store".into())
            .spawn(move || {
                write(&connection, waiting);
                drop(connection);
                drop(lock);
            })
            .map_err(|error| super::open::io("starting the store's writer", &error))?;
        Ok(Self { queue: Some(queue), thread: Mutex::new(Some(thread)) })
    }

    /// Runs `operation` in the next group and returns after the commit. An operation that fails changes nothing and
    /// does not disturb the others of its group.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        bytes: usize,
        operation: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (tell, told) = oneshot::channel();
        let run = Box::new(move |connection: &Connection| -> Reply {
            let result = in_savepoint(connection, operation);
            Box::new(move |commit| {
                // Whoever asked may have gone; what is committed stays committed.
                let _ = tell.send(commit.and(result));
            })
        });
        let queue = self.queue.as_ref().ok_or(StoreError::Closed)?;
        queue.send(Operation { bytes, run }).await.map_err(|_| StoreError::Closed)?;
        told.await.map_err(|_| StoreError::Closed)?
    }
}

impl Drop for Writer {
    /// Waits until everything queued is committed and the lock is free.
    fn drop(&mut self) {
        self.queue = None;
        let thread = self.thread.lock().map(|mut thread| thread.take());
        if let Ok(Some(thread)) = thread {
            // A writer that panicked has told its callers by hanging up.
            let _ = thread.join();
        }
    }
}

fn write(connection: &Connection, mut waiting: mpsc::Receiver<Operation>) {
    while let Some(first) = waiting.blocking_recv() {
        let mut replies = Vec::new();
        let mut commit = connection.execute_batch("BEGIN IMMEDIATE").map_err(|error| sql("beginning a write", &error));
        let mut bytes = 0;
        let mut next = Some(first);
        while let Some(operation) = next.take() {
            bytes += operation.bytes;
            if commit.is_ok() {
                replies.push((operation.run)(connection));
                if connection.is_autocommit() {
                    // Errors such as a full disk end the whole transaction.
                    commit = Err(StoreError::Full { doing: "writing" });
                }
            } else {
                // Dropping the operation hangs up on its caller; give it the reason instead.
                replies.push((operation.run)(connection));
            }
            if commit.is_ok() && replies.len() < GROUP && bytes < GROUP_BYTES {
                next = waiting.try_recv().ok();
            }
        }
        if commit.is_ok() {
            commit = connection.execute_batch("COMMIT").map_err(|error| sql("committing", &error));
        }
        if commit.is_err() && !connection.is_autocommit() {
            // Nothing was acknowledged; if even this fails the next BEGIN says so.
            let _ = connection.execute_batch("ROLLBACK");
        }
        for reply in replies {
            reply(commit.clone());
        }
    }
}

fn in_savepoint<T>(
    connection: &Connection,
    operation: impl FnOnce(&Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let doing = "writing";
    if connection.is_autocommit() {
        return Err(StoreError::Closed);
    }
    connection.execute_batch("SAVEPOINT operation").map_err(|error| sql(doing, &error))?;
    let result = operation(connection);
    if result.is_err() && !connection.is_autocommit() {
        connection.execute_batch("ROLLBACK TO operation").map_err(|error| sql(doing, &error))?;
    }
    if !connection.is_autocommit() {
        connection.execute_batch("RELEASE operation").map_err(|error| sql(doing, &error))?;
    }
    result
}
