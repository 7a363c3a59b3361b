//! Data keys, one for an organisation and month, in one file outside the store and its backup.
//!
//! The file `keyring.json` holds the keys wrapped under a master key, and tombstones of those erased. It is replaced
//! whole; whoever holds a [`Keyring`] sees what another process changed at the next body.

mod command;
mod file;
mod hex;
mod master;
mod month;
mod ring;

pub use master::{MasterError, MasterSource};
pub use month::{Month, MonthError};

use crate::ids::Timestamp;
use crate::seal::body::{self, Cipher, NONCE};
use crate::seal::{Entropy, EntropyError, KeyId, Seal, SealError, Sealed};
use file::{Folder, Version};
use ring::{Ring, Unusable, Unwritable};
use std::collections::HashSet;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// Bytes tried under other keys before a body that does not open is called damaged.
const SEARCH: usize = 64 * 1024 * 1024;

/// The data keys, and the [`Seal`] that uses them. Nobody else sees a key.
///
/// Two processes may use one keyring. Changes take turns by a lock on `keyring.lock`; a process that is stopped while it
/// holds the lock stops the others' changes too.
pub struct Keyring {
    folder: Folder,
    entropy: Box<dyn Entropy>,
    state: RwLock<State>,
}

struct State {
    version: Version,
    ring: Ring,
    master: Cipher,
    source: MasterSource,
    /// Keys that were looked for in this version and are not there.
    missed: HashSet<KeyId>,
}

/// A data key or, when it is erased, its tombstone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRow {
    /// Its number.
    pub id: KeyId,
    /// Whose bodies it is for.
    pub organisation: String,
    /// Of which month.
    pub month: Month,
    /// When it was destroyed.
    pub erased: Option<Timestamp>,
}

/// The keyring cannot be used. Whatever was there has not been changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyringError {
    /// There is no keyring file.
    #[error("there is no keyring at {}: restore it from its copy; without it nothing in the store can be read", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// Others may look into the folder.
    #[error("the keyring's folder {} is open to others (mode {mode:o}): chmod 700 it", path.display())]
    Loose {
        /// The folder.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// The file is not what was written.
    #[error("the keyring {} is damaged ({what}): restore it from its copy, it has been left as it is", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What was found.
        what: String,
    },
    /// Written by a newer version.
    #[error("the keyring {} has version {found}, this program knows {known}: upgrade the program", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Version found.
        found: u32,
        /// Newest version known.
        known: u32,
    },
    /// The master key is not the one the keyring is under.
    #[error("the master key is not that of the keyring {}: name the one it was made with or last rotated to", path.display())]
    WrongMaster {
        /// The file.
        path: PathBuf,
    },
    /// There is no master key to be had.
    #[error(transparent)]
    Master(#[from] MasterError),
    /// The source of randomness failed.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// The operating system refused.
    #[error("{doing} the keyring: {text}")]
    Io {
        /// What was being done.
        doing: &'static str,
        /// What the operating system said.
        text: String,
    },
}

impl Keyring {
    /// Opens the keyring in a folder.
    ///
    /// # Errors
    /// [`KeyringError::Missing`] when there is none, [`KeyringError::WrongMaster`], [`KeyringError::Damaged`],
    /// [`KeyringError::Newer`], [`KeyringError::Loose`]; [`KeyringError::Master`] when the source gives no key.
    pub fn open(folder: &Path, master: MasterSource, entropy: impl Entropy + 'static) -> Result<Self, KeyringError> {
        Self::at(Folder::open(folder, false)?, master, Box::new(entropy), false)
    }

    /// Opens the keyring in a folder, and makes both when there is none. Only for a store that holds nothing yet: an
    /// empty keyring in place of a lost one reads none of it.
    ///
    /// # Errors
    /// As [`Keyring::open`], without [`KeyringError::Missing`].
    pub fn open_or_create(
        folder: &Path,
        master: MasterSource,
        entropy: impl Entropy + 'static,
    ) -> Result<Self, KeyringError> {
        Self::at(Folder::open(folder, true)?, master, Box::new(entropy), true)
    }

    fn at(folder: Folder, source: MasterSource, entropy: Box<dyn Entropy>, create: bool) -> Result<Self, KeyringError> {
        let master = source.read()?;
        let lock = if create { folder.to_write()? } else { folder.to_read()? };
        let (ring, version) = match read(&folder, &master) {
            Err(KeyringError::Missing { .. }) if create => {
                let ring = Ring::empty(&master, &*entropy).map_err(|error| unwritable(&folder, error))?;
                let version = write(&folder, &ring, false)?;
                (ring, version)
            }
            read => read?,
        };
        drop(lock);
        Ok(Self {
            folder,
            entropy,
            state: RwLock::new(State { version, ring, master, source, missed: HashSet::new() }),
        })
    }

