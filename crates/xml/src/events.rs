//! The lowest layer: well-formedness, namespaces in scope and limits, with every byte's place kept.
//!
//! Both readers stand on it: the typed one, which wants names resolved, and canonicalisation, which wants prefixes,
//! declarations and raw bytes. `quick-xml` finds the markup; what it leaves to its user (undeclared prefixes, illegal
//! characters, a second document element, limits) is decided here once.

use std::borrow::Cow;
use std::ops::Range;

use quick_xml::events::Event as Raw;

use crate::{Error, ErrorKind, Limits};

/// Namespace of the `xml` prefix, which is always bound.
pub const XML_NAMESPACE: &str = "http://www.w3.org/XML/1998/namespace";

/// One piece of a document, in document order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event<'a> {
    /// A start tag. An empty-element tag gives `Start` and then `End`.
    Start(Tag<'a>),
    /// An end tag; its bytes, an empty range behind an empty-element tag.
    End(Range<usize>),
    /// Character data between markup, as it stands: no references in it, line ends not yet normalised.
    Text(&'a str),
    /// A character reference or one of the five predefined entities, resolved.
    Reference(char),
    /// The content of a CDATA section, as it stands.
    CData(&'a str),
    /// The content of a comment.
    Comment(&'a str),
    /// A processing instruction: target and the rest.
    Instruction(&'a str, &'a str),
    /// The end of the document.
    Eof,
}

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
    rest: &'a str,
}

impl<'a> Attributes<'a> {
    fn step(&mut self) -> Result<Option<Attribute<'a>>, &'static str> {
        let rest = self.rest.trim_start_matches(is_space);
        if rest.is_empty() {
            self.rest = rest;
            return Ok(None);
        }
        if rest.len() == self.rest.len() {
            return Err("attributes must be separated by white space");
        }
        let equals = rest.find('=').ok_or("an attribute without a value")?;
        let name = rest[..equals].trim_end_matches(is_space);
        let (prefix, local) = split_name(name).ok_or("an attribute's name is not a name")?;
        let after = rest[equals + 1..].trim_start_matches(is_space);
        let quote =
            after.chars().next().filter(|c| matches!(c, '"' | '\'')).ok_or("an attribute's value is not quoted")?;
        let end = after[1..].find(quote).ok_or("an attribute's value is not closed")?;
        let raw = &after[1..=end];
        if raw.contains('<') {
            return Err("`<` in an attribute");
        }
        self.rest = &after[end + 2..];
        Ok(Some(Attribute { prefix, local, raw }))
    }
}

impl<'a> Iterator for Attributes<'a> {
    type Item = Attribute<'a>;

    fn next(&mut self) -> Option<Attribute<'a>> {
        self.step().unwrap_or_default()
    }
}

/// A namespace declaration in scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding<'a> {
    /// Prefix, empty for the default namespace.
    pub prefix: &'a str,
    /// Namespace name; empty undeclares the default namespace.
    pub uri: Cow<'a, str>,
    /// Depth of the element that declares it; the document element has 1.
    pub depth: usize,
    /// Byte offset of that element's start tag.
    pub declared: usize,
}

/// Pull parser of one document held in memory.
#[derive(Debug)]
pub struct Events<'a> {
    document: &'a str,
    reader: quick_xml::Reader<&'a [u8]>,
    limits: Limits,
    bindings: Vec<Binding<'a>>,
    /// How many bindings were in scope before each open element.
    marks: Vec<u32>,
    end_of_empty: bool,
    /// The last event ended an element: its bindings leave the scope with the next event.
    leaving: bool,
    rooted: bool,
    start: usize,
}

