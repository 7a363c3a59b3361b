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
