//! Pauses.

use super::open::sql;
use crate::ids::Timestamp;
use crate::operate::{Pause, Scope};
use crate::store::StoreError;
use rusqlite::Connection;

pub(super) fn pause(connection: &Connection, pause: &Pause) -> Result<(), StoreError> {
    forget(connection, pause.at)?;
    let (stand, organisation, service) = parts(&pause.scope);
    connection
        .prepare_cached(
            "INSERT INTO pause (stand, organisation, service, reason, at, until) VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
             ON CONFLICT DO UPDATE SET reason = excluded.reason, until = excluded.until",
        )
        .and_then(|mut insert| {
            let until = pause.until.map(|until| until.0);
            insert.execute((stand, organisation, service, &pause.reason, pause.at.0, until))
        })
        .map_err(error)?;
    Ok(())
}

/// Ends a pause. What waits in its part to be sent or asked about is due at once: a clock that was wrong may have put it off.
pub(super) fn resume(connection: &Connection, scope: &Scope) -> Result<bool, StoreError> {
    let ended = connection
        .prepare_cached("DELETE FROM pause WHERE stand = ?1 AND organisation = ?2 AND service = ?3")
        .and_then(|mut delete| delete.execute(parts(scope)))
        .map_err(error)?;
    if ended == 0 {
        return Ok(false);
    }
    connection
        .prepare_cached(
            "UPDATE message SET due = 0 WHERE live = 1 AND lease IS NULL \
             AND state IN ('accepted', 'prepared', 'acked', 'processing') AND queue IN (SELECT id FROM queue \
                WHERE ?1 IN ('', stand) AND ?2 IN ('', organisation) AND ?3 IN ('', service))",
        )
        .and_then(|mut update| update.execute(parts(scope)))
        .map_err(error)?;
    Ok(true)
}

/// Drops pauses that have ended.
pub(super) fn forget(connection: &Connection, now: Timestamp) -> Result<(), StoreError> {
    connection
        .prepare_cached("DELETE FROM pause WHERE until <= ?1")
        .and_then(|mut delete| delete.execute([now.0]))
        .map_err(error)?;
    Ok(())
}

pub(super) fn pauses(connection: &Connection) -> Result<Vec<Pause>, StoreError> {
    connection
        .prepare_cached(
            "SELECT stand, organisation, service, reason, at, until FROM pause \
             ORDER BY at, stand, organisation, service",
        )
        .and_then(|mut select| {
            select
                .query_map([], |row| {
                    let part = |at: usize| row.get(at).map(|part: String| Some(part).filter(|part| !part.is_empty()));
                    Ok(Pause {
                        scope: Scope { stand: part(0)?, organisation: part(1)?, service: part(2)? },
                        reason: row.get(3)?,
                        at: Timestamp(row.get(4)?),
                        until: row.get::<_, Option<i64>>(5)?.map(Timestamp),
                    })
                })?
                .collect()
        })
        .map_err(error)
}

fn parts(scope: &Scope) -> (&str, &str, &str) {
    (
        scope.stand.as_deref().unwrap_or_default(),
        scope.organisation.as_deref().unwrap_or_default(),
        scope.service.as_deref().unwrap_or_default(),
    )
}

#[expect(clippy::needless_pass_by_value, reason = "stands in map_err, which hands over the error")]
fn error(error: rusqlite::Error) -> StoreError {
    sql("pausing and resuming", &error)
}
