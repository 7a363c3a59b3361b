//! Versions: of a message, as its schema names them, and of a package of schemas.

use std::path::Path;

use crate::Error;
use crate::language::{Effective, Resolver};
use crate::schema::{AttributeUse, ComplexType, QName, SchemaSet};

/// Versions of a message that its schema names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MessageVersions {
    /// The schema fixes the one there is; else they are listed in words.
    pub fixed: bool,
    /// The versions, the newest last.
    pub values: Vec<String>,
}

/// Versions of a message; none for a message without the attribute, or where nothing is named.
///
/// # Errors
/// A reference to nothing.
pub fn message_versions(set: &SchemaSet, message: &QName) -> Result<MessageVersions, Error> {
    let Some(element) = set.elements.get(message) else { return Err(Error::NoElement { name: message.clone() }) };
    let resolver = Resolver::new(set);
    let Effective::Complex(chain) = resolver.effective(&element.ty, element)? else {
        return Ok(MessageVersions::default());
    };
    Ok(of_chain(&resolver, &chain)?.map(of_use).unwrap_or_default())
}

/// What an attribute names as versions.
pub(super) fn of_use(attribute: &AttributeUse) -> MessageVersions {
    match &attribute.fixed {
        Some(fixed) => MessageVersions { fixed: true, values: vec![fixed.clone()] },
        None => {
            let mut values = attribute.versions.clone();
            values.sort_by_key(|version| numbers(version));
            values.dedup();
            MessageVersions { fixed: false, values }
        }
    }
}

fn of_chain<'s>(resolver: &Resolver<'s>, chain: &[&'s ComplexType]) -> Result<Option<&'s AttributeUse>, Error> {
    for attribute in chain.iter().rev().flat_map(|ty| &ty.attributes) {
        if is_version(&resolver.attribute(attribute)?.0) {
            return Ok(Some(attribute));
        }
    }
    Ok(None)
}

/// The attribute by which a message says its version: a global one of the shared library.
pub(super) fn is_version(name: &QName) -> bool {
    &*name.local == "version" && !name.ns.is_empty()
}

/// The parts of a version, to be ordered by.
fn numbers(version: &str) -> Vec<u32> {
    version.split('.').map(|part| part.parse().unwrap_or(u32::MAX)).collect()
}

/// The version of a package, `16.3.0.0`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Release(Vec<u32>);

impl Release {
    /// From its text: four numbers with points between them.
    pub fn parse(text: &str) -> Option<Self> {
        let parts: Option<Vec<u32>> = text.trim().split('.').map(|part| part.parse().ok()).collect();
        parts.filter(|parts| parts.len() == 4).map(Self)
    }

    /// The release a package says it is. Its readme and its changelog each may lag behind by one, and do, so the newest
    /// word counts; a folder called like a version counts as a word too.
    pub fn of_package(folder: &Path, changelog: Option<&super::Changelog>) -> Option<Self> {
        let named = folder.file_name().and_then(|name| name.to_str()).and_then(Self::parse);
        let readme = std::fs::read_to_string(folder.join("README.md")).ok().and_then(|text| {
            let words = text.split(|c: char| c.is_whitespace()).filter_map(Self::parse);
            words.max()
        });
        let written = changelog.and_then(|changelog| changelog.sections.iter().filter_map(|one| one.to.clone()).max());
        [named, readme, written].into_iter().flatten().max()
    }
}

impl std::fmt::Display for Release {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let parts: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&parts.join("."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_ordered_by_number() {
        let release = |text| Release::parse(text).map(|release| release.to_string());
        assert_eq!(release(" 16.3.0.0 ").as_deref(), Some("16.3.0.0"));
        assert_eq!(release("16.3"), None);
        assert_eq!(release("a.b.c.d"), None);
        assert!(Release::parse("9.12.0.0") < Release::parse("15.2.0.0"));
    }

    #[test]
    fn a_package_is_as_new_as_its_newest_word() {
        let folder = tempfile::tempdir().unwrap();
        let package = folder.path().join("package");
        std::fs::create_dir(&package).unwrap();
        assert_eq!(Release::of_package(&package, None), None);
        std::fs::write(package.join("README.md"), "# Форматы\n## Версия – 7.1.0.0\n").unwrap();
        let of = |changelog| Release::of_package(&package, changelog).map(|release| release.to_string());
        assert_eq!(of(None).as_deref(), Some("7.1.0.0"));
        let newer =
            crate::release::Changelog::parse("Изменения в форматах данных от версии 7.1.0.0 до версии 7.2.0.0\n");
        assert_eq!(of(Some(&newer)).as_deref(), Some("7.2.0.0"));
        let older =
            crate::release::Changelog::parse("Изменения в форматах данных от версии 6.1.0.0 до версии 7.0.0.0\n");
        assert_eq!(of(Some(&older)).as_deref(), Some("7.1.0.0"));
    }
}
