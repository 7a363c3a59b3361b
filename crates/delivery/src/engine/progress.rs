//! Where everything stands, kept up to date step by step: counting anew after each would be quadratic.
//!
//! The beginning is counted by the database and only what is worked on is remembered here, so that a million waiting messages
//! cost no memory.

use crate::batch::{BatchCounts, ObjectState, Progress};
use crate::ids::MessageId;
use crate::state::{Fate, Message, MessageState, Step};
use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

/// Sees, after every recorded step, where the messages stand that were unfinished when the run began or came since.
pub type Observer = Arc<dyn Fn(&Progress) + Send + Sync>;

/// Counts for an observer.
pub(super) struct Tally {
    observer: Observer,
    progress: Progress,
    /// The latest message counted at the beginning.
    last: MessageId,
    /// Messages that came later, are counted by now, and not finished.
    later: HashSet<MessageId>,
}

impl fmt::Debug for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.progress.fmt(f)
    }
}

impl Tally {
    pub(super) fn new((progress, last): (Progress, MessageId), observer: Observer) -> Self {
        observer(&progress);
        Self { observer, progress, last, later: HashSet::new() }
    }

    /// Counts a message that is about to be worked on, unless it is counted.
    pub(super) fn meet(&mut self, message: &Message) {
        if message.id > self.last && self.later.insert(message.id) {
            *self.progress.messages.entry(message.state).or_default() += 1;
            self.combine(undecided(message), u64::saturating_add);
        }
    }

    pub(super) fn update(&mut self, before: &Message, step: &Step) {
        let after = &step.message;
        if let Some(count) = self.progress.messages.get_mut(&before.state) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.progress.messages.remove(&before.state);
            }
        }
        *self.progress.messages.entry(after.state).or_default() += 1;
        self.combine(undecided(before), u64::saturating_sub);
        self.combine(undecided(after), u64::saturating_add);
        for (_, object) in &step.objects {
            match object {
                ObjectState::Accepted(_) => self.progress.objects.accepted += 1,
                ObjectState::Refused(_) => self.progress.objects.refused += 1,
                _ => {}
            }
        }
        if matches!(after.state, MessageState::Done | MessageState::Rejected) {
            self.later.remove(&after.id);
        }
        (self.observer)(&self.progress);
    }

    fn combine(&mut self, counts: BatchCounts, with: fn(u64, u64) -> u64) {
        let objects = &mut self.progress.objects;
        objects.postponed = with(objects.postponed, counts.postponed);
        objects.in_message = with(objects.in_message, counts.in_message);
        objects.unknown = with(objects.unknown, counts.unknown);
    }
}

/// The message's objects that have no outcome yet, as the store shows them.
fn undecided(message: &Message) -> BatchCounts {
    let mut counts = BatchCounts::default();
    let pending = match message.state {
        MessageState::Parked => &mut counts.postponed,
        _ => &mut counts.in_message,
    };
    *pending = count(message, |fate| matches!(fate, Fate::Pending | Fate::Again));
    counts.unknown = count(message, |fate| matches!(fate, Fate::Unknown | Fate::Exists(_)));
    counts
}

fn count(message: &Message, wanted: impl Fn(&Fate) -> bool) -> u64 {
    u64::try_from(message.objects.iter().filter(|object| wanted(&object.fate)).count()).unwrap_or(u64::MAX)
}
