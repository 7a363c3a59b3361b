//! Messages in work: claiming, recording, and what an effect needs to read.

use super::body;
use super::open::sql;
use super::views::{json, parsed};
use crate::batch::{ObjectRow, ObjectState};
use crate::ids::{Fence, MessageId, Namespace, ObjectId, Timestamp};
use crate::ports::Work;
use crate::state::{Carried, Message};
use crate::store::{BodyRole, Claimed, Claims, Record, StoreError};
use rusqlite::{Connection, OptionalExtension};
use std::collections::{BTreeMap, HashSet};

/// Not behind an earlier unfinished message of its lane.
const FREE: &str = "(lane IS NULL OR NOT EXISTS (SELECT 1 FROM message AS earlier \
    WHERE earlier.organisation = message.organisation AND earlier.stand = message.stand \
    AND earlier.lane = message.lane AND earlier.id < message.id AND earlier.state NOT IN ('done', 'rejected')))";

pub(super) fn claim_due(
    connection: &Connection,
    claims: Claims,
    namespace: Namespace,
) -> Result<Vec<Claimed>, StoreError> {
    let due: Vec<i64> = connection
        .prepare_cached(&format!(
            "SELECT id FROM message WHERE live = 1 AND due <= ?1 AND (lease IS NULL OR lease <= ?1) AND {FREE} \
             ORDER BY due, id LIMIT ?2"
        ))
        .and_then(|mut select| {
            select
                .query_map((claims.now.0, i64::try_from(claims.limit).unwrap_or(i64::MAX)), |row| row.get(0))?
                .collect()
        })
        .map_err(error)?;
    due.into_iter().map(|id| claim(connection, MessageId(id), claims.lease, namespace)).collect()
}