impl<'a> Events<'a> {
    /// Starts reading. A byte order mark is skipped.
    ///
    /// # Errors
    /// Not UTF-8, too large, or a character that XML 1.0 forbids.
    pub fn new(document: &'a [u8], limits: Limits) -> Result<Self, Error> {
        if document.len() > limits.total {
            return Err(Error::new(ErrorKind::Limit { what: "bytes", limit: limits.total }, limits.total));
        }
        let text = std::str::from_utf8(document).map_err(|error| {
            Error::new(ErrorKind::NotUtf8 { valid_up_to: error.valid_up_to() }, error.valid_up_to())
        })?;
        if let Some(at) = forbidden_character(document) {
            return Err(Error::new(ErrorKind::Syntax("a control character that XML forbids".into()), at));
        }
        let mut reader = quick_xml::Reader::from_str(text);
        let config = reader.config_mut();
        config.check_end_names = true;
        config.check_comments = true;
        Ok(Self {
            document: text,
            reader,
            limits,
            bindings: vec![Binding { prefix: "xml", uri: Cow::Borrowed(XML_NAMESPACE), depth: 0, declared: 0 }],
            marks: Vec::with_capacity(16),
            end_of_empty: false,
            leaving: false,
            rooted: false,
            start: 0,
        })
    }

