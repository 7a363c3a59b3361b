//! Payment documents: placed, refused, corrected, withdrawn, given out.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may fail as loudly as the tests themselves")]

mod support;

use gis_gkh::contract::bills::export_payment_document_request::Criteria;
use gis_gkh::contract::bills::import_payment_document_request::Content;
use gis_gkh::contract::bills::*;
use gis_gkh::{Element, codes};
use support::*;

fn err(code: &str) -> Result<String, String> {
    Err(code.to_owned())
}

#[test]
fn a_document_is_placed_and_given_an_identifier() {
    let stand = Stand::new();
    assert_eq!(stand.place_one(document(1, "n-1")), Ok("00АА000001-01-6101".to_owned()));
    let effects = stand.sandbox.effects();
    assert_eq!(effects.len(), 1);
    let (key, effect) = effects.first_key_value().unwrap();
    assert_eq!((key.account, key.year, key.month, key.number.as_str()), (account(1), 2026, 10, "n-1"));
    assert_eq!((effect.placed, effect.refused, effect.withdrawn), (1, 0, 0));
    assert_eq!(effect.ids, ["00АА000001-01-6101"]);
}

#[test]
fn each_object_is_answered_by_itself_and_refused_for_its_own_reason() {
    let stand = Stand::new();
    let mut foreign_entry = document(5, "n-5");
    let mut wrong_code = document(6, "n-6");
    for (document, entry) in [(&mut foreign_entry, ("9", "51/9")), (&mut wrong_code, ("2", "51/1"))] {
        let Some(payment_document::Charges::CurrentCharges(current)) = &mut document.charges else { panic!() };
        let charge::Service::MunicipalService(water) = &mut current.charge_info[1].service else { panic!() };
        water.service_type.code = entry.0.to_owned();
        water.service_type.guid = guid(&format!("nsi/{}", entry.1));
    }
    let mut unknown_correction = document(4, "n-4");
    unknown_correction.payment_document_id = Some("00АА000004-01-6109".to_owned());
    let got = stand.place(vec![
        document(1, "n-1"),
        // Numbers are of their account: the same one stands elsewhere too.
        document(2, "n-1"),
        document(7, "n-7"),
        document(8, "n-8"),
        document(99, "n-99"),
        unknown_correction,
        foreign_entry,
        wrong_code,
    ]);
    let expected = [
        Ok("00АА000001-01-6101".to_owned()),
        Ok("00АА000002-01-6101".to_owned()),
        err("SBX000002"),
        err("AUT011003"),
        err("INT002000"),
        err("INT002000"),
        err("SRV007079"),
        err("SRV007079"),
    ];
    assert_eq!(got, expected);
    // The same document again, and another of the same number.
    assert_eq!(stand.place_one(document(1, "n-1")), err("SBX000001"));
    assert_eq!(stand.place_one(document(1, "n-2")), Ok("00АА000001-01-6102".to_owned()));
    let effects = stand.sandbox.effects();
    let effect = effects.iter().find(|(key, _)| key.account == account(1) && key.number == "n-1").unwrap().1;
    assert_eq!((effect.placed, effect.refused), (1, 1));
    for refused in got.iter().filter_map(|result| result.as_ref().err()) {
        assert!(codes::find(refused).is_some_and(|entry| !entry.code.ends_with('*')), "{refused}");
    }
}

#[test]
fn results_carry_the_transport_guids_in_the_order_of_the_request() {
    let stand = Stand::new();
    let documents = vec![document(3, "c"), document(7, "closed"), document(1, "a")];
    let sent: Vec<_> = documents.iter().map(|document| document.transport_guid).collect();
    let answer = stand.ask(month(documents)).unwrap();
    let Some(get_state_result::Outcome::ImportResult(results)) = answer.outcome else { panic!() };
    assert_eq!(results.iter().map(|result| result.transport_guid).collect::<Vec<_>>(), sent);
    assert_eq!(results.iter().map(|result| result.guid.is_some()).collect::<Vec<_>>(), [true, false, true]);
}

/// A change to a right document, and its name.
type Change<'c> = (&'c str, &'c dyn Fn(&mut PaymentDocument));

/// Changes one sum of a right document and says which code that gives, unless confirmed.
fn with(change: impl Fn(&mut PaymentDocument)) -> (Result<String, String>, Result<String, String>) {
    let stand = Stand::new();
    let mut changed = document(1, "n-1");
    change(&mut changed);
    let judged = stand.place_one(changed.clone());
    let mut request = month(vec![changed]);
    let Content::MonthOfDocuments(month) = &mut request.content else { panic!() };
    month.confirm_amounts_correct = true;
    // What was placed already cannot be placed again, so a new sandbox is asked.
    let confirmed = results(&Stand::new().ask(request).unwrap()).remove(0);
    (judged, confirmed)
}

