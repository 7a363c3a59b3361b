//! The clock delivery waits by.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use gis_gkh::clock::Clock;
use gis_gkh_delivery::Timestamp;
use time::OffsetDateTime;

/// Delivery's clock over the gateway's: the time is the injected one, waiting is the runtime's.
pub struct Wall {
    clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for Wall {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Wall").finish_non_exhaustive()
    }
}

impl Wall {
    /// A clock for delivery that shows the time of `clock`.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock }
    }
}

/// A moment as delivery counts it.
pub(crate) fn timestamp(at: OffsetDateTime) -> Timestamp {
    // Years 0001 to 9999 in milliseconds fit easily.
    Timestamp(i64::try_from(at.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX))
}

/// A moment of delivery as a date; the end of time when it is beyond all dates.
pub(crate) fn moment(at: Timestamp) -> Option<OffsetDateTime> {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(at.0) * 1_000_000).ok()
}

/// Longest sleep in one go: a clock that was set forward is noticed within this time.
const NAP: Duration = Duration::from_secs(60);

#[async_trait]
impl gis_gkh_delivery::Clock for Wall {
    fn now(&self) -> Timestamp {
        timestamp(self.clock.now())
    }

    async fn sleep_until(&self, at: Timestamp) {
        loop {
            let left = at.since(self.now());
            if left.is_zero() {
                return;
            }
            tokio::time::sleep(left.min(NAP)).await;
        }
    }
}
