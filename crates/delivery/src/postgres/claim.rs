//! Claiming: which messages are worked on next, by whichever node asks first.

use super::operate;
use super::record::Known;
use super::session::{Parameter, Session, column, limit, small};
use super::trouble::Trouble;
use crate::ids::{Fence, MessageId, Namespace, ObjectId, Timestamp};
use crate::operate::Scope;
use crate::ports::Work;
use crate::pull::Window;
use crate::state::{Carried, Message};
use crate::store::{Awaiting, Claimed, Claims, StoreError};
use tokio_postgres::Row;

const DOING: &str = "looking for work";

/// Queues that are neither paused at $1 nor closed ($2 stands, $3 organisations, $4 services; none means all).
macro_rules! open {
    () => {
        "SELECT queue.id, queue.stand, queue.organisation, queue.service FROM queue \
         WHERE NOT EXISTS (SELECT 1 FROM pause WHERE (until IS NULL OR until > $1) \
             AND (pause.stand IS NULL OR pause.stand = queue.stand) \
             AND (pause.organisation IS NULL OR pause.organisation = queue.organisation) \
             AND (pause.service IS NULL OR pause.service = queue.service)) \
         AND NOT EXISTS (SELECT 1 FROM unnest($2::text[], $3::text[], $4::text[]) AS closed (stand, organisation, service) \
             WHERE (closed.stand IS NULL OR closed.stand = queue.stand) \
             AND (closed.organisation IS NULL OR closed.organisation = queue.organisation) \
             AND (closed.service IS NULL OR closed.service = queue.service))"
    };
}

/// What a claim gives of a message, once it is updated; `pull` joined.
macro_rules! claimed {
    () => {
        "message.id, message.fence, message.resend, message.state, message.due, message.since, message.build, \
         message.built_at, message.attempts, message.polls, message.left_by, message.ack, message.acked_at, message.lookup, \
         message.failure, message.kind, message.operation, message.accepted_at, message.laned, message.pull, \
         queue.stand, queue.organisation, pull.name, pull.topic, pull.parameters, pull.since, pull.overlap, pull.until, \
         pull.cursor, \
         ARRAY (SELECT object FROM message_object WHERE message_object.message = message.id ORDER BY position), \
         ARRAY (SELECT fate FROM message_object WHERE message_object.message = message.id ORDER BY position)"
    };
}

/// Takes what is due: the heads of all queues in turn, so that none starves another. Whoever finds a row taken by another node
/// at this moment takes the next.
pub(super) const CLAIM: &str = concat!(
    "WITH open AS (",
    open!(),
    "), free AS ( \
        SELECT first.id, first.queue, first.priority, first.due, false AS lapsed \
        FROM open CROSS JOIN (VALUES (0), (1), (2)) AS rank (priority) CROSS JOIN LATERAL ( \
            SELECT id, queue, priority, due FROM message WHERE message.queue = open.id AND priority = rank.priority AND due <= $1 \
            AND live AND NOT blocked AND NOT awaiting AND lease_until IS NULL ORDER BY due, id LIMIT 4 * $5::bigint) AS first \
        UNION ALL \
        SELECT message.id, queue, priority, due, true FROM message JOIN open ON open.id = message.queue \
        WHERE lease_until <= statement_timestamp() AND due <= $1 AND live AND NOT blocked AND NOT awaiting \
    ), ranked AS ( \
        SELECT id, priority, due, CASE WHEN lapsed THEN 1 \
            ELSE row_number() OVER (PARTITION BY queue, lapsed ORDER BY priority, due, id) END AS turn FROM free \
    ), candidate AS ( \
        SELECT id, turn, priority, due FROM ranked ORDER BY turn, priority, due, id LIMIT 4 * $5::bigint \
    ), taken AS ( \
        SELECT message.id, row_number() OVER () AS place FROM ( \
            SELECT message.id FROM candidate JOIN message ON message.id = candidate.id \
            WHERE message.live AND NOT message.blocked AND NOT message.awaiting AND message.due <= $1 \
            AND (message.lease_until IS NULL OR message.lease_until <= statement_timestamp()) \
            ORDER BY candidate.turn, candidate.priority, candidate.due, candidate.id LIMIT $5::bigint \
            FOR UPDATE OF message SKIP LOCKED) AS message \
    ), updated AS ( \
        UPDATE message SET fence = fence + 1, node = $6, lease = $7, \
            lease_until = statement_timestamp() + $8::bigint * interval '1 millisecond' \
        FROM taken WHERE message.id = taken.id RETURNING message.*, taken.place) \
    SELECT ",
    claimed!(),
    " FROM updated AS message JOIN queue ON queue.id = message.queue LEFT JOIN pull ON pull.id = message.pull \
    ORDER BY message.place"
);

