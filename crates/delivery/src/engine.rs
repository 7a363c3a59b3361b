//! The engine: claims what is due, carries out effects with bounded parallelism, records what came of them.

mod bulk;
mod decide;
mod governor;
mod progress;
mod worker;

use crate::ids::Timestamp;
use crate::policy::{Policy, PolicyError};
use crate::ports::{Clock, Exchange, Work};
use crate::store::{Claims, Store, StoreError, Wakes};
use bulk::Bulk;
use governor::{Cadence, Governor};
pub use progress::Observer;
use progress::Tally;
use std::fmt;
use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::task::{JoinError, JoinSet};

/// Why the engine stopped before its work was done. Nothing is lost; the next run takes up from what is on disk.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// What cannot be recorded is not done.
    #[error("delivery stopped: {0}")]
    Store(#[from] StoreError),
    /// The policy cannot keep the promises.
    #[error("delivery did not start: {0}")]
    Policy(#[from] PolicyError),
    /// A worker ended abnormally.
    #[error("delivery stopped, a worker failed: {text}")]
    Worker {
        /// What the runtime says about it.
        text: String,
    },
}

/// While a part of the traffic is held back, whatever else may have become due is looked for this often.
const TICK: Duration = Duration::from_secs(1);

/// Where others bring work too, one looks for it this often even if no news came: news is a hint, not a promise.
const LOOK: Duration = Duration::from_secs(5);

/// Delivers what the store holds. One engine runs on a node of a store at a time.
pub struct Engine {
    ports: Arc<Ports>,
    parallel: usize,
    wake: Notify,
    observer: Option<Observer>,
}

/// What workers share.
struct Ports {
    store: Arc<dyn Store>,
    exchange: Arc<dyn Exchange>,
    clock: Arc<dyn Clock>,
    policy: Policy,
    stopping: AtomicBool,
    /// Figures for an observer, if there is one.
    tally: Mutex<Option<Tally>>,
    governor: Mutex<Governor>,
    cadence: Mutex<Cadence>,
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").field("parallel", &self.parallel).field("policy", &self.ports.policy).finish()
    }
}

