//! Closing days and keeping their heads elsewhere.

use super::memory::{DAY, FIRST, HOUR, Key, Memory, three_days};
use async_trait::async_trait;
use gis_gkh_delivery::archive::{
    Archive, CloseError, Head, HeadError, HeadSignature, HeadSigner, Signatures, Verdict, close_days,
};
use gis_gkh_delivery::{Failure, Fixer, Level, RetryClass, Sha256, StoreError, Timestamp};
use std::sync::Mutex;

fn covers(heads: &[Head]) -> Vec<(i64, i64)> {
    heads.iter().map(|head| (head.day - FIRST, head.link)).collect()
}

#[tokio::test]
async fn every_ended_day_that_brought_something_gets_a_signed_head_which_holds_the_one_before() {
    let memory = Memory::default();
    for (day, hour) in [(0, 1), (0, 2), (1, 3), (4, 5), (5, 6)] {
        memory.commit("east", (FIRST + day) * DAY + hour * HOUR, &["x"]);
    }
    assert_eq!(covers(&memory.close("east", FIRST * DAY + 23 * HOUR).await.heads), []);
    assert_eq!(covers(&memory.close("east", (FIRST + 1) * DAY).await.heads), [(0, 2)]);
    assert_eq!(covers(&memory.close("east", (FIRST + 1) * DAY).await.heads), []);
    // Days without links get none; the fifth is not over.
    assert_eq!(covers(&memory.close("east", (FIRST + 5) * DAY + 7 * HOUR).await.heads), [(1, 3), (4, 4)]);
    let heads = memory.heads("east").await.unwrap();
    assert_eq!(heads[0].previous, Sha256([0; 32]));
    for (before, head) in heads.iter().zip(&heads[1..]) {
        assert_eq!(head.previous, before.hash);
    }
    for (head, last) in heads.iter().zip([4, 6, 8]) {
        assert_eq!(head.entry, last);
        assert_eq!(head.hash, head.computed());
        assert_eq!(Key.head(head), Verdict::Valid);
    }
}

#[tokio::test]
async fn nodes_are_closed_by_themselves() {
    let memory = Memory::default();
    memory.commit("east", FIRST * DAY, &["x"]);
    memory.commit("west", FIRST * DAY, &["x"]);
    assert_eq!(covers(&memory.close("west", (FIRST + 1) * DAY).await.heads), [(0, 1)]);
    assert!(memory.heads("east").await.unwrap().is_empty());
}

#[tokio::test]
async fn a_clock_that_jumps_does_not_keep_days_open_nor_lead_back() {
    let memory = Memory::default();
    let stamps = [(0, 1), (1, 1), (0, 5), (400, 1), (1, 2), (2, 1)];
    for (day, hour) in stamps {
        memory.commit("east", (FIRST + day) * DAY + hour * HOUR, &["x"]);
    }
    // Set back: it counts to the day before it. From the future: to the day of the one before.
    let closed = memory.close("east", (FIRST + 3) * DAY).await;
    assert_eq!(covers(&closed.heads), [(0, 1), (1, 5), (2, 6)]);
    // Set back behind a closed day: it counts to the next.
    memory.commit("east", (FIRST + 1) * DAY, &["x"]);
    assert_eq!(covers(&memory.close("east", (FIRST + 3) * DAY + HOUR).await.heads), []);
    assert_eq!(covers(&memory.close("east", (FIRST + 4) * DAY).await.heads), [(3, 7)]);
    let report = gis_gkh_delivery::archive::verify(&memory, &super::memory::Marked, &Key, &Default::default()).await;
    assert!(report.as_ref().unwrap().is_intact(), "{report:?}");
}

/// Signs so many times, then fails.
struct Tired(Mutex<u32>);

#[async_trait]
impl HeadSigner for Tired {
    async fn sign(&self, hash: &Sha256) -> Result<HeadSignature, Failure> {
        let left = self.0.lock().unwrap().checked_sub(1);
        match left {
            Some(fewer) => {
                *self.0.lock().unwrap() = fewer;
                Key.sign(hash).await
            }
            None => Err(Failure {
                code: Some("token.absent".into()),
                text: "plug the token in".into(),
                class: RetryClass::Maintenance,
                level: Level::Local,
                fixer: Fixer::Operator,
                cause: None,
            }),
        }
    }
}

#[tokio::test]
async fn a_signer_that_fails_leaves_the_day_open_and_it_is_closed_later() {
    let memory = Memory::default();
    for day in 0..3 {
        memory.commit("east", (FIRST + day) * DAY, &["x"]);
    }
    let now = Timestamp((FIRST + 3) * DAY);
    let tired = Tired(Mutex::new(1));
    let closed = close_days(&memory, &tired, "east", now).await.unwrap();
    assert_eq!(covers(&closed.heads), [(0, 1)]);
    assert_eq!(closed.failure.unwrap().code.as_deref(), Some("token.absent"));
    let closed = memory.close("east", now.0).await;
    assert_eq!((covers(&closed.heads), closed.failure), (vec![(1, 2), (2, 3)], None));
}

#[tokio::test]
async fn a_chain_that_was_changed_is_not_signed() {
    let changes: [fn(&mut super::memory::Books); 3] = [
        |books| books.links[1].at.0 += 1,
        |books| drop(books.links.remove(1)),
        |books| {
            books.links[0].at.0 += 1;
            books.links[0].hash = books.links[0].computed();
        },
    ];
    for change in changes {
        let memory = Memory::default();
        for day in 0..3 {
            memory.commit("east", (FIRST + day) * DAY, &["x"]);
        }
        let mut books = memory.books();
        change(&mut books);
        let memory = Memory::of(books);
        let refused = close_days(&memory, &Key, "east", Timestamp((FIRST + 4) * DAY)).await.unwrap_err();
        assert!(matches!(refused, CloseError::Broken { link: 2 | 3, .. }), "{refused}");
        assert!(memory.heads("east").await.unwrap().len() < 2);
    }
}

#[tokio::test]
async fn two_that_close_the_same_day_do_not_fork_the_heads() {
    let memory = three_days().await;
    let head = memory.heads("east").await.unwrap().pop().unwrap();
    let refused = memory.append_head(head).await.unwrap_err();
    assert!(matches!(refused, StoreError::NotNext { .. }));
}

#[tokio::test]
async fn a_head_comes_back_from_its_file_as_it_was_and_nothing_else_is_taken_for_one() {
    let head = three_days().await.heads("east").await.unwrap().pop().unwrap();
    let text = head.export();
    assert!(text.contains("\"date\": \"2024-10-06\""), "{text}");
    assert_eq!(Head::import(&text).unwrap(), head);
    for text in ["", "{}", "[1]", "<xml/>", &text.replace("\"day\"", "\"tag\""), &text[..text.len() / 2]] {
        assert!(matches!(Head::import(text), Err(HeadError::Form { .. })), "{text}");
    }
    let digest = head.hash.to_string();
    for wrong in [&digest[1..], "ж", &digest.replace(['a', 'b', 'c', '1', '2'], "x")] {
        assert!(matches!(Head::import(&text.replace(&digest, wrong)), Err(HeadError::Form { .. })), "{wrong}");
    }
    let newer = Head::import(&text.replace("head 1", "head 2")).unwrap_err();
    assert!(matches!(newer, HeadError::Format { .. }), "{newer}");
}
