//! The row whoever gives out numbers takes, until it commits: what has a higher number is visible later.

use super::session::{Session, column};
use super::trouble::Trouble;
use crate::store::StoreError;

const DOING: &str = "taking numbers";

pub(super) const TAKE: &str = "UPDATE counter SET batch = batch + $1, message = message + $2, object = object + $3 \
    RETURNING batch - $1 + 1, message - $2 + 1, object - $3 + 1";

/// How many numbers a group may need.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Need {
    pub(super) batches: usize,
    pub(super) messages: usize,
    pub(super) objects: usize,
    /// The order matters even without a number.
    pub(super) turn: bool,
}

impl Need {
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            batches: self.batches + other.batches,
            messages: self.messages + other.messages,
            objects: self.objects + other.objects,
            turn: self.turn || other.turn,
        }
    }
}

/// The next numbers to give.
#[derive(Debug, Default)]
pub(super) struct Order {
    batch: i64,
    message: i64,
    object: i64,
}

impl Order {
    /// Waits for its turn.
    pub(super) async fn take(session: &Session, need: Need) -> Result<Self, Trouble> {
        let count = |of: usize| i64::try_from(of).unwrap_or(i64::MAX);
        let (batches, messages, objects) = (count(need.batches), count(need.messages), count(need.objects));
        let row = session.row(DOING, TAKE, &[&batches, &messages, &objects]).await?;
        let row = row.ok_or_else(|| StoreError::Damaged { what: "the row that counts is gone".into() })?;
        Ok(Self { batch: column(&row, 0)?, message: column(&row, 1)?, object: column(&row, 2)? })
    }

    pub(super) fn batch(&mut self) -> i64 {
        next(&mut self.batch, 1)
    }

    /// The first of so many.
    pub(super) fn messages(&mut self, count: usize) -> i64 {
        next(&mut self.message, count)
    }

    /// The first of so many.
    pub(super) fn objects(&mut self, count: usize) -> i64 {
        next(&mut self.object, count)
    }
}

fn next(number: &mut i64, count: usize) -> i64 {
    let first = *number;
    *number = first.saturating_add(i64::try_from(count).unwrap_or(i64::MAX));
    first
}
