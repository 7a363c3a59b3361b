//! Our groups: one whose elements changed keeps its name where it can.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::rc::Rc;

use super::build::{Builder, capital};
use crate::schema::{ComplexType, Group, Particle, ParticleKind, QName, Type};

/// What became of our groups, each time one was used in a type that is not as we wrote it.
#[derive(Debug, Default)]
pub(super) struct Uses {
    /// Groups that somewhere are still what we wrote.
    kept: BTreeSet<QName>,
    /// The others: what each is in words, and the first type that uses it.
    versions: BTreeMap<QName, Vec<(String, String)>>,
    /// Version of each use, in the order of the walk, which is always the same.
    order: BTreeMap<QName, Vec<usize>>,
}

/// Names decided by a walk before this one.
#[derive(Debug, Default)]
pub(super) struct Names {
    names: BTreeMap<QName, Vec<QName>>,
}

impl Uses {
    /// Names for the next walk: our name for the version of most uses, if nothing has the group as we wrote it.
    pub(super) fn decide(&self) -> Names {
        let mut names = BTreeMap::new();
        for (name, order) in &self.order {
            let versions = &self.versions[name];
            let uses = |version: usize| order.iter().filter(|one| **one == version).count();
            let first = (0..versions.len()).rev().max_by_key(|version| uses(*version));
            let heir = first.filter(|_| !self.kept.contains(name));
            let mut taken = BTreeSet::new();
            let chosen: Vec<QName> = versions
                .iter()
                .enumerate()
                .map(|(version, (_, user))| {
                    let mut local = match heir {
                        Some(heir) if heir == version => name.local.to_string(),
                        _ => format!("{}Of{}", name.local, capital(user)),
                    };
                    while !taken.insert(local.clone()) {
                        local.push_str("Too");
                    }
                    QName::new(name.ns.clone(), local)
                })
                .collect();
            names.insert(name.clone(), order.iter().map(|version| chosen[*version].clone()).collect());
        }
        Names { names }
    }
}

/// The walk's book of groups.
#[derive(Debug)]
pub(super) struct Book {
    names: Names,
    uses: RefCell<Uses>,
}

impl Book {
    pub(super) fn new(names: Names, kept: &BTreeSet<QName>) -> Self {
        Self { names, uses: RefCell::new(Uses { kept: kept.clone(), ..Uses::default() }) }
    }

    pub(super) fn close(self) -> Uses {
        self.uses.into_inner()
    }
}

impl Builder<'_> {
    /// A use of a group as we wrote it.
    pub(super) fn keep_group(&self, name: &QName) -> QName {
        self.book.uses.borrow_mut().kept.insert(name.clone());
        name.clone()
    }

    /// A group of ours whose elements changed, in the content of a type: under which name it stands.
    pub(super) fn regroup(&self, name: &QName, group: &Group, content: Particle, user: &ComplexType) -> QName {
        let key = words(&content);
        let mut uses = self.book.uses.borrow_mut();
        let versions = uses.versions.entry(name.clone()).or_default();
        let version = versions.iter().position(|(one, _)| *one == key).unwrap_or_else(|| {
            let user = user.name.as_ref().map_or("Another", |name| &*name.local);
            versions.push((key, user.to_owned()));
            versions.len() - 1
        });
        let order = uses.order.entry(name.clone()).or_default();
        order.push(version);
        let decided = self.book.names.names.get(name).and_then(|names| names.get(order.len() - 1));
        let chosen = match decided {
            Some(decided) => decided.clone(),
            None => QName::new(name.ns.clone(), format!("{} {version}", name.local)),
        };
        drop(uses);
        let group = Group { name: chosen.clone(), content, doc: group.doc.clone() };
        self.out.borrow_mut().groups.insert(chosen.clone(), Rc::new(group));
        chosen
    }
}

/// A content in words, without where it stands and what is said of it.
fn words(particle: &Particle) -> String {
    let mut out = String::new();
    particle_words(particle, &mut out);
    out
}

fn particle_words(particle: &Particle, out: &mut String) {
    // Writing to a string cannot fail.
    let _ = write!(out, "{}..{:?} ", particle.min, particle.max);
    match &particle.kind {
        ParticleKind::Element(element) => {
            let given = (&element.fixed, &element.default, &element.constraints);
            let _ = write!(out, "{} {given:?} ", element.name);
            type_words(&element.ty, out);
        }
        ParticleKind::Ref(name) => drop(write!(out, "ref {name} ")),
        ParticleKind::Group(name) => drop(write!(out, "group {name} ")),
        ParticleKind::Any => out.push_str("any "),
        ParticleKind::Sequence(all) | ParticleKind::Choice(all) => {
            out.push_str(if matches!(particle.kind, ParticleKind::Choice(_)) { "choice( " } else { "sequence( " });
            all.iter().for_each(|one| particle_words(one, out));
            out.push_str(") ");
        }
    }
}

fn type_words(ty: &Type, out: &mut String) {
    match ty {
        Type::Builtin(one) => drop(write!(out, "{one:?} ")),
        Type::Named(name) => drop(write!(out, "{name} ")),
        Type::Simple(simple) => {
            let _ = write!(out, "{} {:?} of ", simple.list, simple.facets);
            type_words(&simple.base, out);
        }
        Type::Complex(ty) => {
            let _ = write!(out, "{} {} ( ", ty.abstract_, ty.opaque);
            if let Some(base) = &ty.base {
                let _ = write!(out, "{base:?} ");
            }
            for used in &ty.attributes {
                let _ = write!(out, "{:?} {} {:?} ", used.attribute, used.required, used.fixed);
            }
            ty.content.iter().for_each(|content| particle_words(content, out));
            out.push_str(") ");
        }
    }
}
