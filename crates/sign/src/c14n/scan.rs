//! Splits a document into tags, text and the rest, checking well-formedness and remembering offsets instead of copying.
//!
//! A canonicaliser has to know the bytes exactly as they stand: quotes, spaces inside tags, which references were used. It
//! also marks what is canonical already (`tidy` tags, `plain` text), so that the usual message is passed on without being
//! rewritten.

use std::ops::Range;

use gis_gkh_xml::{Error, ErrorKind, Limits};

use super::text::{self, CLASS, FORBIDDEN, NAME, NAME_START, SPACE, TEXT_STOP, VALUE_STOP, is};

/// A qualified name in the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Name {
    start: usize,
    end: usize,
    /// Offset of the local part; equal to `start` when there is no prefix.
    local: usize,
}

impl Name {
    pub(crate) fn qualified<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        &bytes[self.start..self.end]
    }

    pub(crate) fn local<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        &bytes[self.local..self.end]
    }

    /// The prefix without its colon, empty when there is none.
    pub(crate) fn prefix<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        &bytes[self.start..self.local.saturating_sub(1).max(self.start)]
    }

    #[inline]
    pub(crate) fn has_prefix(&self) -> bool {
        self.local != self.start
    }
}

/// One attribute of the start tag just read.
#[derive(Debug, Clone)]
pub(crate) struct Attribute {
    pub(crate) name: Name,
    /// The value between the quotes, as written.
    pub(crate) value: Range<usize>,
    /// The value is written as the canonical form writes it.
    pub(crate) plain: bool,
}

/// What kind of piece of the document was read. Where it lies and what it is called the scanner keeps: handing that around
/// by value would cost as much as the reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Token {
    /// A start tag; an empty-element tag is a start and then an end.
    Start,
    /// An end tag; its span is empty behind an empty-element tag.
    End,
    Text,
    /// The span is that of the characters between `<![CDATA[` and `]]>`.
    CData,
    /// The name is the target, the span that of the data.
    Instruction,
    Comment,
    Eof,
}

/// Reads tokens of a whole document.
#[derive(Debug)]
pub(crate) struct Scanner<'a> {
    pub(crate) bytes: &'a [u8],
    position: usize,
    /// Where the last token lies.
    span: Range<usize>,
    /// Name of the last tag or processing instruction.
    name: Name,
    /// The last token is written as the canonical form writes it; of a start tag this says nothing of the order of its
    /// attributes and of its namespaces.
    tidy: bool,
    limits: Limits,
    open: Vec<Name>,
    attributes: Vec<Attribute>,
    pending_end: bool,
    root_seen: bool,
}

