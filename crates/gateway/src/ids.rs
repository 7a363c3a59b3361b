//! Identifiers found on a stand, kept beside the store so that they are not asked for anew: the orgPPAGUID of an ОГРН.
//!
//! Every stand gives identifiers of its own to the same organisations, so each has a file of its own, `ids-<stand>.json`, which
//! says in itself of which stand it is:
//!
//! ```json
//! {"schema": "ids/1", "stand": "sit-01",
//!  "organisations": {"1000000000002": {"org_ppa_guid": "…", "found_at": "2026-11-02T12:00:00Z"}}}
//! ```
//!
//! A file that cannot be read, is of another stand or of a later version is told of and left as it is.

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, File};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

/// The schema of the file.
const SCHEMA: &str = "ids/1";

/// What was found of an organisation on a stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Found {
    /// Its orgPPAGUID there.
    pub org_ppa_guid: Uuid,
    /// When it was found.
    #[serde(with = "time::serde::rfc3339")]
    pub found_at: OffsetDateTime,
}

/// Why identifiers cannot be kept. The file is as it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IdsError {
    /// The name of the stand cannot be part of the name of a file.
    #[error("the stand `{0}` cannot name a file of identifiers; names have small Latin letters, digits and `-`")]
    Stand(String),
    /// The file system.
    #[error("{}: {doing} failed: {reason}; see to the rights and the space of the data directory", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What was being done.
        doing: &'static str,
        /// What the operating system said.
        reason: io::Error,
    },
    /// It is not such a file.
    #[error("{}: these are no identifiers of a stand: {reason}; move the file away, they are asked for anew then", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong and where.
        reason: serde_json::Error,
    },
    /// A later version wrote it.
    #[error(
        "{}: the file is of the schema `{schema}`, this version reads `{SCHEMA}`; use the version that wrote it, or move the file away",
        path.display()
    )]
    Schema {
        /// The file.
        path: PathBuf,
        /// Its schema.
        schema: String,
    },
    /// It was written for another stand.
    #[error(
        "{}: the identifiers are of the stand `{found}`, and on another they mean nothing; move the file away",
        path.display()
    )]
    OtherStand {
        /// The file.
        path: PathBuf,
        /// The stand it names.
        found: String,
    },
}

/// The identifiers of one stand.
#[derive(Debug, Clone)]
pub struct Ids {
    path: PathBuf,
    stand: String,
    organisations: BTreeMap<String, Found>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    schema: String,
    stand: String,
    organisations: BTreeMap<String, Found>,
}

/// What every version of the file has.
#[derive(Deserialize)]
struct Versioned {
    schema: String,
}

impl Ids {
    /// The identifiers kept for a stand; none while there is no file.
    ///
    /// # Errors
    /// The file cannot be read, is of a later version or of another stand.
    pub fn load(data_dir: &Path, stand: &str) -> Result<Self, IdsError> {
        let letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if stand.is_empty() || !stand.bytes().all(letter) {
            return Err(IdsError::Stand(stand.chars().take(40).collect()));
        }
        let path = data_dir.join(format!("ids-{stand}.json"));
        let organisations = read(&path, stand)?;
        Ok(Self { path, stand: stand.to_owned(), organisations })
    }

    /// What was found of the organisation with this ОГРН.
    #[must_use]
    pub fn get(&self, ogrn: &str) -> Option<&Found> {
        self.organisations.get(ogrn)
    }

    /// Takes down what was found of an organisation, in place of what was known; [`save`](Self::save) keeps it.
    pub fn put(&mut self, ogrn: impl Into<String>, org_ppa_guid: Uuid, found_at: OffsetDateTime) {
        self.organisations.insert(ogrn.into(), Found { org_ppa_guid, found_at });
    }

    /// Keeps the identifiers, beside those another process has found meanwhile; of the same organisation the later wins.
    /// Durable when this returns: the file is whole at every moment, the old or the new.
    ///
    /// # Errors
    /// The file system, or what has become of the file since it was read; it is left as it is then.
    pub fn save(&mut self) -> Result<(), IdsError> {
        for (ogrn, found) in read(&self.path, &self.stand)? {
            let ours = self.organisations.entry(ogrn).or_insert(found);
            if ours.found_at < found.found_at {
                *ours = found;
            }
        }
        let (stand, organisations) = (self.stand.clone(), self.organisations.clone());
        let written = Written { schema: SCHEMA.to_owned(), stand, organisations };
        let path = &self.path;
        let mut bytes = serde_json::to_vec_pretty(&written)
            .map_err(|reason| IdsError::Unreadable { path: path.clone(), reason })?;
        bytes.push(b'\n');
        replace(path, &bytes).map_err(|reason| IdsError::Io { path: path.clone(), doing: "writing", reason })
    }
}

