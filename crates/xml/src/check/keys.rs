//! Identity constraints: keys, unique values and references to them.

use std::borrow::Cow;
use std::collections::HashSet;

use super::{Checker, Path, Rule};

/// Values selected by one identity constraint.
#[derive(Debug, Default)]
pub struct Keys<'v>(HashSet<Vec<Cow<'v, str>>>);

impl<'v> Keys<'v> {
    /// Takes one more value; a value seen before breaks the constraint.
    pub fn unique(
        &mut self,
        checker: &mut Checker,
        path: &Path<'_>,
        constraint: &'static str,
        value: Vec<Cow<'v, str>>,
    ) {
        if !self.0.insert(value) {
            checker.broken(path, Rule::Duplicate { constraint });
        }
    }

    /// A reference must name a key.
    pub fn refers(&self, checker: &mut Checker, path: &Path<'_>, constraint: &'static str, value: &[Cow<'v, str>]) {
        if !self.0.contains(value) {
            checker.broken(path, Rule::Dangling { constraint });
        }
    }
}
