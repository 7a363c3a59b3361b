//! The life of a message: a pure function of state, event and time. No IO, no clock.
//!
//! ```text
//! Accepted → Prepared → Sending → Acked → Processing → Done | Rejected | Parked
//!                          └──→ Uncertain (lookup: adopt, send again, or park)
//! ```
//!
//! What to do next is a function of the state on disk ([`Message::effect`]), so a restart takes the same road as every
//! other step. What its result means is decided by [`step`].

mod decided;
mod lookup;

use crate::batch::{ObjectState, Resend};
use crate::failure::{Failure, Fixer, GisIds, Level, Outcome, Refusal, RetryClass, local};
use crate::ids::{MessageId, ObjectId, Timestamp};
use crate::policy::{Policy, next_due};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap, HashSet};

/// Where a message stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageState {
    /// To be built.
    Accepted,
    /// Signed bytes are on disk; none of them has left.
    Prepared,
    /// The intent to send is on disk; the bytes may be leaving.
    Sending,
    /// It may have arrived; being looked up.
    Uncertain,
    /// The system took it.
    Acked,
    /// The system says it is working on it.
    Processing,
    /// Every object has an outcome.
    Done,
    /// The request was refused as a whole.
    Rejected,
    /// Waits for a person.
    Parked,
}

impl MessageState {
    /// Every state.
    pub const ALL: [Self; 9] = [
        Self::Accepted,
        Self::Prepared,
        Self::Sending,
        Self::Uncertain,
        Self::Acked,
        Self::Processing,
        Self::Done,
        Self::Rejected,
        Self::Parked,
    ];

    /// Name on disk and on the screen.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Prepared => "prepared",
            Self::Sending => "sending",
            Self::Uncertain => "uncertain",
            Self::Acked => "acked",
            Self::Processing => "processing",
            Self::Done => "done",
            Self::Rejected => "rejected",
            Self::Parked => "parked",
        }
    }

    /// The engine has something to do for it, now or later.
    #[must_use]
    pub fn is_live(self) -> bool {
        !matches!(self, Self::Done | Self::Rejected | Self::Parked)
    }
}

/// What is known of one object within its message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// Goes with the next build, or is on its way in the current one.
    Pending,
    /// As `Pending`, but sent before and not found after the settle time. Should the system refuse it now, the first may
    /// have arrived after all, whatever the code says: it is looked up before the refusal counts.
    Again,
    /// Sent; what became of it must be looked up.
    Unknown,
    /// The system refused it as already existing, or refused the second one sent; to be found and adopted. Keeps what the
    /// system said, which counts if nothing of ours is there.
    Exists(Failure),
    /// Has an outcome.
    Settled,
}

/// An object in its message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carried {
    /// The object.
    pub id: ObjectId,
    /// What is known of it.
    pub fate: Fate,
}

/// A round of lookups over the objects of unknown outcome, in chunks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lookup {
    /// Rounds finished before this one.
    pub round: u32,
    /// The round does not begin before this moment; absence counts if this is past the settle time.
    pub started: Timestamp,
    /// Rounds begun after the settle time whose answers left out what is still in doubt.
    #[serde(default)]
    pub absences: u32,
    /// Position of the first object not yet looked up in this round.
    pub cursor: usize,
    /// The chunk being asked about.
    pub asked: Option<Asked>,
}

/// A lookup request the system has acknowledged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// What to poll with.
    pub ack: String,
    /// Position after the last object asked about.
    pub end: usize,
    /// Polls so far.
    pub polls: u32,
    /// When it was acknowledged.
    pub at: Timestamp,
}

/// A message as the machine sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its id; also the seed of its jitter.
    pub id: MessageId,
    /// What may be done when the outcome is unknown.
    pub resend: Resend,
    /// It is a page of a recurring export: it never parks, the next run tries anew.
    pub recurring: bool,
    /// Where it stands.
    pub state: MessageState,
    /// The next effect must not begin before this moment.
    pub due: Timestamp,
    /// Acceptance, or the last time a person asked to try again; [`Policy::max_age`] counts from here.
    pub since: Timestamp,
    /// How many times it was built; with it the MessageGUID changes.
    pub build: u32,
    /// When the current bytes were built.
    pub built_at: Option<Timestamp>,
    /// Failures in a row.
    pub attempts: u32,
    /// Polls of the current ack.
    pub polls: u32,
    /// Last moment the bytes may have left; none while they cannot have.
    pub left_by: Option<Timestamp>,
    /// What to poll with.
    pub ack: Option<String>,
    /// When the ack came.
    pub acked_at: Option<Timestamp>,
    /// The round of lookups, while uncertain.
    pub lookup: Option<Lookup>,
    /// The last failure.
    pub failure: Option<Failure>,
    /// Its objects, in the order of the request.
    pub objects: Vec<Carried>,
}

