//! Accepting batches: what needs sending, what is answered already, what is refused. All batches of a group together: what is
//! known is read in one round, decided here, and written in another.

mod plan;
mod rows;

use super::body::{self, Body};
use super::order::{Need, Order};
use super::queues::Queues;
use super::session::{Parameter, Session, column};
use super::trouble::Trouble;
use crate::batch::{Accepted, NewBatch, ObjectState, Plan, Resend};
use crate::ids::{BatchId, Namespace, Sha256};
use crate::operate::service;
use crate::seal::{Seal, SealError};
use crate::state::{Fate, MessageState};
use crate::store::StoreError;
use rows::Rows;
pub(super) use rows::{FOLLOWING, HOLDERS, KEYS, OBJECTS, REPLACED};
use std::collections::{BTreeSet, HashMap};

const DOING: &str = "accepting a batch";

/// A batch with its bytes sealed.
#[derive(Debug)]
pub(super) struct Intake {
    batch: NewBatch,
    digest: Sha256,
    content: Body,
    /// Of each object; none of those refused, whose payload nobody will read.
    payloads: Vec<Option<Body>>,
}

impl Intake {
    pub(super) fn seal(seal: &dyn Seal, mut batch: NewBatch) -> Result<Self, SealError> {
        let sealed = |plain: &[u8]| Body::seal(seal, &batch.organisation, batch.accepted_at, plain);
        let digest = Sha256::of(&batch.content);
        let content = sealed(&batch.content)?;
        let payload = |object: &crate::batch::NewObject| match object.plan {
            Plan::Refuse(_) => Ok(None),
            Plan::Send | Plan::Postpone(_) => sealed(&object.payload).map(Some),
        };
        let payloads = batch.objects.iter().map(payload).collect::<Result<_, _>>()?;
        // Only the sealed bytes are needed from here on.
        batch.content = Vec::new();
        for object in &mut batch.objects {
            object.payload = Vec::new();
        }
        Ok(Self { batch, digest, content, payloads })
    }

    pub(super) fn bytes(&self) -> usize {
        let payloads = self.payloads.iter().flatten().map(|body| body.bytes.len()).sum::<usize>();
        self.content.bytes.len() + payloads + 200 * self.batch.objects.len()
    }

    pub(super) fn need(&self) -> Need {
        let (messages, objects) = (self.batch.messages.len(), self.batch.objects.len());
        Need { batches: 1, messages, objects, turn: true }
    }
}

pub(super) const KNOWN: &str = "SELECT given.at, batch.id, batch.digest \
    FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS given (organisation, stand, key, at) \
    JOIN batch ON batch.organisation = given.organisation AND batch.stand = given.stand AND batch.idempotency_key = given.key";

pub(super) const BATCHES: &str = "INSERT INTO batch (id, organisation, stand, kind, source, idempotency_key, digest, \
    content_key, content_sha256, content, accepted_at) SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], \
    $5::text[], $6::text[], $7::bytea[], $8::bigint[], $9::bytea[], $10::bytea[], $11::bigint[])";

pub(super) const LANES: &str = "INSERT INTO lane (organisation, stand, lane, message) \
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[])";

pub(super) const MESSAGES: &str = "INSERT INTO message (id, batch, queue, kind, operation, priority, resend, bulk, laned, \
    accepted_at, state, live, blocked, awaiting, due, since, build, attempts, polls, fence) \
    SELECT id, batch, queue, kind, operation, priority, resend, bulk, laned, accepted_at, $11, true, \
    laned AND EXISTS (SELECT 1 FROM lane AS mine JOIN lane AS earlier ON earlier.organisation = mine.organisation \
        AND earlier.stand = mine.stand AND earlier.lane = mine.lane AND earlier.message < mine.message \
        WHERE mine.message = new.id), \
    false, accepted_at, accepted_at, 0, 0, 0, 0 \
    FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::bigint[], $7::text[], $8::boolean[], \
    $9::boolean[], $10::bigint[]) AS new (id, batch, queue, kind, operation, priority, resend, bulk, laned, accepted_at)";

pub(super) const CARRIED: &str = "INSERT INTO message_object (message, position, object, transport, fate) \
    SELECT message, position, object, transport, $5 \
    FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[]) AS new (message, position, object, transport)";

