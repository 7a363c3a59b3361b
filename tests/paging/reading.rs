//! The reading itself: bookmarks, loops across processes, waiting, giving up.

#![cfg(feature = "bills")]

use std::cell::{Cell, RefCell};
use std::pin::pin;
use std::task::{Context, Poll};
use std::time::Duration;

use gis_gkh::Guid;
use gis_gkh::contract::bills::notifications_of_charge::Criteria;
use gis_gkh::contract::bills::{
    ExportNotificationsOfOrderExecutionPaginalRequest, NotificationSearch, NotificationsOfCharge,
};
use gis_gkh::paging::{BookmarkError, PageError, Pages, PagingErrorKind, cadence};

use crate::case::at_once;
use crate::server::{Event, Server, child, guid};

type Payments = ExportNotificationsOfOrderExecutionPaginalRequest;

fn payments(document: &str) -> Payments {
    let charge = NotificationsOfCharge::new(Criteria::PaymentDocumentId(document.to_owned()));
    Payments::new(NotificationSearch::Charge(charge))
}

fn request() -> Payments {
    payments("00АА000001-01-6101")
}

/// A page without notifications that leads on.
fn leads_to(cursor: Guid) -> Event {
    let name = "ExportNotificationsOfOrderExecutionGUID";
    Event::Done(format!("<exportNotificationsOfOrderExecutionResult/><{name}>{cursor}</{name}>"))
}

fn last() -> Event {
    Event::Done("<exportNotificationsOfOrderExecutionResult/>".to_owned())
}

