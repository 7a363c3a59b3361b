//! One contract's declarations, resolved to what they effectively say.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::described;
use super::model::{Model, choice, repeat, sequence};
use crate::Error;
use crate::schema::{
    AttributeRef, AttributeUse, Builtin, ComplexType, Derivation, Element, Facets, Origin, Particle, ParticleKind,
    QName, SchemaSet, Type,
};

/// One contract, resolved on demand.
#[derive(Debug)]
pub(crate) struct Resolver<'s> {
    pub(crate) set: &'s SchemaSet,
}

/// Whether an attribute is required, its fixed value, its type in words.
type DescribedAttribute = (bool, Option<String>, String);

/// Fixed and default value of a declaration.
pub(crate) type Given = (Option<String>, Option<String>);

/// What the type of an element effectively is.
#[derive(Debug, Clone)]
pub(crate) enum Effective<'s> {
    Simple(Box<Simple>),
    Complex(Vec<&'s ComplexType>),
    Opaque,
}

/// A simple type's primitive and all its facets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Simple {
    pub(crate) base: Builtin,
    /// Facets of the list, if it is one.
    pub(crate) list: Option<Facets>,
    /// All facets, of one item if it is a list.
    pub(crate) facets: Facets,
}

impl<'s> Resolver<'s> {
    /// A resolver over one contract's schemas.
    pub(crate) fn new(set: &'s SchemaSet) -> Self {
        Self { set }
    }