/// A message to be stored.
struct Message<'a> {
    id: i64,
    batch: i64,
    of: &'a NewBatch,
    new: &'a crate::batch::NewMessage,
    objects: Vec<i64>,
}

/// Whether anything came that can be claimed, and what became of each batch.
pub(super) async fn accept(
    session: &Session,
    group: &[&Intake],
    order: &mut Order,
    queues: &mut Queues,
    namespace: Namespace,
) -> Result<(bool, Vec<Result<Accepted, StoreError>>), Trouble> {
    if group.is_empty() {
        return Ok((false, Vec::new()));
    }
    let (known, rows) = tokio::join!(biased; known(session, group), Rows::read(session, group));
    let (mut known, mut rows) = (known?, rows?);

    let mut results = Vec::with_capacity(group.len());
    let mut stored: Vec<(i64, &Intake)> = Vec::new();
    let mut messages: Vec<Message<'_>> = Vec::new();
    for intake in group {
        let batch = &intake.batch;
        let name = (batch.organisation.as_str(), batch.stand.as_str(), batch.idempotency_key.as_str());
        if let Some((id, digest)) = known.get(&name) {
            let batch = BatchId(*id);
            let same = *digest == intake.digest;
            results.push(if same {
                Ok(Accepted { batch, repeated: true })
            } else {
                Err(StoreError::KeyReused { batch })
            });
            continue;
        }
        let carrier = match plan::check(batch) {
            Ok(carrier) => carrier,
            Err(error) => {
                results.push(Err(error));
                continue;
            }
        };
        let id = order.batch();
        let first = order.messages(batch.messages.len());
        let message_id = |index: usize| first.saturating_add(i64::try_from(index).unwrap_or(i64::MAX));
        known.insert(name, (id, intake.digest));
        let sent = rows.place(intake, id, order, |row| carrier.get(&row).map(|index| message_id(*index)))?;
        for (index, new) in batch.messages.iter().enumerate() {
            let objects: Vec<i64> = new.rows.iter().filter_map(|row| sent.get(row).copied()).collect();
            if !objects.is_empty() {
                messages.push(Message { id: message_id(index), batch: id, of: batch, new, objects });
            }
        }
        stored.push((id, intake));
        results.push(Ok(Accepted { batch: BatchId(id), repeated: false }));
    }
    if stored.is_empty() {
        return Ok((false, results));
    }
    let wanted = messages.iter().map(|message| queue(message));
    queues.learn(session, wanted).await?;
    let (batches, rows, messages_stored) = tokio::join!(
        biased;
        store_batches(session, &stored),
        rows.store(session),
        store_messages(session, &messages, queues, namespace),
    );
    batches?;
    rows?;
    messages_stored?;
    Ok((!messages.is_empty(), results))
}

fn queue<'a>(message: &Message<'a>) -> (&'a str, &'a str, &'a str) {
    (&message.of.stand, &message.of.organisation, service(&message.new.operation))
}

type Name<'a> = (&'a str, &'a str, &'a str);

/// Batches accepted before under the same idempotency keys.
async fn known<'a>(session: &Session, group: &[&'a Intake]) -> Result<HashMap<Name<'a>, (i64, Sha256)>, Trouble> {
    let text = |of: fn(&NewBatch) -> &str| group.iter().map(|intake| of(&intake.batch)).collect::<Vec<_>>();
    let (organisations, stands) = (text(|batch| &batch.organisation), text(|batch| &batch.stand));
    let keys = text(|batch| &batch.idempotency_key);
    let found = session.rows(DOING, KNOWN, &[&organisations, &stands, &keys]).await?;
    let mut known = HashMap::with_capacity(group.len());
    for row in &found {
        let at: i64 = column(row, 0)?;
        let Some(intake) = usize::try_from(at - 1).ok().and_then(|at| group.get(at)) else { continue };
        let batch = &intake.batch;
        let name = (batch.organisation.as_str(), batch.stand.as_str(), batch.idempotency_key.as_str());
        known.insert(name, (column(row, 1)?, body::digest(row, 2)?));
    }
    Ok(known)
}

