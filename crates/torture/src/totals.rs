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
    /// Runs.
    pub runs: u64,
    /// Different bills in them.
    pub bills: u64,
    /// Different readings in them.
    pub readings: u64,
    /// Different answers to appeals in them.
    pub answers: u64,
    /// Messages a person gave up, having looked into the portal.
    pub given_up: u64,
    /// Records of the inbox.
    pub inbox: u64,
    /// Deaths of consumers between reading and acknowledging.
    pub crashes: u64,
    /// How often each fault of the sandbox struck.
    pub faults: BTreeMap<&'static str, u64>,
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
    /// Times every connection of the database was killed.
    pub terminations: u64,
    /// Connections killed then.
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

    /// What has happened too seldom: faults to fewer than `percent` in a hundred messages, fewer than `kills` kills, and, where a
    /// percentage is asked for, whatever else has not happened in each run.
    #[must_use]
    pub fn too_few(&self, percent: u64, kills: u64) -> Vec<String> {
        let ours = [
            ("cuts", self.cuts),
            ("delays", self.delays),
            ("duplicates", self.duplicates),
            ("store failures", self.store_failures),
            ("exchange failures", self.exchange_failures),
        ];
        let faults = ours.into_iter().chain(self.faults.iter().map(|(name, count)| (*name, *count)));
        let seldom = faults.filter(|(_, count)| count.saturating_mul(100) < self.messages.saturating_mul(percent));
        let mut few: Vec<String> = seldom.map(|(what, count)| format!("{count} {what}")).collect();
        if self.killed() < kills {
            few.push(format!("{} kills", self.killed()));
        }
        if percent > 0 {
            few.extend(self.rare().into_iter().map(|(what, count)| format!("{count} {what}")));
        }
        few
    }

    /// Events of which there was less than one a run.
    fn rare(&self) -> Vec<(&'static str, u64)> {
        let sqlite = self.store == "sqlite";
        let of_postgres = |count| if sqlite { self.runs } else { count };
        let events = [
            ("stops", self.stops),
            ("clock jumps", self.clock_jumps),
            ("restarts", self.restarts),
            ("second engines", self.refused),
            ("full disks", if sqlite && self.skipped.is_empty() { self.disk_full } else { self.runs }),
            ("restarts of the server", of_postgres(self.server_restarts)),
            ("terminations", of_postgres(self.terminations)),
            ("deaths of consumers", self.crashes),
        ];
        events.into_iter().filter(|(_, count)| *count < self.runs).collect()
    }

    /// Adds another run's counts.
    pub fn add(&mut self, other: &Self) {
        let pairs = [
            (&mut self.messages, other.messages),
            (&mut self.runs, other.runs),
            (&mut self.bills, other.bills),
            (&mut self.readings, other.readings),
            (&mut self.answers, other.answers),
            (&mut self.given_up, other.given_up),
            (&mut self.inbox, other.inbox),
            (&mut self.crashes, other.crashes),
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
            (&mut self.terminations, other.terminations),
            (&mut self.terminated, other.terminated),
            (&mut self.differences, other.differences),
        ];
        for (ours, theirs) in pairs {
            *ours += theirs;
        }
        for (point, count) in &other.kills {
            *self.kills.entry(point).or_default() += count;
        }
        for (name, count) in &other.faults {
            *self.faults.entry(name).or_default() += count;
        }
        for (what, count) in &other.skipped {
            *self.skipped.entry(what.clone()).or_default() += count;
        }
    }
}

impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { store, seed, messages, bills, .. } = self;
        write!(f, "torture: store={store} seed={seed} messages={messages} bills={bills} readings={}", self.readings)?;
        write!(f, " answers={} given-up={}", self.answers, self.given_up)?;
        write!(f, " inbox={} consumer-deaths={} kills={}", self.inbox, self.crashes, self.killed())?;
        let kills: Vec<String> = self.kills.iter().map(|(point, count)| format!("{point} {count}")).collect();
        write!(f, " ({}) stops={} requests={}", kills.join(" "), self.stops, self.requests)?;
        write!(f, " submissions={} cuts={} delays={}", self.submissions, self.cuts, self.delays)?;
        write!(f, " duplicates={} store-failures={}", self.duplicates, self.store_failures)?;
        write!(f, " exchange-failures={} engine-errors={}", self.exchange_failures, self.engine_errors)?;
        write!(f, " clock-jumps={} restarts={} refused={}", self.clock_jumps, self.restarts, self.refused)?;
        write!(f, " disk-full={} server-restarts={}", self.disk_full, self.server_restarts)?;
        write!(f, " terminations={} terminated={}", self.terminations, self.terminated)?;
        let faults: Vec<String> = self.faults.iter().map(|(name, count)| format!("{name} {count}")).collect();
        write!(f, " sandbox({})", faults.join(" "))?;
        for (what, count) in &self.skipped {
            write!(f, " SKIPPED({what})={count}")?;
        }
        match self.differences {
            0 => write!(f, " books equal"),
            count => write!(f, " DIFFERENCES={count}"),
        }
    }
}