    pub(crate) fn element(&self, name: &QName) -> Option<&'s Rc<Element>> {
        self.set.elements.get(name)
    }

    /// The complex type and its bases, the base first. A restriction stands for itself.
    pub(crate) fn chain(&self, ty: &'s ComplexType) -> Result<Vec<&'s ComplexType>, Error> {
        let mut chain = vec![ty];
        let mut current = ty;
        loop {
            current = match &current.base {
                Some(Derivation::Extension(base)) => {
                    self.set.complex_types.get(base).ok_or_else(|| dangling(ty, "type", base))?
                }
                // Text with attributes may extend text with attributes.
                Some(Derivation::Text(Type::Named(base))) => match self.set.complex_types.get(base) {
                    Some(base) => base,
                    None => break,
                },
                _ => break,
            };
            chain.push(current);
        }
        chain.reverse();
        // An anonymous extension that adds nothing is its base.
        if chain.len() > 1 && ty.name.is_none() && ty.content.is_none() && ty.attributes.is_empty() {
            chain.pop();
        }
        Ok(chain)
    }

    pub(crate) fn effective(&self, ty: &'s Type, origin: &Element) -> Result<Effective<'s>, Error> {
        Ok(match ty {
            Type::Complex(ty) => self.complex(ty)?,
            Type::Named(name) => match (self.set.complex_types.get(name), self.set.simple_types.get(name)) {
                (Some(ty), _) => self.complex(ty)?,
                (None, Some(_)) => Effective::Simple(Box::new(self.value(ty, &origin.origin)?)),
                (None, None) => {
                    return Err(Error::Dangling { origin: origin.origin.clone(), what: "type", name: name.clone() });
                }
            },
            Type::Builtin(Builtin::Any) => Effective::Opaque,
            Type::Simple(_) | Type::Builtin(_) => Effective::Simple(Box::new(self.value(ty, &origin.origin)?)),
        })
    }

    pub(crate) fn complex(&self, ty: &'s ComplexType) -> Result<Effective<'s>, Error> {
        let chain = self.chain(ty)?;
        let opaque = chain.iter().any(|ty| ty.opaque || ty.content.as_ref().is_some_and(has_any));
        Ok(if opaque { Effective::Opaque } else { Effective::Complex(chain) })
    }

    /// A type that must be simple.
    pub(crate) fn value(&self, ty: &Type, user: &Origin) -> Result<Simple, Error> {
        let mut facets = Facets::default();
        let mut list = None;
        let mut current = ty.clone();
        loop {
            let simple = match &current {
                Type::Builtin(base) => return Ok(Simple { base: *base, list, facets: canonical(*base, facets) }),
                Type::Named(name) => self.set.simple_types.get(name).cloned().ok_or_else(|| Error::Dangling {
                    origin: user.clone(),
                    what: "simple type",
                    name: name.clone(),
                })?,
                Type::Simple(ty) => ty.clone(),
                Type::Complex(ty) => {
                    let construct = "complex type as a value".to_owned();
                    return Err(Error::Unknown { origin: ty.origin.clone(), construct });
                }
            };
            if simple.list {
                let whole = std::mem::take(&mut facets);
                // Lists of which each has one word are words.
                if crate::schema::single_words(&whole) {
                    facets.enumeration = whole.enumeration;
                } else {
                    list = Some(canonical(Builtin::Any, whole));
                }
            }
            facets = inherit(facets, &simple.facets);
            current = simple.base.clone();
        }
    }

    pub(crate) fn model(&self, chain: &[&'s ComplexType]) -> Result<Rc<Model>, Error> {
        let mut model = Rc::new(Model::Empty);
        for ty in chain {
            if let Some(content) = &ty.content {
                model = sequence(model, self.particle(content)?);
            }
        }
        Ok(model)
    }

    pub(crate) fn particle(&self, particle: &Particle) -> Result<Rc<Model>, Error> {
        let one = match &particle.kind {
            ParticleKind::Element(element) => Rc::new(Model::Element(element.name.clone())),
            ParticleKind::Ref(name) => Rc::new(Model::Element(name.clone())),
            ParticleKind::Sequence(all) => all
                .iter()
                .try_fold(Rc::new(Model::Empty), |before, one| Ok::<_, Error>(sequence(before, self.particle(one)?)))?,
            ParticleKind::Choice(all) => {
                choice(all.iter().map(|one| self.particle(one)).collect::<Result<Vec<_>, _>>()?)
            }
            ParticleKind::Group(name) => self.particle(&self.group(particle, name)?.content)?,
            ParticleKind::Any => Rc::new(Model::Never),
        };
        Ok(repeat(one, particle.min, particle.max))
    }

    pub(crate) fn group(&self, particle: &Particle, name: &QName) -> Result<&'s crate::schema::Group, Error> {
        self.set.groups.get(name).map(|group| &**group).ok_or_else(|| Error::Dangling {
            origin: particle.origin.clone(),
            what: "group",
            name: name.clone(),
        })
    }

    /// Declarations of the children of a type by name.
    pub(crate) fn children(&self, chain: &[&'s ComplexType]) -> Result<BTreeMap<QName, &'s Rc<Element>>, Error> {
        let mut out = BTreeMap::new();
        for content in chain.iter().filter_map(|ty| ty.content.as_ref()) {
            self.collect(content, &mut out)?;
        }
        Ok(out)
    }

    pub(crate) fn collect(
        &self,
        particle: &'s Particle,
        out: &mut BTreeMap<QName, &'s Rc<Element>>,
    ) -> Result<(), Error> {
        match &particle.kind {
            ParticleKind::Element(element) => {
                out.insert(element.name.clone(), element);
            }
            ParticleKind::Ref(name) => {
                let element = self.element(name).ok_or_else(|| Error::Dangling {
                    origin: particle.origin.clone(),
                    what: "element",
                    name: name.clone(),
                })?;
                out.insert(name.clone(), element);
            }
            ParticleKind::Sequence(all) | ParticleKind::Choice(all) => {
                all.iter().try_for_each(|one| self.collect(one, out))?;
            }
            ParticleKind::Group(name) => self.collect(&self.group(particle, name)?.content, out)?,
            ParticleKind::Any => {}
        }
        Ok(())
    }

    /// Fixed and default values of the children of a type, by name: one name may be declared more than once.
    pub(crate) fn given(&self, chain: &[&'s ComplexType]) -> Result<BTreeMap<QName, BTreeSet<Given>>, Error> {
        let mut out = BTreeMap::new();
        for content in chain.iter().filter_map(|ty| ty.content.as_ref()) {
            self.collect_given(content, &mut out)?;
        }
        Ok(out)
    }

    fn collect_given(&self, particle: &'s Particle, out: &mut BTreeMap<QName, BTreeSet<Given>>) -> Result<(), Error> {
        let mut add = |element: &Element| {
            out.entry(element.name.clone()).or_default().insert((element.fixed.clone(), element.default.clone()));
        };
        match &particle.kind {
            ParticleKind::Element(element) => add(element),
            ParticleKind::Ref(name) => self.element(name).into_iter().for_each(|element| add(element)),
            ParticleKind::Sequence(all) | ParticleKind::Choice(all) => {
                all.iter().try_for_each(|one| self.collect_given(one, out))?;
            }
            ParticleKind::Group(name) => self.collect_given(&self.group(particle, name)?.content, out)?,
            ParticleKind::Any => {}
        }
        Ok(())
    }

    /// Attributes of a type by name: required, fixed value, simple type.
    pub(crate) fn attributes(&self, chain: &[&'s ComplexType]) -> Result<BTreeMap<QName, DescribedAttribute>, Error> {
        let mut out = BTreeMap::new();
        for attribute in chain.iter().flat_map(|ty| &ty.attributes) {
            let (name, ty) = self.attribute(attribute)?;
            let ty = self.value(&ty, &attribute.origin)?;
            out.insert(name, (attribute.required, attribute.fixed.clone(), described(&ty)));
        }
        Ok(out)
    }

    pub(crate) fn attribute(&self, attribute: &AttributeUse) -> Result<(QName, Type), Error> {
        match &attribute.attribute {
            AttributeRef::Local(attribute) => Ok((attribute.name.clone(), attribute.ty.clone())),
            AttributeRef::Ref(name) => match self.set.attributes.get(name) {
                Some(found) => Ok((name.clone(), found.ty.clone())),
                None => {
                    Err(Error::Dangling { origin: attribute.origin.clone(), what: "attribute", name: name.clone() })
                }
            },
        }
    }

    /// Concrete types that may stand for an abstract one, by name.
    pub(crate) fn derived(&self, base: &QName) -> BTreeMap<QName, &'s ComplexType> {
        let mut out = BTreeMap::new();
        for (name, ty) in &self.set.complex_types {
            let mut current: &ComplexType = ty;
            for _ in 0..64 {
                let Some(Derivation::Extension(parent)) = &current.base else { break };
                if parent == base && !ty.abstract_ {
                    out.insert(name.clone(), &**ty);
                }
                match self.set.complex_types.get(parent) {
                    Some(parent) => current = parent,
                    None => break,
                }
            }
        }
        out
    }
}

fn dangling(ty: &ComplexType, what: &'static str, name: &QName) -> Error {
    Error::Dangling { origin: ty.origin.clone(), what, name: name.clone() }
}

fn has_any(particle: &Particle) -> bool {
    match &particle.kind {
        ParticleKind::Any => true,
        ParticleKind::Sequence(all) | ParticleKind::Choice(all) => all.iter().any(has_any),
        _ => false,
    }
}

/// Facets of a derived type over those of its base.
pub(crate) fn inherit(own: Facets, base: &Facets) -> Facets {
    let mut patterns = own.patterns;
    patterns.extend(base.patterns.iter().cloned());
    Facets {
        length: own.length.or(base.length),
        min_length: own.min_length.or(base.min_length),
        max_length: own.max_length.or(base.max_length),
        total_digits: own.total_digits.or(base.total_digits),
        fraction_digits: own.fraction_digits.or(base.fraction_digits),
        min_inclusive: own.min_inclusive.or_else(|| base.min_inclusive.clone()),
        max_inclusive: own.max_inclusive.or_else(|| base.max_inclusive.clone()),
        min_exclusive: own.min_exclusive.or_else(|| base.min_exclusive.clone()),
        max_exclusive: own.max_exclusive.or_else(|| base.max_exclusive.clone()),
        patterns,
        enumeration: if own.enumeration.is_empty() { base.enumeration.clone() } else { own.enumeration },
    }
}

/// Facets without what says nothing: order, documentation, `minLength="0"`, digits that are zero anyway.
fn canonical(base: Builtin, mut facets: Facets) -> Facets {
    facets.min_length = facets.min_length.filter(|min| *min > 0);
    if let (Some(length), None, None) = (facets.length, facets.min_length, facets.max_length) {
        facets.min_length = Some(length);
        facets.max_length = Some(length);
        facets.length = None;
    }
    let whole = !matches!(base, Builtin::Decimal | Builtin::Double);
    if whole && facets.fraction_digits == Some(0) {
        facets.fraction_digits = None;
    }
    for (_, doc) in &mut facets.enumeration {
        doc.clear();
    }
    facets.enumeration.sort();
    for step in &mut facets.patterns {
        step.sort();
    }
    facets.patterns.sort();
    facets
}
