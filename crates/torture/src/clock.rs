//! A clock that can be set: the machine's, moved by what a file says. It exists in this crate alone; no released program reads it.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use async_trait::async_trait;
use gis_gkh::clock::SystemClock;
use gis_gkh_delivery::Timestamp;
use time::OffsetDateTime;

/// How long a sleeper sleeps at most before it looks again: whoever sets the clock is noticed within this time.
const NAP: Duration = Duration::from_millis(10);

/// The machine's clock, moved by the milliseconds that stand in a file; not at all when there is none.
pub struct FileClock {
    path: PathBuf,
}

impl fmt::Debug for FileClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileClock").field("path", &self.path).finish()
    }
}

impl FileClock {
    /// A clock moved by this file.
    #[must_use]
    pub fn new(path: &Path) -> Self {
        Self { path: path.to_owned() }
    }

    /// Moves every clock of this file to `millis` before or after the machine's.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn set(path: &Path, millis: i64) -> io::Result<()> {
        // Whoever reads sees the old value or the new one, never half of it.
        let new = path.with_extension("new");
        std::fs::write(&new, millis.to_string())?;
        std::fs::rename(new, path)
    }

    fn moved(&self) -> time::Duration {
        let text = std::fs::read_to_string(&self.path).unwrap_or_default();
        time::Duration::milliseconds(text.trim().parse().unwrap_or(0))
    }
}

impl gis_gkh::clock::Clock for FileClock {
    fn now(&self) -> OffsetDateTime {
        gis_gkh::clock::Clock::now(&SystemClock) + self.moved()
    }
}

#[async_trait]
impl gis_gkh_delivery::Clock for FileClock {
    fn now(&self) -> Timestamp {
        let now = gis_gkh::clock::Clock::now(self);
        Timestamp(i64::try_from(now.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX))
    }

    async fn sleep_until(&self, at: Timestamp) {
        loop {
            let left = at.since(gis_gkh_delivery::Clock::now(self));
            if left.is_zero() {
                return;
            }
            tokio::time::sleep(left.min(NAP)).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gis_gkh::clock::Clock as _;

    #[test]
    fn the_file_moves_the_clock_both_ways() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("clock");
        let clock = FileClock::new(&path);
        let machine = SystemClock.now();
        assert!((clock.now() - machine).whole_seconds().abs() < 600);
        for hours in [3, -3] {
            FileClock::set(&path, hours * 3_600_000).unwrap();
            assert!(((clock.now() - machine).whole_seconds() - hours * 3600).abs() < 600);
        }
    }
}
