//! The auditor notices each kind of difference, and says nothing of equal books.

#![expect(clippy::unwrap_used, reason = "a test may fail where it stands")]

use std::collections::BTreeSet;

use gis_gkh_delivery::{BodyRole, Sha256, local};
use gis_gkh_torture::books::{Books, Consumed, Deed, Fate, Kept, Moment, Place, Promise, Record};
use gis_gkh_torture::plan::Thing;
use gis_gkh_torture::{Difference, audit};

const PLACED: Place = Place { batch: 1, row: 1 };
const REFUSED: Place = Place { batch: 1, row: 2 };
const READING: Place = Place { batch: 2, row: 1 };
const DRAFT: Place = Place { batch: 3, row: 2 };
const SENDING: Place = Place { batch: 3, row: 1 };
const MESSAGE: i64 = 7;
const MESSAGE_OF_READING: i64 = 8;
const MESSAGE_OF_DRAFT: i64 = 9;
const MESSAGE_OF_SENDING: i64 = 10;
const EXPORT: i64 = 11;
const ID: &str = "00АА000001-01-6101";
const ANSWER: &str = "answer-guid";

fn bill(number: &str) -> Thing {
    Thing::Bill { account: format!("account-{number}"), period: "2026-10".to_owned(), number: number.to_owned() }
}

fn reading() -> Thing {
    Thing::Reading { meter: "meter".to_owned(), date: "2026-10-23".to_owned() }
}

fn draft() -> Thing {
    Thing::Draft { appeal: "appeal".to_owned() }
}

fn sending() -> Thing {
    Thing::Sending { appeal: "appeal".to_owned() }
}

fn kept(role: BodyRole, bytes: &str, words: &[&str]) -> Kept {
    let words = words.iter().map(|word| (*word).to_owned()).collect::<BTreeSet<_>>();
    Kept { role, digest: Sha256::of(bytes.as_bytes()), words }
}

fn promise(thing: Thing, words: &[&str], closed: bool, follows: Option<Place>) -> Promise {
    Promise { thing, words: words.iter().map(|word| (*word).to_owned()).collect(), closed, follows }
}

fn accepted(id: &str) -> Fate {
    Fate::Accepted(id.to_owned())
}

fn record(seq: i64, topic: &str, key: &str, digest: &str, answered: bool) -> Record {
    let [topic, key, digest] = [topic, key, digest].map(str::to_owned);
    Record { seq, topic, key, digest, answered }
}

