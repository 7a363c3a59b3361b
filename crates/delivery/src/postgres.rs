//! The store on PostgreSQL: several nodes on one database, each with a name, a writer and a chain of evidence of its own.
//!
//! What a node claims is its own until its lease runs out by the database's clock; then any other takes it over, and whatever
//! the first still says about it is refused by its fence. Order that must hold across nodes (numbers, lanes, the inbox) is made
//! by one row whoever needs it takes until he commits.

mod address;
mod archive;
mod body;
mod chain;
mod claim;
mod custody;
mod inbox;
mod intake;
mod job;
mod listen;
mod open;
mod operate;
mod order;
mod password;
mod proof;
mod pulls;
mod queues;
mod reader;
mod readers;
mod record;
mod server;
mod session;
mod trouble;
mod verbs;
mod views;
mod writer;

use crate::ids::{MessageId, Namespace};
use crate::seal::Seal;
use crate::store::{Claimed, StoreError};
pub use address::AddressError;
use job::{Job, Outcome};
pub use password::{PasswordError, PasswordSource};
pub use reader::PostgresReader;
use record::Known;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Facts about claimed messages that are remembered at most; beyond, they are read again.
const REMEMBERED: usize = 100_000;

/// How a store is opened.
#[derive(Clone)]
pub struct PostgresOptions {
    /// The database, as libpq writes it (`host=… user=… dbname=…` or `postgresql://…`). Without TLS: a socket or a network that
    /// is trusted.
    pub url: String,
    /// Where the password is kept, unless the server asks for none or the address has it.
    pub password: Option<PasswordSource>,
    /// The schema; made when it is not there. It holds nothing else.
    pub schema: String,
    /// Name of this node, unique among those that run on the schema; its chain of evidence bears it. The same after a restart:
    /// what it had claimed is then given back.
    pub node: String,
    /// Whose work this is, for people; every node must say the same. For nodes that act for one organisation on one stand: these.
    pub whose: String,
    /// Taken when the store is created, ignored when it exists: 16 random bytes.
    pub namespace: Namespace,
    /// Seals every body.
    pub seal: Arc<dyn Seal>,
    /// Connections for reading; at least one. The store has two more: one that writes, one that listens.
    pub readers: usize,
}

impl PostgresOptions {
    /// Schema `gis_gkh`, two connections for reading.
    #[must_use]
    pub fn new(url: &str, node: &str, namespace: Namespace, seal: Arc<dyn Seal>) -> Self {
        let (url, node, schema) = (url.into(), node.into(), "gis_gkh".into());
        Self { url, password: None, schema, node, whose: String::new(), namespace, seal, readers: 2 }
    }

    /// Can an address of the settings be connected to? It may hold no password there.
    ///
    /// # Errors
    /// [`AddressError`], which repeats nothing of it.
    pub fn check_address(address: &str) -> Result<(), AddressError> {
        address::check(address)
    }
}

impl fmt::Debug for PostgresOptions {
    /// Without the address: it may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresOptions")
            .field("schema", &self.schema)
            .field("node", &self.node)
            .finish_non_exhaustive()
    }
}

/// The store, open for writing under a node's name, which no other process can hold at the same time.
///
/// A lost connection fails what is in flight and is made anew by the next operation; until the name is held again nothing is
/// written. Dropping the store lets what is queued be committed and gives the name free.
#[derive(Debug)]
pub struct PostgresStore {
    options: Arc<PostgresOptions>,
    namespace: Namespace,
    writer: writer::Writer,
    readers: readers::Readers,
    listener: listen::Listener,
    /// Of messages this process has claimed.
    known: Mutex<HashMap<MessageId, Arc<Known>>>,
    /// Milliseconds the engine's clock was ahead of the database's at the last claim.
    ahead: AtomicI64,
}

impl PostgresStore {
    /// Opens the store, creating its tables when the schema is empty. Must be called within a tokio runtime, which carries the
    /// connections from then on.
    ///
    /// # Errors
    /// [`StoreError::NodeTaken`] when another process has this node's name; [`StoreError::OtherKeys`] when the seal is not that of the
    /// nodes before, [`StoreError::OtherWork`] when they say other [`whose`](PostgresOptions::whose); [`StoreError::Newer`], [`StoreError::ForeignSchema`], [`StoreError::OldServer`], [`StoreError::NoDatabase`],
    /// [`StoreError::WrongPassword`], [`StoreError::NotPermitted`]; [`StoreError::Unreachable`] when the database does not answer.
    pub async fn open(options: PostgresOptions) -> Result<Self, StoreError> {
        let options = Arc::new(options);
        let (writer, namespace) = writer::Writer::start(Arc::clone(&options)).await?;
        Ok(Self {
            namespace,
            writer,
            readers: readers::Readers::new(Arc::clone(&options)),
            listener: listen::Listener::start(Arc::clone(&options)),
            known: Mutex::new(HashMap::new()),
            ahead: AtomicI64::new(0),
            options,
        })
    }

    /// What ids given to the system are derived from.
    #[must_use]
    pub fn namespace(&self) -> Namespace {
        self.namespace
    }

    async fn run(&self, job: Job) -> Outcome {
        self.writer.run(job).await
    }

    /// Keeps what does not change of claimed messages.
    fn remember(&self, claimed: Vec<(Claimed, Known)>, ahead: Option<i64>) -> Vec<Claimed> {
        if let Some(ahead) = ahead {
            self.ahead.store(ahead, Ordering::Relaxed);
        }
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() > REMEMBERED {
            known.clear();
        }
        (claimed.into_iter())
            .map(|(claimed, facts)| {
                known.insert(claimed.message.id, Arc::new(facts));
                claimed
            })
            .collect()
    }

    async fn known(&self, message: MessageId) -> Result<Arc<Known>, StoreError> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(&message).cloned();
        match known {
            Some(known) => Ok(known),
            None => {
                self.readers.read(|session| async move { claim::known(&session, message).await }).await.map(Arc::new)
            }
        }
    }

    fn forget(&self, message: MessageId) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).remove(&message);
    }
}

/// Reads a value this crate has written.
fn parsed<T: DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Damaged { what: format!("an unreadable state: {error}") })
}

/// Reads a name this crate has written.
fn named<T: DeserializeOwned>(name: &str) -> Result<T, StoreError> {
    use serde::de::IntoDeserializer;
    use serde::de::value::{Error, StrDeserializer};
    let name: StrDeserializer<'_, Error> = name.into_deserializer();
    T::deserialize(name).map_err(|error| StoreError::Damaged { what: format!("an unreadable state: {error}") })
}

fn json<T: Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Io { doing: "writing a state", text: error.to_string() })
}
