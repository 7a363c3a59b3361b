//! The typed reader: strict refuses what the contract does not have and says what it wanted; tolerant skips and tells.

#![expect(clippy::unwrap_used, reason = "helpers of tests may fail as loudly as the tests themselves")]

mod contract;

use contract::{Choice, GUID, NAMESPACES, request, strict, tolerant, write};
use gis_gkh_xml::{DriftKind, Element, ErrorKind, Limits, Mode, Reader};

/// A request with this content, namespaces declared once.
fn with(content: &str) -> String {
    format!("<b:request xmlns:b='urn:bills' xmlns:a='urn:base' a:version='1.0'>{content}</b:request>")
}

fn lines() -> String {
    format!("<b:Line><a:Guid>{GUID}</a:Guid></b:Line>").repeat(2)
}

fn refusal(document: &str) -> (String, ErrorKind) {
    let error = strict(document).unwrap_err();
    (error.path().to_owned(), error.kind().clone())
}

fn unexpected(found: &str, expected: &str) -> ErrorKind {
    ErrorKind::Unexpected { found: found.into(), expected: expected.into() }
}

#[test]
fn any_prefixes_and_places_of_declarations_are_read_alike() {
    let expected = request();
    for document in [
        write(&expected),
        format!(
            "<?xml version='1.0'?><request xmlns='urn:bills' xmlns:v='urn:base' v:version=\"1.0\" Id='i'><Number>7</Number><Line>\
             <v:Guid>{GUID}</v:Guid><Sum>6.080</Sum></Line><Line><Guid xmlns='urn:base'>{GUID}</Guid></Line><v:Done>true</v:Done></request>"
        ),
        // The same prefix for another namespace inside: scopes count, not spellings.
        format!(
            "<x:request xmlns:x='urn:bills' xmlns:y='urn:base' y:version='1.0' Id='i'>\n <x:Number> 7\n</x:Number><!-- c --><x:Line>\
             <x:Guid xmlns:x='urn:base'>{GUID}</x:Guid><x:Sum>6.080</x:Sum></x:Line><?p i?><x:Line><x:Guid xmlns:x='urn:base'>{GUID}</x:Guid>\
             </x:Line>\r\n<y:Done>1</y:Done></x:request>\n<!-- end -->"
        ),
    ] {
        assert_eq!(strict(&document).unwrap(), expected, "{document}");
        assert_eq!(tolerant(&document).unwrap(), (expected.clone(), vec![]), "{document}");
    }
}

#[test]
fn strict_names_the_place_and_what_was_expected() {
    let line = format!("<b:Line><a:Guid>{GUID}</a:Guid></b:Line>");
    let cases = [
        // Unknown, missing, repeated, in the wrong order, in the wrong namespace.
        (with(&format!("<b:New/>{}", lines())), "request", unexpected("New", "Line")),
        (with(&format!("{}<b:New/>", lines())), "request", unexpected("New", "the end of the element")),
        (with(&format!("{line}<b:New/>{line}")), "request", unexpected("New", "Line")),
        (with(""), "request", ErrorKind::Missing { missing: "Line".into() }),
        (with(&line), "request", ErrorKind::Missing { missing: "Line".into() }),
        (with(&line.repeat(4)), "request", ErrorKind::TooMany { name: "Line", max: 3 }),
        (
            with(&format!("{}<b:Number>1</b:Number>", lines())),
            "request",
            unexpected("Number", "the end of the element"),
        ),
        (with(&format!("<b:Number>1</b:Number><b:Text>x</b:Text>{}", lines())), "request", unexpected("Text", "Line")),
        (with(&format!("<b:Line/>{line}")), "request/Line", ErrorKind::Missing { missing: "Guid".into() }),
        (
            with(&format!("<b:Line><b:Guid>{GUID}</b:Guid></b:Line>{line}")),
            "request/Line",
            unexpected("{urn:bills}Guid", "Guid of urn:base"),
        ),
        (
            with(&format!("<b:Line><c:Guid xmlns:c='urn:other'>{GUID}</c:Guid></b:Line>{line}")),
            "request/Line",
            unexpected("{urn:other}Guid", "Guid of urn:base"),
        ),
        (with(&format!("<a:Line/>{line}")), "request", unexpected("{urn:base}Line", "Line of urn:bills")),
        // Values.
        (with("<b:Number>x</b:Number>"), "request/Number", ErrorKind::Value { expected: "xs:int" }),
        (with("<b:Number/>"), "request/Number", ErrorKind::Value { expected: "xs:int" }),
        (with("<b:Number>1<b:x/></b:Number>"), "request/Number", unexpected("x", "text")),
        (with("<b:Number b:x=''>1</b:Number>"), "request/Number", ErrorKind::UnexpectedAttribute("x".into())),
        (
            with(&format!("{}<a:Done>false</a:Done>", lines())),
            "request/Done",
            ErrorKind::Fixed { expected: "true".into() },
        ),
        // Text between elements, however it is written.
        (with(&format!("x{}", lines())), "request", ErrorKind::StrayText),
        (with(&format!("{line}x{line}")), "request", ErrorKind::StrayText),
        (with(&format!("{}&#32;", lines())), "request", ErrorKind::StrayText),
        (with(&format!("{}<![CDATA[]]>", lines())), "request", ErrorKind::StrayText),
        (with(&format!("{}\u{a0}", lines())), "request", ErrorKind::StrayText),
    ];
    for (document, path, kind) in cases {
        assert_eq!(refusal(&document), (path.to_owned(), kind), "{document}");
    }
}

