//! SOAP faults, read leniently: the system's own are not always of one shape (`protocol` §4.5).

use gis_gkh_xml::Limits;
use gis_gkh_xml::events::{Event, Events};

/// What a fault says. No part of it is certain to be there.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fault {
    /// The system's code, from the detail or from the front of the text: `EXP001000`.
    pub code: Option<String>,
    /// The text, of the detail if it has one.
    pub text: String,
}

/// Reads the fault out of a document; `None` if there is none or the document is not XML.
pub(crate) fn read(document: &[u8]) -> Option<Fault> {
    let mut events = Events::new(document, Limits::MESSAGE).ok()?;
    let mut open: Vec<&str> = Vec::new();
    let (mut inside, mut text) = (false, String::new());
    let (mut code, mut message, mut string) = (None, None, None);
    loop {
        match events.next().ok()? {
            Event::Start(tag) => {
                inside |= tag.local == "Fault";
                open.push(tag.local);
                text.clear();
            }
            Event::Text(more) | Event::CData(more) => text.push_str(more),
            Event::Reference(c) => text.push(c),
            Event::End(_) => {
                let value = text.trim();
                match open.pop() {
                    _ if !inside || value.is_empty() => {}
                    Some("ErrorCode") => code = Some(value.to_owned()),
                    Some("ErrorMessage" | "Description") => message = Some(value.to_owned()),
                    Some("faultstring") => string = Some(value.to_owned()),
                    _ => {}
                }
                text.clear();
            }
            Event::Eof => break,
            _ => {}
        }
    }
    if !inside {
        return None;
    }
    // "CODE: text" is how the system writes the fault string.
    let front = string.as_deref().and_then(|string| string.split_once(':')).map(|(front, _)| front.trim());
    let code = code.or_else(|| front.filter(|front| is_code(front)).map(str::to_owned));
    Some(Fault { code, text: message.or(string).unwrap_or_default() })
}

/// Three capital letters and digits.
fn is_code(text: &str) -> bool {
    let (letters, digits) = text.split_at_checked(3).unwrap_or((text, ""));
    letters.bytes().all(|byte| byte.is_ascii_uppercase())
        && !digits.is_empty()
        && digits.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn envelope(fault: &str) -> String {
        format!(
            "<e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/'><e:Body><e:Fault>{fault}</e:Fault></e:Body></e:Envelope>"
        )
    }

    #[test]
    fn detail_wins_over_the_string_and_the_string_may_carry_the_code() {
        let full = envelope(
            "<faultcode>e:Server</faultcode><faultstring>EXP001000: x</faultstring><detail><b:Fault xmlns:b='urn:b'>\
             <b:ErrorCode>AUT011003</b:ErrorCode><b:ErrorMessage>no &amp; never</b:ErrorMessage></b:Fault></detail>",
        );
        let expected = Fault { code: Some("AUT011003".into()), text: "no & never".into() };
        assert_eq!(read(full.as_bytes()), Some(expected));
        let bare = envelope("<faultcode>e:Server</faultcode><faultstring>EXP001000: busy</faultstring>");
        assert_eq!(
            read(bare.as_bytes()),
            Some(Fault { code: Some("EXP001000".into()), text: "EXP001000: busy".into() })
        );
        let none = envelope("<faultstring>Unknown fault occured</faultstring>");
        assert_eq!(read(none.as_bytes()), Some(Fault { code: None, text: "Unknown fault occured".into() }));
    }

    #[test]
    fn no_fault_is_no_fault() {
        assert_eq!(read(b"<html><title>502</title></html>"), None);
        assert_eq!(read(b"not xml"), None);
        assert_eq!(read(b"<Fault><ErrorCode>EXP"), None);
    }
}
