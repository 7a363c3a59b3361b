//! Content models as languages: what a document may say, whatever way the schema says it.
//!
//! Two contracts are wire-compatible when for each element of an operation the same documents are valid. Types may be
//! named or cut up differently, so the comparison resolves both sides to effective content models and walks them
//! together by derivatives: after the same children, both must allow the same next children and both must, or must not,
//! be allowed to end. Counted repetitions are kept as counters and stepped down, so `maxOccurs="500"` costs 500 steps
//! and no explosion.

mod model;
mod resolve;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use self::model::{derive, first, nullable};
use self::resolve::{Effective, Resolver, Simple};
use crate::Error;
use crate::schema::{ComplexType, ConstraintKind, Derivation, Element, QName, SchemaSet, XMLDSIG};

pub(crate) use self::resolve::inherit;

/// A difference between two contracts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Elements from the compared one down, by `/`.
    pub path: String,
    /// What differs: ours first, theirs second.
    pub what: String,
}

/// Compares two contracts, element by element.
#[derive(Debug)]
pub struct Comparison<'s> {
    ours: Resolver<'s>,
    theirs: Resolver<'s>,
    /// Pairs of types already compared or being compared: recursion ends here.
    seen: HashMap<(usize, usize), ()>,
    differences: Vec<Difference>,
    elements: usize,
}

impl<'s> Comparison<'s> {
    /// A comparison of two contracts.
    pub fn new(ours: &'s SchemaSet, theirs: &'s SchemaSet) -> Self {
        Self {
            ours: Resolver::new(ours),
            theirs: Resolver::new(theirs),
            seen: HashMap::new(),
            differences: Vec::new(),
            elements: 0,
        }
    }

    /// What differs so far.
    pub fn differences(&self) -> &[Difference] {
        &self.differences
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

    fn differ(&mut self, path: &str, what: String) {
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
        self.constraints(ours, theirs, path);
        // Signatures are raw to both the generator and the system: their content is the business of XML Signature.
        if &*ours.name.ns == XMLDSIG {
            return Ok(());
        }
        let (left, right) = (self.ours.effective(&ours.ty, ours)?, self.theirs.effective(&theirs.ty, theirs)?);
        match (left, right) {
            (Effective::Opaque, Effective::Opaque) => Ok(()),
            (Effective::Simple(left), Effective::Simple(right)) => {
                self.compare(path, "type", &described(&left), &described(&right));
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
        if self.seen.insert(key, ()).is_some() {
            return Ok(());
        }
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
        let start = (self.ours.model(left)?, self.theirs.model(right)?);
        let mut seen = BTreeSet::from([start.clone()]);
        let mut open = vec![(start, Vec::<QName>::new())];
        while let Some(((ours, theirs), after)) = open.pop() {
            // Equal expressions are equal languages: the usual case, and it spares counting to `maxOccurs`.
            if ours == theirs {
                continue;
            }
            let say = |what: String| {
                let after = after.iter().map(|name| &*name.local).collect::<Vec<_>>();
                format!("after `{}`: {what}", after.join(" "))
            };
            if nullable(&ours) != nullable(&theirs) {
                let which =
                    if nullable(&ours) { "ours may end, theirs may not" } else { "theirs may end, ours may not" };
                self.differ(path, say(which.to_owned()));
                return Ok(());
            }
            let (mut left, mut right) = (BTreeSet::new(), BTreeSet::new());
            first(&ours, &mut left);
            first(&theirs, &mut right);
            if left != right {
                let only = |one: &BTreeSet<QName>, other: &BTreeSet<QName>| {
                    one.difference(other).map(ToString::to_string).collect::<Vec<_>>().join(", ")
                };
                self.differ(
                    path,
                    say(format!("only ours allows [{}], only theirs [{}]", only(&left, &right), only(&right, &left))),
                );
                return Ok(());
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
        Ok(())
    }

    fn constraints(&mut self, ours: &Element, theirs: &Element, path: &str) {
        // A constraint's own name is not on the wire; what a keyref refers to is compared by the key's definition.
        let all = |element: &Element| {
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
        };
        let (left, right) = (all(ours), all(theirs));
        for one in left.iter().filter(|one| !right.contains(one)) {
            self.differ(path, format!("only ours has the constraint {one:?}"));
        }
        for one in right.iter().filter(|one| !left.contains(one)) {
            self.differ(path, format!("only theirs has the constraint {one:?}"));
        }
    }
}

fn described(simple: &Simple) -> String {
    let list = if simple.list { "list of " } else { "" };
    format!("{list}{:?} {:?}", simple.base, simple.facets)
}

fn kind(effective: &Effective<'_>) -> &'static str {
    match effective {
        Effective::Simple(_) => "a value",
        Effective::Complex(_) => "an element with structure",
        Effective::Opaque => "anything",
    }
}
