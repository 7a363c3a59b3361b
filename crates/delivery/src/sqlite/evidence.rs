//! The evidence archive on disk: entries, one link for each commit that brings some, heads of days.

use super::body::Body;
use super::open::sql;
use super::tail::Tail;
use crate::archive::{Entry, Head, Link};
use crate::ids::{MessageId, Sha256, Timestamp};
use crate::seal::KeyId;
use crate::store::{BodyRole, NewBody, StoreError};
use rusqlite::{Connection, OptionalExtension, Row, Rows};

/// Whose evidence it is: the message as it was found, and its current build.
pub(super) struct Source<'a> {
    pub(super) message: MessageId,
    pub(super) build: u32,
    pub(super) guid: &'a str,
    pub(super) organisation: String,
    pub(super) stand: String,
    pub(super) kind: String,
    pub(super) operation: String,
    pub(super) accepted: Timestamp,
}

/// Adds bytes of a message, which are stored as `body`, to the chain. Their link comes when the group is committed.
pub(super) fn add(
    connection: &Connection,
    tail: &Tail,
    source: &Source<'_>,
    new: &NewBody,
    (plain, sealed, body): (Sha256, &Body, i64),
    at: Timestamp,
) -> Result<(), StoreError> {
    tail.add(|node, number| {
        let entry = Entry {
            node: node.to_owned(),
            number,
            message: source.message,
            build: source.build,
            message_guid: source.guid.to_owned(),
            role: new.role,
            organisation: source.organisation.clone(),
            stand: source.stand.clone(),
            kind: source.kind.clone(),
            operation: source.operation.clone(),
            accepted: source.accepted,
            sent: new.sent,
            answered: new.answered,
            recorded: at,
            key: sealed.key,
            plain,
            sealed: sealed.sha256,
            bytes: None,
        };
        insert(connection, &entry, body)?;
        Ok(entry)
    })
}

fn insert(connection: &Connection, entry: &Entry, body: i64) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO entry (node, number, message, build, message_guid, role, organisation, stand, kind, operation, \
             accepted, sent, answered, recorded, key, plain, sealed, body) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)",
        )
        .and_then(|mut insert| {
            insert.execute(rusqlite::params![
                entry.node,
                entry.number,
                entry.message.0,
                entry.build,
                entry.message_guid,
                entry.role.name(),
                entry.organisation,
                entry.stand,
                entry.kind,
                entry.operation,
                entry.accepted.0,
                entry.sent.map(|at| at.0),
                entry.answered.map(|at| at.0),
                entry.recorded.0,
                entry.key.0,
                &entry.plain.0[..],
                &entry.sealed.0[..],
                body,
            ])
        })
        .map_err(error)?;
    Ok(())
}

pub(super) fn insert_link(connection: &Connection, link: &Link) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO link (node, number, first, count, at, content, previous, hash) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )
        .and_then(|mut insert| {
            let (content, previous, hash) = (&link.content.0[..], &link.previous.0[..], &link.hash.0[..]);
            insert.execute((&link.node, link.number, link.first, link.count, link.at.0, content, previous, hash))
        })
        .map_err(error)?;
    Ok(())
}

pub(super) fn last_link(connection: &Connection, node: &str) -> Result<Option<Link>, StoreError> {
    connection
        .prepare_cached(&format!("{LINK} WHERE node = ?1 ORDER BY number DESC LIMIT 1"))
        .and_then(|mut select| select.query_row([node], read_link).optional())
        .map_err(error)
}

pub(super) fn nodes(connection: &Connection) -> Result<Vec<String>, StoreError> {
    // Heads too: a chain whose entries are gone must not look as if it had never been.
    connection
        .prepare_cached("SELECT node FROM entry UNION SELECT node FROM link UNION SELECT node FROM head ORDER BY 1")
        .and_then(|mut select| select.query_map([], |row| row.get(0))?.collect())
        .map_err(error)
}

/// What an entry is read from; its bytes follow.
pub(super) const COLUMNS: &str = "SELECT node, number, message, build, message_guid, role, entry.organisation, entry.stand, \
    entry.kind, entry.operation, accepted, sent, answered, recorded, entry.key, plain, sealed";

pub(super) fn entries(connection: &Connection, node: &str, after: i64, limit: usize) -> Result<Vec<Entry>, StoreError> {
    let mut select = connection
        .prepare_cached(&format!(
            "{COLUMNS}, body.bytes FROM entry LEFT JOIN body ON body.id = entry.body \
             WHERE node = ?1 AND number > ?2 ORDER BY number LIMIT ?3"
        ))
        .map_err(error)?;
    let mut rows = select.query((node, after, i64::try_from(limit).unwrap_or(i64::MAX))).map_err(error)?;
    page(&mut rows)
}

