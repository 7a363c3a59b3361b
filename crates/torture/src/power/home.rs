//! Where a store and its keys lie while they are tortured.

use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use gis_gkh_delivery::archive::{Entry, Head, HeadSignature, HeadSigner, Signatures, Verdict};
use gis_gkh_delivery::{
    EntropyError, Failure, Keyring, KeyringError, MasterSource, Namespace, Seal, Sha256, SqliteOptions, SqliteStore,
    StoreError,
};

use super::disk::Image;
use crate::dice::Dice;
use crate::open::OpenError;

/// Files beside the database that a store relies on.
pub(super) const SIDES: [&str; 2] = ["keys/ring/keyring.json", "store/delivery.open"];

/// A store with its keys.
#[derive(Debug)]
pub(super) struct Home {
    pub(super) store: Arc<SqliteStore>,
    pub(super) keyring: Arc<Keyring>,
}

pub(super) fn store(home: &Path) -> PathBuf {
    home.join("store")
}

pub(super) fn database(home: &Path) -> PathBuf {
    store(home).join("delivery.sqlite")
}

/// Makes the folders and the master key.
pub(super) fn make(home: &Path) -> io::Result<()> {
    fs::create_dir_all(store(home))?;
    let keys = home.join("keys");
    fs::DirBuilder::new().recursive(true).mode(0o700).create(keys.join("ring"))?;
    let master = MasterSource::File(keys.join("master"));
    let seed = entropy(0);
    master.create_if_missing(&seed).map(drop).map_err(io::Error::other)
}

/// Puts down what was found on a disk.
pub(super) fn put(home: &Path, image: &Image) -> io::Result<()> {
    make(home)?;
    for (name, bytes) in &image.files {
        let path = home.join(name);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(path, bytes)?;
    }
    Ok(())
}

/// Opens the store, creating it when there is none.
pub(super) fn open(home: &Path, seed: u64) -> Result<Home, OpenError> {
    let keys = home.join("keys");
    let master = MasterSource::File(keys.join("master"));
    let keyring = Arc::new(Keyring::open_or_create(&keys.join("ring"), master, entropy(seed))?);
    let mut namespace = [0; 16];
    namespace[..8].copy_from_slice(&seed.to_be_bytes());
    let seal = Arc::clone(&keyring) as Arc<dyn Seal>;
    // Space kept for a full disk is another matter.
    let options = SqliteOptions { ballast: 0, ..SqliteOptions::new(Namespace(namespace), seal) };
    Ok(Home { store: Arc::new(SqliteStore::open(&store(home), &options)?), keyring })
}

/// Randomness that is none: a run is the same every time.
fn entropy(seed: u64) -> impl Fn(&mut [u8]) -> Result<(), EntropyError> + Send + Sync {
    let dice = Dice::of(seed, "entropy");
    move |bytes: &mut [u8]| {
        for piece in bytes.chunks_mut(8) {
            piece.copy_from_slice(&dice.throw().to_be_bytes()[..piece.len()]);
        }
        Ok(())
    }
}

/// Signs heads of days, and tells its own signatures from others.
#[derive(Debug, Clone, Copy)]
pub(super) struct Notary;

fn signature(hash: &Sha256) -> Vec<u8> {
    Sha256::of(format!("signed {hash}").as_bytes()).0.to_vec()
}

#[async_trait]
impl HeadSigner for Notary {
    async fn sign(&self, hash: &Sha256) -> Result<HeadSignature, Failure> {
        Ok(HeadSignature { signer: "notary".to_owned(), bytes: signature(hash) })
    }
}

impl Signatures for Notary {
    fn record(&self, _: &Entry, _: &[u8]) -> Verdict {
        Verdict::Unsigned
    }

    fn head(&self, head: &Head) -> Verdict {
        if head.signature == signature(&head.hash) {
            Verdict::Valid
        } else {
            Verdict::Invalid("not the notary's".to_owned())
        }
    }
}

/// A run could not be carried out; nothing is said about the store.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PowerError {
    /// The folder of the run.
    #[error("the folder of the run: {0}")]
    Io(#[from] io::Error),
    /// The store, while nothing was wrong yet.
    #[error("the store fails before any crash ({doing}): {source}")]
    Store {
        /// The verb.
        doing: &'static str,
        /// What it said.
        source: StoreError,
    },
    /// Store or keyring do not open, while nothing was wrong yet.
    #[error("the store does not open before any crash: {0}")]
    Open(#[from] OpenError),
    /// The keyring.
    #[error("the keyring fails before any crash: {0}")]
    Keyring(#[from] KeyringError),
    /// What the store says is not what it was given.
    #[error("the store does not hold what it has promised, before any crash: {what} after `{verb}`")]
    Broken {
        /// The verb.
        verb: &'static str,
        /// What is missing or other.
        what: String,
    },
    /// The recording is not what happened: nothing it says counts.
    #[error("the recording lacks something: `{}` is not on disk what was recorded by event {position}", name.display())]
    Unrecorded {
        /// The file.
        name: PathBuf,
        /// Events until then.
        position: usize,
    },
    /// A task of the run ended by itself.
    #[error("a replay ended by itself: {0}")]
    Task(String),
}