/// What to do next for a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Build and sign a request carrying these objects.
    Build(Vec<ObjectId>),
    /// Record the intent, then send the stored bytes.
    Send,
    /// The intent is on disk and its result is not: record [`Event::Interrupted`].
    Doubt,
    /// Poll with this ack.
    Poll(String),
    /// Ask whether the system holds these objects.
    Ask(Vec<ObjectId>),
    /// Read the answer about these objects.
    Read(Vec<ObjectId>, String),
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The request was built, signed, and its bytes are recorded with this step.
    Built,
    /// It could not be built.
    BuildFailed(Failure),
    /// The bytes are about to leave.
    Intent,
    /// The system took the request.
    Acked(String),
    /// Nothing has left.
    NotSent(Failure),
    /// It may have arrived.
    MaybeSent(Failure),
    /// The system refused the request as a whole, before or after processing.
    Refused(Failure),
    /// Sending ended without a result: a crash, or a worker overtaken.
    Interrupted,
    /// Not processed yet.
    Pending,
    /// Processed.
    Answered(Vec<(ObjectId, Outcome)>),
    /// An export is processed; the page it brought is recorded with this step.
    Exported,
    /// The poll did not get through.
    PollFailed(Failure),
    /// The system no longer knows the ack.
    Forgotten(Failure),
    /// The request of a lookup is built; its bytes are recorded with this step, which changes nothing else.
    Questioned,
    /// The lookup of this many objects was taken.
    Asked(String, usize),
    /// The lookup was not taken.
    AskFailed(Failure),
    /// The lookup is not processed yet.
    LookPending,
    /// The lookup found these; the rest of its chunk is absent.
    Found(Vec<(ObjectId, GisIds)>),
    /// The lookup gave no answer.
    LookFailed(Failure),
    /// Stored bytes turned out damaged.
    Damaged(Failure),
    /// A person asks to try a parked message again.
    Retry,
    /// A person has made sure that nothing in doubt of a parked message was applied: it goes anew.
    Replay,
    /// A person gives a parked message up.
    Discard(Failure),
}

/// A decision: to be recorded whole, in one transaction, before the next effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The message from now on.
    pub message: Message,
    /// Positions in [`Message::objects`] whose fate has changed.
    pub moved: Vec<usize>,
    /// Objects whose state, as people see it, has changed.
    pub objects: Vec<(ObjectId, ObjectState)>,
}

impl Message {
    /// The next effect, to begin at [`Message::due`]. None when nothing is left to do.
    #[must_use]
    pub fn effect(&self, now: Timestamp, policy: &Policy) -> Option<Effect> {
        match self.state {
            MessageState::Accepted => Some(Effect::Build(self.pending())),
            MessageState::Prepared if self.is_stale(now, policy) => Some(Effect::Build(self.pending())),
            MessageState::Prepared => Some(Effect::Send),
            MessageState::Sending => Some(Effect::Doubt),
            MessageState::Acked | MessageState::Processing => self.ack.clone().map(Effect::Poll),
            MessageState::Uncertain => self.lookup_effect(policy),
            MessageState::Done | MessageState::Rejected | MessageState::Parked => None,
        }
    }

    fn is_stale(&self, now: Timestamp, policy: &Policy) -> bool {
        // Signed in the future they would be refused: the clock has been set right since.
        self.built_at.is_none_or(|at| at > now || now.since(at) > policy.bytes_max_age)
    }

    /// How many objects may have been applied, and nobody knows.
    #[must_use]
    pub fn in_doubt(&self) -> usize {
        self.objects.iter().filter(|object| is_doubtful(&object.fate)).count()
    }

    /// The moment after which nothing in doubt can be applied any more; none when nothing is in doubt.
    #[must_use]
    pub fn may_be_applied(&self, policy: &Policy) -> Option<Timestamp> {
        (self.in_doubt() > 0).then(|| self.left_by.map_or(self.since, |at| at.after(policy.settle)))
    }

