//! From page to page, without input or output.

use std::collections::HashSet;
use std::fmt;

use gis_gkh_xml::{Drift, DriftKind};

use super::bookmark::{Bookmark, Place, fingerprint};
use super::{BookmarkError, Next, Page, PageOf, Paged, PagingError, PagingErrorKind};
use crate::answer::Answer;
use crate::client::PROCESSED;
use crate::codes::Class;
use crate::error::SystemError;
use crate::operation::StateAnswer;

/// A reading of all pages, as a pure state machine: it says what to ask next and takes the answers.
///
/// ```text
/// while let Some(request) = pages.next_request() {
///     // Send it as a message of its own and wait for its result, then:
///     let page = pages.take(answer)?;
///     // Keep the items, then pages.bookmark().
/// }
/// ```
///
/// Nothing but [`take`](Self::take) moves it, and only when it succeeds: asking for the same page twice is safe, and a
/// failed page is asked for again.
#[derive(Clone)]
pub struct Pages<R: Paged> {
    request: R,
    fingerprint: u64,
    place: Place<R::Cursor>,
    /// Pages taken.
    taken: u64,
    /// What the last answer that counted said.
    total: Option<u64>,
    /// Cursors this process has met.
    seen: HashSet<R::Cursor>,
    /// The cursor given by the page whose number is the last power of two. Bookmarks carry it, so a loop is found even if
    /// each page is read by a process of its own (Brent's method).
    anchor: Option<R::Cursor>,
}

/// A page that was taken.
#[derive(Clone, PartialEq, Eq)]
pub struct Taken<T> {
    /// What is on it; the last page may have nothing.
    pub items: Vec<T>,
    /// Identifiers or numbers that were asked for and that the system does not know.
    pub not_found: Vec<String>,
    /// Which page of the reading it is, counted from 1.
    pub number: u64,
    /// Whether nothing follows.
    pub last: bool,
    /// How many things there are on all pages, where the system says it.
    pub total: Option<u64>,
    /// The total is not what it was: things were added or removed meanwhile, and pages may have shifted. What was read may
    /// lack some or hold some twice; [`Pages::start_over`] to be sure.
    pub change: Option<Change>,
}

/// How the total changed between two pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// What the page before said.
    pub before: u64,
    /// What this page says; 0 if it says that there is nothing.
    pub now: u64,
}

/// Gives counts only: the items may be personal data.
impl<T> fmt::Debug for Taken<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Taken")
            .field("items", &self.items.len())
            .field("not_found", &self.not_found.len())
            .field("number", &self.number)
            .field("last", &self.last)
            .field("total", &self.total)
            .field("change", &self.change)
            .finish()
    }
}

/// Gives the place only: the request may hold personal data.
impl<R: Paged> fmt::Debug for Pages<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages")
            .field("operation", &R::OPERATION.name)
            .field("taken", &self.taken)
            .field("place", &self.place)
            .finish_non_exhaustive()
    }
}

impl<R: Paged> Pages<R> {
    /// A reading from the first page on, whatever page the request itself names.
    pub fn new(request: R) -> Self {
        let fingerprint = fingerprint(&request);
        let (place, seen) = (Place::Start, HashSet::new());
        Self { request, fingerprint, place, taken: 0, total: None, seen, anchor: None }
    }

    /// A reading from where another got to, perhaps in another process. The request must have the same conditions.
    ///
    /// # Errors
    /// The text is no bookmark, or one of another operation or of other conditions.
    pub fn resume(request: R, bookmark: &str) -> Result<Self, BookmarkError> {
        let mut pages = Self::new(request);
        let found = Bookmark::<R::Cursor>::read(bookmark, R::OPERATION, pages.fingerprint)?;
        if let Place::At(cursor) = &found.place {
            if pages.request.at(Some(cursor)).is_none() {
                return Err(BookmarkError::OtherRequest);
            }
            pages.seen.insert(cursor.clone());
        }
        pages.place = found.place;
        pages.taken = found.pages;
        pages.total = found.total;
        pages.anchor = found.anchor;
        Ok(pages)
    }

    /// The place reached, for [`resume`](Self::resume): one line of ASCII, no personal data. Keep it once the items of the
    /// pages taken are kept.
    pub fn bookmark(&self) -> String {
        let (place, anchor) = (self.place.clone(), self.anchor.clone());
        Bookmark { pages: self.taken, total: self.total, anchor, place }.write(R::OPERATION, self.fingerprint)
    }

    /// The request for the next page; `None` behind the last one.
    pub fn next_request(&self) -> Option<R> {
        let cursor = match &self.place {
            Place::Start => None,
            Place::At(cursor) => Some(cursor),
            Place::End => return None,
        };
        // A cursor the request has no place for is never kept.
        self.request.at(cursor)
    }

