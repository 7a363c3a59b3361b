//! The operator's hand: pausing and resuming parts of the traffic.

use crate::ids::Timestamp;
use crate::store::StoreError;
use async_trait::async_trait;
use serde::{Deserialize, Serialize};

/// A part of the traffic. What is not named is meant whole.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Scope {
    /// The stand.
    pub stand: Option<String>,
    /// The organisation (orgPPAGUID).
    pub organisation: Option<String>,
    /// The service: what stands before the dot in an operation's name.
    pub service: Option<String>,
}

impl Scope {
    /// One queue: one service of one organisation on one stand.
    #[must_use]
    pub fn queue(stand: &str, organisation: &str, service: &str) -> Self {
        Self { stand: Some(stand.into()), organisation: Some(organisation.into()), service: Some(service.into()) }
    }

    /// Does this part contain that one?
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        let within = |whole: &Option<String>, part: &Option<String>| whole.is_none() || whole == part;
        within(&self.stand, &other.stand)
            && within(&self.organisation, &other.organisation)
            && within(&self.service, &other.service)
    }
}

/// The service of an operation's name: `bills` of `bills.importPaymentDocumentData`.
#[must_use]
pub fn service(operation: &str) -> &str {
    operation.split_once('.').map_or(operation, |(service, _)| service)
}

/// A part of the traffic that stands still: nothing of it is claimed. What is in flight goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// What is paused.
    pub scope: Scope,
    /// Why, for people.
    pub reason: String,
    /// Since when.
    pub at: Timestamp,
    /// It ends by itself then; `None`: a person ends it.
    pub until: Option<Timestamp>,
}

/// Pausing and resuming. Kept in the store: a restart changes nothing.
#[async_trait]
pub trait Operate: Send + Sync {
    /// Pauses a part; pausing it again replaces reason and end.
    ///
    /// # Errors
    /// [`StoreError::Full`]; the database's own.
    async fn pause(&self, pause: Pause) -> Result<(), StoreError>;

    /// Ends a pause of exactly this part. False when there is none. What waits in that part to be sent or asked about is due at
    /// once, whatever it was put off for.
    ///
    /// # Errors
    /// The database's own.
    async fn resume(&self, scope: Scope) -> Result<bool, StoreError>;

    /// Pauses in force or yet to end, in order of their beginning.
    ///
    /// # Errors
    /// The database's own.
    async fn pauses(&self) -> Result<Vec<Pause>, StoreError>;
}
