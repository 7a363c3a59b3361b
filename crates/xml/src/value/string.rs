//! Text.

use std::borrow::Cow;
use std::ops::Deref;

use super::Value;
use crate::events::forbidden_character;
use crate::writer::escape_text;

impl Value for String {
    const TYPE: &'static str = "xs:string";

    #[inline]
    fn parse(text: Cow<'_, str>) -> Option<Self> {
        Some(text.into_owned())
    }

    #[inline]
    fn write(&self, out: &mut String) {
        escape_text(self, out);
    }

    #[inline]
    fn lexical(&self) -> Cow<'_, str> {
        Cow::Borrowed(self)
    }

    fn is_writable(&self) -> bool {
        forbidden_character(self.as_bytes()).is_none()
    }
}

/// Text whose runs of white space count as one space and whose ends do not count (`xs:token`, `xs:anyURI` and kin).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Token(String);

impl Token {
    /// A token; white space is collapsed.
    pub fn new(text: &str) -> Self {
        Self(collapse(Cow::Borrowed(text)).into_owned())
    }
}

impl Deref for Token {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Token {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for Token {
    fn from(text: String) -> Self {
        Self(collapse(Cow::Owned(text)).into_owned())
    }
}

impl Value for Token {
    const TYPE: &'static str = "xs:token";

    fn parse(text: Cow<'_, str>) -> Option<Self> {
        Some(Self(collapse(text).into_owned()))
    }

    fn write(&self, out: &mut String) {
        escape_text(&self.0, out);
    }

    fn lexical(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.0)
    }

    fn is_writable(&self) -> bool {
        forbidden_character(self.as_bytes()).is_none()
    }
}

/// White space collapsed by XML Schema part 2 §4.3.6.
pub fn collapse(text: Cow<'_, str>) -> Cow<'_, str> {
    let space = |byte: u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
    let bytes = text.as_bytes();
    let clean = !bytes.first().is_some_and(|byte| space(*byte))
        && !bytes.last().is_some_and(|byte| space(*byte))
        && !bytes.iter().any(|byte| matches!(byte, b'\t' | b'\n' | b'\r'))
        && !bytes.windows(2).any(|pair| pair == b"  ");
    if clean {
        return text;
    }
    let parts: Vec<&str> = text.split([' ', '\t', '\n', '\r']).filter(|part| !part.is_empty()).collect();
    Cow::Owned(parts.join(" "))
}
