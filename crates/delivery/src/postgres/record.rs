//! Recording decisions: those of a group together, each only if its claim still holds.

use super::body::Body;
use super::order::{Need, Order};
use super::queues::Queues;
use super::session::{Session, column};
use super::trouble::Trouble;
use super::{inbox, pulls};
use crate::archive::Entry;
use crate::batch::ObjectState;
use crate::ids::{MessageId, Namespace, Sha256, Timestamp};
use crate::seal::{KeyId, Seal, SealError};
use crate::state::{Message, MessageState};
use crate::store::{Record, StoreError};
use std::collections::HashSet;
use std::sync::Arc;

const DOING: &str = "recording a decision";

/// What does not change of a message, read when it was claimed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) organisation: String,
    pub(super) stand: String,
    pub(super) kind: String,
    pub(super) operation: String,
    pub(super) accepted: Timestamp,
    pub(super) laned: bool,
    /// The recurring export it is a page of.
    pub(super) pull: Option<i64>,
}

/// A decision with its bytes sealed.
#[derive(Debug)]
pub(super) struct Decision {
    pub(super) record: Record,
    pub(super) known: Arc<Known>,
    /// With the digest of what was sealed.
    bodies: Vec<(Sha256, Body)>,
    /// Of each item of the page.
    pub(super) items: Vec<Body>,
}

impl Decision {
    pub(super) fn seal(seal: &dyn Seal, mut record: Record, known: Arc<Known>) -> Result<Self, SealError> {
        let sealed = |plain: &[u8]| Body::seal(seal, &known.organisation, record.at, plain);
        let evidence = |plain: &[u8]| Ok::<_, SealError>((Sha256::of(plain), sealed(plain)?));
        let bodies = record.bodies.iter().map(|body| evidence(&body.bytes)).collect::<Result<_, _>>()?;
        let page = record.page.iter().flat_map(|page| &page.items);
        let items = page.map(|item| sealed(&item.body)).collect::<Result<_, _>>()?;
        for body in &mut record.bodies {
            body.bytes = Vec::new();
        }
        for item in record.page.iter_mut().flat_map(|page| &mut page.items) {
            item.body = Vec::new();
        }
        Ok(Self { record, known, bodies, items })
    }

    pub(super) fn bytes(&self) -> usize {
        let evidence = self.bodies.iter().map(|(_, body)| body);
        evidence.chain(&self.items).map(|body| body.bytes.len()).sum::<usize>() + 500
    }

    pub(super) fn message(&self) -> MessageId {
        self.record.message.id
    }

    /// The message is at its end.
    pub(super) fn ends(&self) -> bool {
        matches!(self.record.message.state, MessageState::Done | MessageState::Rejected)
    }

    pub(super) fn need(&self) -> Need {
        let goes_on = self.ends() && self.known.pull.is_some();
        let turn = goes_on || self.ends() && self.known.laned || !self.items.is_empty();
        Need { messages: usize::from(goes_on), turn, ..Need::default() }
    }

    fn entries(&self, namespace: Namespace) -> impl Iterator<Item = Entry> {
        let (message, known) = (&self.record.message, &self.known);
        self.record.bodies.iter().zip(&self.bodies).map(move |(new, (plain, body))| Entry {
            node: String::new(),
            number: 0,
            message: message.id,
            build: message.build,
            message_guid: guid(message, namespace).unwrap_or_default(),
            role: new.role,
            organisation: known.organisation.clone(),
            stand: known.stand.clone(),
            kind: known.kind.clone(),
            operation: known.operation.clone(),
            accepted: known.accepted,
            sent: new.sent,
            answered: new.answered,
            recorded: self.record.at,
            key: KeyId(body.key),
            plain: *plain,
            sealed: body.sha256,
            bytes: Some(body.bytes.clone()),
        })
    }
}

