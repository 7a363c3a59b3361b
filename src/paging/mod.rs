//! Exports that come in pages, behind one interface (`protocol` §5.3).
//!
//! The system pages its answers in four ways: a cursor or the word that this was the last page, the same in an element of
//! its own, numbers of pages, the last identifier of a feed. [`Paged`] says for each request how to ask for a page and
//! what an answer says of the next one. [`Pages`] goes from page to page without touching the network, so that each page
//! can be a message of its own; [`PageStream`] does the same over a [`Client`](crate::Client).
//!
//! A reading may take hours. [`Pages::bookmark`] is the place reached, as a line of text: keep it after the page's items
//! are kept, and [`Pages::resume`] goes on from there in another process. An export changes nothing, so a page whose
//! answer was lost is simply asked for again.

mod bookmark;
mod cursor;
mod error;
mod pages;
mod stream;

#[cfg(feature = "bills")]
mod bills;
#[cfg(any(feature = "nsi", feature = "nsi-common"))]
mod book;
#[cfg(feature = "debt-requests")]
mod debt_requests;
#[cfg(feature = "debts")]
mod debts;
#[cfg(feature = "device-metering")]
mod device_metering;
#[cfg(feature = "house-management")]
mod house_management;
#[cfg(feature = "nsi")]
mod nsi;
#[cfg(feature = "nsi-common")]
mod nsi_common;
#[cfg(feature = "organizations-registry-common")]
mod organizations_registry_common;
#[cfg(feature = "outage-report")]
mod outage_report;

use std::fmt::{Debug, Display};
use std::hash::Hash;
use std::str::FromStr;

use crate::operation::Submission;

pub use bookmark::BookmarkError;
pub use cursor::{ContractCursor, NotCursor, PageNumber};
pub use error::{PagingError, PagingErrorKind};
pub use pages::{Change, Pages, Taken};
pub use stream::{PageError, PageStream, cadence};

/// A request whose answer comes in pages.
pub trait Paged: Submission + Clone + Send + 'static {
    /// One thing of a page.
    type Item;
    /// Where a page begins. Its text has no white space.
    type Cursor: Clone + Eq + Hash + Debug + Display + FromStr;

    /// The same request for the page that begins at `cursor`, or for the first one. Where the request itself was made for
    /// a later page, that is overridden.
    ///
    /// `None` if this request has no place for a cursor: it asks for certain things by their identifiers.
    #[must_use]
    fn at(&self, cursor: Option<&Self::Cursor>) -> Option<Self>;

    /// What an answer that was processed says, to the request for the page at `asked`; `None` if it has no part for this
    /// operation, which means that nothing was found.
    ///
    /// # Errors
    /// The answer cannot be one to that request.
    fn page(state: Self::State, asked: Option<&Self::Cursor>) -> Result<Option<PageOf<Self>>, PagingErrorKind>;
}

/// The page of a request.
pub type PageOf<R> = Page<<R as Paged>::Item, <R as Paged>::Cursor>;

/// What one answer says.
#[derive(Clone, PartialEq, Eq)]
pub struct Page<T, C> {
    /// What is on the page; the last one may have nothing.
    pub items: Vec<T>,
    /// Identifiers or numbers that were asked for and that the system does not know.
    pub not_found: Vec<String>,
    /// What follows.
    pub next: Next<C>,
    /// How many things there are on all pages, where the answer says it.
    pub total: Option<u64>,
}

/// What follows a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next<C> {
    /// Nothing: it was the last.
    Last,
    /// The page that begins here.
    At(C),
}

impl<T, C> Page<T, C> {
    /// A page that says what follows and, so far as is known here, nothing more.
    pub fn new(items: Vec<T>, next: Next<C>) -> Self {
        Self { items, not_found: Vec::new(), next, total: None }
    }

    /// The page of a reading that found nothing, or nothing more.
    pub fn nothing() -> Self {
        Self::new(Vec::new(), Next::Last)
    }
}

/// Gives counts only: the items may be personal data.
impl<T, C: Debug> Debug for Page<T, C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Page")
            .field("items", &self.items.len())
            .field("not_found", &self.not_found.len())
            .field("next", &self.next)
            .field("total", &self.total)
            .finish()
    }
}
