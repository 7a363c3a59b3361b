//! Identifiers of the system.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use super::{Value, collapse};

/// A GUID of the system (`base:GUIDType`: 8-4-4-4-12 hexadecimal digits). Written in lower case; either case is read
/// and means the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Guid(uuid::Uuid);

/// Text that is no GUID.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a GUID of the form 01234567-89ab-cdef-0123-456789abcdef")]
pub struct NotGuid;

impl Guid {
    /// A GUID from a UUID.
    pub const fn new(uuid: uuid::Uuid) -> Self {
        Self(uuid)
    }

    /// A random GUID (UUID version 4) from 16 random bytes; whoever has a source of randomness gives them.
    pub const fn from_random(bytes: [u8; 16]) -> Self {
        Self(uuid::Builder::from_random_bytes(bytes).into_uuid())
    }

    /// The UUID.
    pub const fn uuid(self) -> uuid::Uuid {
        self.0
    }
}

impl From<uuid::Uuid> for Guid {
    fn from(uuid: uuid::Uuid) -> Self {
        Self(uuid)
    }
}

impl FromStr for Guid {
    type Err = NotGuid;

    fn from_str(text: &str) -> Result<Self, NotGuid> {
        // `uuid` also reads braces, URNs and bare digits; the system does not.
        if text.len() != 36 {
            return Err(NotGuid);
        }
        uuid::Uuid::try_parse(text).map(Self).map_err(|_| NotGuid)
    }
}

impl fmt::Display for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl Value for Guid {
    const TYPE: &'static str = "GUID (01234567-89ab-cdef-0123-456789abcdef)";

    #[inline]
    fn parse(text: Cow<'_, str>) -> Option<Self> {
        match text.parse() {
            Ok(guid) => Some(guid),
            Err(_) => collapse(text).parse().ok(),
        }
    }

    #[inline]
    fn write(&self, out: &mut String) {
        out.push_str(self.0.hyphenated().encode_lower(&mut [0; 36]));
    }

    fn lexical(&self) -> Cow<'_, str> {
        Cow::Owned(self.to_string())
    }
}
