//! Files attached to records: named by a row, read beside the file the row stands in, or brought along by the process that
//! read them there.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gis_gkh::files::{AttachmentHash, FileName, NameError};
use gis_gkh_delivery::{Fixer, Refusal};
use serde::{Deserialize, Serialize};

use crate::desk::words::{FILE, Words};

/// The largest file that is attached, in bytes (50 MiB). The system's own bound is not published; this one is ours: a file is
/// kept as one body of the store, which has at most 64 MiB.
pub const ATTACHED_LIMIT: u64 = 50 * 1024 * 1024;

/// The most that all files of one batch may have together, in bytes (256 MiB): they are in memory at once while it is taken.
/// A file that several rows name counts once.
pub const ATTACHED_TOTAL: u64 = 256 * 1024 * 1024;

/// A file attached to a record. Its bytes are kept apart from the record.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttachedFile {
    /// Where it is, as the row says: beside the file of the row, unless it is a whole path.
    pub path: String,
    /// Its name in the file store, once it was read.
    #[serde(default)]
    pub name: String,
    /// Its `AttachmentHASH`, once it was read.
    #[serde(default)]
    pub hash: String,
    /// Its bytes, once it was read.
    #[serde(skip)]
    pub bytes: Arc<[u8]>,
}

/// Names of files name people.
impl std::fmt::Debug for AttachedFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AttachedFile").field("bytes", &self.bytes.len()).finish_non_exhaustive()
    }
}

impl AttachedFile {
    /// The files a cell names, one behind another with `;` or a line break between them.
    pub(crate) fn of_cell(cell: &str) -> Vec<Self> {
        let paths = cell.split([';', '\n']).map(str::trim).filter(|path| !path.is_empty());
        let named =
            |path: &str| Self { path: path.to_owned(), name: String::new(), hash: String::new(), bytes: Arc::from([]) };
        paths.map(named).collect()
    }

    /// Fetches the file.
    pub(crate) fn read(&mut self, files: &mut Attachments) -> Result<(), Refusal> {
        let name = Path::new(&self.path).file_name().map(|name| name.to_string_lossy().into_owned());
        let name = FileName::new(name.unwrap_or_default()).map_err(|error| refused(&ill_named(&error)))?;
        let content = files.fetch(&self.path)?;
        self.name = name.as_str().to_owned();
        self.hash = content.hash;
        self.bytes = content.bytes;
        Ok(())
    }
}

/// What is in a file.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Content {
    pub(crate) bytes: Arc<[u8]>,
    /// Its `AttachmentHASH`.
    pub(crate) hash: String,
}

/// The files that rows of one batch name, each read once.
pub(crate) struct Attachments {
    /// The directory their paths begin in; nothing where other files than those at hand cannot be reached.
    beside: Option<PathBuf>,
    known: BTreeMap<String, Result<Content, Refusal>>,
    /// Bytes of all of them.
    total: u64,
}

impl Attachments {
    /// Files of this process's own reach; paths that are not whole begin beside `named`.
    pub(crate) fn beside(named: &str) -> Self {
        let directory = Path::new(named).parent().unwrap_or(Path::new(""));
        Self { beside: Some(directory.to_owned()), known: BTreeMap::new(), total: 0 }
    }

    /// Files that another process has read, or why it could not, by the paths it read them by. Nothing else is looked for: that
    /// process may stand in another directory, and may read other things.
    pub(crate) fn brought(known: BTreeMap<String, Result<Content, Refusal>>) -> Self {
        Self { beside: None, known, total: 0 }
    }

    /// All that was asked for.
    pub(crate) fn known(&self) -> &BTreeMap<String, Result<Content, Refusal>> {
        &self.known
    }

    fn fetch(&mut self, path: &str) -> Result<Content, Refusal> {
        if let Some(known) = self.known.get(path) {
            return known.clone();
        }
        let read = match &self.beside {
            Some(directory) => read(&directory.join(path), ATTACHED_TOTAL.saturating_sub(self.total)),
            None => Err(refused(&Words::both(
                "приложенный файл не передан вместе с ответами: передайте их той же версией шлюза, что и работающая",
                "an attached file did not come with the answers: hand them over by the version of the gateway that is running",
            ))),
        };
        if let Ok(content) = &read {
            self.total = self.total.saturating_add(u64::try_from(content.bytes.len()).unwrap_or(u64::MAX));
        }
        self.known.insert(path.to_owned(), read.clone());
        read
    }
}

/// Bytes read and hashed at a time.
const PIECE: usize = 64 << 10;

