//! Accepting a batch: what needs sending, what is answered already, what is refused.

use super::body::{self, Body};
use super::lanes;
use super::open::sql;
use crate::batch::{Accepted, NewBatch, NewMessage, NewObject, ObjectState, Plan, Priority, Resend};
use crate::failure::{Fixer, Refusal, local};
use crate::ids::{BatchId, MessageId, Namespace, ObjectId, Sha256, Timestamp};
use crate::seal::Seal;
use crate::state::{Fate, MessageState};
use crate::store::StoreError;
use rusqlite::{CachedStatement, Connection, OptionalExtension};
use std::collections::HashMap;

const DOING: &str = "accepting a batch";

/// The bytes of a batch, sealed; payloads stand in the order of its objects.
#[derive(Debug)]
pub(super) struct Bodies {
    content: Body,
    plain: Sha256,
    payloads: Vec<Option<Body>>,
}

impl Bodies {
    pub(super) fn seal(seal: &dyn Seal, batch: &NewBatch) -> Result<Self, StoreError> {
        let sealed = |plain: &[u8]| Body::seal(seal, &batch.organisation, batch.accepted_at, plain);
        let payloads = batch.objects.iter().map(|object| match object.plan {
            // Will never be sent: what was received is in the batch.
            Plan::Refuse(_) => Ok(None),
            Plan::Send | Plan::Postpone(_) => sealed(&object.payload).map(Some),
        });
        Ok(Self {
            payloads: payloads.collect::<Result<_, _>>()?,
            content: sealed(&batch.content)?,
            plain: Sha256::of(&batch.content),
        })
    }

    pub(super) fn len(&self) -> usize {
        self.content.bytes.len() + self.payloads.iter().flatten().map(|body| body.bytes.len()).sum::<usize>()
    }
}

pub(super) fn accept(
    connection: &Connection,
    batch: &NewBatch,
    bodies: &Bodies,
    namespace: Namespace,
) -> Result<Accepted, StoreError> {
    if let Some(known) = known(connection, batch, bodies.plain)? {
        return Ok(Accepted { batch: known, repeated: true });
    }
    let carrier = plan(batch)?;
    let content = body::insert(connection, &bodies.content)?;
    let id = connection
        .prepare_cached(
            "INSERT INTO batch (organisation, stand, kind, source, idempotency_key, content, plain, accepted_at) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )
        .and_then(|mut insert| {
            insert.insert((
                &batch.organisation,
                &batch.stand,
                &batch.kind,
                &batch.source,
                &batch.idempotency_key,
                content,
                &bodies.plain.0[..],
                batch.accepted_at.0,
            ))
        })
        .map_err(error)?;
    let first: i64 = connection
        .prepare_cached("SELECT coalesce(max(id), 0) + 1 FROM message")
        .and_then(|mut select| select.query_row([], |row| row.get(0)))
        .map_err(error)?;
    let message_id = |index: usize| MessageId(first.saturating_add(i64::try_from(index).unwrap_or(i64::MAX)));

    let mut rows = Rows::prepare(connection, batch, id)?;
    let mut sent = HashMap::with_capacity(carrier.len());
    for (object, payload) in batch.objects.iter().zip(&bodies.payloads) {
        let message = carrier.get(&object.row).map(|index| message_id(*index));
        if let Some(stored) = rows.store(object, payload.as_ref(), message)? {
            sent.insert(object.row, stored);
        }
    }
    rows.follow()?;
    drop(rows);
    for (index, message) in batch.messages.iter().enumerate() {
        let objects: Vec<ObjectId> = message.rows.iter().filter_map(|row| sent.get(row).copied()).collect();
        if !objects.is_empty() {
            store_message(connection, batch, id, message, message_id(index), &objects, namespace)?;
        }
    }
    Ok(Accepted { batch: BatchId(id), repeated: false })
}

/// The batch accepted before under the same idempotency key.
fn known(connection: &Connection, batch: &NewBatch, plain: Sha256) -> Result<Option<BatchId>, StoreError> {
    let known: Option<(i64, Vec<u8>)> = connection
        .prepare_cached(
            "SELECT id, plain FROM batch \
             WHERE organisation = ?1 AND stand = ?2 AND idempotency_key = ?3",
        )
        .and_then(|mut select| {
            select
                .query_row((&batch.organisation, &batch.stand, &batch.idempotency_key), |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })
                .optional()
        })
        .map_err(error)?;
    match known {
        None => Ok(None),
        Some((id, known)) if known == plain.0 => Ok(Some(BatchId(id))),
        Some((id, _)) => Err(StoreError::KeyReused { batch: BatchId(id) }),
    }
}

