//! Asking for the state of many messages in one question.

use super::Ports;
use crate::ids::{MessageId, Timestamp};
use crate::operate::Scope;
use crate::policy::next_due;
use crate::store::{Awaiting, StoreError};
use std::collections::HashMap;
use std::sync::Arc;
use tokio::task::JoinSet;

/// Messages in one question (`protocol` §4.3).
const LIMIT: usize = 10_000;
/// Every so many questions a message is polled by itself: what never ends is noticed there, not here.
const BY_ITSELF: u32 = 8;

/// When each queue may be asked again.
#[derive(Debug, Default)]
pub(super) struct Bulk {
    next: HashMap<Scope, Timestamp>,
}

impl Bulk {
    /// Asks about the messages that wait to be asked about. True when something became due by it or a question is on its way.
    pub(super) async fn ask(
        &mut self,
        ports: &Arc<Ports>,
        workers: &mut JoinSet<Result<(), StoreError>>,
        closed: &[Scope],
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut began = false;
        self.next.retain(|_, next| *next > now);
        for awaiting in ports.store.awaiting(now, closed, LIMIT).await? {
            if awaiting.messages.len() < ports.policy.bulk_from {
                let all = awaiting.messages.into_iter().map(|(message, ..)| message).collect();
                ports.store.told(all, Vec::new(), now).await?;
                began = true;
            } else if !self.next.contains_key(&awaiting.scope) {
                // Whatever becomes due meanwhile goes with the next question.
                self.next.insert(awaiting.scope.clone(), now.after(ports.policy.poll_pause(0)));
                workers.spawn(question(Arc::clone(ports), awaiting));
                began = true;
            }
        }
        Ok(began)
    }
}

async fn question(ports: Arc<Ports>, awaiting: Awaiting) -> Result<(), StoreError> {
    let acks: Vec<String> = awaiting.messages.iter().map(|(_, ack, _)| ack.clone()).collect();
    let answer = ports.exchange.processed(&awaiting.scope, &acks).await;
    let now = ports.clock.now();
    let (mut finished, mut unfinished): (Vec<MessageId>, Vec<(MessageId, Timestamp)>) = (Vec::new(), Vec::new());
    for (message, ack, polls) in awaiting.messages {
        match &answer {
            Ok(processed) if processed.contains(&ack) => finished.push(message),
            Ok(_) if polls % BY_ITSELF == BY_ITSELF - 1 => finished.push(message),
            Ok(_) => unfinished.push((message, now.after(ports.policy.poll_pause(polls.saturating_add(1))))),
            Err(_) => {
                unfinished.push((message, next_due(&ports.policy, 1, now, message.0.unsigned_abs())));
            }
        }
    }
    ports.store.told(finished, unfinished, now).await
}
