//! Recording decisions, and what an effect needs to read.

use super::body::{self, Body};
use super::evidence::{self, Source};
use super::inbox::{self, Origin};
use super::open::sql;
use super::tail::Tail;
use super::views::{json, parsed};
use super::{lanes, pulls};
use crate::batch::{ObjectRow, ObjectState};
use crate::ids::{MessageId, Namespace, ObjectId, Sha256, Timestamp};
use crate::seal::Seal;
use crate::state::MessageState;
use crate::store::{BodyRole, Record, StoreError};
use rusqlite::{Connection, OptionalExtension};
use std::collections::{BTreeMap, HashSet};

/// What of a record is sealed before it is the writer's turn: evidence and items of the page, each in its order.
#[derive(Debug, Default)]
pub(super) struct Bodies {
    /// Each with the digest of its plain bytes.
    evidence: Vec<(Sha256, Body)>,
    items: Vec<Body>,
}

impl Bodies {
    pub(super) fn seal(seal: &dyn Seal, organisation: &str, record: &Record) -> Result<Self, StoreError> {
        let sealed = |plain: &[u8]| Body::seal(seal, organisation, record.at, plain);
        let items = record.page.iter().flat_map(|page| &page.items);
        Ok(Self {
            evidence: (record.bodies.iter())
                .map(|body| Ok((Sha256::of(&body.bytes), sealed(&body.bytes)?)))
                .collect::<Result<_, StoreError>>()?,
            items: items.map(|item| sealed(&item.body)).collect::<Result<_, _>>()?,
        })
    }

    pub(super) fn len(&self) -> usize {
        self.evidence.iter().map(|(_, body)| body).chain(&self.items).map(|body| body.bytes.len()).sum()
    }
}

pub(super) fn organisation(connection: &Connection, message: MessageId) -> Result<String, StoreError> {
    connection
        .prepare_cached("SELECT organisation FROM message WHERE id = ?1")
        .and_then(|mut select| select.query_row([message.0], |row| row.get(0)).optional())
        .map_err(error)?
        .ok_or(StoreError::NotFound { what: "message", id: message.0 })
}

pub(super) fn record(
    connection: &Connection,
    record: &Record,
    bodies: &Bodies,
    tail: &Tail,
    namespace: Namespace,
) -> Result<(), StoreError> {
    let message = &record.message;
    let guid = (message.build > 0).then(|| namespace.message_guid(message.id, message.build));
    let optional = |value: Option<Timestamp>| value.map(|at| at.0);
    // Stored first, so that the message is written once; an operation that turns out fenced leaves nothing.
    let stored: Vec<i64> =
        (bodies.evidence.iter()).map(|(_, body)| body::insert(connection, body)).collect::<Result<_, _>>()?;
    let request = record.bodies.iter().zip(&stored).rfind(|(new, _)| new.role == BodyRole::Request).map(|(_, id)| id);
    let moved = connection
        .prepare_cached(
            "UPDATE message SET state = ?1, live = ?2, due = ?3, since = ?4, build = ?5, built_at = ?6, attempts = ?7, \
             polls = ?8, left_by = ?9, ack = ?10, acked_at = ?11, lookup = ?12, failure = ?13, guid = ?14, \
             awaiting = bulk AND ?15, lease = ?16, request = coalesce(?17, request) \
             WHERE id = ?18 AND fence = ?19 AND state = ?20 AND lease IS NOT NULL \
             RETURNING pull, organisation, stand, kind, operation, accepted_at",
        )
        .and_then(|mut update| {
            update
                .query_row(
                    rusqlite::params![
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
                        guid,
                        matches!(message.state, MessageState::Acked | MessageState::Processing),
                        optional(record.lease),
                        request,
                        message.id.0,
                        record.fence.0,
                        record.from.name(),
                    ],
                    |row| {
                        let source = Source {
                            message: message.id,
                            build: message.build,
                            guid: guid.as_deref().unwrap_or_default(),
                            organisation: row.get(1)?,
                            stand: row.get(2)?,
                            kind: row.get(3)?,
                            operation: row.get(4)?,
                            accepted: Timestamp(row.get(5)?),
                        };
                        Ok((row.get::<_, Option<i64>>(0)?, source))
                    },
                )
                .optional()
        })
        .map_err(error)?;
    let Some((pull, source)) = moved else {
        return Err(StoreError::Fenced { message: message.id });
    };
    for ((new, (plain, sealed)), body) in record.bodies.iter().zip(&bodies.evidence).zip(stored) {
        evidence::add(connection, tail, &source, new, (*plain, sealed, body), record.at)?;
    }
    show(connection, record)?;
    if let Some(page) = &record.page {
        // The kind of a recurring export's message is its topic.
        let (organisation, stand, topic) = (&source.organisation, &source.stand, &source.kind);
        let origin = Origin { organisation, stand, topic, message: message.id, at: record.at };
        for (item, body) in page.items.iter().zip(&bodies.items) {
            inbox::put(connection, &origin, &item.key, item.content, body)?;
        }
    }
    if let Some(pull) = pull {
        pulls::advance(connection, pull, record)?;
    }
    if matches!(message.state, MessageState::Done | MessageState::Rejected) {
        lanes::leave(connection, message.id.0)?;
    }
    Ok(())
}

