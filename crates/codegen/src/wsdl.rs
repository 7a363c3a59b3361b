//! Services and operations, read from WSDL 1.1 (document/literal over SOAP 1.1, the only kind ГИС ЖКХ has).

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use roxmltree::Node;

use crate::Error;
use crate::schema::{
    Document, GKH, QName, SchemaSet, XS, children, origin, qname, read_schema, refuse_cycles, refuse_dangling,
    required, text_of,
};

const WSDL: &str = "http://schemas.xmlsoap.org/wsdl/";
const SOAP: &str = "http://schemas.xmlsoap.org/wsdl/soap/";

/// A service of the system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Name: the WSDL's file name without `hcs-`, `-service-async` and ending, or its folder's; `bills`.
    pub name: String,
    /// Path part of the address: `/ext-bus-bills-service/services/BillsAsync`.
    pub path: String,
    /// Operations in the order of the binding.
    pub operations: Vec<Operation>,
}

/// An operation of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// Name: `importPaymentDocumentData`.
    pub name: String,
    /// Value of the SOAPAction header.
    pub action: String,
    /// Header of the request: `RequestHeader` or `ISRequestHeader` of `base`.
    pub header: QName,
    /// Header of the answer.
    pub answer_header: Option<QName>,
    /// Body of the request.
    pub request: QName,
    /// Body of the answer: `AckRequest` for a submission.
    pub answer: QName,
    /// Element of the fault's detail.
    pub fault: Option<QName>,
    /// Elements of the service's `getStateResult` that answer this submission, if the contract says.
    pub branches: Vec<String>,
    /// Documentation.
    pub doc: String,
}

impl Operation {
    /// Whether it hands a request over, to be answered by a receipt now and a result later.
    pub fn is_submission(&self) -> bool {
        &*self.answer.local == "AckRequest"
    }
}

/// A contract: services and the schemas they stand on.
#[derive(Debug, Default)]
pub struct Contract {
    /// Services, by name.
    pub services: Vec<Service>,
    /// Schemas.
    pub schemas: SchemaSet,
    /// WSDL files read.
    pub files: Vec<PathBuf>,
}

impl Contract {
    /// Loads WSDLs and the schemas they import.
    ///
    /// # Errors
    /// As [`crate::schema::load`].
    pub fn load(wsdls: &[PathBuf]) -> Result<Self, Error> {
        let mut contract = Self::default();
        let mut seen = BTreeSet::new();
        for path in wsdls {
            let document = Document::read(path)?;
            contract.files.push(path.clone());
            let tree = document.parse()?;
            let root = tree.root_element();
            for types in children(root).filter(|node| node.has_tag_name((WSDL, "types"))) {
                for node in children(types).filter(|node| node.has_tag_name((XS, "schema"))) {
                    read_schema(node, &document, &mut contract.schemas, &mut seen)?;
                }
            }
            let service = service(path, &document, root, &contract.schemas)?;
            contract.services.push(service);
        }
        refuse_cycles(&contract.schemas)?;
        refuse_dangling(&contract.schemas)?;
        contract.services.sort_by(|left, right| left.name.cmp(&right.name));
        Ok(contract)
    }

    /// Every WSDL below a folder, in order of path.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn find(folder: &Path) -> Result<Vec<PathBuf>, Error> {
        let mut found = Vec::new();
        let mut open = vec![folder.to_owned()];
        while let Some(folder) = open.pop() {
            let io = |source| Error::Io { path: folder.clone(), source };
            for entry in std::fs::read_dir(&folder).map_err(io)? {
                let path = entry.map_err(io)?.path();
                if path.is_dir() {
                    open.push(path);
                } else if path.extension().is_some_and(|ending| ending == "wsdl") {
                    found.push(path);
                }
            }
        }
        found.sort();
        Ok(found)
    }
}

/// A child of WSDL's namespace.
fn find<'a, 'i>(node: Node<'a, 'i>, local: &str) -> Option<Node<'a, 'i>> {
    children(node).find(|child| child.has_tag_name((WSDL, local)))
}

