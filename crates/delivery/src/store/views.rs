//! What people look at.

use super::{Evidence, StoreError};
use crate::batch::{BatchView, QueueView, RowView};
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
