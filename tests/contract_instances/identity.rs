//! Keys, unique values and references to them: found in a document by what the schemas declare, and put right.

use std::collections::BTreeSet;

use gis_gkh_codegen::schema::{Constraint, ConstraintKind, QName, Step, Steps};

use crate::dice::Dice;
use crate::document::{Content, Node, Path};
use crate::grammar::{ElementId, Grammar, ValueId};

/// How often a document is gone over: a value put right for one constraint may break another.
const PASSES: usize = 6;
/// How often a value is drawn to find one not yet used.
const DRAWS: usize = 100;

/// A value that a constraint looks at.
#[derive(Clone)]
pub(crate) struct Spot {
    pub(crate) path: Path,
    /// Number among the attributes given, if it is one.
    attribute: Option<usize>,
    pub(crate) value: ValueId,
    text: String,
    /// The contract or another constraint has fixed it.
    fixed: bool,
}

/// What one constraint selects below one element.
pub(crate) struct Selected<'g> {
    pub(crate) constraint: &'g Constraint,
    /// Element declaration that has it, and its number there.
    pub(crate) declared: (ElementId, usize),
    /// Element that declares it.
    pub(crate) scope: Path,
    /// Selected elements with their fields.
    pub(crate) rows: Vec<(Path, Vec<Option<Spot>>)>,
}

impl Selected<'_> {
    /// Values of the rows that have all fields.
    fn full(&self) -> impl Iterator<Item = (&Path, Vec<&Spot>)> {
        self.rows.iter().filter_map(|(path, fields)| {
            let spots: Option<Vec<&Spot>> = fields.iter().map(Option::as_ref).collect();
            spots.map(|spots| (path, spots))
        })
    }
}

/// The values of a row, each in one form: `05` and `+5` are the same number.
fn values(grammar: &Grammar, spots: &[&Spot]) -> Vec<String> {
    spots.iter().map(|spot| grammar.values[spot.value].one_form(&spot.text)).collect()
}

/// Everything that the constraints of a document select.
pub(crate) fn selected<'g>(grammar: &'g Grammar, root: &Node) -> Vec<Selected<'g>> {
    let mut out = Vec::new();
    for (scope, node) in root.walk() {
        let declared = &grammar.elements[node.declared];
        for (number, constraint) in declared.constraints.iter().enumerate() {
            let mut paths = BTreeSet::new();
            constraint.selector.iter().for_each(|steps| select(root, &scope, steps, &mut paths));
            let row = |path: Path| {
                let fields = constraint.fields.iter().map(|steps| field(grammar, root, &path, steps)).collect();
                (path, fields)
            };
            let rows = paths.into_iter().map(row).collect();
            out.push(Selected { constraint, declared: (node.declared, number), scope: scope.clone(), rows });
        }
    }
    out
}

fn select(root: &Node, from: &[usize], steps: &Steps, out: &mut BTreeSet<Path>) {
    let starts: Vec<Path> = match steps.anywhere {
        true => {
            let below = root.at(from).walk().into_iter();
            below.map(|(path, _)| from.iter().copied().chain(path).collect()).collect()
        }
        false => vec![from.to_vec()],
    };
    for start in starts {
        let mut found = vec![start];
        for step in &steps.children {
            let fits = |name: &QName| match step {
                Step::Child(wanted) => name == wanted,
                Step::Any => true,
                Step::Attribute(_) => false,
            };
            let mut next = Vec::new();
            for path in found {
                for (index, child) in root.at(&path).children().iter().enumerate() {
                    if !matches!(child.content, Content::Raw(_)) && fits(&child.name) {
                        next.push(path.iter().copied().chain([index]).collect());
                    }
                }
            }
            found = next;
        }
        out.extend(found);
    }
}

