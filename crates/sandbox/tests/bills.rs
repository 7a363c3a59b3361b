//! Payment documents: placed, refused, corrected, withdrawn, given out.

mod support;

use support::*;

#[test]
fn a_document_is_placed_and_given_an_identifier() {
    let stand = Stand::new();
    assert_eq!(stand.place_one(document(1, "n-1")), Ok("00АА000001-01-6101".to_owned()));
    let effects = stand.sandbox.effects();
    assert_eq!(effects.len(), 1);
    let (key, effect) = effects.first_key_value().unwrap();
    assert_eq!((key.account, key.year, key.month, key.number.as_str()), (account(1), 2026, 10, "n-1"));
    assert_eq!((effect.placed, effect.refused, effect.withdrawn), (1, 0, 0));
}
