//! Rows of a CSV text (RFC 4180), strictly: what a spreadsheet could not have written is named, never guessed at.
//!
//! The reader is our own because records need three things at once which the `csv` crate leaves out: an unclosed or misplaced
//! quote is an error, every cell knows its place, and cells borrow from the text.

use std::borrow::Cow;

/// One row: where it begins and its cells, each with its own offset.
#[derive(Debug, Default)]
pub(crate) struct Cells<'a> {
    pub(crate) offset: usize,
    pub(crate) cells: Vec<(usize, Cow<'a, str>)>,
}

/// Why a row could not be taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Malformed {
    /// A quote opened at this offset is never closed; nothing after it can be read.
    Unterminated(usize),
    /// Text follows a closing quote at this offset; reading goes on with the next line.
    TextAfterQuote(usize),
}

/// Reads rows one after another. Lines without any cell text are passed over.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    text: &'a str,
    position: usize,
    delimiter: u8,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(text: &'a str, delimiter: u8) -> Self {
        Self { text, position: 0, delimiter }
    }

    /// Reads the next row into `row`; `false` at the end of the text.
    pub(crate) fn next(&mut self, row: &mut Cells<'a>) -> Result<bool, Malformed> {
        while self.position < self.text.len() {
            row.cells.clear();
            row.offset = self.position;
            while self.cell(row)? {}
            if row.cells.iter().any(|(_, text)| !text.trim().is_empty()) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Reads one cell; `true` when another follows in the same row.
    fn cell(&mut self, row: &mut Cells<'a>) -> Result<bool, Malformed> {
        let start = self.position;
        let bytes = self.text.as_bytes();
        if bytes.get(start) == Some(&b'"') {
            let text = self.quoted(start)?;
            row.cells.push((start, text));
            let rest = &bytes[self.position..];
            return match rest {
                [first, ..] if *first == self.delimiter => Ok(self.step(1, true)),
                [b'\r', b'\n', ..] => Ok(self.step(2, false)),
                [b'\n' | b'\r', ..] => Ok(self.step(1, false)),
                [] => Ok(false),
                _ => {
                    let fault = self.position;
                    let line_end = rest.iter().position(|b| *b == b'\n').map_or(rest.len(), |at| at + 1);
                    self.position += line_end;
                    Err(Malformed::TextAfterQuote(fault))
                }
            };
        }
        let rest = &bytes[start..];
        let length = rest.iter().position(|b| *b == self.delimiter || *b == b'\n').unwrap_or(rest.len());
        let text = &self.text[start..start + length];
        let more = rest.get(length) == Some(&self.delimiter);
        let text = if more { text } else { text.strip_suffix('\r').unwrap_or(text) };
        row.cells.push((start, Cow::Borrowed(text)));
        self.position = (start + length + 1).min(self.text.len());
        // A delimiter as the last byte of the text leaves one empty cell behind it.
        if more && start + length + 1 == self.text.len() {
            row.cells.push((self.text.len(), Cow::Borrowed("")));
            return Ok(false);
        }
        Ok(more)
    }

    fn step(&mut self, bytes: usize, more: bool) -> bool {
        self.position += bytes;
        more
    }

    /// The contents of a quoted cell; afterwards the position is behind the closing quote.
    fn quoted(&mut self, start: usize) -> Result<Cow<'a, str>, Malformed> {
        let mut unescaped = String::new();
        let mut from = start + 1;
        loop {
            let Some(length) = self.text[from..].find('"') else {
                self.position = self.text.len();
                return Err(Malformed::Unterminated(start));
            };
            let part = &self.text[from..from + length];
            let after = from + length + 1;
            if self.text.as_bytes().get(after) == Some(&b'"') {
                unescaped.push_str(part);
                unescaped.push('"');
                from = after + 1;
            } else {
                self.position = after;
                if unescaped.is_empty() {
                    return Ok(Cow::Borrowed(part));
                }
                unescaped.push_str(part);
                return Ok(Cow::Owned(unescaped));
            }
        }
    }
}

