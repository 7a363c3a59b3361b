//! The place a reading has reached, as a line of text.
//!
//! `1 debts.exportDebt request=9c2f… pages=3 total=- anchor=… next=…`: the form's version, the operation, a fingerprint of
//! the request, and the state of the reading. `-` is none; `next` is a cursor, `start` or `end`.

use std::fmt::Display;
use std::str::FromStr;

use gis_gkh_xml::Versions;

use super::Paged;
use crate::contract::NAMESPACES;
use crate::operation::Operation;

/// Version of the form.
const FORM: &str = "1";

/// Why a reading cannot go on from a bookmark.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BookmarkError {
    /// The text is no bookmark, or one of a later version of this library.
    #[error("the bookmark cannot be read: {0}; begin the reading again")]
    Malformed(&'static str),
    /// It was made by a reading of another operation.
    #[error("the bookmark is of {found}, not of {expected}; resume with the request it was made for")]
    OtherOperation {
        /// The operation of the request.
        expected: String,
        /// The operation of the bookmark.
        found: String,
    },
    /// It was made by a reading with other conditions, so its place means nothing here.
    #[error(
        "the bookmark was made for a request with other conditions; resume with the same ones, or begin the reading again"
    )]
    OtherRequest,
}

/// What a bookmark holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bookmark<C> {
    pub(super) pages: u64,
    pub(super) total: Option<u64>,
    pub(super) anchor: Option<C>,
    pub(super) place: Place<C>,
}

/// How far a reading has got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place<C> {
    Start,
    At(C),
    End,
}

impl<C: Display + FromStr> Bookmark<C> {
    pub(super) fn write(&self, operation: &Operation, fingerprint: u64) -> String {
        let next = match &self.place {
            Place::Start => "start".to_owned(),
            Place::At(cursor) => cursor.to_string(),
            Place::End => "end".to_owned(),
        };
        format!(
            "{FORM} {} request={fingerprint:016x} pages={} total={} anchor={} next={next}",
            name(operation),
            self.pages,
            or_dash(self.total.as_ref()),
            or_dash(self.anchor.as_ref()),
        )
    }

    pub(super) fn read(text: &str, operation: &Operation, fingerprint: u64) -> Result<Self, BookmarkError> {
        let mut words = text.split_ascii_whitespace();
        if words.next() != Some(FORM) {
            return Err(BookmarkError::Malformed("its version is unknown"));
        }
        let found = words.next().ok_or(BookmarkError::Malformed("it names no operation"))?;
        if found != name(operation) {
            let found = found.chars().take(100).collect();
            return Err(BookmarkError::OtherOperation { expected: name(operation), found });
        }
        let mut field = |name: &'static str| {
            let word = words.next().and_then(|word| word.strip_prefix(name)?.strip_prefix('='));
            word.ok_or(BookmarkError::Malformed("a part of it is missing"))
        };
        if field("request")? != format!("{fingerprint:016x}") {
            return Err(BookmarkError::OtherRequest);
        }
        let pages = field("pages")?.parse().map_err(|_| BookmarkError::Malformed("the number of pages is none"))?;
        let total = unless_dash(field("total")?, "the total is no number")?;
        let anchor = unless_dash(field("anchor")?, "the anchor is no cursor")?;
        let place = match field("next")? {
            "start" => Place::Start,
            "end" => Place::End,
            cursor => Place::At(cursor.parse().map_err(|_| BookmarkError::Malformed("the cursor is none"))?),
        };
        match words.next() {
            None => Ok(Self { pages, total, anchor, place }),
            Some(_) => Err(BookmarkError::Malformed("something follows it")),
        }
    }
}

fn name(operation: &Operation) -> String {
    format!("{}.{}", operation.service, operation.name)
}

fn or_dash(value: Option<&impl Display>) -> String {
    value.map_or_else(|| "-".to_owned(), ToString::to_string)
}

fn unless_dash<T: FromStr>(text: &str, why: &'static str) -> Result<Option<T>, BookmarkError> {
    match text {
        "-" => Ok(None),
        text => text.parse().map(Some).map_err(|_| BookmarkError::Malformed(why)),
    }
}

/// Tells requests apart: a cursor means something only with the conditions it was given for. FNV-1a of the request's
/// canonical form, against mistakes, not against an adversary.
pub(super) fn fingerprint<R: Paged>(request: &R) -> u64 {
    let first = request.at(None);
    let text = first.as_ref().unwrap_or(request).to_xml(NAMESPACES, &Versions::new());
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
