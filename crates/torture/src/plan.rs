//! What is handed over: the sample month in many small batches, all by one seed.

use std::collections::HashSet;

use gis_gkh_delivery::{NewBatch, NewMessage, NewObject, Plan as Decided, Priority, Resend, Sha256, Timestamp};
use gis_gkh_gateway::desk::billing;
use gis_gkh_gateway::records::{Bill, Month, Options};
use gis_gkh_gateway::sample::{Sample, org_ppa_guid};
use serde::{Deserialize, Serialize};
use time::{Date, OffsetDateTime};

use crate::dice::Dice;

/// The stand's name in the store.
pub const STAND: &str = "sandbox";

/// Messages of one batch at most.
const MESSAGES: u64 = 8;
/// Bills of one message at most.
const BILLS: u64 = 3;
/// Messages in a thousand that share a lane with others.
const IN_LANES: u32 = 100;
/// Lanes shared.
const LANES: u64 = 40;
/// Batches in a thousand that hand a bill over once more.
const REPEATS: u32 = 150;
/// Accounts in a thousand that are closed in the sandbox.
const CLOSED: usize = 20;

/// A document as all books name it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Document {
    /// GUID of its account.
    pub account: String,
    /// `2026-10`.
    pub period: String,
    /// The issuer's number.
    pub number: String,
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
    /// The bill as the desk reads it.
    pub payload: String,
    /// What it is for the books.
    pub document: Document,
    /// The account is closed: the sandbox refuses it.
    pub closed: bool,
}

/// A message of a batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Rows it carries.
    pub rows: Vec<u32>,
    /// Lanes it stands in.
    pub lanes: Vec<String>,
    /// Priority.
    pub priority: Priority,
    /// Its state is asked in bulk.
    pub bulk: bool,
}

/// A batch to be handed over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    /// Idempotency key.
    pub key: String,
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
            follows: None,
        });
        let messages = self.messages.into_iter().map(|message| NewMessage {
            operation: billing::OPERATION.to_owned(),
            lanes: message.lanes,
            priority: message.priority,
            resend: Resend::AfterAbsent,
            bulk: message.bulk,
            rows: message.rows,
        });
        NewBatch {
            organisation: org_ppa_guid().to_string(),
            stand: STAND.to_owned(),
            kind: billing::KIND.to_owned(),
            source: format!("{}.csv", self.key),
            content: self.key.clone().into_bytes(),
            idempotency_key: self.key,
            accepted_at: at,
            objects: objects.collect(),
            messages: messages.collect(),
        }
    }
}

/// Everything one run hands over.
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
}

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// The sample is not what it should be.
    #[error("the sample month has faults: {0}")]
    Sample(String),
    /// A bill cannot be written or read.
    #[error("the sample cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
}

impl Plan {
    /// About so many messages of one to three bills each.
    ///
    /// # Errors
    /// See [`PlanError`].
    pub fn new(seed: u64, messages: usize, today: OffsetDateTime) -> Result<Self, PlanError> {
        let dice = Dice::of(seed, "plan");
        // Two bills a message in the mean.
        let accounts = messages.saturating_mul(2).max(10);
        let sample = Sample::new(accounts, (accounts * CLOSED / 1000).max(1));
        let closed = closed(&sample.sandbox)?;
        let bills = bills(&sample, today.date())?;
        let mut rows = bills.iter().map(|bill| row(bill, &closed)).collect::<Result<Vec<_>, _>>()?.into_iter();
        let (mut batches, mut made): (Vec<Batch>, usize) = (Vec::new(), 0);
        let mut handed: Vec<Row> = Vec::new();
        while rows.len() > 0 && made < messages {
            let mut batch =
                Batch { key: format!("{seed}-{}", batches.len() + 1), rows: Vec::new(), messages: Vec::new() };
            let mut number = 0;
            let mut numbered = |mut row: Row, batch: &mut Batch| {
                number += 1;
                row.row = number;
                batch.rows.push(row);
                number
            };
            for _ in 0..dice.between(1, MESSAGES) {
                let carried: Vec<Row> = (0..dice.between(1, BILLS)).filter_map(|_| rows.next()).collect();
                if carried.is_empty() {
                    break;
                }
                handed.extend(carried.iter().filter(|row| !row.closed).cloned());
                let rows = carried.into_iter().map(|row| numbered(row, &mut batch)).collect();
                batch.messages.push(message(&dice, rows));
                made += 1;
            }
            // The same bill in a later batch again: it is answered, not sent.
            if dice.permille(REPEATS)
                && let Some(again) = dice.one(&handed)
                && batch.rows.iter().all(|row| row.document != again.document)
            {
                let row = numbered(again.clone(), &mut batch);
                batch.messages.push(message(&dice, vec![row]));
            }
            batches.push(batch);
        }
        let bills = bills.len() - rows.len();
        Ok(Self { sandbox: sample.sandbox, batches, messages: made, bills })
    }
}

fn message(dice: &Dice, rows: Vec<u32>) -> Message {
    let lanes = if dice.permille(IN_LANES) { vec![format!("lane/{}", dice.between(1, LANES))] } else { Vec::new() };
    let priority = dice.one(&Priority::ALL).copied().unwrap_or_default();
    Message { rows, lanes, priority, bulk: dice.permille(500) }
}

fn bills(sample: &Sample, today: Date) -> Result<Vec<Bill>, PlanError> {
    let month = Month::read(&sample.sources(), &Options { today, period: None, lenient: false });
    match month.problems.first() {
        None => Ok(month.bills),
        Some(problem) => Err(PlanError::Sample(problem.text(gis_gkh_gateway::records::Lang::En))),
    }
}

fn row(bill: &Bill, closed: &HashSet<String>) -> Result<Row, PlanError> {
    let account = bill.account.guid.to_string();
    Ok(Row {
        row: 0,
        reference: bill.reference.clone(),
        key: billing::key(bill),
        period: bill.period.to_string(),
        payload: serde_json::to_string(bill)?,
        closed: closed.contains(&account),
        document: Document { account, period: bill.period.to_string(), number: bill.number.clone() },
    })
}

/// GUIDs of the accounts that are closed in the sandbox.
fn closed(sandbox: &str) -> Result<HashSet<String>, PlanError> {
    #[derive(Deserialize)]
    struct Seed {
        accounts: Vec<Account>,
    }
    #[derive(Deserialize)]
    struct Account {
        guid: String,
        closed: bool,
    }
    let seed: Seed = serde_json::from_str(sandbox)?;
    Ok(seed.accounts.into_iter().filter(|account| account.closed).map(|account| account.guid).collect())
}
