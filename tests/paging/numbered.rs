//! Families whose pages have numbers: reference books, rights delegated to us.

#[cfg(any(feature = "nsi", feature = "nsi-common"))]
mod books {
    use gis_gkh::paging::{Change, Paged, Pages, PagingErrorKind};
    use gis_gkh_xml::Guid;

    use crate::case::{Case, at_once, holds};
    use crate::server::{Event, guid};

    fn item(guid: Guid) -> String {
        format!(
            "<n:NsiElement><n:Code>1</n:Code><n:GUID>{guid}</n:GUID><n:Modified>2026-01-01T00:00:00+03:00</n:Modified>\
             <n:IsActual>true</n:IsActual></n:NsiElement>"
        )
    }

    /// A page of a book of three entries.
    fn page(number: u32, items: &str, next: Option<&str>) -> String {
        let pages = if next.is_some() { number + 1 } else { number };
        of(&number.to_string(), pages, 3, items)
    }

    fn of(number: &str, pages: u32, total: u32, items: &str) -> String {
        format!(
            "<NsiPagingItem><n:NsiItemRegistryNumber>50</n:NsiItemRegistryNumber>\
             <n:Created>2026-10-01T00:00:00+03:00</n:Created>{items}<TotalItemsCount>{total}</TotalItemsCount>\
             <TotalPages>{pages}</TotalPages><CurrentPage>{number}</CurrentPage></NsiPagingItem>"
        )
    }

    #[cfg(feature = "nsi-common")]
    mod shared {
        use gis_gkh::contract::nsi_base::BookGroup;
        use gis_gkh::contract::nsi_common::ExportNsiPagingItemRequest;

        use crate::case::Case;

        /// The page the request itself names is of no account.
        pub(super) fn case() -> Case<ExportNsiPagingItemRequest> {
            Case {
                request: ExportNsiPagingItemRequest::new(50, BookGroup::Nsi, 17),
                namespace: "nsi-common",
                asks: "Page",
                begins: Some("1"),
                cursors: ["2", "3"],
                item: super::item,
                page: super::page,
                known: |entry| entry.guid,
            }
        }
    }

    #[cfg(feature = "nsi")]
    mod own {
        use gis_gkh::contract::nsi::{ExportDataProviderNsiPagingItemRequest, PagedOwnBook};

        use crate::case::Case;

        pub(super) fn case() -> Case<ExportDataProviderNsiPagingItemRequest> {
            Case {
                request: ExportDataProviderNsiPagingItemRequest::new(PagedOwnBook::AdditionalServices, 1),
                namespace: "nsi",
                asks: "Page",
                begins: Some("1"),
                cursors: ["2", "3"],
                item: super::item,
                page: super::page,
                known: |entry| entry.guid,
            }
        }
    }

    #[cfg(feature = "nsi-common")]
    holds!(of_all, super::shared::case());
    #[cfg(feature = "nsi")]
    holds!(of_one, super::own::case());

    /// What only numbered pages have, for one service.
    async fn a_book_that_changes<R: Paged + std::fmt::Debug>(case: &Case<R>) {
        let server =
            case.server([Event::Done(of("1", 3, 2001, &item(guid(1)))), Event::Done(of("2", 3, 2001, &item(guid(2))))]);
        let client = server.client();
        let mut stream = client.pages(Pages::new(case.request.clone()), at_once);
        for _ in 0..2 {
            let page = stream.next().await.unwrap().unwrap().body;
            assert_eq!((page.total, page.change, page.last), (Some(2001), None, false));
        }
        // The change is noticed by another process, too, and told once.
        let text = stream.pages().bookmark();
        let mut stream = client.pages(Pages::resume(case.request.clone(), &text).unwrap(), at_once);
        server.then([
            Event::Done(of("3", 4, 3001, &item(guid(3)))),
            Event::Done(of("4", 4, 3001, &item(guid(4)))),
            Event::Done(of("1", 1, 1, &item(guid(1)))),
        ]);
        let page = stream.next().await.unwrap().unwrap().body;
        assert_eq!((page.change, page.last), (Some(Change { before: 2001, now: 3001 }), false));
        let page = stream.next().await.unwrap().unwrap().body;
        assert_eq!((page.change, page.last), (None, true));
        // To be sure, from the beginning.
        stream.start_over();
        let page = stream.next().await.unwrap().unwrap().body;
        assert_eq!((page.number, page.change, page.last), (1, None, true));
        let pages = ["1", "2", "3", "4", "1"].map(|page| Some(page.to_owned()));
        assert_eq!(case.places(&server), pages);
    }

