//! The workload: every verb of a store, chosen by the dice, one after another, each noted when it is acknowledged.

mod burst;
mod evidence;
mod intake;
mod message;
mod upkeep;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use gis_gkh_delivery::archive::Head;
use gis_gkh_delivery::{Claimed, NewBatch, Sha256, Store as _, StoreError, Timestamp};

use super::book::{Book, Noted};
use super::disk::Image;
use super::facts::{self, Facts};
use super::home::{self, Home, PowerError};
use super::tape::{Lie, Recorder, Recording, files};
use crate::dice::Dice;

/// Its bodies are erased in time.
const PASSING: &str = "11111111-0000-4000-8000-00000000000b";
/// It has recurring exports, and keeps everything.
const STAYING: &str = "11111111-0000-4000-8000-00000000000a";
const STAND: &str = "sandbox";
const KIND: &str = "bills";
const NODE: &str = "local";
const DAY: i64 = 24 * 3600 * 1000;
/// 28 November 2026: a few days later it is another month.
const BEGINNING: Timestamp = Timestamp(20_785 * DAY + 600_000);
/// Longer than any run: who holds a message loses it by a restart alone.
const LEASE: Duration = Duration::from_secs(60 * 24 * 3600);

/// What a recorded workload has left.
#[derive(Debug)]
pub(super) struct Worked {
    pub(super) recording: Recording,
    pub(super) book: Book,
    /// What the files really were, at two positions.
    pub(super) seen: [(usize, Image); 2],
}

/// What may be done, and how often in a hundred times.
const VERBS: [(Verb, u64); 16] = [
    (Verb::Accept, 14),
    (Verb::Burst, 5),
    (Verb::Claim, 15),
    (Verb::Record, 34),
    (Verb::ClaimParked, 3),
    (Verb::Told, 2),
    (Verb::Acknowledge, 4),
    (Verb::Pause, 2),
    (Verb::Resume, 2),
    (Verb::Hold, 2),
    (Verb::Day, 5),
    (Verb::Expire, 3),
    (Verb::Erase, 2),
    (Verb::Maintain, 3),
    (Verb::Backup, 1),
    (Verb::Restart, 3),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verb {
    Accept,
    Burst,
    Claim,
    Record,
    ClaimParked,
    Told,
    Acknowledge,
    Pause,
    Resume,
    Hold,
    Day,
    Expire,
    Erase,
    Maintain,
    Backup,
    Restart,
}

impl Verb {
    const fn name(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Burst => "burst",
            Self::Claim => "claim",
            Self::Record => "record",
            Self::ClaimParked => "claim parked",
            Self::Told => "told",
            Self::Acknowledge => "acknowledge",
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Hold => "hold",
            Self::Day => "close the day",
            Self::Expire => "expire",
            Self::Erase => "erase",
            Self::Maintain => "maintain",
            Self::Backup => "backup",
            Self::Restart => "restart",
        }
    }
}

/// One that works on a store, and remembers what it was told.
struct Work<'r> {
    home: PathBuf,
    seed: u64,
    dice: Dice,
    now: Timestamp,
    open: Option<Home>,
    recorder: &'r Recorder,
    book: Book,
    promises: Facts,
    heads: Vec<Head>,
    held: Vec<Claimed>,
    /// References given so far.
    references: u64,
    /// Batches given so far.
    batches: u64,
    last: Option<NewBatch>,
    /// Pieces of evidence by message, build and role.
    pieces: BTreeMap<(i64, u32, &'static str), usize>,
    /// What the inbox holds of each object, and its last position.
    latest: BTreeMap<String, Sha256>,
    seq: i64,
}