impl<'a> Scanner<'a> {
    /// # Errors
    /// When the bytes are not UTF-8 or more than the limit.
    pub(crate) fn new(bytes: &'a [u8], limits: &Limits) -> Result<Self, Error> {
        if bytes.len() > limits.total {
            return Err(limit("bytes", limits.total, limits.total));
        }
        if let Err(error) = std::str::from_utf8(bytes) {
            let valid_up_to = error.valid_up_to();
            return Err(Error::new(ErrorKind::NotUtf8 { valid_up_to }, valid_up_to));
        }
        let mut scanner = Self {
            bytes,
            position: if bytes.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 },
            span: 0..0,
            name: Name::default(),
            tidy: false,
            limits: *limits,
            open: Vec::new(),
            attributes: Vec::new(),
            pending_end: false,
            root_seen: false,
        };
        if bytes[scanner.position..].starts_with(b"<?xml")
            && bytes.get(scanner.position + 5).is_some_and(|&b| is(b, SPACE))
        {
            scanner.declaration()?;
        }
        Ok(scanner)
    }

    #[inline]
    pub(crate) fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    #[inline]
    pub(crate) fn name(&self) -> Name {
        self.name
    }

    #[inline]
    pub(crate) fn tidy(&self) -> bool {
        self.tidy
    }

    /// Attributes of the start tag read last.
    #[inline]
    pub(crate) fn attributes(&self) -> &[Attribute] {
        &self.attributes
    }

    /// How many elements are open.
    #[inline]
    pub(crate) fn depth(&self) -> usize {
        self.open.len()
    }

    /// The next token.
    #[inline]
    pub(crate) fn next(&mut self) -> Result<Token, Error> {
        if self.pending_end {
            self.pending_end = false;
            self.name = self.open.pop().unwrap_or_default();
            self.span = self.position..self.position;
            self.tidy = false;
            return Ok(Token::End);
        }
        let at = self.position;
        match (self.byte(at), self.byte(at + 1)) {
            (b'<', b'/') => self.end_tag(),
            (b'<', b'!') => self.declaration_like(),
            (b'<', b'?') => self.instruction(),
            (b'<', _) => self.start_tag(),
            _ if at >= self.bytes.len() => {
                if !self.open.is_empty() || !self.root_seen {
                    return Err(self.truncated());
                }
                Ok(Token::Eof)
            }
            _ => self.text(),
        }
    }

    #[inline(always)]
    fn byte(&self, at: usize) -> u8 {
        self.bytes.get(at).copied().unwrap_or(0)
    }

    #[cold]
    fn malformed(&self, offset: usize, rule: &'static str) -> Error {
        if offset >= self.bytes.len() { self.truncated() } else { Error::new(ErrorKind::Syntax(rule.into()), offset) }
    }

    #[cold]
    fn truncated(&self) -> Error {
        Error::new(ErrorKind::Syntax("the document ends too early".into()), self.bytes.len())
    }

    #[inline]
    fn start_tag(&mut self) -> Result<Token, Error> {
        let start = self.position;
        if self.open.is_empty() {
            if self.root_seen {
                return Err(self.malformed(start, "a second document element"));
            }
            self.root_seen = true;
        }
        if self.open.len() >= self.limits.depth {
            return Err(limit("nested elements", self.limits.depth, start));
        }
        let name = self.read_name(start + 1)?;
        let mut at = name.end;
        let mut tidy = true;
        let mut empty = false;
        self.attributes.clear();
        loop {
            let byte = self.byte(at);
            if byte == b'>' {
                at += 1;
                break;
            }
            if byte == b'/' {
                if self.byte(at + 1) != b'>' {
                    return Err(self.malformed(at + 1, "'/' inside a start tag"));
                }
                at += 2;
                (empty, tidy) = (true, false);
                break;
            }
            if !is(byte, SPACE) {
                return Err(self.malformed(at, "a tag needs a space between a name and an attribute"));
            }
            tidy &= byte == b' ';
            at += 1;
            if is(self.byte(at), SPACE) {
                tidy = false;
                while is(self.byte(at), SPACE) {
                    at += 1;
                }
            }
            if matches!(self.byte(at), b'>' | b'/') {
                tidy = false;
                continue;
            }
            if self.attributes.len() >= self.limits.attributes {
                return Err(limit("attributes of one element", self.limits.attributes, at));
            }
            let (attribute, next, neat) = self.attribute(at)?;
            tidy &= neat;
            at = next;
            self.attributes.push(attribute);
        }
        self.open.push(name);
        self.pending_end = empty;
        self.position = at;
        (self.span, self.name, self.tidy) = (start..at, name, tidy);
        Ok(Token::Start)
    }

    /// An attribute, the offset behind it, and whether it is written canonically.
    #[inline]
    fn attribute(&self, start: usize) -> Result<(Attribute, usize, bool), Error> {
        let name = self.read_name(start)?;
        let mut at = name.end;
        let mut tidy = true;
        while is(self.byte(at), SPACE) {
            (at, tidy) = (at + 1, false);
        }
        if self.byte(at) != b'=' {
            return Err(self.malformed(at, "an attribute needs '='"));
        }
        at += 1;
        while is(self.byte(at), SPACE) {
            (at, tidy) = (at + 1, false);
        }
        let quote = self.byte(at);
        if quote != b'"' && quote != b'\'' {
            return Err(self.malformed(at, "an attribute value needs quotes"));
        }
        let from = at + 1;
        let mut plain = true;
        at = from;
        loop {
            at += stop(&self.bytes[at..], VALUE_STOP);
            let byte = self.byte(at);
            if byte == quote {
                if at >= self.bytes.len() {
                    return Err(self.truncated());
                }
                break;
            }
            match byte {
                b'"' => plain = false,
                b'\'' => {}
                b'\t' | b'\n' | b'\r' => plain = false,
                b'&' => {
                    let Some((_, length)) = text::reference(&self.bytes[at..]) else {
                        return Err(self.malformed(at, "an undefined reference"));
                    };
                    plain &= text::is_canonical_in_value(&self.bytes[at..at + length]);
                    at += length - 1;
                }
                b'<' => return Err(self.malformed(at, "'<' inside an attribute value")),
                _ if text::is_noncharacter(&self.bytes[at..]) || is(byte, FORBIDDEN) => {
                    return Err(self.malformed(at, "a forbidden character"));
                }
                _ => {}
            }
            at += 1;
        }
        let attribute = Attribute { name, value: from..at, plain };
        Ok((attribute, at + 1, tidy && plain && quote == b'"'))
    }

    #[inline]
    fn end_tag(&mut self) -> Result<Token, Error> {
        let start = self.position;
        let Some(name) = self.open.pop() else {
            return Err(self.malformed(start, "an end tag without a start tag"));
        };
        let written = name.qualified(self.bytes);
        let mut at = start + 2 + written.len();
        if self.bytes.get(start + 2..at) != Some(written) {
            return Err(self.malformed(start, "an end tag that closes another element"));
        }
        let mut tidy = true;
        while is(self.byte(at), SPACE) {
            (at, tidy) = (at + 1, false);
        }
        if self.byte(at) != b'>' {
            return Err(self.malformed(at, "an end tag that closes another element"));
        }
        self.position = at + 1;
        (self.span, self.name, self.tidy) = (start..at + 1, name, tidy);
        Ok(Token::End)
    }

    #[inline]
    fn text(&mut self) -> Result<Token, Error> {
        let start = self.position;
        let mut at = start;
        let mut plain = true;
        loop {
            at += stop(&self.bytes[at..], TEXT_STOP);
            match self.byte(at) {
                b'<' => break,
                _ if at >= self.bytes.len() => break,
                b'&' => {
                    let Some((_, length)) = text::reference(&self.bytes[at..]) else {
                        return Err(self.malformed(at, "an undefined reference"));
                    };
                    plain &= text::is_canonical_in_text(&self.bytes[at..at + length]);
                    at += length - 1;
                }
                b'>' => {
                    plain = false;
                    if at >= start + 2 && &self.bytes[at - 2..at] == b"]]" {
                        return Err(self.malformed(at, "']]>' in character data"));
                    }
                }
                b'\r' => plain = false,
                byte if text::is_noncharacter(&self.bytes[at..]) || is(byte, FORBIDDEN) => {
                    return Err(self.malformed(at, "a forbidden character"));
                }
                _ => {}
            }
            at += 1;
        }
        if self.open.is_empty() && !self.bytes[start..at].iter().all(|&byte| is(byte, SPACE)) {
            return Err(self.malformed(start, "text outside the document element"));
        }
        if at - start > self.limits.text {
            return Err(limit("bytes of text", self.limits.text, start));
        }
        self.position = at;
        (self.span, self.tidy) = (start..at, plain);
        Ok(Token::Text)
    }

    /// `<!…`: a comment, a CDATA section, or a DOCTYPE, which is refused.
    #[cold]
    fn declaration_like(&mut self) -> Result<Token, Error> {
        let start = self.position;
        let rest = &self.bytes[start..];
        if rest.starts_with(b"<!--") {
            let from = start + 4;
            let length = find(&self.bytes[from..], b"--").ok_or_else(|| self.truncated())?;
            if self.byte(from + length + 2) != b'>' {
                return Err(self.malformed(from + length, "'--' inside a comment"));
            }
            self.check_characters(from..from + length)?;
            self.position = from + length + 3;
            return Ok(Token::Comment);
        }
        if rest.starts_with(b"<![CDATA[") {
            if self.open.is_empty() {
                return Err(self.malformed(start, "CDATA outside the document element"));
            }
            let from = start + 9;
            let length = find(&self.bytes[from..], b"]]>").ok_or_else(|| self.truncated())?;
            self.check_characters(from..from + length)?;
            if length > self.limits.text {
                return Err(limit("bytes of text", self.limits.text, start));
            }
            self.position = from + length + 3;
            (self.span, self.tidy) = (from..from + length, false);
            return Ok(Token::CData);
        }
        if rest.len() >= 9 && rest[..9].eq_ignore_ascii_case(b"<!DOCTYPE") {
            return Err(Error::new(ErrorKind::Doctype, start));
        }
        Err(self.malformed(start, "'<!' that begins neither a comment nor CDATA"))
    }

    #[cold]
    fn instruction(&mut self) -> Result<Token, Error> {
        let start = self.position;
        let target = self.read_name(start + 2)?;
        if target.has_prefix() {
            return Err(self.malformed(start, "a colon in the target of a processing instruction"));
        }
        if target.qualified(self.bytes).eq_ignore_ascii_case(b"xml") {
            return Err(self.malformed(start, "an XML declaration that does not stand first"));
        }
        let length = find(&self.bytes[target.end..], b"?>").ok_or_else(|| self.truncated())?;
        let end = target.end + length;
        let mut from = target.end;
        while from < end && is(self.byte(from), SPACE) {
            from += 1;
        }
        if from == target.end && from != end {
            return Err(self.malformed(from, "a processing instruction needs a space behind its target"));
        }
        self.check_characters(from..end)?;
        self.position = end + 2;
        (self.span, self.name, self.tidy) = (from..end, target, false);
        Ok(Token::Instruction)
    }

    /// The XML declaration: version 1.0, and UTF-8 if an encoding is named.
    fn declaration(&mut self) -> Result<(), Error> {
        let start = self.position;
        let length = find(&self.bytes[start..], b"?>").ok_or_else(|| self.truncated())?;
        let bad = |at| self.malformed(at, "a wrong XML declaration");
        let end = start + length;
        let (mut at, mut stage) = (start + 5, 0);
        loop {
            let spaces = at;
            while at < end && is(self.byte(at), SPACE) {
                at += 1;
            }
            if at == end {
                break;
            }
            if spaces == at {
                return Err(bad(at));
            }
            let (attribute, next, _) = self.attribute(at)?;
            if next > end {
                return Err(bad(at));
            }
            let value = &self.bytes[attribute.value.clone()];
            stage = match (attribute.name.qualified(self.bytes), stage) {
                (b"version", 0) if value == b"1.0" => 1,
                (b"encoding", 1) if value.eq_ignore_ascii_case(b"UTF-8") => 2,
                (b"encoding", 1) => return Err(self.malformed(at, "an encoding other than UTF-8")),
                (b"standalone", 1 | 2) if matches!(value, b"yes" | b"no") => 3,
                _ => return Err(bad(at)),
            };
            at = next;
        }
        if stage == 0 {
            return Err(bad(start));
        }
        self.position = end + 2;
        Ok(())
    }

    #[inline]
    fn read_name(&self, start: usize) -> Result<Name, Error> {
        let bytes = self.bytes;
        let mut at = start;
        let mut local = start;
        if !is(self.byte(at), NAME_START) {
            at = self
                .wide_name_part(at, text::is_name_start)
                .ok_or_else(|| self.malformed(start, "a name is wanted here"))?;
        }
        loop {
            at += bytes[at..].iter().position(|&byte| CLASS[byte as usize] & NAME == 0).unwrap_or(bytes.len() - at);
            match self.byte(at) {
                b':' if local == start => {
                    local = at + 1;
                    at = local;
                    if is(self.byte(at), NAME_START) {
                        at += 1;
                    } else {
                        at = self.wide_name_part(at, text::is_name_start).ok_or_else(|| {
                            self.malformed(at, "a name may not end in a colon or go on with this character")
                        })?;
                    }
                }
                b':' => return Err(self.malformed(at, "a second colon in a name")),
                0x80.. => {
                    at = self
                        .wide_name_part(at, text::is_name)
                        .ok_or_else(|| self.malformed(at, "this character may not stand in a name"))?;
                }
                _ => return Ok(Name { start, end: at, local }),
            }
        }
    }

    /// The offset behind the non-ASCII name character at `at`.
    #[cold]
    fn wide_name_part(&self, at: usize, allowed: fn(char) -> bool) -> Option<usize> {
        let rest = std::str::from_utf8(self.bytes.get(at..self.bytes.len().min(at + 4))?);
        let rest = match rest {
            Ok(rest) => rest,
            // The four bytes may cut the next character in two.
            Err(error) => std::str::from_utf8(&self.bytes[at..at + error.valid_up_to()]).ok()?,
        };
        let c = rest.chars().next()?;
        (c as u32 >= 0x80 && allowed(c)).then(|| at + c.len_utf8())
    }

    fn check_characters(&self, span: Range<usize>) -> Result<(), Error> {
        for at in span {
            if is(self.byte(at), FORBIDDEN) || self.byte(at) == 0xEF && text::is_noncharacter(&self.bytes[at..]) {
                return Err(self.malformed(at, "a forbidden character"));
            }
        }
        Ok(())
    }
}

#[cold]
pub(super) fn limit(what: &'static str, limit: usize, offset: usize) -> Error {
    Error::new(ErrorKind::Limit { what, limit }, offset)
}

/// How many bytes stand before the first one of the class.
#[inline(always)]
fn stop(bytes: &[u8], class: u8) -> usize {
    bytes.iter().position(|&byte| CLASS[byte as usize] & class != 0).unwrap_or(bytes.len())
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}