impl Engine {
    /// An engine working on two messages at a time.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, exchange: Arc<dyn Exchange>, clock: Arc<dyn Clock>, policy: Policy) -> Self {
        let ports = Ports {
            store,
            exchange,
            clock,
            policy,
            stopping: AtomicBool::new(false),
            tally: Mutex::default(),
            governor: Mutex::new(Governor::default()),
            cadence: Mutex::new(Cadence::default()),
        };
        Self { ports: Arc::new(ports), parallel: 2, wake: Notify::new(), observer: None }
    }

    /// How many messages are worked on at a time; at least one.
    #[must_use]
    pub fn parallel(mut self, messages: usize) -> Self {
        self.parallel = messages.max(1);
        self
    }

    /// Called after every recorded step with where everything stands. Must return quickly. Counting what there is at the start
    /// takes about a second for a million messages; an engine nobody watches does without.
    #[must_use]
    pub fn observer(mut self, observer: Observer) -> Self {
        self.observer = Some(observer);
        self
    }

    /// Makes a running engine look for new work at once; call after accepting a batch.
    pub fn wake(&self) {
        self.wake.notify_one();
    }

    /// Delivers until `shutdown` resolves or, with `until_empty`, until every message is finished or parked.
    ///
    /// On shutdown nothing new is begun and what is in flight is waited for, as long as one exchange may last. What has
    /// not ended by then is abandoned; its intent is on disk and the next run looks it up.
    ///
    /// # Errors
    /// [`EngineError`]; calls in flight are finished and recorded first.
    pub async fn run(&self, until_empty: bool, shutdown: impl Future<Output = ()> + Send) -> Result<(), EngineError> {
        let ports = &self.ports;
        ports.policy.check()?;
        ports.stopping.store(false, Ordering::SeqCst);
        ports.store.recover().await?;
        let tally = match &self.observer {
            Some(observer) => Some(Tally::new(ports.store.progress().await?, Arc::clone(observer))),
            None => None,
        };
        *ports.tally() = tally;

        let mut workers = JoinSet::new();
        let mut bulk = Bulk::default();
        let mut shutdown = pin!(shutdown);
        let mut wakes = ports.store.wakes();
        let ended = loop {
            let next = match self.begin(&mut workers, &mut bulk).await {
                Ok(next) => next,
                Err(error) => break Err(error.into()),
            };
            if workers.is_empty() && until_empty {
                match ports.store.unfinished(ports.clock.now()).await {
                    Ok(true) => {}
                    Ok(false) => break Ok(()),
                    Err(error) => break Err(error.into()),
                }
            }
            let look = wakes.is_some().then(|| ports.clock.now().after(LOOK));
            let next = next.into_iter().chain(look).min();
            tokio::select! {
                biased;
                () = &mut shutdown => break Ok(()),
                Some(ended) = workers.join_next(), if !workers.is_empty() => {
                    if let Err(error) = outcome(ended) {
                        break Err(error);
                    }
                }
                () = ports.sleep(next), if next.is_some() => {}
                () = self.wake.notified() => {}
                open = heard(&mut wakes) => if !open {
                    // The store says itself, when it is asked, that it is closed.
                    wakes = None;
                },
            }
        };
        ended.and(self.wind_up(workers).await)
    }

    /// Begins whatever may begin now. Gives the moment when there may be more, if only time can bring it.
    async fn begin(
        &self,
        workers: &mut JoinSet<Result<(), StoreError>>,
        bulk: &mut Bulk,
    ) -> Result<Option<Timestamp>, StoreError> {
        let ports = &self.ports;
        loop {
            let free = self.parallel.saturating_sub(workers.len());
            if free == 0 {
                return Ok(None);
            }
            // Looking is cheaper than a commit that claims nothing.
            let now = ports.clock.now();
            let Some(due) = ports.store.next_due().await? else { return Ok(None) };
            if due > now {
                return Ok(Some(due));
            }
            let closed = ports.governor().closed(now, &ports.policy);
            let asked = bulk.ask(ports, workers, &closed, now).await?;
            let limit = free.min(ports.governor().room(&ports.policy));
            let claims = Claims { now, lease: now.after(ports.policy.lease), limit, closed };
            let claimed = ports.store.claim_due(claims).await?;
            if claimed.is_empty() && !asked {
                // Due, and held back: by the governor, by another node, or until many can be asked about at once.
                return Ok(Some(now.after(TICK)));
            }
            for claimed in claimed {
                if let Some(tally) = ports.tally().as_mut() {
                    tally.meet(&claimed.message);
                }
                workers.spawn(worker::work(Arc::clone(ports), claimed));
            }
        }
    }

    /// Begins nothing new and waits for what is in flight.
    async fn wind_up(&self, mut workers: JoinSet<Result<(), StoreError>>) -> Result<(), EngineError> {
        let ports = &self.ports;
        ports.stopping.store(true, Ordering::SeqCst);
        let policy = &ports.policy;
        let patience = ports.clock.now().after(policy.send_deadline).after(policy.request_timeout);
        let mut result = Ok(());
        while !workers.is_empty() {
            tokio::select! {
                biased;
                Some(ended) = workers.join_next() => result = result.and(outcome(ended)),
                () = ports.clock.sleep_until(patience) => workers.shutdown().await,
            }
        }
        result
    }
}

impl Ports {
    fn tally(&self) -> std::sync::MutexGuard<'_, Option<Tally>> {
        // Figures for people; an observer that panicked does not stop delivery.
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn governor(&self) -> std::sync::MutexGuard<'_, Governor> {
        // Counters and moments: a panic between two of them makes no promise untrue.
        self.governor.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn cadence(&self) -> std::sync::MutexGuard<'_, Cadence> {
        self.cadence.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn certificate(&self, work: &Work) -> String {
        self.exchange.certificate(&work.stand, &work.organisation)
    }

    fn stopping(&self) -> bool {
        self.stopping.load(Ordering::SeqCst)
    }

    async fn sleep(&self, until: Option<Timestamp>) {
        if let Some(at) = until {
            self.clock.sleep_until(at).await;
        }
    }
}

/// News of work, from a store that has others bring some. False when there will be no more.
async fn heard(wakes: &mut Option<Wakes>) -> bool {
    match wakes {
        Some(wakes) => wakes.next().await,
        None => std::future::pending().await,
    }
}

fn outcome(ended: Result<Result<(), StoreError>, JoinError>) -> Result<(), EngineError> {
    match ended {
        Ok(result) => Ok(result?),
        Err(error) if error.is_cancelled() => Ok(()),
        Err(error) => Err(EngineError::Worker { text: error.to_string() }),
    }
}
