//! Modules in use by this process: each is loaded and started once, however many signers share it.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::error::Pkcs11Error;
use crate::library::Library;

/// A module with the number of its users. It is started with the first and ended with the last of them, but never unloaded:
/// drivers leave threads and exit handlers behind, which would run into nothing.
struct Loaded {
    library: Arc<Library>,
    users: usize,
    /// Was it this crate that started it? An engine of OpenSSL may have, and then ends it as well.
    ours: bool,
}

static LOADED: Mutex<BTreeMap<PathBuf, Loaded>> = Mutex::new(BTreeMap::new());

fn loaded() -> MutexGuard<'static, BTreeMap<PathBuf, Loaded>> {
    LOADED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A use of a module, which ends when it is dropped.
pub(crate) struct Module {
    library: Arc<Library>,
    path: PathBuf,
}

impl Module {
    pub(crate) fn open(path: &Path) -> Result<Self, Pkcs11Error> {
        // A name without a folder is looked for by the system's loader.
        let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        // Starting and ending happen under one lock, so that nobody's module is ended while another starts it.
        let mut all = loaded();
        let known = match all.entry(path.clone()) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => {
                let library =
                    Library::load(&path).map_err(|reason| Pkcs11Error::Module { path: path.clone(), reason })?;
                place.insert(Loaded { library: Arc::new(library), users: 0, ours: false })
            }
        };
        if known.users == 0 {
            known.ours = known.library.initialize().map_err(|code| Pkcs11Error::Start { path: path.clone(), code })?;
        }
        known.users += 1;
        Ok(Self { library: Arc::clone(&known.library), path })
    }

    /// Where it was loaded from.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Deref for Module {
    type Target = Library;

    fn deref(&self) -> &Library {
        &self.library
    }
}

impl Drop for Module {
    fn drop(&mut self) {
        let mut all = loaded();
        let Some(known) = all.get_mut(&self.path) else { return };
        known.users -= 1;
        if known.users == 0 && known.ours {
            // There is nobody left to tell.
            let _ = known.library.finalize();
        }
    }
}

impl fmt::Debug for Module {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Module").field(&self.path).finish()
    }
}
