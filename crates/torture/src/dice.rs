//! Chance that is none: the same seed gives the same throws.

use std::sync::atomic::{AtomicU64, Ordering};

/// SplitMix64, shared between tasks.
#[derive(Debug)]
pub struct Dice(AtomicU64);

impl Dice {
    /// Dice of a seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }

    /// Dice of their own for a part, so that what one part throws does not disturb another.
    #[must_use]
    pub fn of(seed: u64, part: &str) -> Self {
        let dice = Self::new(seed);
        for byte in part.bytes() {
            let mixed = dice.throw() ^ u64::from(byte);
            dice.0.store(mixed, Ordering::Relaxed);
        }
        dice
    }

    /// The next number.
    pub fn throw(&self) -> u64 {
        const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
        let mut value = self.0.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
        value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        value ^ (value >> 31)
    }

    /// A number from `low` to `high`, both possible.
    pub fn between(&self, low: u64, high: u64) -> u64 {
        low + self.throw() % (high.saturating_sub(low) + 1)
    }

    /// True so many times in a thousand.
    pub fn permille(&self, share: u32) -> bool {
        self.throw() % 1000 < u64::from(share)
    }

    /// One of several.
    pub fn one<'a, T>(&self, of: &'a [T]) -> Option<&'a T> {
        let count = u64::try_from(of.len()).ok().filter(|count| *count > 0)?;
        of.get(usize::try_from(self.throw() % count).ok()?)
    }
}