#[test]
fn strict_holds_attributes_and_the_document_element_to_the_contract() {
    let head = |attributes: &str| {
        format!("<b:request xmlns:b='urn:bills' xmlns:a='urn:base' {attributes}>{}</b:request>", lines())
    };
    assert!(strict(&head("a:version='1.0'")).is_ok());
    assert!(
        strict(&head(
            "a:version='1.0' xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xsi:schemaLocation='urn:bills x.xsd'"
        ))
        .is_ok()
    );
    for (attributes, kind) in [
        ("", ErrorKind::Missing { missing: "@version".into() }),
        ("version='1.0'", ErrorKind::UnexpectedAttribute("version".into())),
        ("b:version='1.0'", ErrorKind::UnexpectedAttribute("version".into())),
        ("a:version='2.0'", ErrorKind::Fixed { expected: "1.0".into() }),
        ("a:version='1.0' a:Id='i'", ErrorKind::UnexpectedAttribute("Id".into())),
        ("a:version='1.0' xmlns:o='urn:other' o:Id='i'", ErrorKind::UnexpectedAttribute("Id".into())),
    ] {
        assert_eq!(refusal(&head(attributes)), ("request".to_owned(), kind), "{attributes}");
    }
    assert_eq!(refusal("<request/>"), (String::new(), unexpected("{}request", "request of urn:bills")));
    assert_eq!(refusal("<b:other xmlns:b='urn:bills'/>"), (String::new(), unexpected("other", "request")));
    let (_, kind) = refusal(&format!("{}<b/>", with(&lines())));
    assert_eq!(kind, ErrorKind::Syntax("a second document element".into()));
    // A document that breaks off names where.
    let whole = with(&lines());
    let error = strict(&whole[..whole.len() - 30]).unwrap_err();
    assert_eq!(error.path(), "request/Line/Guid");
    assert!(matches!(error.kind(), ErrorKind::Syntax(_)), "{error}");
}

#[test]
fn errors_say_it_in_one_line() {
    let document = with(&format!("<b:Line><b:Guid>{GUID}</b:Guid></b:Line>"));
    let error = strict(&document).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "in request/Line: unexpected element `{{urn:bills}}Guid`; expected Guid of urn:base (byte {})",
            document.find("<b:Guid").unwrap()
        )
    );
    // A value is never repeated: it may be personal data.
    let secret = strict(&with("<b:Number>Иванов</b:Number>")).unwrap_err();
    assert!(!secret.to_string().contains("Иванов"), "{secret}");
}

