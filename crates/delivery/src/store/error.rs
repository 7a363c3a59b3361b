//! What can go wrong in a store.

use crate::ids::{BatchId, MessageId};
#[cfg(feature = "postgres")]
use crate::postgres::PasswordError;
use crate::seal::SealError;
use std::path::PathBuf;

/// What went wrong in the store. Nothing acknowledged before is lost by any of these.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Another process writes to this store.
    #[error("{} is in use by another process: stop it, or wait until it ends", path.display())]
    Locked {
        /// The lock file.
        path: PathBuf,
    },
    /// The disk, or the size allowed for the store, is full.
    #[error("the store is full ({doing}): free disk space; nothing stored before is lost")]
    Full {
        /// What could not be done.
        doing: &'static str,
    },
    /// The database file is damaged.
    #[error("the store is damaged ({what}): stop and restore it from a backup")]
    Damaged {
        /// What was found.
        what: String,
    },
    /// Stored bytes differ from the digest stored beside them.
    #[error("stored bytes of body {body} are damaged ({what}): restore the store from a backup")]
    DamagedBody {
        /// Number of the body.
        body: i64,
        /// Whose they are.
        what: &'static str,
    },
    /// Written by a newer version.
    #[error("the store has schema {found}, this version knows {known}: upgrade the program")]
    Newer {
        /// Version found.
        found: i64,
        /// Newest version known.
        known: i64,
    },
    /// Written by a version from before the first release.
    #[error(
        "the store has schema {found}, which was never released: deliver it with the version that wrote it, or name another data directory"
    )]
    PreRelease {
        /// Version found.
        found: i64,
    },
    /// The file is an SQLite database of something else.
    #[error("{} is not a delivery store: name another data directory", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// A file that would be written is there already.
    #[error("{} exists already: name another file", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// The schema of a database holds something else.
    #[error("schema `{schema}` of the database holds something that is not a delivery store: name another schema")]
    ForeignSchema {
        /// The schema.
        schema: String,
    },
    /// Another process writes under this node's name.
    #[error("node `{node}` is in use by another process: stop it, or give this node another name")]
    NodeTaken {
        /// The name.
        node: String,
    },
    /// No connection came about.
    #[error("the database does not answer ({text}): start the server, or correct its address in the settings")]
    Unreachable {
        /// What was found.
        text: String,
    },
    /// The server is of a version whose SQL lacks what is needed.
    #[error("the database server is PostgreSQL {found}, at least {oldest} is needed: upgrade it")]
    OldServer {
        /// What it says it is.
        found: String,
        /// The oldest that will do.
        oldest: u32,
    },
    /// The server has no such database.
    #[error("the server has no such database ({text}): create it, or correct its name in the address")]
    NoDatabase {
        /// What the server said.
        text: String,
    },
    /// The user or the password is wrong.
    #[error(
        "the database refuses the user or the password ({text}): correct the password file or variable, or the user in the address"
    )]
    WrongPassword {
        /// What the server said.
        text: String,
    },
    /// The server asks for a password.
    #[error("the database asks for a password: name a file or an environment variable that holds it in the settings")]
    NoPassword,
    /// The password could not be read.
    #[cfg(feature = "postgres")]
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// The schema of a database holds no store yet.
    #[error(
        "schema `{schema}` of the database holds no store: nothing has been accepted yet, or the schema is another"
    )]
    NoStore {
        /// The schema.
        schema: String,
    },
    /// What other nodes have sealed does not open here.
    #[error(
        "the keys of this node are not those the store is written with: every node needs the same keyring and master key, name their folder in the settings"
    )]
    OtherKeys,
    /// Other nodes work for somebody else here.
    #[error("the schema is used for {whose}, and these settings are for another: name another schema")]
    OtherWork {
        /// What the first node said.
        whose: String,
    },
    /// The database's rights do not suffice.
    #[error("the database does not permit it ({doing}: {text}): grant the right, or name another user")]
    NotPermitted {
        /// What was being done.
        doing: &'static str,
        /// What it said.
        text: String,
    },
    /// There is no store here yet.
    #[error("there is no store at {}: nothing has been accepted yet, or the data directory is another", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// The idempotency key was used for other content.
    #[error("idempotency key of batch {batch} comes again with other content: use a new key")]
    KeyReused {
        /// The batch that holds the key.
        batch: BatchId,
    },
    /// A row to be sent stands in no message or in several, or a message names a row that is not there.
    #[error("row {row} must stand in exactly one message of the plan, it stands in {found}")]
    Plan {
        /// The row.
        row: u32,
        /// In how many messages it stands.
        found: usize,
    },
    /// Two objects of a batch have the same row number.
    #[error("row {row} comes twice in the batch")]
    RowRepeated {
        /// The row.
        row: u32,
    },
    /// The claim was lost: someone else works on the message now.
    #[error("message {message} was taken over; this result is late and is not recorded")]
    Fenced {
        /// The message.
        message: MessageId,
    },
    /// The head of a day that does not continue the chain of heads.
    #[error(
        "the head of day {day} of node `{node}` does not follow the last one: verify the archive (`gkh archive verify`)"
    )]
    NotNext {
        /// The node.
        node: String,
        /// The day, since 1970-01-01.
        day: i64,
    },
    /// Bytes could not be encrypted, or not be read back.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// No such thing.
    #[error("there is no {what} {id}")]
    NotFound {
        /// `batch`, `message`, `object`.
        what: &'static str,
        /// Its number.
        id: i64,
    },
    /// The operating system or the database refused.
    #[error("{doing}: {text}")]
    Io {
        /// What was being done.
        doing: &'static str,
        /// What it said.
        text: String,
    },
    /// The store is open for reading only.
    #[error("the store is open for reading only: whoever writes to it must do this")]
    ReadOnly,
    /// The store was closed, or its writer has ended.
    #[error("the store is closed")]
    Closed,
}
