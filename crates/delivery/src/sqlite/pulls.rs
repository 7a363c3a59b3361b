//! Recurring exports: their settings, and how each run leads to the next.

use super::claim::millis;
use super::intake::Placed;
use super::lanes;
use super::open::sql;
use super::views::{json, parsed};
use crate::batch::{Priority, Resend};
use crate::failure::{Failure, Fixer, local};
use crate::ids::{MessageId, PullId, Timestamp};
use crate::pull::{Pull, PullView};
use crate::state::MessageState;
use crate::store::{Record, StoreError};
use rusqlite::{Connection, OptionalExtension};
use std::time::Duration;

pub(super) fn set(
    connection: &Connection,
    organisation: &str,
    stand: &str,
    pulls: &[Pull],
    at: Timestamp,
) -> Result<(), StoreError> {
    let known: Vec<(i64, String)> = connection
        .prepare_cached("SELECT id, name FROM pull WHERE organisation = ?1 AND stand = ?2 AND active = 1")
        .and_then(|mut select| select.query_map((organisation, stand), |row| Ok((row.get(0)?, row.get(1)?)))?.collect())
        .map_err(error)?;
    for (id, name) in known {
        if !pulls.iter().any(|pull| pull.name == name) {
            end(connection, id, at)?;
        }
    }
    for pull in pulls {
        let id = put(connection, organisation, stand, pull)?;
        if live(connection, id)?.is_none() {
            begin(connection, id, at, at)?;
        }
    }
    Ok(())
}

/// Stores the settings of a pull. One whose question has changed begins its window anew: a cursor belongs to its question.
fn put(connection: &Connection, organisation: &str, stand: &str, pull: &Pull) -> Result<i64, StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO pull (organisation, stand, name, topic, operation, parameters, interval, overlap, begins, \
             since, active) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9, 1) \
             ON CONFLICT DO UPDATE SET topic = excluded.topic, operation = excluded.operation, \
             parameters = excluded.parameters, interval = excluded.interval, overlap = excluded.overlap, \
             begins = excluded.begins, active = 1, \
             cursor = iif(operation = excluded.operation AND parameters = excluded.parameters, cursor, NULL), \
             until = iif(operation = excluded.operation AND parameters = excluded.parameters, until, NULL) \
             RETURNING id",
        )
        .and_then(|mut insert| {
            insert.query_row(
                rusqlite::params![
                    organisation,
                    stand,
                    pull.name,
                    pull.topic,
                    pull.operation,
                    pull.parameters,
                    millis(pull.interval),
                    millis(pull.overlap),
                    pull.from.0,
                ],
                |row| row.get(0),
            )
        })
        .map_err(error)
        .and_then(|id| {
            retarget(connection, id)?;
            Ok(id)
        })
}

/// A message not built yet asks what the settings say now.
fn retarget(connection: &Connection, pull: i64) -> Result<(), StoreError> {
    let waiting: Option<(i64, String, String, String)> = connection
        .prepare_cached(
            "SELECT message.id, pull.stand, pull.organisation, pull.operation FROM pull \
             JOIN message ON message.pull = pull.id AND message.live = 1 \
             WHERE pull.id = ?1 AND message.state = 'accepted' AND message.lease IS NULL \
             AND (message.operation <> pull.operation OR message.kind <> pull.topic)",
        )
        .and_then(|mut select| {
            select.query_row([pull], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))).optional()
        })
        .map_err(error)?;
    let Some((message, stand, organisation, operation)) = waiting else { return Ok(()) };
    let queue = lanes::queue(connection, &stand, &organisation, &operation)?;
    connection
        .prepare_cached(
            "UPDATE message SET queue = ?2, operation = ?3, kind = (SELECT topic FROM pull WHERE id = ?4) WHERE id = ?1",
        )
        .and_then(|mut update| update.execute((message, queue, operation, pull)))
        .map_err(error)?;
    Ok(())
}

/// Ends a pull: nothing follows what is in flight, and what waits to be built is given up.
fn end(connection: &Connection, pull: i64, at: Timestamp) -> Result<(), StoreError> {
    let text = "the recurring export is not in the settings any more";
    let failure = json(&Failure::local(local::DISCARDED, text, Fixer::Operator))?;
    connection
        .prepare_cached("UPDATE pull SET active = 0 WHERE id = ?1")
        .and_then(|mut update| update.execute([pull]))
        .map_err(error)?;
    connection
        .prepare_cached(
            "UPDATE message SET state = ?2, live = 0, due = ?3, failure = ?4 \
             WHERE pull = ?1 AND live = 1 AND lease IS NULL AND state IN ('accepted', 'prepared')",
        )
        .and_then(|mut update| update.execute((pull, MessageState::Rejected.name(), at.0, failure)))
        .map_err(error)?;
    Ok(())
}

/// The message that carries a pull on.
fn live(connection: &Connection, pull: i64) -> Result<Option<i64>, StoreError> {
    connection
        .prepare_cached("SELECT id FROM message WHERE pull = ?1 AND live = 1")
        .and_then(|mut select| select.query_row([pull], |row| row.get(0)).optional())
        .map_err(error)
}

