//! What a verification finds, and what it does not take for a fault.

use super::memory::{Books, DAY, FIRST, HOUR, Key, Marked, Memory, Shredded, entry, three_days};
use async_trait::async_trait;
use gis_gkh_delivery::archive::{
    Against, Archive, Entry, Fault, Head, Link, Report, Retention, Signatures, Verdict, verify,
};
use gis_gkh_delivery::{BodyRole, KeyId, MessageId, Seal, SealError, Sealed, Sha256, StoreError, Timestamp};
use proptest::prelude::*;
use std::slice;
use std::time::Duration;

fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(work)
}

async fn verified(memory: &Memory) -> Report {
    verify(memory, &Marked, &Key, &Against::default()).await.unwrap()
}

/// Faults of a good archive after this was done to it.
fn after(tamper: impl FnOnce(&mut Books)) -> Vec<Fault> {
    against(&[], tamper)
}

fn against(exported: &[Head], tamper: impl FnOnce(&mut Books)) -> Vec<Fault> {
    run(async {
        let mut books = three_days().await.books();
        tamper(&mut books);
        let against = Against { exported, retention: None };
        let report = verify(&Memory::of(books), &Marked, &Key, &against).await.unwrap();
        assert!(report.faults().all(|(node, _)| node == "east"), "{report:?}");
        report.faults().map(|(_, fault)| fault.clone()).collect()
    })
}

fn east(books: &mut Books, number: i64) -> &mut Entry {
    books.entries.iter_mut().find(|entry| entry.node == "east" && entry.number == number).unwrap()
}

fn link(books: &mut Books, number: i64) -> &mut Link {
    books.links.iter_mut().find(|link| link.node == "east" && link.number == number).unwrap()
}

fn head(books: &mut Books, day: i64) -> &mut Head {
    books.heads.iter_mut().find(|head| head.node == "east" && head.day == day).unwrap()
}

/// The newest head of the good archive.
fn exported() -> Head {
    run(async { three_days().await.heads("east").await.unwrap().pop().unwrap() })
}

#[test]
fn a_good_archive_is_intact() {
    let report = run(async { verified(&three_days().await).await });
    assert!(report.is_intact(), "{report:?}");
    let [east, west] = &report.nodes[..] else { panic!("{report:?}") };
    assert_eq!((east.records, east.links, east.days, east.open_links), (21, 9, 3, 0));
    assert_eq!((east.signed, east.unsigned, east.erased, east.expired), (12, 9, 0, 0));
    assert_eq!((west.records, west.links, west.last_day), (6, 3, Some(FIRST + 2)));
    assert!(run(async { verified(&Memory::default()).await }).nodes.is_empty());
}

#[test]
fn links_no_head_covers_yet_are_said() {
    let report = run(async {
        let memory = three_days().await;
        memory.commit("east", (FIRST + 3) * DAY, &["six"]);
        memory.commit("east", (FIRST + 3) * DAY + HOUR, &["seven"]);
        verified(&memory).await
    });
    assert!(report.is_intact());
    assert_eq!(report.nodes[0].open_since, Some(Timestamp((FIRST + 3) * DAY)));
    assert_eq!((report.nodes[0].open_links, report.nodes[1].open_links), (2, 0));
}

#[test]
fn an_altered_record_is_found() {
    let altered = Fault::RecordAltered { link: 2, first: 3, last: 5 };
    assert_eq!(after(|books| east(books, 4).bytes.as_mut().unwrap()[5] ^= 1), [Fault::BytesAltered { number: 4 }]);
    let other_bytes = after(|books| {
        let other = Marked.seal("org", Timestamp(0), b"<R>other<Signature/></R>").unwrap().bytes;
        let entry = east(books, 4);
        (entry.sealed, entry.bytes) = (Sha256::of(&other), Some(other));
    });
    assert_eq!(other_bytes, [Fault::ContentAltered { number: 4 }, altered.clone()]);
    let fields: [fn(&mut Entry); 12] = [
        |entry| entry.message = MessageId(99),
        |entry| entry.build = 2,
        |entry| entry.message_guid.push('0'),
        |entry| entry.role = BodyRole::LookupAck,
        |entry| entry.organisation = "another".into(),
        |entry| entry.stand = "ppak".into(),
        |entry| entry.kind = "readings".into(),
        |entry| entry.operation = "bills.exportPaymentDocumentData".into(),
        |entry| entry.accepted.0 -= 1,
        |entry| entry.sent = None,
        |entry| entry.answered = Some(Timestamp(1)),
        |entry| entry.recorded.0 -= DAY,
    ];
    for change in fields {
        assert_eq!(after(|books| change(east(books, 5))), slice::from_ref(&altered));
    }
    assert_eq!(after(|books| east(books, 5).key = KeyId(1)), slice::from_ref(&altered));
    // A field moved from the end of one text to the beginning of the next.
    let moved = after(|books| {
        let entry = east(books, 5);
        (entry.organisation, entry.stand) = ("orgs".into(), "andbox".into());
    });
    assert_eq!(moved, [altered]);
}

