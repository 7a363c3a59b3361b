//! Nothing panics, whatever comes; and what one layer accepts, the next accepts too.

#![expect(clippy::unwrap_used, reason = "helpers of tests may fail as loudly as the tests themselves")]

mod contract;

use std::borrow::Cow;

use contract::{NAMESPACES, Request, request, strict, write};
use gis_gkh_xml::check::{Pattern, translate};
use gis_gkh_xml::events::{Event, Events};
use gis_gkh_xml::value::List;
use gis_gkh_xml::{
    Base64, Date, DateTime, Decimal, Element, Guid, Limits, Mode, Reader, Token, Value, Year, YearMonth,
};
use proptest::prelude::*;

/// Reads to the end or the first error; every place must be one of the document.
fn walk(document: &[u8]) -> bool {
    let limits = Limits { depth: 8, attributes: 4, namespaces: 4, text: 64, total: 4096 };
    let Ok(mut events) = Events::new(document, limits) else { return false };
    loop {
        match events.next() {
            Ok(Event::Eof) => return true,
            Ok(Event::Start(tag)) => {
                assert_eq!(events.document().get(tag.span.clone()).map(|tag| tag.starts_with('<')), Some(true));
                assert!(tag.attributes().all(|attribute| attribute.value().is_ok()));
                assert!(events.namespace(tag.prefix).is_some());
            }
            Ok(_) => assert!(events.document().get(events.offset()..events.next_offset()).is_some()),
            Err(error) => {
                assert!(error.offset() <= document.len());
                error.line_column(document);
                return false;
            }
        }
    }
}

fn read(document: &[u8], mode: Mode) {
    let Ok(mut reader) = Reader::new(document, NAMESPACES, mode, Limits::MESSAGE) else { return };
    if let Ok(read) = Request::read_element(&mut reader)
        && read.signature.is_none()
        && reader.drift_count() == 0
        && reader.finish().is_ok()
    {
        assert_eq!(strict(&write(&read)).unwrap(), read);
    }
}

/// Pieces of which broken XML is made more often than by chance.
fn markup() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "<",
        ">",
        "/",
        "</",
        "/>",
        "<a",
        "<a>",
        "</a>",
        "<b:a",
        "a",
        ":",
        "=",
        "'",
        "\"",
        " ",
        "\r\n",
        "&",
        ";",
        "&amp;",
        "&#x",
        "&#9;",
        "<!",
        "<!--",
        "--",
        "-->",
        "<![CDATA[",
        "]]>",
        "<?",
        "?>",
        "<?xml version='1.0'?>",
        "<!DOCTYPE",
        "[",
        "]",
        "xmlns",
        "xmlns:b='u'",
        " b='c'",
        "ж",
        "\u{feff}",
        "\u{fffe}",
        "\0",
        "%",
        "x",
    ]);
    prop::collection::vec(pieces, 0..24).prop_map(|pieces| pieces.concat())
}

fn every_value(text: &str) {
    fn one<T: Value>(text: &str) {
        if let Some(value) = T::parse(Cow::Borrowed(text)) {
            let mut out = String::new();
            value.write(&mut out);
            let lexical = value.lexical().into_owned();
            let again = T::parse(Cow::Owned(lexical.clone())).unwrap();
            assert_eq!(again.lexical(), lexical);
            let _ = (
                value.digits(),
                value.order("1"),
                value.order(text),
                value.length(),
                value.is_listed(),
                value.is_writable(),
            );
        }
    }
    one::<Decimal>(text);
    one::<i8>(text);
    one::<i64>(text);
    one::<u64>(text);
    one::<f64>(text);
    one::<bool>(text);
    one::<Date>(text);
    one::<DateTime>(text);
    one::<YearMonth>(text);
    one::<Year>(text);
    one::<Guid>(text);
    one::<Base64>(text);
    one::<Token>(text);
    one::<String>(text);
    one::<List<Decimal>>(text);
    if let Ok(decimal) = text.parse::<Decimal>()
        && let Some(kopecks) = decimal.to_kopecks()
    {
        assert_eq!(Decimal::from_kopecks(kopecks), decimal);
    }
    if let Some(moment) = DateTime::parse(Cow::Borrowed(text)) {
        let moment = moment.with_zone(time::UtcOffset::UTC);
        assert!((1..=9999).contains(&moment.to_offset(time::UtcOffset::UTC).year()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

    #[test]
    fn bytes(document in prop::collection::vec(any::<u8>(), 0..200)) {
        walk(&document);
        read(&document, Mode::Strict);
        read(&document, Mode::Tolerant);
    }

    #[test]
    fn broken_markup(document in markup(), wrapped in any::<bool>()) {
        let document = if wrapped { format!("<a>{document}</a>") } else { document };
        walk(document.as_bytes());
        read(document.as_bytes(), Mode::Tolerant);
    }

    #[test]
    fn damaged_requests(at in 0usize..400, with in prop_oneof![markup(), Just(String::new())], gone in 0usize..40) {
        let whole = write(&request());
        let at = at.min(whole.len());
        let document = format!("{}{with}{}", &whole[..at], &whole[(at + gone).min(whole.len())..]);
        walk(document.as_bytes());
        read(document.as_bytes(), Mode::Strict);
        read(document.as_bytes(), Mode::Tolerant);
        prop_assert!(at < whole.len() || !with.is_empty() || strict(&document).is_ok());
    }

    #[test]
    fn values(text in prop_oneof!["[-+0-9.eZT:]{0,30}", "[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9:.]{8,12}([+-][0-9:]{5}|Z)?)?", ".{0,20}", "[0-9a-fA-F-]{36}"]) {
        every_value(&text);
    }

    #[test]
    fn patterns(source in "[-\\\\\\[\\](){}|?*+.^$&~,0-9a-zжp{}]{0,16}", text in "[a-z0-9ж]{0,8}") {
        // Translated or not, compiled or not: a pattern answers.
        let _ = translate(&source);
        let _ = Pattern::new(source.leak()).matches(&text);
    }
}
