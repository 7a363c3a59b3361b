//! Families whose answers give the place where the next page begins.

#[cfg(feature = "debts")]
pub(crate) mod debts {
    use gis_gkh::contract::debts::{DebtCriteria, ExportDebtRequest};

    use crate::case::{Case, holds};

    pub(crate) fn case() -> Case<ExportDebtRequest> {
        Case {
            request: ExportDebtRequest::new(DebtCriteria::new()),
            namespace: "debts",
            asks: "NextPageExportRequestGUID",
            begins: None,
            cursors: crate::GUIDS,
            item: |guid| {
                format!(
                    "<Debt><DebtGUID>{guid}</DebtGUID><DebtObject><ObjectGUID><PremiseGUID>{guid}</PremiseGUID></ObjectGUID>\
                     </DebtObject><Debtor><SurName>Выдуманный</SurName><FirstName>Пример</FirstName></Debtor><JudicalAct>\
                     <JudicalActNumber>2-1/2026</JudicalActNumber><JudicalActDate>2026-01-15</JudicalActDate></JudicalAct>\
                     <Status>PUBLISHED</Status><FirstPublishedDate>2026-02-01</FirstPublishedDate>\
                     <LastPublishedDate>2026-02-01</LastPublishedDate><RepaymentData>\
                     <RepaymentStatus>UNPAID</RepaymentStatus></RepaymentData></Debt>"
                )
            },
            page: |_, items, next| {
                let next = crate::or_last("ExportDebtGUID", next);
                format!("<ExportDebtResult>{items}{next}</ExportDebtResult>")
            },
            known: |debt| debt.debt_guid,
        }
    }

    holds!(every, crate::cursors::debts::case(), case);
}

#[cfg(feature = "outage-report")]
mod outage_report {
    use gis_gkh::contract::base::PeriodOpen;
    use gis_gkh::contract::outage_report::{ExportOutageReportRequest, ReportCriteria};

    use crate::case::{Case, holds};

    fn case() -> Case<ExportOutageReportRequest> {
        Case {
            request: ExportOutageReportRequest::new(ReportCriteria::new(PeriodOpen::new(), PeriodOpen::new())),
            namespace: "outage-report",
            asks: "NextPageExportRequestGUID",
            begins: None,
            cursors: crate::GUIDS,
            item: |guid| {
                let reference = format!("<n:Code>1</n:Code><n:GUID>{guid}</n:GUID>");
                format!(
                    "<OutageReport><OutageReportData><OutageReportGUID>{guid}</OutageReportGUID>\
                     <OutageKind>{reference}</OutageKind><OutageType>PAUSE</OutageType><ServiceCodes>\
                     <ServiceCode>1</ServiceCode></ServiceCodes><StartDate>2026-05-01T00:00:00+03:00</StartDate>\
                     <OutageReason>{reference}</OutageReason><Status>PUBLISHED</Status>\
                     <PublishedDate>2026-04-01T00:00:00+03:00</PublishedDate></OutageReportData><OutageReportObjects>\
                     <Premises><PremiseGUID>{guid}</PremiseGUID></Premises></OutageReportObjects></OutageReport>"
                )
            },
            page: |_, items, next| {
                let next = crate::or_last("ExportOutageReportGUID", next);
                format!("<ExportOutageReportResult>{items}{next}</ExportOutageReportResult>")
            },
            known: |report| report.outage_report_data.outage_report_guid,
        }
    }

    holds!(every, super::case(), case);
}

#[cfg(feature = "bills")]
mod bills {
    use gis_gkh::contract::bills::notifications_of_charge::Criteria;
    use gis_gkh::contract::bills::{
        ExportNotificationsOfOrderExecutionPaginalRequest, NotificationSearch, NotificationsOfCharge,
    };

    use crate::case::{Case, at_once, holds};
    use crate::server::{Event, guid};

