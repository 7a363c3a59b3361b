//! Connections that only read. A broken one is replaced, and what was asked is asked again.

use super::PostgresOptions;
use super::session::{Session, within};
use super::trouble::{Cause, Trouble};
use crate::store::StoreError;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::Mutex;

#[derive(Debug)]
pub(super) struct Readers {
    options: Arc<PostgresOptions>,
    slots: Vec<Mutex<Option<Arc<Session>>>>,
    next: AtomicUsize,
}

impl Readers {
    pub(super) fn new(options: Arc<PostgresOptions>) -> Self {
        let slots = (0..options.readers.max(1)).map(|_| Mutex::new(None)).collect();
        Self { options, slots, next: AtomicUsize::new(0) }
    }

    pub(super) async fn read<T, F>(&self, query: impl Fn(Arc<Session>) -> F) -> Result<T, StoreError>
    where
        F: Future<Output = Result<T, Trouble>>,
    {
        let slot = self.next.fetch_add(1, Ordering::Relaxed) % self.slots.len();
        let mut again = true;
        loop {
            let result = async {
                let session = self.session(slot).await?;
                within("reading the store", query(session)).await
            }
            .await;
            match result {
                Ok(value) => return Ok(value),
                Err(trouble) if trouble.cause == Cause::Lost && again => {
                    again = false;
                    // The client may learn later than we that the other side has hung up.
                    *self.slots[slot].lock().await = None;
                }
                Err(trouble) => return Err(trouble.error),
            }
        }
    }

    /// The connection of a slot, made anew when it is gone.
    async fn session(&self, slot: usize) -> Result<Arc<Session>, Trouble> {
        let mut slot = self.slots[slot].lock().await;
        if let Some(session) = slot.as_ref().filter(|session| !session.is_closed()) {
            return Ok(Arc::clone(session));
        }
        let session = Arc::new(Session::open(&self.options).await?);
        *slot = Some(Arc::clone(&session));
        Ok(session)
    }
}
