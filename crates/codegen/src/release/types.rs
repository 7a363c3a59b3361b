//! Two types of one element: attributes, text, content. And two declarations: fixed values, defaults, uniqueness.

use std::collections::{BTreeMap, BTreeSet};

use super::content::Found;
use super::facet::described;
use super::version::{MessageVersions, is_version, of_use};
use super::{Finding, Kind, content, facet, shape};
use crate::Error;
use crate::language::{Gap, Resolver, constraints, difference};
use crate::schema::{
    AttributeUse, ComplexType, ConstraintKind, Derivation, Element, Particle, ParticleKind, QName, Step, Steps,
};

/// A finding inside a type.
#[derive(Debug)]
pub(super) struct Inside {
    /// The child, `@` before an attribute; empty for the type itself.
    pub(super) tail: String,
    pub(super) finding: Finding,
    pub(super) beside: Vec<String>,
    /// Addresses of the named parts of both schemas that say it: the same finding in a shared base or group is one.
    pub(super) owner: (usize, usize),
}

/// What differs between two types with structure, their children's own types apart.
pub(super) fn compare<'s>(
    old: (&Resolver<'s>, &[&'s ComplexType]),
    new: (&Resolver<'s>, &[&'s ComplexType]),
) -> Result<Vec<Inside>, Error> {
    let mut found = attributes(old, new)?;
    let whole = (last(old.1), last(new.1));
    let mut say = |finding| found.push(Inside { tail: String::new(), finding, beside: Vec::new(), owner: whole });
    let is_abstract = |chain: &[&ComplexType]| chain.last().is_some_and(|ty| ty.abstract_);
    if is_abstract(old.1) != is_abstract(new.1) {
        let text = |yes: bool| Some(if yes { "abstract" } else { "concrete" }.to_owned());
        say(Finding::new(Kind::StructureChanged, text(is_abstract(old.1)), text(is_abstract(new.1))));
        return Ok(found);
    }
    match (text(old.0, old.1)?, text(new.0, new.1)?) {
        (None, None) => {}
        (Some(before), Some(after)) => facet::compare(&before, &after, false).into_iter().for_each(say),
        (before, after) => {
            let shown = |text: Option<crate::language::Simple>| text.map(|text| described(&text));
            say(Finding::new(Kind::StructureChanged, shown(before), shown(after)));
        }
    }
    if is_abstract(old.1) {
        return Ok(found);
    }
    let Some((after, gap)) = difference(old.0.model(old.1)?, new.0.model(new.1)?) else { return Ok(found) };
    let pieces = content::compare(&shape::content(old.0, old.1)?, &shape::content(new.0, new.1)?);
    if pieces.is_empty() {
        // The languages part, and no piece says where: then the place where they do must.
        let names: Vec<&str> = after.iter().map(|name| &*name.local).collect();
        let finding = Finding::new(Kind::ContentChanged, None, Some(format!("{} … {}", names.join(" "), shown(&gap))));
        found.push(Inside { tail: String::new(), finding, beside: Vec::new(), owner: whole });
        return Ok(found);
    }
    let owners = (owners(old.0, old.1)?, owners(new.0, new.1)?);
    for piece in renamed(pieces) {
        let owner = |owners: &BTreeMap<QName, usize>| owners.get(&piece.name).copied().unwrap_or_default();
        let owner = (owner(&owners.0), owner(&owners.1));
        let tail = piece.name.local.to_string();
        found.push(Inside { tail, finding: piece.finding, beside: piece.beside, owner });
    }
    Ok(found)
}

/// Where two contents part: what each allows there.
fn shown(gap: &Gap) -> String {
    let list = |names: &[QName]| names.iter().map(|name| &*name.local).collect::<Vec<_>>().join(", ");
    match gap {
        Gap::End { ours: true } => "[end] → []".to_owned(),
        Gap::End { ours: false } => "[] → [end]".to_owned(),
        Gap::Next { ours, theirs } => format!("[{}] → [{}]", list(ours), list(theirs)),
    }
}