/// Takes one parked message.
const PARKED: &str = concat!(
    "WITH updated AS ( \
        UPDATE message SET fence = fence + 1, node = $2, lease = $3, \
            lease_until = statement_timestamp() + $4::bigint * interval '1 millisecond' \
        WHERE id = $1 AND state = 'parked' AND (lease_until IS NULL OR lease_until <= statement_timestamp()) \
        RETURNING message.*) \
    SELECT ",
    claimed!(),
    " FROM updated AS message JOIN queue ON queue.id = message.queue LEFT JOIN pull ON pull.id = message.pull"
);

/// Milliseconds by the database's clock.
pub(super) const NOW: &str = "SELECT (extract(epoch FROM statement_timestamp()) * 1000)::bigint";

/// What was claimed, and how far the caller's clock is ahead of the database's.
#[derive(Debug)]
pub(super) struct Taken {
    pub(super) claimed: Vec<(Claimed, Known)>,
    pub(super) ahead: i64,
}

fn columns(closed: &[Scope]) -> [Vec<Option<&str>>; 3] {
    [
        closed.iter().map(|scope| scope.stand.as_deref()).collect(),
        closed.iter().map(|scope| scope.organisation.as_deref()).collect(),
        closed.iter().map(|scope| scope.service.as_deref()).collect(),
    ]
}

