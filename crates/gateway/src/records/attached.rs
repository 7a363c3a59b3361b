//! Files attached to records: named by a row, read beside the file the row stands in.

use std::path::Path;
use std::sync::Arc;

use gis_gkh::files::{AttachmentHash, FileName, NameError, PART};
use gis_gkh_delivery::{Fixer, Refusal};
use serde::{Deserialize, Serialize};

use crate::desk::words::{FILE, Words};

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

    /// Reads the file; the path is taken from `beside` on.
    pub(crate) fn read(&mut self, beside: &Path) -> Result<(), Refusal> {
        let path = beside.join(&self.path);
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let name = FileName::new(name).map_err(|error| refused(&ill_named(&error)))?;
        let unreadable = |error: std::io::Error| {
            refused(&Words::both(
                format!("приложенный файл не читается ({error}): проверьте путь; он отсчитывается от файла с ответами"),
                format!(
                    "an attached file cannot be read ({error}): check its path, which begins beside the file of answers"
                ),
            ))
        };
        // One byte more than a part tells that it is larger, without reading all of it.
        let mut bytes = Vec::new();
        let file = std::fs::File::open(&path).map_err(unreadable)?;
        std::io::Read::read_to_end(&mut std::io::Read::take(file, PART + 1), &mut bytes).map_err(unreadable)?;
        if bytes.is_empty() {
            return Err(refused(&Words::both("приложенный файл пуст", "an attached file is empty")));
        }
        if u64::try_from(bytes.len()).is_ok_and(|length| length > PART) {
            return Err(refused(&Words::both(
                format!("приложенный файл больше {PART} байт: сожмите или разделите его"),
                format!("an attached file has more than {PART} bytes: shrink or split it"),
            )));
        }
        self.name = name.as_str().to_owned();
        self.hash = AttachmentHash::of(&bytes);
        self.bytes = bytes.into();
        Ok(())
    }
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
