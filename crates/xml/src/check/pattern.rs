//! Patterns of XML Schema.

use std::iter::Peekable;
use std::str::Chars;
use std::sync::OnceLock;

/// A pattern of XML Schema, compiled when first needed.
#[derive(Debug)]
pub struct Pattern {
    source: &'static str,
    compiled: OnceLock<Option<regex::Regex>>,
}

impl Pattern {
    /// A pattern in the language of XML Schema part 2, appendix F.
    pub const fn new(source: &'static str) -> Self {
        Self { source, compiled: OnceLock::new() }
    }

    /// The pattern as the schema has it.
    pub fn source(&self) -> &'static str {
        self.source
    }

    /// Whether the whole text matches. A pattern that cannot be compiled matches nothing; the generator refuses those.
    pub fn matches(&self, text: &str) -> bool {
        self.compiled
            .get_or_init(|| translate(self.source).and_then(|source| regex::Regex::new(&source).ok()))
            .as_ref()
            .is_some_and(|regex| regex.is_match(text))
    }
}

/// The same pattern in the language of the `regex` crate; `None` for what is no pattern, and for what that language cannot
/// say: names of Unicode blocks, `\i` and `\c`, subtraction of classes.
///
/// The same text means something else in each language, so every character is put down anew: `^` and `$` are ordinary in a
/// schema, `.` matches no carriage return either, `\s` is four characters, `\w` is all but punctuation, separators and
/// controls, and `&&`, `--`, `~~` in a class are no operators.
pub fn translate(source: &str) -> Option<String> {
    let mut out = String::with_capacity(source.len() + 8);
    out.push_str(r"\A(?:");
    let mut rest = source.chars().peekable();
    // Whether a quantifier may stand next: behind an atom, once.
    let mut atom = false;
    let mut groups = 0usize;
    while let Some(c) = rest.next() {
        let quantifier = matches!(c, '?' | '*' | '+' | '{');
        if quantifier && !atom {
            return None;
        }
        match c {
            '\\' => out.push_str(&escape(&mut rest)?),
            '[' => class(&mut rest, &mut out)?,
            '{' => bounds(&mut rest, &mut out)?,
            '.' => out.push_str(r"[^\n\r]"),
            '(' => {
                groups += 1;
                out.push_str("(?:");
            }
            ')' => {
                groups = groups.checked_sub(1)?;
                out.push(')');
            }
            '|' | '?' | '*' | '+' => out.push(c),
            ']' | '}' => return None,
            c => literal(c, &mut out),
        }
        atom = !quantifier && !matches!(c, '(' | '|');
    }
    out.push_str(r")\z");
    (groups == 0).then_some(out)
}

type Rest<'s> = Peekable<Chars<'s>>;

/// One character as itself.
fn literal(c: char, out: &mut String) {
    // `\<` and `\>` are no characters but edges of words.
    if c.is_ascii_punctuation() && !matches!(c, '<' | '>') {
        out.push('\\');
    }
    out.push(c);
}

/// What stands behind a backslash, if it is one character.
fn escaped(c: char) -> Option<char> {
    Some(match c {
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        '\\' | '|' | '.' | '?' | '*' | '+' | '(' | ')' | '{' | '}' | '-' | '[' | ']' | '^' => c,
        _ => return None,
    })
}

/// What stands behind a backslash: a class or one character.
fn escape(rest: &mut Rest<'_>) -> Option<String> {
    Some(match rest.next()? {
        's' => r"[ \t\n\r]".to_owned(),
        'S' => r"[^ \t\n\r]".to_owned(),
        'd' => r"\p{Nd}".to_owned(),
        'D' => r"\P{Nd}".to_owned(),
        'w' => r"[^\p{P}\p{Z}\p{C}]".to_owned(),
        'W' => r"[\p{P}\p{Z}\p{C}]".to_owned(),
        kind @ ('p' | 'P') => {
            rest.next_if_eq(&'{')?;
            let mut name = String::new();
            while let Some(c) = rest.next_if(char::is_ascii_alphabetic) {
                name.push(c);
            }
            rest.next_if_eq(&'}')?;
            // A category has one or two letters; all else names a block.
            if !matches!(name.len(), 1 | 2) {
                return None;
            }
            format!(r"\{kind}{{{name}}}")
        }
        c => {
            let mut out = String::new();
            literal(escaped(c)?, &mut out);
            out
        }
    })
}

/// A class, its `[` already taken.
fn class(rest: &mut Rest<'_>, out: &mut String) -> Option<()> {
    out.push('[');
    if rest.next_if_eq(&'^').is_some() {
        out.push('^');
    }
    let mut empty = true;
    loop {
        let first = match rest.next()? {
            ']' if empty => return None,
            ']' => break,
            '[' => return None,
            '\\' => match rest.peek().copied().and_then(escaped) {
                Some(c) => {
                    rest.next();
                    c
                }
                None => {
                    out.push_str(&escape(rest)?);
                    empty = false;
                    continue;
                }
            },
            c => c,
        };
        empty = false;
        literal(first, out);
        // A range, unless the hyphen stands last and is itself.
        let mut ahead = rest.clone();
        if ahead.next() != Some('-') {
            continue;
        }
        match ahead.next()? {
            ']' => {}
            '[' => return None,
            last => {
                let last = if last == '\\' { escaped(ahead.next()?)? } else { last };
                if last < first {
                    return None;
                }
                out.push('-');
                literal(last, out);
                *rest = ahead;
            }
        }
    }
    out.push(']');
    Some(())
}

/// `{2}`, `{2,}` or `{2,5}`, its `{` already taken.
fn bounds(rest: &mut Rest<'_>, out: &mut String) -> Option<()> {
    let number = |rest: &mut Rest<'_>| {
        let mut digits = String::new();
        while let Some(c) = rest.next_if(char::is_ascii_digit) {
            digits.push(c);
        }
        digits
    };
    let min = number(rest);
    if min.is_empty() {
        return None;
    }
    out.push('{');
    out.push_str(&min);
    if rest.next_if_eq(&',').is_some() {
        out.push(',');
        out.push_str(&number(rest));
    }
    rest.next_if_eq(&'}')?;
    out.push('}');
    Some(())
}
