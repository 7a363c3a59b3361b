//! Content models as languages: what a document may say, whatever way the schema says it.
//!
//! Two contracts are wire-compatible when for each element of an operation the same documents are valid. Types may be
//! named or cut up differently, so the comparison resolves both sides to effective content models and walks them
//! together by derivatives: after the same children, both must allow the same next children and both must, or must not,
//! be allowed to end. Counted repetitions are kept as counters and stepped down, so `maxOccurs="500"` costs 500 steps
//! and no explosion.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use crate::Error;
use crate::schema::{
    AttributeRef, AttributeUse, Builtin, ComplexType, ConstraintKind, Derivation, Element, Facets, Particle,
    ParticleKind, QName, SchemaSet, SimpleType, Type, XMLDSIG,
};

/// An expression over element names.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Model {
    /// Nothing matches.
    Never,
    /// The empty content.
    Empty,
    /// One element.
    Element(QName),
    /// One after the other.
    Sequence(Rc<Model>, Rc<Model>),
    /// One of several, sorted, without doubles.
    Choice(Vec<Rc<Model>>),
    /// Repeated.
    Repeat(Rc<Model>, u32, Option<u32>),
}

fn sequence(left: Rc<Model>, right: Rc<Model>) -> Rc<Model> {
    match (&*left, &*right) {
        (Model::Never, _) | (_, Model::Never) => Rc::new(Model::Never),
        (Model::Empty, _) => right,
        (_, Model::Empty) => left,
        // To the right, so that equal languages reached on different ways look equal.
        (Model::Sequence(first, rest), _) => sequence(first.clone(), sequence(rest.clone(), right)),
        _ => Rc::new(Model::Sequence(left, right)),
    }
}

fn choice(options: impl IntoIterator<Item = Rc<Model>>) -> Rc<Model> {
    let mut all = BTreeSet::new();
    for option in options {
        match &*option {
            Model::Never => {}
            Model::Choice(inner) => all.extend(inner.iter().cloned()),
            _ => {
                all.insert(option);
            }
        }
    }
    match all.len() {
        0 => Rc::new(Model::Never),
        1 => all.into_iter().next().unwrap_or_else(|| Rc::new(Model::Never)),
        _ => Rc::new(Model::Choice(all.into_iter().collect())),
    }
}

fn repeat(model: Rc<Model>, min: u32, max: Option<u32>) -> Rc<Model> {
    match (&*model, min, max) {
        (_, _, Some(0)) | (Model::Empty, ..) => Rc::new(Model::Empty),
        (Model::Never, 0, _) => Rc::new(Model::Empty),
        (Model::Never, ..) => Rc::new(Model::Never),
        (_, 1, Some(1)) => model,
        // What may be empty may be so any number of times.
        _ if min > 0 && nullable(&model) => repeat(model, 0, max),
        _ => Rc::new(Model::Repeat(model, min, max)),
    }
}

fn nullable(model: &Model) -> bool {
    match model {
        Model::Never | Model::Element(_) => false,
        Model::Empty => true,
        Model::Sequence(left, right) => nullable(left) && nullable(right),
        Model::Choice(options) => options.iter().any(|option| nullable(option)),
        Model::Repeat(model, min, _) => *min == 0 || nullable(model),
    }
}

/// Names that may stand first.
fn first(model: &Model, out: &mut BTreeSet<QName>) {
    match model {
        Model::Never | Model::Empty => {}
        Model::Element(name) => {
            out.insert(name.clone());
        }
        Model::Sequence(left, right) => {
            first(left, out);
            if nullable(left) {
                first(right, out);
            }
        }
        Model::Choice(options) => options.iter().for_each(|option| first(option, out)),
        Model::Repeat(model, ..) => first(model, out),
    }
}

