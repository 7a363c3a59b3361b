//! The other opinion: `xmllint` of libxml2, asked as a process.

#![expect(clippy::print_stderr, reason = "a comparison left out is said aloud")]
#![expect(clippy::unwrap_used, reason = "helpers of tests may fail as loudly as the tests themselves")]
#![allow(dead_code, reason = "each test file uses its part")]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// Whether `xmllint` is there. In CI it must be; elsewhere its absence is said aloud and the test passes unasked.
pub(crate) fn available() -> bool {
    let found = Command::new("xmllint").arg("--version").output().is_ok_and(|output| output.status.success());
    if !found {
        assert!(
            std::env::var("CI").as_deref() != Ok("true"),
            "xmllint is not installed: apt-get install libxml2-utils"
        );
        eprintln!("SKIPPED: no xmllint here, nothing was compared with libxml2; install libxml2-utils");
    }
    found
}

fn run(arguments: &[&str], document: &[u8]) -> Output {
    let mut child = Command::new("xmllint")
        .args(arguments)
        .arg("-")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let document = document.to_vec();
    let feed = std::thread::spawn(move || {
        // A parser that stops early closes the pipe; that is its answer, not our failure.
        let _ = stdin.write_all(&document);
    });
    let output = child.wait_with_output().unwrap();
    feed.join().unwrap();
    output
}

/// Whether libxml2 takes a document as namespace-well-formed: it parses it and complains of nothing.
pub(crate) fn well_formed(document: &[u8]) -> bool {
    let output = run(&["--noout", "--nonet"], document);
    output.status.success() && !String::from_utf8_lossy(&output.stderr).contains("error :")
}

/// A document's exclusive canonical form.
pub(crate) fn exclusive(document: &[u8]) -> Vec<u8> {
    let output = run(&["--exc-c14n", "--nonet"], document);
    assert!(output.status.success(), "xmllint --exc-c14n: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// libxml2's verdict of values: each is a type (an `xs:simpleType`'s content, such as a restriction) and a text.
pub(crate) fn verdicts(values: &[(&str, &str)]) -> Vec<bool> {
    // A few at a time: it stops complaining, though not refusing, at the hundredth complaint.
    values.chunks(40).flat_map(judged).collect()
}

fn judged(values: &[(&str, &str)]) -> Vec<bool> {
    let mut types: Vec<&str> = values.iter().map(|(ty, _)| *ty).collect();
    types.sort_unstable();
    types.dedup();
    let mut schema = String::from("<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\">\n");
    let mut elements = String::new();
    for (index, ty) in types.iter().enumerate() {
        elements.push_str(&format!("<xs:element name=\"t{index}\"><xs:simpleType>{ty}</xs:simpleType></xs:element>\n"));
    }
    schema.push_str(&format!(
        "<xs:element name=\"all\"><xs:complexType><xs:choice maxOccurs=\"unbounded\">{elements}</xs:choice></xs:complexType></xs:element></xs:schema>"
    ));
    // One value a line: complaints name the line.
    let mut document = String::from("<all>\n");
    for (ty, text) in values {
        let index = types.iter().position(|one| one == ty).unwrap();
        let mut escaped = String::new();
        for c in text.chars() {
            match c {
                '&' | '<' | '>' | '\r' | '\n' | '\t' => escaped.push_str(&format!("&#{};", u32::from(c))),
                c => escaped.push(c),
            }
        }
        document.push_str(&format!("<t{index}>{escaped}</t{index}>\n"));
    }
    document.push_str("</all>\n");
    // Unique within a process and across processes: test runners give each test either kind of company.
    let path = scratch(&format!("verdicts-{}-{:?}.xsd", std::process::id(), std::thread::current().id()));
    std::fs::write(&path, schema).unwrap();
    let output = run(&["--noout", "--nonet", "--schema", path.to_str().unwrap()], document.as_bytes());
    std::fs::remove_file(&path).unwrap();
    let complaints = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(matches!(output.status.code(), Some(0 | 3)), "xmllint could not judge: {complaints}");
    assert!(!complaints.contains("nternal error"), "xmllint could not judge: {complaints}");
    let refused: Vec<usize> = complaints
        .lines()
        .filter_map(|line| line.strip_prefix("-:")?.split_once(':')?.0.parse::<usize>().ok())
        .collect();
    (0..values.len()).map(|index| !refused.contains(&(index + 2))).collect()
}

fn scratch(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}
