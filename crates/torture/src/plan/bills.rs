//! Bills of the sample month, each on an account of its own.

use gis_gkh_delivery::{NewMessage, NewObject, Plan as Decided, Priority, Resend, Sha256};
use gis_gkh_gateway::desk::billing;

use super::seed::Known;
use super::{Batch, Bill, Dice, PlanError, ROWS, Row, Thing, lane};

/// Bills not handed over yet, and those that were.
pub(super) struct Bills {
    left: std::vec::IntoIter<Row>,
    pub(super) handed: Vec<Row>,
}

impl Bills {
    pub(super) fn new(bills: &[Bill], known: &Known) -> Result<Self, PlanError> {
        let rows = bills.iter().map(|bill| row(bill, known)).collect::<Result<Vec<_>, _>>()?;
        Ok(Self { left: rows.into_iter(), handed: Vec::new() })
    }

    /// Puts up to so many messages into a batch; and perhaps a bill once more: it is answered, not sent.
    pub(super) fn fill(&mut self, batch: &mut Batch, dice: &Dice, messages: u64, again: bool) {
        billing::KIND.clone_into(&mut batch.kind);
        for _ in 0..messages {
            let mut rows = Vec::new();
            for row in self.left.by_ref().take(usize::try_from(dice.between(1, ROWS)).unwrap_or(1)) {
                self.handed.push(row.clone());
                rows.push(put(row, batch));
            }
            if rows.is_empty() {
                return;
            }
            batch.messages.push(message(dice, rows).into());
        }
        let good = |row: &&Row| !row.closed && batch.rows.iter().all(|other| other.thing != row.thing);
        if again && let Some(row) = dice.one(&self.handed).filter(good).cloned() {
            let rows = vec![put(row, batch)];
            batch.messages.push(message(dice, rows).into());
        }
    }
}

fn put(mut row: Row, batch: &mut Batch) -> u32 {
    row.row = batch.next();
    let number = row.row;
    batch.rows.push(row);
    number
}

fn message(dice: &Dice, rows: Vec<u32>) -> NewMessage {
    NewMessage {
        operation: billing::OPERATION.to_owned(),
        lanes: lane(dice).into_iter().collect(),
        priority: dice.one(&Priority::ALL).copied().unwrap_or_default(),
        resend: Resend::AfterAbsent,
        bulk: dice.permille(500),
        rows,
    }
}

fn row(bill: &Bill, known: &Known) -> Result<Row, PlanError> {
    let account = bill.account.guid.to_string();
    let closed = known.closed.contains(&account);
    let object = NewObject {
        row: 0,
        reference: bill.reference.clone(),
        key: billing::key(bill),
        period: bill.period.to_string(),
        payload: serde_json::to_vec(bill)?,
        content: Sha256::of(b""),
        plan: Decided::Send,
        follows: None,
    };
    let words = vec![account.clone(), bill.number.clone()];
    let thing = Thing::Bill { account, period: bill.period.to_string(), number: bill.number.clone() };
    Ok(Row::of(object, thing, words, closed))
}
