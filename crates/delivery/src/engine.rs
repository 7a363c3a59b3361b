//! The engine: claims what is due, carries out effects with bounded parallelism, records what came of them.

mod progress;
mod worker;

use crate::ids::{MessageId, Timestamp};
use crate::policy::{Policy, PolicyError};
use crate::ports::{Clock, Exchange};
use crate::state::{Event, step};
use crate::store::{Claims, Record, Store, StoreError};
use progress::Tally;
pub use progress::{Observer, Progress};
use std::fmt;
use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
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

/// Delivers what the store holds. One engine runs on a store at a time.
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
        let mut shutdown = pin!(shutdown);
        let ended = loop {
            if let Err(error) = self.claim(&mut workers).await {
                break Err(error.into());
            }
            let free = workers.len() < self.parallel;
            let due = match if free { ports.store.next_due().await } else { Ok(None) } {
                Ok(due) => due,
                Err(error) => break Err(error.into()),
            };
            if workers.is_empty() && due.is_none() && until_empty {
                break Ok(());
            }
            tokio::select! {
                biased;
                () = &mut shutdown => break Ok(()),
                Some(ended) = workers.join_next(), if !workers.is_empty() => {
                    if let Err(error) = outcome(ended) {
                        break Err(error);
                    }
                }
                () = ports.sleep(due), if due.is_some() => {}
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
        let ports = &self.ports;
        let now = ports.clock.now();
        let Some(claimed) = ports.store.claim_parked(message, now.after(ports.policy.lease)).await? else {
            return Ok(false);
        };
        let step = step(&claimed.message, Event::Retry, now, &ports.policy);
        let record = Record {
            fence: claimed.fence,
            from: claimed.message.state,
            message: step.message,
            moved: step.moved,
            objects: step.objects,
            bodies: Vec::new(),
            lease: None,
            at: now,
        };
        ports.store.record(record).await?;
        self.wake();
        Ok(true)
    }

    async fn claim(&self, workers: &mut JoinSet<Result<(), StoreError>>) -> Result<(), StoreError> {
        let ports = &self.ports;
        let free = self.parallel.saturating_sub(workers.len());
        let now = ports.clock.now();
        // Looking is cheaper than a commit that claims nothing.
        if free == 0 || ports.store.next_due().await?.is_none_or(|due| due > now) {
            return Ok(());
        }
        let claims = Claims { now, lease: now.after(ports.policy.lease), limit: free };
        for claimed in ports.store.claim_due(claims).await? {
            if !ports.tally().knows(claimed.message.id) {
                let queue = ports.store.queue(usize::MAX).await?;
                ports.tally().learn(queue);
            }
            workers.spawn(worker::work(Arc::clone(ports), claimed));
        }
        Ok(())
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
