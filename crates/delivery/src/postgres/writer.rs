//! The writer: one task owns the connection that writes and commits waiting operations in groups.
//!
//! A group is one transaction. Should a statement of it be refused, it is rolled back and its operations are carried out one by
//! one, so that the guilty one fails alone. The connection holds the node's name by an advisory lock of its session: without
//! the session nothing is written, and with a new one only after the name is held again.
//!
//! # A connection lost while committing
//! Every transaction counts itself in the node's row, so whether it took place is read there over a new connection (which waits
//! for the old one's lock on that row), and callers are told what is true. The transaction's id would not do: a server that
//! crashed may give it again. Only when no connection comes about in time does the caller get an error without knowing. Every operation may then
//! be repeated: a batch is known by its idempotency key; a decision that took place is refused the second time
//! ([`StoreError::Fenced`]: its claim was given back or its state has moved on; a decision that kept both, a poll found pending,
//! says the same twice and keeps its evidence twice); claims nobody heard of end with their lease; pulls, pauses, positions of
//! consumers and what a bulk question said are set, not added to; a head already there is refused ([`StoreError::NotNext`]).

use super::chain::Chain;
use super::job::{Done, Job, Outcome};
use super::open::Held;
use super::order::{Need, Order};
use super::queues::Queues;
use super::session::{Parameter, Session, column, within};
use super::trouble::{Cause, Trouble};
use super::{
    PostgresOptions, archive, chain, claim, custody, inbox, intake, listen, open, operate, order, pulls, queues, record,
};
use crate::ids::Namespace;
use crate::store::StoreError;
use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// Work waiting for the writer; more makes callers wait.
const QUEUE: usize = 1024;
/// Operations in one commit.
const GROUP: usize = 256;
/// Bytes in one commit, beyond which no further operation joins it.
const GROUP_BYTES: usize = 8 << 20;
/// How often an operation is tried when other nodes are in its way.
const TRIES: usize = 5;
/// How often, and how often at most, is asked after a transaction whose connection is gone: the server may be starting again.
const UNDECIDED: Duration = Duration::from_millis(100);
const UNDECIDED_TRIES: usize = 100;

/// Prepared when the connection opens, so that what is sent together arrives in order.
const STATEMENTS: [&str; 22] = [
    BEGUN,
    order::TAKE,
    queues::ADD,
    queues::FIND,
    intake::KNOWN,
    intake::HOLDERS,
    intake::KEYS,
    intake::REPLACED,
    intake::FOLLOWING,
    intake::BATCHES,
    intake::OBJECTS,
    intake::LANES,
    intake::MESSAGES,
    intake::CARRIED,
    record::UPDATE,
    record::FATES,
    record::SHOWN,
    claim::NOW,
    claim::CLAIM,
    operate::FORGET,
    chain::ENTRIES,
    chain::LINK,
];

/// Counts the transaction; by its number it is found after all.
const BEGUN: &str = "UPDATE node SET commits = commits + 1 WHERE name = $1 AND session = $2 RETURNING commits";

struct Waiting {
    job: Job,
    tell: oneshot::Sender<Outcome>,
}

/// The way to the task.
#[derive(Debug)]
pub(super) struct Writer {
    queue: mpsc::Sender<Waiting>,
}

struct State {
    options: Arc<PostgresOptions>,
    namespace: Namespace,
    held: Option<Held>,
    queues: Queues,
    /// How far the engine's clock was ahead of the database's when it last claimed.
    ahead: i64,
}

impl Writer {
    /// Connects, makes the schema ready and starts the task.
    pub(super) async fn start(options: Arc<PostgresOptions>) -> Result<(Self, Namespace), StoreError> {
        let (held, namespace) = open::writer(&options, &STATEMENTS).await.map_err(|trouble| trouble.error)?;
        let state = State { options, namespace, held: Some(held), queues: Queues::default(), ahead: 0 };
        let (queue, waiting) = mpsc::channel(QUEUE);
        tokio::spawn(write(state, waiting));
        Ok((Self { queue }, namespace))
    }

    /// Carries out an operation in the next group and returns after the commit.
    pub(super) async fn run(&self, job: Job) -> Outcome {
        let (tell, told) = oneshot::channel();
        self.queue.send(Waiting { job, tell }).await.map_err(|_| StoreError::Closed)?;
        told.await.map_err(|_| StoreError::Closed)?
    }
}

async fn write(mut state: State, mut waiting: mpsc::Receiver<Waiting>) {
    let mut held_over = VecDeque::new();
    loop {
        let first = match held_over.pop_front() {
            Some(first) => first,
            None => match waiting.recv().await {
                Some(first) => first,
                None => return,
            },
        };
        let group = gather(first, &mut held_over, &mut waiting);
        let jobs: Vec<&Job> = group.iter().map(|one| &one.job).collect();
        let outcomes = state.serve(&jobs).await;
        for (one, outcome) in group.into_iter().zip(outcomes) {
            // Whoever asked may have gone; what is committed stays committed.
            let _ = one.tell.send(outcome);
        }
    }
}