/// Which message carries which row; every row to be sent stands in exactly one.
fn plan(batch: &NewBatch) -> Result<HashMap<u32, usize>, StoreError> {
    let mut carrier = HashMap::with_capacity(batch.objects.len());
    for (index, message) in batch.messages.iter().enumerate() {
        for row in &message.rows {
            if carrier.insert(*row, index).is_some() {
                return Err(StoreError::Plan { row: *row, found: 2 });
            }
        }
    }
    let mut seen = HashMap::with_capacity(batch.objects.len());
    for object in &batch.objects {
        if seen.insert(object.row, ()).is_some() {
            return Err(StoreError::RowRepeated { row: object.row });
        }
        let (wanted, found) = (usize::from(object.plan == Plan::Send), usize::from(carrier.contains_key(&object.row)));
        if wanted != found {
            return Err(StoreError::Plan { row: object.row, found });
        }
    }
    let followed = batch.objects.iter().filter_map(|object| object.follows.as_ref());
    match carrier.keys().chain(followed).find(|row| !seen.contains_key(row)) {
        Some(row) => Err(StoreError::Plan { row: *row, found: 0 }),
        None => Ok(carrier),
    }
}

/// Statements and settings for storing the rows of one batch.
struct Rows<'a> {
    connection: &'a Connection,
    batch: &'a NewBatch,
    id: i64,
    holder: CachedStatement<'a>,
    key: CachedStatement<'a>,
    insert: CachedStatement<'a>,
    /// Ids of the rows stored so far.
    ids: HashMap<u32, i64>,
}

/// The live object with the same identity.
struct Holder {
    id: i64,
    state: ObjectState,
    content: Vec<u8>,
    in_message: bool,
}

/// What becomes of a row, beside its state.
#[derive(Default)]
struct Place {
    live: bool,
    same_as: Option<i64>,
}

impl<'a> Rows<'a> {
    fn prepare(connection: &'a Connection, batch: &'a NewBatch, id: i64) -> Result<Self, StoreError> {
        let holder = connection
            .prepare_cached(
                "SELECT id, detail, content, EXISTS (SELECT 1 FROM message_object WHERE object = object.id) \
                 FROM object WHERE organisation = ?1 AND stand = ?2 AND kind = ?3 AND reference = ?4 AND period = ?5 \
                 AND live = 1",
            )
            .map_err(error)?;
        let key = connection
            .prepare_cached(
                "SELECT id FROM object WHERE organisation = ?1 AND stand = ?2 AND kind = ?3 AND natural_key = ?4 \
                 AND live = 1",
            )
            .map_err(error)?;
        let insert = connection
            .prepare_cached(
                "INSERT INTO object (batch, row, organisation, stand, kind, reference, natural_key, period, content, \
                 payload, live, same_as, state, detail, changed_at) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
            )
            .map_err(error)?;
        Ok(Self { connection, batch, id, holder, key, insert, ids: HashMap::with_capacity(batch.objects.len()) })
    }

