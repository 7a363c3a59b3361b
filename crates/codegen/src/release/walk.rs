//! Two contracts side by side, from the messages of each operation down.
//!
//! A pair of types is compared once for each direction, however many places it is used in; the places are found
//! afterwards, from the changed types up to the messages.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use super::types::{self, Inside};
use super::verdict::Direction;
use super::{Change, Finding, Kind, Place, facet};
use crate::Error;
use crate::language::{Effective, Resolver};
use crate::schema::{ComplexType, Element, QName, SchemaSet, Type, XMLDSIG};
use crate::wsdl::{Operation, Service};

/// Where something was found, its places not yet known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Location {
    /// A child (or attribute, or, empty, the whole) of a pair of types.
    Node(usize, String),
    /// The element of a message.
    Root(Place),
}

/// Which findings are one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Cause {
    /// What the same named parts of the schemas say of a child.
    Owner(usize, usize, String),
    /// A named simple type.
    Simple(QName),
    /// Nothing shared.
    Here(Location),
}

/// A pair of types in one direction.
#[derive(Debug, Default)]
struct Node {
    /// Pairs it is used in, by the name of the child.
    parents: BTreeSet<(usize, Rc<str>)>,
    /// Messages whose element has it.
    roots: BTreeSet<Place>,
}

type Key = (Direction, Finding, Vec<String>, Cause);

/// The walk.
pub(super) struct Walk<'s> {
    old: Resolver<'s>,
    new: Resolver<'s>,
    nodes: Vec<Node>,
    known: HashMap<(Direction, usize, usize), usize>,
    found: BTreeMap<Key, BTreeSet<Location>>,
}

impl<'s> Walk<'s> {
    pub(super) fn new(old: &'s SchemaSet, new: &'s SchemaSet) -> Self {
        Self {
            old: Resolver::new(old),
            new: Resolver::new(new),
            nodes: Vec::new(),
            known: HashMap::new(),
            found: BTreeMap::new(),
        }
    }

    /// Compares the messages of an operation that both have.
    pub(super) fn operation(&mut self, service: &Service, old: &Operation, new: &Operation) -> Result<(), Error> {
        let pairs = [
            (Direction::Request, Some(&old.request), Some(&new.request)),
            (Direction::Request, Some(&old.header), Some(&new.header)),
            (Direction::Answer, Some(&old.answer), Some(&new.answer)),
            (Direction::Answer, old.answer_header.as_ref(), new.answer_header.as_ref()),
            (Direction::Answer, old.fault.as_ref(), new.fault.as_ref()),
        ];
        for (direction, one, other) in pairs {
            // Another element is a change by itself, told with the operations.
            let (Some(one), true) = (one, one == other) else { continue };
            let (Some(before), Some(after)) = (self.old.element(one), self.new.element(one)) else {
                return Err(Error::NoElement { name: one.clone() });
            };
            let place =
                Place { service: service.name.clone(), operation: old.name.clone(), path: one.local.to_string() };
            self.element(direction, before, after, &Location::Root(place))?;
        }
        Ok(())
    }

    fn say(&mut self, direction: Direction, finding: Finding, beside: Vec<String>, cause: Cause, at: Location) {
        self.found.entry((direction, finding, beside, cause)).or_default().insert(at);
    }

