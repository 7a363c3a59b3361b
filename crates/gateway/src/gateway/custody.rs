//! What is kept of the archive and what goes: holds, terms, erasure.

use std::collections::BTreeMap;

use gis_gkh_delivery::archive::{EraseError, erase, expire};
use gis_gkh_delivery::state::MessageState;
use gis_gkh_delivery::{BatchId, KeyId, Month, Timestamp};

use super::{Gateway, GatewayError, vault};
use crate::control::{Answer, Custody};

/// Why keys were not shredded. None was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ErasureError {
    /// A hold stands against it, or the keyring.
    #[error(transparent)]
    Erase(#[from] EraseError),
    /// Nothing is encrypted.
    #[error("nothing is encrypted here ([encryption] enabled = \"no\"), so there is no key to shred")]
    NoKeys,
    /// A month that is not over.
    #[error("{month} is not over: what is sealed in this moment would be lost with it; erase months that are over")]
    NotOver {
        /// The month.
        month: Month,
    },
    /// Rows that are not finished would be lost.
    #[error(
        "batch {batch} is not finished and could not be sent any more: deliver it, or give up what is parked of it (`gkh queue discard`)"
    )]
    Unfinished {
        /// The batch.
        batch: BatchId,
    },
}

impl Gateway {
    pub(super) async fn keep(&self, custody: Custody, now: Timestamp) -> Result<Answer, GatewayError> {
        let store = self.store().await?;
        Ok(match custody {
            Custody::Hold { scope, reason } => Answer::Held(store.hold(scope, &reason, now).await?),
            Custody::Release { hold } => Answer::Done { changed: store.release(hold, now).await? },
            Custody::Holds => Answer::Holds(store.holds().await?),
            Custody::Expire => Answer::Expired(self.expire(now).await?),
            Custody::Erase { month } => Answer::Erased(self.erase(month, now).await?),
        })
    }

    /// Removes the bytes whose term has run out; gives how many records of each kind lost theirs.
    pub(super) async fn expire(&self, now: Timestamp) -> Result<BTreeMap<String, usize>, GatewayError> {
        Ok(expire(&*self.store().await?, &self.config.retention, now).await?)
    }

    async fn erase(&self, month: Option<Month>, now: Timestamp) -> Result<Vec<KeyId>, GatewayError> {
        let store = self.store().await?;
        let (organisation, _) = self.principal();
        let Some(keyring) = vault::keyring(&self.config)? else { return Err(ErasureError::NoKeys.into()) };
        if let Some(month) = month.filter(|month| *month >= Month::of(now)) {
            return Err(ErasureError::NotOver { month }.into());
        }
        let meant = |at| month.is_none_or(|month| Month::of(at) == month);
        let open = |state: &MessageState| !matches!(state, MessageState::Done | MessageState::Rejected);
        let batches = store.batches(usize::MAX).await?;
        let unfinished = batches.iter().find(|batch| {
            batch.organisation == organisation && meant(batch.accepted_at) && batch.messages.keys().any(open)
        });
        if let Some(batch) = unfinished {
            return Err(ErasureError::Unfinished { batch: batch.id }.into());
        }
        Ok(erase(&*store, &keyring, &organisation, month, now).await.map_err(ErasureError::from)?)
    }
}
