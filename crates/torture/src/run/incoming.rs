//! What comes in while everything breaks: citizens use the portal, recurring exports read it, consumers read the inbox.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use gis_gkh::clock::{Clock as _, SystemClock};
use gis_gkh::{Decimal, Guid};
use gis_gkh_sandbox::{IncomingAppeal, Reading};
use tokio::task::JoinSet;

use super::RunError;
use super::world::{AGAIN, LOOK, World, lock};
use crate::books::Moment;
use crate::dice::Dice;
use crate::line::{Answer, Ask, Reader};
use crate::node::Asked;

/// Of so many messages that are handed over, one appeal is made in the portal, and one reading entered.
const RARE: usize = 20;
/// Readings are entered for the days before today, no more than so many.
const DAYS: usize = 25;
/// Items a consumer reads at a time.
const ITEMS: u64 = 40;
/// How often in a thousand a consumer dies between reading and acknowledging, and how often it acknowledges a part.
const DIES: u32 = 300;
const PART: u32 = 300;
/// Recurring exports that do not come to an end within this time are not waited for: the auditor says what is missing.
const PATIENCE: Duration = Duration::from_secs(60);

impl World {
    /// Citizens make appeals and enter readings, in step with what is handed over.
    pub(super) async fn portal(self: Arc<Self>) -> Result<(), RunError> {
        let broken = |error: &dyn std::fmt::Display| RunError::Broken(format!("the portal: {error}"));
        let day = time::Duration::DAY;
        let now = SystemClock.now();
        let count = (self.plan.messages / RARE).max(5).min(self.plan.watched.len() * DAYS);
        for number in 0..count {
            while self.messages.load(Ordering::Relaxed) * count < self.plan.messages * number {
                tokio::time::sleep(AGAIN).await;
            }
            // Of yesterday, so that no clock is so late that its window ends before.
            let appeal = IncomingAppeal::new(format!("11-0000-{number:06}"), now - day, format!("Вопрос {number}-й."));
            let guid = self.sandbox.receive_appeal(appeal).map_err(|error| broken(&error))?;
            let watched = &self.plan.watched[number % self.plan.watched.len()];
            let back = i32::try_from(number / self.plan.watched.len() + 1).unwrap_or(i32::MAX);
            let date = (now - day * back).to_offset(gis_gkh::clock::MOSCOW).date();
            let meter: Guid = watched.parse().map_err(|error| broken(&error))?;
            let reading = Reading::new(date, [Decimal::from(i64::try_from(number).unwrap_or(0) + 100)]);
            self.sandbox.receive_reading(meter, reading).map_err(|error| broken(&error))?;
            let mut incoming = lock(&self.incoming);
            incoming.portal.insert(("appeals".to_owned(), guid.to_string()), false);
            incoming.portal.insert(("readings".to_owned(), format!("{watched}/current/{date}")), false);
        }
        Ok(())
    }

    /// Two consumers, one of everything and one of appeals alone.
    pub(super) fn consumers(self: &Arc<Self>) -> JoinSet<()> {
        let mut all = JoinSet::new();
        let readers = [("billing", None), ("desk", Some("appeals"))];
        for (name, topic) in readers.map(|(name, topic)| (name.to_owned(), topic.map(str::to_owned))) {
            lock(&self.incoming).consumers.entry(name.clone()).or_default().topic.clone_from(&topic);
            all.spawn(Arc::clone(self).consume(Reader { name, topic }));
        }
        all
    }

    /// A consumer: reads, and acknowledges what it has read, unless it dies between. What it does not acknowledge comes again.
    async fn consume(self: Arc<Self>, reader: Reader) {
        let dice = Dice::of(self.options.seed, &reader.name);
        let did = |moment| {
            if let Some(consumed) = lock(&self.incoming).consumers.get_mut(&reader.name) {
                consumed.log.push(moment);
            }
        };
        loop {
            let ending = self.ending.load(Ordering::SeqCst);
            tokio::time::sleep(if ending { AGAIN } else { Duration::from_millis(dice.between(50, 250)) }).await;
            let process = self.anyone().await;
            let limit = usize::try_from(dice.between(1, ITEMS)).unwrap_or(1);
            let Asked::Answered(Answer::Inbox(items)) = process.ask(Ask::Inbox(reader.clone(), limit)).await else {
                continue;
            };
            let Some(last) = items.last().map(|record| record.seq) else {
                if ending {
                    return;
                }
                continue;
            };
            let some = dice.one(&items).map_or(last, |record| record.seq);
            did(Moment::Read(items));
            if dice.permille(DIES) {
                self.totals().crashes += 1;
                continue;
            }
            let upto = if dice.permille(PART) { some } else { last };
            // Whether it is done when there is no answer nobody knows: what comes next tells.
            if let Asked::Answered(Answer::Done) = process.ask(Ask::Acknowledge(reader.clone(), upto)).await {
                did(Moment::Acknowledged(upto));
            }
        }
    }

    /// Waits until every recurring export has begun a run after this moment and ended it.
    pub(super) async fn read_all(&self) {
        let mut waited = Duration::ZERO;
        // The run in which this moment falls, and the one behind it.
        let mut ends: BTreeMap<String, (i64, u32)> = BTreeMap::new();
        while waited < PATIENCE {
            let process = self.anyone().await;
            if let Asked::Answered(Answer::Pulls(pulls)) = process.ask(Ask::Pulls).await {
                for (name, since) in pulls {
                    let (last, times) = ends.entry(name).or_insert((since, 0));
                    *times += u32::from(since != *last);
                    *last = since;
                }
            }
            if !ends.is_empty() && ends.values().all(|(_, times)| *times >= 2) {
                return;
            }
            tokio::time::sleep(LOOK).await;
            waited += LOOK;
        }
        self.say("recurring exports do not come to an end");
    }
}