/// Creates the next message of a pull.
fn begin(connection: &Connection, pull: i64, due: Timestamp, at: Timestamp) -> Result<(), StoreError> {
    let (organisation, stand, topic, operation): (String, String, String, String) = connection
        .prepare_cached("SELECT organisation, stand, topic, operation FROM pull WHERE id = ?1")
        .and_then(|mut select| select.query_row([pull], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))))
        .map_err(error)?;
    let id: i64 = connection
        .prepare_cached("SELECT coalesce(max(id), 0) + 1 FROM message")
        .and_then(|mut select| select.query_row([], |row| row.get(0)))
        .map_err(error)?;
    let place = Placed {
        id,
        batch: None,
        pull: Some(pull),
        organisation: &organisation,
        stand: &stand,
        kind: &topic,
        operation: &operation,
        priority: Priority::Background,
        resend: Resend::Freely,
        bulk: false,
        accepted_at: at,
        due,
    };
    place.insert(connection)
}

/// Takes a pull on with what was recorded of its message.
pub(super) fn advance(connection: &Connection, pull: i64, record: &Record) -> Result<(), StoreError> {
    if let Some(until) = record.until {
        connection
            .prepare_cached("UPDATE pull SET until = ?2 WHERE id = ?1 AND cursor IS NULL")
            .and_then(|mut update| update.execute((pull, until.0)))
            .map_err(error)?;
    }
    if !matches!(record.message.state, MessageState::Done | MessageState::Rejected) {
        return Ok(());
    }
    let (active, interval, until): (bool, i64, Option<i64>) = connection
        .prepare_cached("SELECT active, interval, until FROM pull WHERE id = ?1")
        .and_then(|mut select| select.query_row([pull], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))))
        .map_err(error)?;
    let interval = Duration::from_millis(interval.unsigned_abs());
    let page = record.page.as_ref().filter(|_| record.message.state == MessageState::Done);
    let due = match page.map(|page| &page.next) {
        Some(Some(next)) => {
            connection
                .prepare_cached("UPDATE pull SET cursor = ?2 WHERE id = ?1")
                .and_then(|mut update| update.execute((pull, next)))
                .map_err(error)?;
            record.at
        }
        Some(None) => {
            connection
                .prepare_cached(
                    "UPDATE pull SET since = coalesce(until, since), until = NULL, cursor = NULL, ended_at = ?2, \
                     failure = NULL WHERE id = ?1",
                )
                .and_then(|mut update| update.execute((pull, record.at.0)))
                .map_err(error)?;
            until.map_or(record.at, Timestamp).after(interval).max(record.at)
        }
        None => {
            let failure = record.message.failure.as_ref().map(json).transpose()?;
            connection
                .prepare_cached(
                    "UPDATE pull SET until = NULL, cursor = NULL, ended_at = ?2, failure = ?3 WHERE id = ?1",
                )
                .and_then(|mut update| update.execute((pull, record.at.0, failure)))
                .map_err(error)?;
            record.at.after(interval)
        }
    };
    if active { begin(connection, pull, due, record.at) } else { Ok(()) }
}

pub(super) fn all(connection: &Connection) -> Result<Vec<PullView>, StoreError> {
    let mut select = connection
        .prepare_cached(
            "SELECT pull.id, pull.organisation, pull.stand, name, topic, pull.operation, parameters, interval, overlap, \
             begins, pull.since, cursor, ended_at, pull.failure, message.id, message.due \
             FROM pull LEFT JOIN message ON message.pull = pull.id AND message.live = 1 WHERE active = 1 \
             ORDER BY pull.organisation, pull.stand, name",
        )
        .map_err(error)?;
    let mut rows = select.query([]).map_err(error)?;
    let mut pulls = Vec::new();
    while let Some(row) = rows.next().map_err(error)? {
        let (view, failure) = view(row).map_err(error)?;
        pulls.push(PullView { failure: failure.as_deref().map(parsed).transpose()?, ..view });
    }
    Ok(pulls)
}

/// A row without its failure, which is still text.
fn view(row: &rusqlite::Row<'_>) -> rusqlite::Result<(PullView, Option<String>)> {
    let length = |at: usize| Ok::<_, rusqlite::Error>(Duration::from_millis(row.get::<_, i64>(at)?.unsigned_abs()));
    let moment = |at: usize| Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(at)?.map(Timestamp));
    let pull = Pull {
        organisation: row.get(1)?,
        stand: row.get(2)?,
        name: row.get(3)?,
        topic: row.get(4)?,
        operation: row.get(5)?,
        parameters: row.get(6)?,
        interval: length(7)?,
        overlap: length(8)?,
        from: Timestamp(row.get(9)?),
    };
    let view = PullView {
        id: PullId(row.get(0)?),
        pull,
        since: Timestamp(row.get(10)?),
        cursor: row.get(11)?,
        ended_at: moment(12)?,
        failure: None,
        message: row.get::<_, Option<i64>>(14)?.map(MessageId),
        due: moment(15)?,
    };
    Ok((view, row.get(13)?))
}

#[expect(clippy::needless_pass_by_value, reason = "stands in map_err, which hands over the error")]
fn error(error: rusqlite::Error) -> StoreError {
    sql("working on recurring exports", &error)
}
