//! Turns tokens into canonical octets. What is canonical already is passed on as the bytes it is made of.

use std::ops::Range;

use super::Method;
use super::reader::{Reader, Resolved};
use super::scan::{Attribute, Token};
use super::scope::{NO_PREFIX, NO_URI, PrefixId, UriId, XML_PREFIX};
use super::text;

/// Bytes gathered before they are handed to the sink.
const CHUNK: usize = 16 << 10;

/// Where canonical octets go: a closure, or something that must be told more than octets.
pub(crate) trait Sink {
    fn octets(&mut self, octets: &[u8]);
}

impl<F: FnMut(&[u8])> Sink for F {
    fn octets(&mut self, octets: &[u8]) {
        self(octets);
    }
}

/// Canonical octets of the tokens given to it: of a document, or of the element whose start tag comes first.
pub(crate) struct Canonicalizer<'a, S: Sink> {
    method: Method,
    input: &'a [u8],
    sink: S,
    /// Rewritten octets not yet handed on.
    out: Vec<u8>,
    /// Input not yet handed on, which comes behind `out`.
    unchanged: Range<usize>,
    /// Namespace written for each prefix by the closest element that wrote one.
    written: Vec<UriId>,
    hidden: Vec<(PrefixId, UriId)>,
    marks: Vec<usize>,
    /// Outside the document element: which line end a processing instruction gets.
    root_ended: bool,
    render: Vec<PrefixId>,
    order: Vec<u32>,
}

impl<'a, S: Sink> Canonicalizer<'a, S> {
    pub(crate) fn new(input: &'a [u8], method: Method, sink: S) -> Self {
        Self {
            method,
            input,
            sink,
            out: Vec::with_capacity(CHUNK + CHUNK / 4),
            unchanged: 0..0,
            written: Vec::new(),
            hidden: Vec::new(),
            marks: Vec::new(),
            root_ended: false,
            render: Vec::new(),
            order: Vec::new(),
        }
    }

    /// The sink, for whoever needs to tell it more than octets.
    pub(crate) fn sink(&mut self) -> &mut S {
        &mut self.sink
    }

    /// The sink back.
    pub(crate) fn into_sink(self) -> S {
        self.sink
    }

    /// Takes the token the reader has just given.
    #[inline]
    pub(crate) fn token(&mut self, reader: &Reader<'a>, token: Token) {
        match token {
            Token::Start => self.start(reader),
            Token::End => self.end(reader),
            Token::Text if self.marks.is_empty() => {}
            Token::Text if reader.tidy() => self.pass(reader.span()),
            Token::Text | Token::CData => {
                self.settle();
                text::write_text(&self.input[reader.span()], token == Token::Text, &mut self.out);
            }
            Token::Instruction => self.instruction(reader),
            Token::Comment | Token::Eof => {}
        }
    }

    /// Hands on what is still held back.
    pub(crate) fn finish(&mut self) {
        self.settle();
        self.flush();
    }

    /// Passes input on as it stands.
    #[inline]
    fn pass(&mut self, span: Range<usize>) {
        if span.start == self.unchanged.end && self.unchanged.len() < 4 * CHUNK {
            self.unchanged.end = span.end;
        } else {
            self.settle();
            self.unchanged = span;
        }
    }

    /// Hands on unchanged input, so that `out` may be added to.
    fn settle(&mut self) {
        if self.unchanged.len() > 512 {
            self.flush();
            self.sink.octets(&self.input[self.unchanged.clone()]);
        } else {
            self.out.extend_from_slice(&self.input[self.unchanged.clone()]);
            if self.out.len() >= CHUNK {
                self.flush();
            }
        }
        self.unchanged = 0..0;
    }

    fn flush(&mut self) {
        if !self.out.is_empty() {
            self.sink.octets(&self.out);
            self.out.clear();
        }
    }

    #[inline]
    fn written(&self, prefix: PrefixId) -> UriId {
        self.written.get(prefix as usize).copied().unwrap_or(NO_URI)
    }

