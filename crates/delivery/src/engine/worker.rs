//! A worker: one claimed message, effect after effect, as long as there is something to do now.

use super::Ports;
use crate::batch::ObjectRow;
use crate::failure::{Failure, Fixer, Level, RetryClass, local};
use crate::ids::{ObjectId, Timestamp};
use crate::inbox::Page;
use crate::operate::{Pause, Scope};
use crate::policy::Policy;
use crate::ports::{Looked, Polled, Submitted, Work};
use crate::state::{Effect, Event, step, stops_organisation};
use crate::store::{BodyRole, Claimed, NewBody, Record, StoreError};
use std::sync::Arc;
use std::time::Duration;

type Result<T> = std::result::Result<T, StoreError>;
/// What came of an effect, the bytes that prove it, and what an export brought.
struct Happened {
    event: Event,
    bodies: Vec<NewBody>,
    page: Option<Page>,
    until: Option<Timestamp>,
}

impl From<Event> for Happened {
    fn from(event: Event) -> Self {
        Self { event, bodies: Vec::new(), page: None, until: None }
    }
}

impl Happened {
    fn kept(mut self, body: Option<NewBody>) -> Self {
        self.bodies.extend(body);
        self
    }
}

pub(super) async fn work(ports: Arc<Ports>, claimed: Claimed) -> Result<()> {
    let share = Share::begin(&ports, &claimed.work);
    let result = (Worker { ports: &ports, claimed }).run().await;
    drop(share);
    match result {
        // Someone else has the message now; what he finds on disk is enough for him.
        Err(StoreError::Fenced { .. }) => Ok(()),
        result => result,
    }
}

/// A place under a certificate, given back whichever way the work ends.
struct Share<'a> {
    ports: &'a Ports,
    stand: String,
    organisation: String,
    certificate: String,
}

impl<'a> Share<'a> {
    fn begin(ports: &'a Ports, work: &Work) -> Self {
        let certificate = ports.certificate(work);
        ports.governor().begin(&work.stand, &work.organisation, &certificate, &ports.policy);
        Self { ports, stand: work.stand.clone(), organisation: work.organisation.clone(), certificate }
    }
}

impl Drop for Share<'_> {
    fn drop(&mut self) {
        self.ports.governor().end(&self.stand, &self.organisation, &self.certificate, &self.ports.policy);
    }
}

struct Worker<'a> {
    ports: &'a Ports,
    claimed: Claimed,
}