pub(super) const UPDATE: &str = "UPDATE message SET state = new.state, live = new.live, due = new.due, since = new.since, \
    build = new.build, built_at = new.built_at, attempts = new.attempts, polls = new.polls, left_by = new.left_by, \
    ack = new.ack, acked_at = new.acked_at, lookup = new.lookup, failure = new.failure, guid = new.guid, \
    awaiting = message.bulk AND new.state IN ('acked', 'processing'), lease = new.lease, \
    node = CASE WHEN new.lease IS NOT NULL THEN message.node END, \
    lease_until = statement_timestamp() + (new.lease - new.at) * interval '1 millisecond' \
    FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::boolean[], $6::bigint[], $7::bigint[], $8::bigint[], \
    $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[], $13::text[], $14::bigint[], $15::text[], $16::text[], \
    $17::text[], $18::bigint[], $19::bigint[]) \
    AS new (id, fence, was, state, live, due, since, build, built_at, attempts, polls, left_by, ack, acked_at, lookup, failure, \
    guid, lease, at) \
    WHERE message.id = new.id AND message.fence = new.fence AND message.state = new.was AND message.lease_until IS NOT NULL \
    RETURNING message.id";

pub(super) const FATES: &str = "UPDATE message_object SET fate = new.fate \
    FROM unnest($1::bigint[], $2::bigint[], $3::text[]) AS new (message, position, fate) \
    WHERE message_object.message = new.message AND message_object.position = new.position";

pub(super) const SHOWN: &str = "UPDATE object SET state = new.state, detail = new.detail, changed_at = new.at, \
    live = object.live AND new.live \
    FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::boolean[]) AS new (id, state, detail, at, live) \
    WHERE object.id = new.id";

pub(super) const LEFT: &str = "DELETE FROM lane WHERE message = ANY ($1) RETURNING organisation, stand, lane";

/// Whoever is first in a lane now, and in every other lane of its own.
pub(super) const FREED: &str = "UPDATE message SET blocked = false WHERE id IN ( \
        SELECT next.message FROM unnest($1::text[], $2::text[], $3::text[]) AS gone (organisation, stand, lane) \
        CROSS JOIN LATERAL (SELECT message FROM lane WHERE lane.organisation = gone.organisation \
            AND lane.stand = gone.stand AND lane.lane = gone.lane ORDER BY message LIMIT 1) AS next \
        WHERE NOT EXISTS (SELECT 1 FROM lane AS mine JOIN lane AS earlier ON earlier.organisation = mine.organisation \
            AND earlier.stand = mine.stand AND earlier.lane = mine.lane AND earlier.message < mine.message \
            WHERE mine.message = next.message)) \
    AND blocked";

/// What a group of decisions did.
#[derive(Debug, Default)]
pub(super) struct Recorded {
    pub(super) results: Vec<Result<(), StoreError>>,
    /// Evidence to be chained, in order.
    pub(super) entries: Vec<Entry>,
    /// Others can be claimed now.
    pub(super) work: bool,
}

/// No two decisions of a group are about the same message.
pub(super) async fn record(
    session: &Session,
    group: &[&Decision],
    order: &mut Order,
    queues: &mut Queues,
    namespace: Namespace,
) -> Result<Recorded, Trouble> {
    if group.is_empty() {
        return Ok(Recorded::default());
    }
    let held: HashSet<i64> = update(session, group, namespace).await?;
    let passed = |decision: &Decision| held.contains(&decision.message().0);
    let results = (group.iter())
        .map(|decision| match passed(decision) {
            true => Ok(()),
            false => Err(StoreError::Fenced { message: decision.message() }),
        })
        .collect();
    let group: Vec<&Decision> = group.iter().copied().filter(|decision| passed(decision)).collect();
    let (fates, shown) = tokio::join!(biased; fates(session, &group), shown(session, &group));
    fates?;
    shown?;
    let mut work = free_lanes(session, &group).await?;
    for decision in &group {
        inbox::add(session, decision).await?;
        work |= pulls::go_on(session, decision, order, queues).await?;
    }
    let entries = group.iter().flat_map(|decision| decision.entries(namespace)).collect();
    Ok(Recorded { results, entries, work })
}

