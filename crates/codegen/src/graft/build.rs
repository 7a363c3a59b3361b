//! The set of schemas that results: our types, their contents where those differ, and the rest of the package.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use super::content::Context;
use super::decide::{Decisions, address, complex};
use super::groups::{Book, Names, Uses};
use crate::Error;
use crate::language::{Pair, Resolver, constraints, described};
use crate::schema::{AttributeRef, AttributeUse, ComplexType, Derivation, Element, QName, SchemaSet, Type};

/// Whose cut a content has that means something else than ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cut {
    /// Ours, as far as it goes.
    Ours,
    /// Theirs.
    Theirs,
}

pub(super) struct Builder<'s> {
    pub(super) ours: Resolver<'s>,
    pub(super) theirs: Resolver<'s>,
    pub(super) decisions: &'s Decisions<'s>,
    pub(super) cut: Cut,
    pub(super) book: Book,
    pub(super) out: RefCell<SchemaSet>,
    /// New names of types that are neither ours nor replaced by ours.
    pub(super) renamed: RefCell<BTreeMap<QName, QName>>,
    /// Types rebuilt from a pair.
    rebuilt: RefCell<HashMap<Pair, Type>>,
}

/// An element of ours with what became of it.
pub(super) struct Mapped {
    pub(super) element: Rc<Element>,
    /// It is no longer what we wrote.
    pub(super) touched: bool,
}

impl<'s> Builder<'s> {
    pub(super) fn new(
        ours: &'s SchemaSet,
        theirs: &'s SchemaSet,
        decisions: &'s Decisions<'s>,
        cut: Cut,
        names: Names,
    ) -> Self {
        Self {
            ours: Resolver::new(ours),
            theirs: Resolver::new(theirs),
            decisions,
            cut,
            book: Book::new(names, &decisions.groups),
            out: RefCell::default(),
            renamed: RefCell::default(),
            rebuilt: RefCell::default(),
        }
    }

    pub(super) fn build(self) -> Result<(SchemaSet, Uses), Error> {
        let (ours, theirs) = (self.ours.set, self.theirs.set);
        {
            let mut out = self.out.borrow_mut();
            out.complex_types = ours.complex_types.clone();
            out.simple_types = ours.simple_types.clone();
            out.groups = ours.groups.clone();
            out.attributes = ours.attributes.clone();
            out.elements = ours.elements.clone();
            out.files = theirs.files.clone();
        }
        for (name, attribute) in &theirs.attributes {
            let attribute = self.foreign_attribute(attribute)?;
            self.out.borrow_mut().attributes.insert(name.clone(), attribute);
        }
        for (name, element) in &theirs.elements {
            let mapped = self.element(ours.elements.get(name), element, false)?;
            self.out.borrow_mut().elements.insert(name.clone(), mapped.element);
        }
        self.kinds()?;
        self.unbased()?;
        self.unlent()?;
        Ok((self.out.into_inner(), self.book.close()))
    }

    /// Kinds of an abstract type: those that only the package has, and those that only we have.
    fn kinds(&self) -> Result<(), Error> {
        for (name, ty) in &self.theirs.set.complex_types {
            let Some(Derivation::Extension(base)) = &ty.base else { continue };
            let is_kind = self.theirs.set.complex_types.get(base).is_some_and(|base| base.abstract_);
            if is_kind && !self.ours.set.complex_types.contains_key(name) {
                self.named(name)?;
            }
        }
        for (name, ty) in self.decisions.changed().filter(|(_, ty)| ty.abstract_) {
            let theirs = ty.name.as_ref().map(|name| self.theirs.derived(name)).unwrap_or_default();
            for (kind, gone) in self.ours.derived(name) {
                if !theirs.contains_key(&kind) {
                    let parts = self.ours.chain(gone)?;
                    let alone = self.alone(gone, parts.get(1..).unwrap_or(&parts));
                    self.out.borrow_mut().complex_types.insert(kind, Rc::new(alone));
                }
            }
        }
        Ok(())
    }

