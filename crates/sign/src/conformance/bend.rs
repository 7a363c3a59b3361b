//! Providers bent out of shape, to see what the guard makes of them.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::gost::PublicKey;
use crate::signer::{ByteOrder, Input, ProviderError, RawSigner};

/// What is done to the values of a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bend {
    /// From their own order they are brought to another: `(from, to)`.
    Order(ByteOrder, ByteOrder),
    /// All but the first, the probe, have a bit flipped.
    Spoiled,
    /// All but the first are the value of other data.
    OtherData,
    /// All but the first are cut short.
    Short,
}

/// A provider whose values are bent.
#[derive(Debug)]
pub(super) struct Bent<R> {
    pub(super) raw: R,
    pub(super) bend: Bend,
    pub(super) asked: AtomicUsize,
}

impl<R> Bent<R> {
    pub(super) fn new(raw: R, bend: Bend) -> Self {
        Self { raw, bend, asked: AtomicUsize::new(0) }
    }
}

impl<R: RawSigner> RawSigner for Bent<R> {
    fn name(&self) -> String {
        self.raw.name()
    }

    fn input(&self) -> Input {
        self.raw.input()
    }

    fn public_key(&self) -> Option<PublicKey> {
        self.raw.public_key()
    }

    fn sign(&self, input: &[u8]) -> Result<Vec<u8>, ProviderError> {
        let probe = self.asked.fetch_add(1, Ordering::Relaxed) == 0;
        if let Bend::Order(from, to) = self.bend {
            return Ok(to.normalize(from.normalize(self.raw.sign(input)?)));
        }
        if probe {
            return self.raw.sign(input);
        }
        if self.bend == Bend::OtherData {
            let other: Vec<u8> = input.iter().map(|byte| byte ^ 1).collect();
            return self.raw.sign(&other);
        }
        let mut value = self.raw.sign(input)?;
        if self.bend == Bend::Short {
            value.pop();
        } else if let Some(last) = value.last_mut() {
            *last ^= 1;
        }
        Ok(value)
    }
}
