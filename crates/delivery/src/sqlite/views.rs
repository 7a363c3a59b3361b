//! What people look at.

use super::body;
use super::open::sql;
use crate::batch::{BatchCounts, BatchView, Progress, QueueView, RowView};
use crate::decide::{Parked, ParkedAt};
use crate::ids::{BatchId, MessageId, ObjectId, Sha256, Timestamp};
use crate::seal::Seal;
use crate::store::{BodyRole, Evidence, StoreError};
use rusqlite::{Connection, OptionalExtension, Row};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;

/// Reads a value this crate has written.
pub(super) fn parsed<T: DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Damaged { what: format!("an unreadable state: {error}") })
}

pub(super) fn json<T: Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Io { doing: "writing a state", text: error.to_string() })
}

pub(super) fn batch(connection: &Connection, batch: BatchId) -> Result<BatchView, StoreError> {
    let head = connection
        .prepare_cached("SELECT organisation, stand, kind, source, accepted_at FROM batch WHERE id = ?1")
        .and_then(|mut select| {
            select
                .query_row([batch.0], |row| {
                    Ok(BatchView {
                        id: batch,
                        organisation: row.get(0)?,
                        stand: row.get(1)?,
                        kind: row.get(2)?,
                        source: row.get(3)?,
                        accepted_at: Timestamp(row.get(4)?),
                        objects: BatchCounts::default(),
                        messages: BTreeMap::new(),
                    })
                })
                .optional()
        })
        .map_err(error)?;
    let mut view = head.ok_or(StoreError::NotFound { what: "batch", id: batch.0 })?;
    view.objects = counts(
        connection,
        "SELECT coalesce(same.state, object.state), count(*) FROM object \
         LEFT JOIN object AS same ON same.id = object.same_as WHERE object.batch = ?1 GROUP BY 1",
        batch.0,
    )?;
    let messages: Vec<(String, i64)> = connection
        .prepare_cached("SELECT state, count(*) FROM message WHERE batch = ?1 GROUP BY state")
        .and_then(|mut select| select.query_map([batch.0], |row| Ok((row.get(0)?, row.get(1)?)))?.collect())
        .map_err(error)?;
    for (state, count) in messages {
        view.messages.insert(parsed(&format!("\"{state}\""))?, count.unsigned_abs());
    }
    Ok(view)
}

fn counts(connection: &Connection, query: &str, id: i64) -> Result<BatchCounts, StoreError> {
    let rows: Vec<(String, i64)> = connection
        .prepare_cached(query)
        .and_then(|mut select| select.query_map([id], |row| Ok((row.get(0)?, row.get(1)?)))?.collect())
        .map_err(error)?;
    let mut counts = BatchCounts::default();
    for (state, count) in rows {
        let slot = counts.slot(&state);
        *slot.ok_or_else(|| StoreError::Damaged { what: format!("object state `{state}`") })? = count.unsigned_abs();
    }
    Ok(counts)
}

pub(super) fn batches(connection: &Connection, limit: usize) -> Result<Vec<BatchView>, StoreError> {
    let ids: Vec<i64> = connection
        .prepare_cached("SELECT id FROM batch ORDER BY id DESC LIMIT ?1")
        .and_then(|mut select| select.query_map([sql_limit(limit)], |row| row.get(0))?.collect())
        .map_err(error)?;
    ids.into_iter().map(|id| batch(connection, BatchId(id))).collect()
}

pub(super) fn rows(
    connection: &Connection,
    batch: BatchId,
    after: Option<u32>,
    limit: usize,
) -> Result<Vec<RowView>, StoreError> {
    let mut select = connection
        .prepare_cached(
            "SELECT object.row, object.reference, object.natural_key, object.period, \
             coalesce(same.detail, object.detail), object.same_as, message.id, message.guid, \
             coalesce(same.changed_at, object.changed_at) \
             FROM object LEFT JOIN object AS same ON same.id = object.same_as \
             LEFT JOIN message_object ON message_object.object = coalesce(object.same_as, object.id) \
             LEFT JOIN message ON message.id = message_object.message \
             WHERE object.batch = ?1 AND object.row > ?2 ORDER BY object.row LIMIT ?3",
        )
        .map_err(error)?;
    let mut found = select.query((batch.0, after.map_or(-1, i64::from), sql_limit(limit))).map_err(error)?;
    let mut rows = Vec::new();
    while let Some(row) = found.next().map_err(error)? {
        let detail: String = row.get(4).map_err(error)?;
        rows.push(RowView {
            row: row.get(0).map_err(error)?,
            reference: row.get(1).map_err(error)?,
            key: row.get(2).map_err(error)?,
            period: row.get(3).map_err(error)?,
            state: parsed(&detail)?,
            same_as: row.get::<_, Option<i64>>(5).map_err(error)?.map(ObjectId),
            message: row.get::<_, Option<i64>>(6).map_err(error)?.map(MessageId),
            message_guid: row.get(7).map_err(error)?,
            changed_at: Timestamp(row.get(8).map_err(error)?),
        });
    }
    if rows.is_empty() && after.is_none() {
        // An empty batch and no batch look alike so far.
        self::batch(connection, batch)?;
    }
    Ok(rows)
}

const MESSAGE: &str = "SELECT id, batch, operation, state, due, build, attempts, failure FROM message";

pub(super) fn queue(connection: &Connection, limit: usize) -> Result<Vec<QueueView>, StoreError> {
    let mut select = connection
        .prepare_cached(&format!("{MESSAGE} WHERE state NOT IN ('done', 'rejected') ORDER BY due, id LIMIT ?1"))
        .map_err(error)?;
    let mut found = select.query([sql_limit(limit)]).map_err(error)?;
    let mut queue = Vec::new();
    while let Some(row) = found.next().map_err(error)? {
        queue.push(view(connection, row)?);
    }
    Ok(queue)
}

