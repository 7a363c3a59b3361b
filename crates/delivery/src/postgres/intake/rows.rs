//! The rows of a group of batches: which are new, which repeat or replace another, which are refused.

use super::{DOING, Intake, detail};
use crate::batch::{NewObject, ObjectState, Plan};
use crate::failure::{Fixer, Refusal, local};
use crate::ids::MessageId;
use crate::postgres::body::{Body, digest, of_fields};
use crate::postgres::order::Order;
use crate::postgres::parsed;
use crate::postgres::session::{Parameter, Session, column};
use crate::postgres::trouble::Trouble;
use crate::store::StoreError;
use std::collections::HashMap;

pub(in crate::postgres) const HOLDERS: &str = "SELECT identity, id, detail, content, key_identity, \
    EXISTS (SELECT 1 FROM message_object WHERE message_object.object = object.id) \
    FROM object WHERE identity = ANY ($1) AND live";

pub(in crate::postgres) const KEYS: &str = "SELECT key_identity, id FROM object WHERE key_identity = ANY ($1) AND live";

pub(in crate::postgres) const REPLACED: &str = "UPDATE object SET live = false, same_as = new.by \
    FROM unnest($1::bigint[], $2::bigint[]) AS new (id, by) WHERE object.id = new.id";

pub(in crate::postgres) const FOLLOWING: &str = "UPDATE object SET same_as = new.by \
    FROM unnest($1::bigint[], $2::bigint[]) AS new (id, by) WHERE object.same_as = new.id";

pub(in crate::postgres) const OBJECTS: &str = "INSERT INTO object (id, batch, row, organisation, stand, kind, reference, \
    natural_key, period, content, payload_key, payload_sha256, payload, live, same_as, follows, state, detail, changed_at, identity, key_identity) \
    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], \
    $9::text[], $10::bytea[], $11::bigint[], $12::bytea[], $13::bytea[], $14::boolean[], $15::bigint[], $16::bigint[], \
    $17::text[], $18::text[], $19::bigint[], $20::bytea[], $21::bytea[])";

/// Digest of what tells one object from another.
type Identity = [u8; 32];

/// The live object with the same identity.
#[derive(Debug, Clone)]
struct Holder {
    id: i64,
    state: ObjectState,
    content: Vec<u8>,
    key: Identity,
    in_message: bool,
}

/// A row to be stored.
struct New<'a> {
    id: i64,
    batch: i64,
    intake: &'a Intake,
    object: &'a NewObject,
    identity: Identity,
    key: Identity,
    payload: Option<&'a Body>,
    live: bool,
    same_as: Option<i64>,
    follows: Option<i64>,
    state: ObjectState,
}

/// What is known, and what the group has added to it so far.
pub(super) struct Rows<'a> {
    holders: HashMap<Identity, Holder>,
    keys: HashMap<Identity, i64>,
    new: Vec<New<'a>>,
    /// Where in `new` an object of this group stands.
    places: HashMap<i64, usize>,
    /// Stored objects that give way, and to which.
    replaced: HashMap<i64, i64>,
}

/// By the caller's reference and the period.
fn identity(intake: &Intake, object: &NewObject) -> Identity {
    let batch = &intake.batch;
    of_fields(&[&batch.organisation, &batch.stand, &batch.kind, "reference", &object.reference, &object.period])
}

/// By the natural key.
fn key(intake: &Intake, object: &NewObject) -> Identity {
    let batch = &intake.batch;
    of_fields(&[&batch.organisation, &batch.stand, &batch.kind, "key", &object.key])
}