    /// How many pages were taken.
    pub fn taken(&self) -> u64 {
        self.taken
    }

    /// Whether the last page was taken.
    pub fn is_over(&self) -> bool {
        self.place == Place::End
    }

    /// Goes back to the first page. What was read before is best forgotten.
    pub fn start_over(&mut self) {
        self.place = Place::Start;
        self.taken = 0;
        self.total = None;
        self.anchor = None;
        self.seen.clear();
    }

    /// Takes the answer to [`next_request`](Self::next_request): `getStateResult` of that message.
    ///
    /// A page is empty, and the last, if the system says that it found nothing: by an error of class
    /// [`Class::Empty`], or by an answer without the operation's part.
    ///
    /// # Errors
    /// The message is not processed yet, was refused, or its answer leads nowhere. The reading has not moved.
    pub fn take(&mut self, answer: Answer<R::State>) -> Result<Answer<Taken<R::Item>>, PagingError> {
        let Answer { body, drift, raw } = answer;
        let page = self.read(body, &drift).map_err(|kind| self.error(kind))?;
        Ok(Answer { body: self.settle(page)?, drift, raw })
    }

    /// Takes the word that nothing was found, where it came some other way than by a `getStateResult`: as a fault. The
    /// reading is over.
    ///
    /// # Errors
    /// [`PagingErrorKind::Over`]: it was over before.
    pub fn take_nothing(&mut self) -> Result<Taken<R::Item>, PagingError> {
        if self.is_over() {
            return Err(self.error(PagingErrorKind::Over));
        }
        self.settle(Page::nothing())
    }

    /// Moves the reading by a page.
    fn settle(&mut self, page: PageOf<R>) -> Result<Taken<R::Item>, PagingError> {
        let place = self.follow(page.next).map_err(|kind| self.error(kind))?;
        let number = self.taken.saturating_add(1);
        let Page { items, not_found, total, .. } = page;
        let change = match (self.total, total.or(items.is_empty().then_some(0))) {
            (Some(before), Some(now)) if before != now => Some(Change { before, now }),
            _ => None,
        };
        self.taken = number;
        self.total = total.or(self.total);
        if let Place::At(cursor) = &place {
            self.seen.insert(cursor.clone());
            if number.is_power_of_two() {
                self.anchor = Some(cursor.clone());
            }
        }
        self.place = place;
        Ok(Taken { items, not_found, number, last: self.is_over(), total, change })
    }

    fn error(&self, kind: PagingErrorKind) -> PagingError {
        PagingError { operation: R::OPERATION.name, page: self.taken.saturating_add(1), kind }
    }

    /// What the answer says.
    fn read(&self, state: R::State, drift: &[Drift]) -> Result<PageOf<R>, PagingErrorKind> {
        let asked = match &self.place {
            Place::Start => None,
            Place::At(cursor) => Some(cursor),
            Place::End => return Err(PagingErrorKind::Over),
        };
        match state.error().map(SystemError::request) {
            Some(error) if error.class() == Class::Empty => return Ok(Page::nothing()),
            Some(error) => return Err(PagingErrorKind::Refused(error)),
            None if state.state() != PROCESSED => return Err(PagingErrorKind::Unprocessed),
            None => {}
        }
        let page = R::page(state, asked)?;
        let empty = page.as_ref().is_none_or(|page| page.items.is_empty());
        if let Some(drift) = drift.iter().find(|drift| hides_something(drift, empty)) {
            return Err(PagingErrorKind::Unclear { path: drift.path.clone() });
        }
        Ok(page.unwrap_or_else(Page::nothing))
    }

    /// Where the reading goes next.
    fn follow(&self, next: Next<R::Cursor>) -> Result<Place<R::Cursor>, PagingErrorKind> {
        let Next::At(cursor) = next else { return Ok(Place::End) };
        if self.seen.contains(&cursor) || self.anchor.as_ref() == Some(&cursor) {
            return Err(PagingErrorKind::Loop { cursor: cursor.to_string() });
        }
        if self.request.at(Some(&cursor)).is_none() {
            return Err(PagingErrorKind::NoPlace { cursor: cursor.to_string() });
        }
        Ok(Place::At(cursor))
    }
}

/// Whether what the contract does not know of an answer may be what was asked for: there is something else where nothing
/// was found, or "last page" has a value other than "true".
fn hides_something(drift: &Drift, empty: bool) -> bool {
    match drift.kind {
        DriftKind::Element => empty,
        DriftKind::Value => ["LastPage", "lastPage"].iter().any(|name| drift.path.ends_with(name)),
        _ => false,
    }
}
