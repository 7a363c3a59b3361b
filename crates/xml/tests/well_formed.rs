//! What is well-formed, and what is refused and how, beside libxml2's opinion.

#![expect(clippy::unwrap_used, reason = "helpers of tests may fail as loudly as the tests themselves")]

mod libxml2;

use gis_gkh_xml::events::{Event, Events};
use gis_gkh_xml::{Error, ErrorKind, Limits};

/// Reads to the end; how many events there were.
fn events(document: &[u8]) -> Result<usize, Error> {
    let mut events = Events::new(document, Limits::MESSAGE)?;
    let mut count = 0;
    while events.next()? != Event::Eof {
        count += 1;
    }
    Ok(count)
}

/// Documents both take.
const GOOD: &[&str] = &[
    "<a/>",
    "<a />",
    "<a></a>",
    "<a></a >",
    "<a\n/>",
    "\u{feff}<a/>",
    "\u{feff}<?xml version=\"1.0\"?><a/>",
    "<?xml version=\"1.0\"?><a/>",
    "<?xml version='1.0' encoding='UTF-8'?><a/>",
    "<?xml version='1.0' encoding='utf-8' standalone='yes'?><a/>",
    "<?xml version=\"1.0\" standalone='no' ?>\n<a/>",
    "<?xml version = '1.0' encoding = \"utf-8\"?><a/>",
    "<!-- before --><?p i?><a/><!-- behind --><?p?>\n",
    "<a b='1' c=\"2\"/>",
    "<a b = '1'\n\tc\r\n=\r\n'2' />",
    "<a b='\"' c=\"'\" d='>' e=']]>'/>",
    "<a b='&lt;&amp;&gt;&quot;&apos;&#9;&#x41;&#x10FFFF;'/>",
    "<a>&lt;&amp;&gt;&quot;&apos;&#9;&#x41;&#1114111;&#xd;</a>",
    "<a>]] ]> >]</a>",
    "<a>]]&gt;</a>",
    "<a><![CDATA[<&]]]]><![CDATA[>]]></a>",
    "<a><![CDATA[]]></a>",
    "<a><!-- - -> --></a>",
    "<a><!----></a>",
    "<a><?target?><?target some & < data?></a>",
    "<a>\r\n\t \r</a>",
    "<a xmlns=''/>",
    "<a xmlns='urn:a'><b xmlns=''/></a>",
    "<p:a xmlns:p='urn:p' p:b='1' b='2'/>",
    "<a xmlns:p='urn:p' xmlns:q='urn:q' p:b='1' q:b='2'/>",
    "<a xmlns='urn:p' xmlns:p='urn:p' p:b='1' b='2'/>",
    "<a xml:lang='ru' xml:space='preserve'/>",
    "<a xmlns:xml='http://www.w3.org/XML/1998/namespace'/>",
    "<a xmlns:p='urn:1'><p:b xmlns:p='urn:2'/><p:b/></a>",
    "<счёт номер='1'>Иванов</счёт>",
    "<_a-b.c1/>",
    "<a·b/>",
    "<a>\u{fffd}\u{10000}\u{d7ff}\u{e000}</a>",
    "<a>\u{7f}\u{85}\u{2028}</a>",
    "<?xml-stylesheet href='x'?><a/>",
];