    fn pending(&self) -> Vec<ObjectId> {
        self.objects.iter().filter(|object| is_open(&object.fate)).map(|object| object.id).collect()
    }
}

/// Decides what an event means. Total: an event that has no meaning in a state changes nothing.
#[must_use]
pub fn step(message: &Message, event: Event, now: Timestamp, policy: &Policy) -> Step {
    let mut machine = Machine { message: message.clone(), shown: BTreeMap::new(), now, policy };
    machine.take(event);
    let moved = (message.objects.iter().zip(&machine.message.objects).enumerate())
        .filter(|(_, (before, after))| before.fate != after.fate)
        .map(|(position, _)| position)
        .collect();
    let objects = machine.shown.into_iter().map(|(at, state)| (message.objects[at].id, state)).collect();
    Step { message: machine.message, moved, objects }
}

/// The failure that will meet everything else of the organisation as well: rights, keys, registration. Its traffic had better stop.
#[must_use]
pub fn stops_organisation(event: &Event) -> Option<&Failure> {
    match event {
        Event::Refused(failure) | Event::AskFailed(failure) if spares_the_rows(failure) => Some(failure),
        _ => None,
    }
}

fn spares_the_rows(failure: &Failure) -> bool {
    failure.class == RetryClass::CallerFix
        && matches!(failure.fixer, Fixer::Operator | Fixer::Gateway)
        && matches!(failure.level, Level::Fault | Level::Request)
}

struct Machine<'a> {
    message: Message,
    /// States to show, by position.
    shown: BTreeMap<usize, ObjectState>,
    now: Timestamp,
    policy: &'a Policy,
}