/// What is committed together. Of two decisions about one message the second waits for the next group.
fn gather(first: Waiting, held_over: &mut VecDeque<Waiting>, waiting: &mut mpsc::Receiver<Waiting>) -> Vec<Waiting> {
    let mut messages: HashSet<_> = first.job.message().into_iter().collect();
    let mut bytes = first.job.bytes();
    let mut group = vec![first];
    let mut later = VecDeque::new();
    while group.len() < GROUP && bytes < GROUP_BYTES {
        let Some(next) = held_over.pop_front().or_else(|| waiting.try_recv().ok()) else { break };
        if next.job.message().is_some_and(|message| !messages.insert(message)) {
            later.push_back(next);
            continue;
        }
        bytes += next.job.bytes();
        group.push(next);
    }
    later.append(held_over);
    *held_over = later;
    group
}

impl State {
    /// Together if that is possible, else one by one.
    async fn serve(&mut self, jobs: &[&Job]) -> Vec<Outcome> {
        let trouble = match self.attempt(jobs).await {
            Ok(outcomes) => return outcomes,
            Err(trouble) => trouble,
        };
        if matches!(trouble.cause, Cause::Lost | Cause::Overloaded) {
            return jobs.iter().map(|_| Err(trouble.error.clone())).collect();
        }
        let mut outcomes = Vec::with_capacity(jobs.len());
        for job in jobs {
            outcomes.push(self.alone(job).await);
        }
        outcomes
    }

    async fn alone(&mut self, job: &Job) -> Outcome {
        let mut tried = 0;
        loop {
            tried += 1;
            match self.attempt(&[job]).await {
                Ok(outcomes) => return outcomes.into_iter().next().unwrap_or(Err(StoreError::Closed)),
                Err(trouble) if trouble.cause == Cause::Conflict && tried < TRIES => {}
                Err(trouble) => return Err(trouble.error),
            }
        }
    }

    /// One transaction.
    async fn attempt(&mut self, jobs: &[&Job]) -> Result<Vec<Outcome>, Trouble> {
        let held = match self.held.take().filter(|held| !held.session.is_closed()) {
            Some(held) => held,
            None => self.reconnect().await?,
        };
        let result = within("writing", self.transact(&held, jobs)).await;
        match result {
            Ok((outcomes, transaction, chain)) => {
                let commit = within("committing", held.session.script("committing", "COMMIT")).await;
                match commit {
                    Ok(()) => {
                        self.held = Some(Held { chain, ..held });
                        Ok(outcomes)
                    }
                    Err(trouble) => {
                        let token = held.token;
                        drop(held.session);
                        self.queues.forget();
                        self.find_out(&token, transaction, trouble).await.map(|()| outcomes)
                    }
                }
            }
            Err(trouble) => {
                self.queues.forget();
                if trouble.cause != Cause::Lost && held.session.script("undoing", "ROLLBACK").await.is_ok() {
                    self.held = Some(held);
                }
                Err(trouble)
            }
        }
    }

    async fn reconnect(&mut self) -> Result<Held, Trouble> {
        let (held, namespace) = open::writer(&self.options, &STATEMENTS).await?;
        if namespace != self.namespace {
            let what = "the database is another one than before".to_owned();
            return Err(StoreError::Damaged { what }.into());
        }
        Ok(held)
    }

    /// Did the transaction take place whose connection was lost while it was committing? Reading needs no name.
    async fn find_out(&self, token: &str, transaction: i64, trouble: Trouble) -> Result<(), Trouble> {
        let failed = |text: &str| {
            let error = StoreError::Io { doing: "committing", text: format!("{}; {text}", trouble.error) };
            Trouble { cause: Cause::Lost, error }
        };
        let unknown = "whether it took place is not known: ask again, or try again";
        let ask = "SELECT session = $2, commits >= $3 FROM node WHERE name = $1 FOR UPDATE";
        let mut session = None;
        for _ in 0..UNDECIDED_TRIES {
            if session.is_none() {
                session = Session::open(&self.options).await.ok();
            }
            let status = match &session {
                Some(session) => session.row("committing", ask, &[&self.options.node, &token, &transaction]).await,
                None => Ok(None),
            };
            match status {
                Ok(Some(row)) => match (column(&row, 0)?, column(&row, 1)?) {
                    (true, true) => return Ok(()),
                    (true, false) => return Err(failed("nothing of it took place")),
                    // Another process has taken the name since.
                    (false, _) => return Err(failed(unknown)),
                },
                Ok(None) => {}
                Err(_) => session = None,
            }
            tokio::time::sleep(UNDECIDED).await;
        }
        Err(failed(unknown))
    }