/// What may follow once `name` stood first.
fn derive(model: &Rc<Model>, name: &QName) -> Rc<Model> {
    match &**model {
        Model::Never | Model::Empty => Rc::new(Model::Never),
        Model::Element(one) => Rc::new(if one == name { Model::Empty } else { Model::Never }),
        Model::Sequence(left, right) => {
            let taken = sequence(derive(left, name), right.clone());
            if nullable(left) { choice([taken, derive(right, name)]) } else { taken }
        }
        Model::Choice(options) => choice(options.iter().map(|option| derive(option, name))),
        Model::Repeat(one, min, max) => {
            let rest = repeat(one.clone(), min.saturating_sub(1), max.map(|max| max - 1));
            sequence(derive(one, name), rest)
        }
    }
}

/// One contract, resolved on demand.
#[derive(Debug)]
pub struct Resolver<'s> {
    set: &'s SchemaSet,
}

/// What the type of an element effectively is.
#[derive(Debug, Clone)]
enum Effective<'s> {
    Simple(Simple),
    Complex(Vec<&'s ComplexType>),
    Opaque,
}

/// A simple type's primitive and all its facets.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Simple {
    base: Builtin,
    list: bool,
    facets: Facets,
}

impl<'s> Resolver<'s> {
    /// A resolver over one contract's schemas.
    pub fn new(set: &'s SchemaSet) -> Self {
        Self { set }
    }