pub(super) async fn due(
    session: &Session,
    claims: &Claims,
    node: &str,
    namespace: Namespace,
) -> Result<Taken, Trouble> {
    let [stands, organisations, services] = columns(&claims.closed);
    let now = claims.now.0;
    let length = i64::try_from(claims.lease.since(claims.now).as_millis()).unwrap_or(i64::MAX);
    // As many as a machine could ever work on; four times as many are looked at.
    let most = limit(claims.limit.min(10_000));
    let wanted: [Parameter<'_>; 8] = [&now, &stands, &organisations, &services, &most, &node, &claims.lease.0, &length];
    let (ended, clock, rows) = tokio::join!(
        biased;
        operate::forget(session, claims.now),
        session.row(DOING, NOW, &[]),
        session.rows(DOING, CLAIM, &wanted),
    );
    ended?;
    let database: i64 = clock?.as_ref().map_or(Ok(now), |row| column(row, 0))?;
    let claimed = rows?.iter().map(|row| claimed(row, namespace)).collect::<Result<_, _>>()?;
    Ok(Taken { claimed, ahead: now.saturating_sub(database) })
}

pub(super) async fn parked(
    session: &Session,
    message: MessageId,
    lease: Timestamp,
    ahead: i64,
    node: &str,
    namespace: Namespace,
) -> Result<Option<(Claimed, Known)>, Trouble> {
    let clock = session.row(DOING, NOW, &[]).await?;
    let database: i64 = clock.as_ref().map_or(Ok(0), |row| column(row, 0))?;
    let length = lease.0.saturating_sub(database.saturating_add(ahead)).max(0);
    if let Some(row) = session.row(DOING, PARKED, &[&message.0, &node, &lease.0, &length]).await? {
        return Ok(Some(claimed(&row, namespace)?));
    }
    match session.row(DOING, "SELECT 1 FROM message WHERE id = $1", &[&message.0]).await? {
        Some(_) => Ok(None),
        None => Err(StoreError::NotFound { what: "message", id: message.0 }.into()),
    }
}

fn claimed(row: &Row, namespace: Namespace) -> Result<(Claimed, Known), Trouble> {
    let id = MessageId(column(row, 0)?);
    let moment = |at| Ok::<_, Trouble>(column::<Option<i64>>(row, at)?.map(Timestamp));
    let (lookup, failure): (Option<&str>, Option<&str>) = (column(row, 13)?, column(row, 14)?);
    let (objects, fates): (Vec<i64>, Vec<&str>) = (column(row, 29)?, column(row, 30)?);
    let objects = (objects.into_iter().zip(fates))
        .map(|(object, fate)| Ok(Carried { id: ObjectId(object), fate: super::parsed(fate)? }))
        .collect::<Result<_, StoreError>>()?;
    let pull: Option<i64> = column(row, 19)?;
    let message = Message {
        id,
        resend: super::named(column(row, 2)?)?,
        recurring: pull.is_some(),
        state: super::named(column(row, 3)?)?,
        due: Timestamp(column(row, 4)?),
        since: Timestamp(column(row, 5)?),
        build: small(row, 6)?,
        built_at: moment(7)?,
        attempts: small(row, 8)?,
        polls: small(row, 9)?,
        left_by: moment(10)?,
        ack: column(row, 11)?,
        acked_at: moment(12)?,
        lookup: lookup.map(super::parsed).transpose()?,
        failure: failure.map(super::parsed).transpose()?,
        objects,
    };
    let known = Known {
        stand: column(row, 20)?,
        organisation: column(row, 21)?,
        kind: column(row, 15)?,
        operation: column(row, 16)?,
        accepted: Timestamp(column(row, 17)?),
        laned: column(row, 18)?,
        pull,
    };
    let work = Work {
        message: id,
        organisation: known.organisation.clone(),
        stand: known.stand.clone(),
        kind: known.kind.clone(),
        operation: known.operation.clone(),
        message_guid: namespace.message_guid(id, message.build),
        window: pull.is_some().then(|| window(row)).transpose()?,
        deadline: message.due,
    };
    Ok((Claimed { fence: Fence(column(row, 1)?), message, work, namespace }, known))
}

fn window(row: &Row) -> Result<Window, Trouble> {
    let (since, overlap): (i64, i64) = (column(row, 25)?, column(row, 26)?);
    Ok(Window {
        name: column(row, 22)?,
        topic: column(row, 23)?,
        parameters: column(row, 24)?,
        since: Timestamp(since.saturating_sub(overlap)),
        until: column::<Option<i64>>(row, 27)?.map(Timestamp),
        cursor: column(row, 28)?,
    })
}

/// What does not change of a message that was claimed before this process remembers.
pub(super) async fn known(session: &Session, message: MessageId) -> Result<Known, Trouble> {
    let sql = "SELECT queue.stand, queue.organisation, kind, operation, accepted_at, laned, pull FROM message \
               JOIN queue ON queue.id = message.queue WHERE message.id = $1";
    let row = session.row("reading a message", sql, &[&message.0]).await?;
    let row = row.ok_or(StoreError::NotFound { what: "message", id: message.0 })?;
    Ok(Known {
        stand: column(&row, 0)?,
        organisation: column(&row, 1)?,
        kind: column(&row, 2)?,
        operation: column(&row, 3)?,
        accepted: Timestamp(column(&row, 4)?),
        laned: column(&row, 5)?,
        pull: column(&row, 6)?,
    })
}

/// Ends the claims of a node. The fence moves too: whoever still held a claim is late from now on.
pub(super) async fn recover(session: &Session, node: &str) -> Result<u64, Trouble> {
    let sql = "UPDATE message SET lease = NULL, lease_until = NULL, node = NULL, fence = fence + 1 \
               WHERE lease_until IS NOT NULL AND node = $1";
    session.write("ending claims", sql, &[&node]).await
}

/// When there is something to do, by the clock that is so far ahead of the database's. A lease ends when both clocks say so.
pub(super) async fn next(session: &Session, ahead: i64) -> Result<Option<Timestamp>, Trouble> {
    let sql = "SELECT min(greatest(next.due, held.until)) FROM queue \
        CROSS JOIN LATERAL (SELECT max(until) AS until, coalesce(bool_or(until IS NULL), false) AS forever FROM pause \
            WHERE (pause.stand IS NULL OR pause.stand = queue.stand) \
            AND (pause.organisation IS NULL OR pause.organisation = queue.organisation) \
            AND (pause.service IS NULL OR pause.service = queue.service)) AS held \
        CROSS JOIN LATERAL (SELECT min(due) AS due FROM ( \
            SELECT (SELECT due FROM message WHERE message.queue = queue.id AND priority = rank.priority AND live AND NOT blocked \
                AND NOT awaiting AND lease_until IS NULL ORDER BY due, id LIMIT 1) AS due \
            FROM (VALUES (0), (1), (2)) AS rank (priority) \
            UNION ALL \
            (SELECT due FROM message WHERE message.queue = queue.id AND awaiting AND lease_until IS NULL ORDER BY due, id LIMIT 1) \
            UNION ALL \
            SELECT greatest(due, lease, (extract(epoch FROM lease_until) * 1000)::bigint + $1) FROM message \
            WHERE message.queue = queue.id AND lease_until IS NOT NULL AND live AND NOT blocked) AS first) AS next \
        WHERE NOT held.forever AND next.due IS NOT NULL";
    let row = session.row(DOING, sql, &[&ahead]).await?;
    let due: Option<i64> = row.as_ref().map_or(Ok(None), |row| column(row, 0))?;
    Ok(due.map(Timestamp))
}

/// Will anything but the next run of a recurring export become due by itself?
pub(super) async fn unfinished(session: &Session, now: Timestamp) -> Result<bool, Trouble> {
    let sql = "SELECT EXISTS (SELECT 1 FROM queue \
        WHERE NOT EXISTS (SELECT 1 FROM pause WHERE until IS NULL \
            AND (pause.stand IS NULL OR pause.stand = queue.stand) \
            AND (pause.organisation IS NULL OR pause.organisation = queue.organisation) \
            AND (pause.service IS NULL OR pause.service = queue.service)) \
        AND (EXISTS (SELECT 1 FROM message WHERE message.queue = queue.id AND priority < $2 AND live AND NOT blocked \
                AND NOT awaiting AND lease_until IS NULL) \
            OR EXISTS (SELECT 1 FROM message WHERE message.queue = queue.id AND priority = $2 AND live AND NOT blocked \
                AND NOT awaiting AND lease_until IS NULL AND (pull IS NULL OR state <> 'accepted' OR due <= $1)) \
            OR EXISTS (SELECT 1 FROM message WHERE message.queue = queue.id AND awaiting) \
            OR EXISTS (SELECT 1 FROM message WHERE message.queue = queue.id AND lease_until IS NOT NULL AND live)))";
    let background = i64::from(crate::batch::Priority::Background.rank());
    let row = session.row(DOING, sql, &[&now.0, &background]).await?;
    row.as_ref().map_or(Ok(false), |row| column(row, 0))
}

pub(super) async fn awaiting(
    session: &Session,
    now: Timestamp,
    closed: &[Scope],
    most: usize,
) -> Result<Vec<Awaiting>, Trouble> {
    let [stands, organisations, services] = columns(closed);
    let sql = concat!(
        "WITH open AS (",
        open!(),
        ") SELECT open.stand, open.organisation, open.service, first.id, first.ack, first.polls \
        FROM open CROSS JOIN LATERAL (SELECT id, due, ack, polls FROM message \
            WHERE message.queue = open.id AND awaiting AND due <= $1 AND ack IS NOT NULL \
            AND (lease_until IS NULL OR lease_until <= statement_timestamp()) ORDER BY due, id LIMIT $5) AS first \
        ORDER BY open.id, first.due, first.id"
    );
    let mut all: Vec<Awaiting> = Vec::new();
    for row in session.rows(DOING, sql, &[&now.0, &stands, &organisations, &services, &limit(most)]).await? {
        let scope = Scope::queue(column(&row, 0)?, column(&row, 1)?, column(&row, 2)?);
        let message = (MessageId(column(&row, 3)?), column(&row, 4)?, small(&row, 5)?);
        match all.last_mut() {
            Some(last) if last.scope == scope => last.messages.push(message),
            _ => all.push(Awaiting { scope, messages: vec![message] }),
        }
    }
    Ok(all)
}

/// What a question about many messages said.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) finished: Vec<MessageId>,
    pub(super) unfinished: Vec<(MessageId, Timestamp)>,
    pub(super) at: Timestamp,
}

pub(super) async fn told(session: &Session, told: &Told) -> Result<(), Trouble> {
    let doing = "recording which requests are processed";
    let finished: Vec<i64> = told.finished.iter().map(|message| message.0).collect();
    let sql = "UPDATE message SET awaiting = false, due = $2 WHERE id = ANY ($1) AND awaiting \
               AND (lease_until IS NULL OR lease_until <= statement_timestamp())";
    session.write(doing, sql, &[&finished, &told.at.0]).await?;
    let (unfinished, due): (Vec<i64>, Vec<i64>) =
        told.unfinished.iter().map(|(message, due)| (message.0, due.0)).unzip();
    let sql = "UPDATE message SET polls = polls + 1, due = new.due FROM unnest($1::bigint[], $2::bigint[]) AS new (id, due) \
               WHERE message.id = new.id AND awaiting AND (lease_until IS NULL OR lease_until <= statement_timestamp())";
    session.write(doing, sql, &[&unfinished, &due]).await?;
    Ok(())
}
