//! How the file store behaves.

use std::time::Duration;

/// How the file store behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileRules {
    /// How long a file waits for the virus check; until then it is not given out.
    pub virus_check: Duration,
    /// How long a session without requests lives. The real term is not known.
    pub session: Duration,
    /// Bytes of the largest file. The real bound is not known.
    pub largest: u64,
}

impl Default for FileRules {
    fn default() -> Self {
        Self { virus_check: Duration::ZERO, session: Duration::from_secs(24 * 3600), largest: 256 << 20 }
    }
}
