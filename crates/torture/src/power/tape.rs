//! The tape: what SQLite did to the files of a folder, in order.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::{fs, io};

use super::gate::Gate;

/// Number of a file on a tape; a name may stand for one file after another.
pub type FileId = u64;

/// What happened to the files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A file came into being under a name.
    Created {
        /// The file.
        file: FileId,
        /// The name.
        name: PathBuf,
    },
    /// Bytes were written.
    Written {
        /// The file.
        file: FileId,
        /// Where.
        offset: u64,
        /// The bytes.
        bytes: Vec<u8>,
    },
    /// The file was cut off, or filled up, to a length.
    Truncated {
        /// The file.
        file: FileId,
        /// The length.
        length: u64,
    },
    /// What was done to the file before is on disk.
    Synced {
        /// The file.
        file: FileId,
        /// Number of events when the sync began.
        begun: usize,
        /// The folder was synced with it: SQLite does that with the first sync of a new log or journal.
        folder: Option<PathBuf>,
    },
    /// A name is gone.
    Deleted {
        /// The name.
        name: PathBuf,
        /// The folder was synced with it.
        folder: Option<PathBuf>,
    },
    /// A file has another name: the store moves a new database into place.
    Renamed {
        /// Before.
        from: PathBuf,
        /// After.
        to: PathBuf,
    },
    /// A file outside of SQLite is another than before: replaced whole, or gone. Whoever writes it syncs it before it goes on, so it is
    /// on disk from here.
    Replaced {
        /// The file.
        name: PathBuf,
        /// What is in it; `None`: it is gone.
        bytes: Option<Vec<u8>>,
    },
}

/// Which syncs a disk only says it has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lie {
    /// None: an honest disk.
    None,
    /// Those of every file, as with `synchronous = OFF`.
    Every,
    /// Those of the write-ahead log.
    Log,
    /// Those of the database file: checkpoints rely on them.
    Database,
}

impl Lie {
    fn covers(self, name: &Path) -> bool {
        let log = ends(name, "-wal");
        match self {
            Self::None => false,
            Self::Every => true,
            Self::Log => log,
            Self::Database => !log,
        }
    }
}

/// What was recorded.
#[derive(Debug, Clone, Default)]
pub struct Recording {
    /// Files as they were in the beginning, by their names within the folder.
    pub base: BTreeMap<PathBuf, Vec<u8>>,
    /// What happened since; names within the folder.
    pub events: Vec<Event>,
}

/// A folder that is being recorded.
#[derive(Debug)]
pub(super) struct Tape {
    root: PathBuf,
    lie: Lie,
    state: Mutex<State>,
    pub(super) gate: Gate,
}

#[derive(Debug, Default)]
struct State {
    base: BTreeMap<PathBuf, Vec<u8>>,
    events: Vec<Event>,
    files: FileId,
    names: BTreeMap<PathBuf, (FileId, Inode)>,
    sides: BTreeMap<PathBuf, Option<Stamp>>,
}

/// Device and number.
type Inode = (u64, u64);

/// What tells one content of a file from another.
type Stamp = (Inode, u64, i64, i64);

static TAPES: Mutex<Vec<Arc<Tape>>> = Mutex::new(Vec::new());

fn tapes() -> MutexGuard<'static, Vec<Arc<Tape>>> {
    TAPES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Records a folder for as long as it lives.
#[derive(Debug)]
pub struct Recorder(Arc<Tape>);

impl Recorder {
    /// Begins to record what SQLite does in a folder, and when the files `sides` beside it change. Connections open already are not
    /// recorded.
    ///
    /// # Errors
    /// The folder cannot be read, or SQLite takes no VFS.
    pub fn begin(root: &Path, sides: &[&str], lie: Lie) -> io::Result<Self> {
        super::vfs::install().map_err(|code| io::Error::other(format!("SQLite refuses the VFS, code {code}")))?;
        // SQLite names files by their real path.
        let root = fs::canonicalize(root)?;
        let mut state = State { base: files(&root)?, ..State::default() };
        for name in state.base.keys() {
            state.files += 1;
            state.names.insert(name.clone(), (state.files, inode(&root.join(name))?));
        }
        state.sides = sides.iter().map(|side| (PathBuf::from(side), None)).collect();
        let tape = Arc::new(Tape { root, lie, state: Mutex::new(state), gate: Gate::default() });
        tapes().push(Arc::clone(&tape));
        Ok(Self(tape))
    }

    /// Events so far. Files beside the database are looked at first.
    #[must_use]
    pub fn position(&self) -> usize {
        let mut state = self.0.lock();
        self.0.look(&mut state);
        state.events.len()
    }

    pub(super) fn tape(&self) -> Arc<Tape> {
        Arc::clone(&self.0)
    }

    /// Before the log of the folder's database.
    pub(super) fn gate(&self) -> &Gate {
        &self.0.gate
    }

    /// What has been recorded. Files still open are recorded no longer.
    #[must_use]
    pub fn end(self) -> Recording {
        let mut state = self.0.lock();
        Recording { base: std::mem::take(&mut state.base), events: std::mem::take(&mut state.events) }
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        tapes().retain(|tape| !Arc::ptr_eq(tape, &self.0));
    }
}

