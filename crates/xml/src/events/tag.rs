//! Start tags and their attributes, as they stand in the document.

use std::borrow::Cow;
use std::ops::Range;

use super::character::{is_space, resolve, split_name, trim_end, trim_start};

/// A start tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag<'a> {
    /// Prefix, empty if there is none.
    pub prefix: &'a str,
    /// Local name.
    pub local: &'a str,
    /// What stands between the name and the closing `>` or `/>`: attributes, not yet parsed.
    pub attributes: &'a str,
    /// `<a/>`
    pub empty: bool,
    /// Bytes of the whole tag.
    pub span: Range<usize>,
    /// Index in [`Events::bindings`](super::Events::bindings) of the declaration the prefix (or its absence) refers to;
    /// `None` for an element without a prefix where no default namespace was ever declared.
    pub binding: Option<usize>,
}

impl<'a> Tag<'a> {
    /// The qualified name as written.
    pub fn name(&self, document: &'a str) -> &'a str {
        let start = self.span.start + 1;
        let length = if self.prefix.is_empty() { 0 } else { self.prefix.len() + 1 } + self.local.len();
        &document[start..start + length]
    }

    /// The attributes in the order written. Well-formedness and limits were already checked.
    pub fn attributes(&self) -> Attributes<'a> {
        Attributes { rest: self.attributes }
    }
}

/// One attribute as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attribute<'a> {
    /// Prefix, empty if there is none.
    pub prefix: &'a str,
    /// Local name.
    pub local: &'a str,
    /// The value between the quotes, as it stands.
    pub raw: &'a str,
}

impl<'a> Attribute<'a> {
    /// The prefix this attribute declares (empty: the default namespace), if it is a namespace declaration.
    pub fn declares(&self) -> Option<&'a str> {
        match (self.prefix, self.local) {
            ("xmlns", prefix) => Some(prefix),
            ("", "xmlns") => Some(""),
            _ => None,
        }
    }

    /// The value by XML 1.0 §3.3.3: references resolved, white space made spaces.
    ///
    /// # Errors
    /// An unknown entity or an illegal character reference; the text names it.
    pub fn value(&self) -> Result<Cow<'a, str>, String> {
        if !self.raw.bytes().any(|byte| matches!(byte, b'&' | b'\t' | b'\n' | b'\r')) {
            return Ok(Cow::Borrowed(self.raw));
        }
        let mut out = String::with_capacity(self.raw.len());
        let mut rest = self.raw;
        while let Some(at) = rest.find(['&', '\t', '\n', '\r']) {
            out.push_str(&rest[..at]);
            rest = &rest[at..];
            if let Some(reference) = rest.strip_prefix('&') {
                let end = reference.find(';').ok_or("`&` without `;` in an attribute")?;
                out.push(resolve(&reference[..end])?);
                rest = &reference[end + 1..];
            } else {
                out.push(' ');
                rest = rest.strip_prefix("\r\n").unwrap_or(&rest[1..]);
            }
        }
        out.push_str(rest);
        Ok(Cow::Owned(out))
    }
}

/// Iterator over the attributes of a tag.
#[derive(Debug, Clone)]
pub struct Attributes<'a> {
    pub(super) rest: &'a str,
}

impl<'a> Attributes<'a> {
    /// The next attribute, its form checked.
    pub(super) fn step(&mut self) -> Result<Option<Attribute<'a>>, &'static str> {
        let rest = trim_start(self.rest);
        if rest.is_empty() {
            self.rest = rest;
            return Ok(None);
        }
        if rest.len() == self.rest.len() {
            return Err("attributes must be separated by white space");
        }
        let equals = rest.bytes().position(|byte| byte == b'=').ok_or("an attribute without a value")?;
        let (prefix, local) = split_name(trim_end(&rest[..equals])).ok_or("an attribute's name is not a name")?;
        let after = trim_start(&rest[equals + 1..]);
        let quote = match after.as_bytes().first() {
            Some(quote @ (b'"' | b'\'')) => *quote,
            _ => return Err("an attribute's value is not quoted"),
        };
        let stop = after.bytes().skip(1).position(|byte| byte == quote || byte == b'<');
        let end = stop.ok_or("an attribute's value is not closed")?;
        let raw = &after[1..=end];
        if after.as_bytes()[end + 1] == b'<' {
            return Err("`<` in an attribute");
        }
        self.rest = &after[end + 2..];
        Ok(Some(Attribute { prefix, local, raw }))
    }

    /// The next of the pseudo-attributes of an XML declaration.
    pub(super) fn pseudo(&mut self) -> Result<Option<(&'a str, &'a str)>, &'static str> {
        match self.step()? {
            Some(Attribute { prefix: "", local, raw }) => Ok(Some((local, raw))),
            Some(_) => Err("an XML declaration with a prefix in it"),
            None => Ok(None),
        }
    }
}

impl<'a> Iterator for Attributes<'a> {
    type Item = Attribute<'a>;

    fn next(&mut self) -> Option<Attribute<'a>> {
        self.step().unwrap_or_default()
    }
}

/// Whether what stands between `<?xml` and `?>` is an XML declaration (XML 1.0 §2.8), and the encoding it names.
///
/// # Errors
/// It is none; the text says why.
pub(super) fn declaration(text: &str) -> Result<Option<&str>, &'static str> {
    let mut parts = Attributes { rest: text };
    match parts.pseudo()? {
        Some(("version", version)) => {
            let minor = version.strip_prefix("1.").filter(|minor| !minor.is_empty());
            if !minor.is_some_and(|minor| minor.bytes().all(|byte| byte.is_ascii_digit())) {
                return Err("an XML version other than 1.0");
            }
        }
        _ => return Err("an XML declaration without a version"),
    }
    let mut next = parts.pseudo()?;
    let mut encoding = None;
    if let Some(("encoding", name)) = next {
        if !name.starts_with(|c: char| c.is_ascii_alphabetic()) || name.bytes().any(is_space) {
            return Err("an encoding without a name");
        }
        encoding = Some(name);
        next = parts.pseudo()?;
    }
    if let Some(("standalone", "yes" | "no")) = next {
        next = parts.pseudo()?;
    }
    if next.is_some() { Err("an XML declaration with something foreign in it") } else { Ok(encoding) }
}
