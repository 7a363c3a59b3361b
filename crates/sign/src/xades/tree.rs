//! The signature element as a small tree: it is short, and its checks look to and fro.

use gis_gkh_xml::{Error, ErrorKind};

use super::error::VerifyError;
use super::profile::{DS, XADES};
use crate::c14n::{Reader, Token, characters};

/// Elements a signature may have. The profile's has 30, an answer with a chain of certificates a few more.
const MOST_ELEMENTS: usize = 500;

/// Namespaces that occur in a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Space {
    Ds,
    Xades,
    Other,
}

impl Space {
    pub(super) fn of(uri: &[u8]) -> Self {
        if uri == DS.as_bytes() {
            Self::Ds
        } else if uri == XADES.as_bytes() {
            Self::Xades
        } else {
            Self::Other
        }
    }
}

/// An element.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) space: Space,
    pub(super) local: String,
    /// Offset of its `<` in the document.
    pub(super) start: usize,
    /// Attributes without prefix, decoded.
    attributes: Vec<(String, String)>,
    /// All characters directly in it.
    text: String,
    pub(super) children: Vec<Node>,
}

impl Node {
    /// Reads the element whose start tag the reader has just given, to its end; `tell` hears of each start tag.
    pub(super) fn read<'a>(
        reader: &mut Reader<'a>,
        tell: &mut dyn FnMut(&Reader<'a>) -> Result<(), VerifyError>,
    ) -> Result<(Self, usize), VerifyError> {
        let mut open = vec![Self::start(reader)];
        let mut elements = 1;
        loop {
            match reader.next()? {
                Token::Start => {
                    tell(reader)?;
                    elements += 1;
                    if elements > MOST_ELEMENTS {
                        let kind = ErrorKind::Limit { what: "elements in a signature", limit: MOST_ELEMENTS };
                        return Err(Error::new(kind, reader.span().start).into());
                    }
                    open.push(Self::start(reader));
                }
                Token::End => {
                    let Some(node) = open.pop() else { return Err(VerifyError::NoSignature) };
                    match open.last_mut() {
                        Some(parent) => parent.children.push(node),
                        None => return Ok((node, reader.span().end)),
                    }
                }
                Token::Text => {
                    if let Some(node) = open.last_mut() {
                        node.text.push_str(&String::from_utf8_lossy(&characters(&reader.bytes()[reader.span()])));
                    }
                }
                // None has any business here, and each is a way to show one thing and sign another.
                Token::CData | Token::Instruction | Token::Comment => {
                    let element = open.last().map_or_else(String::new, |node| node.local.clone());
                    return Err(VerifyError::structure(element, "a comment, CDATA or processing instruction"));
                }
                Token::Eof => return Err(VerifyError::NoSignature),
            }
        }
    }

    fn start(reader: &Reader<'_>) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self {
            space: Space::of(reader.element_uri()),
            local: text(reader.local()),
            start: reader.span().start,
            attributes: reader.plain_attributes().map(|(name, value)| (text(name), text(&value))).collect(),
            text: String::new(),
            children: Vec::new(),
        }
    }

    pub(super) fn is(&self, space: Space, local: &str) -> bool {
        self.space == space && self.local == local
    }

    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn algorithm(&self) -> &str {
        self.attribute("Algorithm").unwrap_or_default()
    }

    /// The text without white space around it.
    pub(super) fn trimmed(&self) -> &str {
        self.text.trim_matches([' ', '\t', '\n', '\r'])
    }

    pub(super) fn named<'n>(&'n self, space: Space, local: &'static str) -> impl Iterator<Item = &'n Self> {
        self.children.iter().filter(move |child| child.is(space, local))
    }

    /// The only child of this name.
    pub(super) fn only(&self, space: Space, local: &'static str) -> Result<&Self, VerifyError> {
        let mut found = self.named(space, local);
        match (found.next(), found.count()) {
            (Some(child), 0) => Ok(child),
            (None, _) => Err(VerifyError::structure(&self.local, format!("{local} is missing"))),
            (Some(_), more) => Err(VerifyError::structure(&self.local, format!("{} {local} instead of one", more + 1))),
        }
    }

    /// Exactly these children, in this order, and no text between them.
    pub(super) fn exactly(&self, space: Space, names: &[&str]) -> Result<(), VerifyError> {
        let fits = self.children.len() == names.len()
            && self.children.iter().zip(names).all(|(child, name)| child.is(space, name));
        if !fits {
            let found: Vec<_> = self.children.iter().map(|child| child.local.as_str()).take(20).collect();
            let problem = format!("it must hold exactly [{}], found [{}]", names.join(", "), found.join(", "));
            return Err(VerifyError::structure(&self.local, problem));
        }
        if !names.is_empty() && !self.trimmed().is_empty() {
            return Err(VerifyError::structure(&self.local, "text between the elements"));
        }
        Ok(())
    }

    /// Bytes in base64; white space in it does not count.
    pub(super) fn base64(&self) -> Result<Vec<u8>, VerifyError> {
        use base64::Engine as _;
        self.exactly(self.space, &[])?;
        let text: String = self.text.split_ascii_whitespace().collect();
        match base64::engine::general_purpose::STANDARD.decode(text) {
            Ok(bytes) if !bytes.is_empty() => Ok(bytes),
            Ok(_) => Err(VerifyError::structure(&self.local, "it is empty")),
            Err(_) => Err(VerifyError::structure(&self.local, "it is not base64")),
        }
    }
}
