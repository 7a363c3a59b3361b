//! Uncertain: asking the system, in chunks and in rounds, what became of objects.

use super::{Asked, Effect, Event, Fate, Lookup, Machine, Message, MessageState, is_doubtful};
use crate::batch::{ObjectState, Resend};
use crate::failure::{Failure, Fixer, GisIds, Refusal, RetryClass, local};
use crate::ids::{ObjectId, Timestamp};
use crate::policy::Policy;
use std::collections::HashMap;

impl Message {
    pub(super) fn lookup_effect(&self, policy: &Policy) -> Option<Effect> {
        let lookup = self.lookup.as_ref()?;
        Some(match &lookup.asked {
            Some(asked) => Effect::Read(self.doubtful(lookup.cursor, asked.end).collect(), asked.ack.clone()),
            None => Effect::Ask(self.doubtful(lookup.cursor, self.objects.len()).take(policy.lookup_limit).collect()),
        })
    }

    /// Objects in doubt between two positions.
    fn doubtful(&self, from: usize, to: usize) -> impl Iterator<Item = ObjectId> {
        let to = to.min(self.objects.len());
        let range = self.objects.get(from.min(to)..to).unwrap_or_default();
        range.iter().filter(|object| is_doubtful(&object.fate)).map(|object| object.id)
    }
}

impl Machine<'_> {
    /// Begins to look up whatever is in doubt.
    pub(super) fn look_up(&mut self, failure: Failure, left_by: Timestamp) {
        self.message.state = MessageState::Uncertain;
        self.message.ack = None;
        self.message.acked_at = None;
        self.message.attempts = 0;
        self.message.left_by = Some(left_by);
        self.message.failure = Some(failure);
        let until = Some(left_by.after(self.policy.settle));
        for position in self.positions(is_doubtful) {
            self.shown.insert(position, ObjectState::Unknown { until });
        }
        self.start_round(0, 0);
    }

    fn start_round(&mut self, round: u32, absences: u32) {
        // What is asked once more, to be sure, is asked as soon as at first.
        let pause = self.policy.lookup_pause(if absences == 0 { round } else { absences - 1 });
        let cadence = self.now.after(pause);
        let settled = self.settled_at();
        // One round begins right when absence starts to count.
        let started = if self.now < settled && settled < cadence { settled } else { cadence };
        self.message.lookup = Some(Lookup { round, started, absences, cursor: 0, asked: None });
        self.message.due = started;
    }

    fn settled_at(&self) -> Timestamp {
        self.message.left_by.unwrap_or(self.now).after(self.policy.settle)
    }

    pub(super) fn looked(&mut self, event: Event) {
        let Some(mut lookup) = self.message.lookup.clone() else { return };
        match (event, lookup.asked.take()) {
            (Event::Asked(ack, count), None) => {
                let position = |id| self.message.objects.iter().position(|object| object.id == id);
                let last = self.message.doubtful(lookup.cursor, self.message.objects.len()).take(count).last();
                let end = last.and_then(position).map_or(self.message.objects.len(), |position| position + 1);
                lookup.asked = Some(Asked { ack, end, polls: 0, at: self.now });
                self.message.attempts = 0;
                self.message.due = self.now.after(self.policy.poll_pause(0));
                self.message.lookup = Some(lookup);
            }
            (Event::AskFailed(failure), None) => match failure.class {
                RetryClass::Empty => {
                    let open = self.message.doubtful(lookup.cursor, self.message.objects.len());
                    let last = open.take(self.policy.lookup_limit).last();
                    let position = last.and_then(|id| self.message.objects.iter().position(|object| object.id == id));
                    self.chunk_done(lookup, position.map_or(self.message.objects.len(), |position| position + 1));
                }
                _ => self.ask_again(lookup, failure),
            },
            (Event::LookPending, Some(mut asked)) => {
                if self.now.since(asked.at) >= self.policy.lookup_patience {
                    let text = "the lookup was taken and never finished";
                    let stuck = Failure::local(local::OUTCOME_UNKNOWN, text, Fixer::System);
                    return self.ask_again(lookup, Failure { class: RetryClass::Retry, ..stuck });
                }
                asked.polls = asked.polls.saturating_add(1);
                self.message.due = self.now.after(self.policy.poll_pause(asked.polls));
                lookup.asked = Some(asked);
                self.message.lookup = Some(lookup);
            }
            (Event::Found(found), Some(asked)) => {
                self.adopt(found);
                self.chunk_done(lookup, asked.end);
            }
            (Event::LookFailed(failure), Some(asked)) => match failure.class {
                RetryClass::Empty => self.chunk_done(lookup, asked.end),
                _ => self.ask_again(lookup, failure),
            },
            (Event::Damaged(failure), _) => self.park(failure),
            _ => {}
        }
    }

    /// What is found is ours, whenever it is found.
    fn adopt(&mut self, found: Vec<(ObjectId, GisIds)>) {
        let mut found: HashMap<_, _> = found.into_iter().collect();
        for position in self.positions(is_doubtful) {
            if let Some(ids) = found.remove(&self.message.objects[position].id) {
                self.settle(position, ObjectState::Accepted(ids));
            }
        }
    }

    fn chunk_done(&mut self, mut lookup: Lookup, end: usize) {
        self.message.attempts = 0;
        if self.message.doubtful(end, self.message.objects.len()).next().is_some() {
            lookup.cursor = end;
            self.message.lookup = Some(lookup);
            self.message.due = self.now;
            return;
        }
        if !self.any(is_doubtful) {
            return self.finish();
        }
        // One answer may leave out what is there, and a clock that jumps may have left one round of all.
        // Where it has jumped back since, what was counted by it counts no more.
        let counts = lookup.started >= self.settled_at();
        let absences = if counts { lookup.absences.saturating_add(1) } else { 0 };
        if absences < self.policy.absences {
            return self.start_round(lookup.round.saturating_add(1), absences);
        }
        self.absent();
    }

    /// What is still in doubt was not there after the settle time, however often it was asked for.
    fn absent(&mut self) {
        for position in self.positions(is_doubtful) {
            if let Fate::Exists(failure) = self.message.objects[position].fate.clone() {
                // The system refuses it and holds nothing of ours under this key: the refusal stands.
                self.settle(position, ObjectState::Refused(Refusal::from(failure)));
            }
        }
        let absent = self.positions(|fate| *fate == Fate::Unknown);
        if self.message.resend == Resend::Never && !absent.is_empty() {
            let text = "not found after the settle time, and the system would not refuse a second one";
            return self.park(Failure::local(local::OUTCOME_UNKNOWN, text, Fixer::Operator));
        }
        for position in absent {
            self.message.objects[position].fate = Fate::Again;
        }
        self.finish();
    }

    fn ask_again(&mut self, lookup: Lookup, failure: Failure) {
        match failure.class {
            RetryClass::Permanent | RetryClass::CallerFix | RetryClass::SwitchOperation => {
                let text = format!("the outcome cannot be looked up: {failure}");
                self.park(Failure::local(local::LOOKUP_REFUSED, text, failure.fixer).because_of(&failure));
            }
            _ => {
                self.message.lookup = Some(lookup);
                self.later(failure);
            }
        }
    }
}
