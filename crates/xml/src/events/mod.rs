//! The lowest layer: well-formedness, namespaces in scope and limits, with every byte's place kept.
//!
//! Both readers stand on it: the typed one, which wants names resolved, and canonicalisation, which wants prefixes,
//! declarations and raw bytes. `quick-xml` finds the markup; what it leaves to its user (undeclared prefixes, illegal
//! characters, a second document element, limits) is decided here once.

mod character;
mod tag;

use std::borrow::Cow;
use std::ops::Range;

use quick_xml::events::Event as Raw;

pub(crate) use character::{forbidden_character, is_blank};
pub use tag::{Attribute, Attributes, Tag};

use crate::{Error, ErrorKind, Limits};
use character::{resolve, split_name};

/// Namespace of the `xml` prefix, which is always bound.
pub const XML_NAMESPACE: &str = "http://www.w3.org/XML/1998/namespace";

/// Namespace of the `xmlns` prefix, which nobody may declare.
const XMLNS_NAMESPACE: &str = "http://www.w3.org/2000/xmlns/";

/// The byte order mark of UTF-8.
const MARK: &str = "\u{feff}";

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
    /// Bytes of the byte order mark, which the parser below never sees.
    mark: usize,
    /// Names of the attributes of the start tag being read; kept so that a tag needs no memory of its own.
    names: Vec<(&'a str, &'a str)>,
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
        if let Some(encoding) = foreign_encoding(document) {
            return Err(Error::new(ErrorKind::Encoding(encoding.into()), 0));
        }
        let text = std::str::from_utf8(document).map_err(|error| {
            Error::new(ErrorKind::NotUtf8 { valid_up_to: error.valid_up_to() }, error.valid_up_to())
        })?;
        if let Some(at) = forbidden_character(document) {
            return Err(Error::new(ErrorKind::Syntax("a control character that XML forbids".into()), at));
        }
        let unmarked = text.strip_prefix(MARK).unwrap_or(text);
        if unmarked.starts_with(MARK) {
            return Err(Error::new(ErrorKind::Syntax("a second byte order mark".into()), MARK.len()));
        }
        let mut reader = quick_xml::Reader::from_str(unmarked);
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
            mark: text.len() - unmarked.len(),
            names: Vec::new(),
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
        self.mark + usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX)
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
                        if !is_blank(text) {
                            return Err(self.syntax("text outside the document element".into()));
                        }
                        self.start = end;
                        continue;
                    }
                    // Most text has no `>`, and looking for one byte is much cheaper than for three.
                    if text.contains('>') && text.contains("]]>") {
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
                    let (target, rest) = content.split_once([' ', '\t', '\n', '\r']).unwrap_or((content, ""));
                    if target.eq_ignore_ascii_case("xml") || target.contains(':') || split_name(target).is_none() {
                        return Err(self.syntax("a processing instruction with a forbidden target".into()));
                    }
                    Ok(Event::Instruction(target, character::trim_start(rest)))
                }
                Raw::Decl(_) => {
                    if self.start != self.mark {
                        return Err(self.syntax("an XML declaration that does not stand first".into()));
                    }
                    let encoding = tag::declaration(&self.document[self.start + 5..end - 2]);
                    match encoding.map_err(|error| self.syntax(error.into()))? {
                        Some(name) if !name.eq_ignore_ascii_case("utf-8") => {
                            let name = name.chars().take(32).collect();
                            return Err(Error::new(ErrorKind::Encoding(name), self.start));
                        }
                        _ => {}
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
        let binding = self.binding(prefix);
        if binding.is_none() && !prefix.is_empty() {
            return Err(self.undeclared(prefix));
        }
        self.end_of_empty = empty;
        Ok(Event::Start(Tag { prefix, local, attributes, empty, span: self.start..end, binding }))
    }

    /// Checks the attributes of a start tag and takes its namespace declarations into scope.
    fn declare(&mut self, raw: &'a str) -> Result<(), Error> {
        let depth = self.marks.len();
        let mut attributes = Attributes { rest: raw };
        let mut qualified = false;
        self.names.clear();
        while let Some(attribute) = attributes.step().map_err(|error| self.syntax(error.into()))? {
            if self.names.len() >= self.limits.attributes {
                return Err(self.limit("attributes of one element", self.limits.attributes));
            }
            let name = (attribute.prefix, attribute.local);
            if self.names.contains(&name) {
                return Err(self.syntax("an attribute given twice".into()));
            }
            self.names.push(name);
            let value = attribute.value().map_err(|error| self.syntax(error))?;
            let Some(prefix) = attribute.declares() else {
                qualified |= !attribute.prefix.is_empty();
                continue;
            };
            if prefix == "xmlns"
                || value == XMLNS_NAMESPACE
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
        if qualified { self.distinct() } else { Ok(()) }
    }

    /// Two prefixes of one namespace can give the same attribute twice; and each must be declared.
    fn distinct(&self) -> Result<(), Error> {
        let qualified = |prefix: &str| !prefix.is_empty() && prefix != "xmlns";
        for (index, (prefix, local)) in self.names.iter().enumerate().filter(|(_, name)| qualified(name.0)) {
            let uri = self.namespace(prefix).ok_or_else(|| self.undeclared(prefix))?;
            let mut before = self.names[..index].iter().filter(|name| qualified(name.0) && name.1 == *local);
            if before.any(|name| self.namespace(name.0) == Some(uri)) {
                return Err(self.syntax("an attribute given twice".into()));
            }
        }
        Ok(())
    }

    fn bounded(&self, length: usize) -> Result<(), Error> {
        if length > self.limits.text { Err(self.limit("bytes of text", self.limits.text)) } else { Ok(()) }
    }

    #[cold]
    fn limit(&self, what: &'static str, limit: usize) -> Error {
        Error::new(ErrorKind::Limit { what, limit }, self.start)
    }

    #[cold]
    fn undeclared(&self, prefix: &str) -> Error {
        Error::new(ErrorKind::UnknownPrefix(prefix.to_owned()), self.start)
    }

    #[cold]
    fn syntax(&self, what: String) -> Error {
        Error::new(ErrorKind::Syntax(what), self.start)
    }
}

/// The encoding whose first bytes these are, if it is one people save XML in and not UTF-8.
fn foreign_encoding(document: &[u8]) -> Option<&'static str> {
    match document {
        [0xFF, 0xFE, 0, 0, ..] | [0, 0, 0xFE, 0xFF, ..] | [b'<', 0, 0, 0, ..] | [0, 0, 0, b'<', ..] => Some("UTF-32"),
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] | [b'<', 0, ..] | [0, b'<', ..] => Some("UTF-16"),
        _ => None,
    }
}