/// A message with two bills, one placed, one refused for its closed account; a reading that a lookup found; an answer written and
/// sent; what a recurring export brought of it, and a consumer who read that.
fn equal() -> Books {
    let mut books = Books::default();
    let promised = &mut books.promised;
    let rows = [
        (PLACED, promise(bill("1"), &["account-1", "1"], false, None), accepted(ID), MESSAGE),
        (REFUSED, promise(bill("2"), &["account-2", "2"], true, None), Fate::Refused("SRV007082".to_owned()), MESSAGE),
        (READING, promise(reading(), &["meter", "2026-10-23"], false, None), accepted(""), MESSAGE_OF_READING),
        (DRAFT, promise(draft(), &["appeal"], false, None), accepted(ANSWER), MESSAGE_OF_DRAFT),
        (SENDING, promise(sending(), &["appeal"], false, Some(DRAFT)), accepted(ANSWER), MESSAGE_OF_SENDING),
    ];
    for (place, promise, end, message) in rows {
        promised.rows.insert(place, promise);
        promised.ends.insert(place, (end, Some(message)));
    }
    promised.tell(PLACED, &accepted(ID));
    promised.tell(REFUSED, &Fate::Open("in_message".to_owned()));

    let deed = Deed { placed: 1, ..Deed::default() };
    books.done.deeds.insert(bill("1"), Deed { ids: vec![ID.to_owned()], ..deed });
    books.done.deeds.insert(bill("2"), Deed::default());
    for thing in [reading(), draft(), sending()] {
        books.done.deeds.insert(thing, deed.clone());
    }
    for request in ["request", "reading", "draft", "sending", "export"] {
        books.done.submissions.insert(Sha256::of(request.as_bytes()));
    }
    for answer in ["ack", "answer", "looked", "drafted", "sent", "exported"] {
        books.done.answers.insert(Sha256::of(answer.as_bytes()));
    }

    let bodies = [
        (MESSAGE, kept(BodyRole::Request, "request", &["account-1", "1", "account-2", "2"])),
        (MESSAGE, kept(BodyRole::Ack, "ack", &[])),
        (MESSAGE, kept(BodyRole::Answer, "answer", &[ID])),
        (MESSAGE_OF_READING, kept(BodyRole::Request, "reading", &["meter", "2026-10-23"])),
        (MESSAGE_OF_READING, kept(BodyRole::LookupAnswer, "looked", &["meter", "2026-10-23"])),
        (MESSAGE_OF_DRAFT, kept(BodyRole::Request, "draft", &["appeal"])),
        (MESSAGE_OF_DRAFT, kept(BodyRole::Answer, "drafted", &[ANSWER])),
        (MESSAGE_OF_SENDING, kept(BodyRole::Request, "sending", &["appeal", ANSWER])),
        (MESSAGE_OF_SENDING, kept(BodyRole::Answer, "sent", &[ANSWER])),
        (EXPORT, kept(BodyRole::Request, "export", &[])),
        (EXPORT, kept(BodyRole::Answer, "exported", &[])),
    ];
    for (message, body) in bodies {
        books.archived.messages.entry(message).or_default().push(body);
    }
    books.archived.exports.insert(EXPORT);

    let incoming = &mut books.incoming;
    incoming.portal.insert(("appeals".to_owned(), "appeal".to_owned()), true);
    incoming.portal.insert(("readings".to_owned(), "meter/current/2026-10-20".to_owned()), false);
    let [sent, read, answered] = [
        record(1, "appeals", "appeal", "sent", false),
        record(2, "readings", "meter/current/2026-10-20", "read", false),
        record(5, "appeals", "appeal", "answered", true),
    ];
    incoming.kept = vec![sent.clone(), read.clone(), answered.clone()];
    let log = vec![
        Moment::Read(vec![sent.clone(), read.clone()]),
        Moment::Read(vec![sent.clone(), read, answered.clone()]),
        Moment::Acknowledged(2),
        Moment::Read(vec![answered.clone()]),
        Moment::Acknowledged(5),
    ];
    incoming.consumers.insert("billing".to_owned(), Consumed { topic: None, log });
    let log = vec![Moment::Read(vec![sent]), Moment::Acknowledged(1), Moment::Read(vec![answered])];
    incoming.consumers.insert("desk".to_owned(), Consumed { topic: Some("appeals".to_owned()), log });
    books
}

/// What the auditor says when the books are changed.
fn found(change: impl FnOnce(&mut Books)) -> Vec<Difference> {
    let mut books = equal();
    change(&mut books);
    audit(&books)
}

fn end(books: &mut Books, place: Place, fate: Fate) {
    books.promised.ends.get_mut(&place).unwrap().0 = fate;
    books.promised.told.remove(&place);
}

fn bodies(books: &mut Books) -> &mut Vec<Kept> {
    books.archived.messages.get_mut(&MESSAGE).unwrap()
}

fn deed<'b>(books: &'b mut Books, number: &str) -> &'b mut Deed {
    books.done.deeds.entry(bill(number)).or_default()
}

fn done<'a>(books: &'a mut Books, thing: &Thing) -> &'a mut Deed {
    books.done.deeds.get_mut(thing).unwrap()
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
    assert_eq!(found(|books| end(books, REFUSED, accepted("invented"))), [Difference::NotPlaced(REFUSED)]);
    assert_eq!(
        found(|books| end(books, PLACED, accepted("invented"))),
        [Difference::Forged(PLACED, "invented".to_owned())]
    );
}

