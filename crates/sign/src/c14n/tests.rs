//! The rules of both methods, each by the smallest document that shows it, with the octets the specifications demand.

use super::*;

fn both(input: &str, method: Method) -> String {
    let octets = collect(|sink| document(input.as_bytes(), method, &Limits::default(), sink)).unwrap();
    String::from_utf8(octets).unwrap()
}

fn inclusive(input: &str) -> String {
    both(input, Method::Inclusive)
}

fn exclusive(input: &str) -> String {
    both(input, Method::Exclusive)
}

fn in_place(input: &str, start: &str, omit: Option<&str>, method: Method) -> String {
    let at = |what: &str| input.find(what).unwrap();
    let octets = collect(|sink| element(input.as_bytes(), at(start), omit.map(at), method, &Limits::default(), sink));
    String::from_utf8(octets.unwrap()).unwrap()
}

fn refused(input: &str) -> String {
    document(input.as_bytes(), Method::Exclusive, &Limits::default(), |_| {}).unwrap_err().to_string()
}

/// Canonical XML 1.0 §3.1 to §3.3, without the parts that need a DTD.
#[test]
fn examples_of_the_specification() {
    let prolog = "<?xml version=\"1.0\"?>\n\n<?xml-stylesheet   href=\"doc.xsl\"\n   type=\"text/xsl\"   ?>\n\n<doc>Hello, world!<!-- Comment 1 --></doc>\n\n<?pi-without-data     ?>\n\n<!-- Comment 2 -->\n\n<!-- Comment 3 -->\n";
    assert_eq!(
        inclusive(prolog),
        "<?xml-stylesheet href=\"doc.xsl\"\n   type=\"text/xsl\"   ?>\n<doc>Hello, world!</doc>\n<?pi-without-data?>"
    );
    let tags = "<doc>\n   <e1   />\n   <e2   ></e2>\n   <e3   name = \"elem3\"   id=\"elem3\"   />\n   <e4   name=\"elem4\"   id=\"elem4\"   ></e4>\n   <e5 a:attr=\"out\" b:attr=\"sorted\" attr2=\"all\" attr=\"I'm\"\n      xmlns:b=\"http://www.ietf.org\"\n      xmlns:a=\"http://www.w3.org\"\n      xmlns=\"http://example.org\"/>\n   <e6 xmlns=\"\" xmlns:a=\"http://www.w3.org\">\n      <e7 xmlns=\"http://www.ietf.org\">\n         <e8 xmlns=\"\" xmlns:a=\"http://www.w3.org\">\n            <e9 xmlns=\"\" xmlns:a=\"http://www.ietf.org\"/>\n         </e8>\n      </e7>\n   </e6>\n</doc>";
    let canonical = "<doc>\n   <e1></e1>\n   <e2></e2>\n   <e3 id=\"elem3\" name=\"elem3\"></e3>\n   <e4 id=\"elem4\" name=\"elem4\"></e4>\n   <e5 xmlns=\"http://example.org\" xmlns:a=\"http://www.w3.org\" xmlns:b=\"http://www.ietf.org\" attr=\"I'm\" attr2=\"all\" b:attr=\"sorted\" a:attr=\"out\"></e5>\n   <e6 xmlns:a=\"http://www.w3.org\">\n      <e7 xmlns=\"http://www.ietf.org\">\n         <e8 xmlns=\"\">\n            <e9 xmlns:a=\"http://www.ietf.org\"></e9>\n         </e8>\n      </e7>\n   </e6>\n</doc>";
    assert_eq!(inclusive(tags), canonical);
    let characters = "<doc>\r\n   <text>First line&#x0d;&#10;Second line</text>\n   <value>&#x32;</value>\n   <compute><![CDATA[value>\"0\" && value<\"10\" ?\"valid\":\"error\"]]></compute>\n   <compute expr='value>\"0\" &amp;&amp; value&lt;\"10\" ?\"valid\":\"error\"'>valid</compute>\n   <norm attr=' &apos;   &#x20;&#13;&#xa;&#9;   &apos; '/>\n</doc>";
    assert_eq!(
        inclusive(characters),
        "<doc>\n   <text>First line&#xD;\nSecond line</text>\n   <value>2</value>\n   <compute>value&gt;\"0\" &amp;&amp; value&lt;\"10\" ?\"valid\":\"error\"</compute>\n   <compute expr=\"value>&quot;0&quot; &amp;&amp; value&lt;&quot;10&quot; ?&quot;valid&quot;:&quot;error&quot;\">valid</compute>\n   <norm attr=\" '    &#xD;&#xA;&#x9;   ' \"></norm>\n</doc>"
    );
}

#[test]
fn white_space_of_attributes_and_line_ends() {
    assert_eq!(
        exclusive("<a b='\t1\r\n2\r3\n' c='&#x9;'>\r\n\r<![CDATA[\r\n&<]]></a>"),
        "<a b=\" 1 2 3 \" c=\"&#x9;\">\n\n\n&amp;&lt;</a>"
    );
}