#[tokio::test]
async fn a_loop_is_found_even_if_each_page_is_read_by_a_process_of_its_own() {
    let mut text = Pages::new(request()).bookmark();
    for page in 0_u8.. {
        assert!(page < 20, "nobody found it");
        // Five pages, round and round, entered from two others.
        let next = guid(if page < 2 { 0x40 + page } else { 0x50 + (page - 2) % 5 });
        let client = Server::new("bills", [leads_to(next)]).client();
        let mut stream = client.pages(Pages::resume(request(), &text).unwrap(), at_once);
        match stream.next().await.unwrap() {
            Ok(_) => text = stream.pages().bookmark(),
            Err(PageError::Paging(error)) => {
                assert_eq!(error.kind, PagingErrorKind::Loop { cursor: next.to_string() });
                assert!(page > 6, "not before it was there");
                break;
            }
            Err(other) => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_bookmark_is_for_its_own_request() {
    let text = Pages::new(request()).bookmark();
    assert!(text.starts_with("1 bills.exportNotificationsOfOrderExecutionPaginal request="), "{text}");
    // Where a request begins is not among its conditions.
    let mut later = request();
    later.export_notifications_of_order_execution_guid = Some(guid(7));
    let pages = Pages::resume(later, &text).unwrap();
    assert_eq!(pages.next_request().unwrap().export_notifications_of_order_execution_guid, None);

    let other = Pages::resume(payments("00АА000001-02-6101"), &text).unwrap_err();
    assert_eq!(other, BookmarkError::OtherRequest);
    let of_other = text.replace("bills.exportNotificationsOfOrderExecutionPaginal", "debts.exportDebt");
    let other = Pages::resume(request(), &of_other).unwrap_err();
    assert!(matches!(&other, BookmarkError::OtherOperation { found, .. } if found == "debts.exportDebt"), "{other}");
}

#[test]
fn a_text_that_is_no_bookmark_is_refused() {
    let text = Pages::new(request()).bookmark();
    let words: Vec<_> = text.split(' ').collect();
    let mut broken: Vec<String> = (0..words.len()).map(|kept| words[..kept].join(" ")).collect();
    broken.extend([format!("{text} x"), format!("2{}", &text[1..]), String::new(), "закладка".to_owned()]);
    broken.extend(["pages=0", "total=-", "anchor=-", "next=start"].into_iter().flat_map(|field| {
        let name = field.split_once('=').unwrap().0;
        [format!("{name}=x"), format!("{name}="), format!("{name}=-1"), "other=1".to_owned()]
            .map(|wrong| text.replace(field, &wrong))
    }));
    for text in broken {
        let error = Pages::resume(request(), &text).unwrap_err();
        assert!(matches!(error, BookmarkError::Malformed(_)), "{text}: {error:?}");
    }
}

#[tokio::test]
async fn a_state_is_asked_until_the_message_is_processed() {
    let server = Server::new("bills", [Event::Waiting, Event::Waiting, leads_to(guid(7)), last()]);
    let client = server.client();
    let waits = RefCell::new(Vec::new());
    let mut stream = client.pages(Pages::new(request()), |asked| {
        waits.borrow_mut().push(asked);
        std::future::ready(())
    });
    while let Some(page) = stream.next().await {
        page.unwrap();
    }
    drop(stream);
    assert_eq!(waits.into_inner(), [0, 1, 2, 0], "for each message anew");
    assert_eq!((server.submitted().len(), server.asked()), (2, 4));
    let pauses: Vec<_> = (0..6).map(|asked| cadence(asked).as_secs()).collect();
    assert_eq!(pauses, [10, 60, 300, 900, 1800, 1800]);
    assert_eq!(cadence(u32::MAX), Duration::from_secs(1800));
}

#[tokio::test]
async fn a_wait_cut_short_goes_on_with_the_same_message() {
    let server = Server::new("bills", [Event::Waiting, last()]);
    let client = server.client();
    let (patience, waiting) = (RefCell::new(1), Cell::new(false));
    let mut stream = client.pages(Pages::new(request()), |_| {
        let ready = *patience.borrow() > 0;
        *patience.borrow_mut() -= 1;
        waiting.set(!ready);
        std::future::poll_fn(move |_| if ready { Poll::Ready(()) } else { Poll::Pending })
    });
    {
        // Asked once, not processed; now it would wait for ever.
        let mut next = pin!(stream.next());
        let stuck = |context: &mut Context<'_>| {
            assert!(next.as_mut().poll(context).is_pending());
            if waiting.get() { Poll::Ready(()) } else { Poll::Pending }
        };
        std::future::poll_fn(stuck).await;
    }
    assert_eq!((server.submitted().len(), server.asked()), (1, 1));
    *patience.borrow_mut() = 9;
    assert!(stream.next().await.unwrap().unwrap().body.last);
    assert_eq!((server.submitted().len(), server.asked()), (1, 2), "nothing was sent anew");
}

#[tokio::test]
async fn a_message_given_up_is_sent_anew() {
    let server = Server::new("bills", [Event::Fault("EXP001000"), last()]);
    let client = server.client();
    let mut stream = client.pages(Pages::new(request()), at_once);
    assert!(stream.next().await.unwrap().unwrap_err().worth_repeating());
    assert_eq!(server.submitted().len(), 1);
    stream.abandon();
    assert!(stream.next().await.unwrap().unwrap().body.last);
    let ids: Vec<_> = server.submitted().iter().map(|message| child(message, "Header", "MessageGUID")).collect();
    assert!(ids.len() == 2 && ids[0] != ids[1], "{ids:?}");
}

#[tokio::test]
async fn errors_say_where_and_what_to_do_and_nothing_shows_what_was_read() {
    let client = Server::new("bills", [leads_to(guid(7)), leads_to(guid(7))]).client();
    let mut stream = client.pages(Pages::new(request()), at_once);
    let page = stream.next().await.unwrap().unwrap();
    let error = stream.next().await.unwrap().unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "exportNotificationsOfOrderExecutionPaginal, page 2: the answer leads back to a page that was read before, at {}; \
             begin again, and if it happens again, report it to the system's support",
            guid(7)
        )
    );
    let shown = format!("{page:?} {:?} {stream:?} {error:?}", page.body);
    assert!(!shown.contains("00АА000001"), "{shown}");
    let mut over = Pages::new(request());
    assert!(over.take_nothing().unwrap().last);
    assert_eq!(over.take_nothing().unwrap_err().kind, PagingErrorKind::Over);
}
