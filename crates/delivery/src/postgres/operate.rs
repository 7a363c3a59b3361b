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

/// Ends a pause. What waits in its part to be sent or asked about is due at once: a clock that was wrong may have put it off.
pub(super) async fn resume(session: &Session, scope: &Scope) -> Result<bool, Trouble> {
    if session.write(DOING, "DELETE FROM pause WHERE scope = $1", &[&super::json(scope)?]).await? == 0 {
        return Ok(false);
    }
    let due = "UPDATE message SET due = 0 WHERE live AND lease_until IS NULL \
               AND state IN ('accepted', 'prepared', 'acked', 'processing') AND queue IN (SELECT id FROM queue \
                   WHERE ($1::text IS NULL OR stand = $1) AND ($2::text IS NULL OR organisation = $2) \
                   AND ($3::text IS NULL OR service = $3))";
    session.write(DOING, due, &[&scope.stand, &scope.organisation, &scope.service]).await?;
    Ok(true)
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