fn service(path: &Path, document: &Document, root: Node<'_, '_>, schemas: &SchemaSet) -> Result<Service, Error> {
    let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let name = stem.strip_prefix("hcs-").unwrap_or(stem);
    let name = name.strip_suffix("-service-async").unwrap_or(name).to_owned();
    let invalid = |node: Node<'_, '_>, what: String| Error::Invalid { origin: origin(document, node), what };
    let wsdl = |node: Node<'_, '_>, local: &str| node.has_tag_name((WSDL, local));

    // message -> part -> element
    let mut messages: BTreeMap<&str, BTreeMap<&str, QName>> = BTreeMap::new();
    for message in children(root).filter(|node| wsdl(*node, "message")) {
        let mut parts = BTreeMap::new();
        for part in children(message).filter(|node| wsdl(*node, "part")) {
            let element = qname(document, part, required(document, part, "element")?)?;
            if !schemas.elements.contains_key(&element) {
                return Err(Error::Dangling { origin: origin(document, part), what: "element", name: element });
            }
            parts.insert(required(document, part, "name")?, element);
        }
        messages.insert(required(document, message, "name")?, parts);
    }
    let message = |node: Node<'_, '_>| -> Result<&BTreeMap<&str, QName>, Error> {
        let name = required(document, node, "message")?;
        let local = name.split_once(':').map_or(name, |(_, local)| local);
        messages.get(local).ok_or_else(|| invalid(node, format!("message `{name}` is not declared")))
    };
    let body = |node: Node<'_, '_>| -> Result<QName, Error> {
        let parts = message(node)?;
        match parts.values().next() {
            Some(element) if parts.len() == 1 => Ok(element.clone()),
            _ => Err(invalid(node, "a message of other than one part".into())),
        }
    };
    let mut ports = BTreeMap::new();
    for operation in children(root).filter(|node| wsdl(*node, "portType")).flat_map(children) {
        if wsdl(operation, "operation") {
            ports.insert(required(document, operation, "name")?, operation);
        }
    }
    let mut operations = Vec::new();
    for bound in children(root).filter(|node| wsdl(*node, "binding")).flat_map(children) {
        if !wsdl(bound, "operation") {
            continue;
        }
        let name = required(document, bound, "name")?;
        let port = *ports.get(name).ok_or_else(|| invalid(bound, format!("operation `{name}` has no port")))?;
        let without = |what: &str| invalid(bound, format!("operation `{name}` has no {what}"));
        let header = |node: Node<'_, '_>| -> Result<Option<QName>, Error> {
            let Some(header) = children(node).find(|node| node.has_tag_name((SOAP, "header"))) else { return Ok(None) };
            let part = required(document, header, "part")?;
            let parts = message(header)?;
            parts.get(part).cloned().map(Some).ok_or_else(|| invalid(header, format!("no part `{part}`")))
        };
        let action = children(bound)
            .find(|node| node.has_tag_name((SOAP, "operation")))
            .and_then(|node| node.attribute("soapAction"))
            .ok_or_else(|| invalid(bound, format!("operation `{name}` has no soapAction")))?;
        let branches = port
            .descendants()
            .filter(|node| node.has_tag_name((GKH, "result")))
            .flat_map(|node| node.attribute("branch").unwrap_or_default().split_whitespace())
            .map(str::to_owned)
            .collect();
        operations.push(Operation {
            name: name.to_owned(),
            action: action.to_owned(),
            header: header(find(bound, "input").ok_or_else(|| without("input"))?)?
                .ok_or_else(|| without("request header"))?,
            answer_header: header(find(bound, "output").ok_or_else(|| without("output"))?)?,
            request: body(find(port, "input").ok_or_else(|| without("input"))?)?,
            answer: body(find(port, "output").ok_or_else(|| without("output"))?)?,
            fault: find(port, "fault").map(body).transpose()?,
            branches,
            doc: find(port, "documentation")
                .map(|node| text_of(node).split_whitespace().collect::<Vec<_>>().join(" "))
                .unwrap_or_default(),
        });
    }
    let address = root
        .descendants()
        .find(|node| node.has_tag_name((SOAP, "address")))
        .and_then(|node| node.attribute("location"))
        .ok_or_else(|| invalid(root, "the service has no soap:address".into()))?;
    let path = address.split_once("://").and_then(|(_, rest)| rest.find('/').map(|at| rest[at..].to_owned()));
    let path = path.ok_or_else(|| invalid(root, format!("`{address}` is no address with a path")))?;
    Ok(Service { name, path, operations })
}
