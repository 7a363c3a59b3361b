//! Nonces: hedged, unbiased, wiped.

use crypto_bigint::Uint;
use streebog::{Digest, Streebog512};
use zeroize::Zeroizing;

use super::parameters::Parameters;

/// Separates these hashes from every other use of Streebog over a key.
const LABEL: &[u8] = b"gis-gkh-sign GOST R 34.10-2012 nonce v1";

/// Candidates for the nonce of one signature: `Streebog-512(label ‖ key ‖ digest ‖ entropy ‖ counter)`, cut to the
/// bits of `q` and thrown away unless `0 < k < q`, so that no value is preferred.
///
/// With good entropy the nonce is random; with entropy that repeats, it still differs for every key and digest.
pub(super) struct Nonces<const LIMBS: usize> {
    seed: Streebog512,
    counter: u32,
    bits: u32,
}

/// At least every second candidate fits below `q`: so many misses mean a broken hash, not bad luck.
const ATTEMPTS: u32 = 512;

impl<const LIMBS: usize> Nonces<LIMBS> {
    pub(super) fn new(parameters: &Parameters<LIMBS>, key: &[u8], digest: &[u8], entropy: &[u8; 64]) -> Self {
        let mut seed = Streebog512::new();
        for part in [LABEL, key, digest, entropy] {
            seed.update(part);
        }
        Self { seed, counter: 0, bits: parameters.q().bits() }
    }

    /// The next candidate that fits, if any is left.
    pub(super) fn next(&mut self, parameters: &Parameters<LIMBS>) -> Option<Zeroizing<Uint<LIMBS>>> {
        while self.counter < ATTEMPTS {
            let mut hash = self.seed.clone();
            hash.update(self.counter.to_le_bytes());
            self.counter += 1;
            let bytes = Zeroizing::new(<[u8; 64]>::from(hash.finalize()));
            let wide = Zeroizing::new(Uint::<LIMBS>::from_le_slice(bytes.get(..Parameters::<LIMBS>::BYTES)?));
            let spare = Uint::<LIMBS>::BITS - self.bits;
            let candidate = Zeroizing::new(wide.shl_vartime(spare).shr_vartime(spare));
            // What is thrown away says nothing about what is kept, so this branch leaks nothing.
            if *candidate != Uint::ZERO && *candidate < *parameters.q().as_ref() {
                return Some(candidate);
            }
        }
        None
    }
}
