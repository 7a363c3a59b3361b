//! Distinguished names as ГИС ЖКХ compares them.
//!
//! The system takes two shapes of `X509IssuerName`; this is the one seen in accepted requests: attributes in the
//! order of the certificate, separated by `, `, upper-case words for the six attributes it knows, dotted object
//! identifiers for all others, values as text. Words such as `OGRN=`, `INN=` or `E=` and values as `#hex` are refused
//! by it, which is why no general formatter serves here.

use std::fmt::Write as _;

use der::asn1::Any;
use der::oid::ObjectIdentifier;
use der::{Tag, Tagged};
use x509_cert::name::Name;

/// The only words; everything else is written by number.
const WORDS: [(&str, &str); 6] = [
    ("2.5.4.6", "C"),
    ("2.5.4.8", "ST"),
    ("2.5.4.7", "L"),
    ("2.5.4.9", "STREET"),
    ("2.5.4.10", "O"),
    ("2.5.4.3", "CN"),
];

/// The name in the form of `X509IssuerName`; the identifier of the attribute that is no text otherwise.
pub(crate) fn format(name: &Name) -> Result<String, ObjectIdentifier> {
    let mut out = String::new();
    for rdn in name.iter_rdn() {
        if !out.is_empty() {
            out.push_str(", ");
        }
        for (index, attribute) in rdn.iter().enumerate() {
            if index > 0 {
                out.push_str(" + ");
            }
            let value = text(&attribute.value).ok_or(attribute.oid)?;
            let dotted = attribute.oid.to_string();
            let key = WORDS.iter().find(|(oid, _)| *oid == dotted).map_or(dotted.as_str(), |(_, word)| word);
            // Writing into a string cannot fail.
            let _ = write!(out, "{key}={}", escape(&value));
        }
    }
    Ok(out)
}

/// Text of the first attribute of this kind.
pub(crate) fn attribute(name: &Name, oid: ObjectIdentifier) -> Option<String> {
    name.iter().find(|attribute| attribute.oid == oid).and_then(|attribute| text(&attribute.value))
}

/// Characters that would end or change the value for a reader of RFC 2253 names.
fn escape(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let last = value.chars().count().saturating_sub(1);
    for (index, character) in value.chars().enumerate() {
        let edge = (index == 0 && matches!(character, ' ' | '#')) || (index == last && character == ' ');
        if edge || matches!(character, ',' | '"' | '\\' | '+' | ';' | '<' | '>') {
            out.push('\\');
        }
        out.push(character);
    }
    out
}

