//! Characters of XML 1.0: classes of bytes, references, and the escapes of the canonical form.

use std::borrow::Cow;

/// May stand in a name after its first character (ASCII only; the colon is handled apart).
pub(super) const NAME: u8 = 1;
/// May start a name (ASCII only).
pub(super) const NAME_START: u8 = 2;
/// Needs a look in character data.
pub(super) const TEXT_STOP: u8 = 4;
/// Needs a look in an attribute value.
pub(super) const VALUE_STOP: u8 = 8;
/// White space.
pub(super) const SPACE: u8 = 16;
/// Not a character of XML 1.0 at all.
pub(super) const FORBIDDEN: u8 = 32;

/// Classes of every byte. Bytes above 0x7F are parts of UTF-8 sequences; of these only 0xEF needs a look, because it may
/// begin U+FFFE or U+FFFF, which XML forbids.
pub(super) const CLASS: [u8; 256] = {
    let mut table = [0u8; 256];
    let mut at = 0;
    while at < 256 {
        let byte = at as u8;
        let mut class = 0;
        if byte.is_ascii_alphabetic() || byte == b'_' {
            class |= NAME | NAME_START;
        }
        if byte.is_ascii_digit() || byte == b'-' || byte == b'.' {
            class |= NAME;
        }
        if matches!(byte, b'\t' | b'\n' | b'\r' | b' ') {
            class |= SPACE;
        } else if byte < 0x20 {
            class |= FORBIDDEN | TEXT_STOP | VALUE_STOP;
        }
        if matches!(byte, b'<' | b'>' | b'&' | b'\r' | 0xEF) {
            class |= TEXT_STOP;
        }
        if matches!(byte, b'"' | b'\'' | b'<' | b'&' | b'\t' | b'\n' | b'\r' | 0xEF) {
            class |= VALUE_STOP;
        }
        table[at] = class;
        at += 1;
    }
    table
};

/// Whether the byte belongs to the class.
#[inline(always)]
pub(super) fn is(byte: u8, class: u8) -> bool {
    CLASS[byte as usize] & class != 0
}

/// XML 1.0 production 2, `Char`.
fn is_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}

/// XML 1.0 (fifth edition) production 4 without the colon.
pub(super) fn is_name_start(c: char) -> bool {
    matches!(c, 'A'..='Z' | '_' | 'a'..='z' | '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}' | '\u{F8}'..='\u{2FF}'
        | '\u{370}'..='\u{37D}' | '\u{37F}'..='\u{1FFF}' | '\u{200C}'..='\u{200D}' | '\u{2070}'..='\u{218F}'
        | '\u{2C00}'..='\u{2FEF}' | '\u{3001}'..='\u{D7FF}' | '\u{F900}'..='\u{FDCF}' | '\u{FDF0}'..='\u{FFFD}'
        | '\u{10000}'..='\u{EFFFF}')
}

/// XML 1.0 (fifth edition) production 4a without the colon.
pub(super) fn is_name(c: char) -> bool {
    is_name_start(c) || matches!(c, '-' | '.' | '0'..='9' | '\u{B7}' | '\u{300}'..='\u{36F}' | '\u{203F}'..='\u{2040}')
}

/// Whether the three bytes are U+FFFE or U+FFFF.
pub(super) fn is_noncharacter(bytes: &[u8]) -> bool {
    matches!(bytes, [0xEF, 0xBF, 0xBE | 0xBF, ..])
}

/// The character a reference at the start of `bytes` stands for, and the length of the reference. `None` when it is not
/// one of the five predefined entities or a reference to a character of XML 1.0; others need a DTD, which is refused.
pub(super) fn reference(bytes: &[u8]) -> Option<(char, usize)> {
    const LONGEST: usize = 16;
    let end = bytes.iter().take(LONGEST).position(|&byte| byte == b';')?;
    let name = bytes.get(1..end)?;
    let c = match name {
        b"amp" => '&',
        b"lt" => '<',
        b"gt" => '>',
        b"quot" => '"',
        b"apos" => '\'',
        [b'#', b'x', digits @ ..] => number(digits, 16)?,
        [b'#', digits @ ..] => number(digits, 10)?,
        _ => return None,
    };
    Some((c, end + 1))
}

