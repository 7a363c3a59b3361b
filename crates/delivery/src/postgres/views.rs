//! What people look at, and what an effect needs to read.

use super::body;
use super::session::{Session, column, limit, small};
use super::trouble::Trouble;
use super::{named, parsed};
use crate::batch::{BatchCounts, BatchView, ObjectRow, Progress, QueueView, RowView};
use crate::decide::{Parked, ParkedAt};
use crate::ids::{BatchId, MessageId, ObjectId, Sha256, Timestamp};
use crate::seal::Seal;
use crate::store::{BodyRole, Evidence, StoreError};
use std::collections::BTreeMap;
use tokio_postgres::Row;

const DOING: &str = "reading the store";

/// States and how many objects of each, as two arrays.
fn counts(row: &Row, at: usize) -> Result<BatchCounts, Trouble> {
    let (states, numbers): (Vec<&str>, Vec<i64>) = (column(row, at)?, column(row, at + 1)?);
    let mut counts = BatchCounts::default();
    for (state, number) in states.into_iter().zip(numbers) {
        let slot = counts.slot(state);
        *slot.ok_or_else(|| StoreError::Damaged { what: format!("object state `{state}`") })? = number.unsigned_abs();
    }
    Ok(counts)
}

macro_rules! batches {
    ($where:literal) => {
        concat!(
            "SELECT id, organisation, stand, kind, source, accepted_at, objects.states, objects.numbers, messages.states, \
             messages.numbers FROM (SELECT * FROM batch ",
            $where,
            ") AS batch \
             CROSS JOIN LATERAL (SELECT coalesce(array_agg(state), '{}') AS states, coalesce(array_agg(number), '{}') AS numbers \
                 FROM (SELECT coalesce(same.state, object.state) AS state, count(*) AS number FROM object \
                     LEFT JOIN object AS same ON same.id = object.same_as WHERE object.batch = batch.id GROUP BY 1) AS each) \
                 AS objects \
             CROSS JOIN LATERAL (SELECT coalesce(array_agg(state), '{}') AS states, coalesce(array_agg(number), '{}') AS numbers \
                 FROM (SELECT state, count(*) AS number FROM message WHERE message.batch = batch.id GROUP BY 1) AS each) \
                 AS messages ORDER BY id DESC"
        )
    };
}

fn view(row: &Row) -> Result<BatchView, Trouble> {
    let (states, numbers): (Vec<&str>, Vec<i64>) = (column(row, 8)?, column(row, 9)?);
    let messages = (states.into_iter().zip(numbers)).map(|(state, number)| Ok((named(state)?, number.unsigned_abs())));
    Ok(BatchView {
        id: BatchId(column(row, 0)?),
        organisation: column(row, 1)?,
        stand: column(row, 2)?,
        kind: column(row, 3)?,
        source: column(row, 4)?,
        accepted_at: Timestamp(column(row, 5)?),
        objects: counts(row, 6)?,
        messages: messages.collect::<Result<BTreeMap<_, _>, StoreError>>()?,
    })
}

pub(super) async fn batch(session: &Session, batch: BatchId) -> Result<BatchView, Trouble> {
    let row = session.row(DOING, batches!("WHERE id = $1"), &[&batch.0]).await?;
    view(&row.ok_or(StoreError::NotFound { what: "batch", id: batch.0 })?)
}

pub(super) async fn batches(session: &Session, most: usize) -> Result<Vec<BatchView>, Trouble> {
    let sql = batches!("ORDER BY id DESC LIMIT $1");
    session.rows(DOING, sql, &[&limit(most)]).await?.iter().map(view).collect()
}

pub(super) async fn rows(
    session: &Session,
    batch: BatchId,
    after: Option<u32>,
    most: usize,
) -> Result<Vec<RowView>, Trouble> {
    let sql = "SELECT object.row, object.reference, object.natural_key, object.period, coalesce(same.detail, object.detail), \
               object.same_as, message.id, message.guid, coalesce(same.changed_at, object.changed_at) \
               FROM object LEFT JOIN object AS same ON same.id = object.same_as \
               LEFT JOIN message_object ON message_object.object = coalesce(object.same_as, object.id) \
               LEFT JOIN message ON message.id = message_object.message \
               WHERE object.batch = $1 AND object.row > $2 ORDER BY object.row LIMIT $3";
    let found = session.rows(DOING, sql, &[&batch.0, &after.map_or(-1, i64::from), &limit(most)]).await?;
    if found.is_empty() && after.is_none() {
        // An empty batch and no batch look alike so far.
        self::batch(session, batch).await?;
    }
    (found.iter())
        .map(|row| {
            Ok(RowView {
                row: small(row, 0)?,
                reference: column(row, 1)?,
                key: column(row, 2)?,
                period: column(row, 3)?,
                state: parsed(column(row, 4)?)?,
                same_as: column::<Option<i64>>(row, 5)?.map(ObjectId),
                message: column::<Option<i64>>(row, 6)?.map(MessageId),
                message_guid: column(row, 7)?,
                changed_at: Timestamp(column(row, 8)?),
            })
        })
        .collect()
}

