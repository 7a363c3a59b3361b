//! Contents: ours with the types their elements have now, or theirs with our types for the elements we know.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::build::{Builder, Cut};
use crate::Error;
use crate::language::difference;
use crate::schema::{AttributeUse, ComplexType, Element, Origin, Particle, ParticleKind, QName};

/// The pair of types whose content is walked.
pub(super) struct Context<'c> {
    /// Elements of ours by name.
    ours: BTreeMap<QName, &'c Rc<Element>>,
    /// Elements of theirs by name.
    theirs: BTreeMap<QName, &'c Rc<Element>>,
    /// Names declared more than once, with several fixed values that are the same on both sides.
    given: BTreeSet<QName>,
    /// Our type.
    pub(super) user: &'c ComplexType,
}

impl<'c> Context<'c> {
    pub(super) fn new(
        builder: &'c Builder<'_>,
        left: &[&'c ComplexType],
        right: &[&'c ComplexType],
        user: &'c ComplexType,
    ) -> Result<Self, Error> {
        let (ours, theirs) = (builder.ours.given(left)?, builder.theirs.given(right)?);
        let given = ours
            .iter()
            .filter(|(name, values)| values.len() > 1 && theirs.get(*name) == Some(*values))
            .map(|(name, _)| name.clone())
            .collect();
        Ok(Self { ours: builder.ours.children(left)?, theirs: builder.theirs.children(right)?, given, user })
    }

    /// A type of theirs where we have none.
    pub(super) fn foreign(user: &'c ComplexType) -> Self {
        Self { ours: BTreeMap::new(), theirs: BTreeMap::new(), given: BTreeSet::new(), user }
    }
}

/// What a type says itself, beside what its bases say.
pub(super) struct Own {
    pub(super) content: Option<Particle>,
    pub(super) attributes: Vec<AttributeUse>,
}

/// A piece of content, and whether it is no longer what we wrote.
pub(super) type Piece = (Particle, bool);

impl Builder<'_> {
    /// A type on the bases it has, if what they mean by now is where theirs begins; `None` if it is not.
    pub(super) fn on_its_bases(
        &self,
        left: &[&ComplexType],
        right: &[&ComplexType],
        context: &Context<'_>,
    ) -> Result<Option<Own>, Error> {
        let Some((own, bases)) = left.split_last().filter(|(_, bases)| !bases.is_empty()) else { return Ok(None) };
        let Some(attributes) = self.own_attributes(bases, left, right)? else { return Ok(None) };
        let items = self.parts(right)?;
        let mut rest = items.as_slice();
        let taken = self.taken_base(bases);
        let contents: Vec<&Particle> =
            bases[taken.map_or(0, |(count, _)| count)..].iter().filter_map(|base| base.content.as_ref()).collect();
        for content in &contents {
            if self.recut(content, context)?.1 {
                return Ok(None);
            }
        }
        match taken {
            None if difference(self.ours.model(left)?, self.theirs.model(right)?).is_none() => {
                let content = own.content.as_ref().map(|content| self.recut(content, context)).transpose()?;
                return Ok(Some(Own { content: content.map(|(content, _)| content), attributes }));
            }
            None => {}
            Some((_, theirs)) => {
                let meant = self.theirs.model(&self.theirs.chain(theirs)?)?;
                let means = |start: &Particle| Ok(difference(meant.clone(), self.theirs.particle(start)?).is_none());
                let Some(end) = split(rest, &own.origin, means)? else { return Ok(None) };
                rest = &rest[end..];
            }
        }
        for content in contents {
            let Some(end) = split(rest, &own.origin, |start| self.means(content, start))? else { return Ok(None) };
            rest = &rest[end..];
        }
        let content = self.fit(own.content.as_ref(), rest, context)?;
        Ok(Some(Own { content, attributes }))
    }

    /// The content of a type with that of its bases.
    pub(super) fn whole(
        &self,
        left: &[&ComplexType],
        right: &[&ComplexType],
        context: &Context<'_>,
    ) -> Result<Option<Particle>, Error> {
        let mut parts: Vec<Particle> = left.iter().filter_map(|ty| ty.content.clone()).collect();
        let ours = match parts.len() {
            0 | 1 => parts.pop(),
            _ => Some(sequence(parts, &context.user.origin)),
        };
        self.fit(ours.as_ref(), &self.parts(right)?, context)
    }

    /// Ours, meaning what these parts of theirs mean.
    fn fit(
        &self,
        ours: Option<&Particle>,
        theirs: &[Particle],
        context: &Context<'_>,
    ) -> Result<Option<Particle>, Error> {
        let one = match theirs {
            [] => return Ok(None),
            [one] => one.clone(),
            all => sequence(all.to_vec(), &context.user.origin),
        };
        if let Some(ours) = ours.filter(|_| self.cut == Cut::Ours)
            && let Some((aligned, _)) = self.align(ours, &one, context)?
        {
            return Ok(Some(aligned));
        }
        self.take(&one, context).map(Some)
    }

    /// Our content with the types their elements have.
    pub(super) fn recut(&self, particle: &Particle, context: &Context<'_>) -> Result<Piece, Error> {
        let mut touched = false;
        let kind = match &particle.kind {
            ParticleKind::Element(element) => self.recut_leaf(&particle.kind, &element.name, context, &mut touched)?,
            ParticleKind::Ref(name) => self.recut_leaf(&particle.kind, name, context, &mut touched)?,
            ParticleKind::Sequence(all) | ParticleKind::Choice(all) => {
                let mut out = Vec::new();
                for one in all {
                    let (one, changed) = self.recut(one, context)?;
                    touched |= changed;
                    out.push(one);
                }
                match &particle.kind {
                    ParticleKind::Sequence(_) => ParticleKind::Sequence(out),
                    _ => ParticleKind::Choice(out),
                }
            }
            ParticleKind::Group(name) => {
                let group = self.ours.group(particle, name)?;
                let (content, changed) = self.recut(&group.content, context)?;
                touched = changed;
                ParticleKind::Group(match changed {
                    true => self.regroup(name, group, content, context.user),
                    false => self.keep_group(name),
                })
            }
            ParticleKind::Any => ParticleKind::Any,
        };
        Ok((Particle { kind, ..particle.clone() }, touched))
    }

    fn recut_leaf(
        &self,
        ours: &ParticleKind,
        name: &QName,
        context: &Context<'_>,
        touched: &mut bool,
    ) -> Result<ParticleKind, Error> {
        let Some(theirs) = context.theirs.get(name) else { return Ok(ours.clone()) };
        let (kind, changed) = self.remap(ours, theirs, context)?;
        *touched = changed;
        Ok(kind)
    }

    /// An element of ours, declared in place or referred to, with what a declaration of theirs says.
    pub(super) fn remap(
        &self,
        ours: &ParticleKind,
        theirs: &Rc<Element>,
        context: &Context<'_>,
    ) -> Result<(ParticleKind, bool), Error> {
        let given = context.given.contains(&theirs.name);
        let global = self.theirs.element(&theirs.name);
        match ours {
            // A global element takes its own type along, wherever it is referred to.
            ParticleKind::Ref(name) if global.is_some_and(|global| Rc::ptr_eq(global, theirs)) => {
                Ok((ParticleKind::Ref(name.clone()), false))
            }
            ParticleKind::Ref(name) => {
                let mapped = self.element(self.ours.element(name), theirs, given)?;
                if mapped.touched || global.is_some() {
                    return Ok((ParticleKind::Element(mapped.element), true));
                }
                Ok((ParticleKind::Ref(name.clone()), false))
            }
            ParticleKind::Element(element) => {
                let mapped = self.element(Some(element), theirs, given)?;
                Ok((ParticleKind::Element(mapped.element), mapped.touched))
            }
            other => Ok((other.clone(), false)),
        }
    }

    /// Their content, with our types for the elements we know; their groups are written out.
    pub(super) fn take(&self, particle: &Particle, context: &Context<'_>) -> Result<Particle, Error> {
        let all = |all: &[Particle]| all.iter().map(|one| self.take(one, context)).collect::<Result<Vec<_>, _>>();
        let kind = match &particle.kind {
            ParticleKind::Element(element) => {
                let ours = context.ours.get(&element.name).copied();
                ParticleKind::Element(self.element(ours, element, false)?.element)
            }
            ParticleKind::Ref(name) => ParticleKind::Ref(name.clone()),
            ParticleKind::Sequence(parts) => ParticleKind::Sequence(all(parts)?),
            ParticleKind::Choice(parts) => ParticleKind::Choice(all(parts)?),
            ParticleKind::Group(name) => {
                let content = self.take(&self.theirs.group(particle, name)?.content, context)?;
                match (particle.min, particle.max) {
                    (1, Some(1)) => return Ok(content),
                    _ => ParticleKind::Sequence(vec![content]),
                }
            }
            ParticleKind::Any => ParticleKind::Any,
        };
        Ok(Particle { kind, ..particle.clone() })
    }
}

/// How many of some parts mean something, one after the other.
fn split(
    parts: &[Particle],
    origin: &Origin,
    means: impl Fn(&Particle) -> Result<bool, Error>,
) -> Result<Option<usize>, Error> {
    for end in 0..=parts.len() {
        if means(&sequence(parts[..end].to_vec(), origin))? {
            return Ok(Some(end));
        }
    }
    Ok(None)
}

/// Parts one after the other.
pub(super) fn sequence(parts: Vec<Particle>, origin: &Origin) -> Particle {
    Particle { kind: ParticleKind::Sequence(parts), min: 1, max: Some(1), doc: String::new(), origin: origin.clone() }
}