#[test]
fn a_removed_record_is_found() {
    let remove = |numbers: &'static [i64]| {
        after(|books| books.entries.retain(|entry| entry.node != "east" || !numbers.contains(&entry.number)))
    };
    assert_eq!(remove(&[1]), [Fault::RecordsRemoved { first: 1, last: 1 }]);
    assert_eq!(remove(&[4]), [Fault::RecordsRemoved { first: 4, last: 4 }]);
    assert_eq!(remove(&[5]), [Fault::RecordsRemoved { first: 5, last: 5 }]);
    assert_eq!(remove(&[21]), [Fault::RecordsRemoved { first: 21, last: 21 }]);
    // Across a border of links: named link by link.
    let removed = [Fault::RecordsRemoved { first: 4, last: 5 }, Fault::RecordsRemoved { first: 6, last: 6 }];
    assert_eq!(remove(&[4, 5, 6]), removed);
    // The rest moved up into the gap.
    let closed_up = after(|books| {
        books.entries.retain(|entry| entry.node != "east" || entry.number != 4);
        books
            .entries
            .iter_mut()
            .filter(|entry| entry.node == "east" && entry.number > 4)
            .for_each(|entry| entry.number -= 1);
    });
    assert!(closed_up.contains(&Fault::RecordAltered { link: 2, first: 3, last: 5 }), "{closed_up:?}");
    assert!(closed_up.contains(&Fault::RecordsRemoved { first: 21, last: 21 }), "{closed_up:?}");
}

#[test]
fn an_inserted_record_is_found() {
    let foreign = |number: i64| entry("east", number, FIRST * DAY, BodyRole::Ack, "<Forged/>");
    assert_eq!(after(|books| books.entries.push(foreign(22))), [Fault::RecordsInserted { first: 22, last: 22 }]);
    let run_of_two = after(|books| books.entries.extend([foreign(22), foreign(23)]));
    assert_eq!(run_of_two, [Fault::RecordsInserted { first: 22, last: 23 }]);
    assert_eq!(after(|books| books.entries.push(foreign(4))), [Fault::RecordsInserted { first: 4, last: 4 }]);
    // With a link of its own, which the forger makes as well as he can.
    let linked = after(|books| {
        let last = link(books, 9).clone();
        books.links.push(Link::over("east", Some(&last), 22, &[foreign(22).digest()], Timestamp((FIRST + 2) * DAY)));
        books.links.last_mut().unwrap().number = 5;
        books.entries.push(foreign(22));
    });
    assert!(linked.contains(&Fault::RecordsInserted { first: 22, last: 22 }), "{linked:?}");
    // In the middle, the rest moved on.
    let moved = after(|books| {
        books
            .entries
            .iter_mut()
            .filter(|entry| entry.node == "east" && entry.number >= 4)
            .for_each(|entry| entry.number += 1);
        books.entries.push(foreign(4));
    });
    assert!(moved.contains(&Fault::RecordAltered { link: 2, first: 3, last: 5 }), "{moved:?}");
    assert!(moved.contains(&Fault::RecordsInserted { first: 22, last: 22 }), "{moved:?}");
}