macro_rules! messages {
    ($from:literal) => {
        concat!(
            "SELECT id, batch, operation, message.state, due, build, attempts, failure, objects.states, objects.numbers \
             FROM (SELECT * FROM message ",
            $from,
            ") AS message \
             CROSS JOIN LATERAL (SELECT coalesce(array_agg(state), '{}') AS states, \
                 coalesce(array_agg(number), '{}') AS numbers \
                 FROM (SELECT object.state, count(*) AS number FROM message_object \
                     JOIN object ON object.id = message_object.object WHERE message_object.message = message.id \
                     GROUP BY 1) AS each) AS objects ORDER BY due, id"
        )
    };
}

pub(super) async fn queue(session: &Session, most: usize) -> Result<Vec<QueueView>, Trouble> {
    let sql = messages!("WHERE state NOT IN ('done', 'rejected') ORDER BY due, id LIMIT $1");
    session.rows(DOING, sql, &[&limit(most)]).await?.iter().map(on_its_way).collect()
}

pub(super) async fn message(session: &Session, message: MessageId) -> Result<Option<QueueView>, Trouble> {
    session.row(DOING, messages!("WHERE id = $1"), &[&message.0]).await?.as_ref().map(on_its_way).transpose()
}

fn on_its_way(row: &Row) -> Result<QueueView, Trouble> {
    let failure: Option<&str> = column(row, 7)?;
    Ok(QueueView {
        message: MessageId(column(row, 0)?),
        batch: column::<Option<i64>>(row, 1)?.map(BatchId),
        operation: column(row, 2)?,
        state: named(column(row, 3)?)?,
        due: Timestamp(column(row, 4)?),
        build: small(row, 5)?,
        attempts: small(row, 6)?,
        objects: counts(row, 8)?,
        failure: failure.map(parsed).transpose()?,
    })
}

/// Goes by the index of what is unfinished, from where it left off.
pub(super) async fn parked(
    session: &Session,
    which: &Parked,
    after: Option<ParkedAt>,
    most: usize,
) -> Result<Vec<ParkedAt>, Trouble> {
    let (at, message) = after.map_or((i64::MIN, i64::MIN), |place| (place.at.0, place.message.0));
    let Parked { scope, code } = which;
    let sql = "SELECT due, message.id FROM message JOIN queue ON queue.id = message.queue \
               WHERE state NOT IN ('done', 'rejected') AND state = 'parked' AND (due, message.id) > ($1, $2) \
               AND ($3::text IS NULL OR queue.stand = $3) AND ($4::text IS NULL OR queue.organisation = $4) \
               AND ($5::text IS NULL OR queue.service = $5) \
               AND ($6::text IS NULL OR $6 IN (failure::jsonb ->> 'code', failure::jsonb ->> 'cause')) \
               ORDER BY due, message.id LIMIT $7";
    let bound: [&(dyn tokio_postgres::types::ToSql + Sync); 7] =
        [&at, &message, &scope.stand, &scope.organisation, &scope.service, code, &limit(most)];
    (session.rows(DOING, sql, &bound).await?.iter())
        .map(|row| Ok(ParkedAt { at: Timestamp(column(row, 0)?), message: MessageId(column(row, 1)?) }))
        .collect()
}

pub(super) async fn progress(session: &Session) -> Result<(Progress, MessageId), Trouble> {
    // One statement, so that both counts are of one moment.
    let sql = "WITH unfinished AS (SELECT id, state FROM message WHERE state NOT IN ('done', 'rejected')) \
               SELECT true, state, count(*), max(id) FROM unfinished GROUP BY 2 \
               UNION ALL SELECT false, object.state, count(*), 0 FROM unfinished \
               JOIN message_object ON message_object.message = unfinished.id \
               JOIN object ON object.id = message_object.object GROUP BY 2";
    let (mut progress, mut last) = (Progress::default(), MessageId(0));
    for row in session.rows(DOING, sql, &[]).await? {
        let (state, number): (&str, i64) = (column(&row, 1)?, column(&row, 2)?);
        if column(&row, 0)? {
            progress.messages.insert(named(state)?, number.unsigned_abs());
            last = last.max(MessageId(column(&row, 3)?));
        } else {
            let slot = progress.objects.slot(state);
            *slot.ok_or_else(|| StoreError::Damaged { what: format!("object state `{state}`") })? =
                number.unsigned_abs();
        }
    }
    Ok((progress, last))
}

