//! Supply contracts: a cursor of one GUID or of two, and requests with and without a place for it.

use gis_gkh::contract::house_management::{
    ExportBriefSupplyResourceContractRequest, ExportSupplyResourceContractObjectAddressRequest,
    ExportSupplyResourceContractRequest, SupplyBriefSelection, SupplyContractFilter, SupplyContractId,
    SupplyContractSelection, SupplyObjectSelection, SupplyObjectsOfContract,
};
use gis_gkh::contract::organizations_registry_base::RegOrg;
use gis_gkh::paging::{Paged, Pages, PagingErrorKind};

use crate::case::{Case, at_once, holds};
use crate::server::{Event, child, guid};

const VERSION: &str = "<VersionNumber>1</VersionNumber><VersionStatus>Posted</VersionStatus>";

fn contracts() -> Case<ExportSupplyResourceContractRequest> {
    let mut request = ExportSupplyResourceContractRequest::new();
    let filter = SupplyContractFilter { contract_number: Some("7".to_owned()), ..SupplyContractFilter::new() };
    request.selection = Some(SupplyContractSelection::Filter(filter));
    Case {
        request,
        namespace: "house-management",
        asks: "ExportContractRootGUID",
        begins: None,
        cursors: crate::GUIDS,
        item: |guid| {
            format!(
                "<Contract><Offer>true</Offer><IsPlannedVolume>false</IsPlannedVolume>\
                 <SpecifyingQualityIndicators>D</SpecifyingQualityIndicators><ContractRootGUID>{guid}</ContractRootGUID>\
                 <ContractGUID>{guid}</ContractGUID><ContractState>Proceed</ContractState>{VERSION}</Contract>"
            )
        },
        page: |_, items, next| {
            let next = crate::or_last("ExportContractRootGUID", next);
            format!("<exportSupplyResourceContractResult>{items}{next}</exportSupplyResourceContractResult>")
        },
        known: |contract| contract.contract_root_guid,
    }
}

fn objects() -> Case<ExportSupplyResourceContractObjectAddressRequest> {
    let contract = SupplyObjectsOfContract::new(SupplyContractId::ContractRootGuid(guid(9)));
    Case {
        request: ExportSupplyResourceContractObjectAddressRequest::new(SupplyObjectSelection::Contract(contract)),
        namespace: "house-management",
        asks: "ExportObjectGUID",
        begins: None,
        cursors: crate::GUIDS,
        item: |guid| {
            format!(
                "<ObjectAddress><FIASHouseGuid>{guid}</FIASHouseGuid><ObjectGUID>{guid}</ObjectGUID>\
                 <ContractRootGUID>{guid}</ContractRootGUID><ContractGUID>{guid}</ContractGUID>{VERSION}</ObjectAddress>"
            )
        },
        page: |_, items, next| {
            let next = crate::or_last("ExportObjectGUID", next);
            let name = "exportSupplyResourceContractObjectAddress";
            format!("<{name}>{items}{next}</{name}>")
        },
        known: |object| object.object_guid,
    }
}

/// Its second page begins at a contract, its third amid the objects of one.
fn briefly() -> Case<ExportBriefSupplyResourceContractRequest> {
    Case {
        request: ExportBriefSupplyResourceContractRequest::new(SupplyBriefSelection::Organization(RegOrg::new(guid(
            9,
        )))),
        namespace: "house-management",
        asks: "NextPageContractRootGUID",
        begins: None,
        cursors: crate::GUIDS,
        item: |guid| {
            let organization = format!("<o:orgRootEntityGUID>{guid}</o:orgRootEntityGUID>");
            format!(
                "<Contract><ContractRootGUID>{guid}</ContractRootGUID><ContractGUID>{guid}</ContractGUID>{VERSION}\
                 <ContractState>Proceed</ContractState><FirstPartyContract>{organization}</FirstPartyContract>\
                 <SecondPartyContract><Offer>true</Offer></SecondPartyContract></Contract>"
            )
        },
        page: |_, items, next| {
            let next = crate::or_last("NextPageContractRootGUID", next);
            let name = "exportBriefSupplyResourceContractResult";
            format!("<{name}>{items}{next}</{name}>")
        },
        known: |contract| contract.contract_root_guid,
    }
}

holds!(of_contracts, super::contracts(), case);
holds!(of_objects, super::objects(), case);
holds!(in_brief, super::briefly(), case);