    async fn a_book_that_shrank<R: Paged + std::fmt::Debug>(case: &Case<R>) {
        let first = Event::Done(of("1", 3, 2001, &item(guid(1))));
        for nothing in [Event::Done(String::new()), crate::server::refusal("INT002012", "нет")] {
            let client = case.server([first.clone(), nothing]).client();
            let mut stream = client.pages(Pages::new(case.request.clone()), at_once);
            stream.next().await.unwrap().unwrap();
            let page = stream.next().await.unwrap().unwrap().body;
            assert_eq!((page.change, page.last), (Some(Change { before: 2001, now: 0 }), true));
        }
    }

    async fn pages_come_in_their_order<R: Paged + std::fmt::Debug>(case: &Case<R>) {
        let server = case.server([
            Event::Done(of("1", 3, 3, &item(guid(1)))),
            // The number does not grow; it grows too much; it is none, so the page is taken for the one asked for.
            Event::Done(of("1", 3, 3, &item(guid(1)))),
            Event::Done(of(" 3 ", 3, 3, &item(guid(3)))),
            Event::Done(of("<n:Page>two</n:Page>", 3, 3, &item(guid(2)))),
            Event::Done(of(" 3 ", 3, 3, "")),
        ]);
        let client = server.client();
        let mut stream = client.pages(Pages::new(case.request.clone()), at_once);
        stream.next().await.unwrap().unwrap();
        for came in [1, 3] {
            let error = case.refused(&mut stream).await;
            assert_eq!(error, PagingErrorKind::AnotherPage { asked: 2, came });
            assert!(error.worth_repeating());
        }
        let page = stream.next().await.unwrap();
        // An unknown element inside the number is drift, which an entry outweighs.
        let page = page.unwrap().body;
        assert_eq!((case.numbers(&page), page.last), (vec![guid(2)], false));
        let page = stream.next().await.unwrap().unwrap().body;
        assert_eq!((page.items.len(), page.last, page.total), (0, true, Some(3)));
        let pages = ["1", "2", "2", "2", "3"].map(|page| Some(page.to_owned()));
        assert_eq!(case.places(&server), pages);
    }

    #[tokio::test]
    async fn changes_are_told() {
        #[cfg(feature = "nsi-common")]
        {
            a_book_that_changes(&shared::case()).await;
            a_book_that_shrank(&shared::case()).await;
        }
        #[cfg(feature = "nsi")]
        {
            a_book_that_changes(&own::case()).await;
            a_book_that_shrank(&own::case()).await;
        }
    }

    #[tokio::test]
    async fn another_page_than_the_one_asked_for_is_refused() {
        #[cfg(feature = "nsi-common")]
        pages_come_in_their_order(&shared::case()).await;
        #[cfg(feature = "nsi")]
        pages_come_in_their_order(&own::case()).await;
    }
}

#[cfg(feature = "organizations-registry-common")]
mod rights {
    use gis_gkh::contract::organizations_registry_common::{
        AccessRequestStatus, ExportDelegatedAccessRequest, ExportObjectsDelegatedAccessRequest,
        ExportTerritoryDelegatedAccessRequest, RightsOrPage, export_delegated_access_request,
    };
    use gis_gkh::paging::{PageNumber, Paged, Pages, PagingErrorKind};

    use crate::case::{Case, at_once, holds};
    use crate::server::{Event, child, guid};

    const NAMESPACE: &str = "organizations-registry-common";

    fn page(_: u32, items: &str, next: Option<&str>) -> String {
        items.to_owned() + next.map_or("", |_| "<IsNextPage>true</IsNextPage>")
    }

