//! What the tests of this crate share.

#[allow(dead_code, reason = "the state machine is tested without a store")]
pub(crate) mod conformance;
#[allow(dead_code, reason = "only the engine needs a world")]
pub(crate) mod world;

use gis_gkh_delivery::{
    Failure, Fixer, Level, NewBatch, NewMessage, NewObject, Plan, Policy, Resend, RetryClass, Sha256, Timestamp,
};
use std::time::Duration;

/// A failure of this code and class.
pub(crate) fn failure(code: &str, class: RetryClass) -> Failure {
    Failure { code: Some(code.into()), text: "test".into(), class, level: Level::Request, fixer: Fixer::System }
}

/// Small numbers, same proportions.
pub(crate) fn policy() -> Policy {
    let ms = Duration::from_millis;
    Policy {
        poll: [10, 60, 300].map(ms).to_vec(),
        max_processing: ms(50_000),
        backoff: ms(60),
        backoff_cap: ms(1_800),
        maintenance: ms(900),
        max_age: ms(1_000_000),
        bytes_max_age: ms(600),
        send_deadline: ms(60),
        request_timeout: ms(180),
        lease: ms(600),
        settle: ms(10_800),
        lookup: [10, 60, 300, 900, 1_800].map(ms).to_vec(),
        lookup_patience: ms(1_200),
        lookup_limit: 3,
    }
}

/// A row to be sent; `content` tells versions of it apart.
#[allow(dead_code, reason = "not every test file accepts batches")]
pub(crate) fn object(row: u32, reference: &str, content: &str) -> NewObject {
    NewObject {
        row,
        reference: reference.into(),
        key: format!("{reference}/2026-10"),
        period: "2026-10".into(),
        payload: format!("{reference} {content}").into_bytes(),
        content: Sha256::of(content.as_bytes()),
        plan: Plan::Send,
    }
}

/// A batch with one message that carries everything to be sent.
#[allow(dead_code, reason = "not every test file accepts batches")]
pub(crate) fn batch(key: &str, objects: Vec<NewObject>) -> NewBatch {
    let rows: Vec<u32> = objects.iter().filter(|object| object.plan == Plan::Send).map(|object| object.row).collect();
    let message = NewMessage { operation: "bills.import".into(), lane: None, resend: Resend::AfterAbsent, rows };
    NewBatch {
        organisation: "organisation".into(),
        stand: "sandbox".into(),
        kind: "bills".into(),
        source: "test.csv".into(),
        content: format!("content of {key}").into_bytes(),
        idempotency_key: key.into(),
        accepted_at: Timestamp(1_000),
        messages: if message.rows.is_empty() { vec![] } else { vec![message] },
        objects,
    }
}

/// A directory in memory where there is one: a process that dies is not a power cut, and hundreds of stores sync often.
#[allow(dead_code, reason = "the state machine is tested without a store")]
pub(crate) fn directory() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}
