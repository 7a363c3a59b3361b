//! Space where the store lies.

use std::io;
use std::path::{Path, PathBuf};

use super::page::Check;
use crate::desk::words::Words;

pub(super) const ID: &str = "disk";

const MIB: u64 = 1 << 20;

/// Below this the store may soon have no room for its own work: its log, and the reserve it keeps for a full disk, which takes
/// twice its size to be made again.
const NEEDED: u64 = 100 * MIB;

/// Below this it is time to look for room.
const COMFORTABLE: u64 = 1024 * MIB;

/// The part of the disk that should be free, as one over this.
const PART: u64 = 10;

/// What a disk has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Space {
    /// What lies on it.
    pub(super) place: PathBuf,
    /// Bytes that this user may still write.
    pub(super) free: u64,
    /// Bytes of the whole.
    pub(super) total: u64,
}

/// The space of the disk a directory lies on, or will lie on once it is made.
#[cfg(unix)]
pub(super) fn space(directory: &Path) -> io::Result<Option<Space>> {
    let there = directory.ancestors().find(|path| path.exists()).unwrap_or(Path::new("."));
    let disk = rustix::fs::statvfs(there)?;
    let bytes = |blocks: u64| blocks.saturating_mul(disk.f_frsize);
    Ok(Some(Space { place: directory.to_owned(), free: bytes(disk.f_bavail), total: bytes(disk.f_blocks) }))
}

/// Nobody is asked on systems other than Unix.
#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "where it is asked it can fail")]
pub(super) fn space(_: &Path) -> io::Result<Option<Space>> {
    Ok(None)
}

pub(super) fn judge(space: &Space) -> Check {
    let Space { place, free, total } = space;
    let place = place.display();
    let found = Words::both(
        format!("свободно {} из {} ({place})", size(*free, RU), size(*total, RU)),
        format!("{} free of {} ({place})", size(*free, EN), size(*total, EN)),
    );
    let remedy = |ru: &str, en: &str| {
        let (free_ru, free_en) = (
            "освободите место или перенесите `data_dir`; сроки хранения задаёт [retention], `gkh archive retain --apply` убирает лишнее сразу",
            "free space or move `data_dir`; [retention] sets how long bytes are kept, `gkh archive retain --apply` removes what is due now",
        );
        Words::both(format!("{ru}{free_ru}"), format!("{en}{free_en}"))
    };
    if *free < NEEDED {
        let (ru, en) =
            ("хранилище вот-вот перестанет принимать новое: ", "the store is about to stop taking anything new: ");
        Check::red(ID, found, remedy(ru, en))
    } else if *free < COMFORTABLE || *free < total / PART {
        Check::yellow(ID, found, remedy("", ""))
    } else {
        Check::green(ID, found)
    }
}

const RU: [&str; 3] = ["ГиБ", "МиБ", "КиБ"];
const EN: [&str; 3] = ["GiB", "MiB", "KiB"];

fn size(bytes: u64, units: [&str; 3]) -> String {
    let mut unit = 1024 * MIB;
    for name in units {
        if bytes >= unit {
            // One digit after the point, cut: nothing is shown that is not there.
            return format!("{}.{} {name}", bytes / unit, (bytes % unit) * 10 / unit);
        }
        unit >>= 10;
    }
    format!("0.0 {}", units[2])
}

#[cfg(test)]
mod tests {
    use super::super::page::Grade;
    use super::*;

    fn of(free: u64, total: u64) -> Check {
        judge(&Space { place: "/var/lib/gkh".into(), free, total })
    }

    #[test]
    fn a_tenth_and_a_gibibyte_must_be_free_and_a_hundred_mebibytes_at_the_very_least() {
        let gib = 1024 * MIB;
        assert_eq!(of(gib, 10 * gib).grade, Grade::Green, "both bounds exactly");
        assert_eq!(of(gib - 1, gib).grade, Grade::Yellow);
        assert_eq!(of(100 * gib, 1_000 * gib).grade, Grade::Green);
        assert_eq!(of(100 * gib - 1, 1_000 * gib).grade, Grade::Yellow);
        assert_eq!(of(100 * MIB, gib).grade, Grade::Yellow);
        assert_eq!(of(100 * MIB - 1, gib).grade, Grade::Red);
        assert_eq!(of(0, gib).grade, Grade::Red);
        let red = of(5 * MIB + MIB / 2, 20 * gib);
        assert_eq!(red.found.en, "5.5 MiB free of 20.0 GiB (/var/lib/gkh)");
        assert!(red.remedy.unwrap().ru.contains("[retention]"));
    }

    #[cfg(unix)]
    #[test]
    fn a_directory_that_is_not_there_yet_lies_on_the_disk_of_its_parent() {
        let directory = tempfile::tempdir().unwrap();
        let here = space(directory.path()).unwrap().unwrap();
        assert!(here.total >= here.free && here.total > 0, "{here:?}");
        let later = space(&directory.path().join("not/there/yet")).unwrap().unwrap();
        assert_eq!(later.total, here.total);
    }
}
