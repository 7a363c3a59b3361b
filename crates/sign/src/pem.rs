//! PEM blocks (RFC 7468), read as tolerantly as people store them: any line length, CRLF, text around.

use base64::Engine as _;
use zeroize::Zeroizing;

/// Nobody's key or certificate comes near this; the limit keeps a wrong file from being decoded at length.
pub(crate) const MAX_BYTES: usize = 1 << 20;

/// One `-----BEGIN label-----` block, decoded. Wiped when dropped, for it may be a key.
pub(crate) struct Block<'a> {
    pub(crate) label: &'a str,
    pub(crate) der: Zeroizing<Vec<u8>>,
}

/// Every block of the text in order.
pub(crate) fn blocks(text: &str) -> Result<Vec<Block<'_>>, String> {
    if text.len() > MAX_BYTES {
        return Err(format!("the text is longer than {MAX_BYTES} bytes, this is some other file"));
    }
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((_, begun)) = rest.split_once("-----BEGIN ") {
        let (label, body) = begun.split_once("-----").ok_or("a BEGIN line does not end in dashes")?;
        let end = format!("-----END {label}-----");
        let (body, after) =
            body.split_once(&end).ok_or_else(|| format!("there is no line {end}: the text is cut off"))?;
        let digits: Zeroizing<Vec<u8>> = Zeroizing::new(body.bytes().filter(|b| !b.is_ascii_whitespace()).collect());
        let der = base64::engine::general_purpose::STANDARD
            .decode(&*digits)
            .map_err(|_| format!("the {label} block is not base64"))?;
        found.push(Block { label, der: Zeroizing::new(der) });
        rest = after;
    }
    Ok(found)
}