#[tokio::test]
async fn a_page_in_brief_may_begin_amid_a_contract() {
    let case = briefly();
    let [second, object] = case.cursors;
    let amid = |object: &str| {
        format!(
            "<NextPageContractRootGUID>{second}</NextPageContractRootGUID><NextPageObjectGUID>{object}</NextPageObjectGUID>"
        )
    };
    let page = |next: &str| {
        let item = (case.item)(guid(1));
        let name = "exportBriefSupplyResourceContractResult";
        Event::Done(format!("<{name}>{item}{next}</{name}>"))
    };
    // The same contract three times: at its beginning, then twice amid its objects.
    let start = format!("<NextPageContractRootGUID>{second}</NextPageContractRootGUID>");
    let other = guid(0x77).to_string();
    let server = case.server([page(&start), page(&amid(object))]);
    let client = server.client();
    let mut stream = client.pages(Pages::new(case.request.clone()), at_once);
    stream.next().await.unwrap().unwrap();
    stream.next().await.unwrap().unwrap();

    let text = stream.pages().bookmark();
    assert!(text.contains(&format!("next={second}+{object}")), "{text}");
    let mut stream = client.pages(Pages::resume(case.request.clone(), &text).unwrap(), at_once);
    server.then([page(&amid(&other)), page(&amid(object))]);
    stream.next().await.unwrap().unwrap();
    let error = case.refused(&mut stream).await;
    assert_eq!(error, PagingErrorKind::Loop { cursor: format!("{second}+{object}") });
    let asked: Vec<_> = server
        .submitted()
        .iter()
        .map(|message| {
            let of = |name: &str| child(message, "exportBriefSupplyResourceContractRequest", name);
            (of("NextPageContractRootGUID"), of("NextPageObjectGUID"))
        })
        .collect();
    let second = Some(second.to_owned());
    assert_eq!(
        asked,
        [
            (None, None),
            (second.clone(), None),
            (second.clone(), Some(object.to_owned())),
            (second, Some(other.clone()))
        ]
    );
}

#[tokio::test]
async fn a_request_for_all_contracts_goes_on_by_a_filter() {
    let mut case = contracts();
    case.request.selection = None;
    let [second, _] = case.cursors;
    let server = case.server([case.answer(1, &[1], Some(second)), case.answer(2, &[2], None)]);
    let client = server.client();
    let mut stream = client.pages(Pages::new(case.request.clone()), at_once);
    while let Some(page) = stream.next().await {
        page.unwrap();
    }
    assert_eq!(case.places(&server), [None, Some(second.to_owned())]);
}

#[tokio::test]
async fn what_is_named_has_no_second_page() {
    let [second, _] = crate::GUIDS;
    let kind = PagingErrorKind::NoPlace { cursor: second.to_owned() };
    let mut case = contracts();
    case.request.selection = Some(SupplyContractSelection::ContractRootGuid(vec![guid(1)]));
    assert!(case.request.at(None).is_some() && case.request.at(Some(&guid(2))).is_none());
    let client = case.server([case.answer(1, &[1], Some(second)), case.answer(1, &[1], None)]).client();
    let mut stream = client.pages(Pages::new(case.request.clone()), at_once);
    assert_eq!(case.refused(&mut stream).await, kind);
    assert!(stream.next().await.unwrap().unwrap().body.last);

    let mut case = objects();
    case.request.selection = SupplyObjectSelection::FiasHouseGuid(guid(1));
    let client = case.server([case.answer(1, &[1], Some(second))]).client();
    let mut stream = client.pages(Pages::new(case.request.clone()), at_once);
    assert_eq!(case.refused(&mut stream).await, kind);
}

#[tokio::test]
async fn the_last_of_several_parts_says_what_follows() {
    let case = contracts();
    let [second, third] = case.cursors;
    let part = |item: u8, next| (case.page)(1, &(case.item)(guid(item)), next);
    let server = case.server([Event::Done(part(1, Some(second)) + &part(2, Some(third))), case.answer(2, &[3], None)]);
    let client = server.client();
    let mut stream = client.pages(Pages::new(case.request.clone()), at_once);
    let page = stream.next().await.unwrap().unwrap().body;
    assert_eq!((case.numbers(&page), page.last), (vec![guid(1), guid(2)], false));
    assert!(stream.next().await.unwrap().unwrap().body.last);
    assert_eq!(case.places(&server), [None, Some(third.to_owned())]);
}

#[tokio::test]
async fn a_last_page_that_is_said_not_to_be_one_is_not_believed() {
    let case = contracts();
    let page = (case.page)(1, &(case.item)(guid(1)), None).replace(">true</IsLastPage>", ">false</IsLastPage>");
    let client = case.server([Event::Done(page)]).client();
    let mut stream = client.pages(Pages::new(case.request.clone()), at_once);
    let PagingErrorKind::Unclear { path } = case.refused(&mut stream).await else { panic!() };
    assert!(path.ends_with("/IsLastPage"), "{path}");
}

#[tokio::test]
async fn a_page_of_things_unknown_is_not_taken_for_an_empty_one() {
    let case = contracts();
    let page = (case.page)(1, &(case.item)(guid(1)), None).replace("Contract>", "ContractOfTomorrow>");
    let client = case.server([Event::Done(page)]).client();
    let mut stream = client.pages(Pages::new(case.request.clone()), at_once);
    let PagingErrorKind::Unclear { path } = case.refused(&mut stream).await else { panic!() };
    assert!(path.ends_with("/ContractOfTomorrow"), "{path}");
}
