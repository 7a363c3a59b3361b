//! News of work, from whoever brought it.

use tokio::sync::watch;

/// News of work to be claimed: something was accepted, resumed or let go, on this node or another. A hint, not a promise: what
/// was said while no connection stood is not repeated, so whoever waits looks from time to time all the same.
#[derive(Debug, Clone)]
pub struct Wakes {
    heard: watch::Receiver<u64>,
}

impl Wakes {
    /// Hears of work whenever the number sent here changes; closed when the sender is gone.
    #[must_use]
    pub fn new(heard: watch::Receiver<u64>) -> Self {
        Self { heard }
    }

    /// Returns when there may be new work; at once if there was news since the last call. False when the store is closed.
    pub async fn next(&mut self) -> bool {
        self.heard.changed().await.is_ok()
    }
}