/// Databases of a folder with their logs and journals, by their names within it.
///
/// # Errors
/// The folder cannot be read.
pub(super) fn files(root: &Path) -> io::Result<BTreeMap<PathBuf, Vec<u8>>> {
    let mut found = Vec::new();
    databases(root, &mut found)?;
    let read = |path: PathBuf| Ok((path.strip_prefix(root).unwrap_or(&path).to_owned(), fs::read(&path)?));
    found.into_iter().map(read).collect()
}

fn databases(folder: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            databases(&path, found)?;
        } else if [".sqlite", "-wal", "-journal"].iter().any(|end| ends(&path, end)) {
            found.push(path);
        }
    }
    Ok(())
}

fn ends(path: &Path, with: &str) -> bool {
    path.as_os_str().as_encoded_bytes().ends_with(with.as_bytes())
}

/// Files that do not outlive a power loss, or need not.
fn passing(path: &Path) -> bool {
    ends(path, "-shm")
}

fn inode(path: &Path) -> io::Result<Inode> {
    fs::metadata(path).map(|metadata| (metadata.dev(), metadata.ino()))
}

impl Tape {
    /// The tape of the folder a path lies in.
    pub(super) fn of(path: &Path) -> Option<Arc<Self>> {
        tapes().iter().find(|tape| path.starts_with(&tape.root)).cloned()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Every change of it is one push.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The name of a path within the folder.
    fn name<'p>(&self, path: &'p Path) -> &'p Path {
        path.strip_prefix(&self.root).unwrap_or(path)
    }

    /// Puts down which files outside of SQLite have changed: what SQLite does next may rely on them.
    fn look(&self, state: &mut State) {
        for (name, seen) in &mut state.sides {
            let path = self.root.join(name);
            let now = fs::metadata(&path)
                .map(|metadata| {
                    ((metadata.dev(), metadata.ino()), metadata.len(), metadata.mtime(), metadata.mtime_nsec())
                })
                .ok();
            if now != *seen {
                *seen = now;
                state.events.push(Event::Replaced { name: name.clone(), bytes: fs::read(&path).ok() });
            }
        }
    }

    fn push(&self, event: Event) {
        let mut state = self.lock();
        self.look(&mut state);
        state.events.push(event);
    }

    /// A file was opened. `synced`: its first sync also syncs the folder, if it is new.
    pub(super) fn opened(self: Arc<Self>, path: &Path, existed: bool, synced: bool) -> Watched {
        let name = self.name(path).to_owned();
        let inode = inode(path).unwrap_or_default();
        let mut state = self.lock();
        self.look(&mut state);
        let known = state.names.get(&name).filter(|(_, known)| *known == inode).map(|(file, _)| *file);
        let moved =
            state.names.iter().find(|(_, (_, known))| *known == inode).map(|(from, (file, _))| (from.clone(), *file));
        let file = match (known, moved) {
            (Some(file), _) if existed => file,
            (None, Some((from, file))) if existed => {
                state.names.remove(&from);
                state.events.push(Event::Renamed { from, to: name.clone() });
                file
            }
            _ => {
                state.files += 1;
                let file = state.files;
                state.events.push(Event::Created { file, name: name.clone() });
                file
            }
        };
        state.names.insert(name.clone(), (file, inode));
        drop(state);
        let (honest, log) = (!self.lie.covers(&name), ends(&name, "-wal"));
        let folder = (synced && !existed).then(|| name.parent().unwrap_or(Path::new("")).to_owned());
        Watched { tape: self, file, honest, log, folder: Mutex::new(folder) }
    }

    pub(super) fn deleted(&self, path: &Path, synced: bool) {
        let name = self.name(path).to_owned();
        if passing(&name) {
            return;
        }
        let synced = synced && !self.lie.covers(&name);
        let folder = synced.then(|| name.parent().unwrap_or(Path::new("")).to_owned());
        let known = self.lock().names.remove(&name).is_some();
        if known {
            self.push(Event::Deleted { name, folder });
        }
    }
}

/// An open file that is recorded.
#[derive(Debug)]
pub(super) struct Watched {
    tape: Arc<Tape>,
    file: FileId,
    /// Its syncs are syncs.
    honest: bool,
    /// It is the write-ahead log.
    log: bool,
    /// Synced with the first sync.
    folder: Mutex<Option<PathBuf>>,
}

impl Watched {
    pub(super) fn position(&self) -> usize {
        self.tape.lock().events.len()
    }

    /// Before a write.
    pub(super) fn writing(&self, offset: u64) {
        if self.log {
            self.tape.gate.write(offset);
        }
    }

    pub(super) fn written(&self, offset: u64, bytes: &[u8]) {
        self.tape.push(Event::Written { file: self.file, offset, bytes: bytes.to_owned() });
    }

    pub(super) fn truncated(&self, length: u64) {
        self.tape.push(Event::Truncated { file: self.file, length });
    }

    pub(super) fn synced(&self, begun: usize) {
        if self.honest {
            let folder = self.folder.lock().unwrap_or_else(PoisonError::into_inner).take();
            self.tape.push(Event::Synced { file: self.file, begun, folder });
        }
        if self.log {
            self.tape.gate.sync();
        }
    }
}