pub(super) fn progress(connection: &Connection) -> Result<(Progress, MessageId), StoreError> {
    let rows: Vec<(String, i64, i64)> = connection
        .prepare_cached(
            "SELECT state, count(*), max(id) FROM message WHERE state NOT IN ('done', 'rejected') GROUP BY state",
        )
        .and_then(|mut select| select.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?.collect())
        .map_err(error)?;
    let mut messages = BTreeMap::new();
    let mut last = 0;
    for (state, count, latest) in rows {
        messages.insert(parsed(&format!("\"{state}\""))?, count.unsigned_abs());
        last = last.max(latest);
    }
    let objects = counts(
        connection,
        "SELECT object.state, count(*) FROM message JOIN message_object ON message_object.message = message.id \
         JOIN object ON object.id = message_object.object \
         WHERE message.state NOT IN ('done', 'rejected') AND message.id <= ?1 GROUP BY 1",
        last,
    )?;
    Ok((Progress { objects, messages }, MessageId(last)))
}

pub(super) fn message(connection: &Connection, message: MessageId) -> Result<Option<QueueView>, StoreError> {
    let mut select = connection.prepare_cached(&format!("{MESSAGE} WHERE id = ?1")).map_err(error)?;
    let mut found = select.query([message.0]).map_err(error)?;
    found.next().map_err(error)?.map(|row| view(connection, row)).transpose()
}

fn view(connection: &Connection, row: &Row<'_>) -> Result<QueueView, StoreError> {
    let id: i64 = row.get(0).map_err(error)?;
    let state: String = row.get(3).map_err(error)?;
    let failure: Option<String> = row.get(7).map_err(error)?;
    Ok(QueueView {
        message: MessageId(id),
        batch: row.get::<_, Option<i64>>(1).map_err(error)?.map(BatchId),
        operation: row.get(2).map_err(error)?,
        state: parsed(&format!("\"{state}\""))?,
        due: Timestamp(row.get(4).map_err(error)?),
        build: row.get(5).map_err(error)?,
        attempts: row.get(6).map_err(error)?,
        objects: counts(
            connection,
            "SELECT state, count(*) FROM message_object JOIN object ON object.id = message_object.object \
             WHERE message_object.message = ?1 GROUP BY 1",
            id,
        )?,
        failure: failure.as_deref().map(parsed).transpose()?,
    })
}

/// Goes by the index of what is unfinished, from where it left off.
pub(super) fn parked(
    connection: &Connection,
    which: &Parked,
    after: Option<ParkedAt>,
    limit: usize,
) -> Result<Vec<ParkedAt>, StoreError> {
    let (at, message) = after.map_or((i64::MIN, i64::MIN), |place| (place.at.0, place.message.0));
    let Parked { scope, code } = which;
    connection
        .prepare_cached(
            "SELECT due, message.id FROM message JOIN queue ON queue.id = message.queue \
             WHERE state NOT IN ('done', 'rejected') AND state = 'parked' AND (due, message.id) > (?1, ?2) \
             AND (?3 IS NULL OR queue.stand = ?3) AND (?4 IS NULL OR queue.organisation = ?4) \
             AND (?5 IS NULL OR queue.service = ?5) \
             AND (?6 IS NULL OR ?6 IN (json_extract(failure, '$.code'), json_extract(failure, '$.cause'))) \
             ORDER BY due, message.id LIMIT ?7",
        )
        .and_then(|mut select| {
            let bound = (at, message, &scope.stand, &scope.organisation, &scope.service, code, sql_limit(limit));
            select
                .query_map(bound, |row| Ok(ParkedAt { at: Timestamp(row.get(0)?), message: MessageId(row.get(1)?) }))?
                .collect()
        })
        .map_err(error)
}

pub(super) fn evidence(
    connection: &Connection,
    seal: &dyn Seal,
    message: MessageId,
) -> Result<Vec<Evidence>, StoreError> {
    type Moment = Option<i64>;
    // What the retention has removed is not there any more; the archive still tells of it.
    let kept: Vec<(String, u32, i64, Moment, Moment, i64)> = connection
        .prepare_cached(
            "SELECT role, build, recorded, sent, answered, body FROM entry \
             WHERE message = ?1 AND body IS NOT NULL ORDER BY id",
        )
        .and_then(|mut select| {
            select
                .query_map([message.0], |row| {
                    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?))
                })?
                .collect()
        })
        .map_err(error)?;
    kept.into_iter()
        .map(|(role, build, at, sent, answered, id)| {
            let role =
                BodyRole::named(&role).ok_or_else(|| StoreError::Damaged { what: format!("body role `{role}`") })?;
            let bytes = body::read(connection, seal, id, role.name())?;
            let (sent, answered) = (sent.map(Timestamp), answered.map(Timestamp));
            Ok(Evidence { role, build, at: Timestamp(at), sent, answered, sha256: Sha256::of(&bytes), bytes })
        })
        .collect()
}

pub(super) fn content(connection: &Connection, seal: &dyn Seal, batch: BatchId) -> Result<Vec<u8>, StoreError> {
    let body: Option<i64> = connection
        .query_row("SELECT content FROM batch WHERE id = ?1", [batch.0], |row| row.get(0))
        .optional()
        .map_err(error)?;
    let body = body.ok_or(StoreError::NotFound { what: "batch", id: batch.0 })?;
    body::read(connection, seal, body, "a batch as received")
}

fn sql_limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

#[expect(clippy::needless_pass_by_value, reason = "stands in map_err, which hands over the error")]
fn error(error: rusqlite::Error) -> StoreError {
    sql("reading the store", &error)
}
