//! Lanes and queues: who may go before whom, kept as flags so that a claim looks at nothing that has to wait.

use super::open::sql;
use crate::operate::service;
use crate::store::StoreError;
use rusqlite::{Connection, OptionalExtension};

/// The queue of an operation.
pub(super) fn queue(
    connection: &Connection,
    stand: &str,
    organisation: &str,
    operation: &str,
) -> Result<i64, StoreError> {
    let names = (stand, organisation, service(operation));
    let known = connection
        .prepare_cached("SELECT id FROM queue WHERE stand = ?1 AND organisation = ?2 AND service = ?3")
        .and_then(|mut select| select.query_row(names, |row| row.get(0)).optional())
        .map_err(error)?;
    match known {
        Some(id) => Ok(id),
        None => connection
            .prepare_cached("INSERT INTO queue (stand, organisation, service) VALUES (?1, ?2, ?3)")
            .and_then(|mut insert| insert.insert(names))
            .map_err(error),
    }
}

/// Puts a new message, the last of all so far, into its lanes. True when it has to wait there.
pub(super) fn enter(
    connection: &Connection,
    organisation: &str,
    stand: &str,
    lanes: &[String],
    message: i64,
) -> Result<bool, StoreError> {
    if lanes.is_empty() {
        return Ok(false);
    }
    let mut insert = connection
        .prepare_cached("INSERT OR IGNORE INTO lane (organisation, stand, lane, message) VALUES (?1, ?2, ?3, ?4)")
        .map_err(error)?;
    for lane in lanes {
        insert.execute((organisation, stand, lane, message)).map_err(error)?;
    }
    connection
        .prepare_cached(&format!("UPDATE message SET blocked = {BEHIND} WHERE id = ?1 RETURNING blocked"))
        .and_then(|mut update| update.query_row([message], |row| row.get(0)))
        .map_err(error)
}

/// Whether message ?1 stands behind another in one of its lanes.
const BEHIND: &str = "EXISTS (SELECT 1 FROM lane AS mine JOIN lane AS other ON other.organisation = mine.organisation \
    AND other.stand = mine.stand AND other.lane = mine.lane AND other.message < mine.message WHERE mine.message = ?1)";

/// Takes an ended message out of its lanes and lets those go that waited for it alone.
pub(super) fn leave(connection: &Connection, message: i64) -> Result<(), StoreError> {
    let next: Vec<i64> = connection
        .prepare_cached(
            "SELECT DISTINCT (SELECT min(other.message) FROM lane AS other WHERE other.organisation = mine.organisation \
             AND other.stand = mine.stand AND other.lane = mine.lane AND other.message > ?1) AS next \
             FROM lane AS mine WHERE mine.message = ?1 AND next IS NOT NULL",
        )
        .and_then(|mut select| select.query_map([message], |row| row.get(0))?.collect())
        .map_err(error)?;
    connection
        .prepare_cached("DELETE FROM lane WHERE message = ?1")
        .and_then(|mut delete| delete.execute([message]))
        .map_err(error)?;
    let mut update = connection
        .prepare_cached(&format!("UPDATE message SET blocked = {BEHIND} WHERE id = ?1 AND blocked = 1"))
        .map_err(error)?;
    for message in next {
        update.execute([message]).map_err(error)?;
    }
    Ok(())
}

#[expect(clippy::needless_pass_by_value, reason = "stands in map_err, which hands over the error")]
fn error(error: rusqlite::Error) -> StoreError {
    sql("keeping the order of messages", &error)
}
