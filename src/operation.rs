//! What an operation is: a row of the contract's table, and the types that go with it.

use gis_gkh_xml::check::Violation;
use gis_gkh_xml::{Element, Error, Guid, Name, Reader};

use crate::contract::base;

/// Header a request carries (`protocol` §2.2: eleven operations have the short one).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Header {
    /// `RequestHeader`: names the organisation acted for.
    Organisation,
    /// `ISRequestHeader`: names nobody; the certificate tells the information system.
    InformationSystem,
}

/// What an operation does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Hands a request over; the answer is a receipt, the result is fetched later. Signed.
    Submission,
    /// Fetches the result of a submission. Not signed.
    State,
    /// Answers at once. Not signed.
    Query,
}

/// A row of the table of operations, generated from the WSDL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operation {
    /// Service: `bills`.
    pub service: &'static str,
    /// Path of the service: `/ext-bus-bills-service/services/BillsAsync`.
    pub path: &'static str,
    /// Name: `importPaymentDocumentData`.
    pub name: &'static str,
    /// Value of the SOAPAction header.
    pub action: &'static str,
    /// Header of the request.
    pub header: Header,
    /// What it does.
    pub kind: Kind,
    /// Element in the request's body.
    pub request: Name,
    /// Element in the answer's body.
    pub answer: Name,
    /// Versions of the request the contract names, the newest last; empty for requests without a version.
    pub versions: &'static [&'static str],
    /// Elements of the service's `getStateResult` that answer this submission.
    pub branches: &'static [&'static str],
}

/// A request whose result is fetched later.
pub trait Submission: Element {
    /// The operation.
    const OPERATION: &'static Operation;
    /// The operation that fetches the result.
    const STATE: &'static Operation;
    /// Type of the result.
    type State: StateAnswer;

    /// Gives the request element its `Id`, which the signature refers to.
    fn identify(&mut self, id: &str);
}

/// A request that is answered at once.
pub trait Query: Element {
    /// The operation.
    const OPERATION: &'static Operation;
    /// Type of the answer.
    type Answer: Element;
}

/// `getStateResult` of some service: what all of them have.
pub trait StateAnswer: Element {
    /// `RequestState`: 1 received, 2 in processing, 3 processed.
    fn state(&self) -> u8;

    /// The message asked for, by the system's identifier.
    fn message_guid(&self) -> Guid;

    /// The error that refused the whole request, if one did.
    fn error(&self) -> Option<&base::ErrorMessage>;
}

/// A message of the contract whose type is known by name only.
#[derive(Debug, Clone, Copy)]
pub struct MessageKind {
    /// The element.
    pub name: Name,
    /// Reads the element that stands next and checks its values.
    pub inspect: fn(&mut Reader<'_>) -> Result<Vec<Violation>, Error>,
}

pub(crate) fn inspect<T: Element>(reader: &mut Reader<'_>) -> Result<Vec<Violation>, Error> {
    T::read_element(reader).map(|message| message.check())
}