#[test]
fn exclusive_declares_where_used_and_inclusive_where_declared() {
    let input = r#"<a:x xmlns:a="urn:a" xmlns:z="urn:z" xmlns="urn:d"><y xmlns:z="urn:z"><z:b a:q="1"/><c xmlns=""/></y></a:x>"#;
    assert_eq!(
        exclusive(input),
        r#"<a:x xmlns:a="urn:a"><y xmlns="urn:d"><z:b xmlns:z="urn:z" a:q="1"></z:b><c xmlns=""></c></y></a:x>"#
    );
    assert_eq!(
        inclusive(input),
        r#"<a:x xmlns="urn:d" xmlns:a="urn:a" xmlns:z="urn:z"><y><z:b a:q="1"></z:b><c xmlns=""></c></y></a:x>"#
    );
}

#[test]
fn a_shadowed_prefix_is_declared_again_and_restored() {
    let input = r#"<p:a xmlns:p="urn:1"><p:b xmlns:p="urn:2"><p:c xmlns:p="urn:1"/></p:b><p:d/></p:a>"#;
    let canonical = r#"<p:a xmlns:p="urn:1"><p:b xmlns:p="urn:2"><p:c xmlns:p="urn:1"></p:c></p:b><p:d></p:d></p:a>"#;
    assert_eq!(exclusive(input), canonical);
    assert_eq!(inclusive(input), canonical);
}

#[test]
fn an_element_in_place_takes_what_its_ancestors_give() {
    let input = "<a:x xmlns:a=\"urn:a\" xmlns=\"urn:d\" xmlns:z=\"urn:z\" xml:lang=\"ru\" xml:space=\"preserve\"><y xmlns:z=\"urn:z2\" xml:space=\"default\"><S/>1<z:b q=\"&#9;\" a:q='\"'/>\r\n</y></a:x>";
    assert_eq!(
        in_place(input, "<y", None, Method::Inclusive),
        "<y xmlns=\"urn:d\" xmlns:a=\"urn:a\" xmlns:z=\"urn:z2\" xml:lang=\"ru\" xml:space=\"default\"><S></S>1<z:b q=\"&#x9;\" a:q=\"&quot;\"></z:b>\n</y>"
    );
    assert_eq!(
        in_place(input, "<y", Some("<S"), Method::Exclusive),
        "<y xmlns=\"urn:d\" xml:space=\"default\">1<z:b xmlns:a=\"urn:a\" xmlns:z=\"urn:z2\" q=\"&#x9;\" a:q=\"&quot;\"></z:b>\n</y>"
    );
}

#[test]
fn the_element_must_be_there() {
    let at = |start, omit| element(b"<a><b/><c/></a>", start, omit, Method::Exclusive, &Limits::default(), |_| {});
    assert_eq!(at(3, None), Ok(()));
    assert_eq!(at(1, None).unwrap_err().offset(), 1);
    assert_eq!(at(99, None).unwrap_err().offset(), 99);
    assert_eq!(at(0, Some(3)), Ok(()));
    assert_eq!(at(3, Some(7)).unwrap_err().offset(), 7);
    assert_eq!(at(3, Some(3)).unwrap_err().offset(), 3);
}

#[test]
fn canonical_input_reaches_the_sink_in_one_piece() {
    let input = format!("<a xmlns=\"urn:a\">{}</a>", "<b c=\"1\">x &amp; y</b>".repeat(900));
    let mut pieces = 0;
    document(input.as_bytes(), Method::Exclusive, &Limits::default(), |piece| {
        assert_eq!(piece, input.as_bytes());
        pieces += 1;
    })
    .unwrap();
    assert_eq!(pieces, 1);
}

#[test]
fn canonical_output_is_a_fixed_point_however_long() {
    let input = format!("<a xmlns='urn:a'>{}</a>", "<b  c='1' ><d/>x &gt; y\r\n&#65;</b>".repeat(20_000));
    let once = exclusive(&input);
    assert_eq!(exclusive(&once), once);
    assert!(once.starts_with("<a xmlns=\"urn:a\"><b c=\"1\"><d></d>x &gt; y\nA</b>"));
    assert_eq!(once.len(), "<a xmlns=\"urn:a\"></a>".len() + 20_000 * "<b c=\"1\"><d></d>x &gt; y\nA</b>".len());
}

