//! Namespaces in scope, with prefixes and namespace names turned into small numbers once, so that following them costs
//! the same however many there are.

use std::borrow::Cow;
use std::collections::HashMap;

/// Number of a prefix.
pub(crate) type PrefixId = u32;
/// Number of a namespace name.
pub(crate) type UriId = u32;

/// The empty prefix: the default namespace for elements, no namespace for attributes.
pub(crate) const NO_PREFIX: PrefixId = 0;
/// `xml`, always bound.
pub(crate) const XML_PREFIX: PrefixId = 1;
/// `xmlns`, which is not a prefix one may use.
pub(crate) const XMLNS_PREFIX: PrefixId = 2;
/// No namespace, or a prefix that is not bound.
pub(crate) const NO_URI: UriId = 0;
/// The namespace of `xml`.
pub(crate) const XML_URI: UriId = 1;

const CACHED: usize = 64;

/// Gives equal byte strings equal numbers, in order of first appearance.
#[derive(Debug)]
struct Names<'a> {
    names: Vec<Cow<'a, [u8]>>,
    numbers: HashMap<Cow<'a, [u8]>, u32>,
    /// Numbers met last, by a cheap hash; a wrong guess only costs a look into the map.
    cache: [u32; CACHED],
}

impl<'a> Names<'a> {
    fn new(known: &[&'static str]) -> Self {
        let mut names = Self { names: Vec::new(), numbers: HashMap::new(), cache: [0; CACHED] };
        for name in known {
            names.number(Cow::Borrowed(name.as_bytes()));
        }
        names
    }

    #[inline]
    fn slot(name: &[u8]) -> usize {
        match *name {
            [] => 0,
            [first, ..] => {
                let last = name[name.len() - 1];
                let middle = name[name.len() / 2];
                (name.len() + usize::from(first) * 7 + usize::from(last) * 31 + usize::from(middle) * 13) % CACHED
            }
        }
    }

    #[inline]
    fn number(&mut self, name: Cow<'a, [u8]>) -> u32 {
        let slot = Self::slot(&name);
        let guess = self.cache[slot];
        if self.names.get(guess as usize).is_some_and(|known| **known == *name) {
            return guess;
        }
        let number = match self.numbers.get(&*name) {
            Some(&number) => number,
            None => {
                let number = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
                self.names.push(name.clone());
                self.numbers.insert(name, number);
                number
            }
        };
        self.cache[slot] = number;
        number
    }
}

/// The declarations in scope.
#[derive(Debug)]
pub(crate) struct Scope<'a> {
    prefixes: Names<'a>,
    uris: Names<'a>,
    /// Namespace bound to each prefix now.
    bound: Vec<UriId>,
    /// Bindings to restore when elements end: prefix and what it was bound to before.
    hidden: Vec<(PrefixId, UriId)>,
    /// Length of `hidden` when each open element began.
    marks: Vec<usize>,
}

impl<'a> Scope<'a> {
    pub(crate) fn new() -> Self {
        let xml = gis_gkh_xml::events::XML_NAMESPACE;
        Self {
            prefixes: Names::new(&["", "xml", "xmlns"]),
            uris: Names::new(&["", xml, "http://www.w3.org/2000/xmlns/"]),
            bound: vec![NO_URI, XML_URI, NO_URI],
            hidden: Vec::new(),
            marks: Vec::new(),
        }
    }

    #[inline]
    pub(crate) fn enter(&mut self) {
        self.marks.push(self.hidden.len());
    }

    #[inline]
    pub(crate) fn leave(&mut self) {
        let mark = self.marks.pop().unwrap_or(0);
        while self.hidden.len() > mark {
            if let Some((prefix, uri)) = self.hidden.pop() {
                self.bound[prefix as usize] = uri;
            }
        }
    }

    #[inline]
    pub(crate) fn prefix(&mut self, name: &'a [u8]) -> PrefixId {
        let prefix = self.prefixes.number(Cow::Borrowed(name));
        if prefix as usize >= self.bound.len() {
            self.bound.resize(prefix as usize + 1, NO_URI);
        }
        prefix
    }

    /// Binds a prefix for the element entered last.
    #[inline]
    pub(crate) fn bind(&mut self, prefix: PrefixId, uri: Cow<'a, [u8]>) {
        let uri = self.uris.number(uri);
        self.hidden.push((prefix, self.bound[prefix as usize]));
        self.bound[prefix as usize] = uri;
    }

    /// The prefixes the element entered last has declared so far.
    #[inline]
    pub(crate) fn declared(&self) -> &[(PrefixId, UriId)] {
        &self.hidden[self.marks.last().copied().unwrap_or(0)..]
    }

    /// Declarations in scope, hidden ones included.
    #[inline]
    pub(crate) fn declarations(&self) -> usize {
        self.hidden.len()
    }

    #[inline]
    pub(crate) fn bound(&self, prefix: PrefixId) -> UriId {
        self.bound[prefix as usize]
    }

    /// All prefixes bound to a namespace, `xml` apart, in no order.
    pub(crate) fn all_bound(&self) -> impl Iterator<Item = PrefixId> + '_ {
        (0..).zip(&self.bound).filter(|&(prefix, &uri)| uri != NO_URI && prefix != XML_PREFIX).map(|(prefix, _)| prefix)
    }

    pub(crate) fn prefix_name(&self, prefix: PrefixId) -> &[u8] {
        &self.prefixes.names[prefix as usize]
    }

    pub(crate) fn uri_name(&self, uri: UriId) -> &[u8] {
        &self.uris.names[uri as usize]
    }
}
