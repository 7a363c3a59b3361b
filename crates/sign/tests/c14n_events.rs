//! Canonicalisation reads documents by a scanner of its own. Whatever that scanner accepts, the reader that takes the verified
//! bytes apart must accept too and understand in the same way, or a signature could cover one thing and show another.

#![expect(clippy::unwrap_used, reason = "helpers of tests may fail as loudly as the tests themselves")]

use gis_gkh_sign::c14n::{self, Method};
use gis_gkh_xml::Limits;
use gis_gkh_xml::events::{Event, Events};
use proptest::prelude::*;

/// A document as its reader understands it.
#[derive(Debug, PartialEq, Eq)]
enum Meaning {
    Start { name: (String, String), attributes: Vec<((String, String), String)> },
    End,
    Text(String),
}

fn meaning(document: &[u8]) -> Result<Vec<Meaning>, gis_gkh_xml::Error> {
    let mut events = Events::new(document, Limits::default())?;
    let mut found = Vec::new();
    let line_ends = |text: &str| text.replace("\r\n", "\n").replace('\r', "\n");
    loop {
        let text = match events.next()? {
            Event::Start(tag) => {
                let namespace = |prefix: &str| events.namespace(prefix).unwrap().to_owned();
                let mut attributes: Vec<_> = tag
                    .attributes()
                    .filter(|attribute| attribute.declares().is_none())
                    .map(|attribute| {
                        let uri = if attribute.prefix.is_empty() { String::new() } else { namespace(attribute.prefix) };
                        ((uri, attribute.local.to_owned()), attribute.value().unwrap().into_owned())
                    })
                    .collect();
                attributes.sort();
                found.push(Meaning::Start { name: (namespace(tag.prefix), tag.local.to_owned()), attributes });
                continue;
            }
            Event::End(_) => {
                found.push(Meaning::End);
                continue;
            }
            Event::Text(text) | Event::CData(text) => line_ends(text),
            Event::Reference(character) => character.to_string(),
            Event::Comment(_) | Event::Instruction(..) => continue,
            Event::Eof => return Ok(found),
        };
        match found.last_mut() {
            Some(Meaning::Text(before)) => before.push_str(&text),
            _ if text.is_empty() => {}
            _ => found.push(Meaning::Text(text)),
        }
    }
}

const DOCUMENTS: [&str; 5] = [
    "<?xml version=\"1.0\" encoding='utf-8'?>\n<a:x xmlns:a=\"urn:a\" xmlns='urn:d' a:b='1' b=\"2\"><y xmlns=''>t</y></a:x>",
    "<a b='&#9;&amp;\t' c = \"'\"><!-- c --><?p i?><b/><b />x&#x410;&lt;<![CDATA[<&]]>]]\r\n</a >\n",
    "<soap:Envelope xmlns:soap=\"urn:s\"><soap:Body><q Id=\"i\" xml:lang=\"ru\"><q/></q></soap:Body></soap:Envelope>",
    "<p:a xmlns:p=\"urn:1\"><p:b xmlns:p=\"urn:2\" p:c=\"1\" xmlns:q=\"urn:1\" q:c=\"2\"><p:a/></p:b></p:a>",
    "<имя ключ=\"да\"><é/>\u{1F3E0}</имя>",
];

/// What is put in: markup in pieces, and characters that readers are known to differ on.
const PIECES: [&str; 38] = [
    "<",
    ">",
    "&",
    ";",
    "\"",
    "'",
    "/",
    "=",
    " ",
    "\n",
    "\r",
    "\t",
    ":",
    "!",
    "?",
    "-",
    "--",
    "]",
    "]]>",
    "[",
    "#",
    "x",
    "xmlns",
    "xmlns:a=\"urn:z\" ",
    "<b>",
    "</b>",
    "<b/>",
    "<!--",
    "-->",
    "<![CDATA[",
    "<?",
    "?>",
    "&#0;",
    "\u{0}",
    "\u{FFFE}",
    "\u{D7}",
    "é",
    "&lt;",
];

#[derive(Debug, Clone)]
struct Edit {
    at: prop::sample::Index,
    removed: usize,
    piece: &'static str,
}

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let piece = prop_oneof![Just(""), prop::sample::select(PIECES.as_slice())];
    let edit = (any::<prop::sample::Index>(), 0..3usize, piece);
    prop::collection::vec(edit.prop_map(|(at, removed, piece)| Edit { at, removed, piece }), 0..4)
}

fn edited(document: &str, edits: &[Edit]) -> String {
    let mut characters: Vec<char> = document.chars().collect();
    for edit in edits {
        let at = edit.at.index(characters.len() + 1);
        let until = (at + edit.removed).min(characters.len());
        characters.splice(at..until, edit.piece.chars());
    }
    characters.into_iter().collect()
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 20_000,
        failure_persistence: None,
        rng_seed: proptest::test_runner::RngSeed::Fixed(0x000C_1401),
        ..ProptestConfig::default()
    })]

    #[test]
    fn what_is_canonicalised_is_read_alike(original in prop::sample::select(DOCUMENTS.as_slice()), edits in edits()) {
        let document = edited(original, &edits);
        for method in [Method::Exclusive, Method::Inclusive] {
            let octets = c14n::collect(|sink| c14n::document(document.as_bytes(), method, &Limits::default(), sink));
            // About a third of the edited documents is still well-formed.
            let Ok(octets) = octets else { continue };
            let read = meaning(document.as_bytes());
            prop_assert!(read.is_ok(), "the reader refuses {document:?}: {read:?}");
            prop_assert_eq!(read, meaning(&octets), "{:?}", document);
            let again = c14n::collect(|sink| c14n::document(&octets, method, &Limits::default(), sink)).unwrap();
            prop_assert_eq!(again, octets, "canonical octets are their own canonical form");
        }
    }
}
