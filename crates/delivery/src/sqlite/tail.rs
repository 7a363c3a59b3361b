//! The end of the chain a node writes, kept between commits: numbering an entry and linking a group read nothing.

use super::evidence;
use super::open::sql;
use crate::archive::{Entry, Link};
use crate::ids::{Sha256, Timestamp};
use crate::store::StoreError;
use rusqlite::Connection;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The end of a node's chain, for the writer's thread and the operations it runs.
#[derive(Debug)]
pub(super) struct Tail {
    node: Arc<str>,
    end: Mutex<Option<End>>,
}

#[derive(Debug)]
struct End {
    last: Option<Link>,
    /// Digests of what the group has added so far.
    added: Vec<Sha256>,
    at: Timestamp,
}

impl End {
    /// Number of the first entry behind the last link.
    fn first(&self) -> i64 {
        self.last.as_ref().map_or(1, |link| link.last().saturating_add(1))
    }
}

impl Tail {
    pub(super) fn new(node: &str) -> Self {
        Self { node: node.into(), end: Mutex::new(None) }
    }

    /// Begins a group. The chain is read after the start, and after a group that was not committed.
    pub(super) fn begin(&self, connection: &Connection) -> Result<(), StoreError> {
        let mut end = self.end();
        if end.is_some() {
            return Ok(());
        }
        let last = evidence::last_link(connection, &self.node)?;
        let read = End { last, added: Vec::new(), at: Timestamp(0) };
        // Numbers go on from what is linked: what somebody else has put behind it must not become part of the chain.
        let number: i64 = connection
            .query_row("SELECT coalesce(max(number), 0) FROM entry WHERE node = ?1", [&*self.node], |row| row.get(0))
            .map_err(|error| sql("reading the end of the chain", &error))?;
        let linked = read.first().saturating_sub(1);
        if number != linked {
            let what = match number > linked {
                true => format!("entry {number} of node `{}` is in no link, the last linked is {linked}", self.node),
                false => format!("entry {linked} of node `{}` is missing", self.node),
            };
            return Err(StoreError::Damaged { what });
        }
        *end = Some(read);
        Ok(())
    }

    /// Adds an entry: `make` is given its node and number, and stores it.
    pub(super) fn add(&self, make: impl FnOnce(&str, i64) -> Result<Entry, StoreError>) -> Result<(), StoreError> {
        let mut end = self.end();
        // No group is running only when the writer is going away.
        let end = end.as_mut().ok_or(StoreError::Closed)?;
        let added = i64::try_from(end.added.len()).unwrap_or(i64::MAX);
        let entry = make(&self.node, end.first().saturating_add(added))?;
        end.added.push(entry.digest());
        end.at = end.at.max(entry.recorded);
        Ok(())
    }

    /// How much the group has added so far.
    pub(super) fn added(&self) -> usize {
        self.end().as_ref().map_or(0, |end| end.added.len())
    }

    /// Undoes what an operation of the group has added beyond `added`.
    pub(super) fn back_to(&self, added: usize) {
        if let Some(end) = self.end().as_mut() {
            end.added.truncate(added);
        }
    }

    /// Links what the group has added. Nothing to do when it brought no evidence.
    pub(super) fn link(&self, connection: &Connection) -> Result<(), StoreError> {
        let mut end = self.end();
        let end = end.as_mut().ok_or(StoreError::Closed)?;
        if end.added.is_empty() {
            return Ok(());
        }
        let link = Link::over(&self.node, end.last.as_ref(), end.first(), &end.added, end.at);
        evidence::insert_link(connection, &link)?;
        *end = End { last: Some(link), added: Vec::new(), at: Timestamp(0) };
        Ok(())
    }

    /// The group was not committed.
    pub(super) fn forget(&self) {
        *self.end() = None;
    }

    fn end(&self) -> MutexGuard<'_, Option<End>> {
        // An operation that panicked takes the writer's thread with it; nothing is linked afterwards.
        self.end.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