impl Worker<'_> {
    async fn run(&mut self) -> Result<()> {
        loop {
            let Some(effect) = self.effect() else { return Ok(()) };
            let happened = match self.carry_out(effect).await {
                Err(error @ StoreError::DamagedBody { .. }) => {
                    let damage = Failure::local(local::DAMAGED, error.to_string(), Fixer::Operator);
                    Event::Damaged(damage).into()
                }
                happened => happened?,
            };
            if !self.record(happened, false).await? {
                return Ok(());
            }
        }
    }

    fn effect(&self) -> Option<Effect> {
        let policy = &self.ports.policy;
        if self.ports.exchange.ages(&self.claimed.work) {
            return self.claimed.message.effect(self.now(), policy);
        }
        self.claimed.message.effect(self.now(), &Policy { bytes_max_age: Duration::MAX, ..policy.clone() })
    }

    fn now(&self) -> Timestamp {
        self.ports.clock.now()
    }

    /// Decides and records. True when the next effect may follow at once, under the same claim.
    async fn record(&mut self, happened: Happened, keep: bool) -> Result<bool> {
        let Happened { event, bodies, page, until } = happened;
        let now = self.now();
        let before = &self.claimed.message;
        self.learn(&event, now);
        let policy = self.ports.cadence().policy(&self.claimed.work.operation, &self.ports.policy);
        let stops = stops_organisation(&event).cloned();
        let step = step(before, event, now, &policy);
        let next = &step.message;
        let goes_on = keep || next.state.is_live() && next.due <= now && !self.ports.stopping();
        let record = Record {
            fence: self.claimed.fence,
            from: before.state,
            message: next.clone(),
            moved: step.moved.clone(),
            objects: step.objects.clone(),
            bodies,
            page,
            until,
            lease: goes_on.then(|| now.after(self.ports.policy.lease)),
            at: now,
        };
        self.ports.store.record(record).await?;
        if let Some(tally) = self.ports.tally().as_mut() {
            tally.update(&self.claimed.message, &step);
        }
        self.claimed.message = step.message;
        if let Some(failure) = stops {
            self.stop_organisation(&failure, now).await?;
        }
        Ok(goes_on)
    }

    /// What the event says of the way to the system, and of the time the operation takes.
    fn learn(&self, event: &Event, now: Timestamp) {
        let (ports, work) = (self.ports, &self.claimed.work);
        ports.governor().learn(&work.stand, &work.organisation, event, now, &ports.policy);
        if let (Event::Answered(_) | Event::Exported, Some(at)) = (event, self.claimed.message.acked_at) {
            ports.cadence().took(&work.operation, now.since(at));
        }
    }

    /// Whatever else the organisation would send meets the same refusal: it waits until a person has removed the cause.
    async fn stop_organisation(&self, failure: &Failure, now: Timestamp) -> Result<()> {
        let work = &self.claimed.work;
        let scope =
            Scope { stand: Some(work.stand.clone()), organisation: Some(work.organisation.clone()), service: None };
        let reason = failure.to_string();
        self.ports.store.pause(Pause { scope, reason, at: now, until: None }).await
    }

    async fn carry_out(&mut self, effect: Effect) -> Result<Happened> {
        match effect {
            Effect::Build(objects) => self.build(&objects).await,
            Effect::Send => self.send().await,
            Effect::Doubt => Ok(Event::Interrupted.into()),
            Effect::Poll(ack) => self.poll(&ack).await,
            Effect::Ask(part) => self.ask(&part).await,
            Effect::Read(part, ack) => self.read(&part, &ack).await,
        }
    }

    async fn build(&mut self, objects: &[ObjectId]) -> Result<Happened> {
        let objects = self.objects(objects).await?;
        let now = self.now();
        let message = &self.claimed.message;
        let work = &mut self.claimed.work;
        work.message_guid = self.claimed.namespace.message_guid(message.id, message.build.saturating_add(1));
        // The first page says where the window ends; the others ask for the same.
        let first = work.window.as_mut().filter(|window| window.cursor.is_none());
        let until = first.map(|window| *window.until.insert(now));
        Ok(match self.ports.exchange.prepare(&self.claimed.work, &objects).await {
            Ok(prepared) => {
                let body = NewBody { role: BodyRole::Request, bytes: prepared.bytes, sent: None, answered: None };
                Happened { until, ..Happened::from(Event::Built).kept(Some(body)) }
            }
            Err(failure) => Event::BuildFailed(failure).into(),
        })
    }

    async fn send(&mut self) -> Result<Happened> {
        let message = &self.claimed.message;
        self.claimed.work.message_guid = self.claimed.namespace.message_guid(message.id, message.build);
        let bytes = self.ports.store.request(message.id).await?;
        let (ports, work) = (self.ports, &self.claimed.work);
        let at = ports.governor().pace(&work.stand, &ports.certificate(work), self.now(), &ports.policy);
        if at > self.now() {
            ports.clock.sleep_until(at).await;
        }
        let deadline = self.now().after(self.ports.policy.send_deadline);
        // Recording the intent checks the fence: whoever has been overtaken stops here.
        self.record(Event::Intent.into(), true).await?;
        if self.now() >= deadline {
            let text = "recording the intent took longer than the send deadline";
            let late = Failure::local(local::LATE, text, Fixer::Operator);
            return Ok(Event::NotSent(Failure { class: RetryClass::Retry, ..late }).into());
        }
        self.claimed.work.deadline = deadline;
        let sent = self.now();
        let answer = self.ports.exchange.submit(&self.claimed.work, &bytes).await;
        let (event, raw) = match answer {
            Submitted::Accepted { ack, raw } => (Event::Acked(ack), Some(raw)),
            Submitted::NotSent { failure } => (Event::NotSent(failure), None),
            Submitted::MaybeSent { failure, raw } => (Event::MaybeSent(failure), raw),
            Submitted::Rejected { failure, raw } => (Event::Refused(failure), Some(raw)),
        };
        Ok(Happened::from(event).kept(self.body(BodyRole::Ack, raw, sent)))
    }

    async fn poll(&self, ack: &str) -> Result<Happened> {
        let sent = self.now();
        let polled = self.ports.exchange.poll(&self.claimed.work, ack).await;
        let (event, raw, page) = match polled {
            Polled::Pending => (Event::Pending, None, None),
            Polled::Done { outcomes, raw } => {
                let transport = self.ports.store.transport(self.claimed.message.id).await?;
                // Names that are not ours say nothing about our objects.
                let outcomes = (outcomes.into_iter())
                    .filter_map(|(guid, outcome)| Some((*transport.get(&guid.to_ascii_lowercase())?, outcome)))
                    .collect();
                (Event::Answered(outcomes), Some(raw), None)
            }
            Polled::Exported { page, raw } => (Event::Exported, Some(raw), Some(page)),
            // A window in which nothing was found has been read.
            Polled::Rejected { failure, raw }
                if failure.class == RetryClass::Empty && self.claimed.work.window.is_some() =>
            {
                (Event::Exported, Some(raw), Some(Page::default()))
            }
            Polled::Rejected { failure, raw } => (Event::Refused(failure), Some(raw), None),
            Polled::Forgotten { failure, raw } => (Event::Forgotten(failure), Some(raw), None),
            Polled::Failed { failure } => (Event::PollFailed(failure), None, None),
            Polled::Unproven { failure, raw } => {
                // Whoever sends such answers may send them for a day: one is evidence, all of them are a full disk.
                let known = self.claimed.message.failure.as_ref() == Some(&failure);
                (Event::PollFailed(failure), (!known).then_some(raw), None)
            }
        };
        Ok(Happened { page, ..Happened::from(event).kept(self.body(BodyRole::Answer, raw, sent)) })
    }

    async fn ask(&mut self, part: &[ObjectId]) -> Result<Happened> {
        let objects = self.objects(part).await?;
        let bytes = match self.ports.exchange.question(&self.claimed.work, &objects).await {
            Ok(prepared) => prepared.bytes,
            Err(failure) => return Ok(Event::AskFailed(failure).into()),
        };
        // What cannot be archived is not sent, questions included.
        let kept = NewBody { role: BodyRole::LookupRequest, bytes: bytes.clone(), sent: None, answered: None };
        self.record(Happened::from(Event::Questioned).kept(Some(kept)), true).await?;
        let sent = self.now();
        let (event, raw) = match self.ports.exchange.ask(&self.claimed.work, &bytes).await {
            Submitted::Accepted { ack, raw } => (Event::Asked(ack, part.len()), Some(raw)),
            Submitted::Rejected { failure, raw } => (Event::AskFailed(failure), Some(raw)),
            Submitted::NotSent { failure } => (Event::AskFailed(asked_again(failure)), None),
            Submitted::MaybeSent { failure, raw } => (Event::AskFailed(asked_again(failure)), raw),
        };
        Ok(Happened::from(event).kept(self.body(BodyRole::LookupAck, raw, sent)))
    }

    async fn read(&self, part: &[ObjectId], ack: &str) -> Result<Happened> {
        let objects = self.objects(part).await?;
        let sent = self.now();
        let (event, raw) = match self.ports.exchange.read(&self.claimed.work, &objects, ack).await {
            Looked::Pending => (Event::LookPending, None),
            Looked::Found { found, raw } => (Event::Found(found), Some(raw)),
            Looked::Failed { failure, raw } => (Event::LookFailed(failure), raw),
        };
        Ok(Happened::from(event).kept(self.body(BodyRole::LookupAnswer, raw, sent)))
    }

    /// What came back, with the moments between which it was on its way.
    fn body(&self, role: BodyRole, bytes: Option<Vec<u8>>, sent: Timestamp) -> Option<NewBody> {
        let bytes = bytes.filter(|bytes| !bytes.is_empty())?;
        Some(NewBody { role, bytes, sent: Some(sent), answered: Some(self.now()) })
    }

    async fn objects(&self, wanted: &[ObjectId]) -> Result<Vec<ObjectRow>> {
        self.ports.store.objects(self.claimed.message.id, wanted).await
    }
}

/// A lookup is an export: when it may not have arrived, it is simply asked again.
fn asked_again(failure: Failure) -> Failure {
    if failure.level == Level::Transport { Failure { class: RetryClass::Retry, ..failure } } else { failure }
}
