//! Delivery that neither loses nor doubles: batches, objects, messages, their states and stores.
//!
//! The crate knows no XML and no network. It holds bytes, ids and classified outcomes; whoever embeds it fills two
//! ports: [`Exchange`] (build, send, poll, look up) and [`Clock`]. The rules it keeps are written in
//! `docs/specs/delivery.md`, each with the test that holds it.
//!
//! The way of a message: [`Store::accept`] stores a batch with its objects and messages in one transaction; the
//! [`Engine`] claims what is due; [`state::step`] decides, without IO and without a clock; [`Store::record`] puts the
//! decision on disk before the next effect happens.

mod batch;
mod engine;
mod failure;
mod ids;
mod policy;
mod ports;
mod sqlite;
pub mod state;
mod store;

pub use batch::{
    Accepted, BatchCounts, BatchView, NewBatch, NewMessage, NewObject, ObjectRow, ObjectState, Period, Plan, QueueView,
    Resend, RowView,
};
pub use engine::{Engine, EngineError, Observer, Progress};
pub use failure::{Failure, Fixer, GisIds, Level, Outcome, Refusal, RetryClass, local};
pub use ids::{BatchId, Fence, MessageId, Namespace, ObjectId, Sha256, Timestamp};
pub use policy::{Policy, PolicyError, next_due};
pub use ports::{Clock, Exchange, Looked, Polled, Prepared, Submitted, Work};
pub use sqlite::{SqliteOptions, SqliteReader, SqliteStore};
pub use store::{BodyRole, Claimed, Claims, Evidence, NewBody, Record, Store, StoreError, Views};
