//! Ports that fail on purpose, and say when named points are passed.

mod exchange;
mod store;

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Serialize};

pub use exchange::{ChaosExchange, ChaosTransport};
pub use store::ChaosStore;

use crate::dice::Dice;
use crate::points::Point;

/// How often in a thousand calls fail, by method; `*` stands for those not named.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rates(pub BTreeMap<String, u32>);

impl Rates {
    /// The same for every method.
    #[must_use]
    pub fn all(permille: u32) -> Self {
        Self(BTreeMap::from([("*".to_owned(), permille)]))
    }

    fn of(&self, method: &str) -> u32 {
        self.0.get(method).or_else(|| self.0.get("*")).copied().unwrap_or(0)
    }
}

/// What is done at a named point: nothing, most often. It may never return.
pub trait Points: Send + Sync {
    /// The point is passed.
    fn pass(&self, point: Point) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
}

/// Nothing is done at any point.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoPoints;

impl Points for NoPoints {
    fn pass(&self, _point: Point) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(std::future::ready(()))
    }
}

/// Throws for every call whether it fails.
pub(crate) struct Chance {
    dice: Dice,
    rates: Rates,
    failures: AtomicU64,
}

/// How a call fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failing {
    /// Nothing is done.
    Before,
    /// It is done, and said to have failed.
    After,
}

impl Chance {
    fn new(dice: Dice, rates: Rates) -> Self {
        Self { dice, rates, failures: AtomicU64::new(0) }
    }

    fn of(&self, method: &str) -> Option<Failing> {
        if !self.dice.permille(self.rates.of(method)) {
            return None;
        }
        self.failures.fetch_add(1, Ordering::Relaxed);
        Some(if self.dice.permille(500) { Failing::Before } else { Failing::After })
    }

    fn failures(&self) -> u64 {
        self.failures.load(Ordering::Relaxed)
    }
}

impl fmt::Debug for Chance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chance").field("rates", &self.rates).field("failures", &self.failures()).finish()
    }
}
