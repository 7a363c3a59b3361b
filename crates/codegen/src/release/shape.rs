//! Content models as trees, without what changes nothing: a sequence in a sequence, a group of one.

use std::collections::BTreeSet;

use crate::Error;
use crate::language::Resolver;
use crate::schema::{ComplexType, Particle, ParticleKind, QName};

/// How often something may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bounds {
    pub(super) min: u32,
    /// `None` is unbounded.
    pub(super) max: Option<u32>,
}

pub(super) const ONCE: Bounds = Bounds { min: 1, max: Some(1) };

impl Bounds {
    /// `0..500`, `1..*`
    pub(super) fn shown(self) -> String {
        self.max.map_or_else(|| format!("{}..*", self.min), |max| format!("{}..{max}", self.min))
    }

    /// Whether this allows more than the other at the upper end.
    pub(super) fn above(self, other: Self) -> bool {
        match (self.max, other.max) {
            (None, Some(_)) => true,
            (Some(left), Some(right)) => left > right,
            (_, None) => false,
        }
    }
}

/// A piece of a content model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Shape {
    Element(QName, Bounds),
    Group(Group),
}

/// Several pieces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Group {
    /// One of them, not one after the other.
    pub(super) choice: bool,
    pub(super) parts: Vec<Shape>,
    pub(super) bounds: Bounds,
}

impl Shape {
    pub(super) fn bounds(&self) -> Bounds {
        match self {
            Self::Element(_, bounds) => *bounds,
            Self::Group(group) => group.bounds,
        }
    }

    fn with(self, bounds: Bounds) -> Self {
        match self {
            Self::Element(name, _) => Self::Element(name, bounds),
            Self::Group(group) => Self::Group(Group { bounds, ..group }),
        }
    }

    /// Names of the elements in it, in order, each once.
    pub(super) fn names(&self) -> Vec<&QName> {
        let mut names = Vec::new();
        self.collect(&mut names);
        names
    }

    fn collect<'s>(&'s self, names: &mut Vec<&'s QName>) {
        match self {
            Self::Element(name, _) if names.contains(&name) => {}
            Self::Element(name, _) => names.push(name),
            Self::Group(group) => group.parts.iter().for_each(|part| part.collect(names)),
        }
    }

    pub(super) fn name_set(&self) -> BTreeSet<&QName> {
        self.names().into_iter().collect()
    }

    /// Whether it may be empty.
    pub(super) fn nullable(&self) -> bool {
        self.bounds().min == 0
            || match self {
                Self::Element(..) => false,
                Self::Group(group) if group.choice => group.parts.iter().any(Self::nullable),
                Self::Group(group) => group.parts.iter().all(Self::nullable),
            }
    }

    /// The same as a sequence or choice of one.
    pub(super) fn wrapped(&self, choice: bool) -> Group {
        let bounds = self.bounds();
        // Optional and single says the same outside and inside; outside it meets the other side's group.
        if bounds.max == Some(1) {
            return Group { choice, parts: vec![self.clone().with(ONCE)], bounds };
        }
        Group { choice, parts: vec![self.clone()], bounds: ONCE }
    }
}

/// The content of a type as a sequence.
pub(super) fn content(resolver: &Resolver<'_>, chain: &[&ComplexType]) -> Result<Group, Error> {
    let mut parts = Vec::new();
    for particle in chain.iter().filter_map(|ty| ty.content.as_ref()) {
        splice(shape(resolver, particle)?, false, &mut parts);
    }
    Ok(Group { choice: false, parts, bounds: ONCE })
}

/// Puts a piece into a group of the given kind, without a needless level in between.
fn splice(shape: Option<Shape>, choice: bool, parts: &mut Vec<Shape>) {
    match shape {
        Some(Shape::Group(group)) if group.choice == choice && group.bounds == ONCE => parts.extend(group.parts),
        shape => parts.extend(shape),
    }
}

fn shape(resolver: &Resolver<'_>, particle: &Particle) -> Result<Option<Shape>, Error> {
    let bounds = Bounds { min: particle.min, max: particle.max };
    if bounds.max == Some(0) {
        return Ok(None);
    }
    let (all, choice) = match &particle.kind {
        ParticleKind::Element(element) => return Ok(Some(Shape::Element(element.name.clone(), bounds))),
        ParticleKind::Ref(name) => return Ok(Some(Shape::Element(name.clone(), bounds))),
        ParticleKind::Group(name) => {
            let inner = shape(resolver, &resolver.group(particle, name)?.content)?;
            return Ok(inner.map(|inner| single(inner, bounds, false)));
        }
        ParticleKind::Any => return Ok(None),
        ParticleKind::Sequence(all) => (all, false),
        ParticleKind::Choice(all) => (all, true),
    };
    let mut parts = Vec::new();
    for part in all {
        splice(shape(resolver, part)?, choice, &mut parts);
    }
    Ok(match (parts.pop(), parts.is_empty()) {
        (None, _) => None,
        (Some(only), true) => Some(single(only, bounds, choice)),
        (Some(last), false) => {
            parts.push(last);
            Some(Shape::Group(Group { choice, parts, bounds }))
        }
    })
}

/// A group of one piece: the piece alone, where its bounds and the group's can be said as one pair.
fn single(only: Shape, bounds: Bounds, choice: bool) -> Shape {
    let inner = only.bounds();
    if bounds == ONCE {
        return only;
    }
    if inner == ONCE {
        return only.with(bounds);
    }
    if inner.min <= 1 {
        let max = inner.max.zip(bounds.max).map(|(left, right)| left.saturating_mul(right));
        return only.with(Bounds { min: inner.min * bounds.min, max });
    }
    Shape::Group(Group { choice, parts: vec![only], bounds })
}
