//! Facets and identity constraints: what a value must be beyond its type, checked on request, with the offending path.

mod facets;
mod keys;
mod path;
mod pattern;
mod rule;

use std::fmt;

pub use facets::Facets;
pub use keys::Keys;
pub use path::Path;
pub use pattern::{Pattern, translate};
pub use rule::Rule;

use crate::Value;

/// One broken rule and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Path from the checked element, `PaymentDocument[3]/ChargeInfo[1]/Rate`; counted from 1.
    pub path: String,
    /// The rule.
    pub rule: Rule,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.path, self.rule)
    }
}

/// How many violations one check reports.
const VIOLATIONS_KEPT: usize = 1000;

/// Collects what is wrong.
#[derive(Debug, Default)]
pub struct Checker {
    violations: Vec<Violation>,
    count: usize,
}

impl Checker {
    /// The violations, at most 1000, in document order.
    pub fn into_violations(self) -> Vec<Violation> {
        self.violations
    }

    /// How many there were altogether.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Notes a broken rule.
    #[cold]
    pub fn broken(&mut self, path: &Path<'_>, rule: Rule) {
        self.count += 1;
        if self.violations.len() < VIOLATIONS_KEPT {
            self.violations.push(Violation { path: path.to_string(), rule });
        }
    }

    /// Checks a value.
    #[inline]
    pub fn facets<T: Value>(&mut self, path: &Path<'_>, value: &T, facets: &Facets) {
        if let Some(rule) = facets.broken(value) {
            self.broken(path, rule);
        }
    }

    /// Checks a value without facets: that XML can carry it.
    #[inline]
    pub fn writable<T: Value>(&mut self, path: &Path<'_>, value: &T) {
        if !value.is_writable() {
            self.broken(path, Rule::Character);
        }
    }

    /// Checks that an enumeration lists the value.
    #[inline]
    pub fn listed<T: Value>(&mut self, path: &Path<'_>, value: &T) {
        if !value.is_listed() {
            self.broken(path, Rule::Enumeration);
        }
    }

    /// Checks how often a repeated element occurs.
    #[inline]
    pub fn occurs(&mut self, path: &Path<'_>, found: usize, min: u32, max: Option<u32>) {
        if found < min as usize || max.is_some_and(|max| found > max as usize) {
            self.broken(path, Rule::Occurs { min, max, found });
        }
    }
}