pub(super) async fn evidence(session: &Session, seal: &dyn Seal, message: MessageId) -> Result<Vec<Evidence>, Trouble> {
    // What the retention has removed is not there any more; the archive still tells of it.
    let sql = "SELECT role, build, recorded, sent, answered, number, key, sealed, bytes FROM entry \
               WHERE message = $1 AND bytes IS NOT NULL ORDER BY id";
    (session.rows(DOING, sql, &[&message.0]).await?.iter())
        .map(|row| {
            let role: &str = column(row, 0)?;
            let role =
                BodyRole::named(role).ok_or_else(|| StoreError::Damaged { what: format!("body role `{role}`") })?;
            let bytes = body::open(seal, row, 6, column(row, 5)?, role.name())?;
            Ok(Evidence {
                role,
                build: small(row, 1)?,
                at: Timestamp(column(row, 2)?),
                sent: column::<Option<i64>>(row, 3)?.map(Timestamp),
                answered: column::<Option<i64>>(row, 4)?.map(Timestamp),
                sha256: Sha256::of(&bytes),
                bytes,
            })
        })
        .collect()
}

pub(super) async fn content(session: &Session, seal: &dyn Seal, batch: BatchId) -> Result<Vec<u8>, Trouble> {
    let sql = "SELECT content_key, content_sha256, content FROM batch WHERE id = $1";
    let row = session.row(DOING, sql, &[&batch.0]).await?;
    let row = row.ok_or(StoreError::NotFound { what: "batch", id: batch.0 })?;
    body::open(seal, &row, 0, batch.0, "a batch as received")
}

pub(super) async fn objects(
    session: &Session,
    seal: &dyn Seal,
    message: MessageId,
    wanted: &[ObjectId],
) -> Result<Vec<ObjectRow>, Trouble> {
    let sql = "SELECT object.id, object.row, object.reference, object.natural_key, object.period, message_object.transport, \
               coalesce(same.detail, followed.detail), object.payload_key, object.payload_sha256, object.payload \
               FROM message_object JOIN object ON object.id = message_object.object \
               LEFT JOIN object AS followed ON followed.id = object.follows \
               LEFT JOIN object AS same ON same.id = followed.same_as \
               WHERE message_object.message = $1 AND object.id = ANY ($2) ORDER BY position";
    let wanted: Vec<i64> = wanted.iter().map(|object| object.0).collect();
    (session.rows(DOING, sql, &[&message.0, &wanted]).await?.iter())
        .map(|row| {
            let id: i64 = column(row, 0)?;
            let forerunner: Option<&str> = column(row, 6)?;
            Ok(ObjectRow {
                id: ObjectId(id),
                row: small(row, 1)?,
                reference: column(row, 2)?,
                key: column(row, 3)?,
                period: column(row, 4)?,
                transport_guid: column(row, 5)?,
                payload: body::open(seal, row, 7, id, "an object's payload")?,
                forerunner: forerunner.map(parsed).transpose()?,
            })
        })
        .collect()
}

pub(super) async fn request(session: &Session, seal: &dyn Seal, message: MessageId) -> Result<Vec<u8>, Trouble> {
    let sql = "SELECT number, key, sealed, bytes FROM entry WHERE message = $1 AND role = $2 ORDER BY id DESC LIMIT 1";
    let row = session.row(DOING, sql, &[&message.0, &BodyRole::Request.name()]).await?;
    let row = row.ok_or(StoreError::NotFound { what: "request of message", id: message.0 })?;
    body::open(seal, &row, 1, column(&row, 0)?, "a signed request")
}

pub(super) async fn transport(session: &Session, message: MessageId) -> Result<BTreeMap<String, ObjectId>, Trouble> {
    let sql = "SELECT transport, object FROM message_object WHERE message = $1";
    let rows = session.rows(DOING, sql, &[&message.0]).await?;
    rows.iter().map(|row| Ok((column(row, 0)?, ObjectId(column(row, 1)?)))).collect()
}
