//! Simple types: the primitive, the facets, the enumeration.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::{Body, Kind, Place, Planner, TypeId, Value, ValueKind, distinct};
use crate::Error;
use crate::language::inherit;
use crate::names::camel;
use crate::schema::{Builtin, Facets, QName, SimpleType, Type};

/// The pattern of `base:GUIDType`; a text restricted to it becomes a GUID.
const GUID_PATTERN: &str = "([0-9a-fA-F]){8}-([0-9a-fA-F]){4}-([0-9a-fA-F]){4}-([0-9a-fA-F]){4}-([0-9a-fA-F]){12}";

/// What a simple type comes down to.
struct Resolved {
    base: Builtin,
    /// Facets of the list, if it is one.
    list: Option<Facets>,
    /// All facets, of one item if it is a list.
    facets: Facets,
    /// The named type that enumerates, with its documentation.
    owner: Option<(QName, String)>,
}

impl Planner<'_> {
    pub(super) fn value(
        &mut self,
        ty: &Type,
        place: &Place,
        name: &str,
        doc: &str,
        origin: &crate::schema::Origin,
    ) -> Result<Value, Error> {
        let Resolved { base, list, facets, owner } = self.resolve(ty, origin)?;
        let (list, list_facets) = (list.is_some(), list.and_then(|facets| self.facets(facets)));
        if !facets.enumeration.is_empty() && !matches!(base, Builtin::Boolean) {
            let id = match &owner {
                // The type that enumerates has a name: one Rust type for all its users.
                Some((owner_name, owner_doc)) => match self.enumerations.get(owner_name) {
                    Some(id) => *id,
                    None => {
                        let place = Place { module: vec![self.module(&owner_name.ns)] };
                        let id = self.reserve(&place, &self.type_name(owner_name), owner_doc);
                        self.enumerations.insert(owner_name.clone(), id);
                        self.enumeration(id, base, &facets);
                        id
                    }
                },
                None => {
                    let address = match ty {
                        Type::Simple(ty) => (Kind::Simple, Rc::as_ptr(ty).addr()),
                        _ => (Kind::Simple, 0),
                    };
                    match self.anonymous.get(&address).filter(|_| address.1 != 0) {
                        Some(id) => *id,
                        None => {
                            let id = self.reserve(place, name, doc);
                            self.anonymous.insert(address, id);
                            self.enumeration(id, base, &facets);
                            id
                        }
                    }
                }
            };
            return Ok(Value { kind: ValueKind::Enumeration(id), list, facets: None, list_facets });
        }
        let mut facets = facets;
        if base == Builtin::Positive && facets.min_inclusive.is_none() {
            facets.min_inclusive = Some("1".to_owned());
        }
        let mut kind = ValueKind::Builtin(base);
        if matches!(base, Builtin::String | Builtin::Token) {
            let guid = |step: &Vec<String>| step.len() == 1 && step[0] == GUID_PATTERN;
            if facets.patterns.iter().any(guid) {
                facets.patterns.retain(|step| !guid(step));
                kind = ValueKind::Guid;
            }
        }
        for (_, doc) in &mut facets.enumeration {
            doc.clear();
        }
        let facets = self.facets(facets);
        Ok(Value { kind, list, facets, list_facets })
    }

    /// Index of a set of facets in the plan; `None` if it restricts nothing.
    fn facets(&mut self, facets: Facets) -> Option<usize> {
        (facets != Facets::default()).then(|| match self.plan.facets.iter().position(|one| *one == facets) {
            Some(index) => index,
            None => {
                self.plan.facets.push(facets);
                self.plan.facets.len() - 1
            }
        })
    }

    fn resolve(&self, ty: &Type, origin: &crate::schema::Origin) -> Result<Resolved, Error> {
        let mut facets = Facets::default();
        let mut list = None;
        let mut owner = None;
        let mut current = ty.clone();
        loop {
            let simple: Rc<SimpleType> = match &current {
                Type::Builtin(base) => {
                    let base = if *base == Builtin::Any { Builtin::String } else { *base };
                    return Ok(Resolved { base, list, facets, owner });
                }
                Type::Simple(ty) => ty.clone(),
                Type::Named(name) => self.set.simple_types.get(name).cloned().ok_or_else(|| Error::Dangling {
                    origin: origin.clone(),
                    what: "type",
                    name: name.clone(),
                })?,
                Type::Complex(_) => {
                    return Err(Error::Unknown { origin: origin.clone(), construct: "complex type as a value".into() });
                }
            };
            if simple.list {
                // What was restricted so far is the list: how many items it has, or which lists are allowed.
                let mut whole = std::mem::take(&mut facets);
                // Lists of which each has one word are words.
                if crate::schema::single_words(&whole) {
                    facets.enumeration = whole.enumeration;
                    current = simple.base.clone();
                    continue;
                }
                whole.enumeration.iter_mut().for_each(|(_, doc)| doc.clear());
                if list.replace(whole).is_some() {
                    let construct = "list of lists".into();
                    return Err(Error::Unknown { origin: simple.origin.clone(), construct });
                }
                owner = None;
            }
            if facets.enumeration.is_empty() && !simple.facets.enumeration.is_empty() {
                owner = simple.name.clone().map(|name| (name, simple.doc.clone()));
            }
            facets = inherit(facets, &simple.facets);
            current = simple.base.clone();
        }
    }

    fn enumeration(&mut self, id: TypeId, base: Builtin, facets: &Facets) {
        let path = format!("{}::{}", self.plan.types[id].module.join("::"), self.plan.types[id].name);
        let mut names = BTreeSet::from(["Other".to_owned()]);
        let values = facets.enumeration.iter().map(|(value, doc)| {
            let mut name = match self.overrides.get(&format!("{path}.{value}")) {
                Some(chosen) => chosen.to_owned(),
                None => camel(value),
            };
            distinct(&mut name, "", &mut names);
            (value.clone(), name, doc.clone())
        });
        let values = values.collect();
        self.plan.types[id].body = Body::Enumeration { base, values };
    }
}