    /// The whole document.
    pub fn document(&self) -> &'a str {
        self.document
    }

    /// Where the last event starts.
    pub fn offset(&self) -> usize {
        self.start
    }

    /// Where the next event starts.
    pub fn next_offset(&self) -> usize {
        usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX)
    }

    /// Open elements. Right after a `Start` it counts that element, after its `End` no more.
    pub fn depth(&self) -> usize {
        self.marks.len() - usize::from(self.leaving)
    }

    /// Declarations in scope, outermost first; an inner one of the same prefix hides the outer one. After a `Start` or
    /// an `End` the scope is that element's.
    pub fn bindings(&self) -> &[Binding<'a>] {
        &self.bindings
    }

    /// The namespace bound to a prefix in the present scope: `Some("")` for no default namespace, `None` for an
    /// undeclared prefix.
    pub fn namespace(&self, prefix: &str) -> Option<&str> {
        match self.bindings.iter().rev().find(|binding| binding.prefix == prefix) {
            Some(binding) => Some(&binding.uri),
            None if prefix.is_empty() => Some(""),
            None => None,
        }
    }

    /// Index in [`bindings`](Self::bindings) of the declaration in force for a prefix.
    pub fn binding(&self, prefix: &str) -> Option<usize> {
        self.bindings.iter().rposition(|binding| binding.prefix == prefix)
    }

    /// The next event.
    ///
    /// # Errors
    /// Malformed XML, DOCTYPE, an unknown entity, an undeclared prefix, or a limit.
    #[inline]
    #[expect(clippy::should_implement_trait, reason = "fallible: an iterator of results would invite skipping errors")]
    pub fn next(&mut self) -> Result<Event<'a>, Error> {
        if self.leaving {
            self.leaving = false;
            if let Some(mark) = self.marks.pop() {
                self.bindings.truncate(mark as usize);
            }
        }
        self.start = self.next_offset();
        if self.end_of_empty {
            self.end_of_empty = false;
            self.leaving = true;
            return Ok(Event::End(self.start..self.start));
        }
        loop {
            let raw = self.reader.read_event().map_err(|error| self.syntax(error.to_string()))?;
            let end = self.next_offset();
            return match raw {
                Raw::Start(start) => self.open(start.name().0.len(), end, false),
                Raw::Empty(start) => self.open(start.name().0.len(), end, true),
                Raw::End(_) => {
                    self.leaving = true;
                    Ok(Event::End(self.start..end))
                }
                Raw::Text(_) => {
                    let text = &self.document[self.start..end];
                    if self.marks.is_empty() {
                        let text = text.trim_start_matches('\u{feff}');
                        if !text.bytes().all(is_space_byte) {
                            return Err(self.syntax("text outside the document element".into()));
                        }
                        self.start = end;
                        continue;
                    }
                    if text.len() > 2 && text.contains("]]>") {
                        return Err(self.syntax("`]]>` in text".into()));
                    }
                    self.bounded(text.len())?;
                    Ok(Event::Text(text))
                }
                Raw::GeneralRef(_) if self.marks.is_empty() => {
                    Err(self.syntax("a reference outside the document element".into()))
                }
                Raw::GeneralRef(_) => {
                    let name = &self.document[self.start + 1..end - 1];
                    resolve(name).map(Event::Reference).map_err(|error| self.syntax(error))
                }
                Raw::CData(_) if self.marks.is_empty() => {
                    Err(self.syntax("a CDATA section outside the document element".into()))
                }
                Raw::CData(_) => {
                    let text = &self.document[self.start + 9..end - 3];
                    self.bounded(text.len())?;
                    Ok(Event::CData(text))
                }
                Raw::Comment(_) => Ok(Event::Comment(&self.document[self.start + 4..end - 3])),
                Raw::PI(_) => {
                    let content = &self.document[self.start + 2..end - 2];
                    let (target, rest) = content.split_once(is_space).unwrap_or((content, ""));
                    if target.eq_ignore_ascii_case("xml") || split_name(target).is_none() {
                        return Err(self.syntax("a processing instruction with a forbidden target".into()));
                    }
                    Ok(Event::Instruction(target, rest.trim_start_matches(is_space)))
                }
                Raw::Decl(declaration) => {
                    if self.rooted || !self.document[..self.start].trim_start_matches('\u{feff}').is_empty() {
                        return Err(self.syntax("an XML declaration that does not stand first".into()));
                    }
                    if let Some(encoding) = declaration.encoding() {
                        let encoding = encoding.map_err(|error| self.syntax(error.to_string()))?;
                        if !encoding.eq_ignore_ascii_case("utf-8") {
                            return Err(self.syntax(format!("encoding `{encoding}`; only UTF-8 is spoken here")));
                        }
                    }
                    self.start = end;
                    continue;
                }
                Raw::DocType(_) => Err(Error::new(ErrorKind::Doctype, self.start)),
                Raw::Eof if !self.marks.is_empty() => Err(self.syntax("the document ends inside an element".into())),
                Raw::Eof if !self.rooted => Err(self.syntax("no element".into())),
                Raw::Eof => Ok(Event::Eof),
            };
        }
    }

    #[inline]
    fn open(&mut self, name: usize, end: usize, empty: bool) -> Result<Event<'a>, Error> {
        if self.marks.is_empty() && self.rooted {
            return Err(self.syntax("a second document element".into()));
        }
        if self.marks.len() >= self.limits.depth {
            return Err(self.limit("nested elements", self.limits.depth));
        }
        self.rooted = true;
        self.marks.push(u32::try_from(self.bindings.len()).unwrap_or(u32::MAX));
        let inner = end - 1 - usize::from(empty);
        let name_end = self.start + 1 + name;
        let (prefix, local) = split_name(&self.document[self.start + 1..name_end])
            .ok_or_else(|| self.syntax("an element's name is not a name".into()))?;
        let attributes = &self.document[name_end..inner];
        if !attributes.is_empty() {
            self.declare(attributes)?;
        }
        self.end_of_empty = empty;
        Ok(Event::Start(Tag { prefix, local, attributes, empty, span: self.start..end }))
    }

    /// Checks the attributes of a start tag and takes its namespace declarations into scope.
    fn declare(&mut self, raw: &'a str) -> Result<(), Error> {
        let depth = self.marks.len();
        let mut attributes = Attributes { rest: raw };
        let mut seen: Vec<(&'a str, &'a str)> = Vec::new();
        while let Some(attribute) = attributes.step().map_err(|error| self.syntax(error.into()))? {
            if seen.len() >= self.limits.attributes {
                return Err(self.limit("attributes of one element", self.limits.attributes));
            }
            if seen.contains(&(attribute.prefix, attribute.local)) {
                return Err(self.syntax("an attribute given twice".into()));
            }
            seen.push((attribute.prefix, attribute.local));
            let value = attribute.value().map_err(|error| self.syntax(error))?;
            if let Some(prefix) = attribute.declares() {
                if prefix == "xmlns"
                    || (prefix == "xml") != (value == XML_NAMESPACE)
                    || (!prefix.is_empty() && value.is_empty())
                {
                    return Err(self.syntax("a forbidden namespace declaration".into()));
                }
                if self.bindings.len() > self.limits.namespaces {
                    return Err(self.limit("namespace declarations in scope", self.limits.namespaces));
                }
                self.bindings.push(Binding { prefix, uri: value, depth, declared: self.start });
            }
        }
        // Two prefixes of one namespace can give the same attribute twice.
        let qualified: Vec<_> = seen
            .iter()
            .filter(|(prefix, _)| !prefix.is_empty() && *prefix != "xmlns")
            .map(|(prefix, local)| {
                self.binding(prefix)
                    .map(|at| (&self.bindings[at].uri, local))
                    .ok_or_else(|| Error::new(ErrorKind::UnknownPrefix((*prefix).to_owned()), self.start))
            })
            .collect::<Result<_, _>>()?;
        for (index, name) in qualified.iter().enumerate() {
            if qualified[..index].contains(name) {
                return Err(self.syntax("an attribute given twice".into()));
            }
        }
        Ok(())
    }

    fn bounded(&self, length: usize) -> Result<(), Error> {
        if length > self.limits.text { Err(self.limit("bytes of text", self.limits.text)) } else { Ok(()) }
    }

    fn limit(&self, what: &'static str, limit: usize) -> Error {
        Error::new(ErrorKind::Limit { what, limit }, self.start)
    }

    fn syntax(&self, what: String) -> Error {
        Error::new(ErrorKind::Syntax(what), self.start)
    }
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r')
}