fn water(document: &mut PaymentDocument) -> &mut MunicipalServiceCharge {
    let charge::Service::MunicipalService(water) = &mut current(document).charge_info[1].service else { panic!() };
    water
}

#[test]
fn sums_are_computed_again_and_a_person_may_insist() {
    let wrong: [Change; 8] = [
        ("charges", &|d| d.total_payable_by_charge_info = Some(roubles("1561.01"))),
        ("document", &|d| d.total_payable_by_pd = Some(roubles("1591.51"))),
        ("with debt", &|d| d.total_payable_by_pd_with_debt_and_advance = Some(roubles("1596.51"))),
        ("penalties", &|d| d.total_by_penalties_and_court_costs = Some(roubles("5.00"))),
        ("overall", &|d| d.total_payable_overall_by_charge_info = Some(roubles("1591.51"))),
        ("a line", &|d| water(d).total_payable = roubles("301.02")),
        ("volume times rate", &|d| water(d).accounting_period_total = Some(roubles("301.03"))),
        ("volume", &|d| water(d).consumption.as_mut().unwrap().volume[0].value = roubles("6.3")),
    ];
    for (name, change) in wrong {
        let (judged, confirmed) = with(change);
        assert_eq!((judged, confirmed.is_ok()), (err("INT008165"), true), "{name}");
    }
    let right: [Change; 9] = [
        ("nothing told", &|d| {
            d.total_payable_by_charge_info = None;
            d.total_payable_by_pd = None;
            d.total_payable_by_pd_with_debt_and_advance = None;
        }),
        ("trailing zeros do not matter", &|d| d.total_payable_by_pd = Some(roubles("1596.510"))),
        ("the product is rounded", &|d| {
            // 6.333 × 48.55 = 307.46715
            water(d).consumption.as_mut().unwrap().volume[0].value = roubles("6.333");
            water(d).accounting_period_total = Some(roubles("307.47"));
        }),
        ("overall", &|d| d.total_payable_overall_by_charge_info = Some(roubles("1596.51"))),
        ("rows of penalties", &|d| {
            current(d).penalties_and_court_costs =
                vec![PenaltyCharge::new(entry(329, "1"), "Просрочка".to_owned(), roubles("7"))];
            d.total_by_penalties_and_court_costs = Some(roubles("7"));
            d.total_payable_by_pd = Some(roubles("1603.51"));
            d.total_payable_by_pd_with_debt_and_advance = Some(roubles("1703.51"));
        }),
        ("an advance", &|d| {
            d.debt_previous_periods = None;
            d.advance_billing_period = Some(roubles("96.51"));
            d.total_payable_by_pd_with_debt_and_advance = Some(roubles("1500"));
        }),
        ("balances of the services", &|d| {
            d.debt_previous_periods = None;
            water(d).debt_previous_periods_or_advance_billing_period = Some(roubles("-1.01"));
            d.total_payable_by_pd_with_debt_and_advance = Some(roubles("1595.50"));
            d.total_payable_overall_by_charge_info = Some(roubles("1595.50"));
        }),
        ("balances of the recipient", &|d| {
            d.debt_previous_periods = None;
            let mut totals = RecipientTotals::new(roubles("1596.51"));
            totals.debt_previous_periods_or_advance_billing_period = Some(roubles("3.49"));
            let payment_document::Recipient::SingleRecipient(single) = &mut d.recipient else { panic!() };
            single.payment_information_details = Some(totals);
            d.total_payable_by_pd_with_debt_and_advance = Some(roubles("1600"));
        }),
        ("debts", &|d| {
            let mut debts = Debts::new();
            let debt = ServiceDebt::new(9, 2026, roubles("41.50"), entry(51, "1"));
            debts.charge_debt = vec![Debt::new(debt::Service::MunicipalService(debt))];
            d.charges = Some(payment_document::Charges::Debts(debts));
            d.total_payable_by_charge_info = Some(roubles("41.50"));
            d.total_payable_by_pd = Some(roubles("41.50"));
            d.debt_previous_periods = None;
            d.total_payable_by_pd_with_debt_and_advance = Some(roubles("41.5"));
        }),
    ];
    for (name, change) in right {
        assert_eq!(with(change).0.as_deref(), Ok("00АА000001-01-6101"), "{name}");
    }
}

