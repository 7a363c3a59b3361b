//! How a program or service writes a signature value down.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

/// The writing of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Encoding {
    /// The bytes themselves.
    #[default]
    Raw,
    /// Base64, with or without line breaks.
    Base64,
    /// Hex digits of either case.
    Hex,
}

impl Encoding {
    /// The value's bytes; nothing when it is not written so.
    pub fn decode(self, written: &[u8]) -> Option<Vec<u8>> {
        let digits = || written.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect::<Vec<u8>>();
        match self {
            Self::Raw => Some(written.to_vec()),
            Self::Base64 => BASE64.decode(digits()).ok(),
            Self::Hex => {
                let digits = digits();
                let (pairs, rest) = digits.as_chunks::<2>();
                let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
                let bytes = pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?));
                rest.is_empty().then(|| bytes.collect())?
            }
        }
    }

    /// Writes bytes down as text; raw bytes have none and become base64.
    #[cfg(feature = "http")]
    pub(crate) fn text(self, bytes: &[u8]) -> String {
        match self {
            Self::Hex => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
            Self::Raw | Self::Base64 => BASE64.encode(bytes),
        }
    }

    /// Its name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Raw => "raw bytes",
            Self::Base64 => "base64",
            Self::Hex => "hex digits",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Encoding;

    #[test]
    fn values_are_read_in_every_writing() {
        assert_eq!(Encoding::Raw.decode(b"\x01\n").unwrap(), b"\x01\n");
        assert_eq!(Encoding::Base64.decode(b"AQ\r\nID\n").unwrap(), [1, 2, 3]);
        assert_eq!(Encoding::Hex.decode(b"0a Fe\n").unwrap(), [10, 254]);
        for wrong in ["0", "0g", "zz"] {
            assert_eq!(Encoding::Hex.decode(wrong.as_bytes()), None, "{wrong}");
        }
        assert_eq!(Encoding::Base64.decode(b"=="), None);
    }
}
