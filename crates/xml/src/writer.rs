//! The writer: exclusive canonical XML as it goes, so that what is hashed is what is sent.
//!
//! A prefix is declared on the element where it is first visibly used, attributes stand in canonical order (the
//! generator sorts them), empty elements get an end tag, text is escaped by Canonical XML §2.3. No white space is added.

use std::collections::BTreeMap;

use crate::name::{Name, Namespaces, Ns};
use crate::outline::Outline;
use crate::{Raw, Value};

/// Versions to write instead of the contract's own: request element to version. Set by people whose stand asks for one.
pub type Versions = BTreeMap<String, String>;

/// An attribute to write.
#[derive(Debug, Clone, Copy)]
pub struct Attribute<'v> {
    /// Namespace, if qualified.
    pub ns: Option<Ns>,
    /// Local name.
    pub local: &'static str,
    /// Value, not yet escaped.
    pub value: &'v str,
}

/// Writes one element and its content in exclusive canonical form, or as JSON ([`Writer::outline`]).
#[derive(Debug)]
pub struct Writer {
    out: String,
    outline: Option<Outline>,
    namespaces: Namespaces,
    /// Bit sets of the prefixes declared for each open element.
    declared: Vec<u64>,
    scope: u64,
    versions: Versions,
}

impl Writer {
    /// An empty writer over a contract's namespaces.
    pub fn new(namespaces: Namespaces) -> Self {
        Self::with_versions(namespaces, Versions::new())
    }

    /// The same with other versions than the contract's own.
    pub fn with_versions(namespaces: Namespaces, versions: Versions) -> Self {
        Self { out: String::new(), outline: None, namespaces, declared: Vec::with_capacity(16), scope: 0, versions }
    }

    /// A writer whose text is the element's content as JSON: the contract's names, lists as arrays, booleans, and every
    /// other value as the string it would be in XML. Signatures are left out.
    pub fn outline(namespaces: Namespaces) -> Self {
        Self { outline: Some(Outline::default()), ..Self::new(namespaces) }
    }

    /// Makes room for this many further bytes.
    pub fn reserve(&mut self, bytes: usize) {
        self.out.reserve(bytes);
    }

    /// What was written.
    pub fn into_string(self) -> String {
        match self.outline {
            Some(outline) => outline.into_json(),
            None => self.out,
        }
    }

    /// What is written until [`repeated`](Self::repeated) may stand several times.
    #[inline]
    pub fn repeat(&mut self) {
        if let Some(outline) = &mut self.outline {
            outline.repeat();
        }
    }

    /// The end of what may stand several times.
    #[inline]
    pub fn repeated(&mut self) {
        if let Some(outline) = &mut self.outline {
            outline.repeated();
        }
    }

    /// Bytes written so far.
    pub fn position(&self) -> usize {
        self.out.len()
    }

    /// The version to write for a request element.
    pub fn version(&self, element: &str, contract: &'static str) -> String {
        self.versions.get(element).cloned().unwrap_or_else(|| contract.to_owned())
    }

    /// A start tag without attributes.
    #[inline]
    pub fn open(&mut self, name: Name) {
        if let Some(outline) = &mut self.outline {
            return outline.open(name.local);
        }
        self.declared.push(self.scope);
        self.out.push('<');
        self.name(name.ns, name.local);
        let bit = 1u64 << (name.ns.0 & 63);
        if self.scope & bit == 0 {
            self.declare(name.ns);
        }
        self.out.push('>');
    }

