//! Claiming: which messages are worked on next.

use super::open::sql;
use super::operate;
use super::views::parsed;
use crate::ids::{Fence, MessageId, Namespace, ObjectId, Timestamp};
use crate::operate::Scope;
use crate::ports::Work;
use crate::pull::Window;
use crate::state::{Carried, Message};
use crate::store::{Awaiting, Claimed, Claims, StoreError};
use rusqlite::{Connection, OptionalExtension};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::time::Duration;

/// Priorities as they stand on disk.
const RANKS: std::ops::Range<u8> = 0..3;

/// A message that may be claimed, in the order of its queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Candidate {
    priority: u8,
    due: i64,
    id: i64,
}

pub(super) fn claim_due(
    connection: &Connection,
    claims: &Claims,
    namespace: Namespace,
) -> Result<Vec<Claimed>, StoreError> {
    operate::forget(connection, claims.now)?;
    let mut closed: Vec<Scope> = operate::pauses(connection)?.into_iter().map(|pause| pause.scope).collect();
    closed.extend(claims.closed.iter().cloned());
    // Of each queue the first waits in the heap; whoever is taken is followed by the next of his queue, one round later.
    let mut heads = BinaryHeap::new();
    let mut lapsed = lapsed(connection, claims.now)?;
    for (queue, scope) in queues(connection)? {
        if closed.iter().any(|closed| closed.covers(&scope)) {
            continue;
        }
        for candidate in lapsed.remove(&queue).unwrap_or_default() {
            heads.push(Reverse((0_u64, candidate, None)));
        }
        if let Some(head) = ready(connection, queue, None, claims.now)? {
            heads.push(Reverse((0_u64, head, Some(queue))));
        }
    }
    let mut claimed = Vec::new();
    while claimed.len() < claims.limit {
        let Some(Reverse((round, taken, queue))) = heads.pop() else { break };
        if let Some(queue) = queue
            && let Some(next) = ready(connection, queue, Some(taken), claims.now)?
        {
            heads.push(Reverse((round + 1, next, Some(queue))));
        }
        claimed.push(claim(connection, MessageId(taken.id), claims.lease, namespace)?);
    }
    Ok(claimed)
}

fn queues(connection: &Connection) -> Result<Vec<(i64, Scope)>, StoreError> {
    connection
        .prepare_cached("SELECT id, stand, organisation, service FROM queue")
        .and_then(|mut select| {
            select
                .query_map([], |row| {
                    let part = |at: usize| row.get::<_, String>(at);
                    Ok((row.get(0)?, Scope::queue(&part(1)?, &part(2)?, &part(3)?)))
                })?
                .collect()
        })
        .map_err(error)
}

