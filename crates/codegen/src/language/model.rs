//! Expressions over element names, and their derivatives.

use std::collections::BTreeSet;
use std::rc::Rc;

use crate::schema::QName;

/// An expression over element names.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Model {
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

pub(super) fn nullable(model: &Model) -> bool {
    match model {
        Model::Never | Model::Element(_) => false,
        Model::Empty => true,
        Model::Sequence(left, right) => nullable(left) && nullable(right),
        Model::Choice(options) => options.iter().any(|option| nullable(option)),
        Model::Repeat(model, min, _) => *min == 0 || nullable(model),
    }
}

/// Names that may stand first.
pub(super) fn first(model: &Model, out: &mut BTreeSet<QName>) {
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
pub(super) fn derive(model: &Rc<Model>, name: &QName) -> Rc<Model> {
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