    /// Writes the prefix's declaration on the current element if the octets so far do not say the same already.
    #[inline]
    fn want(&mut self, reader: &Reader<'a>, prefix: PrefixId) {
        let uri = reader.scope().bound(prefix);
        let before = self.written(prefix);
        if before == uri || prefix == XML_PREFIX {
            return;
        }
        if prefix as usize >= self.written.len() {
            self.written.resize(prefix as usize + 1, NO_URI);
        }
        self.hidden.push((prefix, before));
        self.written[prefix as usize] = uri;
        self.render.push(prefix);
    }

    #[inline]
    fn start(&mut self, reader: &Reader<'a>) {
        let apex = self.marks.is_empty();
        self.marks.push(self.hidden.len());
        let (attributes, resolved) = reader.attributes();
        let (prefix, uri) = reader.element();
        let settled = match self.method {
            Method::Exclusive => self.written(prefix) == uri || prefix == XML_PREFIX,
            Method::Inclusive => !apex,
        };
        if settled && attributes.is_empty() {
            if reader.tidy() {
                self.pass(reader.span());
            } else {
                self.settle();
                self.out.push(b'<');
                self.out.extend_from_slice(reader.name().qualified(self.input));
                self.out.push(b'>');
            }
            return;
        }
        self.render.clear();
        match self.method {
            Method::Exclusive => {
                self.want(reader, prefix);
                for attribute in resolved {
                    if !attribute.declares && attribute.prefix != NO_PREFIX {
                        self.want(reader, attribute.prefix);
                    }
                }
            }
            Method::Inclusive if apex => {
                for prefix in reader.scope().all_bound() {
                    self.want(reader, prefix);
                }
            }
            Method::Inclusive => {
                for attribute in resolved.iter().filter(|attribute| attribute.declares) {
                    self.want(reader, attribute.prefix);
                }
            }
        }
        if self.render.len() > 1 {
            self.render.sort_unstable_by(|&a, &b| reader.scope().prefix_name(a).cmp(reader.scope().prefix_name(b)));
        }
        let inherited = if apex && self.method == Method::Inclusive { inherited(reader) } else { Vec::new() };
        if reader.tidy() && inherited.is_empty() && self.stands(reader, attributes, resolved) {
            self.pass(reader.span());
        } else {
            self.settle();
            self.rewrite(reader, attributes, resolved, &inherited);
        }
    }

    /// Whether declarations and attributes stand in the tag as the canonical form orders them.
    fn stands(&self, reader: &Reader<'a>, attributes: &[Attribute], resolved: &[Resolved]) -> bool {
        let declared = self.render.len();
        if resolved.len() < declared
            || !resolved
                .iter()
                .zip(&self.render)
                .all(|(attribute, &prefix)| attribute.declares && attribute.prefix == prefix)
        {
            return false;
        }
        let rest = &resolved[declared..];
        if rest.iter().any(|attribute| attribute.declares) {
            return false;
        }
        (declared + 1..resolved.len())
            .all(|at| key(reader, attributes, resolved, at - 1) <= key(reader, attributes, resolved, at))
    }

