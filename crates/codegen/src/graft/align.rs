//! Theirs in our cut: piece by piece, each of ours with the piece of theirs that it has most elements in common with.
//!
//! What means the same stays ours. What does not is taken apart further, on both sides; a piece of theirs that none of
//! ours matches comes as it is. The result means what theirs means, whatever was matched with what.

use std::collections::BTreeSet;

use super::build::Builder;
use super::content::{Context, Piece, sequence};
use crate::Error;
use crate::language::{Resolver, difference};
use crate::schema::{ComplexType, Particle, ParticleKind, QName};

/// A piece of content: groups followed, sequences in sequences and choices in choices laid flat, none of one thing.
struct View {
    shape: Shape,
    min: u32,
    max: Option<u32>,
}

enum Shape {
    /// An element.
    Leaf(ParticleKind),
    /// Several things one after the other.
    Sequence(Vec<Particle>),
    /// One of several things.
    Choice(Vec<Particle>),
}

impl View {
    fn of(resolver: &Resolver<'_>, particle: &Particle) -> Result<Self, Error> {
        let (min, max) = (particle.min, particle.max);
        let parts = match &particle.kind {
            ParticleKind::Element(_) | ParticleKind::Ref(_) | ParticleKind::Any => {
                return Ok(Self { shape: Shape::Leaf(particle.kind.clone()), min, max });
            }
            ParticleKind::Group(name) => vec![resolver.group(particle, name)?.content.clone()],
            ParticleKind::Sequence(all) | ParticleKind::Choice(all) => {
                let is_choice = matches!(particle.kind, ParticleKind::Choice(_));
                let mut parts = Vec::new();
                for one in all.iter().filter(|one| one.max != Some(0)) {
                    let inner = Self::of(resolver, one)?;
                    match inner.shape {
                        Shape::Choice(all) if is_choice && (inner.min, inner.max) == (1, Some(1)) => parts.extend(all),
                        Shape::Sequence(all) if !is_choice && (inner.min, inner.max) == (1, Some(1)) => {
                            parts.extend(all);
                        }
                        _ => parts.push(one.clone()),
                    }
                }
                parts
            }
        };
        if let [only] = parts.as_slice() {
            let inner = Self::of(resolver, only)?;
            match ((inner.min, inner.max), (min, max)) {
                ((1, Some(1)), _) => return Ok(Self { shape: inner.shape, min, max }),
                (_, (1, Some(1))) => return Ok(inner),
                _ => {}
            }
        }
        let shape = match particle.kind {
            ParticleKind::Choice(_) => Shape::Choice(parts),
            _ => Shape::Sequence(parts),
        };
        Ok(Self { shape, min, max })
    }

    fn once(&self) -> bool {
        (self.min, self.max) == (1, Some(1))
    }

    /// What stands there, once.
    fn body(&self, like: &Particle) -> Particle {
        let kind = match &self.shape {
            Shape::Leaf(kind) => kind.clone(),
            Shape::Sequence(all) => ParticleKind::Sequence(all.clone()),
            Shape::Choice(all) => ParticleKind::Choice(all.clone()),
        };
        Particle { kind, min: 1, max: Some(1), ..like.clone() }
    }
}

