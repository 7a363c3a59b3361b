//! Values read from the text of elements and attributes.

use std::borrow::Cow;

use super::{Mode, Reader};
use crate::check::Facets;
use crate::value::collapse;
use crate::{Error, ErrorKind, Value};

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

    /// The same for a type whose patterns speak of the text, which the value does not keep: `01` is the number 1, and not
    /// what `[1-9]` matches. In tolerant mode the value is enough.
    ///
    /// # Errors
    /// Not a value of the type, or, in strict mode, in another form than the patterns allow.
    pub fn value_written<T: Value>(&mut self, facets: &Facets) -> Result<T, Error> {
        self.no_attributes()?;
        let text = collapse(self.characters()?);
        if self.mode() == Mode::Strict
            && let Some(pattern) = facets.unmatched(&text)
        {
            return Err(self.error(ErrorKind::Pattern { pattern }));
        }
        self.parsed(text)
    }

    /// The entered element's text as a value; an empty element has the default value (XML Schema part 1 §3.3.4).
    ///
    /// # Errors
    /// Not a value of the type.
    pub fn value_or<T: Value>(&mut self, default: &'static str) -> Result<T, Error> {
        self.no_attributes()?;
        let text = self.characters()?;
        let text = if text.is_empty() { Cow::Borrowed(default) } else { text };
        self.parsed(text)
    }

    /// The entered element's text as a value; its attributes were read before.
    ///
    /// # Errors
    /// Not a value of the type.
    #[inline]
    pub fn content<T: Value>(&mut self) -> Result<T, Error> {
        let text = self.characters()?;
        self.parsed(text)
    }

    fn parsed<T: Value>(&mut self, text: Cow<'_, str>) -> Result<T, Error> {
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
        let text = self.characters()?;
        // An element without any text has the fixed value (XML Schema part 1 §3.3.4).
        let empty = text.is_empty();
        let text = collapse(text);
        // `1` is `true` in value space.
        let fits =
            empty || text == expected || (expected == "true" && text == "1") || (expected == "false" && text == "0");
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