#[test]
fn an_altered_or_removed_link_is_found() {
    let altered = [Fault::LinkAltered { link: 4 }];
    let fields: [fn(&mut Link); 7] = [
        |link| link.first += 1,
        |link| link.count += 1,
        |link| link.count -= 1,
        |link| link.at.0 += 1,
        |link| link.content.0[0] ^= 1,
        |link| link.previous.0[31] ^= 1,
        |link| link.hash.0[7] ^= 1,
    ];
    for change in fields {
        assert_eq!(after(|books| change(link(books, 4))), altered);
    }
    for number in [3, 9] {
        assert_eq!(after(|books| link(books, number).count += 5), [Fault::LinkAltered { link: number }]);
        assert_eq!(after(|books| link(books, number).hash.0[0] ^= 1), [Fault::LinkAltered { link: number }]);
    }
    let removed = after(|books| books.links.retain(|link| link.node != "east" || ![4, 5].contains(&link.number)));
    assert_eq!(removed, [Fault::LinksRemoved { first: 4, last: 5 }]);
    // With its hash made to fit: the next one names another.
    let forged = after(|books| {
        let link = link(books, 4);
        link.at.0 += 1;
        link.hash = link.computed();
    });
    assert_eq!(forged, [Fault::LinkInserted { link: 5 }]);
}

#[test]
fn a_removed_day_is_found() {
    let between = Fault::DaysRemoved { after: Some(FIRST), before: Some(FIRST + 2) };
    let no_head = after(|books| books.heads.retain(|head| head.node != "east" || head.day != FIRST + 1));
    assert_eq!(no_head, slice::from_ref(&between));
    let nothing_left = after(|books| {
        books.heads.retain(|head| head.node != "east" || head.day != FIRST + 1);
        books.links.retain(|link| link.node != "east" || !(4..=6).contains(&link.number));
        books.entries.retain(|entry| entry.node != "east" || !(8..=14).contains(&entry.number));
    });
    assert_eq!(nothing_left, [between.clone(), Fault::LinksRemoved { first: 4, last: 6 }]);
    let first = after(|books| books.heads.retain(|head| head.node != "east" || head.day != FIRST));
    assert_eq!(first, [Fault::DaysRemoved { after: None, before: Some(FIRST + 1) }]);
    // The organisation's own key closes up the gap: the links still say that there was such a day.
    let signed_anew = after(|books| {
        books.heads.retain(|head| head.node != "east" || head.day == FIRST);
        let (before, last) = (head(books, FIRST).clone(), link(books, 9).clone());
        let head = signed(Head::over("east", FIRST + 2, Some(&last), Some(&before)));
        books.heads.push(head);
    });
    assert_eq!(signed_anew, [between]);
}

fn signed(mut head: Head) -> Head {
    let signature = Key.signed(&head.hash);
    (head.signer, head.signature) = (signature.signer, signature.bytes);
    head
}

fn cut(books: &mut Books, links: i64) {
    let last = link(books, links).last();
    books.links.retain(|link| link.node != "east" || link.number <= links);
    books.entries.retain(|entry| entry.node != "east" || entry.number <= last);
}

#[test]
fn a_truncated_tail_is_found() {
    // The newest head in the archive knows more links.
    assert_eq!(after(|books| cut(books, 7)), [Fault::TailRemoved { first: 8, last: 9 }]);
    // With its heads it is a good archive as of an earlier day: only a head kept elsewhere knows better.
    let with_heads = |books: &mut Books| {
        cut(books, 6);
        books.heads.retain(|head| head.node != "east" || head.day < FIRST + 2);
    };
    assert_eq!(after(with_heads), []);
    assert_eq!(against(&[exported()], with_heads), [Fault::TailRemoved { first: 7, last: 9 }]);
    assert_eq!(against(&[exported()], |_| {}), []);
    let all = |books: &mut Books| {
        books.links.retain(|link| link.node != "east");
        books.entries.retain(|entry| entry.node != "east");
        books.heads.retain(|head| head.node != "east");
    };
    assert_eq!(against(&[exported()], all), [Fault::TailRemoved { first: 1, last: 9 }]);
    // The heads alone.
    let heads = |books: &mut Books| books.heads.retain(|head| head.node != "east" || head.day < FIRST + 2);
    assert_eq!(against(&[exported()], heads), [Fault::DaysRemoved { after: Some(FIRST + 1), before: None }]);
}

