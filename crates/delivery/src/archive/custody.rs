//! What is kept, for how long, and what must not be removed: selection, retention, legal hold.

use super::Entry;
use crate::batch::Period;
use crate::ids::{BatchId, MessageId, Timestamp};
use crate::store::StoreError;
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// Most records one call removes the bytes of, so that no transaction grows with the archive.
const AT_ONCE: usize = 500;

/// Part of an archive.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Selection {
    /// Everything of one object over time: of every message that carries it, whichever batch brought it.
    Object {
        /// The organisation (orgPPAGUID).
        organisation: String,
        /// The stand.
        stand: String,
        /// Kind of objects.
        kind: String,
        /// The caller's `ref`.
        reference: String,
        /// Reporting period; `None`: all of them.
        period: Option<Period>,
    },
    /// Everything of one batch: of its own messages, and of those of earlier batches that carry rows it repeats.
    Batch(BatchId),
    /// Everything of one message.
    Message(MessageId),
    /// What was recorded in a period. What is not named is meant whole.
    Period {
        /// The stand.
        stand: Option<String>,
        /// The organisation (orgPPAGUID).
        organisation: Option<String>,
        /// Kind of objects.
        kind: Option<String>,
        /// First moment.
        from: Timestamp,
        /// First moment no longer in it.
        until: Timestamp,
    },
    /// The whole archive.
    Everything,
}

/// Number of a hold; given by the store, never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct HoldId(pub i64);

impl fmt::Display for HoldId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A part of the archive that is kept whatever the retention says: a dispute, an inspection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// Its number.
    pub id: HoldId,
    /// What is held.
    pub scope: Selection,
    /// Why, for people.
    pub reason: String,
    /// Since when.
    pub at: Timestamp,
}

/// Which records the retention has come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expiry {
    /// Kind of objects.
    pub kind: String,
    /// Only what was recorded before this moment.
    pub before: Timestamp,
    /// At most so many records.
    pub limit: usize,
}

/// What whoever keeps an archive does with it.
#[async_trait]
pub trait Custody: Send + Sync {
    /// Entries of a part of the archive behind `after` (node and number), ordered by node and number, at most `limit`, with their sealed
    /// bytes where they are still kept. None at all means the end.
    ///
    /// # Errors
    /// The database's own. Something selected that does not exist has no entries.
    async fn selected(
        &self,
        selection: &Selection,
        after: Option<(&str, i64)>,
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError>;

    /// Kinds of which the archive holds entries with bytes, by name.
    ///
    /// # Errors
    /// The database's own.
    async fn kinds(&self) -> Result<Vec<String>, StoreError>;

    /// Removes sealed bytes, never an entry, of messages that have ended (done or rejected), of which nothing is held. Gives how many
    /// records lost theirs; fewer than the limit means that no more have expired.
    ///
    /// # Errors
    /// The database's own; then nothing was removed.
    async fn expire(&self, expiry: &Expiry) -> Result<usize, StoreError>;

    /// Holds a part of the archive, beginning now: what is removed already does not come back.
    ///
    /// # Errors
    /// [`StoreError::Full`]; the database's own.
    async fn hold(&self, scope: Selection, reason: &str, at: Timestamp) -> Result<Hold, StoreError>;

    /// Ends a hold. False when there is none of this number in force.
    ///
    /// # Errors
    /// The database's own.
    async fn release(&self, hold: HoldId, at: Timestamp) -> Result<bool, StoreError>;

    /// Holds in force, in order of their numbers.
    ///
    /// # Errors
    /// The database's own.
    async fn holds(&self) -> Result<Vec<Hold>, StoreError>;
}

/// How long bytes are kept, by kind of objects. Digests, moments and signatures of the chain are kept for good.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Retention {
    /// Kinds with a term of their own.
    pub kinds: BTreeMap<String, Duration>,
    /// Every other kind; `None` keeps it for good.
    pub otherwise: Option<Duration>,
}

impl Retention {
    /// How long bytes of this kind are kept; `None`: for good.
    #[must_use]
    pub fn of(&self, kind: &str) -> Option<Duration> {
        self.kinds.get(kind).copied().or(self.otherwise)
    }

    /// Would bytes recorded then be kept still?
    #[must_use]
    pub fn keeps(&self, kind: &str, recorded: Timestamp, now: Timestamp) -> bool {
        self.of(kind).is_none_or(|term| now.since(recorded) <= term)
    }
}

/// Removes the bytes whose term has run out, kind by kind, a bounded number at a time. Gives how many records of each kind lost theirs.
///
/// # Errors
/// The store's own; what was removed before stays removed, and the next run goes on.
pub async fn expire(
    custody: &dyn Custody,
    retention: &Retention,
    now: Timestamp,
) -> Result<BTreeMap<String, usize>, StoreError> {
    let mut removed = BTreeMap::new();
    for kind in custody.kinds().await? {
        let Some(term) = retention.of(&kind) else { continue };
        let term = i64::try_from(term.as_millis()).unwrap_or(i64::MAX);
        let expiry = Expiry { kind: kind.clone(), before: Timestamp(now.0.saturating_sub(term)), limit: AT_ONCE };
        loop {
            let count = custody.expire(&expiry).await?;
            if count > 0 {
                *removed.entry(kind.clone()).or_insert(0) += count;
            }
            if count < AT_ONCE {
                break;
            }
        }
    }
    Ok(removed)
}
