//! Values of simple types: read from text, written as text, compared with facets in their value space.

mod base64;
mod decimal;
mod guid;
mod list;
mod number;
mod string;
mod temporal;

use std::borrow::Cow;
use std::cmp::Ordering;

pub use base64::Base64;
pub use decimal::Decimal;
pub use guid::Guid;
pub use list::List;
pub use string::{Token, collapse};
pub use temporal::{Date, DateTime, Offset, Year, YearMonth};

/// A value of a simple type.
pub trait Value: Sized {
    /// The type's name, and its form where that helps, for error texts.
    const TYPE: &'static str;

    /// Whether it is `true` or `false` and nothing else.
    const BOOLEAN: bool = false;

    /// Reads the lexical form. `None` if it is no value of the type.
    fn parse(text: Cow<'_, str>) -> Option<Self>;

    /// Writes the lexical form, escaped.
    fn write(&self, out: &mut String);

    /// The lexical form for the facets that match a pattern.
    fn lexical(&self) -> Cow<'_, str>;

    /// What the facets of length count: characters, unless the type says otherwise.
    fn length(&self) -> usize {
        self.lexical().chars().count()
    }

    /// Whether XML can carry the value. Only text made by hand can hold a character that XML forbids.
    fn is_writable(&self) -> bool {
        true
    }

    /// Order against a bound given in lexical form; `None` where the type has no order or the bound is no value.
    fn order(&self, _bound: &str) -> Option<Ordering> {
        None
    }

    /// Whether an enumeration lists the value; always so for other types.
    fn is_listed(&self) -> bool {
        true
    }

    /// Digits in value space: all, and those of the fraction. `None` for types without digits.
    fn digits(&self) -> Option<(u32, u32)> {
        None
    }
}
