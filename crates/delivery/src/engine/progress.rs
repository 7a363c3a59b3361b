//! Where everything stands, kept up to date step by step: counting anew after each would be quadratic.

use crate::batch::{BatchCounts, ObjectState, QueueView};
use crate::ids::MessageId;
use crate::state::{Fate, MessageState, Step};
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Arc;

/// Sees the progress after every recorded step.
pub type Observer = Arc<dyn Fn(&Progress) + Send + Sync>;

/// Messages that were unfinished when the run began or came since, and their objects.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Progress {
    /// Objects by state.
    pub objects: BatchCounts,
    /// Messages by state.
    pub messages: BTreeMap<MessageState, u64>,
}

#[derive(Default)]
pub(super) struct Tally {
    known: HashMap<MessageId, (MessageState, BatchCounts)>,
    progress: Progress,
    observer: Option<Observer>,
}

impl fmt::Debug for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.progress.fmt(f)
    }
}

impl Tally {
    pub(super) fn new(queue: Vec<QueueView>, observer: Option<Observer>) -> Self {
        let mut tally = Self { observer, ..Self::default() };
        tally.learn(queue);
        tally.tell();
        tally
    }

    pub(super) fn progress(&self) -> &Progress {
        &self.progress
    }

    pub(super) fn knows(&self, message: MessageId) -> bool {
        self.known.contains_key(&message)
    }

    /// Adds messages not known yet.
    pub(super) fn learn(&mut self, queue: Vec<QueueView>) {
        for view in queue {
            if !self.knows(view.message) {
                self.known.insert(view.message, (view.state, view.objects));
                self.add(view.state, view.objects);
            }
        }
    }

    pub(super) fn update(&mut self, step: &Step) {
        let message = &step.message;
        let Some((state, counts)) = self.known.get(&message.id).copied() else { return };
        let count = |wanted: &dyn Fn(&Fate) -> bool| {
            u64::try_from(message.objects.iter().filter(|object| wanted(&object.fate)).count()).unwrap_or(u64::MAX)
        };
        let pending = count(&|fate| matches!(fate, Fate::Pending | Fate::Again));
        let parked = message.state == MessageState::Parked;
        let mut now = BatchCounts {
            postponed: if parked { pending } else { 0 },
            in_message: if parked { 0 } else { pending },
            unknown: count(&|fate| matches!(fate, Fate::Unknown | Fate::Exists(_))),
            ..counts
        };
        for (_, object) in &step.objects {
            match object {
                ObjectState::Accepted(_) => now.accepted += 1,
                ObjectState::Refused(_) => now.refused += 1,
                _ => {}
            }
        }
        self.remove(state, counts);
        self.add(message.state, now);
        self.known.insert(message.id, (message.state, now));
        self.tell();
    }

    fn tell(&self) {
        if let Some(observer) = &self.observer {
            observer(&self.progress);
        }
    }

    fn add(&mut self, state: MessageState, counts: BatchCounts) {
        *self.progress.messages.entry(state).or_default() += 1;
        self.combine(counts, u64::saturating_add);
    }

    fn remove(&mut self, state: MessageState, counts: BatchCounts) {
        if let Some(count) = self.progress.messages.get_mut(&state) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.progress.messages.remove(&state);
            }
        }
        self.combine(counts, u64::saturating_sub);
    }

    fn combine(&mut self, counts: BatchCounts, with: fn(u64, u64) -> u64) {
        let objects = &mut self.progress.objects;
        objects.postponed = with(objects.postponed, counts.postponed);
        objects.refused = with(objects.refused, counts.refused);
        objects.in_message = with(objects.in_message, counts.in_message);
        objects.accepted = with(objects.accepted, counts.accepted);
        objects.unknown = with(objects.unknown, counts.unknown);
    }
}