async fn store_batches(session: &Session, stored: &[(i64, &Intake)]) -> Result<(), Trouble> {
    let text = |of: fn(&NewBatch) -> &str| stored.iter().map(|(_, intake)| of(&intake.batch)).collect::<Vec<_>>();
    let ids: Vec<i64> = stored.iter().map(|(id, _)| *id).collect();
    let (organisations, stands) = (text(|batch| &batch.organisation), text(|batch| &batch.stand));
    let (kinds, sources, keys) =
        (text(|batch| &batch.kind), text(|batch| &batch.source), text(|batch| &batch.idempotency_key));
    let digests: Vec<&[u8]> = stored.iter().map(|(_, intake)| &intake.digest.0[..]).collect();
    let data_keys: Vec<i64> = stored.iter().map(|(_, intake)| intake.content.key).collect();
    let sealed: Vec<&[u8]> = stored.iter().map(|(_, intake)| &intake.content.sha256.0[..]).collect();
    let contents: Vec<&[u8]> = stored.iter().map(|(_, intake)| &intake.content.bytes[..]).collect();
    let accepted: Vec<i64> = stored.iter().map(|(_, intake)| intake.batch.accepted_at.0).collect();
    session
        .write(
            DOING,
            BATCHES,
            &[
                &ids,
                &organisations,
                &stands,
                &kinds,
                &sources,
                &keys,
                &digests,
                &data_keys,
                &sealed,
                &contents,
                &accepted,
            ],
        )
        .await?;
    Ok(())
}

async fn store_messages(
    session: &Session,
    messages: &[Message<'_>],
    queues: &Queues,
    namespace: Namespace,
) -> Result<(), Trouble> {
    if messages.is_empty() {
        return Ok(());
    }
    let mut lanes = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut carried = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for message in messages {
        // Ordered, so that two nodes would meet at the same one first.
        for lane in message.new.lanes.iter().collect::<BTreeSet<_>>() {
            lanes.0.push(message.of.organisation.as_str());
            lanes.1.push(message.of.stand.as_str());
            lanes.2.push(lane.as_str());
            lanes.3.push(message.id);
        }
        for (position, object) in (0_i64..).zip(&message.objects) {
            carried.0.push(message.id);
            carried.1.push(position);
            carried.2.push(*object);
            carried.3.push(namespace.transport_guid(crate::MessageId(message.id), crate::ObjectId(*object)));
        }
    }
    let number = |of: fn(&Message<'_>) -> i64| messages.iter().map(of).collect::<Vec<_>>();
    let (ids, batches) = (number(|message| message.id), number(|message| message.batch));
    let accepted = number(|message| message.of.accepted_at.0);
    let priorities = number(|message| i64::from(message.new.priority.rank()));
    let queue_ids = messages.iter().map(|message| queues.id(queue(message))).collect::<Result<Vec<_>, _>>()?;
    let kinds: Vec<&str> = messages.iter().map(|message| message.of.kind.as_str()).collect();
    let operations: Vec<&str> = messages.iter().map(|message| message.new.operation.as_str()).collect();
    let resends: Vec<&str> = messages.iter().map(|message| resend(message.new.resend)).collect();
    let bulk: Vec<bool> = messages.iter().map(|message| message.new.bulk).collect();
    let laned: Vec<bool> = messages.iter().map(|message| !message.new.lanes.is_empty()).collect();
    let state = MessageState::Accepted.name();
    let pending = super::json(&Fate::Pending)?;
    let store_lanes = async {
        if lanes.0.is_empty() {
            return Ok(0);
        }
        session.write(DOING, LANES, &[&lanes.0, &lanes.1, &lanes.2, &lanes.3]).await
    };
    let stored: [Parameter<'_>; 11] =
        [&ids, &batches, &queue_ids, &kinds, &operations, &priorities, &resends, &bulk, &laned, &accepted, &state];
    let objects: [Parameter<'_>; 5] = [&carried.0, &carried.1, &carried.2, &carried.3, &pending];
    let (laned_stored, stored, carried_stored) = tokio::join!(
        biased;
        store_lanes,
        session.write(DOING, MESSAGES, &stored),
        session.write(DOING, CARRIED, &objects),
    );
    laned_stored?;
    stored?;
    carried_stored?;
    Ok(())
}

pub(super) fn resend(resend: Resend) -> &'static str {
    match resend {
        Resend::Freely => "freely",
        Resend::AfterAbsent => "after_absent",
        Resend::Never => "never",
    }
}

/// The state of an object that is refused or on its way.
fn detail(state: &ObjectState) -> Result<String, StoreError> {
    super::json(state)
}