impl Builder<'_> {
    /// Content of a type of theirs, laid flat.
    pub(super) fn parts(&self, chain: &[&ComplexType]) -> Result<Vec<Particle>, Error> {
        let all: Vec<Particle> = chain.iter().filter_map(|ty| ty.content.clone()).collect();
        let Some(last) = chain.last() else { return Ok(Vec::new()) };
        let whole = sequence(all, &last.origin);
        let view = View::of(&self.theirs, &whole)?;
        Ok(match &view.shape {
            Shape::Sequence(parts) if view.once() => parts.clone(),
            _ => vec![Particle { min: view.min, max: view.max, ..view.body(&whole) }],
        })
    }

    /// Whether a content of ours means what a content of theirs means, by the names of its elements.
    pub(super) fn means(&self, ours: &Particle, theirs: &Particle) -> Result<bool, Error> {
        // The usual difference is seen without counting.
        if names(&self.ours, ours)? != names(&self.theirs, theirs)? {
            return Ok(false);
        }
        Ok(difference(self.ours.particle(ours)?, self.theirs.particle(theirs)?).is_none())
    }

    /// Theirs in the cut of ours; `None` if they have nothing in common.
    pub(super) fn align(
        &self,
        ours: &Particle,
        theirs: &Particle,
        context: &Context<'_>,
    ) -> Result<Option<Piece>, Error> {
        if self.means(ours, theirs)? {
            return self.recut(ours, context).map(Some);
        }
        let view = View::of(&self.theirs, theirs)?;
        let often = |particle: Particle| Particle { min: view.min, max: view.max, ..particle };
        let once = Particle { min: 1, max: Some(1), ..ours.clone() };
        if self.means(&once, &view.body(theirs))? {
            return Ok(Some((often(self.recut(ours, context)?.0), true)));
        }
        let parts = match (&ours.kind, &view.shape) {
            (ParticleKind::Element(_) | ParticleKind::Ref(_), Shape::Leaf(leaf)) => {
                return self.align_leaf(ours, leaf, &view, context);
            }
            (ParticleKind::Group(name), shape) => {
                let group = self.ours.group(ours, name)?;
                // What is left of a sequence stands in it as often as it does; what is one of several is so outside.
                let inside =
                    matches!(group.content.kind, ParticleKind::Sequence(_)) != matches!(shape, Shape::Sequence(_));
                let theirs = if inside { theirs.clone() } else { view.body(theirs) };
                let Some((content, _)) = self.align(&group.content, &theirs, context)? else { return Ok(None) };
                let name = self.regroup(name, group, content, context.user);
                let piece = whole(&once, ParticleKind::Group(name));
                return Ok(Some((if inside { piece } else { often(piece) }, true)));
            }
            (ParticleKind::Sequence(ours), Shape::Sequence(theirs)) => {
                ParticleKind::Sequence(self.align_parts(ours, theirs, true, context)?)
            }
            (ParticleKind::Choice(ours), Shape::Choice(theirs)) => {
                ParticleKind::Choice(self.align_parts(ours, theirs, false, context)?)
            }
            // What was one of several is alone now.
            (ParticleKind::Sequence(all), _) => {
                let parts = self.align_parts(all, std::slice::from_ref(theirs), true, context)?;
                return Ok(Some((whole(&once, ParticleKind::Sequence(parts)), true)));
            }
            _ => return Ok(None),
        };
        Ok(Some((often(whole(ours, parts)), true)))
    }

    fn align_leaf(
        &self,
        ours: &Particle,
        theirs: &ParticleKind,
        view: &View,
        context: &Context<'_>,
    ) -> Result<Option<Piece>, Error> {
        let declared = match theirs {
            ParticleKind::Element(element) => Some(element),
            ParticleKind::Ref(name) => self.theirs.element(name),
            _ => None,
        };
        let known = match &ours.kind {
            ParticleKind::Element(element) => &element.name,
            ParticleKind::Ref(name) => name,
            _ => return Ok(None),
        };
        let Some(declared) = declared.filter(|declared| declared.name == *known) else { return Ok(None) };
        let (kind, _) = self.remap(&ours.kind, declared, context)?;
        Ok(Some((Particle { kind, min: view.min, max: view.max, ..ours.clone() }, true)))
    }

    /// Parts of theirs in the cut of parts of ours: in their order if it matters, else in ours.
    fn align_parts(
        &self,
        ours: &[Particle],
        theirs: &[Particle],
        ordered: bool,
        context: &Context<'_>,
    ) -> Result<Vec<Particle>, Error> {
        let known: Vec<BTreeSet<QName>> = ours.iter().map(|one| names(&self.ours, one)).collect::<Result<_, _>>()?;
        let found: Vec<BTreeSet<QName>> =
            theirs.iter().map(|one| names(&self.theirs, one)).collect::<Result<_, _>>()?;
        let mut owners: Vec<Option<usize>> = found.iter().map(|names| closest(&known, names)).collect();
        for (at, one) in ours.iter().enumerate() {
            let owned: Vec<usize> = (0..theirs.len()).filter(|index| owners[*index] == Some(at)).collect();
            let (Some(first), Some(last)) = (owned.first().copied(), owned.last().copied()) else { continue };
            let view = View::of(&self.ours, one)?;
            let same_kind = match view.shape {
                Shape::Sequence(_) => ordered,
                Shape::Choice(_) => !ordered,
                Shape::Leaf(_) => false,
            };
            if !same_kind || !view.once() {
                // One of ours, one of theirs.
                let best = owned.iter().rev().max_by_key(|index| found[**index].intersection(&known[at]).count());
                owned.iter().filter(|index| Some(*index) != best).for_each(|index| owners[*index] = None);
            } else if ordered {
                // A sequence in the sequence has what stands in between as well, unless that is another's.
                if owners[first..=last].iter().any(|owner| owner.is_some_and(|owner| owner != at)) {
                    return self.align_parts(&opened(&self.ours, ours, at)?, theirs, ordered, context);
                }
                owners[first..=last].fill(Some(at));
            }
        }
        let mut pieces: Vec<(usize, Particle)> = Vec::new();
        let mut done = BTreeSet::new();
        for (index, one) in theirs.iter().enumerate() {
            let Some(at) = owners[index] else {
                // Where the order does not matter, what is new comes last.
                let place = if ordered { index } else { ours.len() + index };
                pieces.push((place, self.take(one, context)?));
                continue;
            };
            if !done.insert(at) {
                continue;
            }
            let owned: Vec<Particle> =
                (index..theirs.len()).filter(|one| owners[*one] == Some(at)).map(|one| theirs[one].clone()).collect();
            let place = if ordered { index } else { at };
            let piece = match owned.as_slice() {
                [one] => one.clone(),
                _ if ordered => sequence(owned.clone(), &one.origin),
                _ => Particle { kind: ParticleKind::Choice(owned.clone()), ..sequence(Vec::new(), &one.origin) },
            };
            match self.align(&ours[at], &piece, context)? {
                Some((aligned, _)) => pieces.push((place, aligned)),
                None => pieces.push((place, self.take(&piece, context)?)),
            }
        }
        pieces.sort_by_key(|(place, _)| *place);
        Ok(pieces.into_iter().map(|(_, piece)| piece).collect())
    }
}