#[test]
fn a_chain_written_anew_is_found() {
    // Everything from record 4 on is recomputed; without the key, the heads remain.
    let anew = |books: &mut Books| {
        let entry = east(books, 4);
        entry.accepted.0 -= HOUR;
        let mut before = link(books, 1).clone();
        for number in 2..=9 {
            let (first, last) = (link(books, number).first, link(books, number).last());
            let digests: Vec<_> = (first..=last).map(|number| east(books, number).digest()).collect();
            let at = link(books, number).at;
            before = Link::over("east", Some(&before), first, &digests, at);
            *link(books, number) = before.clone();
        }
    };
    let rewritten = |day: i64| Fault::Rewritten { day: FIRST + day, link: 3 * (day + 1) };
    assert_eq!(after(anew), [rewritten(0), rewritten(1), rewritten(2)]);
    // With the key too: a head kept elsewhere says so.
    let with_key = |books: &mut Books| {
        anew(books);
        let mut before: Option<Head> = None;
        for day in 0..3 {
            let last = link(books, 3 * (day + 1)).clone();
            let new = signed(Head::over("east", FIRST + day, Some(&last), before.as_ref()));
            *head(books, FIRST + day) = new.clone();
            before = Some(new);
        }
    };
    assert_eq!(after(with_key), []);
    assert_eq!(against(&[exported()], with_key), [rewritten(2)]);
}

#[test]
fn an_altered_head_is_found() {
    let altered = Fault::HeadAltered { day: FIRST + 1 };
    let fields: [fn(&mut Head); 5] = [
        |head| head.link += 1,
        |head| head.link_hash.0[0] ^= 1,
        |head| head.entry -= 1,
        |head| head.previous.0[0] ^= 1,
        |head| head.hash.0[0] ^= 1,
    ];
    for change in fields {
        let found = after(|books| change(head(books, FIRST + 1)));
        assert_eq!(found.first(), Some(&altered), "{found:?}");
    }
    let bad = after(|books| head(books, FIRST + 1).signature[0] ^= 1);
    let why = "not the organisation's".to_owned();
    assert_eq!(bad, [Fault::BadHeadSignature { day: FIRST + 1, why: why.clone() }]);
    let none = after(|books| head(books, FIRST + 1).signature.clear());
    assert_eq!(none, [Fault::BadHeadSignature { day: FIRST + 1, why: "it is not signed".into() }]);
    // What is held against it must hold itself.
    let forged = Head { link: 20, ..exported() };
    let found = against(&[forged], |_| {});
    assert_eq!(found, [Fault::ExportedHead { day: FIRST + 2, why: "it was altered".into() }]);
    let stranger = Head { signature: vec![1], ..exported() };
    assert_eq!(against(&[stranger], |_| {}), [Fault::ExportedHead { day: FIRST + 2, why }]);
}

#[test]
fn signatures_are_checked_anew() {
    struct Distrust;
    impl Signatures for Distrust {
        fn record(&self, entry: &Entry, _: &[u8]) -> Verdict {
            match entry.number {
                3 => Verdict::Invalid("revoked".into()),
                _ => Verdict::Unchecked("no certificate".into()),
            }
        }
        fn head(&self, _: &Head) -> Verdict {
            Verdict::Unchecked("no certificate".into())
        }
    }
    let report = run(async { verify(&three_days().await, &Marked, &Distrust, &Against::default()).await.unwrap() });
    let faults: Vec<_> = report.faults().map(|(node, fault)| (node, fault.clone())).collect();
    let bad = Fault::BadSignature { number: 3, why: "revoked".into() };
    assert_eq!(faults, [("east", bad.clone()), ("west", bad)]);
    assert_eq!((report.nodes[0].unchecked, report.nodes[0].unchecked_days), (20, 3));
}

#[test]
fn what_was_erased_or_has_expired_is_counted_and_no_fault() {
    let report = run(async {
        let mut books = three_days().await.books();
        east(&mut books, 1).bytes = None;
        let memory = Memory::of(books);
        verify(&memory, &Shredded(&[FIRST + 1]), &Key, &Against::default()).await.unwrap()
    });
    assert!(report.is_intact(), "{report:?}");
    assert_eq!((report.nodes[0].erased, report.nodes[0].expired, report.nodes[1].erased), (7, 1, 2));
}

