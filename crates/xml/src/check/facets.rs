//! Facets: what a value must be beyond its type.

use std::cmp::Ordering;

use super::{Pattern, Rule};
use crate::Value;

/// The facets of one simple type.
#[derive(Debug)]
pub struct Facets {
    /// Characters, exactly.
    pub length: Option<u32>,
    /// Characters, at least.
    pub min_length: Option<u32>,
    /// Characters, at most.
    pub max_length: Option<u32>,
    /// Digits of a number, at most, in value space.
    pub total_digits: Option<u32>,
    /// Digits of its fraction, at most, in value space.
    pub fraction_digits: Option<u32>,
    /// Smallest value allowed.
    pub min_inclusive: Option<&'static str>,
    /// Largest value allowed.
    pub max_inclusive: Option<&'static str>,
    /// Bound that every value must exceed.
    pub min_exclusive: Option<&'static str>,
    /// Bound that every value must stay below.
    pub max_exclusive: Option<&'static str>,
    /// Patterns: the value must match one of each step of derivation.
    pub patterns: &'static [&'static [&'static Pattern]],
    /// The only values allowed, if not empty.
    pub enumeration: &'static [&'static str],
}

impl Facets {
    /// No restriction.
    pub const NONE: Self = Self {
        length: None,
        min_length: None,
        max_length: None,
        total_digits: None,
        fraction_digits: None,
        min_inclusive: None,
        max_inclusive: None,
        min_exclusive: None,
        max_exclusive: None,
        patterns: &[],
        enumeration: &[],
    };

    /// The first facet a value breaks.
    pub fn broken<T: Value>(&self, value: &T) -> Option<Rule> {
        if !value.is_writable() {
            return Some(Rule::Character);
        }
        if self.length.is_some() || self.min_length.is_some() || self.max_length.is_some() {
            let found = u32::try_from(value.length()).unwrap_or(u32::MAX);
            if let Some(expected) = self.length.filter(|length| *length != found) {
                return Some(Rule::Length { expected, found });
            }
            if let Some(min) = self.min_length.filter(|min| found < *min) {
                return Some(Rule::MinLength { min, found });
            }
            if let Some(max) = self.max_length.filter(|max| found > *max) {
                return Some(Rule::MaxLength { max, found });
            }
        }
        if (self.total_digits.is_some() || self.fraction_digits.is_some())
            && let Some((total, fraction)) = value.digits()
        {
            if let Some(max) = self.fraction_digits.filter(|max| fraction > *max) {
                return Some(Rule::FractionDigits { max, found: fraction });
            }
            if let Some(max) = self.total_digits.filter(|max| total > *max) {
                return Some(Rule::TotalDigits { max, found: total });
            }
        }
        self.broken_bound(value).or_else(|| self.broken_form(value))
    }

    /// The first pattern, of those of each step of derivation, that a text does not match.
    pub fn unmatched(&self, text: &str) -> Option<&'static str> {
        let step = self.patterns.iter().find(|step| !step.iter().any(|pattern| pattern.matches(text)))?;
        Some(step.first().map_or("", |pattern| pattern.source()))
    }

    fn broken_bound<T: Value>(&self, value: &T) -> Option<Rule> {
        let outside = |bound: Option<&'static str>, bad: fn(Ordering) -> bool| {
            bound.filter(|bound| value.order(bound).is_some_and(bad))
        };
        outside(self.min_inclusive, Ordering::is_lt)
            .map(|bound| Rule::Min { bound, inclusive: true })
            .or_else(|| outside(self.max_inclusive, Ordering::is_gt).map(|bound| Rule::Max { bound, inclusive: true }))
            .or_else(|| outside(self.min_exclusive, Ordering::is_le).map(|bound| Rule::Min { bound, inclusive: false }))
            .or_else(|| outside(self.max_exclusive, Ordering::is_ge).map(|bound| Rule::Max { bound, inclusive: false }))
    }

    fn broken_form<T: Value>(&self, value: &T) -> Option<Rule> {
        if self.patterns.is_empty() && self.enumeration.is_empty() {
            return None;
        }
        let lexical = value.lexical();
        if let Some(pattern) = self.unmatched(&lexical) {
            return Some(Rule::Pattern { pattern });
        }
        if !self.enumeration.is_empty() {
            let listed = self.enumeration.iter().any(|one| match value.order(one) {
                Some(order) => order.is_eq(),
                None => *one == lexical,
            });
            if !listed {
                return Some(Rule::Enumeration);
            }
        }
        None
    }
}