/// Creates a store in a folder and works on it, everything recorded.
///
/// # Errors
/// Whatever keeps the workload from being carried out.
pub(super) async fn work(folder: &Path, seed: u64, verbs: usize, lie: Lie) -> Result<Worked, PowerError> {
    let home = folder.join("home");
    home::make(&home)?;
    let recorder = Recorder::begin(&home, &home::SIDES, lie)?;
    let mut work = Work {
        home,
        seed,
        dice: Dice::of(seed, "work"),
        now: BEGINNING,
        open: None,
        recorder: &recorder,
        book: Book::new(),
        promises: Facts::new(),
        heads: Vec::new(),
        held: Vec::new(),
        references: 0,
        batches: 0,
        last: None,
        pieces: BTreeMap::new(),
        latest: BTreeMap::new(),
        seq: 0,
    };
    work.reopen().await?;
    work.note("create").await?;
    work.pulls().await?;
    work.note("set pulls").await?;
    for _ in 0..verbs {
        work.now = work.now.after(Duration::from_secs(work.dice.between(1, 60)));
        let verb = work.choose();
        work.carry_out(verb).await?;
        work.note(verb.name()).await?;
    }
    let seen = || Ok::<_, PowerError>((recorder.position(), Image { files: files(&folder.join("home"))? }));
    let open = seen()?;
    drop(work.open.take());
    let closed = seen()?;
    // Closed in good order; nothing has changed.
    let Work { mut book, .. } = work;
    if let Some(last) = book.verbs().last().cloned() {
        book.note(Noted { at: recorder.position(), verb: "close", ..last });
    }
    Ok(Worked { recording: recorder.end(), book, seen: [open, closed] })
}

impl Work<'_> {
    fn choose(&self) -> Verb {
        let mut left = self.dice.between(1, VERBS.iter().map(|(_, share)| share).sum());
        for (verb, share) in VERBS {
            if left <= share {
                return verb;
            }
            left -= share;
        }
        Verb::Accept
    }

    async fn carry_out(&mut self, verb: Verb) -> Result<(), PowerError> {
        let done = match verb {
            Verb::Accept => self.accept().await,
            Verb::Burst => return self.burst().await,
            Verb::Claim => self.claim().await,
            Verb::Record => self.record().await,
            Verb::ClaimParked => self.claim_parked().await,
            Verb::Told => self.told().await,
            Verb::Acknowledge => self.acknowledge().await,
            Verb::Pause => self.pause().await,
            Verb::Resume => self.resume().await,
            Verb::Hold => self.hold().await,
            Verb::Day => self.day().await,
            Verb::Expire => self.expire().await,
            Verb::Erase => return self.erase().await,
            Verb::Maintain => self.maintain().await,
            Verb::Backup => return self.backup().await,
            Verb::Restart => return self.reopen().await,
        };
        done.map_err(|source| PowerError::Store { doing: verb.name(), source })
    }

    /// The open store.
    fn home(&self) -> Result<&Home, StoreError> {
        self.open.as_ref().ok_or(StoreError::Closed)
    }

    fn promise(&mut self, of: String, what: String) {
        self.promises.insert(of, what);
    }

    /// Notes that a verb is acknowledged: what was promised so far must be there, and how the store is now is remembered.
    async fn note(&mut self, verb: &'static str) -> Result<(), PowerError> {
        let at = self.recorder.position();
        let home = self.home().map_err(|source| PowerError::Store { doing: verb, source })?;
        let facts = facts::of(&home.store).await.map_err(|source| PowerError::Store { doing: "reading", source })?;
        let keys = facts::keys(&home.keyring)?;
        if let Some((of, what)) = self.promises.iter().find(|(of, what)| facts.get(*of) != Some(what)) {
            let what = format!("{of} should be {what} and is {:?}", facts.get(of));
            return Err(PowerError::Broken { verb, what });
        }
        self.book.note(Noted {
            at,
            verb,
            promises: Arc::new(self.promises.clone()),
            facts: Arc::new(facts),
            keys: Arc::new(keys),
            heads: Arc::new(self.heads.clone()),
        });
        Ok(())
    }

    /// Closes the store in good order and opens it again; what was held is free.
    async fn reopen(&mut self) -> Result<(), PowerError> {
        drop(self.open.take());
        self.held.clear();
        let open = self.open.insert(home::open(&self.home, self.seed)?);
        open.store.recover().await.map_err(|source| PowerError::Store { doing: "recover", source })?;
        Ok(())
    }

    /// Bytes that are no two times the same, about as compressible as XML.
    fn bytes(&self, about: &str) -> Vec<u8> {
        // Now and then one that needs many pages.
        let most = if self.dice.permille(30) { 60_000 } else { 3_000 };
        let length = usize::try_from(self.dice.between(40, most)).unwrap_or(40);
        let mut text = format!("<message about=\"{about}\">");
        while text.len() < length {
            text.push_str(&format!("<value>{:016x}</value>", self.dice.throw()));
        }
        text.into_bytes()
    }
}