#[test]
fn malformed_documents_are_refused_by_their_fault() {
    for (input, reason) in [
        ("", "too early"),
        ("  ", "too early"),
        ("<a", "too early"),
        ("<a b=\"", "too early"),
        ("<a><b></b>", "too early"),
        ("<a></b>", "closes another"),
        ("<a></ab>", "closes another"),
        ("</a>", "without a start tag"),
        ("<a/><b/>", "second document element"),
        ("<a/>x", "outside the document"),
        ("x<a/>", "outside the document"),
        ("<a/>&#32;", "outside the document"),
        ("<![CDATA[]]><a/>", "CDATA outside"),
        ("<a>&nbsp;</a>", "undefined reference"),
        ("<a>&#0;</a>", "undefined reference"),
        ("<a>&#xFFFE;</a>", "undefined reference"),
        ("<a>&#+65;</a>", "undefined reference"),
        ("<a b='&lt'/>", "undefined reference"),
        ("<a>]]></a>", "']]>'"),
        ("<a>\u{1}</a>", "forbidden character"),
        ("<a>\u{FFFF}</a>", "forbidden character"),
        ("<a b='\u{FFFE}'/>", "forbidden character"),
        ("<a><!-- -- --></a>", "'--' inside"),
        ("<a><!-- \u{2} --></a>", "forbidden character"),
        ("<a b='<'/>", "'<' inside"),
        ("<a b=1/>", "needs quotes"),
        ("<a b/>", "needs '='"),
        ("<a b='1'c='2'/>", "needs a space"),
        ("<a b='1' b='2'/>", "given twice"),
        ("<a xmlns:p='urn:p' xmlns:q='urn:p' p:b='1' q:b='2'/>", "given twice"),
        ("<a xmlns:p='urn:p' xmlns:p='urn:p'/>", "given twice"),
        ("<p:a/>", "`p` is not declared"),
        ("<a p:b='1'/>", "`p` is not declared"),
        ("<a:b:c/>", "second colon"),
        ("<:a/>", "name is wanted"),
        ("<a:/>", "end in a colon"),
        ("<1a/>", "name is wanted"),
        ("<a\u{D7}/>", "may not stand in a name"),
        ("<a xmlns:p=''/>", "may not be undeclared"),
        ("<a xmlns='relative/name'/>", "not an absolute URI"),
        ("<a xmlns:xml='urn:x'/>", "belong to each other"),
        ("<a xmlns:x='http://www.w3.org/XML/1998/namespace'/>", "belong to each other"),
        ("<a xmlns:xmlns='urn:x'/>", "may not be declared"),
        ("<?xml version='1.1'?><a/>", "XML declaration"),
        ("<?xml encoding='UTF-8'?><a/>", "XML declaration"),
        ("<?xml version='1.0' encoding='windows-1251'?><a/>", "other than UTF-8"),
        ("<a/><?xml version='1.0'?>", "does not stand first"),
        ("<?p:i x?><a/>", "colon in the target"),
        ("<!DOCTYPE a><a/>", "DOCTYPE"),
        ("<!doctype a><a/>", "DOCTYPE"),
        ("<!ELEMENT a ANY><a/>", "neither a comment nor CDATA"),
    ] {
        let error = refused(input);
        assert!(error.contains(reason), "{input}: {error}");
    }
    let not_utf8 = document(b"<a>\xFF</a>", Method::Exclusive, &Limits::default(), |_| {}).unwrap_err();
    assert_eq!(*not_utf8.kind(), ErrorKind::NotUtf8 { valid_up_to: 3 });
}

#[test]
fn limits_hold() {
    let limits = Limits { total: 4000, depth: 10, attributes: 5, namespaces: 6, text: 100 };
    let try_out = |input: &str| document(input.as_bytes(), Method::Exclusive, &limits, |_| {});
    let nested = |n: usize| format!("{}{}", "<a>".repeat(n), "</a>".repeat(n));
    let attributes = |n: usize| format!("<a{}/>", (0..n).map(|i| format!(" b{i}=''")).collect::<String>());
    let namespaces = |n: usize| {
        let open: String = (0..n).map(|i| format!("<a xmlns:n{i}='urn:{i}'>")).collect();
        format!("{open}{}", "</a>".repeat(n))
    };
    let text = |n: usize| format!("<a>{}</a>", "x".repeat(n));
    let cdata = |n: usize| format!("<a><![CDATA[{}]]></a>", "x".repeat(n));
    let total = |n: usize| format!("<a>{}</a>", "<b></b>".repeat(n / 7));
    for (make, fits, what) in [
        (&nested as &dyn Fn(usize) -> String, 10, "nested elements"),
        (&attributes, 5, "attributes of one element"),
        (&namespaces, 6, "namespace declarations in scope"),
        (&text, 100, "bytes of text"),
        (&cdata, 100, "bytes of text"),
        (&total, 3993, "bytes"),
    ] {
        assert_eq!(try_out(&make(fits)), Ok(()), "{what}");
        let error = try_out(&make(fits + 7)).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Limit { what: named, .. } if *named == what), "{error}");
    }
}

#[test]
fn algorithms_are_known_by_name() {
    for method in [Method::Inclusive, Method::Exclusive] {
        assert_eq!(Method::from_uri(method.uri()), Ok(method));
        let with_comments = format!("{}#WithComments", method.uri().trim_end_matches('#'));
        assert!(matches!(Method::from_uri(&with_comments), Err(MethodError::WithComments(_))), "{with_comments}");
    }
    assert!(matches!(Method::from_uri("http://www.w3.org/2006/12/xml-c14n11"), Err(MethodError::Unknown(_))));
}