#[test]
fn bytes_removed_before_their_term_are_a_fault() {
    let mut retention = Retention { otherwise: Some(Duration::from_secs(86_400)), ..Retention::default() };
    let now = Timestamp((FIRST + 3) * DAY);
    let found = |retention: &Retention| {
        run(async {
            let mut books = three_days().await.books();
            east(&mut books, 1).bytes = None;
            east(&mut books, 21).bytes = None;
            let against = Against { exported: &[], retention: Some((retention, now)) };
            let report = verify(&Memory::of(books), &Marked, &Key, &against).await.unwrap();
            report.faults().map(|(_, fault)| fault.clone()).collect::<Vec<_>>()
        })
    };
    assert_eq!(found(&retention), [Fault::BytesRemoved { number: 21 }]);
    retention.kinds.insert("appeals".into(), Duration::from_secs(3_600));
    assert_eq!(found(&retention), []);
    assert_eq!(found(&Retention::default()), [Fault::BytesRemoved { number: 1 }, Fault::BytesRemoved { number: 21 }]);
}

#[test]
fn a_missing_key_is_told_from_tampering() {
    #[derive(Debug)]
    struct Lost;
    impl Seal for Lost {
        fn seal(&self, _: &str, _: Timestamp, _: &[u8]) -> Result<Sealed, SealError> {
            Err(SealError::NoKey { key: KeyId(FIRST) })
        }
        fn open(&self, key: KeyId, bytes: &[u8]) -> Result<Vec<u8>, SealError> {
            if key == KeyId(FIRST) { Err(SealError::NoKey { key }) } else { Marked.open(key, bytes) }
        }
    }
    let report = run(async { verify(&three_days().await, &Lost, &Key, &Against::default()).await.unwrap() });
    assert_eq!(report.faults().count(), 9);
    assert!(report.faults().all(|(_, fault)| matches!(fault, Fault::Unreadable { .. })));
}

#[test]
fn many_faults_are_counted_and_the_first_are_named() {
    let report = run(async {
        let memory = Memory::default();
        let texts = vec!["x"; 1_100];
        memory.commit("east", FIRST * DAY, &texts);
        let mut books = memory.books();
        books.entries.iter_mut().for_each(|entry| entry.bytes = Some(vec![0]));
        verified(&Memory::of(books)).await
    });
    assert_eq!((report.nodes[0].faults.len(), report.nodes[0].more), (1_000, 101));
}

/// Each question about links is answered, and then the engine commits once more.
struct Busy(Memory);

#[async_trait]
impl Archive for Busy {
    async fn nodes(&self) -> Result<Vec<String>, StoreError> {
        self.0.nodes().await
    }
    async fn entries(&self, node: &str, after: i64, limit: usize) -> Result<Vec<Entry>, StoreError> {
        assert!(limit <= 16, "bytes of {limit} records at once");
        self.0.entries(node, after, limit.min(2)).await
    }
    async fn links(&self, node: &str, after: i64, limit: usize) -> Result<Vec<Link>, StoreError> {
        assert!(limit <= 512, "{limit} links at once");
        let links = self.0.links(node, after, limit).await;
        if self.0.books().links.len() < 40 {
            self.0.commit("east", (FIRST + 5) * DAY, &["more", "and more"]);
        }
        links
    }
    async fn heads(&self, node: &str) -> Result<Vec<Head>, StoreError> {
        self.0.heads(node).await
    }
    async fn append_head(&self, head: Head) -> Result<(), StoreError> {
        self.0.append_head(head).await
    }
}

#[test]
fn an_archive_that_is_written_to_meanwhile_is_read_in_bounded_pages_and_is_intact() {
    let report = run(async {
        let busy = Busy(three_days().await);
        verify(&busy, &Marked, &Key, &Against::default()).await.unwrap()
    });
    assert!(report.is_intact(), "{report:?}");
    assert_eq!(report.nodes[0].links + report.nodes[1].links, 40);
}

#[test]
fn every_fault_says_what_it_means() {
    let faults = after(|books| {
        east(books, 4).bytes = Some(vec![]);
        link(books, 5).at.0 += 1;
        books.heads.retain(|head| head.node != "east" || head.day != FIRST + 1);
    });
    let said: Vec<_> = faults.iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        [
            "heads of days between 2024-10-04 and 2024-10-06 removed",
            "the bytes of record 4 were altered",
            "link 5 was altered"
        ]
    );
    assert!(faults.iter().all(|fault| !fault.meaning().is_empty()));
    let json = serde_json::to_value(&faults[1]).unwrap();
    assert_eq!(json, serde_json::json!({"code": "bytes_altered", "number": 4}));
}