    fn applications() -> Case<ExportDelegatedAccessRequest> {
        Case {
            request: ExportDelegatedAccessRequest::new(),
            namespace: NAMESPACE,
            asks: "Page",
            begins: Some("1"),
            cursors: ["2", "3"],
            item: |guid| {
                format!(
                    "<exportDelegatedAccessResult><b:orgPPAGUID>{guid}</b:orgPPAGUID><o:RegOrg>\
                     <o:orgRootEntityGUID>{guid}</o:orgRootEntityGUID></o:RegOrg></exportDelegatedAccessResult>"
                )
            },
            page,
            known: |access| access.org_ppa_guid,
        }
    }

    fn objects() -> Case<ExportObjectsDelegatedAccessRequest> {
        Case {
            request: ExportObjectsDelegatedAccessRequest::new(),
            namespace: NAMESPACE,
            asks: "Page",
            begins: Some("1"),
            cursors: ["2", "3"],
            item: |guid| {
                format!(
                    "<exportObjectsDelegatedAccessResult><AccessRightGUID>{guid}</AccessRightGUID>\
                     <AllObjects>true</AllObjects></exportObjectsDelegatedAccessResult>"
                )
            },
            page,
            known: |access| access.access_right_guid,
        }
    }

    fn territories() -> Case<ExportTerritoryDelegatedAccessRequest> {
        Case {
            request: ExportTerritoryDelegatedAccessRequest::new(),
            namespace: NAMESPACE,
            asks: "Page",
            begins: Some("1"),
            cursors: ["2", "3"],
            item: |guid| {
                format!(
                    "<exportTerritoryDelegatedAccess><AccessRightGUID>{guid}</AccessRightGUID>\
                     </exportTerritoryDelegatedAccess>"
                )
            },
            page,
            known: |access| access.access_right_guid,
        }
    }

    holds!(applications_, super::applications());
    holds!(objects_, super::objects());
    holds!(territories_, super::territories());

    #[tokio::test]
    async fn a_page_without_anything_is_the_last_whatever_it_says() {
        let case = territories();
        let client = case.server([Event::Done("<IsNextPage>true</IsNextPage>".to_owned())]).client();
        let mut stream = client.pages(Pages::new(case.request.clone()), at_once);
        let page = stream.next().await.unwrap().unwrap().body;
        assert!(page.last && page.items.is_empty());
    }

    #[tokio::test]
    async fn conditions_are_kept_from_page_to_page() {
        use export_delegated_access_request::{Criteria, Page};
        let mut case = applications();
        let status = Some(AccessRequestStatus::Accepted);
        case.request.criteria = Some(Criteria::Page(Page { page: None, status }));
        let server = case.server([case.answer(1, &[1], Some("2")), case.answer(2, &[2], None)]);
        let client = server.client();
        let mut stream = client.pages(Pages::new(case.request.clone()), at_once);
        while let Some(page) = stream.next().await {
            page.unwrap();
        }
        let messages = server.submitted();
        let statuses = messages.iter().map(|message| child(message, "exportDelegatedAccessRequest", "Status"));
        let statuses: Vec<_> = statuses.collect();
        assert!(statuses[0].is_some() && statuses[0] == statuses[1], "{statuses:?}");
        assert_eq!(case.places(&server), ["1", "2"].map(|page| Some(page.to_owned())));
    }

    #[tokio::test]
    async fn certain_rights_have_no_second_page() {
        let mut case = objects();
        case.request.rights_or_page = Some(RightsOrPage::AccessRightGuid(vec![guid(1)]));
        assert_eq!(case.request.at(None), Some(case.request.clone()));
        assert_eq!(case.request.at(PageNumber::new(2).as_ref()), None);
        let client = case.server([case.answer(1, &[1], Some("2"))]).client();
        let mut stream = client.pages(Pages::new(case.request.clone()), at_once);
        assert_eq!(case.refused(&mut stream).await, PagingErrorKind::NoPlace { cursor: "2".to_owned() });
    }
}