impl Machine<'_> {
    fn take(&mut self, event: Event) {
        use Event as E;
        use MessageState as S;
        match (self.message.state, event) {
            (S::Accepted | S::Prepared, E::Built) => self.built(),
            (S::Accepted | S::Prepared, E::BuildFailed(failure)) => self.refused(failure),
            (S::Prepared, E::Intent) => {
                self.message.state = S::Sending;
                self.message.due = self.now;
                self.message.left_by =
                    Some(self.now.after(self.policy.send_deadline).after(self.policy.request_timeout));
            }
            (S::Prepared, E::Damaged(failure)) => {
                self.message.failure = Some(failure);
                self.rebuild_at(self.now);
            }
            (S::Accepted | S::Uncertain | S::Acked | S::Processing, E::Damaged(failure)) => self.park(failure),
            (S::Sending, E::Acked(ack)) => {
                self.message.state = S::Acked;
                self.message.ack = Some(ack);
                self.message.acked_at = Some(self.now);
                self.message.attempts = 0;
                self.message.polls = 0;
                self.message.failure = None;
                self.message.due = self.now.after(self.policy.poll_pause(0));
            }
            (S::Sending, E::NotSent(failure)) => {
                self.message.left_by = None;
                self.message.state = S::Prepared;
                self.later(failure);
            }
            (S::Sending, E::MaybeSent(failure)) => self.doubt(failure, self.now),
            (S::Sending, E::Interrupted) => {
                // Only a process that is gone or a lease that has run out is called interrupted: in both cases nothing
                // can leave from now on.
                let left_by = self.message.left_by.map_or(self.now, |at| at.min(self.now));
                let text = "the outcome of sending was not recorded";
                self.doubt(Failure::local(local::INTERRUPTED, text, Fixer::System), left_by);
            }
            (S::Sending | S::Acked | S::Processing, E::Refused(failure)) => self.refused(failure),
            (S::Acked | S::Processing, E::Pending) => {
                self.message.state = S::Processing;
                self.message.attempts = 0;
                self.message.polls = self.message.polls.saturating_add(1);
                self.message.due = self.now.after(self.policy.poll_pause(self.message.polls));
                self.give_up_if_stuck();
            }
            (S::Acked | S::Processing, E::PollFailed(failure)) => {
                self.message.attempts = self.message.attempts.saturating_add(1);
                self.message.due = self.backoff(&failure);
                self.message.failure = Some(failure);
                self.give_up_if_stuck();
            }
            (S::Acked | S::Processing, E::Forgotten(failure)) => self.doubt(failure, self.now),
            (S::Acked | S::Processing, E::Answered(outcomes)) => self.answered(outcomes),
            (S::Acked | S::Processing, E::Exported) if self.message.resend == Resend::Freely => {
                self.settle_pending(&ObjectState::Accepted(GisIds::new()), S::Done);
            }
            // A page says nothing about objects that were to be placed.
            (S::Acked | S::Processing, E::Exported) => self.answered(Vec::new()),
            (S::Uncertain, event) => self.looked(event),
            (S::Parked, E::Retry) => self.retry(),
            (S::Parked, E::Replay) => self.replay(),
            (S::Parked, E::Discard(failure)) => self.discard(failure),
            _ => {}
        }
    }

    fn built(&mut self) {
        self.message.state = MessageState::Prepared;
        self.message.build = self.message.build.saturating_add(1);
        self.message.built_at = Some(self.now);
        self.message.due = self.now;
    }

    /// The request as a whole met a failure and was not applied.
    fn refused(&mut self, failure: Failure) {
        use RetryClass as C;
        match failure.class {
            C::Retry | C::RetryRebuilt | C::Maintenance => {
                self.rebuild_at(self.now);
                self.later(failure);
            }
            C::AlreadyExists => {
                for position in self.positions(is_open) {
                    self.message.objects[position].fate = Fate::Exists(failure.clone());
                }
                self.look_up(failure, self.now);
            }
            C::AlreadyDone => self.settle_pending(&ObjectState::Accepted(GisIds::new()), MessageState::Done),
            C::Empty if self.message.resend == Resend::Freely => {
                self.settle_pending(&ObjectState::Accepted(GisIds::new()), MessageState::Done);
            }
            C::CallerFix if spares_the_rows(&failure) => {
                // Refused before anything was applied: nothing of it is in doubt.
                self.message.ack = None;
                self.park(failure);
            }
            C::Permanent | C::CallerFix | C::SwitchOperation | C::Empty => {
                let again = self.positions(|fate| *fate == Fate::Again);
                if again.is_empty() {
                    self.message.failure = Some(failure.clone());
                    return self.settle_pending(&ObjectState::Refused(Refusal::from(failure)), MessageState::Rejected);
                }
                for position in again {
                    self.message.objects[position].fate = Fate::Exists(failure.clone());
                }
                for position in self.positions(is_open) {
                    self.settle(position, ObjectState::Refused(Refusal::from(failure.clone())));
                }
                self.look_up(failure, self.now);
            }
        }
    }

    fn answered(&mut self, outcomes: Vec<(ObjectId, Outcome)>) {
        let mut by_object = HashMap::<ObjectId, Outcome>::with_capacity(outcomes.len());
        let mut contradicted = HashSet::new();
        for (object, outcome) in outcomes {
            if by_object.get(&object).is_some_and(|known| *known != outcome) {
                contradicted.insert(object);
            }
            by_object.entry(object).or_insert(outcome);
        }
        for position in self.positions(is_open) {
            let Carried { id: object, fate } = self.message.objects[position].clone();
            match by_object.remove(&object).filter(|_| !contradicted.contains(&object)) {
                None => self.message.objects[position].fate = Fate::Unknown,
                Some(Outcome::Accepted(ids)) => self.settle(position, ObjectState::Accepted(ids)),
                Some(Outcome::Refused(failure)) => match failure.class {
                    RetryClass::AlreadyExists => self.message.objects[position].fate = Fate::Exists(failure),
                    RetryClass::AlreadyDone => self.settle(position, ObjectState::Accepted(GisIds::new())),
                    RetryClass::Retry | RetryClass::RetryRebuilt | RetryClass::Maintenance => {
                        self.message.failure = Some(failure);
                    }
                    _ if fate == Fate::Again => self.message.objects[position].fate = Fate::Exists(failure),
                    _ => self.settle(position, ObjectState::Refused(Refusal::from(failure))),
                },
            }
        }
        if self.any(is_doubtful) {
            let text = "the answer does not say what became of every object";
            let unclear =
                Failure { class: RetryClass::Retry, ..Failure::local(local::OUTCOME_UNKNOWN, text, Fixer::System) };
            self.look_up(unclear, self.now);
        } else {
            self.finish();
        }
    }

    /// No object is in doubt any more: done, or once more with those that were not applied.
    fn finish(&mut self) {
        self.message.lookup = None;
        self.message.left_by = None;
        if self.any(is_open) {
            let why = self.message.failure.clone().unwrap_or_else(|| {
                Failure::local(local::NOT_DELIVERED, "some objects were not applied", Fixer::System)
            });
            for position in self.positions(is_open) {
                self.shown.insert(position, ObjectState::InMessage(self.message.id));
            }
            self.rebuild_at(self.now);
            self.later(why);
        } else {
            self.end(MessageState::Done);
        }
    }

    /// Everything on its way may or may not have arrived.
    fn doubt(&mut self, failure: Failure, left_by: Timestamp) {
        if self.message.resend == Resend::Freely {
            self.message.left_by = None;
            self.rebuild_at(self.now);
            return self.later(failure);
        }
        for position in self.positions(is_open) {
            self.message.objects[position].fate = Fate::Unknown;
        }
        self.look_up(failure, left_by);
    }

    fn rebuild_at(&mut self, due: Timestamp) {
        self.message.state = MessageState::Accepted;
        self.message.ack = None;
        self.message.acked_at = None;
        self.message.lookup = None;
        self.message.left_by = None;
        self.message.due = due;
    }

    /// Waits after a failure, or parks when the message has waited too long. The state is kept.
    fn later(&mut self, failure: Failure) {
        if failure.class != RetryClass::Maintenance {
            self.message.attempts = self.message.attempts.saturating_add(1);
        }
        self.message.due = self.backoff(&failure);
        if self.message.due > self.message.since.after(self.policy.max_age) {
            let text = format!("not delivered for too long; the last failure: {failure}");
            let lasting = Failure::local(local::NOT_DELIVERED, text, failure.fixer);
            self.park(lasting.because_of(&failure));
        } else {
            self.message.failure = Some(failure);
        }
    }

    fn backoff(&self, failure: &Failure) -> Timestamp {
        if failure.class == RetryClass::Maintenance {
            return self.now.after(self.policy.maintenance);
        }
        next_due(self.policy, self.message.attempts.max(1), self.now, self.message.id.0.unsigned_abs())
    }

    fn give_up_if_stuck(&mut self) {
        // An export may simply be asked for again, so it need not be waited for as long as an import.
        let patience = match self.message.resend {
            Resend::Freely => self.policy.lookup_patience,
            _ => self.policy.max_processing,
        };
        if self.message.acked_at.is_some_and(|at| self.now.since(at) >= patience) {
            let text = "the system took the request and never finished it";
            self.doubt(Failure::local(local::OUTCOME_UNKNOWN, text, Fixer::System), self.now);
        }
    }

    /// Stops and waits for a person; a recurring export waits for its next run instead.
    fn park(&mut self, failure: Failure) {
        if self.message.recurring {
            self.message.failure = Some(failure);
            return self.end(MessageState::Rejected);
        }
        // On its way under an ack: what became of it is not known.
        if self.message.ack.is_some() {
            self.message.left_by = Some(self.now);
            for position in self.positions(is_open) {
                self.message.objects[position].fate = Fate::Unknown;
            }
        }
        for position in self.positions(|fate| *fate != Fate::Settled) {
            let shown = match self.message.objects[position].fate {
                Fate::Pending | Fate::Again => ObjectState::Postponed(failure.code.clone().unwrap_or_default()),
                _ => ObjectState::Unknown { until: None },
            };
            self.shown.insert(position, shown);
        }
        self.message.failure = Some(failure);
        self.end(MessageState::Parked);
    }

    fn settle_pending(&mut self, state: &ObjectState, end: MessageState) {
        for position in self.positions(is_open) {
            self.settle(position, state.clone());
        }
        self.end(end);
    }

    fn settle(&mut self, position: usize, state: ObjectState) {
        self.message.objects[position].fate = Fate::Settled;
        self.shown.insert(position, state);
    }

    fn end(&mut self, state: MessageState) {
        self.message.state = state;
        self.message.due = self.now;
        self.message.lookup = None;
        self.message.ack = None;
    }

    fn any(&self, wanted: impl Fn(&Fate) -> bool) -> bool {
        self.message.objects.iter().any(|object| wanted(&object.fate))
    }

    fn positions(&self, wanted: impl Fn(&Fate) -> bool) -> Vec<usize> {
        (self.message.objects.iter().enumerate())
            .filter(|(_, object)| wanted(&object.fate))
            .map(|(position, _)| position)
            .collect()
    }
}

fn is_open(fate: &Fate) -> bool {
    matches!(fate, Fate::Pending | Fate::Again)
}

fn is_doubtful(fate: &Fate) -> bool {
    matches!(fate, Fate::Unknown | Fate::Exists(_))
}
