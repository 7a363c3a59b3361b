//! What has happened, in one line.

use std::collections::BTreeMap;
use std::fmt;

/// Counts of one run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Totals {
    /// The store.
    pub store: &'static str,
    /// The seed.
    pub seed: u64,
    /// Messages delivered.
    pub messages: u64,
    /// Different bills in them.
    pub bills: u64,
    /// Deaths by SIGKILL, as the operating system reports them, by point; `random` where there was none.
    pub kills: BTreeMap<&'static str, u64>,
    /// Stops longer than the lease.
    pub stops: u64,
    /// Requests that went over the wire.
    pub requests: u64,
    /// Submissions among them.
    pub submissions: u64,
    /// Connections cut.
    pub cuts: u64,
    /// Requests delayed.
    pub delays: u64,
    /// Requests duplicated.
    pub duplicates: u64,
    /// Calls of the store made to fail.
    pub store_failures: u64,
    /// Calls of the exchange made to fail.
    pub exchange_failures: u64,
    /// Ends of an engine by an error.
    pub engine_errors: u64,
    /// Jumps of the clock.
    pub clock_jumps: u64,
    /// Ends in good order, and starts after them.
    pub restarts: u64,
    /// Second engines refused.
    pub refused: u64,
    /// Times the disk was full.
    pub disk_full: u64,
    /// Restarts of the database server.
    pub server_restarts: u64,
    /// Connections of the database killed.
    pub terminated: u64,
    /// What could not be done here, and why.
    pub skipped: BTreeMap<String, u64>,
    /// Where the books disagree.
    pub differences: u64,
}

impl Totals {
    /// All kills.
    #[must_use]
    pub fn killed(&self) -> u64 {
        self.kills.values().sum()
    }

    /// What has happened too seldom: faults to fewer than `percent` in a hundred messages, fewer than `kills` kills.
    #[must_use]
    pub fn too_few(&self, percent: u64, kills: u64) -> Vec<String> {
        let faults = [
            ("cuts", self.cuts),
            ("delays", self.delays),
            ("duplicates", self.duplicates),
            ("store failures", self.store_failures),
            ("exchange failures", self.exchange_failures),
        ];
        let seldom =
            faults.into_iter().filter(|(_, count)| count.saturating_mul(100) < self.messages.saturating_mul(percent));
        let mut few: Vec<String> = seldom.map(|(what, count)| format!("{count} {what}")).collect();
        if self.killed() < kills {
            few.push(format!("{} kills", self.killed()));
        }
        few
    }

    /// Adds another run's counts.
    pub fn add(&mut self, other: &Self) {
        let pairs = [
            (&mut self.messages, other.messages),
            (&mut self.bills, other.bills),
            (&mut self.stops, other.stops),
            (&mut self.requests, other.requests),
            (&mut self.submissions, other.submissions),
            (&mut self.cuts, other.cuts),
            (&mut self.delays, other.delays),
            (&mut self.duplicates, other.duplicates),
            (&mut self.store_failures, other.store_failures),
            (&mut self.exchange_failures, other.exchange_failures),
            (&mut self.engine_errors, other.engine_errors),
            (&mut self.clock_jumps, other.clock_jumps),
            (&mut self.restarts, other.restarts),
            (&mut self.refused, other.refused),
            (&mut self.disk_full, other.disk_full),
            (&mut self.server_restarts, other.server_restarts),
            (&mut self.terminated, other.terminated),
            (&mut self.differences, other.differences),
        ];
        for (ours, theirs) in pairs {
            *ours += theirs;
        }
        for (point, count) in &other.kills {
            *self.kills.entry(point).or_default() += count;
        }
        for (what, count) in &other.skipped {
            *self.skipped.entry(what.clone()).or_default() += count;
        }
    }
}

impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { store, seed, messages, bills, .. } = self;
        write!(f, "torture: store={store} seed={seed} messages={messages} bills={bills} kills={}", self.killed())?;
        let kills: Vec<String> = self.kills.iter().map(|(point, count)| format!("{point} {count}")).collect();
        write!(f, " ({}) stops={} requests={}", kills.join(" "), self.stops, self.requests)?;
        write!(f, " submissions={} cuts={} delays={}", self.submissions, self.cuts, self.delays)?;
        write!(f, " duplicates={} store-failures={}", self.duplicates, self.store_failures)?;
        write!(f, " exchange-failures={} engine-errors={}", self.exchange_failures, self.engine_errors)?;
        write!(f, " clock-jumps={} restarts={} refused={}", self.clock_jumps, self.restarts, self.refused)?;
        write!(f, " disk-full={} server-restarts={}", self.disk_full, self.server_restarts)?;
        write!(f, " terminated={}", self.terminated)?;
        for (what, count) in &self.skipped {
            write!(f, " SKIPPED({what})={count}")?;
        }
        match self.differences {
            0 => write!(f, " books equal"),
            count => write!(f, " DIFFERENCES={count}"),
        }
    }
}
