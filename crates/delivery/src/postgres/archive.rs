//! The evidence archive as whoever verifies it reads it.

use super::body::digest;
use super::session::{Session, column, limit, small};
use super::trouble::Trouble;
use crate::archive::{Entry, Head, Link};
use crate::ids::{MessageId, Timestamp};
use crate::seal::KeyId;
use crate::store::{BodyRole, StoreError};
use tokio_postgres::Row;

const DOING: &str = "reading the archive";

pub(super) async fn nodes(session: &Session) -> Result<Vec<String>, Trouble> {
    // Links and heads too: a chain whose entries are gone must not look as if it had never been. One probe of an index for each
    // node, not one for each entry.
    let sql = "WITH RECURSIVE entries AS ( \
               (SELECT node FROM entry ORDER BY node LIMIT 1) UNION ALL \
               SELECT (SELECT entry.node FROM entry WHERE entry.node > entries.node ORDER BY entry.node LIMIT 1) \
               FROM entries WHERE entries.node IS NOT NULL), \
               links AS ((SELECT node FROM link ORDER BY node LIMIT 1) UNION ALL \
               SELECT (SELECT link.node FROM link WHERE link.node > links.node ORDER BY link.node LIMIT 1) \
               FROM links WHERE links.node IS NOT NULL) \
               SELECT node FROM entries WHERE node IS NOT NULL UNION SELECT node FROM links WHERE node IS NOT NULL \
               UNION SELECT node FROM head ORDER BY 1";
    session.rows(DOING, sql, &[]).await?.iter().map(|row| column(row, 0)).collect()
}

/// A page of the entries that meet a condition, with their sealed bytes, until those grow large. $1: at most so many.
macro_rules! page {
    ($condition:literal) => {
        concat!(
            "SELECT node, number, message, build, message_guid, role, organisation, stand, kind, operation, accepted, sent, \
             answered, recorded, key, plain, sealed, bytes FROM ( \
             SELECT *, sum(coalesce(octet_length(bytes), 0)) OVER (ORDER BY node, number) \
                 - coalesce(octet_length(bytes), 0) AS before FROM ( \
             SELECT * FROM entry WHERE ",
            $condition,
            " ORDER BY node, number LIMIT $1) AS entry) AS entry WHERE before < 8388608 ORDER BY node, number"
        )
    };
}
pub(super) use page;

pub(super) async fn entries(session: &Session, node: &str, after: i64, most: usize) -> Result<Vec<Entry>, Trouble> {
    let sql = page!("node = $2 AND number > $3");
    session.rows(DOING, sql, &[&limit(most), &node, &after]).await?.iter().map(entry).collect()
}

pub(super) fn entry(row: &Row) -> Result<Entry, Trouble> {
    let role: &str = column(row, 5)?;
    let role = BodyRole::named(role).ok_or_else(|| StoreError::Damaged { what: format!("body role `{role}`") })?;
    Ok(Entry {
        node: column(row, 0)?,
        number: column(row, 1)?,
        message: MessageId(column(row, 2)?),
        build: small(row, 3)?,
        message_guid: column(row, 4)?,
        role,
        organisation: column(row, 6)?,
        stand: column(row, 7)?,
        kind: column(row, 8)?,
        operation: column(row, 9)?,
        accepted: Timestamp(column(row, 10)?),
        sent: column::<Option<i64>>(row, 11)?.map(Timestamp),
        answered: column::<Option<i64>>(row, 12)?.map(Timestamp),
        recorded: Timestamp(column(row, 13)?),
        key: KeyId(column(row, 14)?),
        plain: digest(row, 15)?,
        sealed: digest(row, 16)?,
        bytes: column(row, 17)?,
    })
}

pub(super) async fn links(session: &Session, node: &str, after: i64, most: usize) -> Result<Vec<Link>, Trouble> {
    let sql = "SELECT node, number, first, count, at, content, previous, hash FROM link WHERE node = $1 AND number > $2 \
               ORDER BY number LIMIT $3";
    session.rows(DOING, sql, &[&node, &after, &limit(most)]).await?.iter().map(link).collect()
}

pub(super) fn link(row: &Row) -> Result<Link, Trouble> {
    Ok(Link {
        node: column(row, 0)?,
        number: column(row, 1)?,
        first: column(row, 2)?,
        count: column(row, 3)?,
        at: Timestamp(column(row, 4)?),
        content: digest(row, 5)?,
        previous: digest(row, 6)?,
        hash: digest(row, 7)?,
    })
}

pub(super) async fn heads(session: &Session, node: &str) -> Result<Vec<Head>, Trouble> {
    let sql = "SELECT node, day, link, link_hash, entry, previous, hash, signer, signature FROM head WHERE node = $1 ORDER BY day";
    session.rows(DOING, sql, &[&node]).await?.iter().map(head).collect()
}

fn head(row: &Row) -> Result<Head, Trouble> {
    Ok(Head {
        node: column(row, 0)?,
        day: column(row, 1)?,
        link: column(row, 2)?,
        link_hash: digest(row, 3)?,
        entry: column(row, 4)?,
        previous: digest(row, 5)?,
        hash: digest(row, 6)?,
        signer: column(row, 7)?,
        signature: column(row, 8)?,
    })
}

/// Runs in the writer of any node; two that append the same day meet at the primary key.
pub(super) async fn append_head(session: &Session, head: &Head) -> Result<(), Trouble> {
    let doing = "adding the head of a day";
    let last = "SELECT day, hash, link FROM head WHERE node = $1 ORDER BY day DESC LIMIT 1 FOR UPDATE";
    let last = session.row(doing, last, &[&head.node]).await?;
    let follows = match &last {
        Some(row) => {
            head.day > column::<i64>(row, 0)? && head.link > column::<i64>(row, 2)? && head.previous == digest(row, 1)?
        }
        None => head.previous.0 == [0; 32],
    };
    if !follows {
        return Err(StoreError::NotNext { node: head.node.clone(), day: head.day }.into());
    }
    let insert = "INSERT INTO head (node, day, link, link_hash, entry, previous, hash, signer, signature) \
                  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    session
        .write(
            doing,
            insert,
            &[
                &head.node,
                &head.day,
                &head.link,
                &&head.link_hash.0[..],
                &head.entry,
                &&head.previous.0[..],
                &&head.hash.0[..],
                &head.signer,
                &head.signature,
            ],
        )
        .await?;
    Ok(())
}
