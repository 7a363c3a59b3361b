//! Which of our types stands for which of theirs.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::rc::Rc;

use super::values::{self, Taken};
use crate::Error;
use crate::language::{Compared, Comparison, Pair, Resolver};
use crate::schema::{ComplexType, Derivation, Particle, ParticleKind, QName, SchemaSet, Type};

/// What comparing the two contracts decided.
pub(super) struct Decisions<'s> {
    /// Pairs that mean the same, down to the last descendant.
    same: HashSet<Pair>,
    /// Named types of ours that somewhere mean what we wrote.
    kept: BTreeSet<QName>,
    /// Types of theirs whose content our named type gets, by our name; they mean the same.
    changed: BTreeMap<QName, Vec<usize>>,
    /// Named types of ours that mean the same as a type of theirs, or will, by the address of theirs.
    stand_ins: HashMap<usize, QName>,
    /// Every type of theirs by its address.
    theirs: HashMap<usize, &'s Rc<ComplexType>>,
    /// Groups of ours that stand in types that stay as they are.
    pub(super) groups: BTreeSet<QName>,
    /// Lists of values of ours that changed wherever they are used.
    pub(super) values: BTreeMap<QName, Taken>,
}

impl<'s> Decisions<'s> {
    pub(super) fn new(ours: &'s SchemaSet, theirs: &'s SchemaSet, comparison: &Comparison<'s>) -> Result<Self, Error> {
        let pairs = comparison.pairs();
        let known: HashMap<usize, &Rc<ComplexType>> = all_types(ours).map(|ty| (address(ty), ty)).collect();
        let by_address: HashMap<usize, &Rc<ComplexType>> = all_types(theirs).map(|ty| (address(ty), ty)).collect();
        let same = same(pairs, &referring(ours, theirs, pairs, &known, &by_address)?);
        // By place in their files, so that the outcome does not depend on addresses.
        let places = places(theirs);
        let mut all: Vec<(Option<&QName>, Pair)> =
            pairs.keys().map(|pair| (known.get(&pair.0).and_then(|ty| ty.name.as_ref()), *pair)).collect();
        all.sort_by_key(|(name, pair)| (*name, places.get(&pair.1).copied()));

        let resolver = Resolver::new(ours);
        let (mut kept, mut groups) = (BTreeSet::new(), BTreeSet::new());
        let mut stand_ins: HashMap<usize, QName> = HashMap::new();
        let mut changed: BTreeMap<QName, Vec<usize>> = BTreeMap::new();
        for (name, pair) in all {
            if !same.contains(&pair) {
                if let Some(name) = name {
                    changed.entry(name.clone()).or_default().push(pair.1);
                }
                continue;
            }
            if let Some(name) = name {
                kept.insert(name.clone());
                let stand_in = stand_ins.entry(pair.1).or_insert_with(|| name.clone());
                if name < stand_in {
                    stand_in.clone_from(name);
                }
            }
            for part in known.get(&pair.0).map_or_else(|| Ok(Vec::new()), |ty| resolver.chain(ty))? {
                part.content.iter().for_each(|content| groups_in(ours, content, &mut groups));
                // What an anonymous type stands on stays; a named one can do without.
                if name.is_none() && !part.abstract_ {
                    kept.extend(part.name.clone());
                }
            }
        }
        // A type that still has its meaning somewhere keeps it; one that has it nowhere takes the one that most places
        // have.
        changed.retain(|name, _| !kept.contains(name));
        for (name, addresses) in &mut changed {
            *addresses = most(theirs, &by_address, addresses);
            for one in &*addresses {
                stand_ins.entry(*one).or_insert_with(|| name.clone());
            }
        }
        let values = values::taken(ours, comparison.values());
        Ok(Self { same, kept, changed, stand_ins, theirs: by_address, groups, values })
    }

    /// Whether a type of ours means what the type of theirs in its place means.
    pub(super) fn same(&self, pair: Pair) -> bool {
        self.same.contains(&pair)
    }

    /// Whether our named type takes the content of this type of theirs.
    pub(super) fn takes(&self, name: &QName, theirs: usize) -> bool {
        self.changed.get(name).is_some_and(|all| all.contains(&theirs))
    }