/// Ids of the messages whose claim still held.
async fn update(session: &Session, group: &[&Decision], namespace: Namespace) -> Result<HashSet<i64>, Trouble> {
    let number = |of: fn(&Record) -> i64| group.iter().map(|one| of(&one.record)).collect::<Vec<_>>();
    let maybe = |of: fn(&Record) -> Option<Timestamp>| {
        group.iter().map(|one| of(&one.record).map(|at| at.0)).collect::<Vec<_>>()
    };
    let (ids, fences) = (number(|r| r.message.id.0), number(|r| r.fence.0));
    let was: Vec<&str> = group.iter().map(|one| one.record.from.name()).collect();
    let states: Vec<&str> = group.iter().map(|one| one.record.message.state.name()).collect();
    let live: Vec<bool> = group.iter().map(|one| one.record.message.state.is_live()).collect();
    let (due, since) = (number(|r| r.message.due.0), number(|r| r.message.since.0));
    let (builds, built_at) = (number(|r| i64::from(r.message.build)), maybe(|r| r.message.built_at));
    let (attempts, polls) = (number(|r| i64::from(r.message.attempts)), number(|r| i64::from(r.message.polls)));
    let (left_by, acked_at) = (maybe(|r| r.message.left_by), maybe(|r| r.message.acked_at));
    let acks: Vec<Option<&str>> = group.iter().map(|one| one.record.message.ack.as_deref()).collect();
    let lookups = group.iter().map(|one| one.record.message.lookup.as_ref().map(super::json).transpose());
    let lookups = lookups.collect::<Result<Vec<_>, _>>()?;
    let failures = group.iter().map(|one| one.record.message.failure.as_ref().map(super::json).transpose());
    let failures = failures.collect::<Result<Vec<_>, _>>()?;
    let guids: Vec<Option<String>> = group.iter().map(|one| guid(&one.record.message, namespace)).collect();
    let (leases, at) = (maybe(|r| r.lease), number(|r| r.at.0));
    let rows = session
        .rows(
            DOING,
            UPDATE,
            &[
                &ids, &fences, &was, &states, &live, &due, &since, &builds, &built_at, &attempts, &polls, &left_by,
                &acks, &acked_at, &lookups, &failures, &guids, &leases, &at,
            ],
        )
        .await?;
    rows.iter().map(|row| column(row, 0)).collect()
}

/// MessageGUID of the current build; none before the first.
fn guid(message: &Message, namespace: Namespace) -> Option<String> {
    (message.build > 0).then(|| namespace.message_guid(message.id, message.build))
}

async fn fates(session: &Session, group: &[&Decision]) -> Result<(), Trouble> {
    let (mut messages, mut positions, mut fates) = (Vec::new(), Vec::new(), Vec::new());
    for record in group.iter().map(|decision| &decision.record) {
        for position in &record.moved {
            let Some(object) = record.message.objects.get(*position) else { continue };
            messages.push(record.message.id.0);
            positions.push(i64::try_from(*position).unwrap_or(i64::MAX));
            fates.push(super::json(&object.fate)?);
        }
    }
    if !messages.is_empty() {
        session.write(DOING, FATES, &[&messages, &positions, &fates]).await?;
    }
    Ok(())
}

async fn shown(session: &Session, group: &[&Decision]) -> Result<(), Trouble> {
    let (mut ids, mut states, mut details, mut at, mut live) = (vec![], vec![], vec![], vec![], vec![]);
    for record in group.iter().map(|decision| &decision.record) {
        for (object, state) in &record.objects {
            ids.push(object.0);
            states.push(state.name());
            details.push(super::json(state)?);
            at.push(record.at.0);
            // A refused object gives back its identity and its natural key.
            live.push(!matches!(state, ObjectState::Refused(_)));
        }
    }
    if !ids.is_empty() {
        session.write(DOING, SHOWN, &[&ids, &states, &details, &at, &live]).await?;
    }
    Ok(())
}

/// Lets those behind the ended ones go. True when there are any.
async fn free_lanes(session: &Session, group: &[&Decision]) -> Result<bool, Trouble> {
    let ended: Vec<i64> = (group.iter())
        .filter(|decision| decision.ends() && decision.known.laned)
        .map(|decision| decision.message().0)
        .collect();
    if ended.is_empty() {
        return Ok(false);
    }
    let (mut organisations, mut stands, mut lanes) = (Vec::<String>::new(), Vec::<String>::new(), Vec::<String>::new());
    for row in session.rows(DOING, LEFT, &[&ended]).await? {
        organisations.push(column(&row, 0)?);
        stands.push(column(&row, 1)?);
        lanes.push(column(&row, 2)?);
    }
    Ok(session.write(DOING, FREED, &[&organisations, &stands, &lanes]).await? > 0)
}
