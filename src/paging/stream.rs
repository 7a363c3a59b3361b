//! The pages of an export over a client: each submitted, waited for and taken in turn.

use std::fmt;
use std::future::Future;
use std::time::Duration;

use gis_gkh_xml::Guid;

use super::error::temporary;
use super::{Paged, Pages, PagingError, PagingErrorKind, Taken};
use crate::answer::Answer;
use crate::client::Client;
use crate::codes::Class;
use crate::error::CallError;

/// Pages of an export, one after the other.
///
/// ```no_run
/// # use gis_gkh::paging::{Paged, Pages, cadence};
/// # async fn read<R: Paged>(client: &gis_gkh::Client, request: R) -> Result<(), Box<dyn std::error::Error>> {
/// let mut stream = client.pages(Pages::new(request), |asked| tokio::time::sleep(cadence(asked)));
/// while let Some(page) = stream.next().await {
///     let page = page?.body;
///     // Keep page.items, then stream.pages().bookmark().
/// }
/// # Ok(())
/// # }
/// ```
pub struct PageStream<'c, R: Paged, W> {
    client: &'c Client,
    pages: Pages<R>,
    wait: W,
    /// The message of the page being waited for, and how many times its state was asked.
    message: Option<(Guid, u32)>,
}

/// Why there is no next page. The reading stands where it stood: the next call of [`PageStream::next`] goes on with the
/// same page.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PageError {
    /// No answer. An export changes nothing, so even one that may have been sent can be sent again.
    #[error(transparent)]
    Call(#[from] CallError),
    /// An answer, but not the page.
    #[error(transparent)]
    Paging(#[from] PagingError),
}

impl PageError {
    /// Whether asking again, after a pause, may help.
    pub fn worth_repeating(&self) -> bool {
        match self {
            Self::Call(CallError::NotBuilt(_)) => false,
            Self::Call(CallError::NotSent(_) | CallError::MaybeSent { .. } | CallError::Unproven { .. }) => true,
            Self::Call(CallError::Refused { error, .. }) => temporary(error),
            Self::Paging(error) => error.kind.worth_repeating(),
        }
    }
}

impl Client {
    /// Reads the pages of an export. `wait` is awaited each time before the state of a message is asked, with how many
    /// times it was asked already; [`cadence`] has the pauses the system's operator asks for.
    pub fn pages<R, W, F>(&self, pages: Pages<R>, wait: W) -> PageStream<'_, R, W>
    where
        R: Paged,
        W: FnMut(u32) -> F,
        F: Future<Output = ()>,
    {
        PageStream { client: self, pages, wait, message: None }
    }
}

impl<R, W, F> PageStream<'_, R, W>
where
    R: Paged,
    W: FnMut(u32) -> F,
    F: Future<Output = ()>,
{
    /// The next page; `None` behind the last one.
    ///
    /// It waits as long as it takes. Dropping the future loses nothing: the next call goes on with the same message, or
    /// sends the page's request again if there was no receipt yet.
    ///
    /// # Errors
    /// Never the end: the next call tries the same page again. If [`PageError::worth_repeating`] is false, it will hardly
    /// help.
    pub async fn next(&mut self) -> Option<Result<Answer<Taken<R::Item>>, PageError>> {
        if self.pages.is_over() {
            return None;
        }
        Some(self.page().await)
    }

    async fn page(&mut self) -> Result<Answer<Taken<R::Item>>, PageError> {
        loop {
            let Some((ack, asked)) = self.message else {
                // There is one, for the reading is not over.
                let Some(request) = self.pages.next_request() else { return Ok(nothing(self.pages.take_nothing()?)) };
                match self.client.submit(request).await {
                    Ok(receipt) => self.message = Some((receipt.ack, 0)),
                    Err(error) => return self.refused(error),
                }
                continue;
            };
            (self.wait)(asked).await;
            self.message = Some((ack, asked.saturating_add(1)));
            let answer = match self.client.state::<R::State>(R::STATE, ack).await {
                Ok(answer) => answer,
                Err(error) => return self.refused(error),
            };
            match self.pages.take(answer) {
                Err(PagingError { kind: PagingErrorKind::Unprocessed, .. }) => {}
                taken => {
                    self.message = None;
                    return taken.map_err(PageError::from);
                }
            }
        }
    }

    /// What a call that failed means for the page.
    fn refused(&mut self, error: CallError) -> Result<Answer<Taken<R::Item>>, PageError> {
        match error {
            CallError::Refused { error, raw } if error.class() == Class::Empty => {
                self.message = None;
                Ok(Answer { raw, ..nothing(self.pages.take_nothing()?) })
            }
            error => {
                // A message the system does not know any more will not be answered: the page needs a new one.
                if matches!(&error, CallError::Refused { error, .. } if !temporary(error)) {
                    self.message = None;
                }
                Err(error.into())
            }
        }
    }
}

fn nothing<T>(body: Taken<T>) -> Answer<Taken<T>> {
    Answer { body, drift: Vec::new(), raw: Vec::new() }
}

impl<R: Paged, W> PageStream<'_, R, W> {
    /// The reading: its bookmark, and how far it has got.
    pub fn pages(&self) -> &Pages<R> {
        &self.pages
    }

    /// Goes back to the first page.
    pub fn start_over(&mut self) {
        self.message = None;
        self.pages.start_over();
    }

    /// Gives up the message being waited for; the next call sends the page's request anew. For a message that is not
    /// processed in a reasonable time: the system sometimes leaves one lying (`protocol` §4.4).
    pub fn abandon(&mut self) {
        self.message = None;
    }
}

impl<R: Paged, W> fmt::Debug for PageStream<'_, R, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PageStream").field("pages", &self.pages).field("message", &self.message).finish_non_exhaustive()
    }
}

/// The pause before the state of a message is asked, by how many times it was asked already: what the system's operator
/// asks for (`protocol` §4.4).
pub fn cadence(asked: u32) -> Duration {
    Duration::from_secs(match asked {
        0 => 10,
        1 => 60,
        2 => 300,
        3 => 900,
        _ => 1800,
    })
}
