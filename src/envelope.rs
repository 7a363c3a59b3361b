//! The SOAP 1.1 envelope, both ways.

use std::ops::Range;

use gis_gkh_xml::{Drift, Element, Error, Limits, Mode, Name, Reader, Versions};

use crate::contract::{NAMESPACES, soap};
use crate::fault::{self, Fault};

const ENVELOPE: Name = Name::new(soap::NS, "Envelope");
const HEADER: Name = Name::new(soap::NS, "Header");
const BODY: Name = Name::new(soap::NS, "Body");

/// A message as bytes, and where in it the body's element lies.
#[derive(Debug, Clone)]
pub struct Envelope {
    /// The whole message.
    pub text: String,
    /// The body's element.
    pub element: Range<usize>,
    /// Right behind its start tag: where a signature goes.
    pub slot: usize,
}

/// Writes an envelope around a header and a body element, each in its exclusive canonical form. Clients write requests by
/// it, servers answers.
pub fn write<H: Element, B: Element>(header: &H, body: &B, versions: &Versions) -> Envelope {
    let header = header.to_xml(NAMESPACES, &Versions::new());
    let body = body.to_xml(NAMESPACES, versions);
    let front = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<soap:Envelope xmlns:soap=\"{}\"><soap:Header>{header}</soap:Header><soap:Body>",
        NAMESPACES[usize::from(soap::NS.0)].uri,
    );
    const BACK: &str = "</soap:Body></soap:Envelope>";
    let start = front.len();
    let mut text = front;
    text.reserve_exact(body.len() + BACK.len());
    text.push_str(&body);
    let end = text.len();
    text.push_str(BACK);
    // Canonical XML has a `>` in attributes as it is, but neither the Id nor a version has one: both are checked.
    let slot = start + body.find('>').map_or(0, |at| at + 1);
    Envelope { text, element: start..end, slot }
}

/// An answer: what its body says.
#[derive(Debug, Clone, PartialEq)]
pub enum Answered<T> {
    /// The element expected.
    Body(T),
    /// A fault.
    Fault(Fault),
}

/// Reads an answer tolerantly; what the contract does not know is reported as drift.
///
/// # Errors
/// Not XML, or neither a fault nor the element expected.
pub fn read_answer<T: Element>(document: &[u8], limits: Limits) -> Result<(Answered<T>, Vec<Drift>), Error> {
    let mut reader = Reader::new(document, NAMESPACES, Mode::Tolerant, limits)?;
    let body = match read::<Skipped, T>(&mut reader) {
        Ok((_, body)) => body,
        Err(error) => match fault::read(document) {
            Some(fault) => return Ok((Answered::Fault(fault), Vec::new())),
            None => return Err(error),
        },
    };
    Ok((Answered::Body(body), reader.drifts().to_vec()))
}

/// Reads a request strictly: its header and its body element. For servers.
///
/// # Errors
/// Whatever the contract does not allow.
pub fn read_request<H: Element, B: Element>(document: &[u8], limits: Limits) -> Result<(H, B), Error> {
    let mut reader = Reader::new(document, NAMESPACES, Mode::Strict, limits)?;
    let (header, body) = read::<Typed<H>, B>(&mut reader)?;
    let Typed(header) = header.ok_or_else(|| reader.lacks("Header"))?;
    Ok((header, body))
}

/// What to make of the header.
trait Head: Sized {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Error>;
}

/// The header is of no interest: the system's own are of several kinds and not signed.
struct Skipped;

impl Head for Skipped {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Error> {
        reader.raw().map(|_| Self)
    }
}

struct Typed<H>(H);

impl<H: Element> Head for Typed<H> {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Error> {
        reader.knows(&[]);
        let header = H::read_element(reader)?;
        reader.end()?;
        Ok(Self(header))
    }
}

fn read<H: Head, B: Element>(reader: &mut Reader<'_>) -> Result<(Option<H>, B), Error> {
    let both = reader.req(ENVELOPE, |reader| {
        reader.knows(&[HEADER, BODY]);
        let header = reader.opt(HEADER, H::read)?;
        let body = reader.req(BODY, |reader| {
            reader.knows(const { &[B::NAME] });
            let body = B::read_element(reader)?;
            reader.end()?;
            Ok(body)
        })?;
        reader.end()?;
        Ok((header, body))
    })?;
    reader.finish()?;
    Ok(both)
}
