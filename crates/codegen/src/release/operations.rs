//! Services and operations of two contracts.

use super::verdict::Direction;
use super::{Change, Finding, Kind, Place};
use crate::schema::QName;
use crate::wsdl::{Contract, Operation, Service};

/// Operations that both contracts have, with their service.
pub(super) fn common<'c>(
    before: &'c Contract,
    after: &'c Contract,
) -> impl Iterator<Item = (&'c Service, &'c Operation, &'c Operation)> {
    before.services.iter().flat_map(move |old| {
        let new = after.services.iter().find(|new| new.name == old.name);
        new.into_iter().flat_map(move |new| {
            old.operations.iter().filter_map(move |one| {
                new.operations.iter().find(|other| other.name == one.name).map(|other| (old, one, other))
            })
        })
    })
}

pub(super) fn compare(before: &Contract, after: &Contract) -> Vec<Change> {
    let mut changes = Vec::new();
    for old in &before.services {
        match after.services.iter().find(|new| new.name == old.name) {
            Some(new) => service(old, new, &mut changes),
            None => {
                let finding = Finding { values: names(old), ..Finding::new(Kind::ServiceRemoved, None, None) };
                changes.push(say(&old.name, "", Direction::Request, finding));
            }
        }
    }
    for new in &after.services {
        if !before.services.iter().any(|old| old.name == new.name) {
            let finding = Finding { values: names(new), ..Finding::new(Kind::ServiceAdded, None, None) };
            changes.push(say(&new.name, "", Direction::Request, finding));
        }
    }
    changes
}

fn names(service: &Service) -> Vec<String> {
    service.operations.iter().map(|operation| operation.name.clone()).collect()
}

fn say(service: &str, operation: &str, direction: Direction, finding: Finding) -> Change {
    let place = Place { service: service.to_owned(), operation: operation.to_owned(), path: String::new() };
    finding.change(direction, vec![place], Vec::new())
}

fn service(old: &Service, new: &Service, changes: &mut Vec<Change>) {
    if old.path != new.path {
        let finding = Finding::new(Kind::ServicePath, Some(old.path.clone()), Some(new.path.clone()));
        changes.push(say(&old.name, "", Direction::Request, finding));
    }
    for one in &old.operations {
        match new.operations.iter().find(|other| other.name == one.name) {
            Some(other) => operation(&old.name, one, other, changes),
            None => {
                let finding = Finding::new(Kind::OperationRemoved, Some(one.request.local.to_string()), None);
                changes.push(say(&old.name, &one.name, Direction::Request, finding));
            }
        }
    }
    for one in new.operations.iter().filter(|one| !old.operations.iter().any(|other| other.name == one.name)) {
        let finding = Finding::new(Kind::OperationAdded, None, Some(one.request.local.to_string()));
        changes.push(say(&old.name, &one.name, Direction::Request, finding));
    }
}

fn operation(service: &str, old: &Operation, new: &Operation, changes: &mut Vec<Change>) {
    let name = |name: &QName| Some(name.to_string());
    let optional = |name: &Option<QName>| name.as_ref().map(ToString::to_string);
    for (kind, direction, before, after) in [
        (Kind::Action, Direction::Request, Some(old.action.clone()), Some(new.action.clone())),
        (Kind::RequestHeader, Direction::Request, name(&old.header), name(&new.header)),
        (Kind::RequestElement, Direction::Request, name(&old.request), name(&new.request)),
        (Kind::AnswerHeader, Direction::Answer, optional(&old.answer_header), optional(&new.answer_header)),
        (Kind::AnswerElement, Direction::Answer, name(&old.answer), name(&new.answer)),
        (Kind::FaultElement, Direction::Answer, optional(&old.fault), optional(&new.fault)),
    ] {
        if before != after {
            changes.push(say(service, &old.name, direction, Finding::new(kind, before, after)));
        }
    }
}