/// Value of a directory string of any of its kinds.
fn text(value: &Any) -> Option<String> {
    let bytes = value.value();
    match value.tag() {
        Tag::Utf8String | Tag::PrintableString | Tag::NumericString | Tag::Ia5String | Tag::VisibleString => {
            String::from_utf8(bytes.to_vec()).ok()
        }
        // T.61 as everyone reads it in certificates: Latin-1.
        Tag::TeletexString => Some(bytes.iter().copied().map(char::from).collect()),
        Tag::BmpString => {
            let (units, rest) = bytes.as_chunks::<2>();
            if !rest.is_empty() {
                return None;
            }
            String::from_utf16(&units.iter().map(|unit| u16::from_be_bytes(*unit)).collect::<Vec<_>>()).ok()
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::str::FromStr as _;

    use der::asn1::SetOfVec;
    use der::{Decode as _, Encode as _};
    use x509_cert::attr::AttributeTypeAndValue;
    use x509_cert::name::{RdnSequence, RelativeDistinguishedName};

    use super::*;

    fn name(rdns: &[&[(&str, Tag, &[u8])]]) -> Name {
        let mut sequence = RdnSequence::default();
        for rdn in rdns {
            let attributes = rdn.iter().map(|(oid, tag, value)| AttributeTypeAndValue {
                oid: ObjectIdentifier::from_str(oid).unwrap(),
                value: Any::new(*tag, *value).unwrap(),
            });
            sequence.push(RelativeDistinguishedName::from(SetOfVec::from_iter(attributes).unwrap()));
        }
        Name::from_der(&sequence.to_der().unwrap()).unwrap()
    }

    fn of(oid: &str, tag: Tag, value: &[u8]) -> String {
        format(&name(&[&[(oid, tag, value)]])).unwrap()
    }

    #[test]
    fn six_words_and_dotted_identifiers_for_all_others() {
        for (oid, key) in [
            ("2.5.4.6", "C"),
            ("2.5.4.8", "ST"),
            ("2.5.4.7", "L"),
            ("2.5.4.9", "STREET"),
            ("2.5.4.10", "O"),
            ("2.5.4.3", "CN"),
            ("2.5.4.11", "2.5.4.11"),
            ("2.5.4.4", "2.5.4.4"),
            ("2.5.4.42", "2.5.4.42"),
            ("2.5.4.12", "2.5.4.12"),
            ("1.2.840.113549.1.9.1", "1.2.840.113549.1.9.1"),
            ("1.2.643.100.1", "1.2.643.100.1"),
            ("1.2.643.100.3", "1.2.643.100.3"),
            ("1.2.643.100.4", "1.2.643.100.4"),
            ("1.2.643.100.5", "1.2.643.100.5"),
            ("1.2.643.3.131.1.1", "1.2.643.3.131.1.1"),
        ] {
            assert_eq!(of(oid, Tag::Utf8String, b"x"), format!("{key}=x"));
        }
    }

    #[test]
    fn every_kind_of_directory_string_is_written_as_text() {
        assert_eq!(of("1.2.643.100.1", Tag::NumericString, b"1000000000001"), "1.2.643.100.1=1000000000001");
        assert_eq!(of("2.5.4.6", Tag::PrintableString, b"RU"), "C=RU");
        assert_eq!(of("1.2.840.113549.1.9.1", Tag::Ia5String, b"a@b.example"), "1.2.840.113549.1.9.1=a@b.example");
        assert_eq!(of("2.5.4.3", Tag::Utf8String, "Центр".as_bytes()), "CN=Центр");
        assert_eq!(of("2.5.4.3", Tag::BmpString, &[0x04, 0x26, 0x00, 0x41]), "CN=ЦA");
        assert_eq!(of("2.5.4.3", Tag::TeletexString, &[0x41, 0xe9]), "CN=Aé");
    }

    #[test]
    fn what_is_no_text_is_named() {
        for (tag, value) in [
            (Tag::Utf8String, &[0xff][..]),
            (Tag::BmpString, &[0x04][..]),
            (Tag::BmpString, &[0xd8, 0x00][..]),
            (Tag::OctetString, b"x"),
        ] {
            let found = format(&name(&[&[("2.5.4.45", tag, value)]]));
            assert_eq!(found.unwrap_err().to_string(), "2.5.4.45");
        }
    }

    #[test]
    fn order_separator_and_escapes() {
        let quoted = "ООО \"А, Б\"".as_bytes();
        let rdns = name(&[
            &[("1.2.643.100.1", Tag::NumericString, b"1000000000001")],
            &[("2.5.4.6", Tag::PrintableString, b"RU")],
            &[("2.5.4.10", Tag::Utf8String, quoted)],
            &[("2.5.4.3", Tag::Utf8String, quoted)],
        ]);
        let expected = r#"1.2.643.100.1=1000000000001, C=RU, O=ООО \"А\, Б\", CN=ООО \"А\, Б\""#;
        assert_eq!(format(&rdns).unwrap(), expected);
        assert_eq!(of("2.5.4.3", Tag::Utf8String, br"a+b;c<d>e\f=g"), r"CN=a\+b\;c\<d\>e\\f=g");
        assert_eq!(of("2.5.4.3", Tag::Utf8String, b" x "), r"CN=\ x\ ");
        assert_eq!(of("2.5.4.3", Tag::Utf8String, b"#12 #"), r"CN=\#12 #");
    }

    #[test]
    fn several_attributes_of_one_step_are_joined() {
        let joined = name(&[&[("2.5.4.3", Tag::Utf8String, b"a"), ("2.5.4.10", Tag::Utf8String, b"b")]]);
        assert_eq!(format(&joined).unwrap(), "CN=a + O=b");
    }
}
