//! Two content models of one type, laid beside each other: which elements came, went, moved, became more or fewer.
//!
//! It is asked only when the models are not the same language, so a schema that says the same in other words gives
//! nothing. What cannot be told by pieces is still a change of the content as a whole.

use std::collections::BTreeSet;

use super::Finding;
use super::kind::Kind;
use super::shape::{Bounds, Group, ONCE, Shape};
use crate::schema::QName;

/// A finding and the child it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) finding: Finding,
    /// Of several elements the first.
    pub(super) name: QName,
    /// The elements beside which it stands, where it only stands together with them; empty: always.
    pub(super) beside: Vec<String>,
}

/// What differs between two contents.
pub(super) fn compare(before: &Group, after: &Group) -> Vec<Found> {
    let mut align = Align { found: Vec::new(), beside: Vec::new() };
    align.sequences(before, after);
    moved(align.found)
}

struct Align {
    found: Vec<Found>,
    /// Names of the innermost group that may be left out, in the older model.
    beside: Vec<String>,
}

impl Align {
    fn say(&mut self, name: &QName, finding: Finding) {
        self.found.push(Found { finding, name: name.clone(), beside: self.beside.clone() });
    }

    /// What is inside stands only where the given piece does.
    fn within(&mut self, shape: &Shape, conditional: bool, inside: impl FnOnce(&mut Self)) {
        if !conditional {
            return inside(self);
        }
        let names = shape.names().into_iter().map(|name| name.local.to_string()).collect();
        let outer = std::mem::replace(&mut self.beside, names);
        inside(self);
        self.beside = outer;
    }

    fn pair(&mut self, before: &Shape, after: &Shape) {
        match (before, after) {
            (Shape::Element(name, old), Shape::Element(_, new)) => self.bounds(name, &[], *old, *new),
            (Shape::Group(old), Shape::Group(new)) if old.choice == new.choice => self.groups(before, old, new),
            // A choice takes in what is no choice: one more or one less branch says more than another kind of group.
            (Shape::Group(old), _) if old.choice => self.groups(before, old, &after.wrapped(true)),
            (_, Shape::Group(new)) if new.choice => self.groups(before, &before.wrapped(true), new),
            (Shape::Group(old), _) => self.groups(before, old, &after.wrapped(false)),
            (_, Shape::Group(new)) => self.groups(before, &before.wrapped(false), new),
        }
    }

    fn groups(&mut self, whole: &Shape, before: &Group, after: &Group) {
        let names: Vec<&QName> = whole.names();
        if let Some(first) = names.first() {
            let values: Vec<String> = names.iter().map(|name| name.local.to_string()).collect();
            self.bounds(first, &values, before.bounds, after.bounds);
        }
        if before.choice {
            return self.choices(before, after);
        }
        self.within(whole, before.bounds.min == 0, |align| align.sequences(before, after));
    }

    fn bounds(&mut self, name: &QName, values: &[String], old: Bounds, new: Bounds) {
        let mut say = |kind| {
            let finding =
                Finding { kind, before: Some(old.shown()), after: Some(new.shown()), values: values.to_vec() };
            self.say(name, finding);
        };
        match new.min.cmp(&old.min) {
            std::cmp::Ordering::Greater => say(Kind::MinRaised),
            std::cmp::Ordering::Less => say(Kind::MinLowered { list: old.max != Some(1) }),
            std::cmp::Ordering::Equal => {}
        }
        if new.above(old) {
            say(Kind::MaxRaised);
        } else if old.above(new) {
            say(Kind::MaxLowered);
        }
    }

    fn sequences(&mut self, before: &Group, after: &Group) {
        let old = gathered(&before.parts, &after.parts);
        let new = gathered(&after.parts, &old);
        let pairs = matched(&old, &new);
        let kept = in_order(&pairs);
        for (at, part) in old.iter().enumerate() {
            let Some((_, to)) = pairs.iter().find(|(from, _)| *from == at) else {
                self.gone(part);
                continue;
            };
            if !kept.contains(&(at, *to)) {
                for name in part.names() {
                    self.say(name, Finding::new(Kind::ElementMoved, None, None));
                }
            }
            self.pair(part, &new[*to]);
        }
        for (at, part) in new.iter().enumerate() {
            if !pairs.iter().any(|(_, to)| *to == at) {
                self.come(part);
            }
        }
    }

    fn choices(&mut self, before: &Group, after: &Group) {
        let pairs = matched(&before.parts, &after.parts);
        let required = !Shape::Group(before.clone()).nullable();
        for (at, part) in before.parts.iter().enumerate() {
            match pairs.iter().find(|(from, _)| *from == at) {
                Some((_, to)) => self.within(part, true, |align| align.pair(part, &after.parts[*to])),
                None => self.branch(part, Kind::BranchRemoved, &before.parts, at),
            }
        }
        for (at, part) in after.parts.iter().enumerate() {
            if !pairs.iter().any(|(_, to)| *to == at) {
                self.branch(part, Kind::BranchAdded { required }, &after.parts, at);
            }
        }
    }

    /// A branch is called by its first element that no other branch has.
    fn branch(&mut self, part: &Shape, kind: Kind, all: &[Shape], at: usize) {
        let names = part.names();
        let elsewhere = |name: &QName| {
            all.iter().enumerate().any(|(other, part)| other != at && part.names().into_iter().any(|one| one == name))
        };
        let Some(first) = names.iter().find(|name| !elsewhere(name)).or(names.first()) else { return };
        let values =
            if names.len() > 1 { names.iter().map(|name| name.local.to_string()).collect() } else { Vec::new() };
        let shown = Some(part.bounds().shown());
        let (before, after) = if kind == Kind::BranchRemoved { (shown, None) } else { (None, shown) };
        self.say(first, Finding { kind, before, after, values });
    }

