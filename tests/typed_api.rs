//! What the typed contract offers to whoever builds a request or reads a result.

#![cfg(feature = "house-management")]

use gis_gkh::contract::base::common_result::{Done, Outcome};
use gis_gkh::contract::base::{CommonResult, ErrorMessage};
use gis_gkh::contract::house_management::{
    Account, AccountPayer, AccountPurpose, DeviceUpdateKind, HouseBasicsUpdate, ImportAccountRequest, ImportOutcome,
    ObjectOutcome, UoApartmentHouse, UoApartmentHouseChange, UoApartmentHouseUpdate, import_outcome,
};
use gis_gkh::contract::operations::house_management::IMPORT_ACCOUNT_DATA;
use gis_gkh::operation::{ObjectResult, Submission, Tracked};
use gis_gkh::{Guid, Level, SystemError, join};
use time::macros::datetime;

fn guid(byte: u8) -> Guid {
    Guid::from_random([byte; 16])
}

fn account(byte: u8) -> Account {
    Account::new(guid(byte), AccountPurpose::Management, AccountPayer::new())
}

fn done(byte: u8) -> ObjectOutcome {
    ObjectOutcome {
        guid: Some(guid(100 + byte)),
        ..ObjectOutcome::new(guid(byte), Done::new(datetime!(2026-10-31 9:30 +3)))
    }
}

fn refused(byte: u8, code: &str) -> ObjectOutcome {
    ObjectOutcome::new(guid(byte), vec![ErrorMessage::new(code, "пояснение")])
}

#[test]
fn accounts_are_joined_with_their_outcomes() {
    let request = ImportAccountRequest::new(vec![account(1), account(2), account(3)]);
    let results = vec![ImportOutcome::new(vec![refused(2, "INT004007"), done(1)])];
    let objects = ImportOutcome::all_objects(&results).expect("nothing was refused as a whole");
    let joined = join(&request.account, objects);

    let told: Vec<_> =
        joined.answered.iter().map(|(account, result)| (account.transport_guid, result.guid())).collect();
    assert_eq!(told, [(guid(1), Some(guid(101))), (guid(2), None)]);
    assert_eq!(joined.missing, [&request.account[2]], "what became of the third is unknown");
    let errors = SystemError::of_result(joined.answered[1].1);
    assert_eq!(errors.iter().map(|error| error.code.as_deref()).collect::<Vec<_>>(), [Some("INT004007")]);
    assert_eq!(SystemError::of_result(joined.answered[0].1), []);
}

#[test]
fn an_import_refused_as_a_whole_has_no_outcomes_of_objects() {
    let refusal = import_outcome::Outcome::Refused(ErrorMessage::new("INT002029", "пояснение"));
    let outcomes = [ImportOutcome::new(vec![done(1)]), ImportOutcome::new(refusal)];
    assert_eq!(outcomes[0].objects().map(<[ObjectOutcome]>::len), Ok(1));
    let error = ImportOutcome::all_objects(&outcomes).expect_err("the second was refused");
    assert_eq!((error.level, error.code.as_deref()), (Level::Request, Some("INT002029")));
}

#[test]
fn outcomes_of_every_import_are_read_the_same_way() {
    fn code(result: &impl ObjectResult) -> Option<String> {
        match result.outcome() {
            Outcome::Done(_) => None,
            Outcome::Error(errors) => errors.first().map(|error| error.error_code.clone()),
        }
    }
    let common = CommonResult::new(guid(1), vec![ErrorMessage::new("SRV008070", "пояснение")]);
    assert_eq!(code(&common).as_deref(), Some("SRV008070"));
    assert_eq!(code(&done(1)), None);
}

#[test]
fn a_choice_carries_the_identifier_that_all_its_branches_do() {
    let update = UoApartmentHouseUpdate::new(guid(7), HouseBasicsUpdate::new(guid(8)));
    let change = UoApartmentHouseChange::from(update.clone());
    assert_eq!(change.transport_guid(), Some(guid(7)));
    assert_eq!(UoApartmentHouse::new(update).house, change, "a constructor takes what makes the choice");
}

#[test]
fn a_request_knows_its_operation() {
    assert_eq!(ImportAccountRequest::OPERATION, &IMPORT_ACCOUNT_DATA);
    assert_eq!(IMPORT_ACCOUNT_DATA.branches, ["ImportResult"]);
    let _: fn(gis_gkh::contract::house_management::DeviceArchiving) -> DeviceUpdateKind = DeviceUpdateKind::from;
}