    /// Every key and tombstone, oldest first.
    ///
    /// # Errors
    /// The file has changed and cannot be read.
    pub fn keys(&self) -> Result<Vec<KeyRow>, KeyringError> {
        self.refresh()?;
        let row = |key: &ring::StoredKey| KeyRow {
            id: key.id,
            organisation: key.organisation.clone(),
            month: key.month,
            erased: key.erased,
        };
        Ok(self.state().ring.keys().iter().map(row).collect())
    }

    /// Wraps every data key under another master key, all or none: the old one stays valid until the new file has taken
    /// the old one's place, and what the old one wrapped is then overwritten. Bodies stay as they are.
    ///
    /// A process that has the keyring open asks its own source again, and fails with [`KeyringError::WrongMaster`] until
    /// that gives the new key.
    ///
    /// # Errors
    /// The new source gives no key, or the file cannot be written; the old master key is valid then. When only flushing
    /// the folder or overwriting the old bytes failed, the new one is: [`Keyring::open`] tells which.
    pub fn rotate(&self, new: MasterSource) -> Result<(), KeyringError> {
        let master = new.read()?;
        let mut state = self.change(true, |ring, old| ring.rewrap(old, &master, &*self.entropy).map(|()| true))?;
        state.master = master;
        state.source = new;
        Ok(())
    }

    /// Destroys the key of an organisation and month; names it, if there was one. Every body under it is gone for good
    /// once no copy of the keyring from before is left. A body sealed later for the same month gets a new key.
    ///
    /// A body sealed in this very moment may be under the key and is gone with it: erase months that are over.
    ///
    /// # Errors
    /// The file cannot be read or written. When only overwriting the old bytes failed, the key is erased all the same.
    pub fn erase(&self, organisation: &str, month: Month, now: Timestamp) -> Result<Option<KeyId>, KeyringError> {
        Ok(self.erase_keys(organisation, Some(month), now)?.pop())
    }

    /// Destroys every key of an organisation, as [`Keyring::erase`] does one; names them.
    ///
    /// # Errors
    /// As [`Keyring::erase`].
    pub fn erase_organisation(&self, organisation: &str, now: Timestamp) -> Result<Vec<KeyId>, KeyringError> {
        self.erase_keys(organisation, None, now)
    }

    fn erase_keys(&self, organisation: &str, month: Option<Month>, now: Timestamp) -> Result<Vec<KeyId>, KeyringError> {
        let mut erased = vec![];
        drop(self.change(true, |ring, _| {
            erased = ring.erase(organisation, month, now);
            Ok(!erased.is_empty())
        })?);
        Ok(erased)
    }

    /// The key for new bodies, on disk.
    fn current(&self, organisation: &str, month: Month) -> Result<(KeyId, Arc<Cipher>), KeyringError> {
        self.refresh()?;
        if let Some(found) = self.state().ring.current(organisation, month) {
            return Ok(found);
        }
        let mut found = None;
        drop(self.change(false, |ring, master| {
            found = ring.current(organisation, month);
            if found.is_some() {
                // Another thread or process was faster.
                return Ok(false);
            }
            found = Some(ring.add(organisation, month, master, &*self.entropy)?);
            Ok(true)
        })?);
        found.ok_or(KeyringError::Missing { path: self.folder.file() })
    }