fn field(grammar: &Grammar, root: &Node, from: &[usize], steps: &Steps) -> Option<Spot> {
    let mut path = from.to_vec();
    for step in &steps.children {
        let node = root.at(&path);
        match step {
            Step::Attribute(name) => {
                let index = node.attributes.iter().position(|one| one.name == *name)?;
                let given = &node.attributes[index];
                let declared = &grammar.types[node.ty?].attributes[given.index];
                return Some(Spot {
                    path,
                    attribute: Some(index),
                    value: declared.value,
                    text: given.text.clone(),
                    fixed: declared.fixed.is_some() || !declared.versions.is_empty(),
                });
            }
            Step::Child(name) => path.push(node.children().iter().position(|child| child.name == *name)?),
            Step::Any => path.push(0),
        }
    }
    let node = root.at(&path);
    let Content::Value(text, value) = &node.content else { return None };
    let declared = &grammar.elements[node.declared];
    // An empty element has its default or fixed value.
    let text = match (text.is_empty(), &declared.default, &declared.fixed) {
        (true, Some(default), _) | (true, None, Some(default)) => default.clone(),
        _ => text.clone(),
    };
    Some(Spot { attribute: None, value: *value, text, fixed: declared.fixed.is_some(), path })
}

/// Puts a value in place of another.
pub(crate) fn put(root: &mut Node, spot: &Spot, text: &str) {
    let node = root.at_mut(&spot.path);
    match (spot.attribute, &mut node.content) {
        (Some(index), _) => text.clone_into(&mut node.attributes[index].text),
        (None, Content::Value(old, _)) => text.clone_into(old),
        _ => {}
    }
}

/// Changes values, and takes away what the contract allows to be missing, until every constraint holds. `false` if that
/// was not enough.
pub(crate) fn mend(grammar: &Grammar, root: &mut Node, dice: &mut Dice) -> bool {
    let mut all = selected(grammar, root);
    for _ in 0..PASSES {
        let mut whole = true;
        let mut number = 0;
        while let Some(one) = all.get(number) {
            number += 1;
            let plan = match &one.constraint.kind {
                ConstraintKind::KeyRef(key) => references(grammar, &all, one, key, dice),
                kind => distinct(grammar, one, *kind == ConstraintKind::Key, dice),
            };
            if plan.changes.is_empty() && plan.removals.is_empty() {
                continue;
            }
            whole = false;
            plan.changes.iter().for_each(|(spot, text)| put(root, spot, text));
            let mut removals = plan.removals;
            // From the end, so that the paths of the others stay.
            removals.sort();
            removals.into_iter().rev().for_each(|path| remove(root, &path));
            // Found anew: the change may touch what the next constraint selects.
            all = selected(grammar, root);
        }
        if whole {
            return true;
        }
    }
    false
}

#[derive(Default)]
struct Plan {
    changes: Vec<(Spot, String)>,
    removals: Vec<Path>,
}

fn distinct(grammar: &Grammar, one: &Selected<'_>, is_key: bool, dice: &mut Dice) -> Plan {
    let mut plan = Plan::default();
    let mut taken: BTreeSet<Vec<String>> = BTreeSet::new();
    for (path, spots) in one.full() {
        let row = values(grammar, &spots);
        if taken.insert(row.clone()) {
            continue;
        }
        match other(grammar, &spots, &row, &taken, dice) {
            Some((index, text, row)) => {
                taken.insert(row);
                plan.changes.push((spots[index].clone(), text));
            }
            None => plan.removals.push(path.clone()),
        }
    }
    if is_key {
        let incomplete = one.rows.iter().filter(|(_, fields)| fields.iter().any(Option::is_none));
        plan.removals.extend(incomplete.map(|(path, _)| path.clone()));
    }
    plan
}

/// A field, a text for it that makes the row different from all before, and the row then.
fn other(
    grammar: &Grammar,
    spots: &[&Spot],
    row: &[String],
    taken: &BTreeSet<Vec<String>>,
    dice: &mut Dice,
) -> Option<(usize, String, Vec<String>)> {
    for (index, spot) in spots.iter().enumerate().filter(|(_, spot)| !spot.fixed) {
        let value = &grammar.values[spot.value];
        let drawn: Vec<String> = match value.listed.is_empty() {
            true => (0..DRAWS).map(|_| value.draw(dice)).collect(),
            false => value.listed.iter().map(|one| one.text.clone()).collect(),
        };
        for text in drawn {
            let mut row = row.to_vec();
            row[index] = value.one_form(&text);
            if !taken.contains(&row) {
                return Some((index, text, row));
            }
        }
    }
    None
}

