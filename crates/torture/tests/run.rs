//! A short run from beginning to end, with the real binary as its child.

use std::path::PathBuf;

use gis_gkh_torture::{Kind, Options, run};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_few_kills_and_the_books_are_equal() {
    let program = PathBuf::from(env!("CARGO_BIN_EXE_gkh-torture"));
    let (totals, differences) = run(&Options::new(Kind::Sqlite, 1, 40, 3, program)).await.unwrap();
    assert_eq!(differences, [], "{totals}");
    assert_eq!(totals.killed(), 3, "{totals}");
    assert!(totals.submissions >= totals.messages, "{totals}");
    assert_eq!(totals.refused, 1, "{totals}");
    assert!(totals.bills > 0 && totals.readings > 0 && totals.answers > 0 && totals.inbox > 0, "{totals}");
}
