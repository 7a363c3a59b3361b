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

use crate::reader::Reader;
use crate::{Error, ErrorKind};

/// A value of a simple type.
pub trait Value: Sized {
    /// The type's name, and its form where that helps, for error texts.
    const TYPE: &'static str;

    /// Reads the lexical form. `None` if it is no value of the type.
    fn parse(text: Cow<'_, str>) -> Option<Self>;

    /// Writes the lexical form, escaped.
    fn write(&self, out: &mut String);

    /// The lexical form for the facets that count characters or match a pattern.
    fn lexical(&self) -> Cow<'_, str>;

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

impl Reader<'_> {
    /// The entered element's text as a value; the element has no attributes.
    ///
    /// # Errors
    /// Not a value of the type.
    #[inline]
    pub fn value<T: Value>(&mut self) -> Result<T, Error> {
        self.no_attributes()?;
        self.content()
    }

    /// The entered element's text as a value; its attributes were read before.
    ///
    /// # Errors
    /// Not a value of the type.
    #[inline]
    pub fn content<T: Value>(&mut self) -> Result<T, Error> {
        let text = self.characters()?;
        let value = T::parse(text).ok_or_else(|| self.error(ErrorKind::Value { expected: T::TYPE }))?;
        if !value.is_listed() {
            self.unfit(ErrorKind::Value { expected: T::TYPE })?;
        }
        self.leave();
        Ok(value)
    }

    /// An attribute's text as a value.
    ///
    /// # Errors
    /// Not a value of the type.
    pub fn attribute<T: Value>(&self, text: Cow<'_, str>) -> Result<T, Error> {
        T::parse(text).filter(T::is_listed).ok_or_else(|| self.error(ErrorKind::Value { expected: T::TYPE }))
    }

    /// The entered element's text, which the contract fixes. In tolerant mode another value is `false` and a drift.
    ///
    /// # Errors
    /// Another value, in strict mode.
    pub fn fixed(&mut self, expected: &'static str) -> Result<bool, Error> {
        self.no_attributes()?;
        let text = collapse(self.characters()?);
        // `1` is `true` in value space.
        let fits = text == expected || (expected == "true" && text == "1") || (expected == "false" && text == "0");
        if !fits {
            self.unfit(ErrorKind::Fixed { expected: expected.to_owned() })?;
        }
        self.leave();
        Ok(fits)
    }

    /// An attribute's text, which the contract fixes or lists.
    ///
    /// # Errors
    /// Another value, in strict mode.
    pub fn one_of(&mut self, text: &str, allowed: &[&'static str]) -> Result<(), Error> {
        if allowed.contains(&text) { Ok(()) } else { self.unfit(ErrorKind::Fixed { expected: allowed.join(" or ") }) }
    }

    /// The error of a required attribute that is not there.
    #[cold]
    pub fn lacks(&self, what: &'static str) -> Error {
        self.error(ErrorKind::Missing { missing: what.to_owned() })
    }

    /// A required attribute with a fixed value is not there: an error in strict mode, a drift in tolerant mode.
    ///
    /// # Errors
    /// In strict mode, always.
    pub fn without(&mut self, what: &'static str) -> Result<(), Error> {
        self.unfit(ErrorKind::Missing { missing: what.to_owned() })
    }
}