pub(super) fn claim_parked(
    connection: &Connection,
    message: MessageId,
    lease: Timestamp,
    namespace: Namespace,
) -> Result<Option<Claimed>, StoreError> {
    let found: Option<(String, bool)> = connection
        .query_row("SELECT state, lease IS NOT NULL FROM message WHERE id = ?1", [message.0], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()
        .map_err(error)?;
    match found {
        None => Err(StoreError::NotFound { what: "message", id: message.0 }),
        Some((state, false)) if state == "parked" => claim(connection, message, lease, namespace).map(Some),
        Some(_) => Ok(None),
    }
}

fn claim(
    connection: &Connection,
    id: MessageId,
    lease: Timestamp,
    namespace: Namespace,
) -> Result<Claimed, StoreError> {
    connection
        .prepare_cached("UPDATE message SET fence = fence + 1, lease = ?2 WHERE id = ?1")
        .and_then(|mut update| update.execute((id.0, lease.0)))
        .map_err(error)?;
    let objects = carried(connection, id)?;
    let mut select = connection
        .prepare_cached(
            "SELECT fence, resend, state, due, since, build, built_at, attempts, polls, left_by, ack, acked_at, lookup, \
             failure, organisation, stand, kind, operation FROM message WHERE id = ?1",
        )
        .map_err(error)?;
    let moment = |value: Option<i64>| value.map(Timestamp);
    let (fence, resend, state, lookup, failure, mut message, work) = select
        .query_row([id.0], |row| {
            let build = row.get(5)?;
            let message = Message {
                id,
                // These two are read below, where their names can be checked.
                resend: crate::Resend::Never,
                state: crate::state::MessageState::Parked,
                due: Timestamp(row.get(3)?),
                since: Timestamp(row.get(4)?),
                build,
                built_at: moment(row.get(6)?),
                attempts: row.get(7)?,
                polls: row.get(8)?,
                left_by: moment(row.get(9)?),
                ack: row.get(10)?,
                acked_at: moment(row.get(11)?),
                lookup: None,
                failure: None,
                objects,
            };
            let work = Work {
                message: id,
                organisation: row.get(14)?,
                stand: row.get(15)?,
                kind: row.get(16)?,
                operation: row.get(17)?,
                message_guid: namespace.message_guid(id, build),
                deadline: Timestamp(row.get(3)?),
            };
            let text = |at: usize| row.get::<_, String>(at);
            let optional = |at: usize| row.get::<_, Option<String>>(at);
            Ok((row.get(0)?, text(1)?, text(2)?, optional(12)?, optional(13)?, message, work))
        })
        .map_err(error)?;
    message.resend = parsed(&format!("\"{resend}\""))?;
    message.state = parsed(&format!("\"{state}\""))?;
    message.lookup = lookup.as_deref().map(parsed).transpose()?;
    message.failure = failure.as_deref().map(parsed).transpose()?;
    Ok(Claimed { fence: Fence(fence), message, work, namespace })
}

fn carried(connection: &Connection, id: MessageId) -> Result<Vec<Carried>, StoreError> {
    let mut select = connection
        .prepare_cached("SELECT object, fate FROM message_object WHERE message = ?1 ORDER BY position")
        .map_err(error)?;
    let mut rows = select.query([id.0]).map_err(error)?;
    let mut objects = Vec::new();
    while let Some(row) = rows.next().map_err(error)? {
        let fate: String = row.get(1).map_err(error)?;
        objects.push(Carried { id: ObjectId(row.get(0).map_err(error)?), fate: parsed(&fate)? });
    }
    Ok(objects)
}

pub(super) fn record(connection: &Connection, record: &Record, namespace: Namespace) -> Result<(), StoreError> {
    let message = &record.message;
    let mut request = None;
    for body in &record.bodies {
        let id = body::insert(connection, &body.bytes)?;
        if body.role == BodyRole::Request {
            request = Some(id);
        }
        connection
            .prepare_cached(
                "INSERT INTO message_body (message, seq, role, build, at, body) VALUES (?1, \
                 (SELECT coalesce(max(seq), 0) + 1 FROM message_body WHERE message = ?1), ?2, ?3, ?4, ?5)",
            )
            .and_then(|mut insert| insert.execute((message.id.0, body.role.name(), message.build, record.at.0, id)))
            .map_err(error)?;
    }
    let optional = |value: Option<Timestamp>| value.map(|at| at.0);
    let updated = connection
        .prepare_cached(
            "UPDATE message SET state = ?1, live = ?2, due = ?3, since = ?4, build = ?5, built_at = ?6, attempts = ?7, \
             polls = ?8, left_by = ?9, ack = ?10, acked_at = ?11, lookup = ?12, failure = ?13, guid = ?14, \
             request = coalesce(?15, request), lease = ?16 \
             WHERE id = ?17 AND fence = ?18 AND state = ?19 AND lease IS NOT NULL",
        )
        .and_then(|mut update| {
            update.execute(rusqlite::params![
                message.state.name(),
                message.state.is_live(),
                message.due.0,
                message.since.0,
                message.build,
                optional(message.built_at),
                message.attempts,
                message.polls,
                optional(message.left_by),
                message.ack,
                optional(message.acked_at),
                message.lookup.as_ref().map(serde_json::to_string).transpose().map_err(not_json)?,
                message.failure.as_ref().map(serde_json::to_string).transpose().map_err(not_json)?,
                (message.build > 0).then(|| namespace.message_guid(message.id, message.build)),
                request,
                optional(record.lease),
                message.id.0,
                record.fence.0,
                record.from.name(),
            ])
        })
        .map_err(error)?;
    if updated != 1 {
        return Err(StoreError::Fenced { message: message.id });
    }
    let mut fate = connection
        .prepare_cached("UPDATE message_object SET fate = ?3 WHERE message = ?1 AND position = ?2")
        .map_err(error)?;
    for position in &record.moved {
        if let Some(object) = message.objects.get(*position) {
            let at = i64::try_from(*position).unwrap_or(i64::MAX);
            fate.execute((message.id.0, at, json(&object.fate)?)).map_err(error)?;
        }
    }
    let mut show = connection
        .prepare_cached("UPDATE object SET state = ?2, detail = ?3, changed_at = ?4, live = live AND ?5 WHERE id = ?1")
        .map_err(error)?;
    for (object, state) in &record.objects {
        // A refused object gives back its identity and its natural key.
        let live = !matches!(state, ObjectState::Refused(_));
        show.execute((object.0, state.name(), json(state)?, record.at.0, live)).map_err(error)?;
    }
    Ok(())
}

pub(super) fn objects(
    connection: &Connection,
    message: MessageId,
    wanted: &HashSet<ObjectId>,
) -> Result<Vec<ObjectRow>, StoreError> {
    let mut select = connection
        .prepare_cached(
            "SELECT object.id, row, reference, natural_key, period, transport, payload \
             FROM message_object JOIN object ON object.id = message_object.object \
             WHERE message = ?1 ORDER BY position",
        )
        .map_err(error)?;
    let mut rows = select.query([message.0]).map_err(error)?;
    let mut objects = Vec::with_capacity(wanted.len());
    while let Some(row) = rows.next().map_err(error)? {
        let id = ObjectId(row.get(0).map_err(error)?);
        if wanted.contains(&id) {
            let payload: i64 = row.get(6).map_err(error)?;
            objects.push(ObjectRow {
                id,
                row: row.get(1).map_err(error)?,
                reference: row.get(2).map_err(error)?,
                key: row.get(3).map_err(error)?,
                period: row.get(4).map_err(error)?,
                transport_guid: row.get(5).map_err(error)?,
                payload: body::read(connection, payload, "an object's payload")?.1,
            });
        }
    }
    Ok(objects)
}

pub(super) fn request(connection: &Connection, message: MessageId) -> Result<Vec<u8>, StoreError> {
    let body: Option<i64> = connection
        .query_row("SELECT request FROM message WHERE id = ?1", [message.0], |row| row.get(0))
        .optional()
        .map_err(error)?
        .flatten();
    let body = body.ok_or(StoreError::NotFound { what: "request of message", id: message.0 })?;
    Ok(body::read(connection, body, "a signed request")?.1)
}

pub(super) fn transport(connection: &Connection, message: MessageId) -> Result<BTreeMap<String, ObjectId>, StoreError> {
    connection
        .prepare_cached("SELECT transport, object FROM message_object WHERE message = ?1")
        .and_then(|mut select| select.query_map([message.0], |row| Ok((row.get(0)?, ObjectId(row.get(1)?))))?.collect())
        .map_err(error)
}

pub(super) fn recover(connection: &Connection) -> Result<u64, StoreError> {
    // The fence moves too: whoever still held a claim is late from now on.
    connection
        .execute("UPDATE message SET lease = NULL, fence = fence + 1 WHERE lease IS NOT NULL", [])
        .map(|ended| u64::try_from(ended).unwrap_or(u64::MAX))
        .map_err(error)
}

pub(super) fn next_due(connection: &Connection) -> Result<Option<Timestamp>, StoreError> {
    // Two questions, each answered by an index.
    let free: Option<i64> = connection
        .prepare_cached(&format!(
            "SELECT due FROM message WHERE live = 1 AND lease IS NULL AND {FREE} ORDER BY due, id LIMIT 1"
        ))
        .and_then(|mut select| select.query_row([], |row| row.get(0)).optional())
        .map_err(error)?;
    let claimed: Option<i64> = connection
        .prepare_cached("SELECT min(max(due, lease)) FROM message WHERE lease IS NOT NULL AND live = 1")
        .and_then(|mut select| select.query_row([], |row| row.get(0)))
        .map_err(error)?;
    Ok(free.into_iter().chain(claimed).min().map(Timestamp))
}

#[expect(clippy::needless_pass_by_value, reason = "stands in map_err, which hands over the error")]
fn error(error: rusqlite::Error) -> StoreError {
    sql("working on a message", &error)
}

fn not_json(error: serde_json::Error) -> rusqlite::Error {
    rusqlite::Error::ToSqlConversionFailure(Box::new(error))
}