    /// Types of ours that stay what they were although one that they stand on does not.
    fn unbased(&self) -> Result<(), Error> {
        for (name, ty) in &self.ours.set.complex_types {
            let chain = self.ours.chain(ty)?;
            let Some((_, bases)) = chain.split_last().filter(|_| self.decisions.taken(name).is_none()) else {
                continue;
            };
            let lost = bases.iter().filter(|base| !base.abstract_).filter_map(|base| base.name.as_ref());
            if lost.into_iter().any(|base| self.decisions.taken(base).is_some()) {
                let alone = self.alone(ty, &chain);
                self.out.borrow_mut().complex_types.insert(name.clone(), Rc::new(alone));
            }
        }
        Ok(())
    }

    /// A type of ours with all that its bases say; still the kind of an abstract one.
    fn alone(&self, ty: &ComplexType, chain: &[&ComplexType]) -> ComplexType {
        let own = match chain {
            [first, rest @ ..] if first.abstract_ => rest,
            all => all,
        };
        let mut parts: Vec<_> = own.iter().filter_map(|ty| ty.content.clone()).collect();
        let content = match parts.len() {
            0 | 1 => parts.pop(),
            _ => Some(super::content::sequence(parts, &ty.origin)),
        };
        let base = match chain.first() {
            Some(first) if first.abstract_ && chain.len() > 1 => first.name.clone().map(Derivation::Extension),
            Some(first) => first.base.clone().filter(|base| matches!(base, Derivation::Text(_))),
            None => None,
        };
        let attributes = own.iter().flat_map(|ty| ty.attributes.clone()).collect();
        ComplexType { base, content, attributes, ..ty.clone() }
    }

    /// An element of theirs, with the type ours has for it if there is one. With `given`, its fixed and default values
    /// are known to be ours: a name declared more than once has several.
    pub(super) fn element(
        &self,
        ours: Option<&Rc<Element>>,
        theirs: &Rc<Element>,
        given: bool,
    ) -> Result<Mapped, Error> {
        let Some(ours) = ours else {
            let ty = self.foreign(&theirs.ty)?;
            return Ok(Mapped { element: Rc::new(Element { ty, ..(**theirs).clone() }), touched: true });
        };
        let ty = self.counterpart(ours, theirs)?;
        let same_constraints = constraints(ours) == constraints(theirs);
        let given = given || (ours.fixed == theirs.fixed && ours.default == theirs.default);
        if ty.is_none() && given && same_constraints {
            return Ok(Mapped { element: ours.clone(), touched: false });
        }
        let from = if given { ours } else { theirs };
        let element = Element {
            name: theirs.name.clone(),
            ty: ty.unwrap_or_else(|| ours.ty.clone()),
            fixed: from.fixed.clone(),
            default: from.default.clone(),
            doc: if ours.doc.is_empty() { theirs.doc.clone() } else { ours.doc.clone() },
            constraints: if same_constraints { ours.constraints.clone() } else { theirs.constraints.clone() },
            left_out: Vec::new(),
            origin: theirs.origin.clone(),
        };
        Ok(Mapped { element: Rc::new(element), touched: true })
    }

    /// The type that stands in for theirs in a place where we have a type too; `None` if ours does as it is.
    fn counterpart(&self, ours: &Element, theirs: &Element) -> Result<Option<Type>, Error> {
        match (complex(self.ours.set, &ours.ty), complex(self.theirs.set, &theirs.ty)) {
            (Some(left), Some(right)) => {
                if left.opaque != right.opaque {
                    return self.foreign(&theirs.ty).map(Some);
                }
                if left.opaque || self.decisions.same((address(left), address(right))) {
                    return Ok(None);
                }
                match &left.name {
                    Some(name) if self.decisions.takes(name, address(right)) => {
                        self.retake(name, left, right)?;
                        Ok(None)
                    }
                    _ => self.apart(left, right, &theirs.name).map(Some),
                }
            }
            (None, None) => self.value(ours, theirs),
            _ => self.foreign(&theirs.ty).map(Some),
        }
    }