    fn gone(&mut self, part: &Shape) {
        for (name, bounds, required) in leaves(part, true) {
            self.say(
                &name,
                Finding::new(
                    Kind::ElementRemoved { required, list: bounds.max != Some(1) },
                    Some(bounds.shown()),
                    None,
                ),
            );
        }
    }

    fn come(&mut self, part: &Shape) {
        for (name, bounds, required) in leaves(part, true) {
            self.say(&name, Finding::new(Kind::ElementAdded { required }, None, Some(bounds.shown())));
        }
    }
}

/// Elements of a piece, with whether they must be there if what is around the piece is; of a choice, one of them.
fn leaves(part: &Shape, required: bool) -> Vec<(QName, Bounds, bool)> {
    match part {
        Shape::Element(name, bounds) => vec![(name.clone(), *bounds, required && bounds.min > 0)],
        Shape::Group(group) => {
            let required = required && !part.nullable();
            group.parts.iter().flat_map(|part| leaves(part, required)).collect()
        }
    }
}

/// Parts, those that the other side has in one sequence taken together: `A B` beside `(A B)?` or `(A B) | C`.
fn gathered(parts: &[Shape], other: &[Shape]) -> Vec<Shape> {
    let mut out: Vec<Shape> = parts.to_vec();
    let groups = other.iter().flat_map(|part| match part {
        Shape::Group(group) if group.choice => group.parts.iter().collect(),
        part => vec![part],
    });
    for group in groups.filter(|part| matches!(part, Shape::Group(inner) if !inner.choice)) {
        let names = group.name_set();
        let inside = |part: &Shape| matches!(part, Shape::Element(name, _) if names.contains(name));
        let Some(start) = out.iter().position(inside) else { continue };
        let length = out[start..].iter().take_while(|part| inside(part)).count();
        if length > 1 {
            let run: Vec<Shape> = out.drain(start..start + length).collect();
            out.insert(start, Shape::Group(Group { choice: false, parts: run, bounds: ONCE }));
        }
    }
    out
}

/// Which part stands for which: those that share most of their elements, the best first.
fn matched(before: &[Shape], after: &[Shape]) -> Vec<(usize, usize)> {
    let old: Vec<BTreeSet<&QName>> = before.iter().map(Shape::name_set).collect();
    let new: Vec<BTreeSet<&QName>> = after.iter().map(Shape::name_set).collect();
    let mut all = Vec::new();
    for (from, left) in old.iter().enumerate() {
        for (to, right) in new.iter().enumerate() {
            let shared = left.intersection(right).count();
            if shared > 0 {
                let of = left.len() + right.len() - shared;
                all.push((shared * 1000 / of, from, to));
            }
        }
    }
    // Equally alike: the one in the same place.
    all.sort_by_key(|(alike, from, to)| (std::cmp::Reverse(*alike), from.abs_diff(*to), *from, *to));
    let mut pairs: Vec<(usize, usize)> = Vec::new();
    for (_, from, to) in all {
        if !pairs.iter().any(|(left, right)| *left == from || *right == to) {
            pairs.push((from, to));
        }
    }
    pairs.sort_unstable();
    pairs
}

/// The longest run of pairs whose order is the same on both sides.
fn in_order(pairs: &[(usize, usize)]) -> Vec<(usize, usize)> {
    // Best run that ends in each pair: its length and the pair before.
    let mut best: Vec<(usize, Option<usize>)> = Vec::new();
    for (at, (_, to)) in pairs.iter().enumerate() {
        let before =
            (0..at).filter(|one| pairs[*one].1 < *to).max_by_key(|one| (best[*one].0, std::cmp::Reverse(*one)));
        best.push((before.map_or(1, |one| best[one].0 + 1), before));
    }
    let mut run = Vec::new();
    let mut next = (0..best.len()).max_by_key(|one| (best[*one].0, std::cmp::Reverse(*one)));
    while let Some(at) = next {
        run.push(pairs[at]);
        next = best[at].1;
    }
    run.reverse();
    run
}

/// What went in one place of the content and came in another has moved.
fn moved(found: Vec<Found>) -> Vec<Found> {
    let names = |of: fn(&Kind) -> bool| {
        found.iter().filter(|one| of(&one.finding.kind)).map(|one| one.name.clone()).collect::<BTreeSet<_>>()
    };
    let gone = names(|kind| matches!(kind, Kind::ElementRemoved { .. } | Kind::BranchRemoved));
    let come = names(|kind| matches!(kind, Kind::ElementAdded { .. } | Kind::BranchAdded { .. }));
    let both: BTreeSet<&QName> = gone.intersection(&come).collect();
    let mut out: Vec<Found> = Vec::new();
    for one in found {
        let kind = one.finding.kind;
        if !both.contains(&one.name) {
            out.push(one);
            continue;
        }
        match kind {
            Kind::ElementRemoved { .. } | Kind::BranchRemoved => {
                let finding = Finding::new(Kind::ElementMoved, one.finding.before.clone(), None);
                out.push(Found { finding, ..one });
            }
            Kind::ElementAdded { .. } | Kind::BranchAdded { .. } => {
                let moved =
                    out.iter_mut().find(|other| other.name == one.name && other.finding.kind == Kind::ElementMoved);
                if let Some(moved) = moved {
                    moved.finding.after.clone_from(&one.finding.after);
                }
            }
            _ => out.push(one),
        }
    }
    out
}
