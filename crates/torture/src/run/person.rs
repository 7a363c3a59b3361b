//! Whoever looks after the queue, and does what a person would do where something waits for one.

use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::time::Duration;

use gis_gkh::clock::Clock as _;

use super::RunError;
use super::books::deeds;
use super::world::{Ahead, LOOK, World, lock};
use crate::books::Place;
use crate::line::{Answer, Ask, Waiting};
use crate::node::{Asked, Process};
use crate::plan::Thing;

/// Who sees a message parked waits so long before deciding: whatever may still be on its way has come by then.
const CERTAIN: Duration = Duration::from_secs(5);
/// With nothing moving for this long whatever is paused goes on.
const STILL: Duration = Duration::from_secs(6);
/// With nothing moving for this long the run is over, whatever is left.
const DEAD: Duration = Duration::from_secs(60);

/// Looks at the queue every [`LOOK`].
#[derive(Default)]
pub(super) struct Person {
    last: Vec<Waiting>,
    still: Duration,
    resumed: Duration,
    /// Since when messages are parked.
    parked: HashMap<i64, Duration>,
}

impl Person {
    /// Looks once. Gives for how long nothing has moved.
    pub(super) async fn look(&mut self, world: &World, process: &Process, queue: Vec<Waiting>) -> Duration {
        self.parked.retain(|message, _| queue.iter().any(|waiting| waiting.parked && waiting.message == *message));
        for waiting in queue.iter().filter(|waiting| waiting.parked) {
            let since = self.parked.entry(waiting.message).or_default();
            *since += LOOK;
            if *since >= CERTAIN {
                *since = Duration::ZERO;
                world.decide(process, waiting).await;
            }
        }
        if queue != self.last {
            (self.last, self.still, self.resumed) = (queue, Duration::ZERO, Duration::ZERO);
        } else {
            self.still += LOOK;
        }
        if !self.last.is_empty() && self.still >= self.resumed + STILL {
            process.ask(Ask::Resume).await;
            self.resumed = self.still;
        }
        self.still
    }
}

impl World {
    /// Decides about a parked message: a draft that is not in the portal is given up, for it may not be sent again blindly;
    /// everything else is tried again.
    async fn decide(&self, process: &Process, waiting: &Waiting) {
        let Asked::Answered(Answer::Rows(rows)) = process.ask(Ask::Rows(waiting.batch)).await else { return };
        let mut ask = Ask::Retry(waiting.message);
        {
            let mut promised = lock(&self.promised);
            let carried = rows.iter().filter(|row| row.message == Some(waiting.message));
            for row in carried {
                // A caller who does not know yet that his batch was taken asks again.
                let Some(promise) = promised.rows.get(&Place { batch: waiting.batch, row: row.row }) else { return };
                let Thing::Draft { .. } = promise.thing else { continue };
                self.sandbox.advance(Ahead.now());
                if deeds(&self.sandbox).get(&promise.thing).is_none_or(|deed| deed.placed == 0) {
                    promised.given_up.insert(waiting.message);
                    ask = Ask::GiveUp(waiting.message);
                    break;
                }
            }
        }
        self.say(&format!("a person decides: {ask:?}, {:?}", waiting.failure));
        process.ask(ask).await;
    }

    /// Waits until everything is delivered.
    pub(super) async fn finish(&self) -> Result<(), RunError> {
        let mut person = Person::default();
        loop {
            for node in &self.nodes {
                if node.living().is_none() {
                    self.start(node).await?;
                }
            }
            let process = self.anyone().await;
            tokio::time::sleep(LOOK).await;
            let Asked::Answered(Answer::Queue(queue)) = process.ask(Ask::Queue).await else { continue };
            self.waiting.store(queue.len(), Ordering::Relaxed);
            if queue.is_empty() {
                return Ok(());
            }
            if person.look(self, &process, queue).await >= DEAD {
                // The auditor says what is missing, and this why.
                let error = lock(&self.heard.last).clone();
                let Person { last, .. } = person;
                let left = last.iter().take(5);
                self.say(&format!("nothing moves: {} messages; last error: {error}; {left:?}", last.len()));
                return Ok(());
            }
        }
    }
}
