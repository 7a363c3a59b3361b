//! The folder of a keyring: its lock, and its one file, which is replaced whole or not at all.

use super::KeyringError;
use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// The keyring's folder.
pub(super) struct Folder(PathBuf);

/// The file as it was read. It is kept open, so that its place on disk cannot be given to a later one and pass for it.
pub(super) struct Version {
    _held: File,
    stamp: Stamp,
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.stamp == other.stamp
    }
}

#[derive(PartialEq, Eq)]
struct Stamp {
    #[cfg(unix)]
    inode: (u64, u64),
    length: u64,
    modified: Option<SystemTime>,
}

impl Stamp {
    fn of(metadata: &Metadata) -> Self {
        #[cfg(unix)]
        use std::os::unix::fs::MetadataExt;
        Self {
            #[cfg(unix)]
            inode: (metadata.dev(), metadata.ino()),
            length: metadata.len(),
            modified: metadata.modified().ok(),
        }
    }
}

impl Folder {
    /// The folder, made if asked. Others than its owner may not look into it.
    pub(super) fn open(path: &Path, create: bool) -> Result<Self, KeyringError> {
        if create {
            make(path).map_err(|error| failed("creating the folder", &error))?;
        }
        match fs::metadata(path) {
            Ok(metadata) => private(path, &metadata)?,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Err(KeyringError::Missing { path: path.join("keyring.json") });
            }
            Err(error) => return Err(failed("opening the folder", &error)),
        }
        Ok(Self(path.to_owned()))
    }

    pub(super) fn file(&self) -> PathBuf {
        self.0.join("keyring.json")
    }

    fn unfinished(&self) -> PathBuf {
        self.0.join("keyring.json.new")
    }

    /// Waits until no other process or thread reads; one that writes holds this until its file is durable.
    pub(super) fn to_write(&self) -> Result<File, KeyringError> {
        let lock = self.lock()?;
        lock.lock().map_err(|error| failed("locking", &error))?;
        Ok(lock)
    }

    /// Waits until no other process or thread writes.
    pub(super) fn to_read(&self) -> Result<File, KeyringError> {
        let lock = self.lock()?;
        lock.lock_shared().map_err(|error| failed("locking", &error))?;
        Ok(lock)
    }

    fn lock(&self) -> Result<File, KeyringError> {
        let mut options = File::options();
        options.create(true).truncate(false).write(true);
        owner_only(&mut options);
        options.open(self.0.join("keyring.lock")).map_err(|error| failed("opening the lock file", &error))
    }

    /// The file's bytes; `None` when there is no file. A lock must be held.
    pub(super) fn read(&self) -> Result<Option<(Vec<u8>, Version)>, KeyringError> {
        let read = || -> io::Result<_> {
            // A writer may have died between its rename and its flush: a key is used only once it cannot vanish.
            flush(&self.0)?;
            let mut file = File::open(self.file())?;
            let stamp = Stamp::of(&file.metadata()?);
            let mut bytes = vec![];
            file.read_to_end(&mut bytes)?;
            Ok((bytes, Version { _held: file, stamp }))
        };
        match read() {
            Ok(found) => Ok(Some(found)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed("reading", &error)),
        }
    }

    /// Whether `version` is still what the file is.
    pub(super) fn is(&self, version: &Version) -> Result<bool, KeyringError> {
        match fs::metadata(self.file()) {
            Ok(metadata) => Ok(Stamp::of(&metadata) == version.stamp),
            Err(error) if error.kind() == ErrorKind::NotFound => Err(KeyringError::Missing { path: self.file() }),
            Err(error) => Err(failed("reading", &error)),
        }
    }

    /// Replaces the file; durable when this returns. With `scrub`, what the file was is overwritten on disk too, as far
    /// as the file system writes in place. The lock for writing must be held.
    pub(super) fn write(&self, bytes: &[u8], scrub: bool) -> Result<Version, KeyringError> {
        let unfinished = self.unfinished();
        let write = || -> io::Result<_> {
            // What a writer that died left behind may hold keys that are erased by now.
            match File::options().write(true).open(&unfinished) {
                Ok(left) => {
                    overwrite(left)?;
                    fs::remove_file(&unfinished)?;
                }
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
            let old = match File::options().write(true).open(self.file()) {
                Ok(old) => scrub.then_some(old),
                Err(error) if error.kind() == ErrorKind::NotFound => None,
                Err(error) => return Err(error),
            };
            let mut options = File::options();
            options.create_new(true).read(true).write(true);
            owner_only(&mut options);
            let mut file = options.open(&unfinished)?;
            file.write_all(bytes)?;
            file.sync_all()?;
            fs::rename(&unfinished, self.file())?;
            flush(&self.0)?;
            // Only now: until the rename is durable the old file is the keyring.
            if let Some(old) = old {
                overwrite(old)?;
            }
            let stamp = Stamp::of(&file.metadata()?);
            Ok(Version { _held: file, stamp })
        };
        write().map_err(|error| failed("writing", &error))
    }
}

/// Zeroes over the whole length of a file.
fn overwrite(mut file: File) -> io::Result<()> {
    let length = file.metadata()?.len();
    io::copy(&mut io::repeat(0).take(length), &mut file)?;
    file.sync_all()
}

/// For the owner's eyes only, from the file's first moment.
pub(super) fn owner_only(options: &mut fs::OpenOptions) {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    #[cfg(not(unix))]
    let _ = options;
}

/// Makes a folder and those above it, each durable before the next.
fn make(path: &Path) -> io::Result<()> {
    if path.as_os_str().is_empty() || path.is_dir() {
        return Ok(());
    }
    let above = path.parent().unwrap_or(Path::new(""));
    make(above)?;
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(path) {
        // Another process was faster.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        made => made?,
    }
    flush(above)
}

/// Makes renames in a folder durable.
pub(super) fn flush(folder: &Path) -> io::Result<()> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

fn private(path: &Path, metadata: &Metadata) -> Result<(), KeyringError> {
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o777;
        if mode & 0o077 != 0 {
            return Err(KeyringError::Loose { path: path.to_owned(), mode });
        }
    }
    #[cfg(not(unix))]
    let _ = (path, metadata);
    Ok(())
}

pub(super) fn failed(doing: &'static str, error: &io::Error) -> KeyringError {
    KeyringError::Io { doing, text: error.to_string() }
}
