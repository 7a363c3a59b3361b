//! Which elements messages really use: names alone, never values.
//!
//! A path says whose message it is and the elements down to one: `bills/importPaymentDocumentData:
//! importPaymentDocumentRequest/PaymentDocument/AccountGuid`; an attribute stands behind `@`. Where a message alone does
//! not tell the service or the operation (a receipt looks the same everywhere), a `*` stands in its place. The content of
//! signatures is left out.

use std::collections::{BTreeMap, BTreeSet};

use gis_gkh_xml::events::{Event, Events};
use gis_gkh_xml::{Error, Limits, XSI};

use crate::contract::operations::OPERATIONS;
use crate::contract::{NAMESPACES, soap};

const XMLDSIG: &str = "http://www.w3.org/2000/09/xmldsig#";

/// Why a document gives no paths.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PathsError {
    /// It is no well-formed XML, or beyond the limits of a message.
    #[error("not a readable message: {0}")]
    Xml(#[from] Error),
    /// Its element is no message of a known operation.
    #[error("`{{{namespace}}}{element}` is no request and no answer of a known operation; name the package it is of")]
    Unknown {
        /// Namespace of the element.
        namespace: String,
        /// Its local name.
        element: String,
    },
}

/// The messages of an operation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Call {
    /// Service: `bills`.
    pub service: String,
    /// Operation: `importPaymentDocumentData`.
    pub operation: String,
    /// Element of the request: namespace and local name.
    pub request: (String, String),
    /// Element of the answer.
    pub answer: (String, String),
}

/// The operations whose messages are known.
#[derive(Debug, Clone, Default)]
pub struct Calls(Vec<Call>);

impl Calls {
    /// Those of the embedded contract.
    pub fn embedded() -> Self {
        let name = |name: gis_gkh_xml::Name| (NAMESPACES[usize::from(name.ns.0)].uri.to_owned(), name.local.to_owned());
        let call = |operation: &&crate::operation::Operation| Call {
            service: operation.service.to_owned(),
            operation: operation.name.to_owned(),
            request: name(operation.request),
            answer: name(operation.answer),
        };
        Self(OPERATIONS.iter().map(call).collect())
    }

    /// Whose message an element is: of the operation it is known to be of, if it is one of several.
    fn of(&self, element: &(String, String), known: Option<(&str, &str)>) -> Option<(String, String)> {
        let of = |message: fn(&Call) -> &(String, String)| {
            self.0.iter().filter(|call| message(call) == element).collect::<Vec<_>>()
        };
        let mut found = of(|call| &call.request);
        if found.is_empty() {
            found = of(|call| &call.answer);
        }
        let first = found.first()?;
        if let Some(known) = known.filter(|known| found.iter().any(|call| (&*call.service, &*call.operation) == *known))
        {
            return Some((known.0.to_owned(), known.1.to_owned()));
        }
        let one = |part: fn(&Call) -> &String| {
            let same = found.iter().all(|call| part(call) == part(first));
            if same { part(first).clone() } else { "*".to_owned() }
        };
        Some((one(|call| &call.service), one(|call| &call.operation)))
    }
}

impl FromIterator<Call> for Calls {
    fn from_iter<I: IntoIterator<Item = Call>>(calls: I) -> Self {
        Self(calls.into_iter().collect())
    }
}

/// Paths of the elements and attributes of a message: an envelope, with its header, or a bare request or answer. `known`
/// is the service and operation it is known to be of, for messages that look the same in several.
///
/// # Errors
/// Not XML, or no message of these operations.
pub fn paths(document: &[u8], calls: &Calls, known: Option<(&str, &str)>) -> Result<BTreeSet<String>, PathsError> {
    let messages = messages(document)?;
    let unknown = |(namespace, element): (String, String)| PathsError::Unknown { namespace, element };
    let (service, operation) = match messages.body.or(messages.bare) {
        Some(element) => calls.of(&element, known).ok_or_else(|| unknown(element))?,
        // A fault tells of nobody's operation.
        None => known.map_or_else(|| ("*".into(), "*".into()), |known| (known.0.to_owned(), known.1.to_owned())),
    };
    Ok(messages.names.paths().map(|path| format!("{service}/{operation}: {path}")).collect())
}