    /// Gives our named type the content theirs has.
    pub(super) fn retake(&self, name: &QName, ours: &ComplexType, theirs: &ComplexType) -> Result<(), Error> {
        let pair = (std::ptr::from_ref(ours).addr(), std::ptr::from_ref(theirs).addr());
        if self.rebuilt.borrow_mut().insert(pair, Type::Named(name.clone())).is_some() {
            return Ok(());
        }
        let ty = self.rebuild(ours, theirs)?;
        self.out
            .borrow_mut()
            .complex_types
            .insert(name.clone(), Rc::new(ComplexType { name: Some(name.clone()), ..ty }));
        Ok(())
    }

    /// A type of its own for one of several places where a type of ours no longer means the same.
    fn apart(&self, ours: &Rc<ComplexType>, theirs: &Rc<ComplexType>, at: &QName) -> Result<Type, Error> {
        let pair = (address(ours), address(theirs));
        if let Some(known) = self.rebuilt.borrow().get(&pair) {
            return Ok(known.clone());
        }
        let Some(known) = &ours.name else {
            return Ok(Type::Complex(Rc::new(self.rebuild(ours, theirs)?)));
        };
        let mut name = QName::new(known.ns.clone(), format!("{}Of{}", known.local, capital(&at.local)));
        while self.is_taken(&name) {
            name = QName::new(name.ns.clone(), format!("{}Too", name.local));
        }
        self.rebuilt.borrow_mut().insert(pair, Type::Named(name.clone()));
        // Reserved before its content is walked, which may come to another that would have this name.
        self.out.borrow_mut().complex_types.insert(name.clone(), ours.clone());
        let ty = ComplexType { name: Some(name.clone()), ..self.rebuild(ours, theirs)? };
        self.out.borrow_mut().complex_types.insert(name.clone(), Rc::new(ty));
        Ok(Type::Named(name))
    }

    /// Whether a type has this name, or one of the package will want it.
    fn is_taken(&self, name: &QName) -> bool {
        self.out.borrow().complex_types.contains_key(name) || self.theirs.set.complex_types.contains_key(name)
    }

    /// Our type with what theirs means: our cut as far as it goes.
    fn rebuild(&self, ours: &ComplexType, theirs: &ComplexType) -> Result<ComplexType, Error> {
        let (left, right) = (self.ours.chain(ours)?, self.theirs.chain(theirs)?);
        let mut rebuilt = ComplexType {
            abstract_: theirs.abstract_,
            opaque: theirs.opaque,
            origin: theirs.origin.clone(),
            ..ours.clone()
        };
        let context = Context::new(self, &left, &right, ours)?;
        let text = self.text(&left, &right)?;
        let own = if text.is_some() { None } else { self.on_its_bases(&left, &right, &context)? };
        if let Some(own) = own {
            (rebuilt.content, rebuilt.attributes) = (own.content, own.attributes);
        } else {
            rebuilt.content = self.whole(&left, &right, &context)?;
            rebuilt.attributes = self.attributes(&left, &right)?;
            rebuilt.base = text.map_or_else(|| self.flat(&left), |text| text.map(Derivation::Text));
        }
        if let (true, Some(ours), Some(theirs)) = (theirs.abstract_, &ours.name, &theirs.name) {
            let theirs = self.theirs.derived(theirs);
            for (name, kind) in self.ours.derived(ours) {
                if let Some(theirs) = theirs.get(&name) {
                    self.kind(&name, kind, theirs)?;
                }
            }
        }
        Ok(rebuilt)
    }

    /// A kind of an abstract type: its name is on the wire, so it takes what theirs means whoever else uses it.
    fn kind(&self, name: &QName, ours: &'s ComplexType, theirs: &'s ComplexType) -> Result<(), Error> {
        let pair = (std::ptr::from_ref(ours).addr(), std::ptr::from_ref(theirs).addr());
        if self.decisions.same(pair) { Ok(()) } else { self.retake(name, ours, theirs) }
    }

    /// What remains of the derivation once the content of the bases stands in the type itself: the kind of an abstract
    /// type, whose base has no content, and text.
    fn flat(&self, chain: &[&ComplexType]) -> Option<Derivation> {
        let empty = |ty: &ComplexType| ty.content.is_none() && ty.attributes.is_empty();
        let first = chain.first()?;
        match (&first.base, chain.len() > 1 && first.abstract_ && empty(first)) {
            (Some(text @ Derivation::Text(_)), _) => Some(text.clone()),
            (None, true) => first.name.clone().map(Derivation::Extension),
            _ => None,
        }
    }

