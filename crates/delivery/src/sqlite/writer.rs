//! The writer: one thread owns the connection and commits waiting work in groups.

use super::open::sql;
use super::space::Space;
use super::tail::Tail;
use crate::store::StoreError;
use rusqlite::Connection;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use tokio::sync::{mpsc, oneshot};

/// Work waiting for the writer; more makes callers wait.
const QUEUE: usize = 1024;
/// Operations in one commit.
const GROUP: usize = 256;
/// Bytes in one commit, beyond which no further operation joins it.
const GROUP_BYTES: usize = 8 << 20;

/// What an operation is for: when space runs out nothing new is taken in, so that what has happened can still be recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Takes in something new of this many bytes.
    Intake(usize),
    /// Records what has happened, of this many bytes.
    Outcome(usize),
}

/// An operation of a group. It may run a second time when the first was undone for want of space.
trait Work: Send {
    /// Runs within the group's transaction. Gives the error, if there was one.
    fn run(&mut self, connection: &Connection, tail: &Tail) -> Option<StoreError>;
    /// It does not run at all.
    fn refuse(&mut self, error: StoreError);
    /// Tells the caller, once the fate of the commit is known.
    fn tell(self: Box<Self>, commit: Result<(), StoreError>);
}

struct Job<T, F> {
    operation: F,
    result: Result<T, StoreError>,
    caller: oneshot::Sender<Result<T, StoreError>>,
}

impl<T: Send, F: Fn(&Connection) -> Result<T, StoreError> + Send> Work for Job<T, F> {
    fn run(&mut self, connection: &Connection, tail: &Tail) -> Option<StoreError> {
        let added = tail.added();
        self.result = in_savepoint(connection, &self.operation);
        if self.result.is_err() {
            tail.back_to(added);
        }
        self.result.as_ref().err().cloned()
    }

    fn refuse(&mut self, error: StoreError) {
        self.result = Err(error);
    }

    fn tell(self: Box<Self>, commit: Result<(), StoreError>) {
        // Whoever asked may have gone; what is committed stays committed.
        let _ = self.caller.send(commit.and(self.result));
    }
}

enum Turn {
    /// Shares a transaction with others.
    Shared(Kind, Box<dyn Work>),
    /// Needs the connection outside of any transaction.
    Alone(Box<dyn FnOnce(&Connection) + Send>),
}

#[derive(Debug)]
pub(super) struct Writer {
    queue: Option<mpsc::Sender<Turn>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Writer {
    /// Starts the thread. When everything queued is committed and the connection closed, `ended` is called.
    pub(super) fn start(
        connection: Connection,
        tail: Arc<Tail>,
        space: Space,
        ended: impl FnOnce() + Send + 'static,
    ) -> Result<Self, StoreError> {
        let (queue, waiting) = mpsc::channel(QUEUE);
        let thread = std::thread::Builder::new()
            .name("delivery-store".into())
            .spawn(move || {
                Thread { connection: &connection, tail: &tail, space, waiting, held: None }.work();
                drop(connection);
                ended();
            })
            .map_err(|error| super::open::io("starting the store's writer", &error))?;
        Ok(Self { queue: Some(queue), thread: Mutex::new(Some(thread)) })
    }

    /// Runs `operation` in the next group and returns after the commit. An operation that fails changes nothing and
    /// does not disturb the others of its group.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        kind: Kind,
        operation: impl Fn(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (caller, told) = oneshot::channel();
        let job = Job { operation, result: Err(StoreError::Closed), caller };
        self.send(Turn::Shared(kind, Box::new(job))).await?;
        told.await.map_err(|_| StoreError::Closed)?
    }

    /// Runs `operation` between two groups, outside of any transaction.
    pub(super) async fn alone<T: Send + 'static>(
        &self,
        operation: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (caller, told) = oneshot::channel();
        let run = move |connection: &Connection| {
            let _ = caller.send(operation(connection));
        };
        self.send(Turn::Alone(Box::new(run))).await?;
        told.await.map_err(|_| StoreError::Closed)?
    }