/// Documents both refuse.
const BAD: &[&str] = &[
    "",
    " ",
    "text",
    "<!-- only -->",
    "<?xml version='1.0'?>",
    "<a>",
    "<a><b></a>",
    "<a></b>",
    "<a></A>",
    "</a>",
    "<a/></a>",
    "<a",
    "<a b='1'",
    "<a b='1",
    "<",
    "<>",
    "< a/>",
    "<1a/>",
    "<-a/>",
    "<a</a>",
    "<a/ >",
    "<a / b='1'>",
    "<a×b/>",
    "<×/>",
    "<a/><b/>",
    "<a/>text",
    "text<a/>",
    "<a/>&amp;",
    "&amp;<a/>",
    "<a/><![CDATA[x]]>",
    "<![CDATA[x]]><a/>",
    "<a/>\u{feff}",
    "\u{feff}\u{feff}<a/>",
    "<?xml version='1.0'?>\u{feff}<a/>",
    " <?xml version='1.0'?><a/>",
    "<a/><?xml version='1.0'?>",
    "<a><?xml version='1.0'?></a>",
    "<a><?XML x?></a>",
    "<?xml?><a/>",
    "<?xml ?><a/>",
    "<?xml version='2.0'?><a/>",
    "<?xml version='1'?><a/>",
    "<?xml version=1.0?><a/>",
    "<?xml encoding='utf-8'?><a/>",
    "<?xml encoding='utf-8' version='1.0'?><a/>",
    "<?xml version='1.0' standalone='maybe'?><a/>",
    "<?xml version='1.0' standalone='yes' encoding='utf-8'?><a/>",
    "<?xml version='1.0' foo='bar'?><a/>",
    "<?xml version='1.0'encoding='utf-8'?><a/>",
    "<?xml version='1.0' encoding=''?><a/>",
    "<?xml version='1.0'><a/>",
    "<a b/>",
    "<a b=/>",
    "<a b=1/>",
    "<a b='1'c='2'/>",
    "<a b='1' b='2'/>",
    "<a b='<'/>",
    "<a b='&'/>",
    "<a b='&amp'/>",
    "<a b='&nbsp;'/>",
    "<a b='1\"/>",
    "<a 1='1'/>",
    "<a =''/>",
    "<a>&</a>",
    "<a>& </a>",
    "<a>&amp</a>",
    "<a>&;</a>",
    "<a>&nbsp;</a>",
    "<a>&#;</a>",
    "<a>&#x;</a>",
    "<a>&#X41;</a>",
    "<a>&#0;</a>",
    "<a>&#1;</a>",
    "<a>&#xB;</a>",
    "<a>&#x1F;</a>",
    "<a>&#xD800;</a>",
    "<a>&#xDFFF;</a>",
    "<a>&#xFFFE;</a>",
    "<a>&#xFFFF;</a>",
    "<a>&#x110000;</a>",
    "<a>&#4294967361;</a>",
    "<a>&#-65;</a>",
    "<a>&#6 5;</a>",
    "<a b='&#8;'/>",
    "<a>]]></a>",
    "<a>x]]>y</a>",
    "<a>\u{0}</a>",
    "<a>\u{1}</a>",
    "<a>\u{b}</a>",
    "<a>\u{1f}</a>",
    "<a>\u{fffe}</a>",
    "<a>\u{ffff}</a>",
    "<a b='\u{8}'/>",
    "<a><!-- -- --></a>",
    "<a><!-- x ---></a>",
    "<a><!--></a>",
    "<a><!---></a>",
    "<a><!-- </a>",
    "<a><! x></a>",
    "<a><![cdata[x]]></a>",
    "<a><![CDATA[x</a>",
    "<a><![CDATA[x]]</a>",
    "<a><?target</a>",
    "<a><? target?></a>",
    "<a><??></a>",
    "<a><?1?></a>",
    "<a><?p:q r?></a>",
    "<p:a/>",
    "<a p:b='1'/>",
    "<a><p:b xmlns:p='urn:p'/><p:b/></a>",
    "<p:a xmlns:p=''/>",
    "<a xmlns:p='urn:p'><b xmlns:p=''/></a>",
    "<xmlns:a/>",
    "<a xmlns:xmlns='urn:p'/>",
    "<a xmlns:xml='urn:p'/>",
    "<a xmlns:p='http://www.w3.org/XML/1998/namespace'/>",
    "<a xmlns='http://www.w3.org/XML/1998/namespace'/>",
    "<a xmlns:p='http://www.w3.org/2000/xmlns/'/>",
    "<a xmlns='http://www.w3.org/2000/xmlns/'/>",
    "<a xmlns:p='urn:p' xmlns:q='urn:p' p:b='1' q:b='2'/>",
    "<a xmlns:p='urn:p'><b xmlns:q='urn:p' p:b='1' q:b='2'/></a>",
    "<a xmlns:p='u' xmlns:p='v'/>",
    "<a xmlns='u' xmlns='v'/>",
    "<a:b:c xmlns:a='urn:a'/>",
    "<:a/>",
    "<a:/>",
    "<a :b='1'/>",
    "<a xmlns:='urn:a'/>",
];

#[test]
fn agrees_with_libxml2() {
    for document in GOOD {
        assert!(events(document.as_bytes()).is_ok(), "{document:?}: {}", events(document.as_bytes()).unwrap_err());
    }
    for document in BAD {
        assert!(events(document.as_bytes()).is_err(), "{document:?} was taken");
    }
    if !libxml2::available() {
        return;
    }
    for document in GOOD {
        assert!(libxml2::well_formed(document.as_bytes()), "libxml2 refuses {document:?}");
    }
    for document in BAD {
        assert!(!libxml2::well_formed(document.as_bytes()), "libxml2 takes {document:?}");
    }
}

