//! What the first node leaves for the others: whose work this is, and something sealed that whoever writes must be able to open.
//! Nodes with keyrings of their own would not read each other's bodies, and would notice it months later; nodes of two organisations
//! would send each other's work.

use super::PostgresOptions;
use super::session::{Session, column};
use super::trouble::Trouble;
use crate::ids::Timestamp;
use crate::seal::{KeyId, SealError};
use crate::store::StoreError;
use std::sync::Arc;

/// Whose key it is under; no organisation has such a name, so no erasure takes it away.
const OWNER: &str = "gis-gkh delivery";
const CONTENT: &[u8] = b"every node opens this";

const DOING: &str = "comparing keys";

/// Leaves the proof if there is none, and opens it.
pub(super) async fn check(session: &Session, options: &PostgresOptions) -> Result<(), Trouble> {
    let find = "SELECT whose, key, bytes FROM proof";
    let found = match session.row(DOING, find, &[]).await? {
        Some(row) => Some(row),
        None => {
            let seal = Arc::clone(&options.seal);
            // The first month there is: a key of its own, made once.
            let sealed = blocking(move || seal.seal(OWNER, Timestamp(0), CONTENT)).await?;
            let leave = "INSERT INTO proof (one, whose, key, bytes) VALUES (1, $1, $2, $3) ON CONFLICT DO NOTHING";
            session.write(DOING, leave, &[&options.whose, &sealed.key.0, &sealed.bytes]).await?;
            session.row(DOING, find, &[]).await?
        }
    };
    let row = found.ok_or_else(|| StoreError::Damaged { what: "the proof of its keys is gone".into() })?;
    let whose: String = column(&row, 0)?;
    if whose != options.whose {
        return Err(StoreError::OtherWork { whose }.into());
    }
    let (key, bytes) = (KeyId(column(&row, 1)?), column::<Vec<u8>>(&row, 2)?);
    let seal = Arc::clone(&options.seal);
    match blocking(move || seal.open(key, &bytes)).await {
        Ok(content) if content == CONTENT => Ok(()),
        // A keyring that could not be read says so itself.
        Err(Trouble { error: StoreError::Seal(error @ SealError::Keyring(_)), .. }) => {
            Err(StoreError::Seal(error).into())
        }
        _ => Err(StoreError::OtherKeys.into()),
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, SealError> + Send + 'static,
) -> Result<T, Trouble> {
    let done = tokio::task::spawn_blocking(work).await.map_err(|_| StoreError::Closed)?;
    Ok(done.map_err(StoreError::Seal)?)
}
