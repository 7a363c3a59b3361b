//! Reading from the system at once, beside the store: page by page, waiting for each.

use gis_gkh_delivery::{
    Clock as _, Exchange as _, Failure, MessageId, NewItem, Policy, Polled, Submitted, Window, Work,
};

use crate::desk::Desks;
use crate::gateway::Wall;

/// Why nothing was read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DirectError {
    /// The system, or the way to it.
    #[error("the system could not be read: {0}")]
    Failed(Failure),
    /// It took the request and did not answer in time.
    #[error("the system took the request and did not answer for {0:?}; try again later")]
    Patience(std::time::Duration),
}

/// Reads a whole window. An export changes nothing: whatever fails, it may be read again.
pub(crate) async fn direct(
    desks: &Desks,
    wall: &Wall,
    policy: &Policy,
    (organisation, stand): (String, String),
    operation: &str,
    window: Window,
) -> Result<Vec<NewItem>, DirectError> {
    let mut items = Vec::new();
    let mut work = Work {
        message: MessageId(0),
        organisation,
        stand,
        kind: window.topic.clone(),
        operation: operation.to_owned(),
        message_guid: String::new(),
        window: Some(window),
        deadline: wall.now(),
    };
    loop {
        work.message_guid = desks.fresh_guid().map_err(DirectError::Failed)?;
        work.deadline = wall.now().after(policy.send_deadline);
        let prepared = desks.prepare(&work, &[]).await.map_err(DirectError::Failed)?;
        let ack = match desks.submit(&work, &prepared.bytes).await {
            Submitted::Accepted { ack, .. } => ack,
            Submitted::NotSent { failure }
            | Submitted::MaybeSent { failure, .. }
            | Submitted::Rejected { failure, .. } => return Err(DirectError::Failed(failure)),
        };
        let next = answer(desks, wall, policy, &work, &ack, &mut items).await?;
        let Some(window) = work.window.as_mut().filter(|_| next.is_some()) else { return Ok(items) };
        window.cursor = next;
    }
}

/// Waits for the answer, takes its items, and tells where the next page begins.
async fn answer(
    desks: &Desks,
    wall: &Wall,
    policy: &Policy,
    work: &Work,
    ack: &str,
    items: &mut Vec<NewItem>,
) -> Result<Option<String>, DirectError> {
    let asked = wall.now();
    let mut pauses = policy.poll.iter();
    let mut pause = policy.poll.first().copied().unwrap_or_default();
    loop {
        pause = pauses.next().copied().unwrap_or(pause);
        wall.sleep_until(wall.now().after(pause)).await;
        match desks.poll(work, ack).await {
            Polled::Exported { page, .. } => {
                items.extend(page.items);
                return Ok(page.next);
            }
            Polled::Pending if wall.now().since(asked) >= policy.lookup_patience => {
                return Err(DirectError::Patience(policy.lookup_patience));
            }
            Polled::Pending => {}
            Polled::Done { .. } => return Ok(None),
            Polled::Rejected { failure, .. }
            | Polled::Forgotten { failure, .. }
            | Polled::Failed { failure }
            | Polled::Unproven { failure, .. } => {
                return Err(DirectError::Failed(failure));
            }
        }
    }
}
