//! The evidence archive: everything that went over the wire, exact bytes, in a chain that shows any change.
//!
//! Each node keeps one chain. Every commit that brings evidence is one [`Link`] over its [`Entry`]s, and contains the link before;
//! each UTC day ends with a [`Head`] that contains the day's last link and the head before, signed with the organisation's key. Digests
//! are taken over sealed bytes, so that the chain still verifies when a key has been shredded or bytes have been removed.
//!
//! The rules are written in `docs/specs/evidence.md`.

mod chain;
mod custody;
mod erase;
mod fault;
mod heads;
mod moment;
mod pack;
mod stream;
mod verify;

pub use chain::{Entry, Head, Link};
pub use custody::{Custody, Expiry, Hold, HoldId, Retention, Selection, expire};
pub use erase::{EraseError, erase, forbids_erasure};
pub use fault::{Fault, NodeReport, Report};
pub use heads::{CloseError, Closed, HeadError, HeadSignature, HeadSigner, close_days};
pub use pack::{Order, PackError, Packed, Source, pack};
pub use verify::{Against, Signatures, Verdict, verify};

use crate::store::StoreError;
use async_trait::async_trait;

/// The archive of a store.
#[async_trait]
pub trait Archive: Send + Sync {
    /// Nodes that have written evidence, by name.
    ///
    /// # Errors
    /// The database's own.
    async fn nodes(&self) -> Result<Vec<String>, StoreError>;

    /// Entries of a node after number `after`, in order, at most `limit`, with their sealed bytes where they are still kept; fewer when
    /// the bytes grow large. None at all means the end. Nothing is verified: that is for whoever reads the chain.
    ///
    /// # Errors
    /// The database's own.
    async fn entries(&self, node: &str, after: i64, limit: usize) -> Result<Vec<Entry>, StoreError>;

    /// Links of a node after number `after`, in order, at most `limit`. None at all means the end.
    ///
    /// # Errors
    /// The database's own.
    async fn links(&self, node: &str, after: i64, limit: usize) -> Result<Vec<Link>, StoreError>;

    /// Heads of a node in order of their days.
    ///
    /// # Errors
    /// The database's own.
    async fn heads(&self, node: &str) -> Result<Vec<Head>, StoreError>;

    /// Adds the head of a day that has ended.
    ///
    /// # Errors
    /// [`StoreError::NotNext`] when it does not continue the last one: not a later day, not a later link, or not behind its hash; the
    /// database's own.
    async fn append_head(&self, head: Head) -> Result<(), StoreError>;
}