fn read(path: &Path, stand: &str) -> Result<BTreeMap<String, Found>, IdsError> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(reason) => return Err(IdsError::Io { path: path.to_owned(), doing: "reading", reason }),
    };
    let unreadable = |reason| IdsError::Unreadable { path: path.to_owned(), reason };
    let Versioned { schema } = serde_json::from_slice(&bytes).map_err(unreadable)?;
    if schema != SCHEMA {
        return Err(IdsError::Schema { path: path.to_owned(), schema: schema.chars().take(40).collect() });
    }
    let written: Written = serde_json::from_slice(&bytes).map_err(unreadable)?;
    if written.stand != stand {
        let found = written.stand.chars().take(40).collect();
        return Err(IdsError::OtherStand { path: path.to_owned(), found });
    }
    Ok(written.organisations)
}

/// Puts a file into place, whole and durable, for its owner alone.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    // Another process writes under a name of its own.
    let unfinished = path.with_extension(format!("json.{}", std::process::id()));
    match fs::remove_file(&unfinished) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = File::options();
    options.create_new(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&unfinished)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&unfinished, path)?;
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    const OGRN: &str = "1000000000002";

    fn guid(n: u8) -> Uuid {
        Uuid::from_bytes([n; 16])
    }

    #[test]
    fn identifiers_of_one_stand_are_not_those_of_another() {
        let folder = tempfile::tempdir().unwrap();
        let data_dir = folder.path().join("store");
        let at = datetime!(2026-11-02 12:00 UTC);
        for (stand, n) in [("sit-01", 1), ("ppak", 2)] {
            let mut ids = Ids::load(&data_dir, stand).unwrap();
            assert_eq!(ids.get(OGRN), None, "{stand}");
            ids.put(OGRN, guid(n), at);
            ids.save().unwrap();
        }
        let kept = |stand| Ids::load(&data_dir, stand).unwrap().get(OGRN).copied();
        assert_eq!(kept("sit-01"), Some(Found { org_ppa_guid: guid(1), found_at: at }));
        assert_eq!(kept("ppak"), Some(Found { org_ppa_guid: guid(2), found_at: at }));
        assert_eq!(kept("sandbox"), None);
        // A file that was carried over says of which stand it is.
        fs::copy(data_dir.join("ids-sit-01.json"), data_dir.join("ids-sit-02.json")).unwrap();
        let error = Ids::load(&data_dir, "sit-02").unwrap_err();
        assert!(matches!(&error, IdsError::OtherStand { found, .. } if found == "sit-01"), "{error}");
        for stand in ["", "../ppak", "ППАК", "a/b"] {
            assert!(matches!(Ids::load(&data_dir, stand), Err(IdsError::Stand(_))), "{stand}");
        }
    }

    #[test]
    fn a_file_that_is_not_understood_is_told_of_and_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ids-ppak.json");
        let newer = r#"{"schema":"ids/2","stand":"ppak","houses":{}}"#;
        let wrong = r#"{"schema":"ids/1","stand":"ppak","organisations":{"1":{"org_ppa_guid":"x","found_at":"y"}}}"#;
        for text in [newer, wrong, "{", ""] {
            // It became so after it was read.
            let mut ids = Ids { path: path.clone(), stand: "ppak".to_owned(), organisations: BTreeMap::new() };
            ids.put(OGRN, guid(1), datetime!(2026-11-02 12:00 UTC));
            fs::write(&path, text).unwrap();
            let error = Ids::load(folder.path(), "ppak").unwrap_err();
            let newer = matches!(&error, IdsError::Schema { schema, .. } if schema == "ids/2");
            assert!(
                if text.contains("ids/2") { newer } else { matches!(error, IdsError::Unreadable { .. }) },
                "{error}"
            );
            assert!(error.to_string().contains("move the file away"), "{error}");
            assert!(ids.save().is_err(), "{text}");
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing unfinished is left");
    }

    #[test]
    fn what_another_process_found_meanwhile_is_kept_and_the_later_wins() {
        let folder = tempfile::tempdir().unwrap();
        let load = || Ids::load(folder.path(), "ppak").unwrap();
        let (mut first, mut second) = (load(), load());
        first.put(OGRN, guid(1), datetime!(2026-11-02 12:00 UTC));
        first.put("1000000000003", guid(3), datetime!(2026-11-02 12:00 UTC));
        second.put(OGRN, guid(2), datetime!(2026-11-02 11:00 UTC));
        second.put("1000000000004", guid(4), datetime!(2026-11-02 11:00 UTC));
        first.save().unwrap();
        second.save().unwrap();
        let kept = load();
        let known = |ogrn| kept.get(ogrn).map(|found| found.org_ppa_guid);
        assert_eq!(known(OGRN), Some(guid(1)));
        assert_eq!((known("1000000000003"), known("1000000000004")), (Some(guid(3)), Some(guid(4))));
    }

    #[cfg(unix)]
    #[test]
    fn the_file_is_for_its_owner_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let mut ids = Ids::load(folder.path(), "ppak").unwrap();
        ids.put(OGRN, guid(1), datetime!(2026-11-02 12:00 UTC));
        // What a process that died left behind is no hindrance, and does not keep its mode.
        let left = folder.path().join(format!("ids-ppak.json.{}", std::process::id()));
        fs::write(&left, "half").unwrap();
        ids.save().unwrap();
        let path = folder.path().join("ids-ppak.json");
        assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(!left.exists());
    }
}
