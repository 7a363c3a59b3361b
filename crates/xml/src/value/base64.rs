//! Bytes in base64.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::Value;

/// `xs:base64Binary`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Base64(pub Vec<u8>);

impl From<Vec<u8>> for Base64 {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl Value for Base64 {
    const TYPE: &'static str = "xs:base64Binary";

    fn parse(text: Cow<'_, str>) -> Option<Self> {
        let text: Vec<u8> = text.bytes().filter(|byte| !matches!(byte, b' ' | b'\t' | b'\n' | b'\r')).collect();
        STANDARD.decode(text).ok().map(Self)
    }

    fn write(&self, out: &mut String) {
        STANDARD.encode_string(&self.0, out);
    }

    fn lexical(&self) -> Cow<'_, str> {
        Cow::Owned(STANDARD.encode(&self.0))
    }

    /// Bytes, not the characters that write them.
    fn length(&self) -> usize {
        self.0.len()
    }
}
