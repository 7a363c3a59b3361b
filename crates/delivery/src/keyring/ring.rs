//! The keys themselves: what the file says, and what it means under a master key.

use super::hex;
use super::month::Month;
use crate::ids::Timestamp;
use crate::seal::body::{Cipher, NONCE, Secret, TAG};
use crate::seal::{Entropy, EntropyError, KeyId};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::Arc;
use zeroize::Zeroizing;

pub(super) const FORMAT: &str = "gis-gkh keyring";
pub(super) const VERSION: u32 = 1;
const CHECK: &[u8] = b"gis-gkh/keyring/1";

/// The file as it is written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Stored {
    format: String,
    version: u32,
    /// Nothing, locked under the master key: tells a wrong one.
    check: String,
    keys: Vec<StoredKey>,
}

/// A data key or its tombstone.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredKey {
    pub(super) id: KeyId,
    pub(super) organisation: String,
    pub(super) month: Month,
    /// The key, locked under the master key and bound to the three fields above; absent once erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    wrapped: Option<String>,
    /// When it was erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) erased: Option<Timestamp>,
}

/// Only what every version of the file has.
#[derive(Deserialize)]
struct Header {
    format: String,
    version: u32,
}

/// Why bytes are not a keyring this program can use.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unusable {
    Damaged(String),
    Newer(u32),
    WrongMaster,
}

/// A key could not be added or wrapped anew.
#[derive(Debug)]
pub(super) enum Unwritable {
    Entropy(EntropyError),
    NoIdLeft,
}

impl From<EntropyError> for Unwritable {
    fn from(error: EntropyError) -> Self {
        Self::Entropy(error)
    }
}

/// The keys of a keyring, unwrapped.
pub(super) struct Ring {
    stored: Stored,
    live: HashMap<KeyId, Arc<Cipher>>,
    current: HashMap<Month, HashMap<String, KeyId>>,
}

impl Ring {
    /// A keyring without keys.
    pub(super) fn empty(master: &Cipher, entropy: &dyn Entropy) -> Result<Self, Unwritable> {
        let check = lock(master, entropy, CHECK, &[])?;
        let stored = Stored { format: FORMAT.into(), version: VERSION, check, keys: vec![] };
        Ok(Self { stored, live: HashMap::new(), current: HashMap::new() })
    }

    /// What a file says. Every key is unwrapped here, so that damage is told when the keyring is opened and not by the
    /// first body that needs the key.
    pub(super) fn read(bytes: &[u8], master: &Cipher) -> Result<Self, Unusable> {
        let header: Header = parse(bytes)?;
        if header.format != FORMAT {
            return Err(Unusable::Damaged("it is not a keyring".into()));
        }
        if header.version > VERSION {
            return Err(Unusable::Newer(header.version));
        }
        if header.version < VERSION {
            return Err(Unusable::Damaged(format!("there never was a version {}", header.version)));
        }
        let stored: Stored = parse(bytes)?;
        let known = unlock(master, &stored.check, CHECK).is_some_and(|nothing| nothing.is_empty());
        let mut ring = Self { stored, live: HashMap::new(), current: HashMap::new() };
        let mut last = KeyId::NONE;
        let mut unlocked = 0;
        let mut locked = None;
        for key in &ring.stored.keys {
            if key.id <= last {
                return Err(Unusable::Damaged(format!("key {} is out of order", key.id)));
            }
            last = key.id;
            match (&key.wrapped, key.erased) {
                (Some(wrapped), None) => {
                    match unlock(master, wrapped, &key.aad()).and_then(|bytes| secret(&bytes)) {
                        Some(secret) => {
                            ring.live.insert(key.id, Arc::new(Cipher::new(&secret)));
                            unlocked += 1;
                        }
                        None => locked = locked.or(Some(key.id)),
                    }
                    let months = ring.current.entry(key.month).or_default();
                    if months.insert(key.organisation.clone(), key.id).is_some() {
                        return Err(Unusable::Damaged(format!("key {} repeats a month", key.id)));
                    }
                }
                (None, Some(_)) => {}
                _ => return Err(Unusable::Damaged(format!("key {} is neither whole nor erased", key.id))),
            }
        }
        match (known, locked) {
            (true, None) => Ok(ring),
            (true, Some(id)) => Err(Unusable::Damaged(format!("key {id} does not unwrap"))),
            (false, _) if unlocked > 0 => Err(Unusable::Damaged("its check value is not its own".into())),
            (false, _) => Err(Unusable::WrongMaster),
        }
    }

