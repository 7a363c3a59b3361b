//! Enquiries about debts: what follows is told in an element of its own; certain ones are asked for without pages.

use gis_gkh::contract::base::Period;
use gis_gkh::contract::drs::{
    ExportDrsRequest, ExportDsrsRequest, RequestConditions, SubrequestConditions, export_drs_request,
    export_dsrs_request,
};
use gis_gkh::paging::{Pages, PagingErrorKind};
use gis_gkh_xml::Guid;
use time::macros::date;

use crate::case::{Case, at_once, holds};
use crate::server::{Event, guid};

fn october() -> Period {
    Period::new(date!(2026 - 10 - 01), date!(2026 - 10 - 31))
}

fn organization(guid: Guid) -> String {
    format!("<organization><orgRootGUID>{guid}</orgRootGUID><name>ООО «Выдуманное»</name></organization>")
}

fn dwelling(guid: Guid) -> String {
    format!(
        "<housingFundObject><houseGUID>{guid}</houseGUID><address>Выдуманная улица, 1</address></housingFundObject>"
    )
}

fn executor(guid: Guid) -> String {
    format!("<executorInfo><GUID>{guid}</GUID><fio>Выдуманный Пример</fio></executorInfo>")
}

fn requests() -> Case<ExportDrsRequest> {
    Case {
        request: ExportDrsRequest::new(export_drs_request::Criteria::Conditions(RequestConditions::new(october()))),
        namespace: "drs",
        asks: "exportRequestGUID",
        begins: None,
        cursors: crate::GUIDS,
        item: |guid| {
            let reference = format!("<n:Code>1</n:Code><n:GUID>{guid}</n:GUID>");
            let (organization, dwelling, executor) = (organization(guid), dwelling(guid), executor(guid));
            format!(
                "<requestData><requestGUID>{guid}</requestGUID><requestNumber>1</requestNumber><applicantInfo>\
                 <firstName>Пример</firstName><lastName>Выдуманный</lastName><snils>00000000000</snils><document>\
                 <type>{reference}</type><number>1</number></document></applicantInfo>{dwelling}{organization}{executor}\
                 <status>Draft</status><result>{reference}</result><creationDate>2026-10-01</creationDate></requestData>"
            )
        },
        page: |_, items, next| found("exportDRsResult", items, "nextRequestGUID", next),
        known: |request| request.request_guid,
    }
}

fn subrequests() -> Case<ExportDsrsRequest> {
    Case {
        request: ExportDsrsRequest::new(export_dsrs_request::Criteria::Conditions(
            SubrequestConditions::new(october()),
        )),
        namespace: "drs",
        asks: "exportSubrequestGUID",
        begins: None,
        cursors: crate::GUIDS,
        item: |guid| {
            let (organization, dwelling, executor) = (organization(guid), dwelling(guid), executor(guid));
            format!(
                "<subrequestData><subrequestGUID>{guid}</subrequestGUID><requestInfo><requestGUID>{guid}</requestGUID>\
                 <requestNumber>1</requestNumber>{organization}{dwelling}<period><b:startDate>2023-10-01</b:startDate>\
                 <b:endDate>2026-10-01</b:endDate></period><status>Sent</status><sentDate>2026-10-01</sentDate>\
                 <responseDate>2026-10-06</responseDate>{executor}</requestInfo><responseStatus>NotSent</responseStatus>\
                 </subrequestData>"
            )
        },
        page: |_, items, next| found("exportDSRsResult", items, "nextSubrequestGUID", next),
        known: |subrequest| subrequest.subrequest_guid,
    }
}

fn found(result: &str, items: &str, name: &str, next: Option<&str>) -> String {
    let next = match next {
        Some(next) => format!("<{name}>{next}</{name}>"),
        None => "<lastPage>true</lastPage>".to_owned(),
    };
    format!("<{result}>{items}<pagedOutput>{next}</pagedOutput></{result}>")
}

holds!(of_requests, super::requests(), case);
holds!(of_subrequests, super::subrequests(), case);

#[tokio::test]
async fn certain_ones_come_without_pages_and_with_those_not_found() {
    let mut case = requests();
    case.request.criteria = export_drs_request::Criteria::Guids(vec![guid(1), guid(2)]);
    let item = (case.item)(guid(1));
    let answer = |tail: &str| Event::Done(format!("<exportDRsResult>{item}{tail}</exportDRsResult>"));
    let missing = format!("<notFound><requestGUID>{}</requestGUID></notFound>", guid(2));
    let client = case.server([answer(&missing)]).client();
    let mut stream = client.pages(Pages::new(case.request.clone()), at_once);
    let page = stream.next().await.unwrap().unwrap().body;
    assert_eq!((case.numbers(&page), page.not_found, page.last), (vec![guid(1)], vec![guid(2).to_string()], true));

    // There is no place for a cursor in such a request; more than that cannot be asked for.
    let [second, _] = case.cursors;
    let more = format!("<pagedOutput><nextRequestGUID>{second}</nextRequestGUID></pagedOutput>");
    let client = case.server([answer(&more)]).client();
    let mut stream = client.pages(Pages::new(case.request.clone()), at_once);
    assert_eq!(case.refused(&mut stream).await, PagingErrorKind::NoPlace { cursor: second.to_owned() });
}

#[tokio::test]
async fn numbers_not_found_are_told() {
    let mut case = subrequests();
    case.request.criteria = export_dsrs_request::Criteria::Numbers(vec!["1".to_owned(), "2".to_owned()]);
    let missing = "<notFound><requestNumber>2</requestNumber></notFound>";
    let answer = format!("<exportDSRsResult>{}{missing}</exportDSRsResult>", (case.item)(guid(1)));
    let client = case.server([Event::Done(answer)]).client();
    let mut stream = client.pages(Pages::new(case.request.clone()), at_once);
    let page = stream.next().await.unwrap().unwrap().body;
    assert_eq!((page.items.len(), page.not_found, page.last), (1, vec!["2".to_owned()], true));
}
