//! A gate before the log: the writer waits at it before a commit, so that what is asked meanwhile goes into one commit after it.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Nobody waits longer for somebody who never comes.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nobody waits.
    #[default]
    Open,
    /// The next commit waits.
    Armed,
    /// A commit waits.
    Held,
    /// A commit goes through; after so many syncs of the log the next one waits.
    Passing(u32),
}

#[derive(Debug, Default)]
pub(super) struct Gate {
    state: Mutex<State>,
    changed: Condvar,
}

impl Gate {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Closes the gate.
    pub(super) fn arm(&self) {
        *self.lock() = State::Armed;
    }

    /// Blocks until a commit waits. False when none came.
    pub(super) fn held(&self) -> bool {
        let waiting = self.changed.wait_timeout_while(self.lock(), PATIENCE, |state| *state != State::Held);
        !waiting.unwrap_or_else(PoisonError::into_inner).1.timed_out()
    }

    /// Lets the commit through that waits; with `again` the next one waits too.
    pub(super) fn release(&self, again: bool) {
        *self.lock() = if again { State::Passing(1) } else { State::Open };
        self.changed.notify_all();
    }

    /// Before a write to the log.
    pub(super) fn write(&self, offset: u64) {
        let mut state = self.lock();
        if *state == State::Armed {
            *state = State::Held;
            self.changed.notify_all();
            let waited = self.changed.wait_timeout_while(state, PATIENCE, |state| *state == State::Held);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        // A log that begins anew has its first lines synced by themselves.
        if let State::Passing(syncs) = &mut *state
            && offset == 0
        {
            *syncs += 1;
        }
    }

    /// After a sync of the log.
    pub(super) fn sync(&self) {
        let mut state = self.lock();
        if let State::Passing(syncs) = *state {
            *state = if syncs > 1 { State::Passing(syncs - 1) } else { State::Armed };
        }
    }
}
