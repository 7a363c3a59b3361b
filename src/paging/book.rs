//! What both services of reference books say of a page: its number, how many there are, how many entries in all.

use super::{Next, PageNumber, PagingErrorKind};

/// Where a page of a book stands in it, as the answer says.
pub(super) struct Numbers<'a> {
    pub(super) total_items_count: i32,
    pub(super) total_pages: i32,
    /// Any text by the schema; a number in practice.
    pub(super) current_page: &'a str,
}

impl Numbers<'_> {
    /// What follows the page that was asked for. Where the answer does not number itself, it is taken for that page.
    pub(super) fn next(&self, asked: Option<&PageNumber>) -> Result<Next<PageNumber>, PagingErrorKind> {
        let asked = asked.copied().unwrap_or(PageNumber::FIRST);
        if let Ok(came) = self.current_page.trim().parse::<i32>()
            && came != asked.get()
        {
            return Err(PagingErrorKind::AnotherPage { asked: asked.get(), came });
        }
        let next = asked.next().filter(|next| next.get() <= self.total_pages);
        Ok(next.map_or(Next::Last, Next::At))
    }

    /// How many entries the book has.
    pub(super) fn total(&self) -> Option<u64> {
        u64::try_from(self.total_items_count).ok()
    }
}