fn kind(document: &[u8]) -> ErrorKind {
    events(document).unwrap_err().kind().clone()
}

#[test]
fn other_encodings_are_refused_by_name() {
    let utf16 = |text: &str, mark: bool, big: bool| -> Vec<u8> {
        let units = mark.then_some(0xFEFF).into_iter().chain(text.encode_utf16());
        units.flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
    };
    for mark in [true, false] {
        for big in [true, false] {
            let document = utf16("<?xml version='1.0' encoding='UTF-16'?><a/>", mark, big);
            assert_eq!(kind(&document), ErrorKind::Encoding("UTF-16".into()), "mark {mark}, big {big}");
        }
    }
    let utf32: Vec<u8> = "<a/>".chars().flat_map(|c| u32::from(c).to_le_bytes()).collect();
    assert_eq!(kind(&utf32), ErrorKind::Encoding("UTF-32".into()));
    let declared = b"<?xml version='1.0' encoding='windows-1251'?><a/>";
    assert_eq!(kind(declared), ErrorKind::Encoding("windows-1251".into()));
    assert_eq!(events(declared).unwrap_err().to_string(), "encoding windows-1251; save the document as UTF-8 (byte 0)");
    // Bytes of windows-1251 under a declaration of UTF-8.
    let bytes = b"<?xml version='1.0' encoding='UTF-8'?><a>\xC8\xE2\xE0\xED</a>";
    assert_eq!(kind(bytes), ErrorKind::NotUtf8 { valid_up_to: 41 });
    // Overlong and surrogate forms are no UTF-8 either.
    assert!(matches!(kind(b"<a>\xC0\xBC</a>"), ErrorKind::NotUtf8 { .. }));
    assert!(matches!(kind(b"<a>\xED\xA0\x80</a>"), ErrorKind::NotUtf8 { .. }));
}

#[test]
fn a_document_type_is_refused_whatever_it_says() {
    let lol: String = (1..10).map(|n| format!("<!ENTITY l{n} \"{}\">", format!("&l{};", n - 1).repeat(10))).collect();
    for document in [
        "<!DOCTYPE a><a/>".to_owned(),
        "<!doctype a><a/>".to_owned(),
        "<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>".to_owned(),
        "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>".to_owned(),
        format!("<?xml version='1.0'?><!DOCTYPE lolz [<!ENTITY l0 \"lol\">{lol}]><lolz>&l9;</lolz>"),
    ] {
        assert_eq!(kind(document.as_bytes()), ErrorKind::Doctype, "{document:.60}");
    }
    assert!(events(b"<a><!DOCTYPE a></a>").is_err());
    assert!(events(b"<a/><!DOCTYPE a>").is_err());
    assert!(events(b"<!DOCTYPE a [").is_err());
}

fn limit(what: &'static str, limit: usize) -> ErrorKind {
    ErrorKind::Limit { what, limit }
}

#[test]
fn bombs_stop_at_their_limit() {
    let limits = Limits::MESSAGE;
    let nested = "<a>".repeat(10_000);
    let error = events(nested.as_bytes()).unwrap_err();
    assert_eq!(error.kind(), &limit("nested elements", limits.depth));
    // Nothing behind the limit was looked at: the error stands at the first element too many.
    assert_eq!(error.offset(), limits.depth * 3);

    let attributes: String = (0..1_000_000).map(|n| format!(" a{n}='1'")).collect();
    assert_eq!(kind(format!("<a{attributes}/>").as_bytes()), limit("attributes of one element", limits.attributes));

    let declared: String = (0..100_000).map(|n| format!(" xmlns:p{n}='urn:{n}'")).collect();
    assert_eq!(kind(format!("<a{declared}/>").as_bytes()), limit("attributes of one element", limits.attributes));
    let spread: String =
        (0..100_000).map(|n| format!("<a xmlns:p{n}='urn:{n}' xmlns:q{n}='urn:{n}' xmlns:r{n}='u'>")).collect();
    assert_eq!(kind(spread.as_bytes()), limit("namespace declarations in scope", limits.namespaces));
    // The scope ends with its element: any number may follow one another.
    let in_turn = "<b xmlns:p='urn:p' xmlns:q='urn:q'/>".repeat(1000);
    assert!(events(format!("<a>{in_turn}</a>").as_bytes()).is_ok());

    let text = "x".repeat(limits.text + 1);
    let error = events(format!("<a>{text}</a>").as_bytes()).unwrap_err();
    assert_eq!(error.kind(), &limit("bytes of text", limits.text));
    assert_eq!(kind(format!("<a><![CDATA[{text}]]></a>").as_bytes()), limit("bytes of text", limits.text));
    assert!(events(format!("<a>{}</a>", &text[1..]).as_bytes()).is_ok());

    let small = Limits { total: 10, ..limits };
    assert_eq!(Events::new(b"<a>1234</a>", small).unwrap_err().kind(), &limit("bytes", 10));
    assert!(Events::new(b"<a>123</a>", small).is_ok());
}

