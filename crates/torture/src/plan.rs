//! What is handed over: bills of the sample month, readings and answers to appeals, in many small batches, all by one seed.

mod answers;
mod bills;
mod readings;
mod seed;

use std::collections::BTreeSet;

use gis_gkh_delivery::{NewBatch, NewMessage, NewObject, Plan as Decided, Priority, Resend, Sha256, Timestamp};
use gis_gkh_gateway::records::{Bill, Month, Options};
use gis_gkh_gateway::sample::{Sample, org_ppa_guid};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::dice::Dice;
use answers::Answers;
use bills::Bills;
use readings::Readings;

/// The stand's name in the store.
pub const STAND: &str = "sandbox";

/// Messages of one batch at most.
const MESSAGES: u64 = 8;
/// Rows of one message at most.
const ROWS: u64 = 3;
/// Messages in a thousand that share a lane with others of their kind, beside the lanes their desk puts them in.
const IN_LANES: u32 = 100;
/// Lanes shared.
const LANES: u64 = 40;
/// Batches in a thousand that hand something over once more.
const REPEATS: u32 = 150;
/// Batches in a thousand that are of readings, and of answers; the rest are of bills.
const OF_READINGS: u64 = 150;
const OF_ANSWERS: u64 = 200;
/// Of so many things one has a reason to be refused: its account is closed, its meter out of use, its appeal withdrawn.
const CLOSED: usize = 50;

/// What has an effect in the system, as all books name it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Thing {
    /// A payment document.
    Bill {
        /// GUID of its account.
        account: String,
        /// `2026-10`.
        period: String,
        /// The issuer's number.
        number: String,
    },
    /// A reading.
    Reading {
        /// GUID of the meter.
        meter: String,
        /// The day, `2026-10-23`.
        date: String,
    },
    /// The draft of the answer to an appeal.
    Draft {
        /// GUID of the appeal.
        appeal: String,
    },
    /// The sending of that answer.
    Sending {
        /// GUID of the appeal.
        appeal: String,
    },
}

impl Thing {
    /// Under which name the system's identifier stands among those of an accepted row.
    #[must_use]
    pub const fn identifier(&self) -> &'static str {
        match self {
            Self::Bill { .. } => "payment_document_id",
            _ => "guid",
        }
    }
}

impl std::fmt::Display for Thing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Bill { account, period, number } => write!(f, "bill {account}/{period}/{number}"),
            Self::Reading { meter, date } => write!(f, "reading {meter}/{date}"),
            Self::Draft { appeal } => write!(f, "draft of the answer to {appeal}"),
            Self::Sending { appeal } => write!(f, "sending of the answer to {appeal}"),
        }
    }
}

/// A row to be handed over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// Its number in the batch.
    pub row: u32,
    /// The caller's `ref`.
    pub reference: String,
    /// Natural key.
    pub key: String,
    /// Period.
    pub period: String,
    /// The record as the desk reads it.
    pub payload: String,
    /// Row of the batch that must be accepted before this one.
    pub follows: Option<u32>,
    /// What it is for the books.
    pub thing: Thing,
    /// What stands in the request that carries it.
    pub words: Vec<String>,
    /// The system has a reason to refuse it.
    pub closed: bool,
}

impl Row {
    /// A row the desk has laid out.
    fn of(object: NewObject, thing: Thing, words: Vec<String>, closed: bool) -> Self {
        let NewObject { row, reference, key, period, payload, follows, .. } = object;
        let payload = String::from_utf8_lossy(&payload).into_owned();
        Self { row, reference, key, period, payload, follows, thing, words, closed }
    }
}

/// A message of a batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// The operation.
    pub operation: String,
    /// Rows it carries.
    pub rows: Vec<u32>,
    /// Lanes it stands in.
    pub lanes: Vec<String>,
    /// Priority.
    pub priority: Priority,
    /// What may be done when nobody knows whether it arrived.
    pub resend: Resend,
    /// Its state is asked in bulk.
    pub bulk: bool,
}

impl From<NewMessage> for Message {
    fn from(message: NewMessage) -> Self {
        let NewMessage { operation, lanes, priority, resend, bulk, rows } = message;
        Self { operation, rows, lanes, priority, resend, bulk }
    }
}

/// A batch to be handed over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    /// Idempotency key.
    pub key: String,
    /// Kind of its rows.
    pub kind: String,
    /// Rows.
    pub rows: Vec<Row>,
    /// Messages.
    pub messages: Vec<Message>,
}

