//! The one place where the wall clock is read. Everything else is handed a [`Clock`].

use time::{OffsetDateTime, UtcOffset};

/// Time, injected: deadlines, signing times and tests depend on it.
pub trait Clock: Send + Sync {
    /// Now, in UTC.
    fn now(&self) -> OffsetDateTime;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the module the ban points to")]
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::now_utc()
    }
}

/// Moscow time: what the system's own dates are in, and what a request says unless configured otherwise.
pub const MOSCOW: UtcOffset = time::macros::offset!(+3);
