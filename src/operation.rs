//! What an operation is: a row of the contract's table, and the types that go with it.

use gis_gkh_xml::check::Violation;
use gis_gkh_xml::{Element, Error, Guid, Name, Reader, Versions};

use crate::contract::{NAMESPACES, base};

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
    /// The schema fixes the one version there is; else it lists them in words.
    pub version_fixed: bool,
    /// How often elements of the request may repeat, in document order; those without an end are left out.
    pub limits: &'static [Limit],
    /// Elements of the service's `getStateResult` that answer this submission.
    pub branches: &'static [&'static str],
}

/// The largest number of times an element of a request may stand in its parent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// Names from the request's child down, by `/`: `PaymentDocument/PaymentInformationKey`.
    pub path: &'static str,
    /// At most so many (`maxOccurs`).
    pub max: u32,
}

/// A request whose result is fetched later.
pub trait Submission: Element {
    /// The operation.
    const OPERATION: &'static Operation;
    /// The operation that fetches the result.
    const STATE: &'static Operation;
    /// Type of the result.
    type State: StateAnswer;
    /// The part of the service's answer that answers this operation: one branch of it, or, where several branches may
    /// answer, the whole.
    type Result;

    /// Takes the part out of the whole; `None` if the answer does not have it: the request was refused, is not processed
    /// yet, or an export found nothing.
    fn result(state: Self::State) -> Option<Self::Result>;

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

/// A part of a request, or a result that answers one, with the identifier that joins them.
///
/// Results come in any order, and what is missing among them is unknown, not successful.
pub trait Tracked {
    /// The caller's own identifier of the part (`TransportGUID`); `None` only where the contract makes it optional.
    fn transport_guid(&self) -> Option<Guid>;
}

/// What became of one part of an import.
pub trait ObjectResult: Tracked {
    /// The system's identifier of the object, if it has one now.
    fn guid(&self) -> Option<Guid>;

    /// Done, or refused with reasons.
    fn outcome(&self) -> &base::common_result::Outcome;
}

/// A message of the contract whose type is known by name only.
#[derive(Debug, Clone, Copy)]
pub struct MessageKind {
    /// The element.
    pub name: Name,
    /// Reads the element that stands next and checks its values.
    pub inspect: fn(&mut Reader<'_>) -> Result<Vec<Violation>, Error>,
    /// Reads a document that is this message and nothing else, strictly, and writes it again, with these versions in
    /// place of the contract's own. The error says where the document is not as the contract says.
    pub echo: fn(&[u8], &Versions) -> Result<Echo, Error>,
}

/// A message that was read and written again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Echo {
    /// Values that the contract does not allow, with their paths.
    pub violations: Vec<Violation>,
    /// The message in exclusive canonical form.
    pub canonical: String,
    /// Whether reading the canonical form gives the same message: nothing was lost by writing.
    pub faithful: bool,
}

impl MessageKind {
    /// The row of a message type.
    pub(crate) const fn of<T: Element + PartialEq>() -> Self {
        Self { name: T::NAME, inspect: inspect::<T>, echo: echo::<T> }
    }
}

fn inspect<T: Element>(reader: &mut Reader<'_>) -> Result<Vec<Violation>, Error> {
    T::read_element(reader).map(|message| message.check())
}

fn echo<T: Element + PartialEq>(document: &[u8], versions: &Versions) -> Result<Echo, Error> {
    let message = T::from_xml(document, NAMESPACES)?;
    let canonical = message.to_xml(NAMESPACES, versions);
    let faithful = T::from_xml(canonical.as_bytes(), NAMESPACES).is_ok_and(|again| again == message);
    Ok(Echo { violations: message.check(), canonical, faithful })
}