/// What went under one name and came under the same name of another namespace is one change.
fn renamed(mut pieces: Vec<Found>) -> Vec<Found> {
    let came = |kind: Kind| matches!(kind, Kind::ElementAdded { .. } | Kind::BranchAdded { .. });
    let went = |kind: Kind| matches!(kind, Kind::ElementRemoved { .. } | Kind::BranchRemoved);
    let mut at = 0;
    while at < pieces.len() {
        let old = pieces[at].name.clone();
        let twin = |one: &Found| came(one.finding.kind) && one.name.local == old.local && one.name != old;
        match pieces.iter().position(twin).filter(|_| went(pieces[at].finding.kind)) {
            Some(new) => {
                let name = |name: &QName| Some(name.ns.to_string());
                let finding = Finding::new(Kind::ElementNamespace, name(&old), name(&pieces[new].name));
                pieces[at].finding = finding;
                pieces.remove(new);
                // One before it shifts what is left.
                at += usize::from(new > at);
            }
            None => at += 1,
        }
    }
    pieces
}

fn last(chain: &[&ComplexType]) -> usize {
    chain.last().map_or(0, |ty| std::ptr::from_ref::<ComplexType>(ty).addr())
}

/// The simple type of an element with text and attributes.
fn text(resolver: &Resolver<'_>, chain: &[&ComplexType]) -> Result<Option<crate::language::Simple>, Error> {
    // The base first: it is the one whose base is a simple type.
    match chain.first().map(|ty| (ty, &ty.base)) {
        Some((ty, Some(Derivation::Text(text)))) => resolver.value(text, &ty.origin).map(Some),
        _ => Ok(None),
    }
}

/// Which type of the chain, or which group, declares each child.
fn owners(resolver: &Resolver<'_>, chain: &[&ComplexType]) -> Result<BTreeMap<QName, usize>, Error> {
    let mut out = BTreeMap::new();
    for ty in chain {
        if let Some(content) = &ty.content {
            owned(resolver, content, std::ptr::from_ref::<ComplexType>(ty).addr(), &mut out)?;
        }
    }
    Ok(out)
}

fn owned(
    resolver: &Resolver<'_>,
    particle: &Particle,
    owner: usize,
    out: &mut BTreeMap<QName, usize>,
) -> Result<(), Error> {
    match &particle.kind {
        ParticleKind::Element(element) => drop(out.insert(element.name.clone(), owner)),
        ParticleKind::Ref(name) => drop(out.insert(name.clone(), owner)),
        ParticleKind::Sequence(all) | ParticleKind::Choice(all) => {
            all.iter().try_for_each(|one| owned(resolver, one, owner, out))?;
        }
        ParticleKind::Group(name) => {
            let group = resolver.group(particle, name)?;
            owned(resolver, &group.content, std::ptr::from_ref(group).addr(), out)?;
        }
        ParticleKind::Any => {}
    }
    Ok(())
}

/// Attributes of a type by name, each with the type that declares it.
fn uses<'s>(
    resolver: &Resolver<'s>,
    chain: &[&'s ComplexType],
) -> Result<BTreeMap<QName, (&'s AttributeUse, usize)>, Error> {
    let mut out = BTreeMap::new();
    for ty in chain {
        for attribute in &ty.attributes {
            let name = resolver.attribute(attribute)?.0;
            out.insert(name, (attribute, std::ptr::from_ref::<ComplexType>(ty).addr()));
        }
    }
    Ok(out)
}

fn attributes<'s>(
    (old, old_chain): (&Resolver<'s>, &[&'s ComplexType]),
    (new, new_chain): (&Resolver<'s>, &[&'s ComplexType]),
) -> Result<Vec<Inside>, Error> {
    let (before, after) = (uses(old, old_chain)?, uses(new, new_chain)?);
    let mut found = Vec::new();
    for name in before.keys().chain(after.keys()).collect::<BTreeSet<_>>() {
        let mut say = |finding, owner| {
            found.push(Inside { tail: format!("@{}", name.local), finding, beside: Vec::new(), owner });
        };
        match (before.get(name), after.get(name)) {
            (Some((one, owner)), None) => {
                let required = one.required && one.fixed.is_none() && !is_version(name);
                say(Finding::new(Kind::AttributeRemoved { required }, one.fixed.clone(), None), (*owner, 0));
            }
            (None, Some((one, owner))) => {
                let kind = Kind::AttributeAdded { required: one.required };
                say(Finding::new(kind, None, one.fixed.clone()), (0, *owner));
            }
            (Some((one, left)), Some((other, right))) => {
                let owner = (*left, *right);
                match (one.required, other.required) {
                    (false, true) => say(Finding::new(Kind::AttributeRequired, None, None), owner),
                    (true, false) => {
                        let fixed = one.fixed.is_some() || is_version(name);
                        say(Finding::new(Kind::AttributeOptional { fixed }, None, None), owner);
                    }
                    _ => {}
                }
                if is_version(name) {
                    versions(&of_use(one), &of_use(other)).into_iter().for_each(|finding| say(finding, owner));
                } else {
                    fixed(&one.fixed, &other.fixed).into_iter().for_each(|finding| say(finding, owner));
                }
                let (left, right) = (old.attribute(one)?.1, new.attribute(other)?.1);
                let (left, right) = (old.value(&left, &one.origin)?, new.value(&right, &other.origin)?);
                facet::compare(&left, &right, true).into_iter().for_each(|finding| say(finding, owner));
            }
            (None, None) => {}
        }
    }
    Ok(found)
}

