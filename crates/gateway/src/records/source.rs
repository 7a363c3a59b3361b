//! Files as handed over: found beside one another, read whole within a limit, and checked to be UTF-8 text.

use std::cell::Cell;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::problem::{Code, Problem};

/// The largest file that is read, in bytes (256 MB).
pub const FILE_LIMIT: u64 = 256 * 1024 * 1024;

/// Where the five files of a month lie, or the one JSON document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// Five CSV files.
    Csv {
        /// Heads of the bills.
        charges: PathBuf,
        /// Lines of the bills.
        charge_lines: PathBuf,
        /// Bank requisites.
        bank: PathBuf,
        /// Services and their places in НСИ.
        services: PathBuf,
        /// Accounts and their GUIDs.
        accounts: PathBuf,
    },
    /// One document `bills/1`.
    Json(PathBuf),
}

impl Input {
    /// The input a person means by naming one file: a `.json` document, or a charges file with the four others beside it under
    /// their usual names.
    #[must_use]
    pub fn beside(named: &Path) -> Self {
        if named.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json")) {
            return Self::Json(named.to_owned());
        }
        let other = |name: &str| named.with_file_name(name);
        Self::Csv {
            charges: named.to_owned(),
            charge_lines: other("charge_lines.csv"),
            bank: other("bank.csv"),
            services: other("services.csv"),
            accounts: other("accounts.csv"),
        }
    }

    /// Reads the files into memory. Nothing is interpreted yet, so the bytes can be stored as received first.
    ///
    /// # Errors
    /// One problem for each file that is missing, unreadable, not an ordinary file, empty or above [`FILE_LIMIT`]; a file above
    /// the limit is refused by its size, before it is read.
    pub fn load(&self) -> Result<Sources, Vec<Problem>> {
        match self {
            Self::Json(path) => load_file(path).map(Sources::Json).map_err(|problem| vec![problem]),
            Self::Csv { charges, charge_lines, bank, services, accounts } => {
                let mut problems = Vec::new();
                let mut load = |path: &Path| load_file(path).map_err(|problem| problems.push(problem)).ok();
                let files = (load(charges), load(charge_lines), load(bank), load(services), load(accounts));
                match files {
                    (Some(charges), Some(charge_lines), Some(bank), Some(services), Some(accounts)) => {
                        Ok(Sources::Csv { charges, charge_lines, bank, services, accounts })
                    }
                    _ => Err(problems),
                }
            }
        }
    }
}

/// One file in memory, as received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// How the caller named the file; it stands in every problem.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl Source {
    /// A source with a name for its problems.
    pub fn new(name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self { name: name.into(), bytes: bytes.into() }
    }

    /// Reads one file into memory, for records that come in one.
    ///
    /// # Errors
    /// As [`Input::load`].
    pub fn load(path: &Path) -> Result<Self, Problem> {
        load_file(path).map_err(|problem| match problem.code {
            Code::FileMissing => Problem { code: Code::NoSuchFile, ..problem },
            _ => problem,
        })
    }
}

/// The files of a month in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sources {
    /// Five CSV files.
    Csv {
        /// Heads of the bills.
        charges: Source,
        /// Lines of the bills.
        charge_lines: Source,
        /// Bank requisites.
        bank: Source,
        /// Services and their places in НСИ.
        services: Source,
        /// Accounts and their GUIDs.
        accounts: Source,
    },
    /// One document `bills/1`.
    Json(Source),
}

fn load_file(path: &Path) -> Result<Source, Problem> {
    let name = path.display().to_string();
    let unreadable = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => Problem::new(&name, Code::FileMissing),
        kind => Problem::new(&name, Code::FileUnreadable).with("reason", kind),
    };
    let too_large = |size: u64| Problem::new(&name, Code::FileTooLarge).with("size", size).with("limit", FILE_LIMIT);
    // Asked by name first: opening a pipe would wait for its writer.
    if !fs::metadata(path).map_err(unreadable)?.is_file() {
        return Err(Problem::new(&name, Code::NotAFile));
    }
    let file = File::open(path).map_err(unreadable)?;
    let size = file.metadata().map_err(unreadable)?.len();
    if size > FILE_LIMIT {
        return Err(too_large(size));
    }
    let mut bytes = Vec::new();
    // The file may grow while it is read.
    let read = file.take(FILE_LIMIT + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    match read as u64 {
        0 => Err(Problem::new(&name, Code::FileEmpty)),
        read if read > FILE_LIMIT => Err(too_large(read)),
        _ => Ok(Source { name, bytes }),
    }
}

/// A source known to be UTF-8, with the means to tell a line from an offset.
#[derive(Debug)]
pub(crate) struct Text<'a> {
    pub(crate) file: &'a str,
    /// Without the byte order mark.
    pub(crate) text: &'a str,
    /// The number of line ends before each block of [`BLOCK`] bytes.
    blocks: Vec<u32>,
    /// The last answer: an offset and the line ends before it. Rows are asked for one after another.
    last: Cell<(usize, u32)>,
}

/// Small enough to count in no time, large enough that the index is a fraction of a percent of the file.
const BLOCK: usize = 4096;