    async fn send(&self, turn: Turn) -> Result<(), StoreError> {
        let queue = self.queue.as_ref().ok_or(StoreError::Closed)?;
        queue.send(turn).await.map_err(|_| StoreError::Closed)
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

struct Thread<'a> {
    connection: &'a Connection,
    tail: &'a Tail,
    space: Space,
    waiting: mpsc::Receiver<Turn>,
    /// Taken from the queue while a group was gathered, and not of it.
    held: Option<Turn>,
}

/// A group and, once it has run, what of it was for want of space.
type Group = Vec<(Kind, Box<dyn Work>)>;

impl Thread<'_> {
    fn work(&mut self) {
        while let Some(turn) = self.held.take().or_else(|| self.waiting.blocking_recv()) {
            match turn {
                Turn::Alone(run) => run(self.connection),
                Turn::Shared(kind, work) => {
                    let mut group = vec![];
                    let mut commit = self.gather(kind, work, &mut group);
                    if matches!(commit, Err(StoreError::Full { .. })) {
                        self.space.release(self.connection);
                        commit = self.outcomes(&mut group);
                    }
                    for (_, work) in group {
                        work.tell(commit.clone());
                    }
                }
            }
        }
    }

    /// Runs what is waiting in one transaction.
    fn gather(&mut self, kind: Kind, first: Box<dyn Work>, group: &mut Group) -> Result<(), StoreError> {
        let begun = self.begin();
        let (mut bytes, mut next, mut failed) = (0, Some((kind, first)), begun.err());
        let mut refused = None;
        while let Some((kind, mut work)) = next.take() {
            let (Kind::Intake(more) | Kind::Outcome(more)) = kind;
            bytes += more;
            let intake = matches!(kind, Kind::Intake(_));
            if intake && refused.is_none() {
                refused = Some(!self.space.spare(self.connection));
            }
            if failed.is_none() {
                if intake && refused == Some(true) {
                    work.refuse(StoreError::Full { doing: "taking in new work" });
                } else {
                    let error = work.run(self.connection, self.tail);
                    // A full disk ends the whole transaction; and what has happened must be recorded.
                    let full = matches!(error, Some(StoreError::Full { .. })) && !intake;
                    if full || self.connection.is_autocommit() {
                        failed = Some(StoreError::Full { doing: "writing" });
                    }
                }
            }
            group.push((kind, work));
            if failed.is_none() && group.len() < GROUP && bytes < GROUP_BYTES {
                match self.waiting.try_recv() {
                    Ok(Turn::Shared(kind, work)) => next = Some((kind, work)),
                    Ok(alone) => self.held = Some(alone),
                    Err(_) => {}
                }
            }
        }
        self.end(failed)
    }

    /// Runs a group again after space was made: what takes in something new is refused.
    fn outcomes(&self, group: &mut Group) -> Result<(), StoreError> {
        let mut failed = self.begin().err();
        for (kind, work) in group {
            if matches!(kind, Kind::Intake(_)) {
                work.refuse(StoreError::Full { doing: "taking in new work" });
            } else if failed.is_none() {
                work.run(self.connection, self.tail);
                if self.connection.is_autocommit() {
                    failed = Some(StoreError::Full { doing: "writing" });
                }
            }
        }
        self.end(failed)
    }

    fn begin(&self) -> Result<(), StoreError> {
        self.connection.execute_batch("BEGIN IMMEDIATE").map_err(|error| sql("beginning a write", &error))?;
        self.tail.begin(self.connection)
    }

    /// Commits, unless something has failed.
    fn end(&self, failed: Option<StoreError>) -> Result<(), StoreError> {
        // What cannot be linked is not evidence, and what cannot be proved is not recorded.
        let commit = failed
            .map_or(Ok(()), Err)
            .and_then(|()| self.tail.link(self.connection))
            .and_then(|()| self.connection.execute_batch("COMMIT").map_err(|error| sql("committing", &error)));
        if commit.is_err() {
            self.tail.forget();
            if !self.connection.is_autocommit() {
                // Nothing was acknowledged; if even this fails the next BEGIN says so.
                let _ = self.connection.execute_batch("ROLLBACK");
            }
        }
        commit
    }
}

fn in_savepoint<T>(
    connection: &Connection,
    operation: impl FnOnce(&Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let run = |statement: &str| {
        let ran = connection.prepare_cached(statement).and_then(|mut statement| statement.execute([]));
        ran.map(|_| ()).map_err(|error| sql("writing", &error))
    };
    if connection.is_autocommit() {
        return Err(StoreError::Closed);
    }
    run("SAVEPOINT operation")?;
    let result = operation(connection);
    if result.is_err() && !connection.is_autocommit() {
        run("ROLLBACK TO operation")?;
    }
    if !connection.is_autocommit() {
        run("RELEASE operation")?;
    }
    result
}
