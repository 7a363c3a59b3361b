//! A message: an element that may be a document of its own.

use crate::check::{Checker, Violation};
use crate::{Error, Limits, Mode, Name, Namespaces, Reader, Versions, Writer};

/// A generated type of a global element.
pub trait Element: Sized {
    /// The element's name.
    const NAME: Name;

    /// Reads the element that stands next.
    ///
    /// # Errors
    /// It is not this element, or its content is not as the contract says.
    fn read_element(reader: &mut Reader<'_>) -> Result<Self, Error>;

    /// Writes the element.
    fn write_element(&self, writer: &mut Writer);

    /// Checks facets, occurrence and identity constraints.
    fn check_element(&self, checker: &mut Checker);

    /// What is wrong with the values: paths and rules, at most 1000. Reading already refuses wrong structure; this
    /// finds what a value built by hand may break.
    fn check(&self) -> Vec<Violation> {
        let mut checker = Checker::default();
        self.check_element(&mut checker);
        checker.into_violations()
    }

    /// The element as exclusive canonical XML.
    fn to_xml(&self, namespaces: Namespaces, versions: &Versions) -> String {
        let mut writer = Writer::with_versions(namespaces, versions.clone());
        self.write_element(&mut writer);
        writer.into_string()
    }

    /// The element's content as JSON, by [`Writer::outline`].
    fn to_json(&self, namespaces: Namespaces) -> String {
        let mut writer = Writer::outline(namespaces);
        self.write_element(&mut writer);
        writer.into_string()
    }

    /// Reads a document that is this element and nothing else, strictly.
    ///
    /// # Errors
    /// As [`read_element`](Self::read_element).
    fn from_xml(document: &[u8], namespaces: Namespaces) -> Result<Self, Error> {
        let mut reader = Reader::new(document, namespaces, Mode::Strict, Limits::MESSAGE)?;
        let element = Self::read_element(&mut reader)?;
        reader.finish()?;
        Ok(element)
    }
}