    fn rewrite(
        &mut self,
        reader: &Reader<'a>,
        attributes: &[Attribute],
        resolved: &[Resolved],
        inherited: &[(&'a [u8], &'a [u8], Range<usize>)],
    ) {
        let (input, out) = (self.input, &mut self.out);
        out.push(b'<');
        out.extend_from_slice(reader.name().qualified(input));
        for &prefix in &self.render {
            out.extend_from_slice(b" xmlns");
            if prefix != NO_PREFIX {
                out.push(b':');
                out.extend_from_slice(reader.scope().prefix_name(prefix));
            }
            out.extend_from_slice(b"=\"");
            text::write_value(reader.scope().uri_name(reader.scope().bound(prefix)), out);
            out.push(b'"');
        }
        self.order.clear();
        self.order.extend((0..).zip(resolved).filter(|(_, attribute)| !attribute.declares).map(|(at, _)| at));
        self.order.sort_unstable_by(|&a, &b| {
            key(reader, attributes, resolved, a as usize).cmp(&key(reader, attributes, resolved, b as usize))
        });
        let xml = gis_gkh_xml::events::XML_NAMESPACE.as_bytes();
        let mut inherited = inherited.iter().peekable();
        for &at in &self.order {
            let own = key(reader, attributes, resolved, at as usize);
            while let Some((name, _, value)) = inherited.next_if(|(_, local, _)| (xml, *local) < own) {
                attribute(name, &input[value.clone()], false, out);
            }
            let own = &attributes[at as usize];
            attribute(own.name.qualified(input), &input[own.value.clone()], own.plain, out);
        }
        for (name, _, value) in inherited {
            attribute(name, &input[value.clone()], false, out);
        }
        out.push(b'>');
    }

    #[inline]
    fn end(&mut self, reader: &Reader<'a>) {
        let mark = self.marks.pop().unwrap_or(0);
        while self.hidden.len() > mark {
            if let Some((prefix, uri)) = self.hidden.pop() {
                self.written[prefix as usize] = uri;
            }
        }
        if reader.tidy() {
            self.pass(reader.span());
        } else {
            self.settle();
            self.out.extend_from_slice(b"</");
            self.out.extend_from_slice(reader.name().qualified(self.input));
            self.out.push(b'>');
        }
        self.root_ended = self.marks.is_empty();
    }

    fn instruction(&mut self, reader: &Reader<'a>) {
        self.settle();
        if self.marks.is_empty() && self.root_ended {
            self.out.push(b'\n');
        }
        self.out.extend_from_slice(b"<?");
        self.out.extend_from_slice(reader.name().qualified(self.input));
        let data = &self.input[reader.span()];
        if !data.is_empty() {
            self.out.push(b' ');
            text::write_line_ends(data, &mut self.out);
        }
        self.out.extend_from_slice(b"?>");
        if self.marks.is_empty() && !self.root_ended {
            self.out.push(b'\n');
        }
    }
}

/// What attributes are ordered by: namespace name, then local name.
fn key<'r>(reader: &'r Reader<'_>, attributes: &[Attribute], resolved: &[Resolved], at: usize) -> (&'r [u8], &'r [u8]) {
    (reader.scope().uri_name(resolved[at].uri), attributes[at].name.local(reader.bytes()))
}

fn attribute(name: &[u8], value: &[u8], plain: bool, out: &mut Vec<u8>) {
    out.push(b' ');
    out.extend_from_slice(name);
    out.extend_from_slice(b"=\"");
    if plain {
        out.extend_from_slice(value);
    } else {
        text::write_value(&text::decode(value, true), out);
    }
    out.push(b'"');
}

/// Canonical XML 1.0 §2.4: the `xml:*` attributes of ancestors that the apex does not have itself, the closest of each
/// name, as (qualified name, local name, value), ordered by local name.
fn inherited<'a>(reader: &Reader<'a>) -> Vec<(&'a [u8], &'a [u8], Range<usize>)> {
    let bytes = reader.bytes();
    let mut found: Vec<(&[u8], &[u8], Range<usize>)> = Vec::new();
    let own = |local: &[u8]| {
        reader.xml_attributes().iter().any(|own| own.depth == reader.depth() && own.name.local(bytes) == local)
    };
    for ancestor in reader.xml_attributes().iter().rev().filter(|attribute| attribute.depth < reader.depth()) {
        let local = ancestor.name.local(bytes);
        if !own(local) && !found.iter().any(|(_, other, _)| *other == local) {
            found.push((ancestor.name.qualified(bytes), local, ancestor.value.clone()));
        }
    }
    found.sort_unstable_by_key(|(_, local, _)| *local);
    found
}
