//! The messages of one namespace with all they are made of, references followed: what documents are made from, and the
//! list of what there is to make.

use std::collections::BTreeSet;

use gis_gkh_codegen::schema::{Constraint, QName};

use crate::value::Simple;

pub(crate) type ElementId = usize;
pub(crate) type TypeId = usize;
pub(crate) type ParticleId = usize;
pub(crate) type ValueId = usize;
pub(crate) type GoalId = usize;

#[derive(Default)]
pub(crate) struct Grammar {
    pub(crate) elements: Vec<Declared>,
    pub(crate) types: Vec<Structure>,
    pub(crate) particles: Vec<Particle>,
    pub(crate) values: Vec<Simple>,
    pub(crate) goals: Vec<Goal>,
    /// The messages, by name.
    pub(crate) messages: Vec<(QName, ElementId)>,
}

/// Something that must occur in a document at least once.
pub(crate) struct Goal {
    /// The same for the same declaration, whichever namespace's messages are being made.
    pub(crate) key: String,
    pub(crate) subject: Subject,
    /// What has to be made for it.
    pub(crate) owner: Owner,
    /// No document reaches it: two facets contradict each other, or it takes thousands of elements.
    pub(crate) hopeless: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Subject {
    Type,
    Branch,
    Optional,
    Attribute,
    Full,
    Enumeration,
    Facet,
    /// A facet broken, and no other where that can be: by spoiled documents.
    Broken,
}

impl Subject {
    pub(crate) const ALL: [Self; 8] = [
        Self::Type,
        Self::Branch,
        Self::Optional,
        Self::Attribute,
        Self::Full,
        Self::Enumeration,
        Self::Facet,
        Self::Broken,
    ];

    /// Name in the report, in words and as a key.
    pub(crate) fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Type => ("complex types", "types"),
            Self::Branch => ("choice branches", "choice_branches"),
            Self::Optional => ("optional elements and groups", "optional_elements"),
            Self::Attribute => ("optional attributes", "optional_attributes"),
            Self::Full => ("lists filled to maxOccurs", "full_lists"),
            Self::Enumeration => ("enumeration values", "enumeration_values"),
            Self::Facet => ("facets met at their bound", "facets"),
            Self::Broken => ("facets broken", "facets_broken"),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owner {
    Type(TypeId),
    Particle(ParticleId),
    Value(ValueId),
}

/// An element declaration.
pub(crate) struct Declared {
    pub(crate) name: QName,
    pub(crate) ty: Ty,
    pub(crate) fixed: Option<String>,
    pub(crate) default: Option<String>,
    pub(crate) constraints: Vec<Constraint>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ty {
    Structure(TypeId),
    Value(ValueId),
    /// The schemas give it no type.
    Anything,
}

/// A complex type.
#[derive(Default)]
pub(crate) struct Structure {
    /// Concrete types by their name, if it is abstract.
    pub(crate) kinds: Vec<(QName, TypeId)>,
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) text: Option<ValueId>,
    pub(crate) content: Vec<ParticleId>,
    pub(crate) goal: Option<GoalId>,
    /// Elements that the smallest content takes.
    pub(crate) weight: usize,
}

impl Structure {
    pub(crate) fn is_abstract(&self) -> bool {
        !self.kinds.is_empty()
    }
}

pub(crate) struct Attribute {
    pub(crate) name: QName,
    pub(crate) value: ValueId,
    pub(crate) required: bool,
    pub(crate) fixed: Option<String>,
    /// Versions the contract names.
    pub(crate) versions: Vec<String>,
    /// Declared elsewhere: libxml2 then overlooks `fixed`.
    pub(crate) referred: bool,
    pub(crate) goal: Option<GoalId>,
}

pub(crate) struct Particle {
    pub(crate) kind: Kind,
    pub(crate) min: usize,
    pub(crate) max: Option<usize>,
    pub(crate) optional: Option<GoalId>,
    pub(crate) full: Option<GoalId>,
    /// Elements that one smallest occurrence takes.
    pub(crate) weight: usize,
}

pub(crate) enum Kind {
    Element(ElementId),
    Sequence(Vec<ParticleId>),
    Choice(Vec<(ParticleId, GoalId)>),
    /// `ds:Signature`.
    Signature,
}

/// A weight of what can never end.
pub(crate) const ENDLESS: usize = usize::MAX / 4;

impl Grammar {
    /// Namespaces of the elements.
    pub(crate) fn namespaces(&self) -> BTreeSet<&str> {
        self.elements.iter().map(|element| &*element.name.ns).collect()
    }

    fn weight(&self, ty: Ty) -> usize {
        match ty {
            Ty::Structure(id) => self.types[id].weight,
            Ty::Value(_) | Ty::Anything => 0,
        }
    }

    /// Weighs everything: the smallest content of what contains itself is found round by round.
    pub(crate) fn weigh(&mut self) {
        self.types.iter_mut().for_each(|ty| ty.weight = ENDLESS);
        self.particles.iter_mut().for_each(|particle| particle.weight = ENDLESS);
        let sum = |total: usize, one: usize| total.saturating_add(one).min(ENDLESS);
        loop {
            let mut changed = false;
            for id in 0..self.particles.len() {
                let whole = |one: ParticleId| {
                    let particle = &self.particles[one];
                    particle.weight.saturating_mul(particle.min).min(ENDLESS)
                };
                let weight = match &self.particles[id].kind {
                    Kind::Element(element) => sum(1, self.weight(self.elements[*element].ty)),
                    Kind::Sequence(all) => all.iter().map(|one| whole(*one)).fold(0, sum),
                    Kind::Choice(all) => all.iter().map(|(one, _)| whole(*one)).min().unwrap_or(0),
                    Kind::Signature => 1,
                };
                changed |= std::mem::replace(&mut self.particles[id].weight, weight) != weight;
            }
            for id in 0..self.types.len() {
                let ty = &self.types[id];
                let own = ty.content.iter().map(|one| {
                    let particle = &self.particles[*one];
                    particle.weight.saturating_mul(particle.min).min(ENDLESS)
                });
                let weight = match ty.is_abstract() {
                    true => ty.kinds.iter().map(|(_, kind)| self.types[*kind].weight).min().unwrap_or(0),
                    false => own.fold(0, sum),
                };
                changed |= std::mem::replace(&mut self.types[id].weight, weight) != weight;
            }
            if !changed {
                break;
            }
        }
    }
}
