//! Every rule of the specifications names the tests that hold it, and every test named is there.
#![expect(clippy::unwrap_used, reason = "what tests call asserts as tests do")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Names of functions in all Rust files below a folder.
fn functions(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            functions(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            for line in fs::read_to_string(path).unwrap().lines() {
                let words: Vec<&str> = line.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
                found.extend(words.windows(2).filter(|pair| pair[0] == "fn").map(|pair| pair[1].to_owned()));
            }
        }
    }
}

#[test]
fn every_rule_names_tests_that_are_there() {
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut known = BTreeSet::new();
    // What desks do about a rule is held where they are.
    for folder in ["tests", "src", "../torture/tests", "../gateway/tests", "../gateway/src/desk"] {
        functions(&home.join(folder), &mut known);
    }
    for (spec, at_least) in [("delivery.md", 60), ("evidence.md", 15)] {
        let text = fs::read_to_string(home.join("../../docs/specs").join(spec)).unwrap();
        let rules: Vec<&str> = text.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_digit())).collect();
        assert!(rules.len() >= at_least, "{spec}: {} rules", rules.len());
        for rule in rules {
            let named: Vec<&str> = rule
                .split('`')
                .skip(1)
                .step_by(2)
                .filter_map(|name| name.split_once("::"))
                .map(|name| name.1)
                .collect();
            assert!(!named.is_empty(), "{spec}: no test holds: {rule}");
            for name in named {
                assert!(known.contains(name), "{spec}: there is no `{name}`: {rule}");
            }
        }
    }
}
