//! The child: the store, the real engine and the real desks in a process that may die at any moment.

use std::future::Future;
use std::io::Write as _;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use gis_gkh::HttpLimits;
use gis_gkh::stand::{Stand, StandError};
use gis_gkh::transport::Transport;
use gis_gkh_delivery::state::MessageState;
use gis_gkh_delivery::{
    BatchId, Clock as _, Decision, Engine, EngineError, Inbox as _, MessageId, Seq, Store, StoreError, Verb,
};
use gis_gkh_gateway::desk::Desks;
use gis_gkh_gateway::sample::org_ppa_guid;
use gis_gkh_sign::gost::OsEntropy;
use tokio::io::AsyncBufReadExt as _;
use tokio::sync::Notify;

use crate::chaos::{ChaosExchange, ChaosStore, ChaosTransport, Points};
use crate::clock::FileClock;
use crate::dice::Dice;
use crate::keys;
use crate::line::{Answer, Ask, FromChild, RowState, ToChild, Waiting};
use crate::open::{OpenError, open};
use crate::plan::STAND;
use crate::points::{Point, Trap};
use crate::pulls::pulls;
use crate::read;
use crate::setting::{Place, Setting, policy};

/// Exit code of a child whose store is somebody else's.
pub const LOCKED: u8 = 3;
/// An engine that has ended by an error starts again after this.
const BREATH: Duration = Duration::from_millis(20);
/// The parent hears of failures this often.
const TELLING: Duration = Duration::from_millis(100);
/// So often a patient child tries to open its store.
const ATTEMPTS: u32 = 300;
/// Rows of a batch looked at in one go; batches are smaller.
const ROWS: usize = 10_000;