impl<'a> Rows<'a> {
    /// Reads who holds the identities and natural keys of the group.
    pub(super) async fn read(session: &Session, group: &[&'a Intake]) -> Result<Self, Trouble> {
        let wanted: Vec<(&Intake, &NewObject)> = (group.iter())
            .flat_map(|intake| intake.batch.objects.iter().map(move |object| (*intake, object)))
            .filter(|(_, object)| !matches!(object.plan, Plan::Refuse(_)))
            .collect();
        let mut rows = Self {
            holders: HashMap::new(),
            keys: HashMap::new(),
            new: vec![],
            places: HashMap::new(),
            replaced: HashMap::new(),
        };
        if wanted.is_empty() {
            return Ok(rows);
        }
        let identities: Vec<Identity> = wanted.iter().map(|(intake, object)| identity(intake, object)).collect();
        let keys: Vec<Identity> = wanted.iter().map(|(intake, object)| key(intake, object)).collect();
        let identities: Vec<&[u8]> = identities.iter().map(|identity| &identity[..]).collect();
        let keys: Vec<&[u8]> = keys.iter().map(|key| &key[..]).collect();
        let (holders, keys): ([Parameter<'_>; 1], [Parameter<'_>; 1]) = ([&identities], [&keys]);
        let (holders, keys) = tokio::join!(session.rows(DOING, HOLDERS, &holders), session.rows(DOING, KEYS, &keys));
        let (holders, keys) = (holders?, keys?);
        for row in &holders {
            let holder = Holder {
                id: column(row, 1)?,
                state: parsed(column(row, 2)?)?,
                content: column(row, 3)?,
                key: digest(row, 4)?.0,
                in_message: column(row, 5)?,
            };
            rows.holders.insert(digest(row, 0)?.0, holder);
        }
        for row in &keys {
            rows.keys.insert(digest(row, 0)?.0, column(row, 1)?);
        }
        Ok(rows)
    }

    /// Decides about every row of a batch; gives the ids of those to be sent, by row.
    pub(super) fn place(
        &mut self,
        intake: &'a Intake,
        batch: i64,
        order: &mut Order,
        message: impl Fn(u32) -> Option<i64>,
    ) -> Result<HashMap<u32, i64>, StoreError> {
        let objects = &intake.batch.objects;
        let first = order.objects(objects.len());
        let ids: HashMap<u32, i64> = objects.iter().map(|object| object.row).zip(first..).collect();
        let mut sent = HashMap::with_capacity(objects.len());
        for ((object, payload), id) in objects.iter().zip(&intake.payloads).zip(first..) {
            let message = message(object.row).map(MessageId);
            let follows = object.follows.and_then(|row| ids.get(&row).copied());
            let new = New {
                id,
                batch,
                intake,
                object,
                identity: identity(intake, object),
                key: key(intake, object),
                payload: payload.as_ref(),
                live: false,
                same_as: None,
                follows,
                state: self.planned(object, message)?,
            };
            if self.decide(new) && message.is_some() {
                sent.insert(object.row, id);
            }
        }
        Ok(sent)
    }

    fn planned(&self, object: &NewObject, message: Option<MessageId>) -> Result<ObjectState, StoreError> {
        Ok(match (&object.plan, message) {
            (Plan::Refuse(refusal), _) => ObjectState::Refused(refusal.clone()),
            (Plan::Postpone(reason), _) => ObjectState::Postponed(reason.clone()),
            (Plan::Send, Some(message)) => ObjectState::InMessage(message),
            (Plan::Send, None) => return Err(StoreError::Plan { row: object.row, found: 0 }),
        })
    }

    /// Adds the row as what it is. True when it holds its identity from now on.
    fn decide(&mut self, new: New<'a>) -> bool {
        if matches!(new.state, ObjectState::Refused(_)) {
            self.add(new);
            return false;
        }
        let holder = self.holders.get(&new.identity);
        let unchanged = holder.is_some_and(|holder| holder.content == new.object.content.0);
        match holder {
            Some(Holder { state: ObjectState::Postponed(_), in_message: false, .. }) | None => {}
            Some(holder) if unchanged => {
                let (state, same_as) = (holder.state.clone(), Some(holder.id));
                self.add(New { state, same_as, ..new });
                return false;
            }
            Some(Holder { state: ObjectState::Accepted(_), .. }) => {
                let text =
                    "accepted before with other content: this is a correction, which must be asked for explicitly";
                return self.refuse(new, local::CORRECTION, text);
            }
            Some(_) => {
                let text = "still on its way with other content: wait for its outcome";
                return self.refuse(new, local::ON_ITS_WAY, text);
            }
        }
        let replaced = holder.map(|holder| (holder.id, holder.key));
        if self.keys.get(&new.key).is_some_and(|other| Some(*other) != replaced.as_ref().map(|(id, _)| *id)) {
            let text = "another reference already holds the same natural key";
            return self.refuse(new, local::KEY_TAKEN, text);
        }
        if let Some((id, key)) = replaced {
            if self.keys.get(&key) == Some(&id) {
                self.keys.remove(&key);
            }
            self.replace(id, new.id);
        }
        self.keys.insert(new.key, new.id);
        let holder = Holder {
            id: new.id,
            state: new.state.clone(),
            content: new.object.content.0.to_vec(),
            key: new.key,
            in_message: matches!(new.state, ObjectState::InMessage(_)),
        };
        self.holders.insert(new.identity, holder);
        self.add(New { live: true, ..new });
        true
    }

    fn refuse(&mut self, mut new: New<'a>, code: &str, text: &str) -> bool {
        let refusal = Refusal { code: code.into(), text: text.into(), who_fixes: Fixer::Caller };
        new.state = ObjectState::Refused(refusal);
        self.add(new);
        false
    }

    fn add(&mut self, new: New<'a>) {
        self.places.insert(new.id, self.new.len());
        self.new.push(new);
    }

    /// The object `id` and whatever shares its fate follow `by` from now on.
    fn replace(&mut self, id: i64, by: i64) {
        for new in self.new.iter_mut().filter(|new| new.same_as == Some(id)) {
            new.same_as = Some(by);
        }
        for later in self.replaced.values_mut().filter(|later| **later == id) {
            *later = by;
        }
        match self.places.get(&id).and_then(|place| self.new.get_mut(*place)) {
            Some(new) => (new.live, new.same_as) = (false, Some(by)),
            None => {
                self.replaced.insert(id, by);
            }
        }
    }

    /// Writes what was decided.
    pub(super) async fn store(self, session: &Session) -> Result<(), Trouble> {
        let new = &self.new;
        if new.is_empty() {
            return Ok(());
        }
        let (gone, by): (Vec<i64>, Vec<i64>) = self.replaced.iter().unzip();
        let number = |of: fn(&New<'_>) -> i64| new.iter().map(of).collect::<Vec<_>>();
        let maybe = |of: fn(&New<'_>) -> Option<i64>| new.iter().map(of).collect::<Vec<_>>();
        let (ids, batches, lines) = (number(|n| n.id), number(|n| n.batch), number(|n| i64::from(n.object.row)));
        let changed = number(|n| n.intake.batch.accepted_at.0);
        let (same_as, follows) = (maybe(|n| n.same_as), maybe(|n| n.follows));
        let mut text: [Vec<&str>; 6] = Default::default();
        for n in new {
            let batch = &n.intake.batch;
            let all =
                [&batch.organisation, &batch.stand, &batch.kind, &n.object.reference, &n.object.key, &n.object.period];
            for (column, value) in text.iter_mut().zip(all) {
                column.push(value);
            }
        }
        let contents: Vec<&[u8]> = new.iter().map(|n| &n.object.content.0[..]).collect();
        // Rows that will never be sent need no payload; what was received is in the batch.
        let payloads: Vec<Option<&Body>> = new.iter().map(|n| n.payload.filter(|_| n.live)).collect();
        let keys: Vec<Option<i64>> = payloads.iter().map(|body| body.map(|body| body.key)).collect();
        let digests: Vec<Option<&[u8]>> = payloads.iter().map(|body| body.map(|body| &body.sha256.0[..])).collect();
        let bytes: Vec<Option<&[u8]>> = payloads.iter().map(|body| body.map(|body| &body.bytes[..])).collect();
        let live: Vec<bool> = new.iter().map(|n| n.live).collect();
        let states: Vec<&str> = new.iter().map(|n| n.state.name()).collect();
        let identities: Vec<&[u8]> = new.iter().map(|n| &n.identity[..]).collect();
        let key_identities: Vec<&[u8]> = new.iter().map(|n| &n.key[..]).collect();
        let details = new.iter().map(|n| detail(&n.state)).collect::<Result<Vec<_>, _>>()?;
        let [organisations, stands, kinds, references, naturals, periods] = &text;
        let replace = async {
            if gone.is_empty() {
                return Ok(0);
            }
            session.write(DOING, REPLACED, &[&gone, &by]).await?;
            session.write(DOING, FOLLOWING, &[&gone, &by]).await
        };
        // The old holder lets go before the new one takes.
        replace.await?;
        session
            .write(
                DOING,
                OBJECTS,
                &[
                    &ids,
                    &batches,
                    &lines,
                    organisations,
                    stands,
                    kinds,
                    references,
                    naturals,
                    periods,
                    &contents,
                    &keys,
                    &digests,
                    &bytes,
                    &live,
                    &same_as,
                    &follows,
                    &states,
                    &details,
                    &changed,
                    &identities,
                    &key_identities,
                ],
            )
            .await?;
        Ok(())
    }
}