#[test]
fn a_false_refusal() {
    let refused = || Fate::Refused("X".to_owned());
    assert_eq!(found(|books| end(books, PLACED, refused())), [Difference::RefusedAndPlaced(PLACED, "X".to_owned())]);
    let change = |books: &mut Books| books.promised.rows.get_mut(&REFUSED).unwrap().closed = false;
    assert_eq!(found(change), [Difference::RefusedWithoutReason(REFUSED, "SRV007082".to_owned())]);
}

#[test]
fn a_word_taken_back() {
    let was = accepted("other");
    let is = accepted(ID);
    let told = was.clone();
    assert_eq!(found(|books| drop(books.promised.told.insert(PLACED, told))), [Difference::Recanted(PLACED, was, is)]);
}

#[test]
fn a_doubled_effect() {
    assert_eq!(found(|books| deed(books, "1").placed = 2), [Difference::Doubled(bill("1"), 2)]);
}

#[test]
fn an_effect_undone() {
    assert_eq!(found(|books| deed(books, "1").undone = 1), [Difference::Undone(bill("1"))]);
}

#[test]
fn an_effect_nobody_asked_for() {
    let found = found(|books| *deed(books, "3") = Deed { placed: 1, ids: vec!["x".to_owned()], ..Deed::default() });
    assert_eq!(
        found,
        [Difference::Unasked(bill("3")), Difference::NoRequest(bill("3")), Difference::NoProof(bill("3"))]
    );
}

#[test]
fn a_missing_archive_entry() {
    let request = Sha256::of(b"request");
    assert_eq!(
        found(|books| drop(bodies(books).remove(0))),
        [Difference::NoRequest(bill("1")), Difference::SentUnarchived(request)]
    );
    assert_eq!(found(|books| drop(bodies(books).pop())), [Difference::NoProof(bill("1"))]);
}

#[test]
fn an_archived_lookup_proves_as_well() {
    assert_eq!(found(|books| bodies(books)[2].role = BodyRole::LookupAnswer), []);
    assert_eq!(found(|books| bodies(books)[2].role = BodyRole::Ack), [Difference::NoProof(bill("1"))]);
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
    assert_eq!(found(|books| drop(books.archived.messages.insert(99, Vec::new()))), [Difference::Stranger(99)]);
}

#[test]
fn a_broken_archive() {
    let fault = "node local: link 3 does not hold its entries";
    assert_eq!(found(|books| books.archived.faults.push(fault.to_owned())), [Difference::Archive(fault.to_owned())]);
}

#[test]
fn a_doubled_reading_and_one_nobody_proves() {
    assert_eq!(found(|books| done(books, &reading()).placed = 2), [Difference::Doubled(reading(), 2)]);
    let change = |books: &mut Books| books.archived.messages.get_mut(&MESSAGE_OF_READING).unwrap()[1].words.clear();
    assert_eq!(found(change), [Difference::NoProof(reading())]);
}

#[test]
fn a_doubled_draft_and_one_that_was_changed() {
    assert_eq!(found(|books| done(books, &draft()).placed = 2), [Difference::Doubled(draft(), 2)]);
    assert_eq!(found(|books| done(books, &draft()).undone = 1), [Difference::Undone(draft())]);
}

#[test]
fn a_sending_before_its_draft() {
    assert_eq!(found(|books| done(books, &sending()).premature = 1), [Difference::Premature(sending())]);
    let change = |books: &mut Books| {
        done(books, &draft()).placed = 0;
        end(books, DRAFT, Fate::Refused("SBX000012".to_owned()));
        books.promised.rows.get_mut(&DRAFT).unwrap().closed = true;
    };
    assert_eq!(found(change), [Difference::Disordered(SENDING)]);
}

#[test]
fn a_sending_of_another_draft() {
    assert_eq!(
        found(|books| end(books, DRAFT, accepted("another"))),
        [Difference::Forged(SENDING, ANSWER.to_owned()), Difference::NoProof(draft())]
    );
}

