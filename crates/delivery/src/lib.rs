//! Delivery that neither loses nor doubles: batches, objects, messages, their states and stores.
//!
//! The crate knows no XML and no network. It holds bytes, ids and classified outcomes; whoever embeds it fills two
//! ports: [`Exchange`] (build, send, poll, look up) and [`Clock`]. The rules it keeps are written in
//! `docs/specs/delivery.md`, each with the test that holds it.
//!
//! The way of a message: [`Store::accept`] stores a batch with its objects and messages in one transaction; the
//! [`Engine`] claims what is due; [`state::step`] decides, without IO and without a clock; [`Store::record`] puts the
//! decision on disk before the next effect happens.

pub mod archive;
mod batch;
mod decide;
mod engine;
mod failure;
mod ids;
mod inbox;
mod keyring;
mod operate;
mod policy;
mod ports;
#[cfg(feature = "postgres")]
mod postgres;
mod pull;
mod seal;
mod sqlite;
pub mod state;
mod store;

pub use batch::{
    Accepted, BatchCounts, BatchView, NewBatch, NewMessage, NewObject, ObjectRow, ObjectState, Period, Plan, Priority,
    Progress, QueueView, Resend, RowView,
};
pub use decide::{Decided, DecidedMany, Decision, Parked, ParkedAt, Verb};
pub use engine::{Engine, EngineError, Observer};
pub use failure::{Failure, Fixer, GisIds, Level, Outcome, Refusal, RetryClass, local};
pub use ids::{BatchId, Fence, MessageId, Namespace, ObjectId, PullId, Seq, Sha256, Timestamp};
pub use inbox::{Consumer, ConsumerView, Inbox, InboxItem, NewItem, Page};
pub use keyring::{KeyRow, Keyring, KeyringError, MasterError, MasterSource, Month, MonthError};
pub use operate::{Operate, Pause, Scope, service};
pub use policy::{Policy, PolicyError, next_due};
pub use ports::{Clock, Exchange, Looked, Polled, Prepared, Submitted, Work};
#[cfg(feature = "postgres")]
pub use postgres::{AddressError, PasswordError, PasswordSource, PostgresOptions, PostgresReader, PostgresStore};
pub use pull::{Pull, PullView, Window};
pub use seal::{Entropy, EntropyError, KeyId, Plain, Seal, SealError, Sealed};
pub use sqlite::{Check, Spare, SqliteHealth, SqliteOptions, SqliteReader, SqliteStore, Upkeep};
pub use store::{Awaiting, BodyRole, Claimed, Claims, Evidence, NewBody, Record, Store, StoreError, Views, Wakes};
