//! The typed reader: what generated `read` functions call, one line a field, in the order of the schema.
//!
//! Two modes. *Strict* refuses whatever the contract does not have: for what we send and for the sandbox. *Tolerant* is
//! for answers: the live system is not always true to its schema, so an element or attribute the contract does not know
//! is skipped wherever it stands, and reported as [`Drift`], never silently. So is a list with fewer items than the contract
//! wants: the last page of an export may be empty. A single thing that is required is wanted in both modes.

mod attributes;
mod drift;
mod value;

use std::borrow::Cow;

pub use drift::{Drift, DriftKind};

use crate::events::{Event, Events, Tag, is_blank};
use crate::name::{Name, Namespaces, Ns};
use crate::{Error, ErrorKind, Limits, Raw};

/// How to treat what the contract does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Refuse it.
    Strict,
    /// Skip it, keep a [`Drift`].
    Tolerant,
}

/// What stands ahead in the content of the open element.
#[derive(Debug, Clone)]
enum Ahead<'a> {
    /// Not looked at yet.
    Unknown,
    /// Not looked at yet; the start tag read last is the open element's own, kept for its attributes.
    Entered(Tag<'a>),
    Start(Option<Ns>, Tag<'a>),
    End,
    Eof,
}

/// Pull reader of one document by the contract.
#[derive(Debug)]
pub struct Reader<'a> {
    events: Events<'a>,
    namespaces: Namespaces,
    mode: Mode,
    limits: Limits,
    ahead: Ahead<'a>,
    /// Open elements that a `read` function has entered: local name, and the names its type knows.
    open: Vec<(&'a str, &'static [Name])>,
    drifts: Vec<Drift>,
    drift_count: usize,
    /// Number in `namespaces` of each binding in scope, with the offset of its declaration to tell reused places apart.
    numbers: Vec<(usize, Option<Ns>)>,
}

impl<'a> Reader<'a> {
    /// Starts reading a document.
    ///
    /// # Errors
    /// Not UTF-8, too large, or a forbidden character.
    pub fn new(document: &'a [u8], namespaces: Namespaces, mode: Mode, limits: Limits) -> Result<Self, Error> {
        Ok(Self {
            events: Events::new(document, limits)?,
            namespaces,
            mode,
            limits,
            ahead: Ahead::Unknown,
            open: Vec::with_capacity(16),
            drifts: Vec::new(),
            drift_count: 0,
            numbers: Vec::new(),
        })
    }

    /// The mode.
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// What the contract did not know so far; at most 100 are kept.
    pub fn drifts(&self) -> &[Drift] {
        &self.drifts
    }

    /// How many there were altogether.
    pub fn drift_count(&self) -> usize {
        self.drift_count
    }

    /// Reads one element of the given name that stands next, by its type's `read`.
    ///
    /// # Errors
    /// Another element, or none, stands here, or its content is not as the contract says.
    #[inline]
    pub fn req<T>(&mut self, name: Name, read: fn(&mut Self) -> Result<T, Error>) -> Result<T, Error> {
        if !self.is(name)? {
            return Err(self.missing(&[name]));
        }
        self.enter();
        read(self)
    }

    /// The same for an element that may be absent.
    ///
    /// # Errors
    /// As [`req`](Self::req), but absence is no error.
    #[inline]
    pub fn opt<T>(&mut self, name: Name, read: fn(&mut Self) -> Result<T, Error>) -> Result<Option<T>, Error> {
        if !self.is(name)? {
            return Ok(None);
        }
        self.enter();
        read(self).map(Some)
    }

    /// The same for an element that may stand `min` to `max` times.
    ///
    /// # Errors
    /// Too few in strict mode, too many, or wrong content.
    #[inline]
    pub fn many<T>(
        &mut self,
        name: Name,
        min: u32,
        max: Option<u32>,
        read: fn(&mut Self) -> Result<T, Error>,
    ) -> Result<Vec<T>, Error> {
        let mut all = Vec::new();
        while self.is(name)? {
            if max.is_some_and(|max| all.len() >= max as usize) {
                let kind = ErrorKind::TooMany { name: name.local, max: max.unwrap_or_default() };
                return Err(self.error(kind));
            }
            self.enter();
            all.push(read(self)?);
        }
        if all.len() < min as usize {
            self.too_few(&[name])?;
        }
        Ok(all)
    }

    /// Reads content that may be absent; `first` are the names it may start with.
    ///
    /// # Errors
    /// As `read`.
    #[inline]
    pub fn opt_content<T>(
        &mut self,
        first: &[Name],
        read: fn(&mut Self) -> Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        if self.is_one_of(first)? { read(self).map(Some) } else { Ok(None) }
    }