#[test]
fn tolerant_skips_the_unknown_anywhere_and_tells() {
    let new = "<n:New xmlns:n='urn:new' n:x='1'>text<n:Deep><b:Line/></n:Deep>&amp;<![CDATA[x]]></n:New>";
    let document = format!(
        "<b:request xmlns:b='urn:bills' xmlns:a='urn:base' a:version='1.0' Id='i' new='1' a:new='2'>{new}<b:Number>7{new}</b:Number><b:Soon/>\
         <b:Line>{new}<a:Guid>{GUID}</a:Guid>{new}<b:Sum>6.080</b:Sum>{new}</b:Line><a:Line/><b:Line><a:Guid x='1'>{GUID}</a:Guid></b:Line>\
         <a:Done>true</a:Done>{new}</b:request>"
    );
    let (read, drifts) = tolerant(&document).unwrap();
    assert_eq!(read, request());
    assert_eq!(
        drifts,
        [
            "request/new",
            "request/new",
            "request/New",
            "request/Number/New",
            "request/Soon",
            "request/Line/New",
            "request/Line/New",
            "request/Line/New",
            "request/Line",
            "request/Line/Guid/x",
            "request/New",
        ]
    );
    assert!(strict(&document).is_err());
}

#[test]
fn tolerant_keeps_kinds_and_places_and_counts_beyond_what_it_keeps() {
    let document = format!(
        "<b:request xmlns:b='urn:bills' xmlns:a='urn:base' a:version='9.9'>{}<a:Done>no</a:Done>{}</b:request>",
        lines(),
        "<b:New/>".repeat(150)
    );
    let mut reader = Reader::new(document.as_bytes(), NAMESPACES, Mode::Tolerant, Limits::MESSAGE).unwrap();
    let read = contract::Request::read_element(&mut reader).unwrap();
    assert!(!read.done, "another value than the fixed one is not the fixed one");
    assert_eq!(reader.drift_count(), 152);
    assert_eq!(reader.drifts().len(), 100);
    let first: Vec<_> = reader.drifts().iter().take(3).map(|drift| (drift.path.as_str(), drift.kind)).collect();
    assert_eq!(
        first,
        [("request", DriftKind::Value), ("request/Done", DriftKind::Value), ("request/New", DriftKind::Element)]
    );
    assert_eq!(reader.drifts()[2].offset, document.find("<b:New/>").unwrap());
}

#[test]
fn tolerant_takes_a_list_with_too_few_and_tells() {
    let line = format!("<b:Line><a:Guid>{GUID}</a:Guid></b:Line>");
    for (content, lines) in [(String::new(), 0), (line, 1)] {
        let (read, drifts) = tolerant(&with(&content)).unwrap();
        assert_eq!((read.lines.len(), drifts), (lines, vec!["request/Line".to_owned()]));
        assert!(strict(&with(&content)).is_err(), "{content}");
    }
    let none = with("");
    let mut reader = Reader::new(none.as_bytes(), NAMESPACES, Mode::Tolerant, Limits::MESSAGE).unwrap();
    contract::Request::read_element(&mut reader).unwrap();
    assert_eq!(reader.drifts()[0].kind, DriftKind::Missing);
}

#[test]
fn tolerant_still_wants_what_is_required_and_well_formed() {
    let line = format!("<b:Line><a:Guid>{GUID}</a:Guid></b:Line>");
    for content in [
        line.repeat(4),
        format!("{}x", line.repeat(2)),
        format!("{}<b:Number>1</b:Number>", line.repeat(2)),
        format!("<b:Number>x</b:Number>{}", line.repeat(2)),
        format!("<n:New xmlns:n='urn:n'><m:x/></n:New>{}", line.repeat(2)),
        format!("<b:New>&nope;</b:New>{}", line.repeat(2)),
        format!("<b:New><x></b:New>{}", line.repeat(2)),
    ] {
        assert!(tolerant(&with(&content)).is_err(), "{content}");
    }
}

fn text_of(content: &str) -> Option<Choice> {
    strict(&with(&format!("<b:Text>{content}</b:Text>{}", lines()))).unwrap().choice
}

