//! The one place where the wall clock is read. Everything else is handed a [`Clock`].

use std::time::Duration;

use time::{OffsetDateTime, UtcOffset};

use crate::transport::Boxed;

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

/// Waiting, injected: what repeats by itself waits by it.
pub trait Sleep: Send + Sync {
    /// Returns after so long.
    fn sleep(&self, time: Duration) -> Boxed<'_, ()>;
}

impl Sleep for SystemClock {
    fn sleep(&self, time: Duration) -> Boxed<'_, ()> {
        Box::pin(tokio::time::sleep(time))
    }
}

/// Moscow time: what the system's own dates are in, and what a request says unless configured otherwise.
pub const MOSCOW: UtcOffset = time::macros::offset!(+3);
