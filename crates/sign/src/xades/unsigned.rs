//! A message that is to be signed.

use std::ops::Range;

use gis_gkh_xml::Limits;

use super::error::VerifyError;
use super::message::{Seen, id_of};
use crate::c14n::{Reader, Token};

/// Why a document cannot be signed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LocateError {
    /// The document or its envelope is not as it must be.
    #[error("the message cannot be signed: {0}")]
    Message(#[from] VerifyError),
    /// It has a signature already.
    #[error("the message is signed already; sign the unsigned one, or take it as it is")]
    AlreadySigned,
    /// `<request/>`: there is no inside to put the signature into.
    #[error("the element to be signed is empty; ГИС ЖКХ has no such request")]
    Empty,
    /// The `Id` cannot be referred to.
    #[error("the Id of the element is no name of XML (a letter, then letters, digits, `-`, `_`, `.`); give it another")]
    IdNotAName,
}

impl From<gis_gkh_xml::Error> for LocateError {
    fn from(error: gis_gkh_xml::Error) -> Self {
        Self::Message(error.into())
    }
}

/// A whole message about to be signed, and where in it things are. A writer knows them as it writes; for other documents
/// there is [`Unsigned::locate`].
#[derive(Debug, Clone)]
pub struct Unsigned<'a> {
    /// The whole message: the envelope, or the request element alone.
    pub bytes: &'a [u8],
    /// Bytes of the request element.
    pub element: Range<usize>,
    /// Where the signature goes: right behind the element's start tag.
    pub slot: usize,
    /// `Id` of the element.
    pub id: &'a str,
    /// The writer's promise that the element's bytes are their own exclusive canonical form. They are hashed as they stand
    /// then. A broken promise gives a signature that [`sign_checked`](super::sign_checked) refuses to release.
    pub canonical: bool,
}

impl<'a> Unsigned<'a> {
    /// Finds the element in any document: the only child of the Body, or the document element when there is no envelope.
    ///
    /// # Errors
    /// A document that is not well-formed, has a DOCTYPE or exceeds the limits, another envelope than SOAP 1.1, an `Id` that
    /// is missing, not a name, or given twice, or a signature already there.
    pub fn locate(bytes: &'a [u8], limits: &Limits) -> Result<Self, LocateError> {
        if bytes.starts_with(b"\xEF\xBB\xBF") {
            return Err(VerifyError::ByteOrderMark.into());
        }
        let mut reader = Reader::new(bytes, limits)?;
        let mut seen = Seen::default();
        seen.find_element(&mut reader)?;
        let tag = reader.span();
        let id = id_of(&reader)?;
        let depth = reader.depth();
        let end = loop {
            match reader.next()? {
                Token::Start => seen.note(&reader)?,
                Token::End if reader.depth() < depth => break reader.span(),
                _ => {}
            }
        };
        seen.finish(&mut reader)?;
        if seen.signatures > 0 {
            return Err(LocateError::AlreadySigned);
        }
        if end.is_empty() {
            return Err(LocateError::Empty);
        }
        let id = id_in(bytes, tag.clone(), &id).ok_or(LocateError::IdNotAName)?;
        Ok(Self { bytes, element: tag.start..end.end, slot: tag.end, id, canonical: false })
    }
}

/// The `Id` as it stands in the start tag: a name has no character that would be written otherwise.
fn id_in<'a>(bytes: &'a [u8], tag: Range<usize>, id: &str) -> Option<&'a str> {
    let tag = std::str::from_utf8(bytes.get(tag)?).ok()?;
    if !is_name(id) {
        return None;
    }
    tag.find(&format!("\"{id}\"")).or_else(|| tag.find(&format!("'{id}'"))).map(|at| &tag[at + 1..at + 1 + id.len()])
}

/// Whether this is a plain name that a reference may lead to.
pub(super) fn is_name(id: &str) -> bool {
    let mut characters = id.chars();
    characters.next().is_some_and(|first| first.is_alphabetic() || first == '_')
        && characters.all(|character| character.is_alphanumeric() || matches!(character, '-' | '_' | '.'))
}
