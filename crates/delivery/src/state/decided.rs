//! Parked: what a person decides.

use super::{Fate, Machine, MessageState, is_doubtful, is_open};
use crate::batch::ObjectState;
use crate::failure::{Failure, Fixer, Refusal, local};

impl Machine<'_> {
    pub(super) fn retry(&mut self) {
        self.message.attempts = 0;
        self.message.since = self.now;
        if self.any(is_doubtful) {
            let failure = self.message.failure.clone();
            let left_by = self.message.left_by.unwrap_or(self.now);
            let why = failure
                .unwrap_or_else(|| Failure::local(local::OUTCOME_UNKNOWN, "tried again by a person", Fixer::System));
            self.look_up(why, left_by);
        } else {
            self.go_anew();
        }
    }

    /// What is in doubt goes anew, too. A person may err: should the system refuse it, that is looked up before it counts. While
    /// the first may still be applied nobody can be sure of anything.
    pub(super) fn replay(&mut self) {
        if self.message.may_be_applied(self.policy).is_some_and(|until| self.now < until) {
            return;
        }
        for position in self.positions(is_doubtful) {
            self.message.objects[position].fate = Fate::Again;
        }
        self.message.attempts = 0;
        self.message.since = self.now;
        self.go_anew();
    }

    fn go_anew(&mut self) {
        for position in self.positions(is_open) {
            self.shown.insert(position, ObjectState::InMessage(self.message.id));
        }
        self.rebuild_at(self.now);
    }

    /// A person gives up what is left: what has not been sent is refused, what is in doubt stays unknown.
    pub(super) fn discard(&mut self, failure: Failure) {
        for position in self.positions(is_open) {
            self.settle(position, ObjectState::Refused(Refusal::from(failure.clone())));
        }
        for position in self.positions(is_doubtful) {
            self.settle(position, ObjectState::Unknown { until: None });
        }
        self.message.failure = Some(failure);
        self.end(MessageState::Rejected);
    }
}