/// Reads a file of at most [`ATTACHED_LIMIT`] bytes, where `room` are left for it.
fn read(path: &Path, room: u64) -> Result<Content, Refusal> {
    let unreadable = |error: io::Error| {
        refused(&Words::both(
            format!("приложенный файл не читается ({error}): проверьте путь; он отсчитывается от файла с ответами"),
            format!(
                "an attached file cannot be read ({error}): check its path, which begins beside the file of answers"
            ),
        ))
    };
    // Asked by name first: opening a pipe would wait for its writer.
    let found = fs::metadata(path).map_err(unreadable)?;
    if !found.is_file() {
        return Err(refused(&Words::both(
            "приложен не файл: укажите путь к самому документу",
            "what is attached is no ordinary file: name the document itself",
        )));
    }
    // Told by its length, without reading all of it.
    fits(found.len(), room)?;
    let file = File::open(path).map_err(unreadable)?;
    let mut bytes = Vec::with_capacity(usize::try_from(found.len()).unwrap_or(0));
    let mut hash = AttachmentHash::new();
    let mut piece = vec![0; PIECE];
    // The file may grow while it is read.
    let mut file = file.take(ATTACHED_LIMIT.min(room) + 1);
    loop {
        let count = match file.read(&mut piece) {
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(unreadable(error)),
        };
        let Some(new) = piece.get(..count).filter(|new| !new.is_empty()) else { break };
        hash.update(new);
        bytes.extend_from_slice(new);
    }
    if bytes.is_empty() {
        return Err(refused(&Words::both("приложенный файл пуст", "an attached file is empty")));
    }
    fits(u64::try_from(bytes.len()).unwrap_or(u64::MAX), room)?;
    Ok(Content { hash: hash.finish(), bytes: bytes.into() })
}

fn fits(length: u64, room: u64) -> Result<(), Refusal> {
    if length > ATTACHED_LIMIT {
        return Err(refused(&Words::both(
            format!("приложенный файл больше {ATTACHED_LIMIT} байт ({length}): сожмите или разделите его"),
            format!("an attached file has more than {ATTACHED_LIMIT} bytes ({length}): shrink or split it"),
        )));
    }
    if length > room {
        return Err(refused(&Words::both(
            format!("все приложенные файлы вместе больше {ATTACHED_TOTAL} байт: передайте ответы несколькими файлами"),
            format!(
                "the attached files have more than {ATTACHED_TOTAL} bytes together: hand the answers over in several files"
            ),
        )));
    }
    Ok(())
}

fn ill_named(error: &NameError) -> Words {
    let ru = match error {
        NameError::Extension(extension) => {
            format!("файлы типа «{extension}» не принимаются: сохраните документ как PDF")
        }
        NameError::Character(found) => format!("в имени приложенного файла есть знак {found:?}: переименуйте файл"),
        NameError::Long(length) => format!("имя приложенного файла слишком длинное ({length}): сократите его"),
        _ => "имя приложенного файла не годится: переименуйте файл".to_owned(),
    };
    Words::both(ru, error.to_string())
}

fn refused(words: &Words) -> Refusal {
    Refusal { code: FILE.to_owned(), text: words.write(), who_fixes: Fixer::Caller }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file with a length and no bytes on disk.
    fn long(directory: &Path, name: &str, length: u64) -> PathBuf {
        let path = directory.join(name);
        File::create(&path).unwrap().set_len(length).unwrap();
        path
    }

    fn told(result: Result<Content, Refusal>) -> Words {
        let Err(refusal) = result else { panic!("it was read") };
        assert_eq!((refusal.code.as_str(), refusal.who_fixes), (FILE, Fixer::Caller));
        Words::read(&refusal.text)
    }

    #[test]
    fn what_is_too_large_is_told_by_its_length() {
        let directory = tempfile::tempdir().unwrap();
        let large = long(directory.path(), "a.txt", ATTACHED_LIMIT + 1);
        let words = told(read(&large, ATTACHED_TOTAL));
        assert!(words.en.contains("52428800") && words.ru.contains("больше 52428800"), "{words:?}");
        let fitting = long(directory.path(), "b.txt", PIECE as u64 + 7);
        let words = told(read(&fitting, PIECE as u64 + 6));
        assert!(words.en.contains("together") && words.ru.contains("вместе"), "{words:?}");
        let content = read(&fitting, PIECE as u64 + 7).unwrap();
        assert_eq!(content.hash, AttachmentHash::of(&vec![0; PIECE + 7]));
        assert!(told(read(directory.path(), 1)).en.contains("no ordinary file"));
    }

    #[test]
    fn a_file_that_several_rows_name_is_read_and_counted_once() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("a.txt"), b"act").unwrap();
        let mut files = Attachments::beside(&directory.path().join("answers.csv").display().to_string());
        let mut named = AttachedFile::of_cell("a.txt; a.txt");
        assert!(named.iter_mut().all(|file| file.read(&mut files).is_ok()));
        assert!(Arc::ptr_eq(&named[0].bytes, &named[1].bytes));
        assert_eq!((files.total, files.known().len()), (3, 1));
        // Elsewhere only what came along is there.
        let mut files = Attachments::brought(files.known().clone());
        assert!(named[0].read(&mut files).is_ok());
        let mut other = AttachedFile::of_cell("b.txt");
        assert!(Words::read(&other[0].read(&mut files).unwrap_err().text).en.contains("did not come"));
    }
}