    /// Whether our named type somewhere means what we wrote.
    pub(super) fn kept(&self, name: &QName) -> bool {
        self.kept.contains(name)
    }

    /// The type of theirs that our named type means now, if it is no longer what we wrote.
    pub(super) fn taken(&self, name: &QName) -> Option<&'s Rc<ComplexType>> {
        self.theirs.get(self.changed.get(name)?.first()?).copied()
    }

    /// Our types that are no longer what we wrote, each with a type of theirs that they mean now.
    pub(super) fn changed(&self) -> impl Iterator<Item = (&QName, &'s Rc<ComplexType>)> {
        self.changed.keys().filter_map(|name| Some((name, self.taken(name)?)))
    }

    /// Our type that means what a type of theirs means, or will once it has taken its content.
    pub(super) fn stand_in(&self, theirs: usize) -> Option<&QName> {
        self.stand_ins.get(&theirs)
    }
}

/// Named types of both that no place has in common, and that mean the same all the same.
///
/// # Errors
/// A reference to nothing.
pub(super) fn adopt<'s>(
    comparison: &mut Comparison<'s>,
    ours: &'s SchemaSet,
    theirs: &'s SchemaSet,
) -> Result<(), Error> {
    let same = same(comparison.pairs(), &HashSet::new());
    let compared = comparison.pairs().keys();
    let changed: HashSet<usize> = compared.filter(|pair| !same.contains(pair)).map(|pair| pair.0).collect();
    for (name, left) in &ours.complex_types {
        let Some(right) = theirs.complex_types.get(name) else { continue };
        if comparison.pairs().contains_key(&(address(left), address(right))) {
            continue;
        }
        let mut alone = Comparison::new(ours, theirs);
        alone.pair_of_types(left, right)?;
        // What is in use decides what becomes of a type, not what merely has its name.
        if alone.differences().is_empty() && !alone.pairs().keys().any(|pair| changed.contains(&pair.0)) {
            comparison.pair_of_types(left, right)?;
        }
    }
    Ok(())
}

/// Pairs of types that mean the same as long as a global element means what we wrote, which it no longer does: ours refers
/// to it where theirs declares an element of its own.
fn referring<'s>(
    ours: &'s SchemaSet,
    theirs: &'s SchemaSet,
    pairs: &HashMap<Pair, Compared>,
    known: &HashMap<usize, &'s Rc<ComplexType>>,
    found: &HashMap<usize, &'s Rc<ComplexType>>,
) -> Result<HashSet<Pair>, Error> {
    let (left, right) = (Resolver::new(ours), Resolver::new(theirs));
    let mut places: Vec<(QName, Pair)> = Vec::new();
    for pair in pairs.keys() {
        let (Some(ours), Some(theirs)) = (known.get(&pair.0), found.get(&pair.1)) else { continue };
        let (ours, theirs) = (left.children(&left.chain(ours)?)?, right.children(&right.chain(theirs)?)?);
        for (name, declared) in ours {
            let global = left.element(&name).is_some_and(|one| Rc::ptr_eq(one, declared));
            let other = |one| right.element(&name).is_some_and(|global| !Rc::ptr_eq(one, global));
            if global && theirs.get(&name).is_some_and(|one| other(one)) {
                places.push((name, *pair));
            }
        }
    }
    let mut changed: BTreeMap<QName, bool> = BTreeMap::new();
    for (name, _) in &places {
        if !changed.contains_key(name) {
            let mut alone = Comparison::new(ours, theirs);
            alone.element(name)?;
            changed.insert(name.clone(), !alone.differences().is_empty());
        }
    }
    Ok(places.into_iter().filter(|(name, _)| changed[name]).map(|(_, pair)| pair).collect())
}

/// Pairs without a difference in themselves or in any descendant.
fn same(pairs: &HashMap<Pair, Compared>, different: &HashSet<Pair>) -> HashSet<Pair> {
    let mut parents: HashMap<Pair, Vec<Pair>> = HashMap::new();
    for (pair, compared) in pairs {
        for child in &compared.children {
            parents.entry(*child).or_default().push(*pair);
        }
    }
    let differs = pairs.iter().filter(|(_, compared)| compared.differs).map(|(pair, _)| *pair);
    let mut different: HashSet<Pair> = differs.chain(different.iter().copied()).collect();
    let mut open: Vec<Pair> = different.iter().copied().collect();
    while let Some(pair) = open.pop() {
        for parent in parents.get(&pair).into_iter().flatten() {
            if different.insert(*parent) {
                open.push(*parent);
            }
        }
    }
    pairs.keys().filter(|pair| !different.contains(pair)).copied().collect()
}

