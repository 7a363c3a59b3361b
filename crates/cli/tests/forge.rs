//! A sandbox whose answers are forged, by the command.

#![expect(clippy::unwrap_used, reason = "a test may fail where it stands")]

use std::process::{Command, Stdio};

fn sandbox(arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_gkh"))
        .args(["--lang", "en", "sandbox"])
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn forgeries_are_listed_and_typos_answered_with_the_list() {
    let (code, listed, _) = sandbox(&["--forge", "help"]);
    assert_eq!(code, Some(0));
    for name in ["unsigned", "wrong-signer", "moved-to-header", "hmac"] {
        assert!(listed.contains(name), "{listed}");
    }
    let (code, _, told) = sandbox(&["--forge", "unsinged"]);
    assert_eq!(code, Some(3));
    assert!(told.contains("unsigned") && told.contains("`unsinged`"), "{told}");
}
