//! Content models as languages: what a document may say, whatever way the schema says it.
//!
//! Two contracts are wire-compatible when for each element of an operation the same documents are valid. Types may be
//! named or cut up differently, so the comparison resolves both sides to effective content models and walks them
//! together by derivatives: after the same children, both must allow the same next children and both must, or must not,
//! be allowed to end. Counted repetitions are kept as counters and stepped down, so `maxOccurs="500"` costs 500 steps
//! and no explosion.

mod model;
mod resolve;

use std::collections::{BTreeMap, HashMap};

use self::model::without;
pub(crate) use self::model::{Gap, difference};
pub(crate) use self::resolve::{Effective, Resolver, Simple, inherit};
use crate::Error;
use crate::schema::{ComplexType, ConstraintKind, Derivation, Element, QName, SchemaSet, Type, XMLDSIG};

/// A difference between two contracts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Elements from the compared one down, by `/`.
    pub path: String,
    /// What differs: ours first, theirs second.
    pub what: String,
}

/// Addresses of a type of ours and of its counterpart.
pub(crate) type Pair = (usize, usize);

/// What comparing two types gave.
#[derive(Debug, Default)]
pub(crate) struct Compared {
    /// Something differs in the type itself or in a value among its children.
    pub(crate) differs: bool,
    /// Pairs of types of the children that have structure.
    pub(crate) children: Vec<Pair>,
}

/// A value of ours with the value in its place.
#[derive(Debug)]
pub(crate) struct Values<'s> {
    /// The type of ours.
    pub(crate) ours: &'s Type,
    /// What ours is.
    pub(crate) left: Simple,
    /// What theirs is.
    pub(crate) right: Simple,
}

/// Compares two contracts, element by element.
#[derive(Debug)]
pub struct Comparison<'s> {
    ours: Resolver<'s>,
    theirs: Resolver<'s>,
    /// Pairs of types already compared or being compared, by their addresses: recursion ends here.
    pairs: HashMap<Pair, Compared>,
    /// The pairs being compared, the outermost first.
    open: Vec<Pair>,
    differences: Vec<Difference>,
    values: Vec<Values<'s>>,
    elements: usize,
    /// What ours leaves out and says so is no difference.
    covered: bool,
    /// What the element being compared leaves out.
    left_out: Vec<String>,
}

impl<'s> Comparison<'s> {
    /// A comparison of two contracts.
    pub fn new(ours: &'s SchemaSet, theirs: &'s SchemaSet) -> Self {
        Self {
            ours: Resolver::new(ours),
            theirs: Resolver::new(theirs),
            pairs: HashMap::new(),
            open: Vec::new(),
            differences: Vec::new(),
            values: Vec::new(),
            elements: 0,
            covered: false,
            left_out: Vec::new(),
        }
    }

    /// The same comparison, of what ours covers: children that ours leaves out and says so (`gkh:left-out`) are no
    /// difference, but one that theirs does not have is.
    #[must_use]
    pub fn covered(self) -> Self {
        Self { covered: true, ..self }
    }

    /// What differs so far.
    pub fn differences(&self) -> &[Difference] {
        &self.differences
    }

    /// Every pair of types compared.
    pub(crate) fn pairs(&self) -> &HashMap<Pair, Compared> {
        &self.pairs
    }

    /// Every pair of values of elements compared.
    pub(crate) fn values(&self) -> &[Values<'s>] {
        &self.values
    }

    /// Elements compared so far: a comparison of nothing proves nothing.
    pub fn elements(&self) -> usize {
        self.elements
    }

    /// Compares a global element of both.
    ///
    /// # Errors
    /// A reference to nothing in one of the contracts.
    pub fn element(&mut self, name: &QName) -> Result<(), Error> {
        match (self.ours.element(name), self.theirs.element(name)) {
            (Some(ours), Some(theirs)) => self.declarations(ours, theirs, &name.local),
            (ours, _) => {
                let what = if ours.is_none() { "ours does not have it" } else { "theirs does not have it" };
                self.differ(&name.local, what.to_owned());
                Ok(())
            }
        }
    }

    /// Compares two declarations, wherever they stand.
    ///
    /// # Errors
    /// As [`Comparison::element`].
    pub fn pair(&mut self, ours: &'s Element, theirs: &'s Element) -> Result<(), Error> {
        self.declarations(ours, theirs, &ours.name.local)
    }

