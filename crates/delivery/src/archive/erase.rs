//! Erasure: shredding keys, unless a hold stands against it.

use super::{Custody, Hold, HoldId, Selection};
use crate::ids::Timestamp;
use crate::keyring::{Keyring, KeyringError, Month};
use crate::seal::KeyId;
use crate::store::StoreError;

/// Nothing was erased.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EraseError {
    /// A hold stands against it.
    #[error("hold {hold} stands against it ({reason}): release it first, if that may be")]
    Held {
        /// The hold.
        hold: HoldId,
        /// Its reason.
        reason: String,
    },
    /// The store's own.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The keyring's own.
    #[error(transparent)]
    Keyring(#[from] KeyringError),
}

/// Shreds the keys of an organisation, of one month or of all: whatever was sealed under them is gone, in the store and in its backups,
/// once no copy of the keyring from before is left; the chain still verifies. Gives the keys shredded.
///
/// # Errors
/// [`EraseError::Held`] while anything of it is held, or may be; the store's and the keyring's own.
pub async fn erase(
    custody: &dyn Custody,
    keyring: &Keyring,
    organisation: &str,
    month: Option<Month>,
    now: Timestamp,
) -> Result<Vec<KeyId>, EraseError> {
    if let Some(hold) = forbids_erasure(&custody.holds().await?, organisation, month) {
        return Err(EraseError::Held { hold: hold.id, reason: hold.reason.clone() });
    }
    Ok(match month {
        Some(month) => keyring.erase(organisation, month, now)?.into_iter().collect(),
        None => keyring.erase_organisation(organisation, now)?,
    })
}

/// The first hold that stands against shredding the keys of an organisation, of one month or of all. Of a held object it is not known
/// here when it was recorded, of a held batch or message not even whose it is: each of them stands against it.
#[must_use]
pub fn forbids_erasure<'a>(holds: &'a [Hold], organisation: &str, month: Option<Month>) -> Option<&'a Hold> {
    holds.iter().find(|hold| match &hold.scope {
        Selection::Period { organisation: held, from, until, .. } => {
            let last = Timestamp(until.0.saturating_sub(1));
            held.as_deref().is_none_or(|held| held == organisation)
                && from < until
                && month.is_none_or(|month| Month::of(*from) <= month && month <= Month::of(last))
        }
        Selection::Object { organisation: held, .. } => held == organisation,
        Selection::Batch(_) | Selection::Message(_) | Selection::Everything => true,
    })
}