impl<'a> Text<'a> {
    /// Checks size and encoding.
    pub(crate) fn of(source: &'a Source) -> Result<Self, Problem> {
        let file = source.name.as_str();
        if source.bytes.is_empty() {
            return Err(Problem::new(file, Code::FileEmpty));
        }
        if source.bytes.len() as u64 > FILE_LIMIT {
            let size = source.bytes.len();
            return Err(Problem::new(file, Code::FileTooLarge).with("size", size).with("limit", FILE_LIMIT));
        }
        let text = std::str::from_utf8(&source.bytes).map_err(|error| {
            let (before, rest) = source.bytes.split_at(error.valid_up_to());
            let line = before.iter().filter(|b| **b == b'\n').count() as u64 + 1;
            Problem::new(file, Code::WrongEncoding).at(line).with("encoding", encoding_of(&source.bytes, rest))
        })?;
        if text.bytes().take(BLOCK).any(|b| b == 0) {
            let encoding = encoding_of(&source.bytes, &[]);
            return Err(Problem::new(file, Code::WrongEncoding).with("encoding", encoding));
        }
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut ends = 0;
        let blocks = text
            .as_bytes()
            .chunks(BLOCK)
            .map(|block| {
                let before = ends;
                ends += line_ends(block);
                before
            })
            .collect();
        Ok(Self { file, text, blocks, last: Cell::new((0, 0)) })
    }

    /// The line, from 1, in which a byte offset of `text` lies.
    pub(crate) fn line(&self, offset: usize) -> u64 {
        let block = offset / BLOCK;
        let known = (block * BLOCK, self.blocks.get(block).copied().unwrap_or(0));
        let (from, before) = match self.last.get() {
            last if (known.0..=offset).contains(&last.0) => last,
            _ => known,
        };
        let ends = before + self.text.as_bytes().get(from..offset).map_or(0, line_ends);
        self.last.set((offset, ends));
        u64::from(ends) + 1
    }

    /// The byte offset of a slice cut from `text`; of any other slice, the beginning.
    pub(crate) fn offset(&self, part: &str) -> usize {
        let offset = (part.as_ptr() as usize).wrapping_sub(self.text.as_ptr() as usize);
        if offset <= self.text.len() { offset } else { 0 }
    }
}

fn line_ends(bytes: &[u8]) -> u32 {
    bytes.iter().map(|b| u32::from(*b == b'\n')).sum()
}

/// Guesses the encoding a file is in, so that a person knows what to look for. `rest` begins at the first byte that is not UTF-8.
fn encoding_of(bytes: &[u8], rest: &[u8]) -> &'static str {
    match bytes {
        [0xff, 0xfe, ..] => return "UTF-16 (LE)",
        [0xfe, 0xff, ..] => return "UTF-16 (BE)",
        _ if bytes.iter().take(BLOCK).any(|b| *b == 0) => return "UTF-16",
        _ => {}
    }
    // Russian text: small letters prevail. In windows-1251 they fill E0–FF, in CP866 A0–AF and E0–EF, in KOI8-R C0–DF.
    let count = |from: u8, to: u8| rest.iter().take(BLOCK).filter(|b| (from..=to).contains(*b)).count();
    let (koi8, cp866, windows) = (count(0xc0, 0xdf), count(0x80, 0xaf), count(0xe0, 0xff));
    if cp866 > koi8 && cp866 * 2 > windows {
        "CP866"
    } else if koi8 > windows {
        "KOI8-R"
    } else if windows > 0 {
        "windows-1251"
    } else {
        "a binary file"
    }
}

#[cfg(test)]
mod tests {
    use super::{BLOCK, Code, Source, Text, encoding_of};

    #[test]
    fn a_line_is_found_from_any_offset() {
        let text: String = (0..3000).map(|n| format!("row {n}\n")).collect();
        let source = Source::new("a.csv", text.as_bytes());
        let lines = Text::of(&source).unwrap();
        assert!(text.len() > 5 * BLOCK);
        for (number, line) in text.lines().enumerate() {
            let offset = line.as_ptr() as usize - text.as_ptr() as usize;
            assert_eq!(lines.line(offset), number as u64 + 1);
            assert_eq!(lines.line(offset + line.len()), number as u64 + 1);
            assert_eq!(lines.line(offset / 2), text[..offset / 2].matches('\n').count() as u64 + 1);
        }
        assert_eq!(lines.offset(&lines.text[100..110]), 100);
    }

    #[test]
    fn other_encodings_are_named() {
        // «холодная вода» in each encoding.
        let windows = [0xf5, 0xee, 0xeb, 0xee, 0xe4, 0xed, 0xe0, 0xff, b' ', 0xe2, 0xee, 0xe4, 0xe0];
        let cp866 = [0xe5, 0xae, 0xab, 0xae, 0xa4, 0xad, 0xa0, 0xef, b' ', 0xa2, 0xae, 0xa4, 0xa0];
        let koi8 = [0xc8, 0xcf, 0xcc, 0xcf, 0xc4, 0xce, 0xc1, 0xd1, b' ', 0xd7, 0xcf, 0xc4, 0xc1];
        assert_eq!(encoding_of(&windows, &windows), "windows-1251");
        assert_eq!(encoding_of(&cp866, &cp866), "CP866");
        assert_eq!(encoding_of(&koi8, &koi8), "KOI8-R");
        let utf16: Vec<u8> = "\u{feff}ref;number".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let source = Source::new("charges.csv", utf16);
        let problem = Text::of(&source).unwrap_err();
        assert_eq!((problem.code, problem.args["encoding"].as_str()), (Code::WrongEncoding, "UTF-16 (LE)"));
    }

    #[test]
    fn the_place_of_a_wrong_byte_is_named_and_a_byte_order_mark_is_not_text() {
        let source = Source::new("charges.csv", b"ref\nb-1\n\xf5\xee\xeb\xee\n".as_slice());
        assert_eq!(Text::of(&source).unwrap_err().line, Some(3));
        let source = Source::new("charges.csv", "\u{feff}ref\n".as_bytes());
        assert_eq!(Text::of(&source).unwrap().text, "ref\n");
    }
}