/// The delimiter a header line uses: `;` or `,`, whichever is more frequent; a tab where neither is found.
pub(crate) fn delimiter(text: &str) -> u8 {
    let header = text.lines().find(|line| !line.trim().is_empty()).unwrap_or("");
    let count = |wanted: u8| header.bytes().filter(|b| *b == wanted).count();
    let (semicolons, commas, tabs) = (count(b';'), count(b','), count(b'\t'));
    if semicolons == 0 && commas == 0 && tabs > 0 {
        b'\t'
    } else if semicolons >= commas {
        b';'
    } else {
        b','
    }
}

#[cfg(test)]
mod tests {
    use super::{Cells, Malformed, Reader, delimiter};
    use proptest::prelude::*;

    fn rows(text: &str) -> Result<Vec<Vec<String>>, Malformed> {
        let mut reader = Reader::new(text, b';');
        let mut row = Cells::default();
        let mut rows = Vec::new();
        while reader.next(&mut row)? {
            rows.push(row.cells.iter().map(|(_, text)| text.to_string()).collect());
        }
        Ok(rows)
    }

    #[test]
    fn cells_quotes_and_line_ends() {
        let text = "a;b\r\n\"x;1\";\"say \"\"yes\"\"\"\n\n;;\n;last;\n\"two\nlines\";end";
        let expected = [vec!["a", "b"], vec!["x;1", "say \"yes\""], vec!["", "last", ""], vec!["two\nlines", "end"]];
        assert_eq!(rows(text).unwrap(), expected);
        assert_eq!(rows("a;").unwrap(), [["a", ""]]);
    }

    #[test]
    fn misplaced_and_unclosed_quotes_are_named_by_place() {
        assert_eq!(rows("a;b\nc;\"d"), Err(Malformed::Unterminated(6)));
        assert_eq!(rows("\"a\"b;c"), Err(Malformed::TextAfterQuote(3)));
        let mut reader = Reader::new("\"a\"b;c\nnext;row\n", b';');
        let mut row = Cells::default();
        assert!(reader.next(&mut row).is_err());
        assert_eq!(reader.next(&mut row), Ok(true));
        assert_eq!((row.offset, row.cells[1].0, row.cells[1].1.as_ref()), (7, 12, "row"));
    }

    #[test]
    fn the_delimiter_is_taken_from_the_header() {
        assert_eq!(delimiter("ref;number\n1,2,3"), b';');
        assert_eq!(delimiter("\nref,number\n"), b',');
        assert_eq!(delimiter("ref\tnumber"), b'\t');
        assert_eq!(delimiter("ref"), b';');
    }

    proptest! {
        #[test]
        fn what_the_csv_crate_writes_is_read_back(
            table in proptest::collection::vec(proptest::collection::vec("[a\";\r\n, ]{0,6}", 3), 1..6)
        ) {
            let mut writer = csv::WriterBuilder::new()
                .delimiter(b';')
                .quote_style(csv::QuoteStyle::Always)
                .from_writer(Vec::new());
            for row in &table {
                writer.write_record(row).unwrap();
            }
            let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
            let full: Vec<_> =
                table.iter().filter(|row| row.iter().any(|cell| !cell.trim().is_empty())).cloned().collect();
            prop_assert_eq!(rows(&text).unwrap(), full);
        }

        #[test]
        fn any_text_is_answered(text in "[a\";\r\nя]{0,40}") {
            let mut reader = Reader::new(&text, b';');
            let mut row = Cells::default();
            let mut steps = 0;
            loop {
                match reader.next(&mut row) {
                    Ok(false) => break,
                    Ok(true) => prop_assert!(row.cells.iter().any(|(_, cell)| !cell.trim().is_empty())),
                    Err(_) => {}
                }
                steps += 1;
                prop_assert!(steps <= text.len());
            }
        }
    }
}