    /// The text of a type if it is not ours: `Some(None)` for none.
    fn text(&self, ours: &[&ComplexType], theirs: &[&ComplexType]) -> Result<Option<Option<Type>>, Error> {
        let of = |chain: &[&ComplexType]| match chain.first().map(|ty| &ty.base) {
            Some(Some(Derivation::Text(text))) => Some(text.clone()),
            _ => None,
        };
        let origin = |chain: &[&ComplexType]| chain.first().map(|ty| ty.origin.clone());
        Ok(match (of(ours), of(theirs), origin(ours), origin(theirs)) {
            (Some(left), Some(right), Some(our_place), Some(place)) => {
                let (known, found) = (self.ours.value(&left, &our_place)?, self.theirs.value(&right, &place)?);
                if described(&known) == described(&found) { None } else { Some(Some(self.foreign(&right)?)) }
            }
            (None, Some(right), ..) => Some(Some(self.foreign(&right)?)),
            (Some(_), None, ..) => Some(None),
            _ => None,
        })
    }

    /// Attributes as theirs are, in our words where they are the same.
    fn attributes(&self, ours: &[&ComplexType], theirs: &[&ComplexType]) -> Result<Vec<AttributeUse>, Error> {
        let (left, right) = (self.ours.attributes(ours)?, self.theirs.attributes(theirs)?);
        let mut out = Vec::new();
        for used in theirs.iter().flat_map(|ty| &ty.attributes) {
            let (name, _) = self.theirs.attribute(used)?;
            let mut known = None;
            for one in ours.iter().flat_map(|ty| &ty.attributes) {
                if self.ours.attribute(one)?.0 == name {
                    known = Some(one);
                }
            }
            out.push(match known {
                Some(known) if left.get(&name) == right.get(&name) => {
                    let versions = if used.versions.is_empty() { &known.versions } else { &used.versions };
                    AttributeUse { versions: versions.clone(), ..known.clone() }
                }
                _ => self.foreign_use(used)?,
            });
        }
        Ok(out)
    }

    /// What the bases of a type mean by now: how many of them one that took a type of theirs brings along, with that
    /// type. The nearest decides that has a place of its own.
    pub(super) fn taken_base(&self, bases: &[&ComplexType]) -> Option<(usize, &Rc<ComplexType>)> {
        let names = bases.iter().enumerate().rev().filter_map(|(at, base)| Some((at, base.name.as_ref()?)));
        let mut placed = names.filter(|(_, name)| self.decisions.kept(name) || self.decisions.taken(name).is_some());
        let (at, name) = placed.next()?;
        Some((at + 1, self.decisions.taken(name)?))
    }

    /// The attributes of theirs that our bases do not bring; `None` if the bases bring something else.
    pub(super) fn own_attributes(
        &self,
        bases: &[&ComplexType],
        ours: &[&ComplexType],
        theirs: &[&ComplexType],
    ) -> Result<Option<Vec<AttributeUse>>, Error> {
        let taken = self.taken_base(bases);
        let mut brought = self.ours.attributes(&bases[taken.map_or(0, |(count, _)| count)..])?;
        if let Some((_, taken)) = taken {
            brought.extend(self.theirs.attributes(&self.theirs.chain(taken)?)?);
        }
        let wanted = self.theirs.attributes(theirs)?;
        if brought.iter().any(|(name, brought)| wanted.get(name) != Some(brought)) {
            return Ok(None);
        }
        let mut own = Vec::new();
        for used in self.attributes(ours, theirs)? {
            if !brought.contains_key(name_of(&used)) {
                own.push(used);
            }
        }
        Ok(Some(own))
    }
}

fn name_of(used: &AttributeUse) -> &QName {
    match &used.attribute {
        AttributeRef::Local(attribute) => &attribute.name,
        AttributeRef::Ref(name) => name,
    }
}

pub(super) fn capital(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().into_iter().flat_map(char::to_uppercase).chain(chars).collect()
}
