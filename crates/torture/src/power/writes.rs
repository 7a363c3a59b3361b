//! What becomes of the writes of one file that were not synced.

use super::totals::Totals;
use crate::dice::Dice;

/// A disk writes so many bytes whole or not at all.
pub(super) const SECTOR: usize = 512;

/// What has been done to a file since it was last synced.
#[derive(Debug, Clone)]
pub(super) enum Change {
    Write(u64, Vec<u8>),
    Truncate(u64),
}

#[derive(Debug, Clone, Default)]
pub(super) struct File {
    pub(super) durable: Vec<u8>,
    /// Each with its position on the tape.
    pub(super) pending: Vec<(usize, Change)>,
}

/// Which of the writes that were not synced are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fortune {
    /// None.
    Nothing,
    /// All.
    Everything,
    /// All, the last one torn.
    LastTorn,
    /// The last one alone.
    OnlyNewest,
    /// All up to some moment, in order.
    Prefix,
    /// Some, in order.
    Part,
    /// Some, in any order, some of them torn.
    Chaos,
}

pub(super) const FORTUNES: [Fortune; 10] = [
    Fortune::Nothing,
    Fortune::Everything,
    Fortune::LastTorn,
    Fortune::OnlyNewest,
    Fortune::Prefix,
    Fortune::Part,
    Fortune::Chaos,
    Fortune::Chaos,
    Fortune::Chaos,
    Fortune::Chaos,
];

impl File {
    /// What is in the file.
    pub(super) fn after(&self, fortune: Fortune, dice: &Dice, totals: &mut Totals) -> Vec<u8> {
        let mut bytes = self.durable.clone();
        let count = self.pending.len();
        let all: Vec<usize> = (0..count).collect();
        let some = |dice: &Dice| -> Vec<usize> {
            let share = u32::try_from(dice.between(50, 950)).unwrap_or(500);
            all.iter().copied().filter(|_| dice.permille(share)).collect()
        };
        let chosen: Vec<usize> = match fortune {
            Fortune::Nothing => Vec::new(),
            Fortune::Everything | Fortune::LastTorn => all.clone(),
            Fortune::OnlyNewest => all.last().copied().into_iter().collect(),
            Fortune::Prefix => {
                let length = usize::try_from(dice.between(0, count as u64)).unwrap_or(0);
                all[..length].to_vec()
            }
            Fortune::Part => some(dice),
            Fortune::Chaos => shuffled(some(dice), dice),
        };
        totals.dropped += (count - chosen.len()) as u64;
        totals.reordered += chosen.windows(2).filter(|pair| pair[0] > pair[1]).count() as u64;
        for at in chosen {
            let (_, change) = &self.pending[at];
            let torn = match fortune {
                Fortune::LastTorn => at + 1 == count,
                Fortune::Chaos => dice.permille(400),
                _ => false,
            };
            if torn && matches!(change, Change::Write(..)) {
                totals.torn += 1;
                apply(&mut bytes, change, Some(dice));
            } else {
                apply(&mut bytes, change, None);
            }
        }
        bytes
    }
}

fn shuffled(mut all: Vec<usize>, dice: &Dice) -> Vec<usize> {
    for last in (1..all.len()).rev() {
        let other = usize::try_from(dice.between(0, last as u64)).unwrap_or(last);
        all.swap(last, other);
    }
    all
}

/// Does a change to a file's bytes; with dice, only to some of its sectors.
pub(super) fn apply(bytes: &mut Vec<u8>, change: &Change, torn: Option<&Dice>) {
    match change {
        Change::Truncate(length) => bytes.resize(usize::try_from(*length).unwrap_or(usize::MAX), 0),
        Change::Write(offset, new) => {
            let Ok(begin) = usize::try_from(*offset) else { return };
            let end = begin.saturating_add(new.len());
            let mut at = begin;
            while at < end {
                // Sectors lie where the disk has them, not where the write begins.
                let until = ((at / SECTOR + 1) * SECTOR).min(end);
                if torn.is_none_or(|dice| dice.permille(500)) {
                    if bytes.len() < until {
                        bytes.resize(until, 0);
                    }
                    bytes[at..until].copy_from_slice(&new[at - begin..until - begin]);
                }
                at = until;
            }
        }
    }
}
