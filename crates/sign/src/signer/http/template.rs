//! Bodies of requests by a template, and values out of answers.

use super::super::encoding::Encoding;
use super::super::secret::Secret;
use super::{Answer, Body, HttpConfig, HttpError};

/// A template must name what is signed, else every signature would be of the same.
pub(super) fn check(config: &HttpConfig) -> Result<(), HttpError> {
    let wrong = |what: &str| Err(HttpError::Settings(what.to_owned()));
    if let Body::Template { text, .. } = &config.body {
        if !text.contains("{base64}") && !text.contains("{hex}") {
            return wrong("the template has neither {base64} nor {hex}, which stand for what is signed");
        }
        if text.contains("{secret}") && config.secret.is_none() {
            return wrong("the template has {secret}, but no secret is given");
        }
    }
    if config.authorization && config.secret.is_none() {
        return wrong("authorization is wanted, but no secret is given");
    }
    match &config.answer {
        Answer::Json { pointer, .. } if !pointer.is_empty() && !pointer.starts_with('/') => {
            wrong("the pointer to the value in the answer must be empty or begin with /")
        }
        Answer::Json { encoding: Encoding::Raw, .. } => wrong("a value in JSON is base64 or hex digits, not raw bytes"),
        _ => Ok(()),
    }
}

/// The body with everything put in. What is put in is not looked at for further places.
pub(super) fn fill(body: &Body, input: &[u8], secret: Option<&Secret>) -> zeroize::Zeroizing<Vec<u8>> {
    let Body::Template { text, .. } = body else {
        return zeroize::Zeroizing::new(input.to_vec());
    };
    let (base64, hex) = (Encoding::Base64.text(input), Encoding::Hex.text(input));
    let secret = zeroize::Zeroizing::new(secret.map(|secret| json(secret.reveal())).unwrap_or_default());
    let places = [("{base64}", base64.as_str()), ("{hex}", hex.as_str()), ("{secret}", secret.as_str())];
    // One allocation, so that no copy of the secret stays behind when the body grows.
    let longest = text.len() + text.matches('{').count() * base64.len().max(hex.len()).max(secret.len());
    let mut filled = zeroize::Zeroizing::new(Vec::with_capacity(longest));
    let mut rest = text.as_str();
    while let Some(at) = rest.find('{') {
        filled.extend_from_slice(&rest.as_bytes()[..at]);
        rest = &rest[at..];
        if let Some((place, value)) = places.iter().find(|(place, _)| rest.starts_with(place)) {
            filled.extend_from_slice(value.as_bytes());
            rest = &rest[place.len()..];
        } else {
            filled.push(b'{');
            rest = &rest[1..];
        }
    }
    filled.extend_from_slice(rest.as_bytes());
    filled
}

/// Text as it stands between the quotes of a JSON string.
fn json(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 6);
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            control if control < ' ' => out.push_str(&format!("\\u{:04x}", u32::from(control))),
            other => out.push(other),
        }
    }
    out
}

/// The value out of an answer.
pub(super) fn value(answer: &Answer, body: &[u8]) -> Result<Vec<u8>, HttpError> {
    let wrong = |what: String| HttpError::Answer(what);
    match answer {
        Answer::Whole(encoding) => {
            encoding.decode(body).ok_or_else(|| wrong(format!("the body is not {}", encoding.name())))
        }
        Answer::Json { pointer, encoding } => {
            let document: serde_json::Value =
                serde_json::from_slice(body).map_err(|_| wrong("the body is not JSON".to_owned()))?;
            let found = document.pointer(pointer).ok_or_else(|| wrong(format!("there is nothing at `{pointer}`")))?;
            let text = found.as_str().ok_or_else(|| wrong(format!("what is at `{pointer}` is no text")))?;
            encoding
                .decode(text.as_bytes())
                .ok_or_else(|| wrong(format!("the text at `{pointer}` is not {}", encoding.name())))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(text: &str) -> Body {
        Body::Template { content_type: "application/json".to_owned(), text: text.to_owned() }
    }

    #[test]
    fn templates_are_filled_once_and_secrets_are_escaped() {
        let body = template(r#"{"data":"{base64}","hex":"{hex}","pin":"{secret}","other":{"{x}":1}}"#);
        let secret = Secret::new("a\"\\\n{hex}");
        let filled = fill(&body, &[1, 2, 255], Some(&secret));
        let expected = r#"{"data":"AQL/","hex":"0102ff","pin":"a\"\\\u000a{hex}","other":{"{x}":1}}"#;
        assert_eq!(std::str::from_utf8(&filled).unwrap(), expected);
        let parsed: serde_json::Value = serde_json::from_slice(&filled).unwrap();
        assert_eq!(parsed["pin"], secret.reveal());
        assert_eq!(*fill(&Body::Raw, &[7, b'{'], None), [7, b'{']);
    }

    #[test]
    fn values_are_found_where_they_are_said_to_be() {
        let json = |pointer: &str, encoding| Answer::Json { pointer: pointer.to_owned(), encoding };
        let body = br#"{"result":{"list":["0aff"]},"n":1}"#;
        assert_eq!(value(&json("/result/list/0", Encoding::Hex), body).unwrap(), [10, 255]);
        assert_eq!(value(&json("", Encoding::Base64), br#""AQI=""#).unwrap(), [1, 2]);
        assert_eq!(value(&Answer::Whole(Encoding::Base64), b"AQI=\n").unwrap(), [1, 2]);
        for (pointer, encoding) in
            [("/none", Encoding::Hex), ("/n", Encoding::Hex), ("/result/list/0", Encoding::Base64)]
        {
            let wrong = value(&json(pointer, encoding), body);
            assert!(matches!(wrong, Err(HttpError::Answer(_))) || pointer == "/result/list/0", "{pointer}: {wrong:?}");
        }
        assert!(matches!(value(&json("", Encoding::Hex), b"<html>"), Err(HttpError::Answer(_))));
    }
}
