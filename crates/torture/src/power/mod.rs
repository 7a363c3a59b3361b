//! Power loss: what SQLite writes is recorded, and the store is opened on every disk that a power loss could have left.
//!
//! A workload runs through every verb of the real store while the recording VFS puts down each write, truncation, sync, creation and
//! deletion. At a crash point everything synced before is on disk, and of the rest any part in any order, possibly torn. The store opens
//! what is left, and must hold what was acknowledged, nothing half, and go on working.
//!
//! Beside SQLite's files a store relies on two others. The keyring is replaced whole: written, synced, renamed, its folder synced, before
//! anything is sealed under a new key (`keyring/file.rs`); its changes are recorded in their order among SQLite's, and the crash finds the
//! version before or the one after. The mark of an open store is synced with its folder before anything is written. What these syncs are
//! worth the recording cannot tell, for they do not go through SQLite.

mod book;
mod disk;
mod facts;
mod gate;
mod home;
mod revive;
mod tape;
mod totals;
mod vfs;
mod work;
mod writes;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

pub use disk::{Disk, Image};
pub use home::PowerError;
pub use revive::Difference;
pub use tape::{Event, FileId, Lie, Recorder, Recording};
pub use totals::Totals;

use crate::dice::Dice;
use book::Book;
use work::Worked;

/// What a replay does. Everything by chance comes from the seed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The seed.
    pub seed: u64,
    /// Crash points.
    pub crashes: u64,
    /// Verbs carried out while recording.
    pub verbs: usize,
    /// Syncs the disk only says it has done.
    pub lie: Lie,
    /// Keep the disks that were not as promised here.
    pub keep: Option<PathBuf>,
}

impl Options {
    /// An honest disk.
    #[must_use]
    pub const fn new(seed: u64, crashes: u64) -> Self {
        Self { seed, crashes, verbs: 160, lie: Lie::None, keep: None }
    }
}

/// A difference, and where the power failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The seed.
    pub seed: u64,
    /// Events before the power failed.
    pub position: usize,
    /// The verb acknowledged last.
    pub after: &'static str,
    /// The power failed again while the store was recovering.
    pub again: bool,
    /// What is wrong.
    pub difference: Difference,
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "seed {} event {} after `{}`", self.seed, self.position, self.after)?;
        if self.again {
            write!(f, ", again amid recovery")?;
        }
        write!(f, ": {}", self.difference)
    }
}

/// Records one workload, and replays a power loss at each crash point.
///
/// # Errors
/// [`PowerError`]: the workload could not be carried out. What a power loss broke is no error but found.
pub async fn run(options: &Options) -> Result<(Totals, Vec<Found>), PowerError> {
    let folder = folder()?;
    let Worked { recording, book, seen } = work::work(folder.path(), options.seed, options.verbs, options.lie).await?;
    let mut disk = Disk::new(&recording);
    for (position, really) in seen {
        disk.play(position);
        let recorded = disk.seen();
        let names = recorded.files.keys().chain(really.files.keys());
        if let Some(name) = names.filter(|name| recorded.files.get(*name) != really.files.get(*name)).min() {
            return Err(PowerError::Unrecorded { name: name.clone(), position });
        }
    }
    let count = |wanted: fn(&Event) -> bool| recording.events.iter().filter(|event| wanted(event)).count() as u64;
    let mut totals = Totals {
        seed: options.seed,
        runs: 1,
        verbs: book.verbs().len() as u64,
        events: recording.events.len() as u64,
        syncs: count(|event| matches!(event, Event::Synced { .. })),
        ..Totals::default()
    };
    let book = Arc::new(book);
    let turns = Arc::new(Semaphore::new(std::thread::available_parallelism().map_or(2, usize::from)));
    let mut disk = Disk::new(&recording);
    let mut replays = JoinSet::new();
    let mut found = Vec::new();
    for (number, position) in (0_u64..).zip(positions(options, &book, &recording.events)) {
        disk.play(position);
        let dice = Dice::of(options.seed, &format!("crash {number}"));
        let image = disk.crash(&dice, &mut totals);
        let turn = Arc::clone(&turns).acquire_owned().await;
        let replay = Replay {
            folder: folder.path().join(format!("crash-{number}")),
            keep: options.keep.as_ref().map(|keep| keep.join(format!("{}-{number}", options.seed))),
            seed: options.seed,
            position,
            book: Arc::clone(&book),
            image,
            dice,
        };
        replays.spawn_blocking(move || {
            let _turn = turn;
            tokio::runtime::Handle::current().block_on(replay.run())
        });
        while let Some(done) = replays.try_join_next() {
            gather(done, &mut totals, &mut found)?;
        }
    }
    while let Some(done) = replays.join_next().await {
        gather(done, &mut totals, &mut found)?;
    }
    found.sort_by_key(|found| found.position);
    totals.differences = found.len() as u64;
    Ok((totals, found))
}