    /// A start tag with attributes, which stand in canonical order already: unqualified first, then by namespace name.
    pub fn open_with(&mut self, name: Name, attributes: &[Attribute<'_>]) {
        if let Some(outline) = &mut self.outline {
            outline.open(name.local);
            return attributes.iter().for_each(|attribute| outline.attribute(attribute.local, attribute.value));
        }
        self.declared.push(self.scope);
        self.out.push('<');
        self.name(name.ns, name.local);
        // Declarations come first, ordered by prefix.
        let used = attributes.iter().filter_map(|attribute| attribute.ns).chain([name.ns]);
        let mut new: Vec<Ns> = used.filter(|ns| self.scope & (1u64 << (ns.0 & 63)) == 0).collect();
        new.sort_unstable_by_key(|ns| self.namespaces[usize::from(ns.0)].prefix);
        new.dedup();
        for ns in new {
            self.declare(ns);
        }
        for attribute in attributes {
            self.out.push(' ');
            match attribute.ns {
                Some(ns) => self.name(ns, attribute.local),
                None => self.out.push_str(attribute.local),
            }
            self.out.push_str("=\"");
            escape_attribute(attribute.value, &mut self.out);
            self.out.push('"');
        }
        self.out.push('>');
    }

    /// An end tag.
    #[inline]
    pub fn close(&mut self, name: Name) {
        if let Some(outline) = &mut self.outline {
            return outline.close();
        }
        self.out.push_str("</");
        self.name(name.ns, name.local);
        self.out.push('>');
        self.scope = self.declared.pop().unwrap_or_default();
    }

    /// An element that holds one value.
    #[inline]
    pub fn value<T: Value>(&mut self, name: Name, value: &T) {
        self.open(name);
        self.text(value);
        self.close(name);
    }

    /// An element whose text the contract fixes.
    pub fn fixed(&mut self, name: Name, text: &'static str) {
        self.open(name);
        match &mut self.outline {
            // The contract fixes marks only: `true`, or nothing at all.
            Some(outline) => outline.text(text, true),
            None => escape_text(text, &mut self.out),
        }
        self.close(name);
    }

    /// Text content.
    #[inline]
    pub fn text<T: Value>(&mut self, value: &T) {
        match &mut self.outline {
            Some(outline) => outline.text(&value.lexical(), T::BOOLEAN),
            None => value.write(&mut self.out),
        }
    }

    /// An element kept as it came.
    pub fn raw(&mut self, raw: &Raw) {
        if self.outline.is_none() {
            self.out.push_str(raw.as_str());
        }
    }

    /// The qualified name of a type, for `xsi:type`.
    pub fn qualified(&self, ns: Ns, local: &str) -> String {
        format!("{}:{local}", self.namespaces[usize::from(ns.0)].prefix)
    }

    #[inline]
    fn name(&mut self, ns: Ns, local: &str) {
        self.out.push_str(self.namespaces[usize::from(ns.0)].prefix);
        self.out.push(':');
        self.out.push_str(local);
    }

    fn declare(&mut self, ns: Ns) {
        let Self { out, namespaces, scope, .. } = self;
        let namespace = &namespaces[usize::from(ns.0)];
        out.push_str(" xmlns:");
        out.push_str(namespace.prefix);
        out.push_str("=\"");
        out.push_str(namespace.uri);
        out.push('"');
        *scope |= 1u64 << (ns.0 & 63);
    }
}

/// Escapes text by Canonical XML §2.3.
#[inline]
pub fn escape_text(text: &str, out: &mut String) {
    let mut rest = text;
    while let Some(at) = rest.bytes().position(|byte| matches!(byte, b'&' | b'<' | b'>' | b'\r')) {
        out.push_str(&rest[..at]);
        out.push_str(match rest.as_bytes()[at] {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            _ => "&#xD;",
        });
        rest = &rest[at + 1..];
    }
    out.push_str(rest);
}

/// Escapes an attribute's value by Canonical XML §2.3.
pub fn escape_attribute(value: &str, out: &mut String) {
    for c in value.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '"' => out.push_str("&quot;"),
            '\t' => out.push_str("&#x9;"),
            '\n' => out.push_str("&#xA;"),
            '\r' => out.push_str("&#xD;"),
            c => out.push(c),
        }
    }
}
