//! The scanner's tokens with their namespaces resolved and *Namespaces in XML 1.0* enforced.

use std::borrow::Cow;
use std::ops::Range;

use gis_gkh_xml::{Error, ErrorKind, Limits};

use super::scan::{Attribute, Name, Scanner, Token, limit};
use super::scope::{NO_PREFIX, NO_URI, PrefixId, Scope, UriId, XML_PREFIX, XMLNS_PREFIX};
use super::text;

/// What an attribute of the current tag is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Resolved {
    /// The prefix used, or the prefix declared when `declares`.
    pub(crate) prefix: PrefixId,
    pub(crate) uri: UriId,
    /// A namespace declaration, not an attribute in the sense of the data model.
    pub(crate) declares: bool,
}

/// An attribute with prefix `xml` of an open element: inclusive canonicalisation of a descendant inherits it.
#[derive(Debug, Clone)]
pub(crate) struct Inherited {
    pub(crate) depth: usize,
    pub(crate) name: Name,
    pub(crate) value: Range<usize>,
}

/// Reads a document token by token.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    scanner: Scanner<'a>,
    scope: Scope<'a>,
    resolved: Vec<Resolved>,
    /// Prefix and namespace of the element whose start tag was read last.
    element: (PrefixId, UriId),
    xml_attributes: Vec<Inherited>,
    order: Vec<u32>,
    namespaces: usize,
    ended: bool,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8], limits: &Limits) -> Result<Self, Error> {
        Ok(Self {
            scanner: Scanner::new(bytes, limits)?,
            scope: Scope::new(),
            resolved: Vec::new(),
            element: (NO_PREFIX, NO_URI),
            xml_attributes: Vec::new(),
            order: Vec::new(),
            namespaces: limits.namespaces,
            ended: false,
        })
    }

    #[inline]
    pub(crate) fn bytes(&self) -> &'a [u8] {
        self.scanner.bytes
    }

    /// Where the last token lies; see [`Token`].
    #[inline]
    pub(crate) fn span(&self) -> Range<usize> {
        self.scanner.span()
    }

    /// Name of the last tag or processing instruction.
    #[inline]
    pub(crate) fn name(&self) -> Name {
        self.scanner.name()
    }

    /// Local name of the last tag.
    #[inline]
    pub(crate) fn local(&self) -> &'a [u8] {
        self.name().local(self.bytes())
    }

    /// Whether the last token is written as the canonical form writes it; of a start tag this says nothing of the order of
    /// its attributes and of its namespaces.
    #[inline]
    pub(crate) fn tidy(&self) -> bool {
        self.scanner.tidy()
    }

    /// Open elements; an element counts itself from its start tag until its end tag has been read.
    #[inline]
    pub(crate) fn depth(&self) -> usize {
        self.scanner.depth()
    }

    #[inline]
    pub(crate) fn scope(&self) -> &Scope<'a> {
        &self.scope
    }

    /// Prefix and namespace of the element whose start tag was read last.
    #[inline]
    pub(crate) fn element(&self) -> (PrefixId, UriId) {
        self.element
    }

    /// Namespace name of the element whose start tag was read last.
    pub(crate) fn element_uri(&self) -> &[u8] {
        self.scope.uri_name(self.element.1)
    }

    /// Attributes of the start tag read last, in the order written.
    #[inline]
    pub(crate) fn attributes(&self) -> (&[Attribute], &[Resolved]) {
        (self.scanner.attributes(), &self.resolved)
    }

    /// Value of an attribute without a prefix, decoded.
    pub(crate) fn attribute(&self, local: &[u8]) -> Option<Cow<'a, [u8]>> {
        let bytes = self.bytes();
        let found = self.scanner.attributes().iter().find(|attribute| attribute.name.qualified(bytes) == local)?;
        Some(text::decode(&bytes[found.value.clone()], true))
    }

    /// The attributes without a prefix, declarations aside, as (name, decoded value).
    pub(crate) fn plain_attributes(&self) -> impl Iterator<Item = (&'a [u8], Cow<'a, [u8]>)> + '_ {
        let bytes = self.bytes();
        let attributes = self.scanner.attributes().iter().zip(&self.resolved);
        attributes.filter(|(_, resolved)| !resolved.declares && resolved.prefix == NO_PREFIX).map(
            move |(attribute, _)| (attribute.name.local(bytes), text::decode(&bytes[attribute.value.clone()], true)),
        )
    }

    /// Values of all attributes that some reader or other may take for an identifier: `Id`, `ID`, `xml:id`, `wsu:Id` …
    pub(crate) fn values_of_any_id(&self) -> impl Iterator<Item = Cow<'a, [u8]>> + '_ {
        let bytes = self.bytes();
        let attributes = self.scanner.attributes().iter().zip(&self.resolved);
        attributes
            .filter(move |(attribute, resolved)| {
                !resolved.declares && attribute.name.local(bytes).eq_ignore_ascii_case(b"id")
            })
            .map(move |(attribute, _)| text::decode(&bytes[attribute.value.clone()], true))
    }

    /// `xml:*` attributes of open elements, outermost first.
    pub(crate) fn xml_attributes(&self) -> &[Inherited] {
        &self.xml_attributes
    }

    /// The next token. The scope of an element lasts until the token behind its end is asked for.
    #[inline]
    pub(crate) fn next(&mut self) -> Result<Token, Error> {
        if self.ended {
            self.ended = false;
            self.scope.leave();
        }
        let token = self.scanner.next()?;
        match token {
            Token::Start => self.open()?,
            Token::End => {
                self.ended = true;
                let depth = self.depth();
                while self.xml_attributes.last().is_some_and(|attribute| attribute.depth > depth) {
                    self.xml_attributes.pop();
                }
            }
            _ => {}
        }
        Ok(token)
    }

    /// Reads on to the end of the element whose start tag was read last.
    pub(crate) fn skip(&mut self) -> Result<(), Error> {
        let depth = self.depth();
        while !(self.next()? == Token::End && self.depth() < depth) {}
        Ok(())
    }

    #[inline]
    fn open(&mut self) -> Result<(), Error> {
        self.scope.enter();
        self.resolved.clear();
        if !self.scanner.attributes().is_empty() {
            self.declare()?;
        }
        let bytes = self.bytes();
        let name = self.name();
        let prefix = if name.has_prefix() { self.scope.prefix(name.prefix(bytes)) } else { NO_PREFIX };
        let uri = self.scope.bound(prefix);
        if uri == NO_URI && prefix != NO_PREFIX {
            return Err(unbound(name.prefix(bytes), self.span().start));
        }
        self.element = (prefix, uri);
        if self.resolved.len() > 1 {
            self.check_distinct()?;
        }
        Ok(())
    }

    fn declare(&mut self) -> Result<(), Error> {
        let bytes = self.scanner.bytes;
        for attribute in self.scanner.attributes() {
            let name = attribute.name;
            let declared = match (name.has_prefix(), name.local(bytes)) {
                (false, b"xmlns") => Some(NO_PREFIX),
                (true, local) if name.prefix(bytes) == b"xmlns" => Some(self.scope.prefix(local)),
                _ => None,
            };
            let Some(prefix) = declared else {
                let prefix = if name.has_prefix() { self.scope.prefix(name.prefix(bytes)) } else { NO_PREFIX };
                self.resolved.push(Resolved { prefix, uri: NO_URI, declares: false });
                continue;
            };
            let at = attribute.value.start;
            let uri = text::decode(&bytes[attribute.value.clone()], true);
            let forbidden = |rule: &str| Err(Error::new(ErrorKind::Syntax(rule.into()), at));
            if prefix == XMLNS_PREFIX || *uri == *b"http://www.w3.org/2000/xmlns/" {
                return forbidden("the prefix xmlns and its namespace may not be declared");
            }
            if (prefix == XML_PREFIX) != (*uri == *gis_gkh_xml::events::XML_NAMESPACE.as_bytes()) {
                return forbidden("the prefix xml and its namespace belong to each other");
            }
            if uri.is_empty() && prefix != NO_PREFIX {
                return forbidden("a prefix may not be undeclared");
            }
            // Canonical XML 1.0 §1.3: a relative namespace name is an error.
            if !uri.is_empty() && !is_absolute(&uri) {
                return forbidden("a namespace name that is not an absolute URI");
            }
            if self.scope.declared().iter().any(|&(other, _)| other == prefix) {
                return forbidden("an attribute given twice");
            }
            if self.scope.declarations() >= self.namespaces {
                return Err(limit("namespace declarations in scope", self.namespaces, at));
            }
            self.resolved.push(Resolved { prefix, uri: NO_URI, declares: true });
            self.scope.bind(prefix, uri);
        }
        for (attribute, resolved) in self.scanner.attributes().iter().zip(&mut self.resolved) {
            if resolved.prefix == NO_PREFIX || resolved.declares {
                continue;
            }
            resolved.uri = self.scope.bound(resolved.prefix);
            if resolved.uri == NO_URI {
                return Err(unbound(attribute.name.prefix(bytes), attribute.value.start));
            }
            if resolved.prefix == XML_PREFIX {
                let (name, value) = (attribute.name, attribute.value.clone());
                self.xml_attributes.push(Inherited { depth: self.scanner.depth(), name, value });
            }
        }
        Ok(())
    }

    /// No two attributes of the current tag have the same namespace and local name.
    fn check_distinct(&mut self) -> Result<(), Error> {
        let bytes = self.scanner.bytes;
        let attributes = self.scanner.attributes();
        let key = |at: u32| {
            let at = at as usize;
            (self.resolved[at].uri, attributes[at].name.local(bytes))
        };
        self.order.clear();
        self.order.extend((0..).zip(&self.resolved).filter(|(_, resolved)| !resolved.declares).map(|(at, _)| at));
        self.order.sort_unstable_by(|&a, &b| key(a).cmp(&key(b)));
        if self.order.windows(2).any(|pair| key(pair[0]) == key(pair[1])) {
            return Err(Error::new(ErrorKind::Syntax("an attribute given twice".into()), self.span().start));
        }
        Ok(())
    }
}

/// Whether a URI begins with a scheme.
fn is_absolute(uri: &[u8]) -> bool {
    let scheme = uri.iter().position(|byte| !byte.is_ascii_alphanumeric() && !b"+-.".contains(byte));
    scheme.is_some_and(|end| end > 0 && uri[end] == b':')
}

#[cold]
fn unbound(prefix: &[u8], offset: usize) -> Error {
    Error::new(ErrorKind::UnknownPrefix(String::from_utf8_lossy(prefix).into_owned()), offset)
}