/// Why a child could not begin.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChildError {
    /// Its setting cannot be read.
    #[error("{0}: give the path of a setting, as `gkh-torture run` writes it")]
    Setting(String),
    /// Keys.
    #[error(transparent)]
    Keys(#[from] gis_gkh_sign::signer::SignError),
    /// The way to the sandbox.
    #[error(transparent)]
    Stand(#[from] StandError),
    /// The store.
    #[error(transparent)]
    Open(#[from] OpenError),
}

/// Says something to the parent.
fn say(line: &FromChild) {
    let Ok(mut text) = serde_json::to_string(line) else { return };
    text.push('\n');
    let mut out = std::io::stdout().lock();
    // A parent that is gone hears nothing; standard input ends then, and so does the child.
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Tells the parent when a point is passed for the time asked for.
#[derive(Debug, Default)]
struct Announced {
    trap: Trap,
}

impl Points for Announced {
    fn pass(&self, point: Point) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        if !self.trap.pass(point) {
            return Box::pin(std::future::ready(()));
        }
        say(&FromChild::At(point));
        if point.stands() { Box::pin(std::future::pending()) } else { Box::pin(std::future::ready(())) }
    }
}

/// What the tasks of a child share.
struct Child {
    /// As callers and the engine see it: it fails now and then.
    store: Arc<ChaosStore>,
    exchange: Arc<ChaosExchange>,
    /// As it is: for looking at it.
    plain: Arc<dyn Store>,
    clock: Arc<FileClock>,
    engine: Engine,
    points: Arc<Announced>,
    stop: Notify,
    stopping: AtomicBool,
}

/// Runs a child until it is told to stop, or its parent is gone. Gives the exit code. A patient child waits for its store where that
/// may still be held for one that was killed, or the server is just coming back.
///
/// # Errors
/// [`ChildError`]; what goes wrong later is told to the parent.
pub async fn run(setting: &Path, patient: bool) -> Result<u8, ChildError> {
    let text = std::fs::read_to_string(setting).map_err(|error| ChildError::Setting(error.to_string()))?;
    let setting: Setting = serde_json::from_str(&text).map_err(|error| ChildError::Setting(error.to_string()))?;
    let Some(plain) = opened(&setting, patient).await? else { return Ok(LOCKED) };
    let child = Arc::new(child(&setting, plain)?);
    say(&FromChild::Ready);
    let listening = tokio::spawn(listen(Arc::clone(&child)));
    let telling = tokio::spawn(tell(Arc::clone(&child)));
    loop {
        let ended = deliver(&child, &setting.meters).await;
        made(&child);
        match ended {
            Ok(()) => break,
            Err(error) => say(&FromChild::Engine(error.to_string())),
        }
        // What was in flight when it was told to stop may have failed.
        if child.stopping.load(Ordering::SeqCst) {
            break;
        }
        tokio::time::sleep(BREATH).await;
    }
    listening.abort();
    telling.abort();
    Ok(0)
}

/// Sets the recurring exports and runs the engine, as the gateway does.
async fn deliver(child: &Child, meters: &[String]) -> Result<(), EngineError> {
    let now = child.clock.now();
    child.store.set_pulls(&org_ppa_guid().to_string(), STAND, pulls(meters, now), now).await?;
    child.engine.run(false, child.stop.notified()).await.map(drop)
}

/// Opens the store. `None` when it is somebody else's.
async fn opened(setting: &Setting, patient: bool) -> Result<Option<Arc<dyn Store>>, OpenError> {
    let mut left = if patient && matches!(setting.place, Place::Postgres { .. }) { ATTEMPTS } else { 0 };
    loop {
        match open(setting).await {
            Err(OpenError::Store(
                StoreError::NodeTaken { .. } | StoreError::Io { .. } | StoreError::Unreachable { .. },
            )) if left > 0 => {
                left -= 1;
                tokio::time::sleep(TELLING).await;
            }
            Err(OpenError::Store(error @ (StoreError::Locked { .. } | StoreError::NodeTaken { .. }))) => {
                say(&FromChild::Locked(error.to_string()));
                return Ok(None);
            }
            opened => return opened.map(Some),
        }
    }
}

/// Says how much was made to fail.
fn made(child: &Child) {
    say(&FromChild::Made { store: child.store.failures(), exchange: child.exchange.failures() });
}

/// Says it every now and then: one that is killed says nothing any more.
async fn tell(child: Arc<Child>) {
    loop {
        tokio::time::sleep(TELLING).await;
        made(&child);
    }
}

fn child(setting: &Setting, plain: Arc<dyn Store>) -> Result<Child, ChildError> {
    let policy = policy(setting.parallel);
    let clock = Arc::new(FileClock::new(&setting.clock));
    let points = Arc::new(Announced::default());
    // Another process, other dice: what failed must not fail for ever.
    let incarnation = setting.seed ^ u64::from(std::process::id());
    let connect = policy.request_timeout / 4;
    let limits = HttpLimits { connect, answer: policy.request_timeout - connect, ..HttpLimits::default() };
    let transport: Arc<dyn Transport> = Arc::new(ChaosTransport::new(
        Arc::new(Stand::sandbox(setting.address.clone()).transport(limits)?),
        Arc::clone(&points) as Arc<dyn Points>,
    ));
    let desk = Desks::new(keys::identity()?, transport, Arc::clone(&clock) as _, Arc::new(OsEntropy));
    let exchange = Arc::new(ChaosExchange::new(
        Arc::new(desk),
        Arc::clone(&points) as _,
        Dice::of(incarnation, "exchange"),
        setting.exchange.clone(),
    ));
    let store = Arc::new(ChaosStore::new(
        Arc::clone(&plain),
        Arc::clone(&points) as _,
        Dice::of(incarnation, "store"),
        setting.store.clone(),
    ));
    let engine = Engine::new(Arc::clone(&store) as _, Arc::clone(&exchange) as _, Arc::clone(&clock) as _, policy)
        .parallel(setting.parallel);
    Ok(Child { store, exchange, plain, clock, engine, points, stop: Notify::new(), stopping: AtomicBool::new(false) })
}

/// Answers the parent's questions, each in a task of its own.
async fn listen(child: Arc<Child>) {
    let mut lines = tokio::io::BufReader::new(tokio::io::stdin()).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        let Ok(ToChild { id, ask }) = serde_json::from_str(&line) else { continue };
        match ask {
            Ask::Arm(point, pass) => child.points.trap.arm(point, pass),
            Ask::Disarm => drop(child.points.trap.disarm()),
            Ask::Stop => stop(&child),
            ask => {
                let child = Arc::clone(&child);
                tokio::spawn(async move {
                    let answer = answer(&child, ask).await.unwrap_or_else(|error| Answer::Failed(error.to_string()));
                    say(&FromChild::Answer { id, answer });
                });
            }
        }
    }
    // Whoever could stop it is gone.
    stop(&child);
}

fn stop(child: &Child) {
    child.stopping.store(true, Ordering::SeqCst);
    child.stop.notify_one();
}

async fn answer(child: &Child, ask: Ask) -> Result<Answer, StoreError> {
    Ok(match ask {
        Ask::Take(batch) => {
            let accepted = child.store.accept(batch.taken(child.clock.now())).await?;
            child.engine.wake();
            Answer::Taken { batch: accepted.batch.0, repeated: accepted.repeated }
        }
        Ask::Rows(batch) => {
            let rows = child.plain.rows(BatchId(batch), None, ROWS).await?;
            let state = |row: gis_gkh_delivery::RowView| RowState {
                row: row.row,
                state: row.state,
                message: row.message.map(|message| message.0),
            };
            Answer::Rows(rows.into_iter().map(state).collect())
        }
        Ask::Queue => {
            let queue = child.plain.queue(usize::MAX).await?;
            // Recurring exports never end, and nobody looks after them.
            let waiting = |view: gis_gkh_delivery::QueueView| {
                Some(Waiting {
                    message: view.message.0,
                    batch: view.batch?.0,
                    state: format!("{:?}", view.state),
                    parked: view.state == MessageState::Parked,
                    failure: view.failure.map(|failure| failure.to_string()),
                })
            };
            Answer::Queue(queue.into_iter().filter_map(waiting).collect())
        }
        Ask::Retry(message) => {
            decide(child, message, Verb::Retry, "what failed on purpose works again").await?;
            Answer::Done
        }
        Ask::GiveUp(message) => {
            decide(child, message, Verb::Discard, "looked into the portal: there is none").await?;
            Answer::Done
        }
        Ask::Resume => {
            for pause in child.plain.pauses().await? {
                child.plain.resume(pause.scope).await?;
            }
            child.engine.wake();
            Answer::Done
        }
        Ask::Inbox(reader, limit) => {
            Answer::Inbox(child.store.inbox(&reader.into(), limit).await?.iter().map(read::record).collect())
        }
        Ask::Acknowledge(reader, upto) => {
            child.store.acknowledge(&reader.into(), Seq(upto), child.clock.now()).await?;
            Answer::Done
        }
        Ask::Pulls => {
            let pulls = child.plain.pulls().await?;
            Answer::Pulls(pulls.into_iter().map(|view| (view.pull.name, view.since.0)).collect())
        }
        Ask::Arm(..) | Ask::Disarm | Ask::Stop => Answer::Done,
    })
}

/// What a person decides of a parked message.
async fn decide(child: &Child, message: i64, verb: Verb, reason: &str) -> Result<(), StoreError> {
    let decision = Decision { verb, by: "torture".to_owned(), reason: reason.to_owned(), risk: false };
    child.engine.decide(MessageId(message), &decision).await.map(drop)
}
