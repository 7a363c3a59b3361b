//! One run: the sandbox, the network, the children, the catastrophes, and the books at the end.

mod books;
mod disk;
mod events;
mod incoming;
mod person;
mod server;
mod world;

use std::path::PathBuf;

use crate::audit::{Difference, audit};
use crate::options::Options;
use crate::totals::Totals;
use world::World;

/// Why a run could not come to its end. What it found is no error.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// The plan.
    #[error(transparent)]
    Plan(#[from] crate::plan::PlanError),
    /// The operating system.
    #[error("{doing}: {reason}")]
    Io {
        /// What was being done.
        doing: &'static str,
        /// What it said.
        reason: std::io::Error,
    },
    /// What the run stands on is broken.
    #[error("{0}")]
    Broken(String),
    /// There is no PostgreSQL on this machine.
    #[error("there is no PostgreSQL server program on this machine: install it, or torture SQLite alone")]
    NoPostgres,
    /// The store cannot be read at the end.
    #[error("the books cannot be read: {0}")]
    Books(#[from] gis_gkh_delivery::StoreError),
    /// The store cannot be opened at the end.
    #[error("the books cannot be opened: {0}")]
    Open(#[from] crate::open::OpenError),
    /// A child does not start.
    #[error("a child does not start; see {}", log.display())]
    Child {
        /// What it said.
        log: PathBuf,
    },
}

/// Runs once. Gives what happened and where the books disagree.
///
/// # Errors
/// See [`RunError`].
pub async fn run(options: &Options) -> Result<(Totals, Vec<Difference>), RunError> {
    let world = World::new(options).await?;
    let (books, mut totals) = world.torture().await?;
    let differences = audit(&books);
    totals.differences = u64::try_from(differences.len()).unwrap_or(u64::MAX);
    Ok((totals, differences))
}