    /// The same for content that, in tolerant mode, may begin with one of `late` besides: the list it should begin with was
    /// left out.
    ///
    /// # Errors
    /// As `read`.
    pub fn late_content<T>(
        &mut self,
        first: &[Name],
        late: &[Name],
        read: fn(&mut Self) -> Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        if self.is_one_of(first)? || self.is_late(late)? { read(self).map(Some) } else { Ok(None) }
    }

    /// Reads content that may stand `min` to `max` times; `first` are the names it may start with.
    ///
    /// # Errors
    /// Too few in strict mode, too many, or as `read`.
    pub fn many_content<T>(
        &mut self,
        first: &[Name],
        name: &'static str,
        min: u32,
        max: Option<u32>,
        read: fn(&mut Self) -> Result<T, Error>,
    ) -> Result<Vec<T>, Error> {
        let mut all = Vec::new();
        while self.is_one_of(first)? {
            if max.is_some_and(|max| all.len() >= max as usize) {
                return Err(self.error(ErrorKind::TooMany { name, max: max.unwrap_or_default() }));
            }
            all.push(read(self)?);
        }
        if all.len() < min as usize {
            self.too_few(first)?;
        }
        Ok(all)
    }

    /// Whether the next element in the content has this name.
    ///
    /// # Errors
    /// Malformed XML or stray text.
    #[inline]
    pub fn is(&mut self, name: Name) -> Result<bool, Error> {
        self.look()?;
        Ok(matches!(&self.ahead, Ahead::Start(ns, tag) if *ns == Some(name.ns) && tag.local == name.local))
    }

    /// Whether the next element in the content is one of these.
    ///
    /// # Errors
    /// Malformed XML or stray text.
    #[inline]
    pub fn is_one_of(&mut self, names: &[Name]) -> Result<bool, Error> {
        self.look()?;
        Ok(match &self.ahead {
            Ahead::Start(Some(ns), tag) => names.iter().any(|name| *ns == name.ns && tag.local == name.local),
            _ => false,
        })
    }

    /// In tolerant mode, whether the next element is one of these, which stand behind a list that should come first and was
    /// left out. In strict mode never.
    ///
    /// # Errors
    /// Malformed XML or stray text.
    #[inline]
    pub fn is_late(&mut self, names: &[Name]) -> Result<bool, Error> {
        Ok(self.mode == Mode::Tolerant && self.is_one_of(names)?)
    }

    /// Name of the next element in the content, if the contract knows its namespace.
    ///
    /// # Errors
    /// Malformed XML or stray text.
    pub fn next_name(&mut self) -> Result<Option<(Ns, &'a str)>, Error> {
        self.look()?;
        Ok(match &self.ahead {
            Ahead::Start(Some(ns), tag) => Some((*ns, tag.local)),
            _ => None,
        })
    }

    /// Offset of the next start tag, or of the end of the content.
    ///
    /// # Errors
    /// Malformed XML or stray text.
    pub fn next_start(&mut self) -> Result<usize, Error> {
        self.look()?;
        Ok(match &self.ahead {
            Ahead::Start(_, tag) => tag.span.start,
            _ => self.events.offset(),
        })
    }

    /// Called first by every `read` of a complex type: the children its type has. In tolerant mode any other is skipped.
    #[inline]
    pub fn knows(&mut self, names: &'static [Name]) {
        if let Some(last) = self.open.last_mut() {
            last.1 = names;
        }
    }

    /// Called last by every `read` of a complex type: the content must be over, and the end tag is consumed.
    ///
    /// # Errors
    /// An element that the content model does not allow here.
    #[inline]
    pub fn end(&mut self) -> Result<(), Error> {
        self.look()?;
        if !matches!(self.ahead, Ahead::End) {
            return Err(self.not_over());
        }
        self.ahead = Ahead::Unknown;
        self.open.pop();
        Ok(())
    }

    #[cold]
    fn not_over(&self) -> Error {
        self.error(match &self.ahead {
            Ahead::Start(_, tag) => {
                ErrorKind::Unexpected { found: tag.local.to_owned(), expected: "the end of the element".into() }
            }
            _ => ErrorKind::Syntax("unexpected end".into()),
        })
    }

    /// After the document element: nothing but white space and comments may follow.
    ///
    /// # Errors
    /// Anything else follows.
    pub fn finish(&mut self) -> Result<(), Error> {
        self.look()?;
        match self.ahead {
            Ahead::Eof => Ok(()),
            _ => Err(self.error(ErrorKind::Syntax("content behind the document element".into()))),
        }
    }

