//! Books of НСИ and the registry of organisations.

#![expect(clippy::unwrap_used, reason = "helpers of tests may fail as loudly as the tests themselves")]

mod support;

use gis_gkh::contract::nsi_base::{BookGroup, NsiElementField};
use gis_gkh::contract::nsi_common::{
    ExportNsiItemRequest, ExportNsiListRequest, ExportNsiPagingItemRequest, get_state_result::Outcome as Nsi,
};
use gis_gkh::contract::organizations_registry_common::{
    AccessRequestStatus, ExportDataProviderRequest, ExportDelegatedAccessRequest, ExportObjectsDelegatedAccessRequest,
    ExportOrgRegistryRequest, ExportTerritoryDelegatedAccessRequest, OrganizationDetails, OrganizationKey,
    OrganizationSearch, get_state_result::Outcome as Registry, organization_key::OgrnAndKpp,
};
use gis_gkh::operation::Submission;
use gis_gkh_sandbox::{Access, Seed};
use gis_gkh_xml::DateTime;
use support::*;

fn refusal<S: Submission>(stand: &Stand, request: S) -> String
where
    S::State: std::fmt::Debug,
{
    stand.ask(request).unwrap_err().code.unwrap()
}

#[test]
fn the_list_has_the_books_of_the_system_and_not_those_of_organisations() {
    let stand = Stand::new();
    let Some(Nsi::NsiList(list)) = stand.ask(ExportNsiListRequest::new()).unwrap().outcome else { panic!() };
    let numbers: Vec<u64> = list.nsi_item_info.iter().map(|book| book.registry_number).collect();
    assert_eq!(numbers, [2, 3, 50, 329]);
    assert_eq!(list.nsi_item_info[2].name, "Вид жилищной услуги");
    let mut other = ExportNsiListRequest::new();
    other.list_group = Some(BookGroup::NsiRao);
    assert_eq!(refusal(&stand, other), "INT002012");
}

#[test]
fn a_book_is_given_out_whole_unless_it_is_not_given_out_here() {
    let stand = Stand::new();
    let request = ExportNsiItemRequest::new(50, BookGroup::Nsi);
    let Some(Nsi::NsiItem(book)) = stand.ask(request).unwrap().outcome else { panic!() };
    assert_eq!(book.nsi_element.len(), 1);
    let element = &book.nsi_element[0];
    assert_eq!((element.code.as_str(), element.guid, element.is_actual), ("1", guid("nsi/50/1"), true));
    let NsiElementField::String(name) = &element.nsi_element_field[0] else { panic!() };
    assert_eq!(name.value.as_deref(), Some("Содержание"));
    for number in [1, 51, 337, 77] {
        assert_eq!(refusal(&stand, ExportNsiItemRequest::new(number, BookGroup::Nsi)), "INT016001", "{number}");
    }
    assert_eq!(refusal(&stand, ExportNsiItemRequest::new(50, BookGroup::NsiRao)), "INT016001");
    let mut since = ExportNsiItemRequest::new(50, BookGroup::Nsi);
    since.modified_after = Some(DateTime::new(START - time::Duration::days(1)));
    assert!(stand.ask(since.clone()).is_ok());
    since.modified_after = Some(DateTime::new(START + time::Duration::days(1)));
    assert_eq!(refusal(&stand, since), "INT002012");
}

