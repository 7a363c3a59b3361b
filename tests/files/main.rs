//! The file store's client: hashes and names beside other tools' words, and uploads and downloads over a scripted transport,
//! whatever it answers. Whole files go to the sandbox in `crates/sandbox/tests/files.rs`.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may fail as loudly as the tests themselves")]

mod answers;
mod hashes;
mod names;
mod retries;
mod script;
mod sessions;
