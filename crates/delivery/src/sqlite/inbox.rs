//! The inbox: items in order, and how far each consumer has come.

use super::body::{self, Body};
use super::open::sql;
use crate::ids::{MessageId, Seq, Sha256, Timestamp};
use crate::inbox::{Consumer, ConsumerView, InboxItem};
use crate::seal::Seal;
use crate::store::StoreError;
use rusqlite::{Connection, OptionalExtension};

/// Whose items they are and what brought them.
pub(super) struct Origin<'a> {
    pub(super) organisation: &'a str,
    pub(super) stand: &'a str,
    pub(super) topic: &'a str,
    pub(super) message: MessageId,
    pub(super) at: Timestamp,
}

/// Stores an item unless it is what was stored last under its key.
pub(super) fn put(
    connection: &Connection,
    origin: &Origin<'_>,
    key: &str,
    content: Sha256,
    item: &Body,
) -> Result<(), StoreError> {
    let changed = connection
        .prepare_cached(
            "INSERT INTO inbox_latest (organisation, stand, topic, key, content) VALUES (?1, ?2, ?3, ?4, ?5) \
             ON CONFLICT DO UPDATE SET content = excluded.content WHERE content <> excluded.content",
        )
        .and_then(|mut insert| insert.execute((origin.organisation, origin.stand, origin.topic, key, &content.0[..])))
        .map_err(error)?;
    if changed == 0 {
        return Ok(());
    }
    let body = body::insert(connection, item)?;
    connection
        .prepare_cached(
            "INSERT INTO inbox (organisation, stand, topic, key, received_at, message, body) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )
        .and_then(|mut insert| {
            insert.execute((origin.organisation, origin.stand, origin.topic, key, origin.at.0, origin.message.0, body))
        })
        .map_err(error)?;
    Ok(())
}

pub(super) fn read(
    connection: &Connection,
    seal: &dyn Seal,
    consumer: &Consumer,
    limit: usize,
) -> Result<Vec<InboxItem>, StoreError> {
    let from = acknowledged(connection, consumer)?;
    let columns = "SELECT seq, organisation, stand, topic, key, received_at, message, body FROM inbox";
    let query = match consumer.topic {
        Some(_) => format!("{columns} WHERE topic = ?3 AND seq > ?1 ORDER BY seq LIMIT ?2"),
        None => format!("{columns} WHERE seq > ?1 AND ?3 IS NULL ORDER BY seq LIMIT ?2"),
    };
    items(connection, seal, &query, (from, sql_limit(limit), consumer.topic.as_deref()))
}

pub(super) fn latest(
    connection: &Connection,
    seal: &dyn Seal,
    topic: &str,
    after: Option<Seq>,
    limit: usize,
) -> Result<Vec<InboxItem>, StoreError> {
    let query = "SELECT seq, organisation, stand, topic, key, received_at, message, body FROM inbox \
        WHERE topic = ?3 AND seq > ?1 AND NOT EXISTS (SELECT 1 FROM inbox AS later WHERE later.topic = inbox.topic \
            AND later.key = inbox.key AND later.seq > inbox.seq AND later.organisation = inbox.organisation \
            AND later.stand = inbox.stand) ORDER BY seq LIMIT ?2";
    items(connection, seal, query, (after.map_or(0, |seq| seq.0), sql_limit(limit), Some(topic)))
}

fn sql_limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

fn items(
    connection: &Connection,
    seal: &dyn Seal,
    query: &str,
    bound: (i64, i64, Option<&str>),
) -> Result<Vec<InboxItem>, StoreError> {
    let mut select = connection.prepare_cached(query).map_err(error)?;
    let found: Vec<(InboxItem, i64)> = select
        .query_map(bound, |row| {
            let item = InboxItem {
                seq: Seq(row.get(0)?),
                organisation: row.get(1)?,
                stand: row.get(2)?,
                topic: row.get(3)?,
                key: row.get(4)?,
                received_at: Timestamp(row.get(5)?),
                message: MessageId(row.get(6)?),
                body: Vec::new(),
            };
            Ok((item, row.get(7)?))
        })
        .and_then(Iterator::collect)
        .map_err(error)?;
    found
        .into_iter()
        .map(|(item, body)| Ok(InboxItem { body: body::read(connection, seal, body, "an item of the inbox")?, ..item }))
        .collect()
}

fn acknowledged(connection: &Connection, consumer: &Consumer) -> Result<i64, StoreError> {
    connection
        .prepare_cached("SELECT acknowledged FROM consumer WHERE name = ?1 AND topic = ?2")
        .and_then(|mut select| {
            select
                .query_row((&consumer.name, consumer.topic.as_deref().unwrap_or_default()), |row| row.get(0))
                .optional()
        })
        .map(Option::unwrap_or_default)
        .map_err(error)
}

pub(super) fn acknowledge(
    connection: &Connection,
    consumer: &Consumer,
    upto: Seq,
    at: Timestamp,
) -> Result<(), StoreError> {
    let last: i64 = connection
        .prepare_cached("SELECT coalesce(max(seq), 0) FROM inbox")
        .and_then(|mut select| select.query_row([], |row| row.get(0)))
        .map_err(error)?;
    if upto.0 > last {
        return Err(StoreError::NotFound { what: "item of the inbox", id: upto.0 });
    }
    connection
        .prepare_cached(
            "INSERT INTO consumer (name, topic, acknowledged, at) VALUES (?1, ?2, ?3, ?4) \
             ON CONFLICT DO UPDATE SET acknowledged = excluded.acknowledged, at = excluded.at \
             WHERE acknowledged < excluded.acknowledged",
        )
        .and_then(|mut insert| {
            insert.execute((&consumer.name, consumer.topic.as_deref().unwrap_or_default(), upto.0, at.0))
        })
        .map_err(error)?;
    Ok(())
}

pub(super) fn consumers(connection: &Connection) -> Result<Vec<ConsumerView>, StoreError> {
    connection
        .prepare_cached(
            "SELECT name, topic, acknowledged, at, CASE topic \
             WHEN '' THEN (SELECT count(*) FROM inbox WHERE seq > acknowledged) \
             ELSE (SELECT count(*) FROM inbox WHERE inbox.topic = consumer.topic AND seq > acknowledged) END \
             FROM consumer ORDER BY name, topic",
        )
        .and_then(|mut select| {
            select
                .query_map([], |row| {
                    let topic: String = row.get(1)?;
                    let topic = Some(topic).filter(|topic| !topic.is_empty());
                    Ok(ConsumerView {
                        consumer: Consumer { name: row.get(0)?, topic },
                        acknowledged: Seq(row.get(2)?),
                        at: Timestamp(row.get(3)?),
                        waiting: row.get::<_, i64>(4)?.unsigned_abs(),
                    })
                })?
                .collect()
        })
        .map_err(error)
}

#[expect(clippy::needless_pass_by_value, reason = "stands in map_err, which hands over the error")]
fn error(error: rusqlite::Error) -> StoreError {
    sql("working on the inbox", &error)
}
