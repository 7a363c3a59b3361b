//! The gateway as one thing: batches in, messages delivered, results out.

mod acts;
mod archive;
mod custody;
mod handed;
mod intake;
mod overview;
mod rights;
mod russian;
mod sheets;
mod stores;
mod vault;
mod wall;

use std::fs::DirBuilder;
use std::future::Future;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use gis_gkh::clock::Clock;
use gis_gkh::files::Way;
use gis_gkh::transport::Transport;
use gis_gkh::{AnswerCheck, Identity};
use gis_gkh_delivery::{
    BatchId, Engine, EngineError, KeyringError, Namespace, Observer, Progress, Pull, StoreError, Timestamp,
};
use gis_gkh_sign::gost::{Entropy, EntropyError};
use tokio::sync::OnceCell;

pub use acts::Exported;
pub use archive::Archives;
pub use custody::ErasureError;
pub use handed::Handed;
pub use intake::{Accepted, BillOptions, DryRun, Envelope, Faults, Intake};
pub use overview::{Overview, Status};
pub use rights::AskError;
#[cfg(feature = "postgres")]
pub(crate) use stores::database;
pub(crate) use stores::unsealed;
pub(crate) use vault::keyring;
#[cfg(feature = "postgres")]
pub(crate) use vault::none as no_seal;
pub use wall::Wall;
pub(crate) use wall::{moment, timestamp};

use crate::config::{Config, ConfigError};
use crate::control::{self, ControlError, Refusal};
use crate::desk::Desks;
use crate::desk::notice::Watcher;
use crate::desk::pulls::{DirectError, Topic};
use crate::opening;
use crate::records::{Lang, ResultRow, Sources};

