//! The disk after a power loss: what was synced is there; of the rest any part, in any order, possibly torn.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::tape::{Event, FileId, Recording};
use super::totals::Totals;
use super::writes::{Change, FORTUNES, File, Fortune, apply};
use crate::dice::Dice;

/// What has been done to names since their folder was last synced.
#[derive(Debug, Clone)]
enum Naming {
    Create(PathBuf, FileId),
    Delete(PathBuf),
    Rename(PathBuf, PathBuf),
}

impl Naming {
    fn names(&self) -> impl Iterator<Item = &PathBuf> {
        let (one, other) = match self {
            Self::Create(name, _) | Self::Delete(name) => (name, None),
            Self::Rename(from, to) => (from, Some(to)),
        };
        std::iter::once(one).chain(other)
    }

    fn is_in(&self, folder: &Path) -> bool {
        self.names().any(|name| name.parent().unwrap_or(Path::new("")) == folder)
    }

    fn apply(&self, names: &mut BTreeMap<PathBuf, FileId>) {
        match self {
            Self::Create(name, file) => {
                names.insert(name.clone(), *file);
            }
            Self::Delete(name) => {
                names.remove(name);
            }
            Self::Rename(from, to) => {
                if let Some(file) = names.remove(from) {
                    names.insert(to.clone(), file);
                }
            }
        }
    }
}

/// What is found on the disk when the power is back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Image {
    /// Files by their names within the folder.
    pub files: BTreeMap<PathBuf, Vec<u8>>,
}

/// A disk to which a recording is played.
#[derive(Debug, Clone)]
pub struct Disk<'r> {
    recording: &'r Recording,
    position: usize,
    files: BTreeMap<FileId, File>,
    /// On disk.
    names: BTreeMap<PathBuf, FileId>,
    namings: Vec<Naming>,
    /// Files that are replaced whole; of one that is gone what was in it.
    sides: BTreeMap<PathBuf, (bool, Vec<u8>)>,
}

impl<'r> Disk<'r> {
    /// A disk with what was there in the beginning.
    #[must_use]
    pub fn new(recording: &'r Recording) -> Self {
        let mut disk = Self {
            recording,
            position: 0,
            files: BTreeMap::new(),
            names: BTreeMap::new(),
            namings: Vec::new(),
            sides: BTreeMap::new(),
        };
        // The tape numbers them in this order.
        for (file, (name, bytes)) in (1..).zip(&recording.base) {
            disk.names.insert(name.clone(), file);
            disk.files.insert(file, File { durable: bytes.clone(), pending: Vec::new() });
        }
        disk
    }

    /// Plays the recording up to a position; backwards it does not go.
    pub fn play(&mut self, position: usize) {
        let recording = self.recording;
        let end = position.min(recording.events.len());
        while self.position < end {
            self.event(&recording.events[self.position]);
            self.position += 1;
        }
    }

    fn event(&mut self, event: &Event) {
        let at = self.position;
        let mut change = |file: &FileId, change| self.files.entry(*file).or_default().pending.push((at, change));
        match event {
            Event::Created { file, name } => {
                self.files.entry(*file).or_default();
                self.namings.push(Naming::Create(name.clone(), *file));
            }
            Event::Written { file, offset, bytes } => change(file, Change::Write(*offset, bytes.clone())),
            Event::Truncated { file, length } => change(file, Change::Truncate(*length)),
            Event::Synced { file, begun, folder } => {
                if let Some(file) = self.files.get_mut(file) {
                    let pending = std::mem::take(&mut file.pending);
                    for (at, change) in pending {
                        if at < *begun {
                            apply(&mut file.durable, &change, None);
                        } else {
                            file.pending.push((at, change));
                        }
                    }
                }
                self.sync(folder.as_deref());
            }
            Event::Deleted { name, folder } => {
                self.namings.push(Naming::Delete(name.clone()));
                self.sync(folder.as_deref());
            }
            Event::Renamed { from, to } => self.namings.push(Naming::Rename(from.clone(), to.clone())),
            Event::Replaced { name, bytes } => {
                let side = self.sides.entry(name.clone()).or_default();
                side.0 = bytes.is_some();
                side.1 = bytes.clone().unwrap_or_else(|| std::mem::take(&mut side.1));
            }
        }
    }

