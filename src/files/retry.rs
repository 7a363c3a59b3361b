//! When an upload or download is tried again: data, counted by a pure function.

use std::time::Duration;

use super::error::{FileError, Remedy};

/// When an upload or download is tried again.
///
/// Repeating does no harm: a part of a session replaces the one of its number, what a session holds is asked before anything
/// is sent again, and a simple upload whose answer was lost leaves a file that nothing refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Failures in a row after which it is given up, those that ask to wait aside.
    pub attempts: u32,
    /// Pause after the first failure; it doubles with each.
    pub pause: Duration,
    /// The longest pause.
    pub longest: Duration,
    /// Pause while the virus check or maintenance goes on.
    pub wait: Duration,
    /// How often that is waited for.
    pub waits: u32,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            attempts: 8,
            pause: Duration::from_secs(2),
            longest: Duration::from_secs(120),
            wait: Duration::from_secs(60),
            waits: 60,
        }
    }
}

impl RetryPolicy {
    /// Nothing is tried again.
    pub const NEVER: Self =
        Self { attempts: 1, pause: Duration::ZERO, longest: Duration::ZERO, wait: Duration::ZERO, waits: 0 };
}

/// Failures so far.
#[derive(Debug, Clone)]
pub struct Retries {
    policy: RetryPolicy,
    failures: u32,
    waits: u32,
    sessions: u32,
}

impl Retries {
    /// None yet.
    pub fn new(policy: RetryPolicy) -> Self {
        Self { policy, failures: 0, waits: 0, sessions: 0 }
    }

    /// Something got through. What was lost after it had got through is counted all the same: it could go on for ever.
    pub fn progress(&mut self) {
        self.failures = 0;
    }

    /// How long to wait before the next try; nothing if there should be none.
    pub fn after(&mut self, error: &FileError) -> Option<Duration> {
        let RetryPolicy { attempts, pause, longest, wait, waits } = self.policy;
        match error.remedy() {
            Remedy::Wait => {
                self.waits += 1;
                (self.waits <= waits).then_some(wait)
            }
            Remedy::Retry => {
                self.failures += 1;
                let lost = matches!(error, FileError::Session(_) | FileError::Missing(_) | FileError::Hash);
                self.sessions += u32::from(lost);
                let doubled = pause.saturating_mul(1 << self.failures.saturating_sub(1).min(20));
                (self.failures.max(self.sessions) < attempts).then_some(doubled.min(longest))
            }
            Remedy::FixFile | Remedy::FixSettings | Remedy::Report => None,
        }
    }
}
