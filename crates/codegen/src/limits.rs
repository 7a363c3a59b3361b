//! How often elements of a message may repeat: what a person must know before filling it.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use crate::Error;
use crate::language::{Effective, Resolver};
use crate::schema::{ComplexType, Element, Particle, ParticleKind, QName, SchemaSet};

/// The largest number of times an element may stand in its parent.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Limit {
    /// Names from the message's child down, by `/`: `PaymentDocument/PaymentInformation`.
    pub path: String,
    /// At most so many in one parent.
    pub max: u32,
}

/// The limits of a message, in document order: every element that may repeat, and not without end. A type inside itself
/// is not entered again.
///
/// # Errors
/// A reference to nothing.
pub fn limits(set: &SchemaSet, message: &QName) -> Result<Vec<Limit>, Error> {
    let Some(element) = set.elements.get(message) else { return Err(Error::NoElement { name: message.clone() }) };
    let mut walk = Walk { resolver: Resolver::new(set), known: HashMap::new(), open: Vec::new(), cut: false };
    Ok((*walk.below(element)?).clone())
}

struct Walk<'s> {
    resolver: Resolver<'s>,
    /// Limits of types, by address.
    known: HashMap<usize, Rc<Vec<Limit>>>,
    open: Vec<usize>,
    /// A type inside itself was met, so what was found inside is not all there is.
    cut: bool,
}

impl<'s> Walk<'s> {
    fn below(&mut self, element: &'s Element) -> Result<Rc<Vec<Limit>>, Error> {
        let chain = match self.resolver.effective(&element.ty, element)? {
            Effective::Complex(chain) => chain,
            Effective::Simple(_) | Effective::Opaque => return Ok(Rc::default()),
        };
        let Some(address) = chain.last().map(|ty| std::ptr::from_ref::<ComplexType>(ty).addr()) else {
            return Ok(Rc::default());
        };
        if let Some(known) = self.known.get(&address) {
            return Ok(Rc::clone(known));
        }
        if self.open.contains(&address) {
            self.cut = true;
            return Ok(Rc::default());
        }
        self.open.push(address);
        let mut found = Vec::new();
        for child in occurrences(&self.resolver, &chain)? {
            let name = &child.element.name.local;
            if let Some(max) = child.max.filter(|max| *max > 1) {
                found.push(Limit { path: name.to_string(), max });
            }
            for inner in self.below(child.element)?.iter() {
                found.push(Limit { path: format!("{name}/{}", inner.path), max: inner.max });
            }
        }
        self.open.pop();
        let found = Rc::new(found);
        if !self.cut {
            self.known.insert(address, Rc::clone(&found));
        } else if self.open.is_empty() {
            self.cut = false;
        }
        Ok(found)
    }
}

/// How often an element may stand in its parent, whatever stands beside it.
#[derive(Debug, Clone)]
pub(crate) struct Occurrence<'s> {
    /// The declaration.
    pub(crate) element: &'s Rc<Element>,
    /// At least.
    pub(crate) min: u32,
    /// At most; `None` is unbounded.
    pub(crate) max: Option<u32>,
}

/// Children of a type in document order, each name once.
pub(crate) fn occurrences<'s>(
    resolver: &Resolver<'s>,
    chain: &[&'s ComplexType],
) -> Result<Vec<Occurrence<'s>>, Error> {
    let mut found = Vec::new();
    for content in chain.iter().filter_map(|ty| ty.content.as_ref()) {
        for one in of_particle(resolver, content)? {
            add(&mut found, one);
        }
    }
    Ok(found)
}

fn of_particle<'s>(resolver: &Resolver<'s>, particle: &'s Particle) -> Result<Vec<Occurrence<'s>>, Error> {
    let mut found = match &particle.kind {
        ParticleKind::Element(element) => vec![Occurrence { element, min: 1, max: Some(1) }],
        ParticleKind::Ref(name) => {
            let element = resolver.element(name).ok_or_else(|| Error::Dangling {
                origin: particle.origin.clone(),
                what: "element",
                name: name.clone(),
            })?;
            vec![Occurrence { element, min: 1, max: Some(1) }]
        }
        ParticleKind::Sequence(all) => {
            let mut found = Vec::new();
            for part in all {
                for one in of_particle(resolver, part)? {
                    add(&mut found, one);
                }
            }
            found
        }
        ParticleKind::Choice(all) => {
            let branches = all.iter().map(|part| of_particle(resolver, part)).collect::<Result<Vec<_>, _>>()?;
            either(branches)
        }
        ParticleKind::Group(name) => of_particle(resolver, &resolver.group(particle, name)?.content)?,
        ParticleKind::Any => Vec::new(),
    };
    for one in &mut found {
        one.min = one.min.saturating_mul(particle.min);
        one.max = times(one.max, particle.max);
    }
    Ok(found)
}

/// One after the other: numbers add up.
fn add<'s>(found: &mut Vec<Occurrence<'s>>, more: Occurrence<'s>) {
    match found.iter_mut().find(|one| one.element.name == more.element.name) {
        Some(one) => {
            one.min = one.min.saturating_add(more.min);
            one.max = one.max.zip(more.max).map(|(left, right)| left.saturating_add(right));
        }
        None => found.push(more),
    }
}

/// One of several: the least of the least, the most of the most.
fn either(branches: Vec<Vec<Occurrence<'_>>>) -> Vec<Occurrence<'_>> {
    let count = branches.len();
    let mut seen: BTreeMap<QName, usize> = BTreeMap::new();
    let mut found: Vec<Occurrence<'_>> = Vec::new();
    for one in branches.into_iter().flatten() {
        *seen.entry(one.element.name.clone()).or_default() += 1;
        match found.iter_mut().find(|other| other.element.name == one.element.name) {
            Some(other) => {
                other.min = other.min.min(one.min);
                other.max = other.max.zip(one.max).map(|(left, right)| left.max(right));
            }
            None => found.push(one),
        }
    }
    for one in &mut found {
        if seen.get(&one.element.name).is_none_or(|seen| *seen < count) {
            one.min = 0;
        }
    }
    found
}

/// A product of two numbers of occurrences, of which none may be unbounded.
fn times(left: Option<u32>, right: Option<u32>) -> Option<u32> {
    match (left, right) {
        (Some(0), _) | (_, Some(0)) => Some(0),
        (left, right) => left.zip(right).map(|(left, right)| left.saturating_mul(right)),
    }
}