#[test]
fn text_is_put_together_from_its_pieces() {
    for (content, text) in [
        ("", ""),
        ("  ", "  "),
        ("a<!-- c -->b<?p i?>c", "abc"),
        ("a&amp;&lt;b&#1078;&#x10FFFF;", "a&<bж\u{10ffff}"),
        ("<![CDATA[<a>]]>&gt;<![CDATA[&amp;]]>", "<a>>&amp;"),
        ("a\r\nb\rc\nd", "a\nb\nc\nd"),
        ("a\r<!-- -->\nb", "a\n\nb"),
        ("<![CDATA[a\r\n]]>b", "a\nb"),
        ("a&#13;&#10;b", "a\r\nb"),
        (" ё ", " ё "),
    ] {
        assert_eq!(text_of(content), Some(Choice::Text(text.to_owned())), "{content:?}");
    }
}

#[test]
fn the_text_of_one_element_is_bounded_however_it_is_cut() {
    let limits = Limits { text: 10, ..Limits::MESSAGE };
    for (content, fits) in [
        ("1234567890", true),
        ("12345678901", false),
        ("12345<!-- -->67890", true),
        ("12345<!-- -->678901", false),
        ("12345<![CDATA[678901]]>", false),
        ("&lt;&lt;&lt;&lt;&lt;&lt;&lt;&lt;&lt;&lt;", true),
        ("&lt;&lt;&lt;&lt;&lt;&lt;&lt;&lt;&lt;&lt;&lt;", false),
    ] {
        let document = format!("<b:Text xmlns:b='urn:bills'>{content}</b:Text>");
        let mut reader = Reader::new(document.as_bytes(), NAMESPACES, Mode::Strict, limits).unwrap();
        let text = reader.req(gis_gkh_xml::Name::new(gis_gkh_xml::Ns(0), "Text"), |r| r.text().map(|text| text.len()));
        match text {
            Ok(length) => assert!(fits && length == 10, "{content}"),
            Err(error) => {
                assert_eq!(error.kind(), &ErrorKind::Limit { what: "bytes of text", limit: 10 });
                assert!(!fits, "{content}");
            }
        }
    }
}

#[test]
fn a_signature_is_kept_byte_for_byte() {
    let raw = "<b:Signature  x='1' ><c a = \"&lt;\"/>\r\n<![CDATA[x]]><!-- c --></b:Signature >";
    let read = strict(&with(&format!("{}{raw}", lines()))).unwrap();
    assert_eq!(read.signature.as_ref().unwrap().as_str(), raw);
    assert!(write(&read).contains(raw));
    // What is kept must be well-formed all the same.
    assert!(strict(&with(&format!("{}<b:Signature><n:x/></b:Signature>", lines()))).is_err());
    let empty = strict(&with(&format!("{}<b:Signature/>", lines()))).unwrap();
    assert_eq!(empty.signature.unwrap().as_str(), "<b:Signature/>");
}

#[test]
fn the_type_an_element_names_is_resolved_by_namespace() {
    const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";
    let read = |attributes: &str| {
        let document = format!("<b:x xmlns:b='urn:bills' xmlns:q='urn:base' xmlns:i='{XSI}' {attributes}/>");
        let mut reader = Reader::new(document.as_bytes(), NAMESPACES, Mode::Strict, Limits::MESSAGE).unwrap();
        reader
            .req(gis_gkh_xml::Name::new(gis_gkh_xml::Ns(0), "x"), |r| r.xsi_type())
            .map_err(|error| error.kind().clone())
    };
    assert_eq!(read("i:type='q:T'"), Ok((Some(gis_gkh_xml::Ns(1)), "T".into())));
    assert_eq!(read("i:type=' b:T\n'"), Ok((Some(gis_gkh_xml::Ns(0)), "T".into())));
    assert_eq!(read("i:type='T' xmlns='urn:base'"), Ok((Some(gis_gkh_xml::Ns(1)), "T".into())));
    assert_eq!(read("i:type='T'"), Ok((None, "T".into())));
    assert_eq!(read("i:type='n:T' xmlns:n='urn:new'"), Ok((None, "T".into())));
    assert_eq!(read("i:type='z:T'"), Err(ErrorKind::UnknownPrefix("z".into())));
    assert_eq!(read("type='q:T'"), Err(ErrorKind::Missing { missing: "xsi:type".into() }));
    assert_eq!(read(""), Err(ErrorKind::Missing { missing: "xsi:type".into() }));
}
