//! Power loss: what was promised is there after it, and a disk that lies about its syncs is found out.

#![expect(clippy::unwrap_used, reason = "a test may fail where it stands")]

use gis_gkh_torture::power::{Difference, Found, Lie, Options, Totals, run};

async fn replayed(seed: u64, crashes: u64, lie: Lie) -> (Totals, Vec<Found>) {
    run(&Options { verbs: 100, lie, ..Options::new(seed, crashes) }).await.unwrap()
}

fn lost(found: &[Found]) -> usize {
    found.iter().filter(|found| matches!(found.difference, Difference::Lost(_))).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_power_loss_everything_acknowledged_is_there_and_nothing_half() {
    let (totals, found) = replayed(1, 40, Lie::None).await;
    assert_eq!(found, [], "{totals}");
    assert_eq!(totals.crashes, 40, "{totals}");
    // It means something only when there was something to lose.
    assert!(totals.torn > 0 && totals.reordered > 0 && totals.dropped > 0 && totals.again > 0, "{totals}");
    assert!(totals.promises > 40 * 10, "{totals}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_syncs_promises_are_lost_and_found_to_be() {
    let (totals, found) = replayed(2, 12, Lie::Every).await;
    assert!(lost(&found) > 0, "{totals}: {found:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_is_not_synced_loses_promises() {
    let (totals, found) = replayed(3, 12, Lie::Log).await;
    assert!(lost(&found) > 0, "{totals}: {found:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_not_synced_at_a_checkpoint_loses_promises() {
    let (totals, found) = replayed(4, 24, Lie::Database).await;
    assert!(!found.is_empty(), "{totals}");
}
