//! Service bills: payment documents placed, withdrawn and given out.

mod export;
mod exported;
mod import;
mod ledger;
mod references;
mod sums;

pub(crate) use ledger::Ledger;
pub use ledger::{DocumentKey, Effect};
