//! Names of files, sections and extensions.

use gis_gkh::files::{Context, EXTENSIONS, FORBIDDEN, FileName, LONGEST, NameError, decode, encode};

/// As `email.header.Header(name, "utf-8")` of Python writes them, but for the case of the charset and of `b`.
const ENCODED: [(&str, &str); 4] = [
    ("act-7.pdf", "act-7.pdf"),
    ("Акт осмотра.pdf", "=?UTF-8?B?0JDQutGCINC+0YHQvNC+0YLRgNCwLnBkZg==?="),
    ("a=?b.pdf", "=?UTF-8?B?YT0/Yi5wZGY=?="),
    ("план-😀.jpg", "=?UTF-8?B?0L/Qu9Cw0L0t8J+YgC5qcGc=?="),
];

#[test]
fn names_stand_in_headers_as_rfc_2047_says() {
    for (name, header) in ENCODED {
        assert_eq!(encode(name), header);
        assert_eq!(decode(header), name);
    }
    let long = "Протокол общего собрания собственников помещений в многоквартирном доме.docx";
    let header = encode(long);
    let words: Vec<&str> = header.split(' ').collect();
    assert!(words.len() > 1 && words.iter().all(|word| word.len() <= 75), "{header}");
    assert_eq!(decode(&header), long);
    // Each word by itself is whole characters.
    assert_eq!(words.iter().map(|word| decode(word)).collect::<String>(), long);
}

#[test]
fn what_other_writers_write_is_read() {
    for (header, name) in [
        ("=?utf-8?b?0JDQutGCLnBkZg==?=", "Акт.pdf"),
        ("=?UTF-8?Q?=D0=90=D0=BA=D1=82_1.pdf?=", "Акт 1.pdf"),
        ("=?UTF-8*ru?B?0JDQutGCLnBkZg==?=", "Акт.pdf"),
        // A character cut in two by the border of words.
        ("=?UTF-8?B?0A==?= =?UTF-8?B?kA==?= x.pdf", "А x.pdf"),
        ("plain name.pdf", "plain name.pdf"),
        ("=?koi8-r?B?4cvULnBkZg==?=", "=?koi8-r?B?4cvULnBkZg==?="),
        ("=?UTF-8?B?not base64?=", "=?UTF-8?B?not base64?="),
        ("=?UTF-8?Q?=D?=", "=?UTF-8?Q?=D?="),
        ("", ""),
    ] {
        assert_eq!(decode(header), name, "{header}");
    }
}

#[test]
fn what_the_store_does_not_take_is_named() {
    for found in FORBIDDEN {
        assert_eq!(FileName::new(format!("a{found}b.pdf")), Err(NameError::Character(found)));
        assert_eq!(FileName::cleaned(&format!("a{found}b.pdf")).unwrap().as_str(), "a_b.pdf");
    }
    assert_eq!(FileName::new("a\nb.pdf"), Err(NameError::Character('\n')));
    assert_eq!(FileName::new("a\r\nX-Evil: 1.pdf"), Err(NameError::Character('\r')));
    assert_eq!(FileName::new(" a.pdf"), Err(NameError::Space));
    assert_eq!(FileName::new(".pdf"), Err(NameError::Empty));
    for (name, extension) in [("a", ""), ("a.exe", "exe"), ("a.pdf.", ""), ("pdf", "")] {
        assert_eq!(FileName::new(name), Err(NameError::Extension(extension.to_owned())), "{name}");
    }
    let long = format!("{}.pdf", "я".repeat(LONGEST));
    assert_eq!(FileName::new(long.as_str()), Err(NameError::Long(LONGEST + 4)));
    let short = FileName::cleaned(&long).unwrap();
    assert_eq!((short.as_str().chars().count(), short.extension().as_str()), (LONGEST, "pdf"));
    assert!(NameError::Extension("exe".to_owned()).to_string().contains("pdf, xls"), "the remedy names what is taken");
    let name = FileName::new("Иванова, счёт.PDF").unwrap();
    assert_eq!((name.extension().as_str(), format!("{name:?}").as_str()), ("pdf", "FileName(*.pdf)"));
}

#[test]
fn sections_and_extensions_are_data() {
    let names: Vec<&str> = Context::all().map(Context::name).collect();
    assert_eq!(names.len(), 28);
    let mut sorted = names.clone();
    sorted.sort_unstable();
    sorted.dedup();
    assert_eq!(names, sorted, "each once, in order");
    for context in Context::all() {
        assert_eq!(Context::named(context.name()), Some(context));
        assert_eq!(context.path(), format!("/ext-bus-file-store-service/rest/{context}"));
    }
    assert_eq!(Context::named("Appeals"), None);
    assert_eq!(Context::of_service("debt-requests").map(Context::name), Some("debtreq"));
    assert_eq!(Context::of_service("payment"), None);
    assert!(EXTENSIONS.iter().all(|extension| *extension == extension.to_lowercase()));
}
