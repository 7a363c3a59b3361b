//! Patterns mean to us what they mean to libxml2: every distinct pattern of the official schemas, over texts that match it,
//! almost match it, and have nothing to do with it.

#![expect(clippy::print_stderr, reason = "a comparison left out is said aloud")]
#![expect(clippy::unwrap_used, reason = "helpers of tests may fail as loudly as the tests themselves")]

mod libxml2;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use gis_gkh_xml::Limits;
use gis_gkh_xml::check::{Pattern, translate};
use gis_gkh_xml::events::{Event, Events};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// Patterns that show where the two languages part.
const TABLE: &[&str] = &[
    "",
    "a|b",
    "a|",
    "(ab)*c?",
    "\\d{1,3}",
    "\\d{2}",
    "\\d{2,}",
    "[0-9]{20}",
    "\\d{11}|\\d{8}",
    "-?\\d{0,10}(\\.\\d{0,2})?",
    "(A{0,1}\\d{1,4}(\\.)?)+",
    "(.*)([0-9а-яА-Яa-zA-Z]+)(.*)",
    "[А-ЯЁа-яё\\- ]+",
    "^a$",
    "a^b",
    "[a^]",
    "[^a]",
    "[a-]",
    "[&~]+",
    "[a&&b]",
    "[a~~b]",
    "[.]",
    ".",
    "a.b",
    "\\.",
    "\\s",
    "\\S",
    "\\w",
    "\\W",
    "[\\w\\-]+",
    "[^\\s]+",
    "[\\d.]+",
    "\\D",
    "\\p{L}+",
    "\\P{L}",
    "[\\p{Lu}\\d]",
    "\\t\\n",
    "<a>",
    "a b",
    "#",
    "a/b",
    "[\\[\\]]",
    "\\(\\)\\{\\}\\|\\?\\*\\+\\\\\\^",
    "[!-/]",
];

/// What is no pattern, or none we can say: no translation, so that nothing matches.
const REFUSED: &[&str] = &[
    "\\i\\c*",
    "[a-z-[aeiou]]",
    "\\p{IsCyrillic}",
    "*a",
    "a**",
    "a{",
    "a{x}",
    "a{1",
    "[",
    "[]",
    "[a",
    "]",
    "}",
    "\\",
    "\\b",
    "\\u0041",
    "a+?",
    "(?:a)",
    "(?i)a",
    "[b-a]",
    "(",
    ")",
    "\\p",
    "\\p{",
];

/// Texts that no pattern is asked for in particular.
const TEXTS: &[&str] = &[
    "",
    "a",
    "b",
    "ab",
    "c",
    "aab",
    "^a$",
    "a^b",
    "^",
    "$",
    "&",
    "~",
    "&&",
    "-",
    ".",
    "..",
    "/",
    "#",
    "a b",
    "a.b",
    "axb",
    "<a>",
    "[",
    "]",
    "()",
    "(){}|?*+\\^",
    "0",
    "00",
    "1",
    "12",
    "123",
    "1234",
    "0.5",
    "-1.25",
    "1.255",
    "12345678",
    "123456789",
    "12345678901",
    "01234567890123456789",
    "A12.3",
    "12.",
    "Ж",
    "ж",
    "ё",
    "Ё",
    "Иванов-Петров",
    "№",
    "_",
    "+",
    "«",
    "\u{a0}",
    "\u{301}",
    "٣",
    "²",
    "a\u{301}",
    "\t",
    "\n",
    "\r",
    "\t\n",
    " ",
    "a\nb",
    "user@example.org",
    "01234567-89ab-cdef-0123-456789abcdef",
    "2026-11-21",
    "10:30",
    "π",
    "😀",
    "12:345:6789012:34",
];

/// The official package beside the repository; its absence is said aloud.
fn official() -> Vec<PathBuf> {
    let home = std::env::var_os("GKH_OFFICIAL")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/hcs/16.3.0.0"), PathBuf::from);
    let mut folders = vec![home.clone()];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "xsd") {
                files.push(path);
            }
        }
    }
    if files.is_empty() {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "no official schemas in {}", home.display());
        eprintln!("SKIPPED: no official schemas in {}; only the table of patterns was compared", home.display());
    }
    files.sort();
    files
}

fn patterns_of(schema: &[u8]) -> Vec<String> {
    let mut events = Events::new(schema, Limits::MESSAGE).unwrap();
    let mut found = Vec::new();
    loop {
        match events.next().unwrap() {
            Event::Start(tag) if tag.local == "pattern" => {
                let value = tag.attributes().find(|attribute| attribute.local == "value").unwrap();
                found.push(value.value().unwrap().into_owned());
            }
            Event::Eof => return found,
            _ => {}
        }
    }
}