    /// Stores one row; gives its id when it is to be sent.
    fn store(
        &mut self,
        object: &NewObject,
        payload: Option<&Body>,
        message: Option<MessageId>,
    ) -> Result<Option<ObjectId>, StoreError> {
        let planned = match (&object.plan, message) {
            (Plan::Refuse(refusal), _) => {
                self.insert(object, None, &ObjectState::Refused(refusal.clone()), &Place::default())?;
                return Ok(None);
            }
            (Plan::Postpone(reason), _) => ObjectState::Postponed(reason.clone()),
            (Plan::Send, Some(message)) => ObjectState::InMessage(message),
            (Plan::Send, None) => return Err(StoreError::Plan { row: object.row, found: 0 }),
        };
        let holder = self.holder(object)?;
        let unchanged = holder.as_ref().is_some_and(|holder| holder.content == object.content.0);
        match &holder {
            Some(Holder { state: ObjectState::Postponed(_), in_message: false, .. }) | None => {}
            Some(holder) if unchanged => {
                let place = Place { live: false, same_as: Some(holder.id) };
                self.insert(object, None, &holder.state, &place)?;
                return Ok(None);
            }
            Some(Holder { state: ObjectState::Accepted(_), .. }) => {
                let text =
                    "accepted before with other content: this is a correction, which must be asked for explicitly";
                return self.refuse(object, local::CORRECTION, text);
            }
            Some(_) => {
                let text = "still on its way with other content: wait for its outcome";
                return self.refuse(object, local::ON_ITS_WAY, text);
            }
        }
        let replaced = holder.map(|holder| holder.id);
        if self.key_holder(object)?.is_some_and(|other| Some(other) != replaced) {
            let text = "another reference already holds the same natural key";
            return self.refuse(object, local::KEY_TAKEN, text);
        }
        if let Some(replaced) = replaced {
            self.connection.execute("UPDATE object SET live = 0 WHERE id = ?1", [replaced]).map_err(error)?;
        }
        let stored = self.insert(object, payload, &planned, &Place { live: true, same_as: None })?;
        if let Some(replaced) = replaced {
            self.connection
                .execute("UPDATE object SET same_as = ?1 WHERE id = ?2 OR same_as = ?2", (stored, replaced))
                .map_err(error)?;
        }
        Ok(message.map(|_| ObjectId(stored)))
    }

    fn refuse(&mut self, object: &NewObject, code: &str, text: &str) -> Result<Option<ObjectId>, StoreError> {
        let refusal = Refusal { code: code.into(), text: text.into(), who_fixes: Fixer::Caller };
        self.insert(object, None, &ObjectState::Refused(refusal), &Place::default())?;
        Ok(None)
    }

    fn holder(&mut self, object: &NewObject) -> Result<Option<Holder>, StoreError> {
        let batch = self.batch;
        let found: Option<(i64, String, Vec<u8>, bool)> = self
            .holder
            .query_row((&batch.organisation, &batch.stand, &batch.kind, &object.reference, &object.period), |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
            })
            .optional()
            .map_err(error)?;
        found
            .map(|(id, detail, content, in_message)| {
                Ok(Holder { id, state: super::views::parsed(&detail)?, content, in_message })
            })
            .transpose()
    }

    fn key_holder(&mut self, object: &NewObject) -> Result<Option<i64>, StoreError> {
        let batch = self.batch;
        self.key
            .query_row((&batch.organisation, &batch.stand, &batch.kind, &object.key), |row| row.get(0))
            .optional()
            .map_err(error)
    }

    /// Rows that will never be sent are given without a payload.
    fn insert(
        &mut self,
        object: &NewObject,
        payload: Option<&Body>,
        state: &ObjectState,
        place: &Place,
    ) -> Result<i64, StoreError> {
        let payload = payload.map(|body| body::insert(self.connection, body)).transpose()?;
        let batch = self.batch;
        let id = self
            .insert
            .insert(rusqlite::params![
                self.id,
                object.row,
                batch.organisation,
                batch.stand,
                batch.kind,
                object.reference,
                object.key,
                object.period,
                &object.content.0[..],
                payload,
                place.live,
                place.same_as,
                state.name(),
                super::views::json(state)?,
                batch.accepted_at.0,
            ])
            .map_err(error)?;
        self.ids.insert(object.row, id);
        Ok(id)
    }

    /// Ties rows to those they follow, once all of them have ids.
    fn follow(&self) -> Result<(), StoreError> {
        for object in &self.batch.objects {
            let Some(follows) = object.follows else { continue };
            let ids = (self.ids.get(&object.row), self.ids.get(&follows));
            self.connection
                .prepare_cached("UPDATE object SET follows = ?2 WHERE id = ?1")
                .and_then(|mut update| update.execute(ids))
                .map_err(error)?;
        }
        Ok(())
    }
}

