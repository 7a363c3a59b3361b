//! The rules there are, in words.

/// What a value breaks. Never holds the value: it may be personal data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Rule {
    /// A character that XML cannot carry.
    #[error("has a control character that XML forbids; remove it")]
    Character,
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