fn escape(text: &str) -> String {
    let mut out = String::new();
    gis_gkh_xml::escape_attribute(text, &mut out);
    out
}

/// Texts a pattern matches, and the same with a little damage.
fn near(pattern: &str, runner: &mut TestRunner) -> Vec<String> {
    // The tables of Unicode are not of one age in every library: letters and digits of two alphabets are enough.
    let known = [
        ("\\A", ""),
        ("\\z", ""),
        (r"\p{Nd}", "[0-9]"),
        (r"\p{L}", "[A-Za-zА-я]"),
        (r"\p{Lu}", "[A-ZА-Я]"),
        (r"[^\p{P}\p{Z}\p{C}]", "[0-9A-Za-zА-я+№]"),
        (r"[^\n\r]", "[ -~А-я]"),
        (r"[^ \t\n\r]", "[!-~А-я]"),
    ];
    let source = known.iter().fold(translate(pattern).unwrap(), |source, (wide, few)| source.replace(wide, few));
    let Ok(matching) = proptest::string::string_regex(&source) else { return Vec::new() };
    let mut texts = Vec::new();
    for _ in 0..12 {
        let text = matching.new_tree(runner).unwrap().current();
        let characters: Vec<char> = text.chars().collect();
        texts.push(characters.iter().skip(1).collect());
        texts.push(characters.iter().take(characters.len().saturating_sub(1)).collect());
        texts.push(characters.iter().chain(characters.last()).collect());
        texts.push(format!("{text}x"));
        texts.push(format!("0{text}"));
        texts.push(text.replace('.', ","));
        texts.push(text);
    }
    // Long texts drive libxml2 into endless backtracking, and prove no more.
    let plain = |c: char| matches!(c, '\t' | '\n' | ' '..='~' | 'А'..='я' | 'ё' | 'Ё' | '№');
    texts.retain(|text: &String| text.chars().count() <= 40 && text.chars().all(plain));
    texts
}

#[test]
fn patterns_agree_with_libxml2() {
    let mut patterns: BTreeSet<String> = TABLE.iter().map(|pattern| (*pattern).to_owned()).collect();
    let files = official();
    for file in &files {
        patterns.extend(patterns_of(&std::fs::read(file).unwrap()));
    }
    assert!(files.is_empty() || patterns.len() >= TABLE.len() + 30, "only {} patterns", patterns.len());
    let mut runner = TestRunner::new_with_rng(Config::default(), TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let mut asked = Vec::new();
    for source in &patterns {
        assert!(translate(source).is_some(), "no translation of {source}");
        let pattern = Pattern::new(source.clone().leak());
        let near = near(source, &mut runner);
        let mut texts: BTreeSet<&str> = TEXTS.iter().copied().collect();
        texts.extend(near.iter().map(String::as_str));
        let ty =
            format!("<xs:restriction base=\"xs:string\"><xs:pattern value=\"{}\"/></xs:restriction>", escape(source));
        let before = asked.len();
        asked.extend(texts.into_iter().map(|text| (ty.clone(), text.to_owned(), pattern.matches(text))));
        let matched = asked[before..].iter().filter(|(.., matched)| *matched).count();
        assert!(matched > 0, "nothing matches {source}");
        assert!(matched < asked.len() - before, "everything matches {source}");
    }
    if libxml2::available() {
        let pairs: Vec<(&str, &str)> = asked.iter().map(|(ty, text, _)| (ty.as_str(), text.as_str())).collect();
        let wrong: Vec<_> = asked
            .iter()
            .zip(libxml2::verdicts(&pairs))
            .filter(|((_, _, ours), theirs)| ours != theirs)
            .map(|((ty, text, ours), theirs)| format!("{ty} {text:?}: ours {ours}, libxml2's {theirs}"))
            .collect();
        assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), asked.len(), wrong.join("\n"));
    }
}

#[test]
fn what_is_no_pattern_matches_nothing() {
    for source in REFUSED {
        assert_eq!(translate(source), None, "{source}");
        let pattern = Pattern::new(source);
        assert!(!TEXTS.iter().any(|text| pattern.matches(text)), "{source}");
    }
}

#[test]
fn a_pattern_covers_the_whole_text() {
    let digits = Pattern::new("\\d{2}|x");
    assert_eq!(digits.source(), "\\d{2}|x");
    for (text, matches) in [("12", true), ("x", true), ("123", false), ("12x", false), ("12\n", false), ("", false)] {
        assert_eq!(digits.matches(text), matches, "{text:?}");
    }
}
