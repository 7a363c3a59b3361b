//! `multipart/related` (RFC 2387): some front servers wrap an answer in it, attachments or not. The root part is the answer.

/// The most bytes of one part's headers.
const HEADERS_MOST: usize = 16 << 10;

/// The root part of a body by its content type; a body of any other type is given back as it is.
///
/// The root is the part named by `start`, else the first. All parts up to the closing delimiter must be there: a body
/// without it is cut.
pub(super) fn root(content_type: &str, body: Vec<u8>) -> Result<Vec<u8>, &'static str> {
    let (kind, parameters) = content_type.split_once(';').unwrap_or((content_type, ""));
    if !kind.trim().eq_ignore_ascii_case("multipart/related") {
        return Ok(body);
    }
    let boundary = parameter(parameters, "boundary").filter(|boundary| !boundary.is_empty() && boundary.len() <= 70);
    let boundary = boundary.ok_or("its content type names no boundary")?;
    let start = parameter(parameters, "start");
    let mut chosen = None;
    for part in parts(&body, &boundary)? {
        let (headers, content) = split(part)?;
        let is_root = match &start {
            Some(start) => header(headers, "content-id").is_some_and(|id| id == start.trim()),
            None => true,
        };
        if is_root {
            chosen = Some((headers, content));
            break;
        }
    }
    let (headers, content) = chosen.ok_or("none of its parts is the one its content type calls the root")?;
    match header(headers, "content-transfer-encoding").map(str::to_ascii_lowercase).as_deref() {
        None | Some("7bit" | "8bit" | "binary") => Ok(content.to_vec()),
        Some(_) => Err("the root is in an encoding that is not known here"),
    }
}

/// The parts between the delimiters, each with its headers.
fn parts<'b>(body: &'b [u8], boundary: &str) -> Result<Vec<&'b [u8]>, &'static str> {
    let delimiter = format!("--{boundary}");
    let (mut all, mut begun, mut at) = (Vec::new(), None, 0);
    while let Some(found) = find(&body[at..], delimiter.as_bytes()) {
        let (here, behind) = (at + found, at + found + delimiter.len());
        at = behind;
        let line_start = here == 0 || body[..here].ends_with(b"\n");
        let rest = &body[behind..];
        let last = rest.starts_with(b"--");
        // Nothing but white space may stand behind a delimiter; anything else is another word.
        let line = rest.split(|&byte| byte == b'\n').next().unwrap_or_default();
        if !line_start || !(last || line.trim_ascii().is_empty()) {
            continue;
        }
        if let Some(begun) = begun {
            // The line break before a delimiter belongs to it.
            let part = body.get(begun..here).unwrap_or_default();
            let part = part.strip_suffix(b"\n").unwrap_or(part);
            all.push(part.strip_suffix(b"\r").unwrap_or(part));
        }
        if last {
            return Ok(all);
        }
        begun = Some(behind + line.len() + 1);
    }
    Err("it is cut: the closing delimiter is missing")
}

/// Headers and content of a part, at the first empty line.
fn split(part: &[u8]) -> Result<(&str, &[u8]), &'static str> {
    let mut at = 0;
    for line in part.split_inclusive(|&byte| byte == b'\n') {
        let begun = at;
        at += line.len();
        if line.trim_ascii().is_empty() {
            let headers = std::str::from_utf8(&part[..begun]).map_err(|_| "the headers of a part are not text")?;
            return Ok((headers, &part[at..]));
        }
        if at > HEADERS_MOST {
            break;
        }
    }
    Err("a part has no end of its headers")
}

fn header<'h>(headers: &'h str, name: &str) -> Option<&'h str> {
    let mut lines = headers.lines().filter_map(|line| line.split_once(':'));
    lines.find(|(found, _)| found.trim().eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
}

/// A parameter of a content type, quoted or not.
fn parameter(parameters: &str, name: &str) -> Option<String> {
    let mut rest = parameters;
    loop {
        let (found, behind) = rest.split_once('=')?;
        let behind = behind.trim_start();
        let (value, next) = match behind.strip_prefix('"') {
            Some(quoted) => {
                let (mut value, mut end, mut escaped) = (String::new(), None, false);
                for (at, character) in quoted.char_indices() {
                    match character {
                        _ if escaped => {
                            value.push(character);
                            escaped = false;
                        }
                        '\\' => escaped = true,
                        '"' => {
                            end = Some(at + 1);
                            break;
                        }
                        _ => value.push(character),
                    }
                }
                (value, &quoted[end?..])
            }
            None => {
                let end = behind.find(';').unwrap_or(behind.len());
                (behind[..end].trim_end().to_owned(), &behind[end..])
            }
        };
        if found.trim_matches([' ', '\t', ';']).eq_ignore_ascii_case(name) {
            return Some(value);
        }
        rest = next;
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TYPE: &str = r#"Multipart/Related; type="text/xml"; start="<root@x>"; boundary="uuid:1;2""#;

    fn body(root: &str) -> String {
        format!(
            "preamble\r\n--uuid:1;2\r\nContent-ID: <other@x>\r\n\r\nnot --uuid:1;2 this\r\n--uuid:1;2x\r\n--uuid:1;2 \t\r\n\
             Content-Type: text/xml\r\ncontent-id: <root@x>\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{root}\r\n\
             --uuid:1;2--\r\nepilogue"
        )
    }

    #[test]
    fn the_root_is_the_part_named_by_start_or_the_first() {
        assert_eq!(root(TYPE, body("<a>Я</a>\r\n").into_bytes()), Ok("<a>Я</a>\r\n".as_bytes().to_vec()));
        let first = "multipart/related;boundary=b;type=\"a=b;c\\\"\"";
        assert_eq!(root(first, b"--b\n\n<a/>\n--b\n\n<c/>\n--b--".to_vec()), Ok(b"<a/>".to_vec()));
        assert_eq!(root(first, b"--b\r\n\r\n\r\n--b--".to_vec()), Ok(Vec::new()));
    }

    #[test]
    fn another_type_is_left_alone() {
        assert_eq!(root("text/xml; boundary=b", b"--b".to_vec()), Ok(b"--b".to_vec()));
        assert_eq!(root("", b"x".to_vec()), Ok(b"x".to_vec()));
    }

    #[test]
    fn what_is_cut_or_unknown_is_refused() {
        let whole = body("<a/>");
        for end in 0..whole.find("--uuid:1;2--").unwrap() + "--uuid:1;2-".len() {
            assert!(root(TYPE, whole.as_bytes()[..end].to_vec()).is_err(), "cut at {end}");
        }
        for (content_type, body) in [
            ("multipart/related", "--b\n\nx\n--b--"),
            ("multipart/related; boundary=\"b", "--b\n\nx\n--b--"),
            ("multipart/related; boundary=b; start=x", "--b\n\nx\n--b--"),
            ("multipart/related; boundary=b", "--b\nContent-Transfer-Encoding: base64\n\nx\n--b--"),
            ("multipart/related; boundary=b", "--b\nno end of headers\n--b--"),
            ("multipart/related; boundary=b", "--b--"),
        ] {
            assert!(root(content_type, body.as_bytes().to_vec()).is_err(), "{content_type} {body}");
        }
    }
}
