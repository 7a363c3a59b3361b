//! Many callers at once: what they ask goes into one commit.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

use gis_gkh_delivery::state::MessageState;
use gis_gkh_delivery::{Accepted, Claimed, NewBatch, Operate as _, Record, Scope, Store as _, StoreError};

use super::super::facts;
use super::super::home::PowerError;
use super::{PASSING, STAND, Work};

/// A call that has begun, and its end if it has come already.
struct Begun<'c, T> {
    call: Pin<Box<dyn Future<Output = Result<T, StoreError>> + 'c>>,
    ended: Option<Result<T, StoreError>>,
}

impl<'c, T> Begun<'c, T> {
    /// Begins a call without waiting for its end: it stands in the writer's queue then.
    async fn begin(call: impl Future<Output = Result<T, StoreError>> + 'c) -> Self {
        let mut call: Pin<Box<dyn Future<Output = Result<T, StoreError>> + 'c>> = Box::pin(call);
        let ended = poll_fn(|context| match call.as_mut().poll(context) {
            Poll::Ready(ended) => Poll::Ready(Some(ended)),
            Poll::Pending => Poll::Ready(None),
        });
        let ended = ended.await;
        Self { call, ended }
    }

    async fn end(self) -> Result<T, StoreError> {
        match self.ended {
            Some(ended) => ended,
            None => self.call.await,
        }
    }
}

impl Work<'_> {
    /// One call that is committed alone, and several that wait for it and share the commit behind it.
    pub(super) async fn burst(&mut self) -> Result<(), PowerError> {
        let done = self.gated().await;
        // Whatever came of it, nobody waits any longer.
        self.recorder.gate().release(false);
        done
    }

    async fn gated(&mut self) -> Result<(), PowerError> {
        let failed = |source| PowerError::Store { doing: "burst", source };
        let store = Arc::clone(&self.home().map_err(failed)?.store);
        let scope = Scope::queue(STAND, PASSING, "nsi");
        let pause = self.paused(scope);
        let batches: Vec<NewBatch> = (0..self.dice.between(2, 5)).map(|_| self.batch()).collect();
        let records = self.several();

        self.recorder.gate().arm();
        let first = Begun::begin(store.pause(pause.clone())).await;
        self.held().await?;
        let mut accepting: Vec<(String, Begun<'_, Accepted>)> = Vec::new();
        for batch in batches {
            let content = facts::digest(&batch.content);
            accepting.push((content, Begun::begin(store.accept(batch)).await));
        }
        let mut recording: Vec<(Claimed, Record, Begun<'_, ()>)> = Vec::new();
        for (claimed, record) in records {
            let begun = Begun::begin(store.record(record.clone())).await;
            recording.push((claimed, record, begun));
        }
        self.recorder.gate().release(true);
        first.end().await.map_err(failed)?;
        // The others' commit waits: what is read now is what the first one left.
        self.held().await?;
        self.promise(format!("pause {:?}", pause.scope), format!("{pause:?}"));
        self.note("first of a burst").await?;
        self.recorder.gate().release(false);
        for (content, begun) in accepting {
            let accepted = begun.end().await.map_err(failed)?;
            self.promise(facts::content(accepted.batch.0), content);
        }
        for (claimed, record, begun) in recording {
            begun.end().await.map_err(failed)?;
            self.recorded(claimed, record);
        }
        Ok(())
    }

    /// The next step of some messages whose owners the store remembers: it need not look them up before it queues the step.
    fn several(&mut self) -> Vec<(Claimed, Record)> {
        let (taken, left) = std::mem::take(&mut self.held)
            .into_iter()
            .partition(|held| held.message.state != MessageState::Parked && self.dice.permille(500));
        self.held = left;
        let taken: Vec<Claimed> = taken;
        let next = |claimed: Claimed| {
            let next = self.next(&claimed.message)?;
            let record = self.decided(&claimed, next);
            Some((claimed, record))
        };
        taken.into_iter().filter_map(next).collect()
    }

    /// Waits until a commit stands before the gate.
    async fn held(&self) -> Result<(), PowerError> {
        let tape = self.recorder.tape();
        let held = tokio::task::spawn_blocking(move || tape.gate.held()).await;
        match held {
            Ok(true) => Ok(()),
            Ok(false) => Err(PowerError::Task("no commit came to the gate".to_owned())),
            Err(error) => Err(PowerError::Task(error.to_string())),
        }
    }
}
