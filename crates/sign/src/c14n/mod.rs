//! Canonical XML: [Canonical XML 1.0](https://www.w3.org/TR/2001/REC-xml-c14n-20010315) and
//! [Exclusive XML Canonicalization 1.0](https://www.w3.org/TR/2002/REC-xml-exc-c14n-20020718/), both without comments.
//!
//! The octets go to a sink as they are found, no tree is built. An element is canonicalised *in place*: with the
//! namespaces and `xml:*` attributes its real ancestors give it, which a fragment cut out would lose. Input that is
//! canonical already is passed on unchanged, in large pieces.

mod canonical;
mod reader;
mod scan;
mod scope;
mod text;

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use gis_gkh_xml::{Error, ErrorKind, Limits};

pub(crate) use canonical::{Canonicalizer, Sink};
pub(crate) use reader::Reader;
pub(crate) use scan::Token;

/// A canonicalisation algorithm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    /// Canonical XML 1.0, without comments.
    Inclusive,
    /// Exclusive Canonical XML 1.0, without comments and without an `InclusiveNamespaces` list.
    Exclusive,
}

/// An algorithm name this crate does not canonicalise by.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MethodError {
    /// A variant that keeps comments: nobody signs messages of ГИС ЖКХ so, and comments are where forgeries hide.
    #[error("canonicalisation with comments (`{0}`) is refused; use the variant without")]
    WithComments(&'static str),
    /// Canonical XML 1.1, 2.0, or something else.
    #[error("canonicalisation algorithm `{0}` is not known here; use inclusive C14N 1.0 or exclusive C14N 1.0")]
    Unknown(String),
}

impl Method {
    /// The algorithm's identifier in `Algorithm` attributes.
    pub fn uri(self) -> &'static str {
        match self {
            Self::Inclusive => "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
            Self::Exclusive => "http://www.w3.org/2001/10/xml-exc-c14n#",
        }
    }

    /// The algorithm of an `Algorithm` attribute.
    ///
    /// # Errors
    /// A variant with comments, by its name, or any other algorithm.
    pub fn from_uri(uri: &str) -> Result<Self, MethodError> {
        const WITH_COMMENTS: [&str; 2] = [
            "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments",
            "http://www.w3.org/2001/10/xml-exc-c14n#WithComments",
        ];
        match [Self::Inclusive, Self::Exclusive].into_iter().find(|method| method.uri() == uri) {
            Some(method) => Ok(method),
            None => Err(match WITH_COMMENTS.into_iter().find(|known| *known == uri) {
                Some(known) => MethodError::WithComments(known),
                None => MethodError::Unknown(uri.chars().take(128).collect()),
            }),
        }
    }
}

/// Canonicalises a whole document, feeding the octets to `sink` piece by piece.
///
/// # Errors
/// A document that is not well-formed, has a DOCTYPE or a relative namespace name, or exceeds `limits`. The sink may
/// have been given octets by then; they are worth nothing.
pub fn document(document: &[u8], method: Method, limits: &Limits, sink: impl FnMut(&[u8])) -> Result<(), Error> {
    let mut reader = Reader::new(document, limits)?;
    let mut canonical = Canonicalizer::new(document, method, sink);
    loop {
        let token = reader.next()?;
        if token == Token::Eof {
            canonical.finish();
            return Ok(());
        }
        canonical.token(&reader, token);
    }
}

/// Canonicalises one element in place, feeding the octets to `sink` piece by piece.
///
/// `start` is the offset of the element's `<`. `omit` is that of a descendant to leave out with everything in it; what
/// stands before and behind it stays, white space included (the enveloped-signature transform). Reading stops behind the
/// element: what follows is not looked at, so a document that is still being written will do.
///
/// # Errors
/// As for [`document`](fn@document), for what had to be read; also when no element starts at `start`, or none inside it
/// at `omit`.
pub fn element(
    document: &[u8],
    start: usize,
    omit: Option<usize>,
    method: Method,
    limits: &Limits,
    sink: impl FnMut(&[u8]),
) -> Result<(), Error> {
    let mut reader = Reader::new(document, limits)?;
    let mut canonical = Canonicalizer::new(document, method, sink);
    let missing = |at| Error::new(ErrorKind::Syntax("no element starts here".into()), at);
    if let Some(omit) = omit.filter(|&omit| omit <= start) {
        return Err(missing(omit));
    }
    loop {
        match reader.next()? {
            Token::Start if reader.span().start == start => break,
            Token::Start if reader.span().start > start => return Err(missing(start)),
            Token::Eof => return Err(missing(start)),
            _ => {}
        }
    }
    let apex = reader.depth();
    canonical.token(&reader, Token::Start);
    let mut omitted = false;
    loop {
        let token = reader.next()?;
        if token == Token::Start && Some(reader.span().start) == omit {
            omitted = true;
            reader.skip()?;
            continue;
        }
        canonical.token(&reader, token);
        if token == Token::End && reader.depth() < apex {
            if let Some(omit) = omit.filter(|_| !omitted) {
                return Err(missing(omit));
            }
            canonical.finish();
            return Ok(());
        }
    }
}

/// Collects what one of the functions of this module gives its sink.
///
/// # Errors
/// Those of the function.
pub fn collect(canonicalize: impl FnOnce(&mut dyn FnMut(&[u8])) -> Result<(), Error>) -> Result<Vec<u8>, Error> {
    let mut octets = Vec::new();
    canonicalize(&mut |piece| octets.extend_from_slice(piece))?;
    Ok(octets)
}

/// Writes characters as canonical character data.
pub(crate) fn escape_into(characters: &str, out: &mut String) {
    for character in characters.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\r' => out.push_str("&#xD;"),
            character => out.push(character),
        }
    }
}

/// The characters of raw character data: references replaced, line ends normalised.
pub(crate) fn characters(raw: &[u8]) -> Cow<'_, [u8]> {
    text::decode(raw, false)
}
