//! The inbox: items in the order in which they become visible, and how far each consumer has come.

use super::body::{self, digest, of_fields};
use super::record::Decision;
use super::session::{Session, column, limit};
use super::trouble::Trouble;
use crate::ids::{MessageId, Seq, Sha256, Timestamp};
use crate::inbox::{Consumer, ConsumerView, InboxItem, NewItem};
use crate::seal::Seal;
use crate::store::StoreError;
use std::collections::HashMap;
use tokio_postgres::Row;

/// Puts the items of a page into the inbox, except those whose object has the content it had last. The transaction has its
/// turn ([`super::order`]), so nothing with a higher number becomes visible before it.
pub(super) async fn add(session: &Session, decision: &Decision) -> Result<(), Trouble> {
    let doing = "filling the inbox";
    let (known, record) = (&decision.known, &decision.record);
    let Some(page) = record.page.as_ref().filter(|page| !page.items.is_empty()) else { return Ok(()) };
    // The kind of a recurring export's message is its topic.
    let topic = &known.kind;
    let object = |item: &NewItem| of_fields(&[&known.organisation, &known.stand, topic, &item.key]);
    let objects: Vec<[u8; 32]> = page.items.iter().map(object).collect();
    let names: Vec<&[u8]> = objects.iter().map(|object| &object[..]).collect();
    let mut contents: HashMap<[u8; 32], Sha256> = HashMap::new();
    let last = "SELECT object, content FROM latest WHERE object = ANY ($1)";
    for row in session.rows(doing, last, &[&names]).await? {
        contents.insert(digest(&row, 0)?.0, digest(&row, 1)?);
    }
    let changed: Vec<_> = (page.items.iter().zip(&decision.items).zip(&objects))
        .filter(|((item, _), object)| contents.insert(**object, item.content) != Some(item.content))
        .map(|(item, _)| item)
        .collect();
    let (names, last): (Vec<&[u8]>, Vec<&[u8]>) =
        contents.iter().map(|(object, content)| (&object[..], &content.0[..])).unzip();
    let latest = "INSERT INTO latest (object, content) SELECT * FROM unnest($1::bytea[], $2::bytea[]) \
                  ON CONFLICT (object) DO UPDATE SET content = excluded.content WHERE latest.content <> excluded.content";
    session.write(doing, latest, &[&names, &last]).await?;
    let count = i64::try_from(changed.len()).unwrap_or(i64::MAX);
    let numbers = "UPDATE counter SET item = item + $1 RETURNING item - $1 + 1";
    let row = session.row(doing, numbers, &[&count]).await?;
    let row = row.ok_or_else(|| StoreError::Damaged { what: "the row that counts is gone".into() })?;
    let seqs: Vec<i64> = (column::<i64>(&row, 0)?..).take(changed.len()).collect();
    let keys: Vec<&str> = changed.iter().map(|(item, _)| item.key.as_str()).collect();
    let contents: Vec<&[u8]> = changed.iter().map(|(item, _)| &item.content.0[..]).collect();
    let data_keys: Vec<i64> = changed.iter().map(|(_, body)| body.key).collect();
    let digests: Vec<&[u8]> = changed.iter().map(|(_, body)| &body.sha256.0[..]).collect();
    let bodies: Vec<&[u8]> = changed.iter().map(|(_, body)| &body.bytes[..]).collect();
    let insert = "INSERT INTO item (seq, organisation, stand, topic, key, content, received_at, message, body_key, body_sha256, \
                  body) SELECT seq, $1, $2, $3, key, content, $4, $5, body_key, body_sha256, body \
                  FROM unnest($6::bigint[], $7::text[], $8::bytea[], $9::bigint[], $10::bytea[], $11::bytea[]) \
                  AS new (seq, key, content, body_key, body_sha256, body)";
    session
        .write(
            doing,
            insert,
            &[
                &known.organisation,
                &known.stand,
                topic,
                &record.at.0,
                &record.message.id.0,
                &seqs,
                &keys,
                &contents,
                &data_keys,
                &digests,
                &bodies,
            ],
        )
        .await?;
    Ok(())
}

/// The consumer's topic as its row has it.
fn scope(consumer: &Consumer) -> (bool, &str) {
    (consumer.topic.is_none(), consumer.topic.as_deref().unwrap_or_default())
}