    fn element(
        &mut self,
        direction: Direction,
        before: &'s Element,
        after: &'s Element,
        at: &Location,
    ) -> Result<(), Error> {
        for finding in types::declarations(before, after) {
            self.say(direction, finding, Vec::new(), Cause::Here(at.clone()), at.clone());
        }
        // Signatures are made and read by their own rules.
        if &*before.name.ns == XMLDSIG {
            return Ok(());
        }
        let (old, new) = (self.old.effective(&before.ty, before)?, self.new.effective(&after.ty, after)?);
        match (old, new) {
            (Effective::Opaque, Effective::Opaque) => {}
            (Effective::Simple(old), Effective::Simple(new)) => {
                let found = facet::compare(&old, &new, false);
                if !found.is_empty() {
                    let shared = self.shared(&before.ty, &after.ty, before, after)?;
                    let cause = shared.map_or_else(|| Cause::Here(at.clone()), Cause::Simple);
                    for finding in found {
                        self.say(direction, finding, Vec::new(), cause.clone(), at.clone());
                    }
                }
            }
            (Effective::Complex(old), Effective::Complex(new)) => self.types(direction, &old, &new, at)?,
            (old, new) => {
                let shown = |effective: &Effective<'_>| match effective {
                    Effective::Simple(simple) => Some(facet::described(simple)),
                    Effective::Complex(_) => Some("elements".to_owned()),
                    Effective::Opaque => Some("anything".to_owned()),
                };
                let finding = Finding::new(Kind::StructureChanged, shown(&old), shown(&new));
                self.say(direction, finding, Vec::new(), Cause::Here(at.clone()), at.clone());
            }
        }
        Ok(())
    }

    /// The innermost named simple type that both derive from and that has itself changed.
    fn shared(&self, old: &Type, new: &Type, before: &Element, after: &Element) -> Result<Option<QName>, Error> {
        let names = names(self.new.set, new);
        let mut shared = None;
        for name in super::walk::names(self.old.set, old).into_iter().filter(|name| names.contains(name)) {
            let named = Type::Named(name.clone());
            let (one, other) = (self.old.value(&named, &before.origin)?, self.new.value(&named, &after.origin)?);
            if !facet::compare(&one, &other, false).is_empty() {
                shared = Some(name);
            }
        }
        Ok(shared)
    }

    fn types(
        &mut self,
        direction: Direction,
        old: &[&'s ComplexType],
        new: &[&'s ComplexType],
        at: &Location,
    ) -> Result<(), Error> {
        let (Some(one), Some(other)) = (old.last(), new.last()) else { return Ok(()) };
        let key = (direction, std::ptr::from_ref(*one).addr(), std::ptr::from_ref(*other).addr());
        let (node, first) = match self.known.get(&key) {
            Some(node) => (*node, false),
            None => {
                self.nodes.push(Node::default());
                self.known.insert(key, self.nodes.len() - 1);
                (self.nodes.len() - 1, true)
            }
        };
        match at {
            Location::Root(place) => drop(self.nodes[node].roots.insert(place.clone())),
            Location::Node(parent, name) => drop(self.nodes[node].parents.insert((*parent, name.as_str().into()))),
        }
        if !first {
            return Ok(());
        }
        for Inside { tail, finding, beside, owner } in types::compare((&self.old, old), (&self.new, new))? {
            let cause = Cause::Owner(owner.0, owner.1, tail.clone());
            self.say(direction, finding, beside, cause, Location::Node(node, tail));
        }
        if one.abstract_ && other.abstract_ {
            return self.kinds(direction, one, other, node);
        }
        let (before, after) = (self.old.children(old)?, self.new.children(new)?);
        for (name, one) in &before {
            if let Some(other) = after.get(name) {
                self.element(direction, one, other, &Location::Node(node, name.local.to_string()))?;
            }
        }
        Ok(())
    }

    /// The concrete kinds of an abstract type.
    fn kinds(
        &mut self,
        direction: Direction,
        old: &'s ComplexType,
        new: &'s ComplexType,
        node: usize,
    ) -> Result<(), Error> {
        let (Some(one), Some(other)) = (&old.name, &new.name) else { return Ok(()) };
        let (before, after) = (self.old.derived(one), self.new.derived(other));
        let here = Location::Node(node, String::new());
        let only = |one: &BTreeMap<QName, &ComplexType>, other: &BTreeMap<QName, &ComplexType>| -> Vec<String> {
            one.keys().filter(|name| !other.contains_key(*name)).map(|name| name.local.to_string()).collect()
        };
        for (kind, values) in
            [(Kind::SubtypeRemoved, only(&before, &after)), (Kind::SubtypeAdded, only(&after, &before))]
        {
            if !values.is_empty() {
                let cause = Cause::Here(here.clone());
                self.say(direction, Finding::with(kind, values), Vec::new(), cause, here.clone());
            }
        }
        for (name, one) in before {
            if let Some(other) = after.get(&name) {
                let (one, other) = (self.old.chain(one)?, self.new.chain(other)?);
                self.types(direction, &one, &other, &here)?;
            }
        }
        Ok(())
    }

    /// Everything found, with its places.
    pub(super) fn changes(self) -> Vec<Change> {
        let Self { nodes, found, .. } = self;
        let mut changes = Vec::new();
        for ((direction, finding, beside, _), locations) in found {
            let mut places = BTreeSet::new();
            for location in locations {
                match location {
                    Location::Root(place) => drop(places.insert(place)),
                    Location::Node(node, tail) => above(&nodes, node, &tail, &mut Vec::new(), &mut places),
                }
            }
            changes.push(finding.change(direction, places.into_iter().collect(), beside));
        }
        changes
    }
}

/// Places of something below a pair of types, on every way down from a message; a way that meets the same pair twice
/// is not gone.
fn above(nodes: &[Node], node: usize, tail: &str, open: &mut Vec<usize>, places: &mut BTreeSet<Place>) {
    if open.contains(&node) {
        return;
    }
    let joined = |name: &str| match (name.is_empty(), tail.is_empty()) {
        (true, _) => tail.to_owned(),
        (false, true) => name.to_owned(),
        (false, false) => format!("{name}/{tail}"),
    };
    for place in &nodes[node].roots {
        places.insert(Place { path: joined(&place.path), ..place.clone() });
    }
    open.push(node);
    for (parent, name) in &nodes[node].parents {
        above(nodes, *parent, &joined(name), open, places);
    }
    open.pop();
}

/// Named simple types from a type down to its base.
fn names(set: &SchemaSet, ty: &Type) -> Vec<QName> {
    let mut names = Vec::new();
    let mut current = ty.clone();
    loop {
        let simple = match current {
            Type::Named(name) => {
                let Some(simple) = set.simple_types.get(&name) else { return names };
                names.push(name);
                Rc::clone(simple)
            }
            Type::Simple(simple) => simple,
            Type::Builtin(_) | Type::Complex(_) => return names,
        };
        current = simple.base.clone();
    }
}
