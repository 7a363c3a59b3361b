//! Names of things: ids the store gives, moments, digests.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::Duration;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

id!(
    /// What a caller handed over in one piece; given by the store, grows in order of acceptance.
    BatchId
);
id!(
    /// One row of a batch; given by the store.
    ObjectId
);
id!(
    /// One request to the system and its life; given by the store.
    MessageId
);
id!(
    /// A recurring export; given by the store.
    PullId
);
id!(
    /// Position in the inbox; given by the store, grows in the order in which items become visible.
    Seq
);
id!(
    /// Token of one claim on a message. It grows with every claim; whoever shows an older one is refused.
    Fence
);

/// A moment: milliseconds since 1970-01-01T00:00:00 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// This moment moved forward; stops at the end of the range instead of overflowing.
    #[must_use]
    pub fn after(self, by: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(by.as_millis()).unwrap_or(i64::MAX)))
    }

    /// Time passed since `earlier`, zero when it lies ahead.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

/// What ids given to the system are derived from: 16 random bytes drawn once, when a store is created, so that two stores
/// never give the same id, and one store gives the same id whenever it is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Namespace(pub [u8; 16]);

impl Namespace {
    /// MessageGUID of a build of a message.
    #[must_use]
    pub fn message_guid(&self, message: MessageId, build: u32) -> String {
        self.guid(&format!("message/{message}/{build}"))
    }

    /// TransportGUID of an object in a message.
    #[must_use]
    pub fn transport_guid(&self, message: MessageId, object: ObjectId) -> String {
        self.guid(&format!("object/{message}/{object}"))
    }

    fn guid(&self, name: &str) -> String {
        uuid::Uuid::new_v5(&uuid::Uuid::from_bytes(self.0), name.as_bytes()).to_string()
    }
}

/// SHA-256 of some bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Sha256(pub [u8; 32]);

impl Sha256 {
    /// Digest of `bytes`.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        use sha2::Digest;
        Self(sha2::Sha256::digest(bytes).into())
    }
}

impl fmt::Display for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
