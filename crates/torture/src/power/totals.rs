//! What the replays have come to, in one line.

use std::fmt;

/// Counts of one or many runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// The seed.
    pub seed: u64,
    /// Runs: recordings.
    pub runs: u64,
    /// Verbs of the store carried out and acknowledged.
    pub verbs: u64,
    /// Events recorded.
    pub events: u64,
    /// Syncs among them.
    pub syncs: u64,
    /// Crash points replayed.
    pub crashes: u64,
    /// Those amid the recovery from another.
    pub again: u64,
    /// Unsynced writes of which only some sectors were there.
    pub torn: u64,
    /// Unsynced writes that came before one they followed.
    pub reordered: u64,
    /// Unsynced writes that were not there.
    pub dropped: u64,
    /// Promises looked up after the crashes.
    pub promises: u64,
    /// What was not as promised.
    pub differences: u64,
}

impl Totals {
    /// Adds other counts.
    pub fn add(&mut self, other: &Self) {
        let pairs = [
            (&mut self.runs, other.runs),
            (&mut self.verbs, other.verbs),
            (&mut self.events, other.events),
            (&mut self.syncs, other.syncs),
            (&mut self.crashes, other.crashes),
            (&mut self.again, other.again),
            (&mut self.torn, other.torn),
            (&mut self.reordered, other.reordered),
            (&mut self.dropped, other.dropped),
            (&mut self.promises, other.promises),
            (&mut self.differences, other.differences),
        ];
        for (ours, theirs) in pairs {
            *ours += theirs;
        }
    }
}

impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "power: store=sqlite seed={} runs={} verbs={}", self.seed, self.runs, self.verbs)?;
        write!(f, " events={} syncs={} crash-points={}", self.events, self.syncs, self.crashes)?;
        write!(f, " amid-recovery={} torn={} reordered={}", self.again, self.torn, self.reordered)?;
        write!(f, " dropped={} promises={}", self.dropped, self.promises)?;
        match self.differences {
            0 => write!(f, " nothing lost"),
            count => write!(f, " DIFFERENCES={count}"),
        }
    }
}
