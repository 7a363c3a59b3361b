//! Characters, names and references of XML 1.0: which there are, and which are forbidden.

/// White space of XML.
pub(super) const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

/// Whether a text is white space only.
#[inline]
pub(crate) fn is_blank(text: &str) -> bool {
    text.bytes().all(is_space)
}

/// A text without the white space in front.
pub(super) fn trim_start(text: &str) -> &str {
    let blank = text.bytes().take_while(|byte| is_space(*byte)).count();
    &text[blank..]
}

/// A text without the white space behind.
pub(super) fn trim_end(text: &str) -> &str {
    let blank = text.bytes().rev().take_while(|byte| is_space(*byte)).count();
    &text[..text.len() - blank]
}

/// `Char` of XML 1.0 §2.2.
pub(crate) const fn is_char(c: char) -> bool {
    !matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}

/// Offset of the first byte of a character outside `Char` of XML 1.0 §2.2.
pub(crate) fn forbidden_character(text: &[u8]) -> Option<usize> {
    // Whole blocks first: the test of a block has no branches, so the compiler can do many bytes at once.
    let control = |byte: u8| byte < 0x20 && !is_space(byte);
    let suspicious = |block: &[u8]| block.iter().fold(false, |any, byte| any | control(*byte) | (*byte == 0xEF));
    let mut offset = 0;
    for block in text.chunks(4096) {
        if suspicious(block) {
            for (at, byte) in block.iter().enumerate() {
                let rest = &text[offset + at..];
                if control(*byte) || rest.starts_with(b"\xEF\xBF\xBE") || rest.starts_with(b"\xEF\xBF\xBF") {
                    return Some(offset + at);
                }
            }
        }
        offset += block.len();
    }
    None
}

/// What an ASCII byte may be in a name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    No,
    Start,
    Inner,
}

/// Table of [`Class`] for ASCII. The colon is no part of a name here: Namespaces in XML takes it for itself.
const CLASSES: [Class; 128] = {
    let mut classes = [Class::No; 128];
    let mut byte = 0u8;
    while byte < 128 {
        classes[byte as usize] = match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'_' => Class::Start,
            b'0'..=b'9' | b'-' | b'.' => Class::Inner,
            _ => Class::No,
        };
        byte += 1;
    }
    classes
};

/// Prefix (empty if there is none) and local name; `None` if it is no `QName` of Namespaces in XML.
#[inline]
pub(super) fn split_name(name: &str) -> Option<(&str, &str)> {
    let colon = ncname_end(name);
    if colon == name.len() {
        return (colon > 0).then_some(("", name));
    }
    let local = name[colon..].strip_prefix(':')?;
    (colon > 0 && !local.is_empty() && ncname_end(local) == local.len()).then(|| (&name[..colon], local))
}

/// How many leading bytes are an `NCName`.
#[inline]
fn ncname_end(text: &str) -> usize {
    let bytes = text.as_bytes();
    let class = |byte: u8| CLASSES.get(usize::from(byte)).copied();
    match bytes.first().map(|byte| class(*byte)) {
        Some(Some(Class::Start)) => {}
        Some(None) => return ncname_end_any(text),
        _ => return 0,
    }
    for (at, byte) in bytes.iter().enumerate() {
        match class(*byte) {
            Some(Class::No) => return at,
            Some(_) => {}
            None => return ncname_end_any(text),
        }
    }
    bytes.len()
}

/// The same for names outside ASCII (XML 1.0, fifth edition, §2.3).
#[cold]
fn ncname_end_any(text: &str) -> usize {
    let start = |c: char| {
        matches!(c,
            'A'..='Z' | '_' | 'a'..='z' | '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}' | '\u{f8}'..='\u{2ff}'
            | '\u{370}'..='\u{37d}' | '\u{37f}'..='\u{1fff}' | '\u{200c}'..='\u{200d}' | '\u{2070}'..='\u{218f}'
            | '\u{2c00}'..='\u{2fef}' | '\u{3001}'..='\u{d7ff}' | '\u{f900}'..='\u{fdcf}' | '\u{fdf0}'..='\u{fffd}'
            | '\u{10000}'..='\u{effff}')
    };
    let inner = |c: char| {
        start(c) || matches!(c, '-' | '.' | '0'..='9' | '\u{b7}' | '\u{300}'..='\u{36f}' | '\u{203f}'..='\u{2040}')
    };
    let mut ends = text.char_indices().skip_while(|(at, c)| if *at == 0 { start(*c) } else { inner(*c) });
    ends.next().map_or(text.len(), |(at, _)| at)
}

/// A predefined entity or a character reference, without `&` and `;`.
///
/// # Errors
/// Any other entity, or a number of no character of XML.
pub(super) fn resolve(name: &str) -> Result<char, String> {
    let code = match name {
        "amp" => return Ok('&'),
        "lt" => return Ok('<'),
        "gt" => return Ok('>'),
        "quot" => return Ok('"'),
        "apos" => return Ok('\''),
        _ => match name.strip_prefix('#') {
            None => return Err(format!("unknown entity `{}`", name.chars().take(32).collect::<String>())),
            Some(number) => match number.strip_prefix('x') {
                Some(hex) if hex.bytes().all(|byte| byte.is_ascii_hexdigit()) => u32::from_str_radix(hex, 16).ok(),
                None if number.bytes().all(|byte| byte.is_ascii_digit()) => number.parse().ok(),
                _ => None,
            },
        },
    };
    code.and_then(char::from_u32)
        .filter(|c| is_char(*c))
        .ok_or_else(|| "a character reference to no character of XML".to_owned())
}