#[test]
fn limits_allow_exactly_what_they_say() {
    let limits = Limits { depth: 3, attributes: 2, namespaces: 2, ..Limits::MESSAGE };
    let ends = |document: &str| {
        let mut events = Events::new(document.as_bytes(), limits).unwrap();
        loop {
            match events.next() {
                Ok(Event::Eof) => return None,
                Ok(_) => {}
                Err(error) => return Some(error.kind().clone()),
            }
        }
    };
    assert_eq!(ends("<a><a><a/></a></a>"), None);
    assert_eq!(ends("<a><a><a><a/></a></a></a>"), Some(limit("nested elements", 3)));
    assert_eq!(ends("<a b='1' c='2'/>"), None);
    assert_eq!(ends("<a b='1' c='2' d='3'/>"), Some(limit("attributes of one element", 2)));
    assert_eq!(ends("<a xmlns:b='1' xmlns:c='2'/>"), None);
    assert_eq!(
        ends("<a xmlns:b='1' xmlns:c='2'><a xmlns:d='3'/></a>"),
        Some(limit("namespace declarations in scope", 2))
    );
}

#[test]
fn events_keep_their_places() {
    let document = "\u{feff}<?xml version='1.0'?>\n<a x='1'>т&amp;<b/><![CDATA[c]]><!--d--><?e f?></a>";
    let mut events = Events::new(document.as_bytes(), Limits::MESSAGE).unwrap();
    let mut seen = Vec::new();
    loop {
        let event = events.next().unwrap();
        let place = &document[events.offset()..events.next_offset()];
        let (name, depth) = match &event {
            Event::Start(tag) => {
                assert_eq!(&document[tag.span.clone()], place);
                (format!("start {}", tag.name(document)), events.depth())
            }
            Event::End(_) => ("end".to_owned(), events.depth()),
            Event::Text(text) => (format!("text {text}"), events.depth()),
            Event::Reference(c) => (format!("reference {c}"), events.depth()),
            Event::CData(text) => (format!("cdata {text}"), events.depth()),
            Event::Comment(text) => (format!("comment {text}"), events.depth()),
            Event::Instruction(target, rest) => (format!("instruction {target} {rest}"), events.depth()),
            Event::Eof => break,
        };
        seen.push((name, depth, place));
    }
    let seen: Vec<_> = seen.iter().map(|(name, depth, place)| (name.as_str(), *depth, *place)).collect();
    assert_eq!(
        seen,
        [
            ("start a", 1, "<a x='1'>"),
            ("text т", 1, "т"),
            ("reference &", 1, "&amp;"),
            ("start b", 2, "<b/>"),
            ("end", 1, ""),
            ("cdata c", 1, "<![CDATA[c]]>"),
            ("comment d", 1, "<!--d-->"),
            ("instruction e f", 1, "<?e f?>"),
            ("end", 0, "</a>"),
        ]
    );
}

#[test]
fn errors_name_line_and_column() {
    let document = "<a>\n  <b>ёж</b>&nope;</a>".as_bytes();
    let error = events(document).unwrap_err();
    assert_eq!(error.line_column(document), (2, 12));
    assert_eq!(error.to_string(), "not well-formed XML: unknown entity `nope` (byte 17)");
    assert_eq!(error.line_column(b""), (1, 1), "a document it did not come from does no harm");
}

#[test]
fn attributes_are_normalised() {
    let mut events = Events::new(b"<a b='1\r\n2\t3\n4\r5&#13;&#10;&#9;6 &lt;'/>", Limits::MESSAGE).unwrap();
    let Event::Start(tag) = events.next().unwrap() else { panic!("no start") };
    assert_eq!(tag.attributes().next().unwrap().value().unwrap(), "1 2 3 4 5\r\n\t6 <");
}
