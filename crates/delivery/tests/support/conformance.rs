//! What every store must do. A store's own test file calls [`conforms`] with a way to make a fresh place for one.

#[path = "conformance/bulk.rs"]
mod bulk;
#[path = "conformance/custody.rs"]
mod custody;
#[path = "conformance/decisions.rs"]
mod decisions;
#[path = "conformance/evidence.rs"]
mod evidence;
#[path = "conformance/inbox.rs"]
mod inbox;
#[path = "conformance/intake.rs"]
mod intake;
#[path = "conformance/order.rs"]
mod order;
#[path = "conformance/pauses.rs"]
mod pauses;
#[path = "conformance/pulls.rs"]
mod pulls;
#[path = "conformance/work.rs"]
mod work;

use crate::support::{failure, policy};
use async_trait::async_trait;
use gis_gkh_delivery::state::{Event, step};
use gis_gkh_delivery::{
    BatchId, BodyRole, Claimed, Claims, GisIds, NewBody, ObjectState, Outcome, Record, RetryClass, Store, Timestamp,
};
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

/// Where a store lives: it may be closed and opened again.
#[async_trait]
pub(crate) trait Place: Send + Sync {
    /// Opens the store, creating it the first time. What a case opened before, it has dropped.
    async fn open(&self) -> Box<dyn Kept>;

    /// Lets so much time pass for leases. Nothing to do where leases go by the moments given.
    async fn pass(&self, by: Duration) {
        let _ = by;
    }

    /// Whether leases go by the store's own clock instead of the moments given.
    fn own_clock(&self) -> bool {
        false
    }
}

/// Everything a store is asked for here.
pub(crate) trait Kept: Store + gis_gkh_delivery::archive::Custody {
    /// Only what delivery sees of it.
    fn as_store(&self) -> &dyn Store;
}

impl<T: Store + gis_gkh_delivery::archive::Custody> Kept for T {
    fn as_store(&self) -> &dyn Store {
        self
    }
}

/// Makes a fresh, empty place.
pub(crate) type Fresh<'a> = &'a dyn Fn() -> Box<dyn Place>;

type Case = for<'a> fn(&'a dyn Place) -> Pin<Box<dyn Future<Output = ()> + 'a>>;

macro_rules! cases {
    ($($subject:ident :: $name:ident),* $(,)?) => {
        [$((|place| Box::pin($subject::$name(place))) as Case),*]
    };
}

/// The whole suite.
pub(crate) async fn conforms(fresh: Fresh<'_>) {
    let cases = cases![
        intake::accepts_whole_or_not_at_all,
        intake::repeats_answer_the_same_batch,
        intake::idempotency_is_per_object,
        intake::postponed_rows_are_replaced,
        intake::natural_keys_are_unique,
        intake::organisations_and_stands_are_apart,
        work::claims_are_fenced,
        work::recovery_ends_claims,
        work::bodies_are_kept_with_their_step,
        work::everything_of_a_message_survives,
        work::views_show_what_is,
        work::progress_is_what_the_queue_adds_up_to,
        work::everything_is_there_after_a_reopen,
        decisions::parked_messages_are_found_page_by_page,
        decisions::a_message_is_shown_alone,
        decisions::after_a_replay_the_earlier_sending_is_late,
        decisions::a_decision_is_kept_with_its_step,
        order::lanes_keep_order,
        order::a_message_waits_in_every_lane_it_shares,
        order::lanes_are_of_one_organisation_and_stand,
        order::priorities_come_first_within_a_queue,
        order::no_queue_starves_another,
        order::closed_parts_are_not_claimed,
        order::a_row_shows_the_state_of_the_one_it_follows,
        order::a_row_that_follows_a_repeated_one_shows_the_original,
        bulk::bulk_messages_wait_until_told,
        bulk::what_is_told_late_changes_nothing,
        pulls::a_pull_has_one_message_from_its_beginning,
        pulls::pages_follow_each_other_and_runs_too,
        pulls::a_failed_run_begins_its_window_anew,
        pulls::pulls_keep_their_place_and_end_with_the_settings,
        inbox::items_come_in_order_until_acknowledged,
        inbox::an_object_is_delivered_again_only_when_changed,
        inbox::consumers_do_not_see_each_other,
        inbox::a_late_page_brings_nothing,
        inbox::the_latest_of_each_object_comes_once,
        evidence::every_body_is_chained,
        evidence::several_bodies_of_one_commit_share_a_link,
        evidence::what_a_late_worker_brings_leaves_no_trace,
        evidence::heads_continue_each_other,
        pauses::a_paused_part_is_not_claimed,
        pauses::what_is_resumed_is_due_at_once,
        pauses::a_pause_ends_by_itself,
        pauses::pausing_again_replaces_and_a_restart_changes_nothing,
        custody::selections_find_what_they_name,
        custody::expired_bytes_go_and_entries_stay,
        custody::what_is_held_stays,
    ];
    for case in cases {
        case(fresh().as_ref()).await;
    }
}

