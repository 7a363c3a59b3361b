//! Recurring exports: their settings, and how each run leads to the next.

use super::order::Order;
use super::queues::Queues;
use super::record::Decision;
use super::session::{Session, column};
use super::trouble::Trouble;
use crate::batch::{Priority, Resend};
use crate::failure::{Failure, Fixer, local};
use crate::ids::{MessageId, PullId, Timestamp};
use crate::operate::service;
use crate::pull::{Pull, PullView};
use crate::state::MessageState;
use std::time::Duration;

const DOING: &str = "working on recurring exports";

/// The settings of one organisation on one stand.
#[derive(Debug)]
pub(super) struct Settings {
    pub(super) organisation: String,
    pub(super) stand: String,
    pub(super) pulls: Vec<Pull>,
    pub(super) at: Timestamp,
}

pub(super) async fn set(
    session: &Session,
    settings: &Settings,
    order: &mut Order,
    queues: &mut Queues,
) -> Result<(), Trouble> {
    let (organisation, stand, at) = (&settings.organisation, &settings.stand, settings.at);
    let known = "SELECT id, name FROM pull WHERE organisation = $1 AND stand = $2 AND active";
    for row in session.rows(DOING, known, &[organisation, stand]).await? {
        let name: &str = column(&row, 1)?;
        if !settings.pulls.iter().any(|pull| pull.name == name) {
            end(session, column(&row, 0)?, at).await?;
        }
    }
    let wanted = settings.pulls.iter().map(|pull| (stand.as_str(), organisation.as_str(), service(&pull.operation)));
    queues.learn(session, wanted).await?;
    for pull in &settings.pulls {
        let queue = queues.id((stand, organisation, service(&pull.operation)))?;
        let id = put(session, settings, pull, queue).await?;
        let live = session.row(DOING, "SELECT 1 FROM message WHERE pull = $1 AND live", &[&id]).await?;
        if live.is_none() {
            begin(session, Next { pull: id, queue, due: at, at }, order).await?;
        }
    }
    Ok(())
}

/// Stores the settings of a pull. One whose question has changed begins its window anew: a cursor belongs to its question. A
/// message not built yet asks what the settings say now.
async fn put(session: &Session, settings: &Settings, pull: &Pull, queue: i64) -> Result<i64, Trouble> {
    let upsert = "INSERT INTO pull AS known (organisation, stand, name, topic, operation, parameters, every, overlap, begins, \
                  since, active) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, true) \
                  ON CONFLICT (organisation, stand, name) DO UPDATE SET topic = excluded.topic, operation = excluded.operation, \
                  parameters = excluded.parameters, every = excluded.every, overlap = excluded.overlap, \
                  begins = excluded.begins, active = true, \
                  cursor = CASE WHEN known.operation = excluded.operation AND known.parameters = excluded.parameters \
                      THEN known.cursor END, \
                  until = CASE WHEN known.operation = excluded.operation AND known.parameters = excluded.parameters \
                      THEN known.until END \
                  RETURNING id";
    let (every, overlap) = (millis(pull.interval), millis(pull.overlap));
    let row = session
        .row(
            DOING,
            upsert,
            &[
                &settings.organisation,
                &settings.stand,
                &pull.name,
                &pull.topic,
                &pull.operation,
                &pull.parameters,
                &every,
                &overlap,
                &pull.from.0,
            ],
        )
        .await?;
    let id: i64 = row.as_ref().map_or(Ok(0), |row| column(row, 0))?;
    let retarget = "UPDATE message SET queue = $2, operation = $3, kind = $4 \
                    WHERE pull = $1 AND live AND state = 'accepted' AND lease_until IS NULL \
                    AND (operation <> $3 OR kind <> $4)";
    session.write(DOING, retarget, &[&id, &queue, &pull.operation, &pull.topic]).await?;
    Ok(id)
}

/// Ends a pull: nothing follows what is in flight, and what waits to be built is given up.
async fn end(session: &Session, pull: i64, at: Timestamp) -> Result<(), Trouble> {
    let text = "the recurring export is not in the settings any more";
    let failure = super::json(&Failure::local(local::DISCARDED, text, Fixer::Operator))?;
    session.write(DOING, "UPDATE pull SET active = false WHERE id = $1", &[&pull]).await?;
    let give_up = "UPDATE message SET state = $2, live = false, due = $3, failure = $4 \
                   WHERE pull = $1 AND live AND lease_until IS NULL AND state IN ('accepted', 'prepared')";
    session.write(DOING, give_up, &[&pull, &MessageState::Rejected.name(), &at.0, &failure]).await?;
    Ok(())
}

/// The next message of a pull.
struct Next {
    pull: i64,
    queue: i64,
    due: Timestamp,
    at: Timestamp,
}

