//! A clock for tests.

use async_trait::async_trait;
use gis_gkh_delivery::{Clock, Timestamp};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use tokio::sync::Notify;

/// A clock nobody waits for: sleeping moves it. Or, `manual`, one that only [`TestClock::advance`] moves.
pub(crate) struct TestClock {
    now: AtomicI64,
    manual: bool,
    moved: Notify,
}

impl TestClock {
    pub(crate) fn new(manual: bool) -> Arc<Self> {
        Arc::new(Self { now: AtomicI64::new(1_000), manual, moved: Notify::new() })
    }

    #[allow(dead_code, reason = "not every test moves it by hand")]
    pub(crate) fn advance(&self, by: Duration) {
        self.now.fetch_add(i64::try_from(by.as_millis()).unwrap(), Ordering::SeqCst);
        self.moved.notify_waiters();
    }
}

#[async_trait]
impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.now.load(Ordering::SeqCst))
    }

    async fn sleep_until(&self, at: Timestamp) {
        if !self.manual {
            self.now.fetch_max(at.0, Ordering::SeqCst);
            return;
        }
        loop {
            let moved = self.moved.notified();
            if self.now() >= at {
                return;
            }
            moved.await;
        }
    }
}
