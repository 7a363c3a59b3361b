//! Named points in the work of a child where it can be made to die.

use std::fmt;
use std::str::FromStr;
use std::sync::Mutex;
use std::sync::PoisonError;

use serde::{Deserialize, Serialize};

/// A point in the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Point {
    /// A batch is being stored.
    MidAccept,
    /// A batch is stored; whoever handed it over does not know yet.
    AfterAccept,
    /// The intent to send is on disk, nothing has left.
    AfterIntent,
    /// The whole request has left; nothing has come back.
    AfterWrite,
    /// The receipt has come and is not on disk.
    AfterAck,
    /// An answer has come and is being read.
    MidParse,
    /// Evidence is being written.
    MidArchive,
}

impl Point {
    /// Every point.
    pub const ALL: [Self; 7] = [
        Self::MidAccept,
        Self::AfterAccept,
        Self::AfterIntent,
        Self::AfterWrite,
        Self::AfterAck,
        Self::MidParse,
        Self::MidArchive,
    ];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::MidAccept => "mid-accept",
            Self::AfterAccept => "after-accept",
            Self::AfterIntent => "after-intent",
            Self::AfterWrite => "after-write",
            Self::AfterAck => "after-ack",
            Self::MidParse => "mid-parse",
            Self::MidArchive => "mid-archive",
        }
    }

    /// Whether the work stands still at the point until it dies; otherwise it goes on, and death finds it somewhere behind.
    #[must_use]
    pub const fn stands(self) -> bool {
        matches!(self, Self::AfterAccept | Self::AfterIntent | Self::AfterWrite | Self::AfterAck)
    }
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// No such point.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no point `{0}`")]
pub struct UnknownPoint(String);

impl FromStr for Point {
    type Err = UnknownPoint;

    fn from_str(text: &str) -> Result<Self, UnknownPoint> {
        Self::ALL.into_iter().find(|point| point.name() == text).ok_or_else(|| UnknownPoint(text.to_owned()))
    }
}

/// Counts down at one point, and says when it has been passed so often.
#[derive(Debug, Default)]
pub struct Trap {
    armed: Mutex<Option<(Point, u64)>>,
}

impl Trap {
    /// Springs at the `pass`th time the point is passed from now on; takes the place of what was armed before.
    pub fn arm(&self, point: Point, pass: u64) {
        *self.lock() = Some((point, pass.max(1)));
    }

    /// Disarms it. True when it was armed and has not sprung.
    pub fn disarm(&self) -> bool {
        self.lock().take().is_some()
    }

    /// The point is passed. True when this is the time.
    pub fn pass(&self, point: Point) -> bool {
        let mut armed = self.lock();
        let Some((at, left)) = armed.as_mut().filter(|(at, _)| *at == point) else { return false };
        *left -= 1;
        let (_, springs) = (*at, *left == 0);
        if springs {
            *armed = None;
        }
        springs
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<(Point, u64)>> {
        // A pair of numbers is whole whatever happened to its last user.
        self.armed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trap_springs_once_at_its_pass() {
        let trap = Trap::default();
        assert!(!trap.pass(Point::AfterAck));
        trap.arm(Point::AfterAck, 2);
        assert!(!trap.pass(Point::AfterIntent));
        assert!(!trap.pass(Point::AfterAck));
        assert!(trap.pass(Point::AfterAck));
        assert!(!trap.pass(Point::AfterAck));
        assert!(!trap.disarm());
    }

    #[test]
    fn names_are_read_again() {
        for point in Point::ALL {
            assert_eq!(point.name().parse(), Ok(point));
        }
        assert!("nowhere".parse::<Point>().is_err());
    }
}
