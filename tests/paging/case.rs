//! What holds for every export that comes in pages, whatever its family.

use std::fmt::Debug;

use gis_gkh::CallError;
use gis_gkh::contract::base::{IsRequestHeader, RequestHeader};
use gis_gkh::envelope::read_request;
use gis_gkh::operation::Header;
use gis_gkh::paging::{PageError, PageStream, Paged, Pages, PagingErrorKind, Taken};
use gis_gkh_xml::{DriftKind, Guid, Limits};

use crate::server::{Event, Server, child, guid, refusal};

/// An operation: a request, and what the system's answers to it look like.
pub(crate) struct Case<R: Paged> {
    /// The request for the first page.
    pub(crate) request: R,
    /// Namespace of the service's messages.
    pub(crate) namespace: &'static str,
    /// Element of the request that says where a page begins.
    pub(crate) asks: &'static str,
    /// What that element says in the request for the first page.
    pub(crate) begins: Option<&'static str>,
    /// Text of the places the second and the third page begin at.
    pub(crate) cursors: [&'static str; 2],
    /// One thing of a page, known by this GUID.
    pub(crate) item: fn(Guid) -> String,
    /// A page: which one, its things, and where the next begins.
    pub(crate) page: fn(u32, &str, Option<&str>) -> String,
    /// The GUID a thing is known by.
    pub(crate) known: fn(&R::Item) -> Guid,
}

impl<R: Paged + Debug> Case<R> {
    /// An answer with the things of these numbers.
    pub(crate) fn answer(&self, number: u32, items: &[u8], next: Option<&str>) -> Event {
        let items: String = items.iter().map(|item| (self.item)(guid(*item))).collect();
        Event::Done((self.page)(number, &items, next))
    }

    pub(crate) fn server(&self, states: impl IntoIterator<Item = Event>) -> std::sync::Arc<Server> {
        Server::new(self.namespace, states)
    }

    /// Three pages; the last has nothing.
    fn three(&self) -> [Event; 3] {
        let [second, third] = self.cursors;
        [self.answer(1, &[1, 2], Some(second)), self.answer(2, &[3], Some(third)), self.answer(3, &[], None)]
    }

    /// The places asked for by the messages a server got, each a message that the contract allows.
    pub(crate) fn places(&self, server: &Server) -> Vec<Option<String>> {
        let messages = server.submitted();
        let ids = messages.iter().map(|message| child(message, "Header", "MessageGUID"));
        let mut ids: Vec<_> = ids.collect();
        ids.dedup();
        assert_eq!(ids.len(), messages.len(), "each page is a message of its own");
        for message in &messages {
            let strict = match R::OPERATION.header {
                Header::Organisation => read_request::<RequestHeader, R>(message.as_bytes(), Limits::MESSAGE).map(drop),
                Header::InformationSystem => {
                    read_request::<IsRequestHeader, R>(message.as_bytes(), Limits::MESSAGE).map(drop)
                }
            };
            strict.unwrap_or_else(|error| panic!("{error}: {message}"));
        }
        messages.iter().map(|message| child(message, R::NAME.local, self.asks)).collect()
    }

    /// The places asked for when each page is asked for once: `last` of them.
    fn expected(&self, pages: usize) -> Vec<Option<String>> {
        let [second, third] = self.cursors;
        let all = [self.begins, Some(second), Some(third)];
        all[..pages].iter().map(|place| place.map(str::to_owned)).collect()
    }

    pub(crate) fn numbers(&self, page: &Taken<R::Item>) -> Vec<Guid> {
        page.items.iter().map(self.known).collect()
    }