/// Names below names.
#[derive(Debug, Default)]
struct Names {
    /// Name, the node above, the nodes below.
    nodes: Vec<(String, Option<usize>, BTreeMap<String, usize>)>,
    roots: BTreeMap<String, usize>,
}

impl Names {
    fn at(&mut self, above: Option<usize>, name: &str) -> usize {
        let below = match above {
            Some(node) => &self.nodes[node].2,
            None => &self.roots,
        };
        if let Some(node) = below.get(name) {
            return *node;
        }
        let node = self.nodes.len();
        self.nodes.push((name.to_owned(), above, BTreeMap::new()));
        match above {
            Some(above) => self.nodes[above].2.insert(name.to_owned(), node),
            None => self.roots.insert(name.to_owned(), node),
        };
        node
    }

    fn paths(&self) -> impl Iterator<Item = String> {
        self.nodes.iter().map(|(name, above, _)| {
            let mut path = name.clone();
            let mut next = *above;
            while let Some(node) = next {
                path = format!("{}/{path}", self.nodes[node].0);
                next = self.nodes[node].1;
            }
            path
        })
    }
}

/// What a document holds.
#[derive(Debug, Default)]
struct Messages {
    names: Names,
    /// The element in the body of an envelope, unless it is a fault.
    body: Option<(String, String)>,
    /// The document's own element, if it is no envelope.
    bare: Option<(String, String)>,
}

/// What an open element is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Open {
    Envelope,
    Header,
    Body,
    Fault,
    Detail,
    /// Not looked into.
    Passed,
    Node(usize),
}

fn messages(document: &[u8]) -> Result<Messages, Error> {
    let mut events = Events::new(document, Limits::MESSAGE)?;
    let mut found = Messages::default();
    let mut open: Vec<Open> = Vec::new();
    let envelope = NAMESPACES[usize::from(soap::NS.0)].uri;
    loop {
        let tag = match events.next()? {
            Event::Start(tag) => tag,
            Event::End(_) => {
                open.pop();
                continue;
            }
            Event::Eof => return Ok(found),
            _ => continue,
        };
        let uri = events.namespace(tag.prefix).unwrap_or_default();
        let name = || (uri.to_owned(), tag.local.to_owned());
        let next = match (open.last().copied(), uri == envelope, tag.local) {
            (None, true, "Envelope") => Open::Envelope,
            (Some(Open::Envelope), true, "Header") => Open::Header,
            (Some(Open::Envelope), true, "Body") => Open::Body,
            (Some(Open::Body), true, "Fault") => Open::Fault,
            (Some(Open::Fault), _, "detail") => Open::Detail,
            (Some(Open::Envelope | Open::Fault | Open::Passed), ..) => Open::Passed,
            (None, ..) => {
                found.bare = Some(name());
                Open::Node(found.names.at(None, tag.local))
            }
            (Some(Open::Body), ..) => {
                found.body.get_or_insert_with(name);
                Open::Node(found.names.at(None, tag.local))
            }
            (Some(Open::Header | Open::Detail), ..) => Open::Node(found.names.at(None, tag.local)),
            (Some(Open::Node(above)), ..) => {
                let node = found.names.at(Some(above), tag.local);
                if uri == XMLDSIG { Open::Passed } else { Open::Node(node) }
            }
        };
        if let Open::Node(node) = next {
            for attribute in tag.attributes().filter(|attribute| attribute.declares().is_none()) {
                let qualified = !attribute.prefix.is_empty();
                if !qualified || events.namespace(attribute.prefix) != Some(XSI) {
                    found.names.at(Some(node), &format!("@{}", attribute.local));
                }
            }
        }
        open.push(next);
    }
}
