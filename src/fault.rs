//! SOAP faults, read leniently: the system's own are not always of one shape (`protocol` §4.5).
//!
//! Lenient in what a fault has and how it is named, not in where it stands: a `Fault` deeper in an answer is a part of that
//! answer, and says nothing about the request.

use gis_gkh_xml::Limits;
use gis_gkh_xml::events::{Event, Events};

/// What a fault says. No part of it is certain to be there.
///
/// The text may hold personal data: not for logs, and not in `Debug`.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Fault {
    /// The system's code, from the detail or from the front of the text: `EXP001000`.
    pub code: Option<String>,
    /// The text, of the detail if it has one.
    pub text: String,
}

impl std::fmt::Debug for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Fault").field("code", &self.code).finish_non_exhaustive()
    }
}

/// Where a fault stands.
const PLACE: [&str; 2] = ["Envelope", "Body"];

/// Reads the fault out of a document; `None` if there is none or the document is not XML.
pub(crate) fn read(document: &[u8]) -> Option<Fault> {
    let mut events = Events::new(document, Limits::MESSAGE).ok()?;
    let mut open: Vec<&str> = Vec::new();
    // `met` stays; `inside` ends with the fault.
    let (mut met, mut inside, mut text) = (false, false, String::new());
    let (mut code, mut message, mut string) = (None, None, None);
    loop {
        match events.next().ok()? {
            Event::Start(tag) => {
                inside |= tag.local == "Fault" && open == PLACE;
                met |= inside;
                open.push(tag.local);
                text.clear();
            }
            Event::Text(more) | Event::CData(more) => text.push_str(more),
            Event::Reference(c) => text.push(c),
            Event::End(_) => {
                let value = text.trim();
                match open.pop() {
                    Some("Fault") if open == PLACE => inside = false,
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
    if !met {
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
    fn a_fault_around_an_answer_gives_the_error_of_the_answer() {
        let around = envelope(
            "<faultcode>e:Server</faultcode><detail><b:getStateResult xmlns:b='urn:b'><b:ErrorMessage>\
             <b:ErrorCode>INT002000</b:ErrorCode><b:Description> none </b:Description></b:ErrorMessage>\
             </b:getStateResult></detail>",
        );
        assert_eq!(read(around.as_bytes()), Some(Fault { code: Some("INT002000".into()), text: "none".into() }));
    }

    #[test]
    fn a_fault_within_an_answer_is_not_the_fate_of_the_request() {
        let deep = "<e:Envelope xmlns:e='urn:e'><e:Body><r><Fault><ErrorCode>EXP001000</ErrorCode></Fault></r></e:Body></e:Envelope>";
        assert_eq!(read(deep.as_bytes()), None);
        let beside = envelope("<faultstring>AUT011000: no</faultstring>")
            .replace("</e:Body>", "<ErrorCode>X</ErrorCode></e:Body>");
        assert_eq!(read(beside.as_bytes()).and_then(|fault| fault.code).as_deref(), Some("AUT011000"));
        let header =
            "<e:Envelope xmlns:e='urn:e'><e:Header><Fault><ErrorCode>X</ErrorCode></Fault></e:Header></e:Envelope>";
        assert_eq!(read(header.as_bytes()), None);
    }

    #[test]
    fn no_fault_is_no_fault() {
        assert_eq!(read(b"<html><title>502</title></html>"), None);
        assert_eq!(read(b"not xml"), None);
        assert_eq!(read(b"<Fault><ErrorCode>EXP"), None);
    }
}
