//! The books at the end of a run.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use gis_gkh::clock::Clock as _;
use gis_gkh_sandbox::Sandbox;

use super::RunError;
use super::world::{Ahead, World, lock, setting};
use crate::books::{Books, Deed, Done};
use crate::open::open;
use crate::plan::Thing;
use crate::read;
use crate::setting;
use crate::totals::Totals;

impl World {
    /// The books, and what has happened.
    pub(super) async fn books(&self) -> Result<(Books, Totals), RunError> {
        let node = self.nodes.first().ok_or_else(|| RunError::Broken("there is no node".to_owned()))?;
        let mut setting = setting(&node.setting)?;
        if let setting::Place::Postgres { node, .. } = &mut setting.place {
            // One that was killed a moment ago may still be held to have its name.
            "auditor".clone_into(node);
        }
        let store = open(&setting).await?;
        let mut promised = std::mem::take(&mut *lock(&self.promised));
        read::ends(&*store, &mut promised).await?;
        let archived = read::archived(&*store, &promised).await?;
        let mut incoming = std::mem::take(&mut *lock(&self.incoming));
        incoming.kept = read::inbox(&*store).await?;
        drop(store);
        self.sandbox.advance(Ahead.now());
        let (submissions, answers) = self.wire.seen();
        let done = Done { deeds: deeds(&self.sandbox), submissions, answers };
        for appeal in &self.plan.shown {
            let sending = Thing::Sending { appeal: appeal.clone() };
            let answered = done.deeds.get(&sending).is_some_and(|deed| deed.placed > 0);
            incoming.portal.insert(("appeals".to_owned(), appeal.clone()), answered);
        }

        let mut totals = self.totals().clone();
        let passed = &self.wire.passed;
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        totals.requests = read(&passed.requests);
        totals.submissions = read(&passed.submissions);
        totals.cuts = read(&passed.cuts);
        totals.delays = read(&passed.delays);
        totals.duplicates = read(&passed.duplicates);
        totals.store_failures = read(&self.heard.store);
        totals.exchange_failures = read(&self.heard.exchange);
        totals.engine_errors = read(&self.heard.engine_errors);
        totals.faults = self.sandbox.struck();
        totals.inbox = count(incoming.kept.len());
        let is_given_up = |message: &Option<i64>| message.is_some_and(|message| promised.given_up.contains(&message));
        let given_up = promised.ends.values().filter(|(end, message)| !end.is_final() && is_given_up(message));
        totals.given_up = count(given_up.count());
        Ok((Books { promised, done, archived, incoming }, totals))
    }
}

/// What the sandbox has done, by the names all books use.
pub(super) fn deeds(sandbox: &Sandbox) -> BTreeMap<Thing, Deed> {
    let mut deeds = BTreeMap::new();
    for (key, effect) in sandbox.effects() {
        let period = format!("{:04}-{:02}", key.year, key.month);
        let thing = Thing::Bill { account: key.account.to_string(), period, number: key.number };
        let (placed, undone) = (effect.placed, effect.withdrawn);
        deeds.insert(thing, Deed { placed, undone, ids: effect.ids, ..Deed::default() });
    }
    for (key, effect) in sandbox.readings() {
        let thing = Thing::Reading { meter: key.device.to_string(), date: key.date.to_string() };
        deeds.insert(thing, Deed { placed: effect.placed, ..Deed::default() });
    }
    for (guid, effect) in sandbox.answers() {
        let appeal = guid.to_string();
        let undone = effect.edited + effect.deleted + effect.handled;
        let written = Deed { placed: effect.written, undone, ..Deed::default() };
        deeds.insert(Thing::Draft { appeal: appeal.clone() }, written);
        let sent = Deed { placed: effect.sent, premature: effect.premature, ..Deed::default() };
        deeds.insert(Thing::Sending { appeal }, sent);
    }
    deeds
}
