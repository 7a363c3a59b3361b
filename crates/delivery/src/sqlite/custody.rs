//! What is kept and what is removed: selections, retention, holds.

use super::evidence::{COLUMNS, page};
use super::open::sql;
use super::views::{json, parsed};
use crate::archive::{Entry, Expiry, Hold, HoldId, Selection};
use crate::ids::Timestamp;
use crate::store::StoreError;
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

/// A condition on entries, with what it is bound to.
fn condition(selection: &Selection) -> (String, Vec<Value>) {
    let messages =
        |from: &str, id: i64| (format!("entry.message IN ({from})"), vec![id.into(); from.matches('?').count()]);
    match selection {
        Selection::Everything => ("TRUE".into(), vec![]),
        Selection::Message(message) => ("entry.message = ?".into(), vec![message.0.into()]),
        Selection::Object { organisation, stand, kind, reference, period } => {
            let mut condition =
                "SELECT carried.message FROM object JOIN message_object AS carried ON carried.object = object.id \
                WHERE object.organisation = ? AND object.stand = ? AND object.kind = ? AND object.reference = ?"
                    .to_owned();
            let mut values = [organisation, stand, kind, reference].map(|name| Value::from(name.clone())).to_vec();
            if let Some(period) = period {
                condition.push_str(" AND object.period = ?");
                values.push(period.clone().into());
            }
            (format!("entry.message IN ({condition})"), values)
        }
        Selection::Batch(batch) => messages(
            "SELECT id FROM message WHERE batch = ? UNION SELECT carried.message FROM object AS repeated \
             JOIN message_object AS carried ON carried.object = repeated.same_as WHERE repeated.batch = ?",
            batch.0,
        ),
        Selection::Period { stand, organisation, kind, from, until } => {
            let mut condition = "entry.recorded >= ? AND entry.recorded < ?".to_owned();
            let mut values = vec![Value::from(from.0), until.0.into()];
            for (column, named) in [("stand", stand), ("organisation", organisation), ("kind", kind)] {
                if let Some(named) = named {
                    condition.push_str(&format!(" AND entry.{column} = ?"));
                    values.push(named.clone().into());
                }
            }
            (condition, values)
        }
    }
}

pub(super) fn selected(
    connection: &Connection,
    selection: &Selection,
    after: Option<&(String, i64)>,
    limit: usize,
) -> Result<Vec<Entry>, StoreError> {
    let (condition, mut values) = condition(selection);
    let mut query =
        format!("{COLUMNS}, body.bytes FROM entry LEFT JOIN body ON body.id = entry.body WHERE ({condition})");
    if let Some((node, number)) = after {
        query.push_str(" AND (node, number) > (?, ?)");
        values.extend([node.clone().into(), (*number).into()]);
    }
    query.push_str(" ORDER BY node, number LIMIT ?");
    values.push(i64::try_from(limit).unwrap_or(i64::MAX).into());
    let mut select = connection.prepare_cached(&query).map_err(error)?;
    let mut rows = select.query(params_from_iter(values)).map_err(error)?;
    page(&mut rows)
}

pub(super) fn kinds(connection: &Connection) -> Result<Vec<String>, StoreError> {
    connection
        .prepare_cached("SELECT DISTINCT kind FROM entry WHERE body IS NOT NULL ORDER BY kind")
        .and_then(|mut select| select.query_map([], |row| row.get(0))?.collect())
        .map_err(error)
}

pub(super) fn expire(connection: &Connection, expiry: &Expiry) -> Result<usize, StoreError> {
    let mut query = "SELECT entry.id, entry.body FROM entry JOIN message ON message.id = entry.message \
        WHERE entry.kind = ? AND entry.recorded < ? AND entry.body IS NOT NULL AND message.state IN ('done', 'rejected')"
        .to_owned();
    let mut values = vec![Value::from(expiry.kind.clone()), expiry.before.0.into()];
    for hold in holds(connection)? {
        let (condition, bound) = condition(&hold.scope);
        query.push_str(&format!(" AND NOT ({condition})"));
        values.extend(bound);
    }
    query.push_str(" ORDER BY entry.recorded LIMIT ?");
    values.push(i64::try_from(expiry.limit).unwrap_or(i64::MAX).into());
    let expired: Vec<(i64, i64)> = connection
        .prepare(&query)
        .and_then(|mut select| {
            select.query_map(params_from_iter(values), |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
        })
        .map_err(error)?;
    let run = |statement: &str, id: i64| {
        connection.prepare_cached(statement).and_then(|mut statement| statement.execute([id])).map_err(error)
    };
    for (entry, body) in &expired {
        run("UPDATE entry SET body = NULL WHERE id = ?1", *entry)?;
        run("DELETE FROM body WHERE id = ?1", *body)?;
    }
    Ok(expired.len())
}

pub(super) fn hold(
    connection: &Connection,
    scope: &Selection,
    reason: &str,
    at: Timestamp,
) -> Result<Hold, StoreError> {
    let written = json(scope)?;
    let id = connection
        .prepare_cached("INSERT INTO hold (scope, reason, at) VALUES (?1, ?2, ?3)")
        .and_then(|mut insert| insert.insert((written, reason, at.0)))
        .map_err(error)?;
    Ok(Hold { id: HoldId(id), scope: scope.clone(), reason: reason.into(), at })
}

pub(super) fn release(connection: &Connection, hold: HoldId, at: Timestamp) -> Result<bool, StoreError> {
    connection
        .prepare_cached("UPDATE hold SET released_at = ?2 WHERE id = ?1 AND released_at IS NULL")
        .and_then(|mut update| update.execute((hold.0, at.0)))
        .map(|released| released > 0)
        .map_err(error)
}

pub(super) fn holds(connection: &Connection) -> Result<Vec<Hold>, StoreError> {
    let found: Vec<(i64, String, String, i64)> = connection
        .prepare_cached("SELECT id, scope, reason, at FROM hold WHERE released_at IS NULL ORDER BY id")
        .and_then(|mut select| {
            select.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?.collect()
        })
        .map_err(error)?;
    found
        .into_iter()
        .map(|(id, scope, reason, at)| Ok(Hold { id: HoldId(id), scope: parsed(&scope)?, reason, at: Timestamp(at) }))
        .collect()
}

#[expect(clippy::needless_pass_by_value, reason = "stands in map_err, which hands over the error")]
fn error(error: rusqlite::Error) -> StoreError {
    sql("keeping the archive", &error)
}
