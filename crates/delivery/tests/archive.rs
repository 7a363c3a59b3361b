//! The evidence archive: verification, closing of days, export and retention (`docs/specs/evidence.md`).

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "helpers of tests may fail and speak as loudly as the tests themselves"
)]

#[path = "support/batches.rs"]
mod batches;
#[path = "archive/days.rs"]
mod days;
#[path = "archive/delivering.rs"]
mod delivering;
#[path = "archive/keeping.rs"]
mod keeping;
#[path = "archive/memory.rs"]
mod memory;
#[path = "archive/packs.rs"]
mod packs;
#[path = "archive/stored.rs"]
mod stored;
#[path = "archive/verifying.rs"]
mod verifying;
