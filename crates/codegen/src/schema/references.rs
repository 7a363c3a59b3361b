//! References that lead nowhere: also in declarations that no message uses, and in kinds of abstract types, which are found
//! by their base and would be lost without it.

use super::XMLDSIG;
use super::model::*;
use crate::Error;

/// Refuses a set in which a type, group, element or attribute is named and not declared.
pub(crate) fn refuse(set: &SchemaSet) -> Result<(), Error> {
    let check = Check { set };
    set.elements.values().try_for_each(|element| check.element(element))?;
    set.complex_types.values().try_for_each(|ty| check.complex(ty))?;
    set.simple_types.values().try_for_each(|ty| check.simple(ty))?;
    set.groups.values().try_for_each(|group| check.particle(&group.content))
}

struct Check<'s> {
    set: &'s SchemaSet,
}

impl Check<'_> {
    fn known(&self, known: bool, what: &'static str, name: &QName, origin: &Origin) -> Result<(), Error> {
        // Signatures are raw, whether or not their schema is at hand.
        if known || &*name.ns == XMLDSIG {
            return Ok(());
        }
        Err(Error::Dangling { origin: origin.clone(), what, name: name.clone() })
    }

    fn element(&self, element: &Element) -> Result<(), Error> {
        self.ty(&element.ty, &element.origin)
    }

    fn ty(&self, ty: &Type, origin: &Origin) -> Result<(), Error> {
        match ty {
            Type::Builtin(_) => Ok(()),
            Type::Named(name) => {
                let known = self.set.complex_types.contains_key(name) || self.set.simple_types.contains_key(name);
                self.known(known, "type", name, origin)
            }
            Type::Complex(ty) => self.complex(ty),
            Type::Simple(ty) => self.simple(ty),
        }
    }

    fn complex(&self, ty: &ComplexType) -> Result<(), Error> {
        match &ty.base {
            None => {}
            Some(Derivation::Extension(base) | Derivation::Restriction(base)) => {
                self.known(self.set.complex_types.contains_key(base), "type", base, &ty.origin)?;
            }
            Some(Derivation::Text(base)) => self.ty(base, &ty.origin)?,
        }
        ty.content.iter().try_for_each(|content| self.particle(content))?;
        ty.attributes.iter().try_for_each(|used| match &used.attribute {
            AttributeRef::Local(attribute) => self.ty(&attribute.ty, &used.origin),
            AttributeRef::Ref(name) => {
                self.known(self.set.attributes.contains_key(name), "attribute", name, &used.origin)
            }
        })
    }

    fn simple(&self, ty: &SimpleType) -> Result<(), Error> {
        self.ty(&ty.base, &ty.origin)
    }

    fn particle(&self, particle: &Particle) -> Result<(), Error> {
        match &particle.kind {
            ParticleKind::Element(element) => self.element(element),
            ParticleKind::Ref(name) => {
                self.known(self.set.elements.contains_key(name), "element", name, &particle.origin)
            }
            ParticleKind::Group(name) => {
                self.known(self.set.groups.contains_key(name), "group", name, &particle.origin)
            }
            ParticleKind::Sequence(all) | ParticleKind::Choice(all) => {
                all.iter().try_for_each(|one| self.particle(one))
            }
            ParticleKind::Any => Ok(()),
        }
    }
}
