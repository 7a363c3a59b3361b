//! Exports that come in pages, over a scripted system: every family reads all its pages, stops where they end, goes on
//! from a line of text, and neither loses a page nor reads one twice when something fails.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may fail as loudly as the tests themselves")]

mod case;
mod cursors;
#[cfg(feature = "debt-requests")]
mod enquiries;
mod numbered;
mod reading;
mod server;
#[cfg(feature = "house-management")]
mod supply;

/// Where the second and the third page begin, in the families whose cursor is a GUID.
const GUIDS: [&str; 2] = ["0f3c2a6e-91d4-4b57-8e2d-00000000c002", "0f3c2a6e-91d4-4b57-8e2d-00000000c003"];

/// The cursor in an element of this name, or the word that the page is the last.
fn or_last(name: &str, next: Option<&str>) -> String {
    next.map_or_else(|| "<IsLastPage>true</IsLastPage>".to_owned(), |next| format!("<{name}>{next}</{name}>"))
}