fn versions(old: &MessageVersions, new: &MessageVersions) -> Vec<Finding> {
    match (old.values.as_slice(), new.values.as_slice()) {
        (before, after) if before == after => Vec::new(),
        // A schema that names no version takes any.
        (_, []) if old.fixed => vec![Finding::new(Kind::FixedRemoved, old.values.last().cloned(), None)],
        (_, []) => Vec::new(),
        ([], after) if new.fixed => vec![Finding::new(Kind::FixedAdded, None, after.last().cloned())],
        // Named in words only, and nothing was named before: nothing is known to have changed.
        ([], _) => Vec::new(),
        ([before], [after]) if before != after => {
            vec![Finding::new(Kind::VersionFixed, Some(before.clone()), Some(after.clone()))]
        }
        (before, after) => {
            let only = |one: &[String], other: &[String]| -> Vec<String> {
                one.iter().filter(|version| !other.contains(version)).cloned().collect()
            };
            let (added, removed) = (only(after, before), only(before, after));
            let mut found = Vec::new();
            if !added.is_empty() {
                found.push(Finding::with(Kind::VersionsAdded, added));
            }
            if !removed.is_empty() {
                let newest = before.last().is_some_and(|newest| removed.contains(newest));
                found.push(Finding::with(Kind::VersionsRemoved { newest }, removed));
            }
            found
        }
    }
}

fn fixed(old: &Option<String>, new: &Option<String>) -> Option<Finding> {
    let kind = match (old, new) {
        (old, new) if old == new => return None,
        (None, _) => Kind::FixedAdded,
        (_, None) => Kind::FixedRemoved,
        _ => Kind::FixedChanged,
    };
    Some(Finding::new(kind, old.clone(), new.clone()))
}

/// What differs between two declarations of an element, their types apart.
pub(super) fn declarations(old: &Element, new: &Element) -> Vec<Finding> {
    let mut found: Vec<Finding> = fixed(&old.fixed, &new.fixed).into_iter().collect();
    if old.default != new.default {
        found.push(Finding::new(Kind::DefaultChanged, old.default.clone(), new.default.clone()));
    }
    // Compared in full, shown in short.
    if constraints(old) != constraints(new) {
        let (before, after) = (rules(old), rules(new));
        for rule in before.difference(&after) {
            found.push(Finding::new(Kind::ConstraintRemoved, Some(rule.clone()), None));
        }
        for rule in after.difference(&before) {
            found.push(Finding::new(Kind::ConstraintAdded, None, Some(rule.clone())));
        }
    }
    found
}

/// Constraints of an element in words: `key .//TransportGUID (.)`.
fn rules(element: &Element) -> BTreeSet<String> {
    let of = |constraint: &crate::schema::Constraint| {
        let mut selector: Vec<String> = constraint.selector.iter().map(path).collect();
        selector.sort();
        let fields: Vec<String> = constraint.fields.iter().map(path).collect();
        format!("{} ({})", selector.join(" | "), fields.join(", "))
    };
    let rules = element.constraints.iter().map(|constraint| match &constraint.kind {
        ConstraintKind::Key => format!("key {}", of(constraint)),
        ConstraintKind::Unique => format!("unique {}", of(constraint)),
        ConstraintKind::KeyRef(key) => {
            let target = element.constraints.iter().find(|one| one.name == *key).map(of).unwrap_or_default();
            format!("keyref {} to {target}", of(constraint))
        }
    });
    rules.collect()
}

fn path(steps: &Steps) -> String {
    let names: Vec<String> = steps
        .children
        .iter()
        .map(|step| match step {
            Step::Child(name) => name.local.to_string(),
            Step::Any => "*".to_owned(),
            Step::Attribute(name) => format!("@{}", name.local),
        })
        .collect();
    match (steps.anywhere, names.is_empty()) {
        (_, true) => ".".to_owned(),
        (true, false) => format!(".//{}", names.join("/")),
        (false, false) => names.join("/"),
    }
}