    /// What has been done in a folder is on disk now.
    fn sync(&mut self, folder: Option<&Path>) {
        let Some(folder) = folder else { return };
        for naming in std::mem::take(&mut self.namings) {
            if naming.is_in(folder) {
                naming.apply(&mut self.names);
            } else {
                self.namings.push(naming);
            }
        }
    }

    /// SQLite's files as whoever has them open sees them, the unsynced included.
    #[must_use]
    pub fn seen(&self) -> Image {
        let mut names = self.names.clone();
        self.namings.iter().for_each(|naming| naming.apply(&mut names));
        let seen = |(name, file)| {
            let file: &File = self.files.get(&file)?;
            let mut bytes = file.durable.clone();
            file.pending.iter().for_each(|(_, change)| apply(&mut bytes, change, None));
            Some((name, bytes))
        };
        Image { files: names.into_iter().filter_map(seen).collect() }
    }

    /// The power fails now. What of the unsynced is there is decided by the dice.
    #[must_use]
    pub fn crash(&self, dice: &Dice, totals: &mut Totals) -> Image {
        let fortune = dice.one(&FORTUNES).copied().unwrap_or(Fortune::Nothing);
        let names = self.named(fortune, dice);
        let mut image = Image::default();
        for (name, file) in names {
            let Some(file) = self.files.get(&file) else { continue };
            // One file in four has a fortune of its own.
            let fortune = if dice.permille(250) { dice.one(&FORTUNES).copied().unwrap_or(fortune) } else { fortune };
            image.files.insert(name, file.after(fortune, dice, totals));
        }
        for (name, bytes) in self.sides(dice) {
            image.files.insert(name, bytes);
        }
        image
    }

    /// Which names stand for which files.
    fn named(&self, fortune: Fortune, dice: &Dice) -> BTreeMap<PathBuf, FileId> {
        let mut names = self.names.clone();
        // What is lost of a name loses what was done to it later.
        let mut lost: BTreeSet<&PathBuf> = BTreeSet::new();
        for naming in &self.namings {
            let there = match fortune {
                Fortune::Nothing => false,
                Fortune::Everything | Fortune::LastTorn => true,
                _ => dice.permille(500),
            };
            if there && !naming.names().any(|name| lost.contains(name)) {
                naming.apply(&mut names);
            } else {
                lost.extend(naming.names());
            }
        }
        names
    }

