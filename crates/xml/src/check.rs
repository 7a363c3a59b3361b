//! Facets and identity constraints: what a value must be beyond its type, checked on request, with the offending path.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::HashSet;
use std::fmt;
use std::sync::OnceLock;

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
        if self.length.is_some() || self.min_length.is_some() || self.max_length.is_some() {
            let lexical = value.lexical();
            // Characters are at most as many as bytes: most values need no counting.
            let bytes = lexical.len();
            let fits = self.length.is_none()
                && self.max_length.is_none_or(|max| bytes <= max as usize)
                && self.min_length.is_none_or(|min| min == 0 || (min == 1 && bytes > 0));
            if !fits {
                let count = u32::try_from(lexical.chars().count()).unwrap_or(u32::MAX);
                if let Some(expected) = self.length.filter(|length| *length != count) {
                    return Some(Rule::Length { expected, found: count });
                }
                if let Some(min) = self.min_length.filter(|min| count < *min) {
                    return Some(Rule::MinLength { min, found: count });
                }
                if let Some(max) = self.max_length.filter(|max| count > *max) {
                    return Some(Rule::MaxLength { max, found: count });
                }
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
        for step in self.patterns {
            if !step.iter().any(|pattern| pattern.matches(&lexical)) {
                return Some(Rule::Pattern { pattern: step.first().map_or("", |pattern| pattern.source()) });
            }
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

/// A pattern of XML Schema, compiled when first needed.
#[derive(Debug)]
pub struct Pattern {
    source: &'static str,
    compiled: OnceLock<Option<regex::Regex>>,
}

impl Pattern {
    /// A pattern in the language of XML Schema part 2, appendix F.
    pub const fn new(source: &'static str) -> Self {
        Self { source, compiled: OnceLock::new() }
    }

    /// The pattern as the schema has it.
    pub fn source(&self) -> &'static str {
        self.source
    }

    /// Whether the whole text matches. A pattern that cannot be compiled matches nothing; the generator refuses those.
    pub fn matches(&self, text: &str) -> bool {
        self.compiled
            .get_or_init(|| translate(self.source).and_then(|source| regex::Regex::new(&source).ok()))
            .as_ref()
            .is_some_and(|regex| regex.is_match(text))
    }
}

/// The same pattern in the language of the `regex` crate; `None` for what it cannot say.
///
/// Differences that matter: `^` and `$` are ordinary characters there, `.` does not match a carriage return either,
/// `\i` and `\c` name classes we do not have, class subtraction has another form, and `&&`, `~~` mean nothing.
pub fn translate(source: &str) -> Option<String> {
    let mut out = String::with_capacity(source.len() + 8);
    out.push_str(r"\A(?:");
    let mut chars = source.chars().peekable();
    let mut class = 0u32;
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next()? {
                'i' | 'c' | 'I' | 'C' => return None,
                escaped => {
                    out.push('\\');
                    out.push(escaped);
                }
            },
            '[' if class > 0 => return None,
            '[' => {
                class += 1;
                out.push('[');
                if chars.peek() == Some(&'^') {
                    chars.next();
                    out.push('^');
                }
            }
            ']' if class > 0 => {
                class -= 1;
                out.push(']');
            }
            '&' | '~' if class > 0 => {
                out.push('\\');
                out.push(c);
            }
            '^' | '$' => {
                out.push('\\');
                out.push(c);
            }
            '.' if class == 0 => out.push_str(r"[^\n\r]"),
            c => out.push(c),
        }
    }
    out.push_str(r")\z");
    Some(out)
}

/// What a value breaks. Never holds the value: it may be personal data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Rule {
    /// `xs:length`.
    #[error("must have {expected} characters, has {found}")]
    Length {
        /// Wanted.
        expected: u32,
        /// Found.
        found: u32,
    },
    /// `xs:minLength`.
    #[error("must have at least {min} characters, has {found}")]
    MinLength {
        /// Wanted.
        min: u32,
        /// Found.
        found: u32,
    },
    /// `xs:maxLength`.
    #[error("must have at most {max} characters, has {found}")]
    MaxLength {
        /// Wanted.
        max: u32,
        /// Found.
        found: u32,
    },
    /// `xs:totalDigits`.
    #[error("must have at most {max} digits, has {found}")]
    TotalDigits {
        /// Wanted.
        max: u32,
        /// Found.
        found: u32,
    },
    /// `xs:fractionDigits`.
    #[error("must have at most {max} digits after the point, has {found}")]
    FractionDigits {
        /// Wanted.
        max: u32,
        /// Found.
        found: u32,
    },
    /// `xs:minInclusive` or `xs:minExclusive`.
    #[error("must be {} {bound}", if *inclusive { "at least" } else { "more than" })]
    Min {
        /// The bound.
        bound: &'static str,
        /// Whether the bound itself is allowed.
        inclusive: bool,
    },
    /// `xs:maxInclusive` or `xs:maxExclusive`.
    #[error("must be {} {bound}", if *inclusive { "at most" } else { "less than" })]
    Max {
        /// The bound.
        bound: &'static str,
        /// Whether the bound itself is allowed.
        inclusive: bool,
    },
    /// `xs:pattern`.
    #[error("must match `{pattern}`")]
    Pattern {
        /// The pattern as the schema has it.
        pattern: &'static str,
    },
    /// A value outside the enumeration.
    #[error("is none of the listed values")]
    Enumeration,
    /// Too few or too many occurrences.
    #[error("must occur {min} to {} times, occurs {found}", max.map_or_else(|| "any number of".to_owned(), |max| max.to_string()))]
    Occurs {
        /// At least.
        min: u32,
        /// At most.
        max: Option<u32>,
        /// Found.
        found: usize,
    },
    /// A value other than the fixed one.
    #[error("must be `{expected}`")]
    Fixed {
        /// The fixed value.
        expected: &'static str,
    },
    /// `xs:key` or `xs:unique`: the same value twice.
    #[error("must be unique ({constraint}), the same value stands before")]
    Duplicate {
        /// Name of the constraint.
        constraint: &'static str,
    },
    /// `xs:key`: an element without one of the key's parts.
    #[error("lacks a part of the key ({constraint})")]
    Incomplete {
        /// Name of the constraint.
        constraint: &'static str,
    },
    /// `xs:keyref`: no such key.
    #[error("refers to nothing ({constraint})")]
    Dangling {
        /// Name of the constraint.
        constraint: &'static str,
    },
}

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

/// The way from the checked element to a value, kept on the call stack: it costs nothing until something is wrong.
#[derive(Debug, Clone, Copy)]
pub struct Path<'p> {
    parent: Option<&'p Path<'p>>,
    name: &'static str,
    index: Option<usize>,
}

impl<'p> Path<'p> {
    /// The checked element itself.
    pub const fn root(name: &'static str) -> Self {
        Path { parent: None, name, index: None }
    }

    /// A child.
    pub const fn child(&'p self, name: &'static str) -> Self {
        Path { parent: Some(self), name, index: None }
    }

    /// A repeated child; `index` counts from 0.
    pub const fn item(&'p self, name: &'static str, index: usize) -> Self {
        Path { parent: Some(self), name, index: Some(index) }
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            write!(f, "{parent}/")?;
        }
        f.write_str(self.name)?;
        match self.index {
            Some(index) => write!(f, "[{}]", index + 1),
            None => Ok(()),
        }
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