impl Batch {
    /// As the store takes it.
    #[must_use]
    pub fn taken(self, at: Timestamp) -> NewBatch {
        let objects = self.rows.into_iter().map(|row| NewObject {
            row: row.row,
            reference: row.reference,
            key: row.key,
            period: row.period,
            content: Sha256::of(row.payload.as_bytes()),
            payload: row.payload.into_bytes(),
            plan: Decided::Send,
            follows: row.follows,
        });
        let messages = self.messages.into_iter().map(|message| NewMessage {
            operation: message.operation,
            lanes: message.lanes,
            priority: message.priority,
            resend: message.resend,
            bulk: message.bulk,
            rows: message.rows,
        });
        NewBatch {
            organisation: org_ppa_guid().to_string(),
            stand: STAND.to_owned(),
            kind: self.kind,
            source: format!("{}.csv", self.key),
            content: self.key.clone().into_bytes(),
            idempotency_key: self.key,
            accepted_at: at,
            objects: objects.collect(),
            messages: messages.collect(),
        }
    }

    /// The number of the next row.
    fn next(&self) -> u32 {
        u32::try_from(self.rows.len()).unwrap_or(u32::MAX).saturating_add(1)
    }
}

/// Everything one run hands over, and what happens in the portal meanwhile.
#[derive(Debug, Clone)]
pub struct Plan {
    /// What the sandbox knows.
    pub sandbox: String,
    /// The batches.
    pub batches: Vec<Batch>,
    /// Messages in them.
    pub messages: usize,
    /// Different bills in them.
    pub bills: usize,
    /// Different readings in them.
    pub readings: usize,
    /// Different answers in them.
    pub answers: usize,
    /// GUIDs of the appeals among those answered that a recurring export gives out.
    pub shown: BTreeSet<String>,
    /// GUIDs of the meters whose readings a recurring export gives out; only citizens enter any.
    pub watched: Vec<String>,
}

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// The sample is not what it should be.
    #[error("the sample month has faults: {0}")]
    Sample(String),
    /// A record cannot be written or read.
    #[error("the sample cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
}

impl Plan {
    /// About so many messages of one to three rows each.
    ///
    /// # Errors
    /// See [`PlanError`].
    pub fn new(seed: u64, messages: usize, today: OffsetDateTime) -> Result<Self, PlanError> {
        let dice = Dice::of(seed, "plan");
        // Less than two bills a message in the mean.
        let accounts = messages.saturating_mul(3).div_ceil(2).max(10);
        let sample = Sample::new(accounts, (accounts / CLOSED).max(1));
        let known = seed::Known::read(&sample.sandbox)?;
        let month = Month::read(&sample.sources(), &Options { today: today.date(), period: None, lenient: false });
        if let Some(problem) = month.problems.first() {
            return Err(PlanError::Sample(problem.text(gis_gkh_gateway::records::Lang::En)));
        }
        let mut bills = Bills::new(&month.bills, &known)?;
        let mut readings = Readings::new(&known, messages, today.date());
        let mut answers = Answers::new(seed, today.date());
        let (mut batches, mut made): (Vec<Batch>, usize) = (Vec::new(), 0);
        while made < messages {
            let key = format!("{seed}-{}", batches.len() + 1);
            let mut batch = Batch { key, kind: String::new(), rows: Vec::new(), messages: Vec::new() };
            let (kind, count) = (dice.between(0, 999), dice.between(1, MESSAGES));
            let again = dice.permille(REPEATS);
            if kind < OF_READINGS {
                readings.fill(&mut batch, &dice, count, again)?;
            } else if kind < OF_READINGS + OF_ANSWERS {
                answers.fill(&mut batch, &dice, count.div_ceil(2), again)?;
            } else {
                bills.fill(&mut batch, &dice, count, again);
            }
            if batch.messages.is_empty() {
                continue;
            }
            made += batch.messages.len();
            batches.push(batch);
        }
        let sandbox = seed::with(&sample.sandbox, &readings.meters, &answers.appeals)?;
        Ok(Self {
            sandbox,
            batches,
            messages: made,
            bills: bills.handed.len(),
            readings: readings.count,
            answers: answers.appeals.len(),
            shown: answers.shown,
            watched: readings.watched,
        })
    }
}

/// A lane shared with others, now and then.
fn lane(dice: &Dice) -> Option<String> {
    dice.permille(IN_LANES).then(|| format!("lane/{}", dice.between(1, LANES)))
}
