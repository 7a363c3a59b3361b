//! The torture kit: a gateway that works is killed, stopped, cut off and filled up, and afterwards an auditor compares the books:
//! what the caller was promised, what the sandbox really did, what the archive says, and what those who read the inbox got.
//!
//! The binary `gkh-torture` is parent and child at once. The parent runs the sandbox, the network and the catastrophes; children
//! hold the store and run the real engine with the real desks. Everything is decided by one seed.
//!
//! [`chaos`] (ports that fail by method and rate), [`proxy`] (a network that delays, cuts and duplicates), [`clock`] (a clock that can
//! be set) and [`audit`](audit()) are of use by themselves.

mod audit;
pub mod books;
pub mod chaos;
pub mod child;
pub mod clock;
pub mod dice;
mod keys;
pub mod line;
mod node;
mod open;
mod options;
pub mod plan;
pub mod points;
pub mod power;
pub mod proxy;
mod pulls;
pub mod read;
mod run;
pub mod setting;
mod totals;

pub use audit::{Difference, audit};
pub use open::{OpenError, make_master, open};
pub use options::{Kind, Options};
pub use run::{RunError, run};
pub use totals::Totals;