    pub(crate) async fn several_pages_the_last_empty(&self) {
        let server = self.server(self.three());
        let client = server.client();
        let mut stream = client.pages(Pages::new(self.request.clone()), at_once);
        let mut seen = Vec::new();
        while let Some(page) = stream.next().await {
            let page = page.unwrap_or_else(|error| panic!("{error}: {error:?}"));
            let unknown = page.drift.iter().filter(|drift| drift.kind == DriftKind::Element).count();
            assert!(unknown == 0, "{:?}", page.drift);
            assert!(!page.raw.is_empty());
            seen.push((page.body.number, self.numbers(&page.body), page.body.last, page.body.change));
        }
        let expected =
            [(1, vec![guid(1), guid(2)], false, None), (2, vec![guid(3)], false, None), (3, vec![], true, None)];
        assert_eq!(seen, expected);
        assert_eq!(self.places(&server), self.expected(3));
        assert!(stream.next().await.is_none(), "it stays over");
        assert!(stream.pages().is_over());
        let over = Pages::resume(self.request.clone(), &stream.pages().bookmark()).unwrap();
        assert!(over.next_request().is_none(), "also for another process");
    }

    pub(crate) async fn another_process_goes_on_from_the_text(&self) {
        let [first, second, third] = self.three();
        let text = {
            let client = self.server([first]).client();
            let mut stream = client.pages(Pages::new(self.request.clone()), at_once);
            stream.next().await.unwrap().unwrap();
            stream.pages().bookmark()
        };
        assert!(text.is_ascii() && !text.contains('\n'), "{text}");
        let server = self.server([second, third]);
        let client = server.client();
        let mut stream = client.pages(Pages::resume(self.request.clone(), &text).unwrap(), at_once);
        let page = stream.next().await.unwrap().unwrap().body;
        assert_eq!((page.number, self.numbers(&page)), (2, vec![guid(3)]));
        assert!(stream.next().await.unwrap().unwrap().body.last);
        assert!(stream.next().await.is_none());
        assert_eq!(self.places(&server), self.expected(3)[1..]);
    }

    pub(crate) async fn a_page_that_failed_is_asked_for_again(&self) {
        let [first, second, third] = self.three();
        let server = self.server([first]);
        let client = server.client();
        let mut stream = client.pages(Pages::new(self.request.clone()), at_once);
        stream.next().await.unwrap().unwrap();
        let bookmark = stream.pages().bookmark();

        // No receipt; refused; processed long, once without an answer, and then refused; the message forgotten.
        server.meets([Event::Lost, Event::Fault("EXP001000")]);
        let glitch = refusal("XYZ000001", "Error loading content: Content not found for guid: 1");
        server.then([Event::Waiting, Event::Lost, Event::Waiting, glitch, Event::Fault("INT002013")]);
        // What came of each call, and whether calling again may help.
        for (refused, worth) in [(false, true), (true, true), (false, true), (true, true), (true, false)] {
            let error = stream.next().await.unwrap().unwrap_err();
            let was_refused = match &error {
                PageError::Call(CallError::MaybeSent { .. }) => false,
                PageError::Call(CallError::Refused { .. }) => true,
                PageError::Paging(error) => matches!(error.kind, PagingErrorKind::Refused(_)) && error.page == 2,
                _ => panic!("{error:?}"),
            };
            assert_eq!((was_refused, error.worth_repeating()), (refused, worth), "{error}");
            assert_eq!(stream.pages().bookmark(), bookmark, "the reading has not moved");
        }
        server.then([second, third]);
        let page = stream.next().await.unwrap().unwrap().body;
        assert_eq!((page.number, self.numbers(&page)), (2, vec![guid(3)]), "nothing lost, nothing twice");
        assert!(stream.next().await.unwrap().unwrap().body.last);
        let asked = self.places(&server);
        assert_eq!(asked.len(), 1 + 5 + 1, "{asked:?}");
        assert!(asked[1..6].iter().all(|place| *place == asked[1]), "{asked:?}");
        assert_eq!([&asked[..2], &asked[6..]].concat(), self.expected(3));
    }