type Done = Result<Result<(Totals, Vec<Found>), PowerError>, tokio::task::JoinError>;

fn gather(done: Done, totals: &mut Totals, found: &mut Vec<Found>) -> Result<(), PowerError> {
    let (counts, more) = done.map_err(|error| PowerError::Task(error.to_string()))??;
    totals.add(&counts);
    found.extend(more);
    Ok(())
}

/// In memory where there is such a place: what survives is decided here, not by the disk of this machine.
fn folder() -> std::io::Result<tempfile::TempDir> {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir())
}

/// Where the power fails, in order. Every third time right when a verb was acknowledged: all that was promised must be there, and
/// nothing that came after helps. Every third time right before a sync, when most is at stake.
fn positions(options: &Options, book: &Book, events: &[Event]) -> Vec<usize> {
    let dice = Dice::of(options.seed, "positions");
    let syncs: Vec<usize> = (0..events.len()).filter(|at| matches!(events[*at], Event::Synced { .. })).collect();
    let anywhere = || usize::try_from(dice.between(0, events.len() as u64)).unwrap_or(events.len());
    let one = |number: u64| match number % 3 {
        0 => dice.one(book.verbs()).map_or_else(anywhere, |noted| noted.at),
        1 => dice.one(&syncs).copied().unwrap_or_else(anywhere),
        _ => anywhere(),
    };
    let mut positions: Vec<usize> = (0..options.crashes).map(one).collect();
    positions.sort_unstable();
    positions
}

/// One power loss.
struct Replay {
    folder: PathBuf,
    keep: Option<PathBuf>,
    seed: u64,
    position: usize,
    book: Arc<Book>,
    image: Image,
    dice: Dice,
}

impl Replay {
    async fn run(self) -> Result<(Totals, Vec<Found>), PowerError> {
        let mut totals = Totals { crashes: 1, ..Totals::default() };
        let (before, under_way) = self.book.at(self.position);
        // One time in five the power fails again while the store recovers.
        let again = self.dice.permille(200);
        let image = if again { amid_recovery(&self, &mut totals)? } else { None };
        totals.again = u64::from(image.is_some());
        let place = self.folder.join("revived");
        let again = image.is_some();
        let image = image.as_ref().unwrap_or(&self.image);
        home::put(&place, image)?;
        let (differences, promises) = revive::revive(&place, self.seed, before, under_way).await;
        totals.promises = promises;
        if let Some(keep) = self.keep.as_ref().filter(|_| !differences.is_empty()) {
            home::put(keep, image)?;
        }
        std::fs::remove_dir_all(&self.folder)?;
        let found = differences.into_iter().map(|difference| Found {
            seed: self.seed,
            position: self.position,
            after: before.verb,
            again,
            difference,
        });
        Ok((totals, found.collect()))
    }
}

/// What is on the disk when the power fails again between the opening of a store and its end in good order. Nothing when it does not
/// open: that is found without it.
fn amid_recovery(replay: &Replay, totals: &mut Totals) -> Result<Option<Image>, PowerError> {
    let place: &Path = &replay.folder.join("recovering");
    home::put(place, &replay.image)?;
    let recorder = Recorder::begin(place, &home::SIDES, Lie::None)?;
    let first = recorder.position();
    let Ok(home) = home::open(place, !replay.seed) else { return Ok(None) };
    drop(home);
    let recording = recorder.end();
    let mut disk = Disk::new(&recording);
    let position = replay.dice.between(first as u64, recording.events.len() as u64);
    disk.play(usize::try_from(position).unwrap_or(first));
    Ok(Some(disk.crash(&replay.dice, totals)))
}