fn references(grammar: &Grammar, all: &[Selected<'_>], one: &Selected<'_>, key: &QName, dice: &mut Dice) -> Plan {
    let declares = |other: &&Selected<'_>| other.scope == one.scope && other.constraint.name == *key;
    let keys: Vec<Vec<&Spot>> = all.iter().filter(declares).flat_map(Selected::full).map(|(_, spots)| spots).collect();
    let rows: Vec<Vec<String>> = keys.iter().map(|spots| values(grammar, spots)).collect();
    let mut plan = Plan::default();
    for (path, spots) in one.full() {
        if rows.contains(&values(grammar, &spots)) {
            continue;
        }
        let fits = |from: &[&Spot], to: &[&Spot]| {
            from.iter().zip(to).all(|(from, to)| !to.fixed && grammar.values[to.value].fits(&from.text))
        };
        let named: Vec<&Vec<&Spot>> = keys.iter().filter(|key| fits(key, &spots)).collect();
        let renamed: Vec<&Vec<&Spot>> = keys.iter().filter(|key| fits(&spots, key)).collect();
        match (named.is_empty(), renamed.is_empty()) {
            (false, _) => {
                let key = *dice.one_of(&named);
                plan.changes.extend(spots.iter().zip(key).map(|(spot, key)| ((*spot).clone(), key.text.clone())));
            }
            // No key may be named here: one takes the name that is.
            (true, false) => {
                let key = *dice.one_of(&renamed);
                plan.changes.extend(key.iter().zip(&spots).map(|(key, spot)| ((*key).clone(), spot.text.clone())));
                return plan;
            }
            (true, true) => plan.removals.push(path.clone()),
        }
    }
    plan
}

/// Takes an element away, or the nearest around it that may be missing.
fn remove(root: &mut Node, path: &[usize]) {
    for length in (1..=path.len()).rev() {
        let (above, last) = path[..length].split_at(length - 1);
        // An element around may have gone already.
        let reachable = above.iter().try_fold(&*root, |node, index| node.children().get(*index)).is_some();
        if !reachable {
            return;
        }
        let Some(children) = root.at_mut(above).children_mut() else { return };
        match children.get(last[0]) {
            Some(child) if child.removable => {
                children.remove(last[0]);
                return;
            }
            Some(_) => {}
            None => return,
        }
    }
}

/// Ways to break a constraint: the same value twice, a reference to nothing, a key without a part.
pub(crate) const BREAKS: [&str; 3] = ["duplicate", "dangling reference", "incomplete key"];

/// A copy of the document with one constraint broken in one of these ways.
pub(crate) fn broken(grammar: &Grammar, one: &Selected<'_>, way: &str, root: &Node, dice: &mut Dice) -> Option<Node> {
    let full: Vec<(&Path, Vec<&Spot>)> = one.full().collect();
    let (first, spots) = full.first()?;
    let is_reference = matches!(one.constraint.kind, ConstraintKind::KeyRef(_));
    match way {
        "dangling reference" if is_reference => {
            let mut copy = root.clone();
            put(&mut copy, spots[0], &crate::spoil::guid(dice));
            Some(copy)
        }
        "incomplete key" if one.constraint.kind == ConstraintKind::Key => {
            let spot = spots.iter().find(|spot| spot.path != **first && spot.attribute.is_none())?;
            let (last, above) = spot.path.split_last()?;
            let mut copy = root.clone();
            copy.at_mut(above).children_mut()?.remove(*last);
            Some(copy)
        }
        "duplicate" if !is_reference && full.len() > 1 => {
            let (_, last) = full.last()?;
            let mut copy = root.clone();
            spots.iter().zip(last).for_each(|(from, to)| put(&mut copy, to, &from.text));
            Some(copy)
        }
        // The only one twice, with whatever around it may stand twice.
        "duplicate" if !is_reference => {
            let repeats = |length: &usize| {
                let particle = root.at(&first[..*length]).particle;
                particle.is_some_and(|id| grammar.particles[id].max != Some(1))
            };
            let length = (one.scope.len() + 1..=first.len()).rev().find(repeats)?;
            let mut copy = root.clone();
            let (above, last) = first[..length].split_at(length - 1);
            let children = copy.at_mut(above).children_mut()?;
            children.insert(last[0], children[last[0]].clone());
            Some(copy)
        }
        _ => None,
    }
}