    pub(crate) async fn nothing_found_ends_the_reading(&self) {
        let [second, _] = self.cursors;
        for nothing in [refusal("INT002012", "нет"), Event::Fault("INT002012"), Event::Done(String::new())] {
            let server = self.server([self.answer(1, &[1], Some(second)), nothing.clone()]);
            let client = server.client();
            let mut stream = client.pages(Pages::new(self.request.clone()), at_once);
            stream.next().await.unwrap().unwrap();
            let page = stream.next().await.unwrap().unwrap().body;
            assert!(page.items.is_empty() && page.last);
            assert!(stream.next().await.is_none());

            let client = self.server([nothing]).client();
            let mut stream = client.pages(Pages::new(self.request.clone()), at_once);
            let page = stream.next().await.unwrap().unwrap().body;
            assert_eq!((page.items.len(), page.last, page.number, page.change), (0, true, 1, None));
            assert!(stream.next().await.is_none());
        }
    }

    /// For families whose answers give the cursor.
    pub(crate) async fn a_loop_is_refused(&self) {
        let [second, third] = self.cursors;
        for back in [second, third] {
            let pages = [self.answer(1, &[1], Some(second)), self.answer(2, &[2], Some(third))];
            let server = self.server(pages.into_iter().chain([self.answer(3, &[3], Some(back))]));
            let client = server.client();
            let mut stream = client.pages(Pages::new(self.request.clone()), at_once);
            stream.next().await.unwrap().unwrap();
            stream.next().await.unwrap().unwrap();
            let error = self.refused(&mut stream).await;
            assert_eq!(error, PagingErrorKind::Loop { cursor: back.to_owned() });
            assert!(!error.worth_repeating());
            // Mended: the same page, and on.
            server.then([self.answer(3, &[3], None)]);
            assert!(stream.next().await.unwrap().unwrap().body.last);
            assert_eq!(self.places(&server)[2..], [Some(third.to_owned()), Some(third.to_owned())]);
        }
    }

    /// An answer that may hide more is not taken for the end.
    pub(crate) async fn what_is_not_known_is_not_taken_for_the_end(&self) {
        let server = self.server([Event::Done("<SomethingNew><Item/></SomethingNew>".to_owned())]);
        let client = server.client();
        let mut stream = client.pages(Pages::new(self.request.clone()), at_once);
        let error = self.refused(&mut stream).await;
        let path = "Envelope/Body/getStateResult/SomethingNew".to_owned();
        assert_eq!(error, PagingErrorKind::Unclear { path });
    }

    pub(crate) async fn refused<W, F>(&self, stream: &mut PageStream<'_, R, W>) -> PagingErrorKind
    where
        W: FnMut(u32) -> F,
        F: Future<Output = ()>,
    {
        match stream.next().await.unwrap().map(|page| page.body) {
            Err(PageError::Paging(error)) => {
                assert_eq!(error.operation, R::OPERATION.name);
                error.kind
            }
            other => panic!("{other:?}"),
        }
    }
}

/// Waits for nothing.
pub(crate) async fn at_once(_: u32) {}

/// The tests that hold for every family, for one operation.
macro_rules! holds {
    ($name:ident, $case:expr $(, $cursor:ident)?) => {
        mod $name {
            #[tokio::test]
            async fn several_pages_the_last_empty() {
                $case.several_pages_the_last_empty().await;
            }

            #[tokio::test]
            async fn another_process_goes_on_from_the_text() {
                $case.another_process_goes_on_from_the_text().await;
            }

            #[tokio::test]
            async fn a_page_that_failed_is_asked_for_again() {
                $case.a_page_that_failed_is_asked_for_again().await;
            }

            #[tokio::test]
            async fn nothing_found_ends_the_reading() {
                $case.nothing_found_ends_the_reading().await;
            }

            #[tokio::test]
            async fn what_is_not_known_is_not_taken_for_the_end() {
                $case.what_is_not_known_is_not_taken_for_the_end().await;
            }
            $(
                #[tokio::test]
                async fn a_loop_is_refused() {
                    let $cursor = $case;
                    $cursor.a_loop_is_refused().await;
                }
            )?
        }
    };
}

pub(crate) use holds;