async fn begin(session: &Session, next: Next, order: &mut Order) -> Result<(), Trouble> {
    let insert = "INSERT INTO message (id, pull, queue, kind, operation, priority, resend, bulk, laned, accepted_at, state, live, \
                  blocked, awaiting, due, since, build, attempts, polls, fence) \
                  SELECT $1, id, $3, topic, operation, $4, $5, false, false, $6, $7, true, false, false, $8, $6, 0, 0, 0, 0 \
                  FROM pull WHERE id = $2";
    let (id, priority) = (order.messages(1), i64::from(Priority::Background.rank()));
    let (resend, state) = (super::intake::resend(Resend::Freely), MessageState::Accepted.name());
    let Next { pull, queue, due, at } = next;
    session.write(DOING, insert, &[&id, &pull, &queue, &priority, &resend, &at.0, &state, &due.0]).await?;
    Ok(())
}

/// Takes a pull on with what was recorded of its message. True when another message follows.
pub(super) async fn go_on(
    session: &Session,
    decision: &Decision,
    order: &mut Order,
    queues: &mut Queues,
) -> Result<bool, Trouble> {
    let record = &decision.record;
    let Some(pull) = decision.known.pull else { return Ok(false) };
    if let Some(until) = record.until {
        let sql = "UPDATE pull SET until = $2 WHERE id = $1 AND cursor IS NULL";
        session.write(DOING, sql, &[&pull, &until.0]).await?;
    }
    if !decision.ends() {
        return Ok(false);
    }
    let read = "SELECT active, every, until, stand, organisation, operation FROM pull WHERE id = $1";
    let Some(row) = session.row(DOING, read, &[&pull]).await? else { return Ok(false) };
    let (active, every): (bool, i64) = (column(&row, 0)?, column(&row, 1)?);
    let (until, every) = (column::<Option<i64>>(&row, 2)?, Duration::from_millis(every.unsigned_abs()));
    let page = record.page.as_ref().filter(|_| record.message.state == MessageState::Done);
    let due = match page.map(|page| &page.next) {
        Some(Some(next)) => {
            session.write(DOING, "UPDATE pull SET cursor = $2 WHERE id = $1", &[&pull, next]).await?;
            record.at
        }
        Some(None) => {
            let sql = "UPDATE pull SET since = coalesce(until, since), until = NULL, cursor = NULL, ended_at = $2, \
                       failure = NULL WHERE id = $1";
            session.write(DOING, sql, &[&pull, &record.at.0]).await?;
            until.map_or(record.at, Timestamp).after(every).max(record.at)
        }
        None => {
            let failure = record.message.failure.as_ref().map(super::json).transpose()?;
            let sql = "UPDATE pull SET until = NULL, cursor = NULL, ended_at = $2, failure = $3 WHERE id = $1";
            session.write(DOING, sql, &[&pull, &record.at.0, &failure]).await?;
            record.at.after(every)
        }
    };
    if active {
        let (stand, organisation, operation): (&str, &str, &str) =
            (column(&row, 3)?, column(&row, 4)?, column(&row, 5)?);
        let queue = (stand, organisation, service(operation));
        queues.learn(session, std::iter::once(queue)).await?;
        begin(session, Next { pull, queue: queues.id(queue)?, due, at: record.at }, order).await?;
    }
    Ok(active)
}

pub(super) async fn all(session: &Session) -> Result<Vec<PullView>, Trouble> {
    let sql = "SELECT pull.id, pull.organisation, pull.stand, name, topic, pull.operation, parameters, every, overlap, begins, \
               pull.since, cursor, ended_at, pull.failure, message.id, message.due \
               FROM pull LEFT JOIN message ON message.pull = pull.id AND message.live WHERE active \
               ORDER BY pull.organisation, pull.stand, name";
    (session.rows("reading recurring exports", sql, &[]).await?.iter())
        .map(|row| {
            let length = |at| Ok::<_, Trouble>(Duration::from_millis(column::<i64>(row, at)?.unsigned_abs()));
            let pull = Pull {
                organisation: column(row, 1)?,
                stand: column(row, 2)?,
                name: column(row, 3)?,
                topic: column(row, 4)?,
                operation: column(row, 5)?,
                parameters: column(row, 6)?,
                interval: length(7)?,
                overlap: length(8)?,
                from: Timestamp(column(row, 9)?),
            };
            let failure: Option<&str> = column(row, 13)?;
            Ok(PullView {
                id: PullId(column(row, 0)?),
                pull,
                since: Timestamp(column(row, 10)?),
                cursor: column(row, 11)?,
                ended_at: column::<Option<i64>>(row, 12)?.map(Timestamp),
                failure: failure.map(super::parsed).transpose()?,
                message: column::<Option<i64>>(row, 14)?.map(MessageId),
                due: column::<Option<i64>>(row, 15)?.map(Timestamp),
            })
        })
        .collect()
}

fn millis(length: Duration) -> i64 {
    i64::try_from(length.as_millis()).unwrap_or(i64::MAX)
}
