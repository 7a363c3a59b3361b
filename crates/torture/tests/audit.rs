//! The auditor notices each kind of difference, and says nothing of equal books.

#![expect(clippy::unwrap_used, reason = "a test may fail where it stands")]

use std::collections::BTreeSet;

use gis_gkh_delivery::{BodyRole, Sha256};
use gis_gkh_torture::books::{Books, Deed, Fate, Kept, Place, Promise};
use gis_gkh_torture::plan::Document;
use gis_gkh_torture::{Difference, audit};

const PLACED: Place = Place { batch: 1, row: 1 };
const REFUSED: Place = Place { batch: 1, row: 2 };
const MESSAGE: i64 = 7;
const ID: &str = "00АА000001-01-6101";

fn document(number: &str) -> Document {
    Document { account: format!("account-{number}"), period: "2026-10".to_owned(), number: number.to_owned() }
}

fn kept(role: BodyRole, bytes: &str, words: &[&str]) -> Kept {
    let words = words.iter().map(|word| (*word).to_owned()).collect::<BTreeSet<_>>();
    Kept { role, digest: Sha256::of(bytes.as_bytes()), words }
}

/// One message with two bills: one placed, one refused for its closed account.
fn equal() -> Books {
    let mut books = Books::default();
    let (placed, refused) = (document("1"), document("2"));
    let promised = &mut books.promised;
    promised.rows.insert(PLACED, Promise { document: placed.clone(), closed: false });
    promised.rows.insert(REFUSED, Promise { document: refused.clone(), closed: true });
    promised.ends.insert(PLACED, (Fate::Accepted(ID.to_owned()), Some(MESSAGE)));
    promised.ends.insert(REFUSED, (Fate::Refused("SRV007082".to_owned()), Some(MESSAGE)));
    promised.tell(PLACED, &Fate::Accepted(ID.to_owned()));
    promised.tell(REFUSED, &Fate::Open("in_message".to_owned()));

    let deed = Deed { placed: 1, withdrawn: 0, ids: vec![ID.to_owned()] };
    books.done.deeds.insert(placed, deed);
    books.done.deeds.insert(refused, Deed::default());
    books.done.submissions.insert(Sha256::of(b"request"));
    books.done.answers.extend([Sha256::of(b"ack"), Sha256::of(b"answer")]);

    let bodies = vec![
        kept(BodyRole::Request, "request", &["account-1", "1", "account-2", "2"]),
        kept(BodyRole::Ack, "ack", &[]),
        kept(BodyRole::Answer, "answer", &[ID]),
    ];
    books.archived.messages.insert(MESSAGE, bodies);
    books
}

/// What the auditor says when the books are changed.
fn found(change: impl FnOnce(&mut Books)) -> Vec<Difference> {
    let mut books = equal();
    change(&mut books);
    audit(&books)
}

fn end(books: &mut Books, place: Place, fate: Fate) {
    books.promised.ends.insert(place, (fate, Some(MESSAGE)));
    books.promised.told.remove(&place);
}

fn bodies(books: &mut Books) -> &mut Vec<Kept> {
    books.archived.messages.get_mut(&MESSAGE).unwrap()
}

fn deed<'b>(books: &'b mut Books, number: &str) -> &'b mut Deed {
    books.done.deeds.entry(document(number)).or_default()
}

#[test]
fn equal_books_are_equal() {
    assert_eq!(audit(&equal()), []);
}

#[test]
fn a_lost_promise() {
    assert_eq!(found(|books| drop(books.promised.ends.remove(&REFUSED))), [Difference::Lost(REFUSED)]);
}

#[test]
fn a_promise_without_an_end() {
    let open = Fate::Open("unknown".to_owned());
    assert_eq!(found(|books| end(books, REFUSED, open)), [Difference::Unfinished(REFUSED, "unknown".to_owned())]);
}

#[test]
fn a_forged_result() {
    let forged = |id: &str| Fate::Accepted(id.to_owned());
    assert_eq!(found(|books| end(books, REFUSED, forged("invented"))), [Difference::NotPlaced(REFUSED)]);
    assert_eq!(
        found(|books| end(books, PLACED, forged("invented"))),
        [Difference::Forged(PLACED, "invented".to_owned())]
    );
}

#[test]
fn a_false_refusal() {
    let refused = || Fate::Refused("X".to_owned());
    assert_eq!(found(|books| end(books, PLACED, refused())), [Difference::RefusedAndPlaced(PLACED)]);
    let change = |books: &mut Books| books.promised.rows.get_mut(&REFUSED).unwrap().closed = false;
    assert_eq!(found(change), [Difference::RefusedWithoutReason(REFUSED, "SRV007082".to_owned())]);
}

#[test]
fn a_word_taken_back() {
    let was = Fate::Accepted("other".to_owned());
    let is = Fate::Accepted(ID.to_owned());
    let told = was.clone();
    assert_eq!(found(|books| drop(books.promised.told.insert(PLACED, told))), [Difference::Recanted(PLACED, was, is)]);
}

#[test]
fn a_doubled_effect() {
    assert_eq!(found(|books| deed(books, "1").placed = 2), [Difference::Doubled(document("1"), 2)]);
}

#[test]
fn an_effect_undone() {
    assert_eq!(found(|books| deed(books, "1").withdrawn = 1), [Difference::Withdrawn(document("1"))]);
}

#[test]
fn an_effect_nobody_asked_for() {
    let found = found(|books| *deed(books, "3") = Deed { placed: 1, withdrawn: 0, ids: vec!["x".to_owned()] });
    assert_eq!(
        found,
        [Difference::Unasked(document("3")), Difference::NoRequest(document("3")), Difference::NoProof(document("3"))]
    );
}

#[test]
fn a_missing_archive_entry() {
    let request = Sha256::of(b"request");
    assert_eq!(
        found(|books| drop(bodies(books).remove(0))),
        [Difference::NoRequest(document("1")), Difference::SentUnarchived(request)]
    );
    assert_eq!(found(|books| drop(bodies(books).pop())), [Difference::NoProof(document("1"))]);
}

#[test]
fn an_archived_lookup_proves_as_well() {
    assert_eq!(found(|books| bodies(books)[2].role = BodyRole::LookupAnswer), []);
    assert_eq!(found(|books| bodies(books)[2].role = BodyRole::Ack), [Difference::NoProof(document("1"))]);
}

#[test]
fn a_request_that_left_without_being_archived() {
    let other = Sha256::of(b"other");
    assert_eq!(found(|books| books.done.submissions.extend([other])), [Difference::SentUnarchived(other)]);
}

#[test]
fn an_archived_answer_that_never_came() {
    let forged = Sha256::of(b"forged");
    assert_eq!(
        found(|books| bodies(books)[1].digest = forged),
        [Difference::NeverReceived(MESSAGE, BodyRole::Ack, forged)]
    );
}

#[test]
fn a_message_of_nobody() {
    assert_eq!(found(|books| drop(books.archived.messages.insert(8, Vec::new()))), [Difference::Stranger(8)]);
}

#[test]
fn a_broken_archive() {
    let fault = "node local: link 3 does not hold its entries";
    assert_eq!(found(|books| books.archived.faults.push(fault.to_owned())), [Difference::Archive(fault.to_owned())]);
}
