//! Pauses.

use super::session::{Session, column};
use super::trouble::Trouble;
use crate::ids::Timestamp;
use crate::operate::{Pause, Scope};

const DOING: &str = "pausing and resuming";

pub(super) async fn pause(session: &Session, pause: &Pause) -> Result<(), Trouble> {
    forget(session, pause.at).await?;
    let sql = "INSERT INTO pause (scope, stand, organisation, service, reason, at, until) VALUES ($1, $2, $3, $4, $5, $6, $7) \
               ON CONFLICT (scope) DO UPDATE SET reason = excluded.reason, until = excluded.until";
    let Pause { scope, reason, at, until } = pause;
    let until = until.map(|until| until.0);
    let name = super::json(scope)?;
    session
        .write(DOING, sql, &[&name, &scope.stand, &scope.organisation, &scope.service, reason, &at.0, &until])
        .await?;
    Ok(())
}

pub(super) const FORGET: &str = "DELETE FROM pause WHERE until <= $1";

/// Drops pauses that have ended.
pub(super) async fn forget(session: &Session, now: Timestamp) -> Result<(), Trouble> {
    session.write(DOING, FORGET, &[&now.0]).await?;
    Ok(())
}

pub(super) async fn resume(session: &Session, scope: &Scope) -> Result<bool, Trouble> {
    Ok(session.write(DOING, "DELETE FROM pause WHERE scope = $1", &[&super::json(scope)?]).await? > 0)
}

pub(super) async fn pauses(session: &Session) -> Result<Vec<Pause>, Trouble> {
    let sql = "SELECT stand, organisation, service, reason, at, until FROM pause ORDER BY at, scope";
    (session.rows(DOING, sql, &[]).await?.iter())
        .map(|row| {
            Ok(Pause {
                scope: Scope { stand: column(row, 0)?, organisation: column(row, 1)?, service: column(row, 2)? },
                reason: column(row, 3)?,
                at: Timestamp(column(row, 4)?),
                until: column::<Option<i64>>(row, 5)?.map(Timestamp),
            })
        })
        .collect()
}