#[test]
fn what_was_given_up_must_not_be_there() {
    let given_up = |books: &mut Books| {
        end(books, DRAFT, Fate::Open("unknown".to_owned()));
        end(books, SENDING, Fate::Refused(local::FORERUNNER.to_owned()));
        books.promised.given_up.insert(MESSAGE_OF_DRAFT);
        done(books, &draft()).placed = 0;
        done(books, &sending()).placed = 0;
    };
    assert_eq!(found(given_up), []);
    let there = |books: &mut Books| {
        given_up(books);
        done(books, &draft()).placed = 1;
    };
    assert_eq!(
        found(there),
        [Difference::RefusedAndPlaced(DRAFT, "given up".to_owned()), Difference::NoProof(draft())]
    );
    let by_nobody = |books: &mut Books| {
        given_up(books);
        books.promised.given_up.clear();
    };
    assert_eq!(found(by_nobody), [Difference::Unfinished(DRAFT, "unknown".to_owned())]);
    // For want of the draft nothing is refused where the draft was accepted.
    let without_reason = |books: &mut Books| {
        end(books, SENDING, Fate::Refused(local::FORERUNNER.to_owned()));
        done(books, &sending()).placed = 0;
    };
    assert_eq!(found(without_reason), [Difference::RefusedWithoutReason(SENDING, local::FORERUNNER.to_owned())]);
}

#[test]
fn what_is_missing_in_the_inbox_or_too_much() {
    let new = |topic: &str, key: &str| (topic.to_owned(), key.to_owned());
    let missing = |books: &mut Books| {
        books.incoming.portal.insert(new("readings", "other"), false);
    };
    assert_eq!(found(missing), [Difference::NotBrought("readings".to_owned(), "other".to_owned())]);
    let invented = |books: &mut Books| {
        books.incoming.portal.remove(&new("appeals", "appeal"));
    };
    assert_eq!(found(invented), [Difference::Invented("appeals".to_owned(), "appeal".to_owned())]);
    let stale = |books: &mut Books| {
        books.incoming.kept.pop();
        books.incoming.consumers.clear();
    };
    assert_eq!(found(stale), [Difference::Stale("appeals".to_owned(), "appeal".to_owned())]);
    let again = |books: &mut Books| {
        let repeated = Record { seq: 6, ..books.incoming.kept[2].clone() };
        books.incoming.kept.push(repeated);
        books.incoming.consumers.clear();
    };
    assert_eq!(found(again), [Difference::Again(6, "appeal".to_owned())]);
}

fn log<'b>(books: &'b mut Books, consumer: &str) -> &'b mut Vec<Moment> {
    &mut books.incoming.consumers.get_mut(consumer).unwrap().log
}

#[test]
fn what_a_consumer_never_got() {
    // It acknowledged a position behind one it had not been given.
    let lost = |books: &mut Books| {
        let read = books.incoming.kept[1..].to_vec();
        *log(books, "billing") = vec![Moment::Read(read), Moment::Acknowledged(5)];
    };
    assert_eq!(found(lost), [Difference::Missed("billing".to_owned(), 1)]);
    // One of appeals alone misses no readings.
    assert_eq!(found(|books| drop(log(books, "desk").pop())), [Difference::Missed("desk".to_owned(), 5)]);
}

#[test]
fn what_a_consumer_got_in_disorder_again_or_altered() {
    let turned = |books: &mut Books| {
        let mut read = books.incoming.kept.clone();
        read.swap(0, 1);
        log(books, "billing").insert(0, Moment::Read(read));
    };
    assert_eq!(found(turned), [Difference::OutOfOrder("billing".to_owned(), 1)]);
    let again = |books: &mut Books| {
        let read = vec![books.incoming.kept[2].clone()];
        log(books, "billing").push(Moment::Read(read));
    };
    assert_eq!(found(again), [Difference::AfterAcknowledged("billing".to_owned(), 5)]);
    let altered = |books: &mut Books| {
        let read = vec![Record { digest: "other".to_owned(), ..books.incoming.kept[0].clone() }];
        log(books, "billing").insert(0, Moment::Read(read));
    };
    assert_eq!(found(altered), [Difference::Altered("billing".to_owned(), 1)]);
}