    /// Changes the keyring: reads it anew, and writes it when `edit` says that it did something. What else follows from the
    /// change is done under the guard returned.
    fn change(
        &self,
        scrub: bool,
        edit: impl FnOnce(&mut Ring, &Cipher) -> Result<bool, Unwritable>,
    ) -> Result<RwLockWriteGuard<'_, State>, KeyringError> {
        self.refresh()?;
        let mut state = self.state_mut();
        let _lock = self.folder.to_write()?;
        let (mut ring, mut version) = read(&self.folder, &state.master)?;
        if edit(&mut ring, &state.master).map_err(|error| unwritable(&self.folder, error))? {
            version = write(&self.folder, &ring, scrub)?;
        }
        state.ring = ring;
        state.version = version;
        Ok(state)
    }

    /// Reads the file again when it is another than the one read last.
    fn refresh(&self) -> Result<(), KeyringError> {
        if self.folder.is(&self.state().version)? {
            return Ok(());
        }
        let mut state = self.state_mut();
        if self.folder.is(&state.version)? {
            // Another thread was faster.
            return Ok(());
        }
        self.read_again(&mut state)
    }

    /// The key and when it was erased, one of the two if the key is known at all.
    fn find(&self, key: KeyId) -> Result<(Option<Arc<Cipher>>, Option<Timestamp>), KeyringError> {
        let find = |ring: &Ring| (ring.live(key).cloned(), ring.erased(key));
        {
            let state = self.state();
            let found = find(&state.ring);
            if found.0.is_some() || found.1.is_some() || state.missed.contains(&key) {
                return Ok(found);
            }
        }
        // Made by another machine a moment ago: a shared folder may show it late, but not to whoever opens the file.
        let mut state = self.state_mut();
        self.read_again(&mut state)?;
        let found = find(&state.ring);
        if found.0.is_none() && found.1.is_none() {
            state.missed.insert(key);
        }
        Ok(found)
    }

    fn read_again(&self, state: &mut State) -> Result<(), KeyringError> {
        let again = |master: &Cipher| {
            let _lock = self.folder.to_read()?;
            read(&self.folder, master)
        };
        let (ring, version) = match again(&state.master) {
            // Rotated by another process: the source may give the new key by now.
            Err(KeyringError::WrongMaster { .. }) => {
                let master = state.source.read()?;
                let read = again(&master)?;
                state.master = master;
                read
            }
            read => read?,
        };
        if version != state.version {
            state.missed.clear();
        }
        state.ring = ring;
        state.version = version;
        Ok(())
    }

    /// The key that `bytes` are whole under, if it is not `given`.
    fn belongs(&self, given: KeyId, bytes: &[u8]) -> Option<KeyId> {
        if given != KeyId::NONE && body::take(bytes).is_ok() {
            return Some(KeyId::NONE);
        }
        let state = self.state();
        let newest_first = state.ring.keys().iter().rev().filter(|key| key.id != given);
        let live = newest_first.filter_map(|key| Some((key.id, state.ring.live(key.id)?)));
        let mut tried = live.take(1 + SEARCH / bytes.len().max(1));
        tried.find(|(id, cipher)| body::decrypt(cipher, *id, bytes).is_ok()).map(|(id, _)| id)
    }

    fn state(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn state_mut(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seal for Keyring {
    fn seal(&self, organisation: &str, at: Timestamp, plain: &[u8]) -> Result<Sealed, SealError> {
        let (key, cipher) = self.current(organisation, Month::of(at))?;
        let mut nonce = [0; NONCE];
        self.entropy.fill(&mut nonce)?;
        Ok(Sealed { key, bytes: body::encrypt(&cipher, key, &nonce, plain)? })
    }

    fn open(&self, key: KeyId, bytes: &[u8]) -> Result<Vec<u8>, SealError> {
        let opened = if key == KeyId::NONE {
            body::take(bytes)
        } else {
            self.refresh()?;
            match self.find(key)? {
                (Some(cipher), _) => body::decrypt(&cipher, key, bytes),
                (None, Some(at)) => return Err(SealError::Erased { key, at }),
                (None, None) => return Err(SealError::NoKey { key }),
            }
        };
        opened.map_err(|what| match self.belongs(key, bytes) {
            Some(belongs) => SealError::WrongKey { given: key, belongs },
            None => SealError::Damaged { key, what },
        })
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keyring").field("file", &self.folder.file()).finish_non_exhaustive()
    }
}

fn read(folder: &Folder, master: &Cipher) -> Result<(Ring, Version), KeyringError> {
    let path = folder.file();
    let Some((bytes, version)) = folder.read()? else { return Err(KeyringError::Missing { path }) };
    match Ring::read(&bytes, master) {
        Ok(ring) => Ok((ring, version)),
        Err(Unusable::Damaged(what)) => Err(KeyringError::Damaged { path, what }),
        Err(Unusable::Newer(found)) => Err(KeyringError::Newer { path, found, known: ring::VERSION }),
        Err(Unusable::WrongMaster) => Err(KeyringError::WrongMaster { path }),
    }
}

fn write(folder: &Folder, ring: &Ring, scrub: bool) -> Result<Version, KeyringError> {
    let bytes = ring.written().map_err(|error| KeyringError::Io { doing: "writing", text: error.to_string() })?;
    folder.write(&bytes, scrub)
}

fn unwritable(folder: &Folder, error: Unwritable) -> KeyringError {
    match error {
        Unwritable::Entropy(error) => error.into(),
        Unwritable::NoIdLeft => KeyringError::Damaged { path: folder.file(), what: "no key number is left".into() },
    }
}