    fn element(&self, name: &QName) -> Option<&'s Rc<Element>> {
        self.set.elements.get(name)
    }

    /// The complex type and its bases, the base first. A restriction stands for itself.
    fn chain(&self, ty: &'s ComplexType) -> Result<Vec<&'s ComplexType>, Error> {
        let mut chain = vec![ty];
        let mut current = ty;
        while let Some(Derivation::Extension(base)) = &current.base {
            current = self.set.complex_types.get(base).ok_or_else(|| dangling(ty, "type", base))?;
            if chain.len() > 64 {
                return Err(Error::Cycle { origin: ty.origin.clone(), name: base.clone() });
            }
            chain.push(current);
        }
        chain.reverse();
        Ok(chain)
    }

    fn effective(&self, ty: &'s Type, origin: &Element) -> Result<Effective<'s>, Error> {
        Ok(match ty {
            Type::Complex(ty) => self.complex(ty)?,
            Type::Named(name) => match (self.set.complex_types.get(name), self.set.simple_types.get(name)) {
                (Some(ty), _) => self.complex(ty)?,
                (None, Some(ty)) => Effective::Simple(self.simple(ty)?),
                (None, None) => {
                    return Err(Error::Dangling { origin: origin.origin.clone(), what: "type", name: name.clone() });
                }
            },
            Type::Simple(ty) => Effective::Simple(self.simple(ty)?),
            Type::Builtin(Builtin::Any) => Effective::Opaque,
            Type::Builtin(base) => Effective::Simple(builtin(*base)),
        })
    }

    fn complex(&self, ty: &'s ComplexType) -> Result<Effective<'s>, Error> {
        let chain = self.chain(ty)?;
        let opaque = chain.iter().any(|ty| ty.opaque || ty.content.as_ref().is_some_and(has_any));
        Ok(if opaque { Effective::Opaque } else { Effective::Complex(chain) })
    }

    fn simple(&self, ty: &SimpleType) -> Result<Simple, Error> {
        let mut facets = ty.facets.clone();
        let mut base = ty.base.clone();
        let mut list = ty.list;
        for _ in 0..64 {
            let inner = match &base {
                Type::Builtin(builtin) => {
                    return Ok(Simple { base: *builtin, list, facets: canonical(*builtin, facets) });
                }
                Type::Named(name) => self.set.simple_types.get(name).cloned(),
                Type::Simple(ty) => Some(ty.clone()),
                Type::Complex(_) => None,
            };
            let Some(inner) = inner else { break };
            list |= inner.list;
            facets = inherit(facets, &inner.facets);
            base = inner.base.clone();
        }
        Ok(Simple { base: Builtin::Any, list, facets })
    }

    fn model(&self, chain: &[&'s ComplexType]) -> Result<Rc<Model>, Error> {
        let mut model = Rc::new(Model::Empty);
        for ty in chain {
            if let Some(content) = &ty.content {
                model = sequence(model, self.particle(content)?);
            }
        }
        Ok(model)
    }

    fn particle(&self, particle: &Particle) -> Result<Rc<Model>, Error> {
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

    fn group(&self, particle: &Particle, name: &QName) -> Result<&'s crate::schema::Group, Error> {
        self.set.groups.get(name).map(|group| &**group).ok_or_else(|| Error::Dangling {
            origin: particle.origin.clone(),
            what: "group",
            name: name.clone(),
        })
    }

    /// Declarations of the children of a type by name.
    fn children(&self, chain: &[&'s ComplexType]) -> Result<BTreeMap<QName, &'s Rc<Element>>, Error> {
        let mut out = BTreeMap::new();
        for content in chain.iter().filter_map(|ty| ty.content.as_ref()) {
            self.collect(content, &mut out)?;
        }
        Ok(out)
    }

    fn collect(&self, particle: &'s Particle, out: &mut BTreeMap<QName, &'s Rc<Element>>) -> Result<(), Error> {
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

    /// Attributes of a type by name: required, fixed value, simple type.
    fn attributes(&self, chain: &[&'s ComplexType]) -> Result<BTreeMap<QName, (bool, Option<String>, String)>, Error> {
        let mut out = BTreeMap::new();
        for attribute in chain.iter().flat_map(|ty| &ty.attributes) {
            let (name, ty) = self.attribute(attribute)?;
            let described = match ty {
                Type::Builtin(builtin) => format!("{builtin:?}"),
                Type::Simple(ty) => format!("{:?}", described(&self.simple(&ty)?)),
                Type::Named(name) => match self.set.simple_types.get(&name) {
                    Some(ty) => format!("{:?}", described(&self.simple(ty)?)),
                    None => name.to_string(),
                },
                Type::Complex(_) => "complex".to_owned(),
            };
            out.insert(name, (attribute.required, attribute.fixed.clone(), described));
        }
        Ok(out)
    }

    fn attribute(&self, attribute: &AttributeUse) -> Result<(QName, Type), Error> {
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
    fn derived(&self, base: &QName) -> BTreeMap<QName, &'s ComplexType> {
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

fn builtin(base: Builtin) -> Simple {
    Simple { base, list: false, facets: canonical(base, Facets::default()) }
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

/// A difference between two contracts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Elements from the compared one down, by `/`.
    pub path: String,
    /// What differs: ours first, theirs second.
    pub what: String,
}

/// Compares two contracts, element by element.
#[derive(Debug)]
pub struct Comparison<'s> {
    ours: Resolver<'s>,
    theirs: Resolver<'s>,
    /// Pairs of types already compared or being compared: recursion ends here.
    seen: HashMap<(usize, usize), ()>,
    differences: Vec<Difference>,
    elements: usize,
}

impl<'s> Comparison<'s> {
    /// A comparison of two contracts.
    pub fn new(ours: &'s SchemaSet, theirs: &'s SchemaSet) -> Self {
        Self {
            ours: Resolver::new(ours),
            theirs: Resolver::new(theirs),
            seen: HashMap::new(),
            differences: Vec::new(),
            elements: 0,
        }
    }

    /// What differs so far.
    pub fn differences(&self) -> &[Difference] {
        &self.differences
    }

    /// Elements compared so far: a comparison of nothing proves nothing.
    pub fn elements(&self) -> usize {
        self.elements
    }

    /// Compares a global element of both.
    ///
    /// # Errors
    /// A reference to nothing in one of the contracts.
    pub fn element(&mut self, name: &QName) -> Result<(), Error> {
        match (self.ours.element(name), self.theirs.element(name)) {
            (Some(ours), Some(theirs)) => self.declarations(ours, theirs, &name.local),
            (ours, _) => {
                let what = if ours.is_none() { "ours does not have it" } else { "theirs does not have it" };
                self.differ(&name.local, what.to_owned());
                Ok(())
            }
        }
    }

    fn differ(&mut self, path: &str, what: String) {
        self.differences.push(Difference { path: path.to_owned(), what });
    }

    fn compare<T: PartialEq + std::fmt::Debug>(&mut self, path: &str, what: &str, ours: &T, theirs: &T) {
        if ours != theirs {
            self.differ(path, format!("{what}: {ours:?} is not {theirs:?}"));
        }
    }

    fn declarations(&mut self, ours: &'s Element, theirs: &'s Element, path: &str) -> Result<(), Error> {
        self.elements += 1;
        self.compare(path, "fixed", &ours.fixed, &theirs.fixed);
        self.constraints(ours, theirs, path);
        // Signatures are raw to both the generator and the system: their content is the business of XML Signature.
        if &*ours.name.ns == XMLDSIG {
            return Ok(());
        }
        let (left, right) = (self.ours.effective(&ours.ty, ours)?, self.theirs.effective(&theirs.ty, theirs)?);
        match (left, right) {
            (Effective::Opaque, Effective::Opaque) => Ok(()),
            (Effective::Simple(left), Effective::Simple(right)) => {
                self.compare(path, "type", &described(&left), &described(&right));
                Ok(())
            }
            (Effective::Complex(left), Effective::Complex(right)) => self.types(&left, &right, path),
            (left, right) => {
                self.differ(path, format!("kind: {} is not {}", kind(&left), kind(&right)));
                Ok(())
            }
        }
    }

    fn types(&mut self, left: &[&'s ComplexType], right: &[&'s ComplexType], path: &str) -> Result<(), Error> {
        let (Some(ours), Some(theirs)) = (left.last(), right.last()) else { return Ok(()) };
        let key = (std::ptr::from_ref(*ours).addr(), std::ptr::from_ref(*theirs).addr());
        if self.seen.insert(key, ()).is_some() {
            return Ok(());
        }
        self.compare(path, "abstract", &ours.abstract_, &theirs.abstract_);
        let text = |chain: &[&ComplexType], resolver: &Resolver<'_>| -> Result<Option<String>, Error> {
            let Some(Derivation::Text(ty)) = chain.iter().find_map(|ty| ty.base.as_ref()) else { return Ok(None) };
            Ok(Some(match ty {
                Type::Builtin(base) => described(&builtin(*base)),
                Type::Simple(ty) => described(&resolver.simple(ty)?),
                Type::Named(name) => match resolver.set.simple_types.get(name) {
                    Some(ty) => described(&resolver.simple(ty)?),
                    None => name.to_string(),
                },
                Type::Complex(_) => "complex".to_owned(),
            }))
        };
        let (ours_text, theirs_text) = (text(left, &self.ours)?, text(right, &self.theirs)?);
        self.compare(path, "text", &ours_text, &theirs_text);
        let (ours_attributes, theirs_attributes) = (self.ours.attributes(left)?, self.theirs.attributes(right)?);
        self.compare(path, "attributes", &ours_attributes, &theirs_attributes);
        if ours.abstract_ {
            return self.substitutes(ours, theirs, path);
        }
        self.models(left, right, path)?;
        let (ours_children, theirs_children) = (self.ours.children(left)?, self.theirs.children(right)?);
        for (name, ours) in &ours_children {
            if let Some(theirs) = theirs_children.get(name) {
                self.declarations(ours, theirs, &format!("{path}/{}", name.local))?;
            }
        }
        Ok(())
    }

    fn substitutes(&mut self, ours: &ComplexType, theirs: &ComplexType, path: &str) -> Result<(), Error> {
        let (Some(ours), Some(theirs)) = (&ours.name, &theirs.name) else { return Ok(()) };
        let (left, right) = (self.ours.derived(ours), self.theirs.derived(theirs));
        let names = |map: &BTreeMap<QName, &ComplexType>| map.keys().cloned().collect::<Vec<_>>();
        self.compare(path, "xsi:type", &names(&left), &names(&right));
        for (name, ours) in left {
            if let Some(theirs) = right.get(&name) {
                let (ours, theirs) = (self.ours.chain(ours)?, self.theirs.chain(theirs)?);
                self.types(&ours, &theirs, &format!("{path}({})", name.local))?;
            }
        }
        Ok(())
    }

    fn models(&mut self, left: &[&'s ComplexType], right: &[&'s ComplexType], path: &str) -> Result<(), Error> {
        let start = (self.ours.model(left)?, self.theirs.model(right)?);
        let mut seen = BTreeSet::from([start.clone()]);
        let mut open = vec![(start, Vec::<QName>::new())];
        while let Some(((ours, theirs), after)) = open.pop() {
            let say = |what: String| {
                let after = after.iter().map(|name| &*name.local).collect::<Vec<_>>();
                let shown = &after[after.len().saturating_sub(4)..];
                format!("after `{}`: {what}", shown.join(" "))
            };
            if nullable(&ours) != nullable(&theirs) {
                let which =
                    if nullable(&ours) { "ours may end, theirs may not" } else { "theirs may end, ours may not" };
                self.differ(path, say(which.to_owned()));
                return Ok(());
            }
            let (mut left, mut right) = (BTreeSet::new(), BTreeSet::new());
            first(&ours, &mut left);
            first(&theirs, &mut right);
            if left != right {
                let only = |one: &BTreeSet<QName>, other: &BTreeSet<QName>| {
                    one.difference(other).map(ToString::to_string).collect::<Vec<_>>().join(", ")
                };
                self.differ(
                    path,
                    say(format!("only ours allows [{}], only theirs [{}]", only(&left, &right), only(&right, &left))),
                );
                return Ok(());
            }
            for name in left {
                let next = (derive(&ours, &name), derive(&theirs, &name));
                if seen.insert(next.clone()) {
                    let mut after = after.clone();
                    after.push(name);
                    open.push((next, after));
                }
            }
        }
        Ok(())
    }

    fn constraints(&mut self, ours: &Element, theirs: &Element, path: &str) {
        // A constraint's own name is not on the wire; what a keyref refers to is compared by the key's definition.
        let all = |element: &Element| {
            let define = |constraint: &crate::schema::Constraint| {
                let mut selector: Vec<String> = constraint.selector.iter().map(|steps| format!("{steps:?}")).collect();
                selector.sort();
                (selector, format!("{:?}", constraint.fields))
            };
            let mut all: Vec<_> = element
                .constraints
                .iter()
                .map(|constraint| {
                    let kind = match &constraint.kind {
                        ConstraintKind::Key => "key".to_owned(),
                        ConstraintKind::Unique => "unique".to_owned(),
                        ConstraintKind::KeyRef(key) => {
                            let target = element.constraints.iter().find(|one| one.name == *key).map(define);
                            format!("keyref to {target:?}")
                        }
                    };
                    (kind, define(constraint))
                })
                .collect();
            all.sort();
            all.dedup();
            all
        };
        let (left, right) = (all(ours), all(theirs));
        for one in left.iter().filter(|one| !right.contains(one)) {
            self.differ(path, format!("only ours has the constraint {one:?}"));
        }
        for one in right.iter().filter(|one| !left.contains(one)) {
            self.differ(path, format!("only theirs has the constraint {one:?}"));
        }
    }
}

fn described(simple: &Simple) -> String {
    let list = if simple.list { "list of " } else { "" };
    format!("{list}{:?} {:?}", simple.base, simple.facets)
}

fn kind(effective: &Effective<'_>) -> &'static str {
    match effective {
        Effective::Simple(_) => "a value",
        Effective::Complex(_) => "an element with structure",
        Effective::Opaque => "anything",
    }
}