    /// The file's bytes.
    pub(super) fn written(&self) -> Result<Vec<u8>, serde_json::Error> {
        let mut bytes = serde_json::to_vec_pretty(&self.stored)?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// The key new bodies of an organisation and month go under.
    pub(super) fn current(&self, organisation: &str, month: Month) -> Option<(KeyId, Arc<Cipher>)> {
        let id = *self.current.get(&month)?.get(organisation)?;
        Some((id, self.live.get(&id)?.clone()))
    }

    pub(super) fn live(&self, key: KeyId) -> Option<&Arc<Cipher>> {
        self.live.get(&key)
    }

    /// When a key was erased, if it was.
    pub(super) fn erased(&self, key: KeyId) -> Option<Timestamp> {
        let at = self.stored.keys.binary_search_by_key(&key, |key| key.id).ok()?;
        self.stored.keys[at].erased
    }

    /// Keys and tombstones, oldest first.
    pub(super) fn keys(&self) -> &[StoredKey] {
        &self.stored.keys
    }

    /// Adds a key. It must be on disk before it is used.
    pub(super) fn add(
        &mut self,
        organisation: &str,
        month: Month,
        master: &Cipher,
        entropy: &dyn Entropy,
    ) -> Result<(KeyId, Arc<Cipher>), Unwritable> {
        let last = self.stored.keys.last().map_or(0, |key| key.id.0);
        let id = KeyId(last.checked_add(1).ok_or(Unwritable::NoIdLeft)?);
        let mut secret = Secret::default();
        entropy.fill(&mut *secret)?;
        let mut key = StoredKey { id, organisation: organisation.into(), month, wrapped: None, erased: None };
        key.wrapped = Some(lock(master, entropy, &key.aad(), &*secret)?);
        self.stored.keys.push(key);
        let cipher = Arc::new(Cipher::new(&secret));
        self.live.insert(id, cipher.clone());
        self.current.entry(month).or_default().insert(organisation.into(), id);
        Ok((id, cipher))
    }

    /// Turns the keys of an organisation, of one month or of all, into tombstones; names them.
    pub(super) fn erase(&mut self, organisation: &str, month: Option<Month>, at: Timestamp) -> Vec<KeyId> {
        let mut erased = vec![];
        for key in &mut self.stored.keys {
            let asked = key.organisation == organisation && month.is_none_or(|month| month == key.month);
            if asked && key.erased.is_none() {
                key.wrapped = None;
                key.erased = Some(at);
                self.live.remove(&key.id);
                if let Some(months) = self.current.get_mut(&key.month) {
                    months.remove(organisation);
                }
                erased.push(key.id);
            }
        }
        erased
    }

    /// Wraps every key under `new` instead of `old`.
    pub(super) fn rewrap(&mut self, old: &Cipher, new: &Cipher, entropy: &dyn Entropy) -> Result<(), Unwritable> {
        self.stored.check = lock(new, entropy, CHECK, &[])?;
        for key in &mut self.stored.keys {
            // They were all unwrapped when the file was read.
            if let Some(bytes) = key.wrapped.as_deref().and_then(|wrapped| unlock(old, wrapped, &key.aad())) {
                key.wrapped = Some(lock(new, entropy, &key.aad(), &bytes)?);
            }
        }
        Ok(())
    }
}

impl StoredKey {
    /// Binds the wrapped key to its place. The organisation comes last, so nothing in it can pass for another field.
    fn aad(&self) -> Vec<u8> {
        format!("gis-gkh/data-key/1\0{}\0{}\0{}", self.id, self.month, self.organisation).into_bytes()
    }
}

fn parse<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, Unusable> {
    // The parser's own message may quote the file.
    serde_json::from_slice(bytes).map_err(|error| {
        Unusable::Damaged(format!("it does not read at line {}, column {}", error.line(), error.column()))
    })
}

fn secret(bytes: &[u8]) -> Option<Secret> {
    let mut secret = Secret::default();
    if bytes.len() != secret.len() {
        return None;
    }
    secret.copy_from_slice(bytes);
    Some(secret)
}

/// Nonce, ciphertext and tag, in hex.
fn lock(cipher: &Cipher, entropy: &dyn Entropy, aad: &[u8], plain: &[u8]) -> Result<String, Unwritable> {
    let mut nonce = [0; NONCE];
    entropy.fill(&mut nonce)?;
    let mut bytes = Zeroizing::new(plain.to_vec());
    // A key is far shorter than what the cipher cannot take.
    let tag = cipher.lock(&nonce, aad, &mut bytes).ok_or(Unwritable::NoIdLeft)?;
    Ok(hex::write(&[&nonce[..], &bytes, &tag].concat()))
}

fn unlock(cipher: &Cipher, text: &str, aad: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let bytes = hex::read(text.as_bytes())?;
    let (nonce, rest) = bytes.split_first_chunk::<NONCE>()?;
    let (locked, tag) = rest.split_last_chunk::<TAG>()?;
    let mut plain = Zeroizing::new(locked.to_vec());
    cipher.unlock(nonce, aad, &mut plain, tag)?;
    Some(plain)
}
