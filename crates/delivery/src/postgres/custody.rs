//! What is kept and what is removed: selections, retention, holds.

use super::archive::{entry, page};
use super::session::{Parameter, Session, column, limit};
use super::trouble::Trouble;
use crate::archive::{Entry, Expiry, Hold, HoldId, Selection};
use crate::ids::Timestamp;
use crate::store::StoreError;

const DOING: &str = "keeping the archive";

pub(super) async fn selected(
    session: &Session,
    selection: &Selection,
    after: Option<(&str, i64)>,
    most: usize,
) -> Result<Vec<Entry>, Trouble> {
    let most = limit(most);
    let (node, number) = after.unwrap_or_default();
    // One text for each kind, so that each goes by its index.
    let everything = page!("(node, number) > ($2, $3)");
    let of_message = page!("(node, number) > ($2, $3) AND message = $4");
    let of_object = page!(
        "(node, number) > ($2, $3) AND message IN (SELECT message_object.message FROM object \
         JOIN message_object ON message_object.object = object.id WHERE object.reference = $4 \
         AND object.organisation = $5 AND object.stand = $6 AND object.kind = $7 \
         AND ($8::text IS NULL OR object.period = $8))"
    );
    let of_batch = page!(
        "(node, number) > ($2, $3) AND message IN (SELECT id FROM message WHERE batch = $4 UNION \
         SELECT message_object.message FROM object JOIN message_object ON message_object.object = object.same_as \
         WHERE object.batch = $4)"
    );
    let of_period = page!(
        "(node, number) > ($2, $3) AND recorded >= $4 AND recorded < $5 AND ($6::text IS NULL OR stand = $6) \
         AND ($7::text IS NULL OR organisation = $7) AND ($8::text IS NULL OR kind = $8)"
    );
    let mut all: Vec<Parameter<'_>> = vec![&most, &node, &number];
    let rows = match selection {
        Selection::Everything => session.rows(DOING, everything, &all).await?,
        Selection::Message(message) => {
            all.push(&message.0);
            session.rows(DOING, of_message, &all).await?
        }
        Selection::Object { organisation, stand, kind, reference, period } => {
            let object: [Parameter<'_>; 5] = [reference, organisation, stand, kind, period];
            all.extend(object);
            session.rows(DOING, of_object, &all).await?
        }
        Selection::Batch(batch) => {
            all.push(&batch.0);
            session.rows(DOING, of_batch, &all).await?
        }
        Selection::Period { stand, organisation, kind, from, until } => {
            let period: [Parameter<'_>; 5] = [&from.0, &until.0, stand, organisation, kind];
            all.extend(period);
            session.rows(DOING, of_period, &all).await?
        }
    };
    rows.iter().map(entry).collect()
}

pub(super) async fn kinds(session: &Session) -> Result<Vec<String>, Trouble> {
    let sql = "WITH RECURSIVE known AS ( \
               (SELECT kind FROM entry WHERE bytes IS NOT NULL ORDER BY kind LIMIT 1) UNION ALL \
               SELECT (SELECT entry.kind FROM entry WHERE bytes IS NOT NULL AND entry.kind > known.kind \
                   ORDER BY entry.kind LIMIT 1) FROM known WHERE known.kind IS NOT NULL) \
               SELECT kind FROM known WHERE kind IS NOT NULL";
    session.rows(DOING, sql, &[]).await?.iter().map(|row| column(row, 0)).collect()
}

pub(super) async fn expire(session: &Session, expiry: &Expiry) -> Result<u64, Trouble> {
    let sql = "UPDATE entry SET bytes = NULL FROM ( \
            SELECT entry.node, entry.number FROM entry JOIN message ON message.id = entry.message \
            WHERE entry.kind = $1 AND entry.recorded < $2 AND entry.bytes IS NOT NULL \
            AND message.state IN ('done', 'rejected') \
            AND NOT EXISTS (SELECT 1 FROM hold WHERE released_at IS NULL AND CASE what \
                WHEN 'everything' THEN true \
                WHEN 'message' THEN entry.message = hold.number \
                WHEN 'object' THEN EXISTS (SELECT 1 FROM message_object JOIN object ON object.id = message_object.object \
                    WHERE message_object.message = entry.message AND object.reference = hold.reference \
                    AND object.organisation = hold.organisation AND object.stand = hold.stand \
                    AND object.kind = hold.kind AND (hold.period IS NULL OR object.period = hold.period)) \
                WHEN 'batch' THEN message.batch = hold.number OR EXISTS (SELECT 1 FROM message_object \
                    JOIN object ON object.same_as = message_object.object \
                    WHERE message_object.message = entry.message AND object.batch = hold.number) \
                ELSE entry.recorded >= begins AND entry.recorded < ends \
                    AND (hold.stand IS NULL OR hold.stand = entry.stand) \
                    AND (hold.organisation IS NULL OR hold.organisation = entry.organisation) \
                    AND (hold.kind IS NULL OR hold.kind = entry.kind) END) \
            ORDER BY entry.recorded LIMIT $3) AS expired \
        WHERE entry.node = expired.node AND entry.number = expired.number";
    session.write(DOING, sql, &[&expiry.kind, &expiry.before.0, &limit(expiry.limit)]).await
}

pub(super) async fn hold(session: &Session, scope: &Selection, reason: &str, at: Timestamp) -> Result<Hold, Trouble> {
    let (mut number, mut reference, mut period, mut begins, mut ends) = (None, None, None, None, None);
    let (mut stand, mut organisation, mut kind) = (None, None, None);
    let what = match scope {
        Selection::Everything => "everything",
        Selection::Message(message) => {
            number = Some(message.0);
            "message"
        }
        Selection::Batch(batch) => {
            number = Some(batch.0);
            "batch"
        }
        Selection::Object { organisation: of, stand: on, kind: what, reference: name, period: when } => {
            (organisation, stand, kind) = (Some(of), Some(on), Some(what));
            (reference, period) = (Some(name), when.as_ref());
            "object"
        }
        Selection::Period { stand: on, organisation: of, kind: what, from, until } => {
            (organisation, stand, kind) = (of.as_ref(), on.as_ref(), what.as_ref());
            (begins, ends) = (Some(from.0), Some(until.0));
            "period"
        }
    };
    let sql = "INSERT INTO hold (scope, what, number, reference, period, stand, organisation, kind, begins, ends, reason, at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) RETURNING id";
    let written = super::json(scope)?;
    let held: [Parameter<'_>; 12] =
        [&written, &what, &number, &reference, &period, &stand, &organisation, &kind, &begins, &ends, &reason, &at.0];
    let row = session.row(DOING, sql, &held).await?;
    let row = row.ok_or_else(|| StoreError::Damaged { what: "a hold without a number".into() })?;
    Ok(Hold { id: HoldId(column(&row, 0)?), scope: scope.clone(), reason: reason.into(), at })
}

pub(super) async fn release(session: &Session, hold: HoldId, at: Timestamp) -> Result<bool, Trouble> {
    let sql = "UPDATE hold SET released_at = $2 WHERE id = $1 AND released_at IS NULL";
    Ok(session.write(DOING, sql, &[&hold.0, &at.0]).await? > 0)
}

pub(super) async fn holds(session: &Session) -> Result<Vec<Hold>, Trouble> {
    let sql = "SELECT id, scope, reason, at FROM hold WHERE released_at IS NULL ORDER BY id";
    (session.rows(DOING, sql, &[]).await?.iter())
        .map(|row| {
            Ok(Hold {
                id: HoldId(column(row, 0)?),
                scope: super::parsed(column(row, 1)?)?,
                reason: column(row, 2)?,
                at: Timestamp(column(row, 3)?),
            })
        })
        .collect()
}
