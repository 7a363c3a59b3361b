//! What a run does, and how often.

use std::path::PathBuf;

use crate::chaos::Rates;
use crate::proxy::Weather;

/// Which store is tortured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// SQLite: one child at a time.
    Sqlite,
    /// PostgreSQL: two children on one database.
    Postgres,
}

impl Kind {
    /// Its name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }
}

/// What one run does. Everything by chance comes from the seed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The store.
    pub kind: Kind,
    /// The seed.
    pub seed: u64,
    /// About so many messages.
    pub messages: usize,
    /// Kills.
    pub kills: usize,
    /// Stops longer than the lease.
    pub stops: usize,
    /// Jumps of the clock there and back.
    pub jumps: usize,
    /// Ends in good order.
    pub restarts: usize,
    /// Second engines on the store.
    pub seconds: usize,
    /// Times the disk is filled up.
    pub fills: usize,
    /// Restarts of the database server.
    pub server_restarts: usize,
    /// Times every connection of the database is killed.
    pub terminations: usize,
    /// The network.
    pub weather: Weather,
    /// Faults of the sandbox, as it reads them.
    pub faults: String,
    /// Calls of the store made to fail.
    pub store: Rates,
    /// Calls of the exchange made to fail.
    pub exchange: Rates,
    /// Messages in work at a time in one child.
    pub parallel: usize,
    /// The program children are started from.
    pub program: PathBuf,
    /// Keep what the run leaves on disk here.
    pub keep: Option<PathBuf>,
    /// Say on standard error what happens.
    pub verbose: bool,
}

impl Options {
    /// Every fault at about one in twenty messages or more, and `kills` kills.
    #[must_use]
    pub fn new(kind: Kind, seed: u64, messages: usize, kills: usize, program: PathBuf) -> Self {
        let sqlite = kind == Kind::Sqlite;
        let few = |of: usize| (kills / of).max(1);
        Self {
            seed,
            messages,
            kills,
            stops: few(8),
            jumps: few(5),
            restarts: few(8),
            seconds: few(10),
            fills: if sqlite { few(12) } else { 0 },
            server_restarts: if sqlite { 0 } else { few(20) },
            terminations: if sqlite { 0 } else { few(8) },
            kind,
            weather: Weather { delay: 60, cut_before: 60, cut_amid: 60, cut_after: 60, duplicate: 60 },
            faults: FAULTS.to_owned(),
            // A message takes about ten calls of the store and five of the exchange.
            store: Rates::all(8),
            exchange: Rates::all(20),
            parallel: 16,
            program,
            keep: None,
            verbose: false,
        }
    }
}

/// Of the sandbox's own faults each hits about one submission or request in twenty. No two go by the same number: of two that always
/// hit the same request one would never be felt.
const FAULTS: &str = "delay=40ms:1/17,exp001000=1/19,html=1/20,503=1/21,exp001000-state=1/19,cut-before-ack=1/18,\
                      cut-after-accept=1/17,cut-apply-later=800ms:1/22,cut-apply-later=4s:1/21,duplicate=1/13,\
                      missing-object=1/16,unknown-element=1/14,stuck=1/20";