/// The first message of a queue behind `after` that nobody works on.
fn ready(
    connection: &Connection,
    queue: i64,
    after: Option<Candidate>,
    now: Timestamp,
) -> Result<Option<Candidate>, StoreError> {
    let mut select = connection
        .prepare_cached(
            "SELECT due, id FROM message WHERE queue = ?1 AND priority = ?2 AND live = 1 AND blocked = 0 \
             AND awaiting = 0 AND lease IS NULL AND due <= ?3 AND (due, id) > (?4, ?5) ORDER BY due, id LIMIT 1",
        )
        .map_err(error)?;
    for priority in RANKS.skip_while(|rank| after.is_some_and(|after| *rank < after.priority)) {
        let after = after.filter(|after| after.priority == priority).map_or((i64::MIN, i64::MIN), |a| (a.due, a.id));
        let found = select
            .query_row((queue, priority, now.0, after.0, after.1), |row| {
                Ok(Candidate { priority, due: row.get(0)?, id: row.get(1)? })
            })
            .optional()
            .map_err(error)?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

/// Messages whose worker has let its lease run out, by queue; never many, as few are worked on at a time.
fn lapsed(connection: &Connection, now: Timestamp) -> Result<BTreeMap<i64, Vec<Candidate>>, StoreError> {
    let mut select = connection
        .prepare_cached(
            "SELECT queue, priority, due, id FROM message INDEXED BY message_lease \
             WHERE lease IS NOT NULL AND lease <= ?1 AND live = 1 AND blocked = 0 AND awaiting = 0 AND due <= ?1",
        )
        .map_err(error)?;
    let mut rows = select.query([now.0]).map_err(error)?;
    let mut lapsed = BTreeMap::<i64, Vec<Candidate>>::new();
    while let Some(row) = rows.next().map_err(error)? {
        let read = || Ok(Candidate { priority: row.get(1)?, due: row.get(2)?, id: row.get(3)? });
        lapsed.entry(row.get(0).map_err(error)?).or_default().push(read().map_err(error)?);
    }
    Ok(lapsed)
}

pub(super) fn claim_parked(
    connection: &Connection,
    message: MessageId,
    lease: Timestamp,
    namespace: Namespace,
) -> Result<Option<Claimed>, StoreError> {
    let found: Option<(String, bool)> = connection
        .query_row("SELECT state, lease IS NOT NULL FROM message WHERE id = ?1", [message.0], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()
        .map_err(error)?;
    match found {
        None => Err(StoreError::NotFound { what: "message", id: message.0 }),
        Some((state, false)) if state == "parked" => claim(connection, message, lease, namespace).map(Some),
        Some(_) => Ok(None),
    }
}

fn claim(
    connection: &Connection,
    id: MessageId,
    lease: Timestamp,
    namespace: Namespace,
) -> Result<Claimed, StoreError> {
    connection
        .prepare_cached("UPDATE message SET fence = fence + 1, lease = ?2 WHERE id = ?1")
        .and_then(|mut update| update.execute((id.0, lease.0)))
        .map_err(error)?;
    let objects = carried(connection, id)?;
    let mut select = connection
        .prepare_cached(
            "SELECT fence, resend, state, due, since, build, built_at, attempts, polls, left_by, ack, acked_at, lookup, \
             failure, organisation, stand, kind, operation, pull FROM message WHERE id = ?1",
        )
        .map_err(error)?;
    let moment = |value: Option<i64>| value.map(Timestamp);
    let (fence, names, lookup, failure, pull, mut message, mut work) = select
        .query_row([id.0], |row| {
            let build = row.get(5)?;
            let pull: Option<i64> = row.get(18)?;
            let message = Message {
                id,
                // These two are read below, where their names can be checked.
                resend: crate::Resend::Never,
                state: crate::state::MessageState::Parked,
                recurring: pull.is_some(),
                due: Timestamp(row.get(3)?),
                since: Timestamp(row.get(4)?),
                build,
                built_at: moment(row.get(6)?),
                attempts: row.get(7)?,
                polls: row.get(8)?,
                left_by: moment(row.get(9)?),
                ack: row.get(10)?,
                acked_at: moment(row.get(11)?),
                lookup: None,
                failure: None,
                objects,
            };
            let work = Work {
                message: id,
                organisation: row.get(14)?,
                stand: row.get(15)?,
                kind: row.get(16)?,
                operation: row.get(17)?,
                message_guid: namespace.message_guid(id, build),
                window: None,
                deadline: Timestamp(row.get(3)?),
            };
            let text = |at: usize| row.get::<_, String>(at);
            let optional = |at: usize| row.get::<_, Option<String>>(at);
            Ok((row.get(0)?, (text(1)?, text(2)?), optional(12)?, optional(13)?, pull, message, work))
        })
        .map_err(error)?;
    message.resend = parsed(&format!("\"{}\"", names.0))?;
    message.state = parsed(&format!("\"{}\"", names.1))?;
    message.lookup = lookup.as_deref().map(parsed).transpose()?;
    message.failure = failure.as_deref().map(parsed).transpose()?;
    work.window = pull.map(|pull| window(connection, pull)).transpose()?;
    Ok(Claimed { fence: Fence(fence), message, work, namespace })
}

fn window(connection: &Connection, pull: i64) -> Result<Window, StoreError> {
    connection
        .prepare_cached("SELECT name, topic, parameters, since, overlap, until, cursor FROM pull WHERE id = ?1")
        .and_then(|mut select| {
            select.query_row([pull], |row| {
                let (since, overlap): (i64, i64) = (row.get(3)?, row.get(4)?);
                Ok(Window {
                    name: row.get(0)?,
                    topic: row.get(1)?,
                    parameters: row.get(2)?,
                    since: Timestamp(since.saturating_sub(overlap)),
                    until: row.get::<_, Option<i64>>(5)?.map(Timestamp),
                    cursor: row.get(6)?,
                })
            })
        })
        .map_err(error)
}

fn carried(connection: &Connection, id: MessageId) -> Result<Vec<Carried>, StoreError> {
    let mut select = connection
        .prepare_cached("SELECT object, fate FROM message_object WHERE message = ?1 ORDER BY position")
        .map_err(error)?;
    let mut rows = select.query([id.0]).map_err(error)?;
    let mut objects = Vec::new();
    while let Some(row) = rows.next().map_err(error)? {
        let fate: String = row.get(1).map_err(error)?;
        objects.push(Carried { id: ObjectId(row.get(0).map_err(error)?), fate: parsed(&fate)? });
    }
    Ok(objects)
}

pub(super) fn recover(connection: &Connection) -> Result<u64, StoreError> {
    // The fence moves too: whoever still held a claim is late from now on.
    connection
        .execute("UPDATE message SET lease = NULL, fence = fence + 1 WHERE lease IS NOT NULL", [])
        .map(|ended| u64::try_from(ended).unwrap_or(u64::MAX))
        .map_err(error)
}

pub(super) fn next_due(connection: &Connection) -> Result<Option<Timestamp>, StoreError> {
    let pauses = operate::pauses(connection)?;
    let claimed = claimed(connection)?;
    let mut next: Option<i64> = None;
    for (queue, scope) in queues(connection)? {
        let mut paused = pauses.iter().filter(|pause| pause.scope.covers(&scope)).map(|pause| pause.until);
        // A pause without an end is ended by a person, who wakes the engine.
        let Some(wakes) = paused.try_fold(i64::MIN, |latest, until| until.map(|at| latest.max(at.0))) else { continue };
        let mut due = claimed.get(&queue).copied();
        for priority in RANKS {
            due = due.into_iter().chain(first(connection, queue, priority)?).min();
        }
        due = due.into_iter().chain(asked(connection, queue)?).min();
        next = next.into_iter().chain(due.map(|due| due.max(wakes))).min();
    }
    Ok(next.map(Timestamp))
}

/// As [`next_due`], without recurring exports that wait for their next run.
pub(super) fn unfinished(connection: &Connection, now: Timestamp) -> Result<bool, StoreError> {
    let pauses = operate::pauses(connection)?;
    let mut exists = connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM message WHERE queue = ?1 AND priority < ?2 AND live = 1 AND blocked = 0 \
             AND awaiting = 0 AND lease IS NULL) \
             OR EXISTS (SELECT 1 FROM message WHERE queue = ?1 AND priority = ?2 AND live = 1 AND blocked = 0 \
             AND awaiting = 0 AND lease IS NULL AND (pull IS NULL OR state <> 'accepted' OR due <= ?3)) \
             OR EXISTS (SELECT 1 FROM message WHERE queue = ?1 AND awaiting = 1) \
             OR EXISTS (SELECT 1 FROM message INDEXED BY message_lease WHERE lease IS NOT NULL AND queue = ?1 AND live = 1)",
        )
        .map_err(error)?;
    for (queue, scope) in queues(connection)? {
        let paused = |pause: &crate::operate::Pause| pause.until.is_none() && pause.scope.covers(&scope);
        let background = crate::batch::Priority::Background.rank();
        if !pauses.iter().any(paused)
            && exists.query_row((queue, background, now.0), |row| row.get(0)).map_err(error)?
        {
            return Ok(true);
        }
    }
    Ok(false)
}

fn first(connection: &Connection, queue: i64, priority: u8) -> Result<Option<i64>, StoreError> {
    connection
        .prepare_cached(
            "SELECT due FROM message WHERE queue = ?1 AND priority = ?2 AND live = 1 AND blocked = 0 AND awaiting = 0 \
             AND lease IS NULL ORDER BY due, id LIMIT 1",
        )
        .and_then(|mut select| select.query_row((queue, priority), |row| row.get(0)).optional())
        .map_err(error)
}

fn asked(connection: &Connection, queue: i64) -> Result<Option<i64>, StoreError> {
    connection
        .prepare_cached(
            "SELECT max(due, coalesce(lease, due)) FROM message WHERE queue = ?1 AND awaiting = 1 ORDER BY due, id LIMIT 1",
        )
        .and_then(|mut select| select.query_row([queue], |row| row.get(0)).optional())
        .map_err(error)
}

/// When the first of each queue's claims runs out.
fn claimed(connection: &Connection) -> Result<BTreeMap<i64, i64>, StoreError> {
    connection
        .prepare_cached(
            "SELECT queue, min(max(due, lease)) FROM message INDEXED BY message_lease \
             WHERE lease IS NOT NULL AND live = 1 AND blocked = 0 AND awaiting = 0 GROUP BY queue",
        )
        .and_then(|mut select| select.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect())
        .map_err(error)
}

pub(super) fn awaiting(
    connection: &Connection,
    now: Timestamp,
    closed: &[Scope],
    limit: usize,
) -> Result<Vec<Awaiting>, StoreError> {
    let paused = operate::pauses(connection)?;
    let paused = paused.iter().filter(|pause| pause.until.is_none_or(|until| until > now)).map(|pause| &pause.scope);
    let closed: Vec<&Scope> = paused.chain(closed).collect();
    let mut select = connection
        .prepare_cached(
            "SELECT id, ack, polls FROM message WHERE queue = ?1 AND awaiting = 1 AND due <= ?2 \
             AND (lease IS NULL OR lease <= ?2) AND ack IS NOT NULL ORDER BY due, id LIMIT ?3",
        )
        .map_err(error)?;
    let mut all = Vec::new();
    for (queue, scope) in queues(connection)? {
        if closed.iter().any(|closed| closed.covers(&scope)) {
            continue;
        }
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let messages: Vec<_> = select
            .query_map((queue, now.0, limit), |row| Ok((MessageId(row.get(0)?), row.get(1)?, row.get(2)?)))
            .and_then(Iterator::collect)
            .map_err(error)?;
        if !messages.is_empty() {
            all.push(Awaiting { scope, messages });
        }
    }
    Ok(all)
}

pub(super) fn told(
    connection: &Connection,
    finished: &[MessageId],
    unfinished: &[(MessageId, Timestamp)],
    at: Timestamp,
) -> Result<(), StoreError> {
    let mut done = connection
        .prepare_cached(
            "UPDATE message SET awaiting = 0, due = ?2 WHERE id = ?1 AND awaiting = 1 \
             AND (lease IS NULL OR lease <= ?2)",
        )
        .map_err(error)?;
    for message in finished {
        done.execute((message.0, at.0)).map_err(error)?;
    }
    let mut later = connection
        .prepare_cached(
            "UPDATE message SET polls = polls + 1, due = ?2 WHERE id = ?1 AND awaiting = 1 \
             AND (lease IS NULL OR lease <= ?3)",
        )
        .map_err(error)?;
    for (message, due) in unfinished {
        later.execute((message.0, due.0, at.0)).map_err(error)?;
    }
    Ok(())
}

/// A length of time as it stands on disk, in milliseconds.
pub(super) fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[expect(clippy::needless_pass_by_value, reason = "stands in map_err, which hands over the error")]
fn error(error: rusqlite::Error) -> StoreError {
    sql("looking for work", &error)
}
