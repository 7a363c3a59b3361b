//! What was promised, when, and what the store held then.

use std::sync::Arc;

use gis_gkh_delivery::archive::Head;

use super::facts::Facts;

/// A verb that was acknowledged.
#[derive(Debug, Clone)]
pub(super) struct Noted {
    /// Events recorded until then.
    pub(super) at: usize,
    /// The verb.
    pub(super) verb: &'static str,
    /// What callers know by now: given by them or told to them, never read back from the store.
    pub(super) promises: Arc<Facts>,
    /// All that the store held.
    pub(super) facts: Arc<Facts>,
    /// The keys there were.
    pub(super) keys: Arc<Facts>,
    /// Heads of days that were exported and kept elsewhere.
    pub(super) heads: Arc<Vec<Head>>,
}

/// Every verb in its order. Before the first nothing has been promised.
#[derive(Debug, Clone)]
pub(super) struct Book(Vec<Noted>);

impl Book {
    pub(super) fn new() -> Self {
        Self(vec![Noted {
            at: 0,
            verb: "nothing",
            promises: Arc::default(),
            facts: Arc::default(),
            keys: Arc::default(),
            heads: Arc::default(),
        }])
    }

    pub(super) fn note(&mut self, noted: Noted) {
        self.0.push(noted);
    }

    pub(super) fn verbs(&self) -> &[Noted] {
        &self.0[1..]
    }

    /// The last verb acknowledged at a position, and the one under way.
    pub(super) fn at(&self, position: usize) -> (&Noted, Option<&Noted>) {
        let next = self.0.partition_point(|noted| noted.at <= position);
        (&self.0[next.saturating_sub(1)], self.0.get(next))
    }
}