fn store_message(
    connection: &Connection,
    batch: &NewBatch,
    batch_id: i64,
    message: &NewMessage,
    id: MessageId,
    objects: &[ObjectId],
    namespace: Namespace,
) -> Result<(), StoreError> {
    let place = Placed {
        id: id.0,
        batch: Some(batch_id),
        pull: None,
        organisation: &batch.organisation,
        stand: &batch.stand,
        kind: &batch.kind,
        operation: &message.operation,
        priority: message.priority,
        resend: message.resend,
        bulk: message.bulk,
        accepted_at: batch.accepted_at,
        due: batch.accepted_at,
    };
    place.insert(connection)?;
    lanes::enter(connection, &batch.organisation, &batch.stand, &message.lanes, id.0)?;
    let mut insert = connection
        .prepare_cached(
            "INSERT INTO message_object (message, position, object, transport, fate) VALUES (?1, ?2, ?3, ?4, ?5)",
        )
        .map_err(error)?;
    let pending = super::views::json(&Fate::Pending)?;
    for (position, object) in (0_i64..).zip(objects) {
        insert.execute((id.0, position, object.0, namespace.transport_guid(id, *object), &pending)).map_err(error)?;
    }
    Ok(())
}

/// A new message's own row.
pub(super) struct Placed<'a> {
    pub(super) id: i64,
    pub(super) batch: Option<i64>,
    pub(super) pull: Option<i64>,
    pub(super) organisation: &'a str,
    pub(super) stand: &'a str,
    pub(super) kind: &'a str,
    pub(super) operation: &'a str,
    pub(super) priority: Priority,
    pub(super) resend: Resend,
    pub(super) bulk: bool,
    pub(super) accepted_at: Timestamp,
    pub(super) due: Timestamp,
}

impl Placed<'_> {
    pub(super) fn insert(&self, connection: &Connection) -> Result<(), StoreError> {
        let queue = lanes::queue(connection, self.stand, self.organisation, self.operation)?;
        connection
            .prepare_cached(
                "INSERT INTO message (id, batch, pull, queue, organisation, stand, kind, operation, priority, resend, \
                 bulk, accepted_at, due, since, state, live, blocked, awaiting, build, attempts, polls, fence) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?13, ?14, 1, 0, 0, 0, 0, 0, 0)",
            )
            .and_then(|mut insert| {
                insert.execute(rusqlite::params![
                    self.id,
                    self.batch,
                    self.pull,
                    queue,
                    self.organisation,
                    self.stand,
                    self.kind,
                    self.operation,
                    self.priority.rank(),
                    resend_name(self.resend),
                    self.bulk,
                    self.accepted_at.0,
                    self.due.0,
                    MessageState::Accepted.name(),
                ])
            })
            .map_err(error)?;
        Ok(())
    }
}

fn resend_name(resend: Resend) -> &'static str {
    match resend {
        Resend::Freely => "freely",
        Resend::AfterAbsent => "after_absent",
        Resend::Never => "never",
    }
}

#[expect(clippy::needless_pass_by_value, reason = "stands in map_err, which hands over the error")]
fn error(error: rusqlite::Error) -> StoreError {
    sql(DOING, &error)
}
