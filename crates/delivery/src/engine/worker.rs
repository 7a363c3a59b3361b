//! A worker: one claimed message, effect after effect, as long as there is something to do now.

use super::Ports;
use crate::batch::ObjectRow;
use crate::failure::{Failure, Fixer, Level, RetryClass, local};
use crate::ids::{ObjectId, Timestamp};
use crate::ports::{Looked, Polled, Submitted};
use crate::state::{Effect, Event, step};
use crate::store::{BodyRole, Claimed, NewBody, Record, StoreError};
use std::sync::Arc;

type Result<T> = std::result::Result<T, StoreError>;
/// What came of an effect, and the bytes that prove it.
type Happened = (Event, Vec<NewBody>);

pub(super) async fn work(ports: Arc<Ports>, claimed: Claimed) -> Result<()> {
    match (Worker { ports: &ports, claimed }).run().await {
        // Someone else has the message now; what he finds on disk is enough for him.
        Err(StoreError::Fenced { .. }) => Ok(()),
        result => result,
    }
}

struct Worker<'a> {
    ports: &'a Ports,
    claimed: Claimed,
}

impl Worker<'_> {
    async fn run(&mut self) -> Result<()> {
        loop {
            let Some(effect) = self.claimed.message.effect(self.now(), &self.ports.policy) else { return Ok(()) };
            let (event, bodies) = match self.carry_out(effect).await {
                Err(error @ StoreError::DamagedBody { .. }) => {
                    let damage = Failure::local(local::DAMAGED, error.to_string(), Fixer::Operator);
                    (Event::Damaged(damage), Vec::new())
                }
                happened => happened?,
            };
            if !self.record(event, bodies, false).await? {
                return Ok(());
            }
        }
    }

    fn now(&self) -> Timestamp {
        self.ports.clock.now()
    }

    /// Decides and records. True when the next effect may follow at once, under the same claim.
    async fn record(&mut self, event: Event, bodies: Vec<NewBody>, keep: bool) -> Result<bool> {
        let now = self.now();
        let before = &self.claimed.message;
        let step = step(before, event, now, &self.ports.policy);
        let next = &step.message;
        let goes_on = keep || next.state.is_live() && next.due <= now && !self.ports.stopping();
        let record = Record {
            fence: self.claimed.fence,
            from: before.state,
            message: next.clone(),
            moved: step.moved.clone(),
            objects: step.objects.clone(),
            bodies,
            lease: goes_on.then(|| now.after(self.ports.policy.lease)),
            at: now,
        };
        self.ports.store.record(record).await?;
        self.ports.tally().update(&step);
        self.claimed.message = step.message;
        Ok(goes_on)
    }

    async fn carry_out(&mut self, effect: Effect) -> Result<Happened> {
        match effect {
            Effect::Build(objects) => self.build(&objects).await,
            Effect::Send => self.send().await,
            Effect::Doubt => Ok((Event::Interrupted, Vec::new())),
            Effect::Poll(ack) => self.poll(&ack).await,
            Effect::Ask(part) => self.ask(&part).await,
            Effect::Read(part, ack) => self.read(&part, &ack).await,
        }
    }

    async fn build(&mut self, objects: &[ObjectId]) -> Result<Happened> {
        let objects = self.objects(objects).await?;
        let message = &self.claimed.message;
        self.claimed.work.message_guid =
            self.claimed.namespace.message_guid(message.id, message.build.saturating_add(1));
        Ok(match self.ports.exchange.prepare(&self.claimed.work, &objects).await {
            Ok(prepared) => (Event::Built, vec![NewBody { role: BodyRole::Request, bytes: prepared.bytes }]),
            Err(failure) => (Event::BuildFailed(failure), Vec::new()),
        })
    }

    async fn send(&mut self) -> Result<Happened> {
        let message = &self.claimed.message;
        self.claimed.work.message_guid = self.claimed.namespace.message_guid(message.id, message.build);
        let bytes = self.ports.store.request(message.id).await?;
        let deadline = self.now().after(self.ports.policy.send_deadline);
        // Recording the intent checks the fence: whoever has been overtaken stops here.
        self.record(Event::Intent, Vec::new(), true).await?;
        if self.now() >= deadline {
            let text = "recording the intent took longer than the send deadline";
            let late = Failure::local(local::LATE, text, Fixer::Operator);
            return Ok((Event::NotSent(Failure { class: RetryClass::Retry, ..late }), Vec::new()));
        }
        self.claimed.work.deadline = deadline;
        Ok(match self.ports.exchange.submit(&self.claimed.work, &bytes).await {
            Submitted::Accepted { ack, raw } => (Event::Acked(ack), kept(BodyRole::Ack, Some(raw))),
            Submitted::NotSent { failure } => (Event::NotSent(failure), Vec::new()),
            Submitted::MaybeSent { failure, raw } => (Event::MaybeSent(failure), kept(BodyRole::Ack, raw)),
            Submitted::Rejected { failure, raw } => (Event::Refused(failure), kept(BodyRole::Ack, Some(raw))),
        })
    }

    async fn poll(&self, ack: &str) -> Result<Happened> {
        Ok(match self.ports.exchange.poll(&self.claimed.work, ack).await {
            Polled::Pending => (Event::Pending, Vec::new()),
            Polled::Done { outcomes, raw } => {
                let transport = self.ports.store.transport(self.claimed.message.id).await?;
                // Names that are not ours say nothing about our objects.
                let outcomes = (outcomes.into_iter())
                    .filter_map(|(guid, outcome)| Some((*transport.get(&guid.to_ascii_lowercase())?, outcome)))
                    .collect();
                (Event::Answered(outcomes), kept(BodyRole::Answer, Some(raw)))
            }
            Polled::Rejected { failure, raw } => (Event::Refused(failure), kept(BodyRole::Answer, Some(raw))),
            Polled::Forgotten { failure, raw } => (Event::Forgotten(failure), kept(BodyRole::Answer, Some(raw))),
            Polled::Failed { failure } => (Event::PollFailed(failure), Vec::new()),
        })
    }

    async fn ask(&self, part: &[ObjectId]) -> Result<Happened> {
        let objects = self.objects(part).await?;
        Ok(match self.ports.exchange.ask(&self.claimed.work, &objects).await {
            Submitted::Accepted { ack, raw } => (Event::Asked(ack, part.len()), kept(BodyRole::LookupAck, Some(raw))),
            Submitted::Rejected { failure, raw } => (Event::AskFailed(failure), kept(BodyRole::LookupAck, Some(raw))),
            Submitted::NotSent { failure } => (Event::AskFailed(asked_again(failure)), Vec::new()),
            Submitted::MaybeSent { failure, raw } => {
                (Event::AskFailed(asked_again(failure)), kept(BodyRole::LookupAck, raw))
            }
        })
    }

    async fn read(&self, part: &[ObjectId], ack: &str) -> Result<Happened> {
        let objects = self.objects(part).await?;
        Ok(match self.ports.exchange.read(&self.claimed.work, &objects, ack).await {
            Looked::Pending => (Event::LookPending, Vec::new()),
            Looked::Found { found, raw } => (Event::Found(found), kept(BodyRole::LookupAnswer, Some(raw))),
            Looked::Failed { failure, raw } => (Event::LookFailed(failure), kept(BodyRole::LookupAnswer, raw)),
        })
    }

    async fn objects(&self, wanted: &[ObjectId]) -> Result<Vec<ObjectRow>> {
        self.ports.store.objects(self.claimed.message.id, wanted).await
    }
}

/// A lookup is an export: when it may not have arrived, it is simply asked again.
fn asked_again(failure: Failure) -> Failure {
    if failure.level == Level::Transport { Failure { class: RetryClass::Retry, ..failure } } else { failure }
}

fn kept(role: BodyRole, bytes: Option<Vec<u8>>) -> Vec<NewBody> {
    bytes.filter(|bytes| !bytes.is_empty()).map(|bytes| NewBody { role, bytes }).into_iter().collect()
}