#[test]
fn a_document_is_withdrawn_once_and_not_while_payments_are_matched() {
    let stand = Stand::new();
    let id = stand.place_one(document(1, "n-1")).unwrap();
    assert_eq!(stand.withdraw("00АА000001-01-6109"), err("INT002000"));
    assert_eq!(stand.withdraw(&id), Ok(id.clone()));
    assert_eq!(stand.withdraw(&id), err("SRV008070"));
    // The number is free again, the identifier is not.
    assert_eq!(stand.place_one(document(1, "n-1")), Ok("00АА000001-01-6102".to_owned()));
    assert!(stand.sandbox.acknowledge("00АА000001-01-6102"));
    assert!(!stand.sandbox.acknowledge("00АА000001-01-6109"));
    assert_eq!(stand.withdraw("00АА000001-01-6102"), err("SRV008071"));
    // So is the one of the seed.
    assert_eq!(stand.withdraw("00АА000001-01-6091"), err("SRV008071"));
}

#[test]
fn a_correction_withdraws_the_old_document_and_places_the_new() {
    let stand = Stand::new();
    let id = stand.place_one(document(1, "n-1")).unwrap();
    let mut correction = document(1, "n-1");
    correction.payment_document_id = Some(id.clone());
    // A refused correction leaves the old one as it is.
    let mut wrong = correction.clone();
    wrong.total_payable_by_pd = Some(roubles("1.00"));
    assert_eq!(stand.place_one(wrong), err("INT008165"));
    assert_eq!(stand.export(of_accounts(&[1])).unwrap()[0].payment_document_id, id);
    let corrected = stand.place_one(correction.clone()).unwrap();
    assert_eq!(corrected, "00АА000001-01-6102");
    let live = stand.export(of_accounts(&[1])).unwrap();
    assert_eq!(live.iter().map(|document| &document.payment_document_id).collect::<Vec<_>>(), [&corrected]);
    // By its identifier the old one is still given out, as withdrawn.
    let old = stand.export(Criteria::PaymentDocumentId(vec![id])).unwrap();
    assert_eq!(old[0].document_state, Some(DocumentState::Withdraw));
    assert_eq!(stand.place_one(correction), err("SRV008070"));
    // Somebody else's document is none of this account's.
    let mut foreign = document(2, "n-2");
    foreign.payment_document_id = Some(corrected);
    assert_eq!(stand.place_one(foreign), err("INT002000"));
}

#[test]
fn an_account_has_no_more_documents_a_month_than_identifiers() {
    let stand = Stand::new();
    let documents = (0..36).map(|number| document(1, &format!("n-{number}"))).collect();
    let results = stand.place(documents);
    assert_eq!(results[34].as_deref(), Ok("00АА000001-01-610Z"));
    assert_eq!(results[35], err("SBX000003"));
}

fn of_month(selection: documents_of_month::Selection) -> Criteria {
    Criteria::DocumentsOfMonth(DocumentsOfMonth::new(2026, 10, selection))
}

fn of_accounts(numbers: &[usize]) -> Criteria {
    of_month(documents_of_month::Selection::AccountGuid(numbers.iter().map(|number| account(*number)).collect()))
}

#[test]
fn documents_are_given_out_by_every_criterion() {
    use documents_of_month::Selection;
    use numbers_in_house::Numbers;
    let stand = Stand::new();
    for number in 1..=3 {
        stand.place_one(document(number, &format!("n-{number}"))).unwrap();
    }
    let house = |numbers| Selection::NumbersInHouse(NumbersInHouse::new(guid("house"), numbers));
    let texts = |all: &[&str]| all.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    let asked = [
        Criteria::PaymentDocumentId(texts(&["00АА000002-01-6101", "00АА000002-01-6109"])),
        of_accounts(&[2, 4]),
        of_month(Selection::UnifiedAccountNumber(texts(&["00АА000002"]))),
        of_month(Selection::ServiceId(texts(&["00АА000002-01"]))),
        of_month(house(Numbers::AccountNumber(texts(&["0000002"])))),
        of_month(house(Numbers::PaymentDocumentNumber(texts(&["n-2", "n-9"])))),
    ];
    for criteria in asked {
        let found = stand.export(criteria.clone()).unwrap();
        let ids: Vec<_> = found.iter().map(|document| document.payment_document_id.as_str()).collect();
        assert_eq!(ids, ["00АА000002-01-6101"], "{criteria:?}");
    }
    assert_eq!(stand.export(of_accounts(&[3, 1, 2, 1])).unwrap().len(), 3);

    let nothing = [
        Criteria::PaymentDocumentId(texts(&["00АА000002-01-6109"])),
        of_accounts(&[4]),
        of_accounts(&[8]),
        Criteria::DocumentsOfMonth(DocumentsOfMonth::new(2026, 9, Selection::AccountGuid(vec![account(2)]))),
        of_month(Selection::NumbersInHouse(NumbersInHouse::new(
            guid("house/other"),
            Numbers::PaymentDocumentNumber(texts(&["n-2"])),
        ))),
    ];
    for criteria in nothing {
        let error = stand.export(criteria.clone()).unwrap_err();
        assert_eq!(error.code.as_deref(), Some("INT002012"), "{criteria:?}");
    }
}

