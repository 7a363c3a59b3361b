//! Attributes of the entered element.

use std::borrow::Cow;

use super::{DriftKind, Mode, Reader};
use crate::events::Tag;
use crate::name::{Ns, XSI};
use crate::value::collapse;
use crate::{Error, ErrorKind};

impl<'a> Reader<'a> {
    /// Attributes of the entered element: call `each` with namespace (if known), local name and value; it says whether
    /// the type has that attribute. Namespace declarations and `xsi:schemaLocation` are passed over.
    ///
    /// # Errors
    /// An attribute the type does not have (strict), or what `each` returns.
    pub fn attributes(
        &mut self,
        mut each: impl FnMut(&mut Self, Option<Ns>, &str, Cow<'a, str>) -> Result<bool, Error>,
    ) -> Result<(), Error> {
        let Some(attributes) = self.tag().map(Tag::attributes) else { return Ok(()) };
        for attribute in attributes {
            if attribute.declares().is_some() {
                continue;
            }
            let value = attribute.value().map_err(|error| self.error(ErrorKind::Syntax(error)))?;
            let uri = if attribute.prefix.is_empty() {
                ""
            } else {
                self.events.namespace(attribute.prefix).unwrap_or_default()
            };
            if uri == XSI && matches!(attribute.local, "schemaLocation" | "noNamespaceSchemaLocation" | "type") {
                continue;
            }
            let ns = if uri.is_empty() { None } else { self.number(uri) };
            if (uri.is_empty() || ns.is_some()) && each(self, ns, attribute.local, value)? {
                continue;
            }
            match self.mode {
                Mode::Strict => {
                    return Err(self.error(ErrorKind::UnexpectedAttribute(attribute.local.to_owned())));
                }
                Mode::Tolerant => self.drift(DriftKind::Attribute, attribute.local),
            }
        }
        Ok(())
    }

    /// For a type without attributes.
    ///
    /// # Errors
    /// An attribute stands there (strict).
    #[inline]
    pub fn no_attributes(&mut self) -> Result<(), Error> {
        match self.tag() {
            Some(tag) if !tag.attributes.is_empty() => self.attributes(|_, _, _, _| Ok(false)),
            _ => Ok(()),
        }
    }

    /// `xsi:type` of the entered element, its prefix resolved: the name of a type of the contract.
    ///
    /// # Errors
    /// It is missing, or its prefix is not declared.
    pub fn xsi_type(&mut self) -> Result<(Option<Ns>, String), Error> {
        for attribute in self.tag().into_iter().flat_map(Tag::attributes) {
            let is_type = attribute.local == "type" && self.events.namespace(attribute.prefix) == Some(XSI);
            if !is_type || attribute.prefix.is_empty() {
                continue;
            }
            let value = attribute.value().map_err(|error| self.error(ErrorKind::Syntax(error)))?;
            let value = collapse(value);
            let (prefix, local) = value.split_once(':').unwrap_or(("", &value));
            let uri = match self.events.namespace(prefix) {
                Some(uri) => uri,
                None => return Err(self.error(ErrorKind::UnknownPrefix(prefix.to_owned()))),
            };
            return Ok((self.number(uri), local.to_owned()));
        }
        Err(self.lacks("xsi:type"))
    }
}
