//! What a child is told before it begins, and how patient its engine is.

use std::path::PathBuf;
use std::time::Duration;

use gis_gkh_delivery::Policy;
use serde::{Deserialize, Serialize};

use crate::chaos::Rates;

/// Where a child keeps what it delivers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// An SQLite store in a directory.
    Sqlite {
        /// The directory.
        directory: PathBuf,
    },
    /// A node of a PostgreSQL store.
    Postgres {
        /// Where the server is (libpq's `key=value` form).
        url: String,
        /// Name of the node.
        node: String,
    },
}

/// What a child is told, as JSON in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setting {
    /// The store.
    pub place: Place,
    /// The folder of the keyring and its master key.
    pub keys: PathBuf,
    /// The way to the sandbox, `host:port`.
    pub address: String,
    /// The file its clock is moved by.
    pub clock: PathBuf,
    /// What its own dice begin with.
    pub seed: u64,
    /// Calls of the store made to fail.
    pub store: Rates,
    /// Calls of the exchange made to fail.
    pub exchange: Rates,
    /// Messages in work at a time.
    pub parallel: usize,
    /// Meters whose readings are read again and again.
    pub meters: Vec<String>,
}

/// A lease runs out after this.
pub const LEASE: Duration = Duration::from_millis(2500);

/// The promises of a real stand, kept within seconds.
#[must_use]
pub fn policy(parallel: usize) -> Policy {
    let list = |millis: &[u64]| millis.iter().copied().map(Duration::from_millis).collect();
    Policy {
        poll: list(&[5, 20, 50, 100, 250]),
        max_processing: Duration::from_secs(5),
        backoff: Duration::from_millis(20),
        backoff_cap: Duration::from_millis(200),
        maintenance: Duration::from_millis(200),
        max_age: Duration::from_secs(14 * 24 * 3600),
        bytes_max_age: Duration::from_secs(600),
        send_deadline: Duration::from_millis(400),
        request_timeout: Duration::from_millis(1500),
        lease: LEASE,
        settle: Duration::from_millis(2200),
        absences: 3,
        lookup: list(&[50, 300]),
        lookup_patience: Duration::from_secs(3),
        lookup_limit: 300,
        learn: None,
        bulk_from: 3,
        per_certificate: parallel.max(1),
        pace: Duration::ZERO,
        budget: 200,
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn it_keeps_the_promises() {
        assert_eq!(super::policy(8).check(), Ok(()));
    }
}