#[test]
fn a_document_goes_out_as_it_came_in() {
    let stand = Stand::new();
    let mut sent = document(1, "n-1");
    sent.total_payable_by_pd = None;
    sent.payments_taken = Some(25);
    sent.additional_information = Some("Показания до 25 числа".to_owned());
    water(&mut sent).payment_recalculation = Some(Recalculation::new("Перерыв".to_owned(), roubles("-1.50")));
    stand.place_one(sent.clone()).unwrap();
    let got = stand.export(of_accounts(&[1])).unwrap().remove(0);
    assert_eq!(got.payment_document_number, sent.payment_document_number);
    assert_eq!((got.account_guid, got.month, got.year), (account(1), Some(10), Some(2026)));
    assert_eq!(got.document_state, Some(DocumentState::Expose));
    // Left out, it was computed.
    assert_eq!(got.total_payable_by_pd, Some(roubles("1596.51")));
    assert_eq!(got.total_payable_by_pd_with_debt_and_advance, sent.total_payable_by_pd_with_debt_and_advance);
    assert_eq!((got.payments_taken, &got.additional_information), (Some(25), &sent.additional_information));
    assert_eq!(got.payment_information[0].bank_bik.as_deref(), Some("040000999"));
    assert_eq!(got.payment_information[0].service_id.as_deref(), Some("00АА000001-01"));
    let Some(exported_payment_document::Charges::CurrentCharges(current)) = got.charges else { panic!() };
    let exported_charge::Service::HousingService(housing) = &current.charge_info[0].service else { panic!() };
    assert_eq!(housing.municipal_resource[0].total_payable, Some(roubles("30.50")));
    assert_eq!(housing.penalties, Some(roubles("5.00")));
    let exported_charge::Service::MunicipalService(water) = &current.charge_info[1].service else { panic!() };
    assert_eq!(water.consumption.as_ref().unwrap().volume[0].value, roubles("6.2"));
    assert_eq!(water.payment_recalculation.as_ref().unwrap().sum, roubles("-1.50"));
}

#[test]
fn an_answer_beyond_the_bound_is_refused() {
    let stand = Stand::with(|settings| settings.bounds.answer = 5_000);
    for number in 1..=4 {
        stand.place_one(document(number, "n")).unwrap();
    }
    assert_eq!(stand.export(of_accounts(&[1])).unwrap().len(), 1);
    let error = stand.export(of_accounts(&[1, 2, 3, 4])).unwrap_err();
    assert_eq!(error.code.as_deref(), Some("SBX000004"));
}

#[test]
fn the_largest_request_is_placed_whole() {
    let (stand, message) = largest(MonthOfDocuments::PAYMENT_DOCUMENT_MAX);
    assert_eq!(stand.send(&message).status, 200);
    let effects = stand.sandbox.effects();
    assert_eq!(effects.len(), MonthOfDocuments::PAYMENT_DOCUMENT_MAX);
    assert!(effects.values().all(|effect| effect.placed == 1));
}

#[test]
fn the_elements_of_a_request_are_bounded_by_the_schema() {
    let stand = Stand::new();
    let many = (0..=MonthOfDocuments::PAYMENT_DOCUMENT_MAX).map(|number| document(1, &format!("n-{number}")));
    let request = month(many.collect());
    assert!(!request.check().is_empty());
    // The client would not let it out, so it is written by hand; it is unsigned, but the format comes first.
    let response = stand.post(
        &gis_gkh::contract::operations::bills::IMPORT_PAYMENT_DOCUMENT_DATA,
        envelope(&stand, &request).as_bytes(),
    );
    assert_eq!(code(gis_gkh::body::<gis_gkh::contract::base::AckRequest>(reply(response))), "FMT001300");
}

fn envelope<B: Element>(stand: &Stand, request: &B) -> String {
    use gis_gkh::contract::base::{Principal, RequestHeader};
    let date = gis_gkh_xml::DateTime::new(stand.now());
    let header = RequestHeader::new(date, guid("by hand"), Principal::OrgPpaGuid(guid("ours")));
    gis_gkh::envelope::write(&header, request, &gis_gkh_xml::Versions::new()).text
}