/// Anything a person with access to the database might do to one row.
#[derive(Debug, Clone)]
enum Blow {
    Entry(usize, usize),
    EntryGone(usize),
    EntryTwice(usize, i64),
    Link(usize, usize),
    LinkGone(usize),
    Head(usize, usize),
    HeadGone(usize),
}

fn blow() -> impl Strategy<Value = Blow> {
    let at = 0..100usize;
    prop_oneof![
        (at.clone(), 0..16usize).prop_map(|(row, field)| Blow::Entry(row, field)),
        at.clone().prop_map(Blow::EntryGone),
        (at.clone(), 1..40i64).prop_map(|(row, number)| Blow::EntryTwice(row, number)),
        (at.clone(), 0..8usize).prop_map(|(row, field)| Blow::Link(row, field)),
        at.clone().prop_map(Blow::LinkGone),
        (at.clone(), 0..8usize).prop_map(|(row, field)| Blow::Head(row, field)),
        at.prop_map(Blow::HeadGone),
    ]
}

fn strike(books: &mut Books, blow: &Blow) {
    match *blow {
        Blow::Entry(row, field) => {
            let row = row % books.entries.len();
            let entry = &mut books.entries[row];
            match field {
                0 => entry.node.push('x'),
                1 => entry.number += 1,
                2 => entry.message.0 += 1,
                3 => entry.build += 1,
                4 => entry.message_guid.clear(),
                5 => entry.role = BodyRole::LookupAnswer,
                6 => entry.organisation.push('x'),
                7 => entry.stand.clear(),
                8 => entry.kind.push('x'),
                9 => entry.operation.clear(),
                10 => entry.accepted.0 += 1,
                11 => entry.sent = Some(Timestamp(3)),
                12 => entry.answered = Some(Timestamp(3)),
                13 => entry.recorded.0 += 1,
                14 => entry.plain.0[0] ^= 1,
                _ => entry.bytes.as_mut().unwrap().push(0),
            }
        }
        Blow::EntryGone(row) => drop(books.entries.remove(row % books.entries.len())),
        Blow::EntryTwice(row, number) => {
            let copy = Entry { number, ..books.entries[row % books.entries.len()].clone() };
            books.entries.push(copy);
        }
        Blow::Link(row, field) => {
            let row = row % books.links.len();
            let link = &mut books.links[row];
            match field {
                0 => link.node.push('x'),
                1 => link.number += 1,
                2 => link.first += 1,
                3 => link.count += 1,
                4 => link.at.0 += 1,
                5 => link.content.0[0] ^= 1,
                6 => link.previous.0[0] ^= 1,
                _ => link.hash.0[0] ^= 1,
            }
        }
        Blow::LinkGone(row) => drop(books.links.remove(row % books.links.len())),
        Blow::Head(row, field) => {
            let row = row % books.heads.len();
            let head = &mut books.heads[row];
            match field {
                0 => head.node.push('x'),
                1 => head.day += 1,
                2 => head.link += 1,
                3 => head.link_hash.0[0] ^= 1,
                4 => head.entry += 1,
                5 => head.previous.0[0] ^= 1,
                6 => head.hash.0[0] ^= 1,
                _ => head.signature[0] ^= 1,
            }
        }
        Blow::HeadGone(row) => drop(books.heads.remove(row % books.heads.len())),
    }
}

proptest! {
    #[test]
    fn whatever_is_done_to_rows_is_noticed(blows in proptest::collection::vec(blow(), 1..4)) {
        let (books, exported) = run(async {
            let memory = three_days().await;
            let mut exported = Vec::new();
            for node in ["east", "west"] {
                exported.extend(memory.heads(node).await.unwrap().pop());
            }
            (memory.books(), exported)
        });
        let mut struck = books.clone();
        blows.iter().for_each(|blow| strike(&mut struck, blow));
        let sorted = |books: &Books| {
            let mut rows: Vec<_> = books.entries.iter().map(|row| format!("{row:?}")).collect();
            rows.extend(books.links.iter().map(|row| format!("{row:?}")));
            rows.extend(books.heads.iter().map(|row| format!("{row:?}")));
            rows.sort();
            rows
        };
        // Two blows may undo each other.
        prop_assume!(sorted(&books) != sorted(&struck));
        let against = Against { exported: &exported, retention: None };
        let report = run(verify(&Memory::of(struck), &Marked, &Key, &against)).unwrap();
        prop_assert!(!report.is_intact(), "{report:?}");
    }
}