/// The most of their types that mean the same; of equally many the first.
fn most(set: &SchemaSet, types: &HashMap<usize, &Rc<ComplexType>>, addresses: &[usize]) -> Vec<usize> {
    let mut kinds: Vec<Vec<usize>> = Vec::new();
    for one in addresses {
        match kinds.iter_mut().find(|kind| equal(set, types.get(&kind[0]), types.get(one))) {
            Some(kind) => kind.push(*one),
            None => kinds.push(vec![*one]),
        }
    }
    // Of equals `max_by_key` gives the last.
    kinds.into_iter().rev().max_by_key(Vec::len).unwrap_or_default()
}

/// Whether two of their types mean the same.
fn equal(set: &SchemaSet, left: Option<&&Rc<ComplexType>>, right: Option<&&Rc<ComplexType>>) -> bool {
    let (Some(left), Some(right)) = (left, right) else { return false };
    let mut comparison = Comparison::new(set, set);
    comparison.pair_of_types(left, right).is_ok() && comparison.differences().is_empty()
}

pub(super) fn address(ty: &Rc<ComplexType>) -> usize {
    Rc::as_ptr(ty).addr()
}

/// Every complex type of a set, the anonymous ones too.
pub(super) fn all_types(set: &SchemaSet) -> impl Iterator<Item = &Rc<ComplexType>> {
    let mut out = Vec::new();
    for ty in set.complex_types.values() {
        collect(ty, &mut out);
    }
    for element in set.elements.values() {
        if let Type::Complex(ty) = &element.ty {
            collect(ty, &mut out);
        }
    }
    for group in set.groups.values() {
        inside(&group.content, &mut out);
    }
    out.into_iter()
}

fn collect<'s>(ty: &'s Rc<ComplexType>, out: &mut Vec<&'s Rc<ComplexType>>) {
    out.push(ty);
    if let Some(content) = &ty.content {
        inside(content, out);
    }
}

fn inside<'s>(particle: &'s Particle, out: &mut Vec<&'s Rc<ComplexType>>) {
    match &particle.kind {
        ParticleKind::Element(element) => {
            if let Type::Complex(ty) = &element.ty {
                collect(ty, out);
            }
        }
        ParticleKind::Sequence(all) | ParticleKind::Choice(all) => all.iter().for_each(|one| inside(one, out)),
        ParticleKind::Ref(_) | ParticleKind::Group(_) | ParticleKind::Any => {}
    }
}

/// Groups that a content refers to, and those that they refer to.
fn groups_in(set: &SchemaSet, particle: &Particle, out: &mut BTreeSet<QName>) {
    match &particle.kind {
        ParticleKind::Group(name) => {
            if out.insert(name.clone())
                && let Some(group) = set.groups.get(name)
            {
                groups_in(set, &group.content, out);
            }
        }
        ParticleKind::Sequence(all) | ParticleKind::Choice(all) => all.iter().for_each(|one| groups_in(set, one, out)),
        ParticleKind::Element(_) | ParticleKind::Ref(_) | ParticleKind::Any => {}
    }
}

/// Position of each type in a walk of the set.
fn places(set: &SchemaSet) -> HashMap<usize, usize> {
    all_types(set).enumerate().map(|(place, ty)| (address(ty), place)).collect()
}

/// The complex type an element or attribute has; an anonymous extension that adds nothing is its base.
pub(super) fn complex<'s>(set: &'s SchemaSet, ty: &'s Type) -> Option<&'s Rc<ComplexType>> {
    let mut found = match ty {
        Type::Named(name) => set.complex_types.get(name)?,
        Type::Complex(ty) => ty,
        Type::Builtin(_) | Type::Simple(_) => return None,
    };
    while let (None, None, true, Some(Derivation::Extension(base))) =
        (&found.name, &found.content, found.attributes.is_empty(), &found.base)
    {
        found = set.complex_types.get(base)?;
    }
    Some(found)
}