    fn case() -> Case<ExportNotificationsOfOrderExecutionPaginalRequest> {
        let document = Criteria::PaymentDocumentId("00АА000001-01-6101".to_owned());
        Case {
            request: ExportNotificationsOfOrderExecutionPaginalRequest::new(NotificationSearch::Charge(
                NotificationsOfCharge::new(document),
            )),
            namespace: "bills",
            asks: "ExportNotificationsOfOrderExecutionGUID",
            begins: None,
            cursors: crate::GUIDS,
            item: |guid| {
                format!(
                    "<exportNotificationsOfOrderExecutionResult><NotificationOfOrderExecutionWithStatus><p:OrderInfo>\
                     <p:OrderID>1</p:OrderID><p:OrderDate>2026-10-01</p:OrderDate><p:Amount>100</p:Amount></p:OrderInfo>\
                     <AckStatus>1</AckStatus><CreationDate>2026-10-02T00:00:00+03:00</CreationDate>\
                     <AcknowledgmentRequestsList/><AcknowledgmentAmount>0</AcknowledgmentAmount>\
                     <p:NotificationsOfOrderExecutionGUID>{guid}</p:NotificationsOfOrderExecutionGUID>\
                     <orgPPAGUID>{guid}</orgPPAGUID></NotificationOfOrderExecutionWithStatus>\
                     </exportNotificationsOfOrderExecutionResult>"
                )
            },
            // The last page has no word for that.
            page: |_, items, next| {
                let name = "ExportNotificationsOfOrderExecutionGUID";
                items.to_owned() + &next.map_or_else(String::new, |next| format!("<{name}>{next}</{name}>"))
            },
            known: |notification| notification.notifications_of_order_execution_guid,
        }
    }

    holds!(every, super::case(), case);

    #[tokio::test]
    async fn notifications_of_several_results_are_one_page() {
        let case = case();
        let one = (case.item)(guid(1));
        let both = one.replace(
            "</exportNotificationsOfOrderExecutionResult>",
            &(case.item)(guid(2)).replace("<exportNotificationsOfOrderExecutionResult>", ""),
        );
        let empty = "<exportNotificationsOfOrderExecutionResult/>";
        let client = case.server([Event::Done(format!("{both}{empty}{}", (case.item)(guid(3))))]).client();
        let mut stream = client.pages(gis_gkh::paging::Pages::new(case.request.clone()), at_once);
        let page = stream.next().await.unwrap().unwrap().body;
        assert_eq!(case.numbers(&page), [guid(1), guid(2), guid(3)]);
        assert!(page.last);
    }

    /// The cursor stands alone where all notifications of a page are left out.
    #[tokio::test]
    async fn an_empty_page_may_be_followed() {
        let case = case();
        let [second, _] = case.cursors;
        let server = case.server([case.answer(1, &[], Some(second)), case.answer(2, &[1], None)]);
        let client = server.client();
        let mut stream = client.pages(gis_gkh::paging::Pages::new(case.request.clone()), at_once);
        let page = stream.next().await.unwrap().unwrap().body;
        assert_eq!((page.items.len(), page.last), (0, false));
        let page = stream.next().await.unwrap().unwrap().body;
        assert_eq!((case.numbers(&page), page.last), (vec![guid(1)], true));
        assert_eq!(case.places(&server), [None, Some(second.to_owned())]);
    }
}

#[cfg(feature = "device-metering")]
mod device_metering {
    use gis_gkh::contract::device_metering::{DeviceCriteria, ExportMeteringDeviceHistoryRequest};
    use gis_gkh::paging::Pages;

    use crate::case::{Case, at_once, holds};
    use crate::server::{Event, guid};

    fn case() -> Case<ExportMeteringDeviceHistoryRequest> {
        Case {
            request: ExportMeteringDeviceHistoryRequest::new(DeviceCriteria::Roots(vec![guid(1)])),
            namespace: "device-metering",
            asks: "ExportMeteringDeviceRootGUID",
            begins: None,
            cursors: crate::GUIDS,
            item: |guid| {
                format!(
                    "<exportMeteringDeviceHistoryResult><MeteringDeviceRootGUID>{guid}</MeteringDeviceRootGUID>\
                     <OneRateDeviceValue/></exportMeteringDeviceHistoryResult>"
                )
            },
            // Of an empty last page this alone is left.
            page: |_, items, next| {
                let next = match next {
                    Some(next) => format!("<ExportMeteringDeviceRootGUID>{next}</ExportMeteringDeviceRootGUID>"),
                    None => "<LastPage>true</LastPage>".to_owned(),
                };
                format!("{items}<PagedOutput>{next}</PagedOutput>")
            },
            known: |device| device.metering_device_root_guid,
        }
    }

    holds!(every, super::case(), case);

    #[tokio::test]
    async fn one_house_comes_whole() {
        let mut case = case();
        case.request.fias_house_guid = vec![guid(5)];
        let items = (case.item)(guid(1)) + &(case.item)(guid(2));
        let client = case.server([Event::Done(items)]).client();
        let mut stream = client.pages(Pages::new(case.request.clone()), at_once);
        let page = stream.next().await.unwrap().unwrap().body;
        assert_eq!((case.numbers(&page), page.last), (vec![guid(1), guid(2)], true));
        assert!(stream.next().await.is_none());
    }
}
