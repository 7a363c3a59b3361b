//! The engine: claims what is due, carries out effects with bounded parallelism, records what came of them.

mod bulk;
mod governor;
mod progress;
mod worker;

use crate::failure::{Failure, Fixer, local};
use crate::ids::{MessageId, Timestamp};
use crate::policy::{Policy, PolicyError};
use crate::ports::{Clock, Exchange, Work};
use crate::state::{Event, step};
use crate::store::{Claims, Record, Store, StoreError};
use bulk::Bulk;
use governor::{Cadence, Governor};
use progress::Tally;
pub use progress::{Observer, Progress};
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
    tally: Mutex<Tally>,
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
            tally: Mutex::new(Tally::default()),
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

    /// Called after every recorded step with where everything stands. Must return quickly.
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
    pub async fn run(
        &self,
        until_empty: bool,
        shutdown: impl Future<Output = ()> + Send,
    ) -> Result<Progress, EngineError> {
        let ports = &self.ports;
        ports.policy.check()?;
        ports.stopping.store(false, Ordering::SeqCst);
        ports.store.recover().await?;
        let tally = Tally::new(ports.store.queue(usize::MAX).await?, self.observer.clone());
        *ports.tally() = tally;

        let mut workers = JoinSet::new();
        let mut bulk = Bulk::default();
        let mut shutdown = pin!(shutdown);
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
            }
        };
        let wound_up = self.wind_up(workers).await;
        let progress = ports.tally().progress().clone();
        ended.and(wound_up).map(|()| progress)
    }

    /// Asks for a parked message to be tried again. False when it is not parked.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]; the store's own.
    pub async fn retry(&self, message: MessageId) -> Result<bool, StoreError> {
        self.decide(message, Event::Retry).await
    }

    /// Gives a parked message up, for this reason: what has not been sent of it is refused, what is in doubt stays unknown. False
    /// when it is not parked.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]; the store's own.
    pub async fn discard(&self, message: MessageId, reason: &str) -> Result<bool, StoreError> {
        self.decide(message, Event::Discard(Failure::local(local::DISCARDED, reason, Fixer::Operator))).await
    }

    async fn decide(&self, message: MessageId, event: Event) -> Result<bool, StoreError> {
        let ports = &self.ports;
        let now = ports.clock.now();
        let Some(claimed) = ports.store.claim_parked(message, now.after(ports.policy.lease)).await? else {
            return Ok(false);
        };
        let step = step(&claimed.message, event, now, &ports.policy);
        let record = Record {
            fence: claimed.fence,
            from: claimed.message.state,
            message: step.message,
            moved: step.moved,
            objects: step.objects,
            bodies: Vec::new(),
            page: None,
            until: None,
            lease: None,
            at: now,
        };
        ports.store.record(record).await?;
        self.wake();
        Ok(true)
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
                if !ports.tally().knows(claimed.message.id) {
                    let queue = ports.store.queue(usize::MAX).await?;
                    ports.tally().learn(queue);
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
    fn tally(&self) -> std::sync::MutexGuard<'_, Tally> {
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

fn outcome(ended: Result<Result<(), StoreError>, JoinError>) -> Result<(), EngineError> {
    match ended {
        Ok(result) => Ok(result?),
        Err(error) if error.is_cancelled() => Ok(()),
        Err(error) => Err(EngineError::Worker { text: error.to_string() }),
    }
}