fn is_space_byte(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

/// Prefix and local name; `None` if it is no QName. Non-ASCII letters are taken as name characters.
#[inline]
fn split_name(name: &str) -> Option<(&str, &str)> {
    fn is_ncname(part: &str) -> bool {
        let mut bytes = part.bytes();
        bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80)
            && bytes.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.') || byte >= 0x80)
    }
    match name.find(':') {
        None => is_ncname(name).then_some(("", name)),
        Some(at) => {
            let (prefix, local) = (&name[..at], &name[at + 1..]);
            (is_ncname(prefix) && is_ncname(local)).then_some((prefix, local))
        }
    }
}

/// A predefined entity or a character reference, without `&` and `;`.
fn resolve(name: &str) -> Result<char, String> {
    let code = match name {
        "amp" => return Ok('&'),
        "lt" => return Ok('<'),
        "gt" => return Ok('>'),
        "quot" => return Ok('"'),
        "apos" => return Ok('\''),
        _ => match name.strip_prefix('#') {
            None => return Err(format!("unknown entity `{}`", name.chars().take(32).collect::<String>())),
            Some(number) => match number.strip_prefix('x') {
                Some(hex) if hex.bytes().all(|byte| byte.is_ascii_hexdigit()) => u32::from_str_radix(hex, 16).ok(),
                None if number.bytes().all(|byte| byte.is_ascii_digit()) => number.parse().ok(),
                _ => None,
            },
        },
    };
    code.and_then(char::from_u32)
        .filter(|c| !matches!(*c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}'))
        .ok_or_else(|| "a character reference to no character of XML".to_owned())
}

/// Offset of the first byte of a character outside `Char` of XML 1.0 §2.2.
fn forbidden_character(document: &[u8]) -> Option<usize> {
    let control = |byte: u8| byte < 0x20 && !is_space_byte(byte);
    // Whole blocks first: the test of a block has no branches, so the compiler can do many bytes at once.
    let suspicious = |block: &[u8]| block.iter().fold(false, |any, byte| any | control(*byte) | (*byte == 0xEF));
    let mut offset = 0;
    for block in document.chunks(4096) {
        if suspicious(block) {
            for (at, byte) in block.iter().enumerate() {
                let rest = &document[offset + at..];
                if control(*byte) || rest.starts_with(b"\xEF\xBF\xBE") || rest.starts_with(b"\xEF\xBF\xBF") {
                    return Some(offset + at);
                }
            }
        }
        offset += block.len();
    }
    None
}