/// Why the gateway could not do what it was asked. Whatever was acknowledged before is safe.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GatewayError {
    /// Settings or keys.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The keys under which bodies are kept.
    #[error(transparent)]
    Keyring(#[from] KeyringError),
    /// Other nodes write to the database, and their keys are not here.
    #[error("there is no keyring at {}, and this database is written to under one already: set `encryption.folder` to the folder all nodes share, or restore it from its copy", path.display())]
    NoSharedKeys {
        /// The file.
        path: PathBuf,
    },
    /// The folder holds the work of another organisation or for another stand, and what is unfinished would go out under the
    /// wrong name.
    #[error("{} holds the work of {whose}, and these settings are for another: name another `data_dir`", path.display())]
    OtherWork {
        /// The folder.
        path: PathBuf,
        /// Whose it is.
        whose: String,
    },
    /// The control socket.
    #[error(transparent)]
    Control(#[from] ControlError),
    /// The gateway that works with the store said no.
    #[error("{}", .0.text)]
    Refused(Refusal),
    /// Keys were not shredded.
    #[error(transparent)]
    Erasure(#[from] ErasureError),
    /// Reading beside the store.
    #[error(transparent)]
    Direct(#[from] DirectError),
    /// Nothing is configured for a topic that needs it.
    #[error("what to ask {} about is not set; write a [[pull]] with topic = \"{}\" into the configuration", .0.name(), .0.name())]
    NoPull(Topic),
    /// The evidence archive does not join.
    #[error("delivery stopped: {0}")]
    Archive(#[from] gis_gkh_delivery::archive::CloseError),
    /// Delivery stopped.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// No randomness.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// An envelope could not be built or signed.
    #[error("the envelope could not be made: {0}")]
    Compose(#[from] gis_gkh::ComposeError),
    /// A bill could not be written for the store.
    #[error("a bill could not be written for the store: {0}; tell the makers of the gateway")]
    Payload(#[from] serde_json::Error),
    /// The data directory could not be made.
    #[error("{}: {reason}; create the directory or name another `data_dir`", path.display())]
    DataDir {
        /// The directory.
        path: PathBuf,
        /// What the operating system said.
        reason: io::Error,
    },
    /// A row number beyond what a batch can count.
    #[error("row {row} is beyond what a batch can hold; split the file")]
    TooManyRows {
        /// The row.
        row: u64,
    },
}

/// The gateway of one organisation on one stand.
///
/// Opening it reads and checks the settings and the key. The store is opened when it is first written to; while one process has
/// it open, others can still look with [`Overview`].
pub struct Gateway {
    config: Config,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    identity: Identity,
    transport: Option<Arc<dyn Way>>,
    check: AnswerCheck,
    watcher: Option<Watcher>,
    store: OnceCell<stores::Open>,
    running: Mutex<Weak<Engine>>,
}

impl std::fmt::Debug for Gateway {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gateway").field("identity", &self.identity).finish_non_exhaustive()
    }
}

impl Gateway {
    /// A gateway by its settings. Reads and checks key and certificate: that they belong together, may sign now, and are not the
    /// sandbox's public ones on another stand. No network, no store.
    ///
    /// # Errors
    /// [`GatewayError::Config`], naming the key of the settings.
    pub fn open(config: Config, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Result<Self, GatewayError> {
        let identity = opening::identity(&config, clock.now())?;
        Ok(Self::signing(config, clock, entropy, identity)?)
    }

    /// The same with a key that was opened before.
    ///
    /// # Errors
    /// The certificates of those who sign answers cannot be used.
    pub fn signing(
        config: Config,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        identity: Identity,
    ) -> Result<Self, ConfigError> {
        let check = config.answers.check(&config.stand)?;
        let (store, running) = (OnceCell::new(), Mutex::new(Weak::new()));
        Ok(Self { config, clock, entropy, identity, check, watcher: None, transport: None, store, running })
    }

    /// Goes another way to the stand than the one of the settings.
    #[must_use]
    pub fn over(mut self, transport: Arc<dyn Way>) -> Self {
        self.transport = Some(transport);
        self
    }

    /// The gateway that tells of what is strange about answers: once a day for each operation.
    #[must_use]
    pub fn watched(mut self, watcher: Watcher) -> Self {
        self.watcher = Some(watcher);
        self
    }

    /// Its settings.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Takes a month of bills, as [`Gateway::accept`] takes everything.
    ///
    /// # Errors
    /// As [`Gateway::accept`].
    pub async fn accept_bills(&self, sources: &Sources, options: &BillOptions) -> Result<Intake, GatewayError> {
        self.accept(&Handed::Bills(sources.clone()), options).await
    }

    /// Takes a batch: checks it, plans the messages, and stores it durably; a running engine begins to deliver at once, in this
    /// process or in the one that has the store. When this returns with [`Intake::accepted`], nothing of it will be lost.
    ///
    /// While any row is faulty nothing is taken, unless `options.partial`. The same files handed over again are answered with
    /// the batch they already are.
    ///
    /// # Errors
    /// The store; then nothing was taken.
    pub async fn accept(&self, handed: &Handed, options: &BillOptions) -> Result<Intake, GatewayError> {
        let mut files = handed.attachments();
        let (faults, batch) = handed.read(self, &mut files, options)?;
        let Some(batch) = batch else { return Ok(Intake { accepted: None, faults }) };
        if !self.has_store() {
            let request = control::Request::accept(handed, &files, options);
            if let Some(answer) = control::ask(&self.config.data_dir, &request).await? {
                return Ok(Intake { accepted: Some(answer.accepted()?), faults });
            }
        }
        let accepted = self.store_batch(batch).await?;
        Ok(Intake { accepted: Some(accepted), faults })
    }

    async fn store_batch(&self, batch: gis_gkh_delivery::NewBatch) -> Result<Accepted, GatewayError> {
        let store = self.store().await?;
        let answer = store.accept(batch).await?;
        self.wake();
        let view = store.batch(answer.batch).await?;
        let messages = view.messages.values().sum();
        Ok(Accepted { batch: answer.batch, repeated: answer.repeated, counts: view.objects, messages })
    }

    /// The exact signed envelopes a month of bills would be sent in. No store, no network; ids are drawn for this call alone.
    /// Signs on the calling thread, which waits for the key: not one of an asynchronous runtime.
    ///
    /// # Errors
    /// No randomness, or the key does not sign.
    pub fn dry_run_bills(&self, sources: &Sources, options: &BillOptions) -> Result<DryRun, GatewayError> {
        intake::dry_run(self, sources, options)
    }

    /// Delivers what the store holds and reads what is to be read again and again, until `shutdown` resolves or, with
    /// `until_empty`, until nothing is left to do by itself now: recurring exports wait for their time. Meanwhile other
    /// processes act through the control socket in the data directory.
    ///
    /// # Errors
    /// [`GatewayError::Engine`]; nothing is lost, the next run takes up from what is on disk.
    pub async fn run(
        &self,
        until_empty: bool,
        shutdown: impl Future<Output = ()> + Send,
        observer: Option<Observer>,
    ) -> Result<(), GatewayError> {
        let store = self.store().await?;
        let engine = self.engine(observer).await?;
        *self.running() = Arc::downgrade(&engine);
        let now = timestamp(self.clock.now());
        let (organisation, stand) = self.principal();
        store.set_pulls(&organisation, &stand, self.pulls(now), now).await?;
        let door = control::Door::open(&self.config.data_dir)?;
        tokio::select! {
            ended = engine.run(until_empty, shutdown) => Ok(ended?),
            never = door.serve(|request| self.answer(request)) => match never {},
            // What is in flight then is found by its intent and looked up by the next run.
            broken = self.keep_days(&*store) => match broken? {},
        }
    }

    async fn engine(&self, observer: Option<Observer>) -> Result<Arc<Engine>, GatewayError> {
        let wall = Arc::new(Wall::new(Arc::clone(&self.clock)));
        let engine = Engine::new(self.store().await?, Arc::new(self.desks()?), wall, self.config.policy.clone());
        Ok(Arc::new(match observer {
            Some(observer) => engine.observer(observer),
            None => engine,
        }))
    }

    fn desks(&self) -> Result<Desks, GatewayError> {
        let way: Arc<dyn Way> = match &self.transport {
            Some(transport) => Arc::clone(transport),
            None => opening::way(&self.config, &self.clock)?.way(),
        };
        let (transport, clock, entropy) =
            (Arc::clone(&way) as Arc<dyn Transport>, Arc::clone(&self.clock), Arc::clone(&self.entropy));
        let desks = Desks::new(self.identity.clone(), transport, clock, entropy);
        let desks = desks.with_files(way, self.config.policy.request_timeout);
        let desks = desks.checking(self.check.clone());
        Ok(match &self.watcher {
            Some(watcher) => desks.watched(Arc::clone(watcher)),
            None => desks,
        })
    }

    /// Whom we act for and where, as the store names them.
    fn principal(&self) -> (String, String) {
        (self.config.organisation.org_ppa_guid.to_string(), self.config.stand.name.clone())
    }

    fn pulls(&self, now: Timestamp) -> Vec<Pull> {
        let (organisation, stand) = self.principal();
        let pull = |settings: &crate::config::PullSettings| Pull {
            organisation: organisation.clone(),
            stand: stand.clone(),
            name: settings.name.clone(),
            topic: settings.topic.name().to_owned(),
            operation: settings.topic.operation().to_owned(),
            parameters: settings.meters.write(),
            interval: settings.interval,
            overlap: settings.overlap,
            from: now,
        };
        self.config.pulls.iter().map(pull).collect()
    }

    fn wake(&self) {
        if let Some(engine) = self.running().upgrade() {
            engine.wake();
        }
    }

    /// Whether this process has the store open; while it has not, another one may.
    pub fn has_store(&self) -> bool {
        self.store.initialized()
    }

    /// What became of every row of a batch, in the caller's order.
    ///
    /// # Errors
    /// The store; no such batch.
    pub async fn results(&self, batch: BatchId, lang: Lang) -> Result<Vec<ResultRow>, GatewayError> {
        overview::results(&*self.store().await?, batch, lang).await
    }

    /// Where everything stands.
    ///
    /// # Errors
    /// The store.
    pub async fn status(&self) -> Result<Status, GatewayError> {
        overview::status(&*self.store().await?).await
    }

    /// How much there is of what is not finished.
    ///
    /// # Errors
    /// The store.
    pub async fn progress(&self) -> Result<Progress, GatewayError> {
        Ok(self.store().await?.progress().await?.0)
    }

    async fn store(&self) -> Result<Arc<dyn stores::Kept>, GatewayError> {
        let open = || async move { stores::open(&self.config, self.namespace()?).await };
        Ok(Arc::clone(&self.store.get_or_try_init(open).await?.store))
    }

    fn namespace(&self) -> Result<Namespace, EntropyError> {
        let mut bytes = [0; 16];
        self.entropy.fill(&mut bytes)?;
        Ok(Namespace(bytes))
    }

    fn running(&self) -> std::sync::MutexGuard<'_, Weak<Engine>> {
        // A weak pointer is whole whatever happened to its last user.
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Creates the data directory where there is none, for its owner alone: what lies there are other people's data.
fn create(directory: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)
}
