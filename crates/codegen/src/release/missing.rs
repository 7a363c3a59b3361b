//! Which used paths a contract does not have.

use super::{Place, Used};
use crate::Error;
use crate::language::{Effective, Resolver};
use crate::schema::{Element, QName};
use crate::wsdl::{Contract, Operation};

/// The paths of `used` that a contract lacks, in order: a service or operation that is not there, an element or attribute
/// that its message no longer has.
///
/// # Errors
/// A reference to nothing in the contract.
pub fn missing(contract: &Contract, used: &Used) -> Result<Vec<Place>, Error> {
    let resolver = Resolver::new(&contract.schemas);
    let mut lacking = Vec::new();
    for place in used.lines() {
        let mut found = false;
        for operation in operations(contract, place) {
            for message in messages(operation) {
                let Some(element) = resolver.element(message) else { continue };
                found = found || (place.path.is_empty() || has(&resolver, element, &place.path)?);
            }
        }
        if !found {
            lacking.push(place.clone());
        }
    }
    Ok(lacking)
}

/// The operations that a path may be of.
fn operations<'c>(contract: &'c Contract, place: &Place) -> impl Iterator<Item = &'c Operation> {
    let any = |wanted: &str, name: &str| wanted == "*" || wanted == name;
    let services = contract.services.iter().filter(move |service| any(&place.service, &service.name));
    services.flat_map(|service| &service.operations).filter(move |one| any(&place.operation, &one.name))
}

fn messages(operation: &Operation) -> impl Iterator<Item = &QName> {
    let rest = [operation.answer_header.as_ref(), operation.fault.as_ref()];
    [Some(&operation.request), Some(&operation.answer), Some(&operation.header)].into_iter().chain(rest).flatten()
}

/// Whether a path leads somewhere from an element that its first name must be.
fn has(resolver: &Resolver<'_>, element: &Element, path: &str) -> Result<bool, Error> {
    let (first, rest) = path.split_once('/').map_or((path, None), |(first, rest)| (first, Some(rest)));
    if *element.name.local != *first {
        return Ok(false);
    }
    let Some(rest) = rest else { return Ok(true) };
    let chain = match resolver.effective(&element.ty, element)? {
        Effective::Complex(chain) => chain,
        // What is not described may hold anything.
        Effective::Opaque => return Ok(true),
        Effective::Simple(_) => return Ok(false),
    };
    let mut chains = vec![chain];
    if let Some(name) = chains[0].last().filter(|ty| ty.abstract_).and_then(|ty| ty.name.as_ref()) {
        for kind in resolver.derived(name).into_values() {
            chains.push(resolver.chain(kind)?);
        }
    }
    for chain in chains {
        if let Some(attribute) = rest.strip_prefix('@') {
            if resolver.attributes(&chain)?.keys().any(|name| *name.local == *attribute) || attribute == "type" {
                return Ok(true);
            }
            continue;
        }
        for child in resolver.children(&chain)?.into_values() {
            if has(resolver, child, rest)? {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn each_missing_path_is_named() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wsdl");
        let contract = Contract::load(&Contract::find(&folder).unwrap()).unwrap();
        let lines = "bills/importPaymentDocumentData: importPaymentDocumentRequest/PaymentDocument/AccountGuid
            bills/importPaymentDocumentData: importPaymentDocumentRequest/@version
            bills/*: getStateResult/ImportResult/Error/ErrorCode
            nsi-common/getState: getStateResult/NsiItem/NsiElement/NsiElementField/@type
            bills/importPaymentDocumentData: importPaymentDocumentRequest/PaymentDocument/Gone
            bills/importPaymentDocumentData: importPaymentDocumentRequest/@gone
            bills/importPaymentDocumentData: importPaymentDocumentRequest/PaymentDocument/AccountGuid/Deeper
            bills/gone: importPaymentDocumentRequest
            gone/importPaymentDocumentData: importPaymentDocumentRequest";
        let lines: Vec<&str> = lines.lines().collect();
        let used = Used::parse(&lines.join("\n")).unwrap();
        let lacking = missing(&contract, &used).unwrap();
        let expected: Vec<String> =
            Used::parse(&lines[4..].join("\n")).unwrap().lines().map(ToString::to_string).collect();
        assert_eq!(lacking.iter().map(ToString::to_string).collect::<Vec<_>>(), expected);
        assert_eq!(lacking.len(), 5);
    }
}
