//! What we did not write: types of theirs in places that ours does not have.

use std::rc::Rc;

use super::build::Builder;
use super::content::Context;
use super::decide::address;
use crate::Error;
use crate::language::described;
use crate::schema::{Attribute, AttributeRef, AttributeUse, ComplexType, Derivation, QName, SimpleType, Type};

impl Builder<'_> {
    /// A type of theirs in a place that ours does not have.
    pub(super) fn foreign(&self, ty: &Type) -> Result<Type, Error> {
        match ty {
            Type::Builtin(_) | Type::Simple(_) => self.foreign_value(ty),
            Type::Complex(inner) => match self.stand_in(inner)? {
                Some(name) => Ok(Type::Named(name)),
                None => Ok(Type::Complex(Rc::new(self.foreign_type(inner)?))),
            },
            Type::Named(name) => match self.theirs.set.complex_types.contains_key(name) {
                true => self.named(name).map(Type::Named),
                false => self.foreign_value(ty),
            },
        }
    }

    /// Our type that means what theirs means, once it has taken its content.
    fn stand_in(&self, theirs: &Rc<ComplexType>) -> Result<Option<QName>, Error> {
        let Some(name) = self.decisions.stand_in(address(theirs)) else { return Ok(None) };
        if self.decisions.takes(name, address(theirs)) {
            self.retake(name, &self.ours.set.complex_types[name], theirs)?;
        }
        Ok(Some(name.clone()))
    }

    /// The name under which a named type of theirs stands in the result.
    pub(super) fn named(&self, name: &QName) -> Result<QName, Error> {
        let ty = &self.theirs.set.complex_types[name];
        if let Some(stand_in) = self.stand_in(ty)? {
            return Ok(stand_in);
        }
        if let Some(known) = self.renamed.borrow().get(name) {
            return Ok(known.clone());
        }
        let mut chosen = name.clone();
        while self.out.borrow().complex_types.contains_key(&chosen) {
            chosen = QName::new(name.ns.clone(), format!("{}Full", chosen.local));
        }
        self.renamed.borrow_mut().insert(name.clone(), chosen.clone());
        // Reserved before its content is walked, which may come back here.
        self.out.borrow_mut().complex_types.insert(chosen.clone(), ty.clone());
        let built = ComplexType { name: Some(chosen.clone()), ..self.foreign_type(ty)? };
        self.out.borrow_mut().complex_types.insert(chosen.clone(), Rc::new(built));
        Ok(chosen)
    }

    fn foreign_type(&self, ty: &ComplexType) -> Result<ComplexType, Error> {
        let base = match &ty.base {
            None => None,
            Some(Derivation::Extension(base)) => Some(Derivation::Extension(self.named(base)?)),
            Some(Derivation::Restriction(base)) => Some(Derivation::Restriction(self.named(base)?)),
            Some(Derivation::Text(base)) => Some(Derivation::Text(self.foreign(base)?)),
        };
        let content = match &ty.content {
            None => None,
            Some(content) => Some(self.take(content, &Context::foreign(ty))?),
        };
        let attributes = ty.attributes.iter().map(|used| self.foreign_use(used)).collect::<Result<_, _>>()?;
        Ok(ComplexType { base, content, attributes, ..ty.clone() })
    }

    /// An attribute of theirs.
    pub(super) fn foreign_attribute(&self, attribute: &Rc<Attribute>) -> Result<Rc<Attribute>, Error> {
        let ty = self.foreign_value(&attribute.ty)?;
        Ok(Rc::new(Attribute { name: attribute.name.clone(), ty, doc: attribute.doc.clone() }))
    }

    pub(super) fn foreign_use(&self, used: &AttributeUse) -> Result<AttributeUse, Error> {
        let attribute = match &used.attribute {
            AttributeRef::Local(attribute) => AttributeRef::Local(self.foreign_attribute(attribute)?),
            AttributeRef::Ref(name) => AttributeRef::Ref(name.clone()),
        };
        Ok(AttributeUse { attribute, ..used.clone() })
    }

    /// A simple type of theirs: ours if it has the same name and meaning.
    fn foreign_value(&self, ty: &Type) -> Result<Type, Error> {
        let simple = match ty {
            Type::Named(name) => match self.theirs.set.simple_types.get(name) {
                Some(simple) => simple,
                None => return Ok(ty.clone()),
            },
            Type::Simple(simple) => simple,
            Type::Builtin(_) | Type::Complex(_) => return Ok(ty.clone()),
        };
        let Some(name) = &simple.name else {
            let base = self.foreign_value(&simple.base)?;
            return Ok(Type::Simple(Rc::new(SimpleType { base, ..(**simple).clone() })));
        };
        if self.ours.set.simple_types.contains_key(name) {
            let right = self.theirs.value(ty, &simple.origin)?;
            let same = match self.decisions.values.get(name) {
                Some((base, facets)) => right.list.is_none() && right.base == *base && right.facets == *facets,
                None => described(&self.ours.value(ty, &simple.origin)?) == described(&right),
            };
            if same {
                return Ok(ty.clone());
            }
        }
        if let Some(known) = self.renamed.borrow().get(name) {
            return Ok(Type::Named(known.clone()));
        }
        let mut chosen = name.clone();
        while self.out.borrow().simple_types.contains_key(&chosen) {
            chosen = QName::new(name.ns.clone(), format!("{}Full", chosen.local));
        }
        self.renamed.borrow_mut().insert(name.clone(), chosen.clone());
        // Reserved, as above.
        self.out.borrow_mut().simple_types.insert(chosen.clone(), simple.clone());
        let base = self.foreign_value(&simple.base)?;
        let built = SimpleType { name: Some(chosen.clone()), base, ..(**simple).clone() };
        self.out.borrow_mut().simple_types.insert(chosen.clone(), Rc::new(built));
        Ok(Type::Named(chosen))
    }
}
