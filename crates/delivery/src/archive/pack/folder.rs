//! The folder a pack is written to: whole or not at all, with the digest of every file.

use super::PackError;
use crate::archive::heads::hex;
use sha2::Digest as _;
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// A folder in the making: beside its place, and moved there when it is complete.
pub(super) struct Folder {
    to: PathBuf,
    /// Where it is made; removed again when it does not come to its end.
    making: PathBuf,
    sums: String,
    done: bool,
}

impl Folder {
    pub(super) fn create(to: &Path) -> Result<Self, PackError> {
        if to.symlink_metadata().is_ok() {
            return Err(PackError::Exists { path: to.into() });
        }
        let mut name = OsString::from(".");
        name.push(to.file_name().ok_or_else(|| PackError::Exists { path: to.into() })?);
        name.push(".partial");
        let making = to.with_file_name(name);
        let fail = |error: std::io::Error| match error.kind() {
            std::io::ErrorKind::AlreadyExists => PackError::Partial { path: making.clone() },
            _ => io("create the folder", &making)(error),
        };
        create_dir(&making).map_err(fail)?;
        let folder = Self { to: to.into(), making, sums: String::new(), done: false };
        for part in ["files", "heads"] {
            let path = folder.making.join(part);
            create_dir(&path).map_err(io("create the folder", &path))?;
        }
        Ok(folder)
    }

    /// Writes a whole file.
    pub(super) fn write(&mut self, name: &str, bytes: &[u8]) -> Result<(), PackError> {
        let mut out = self.begin(name)?;
        out.write(bytes)?;
        self.end(out)
    }

    /// Begins a file that is written piece by piece.
    pub(super) fn begin(&self, name: &str) -> Result<Out, PackError> {
        let path = self.making.join(name);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path).map_err(io("write", &path))?;
        Ok(Out { name: name.into(), path, file: BufWriter::new(file), digest: sha2::Sha256::new() })
    }

    /// Ends it and notes its digest.
    pub(super) fn end(&mut self, out: Out) -> Result<(), PackError> {
        let Out { name, path, file, digest } = out;
        let file = file.into_inner().map_err(|error| io("write", &path)(error.into_error()))?;
        file.sync_all().map_err(io("write", &path))?;
        self.sums.push_str(&format!("{}  {name}\n", hex(&digest.finalize())));
        Ok(())
    }

    /// Writes the digests and moves the folder to its place.
    pub(super) fn finish(mut self) -> Result<(), PackError> {
        let sums = std::mem::take(&mut self.sums);
        self.write("SHA256SUMS", sums.as_bytes())?;
        for path in [self.making.join("files"), self.making.join("heads"), self.making.clone()] {
            sync_dir(&path).map_err(io("write", &path))?;
        }
        // A folder made there meanwhile that is not empty stands in the way of the move; an empty one loses nothing.
        fs::rename(&self.making, &self.to).map_err(io("put the pack at", &self.to))?;
        self.done = true;
        let parent = self.to.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        sync_dir(parent).map_err(io("write", parent))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !self.done {
            // Best effort: what stays is told by the next run, which finds it in its way.
            let _ = fs::remove_dir_all(&self.making);
        }
    }
}

/// A file in the making.
pub(super) struct Out {
    name: String,
    path: PathBuf,
    file: BufWriter<File>,
    digest: sha2::Sha256,
}

impl Out {
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), PackError> {
        self.digest.update(bytes);
        self.file.write_all(bytes).map_err(io("write", &self.path))
    }
}

/// Only the owner looks in: a pack holds personal data in the clear.
fn create_dir(path: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

#[cfg(unix)]
fn sync_dir(path: &Path) -> std::io::Result<()> {
    File::open(path)?.sync_all()
}

/// Elsewhere folders are not opened; the file system keeps its own order.
#[cfg(not(unix))]
fn sync_dir(_: &Path) -> std::io::Result<()> {
    Ok(())
}

fn io<'a>(doing: &'static str, path: &'a Path) -> impl FnOnce(std::io::Error) -> PackError + 'a {
    move |error| PackError::Io { doing, path: path.into(), text: error.to_string() }
}
