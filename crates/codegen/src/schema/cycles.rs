//! Types and groups that contain themselves: every walk over schemas relies on there being none.

use std::collections::BTreeMap;

use super::model::*;
use crate::Error;

/// Refuses a type that derives from itself and a group that contains itself without an element in between.
pub(crate) fn refuse(set: &SchemaSet) -> Result<(), Error> {
    let bases = set.complex_types.iter().map(|(name, ty)| {
        let base = match &ty.base {
            Some(Derivation::Extension(base) | Derivation::Restriction(base) | Derivation::Text(Type::Named(base))) => {
                vec![base]
            }
            _ => Vec::new(),
        };
        (name, (&ty.origin, base))
    });
    acyclic(&bases.collect())?;
    let bases = set.simple_types.iter().map(|(name, ty)| {
        let mut names = Vec::new();
        simple_bases(ty, &mut names);
        (name, (&ty.origin, names))
    });
    acyclic(&bases.collect())?;
    let parts = set.groups.iter().map(|(name, group)| {
        let mut names = Vec::new();
        groups_in(&group.content, &mut names);
        (name, (&group.content.origin, names))
    });
    acyclic(&parts.collect())
}

fn simple_bases<'s>(ty: &'s SimpleType, out: &mut Vec<&'s QName>) {
    match &ty.base {
        Type::Named(name) => out.push(name),
        Type::Simple(inner) => simple_bases(inner, out),
        Type::Builtin(_) | Type::Complex(_) => {}
    }
}

fn groups_in<'s>(particle: &'s Particle, out: &mut Vec<&'s QName>) {
    match &particle.kind {
        ParticleKind::Group(name) => out.push(name),
        ParticleKind::Sequence(all) | ParticleKind::Choice(all) => all.iter().for_each(|one| groups_in(one, out)),
        ParticleKind::Element(_) | ParticleKind::Ref(_) | ParticleKind::Any => {}
    }
}

/// Edges from each name to the names it stands on, with its place.
type Edges<'s> = BTreeMap<&'s QName, (&'s Origin, Vec<&'s QName>)>;

fn acyclic(edges: &Edges<'_>) -> Result<(), Error> {
    // Takes away, round by round, what stands on nothing that is left; a cycle stays.
    let mut left: BTreeMap<&QName, (&Origin, Vec<&QName>)> = edges.clone();
    loop {
        let free: Vec<&QName> = left
            .iter()
            .filter(|(_, (_, below))| !below.iter().any(|name| left.contains_key(name)))
            .map(|(name, _)| *name)
            .collect();
        if free.is_empty() {
            break;
        }
        for name in free {
            left.remove(name);
        }
    }
    // What only stands on a cycle is left too; the culprit is one that reaches itself.
    let reaches_itself = |start: &QName| {
        let mut seen = std::collections::BTreeSet::new();
        let mut open: Vec<&QName> = left.get(start).map(|(_, below)| below.clone()).unwrap_or_default();
        while let Some(name) = open.pop() {
            if name == start {
                return true;
            }
            if seen.insert(name) {
                open.extend(left.get(name).into_iter().flat_map(|(_, below)| below.iter().copied()));
            }
        }
        false
    };
    match left.iter().find(|(name, _)| reaches_itself(name)) {
        None => Ok(()),
        Some((name, (origin, _))) => Err(Error::Cycle { origin: (*origin).clone(), name: (*name).clone() }),
    }
}