    /// The text of the entered element, which has only text; its end tag is consumed. White space is kept.
    ///
    /// # Errors
    /// An element inside, or a limit.
    pub fn text(&mut self) -> Result<Cow<'a, str>, Error> {
        let text = self.characters()?;
        self.leave();
        Ok(text)
    }

    /// Leaves the element whose end tag was consumed.
    #[inline]
    pub(crate) fn leave(&mut self) {
        self.open.pop();
    }

    pub(crate) fn characters(&mut self) -> Result<Cow<'a, str>, Error> {
        let mut text: Cow<'a, str> = Cow::Borrowed("");
        loop {
            match self.next()? {
                Event::Text(more) | Event::CData(more) => append(&mut text, more),
                Event::Reference(c) => text.to_mut().push(c),
                Event::Comment(_) | Event::Instruction(..) => {}
                Event::End(_) => return Ok(text),
                Event::Start(tag) => {
                    if self.mode == Mode::Strict {
                        let found = tag.local.to_owned();
                        return Err(self.error(ErrorKind::Unexpected { found, expected: "text".into() }));
                    }
                    self.drift(DriftKind::Element, tag.local);
                    self.skip_content()?;
                }
                Event::Eof => return Err(self.error(ErrorKind::Syntax("unexpected end".into()))),
            }
            if text.len() > self.limits.text {
                return Err(self.error(ErrorKind::Limit { what: "bytes of text", limit: self.limits.text }));
            }
        }
    }

    /// The entered element as it stands, start and end tag included.
    ///
    /// # Errors
    /// Malformed XML.
    pub fn raw(&mut self) -> Result<Raw, Error> {
        let start = self.events.offset();
        self.skip_content()?;
        self.open.pop();
        Ok(Raw::new(&self.events.document()[start..self.events.next_offset()]))
    }

    /// A value that does not fit: an error in strict mode, a drift in tolerant mode.
    ///
    /// # Errors
    /// In strict mode, always.
    pub fn unfit(&mut self, kind: ErrorKind) -> Result<(), Error> {
        match self.mode {
            Mode::Strict => Err(self.error(kind)),
            Mode::Tolerant => {
                self.drift(DriftKind::Value, "");
                Ok(())
            }
        }
    }

    /// An error here.
    #[cold]
    pub fn error(&self, kind: ErrorKind) -> Error {
        Error::at(kind, self.path(), self.events.offset())
    }

    /// "One of these is missing", or, if another element stands here, "unexpected".
    #[cold]
    pub fn missing(&mut self, expected: &[Name]) -> Error {
        let names = expected.iter().map(|name| name.local).collect::<Vec<_>>().join(" or ");
        if let Err(error) = self.look() {
            return error;
        }
        let found = match &self.ahead {
            Ahead::Start(ns, tag) => {
                // The same local name in another namespace is the commonest mistake: say which was found.
                let twin = ns.is_none() || expected.iter().any(|name| name.local == tag.local);
                Some((tag.local.to_owned(), twin.then(|| tag.prefix.to_owned())))
            }
            _ => None,
        };
        match found {
            Some((local, prefix)) => {
                let found = match prefix.as_deref().and_then(|prefix| self.events.namespace(prefix)) {
                    Some(uri) => format!("{{{uri}}}{local}"),
                    None => local,
                };
                let expected = match expected.first() {
                    Some(name) if found.starts_with('{') => {
                        format!("{names} of {}", self.namespaces.get(usize::from(name.ns.0)).map_or("", |ns| ns.uri))
                    }
                    _ => names,
                };
                self.error(ErrorKind::Unexpected { found, expected })
            }
            None => self.error(ErrorKind::Missing { missing: names }),
        }
    }

    /// A list has fewer items than the contract wants: an error in strict mode, a drift in tolerant mode.
    #[cold]
    fn too_few(&mut self, expected: &[Name]) -> Result<(), Error> {
        if self.mode == Mode::Strict {
            return Err(self.missing(expected));
        }
        self.drift(DriftKind::Missing, expected.first().map_or("", |name| name.local));
        Ok(())
    }

    fn path(&self) -> String {
        self.open.iter().map(|(name, _)| *name).collect::<Vec<_>>().join("/")
    }

    fn drift(&mut self, kind: DriftKind, last: &str) {
        self.drift_count += 1;
        if self.drifts.len() < drift::DRIFTS_KEPT {
            let mut path = self.path();
            if !last.is_empty() {
                path.push('/');
                path.push_str(last);
            }
            self.drifts.push(Drift { path, offset: self.events.offset(), kind });
        }
    }

    /// The start tag of the element entered and not yet read further.
    #[inline]
    fn tag(&self) -> Option<&Tag<'a>> {
        match &self.ahead {
            Ahead::Entered(tag) => Some(tag),
            _ => None,
        }
    }

    /// Enters the element that stands next. Its tag stays at hand for [`attributes`](Self::attributes) until one looks on.
    #[inline]
    fn enter(&mut self) {
        if let Ahead::Start(_, tag) = std::mem::replace(&mut self.ahead, Ahead::Unknown) {
            self.open.push((tag.local, &[]));
            self.ahead = Ahead::Entered(tag);
        }
    }

    #[inline]
    fn next(&mut self) -> Result<Event<'a>, Error> {
        self.ahead = Ahead::Unknown;
        self.events.next().map_err(|error| error.within(self.path()))
    }

    /// Looks for the next start or end tag, unless one was found already.
    #[inline]
    fn look(&mut self) -> Result<(), Error> {
        match self.ahead {
            Ahead::Unknown | Ahead::Entered(_) => self.look_on(),
            Ahead::Start(..) | Ahead::End | Ahead::Eof => Ok(()),
        }
    }

    /// Finds the next start or end tag. Text between elements must be white space.
    fn look_on(&mut self) -> Result<(), Error> {
        loop {
            self.ahead = match self.next()? {
                Event::Start(tag) => {
                    let ns = self.namespace_of(&tag);
                    if self.mode == Mode::Tolerant && !self.knows_next(ns, tag.local) {
                        self.drift(DriftKind::Element, tag.local);
                        self.skip_content()?;
                        continue;
                    }
                    Ahead::Start(ns, tag)
                }
                Event::End(_) => Ahead::End,
                Event::Eof => Ahead::Eof,
                Event::Text(text) if is_blank(text) => continue,
                Event::Comment(_) | Event::Instruction(..) => continue,
                Event::Text(_) | Event::CData(_) | Event::Reference(_) => {
                    return Err(self.error(ErrorKind::StrayText));
                }
            };
            return Ok(());
        }
    }

    fn knows_next(&self, ns: Option<Ns>, local: &str) -> bool {
        match self.open.last() {
            None => true,
            Some((_, known)) => known.iter().any(|name| Some(name.ns) == ns && name.local == local),
        }
    }

    /// Skips the content and the end of the element whose start tag was read last.
    fn skip_content(&mut self) -> Result<(), Error> {
        let mut depth = 1usize;
        while depth > 0 {
            match self.next()? {
                Event::Start(_) => depth += 1,
                Event::End(_) => depth -= 1,
                Event::Eof => return Err(self.error(ErrorKind::Syntax("unexpected end".into()))),
                _ => {}
            }
        }
        Ok(())
    }

    /// Number of an element's namespace. Declarations are numbered once each, when first used.
    #[inline]
    fn namespace_of(&mut self, tag: &Tag<'a>) -> Option<Ns> {
        let index = tag.binding?;
        let declared = self.events.bindings()[index].declared;
        match self.numbers.get(index) {
            Some((origin, number)) if *origin == declared => *number,
            _ => self.number_binding(index, declared),
        }
    }

    fn number_binding(&mut self, index: usize, declared: usize) -> Option<Ns> {
        let uri = &*self.events.bindings()[index].uri;
        let number = match self.numbers.get(index) {
            // Canonical documents declare the same prefix in the same place again and again.
            Some((_, Some(ns))) if self.namespaces[usize::from(ns.0)].uri == uri => Some(*ns),
            _ => self.number(uri),
        };
        if self.numbers.len() <= index {
            self.numbers.resize(index + 1, (usize::MAX, None));
        }
        self.numbers[index] = (declared, number);
        number
    }

    fn number(&self, uri: &str) -> Option<Ns> {
        let at = self.namespaces.iter().position(|namespace| namespace.uri == uri)?;
        u16::try_from(at).ok().map(Ns)
    }
}

/// Appends text with line ends normalised (XML 1.0 §2.11), without copying where nothing was there before.
fn append<'a>(text: &mut Cow<'a, str>, more: &'a str) {
    if more.contains('\r') {
        text.to_mut().push_str(&more.replace("\r\n", "\n").replace('\r', "\n"));
    } else if text.is_empty() {
        *text = Cow::Borrowed(more);
    } else {
        text.to_mut().push_str(more);
    }
}