fn number(digits: &[u8], radix: u32) -> Option<char> {
    if digits.is_empty() {
        return None;
    }
    let value = digits
        .iter()
        .try_fold(0u32, |value, &digit| value.checked_mul(radix)?.checked_add((digit as char).to_digit(radix)?))?;
    char::from_u32(value).filter(|&c| is_char(c))
}

/// Whether a reference is written as the canonical form writes it in character data.
pub(super) fn is_canonical_in_text(reference: &[u8]) -> bool {
    matches!(reference, b"&amp;" | b"&lt;" | b"&gt;" | b"&#xD;")
}

/// Whether a reference is written as the canonical form writes it in an attribute value.
pub(super) fn is_canonical_in_value(reference: &[u8]) -> bool {
    matches!(reference, b"&amp;" | b"&lt;" | b"&quot;" | b"&#x9;" | b"&#xA;" | b"&#xD;")
}

fn push(out: &mut Vec<u8>, c: char) {
    out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
}

/// Writes character data canonically. `references` is false inside CDATA, where `&` is just a character.
pub(super) fn write_text(raw: &[u8], references: bool, out: &mut Vec<u8>) {
    let mut at = 0;
    while at < raw.len() {
        match raw[at] {
            b'&' if references => {
                let Some((c, length)) = reference(&raw[at..]) else { return };
                at += length;
                match c {
                    '&' => out.extend_from_slice(b"&amp;"),
                    '<' => out.extend_from_slice(b"&lt;"),
                    '>' => out.extend_from_slice(b"&gt;"),
                    '\r' => out.extend_from_slice(b"&#xD;"),
                    c => push(out, c),
                }
                continue;
            }
            b'&' => out.extend_from_slice(b"&amp;"),
            b'<' => out.extend_from_slice(b"&lt;"),
            b'>' => out.extend_from_slice(b"&gt;"),
            b'\r' => {
                out.push(b'\n');
                at += usize::from(raw.get(at + 1) == Some(&b'\n'));
            }
            byte => out.push(byte),
        }
        at += 1;
    }
}

/// Writes the data of a processing instruction or the like: only line ends are normalised.
pub(super) fn write_line_ends(raw: &[u8], out: &mut Vec<u8>) {
    let mut at = 0;
    while at < raw.len() {
        if raw[at] == b'\r' {
            out.push(b'\n');
            at += usize::from(raw.get(at + 1) == Some(&b'\n'));
        } else {
            out.push(raw[at]);
        }
        at += 1;
    }
}

/// Decodes the characters of an attribute value or of character data: references replaced, line ends normalised and, in
/// an attribute value, literal white space made spaces (XML 1.0 §3.3.3 for an undeclared, hence CDATA, attribute).
pub(super) fn decode(raw: &[u8], attribute: bool) -> Cow<'_, [u8]> {
    let needs = |byte: &u8| *byte == b'&' || *byte == b'\r' || attribute && matches!(*byte, b'\t' | b'\n');
    let Some(first) = raw.iter().position(needs) else { return Cow::Borrowed(raw) };
    let mut out = raw[..first].to_vec();
    let mut at = first;
    while at < raw.len() {
        match raw[at] {
            b'&' => {
                let Some((c, length)) = reference(&raw[at..]) else { break };
                push(&mut out, c);
                at += length;
                continue;
            }
            b'\r' => {
                out.push(if attribute { b' ' } else { b'\n' });
                at += usize::from(raw.get(at + 1) == Some(&b'\n'));
            }
            b'\t' | b'\n' if attribute => out.push(b' '),
            byte => out.push(byte),
        }
        at += 1;
    }
    Cow::Owned(out)
}

/// Writes decoded characters as a canonical attribute value, without the quotes.
pub(super) fn write_value(decoded: &[u8], out: &mut Vec<u8>) {
    for &byte in decoded {
        match byte {
            b'&' => out.extend_from_slice(b"&amp;"),
            b'<' => out.extend_from_slice(b"&lt;"),
            b'"' => out.extend_from_slice(b"&quot;"),
            b'\t' => out.extend_from_slice(b"&#x9;"),
            b'\n' => out.extend_from_slice(b"&#xA;"),
            b'\r' => out.extend_from_slice(b"&#xD;"),
            byte => out.push(byte),
        }
    }
}
