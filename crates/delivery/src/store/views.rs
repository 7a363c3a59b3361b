//! What people look at.

use super::{Evidence, StoreError};
use crate::batch::{BatchView, Progress, QueueView, RowView};
use crate::decide::{Parked, ParkedAt};
use crate::ids::{BatchId, MessageId};
use async_trait::async_trait;

/// What people look at. Never changes anything.
#[async_trait]
pub trait Views: Send + Sync {
    /// A batch with its counts.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]; the database's own.
    async fn batch(&self, batch: BatchId) -> Result<BatchView, StoreError>;

    /// The latest batches, newest first.
    ///
    /// # Errors
    /// The database's own.
    async fn batches(&self, limit: usize) -> Result<Vec<BatchView>, StoreError>;

    /// Rows of a batch in the caller's order, after row `after`, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]; the database's own.
    async fn rows(&self, batch: BatchId, after: Option<u32>, limit: usize) -> Result<Vec<RowView>, StoreError>;

    /// Messages that are not finished, parked ones included, in order of their due time.
    ///
    /// # Errors
    /// The database's own.
    async fn queue(&self, limit: usize) -> Result<Vec<QueueView>, StoreError>;

    /// How much there is of what is not finished, counted by the database, and the latest message there was then.
    ///
    /// # Errors
    /// The database's own.
    async fn progress(&self) -> Result<(Progress, MessageId), StoreError>;

    /// One message, finished or not; nothing when there is none of that number.
    ///
    /// # Errors
    /// The database's own.
    async fn message(&self, message: MessageId) -> Result<Option<QueueView>, StoreError>;

    /// Places of parked messages behind `after`, in their order, at most `limit`.
    ///
    /// # Errors
    /// The database's own.
    async fn parked(&self, which: &Parked, after: Option<ParkedAt>, limit: usize) -> Result<Vec<ParkedAt>, StoreError>;

    /// Bytes kept for a message, in order, each verified.
    ///
    /// # Errors
    /// [`StoreError::DamagedBody`]; the database's own.
    async fn evidence(&self, message: MessageId) -> Result<Vec<Evidence>, StoreError>;

    /// The batch's bytes as received, verified.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::DamagedBody`]; the database's own.
    async fn content(&self, batch: BatchId) -> Result<Vec<u8>, StoreError>;
}