/// Bytes of one page of entries, beyond which no further entry joins it.
const PAGE_BYTES: usize = 8 << 20;

pub(super) fn page(rows: &mut Rows<'_>) -> Result<Vec<Entry>, StoreError> {
    let (mut entries, mut bytes) = (Vec::new(), 0);
    while bytes < PAGE_BYTES
        && let Some(row) = rows.next().map_err(error)?
    {
        let entry = entry(row)?;
        bytes += entry.bytes.as_ref().map_or(0, Vec::len);
        entries.push(entry);
    }
    Ok(entries)
}

/// The entry in a row of [`COLUMNS`] and its bytes.
fn entry(row: &Row<'_>) -> Result<Entry, StoreError> {
    let role: String = row.get(5).map_err(error)?;
    let role = BodyRole::named(&role).ok_or_else(|| StoreError::Damaged { what: format!("body role `{role}`") })?;
    let read = || {
        let moment = |at: usize| Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(at)?.map(Timestamp));
        Ok(Entry {
            node: row.get(0)?,
            number: row.get(1)?,
            message: MessageId(row.get(2)?),
            build: row.get(3)?,
            message_guid: row.get(4)?,
            role,
            organisation: row.get(6)?,
            stand: row.get(7)?,
            kind: row.get(8)?,
            operation: row.get(9)?,
            accepted: Timestamp(row.get(10)?),
            sent: moment(11)?,
            answered: moment(12)?,
            recorded: Timestamp(row.get(13)?),
            key: KeyId(row.get(14)?),
            plain: Sha256(row.get(15)?),
            sealed: Sha256(row.get(16)?),
            bytes: row.get(17)?,
        })
    };
    read().map_err(error)
}

const LINK: &str = "SELECT node, number, first, count, at, content, previous, hash FROM link";

fn read_link(row: &Row<'_>) -> rusqlite::Result<Link> {
    Ok(Link {
        node: row.get(0)?,
        number: row.get(1)?,
        first: row.get(2)?,
        count: row.get(3)?,
        at: Timestamp(row.get(4)?),
        content: Sha256(row.get(5)?),
        previous: Sha256(row.get(6)?),
        hash: Sha256(row.get(7)?),
    })
}

pub(super) fn links(connection: &Connection, node: &str, after: i64, limit: usize) -> Result<Vec<Link>, StoreError> {
    connection
        .prepare_cached(&format!("{LINK} WHERE node = ?1 AND number > ?2 ORDER BY number LIMIT ?3"))
        .and_then(|mut select| {
            select.query_map((node, after, i64::try_from(limit).unwrap_or(i64::MAX)), read_link)?.collect()
        })
        .map_err(error)
}

pub(super) fn heads(connection: &Connection, node: &str) -> Result<Vec<Head>, StoreError> {
    connection
        .prepare_cached(&format!("{HEAD} WHERE node = ?1 ORDER BY day"))
        .and_then(|mut select| select.query_map([node], read_head)?.collect())
        .map_err(error)
}

const HEAD: &str = "SELECT node, day, link, link_hash, entry, previous, hash, signer, signature FROM head";

fn read_head(row: &Row<'_>) -> rusqlite::Result<Head> {
    Ok(Head {
        node: row.get(0)?,
        day: row.get(1)?,
        link: row.get(2)?,
        link_hash: Sha256(row.get(3)?),
        entry: row.get(4)?,
        previous: Sha256(row.get(5)?),
        hash: Sha256(row.get(6)?),
        signer: row.get(7)?,
        signature: row.get(8)?,
    })
}

pub(super) fn append_head(connection: &Connection, head: &Head) -> Result<(), StoreError> {
    let last = connection
        .prepare_cached(&format!("{HEAD} WHERE node = ?1 ORDER BY day DESC LIMIT 1"))
        .and_then(|mut select| select.query_row([&head.node], read_head).optional())
        .map_err(error)?;
    let follows = match &last {
        None => head.previous == Sha256([0; 32]),
        Some(last) => head.day > last.day && head.link > last.link && head.previous == last.hash,
    };
    if !follows {
        return Err(StoreError::NotNext { node: head.node.clone(), day: head.day });
    }
    connection
        .prepare_cached(
            "INSERT INTO head (node, day, link, link_hash, entry, previous, hash, signer, signature) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )
        .and_then(|mut insert| {
            insert.execute((
                &head.node,
                head.day,
                head.link,
                &head.link_hash.0[..],
                head.entry,
                &head.previous.0[..],
                &head.hash.0[..],
                &head.signer,
                &head.signature,
            ))
        })
        .map_err(error)?;
    Ok(())
}

#[expect(clippy::needless_pass_by_value, reason = "stands in map_err, which hands over the error")]
fn error(error: rusqlite::Error) -> StoreError {
    sql("working on the archive", &error)
}