/// What has changed of the message's objects.
fn show(connection: &Connection, record: &Record) -> Result<(), StoreError> {
    let message = &record.message;
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
    seal: &dyn Seal,
    message: MessageId,
    wanted: &HashSet<ObjectId>,
) -> Result<Vec<ObjectRow>, StoreError> {
    let mut select = connection
        .prepare_cached(
            "SELECT object.id, object.row, object.reference, object.natural_key, object.period, transport, \
             object.payload, coalesce(same.detail, followed.detail) \
             FROM message_object JOIN object ON object.id = message_object.object \
             LEFT JOIN object AS followed ON followed.id = object.follows \
             LEFT JOIN object AS same ON same.id = followed.same_as \
             WHERE message = ?1 ORDER BY position",
        )
        .map_err(error)?;
    let mut rows = select.query([message.0]).map_err(error)?;
    let mut objects = Vec::with_capacity(wanted.len());
    while let Some(row) = rows.next().map_err(error)? {
        let id = ObjectId(row.get(0).map_err(error)?);
        if wanted.contains(&id) {
            let payload: i64 = row.get(6).map_err(error)?;
            let forerunner: Option<String> = row.get(7).map_err(error)?;
            objects.push(ObjectRow {
                id,
                row: row.get(1).map_err(error)?,
                reference: row.get(2).map_err(error)?,
                key: row.get(3).map_err(error)?,
                period: row.get(4).map_err(error)?,
                transport_guid: row.get(5).map_err(error)?,
                payload: body::read(connection, seal, payload, "an object's payload")?,
                forerunner: forerunner.as_deref().map(parsed).transpose()?,
            });
        }
    }
    Ok(objects)
}

pub(super) fn request(connection: &Connection, seal: &dyn Seal, message: MessageId) -> Result<Vec<u8>, StoreError> {
    let body: Option<i64> = connection
        .query_row("SELECT request FROM message WHERE id = ?1", [message.0], |row| row.get(0))
        .optional()
        .map_err(error)?
        .flatten();
    let body = body.ok_or(StoreError::NotFound { what: "request of message", id: message.0 })?;
    body::read(connection, seal, body, "a signed request")
}

pub(super) fn transport(connection: &Connection, message: MessageId) -> Result<BTreeMap<String, ObjectId>, StoreError> {
    connection
        .prepare_cached("SELECT transport, object FROM message_object WHERE message = ?1")
        .and_then(|mut select| select.query_map([message.0], |row| Ok((row.get(0)?, ObjectId(row.get(1)?))))?.collect())
        .map_err(error)
}

#[expect(clippy::needless_pass_by_value, reason = "stands in map_err, which hands over the error")]
fn error(error: rusqlite::Error) -> StoreError {
    sql("working on a message", &error)
}

fn not_json(error: serde_json::Error) -> rusqlite::Error {
    rusqlite::Error::ToSqlConversionFailure(Box::new(error))
}
