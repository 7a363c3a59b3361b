//! Values: lists of values that changed keep our name and the words we have for what stayed.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::build::{Builder, capital};
use super::decide::all_types;
use crate::Error;
use crate::language::{Simple, Values, described};
use crate::schema::{
    AttributeRef, Builtin, Element, Facets, Particle, ParticleKind, QName, SchemaSet, SimpleType, Type,
};

/// What a list of values of ours becomes: its primitive and its facets, in the order of comparison.
pub(super) type Taken = (Builtin, Facets);

/// Our named lists of values that no place has as we wrote them, with what the first place has.
pub(super) fn taken(ours: &SchemaSet, values: &[Values<'_>]) -> BTreeMap<QName, Taken> {
    let mut kept = BTreeSet::new();
    // A list that another restricts lends it more than its values; one with a name can do without.
    let mut lends = |ty: &Type| {
        if let Type::Simple(ty) = ty
            && (ty.list || !ty.facets.enumeration.is_empty())
        {
            kept.extend(enumerating(ours, &ty.base));
        }
    };
    ours.simple_types.values().filter(|ty| ty.list).for_each(|ty| lends(&Type::Simple(ty.clone())));
    ours.elements.values().for_each(|element| lends(&element.ty));
    ours.groups.values().for_each(|group| types_in(&group.content, &mut lends));
    all_types(ours).filter_map(|ty| ty.content.as_ref()).for_each(|content| types_in(content, &mut lends));
    // Attributes are compared as a whole.
    for used in all_types(ours).flat_map(|ty| &ty.attributes) {
        if let AttributeRef::Local(attribute) = &used.attribute {
            kept.extend(enumerating(ours, &attribute.ty));
        }
    }
    kept.extend(ours.attributes.values().filter_map(|attribute| enumerating(ours, &attribute.ty)));
    let mut taken = BTreeMap::new();
    for one in values {
        let Some(owner) = enumerating(ours, one.ours) else { continue };
        if described(&one.left) == described(&one.right) {
            kept.insert(owner);
        } else if is_list_of_values(&one.left) && is_list_of_values(&one.right) {
            taken.entry(owner).or_insert_with(|| (one.right.base, one.right.facets.clone()));
        }
    }
    taken.retain(|owner, _| !kept.contains(owner));
    taken
}

/// The named type of ours that enumerates the values of a type.
fn enumerating(ours: &SchemaSet, ty: &Type) -> Option<QName> {
    let mut current = ty;
    loop {
        let simple = match current {
            Type::Named(name) => ours.simple_types.get(name)?,
            Type::Simple(ty) => ty,
            Type::Builtin(_) | Type::Complex(_) => return None,
        };
        match (&simple.name, simple.facets.enumeration.is_empty()) {
            (Some(name), false) => return Some(name.clone()),
            (None, false) => return None,
            _ => current = &simple.base,
        }
    }
}

/// Types of the elements in a content, without those of their own content.
fn types_in(particle: &Particle, show: &mut impl FnMut(&Type)) {
    match &particle.kind {
        ParticleKind::Element(element) => show(&element.ty),
        ParticleKind::Sequence(all) | ParticleKind::Choice(all) => all.iter().for_each(|one| types_in(one, show)),
        ParticleKind::Ref(_) | ParticleKind::Group(_) | ParticleKind::Any => {}
    }
}

/// Whether values are enumerated, one at a time.
fn is_list_of_values(simple: &Simple) -> bool {
    simple.list.is_none() && !simple.facets.enumeration.is_empty()
}

impl Builder<'_> {
    /// Lists of values of ours that stay what they were although one that they restrict does not.
    pub(super) fn unlent(&self) -> Result<(), Error> {
        for (name, ty) in &self.ours.set.simple_types {
            let lender = enumerating(self.ours.set, &ty.base).filter(|_| !ty.facets.enumeration.is_empty());
            if lender.is_none_or(|lender| !self.decisions.values.contains_key(&lender)) {
                continue;
            }
            if !self.decisions.values.contains_key(name) {
                let value = self.ours.value(&Type::Named(name.clone()), &ty.origin)?;
                let facets = worded(&ty.facets, value.facets, Vec::new());
                let alone = SimpleType { base: Type::Builtin(value.base), facets, ..(**ty).clone() };
                self.out.borrow_mut().simple_types.insert(name.clone(), Rc::new(alone));
            }
        }
        Ok(())
    }

    /// The type of a value where we have one too; `None` if ours does as it is.
    pub(super) fn value(&self, ours: &Element, theirs: &Element) -> Result<Option<Type>, Error> {
        let any = |ty: &Type| matches!(ty, Type::Builtin(Builtin::Any));
        if any(&ours.ty) || any(&theirs.ty) {
            return if any(&ours.ty) && any(&theirs.ty) { Ok(None) } else { self.foreign(&theirs.ty).map(Some) };
        }
        let left = self.ours.value(&ours.ty, &ours.origin)?;
        let right = self.theirs.value(&theirs.ty, &theirs.origin)?;
        if described(&left) == described(&right) {
            return Ok(None);
        }
        let listed = is_list_of_values(&left) && is_list_of_values(&right);
        let Some(owner) = enumerating(self.ours.set, &ours.ty).filter(|_| listed) else {
            return self.foreign(&theirs.ty).map(Some);
        };
        let known = &self.ours.set.simple_types[&owner];
        let takes = self.decisions.values.get(&owner).is_some_and(|taken| *taken == (right.base, right.facets.clone()));
        let mut name = owner.clone();
        if !takes {
            // Another place of this type still means what we wrote, or something else again.
            name = QName::new(owner.ns.clone(), format!("{}Of{}", owner.local, capital(&theirs.name.local)));
        }
        let mut ty = SimpleType {
            name: None,
            base: Type::Builtin(right.base),
            list: false,
            facets: worded(&known.facets, right.facets, self.words(&theirs.ty)),
            doc: known.doc.clone(),
            origin: theirs.origin.clone(),
        };
        let mut out = self.out.borrow_mut();
        while !takes && out.simple_types.get(&name).is_some_and(|one| one.facets != ty.facets) {
            name = QName::new(name.ns.clone(), format!("{}Too", name.local));
        }
        ty.name = Some(name.clone());
        out.simple_types.insert(name.clone(), Rc::new(ty));
        let is_it = matches!(&ours.ty, Type::Named(named) if *named == name);
        Ok((!is_it).then_some(Type::Named(name)))
    }

    /// The values a type of theirs enumerates, with their documentation.
    fn words(&self, ty: &Type) -> Vec<(String, String)> {
        let mut current = ty.clone();
        loop {
            let simple = match &current {
                Type::Named(name) => self.theirs.set.simple_types.get(name).cloned(),
                Type::Simple(ty) => Some(ty.clone()),
                Type::Builtin(_) | Type::Complex(_) => None,
            };
            match simple {
                None => return Vec::new(),
                Some(simple) if !simple.facets.enumeration.is_empty() => return simple.facets.enumeration.clone(),
                Some(simple) => current = simple.base.clone(),
            }
        }
    }
}

/// Values in our order and words, new ones behind them in theirs.
fn worded(ours: &Facets, theirs: Facets, words: Vec<(String, String)>) -> Facets {
    let stays = |value: &String| theirs.enumeration.iter().any(|(one, _)| one == value);
    let is_ours = |value: &String| ours.enumeration.iter().any(|(one, _)| one == value);
    let kept = ours.enumeration.iter().filter(|(value, _)| stays(value)).cloned();
    let new = words.into_iter().filter(|(value, _)| stays(value) && !is_ours(value));
    let enumeration = kept.chain(new).collect();
    Facets { enumeration, ..theirs }
}