    /// Compares two types.
    ///
    /// # Errors
    /// As [`Comparison::element`].
    pub(crate) fn pair_of_types(&mut self, ours: &'s ComplexType, theirs: &'s ComplexType) -> Result<(), Error> {
        let (left, right) = (self.ours.chain(ours)?, self.theirs.chain(theirs)?);
        self.types(&left, &right, "")
    }

    fn differ(&mut self, path: &str, what: String) {
        if let Some(pair) = self.open.last().and_then(|pair| self.pairs.get_mut(pair)) {
            pair.differs = true;
        }
        self.differences.push(Difference { path: path.to_owned(), what });
    }

    fn compare<T: PartialEq + std::fmt::Debug>(&mut self, path: &str, what: &str, ours: &T, theirs: &T) {
        if ours != theirs {
            self.differ(path, format!("{what}: {ours:?} is not {theirs:?}"));
        }
    }

    fn declarations(&mut self, ours: &'s Element, theirs: &'s Element, path: &str) -> Result<(), Error> {
        self.elements += 1;
        self.compare(path, "fixed", &ours.fixed, &theirs.fixed);
        self.compare(path, "default", &ours.default, &theirs.default);
        self.constraints(ours, theirs, path);
        self.left_out.clear();
        if self.covered {
            self.left_out.clone_from(&ours.left_out);
        }
        // Signatures are raw to both the generator and the system: their content is the business of XML Signature.
        if &*ours.name.ns == XMLDSIG {
            return Ok(());
        }
        let (left, right) = (self.ours.effective(&ours.ty, ours)?, self.theirs.effective(&theirs.ty, theirs)?);
        match (left, right) {
            (Effective::Opaque, Effective::Opaque) => Ok(()),
            (Effective::Simple(left), Effective::Simple(right)) => {
                self.compare(path, "type", &described(&left), &described(&right));
                self.values.push(Values { ours: &ours.ty, left: *left, right: *right });
                Ok(())
            }
            (Effective::Complex(left), Effective::Complex(right)) => self.types(&left, &right, path),
            (left, right) => {
                self.differ(path, format!("kind: {} is not {}", kind(&left), kind(&right)));
                Ok(())
            }
        }
    }

    fn types(&mut self, left: &[&'s ComplexType], right: &[&'s ComplexType], path: &str) -> Result<(), Error> {
        let (Some(ours), Some(theirs)) = (left.last(), right.last()) else { return Ok(()) };
        let key = (std::ptr::from_ref(*ours).addr(), std::ptr::from_ref(*theirs).addr());
        if let Some(parent) = self.open.last().and_then(|pair| self.pairs.get_mut(pair)) {
            parent.children.push(key);
        }
        if self.pairs.contains_key(&key) {
            return Ok(());
        }
        self.pairs.insert(key, Compared::default());
        self.open.push(key);
        let compared = self.compare_types(left, right, path);
        self.open.pop();
        compared
    }

