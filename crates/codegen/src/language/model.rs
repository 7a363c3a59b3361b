//! Expressions over element names, and their derivatives.

use std::collections::BTreeSet;
use std::rc::Rc;

use crate::schema::QName;

/// An expression over element names.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Model {
    /// Nothing matches.
    Never,
    /// The empty content.
    Empty,
    /// One element.
    Element(QName),
    /// One after the other.
    Sequence(Rc<Model>, Rc<Model>),
    /// One of several, sorted, without doubles.
    Choice(Vec<Rc<Model>>),
    /// Repeated.
    Repeat(Rc<Model>, u32, Option<u32>),
}

pub(super) fn sequence(left: Rc<Model>, right: Rc<Model>) -> Rc<Model> {
    match (&*left, &*right) {
        (Model::Never, _) | (_, Model::Never) => Rc::new(Model::Never),
        (Model::Empty, _) => right,
        (_, Model::Empty) => left,
        // To the right, so that equal languages reached on different ways look equal.
        (Model::Sequence(first, rest), _) => sequence(first.clone(), sequence(rest.clone(), right)),
        _ => Rc::new(Model::Sequence(left, right)),
    }
}

pub(super) fn choice(options: impl IntoIterator<Item = Rc<Model>>) -> Rc<Model> {
    let mut all = BTreeSet::new();
    for option in options {
        match &*option {
            Model::Never => {}
            Model::Choice(inner) => all.extend(inner.iter().cloned()),
            _ => {
                all.insert(option);
            }
        }
    }
    match all.len() {
        0 => Rc::new(Model::Never),
        1 => all.into_iter().next().unwrap_or_else(|| Rc::new(Model::Never)),
        _ => Rc::new(Model::Choice(all.into_iter().collect())),
    }
}

pub(super) fn repeat(model: Rc<Model>, min: u32, max: Option<u32>) -> Rc<Model> {
    match (&*model, min, max) {
        (_, _, Some(0)) | (Model::Empty, ..) => Rc::new(Model::Empty),
        (Model::Never, 0, _) => Rc::new(Model::Empty),
        (Model::Never, ..) => Rc::new(Model::Never),
        (_, 1, Some(1)) => model,
        // What may be empty may be so any number of times.
        _ if min > 0 && nullable(&model) => repeat(model, 0, max),
        _ => Rc::new(Model::Repeat(model, min, max)),
    }
}

fn nullable(model: &Model) -> bool {
    match model {
        Model::Never | Model::Element(_) => false,
        Model::Empty => true,
        Model::Sequence(left, right) => nullable(left) && nullable(right),
        Model::Choice(options) => options.iter().any(|option| nullable(option)),
        Model::Repeat(model, min, _) => *min == 0 || nullable(model),
    }
}

/// Names that may stand first.
fn first(model: &Model, out: &mut BTreeSet<QName>) {
    match model {
        Model::Never | Model::Empty => {}
        Model::Element(name) => {
            out.insert(name.clone());
        }
        Model::Sequence(left, right) => {
            first(left, out);
            if nullable(left) {
                first(right, out);
            }
        }
        Model::Choice(options) => options.iter().for_each(|option| first(option, out)),
        Model::Repeat(model, ..) => first(model, out),
    }
}

/// What may follow once `name` stood first.
fn derive(model: &Rc<Model>, name: &QName) -> Rc<Model> {
    match &**model {
        Model::Never | Model::Empty => Rc::new(Model::Never),
        Model::Element(one) => Rc::new(if one == name { Model::Empty } else { Model::Never }),
        Model::Sequence(left, right) => {
            let taken = sequence(derive(left, name), right.clone());
            if nullable(left) { choice([taken, derive(right, name)]) } else { taken }
        }
        Model::Choice(options) => choice(options.iter().map(|option| derive(option, name))),
        Model::Repeat(one, min, max) => {
            let rest = repeat(one.clone(), min.saturating_sub(1), max.map(|max| max - 1));
            sequence(derive(one, name), rest)
        }
    }
}

/// The language without a name.
pub(crate) fn without(model: &Rc<Model>, local: &str) -> Rc<Model> {
    match &**model {
        Model::Never | Model::Empty => model.clone(),
        Model::Element(name) if *name.local == *local => Rc::new(Model::Never),
        Model::Element(_) => model.clone(),
        Model::Sequence(left, right) => sequence(without(left, local), without(right, local)),
        Model::Choice(options) => choice(options.iter().map(|option| without(option, local))),
        Model::Repeat(one, min, max) => repeat(without(one, local), *min, *max),
    }
}

/// Where two languages part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Gap {
    /// One may end here, the other not.
    End {
        /// It is ours that may.
        ours: bool,
    },
    /// Names that only one allows next.
    Next {
        /// Only ours.
        ours: Vec<QName>,
        /// Only theirs.
        theirs: Vec<QName>,
    },
}

/// The first difference of two languages, with the last names before it; `None` if they are the same.
pub(crate) fn difference(ours: Rc<Model>, theirs: Rc<Model>) -> Option<(Vec<QName>, Gap)> {
    let start = (ours, theirs);
    let mut seen = BTreeSet::from([start.clone()]);
    let mut open = vec![(start, Vec::<QName>::new())];
    while let Some(((ours, theirs), after)) = open.pop() {
        // Equal expressions are equal languages: the usual case, and it spares counting to `maxOccurs`.
        if ours == theirs {
            continue;
        }
        if nullable(&ours) != nullable(&theirs) {
            return Some((after, Gap::End { ours: nullable(&ours) }));
        }
        let (mut left, mut right) = (BTreeSet::new(), BTreeSet::new());
        first(&ours, &mut left);
        first(&theirs, &mut right);
        if left != right {
            let only = |one: &BTreeSet<QName>, other: &BTreeSet<QName>| one.difference(other).cloned().collect();
            return Some((after, Gap::Next { ours: only(&left, &right), theirs: only(&right, &left) }));
        }
        for name in left {
            let next = (derive(&ours, &name), derive(&theirs, &name));
            if seen.insert(next.clone()) {
                // The last names are enough to find the place.
                let mut after = after[after.len().saturating_sub(3)..].to_vec();
                after.push(name);
                open.push((next, after));
            }
        }
    }
    None
}
