//! What the generator writes, checked in to be read like code, and the same on every run.
//!
//! `GKH_BLESS=1 cargo test -p gis-gkh-codegen --test golden` writes the files anew; look at the difference before
//! committing it.
#![expect(clippy::expect_used, clippy::print_stderr, reason = "a test that fails says why")]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use gis_gkh_codegen::names::Overrides;
use gis_gkh_codegen::wsdl::Contract;
use gis_gkh_codegen::{Files, client};

fn home() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn generate(reversed: bool) -> Files {
    let mut wsdls = Contract::find(&home().join("wsdl")).expect("our WSDLs");
    if reversed {
        wsdls.reverse();
    }
    let contract = Contract::load(&wsdls).expect("our contract loads");
    let overrides = Overrides::load(&home().join("xsd/names")).expect("rules");
    client(&contract, &overrides, "crate::contract").expect("code")
}

/// A generated file with what it includes in its place.
fn whole(files: &Files, name: &str) -> String {
    let mut text = String::new();
    for line in files[name].lines() {
        match line.trim().strip_prefix("include!(\"").and_then(|rest| rest.strip_suffix("\");")) {
            Some(part) => text.push_str(&whole(files, part)),
            None => text.push_str(line),
        }
        text.push('\n');
    }
    text
}

/// Formatted by rustfmt; `None`, said loudly, without it.
fn format(text: &str) -> Option<String> {
    let run = Command::new("rustfmt")
        .args(["--edition", "2024", "--config", "max_width=120", "--emit", "stdout"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let mut child = match run {
        Ok(child) => child,
        Err(error) => {
            let text = format!("SKIPPED: the golden files were compared with nothing: rustfmt: {error}");
            assert!(std::env::var("CI").as_deref() != Ok("true"), "{text}");
            eprintln!("{text}");
            return None;
        }
    };
    let mut input = child.stdin.take().expect("a pipe");
    // On a thread of its own: both pipes may fill.
    let text = text.to_owned();
    let writer = std::thread::spawn(move || input.write_all(text.as_bytes()));
    let output = child.wait_with_output().expect("rustfmt ends");
    writer.join().expect("the writer ends").expect("rustfmt reads");
    assert!(output.status.success(), "the generated code is not Rust");
    Some(String::from_utf8(output.stdout).expect("UTF-8"))
}

/// The items of a formatted file one of whose lines starts with one of these.
fn items(text: &str, starts: &[&str]) -> String {
    let mut chosen = Vec::new();
    let mut item = Vec::new();
    for line in text.lines().chain([""]) {
        let closed = item.last().is_some_and(|last: &&str| !last.starts_with(' ') && last.ends_with(['}', ';']));
        if line.is_empty() && closed {
            if item.iter().any(|line: &&str| starts.iter().any(|start| line.starts_with(start))) {
                chosen.push(item.join("\n"));
            }
            item.clear();
        } else {
            item.push(line);
        }
    }
    let found = |start: &&&str| !chosen.iter().any(|item| item.lines().any(|line| line.starts_with(**start)));
    let missing: Vec<_> = starts.iter().filter(found).collect();
    assert!(missing.is_empty(), "no item starts with {missing:?}");
    chosen.join("\n\n") + "\n"
}

fn compare(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if std::env::var_os("GKH_BLESS").is_some() {
        return std::fs::write(&path, text).expect("the golden file");
    }
    let golden = std::fs::read_to_string(&path).expect("the golden file");
    let first = golden.lines().zip(text.lines()).position(|(left, right)| left != right);
    assert!(
        golden == text,
        "{name} differs from line {}; if that is meant, run with GKH_BLESS=1 and review",
        first.unwrap_or_else(|| golden.lines().count().min(text.lines().count())) + 1
    );
}

#[test]
fn the_code_is_the_reviewed_one() {
    let files = generate(false);
    let Some(nsi) = format(&whole(&files, "nsi_common.rs")) else { return };
    compare("nsi_common.rs", &nsi);
    let bills = format(&whole(&files, "bills.rs")).expect("rustfmt stood above");
    let starts = [
        "pub struct ImportPaymentDocumentRequest {",
        "impl ImportPaymentDocumentRequest {",
        "impl xml::Element for ImportPaymentDocumentRequest {",
        "pub mod import_payment_document_request {",
        "pub struct MonthOfDocuments {",
        "impl MonthOfDocuments {",
        "pub enum DocumentState {",
        "impl DocumentState {",
        "pub enum MeteredService {",
        "impl xml::Value for MeteredService {",
    ];
    compare("bills.rs", &items(&bills, &starts));
    let fields = format(&whole(&files, "nsi_base.rs")).expect("rustfmt stood above");
    let starts = [
        "pub enum NsiElementField {",
        "impl NsiElementField {",
        "pub struct NsiElementStringField {",
        "impl NsiElementStringField {",
    ];
    compare("nsi_base.rs", &items(&fields, &starts));
    let operations = format(&whole(&files, "operations.rs")).expect("rustfmt stood above");
    let starts = ["pub static OPERATIONS", "pub mod nsi_common {", "impl StateAnswer for"];
    compare("operations.rs", &items(&operations, &starts));
}

#[test]
fn two_runs_write_the_same_whatever_the_order_of_the_files() {
    let first = generate(false);
    assert!(first.len() > 10, "{:?}", first.keys());
    assert!(first == generate(false), "two runs differ");
    assert!(first == generate(true), "the order of the WSDLs shows in the code");
}
