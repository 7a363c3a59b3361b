//! Looks at a message whose kind is not known beforehand: an envelope, or a bare element of the contract.

use gis_gkh_xml::check::Violation;
use gis_gkh_xml::{Error, ErrorKind, Limits, Mode, Name, Reader};

use crate::contract::operations::{MESSAGES, OPERATIONS};
use crate::contract::{NAMESPACES, soap};
use crate::operation::Operation;

const ENVELOPE: Name = Name::new(soap::NS, "Envelope");
const HEADER: Name = Name::new(soap::NS, "Header");
const BODY: Name = Name::new(soap::NS, "Body");

/// What was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Inspection {
    /// The message's element.
    pub element: Name,
    /// Operations that have it as their request; empty for answers.
    pub operations: Vec<&'static Operation>,
    /// Values that the contract does not allow, with their paths.
    pub violations: Vec<Violation>,
}

/// Reads a document strictly and checks its values.
///
/// # Errors
/// The first place where the document is not as the contract says: path, offset, what was expected.
pub fn inspect(document: &[u8]) -> Result<Inspection, Error> {
    let mut reader = Reader::new(document, NAMESPACES, Mode::Strict, Limits::MESSAGE)?;
    let (element, violations) =
        if reader.is(ENVELOPE)? { reader.req(ENVELOPE, envelope)? } else { message(&mut reader)? };
    reader.finish()?;
    let operations = OPERATIONS.iter().copied().filter(|operation| operation.request == element).collect();
    Ok(Inspection { element, operations, violations })
}

type Found = (Name, Vec<Violation>);

fn envelope(reader: &mut Reader<'_>) -> Result<Found, Error> {
    reader.no_attributes()?;
    reader.knows(&[HEADER, BODY]);
    let header = reader.opt(HEADER, |reader| {
        reader.no_attributes()?;
        reader.knows(&[]);
        let found = message(reader)?;
        reader.end()?;
        Ok(found)
    })?;
    let (element, violations) = reader.req(BODY, |reader| {
        reader.no_attributes()?;
        reader.knows(&[]);
        let found = message(reader)?;
        reader.end()?;
        Ok(found)
    })?;
    reader.end()?;
    let mut all = header.map(|(_, violations)| violations).unwrap_or_default();
    all.extend(violations);
    Ok((element, all))
}

fn message(reader: &mut Reader<'_>) -> Result<Found, Error> {
    let name = reader.next_name()?;
    let kind = MESSAGES.iter().find(|kind| name == Some((kind.name.ns, kind.name.local)));
    match kind {
        Some(kind) => Ok((kind.name, (kind.inspect)(reader)?)),
        None => {
            let found =
                name.map_or_else(|| "an element of a foreign namespace".to_owned(), |(_, local)| local.to_owned());
            Err(reader.error(ErrorKind::Unexpected { found, expected: "a message of the embedded contract".into() }))
        }
    }
}