#[test]
fn a_large_book_is_given_out_by_pages() {
    let many: String = (0..2001)
        .map(|number| {
            let guid = guid(&format!("many/{number}"));
            format!(r#"{{"registry":240,"code":"{number}","guid":"{guid}","name":"Пункт {number}"}},"#)
        })
        .collect();
    let json = seed_json(1).replace("\"nsi\":[", &format!("\"nsi\":[{many}"));
    let stand = Stand::with(|settings| settings.seed = Seed::from_json(&json).unwrap());
    assert_eq!(refusal(&stand, ExportNsiItemRequest::new(240, BookGroup::Nsi)), "INT016041");
    let page = |page| stand.ask(ExportNsiPagingItemRequest::new(240, BookGroup::Nsi, page));
    let mut codes = Vec::new();
    for number in 1..=3 {
        let Some(Nsi::NsiPagingItem(page)) = page(number).unwrap().outcome else { panic!() };
        assert_eq!((page.total_items_count, page.total_pages), (2001, 3));
        assert_eq!(page.current_page, number.to_string());
        codes.extend(page.nsi_element.into_iter().map(|element| element.code));
    }
    assert_eq!(codes, (0..2001).map(|number| number.to_string()).collect::<Vec<_>>());
    assert_eq!(page(4).unwrap_err().code.as_deref(), Some("INT002012"));
}

#[test]
fn organisations_are_found_by_their_numbers_and_identifiers() {
    let stand = Stand::new();
    let search = |keys: Vec<OrganizationKey>| {
        let request = ExportOrgRegistryRequest::new(keys.into_iter().map(OrganizationSearch::new).collect());
        stand.ask(request).map(|answer| match answer.outcome {
            Some(Registry::ExportOrgRegistryResult(found)) => found,
            other => panic!("{other:?}"),
        })
    };
    let ogrn = |ogrn: &str| OrganizationKey::OgrnAndKpp(OgrnAndKpp::new(ogrn.to_owned()));
    let found = search(vec![ogrn("1000000000002")]).unwrap();
    assert_eq!((found.len(), found[0].org_ppa_guid, found[0].is_registered), (1, Some(guid("ours")), true));
    let OrganizationDetails::Legal(legal) = &found[0].org_version.organization_details else { panic!() };
    assert_eq!(legal.full_name, "УК Образцовая");
    let (root, version) = (found[0].org_root_entity_guid, found[0].org_version.org_version_guid);
    assert!(root != version && root != guid("ours"), "three different identifiers");
    for key in [
        OrganizationKey::OrgPpaGuid(guid("ours")),
        OrganizationKey::OrgRootEntityGuid(root),
        OrganizationKey::OrgVersionGuid(version),
    ] {
        assert_eq!(search(vec![key.clone()]).unwrap(), found, "{key:?}");
    }
    assert_eq!(search(vec![ogrn("1000000000002"), ogrn("1000000000003")]).unwrap().len(), 2);
    let error = search(vec![ogrn("1000000000009"), OrganizationKey::OrgPpaGuid(guid("nobody"))]).unwrap_err();
    assert_eq!(error.code.as_deref(), Some("INT002012"));
}

#[test]
fn data_providers_are_those_the_certificate_may_act_for() {
    let providers = |stand: &Stand| {
        let answer = stand.ask(ExportDataProviderRequest::new()).unwrap();
        let Some(Registry::ExportDataProviderResult(found)) = answer.outcome else { panic!() };
        found.into_iter().map(|provider| provider.data_provider_guid).collect::<Vec<_>>()
    };
    assert_eq!(providers(&Stand::new()), [guid("ours")]);
    let access = Access::default().operator("1000000000002", guid("other"));
    assert_eq!(providers(&Stand::with(|settings| settings.access = access)), [guid("ours"), guid("other")]);
}

/// A stand whose first organisation says this of its rights, with two kinds of information, asked under a key.
fn with_rights(more: &str, key: &str) -> Stand {
    let ours = "\"name\":\"УК Образцовая\"";
    let kinds: String = [("1", "Платёжные документы"), ("2", "Обращения")]
        .map(|(code, name)| {
            let guid = guid(&format!("nsi/291/{code}"));
            format!(r#"{{"registry":291,"code":"{code}","guid":"{guid}","name":"{name}"}},"#)
        })
        .concat();
    let json = seed_json(1).replacen(ours, &format!("{ours},{more}"), 1);
    let json = json.replacen("\"nsi\":[", &format!("\"nsi\":[{kinds}"), 1);
    let mut stand = Stand::with(|settings| settings.seed = Seed::from_json(&json).unwrap());
    stand.identity.signer = signer(key);
    stand
}

#[test]
fn a_power_in_force_lets_its_holder_in_and_one_that_ended_is_still_told_of() {
    let power = |more: &str| {
        let power = format!(r#""powers":[{{"operator":"1000000000003","from":"2026-01-01","kinds":["1"]{more}}}]"#);
        with_rights(&power, "other-256")
    };
    let providers = |stand: &Stand, request: ExportDataProviderRequest| {
        let Some(Registry::ExportDataProviderResult(found)) = stand.ask(request).unwrap().outcome else { panic!() };
        found.into_iter().map(|link| (link.data_provider_guid, link.is_actual)).collect::<Vec<_>>()
    };
    let all = ExportDataProviderRequest::new;
    let alive = || ExportDataProviderRequest { is_actual: true, ..all() };
    let stand = power(r#","until":"2026-11-03""#);
    assert_eq!(providers(&stand, all()), [(guid("ours"), true), (guid("other"), true)]);
    let Some(Registry::ExportDelegatedAccessResult(found)) =
        stand.ask(ExportDelegatedAccessRequest::new()).unwrap().outcome
    else {
        panic!()
    };
    let [access] = &found[..] else { panic!("{found:?}") };
    let [application] = &access.access_request[..] else { panic!("{access:?}") };
    assert_eq!((access.org_ppa_guid, &application.status), (guid("ours"), &AccessRequestStatus::Accepted));
    let [right] = &application.delegated_access_right[..] else { panic!("{application:?}") };
    assert_eq!(right.information_type[0].name.as_deref(), Some("Платёжные документы"));
    // The last day is over in Moscow.
    stand.clock.forward(std::time::Duration::from_secs(12 * 3600));
    assert_eq!(providers(&stand, all()), [(guid("ours"), false), (guid("other"), true)]);
    assert_eq!(providers(&stand, alive()), [(guid("other"), true)]);
    for more in [r#","status":"revoked""#, r#","until":"2026-11-02""#, r#","actual":false"#] {
        assert_eq!(providers(&power(more), all()), [(guid("ours"), false), (guid("other"), true)], "{more}");
    }
}

#[test]
fn for_an_organisation_whose_link_is_cut_nobody_acts_and_one_not_registered_has_no_identifier() {
    let cut = with_rights(r#""linked":false"#, "org-256");
    let Some(Registry::ExportDataProviderResult(found)) = cut.ask(ExportDataProviderRequest::new()).unwrap().outcome
    else {
        panic!()
    };
    assert_eq!((found.len(), found[0].is_actual), (1, false));
    let unknown = with_rights(r#""registered":false"#, "other-256");
    let key = OrganizationKey::OgrnAndKpp(OgrnAndKpp::new("1000000000002"));
    let request = ExportOrgRegistryRequest::new(vec![OrganizationSearch::new(key)]);
    let Some(Registry::ExportOrgRegistryResult(found)) = unknown.ask(request).unwrap().outcome else { panic!() };
    assert_eq!((found[0].org_ppa_guid, found[0].is_registered), (None, false));
}

#[test]
fn nothing_is_delegated_unless_the_seed_says_so() {
    let stand = Stand::new();
    assert_eq!(refusal(&stand, ExportDelegatedAccessRequest::new()), "INT002012");
    assert_eq!(refusal(&stand, ExportObjectsDelegatedAccessRequest::new()), "INT002012");
    assert_eq!(refusal(&stand, ExportTerritoryDelegatedAccessRequest::new()), "INT002012");
}