    fn compare_types(&mut self, left: &[&'s ComplexType], right: &[&'s ComplexType], path: &str) -> Result<(), Error> {
        let (Some(ours), Some(theirs)) = (left.last(), right.last()) else { return Ok(()) };
        self.compare(path, "abstract", &ours.abstract_, &theirs.abstract_);
        let text = |chain: &[&ComplexType], resolver: &Resolver<'_>| -> Result<Option<String>, Error> {
            // The base first: it is the one whose base is a simple type.
            match chain.first().map(|ty| (ty, &ty.base)) {
                Some((ty, Some(Derivation::Text(text)))) => {
                    resolver.value(text, &ty.origin).map(|ty| Some(described(&ty)))
                }
                _ => Ok(None),
            }
        };
        let (ours_text, theirs_text) = (text(left, &self.ours)?, text(right, &self.theirs)?);
        self.compare(path, "text", &ours_text, &theirs_text);
        let (ours_attributes, theirs_attributes) = (self.ours.attributes(left)?, self.theirs.attributes(right)?);
        self.compare(path, "attributes", &ours_attributes, &theirs_attributes);
        if ours.abstract_ {
            return self.substitutes(ours, theirs, path);
        }
        self.models(left, right, path)?;
        let (ours_given, theirs_given) = (self.ours.given(left)?, self.theirs.given(right)?);
        for (name, ours) in &ours_given {
            if let Some(theirs) = theirs_given.get(name) {
                self.compare(&format!("{path}/{}", name.local), "fixed and default", ours, theirs);
            }
        }
        let (ours_children, theirs_children) = (self.ours.children(left)?, self.theirs.children(right)?);
        for (name, ours) in &ours_children {
            if let Some(theirs) = theirs_children.get(name) {
                self.declarations(ours, theirs, &format!("{path}/{}", name.local))?;
            }
        }
        Ok(())
    }

    fn substitutes(&mut self, ours: &ComplexType, theirs: &ComplexType, path: &str) -> Result<(), Error> {
        let (Some(ours), Some(theirs)) = (&ours.name, &theirs.name) else { return Ok(()) };
        let (left, right) = (self.ours.derived(ours), self.theirs.derived(theirs));
        let names = |map: &BTreeMap<QName, &ComplexType>| map.keys().cloned().collect::<Vec<_>>();
        self.compare(path, "xsi:type", &names(&left), &names(&right));
        for (name, ours) in left {
            if let Some(theirs) = right.get(&name) {
                let (ours, theirs) = (self.ours.chain(ours)?, self.theirs.chain(theirs)?);
                self.types(&ours, &theirs, &format!("{path}({})", name.local))?;
            }
        }
        Ok(())
    }

    fn models(&mut self, left: &[&'s ComplexType], right: &[&'s ComplexType], path: &str) -> Result<(), Error> {
        let (ours, mut theirs) = (self.ours.model(left)?, self.theirs.model(right)?);
        for name in std::mem::take(&mut self.left_out) {
            let less = without(&theirs, &name);
            if less == theirs {
                self.differ(path, format!("ours leaves out `{name}`, which theirs does not have"));
            }
            theirs = less;
        }
        let Some((after, gap)) = difference(ours, theirs) else { return Ok(()) };
        let after = after.iter().map(|name| &*name.local).collect::<Vec<_>>().join(" ");
        let what = match gap {
            Gap::End { ours: true } => "ours may end, theirs may not".to_owned(),
            Gap::End { ours: false } => "theirs may end, ours may not".to_owned(),
            Gap::Next { ours, theirs } => {
                let list = |names: &[QName]| names.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
                format!("only ours allows [{}], only theirs [{}]", list(&ours), list(&theirs))
            }
        };
        self.differ(path, format!("after `{after}`: {what}"));
        Ok(())
    }

    fn constraints(&mut self, ours: &Element, theirs: &Element, path: &str) {
        let (left, right) = (constraints(ours), constraints(theirs));
        for one in left.iter().filter(|one| !right.contains(one)) {
            self.differ(path, format!("only ours has the constraint {one:?}"));
        }
        for one in right.iter().filter(|one| !left.contains(one)) {
            self.differ(path, format!("only theirs has the constraint {one:?}"));
        }
    }
}

/// Kind, selector and fields of each constraint of an element. A constraint's own name is not on the wire; what a keyref
/// refers to is compared by the key's definition.
pub(crate) fn constraints(element: &Element) -> Vec<(String, (Vec<String>, String))> {
    let define = |constraint: &crate::schema::Constraint| {
        let mut selector: Vec<String> = constraint.selector.iter().map(|steps| format!("{steps:?}")).collect();
        selector.sort();
        (selector, format!("{:?}", constraint.fields))
    };
    let mut all: Vec<_> = element
        .constraints
        .iter()
        .map(|constraint| {
            let kind = match &constraint.kind {
                ConstraintKind::Key => "key".to_owned(),
                ConstraintKind::Unique => "unique".to_owned(),
                ConstraintKind::KeyRef(key) => {
                    let target = element.constraints.iter().find(|one| one.name == *key).map(define);
                    format!("keyref to {target:?}")
                }
            };
            (kind, define(constraint))
        })
        .collect();
    all.sort();
    all.dedup();
    all
}

pub(crate) fn described(simple: &Simple) -> String {
    let list = simple.list.as_ref().map_or_else(String::new, |facets| format!("list {facets:?} of "));
    format!("{list}{:?} {:?}", simple.base, simple.facets)
}

fn kind(effective: &Effective<'_>) -> &'static str {
    match effective {
        Effective::Simple(_) => "a value",
        Effective::Complex(_) => "an element with structure",
        Effective::Opaque => "anything",
    }
}