    /// Files that are replaced whole: as they are, or as they are next when that may have been done already; beside one that is being
    /// replaced, a part of what is to replace it.
    fn sides(&self, dice: &Dice) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut found = BTreeMap::new();
        let next = match self.recording.events.get(self.position) {
            Some(Event::Replaced { name, bytes }) => Some((name, bytes)),
            _ => None,
        };
        let names: BTreeSet<&PathBuf> = self.sides.keys().chain(next.map(|(name, _)| name)).collect();
        for name in names {
            // Nobody waits for a file to be gone for good.
            let mut bytes =
                self.sides.get(name).filter(|(there, _)| *there || dice.permille(500)).map(|(_, bytes)| bytes);
            if let Some((_, next)) = next.filter(|(next, _)| *next == name) {
                if dice.permille(500) {
                    bytes = next.as_ref();
                } else if let Some(next) = next.as_ref().filter(|next| !next.is_empty()) {
                    let mut unfinished = name.as_os_str().to_owned();
                    unfinished.push(".new");
                    let length = usize::try_from(dice.between(0, next.len() as u64)).unwrap_or(0);
                    found.insert(PathBuf::from(unfinished), next[..length].to_vec());
                }
            }
            if let Some(bytes) = bytes {
                found.insert(name.clone(), bytes.clone());
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::super::writes::SECTOR;
    use super::*;

    const FILE: FileId = 1;

    fn write(offset: u64, byte: u8, length: usize) -> Event {
        Event::Written { file: FILE, offset, bytes: vec![byte; length] }
    }

    fn sync(begun: usize) -> Event {
        Event::Synced { file: FILE, begun, folder: Some(PathBuf::new()) }
    }

    fn recording(events: Vec<Event>) -> Recording {
        let created = Event::Created { file: FILE, name: "a".into() };
        Recording { base: BTreeMap::new(), events: std::iter::once(created).chain(events).collect() }
    }

    /// Every image that many throws give.
    fn images(recording: &Recording, position: usize) -> Vec<Option<Vec<u8>>> {
        let mut disk = Disk::new(recording);
        disk.play(position);
        let dice = Dice::new(7);
        let crash = |_| disk.crash(&dice, &mut Totals::default()).files.remove(Path::new("a"));
        (0..4000).map(crash).collect()
    }

    #[test]
    fn what_was_synced_is_there_whatever_comes() {
        let recording =
            recording(vec![write(0, 1, 2 * SECTOR), sync(2), write(SECTOR as u64, 2, SECTOR), write(0, 3, 1)]);
        for image in images(&recording, recording.events.len()) {
            let image = image.unwrap();
            assert_eq!(image.len(), 2 * SECTOR);
            assert!(image[0] == 1 || image[0] == 3);
            assert!(image[1..SECTOR].iter().all(|byte| *byte == 1));
            assert!(image[SECTOR..].iter().all(|byte| *byte == image[SECTOR]), "half a sector");
        }
        assert!(images(&recording, 3).iter().all(|image| *image == Some(vec![1; 2 * SECTOR])));
    }

    #[test]
    fn what_was_not_synced_may_be_there_in_any_part_and_order() {
        let recording = recording(vec![write(0, 1, 1), sync(2), write(0, 2, 2 * SECTOR), write(0, 3, SECTOR)]);
        let found: BTreeSet<(u8, u8)> =
            images(&recording, 5).into_iter().flatten().map(|image| (image[0], *image.last().unwrap())).collect();
        // Nothing, the newest alone, both in order, both in the other order, the first one torn.
        for wanted in [(1, 1), (3, 3), (3, 2), (2, 2), (1, 2)] {
            assert!(found.contains(&wanted), "{wanted:?} not in {found:?}");
        }
    }

    #[test]
    fn a_sync_covers_what_came_before_it_began() {
        let recording = recording(vec![write(0, 1, 1), sync(1)]);
        assert!(images(&recording, 3).contains(&Some(Vec::new())));
    }

    #[test]
    fn a_name_is_there_for_certain_once_its_folder_is_synced() {
        let mut events = vec![write(0, 1, 1), Event::Synced { file: FILE, begun: 2, folder: None }];
        let without = images(&recording(events.clone()), 3);
        assert!(without.contains(&None) && without.contains(&Some(vec![1])));
        events.push(sync(3));
        assert!(!images(&recording(events), 4).contains(&None));
    }

    #[test]
    fn a_name_taken_away_may_come_back_and_a_new_file_is_not_the_old_one() {
        let deleted = |folder| Event::Deleted { name: "a".into(), folder };
        let mut events = vec![write(0, 1, 1), sync(2), deleted(None)];
        let found = images(&recording(events.clone()), 4);
        assert!(found.contains(&None) && found.contains(&Some(vec![1])));
        events.push(Event::Created { file: 2, name: "a".into() });
        events.push(Event::Written { file: 2, offset: 0, bytes: vec![2] });
        events.push(Event::Synced { file: 2, begun: 6, folder: Some(PathBuf::new()) });
        assert!(images(&recording(events), 7).iter().all(|image| *image == Some(vec![2])));
    }

    #[test]
    fn a_file_replaced_whole_is_the_old_one_or_the_new_one() {
        let replaced = |bytes: &[u8]| Event::Replaced { name: "a".into(), bytes: Some(bytes.to_vec()) };
        let recording = Recording { base: BTreeMap::new(), events: vec![replaced(b"old"), replaced(b"new")] };
        let found: BTreeSet<_> = images(&recording, 1).into_iter().collect();
        assert_eq!(found, BTreeSet::from([Some(b"old".to_vec()), Some(b"new".to_vec())]));
        assert!(images(&recording, 2).iter().all(|image| *image == Some(b"new".to_vec())));
    }
}