/// A content of ours with other parts.
fn whole(ours: &Particle, kind: ParticleKind) -> Particle {
    Particle { kind, ..ours.clone() }
}

/// The parts of ours with one of them taken apart.
fn opened(resolver: &Resolver<'_>, ours: &[Particle], at: usize) -> Result<Vec<Particle>, Error> {
    let inner = match &ours[at].kind {
        ParticleKind::Group(name) => &resolver.group(&ours[at], name)?.content.kind,
        kind => kind,
    };
    let inner = match inner {
        ParticleKind::Sequence(all) | ParticleKind::Choice(all) => all.as_slice(),
        _ => &[],
    };
    Ok([&ours[..at], inner, &ours[at + 1..]].concat())
}

/// The one of ours that has most names in common, of equals the one with the fewest others.
fn closest(known: &[BTreeSet<QName>], names: &BTreeSet<QName>) -> Option<usize> {
    let common = |one: &BTreeSet<QName>| one.intersection(names).count();
    let best = known.iter().enumerate().rev().max_by_key(|(_, one)| (common(one), usize::MAX - one.len()))?;
    (common(best.1) > 0).then_some(best.0)
}

/// Names of the elements in a content.
fn names(resolver: &Resolver<'_>, particle: &Particle) -> Result<BTreeSet<QName>, Error> {
    let mut out = BTreeSet::new();
    collect(resolver, particle, &mut out)?;
    Ok(out)
}

fn collect(resolver: &Resolver<'_>, particle: &Particle, out: &mut BTreeSet<QName>) -> Result<(), Error> {
    match &particle.kind {
        _ if particle.max == Some(0) => {}
        ParticleKind::Ref(name) => out.extend([name.clone()]),
        ParticleKind::Element(element) => out.extend([element.name.clone()]),
        ParticleKind::Sequence(all) | ParticleKind::Choice(all) => {
            all.iter().try_for_each(|one| collect(resolver, one, out))?;
        }
        ParticleKind::Group(name) => collect(resolver, &resolver.group(particle, name)?.content, out)?,
        ParticleKind::Any => {}
    }
    Ok(())
}