pub(super) async fn read(
    session: &Session,
    seal: &dyn Seal,
    consumer: &Consumer,
    most: usize,
) -> Result<Vec<InboxItem>, Trouble> {
    let doing = "reading the inbox";
    let (whole, topic) = scope(consumer);
    let position = "SELECT acknowledged FROM consumer WHERE name = $1 AND whole = $2 AND topic = $3";
    let row = session.row(doing, position, &[&consumer.name, &whole, &topic]).await?;
    let after: i64 = row.as_ref().map_or(Ok(0), |row| column(row, 0))?;
    // One text for each road, so that each goes by its index.
    let all = "SELECT seq, organisation, stand, topic, key, received_at, message, body_key, body_sha256, body FROM item \
               WHERE seq > $1 ORDER BY seq LIMIT $2";
    let one = "SELECT seq, organisation, stand, topic, key, received_at, message, body_key, body_sha256, body FROM item \
               WHERE topic = $3 AND seq > $1 ORDER BY seq LIMIT $2";
    let rows = match &consumer.topic {
        None => session.rows(doing, all, &[&after, &limit(most)]).await?,
        Some(topic) => session.rows(doing, one, &[&after, &limit(most), topic]).await?,
    };
    items(&rows, seal)
}

pub(super) async fn latest(
    session: &Session,
    seal: &dyn Seal,
    topic: &str,
    after: Option<Seq>,
    most: usize,
) -> Result<Vec<InboxItem>, Trouble> {
    let sql = "SELECT seq, organisation, stand, topic, key, received_at, message, body_key, body_sha256, body FROM item \
               WHERE topic = $3 AND seq > $1 AND NOT EXISTS (SELECT 1 FROM item AS later WHERE later.topic = item.topic \
                   AND later.key = item.key AND later.seq > item.seq AND later.organisation = item.organisation \
                   AND later.stand = item.stand) ORDER BY seq LIMIT $2";
    let bound: [&(dyn tokio_postgres::types::ToSql + Sync); 3] = [&after.map_or(0, |seq| seq.0), &limit(most), &topic];
    items(&session.rows("reading the inbox", sql, &bound).await?, seal)
}

fn items(rows: &[Row], seal: &dyn Seal) -> Result<Vec<InboxItem>, Trouble> {
    rows.iter()
        .map(|row| {
            let seq: i64 = column(row, 0)?;
            Ok(InboxItem {
                seq: Seq(seq),
                organisation: column(row, 1)?,
                stand: column(row, 2)?,
                topic: column(row, 3)?,
                key: column(row, 4)?,
                received_at: Timestamp(column(row, 5)?),
                message: MessageId(column(row, 6)?),
                body: body::open(seal, row, 7, seq, "an item of the inbox")?,
            })
        })
        .collect()
}

pub(super) async fn acknowledge(
    session: &Session,
    consumer: &Consumer,
    upto: Seq,
    at: Timestamp,
) -> Result<(), Trouble> {
    let doing = "acknowledging items of the inbox";
    let row = session.row(doing, "SELECT coalesce(max(seq), 0) FROM item", &[]).await?;
    if upto.0 > row.as_ref().map_or(Ok(0), |row| column::<i64>(row, 0))? {
        return Err(StoreError::NotFound { what: "item of the inbox", id: upto.0 }.into());
    }
    let (whole, topic) = scope(consumer);
    let upsert = "INSERT INTO consumer (name, whole, topic, acknowledged, at) VALUES ($1, $2, $3, $4, $5) \
                  ON CONFLICT (name, whole, topic) DO UPDATE SET acknowledged = excluded.acknowledged, at = excluded.at \
                  WHERE consumer.acknowledged < excluded.acknowledged";
    session.write(doing, upsert, &[&consumer.name, &whole, &topic, &upto.0, &at.0]).await?;
    Ok(())
}

pub(super) async fn consumers(session: &Session) -> Result<Vec<ConsumerView>, Trouble> {
    let sql = "SELECT name, whole, topic, acknowledged, at, CASE WHEN whole \
               THEN (SELECT count(*) FROM item WHERE item.seq > consumer.acknowledged) \
               ELSE (SELECT count(*) FROM item WHERE item.topic = consumer.topic AND item.seq > consumer.acknowledged) END \
               FROM consumer ORDER BY name, whole DESC, topic";
    (session.rows("reading the inbox's consumers", sql, &[]).await?.iter())
        .map(|row| {
            let whole: bool = column(row, 1)?;
            let topic: String = column(row, 2)?;
            Ok(ConsumerView {
                consumer: Consumer { name: column(row, 0)?, topic: (!whole).then_some(topic) },
                acknowledged: Seq(column(row, 3)?),
                at: Timestamp(column(row, 4)?),
                waiting: column::<i64>(row, 5)?.unsigned_abs(),
            })
        })
        .collect()
}