const T0: Timestamp = Timestamp(1_000);

async fn claim<S: Store + ?Sized>(store: &S, now: Timestamp) -> Vec<Claimed> {
    claim_some(store, now, 100).await
}

async fn claim_some<S: Store + ?Sized>(store: &S, now: Timestamp, limit: usize) -> Vec<Claimed> {
    let lease = now.after(policy().lease);
    store.claim_due(Claims { now, lease, limit, closed: vec![] }).await.unwrap()
}

fn record(claimed: &Claimed, event: Event, now: Timestamp, keep: bool, bodies: Vec<NewBody>) -> Record {
    let step = step(&claimed.message, event, now, &policy());
    Record {
        fence: claimed.fence,
        from: claimed.message.state,
        message: step.message,
        moved: step.moved,
        objects: step.objects,
        bodies,
        page: None,
        until: None,
        lease: keep.then(|| now.after(policy().lease)),
        at: now,
    }
}

fn body(role: BodyRole, bytes: &str) -> NewBody {
    NewBody { role, bytes: bytes.into(), sent: None, answered: None }
}

/// Records an event and keeps the claim.
async fn advance<S: Store + ?Sized>(store: &S, claimed: &mut Claimed, event: Event, now: Timestamp) {
    let bodies = if event == Event::Built { vec![body(BodyRole::Request, "signed")] } else { vec![] };
    let record = record(claimed, event, now, true, bodies);
    claimed.message = record.message.clone();
    store.record(record).await.unwrap();
}

/// Takes a claimed message to where the system has acknowledged it.
async fn acked<S: Store + ?Sized>(store: &S, claimed: &mut Claimed, now: Timestamp) {
    for event in [Event::Built, Event::Intent, Event::Acked("ack".into())] {
        advance(store, claimed, event, now).await;
    }
}

fn ids() -> GisIds {
    BTreeMap::from([("guid".to_owned(), "g-1".to_owned())])
}

/// Takes the only due message to its end, every object accepted or refused.
async fn finish<S: Store + ?Sized>(store: &S, accepted: bool) {
    let claimed = claim(store, T0.after(policy().max_age)).await.remove(0);
    finish_claimed(store, claimed, accepted).await;
}

async fn finish_claimed<S: Store + ?Sized>(store: &S, mut claimed: Claimed, accepted: bool) {
    let now = claimed.message.due;
    acked(store, &mut claimed, now).await;
    let outcome = match accepted {
        true => Outcome::Accepted(ids()),
        false => Outcome::Refused(failure("INT1", RetryClass::Permanent)),
    };
    let all = claimed.message.objects.iter().map(|object| (object.id, outcome.clone())).collect();
    store.record(record(&claimed, Event::Answered(all), now, false, vec![])).await.unwrap();
}

async fn states<S: Store + ?Sized>(store: &S, batch: BatchId) -> Vec<ObjectState> {
    store.rows(batch, None, 1_000).await.unwrap().into_iter().map(|row| row.state).collect()
}

fn refused_code(state: &ObjectState) -> &str {
    match state {
        ObjectState::Refused(refusal) => &refusal.code,
        other => panic!("not refused: {other:?}"),
    }
}
