//! Reading a chain page by page, so that memory does not grow with the archive.

use super::{Archive, Entry, Link};
use crate::store::StoreError;
use std::collections::VecDeque;

/// Entries come with their bytes, so few at a time.
const ENTRIES: usize = 16;
const LINKS: usize = 512;

/// Rows read so far. Each page begins with the number the last one ended with: a row may have been slipped in beside it.
struct Pages<T> {
    /// Number of the last row.
    last: i64,
    /// How many rows of that number have been read.
    seen: usize,
    page: VecDeque<T>,
}

impl<T> Pages<T> {
    fn after(last: i64) -> Self {
        Self { last, seen: 0, page: VecDeque::new() }
    }

    /// What to ask behind.
    fn from(&self) -> i64 {
        if self.seen == 0 { self.last } else { self.last.saturating_sub(1) }
    }

    /// Takes a page in. True when there was nothing new in it although more may follow; then it is asked for behind that number.
    fn take(&mut self, page: Vec<T>, number: impl Fn(&T) -> i64) -> bool {
        let full = !page.is_empty();
        self.page = page.into_iter().skip(self.seen).collect();
        if full && self.page.is_empty() {
            self.seen = 0;
            return true;
        }
        for row in &self.page {
            self.seen = if number(row) == self.last { self.seen.saturating_add(1) } else { 1 };
            self.last = number(row);
        }
        false
    }
}

/// Entries of a node, one after another. An end is asked for again, because the archive may be written to meanwhile.
pub(super) struct Entries<'a> {
    archive: &'a dyn Archive,
    node: &'a str,
    pages: Pages<Entry>,
}

impl<'a> Entries<'a> {
    pub(super) fn after(archive: &'a dyn Archive, node: &'a str, number: i64) -> Self {
        Self { archive, node, pages: Pages::after(number) }
    }

    /// Number of the next entry.
    pub(super) async fn number(&mut self) -> Result<Option<i64>, StoreError> {
        while self.pages.page.is_empty() {
            let page = self.archive.entries(self.node, self.pages.from(), ENTRIES).await?;
            if !self.pages.take(page, |entry| entry.number) {
                break;
            }
        }
        Ok(self.pages.page.front().map(|entry| entry.number))
    }

    /// The next entry, if its number is at most `last`.
    pub(super) async fn next_upto(&mut self, last: i64) -> Result<Option<Entry>, StoreError> {
        match self.number().await? {
            Some(number) if number <= last => Ok(self.pages.page.pop_front()),
            _ => Ok(None),
        }
    }
}

/// Links of a node, one after another.
pub(super) struct Links<'a> {
    archive: &'a dyn Archive,
    node: &'a str,
    pages: Pages<Link>,
}

impl<'a> Links<'a> {
    pub(super) fn after(archive: &'a dyn Archive, node: &'a str, number: i64) -> Self {
        Self { archive, node, pages: Pages::after(number) }
    }

    pub(super) async fn next(&mut self) -> Result<Option<Link>, StoreError> {
        while self.pages.page.is_empty() {
            let page = self.archive.links(self.node, self.pages.from(), LINKS).await?;
            if !self.pages.take(page, |link| link.number) {
                break;
            }
        }
        Ok(self.pages.page.pop_front())
    }
}
