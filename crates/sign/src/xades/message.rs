//! Where in a document the element lies that is signed, or is to be: the only child of the Body, or the document element
//! itself when there is no envelope. Also what must hold everywhere: every `Id` once, one signature at most.

use std::borrow::Cow;
use std::collections::HashMap;

use super::error::VerifyError;
use super::profile::{DS, SOAP};
use crate::c14n::{Reader, Token};

/// `Id`s a message may have.
const MOST_IDS: usize = 10_000;

/// What was met on the way.
#[derive(Debug, Default)]
pub(super) struct Seen<'a> {
    ids: HashMap<Cow<'a, [u8]>, ()>,
    /// `ds:Signature` elements.
    pub(super) signatures: usize,
}

impl<'a> Seen<'a> {
    /// Takes note of an element's start tag.
    #[inline]
    pub(super) fn note(&mut self, reader: &Reader<'a>) -> Result<(), VerifyError> {
        if reader.local() == b"Signature" && reader.element_uri() == DS.as_bytes() {
            self.signatures += 1;
        }
        if reader.attributes().0.is_empty() {
            return Ok(());
        }
        for id in reader.values_of_any_id() {
            if self.ids.len() >= MOST_IDS {
                return Err(VerifyError::TooManyIds(MOST_IDS));
            }
            let shown = String::from_utf8_lossy(&id).chars().take(64).collect();
            if self.ids.insert(id, ()).is_some() {
                return Err(VerifyError::DuplicateId(shown));
            }
        }
        Ok(())
    }

    /// Reads on to the end of an element, taking note of all in it.
    fn skip(&mut self, reader: &mut Reader<'a>) -> Result<(), VerifyError> {
        let depth = reader.depth();
        loop {
            match reader.next()? {
                Token::Start => self.note(reader)?,
                Token::End if reader.depth() < depth => return Ok(()),
                _ => {}
            }
        }
    }

    /// Reads to the start tag of the element to be signed.
    pub(super) fn find_element(&mut self, reader: &mut Reader<'a>) -> Result<(), VerifyError> {
        // A document without an element is no document, which the reader says.
        while reader.next()? != Token::Start {}
        self.note(reader)?;
        if reader.local() != b"Envelope" {
            return Ok(());
        }
        if reader.element_uri() != SOAP.as_bytes() {
            return Err(VerifyError::Envelope("it is not of SOAP 1.1"));
        }
        let mut header = false;
        loop {
            if !self.next_child(reader)? {
                return Err(VerifyError::Envelope("there is no Body"));
            }
            let soap = reader.element_uri() == SOAP.as_bytes();
            match reader.local() {
                b"Header" if soap && !header => {
                    header = true;
                    self.skip(reader)?;
                }
                b"Body" if soap => break,
                _ => return Err(VerifyError::Envelope("something else stands in the Envelope before the Body")),
            }
        }
        if !self.next_child(reader)? {
            return Err(VerifyError::Envelope("the Body is empty"));
        }
        Ok(())
    }

    /// Reads from behind the signed element to the end of the document.
    pub(super) fn finish(&mut self, reader: &mut Reader<'a>) -> Result<(), VerifyError> {
        if reader.depth() > 0 && self.next_child(reader)? {
            return Err(VerifyError::Envelope("the Body has more than one element"));
        }
        if reader.depth() > 0 && self.next_child(reader)? {
            return Err(VerifyError::Envelope("something stands in the Envelope behind the Body"));
        }
        while reader.next()? != Token::Eof {}
        Ok(())
    }

    /// Reads to the start tag of the next child of the element the reader is in, and takes note of it; false at the
    /// element's end.
    fn next_child(&mut self, reader: &mut Reader<'a>) -> Result<bool, VerifyError> {
        loop {
            match reader.next()? {
                Token::Start => {
                    self.note(reader)?;
                    return Ok(true);
                }
                Token::End | Token::Eof => return Ok(false),
                Token::Text if reader.bytes()[reader.span()].trim_ascii().is_empty() => {}
                Token::Text | Token::CData => {
                    return Err(VerifyError::Envelope("there is text between the elements"));
                }
                Token::Instruction | Token::Comment => {}
            }
        }
    }
}

/// `Id` of the element whose start tag was read last.
pub(super) fn id_of(reader: &Reader<'_>) -> Result<String, VerifyError> {
    match reader.attribute(b"Id") {
        Some(id) if !id.is_empty() => Ok(String::from_utf8_lossy(&id).into_owned()),
        _ => Err(VerifyError::NoId),
    }
}
