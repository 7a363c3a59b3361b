//! Compares issuer names as ГИС ЖКХ does: the order of the attributes does not matter, nor do quotation marks and spacing;
//! the words for the attributes do.

/// Words the system understands; anything else must be a dotted object identifier.
const WORDS: [(&str, &str); 13] = [
    ("CN", "2.5.4.3"),
    ("SN", "2.5.4.4"),
    ("SURNAME", "2.5.4.4"),
    ("C", "2.5.4.6"),
    ("L", "2.5.4.7"),
    ("ST", "2.5.4.8"),
    ("STREET", "2.5.4.9"),
    ("O", "2.5.4.10"),
    ("OU", "2.5.4.11"),
    ("T", "2.5.4.12"),
    ("TITLE", "2.5.4.12"),
    ("G", "2.5.4.42"),
    ("GIVENNAME", "2.5.4.42"),
];

/// One attribute: identifier and value without quotation marks and spaces.
type Attribute = (String, String);

/// Whether the name as written is the certificate's, itself given as text.
///
/// # Errors
/// What is wrong with the name as written.
pub(super) fn compare(written: &str, of_certificate: &str) -> Result<(), String> {
    let (written, expected) = (parse(written)?, parse(of_certificate)?);
    if written == expected {
        return Ok(());
    }
    let keys = |names: &[Vec<Attribute>], others: &[Vec<Attribute>]| {
        let only = names.iter().filter(|name| !others.contains(name)).flatten();
        only.map(|(key, _)| key.as_str()).collect::<Vec<_>>().join(", ")
    };
    Err(format!(
        "the attributes [{}] differ from the certificate's [{}]",
        keys(&written, &expected),
        keys(&expected, &written)
    ))
}

/// Reads a name of the RFC 2253 family into relative distinguished names, all sorted.
fn parse(text: &str) -> Result<Vec<Vec<Attribute>>, String> {
    let mut names = Vec::new();
    let mut current = Vec::new();
    let mut rest = text;
    loop {
        let equals = rest.find('=').ok_or("no '=' behind an attribute's name")?;
        let key = key(rest[..equals].trim())?;
        rest = &rest[equals + 1..];
        if rest.trim_start().starts_with('#') {
            return Err(format!("the value of {key} is in #hex form, write it as text"));
        }
        let (mut value, mut quoted, mut separator) = (String::new(), false, None);
        let mut characters = rest.char_indices();
        while let Some((at, character)) = characters.next() {
            match character {
                '\\' => match characters.next() {
                    Some((_, escaped)) if " ,+\"\\<>;=#".contains(escaped) => value.push(escaped),
                    _ => return Err(format!("an unexpected escape in the value of {key}")),
                },
                '"' => quoted = !quoted,
                ',' | ';' | '+' if !quoted => {
                    separator = Some((at, character));
                    break;
                }
                character => value.push(character),
            }
        }
        if quoted {
            return Err("a quotation mark that is not closed".to_owned());
        }
        value.retain(|character| character != '"' && !character.is_whitespace());
        current.push((key, value));
        if !matches!(separator, Some((_, '+'))) {
            current.sort_unstable();
            names.push(std::mem::take(&mut current));
        }
        match separator {
            Some((at, _)) => rest = &rest[at + 1..],
            None => break,
        }
    }
    names.sort_unstable();
    Ok(names)
}

fn key(written: &str) -> Result<String, String> {
    let dotted = !written.is_empty()
        && written.split('.').all(|arc| !arc.is_empty() && arc.bytes().all(|byte| byte.is_ascii_digit()));
    if dotted && written.contains('.') {
        return Ok(written.to_owned());
    }
    match WORDS.iter().find(|(word, _)| written.eq_ignore_ascii_case(word)) {
        Some((_, identifier)) => Ok((*identifier).to_owned()),
        None => {
            let shown: String = written.chars().take(32).collect();
            Err(format!("the system does not understand `{shown}`, write a dotted object identifier"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::compare;

    const CERTIFICATE: &str = r#"C=RU, O=ООО \"А\, Б\", 1.2.643.100.1=1000000000000"#;

    #[test]
    fn shapes_seen_on_the_wire_are_equal() {
        for written in [
            CERTIFICATE,
            r#"1.2.643.100.1=1000000000000,o=ООО \"А\, Б\",c=RU"#,
            r#"O=ООО А\,Б,1.2.643.100.1=1000000000000,C=RU"#,
            r#"O="ООО ""А, Б""",C=RU,1.2.643.100.1=1000000000000"#,
        ] {
            assert_eq!(compare(written, CERTIFICATE), Ok(()), "{written}");
        }
    }

    #[test]
    fn other_names_and_words_the_system_does_not_know_are_not() {
        for (written, reason) in [
            (CERTIFICATE.replace("1.2.643.100.1", "OGRN"), "does not understand `OGRN`"),
            (CERTIFICATE.replace("1.2.643", "OID.1.2.643"), "does not understand"),
            (CERTIFICATE.replace("=1000", "=#1000"), "#hex"),
            (CERTIFICATE.replace('А', "В"), "[2.5.4.10] differ from the certificate's [2.5.4.10]"),
            ("C=RU".to_owned(), "[1.2.643.100.1, 2.5.4.10]"),
            (format!("{CERTIFICATE},C=RU"), "differ"),
            (format!("{CERTIFICATE},S=x"), "does not understand `S`"),
            (format!("{CERTIFICATE},E=x"), "does not understand `E`"),
            (CERTIFICATE.replace(r#"\""#, r"\z"), "unexpected escape"),
            (r#"O="А"#.to_owned(), "not closed"),
            (String::new(), "no '='"),
        ] {
            let found = compare(&written, CERTIFICATE).unwrap_err();
            assert!(found.contains(reason), "{written}: {found}");
        }
    }
}
