//! A person's decisions about parked messages, carried out.

use super::{Engine, Ports};
use crate::decide::{Decided, DecidedMany, Decision, Parked, ParkedAt, Verb};
use crate::failure::{Failure, Fixer, local};
use crate::ids::MessageId;
use crate::state::{Event, Message, step};
use crate::store::{BodyRole, Claimed, NewBody, Record, StoreError};
use serde::Serialize;
use std::sync::Arc;
use tokio::task::JoinSet;

/// How many messages one call decides about.
const AT_ONCE: usize = 500;

/// How many of them at a time: their commits share syncs.
const TOGETHER: usize = 32;

/// A decision as the evidence keeps it.
#[derive(Serialize)]
struct Told<'a> {
    decision: Verb,
    by: &'a str,
    reason: &'a str,
    /// Why it was parked.
    code: Option<&'a str>,
    cause: Option<&'a str>,
    /// Objects that may have been applied then.
    in_doubt: usize,
}

impl Engine {
    /// Carries out a decision about a parked message, and keeps it in the message's evidence.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]; the store's own.
    pub async fn decide(&self, message: MessageId, decision: &Decision) -> Result<Decided, StoreError> {
        let decided = self.ports.decide(message, decision).await?;
        self.wake();
        Ok(decided)
    }

    /// Carries out a decision about parked messages behind a place, those parked first before the others, a bounded number of them.
    ///
    /// # Errors
    /// The store's own; what was decided before stays so.
    pub async fn decide_many(
        &self,
        which: &Parked,
        after: Option<ParkedAt>,
        decision: &Decision,
    ) -> Result<DecidedMany, StoreError> {
        let places = self.ports.store.parked(which, after, AT_ONCE).await?;
        let next = if places.len() < AT_ONCE { None } else { places.last().copied() };
        let mut many = DecidedMany { next, ..DecidedMany::default() };
        let mut waiting = places.into_iter();
        let mut deciding: JoinSet<Result<Decided, StoreError>> = JoinSet::new();
        loop {
            while deciding.len() < TOGETHER
                && let Some(place) = waiting.next()
            {
                let (ports, decision) = (Arc::clone(&self.ports), decision.clone());
                deciding.spawn(async move { ports.decide(place.message, &decision).await });
            }
            match deciding.join_next().await {
                Some(Ok(decided)) => many.count(decided?),
                Some(Err(_)) => return Err(StoreError::Closed),
                None => break,
            }
        }
        self.wake();
        Ok(many)
    }
}

impl Ports {
    async fn decide(&self, message: MessageId, decision: &Decision) -> Result<Decided, StoreError> {
        let now = self.clock.now();
        let Some(claimed) = self.store.claim_parked(message, now.after(self.policy.lease)).await? else {
            return Ok(Decided::NotParked);
        };
        let before = &claimed.message;
        let decided = match before.may_be_applied(&self.policy) {
            Some(until) if decision.verb == Verb::Replay && now < until => Decided::TooEarly { until },
            Some(_) if decision.verb == Verb::Replay && !decision.risk => Decided::MayBeApplied,
            _ => Decided::Done,
        };
        if decided != Decided::Done {
            // The claim is given back.
            return self.store.record(record(&claimed, now)).await.map(|()| decided);
        }
        let event = match decision.verb {
            Verb::Retry => Event::Retry,
            Verb::Replay => Event::Replay,
            Verb::Discard => {
                Event::Discard(Failure::local(local::DISCARDED, decision.reason.as_str(), Fixer::Operator))
            }
        };
        let step = step(before, event, now, &self.policy);
        let kept = NewBody { role: BodyRole::Decision, bytes: told(before, decision)?, sent: None, answered: None };
        let record = Record {
            message: step.message,
            moved: step.moved,
            objects: step.objects,
            bodies: vec![kept],
            ..record(&claimed, now)
        };
        self.store.record(record).await.map(|()| decided)
    }
}

/// What a decision's record has in common.
fn record(claimed: &Claimed, at: crate::ids::Timestamp) -> Record {
    Record {
        fence: claimed.fence,
        from: claimed.message.state,
        message: claimed.message.clone(),
        moved: Vec::new(),
        objects: Vec::new(),
        bodies: Vec::new(),
        page: None,
        until: None,
        lease: None,
        at,
    }
}

fn told(message: &Message, decision: &Decision) -> Result<Vec<u8>, StoreError> {
    let failure = message.failure.as_ref();
    let told = Told {
        decision: decision.verb,
        by: &decision.by,
        reason: &decision.reason,
        code: failure.and_then(|failure| failure.code.as_deref()),
        cause: failure.and_then(|failure| failure.cause.as_deref()),
        in_doubt: message.in_doubt(),
    };
    serde_json::to_vec(&told).map_err(|error| StoreError::Io { doing: "writing a decision", text: error.to_string() })
}