    /// Everything up to the commit: what came of each operation, the transaction's number, and the chain as it will be.
    async fn transact(&mut self, held: &Held, jobs: &[&Job]) -> Result<(Vec<Outcome>, i64, Chain), Trouble> {
        let Held { session, token, chain } = held;
        let need = jobs.iter().fold(Need::default(), |need, job| need.and(job.need()));
        let turn = async { if need.turn { Order::take(session, need).await } else { Ok(Order::default()) } };
        let counted: [Parameter<'_>; 2] = [&self.options.node, token];
        let (begun, transaction, order) = tokio::join!(
            biased;
            session.script("beginning a write", "BEGIN"),
            session.row("beginning a write", BEGUN, &counted),
            turn,
        );
        begun?;
        let transaction =
            transaction?.ok_or_else(|| Trouble::lost("beginning a write", "the node's row is another's"))?;
        let transaction = column(&transaction, 0)?;
        let mut order = order?;

        let mut outcomes: Vec<Option<Outcome>> = jobs.iter().map(|_| None).collect();
        let (batches, intakes): (Vec<usize>, Vec<_>) = (jobs.iter().enumerate())
            .filter_map(|(at, job)| if let Job::Accept(intake) = job { Some((at, &**intake)) } else { None })
            .unzip();
        let (accepted, results) =
            intake::accept(session, &intakes, &mut order, &mut self.queues, self.namespace).await?;
        for (at, result) in batches.into_iter().zip(results) {
            outcomes[at] = Some(result.map(Done::Accepted));
        }
        let (decided, decisions): (Vec<usize>, Vec<_>) = (jobs.iter().enumerate())
            .filter_map(|(at, job)| if let Job::Record(decision) = job { Some((at, &**decision)) } else { None })
            .unzip();
        let recorded = record::record(session, &decisions, &mut order, &mut self.queues, self.namespace).await?;
        for (at, result) in decided.into_iter().zip(recorded.results) {
            outcomes[at] = Some(result.map(|()| Done::Nothing));
        }
        let mut work = accepted || recorded.work;
        for (outcome, job) in outcomes.iter_mut().zip(jobs) {
            if outcome.is_none() {
                *outcome = Some(match self.single(session, job, &mut order, &mut work).await {
                    // The caller's own mistake disturbs nobody: nothing was written for it.
                    Err(Trouble {
                        cause: Cause::Refused,
                        error: error @ (StoreError::NotFound { .. } | StoreError::NotNext { .. }),
                    }) => Err(error),
                    result => Ok(result?),
                });
            }
        }
        let chain = chain.append(session, &self.options.node, recorded.entries).await?;
        if work {
            listen::tell(session, &self.options).await?;
        }
        let outcomes = outcomes.into_iter().map(|outcome| outcome.unwrap_or(Err(StoreError::Closed))).collect();
        Ok((outcomes, transaction, chain))
    }

    /// An operation that stands alone. `work` is set when there is something to claim now.
    async fn single(
        &mut self,
        session: &Session,
        job: &Job,
        order: &mut Order,
        work: &mut bool,
    ) -> Result<Done, Trouble> {
        let node = self.options.node.as_str();
        Ok(match job {
            Job::Accept(_) | Job::Record(_) => Done::Nothing,
            Job::Claim(claims) => {
                let taken = claim::due(session, claims, node, self.namespace).await?;
                self.ahead = taken.ahead;
                Done::Claimed(taken.claimed, Some(taken.ahead))
            }
            Job::ClaimParked(message, lease) => {
                let taken = claim::parked(session, *message, *lease, self.ahead, node, self.namespace).await?;
                Done::Claimed(taken.into_iter().collect(), None)
            }
            Job::Recover => {
                *work = true;
                Done::Count(claim::recover(session, node).await?)
            }
            Job::Told(told) => {
                *work = true;
                claim::told(session, told).await?;
                Done::Nothing
            }
            Job::SetPulls(settings) => {
                *work = true;
                pulls::set(session, settings, order, &mut self.queues).await?;
                Done::Nothing
            }
            Job::Acknowledge(consumer, upto, at) => {
                inbox::acknowledge(session, consumer, *upto, *at).await?;
                Done::Nothing
            }
            Job::Pause(pause) => {
                operate::pause(session, pause).await?;
                Done::Nothing
            }
            Job::Resume(scope) => {
                *work = true;
                Done::Flag(operate::resume(session, scope).await?)
            }
            Job::AppendHead(head) => {
                archive::append_head(session, head).await?;
                Done::Nothing
            }
            Job::Expire(expiry) => Done::Count(custody::expire(session, expiry).await?),
            Job::Hold(scope, reason, at) => Done::Held(custody::hold(session, scope, reason, *at).await?),
            Job::Release(hold, at) => Done::Flag(custody::release(session, *hold, *at).await?),
        })
    }
}
