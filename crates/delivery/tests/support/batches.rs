//! Batches to deliver and a place to keep them.

use gis_gkh_delivery::{NewBatch, NewMessage, NewObject, Plan, Priority, Resend, Sha256, Timestamp};

/// A row to be sent; `content` tells versions of it apart.
pub(crate) fn object(row: u32, reference: &str, content: &str) -> NewObject {
    NewObject {
        row,
        reference: reference.into(),
        key: format!("{reference}/2026-10"),
        period: "2026-10".into(),
        payload: format!("{reference} {content}").into_bytes(),
        content: Sha256::of(content.as_bytes()),
        plan: Plan::Send,
        follows: None,
    }
}

/// An everyday import of these rows, in no lane.
pub(crate) fn message(operation: &str, rows: Vec<u32>) -> NewMessage {
    NewMessage {
        operation: operation.into(),
        lanes: vec![],
        priority: Priority::Normal,
        resend: Resend::AfterAbsent,
        bulk: false,
        rows,
    }
}

/// A batch with one message that carries everything to be sent.
pub(crate) fn batch(key: &str, objects: Vec<NewObject>) -> NewBatch {
    let rows: Vec<u32> = objects.iter().filter(|object| object.plan == Plan::Send).map(|object| object.row).collect();
    let message = message("bills.import", rows);
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
pub(crate) fn directory() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}
