//! Documents with one thing wrong: what there is to spoil in a document, each kind of harm once at each declaration.

mod change;
mod value;

use std::collections::BTreeSet;

use self::change::Change;
pub(crate) use self::change::{Harm, guid};
use crate::dice::Dice;
use crate::document::{Content, Node, Path};
use crate::grammar::{Grammar, Kind, Ty};
use crate::hunger::Hunger;
use crate::identity;
use crate::maker::Maker;

/// A list longer than this is not filled beyond its `maxOccurs`.
const TOO_MANY: usize = 100;

/// A spoiled document.
pub(crate) struct Spoiled {
    pub(crate) root: Node,
    pub(crate) harm: Harm,
}

/// What has been spoiled so far: the kind of harm and the declaration it was done to.
#[derive(Default)]
pub(crate) struct Done(BTreeSet<(&'static str, usize, usize)>);

impl Done {
    fn lacks(&self, harm: Harm, declaration: usize, part: usize) -> bool {
        !self.0.contains(&(harm.name(), declaration, part))
    }

    fn is_new(&mut self, harm: Harm, declaration: usize, part: usize) -> bool {
        self.0.insert((harm.name(), declaration, part))
    }
}

/// Copies of a valid document, each spoiled in a way not yet tried.
pub(crate) fn spoil(
    grammar: &Grammar,
    sated: &mut Hunger,
    root: &Node,
    done: &mut Done,
    dice: &mut Dice,
) -> Vec<Spoiled> {
    let mut out = Vec::new();
    for (path, node) in root.walk() {
        let mut changes = Vec::new();
        if !path.is_empty() {
            around(grammar, sated, root, &path, done, dice, &mut changes);
        }
        within(grammar, node, &path, done, dice, &mut changes);
        attributes(grammar, node, &path, done, &mut changes);
        value::changes(grammar, node, &path, done, dice, &mut changes);
        for (harm, change) in changes {
            out.extend(change.apply(root).map(|root| Spoiled { root, harm }));
        }
    }
    for one in identity::selected(grammar, root) {
        // Constraints are few: each is broken in some documents, not in one alone.
        let (declared, number) = one.declared;
        for way in identity::BREAKS {
            let harm = Harm::Identity(way);
            let Some(again) = (0..3).find(|again| done.lacks(harm, declared, number * 3 + again)) else { continue };
            if let Some(root) = identity::broken(grammar, &one, way, root, dice) {
                done.is_new(harm, declared, number * 3 + again);
                out.push(Spoiled { root, harm });
            }
        }
    }
    out
}

type Changes = Vec<(Harm, Change)>;

/// An element missing, doubled, in the wrong order, in the wrong company.
fn around(
    grammar: &Grammar,
    sated: &mut Hunger,
    root: &Node,
    path: &Path,
    done: &mut Done,
    dice: &mut Dice,
    out: &mut Changes,
) {
    let node = root.at(path);
    let Some(id) = node.particle else { return };
    let particle = &grammar.particles[id];
    if done.is_new(Harm::Missing, id, usize::from(node.removable)) {
        out.push((Harm::Missing, Change::Remove(path.clone())));
    }
    if particle.max == Some(1) && done.is_new(Harm::Doubled, id, 0) {
        out.push((Harm::Doubled, Change::Fill(path.clone(), 2)));
    }
    if let Some(max) = particle.max.filter(|max| (2..=TOO_MANY).contains(max))
        && max * particle.weight < 1000
        && done.is_new(Harm::TooMany, id, 0)
    {
        out.push((Harm::TooMany, Change::Fill(path.clone(), max + 1)));
    }
    let (last, above) = path.split_last().expect("not the document element");
    let next = root.at(above).children().get(last + 1);
    if next.is_some_and(|next| next.particle != node.particle) && done.is_new(Harm::Order, id, 0) {
        out.push((Harm::Order, Change::Swap(path.clone())));
    }
    for (choice, branch) in &node.branches {
        let Kind::Choice(all) = &grammar.particles[*choice].kind else { continue };
        // Each with the two that follow it.
        for step in 1..all.len().min(3) {
            if done.is_new(Harm::BothBranches, *choice, branch * 2 + step) {
                let more = Maker::smallest(grammar, sated, dice, all[(branch + step) % all.len()].0);
                out.push((Harm::BothBranches, Change::Insert(path.clone(), more)));
            }
        }
    }
}

/// What may not stand inside an element.
fn within(grammar: &Grammar, node: &Node, path: &Path, done: &mut Done, dice: &mut Dice, out: &mut Changes) {
    let (Content::Children(children), Some(ty)) = (&node.content, node.ty) else { return };
    let at = dice.below(children.len() + 1);
    let mut raw = |harm: Harm, markup: &str, out: &mut Changes| {
        if done.is_new(harm, ty, 0) {
            out.push((harm, Change::Into(path.clone(), at, Node::raw(markup, node))));
        }
    };
    raw(Harm::Foreign, "<Foreign xmlns=\"urn:elsewhere\"/>", out);
    raw(Harm::StrayText, "text", out);
    if !children.is_empty() && done.is_new(Harm::Emptied, ty, 0) {
        out.push((Harm::Emptied, Change::Empty(path.clone())));
    }
    if let Some(index) = (0..children.len()).find(|index| !matches!(children[*index].content, Content::Raw(_))) {
        let child: Path = path.iter().copied().chain([index]).collect();
        if done.is_new(Harm::Misnamed, ty, 0) {
            out.push((Harm::Misnamed, Change::Rename(child.clone(), None)));
        }
        if done.is_new(Harm::WrongNamespace, ty, 0) {
            let other = grammar.namespaces().into_iter().find(|ns| *ns != &*children[index].name.ns);
            out.push((Harm::WrongNamespace, Change::Rename(child, Some(other.unwrap_or("urn:elsewhere").to_owned()))));
        }
    }
    if let Some(name) = &node.xsi_type {
        let base = match grammar.elements[node.declared].ty {
            Ty::Structure(base) => base,
            _ => ty,
        };
        if done.is_new(Harm::Kind, ty, 0) {
            let mut unknown = name.clone();
            unknown.local = "Unheard".into();
            out.push((Harm::Kind, Change::Kind(path.clone(), Some(unknown))));
            out.push((Harm::Kind, Change::Kind(path.clone(), None)));
            // Another kind, whose content is not this.
            let others = grammar.types[base].kinds.iter().filter(|(other, _)| other != name).take(3);
            out.extend(others.map(|(other, _)| (Harm::Kind, Change::Kind(path.clone(), Some(other.clone())))));
        }
    }
}

fn attributes(grammar: &Grammar, node: &Node, path: &Path, done: &mut Done, out: &mut Changes) {
    let Some(ty) = node.ty else { return };
    if done.is_new(Harm::UnknownAttribute, ty, 0) {
        out.push((Harm::UnknownAttribute, Change::Add(path.clone(), "", "unknown")));
        out.push((Harm::UnknownAttribute, Change::Add(path.clone(), "urn:elsewhere", "unknown")));
    }
    for (index, given) in node.attributes.iter().enumerate() {
        let declared = &grammar.types[ty].attributes[given.index];
        if done.is_new(Harm::MissingAttribute, ty, given.index) {
            out.push((Harm::MissingAttribute, Change::Drop(path.clone(), index)));
        }
        if !given.name.ns.is_empty() && done.is_new(Harm::Unqualified, ty, given.index) {
            out.push((Harm::Unqualified, Change::Unqualify(path.clone(), index)));
        }
        let constant = declared.fixed.is_some() || !declared.versions.is_empty();
        if constant && done.is_new(Harm::WrongVersion, ty, given.index) {
            // libxml2 overlooks `fixed` of an attribute declared elsewhere, and does not read versions in documentation.
            let harm = if declared.referred { Harm::WrongVersion } else { Harm::FixedAttribute };
            for text in ["0.0.0.0", "", "1"] {
                out.push((harm, Change::Write(path.clone(), Some(index), text.to_owned())));
            }
        }
    }
}
