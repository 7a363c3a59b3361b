//! Names of files: what the file store takes, and how a name stands in a header (RFC 2047).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::context::EXTENSIONS;

/// Characters a name may not have. The last two are ours: a name is no path.
pub const FORBIDDEN: [char; 10] = ['<', '>', '?', ':', '|', '*', '%', '"', '\\', '/'];

/// The most characters a name may have: what the schema allows where a message repeats it.
pub const LONGEST: usize = 1024;

/// A name the file store takes. `Debug` hides it: names of files name people.
#[derive(Clone, PartialEq, Eq)]
pub struct FileName(String);

/// Why a name cannot be used. Tells the extension and the character, not the name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NameError {
    /// Nothing, or nothing but an extension.
    #[error("the file has no name before its extension; give it one")]
    Empty,
    /// Too long.
    #[error("the file's name has {0} characters; at most {LONGEST} are taken, shorten it")]
    Long(usize),
    /// A character that is not allowed.
    #[error(
        "the file's name has {0:?} in it, which the file store does not take; rename the file, or use `FileName::cleaned`"
    )]
    Character(char),
    /// Spaces at an end would be lost on the way.
    #[error("the file's name begins or ends with a space; rename the file")]
    Space,
    /// No extension, or one that is not taken.
    #[error(
        "files of the type `{0}` are not taken by the file store; save the document as one of: {taken}",
        taken = EXTENSIONS.join(", ")
    )]
    Extension(String),
}

impl FileName {
    /// Takes a name as it is.
    ///
    /// # Errors
    /// See [`NameError`].
    pub fn new(name: impl Into<String>) -> Result<Self, NameError> {
        let name = name.into();
        if let Some(found) = name.chars().find(|found| FORBIDDEN.contains(found) || found.is_control()) {
            return Err(NameError::Character(found));
        }
        if name.trim() != name {
            return Err(NameError::Space);
        }
        let length = name.chars().count();
        if length > LONGEST {
            return Err(NameError::Long(length));
        }
        let (stem, extension) = name.rsplit_once('.').unwrap_or((&name, ""));
        if !EXTENSIONS.contains(&extension.to_ascii_lowercase().as_str()) {
            return Err(NameError::Extension(extension.chars().take(20).collect()));
        }
        if stem.is_empty() {
            return Err(NameError::Empty);
        }
        Ok(Self(name))
    }

    /// Takes a name with `_` in place of every character that is not allowed, without spaces around it, shortened if need
    /// be.
    ///
    /// # Errors
    /// No extension that is taken, or nothing before it.
    pub fn cleaned(name: &str) -> Result<Self, NameError> {
        let clean = |found: char| if FORBIDDEN.contains(&found) || found.is_control() { '_' } else { found };
        let name: String = name.trim().chars().map(clean).collect();
        let length = name.chars().count();
        let short = match name.rsplit_once('.') {
            Some((stem, extension)) if length > LONGEST => {
                let most = LONGEST.saturating_sub(extension.chars().count() + 1);
                format!("{}.{extension}", stem.chars().take(most).collect::<String>().trim_end())
            }
            _ => name,
        };
        Self::new(short)
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its extension, in lower case.
    pub fn extension(&self) -> String {
        self.0.rsplit_once('.').map_or(String::new(), |(_, extension)| extension.to_ascii_lowercase())
    }

    /// As it stands in `X-Upload-Filename`.
    pub fn header(&self) -> String {
        encode(&self.0)
    }
}

impl std::fmt::Debug for FileName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "FileName(*.{})", self.extension())
    }
}

/// RFC 2047: an encoded word has at most 75 characters, of which `=?UTF-8?B?` and `?=` are 12; 63 hold 45 bytes.
const WORD: usize = 45;

/// Text for a header: ASCII as it is, anything else as encoded words with a space between them.
pub fn encode(text: &str) -> String {
    let plain = text.bytes().all(|byte| (0x20..0x7f).contains(&byte));
    // What looks like an encoded word would be read as one.
    if plain && !text.contains("=?") {
        return text.to_owned();
    }
    let mut words = Vec::new();
    let mut word = String::new();
    for found in text.chars() {
        // No character may be cut in two.
        if word.len() + found.len_utf8() > WORD {
            words.push(std::mem::take(&mut word));
        }
        word.push(found);
    }
    words.push(word);
    let words: Vec<String> = words.iter().map(|word| format!("=?UTF-8?B?{}?=", BASE64.encode(word))).collect();
    words.join(" ")
}

/// Text of a header, its encoded words read. What cannot be read stays as it is; spaces between two encoded words vanish.
pub fn decode(header: &str) -> String {
    let mut text = String::new();
    // Bytes of neighbouring words: some writers cut characters in two.
    let mut bytes: Vec<u8> = Vec::new();
    let mut spaces = String::new();
    for (index, word) in header.trim().split(' ').enumerate() {
        if index > 0 {
            spaces.push(' ');
        }
        match encoded(word) {
            Some(read) => {
                if bytes.is_empty() {
                    text.push_str(&spaces);
                }
                spaces.clear();
                bytes.extend(read);
            }
            None => {
                text.push_str(&String::from_utf8_lossy(&std::mem::take(&mut bytes)));
                text.push_str(&std::mem::take(&mut spaces));
                text.push_str(word);
            }
        }
    }
    text.push_str(&String::from_utf8_lossy(&bytes));
    text
}

/// The bytes of an encoded word of UTF-8.
fn encoded(word: &str) -> Option<Vec<u8>> {
    let mut parts = word.strip_prefix("=?")?.strip_suffix("?=")?.split('?');
    let (charset, way, text) = (parts.next()?, parts.next()?, parts.next()?);
    // A language may follow the charset (RFC 2231).
    let charset = charset.split('*').next()?;
    if parts.next().is_some() || !charset.eq_ignore_ascii_case("utf-8") {
        return None;
    }
    match way {
        "B" | "b" => BASE64.decode(text).ok(),
        "Q" | "q" => quoted(text),
        _ => None,
    }
}

fn quoted(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'_' => b' ',
            b'=' => {
                let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
                (digit(rest.next()?)? << 4) | digit(rest.next()?)?
            }
            byte => byte,
        });
    }
    Some(bytes)
}
