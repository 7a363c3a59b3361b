//! The signature equations of GOST R 34.10-2012 (RFC 7091 §6).

use crypto_bigint::modular::FixedMontyForm;
use crypto_bigint::{NonZero, Uint};
use zeroize::Zeroizing;

use super::parameters::Parameters;

impl<const LIMBS: usize> Parameters<LIMBS> {
    /// `e` of RFC 7091 §6.1 step 2: the digest as a little-endian number modulo `q`, 1 instead of 0.
    fn digest_number(&self, digest: &[u8]) -> Uint<LIMBS> {
        let number = from_le::<LIMBS>(digest).rem(&self.q);
        if number == Uint::ZERO { Uint::ONE } else { number }
    }

    /// Signature `s‖r` with a given nonce `0 < k < q`; none when `r` or `s` came out as 0 and another `k` is due.
    ///
    /// Constant time in `key` and `nonce`, up to that answer.
    pub(super) fn sign_with_nonce(&self, key: &Uint<LIMBS>, digest: &[u8], nonce: &Uint<LIMBS>) -> Option<Vec<u8>> {
        let (x, _) = self.affine(&self.multiply(nonce, &self.base))?;
        let r = x.rem(&self.q);
        if r == Uint::ZERO {
            return None;
        }
        let number = |value: &Uint<LIMBS>| Zeroizing::new(FixedMontyForm::new(value, &self.order));
        let (d, k, e) = (number(key), number(nonce), number(&self.digest_number(digest)));
        let s = (*number(&r) * *d + *k * *e).retrieve();
        if s == Uint::ZERO {
            return None;
        }
        let mut signature = Vec::with_capacity(2 * Self::BYTES);
        signature.extend_from_slice(s.to_be_bytes().as_ref());
        signature.extend_from_slice(r.to_be_bytes().as_ref());
        Some(signature)
    }

    /// Does `s‖r` sign the digest under the public key, two little-endian coordinates that were checked before?
    pub(super) fn verify(&self, public: &[u8], digest: &[u8], signature: &[u8]) -> bool {
        let in_range = |value: &Uint<LIMBS>| *value != Uint::ZERO && value < self.q.as_ref();
        let Some((s, r)) = signature.split_at_checked(Self::BYTES) else { return false };
        if r.len() != Self::BYTES || digest.len() != Self::BYTES {
            return false;
        }
        let (s, r) = (Uint::from_be_slice(s), Uint::from_be_slice(r));
        let Some(public) = self.decode_point(public) else { return false };
        if !in_range(&s) || !in_range(&r) {
            return false;
        }
        let number = |value: &Uint<LIMBS>| FixedMontyForm::new(value, &self.order);
        let Some(v) = number(&self.digest_number(digest)).invert_vartime().into_option() else { return false };
        let z1 = (number(&s) * v).retrieve();
        let z2 = (-(number(&r) * v)).retrieve();
        let point = self.multiply_two_vartime(&z1, &z2, &public);
        self.affine(&point).is_some_and(|(x, _)| x.rem(&self.q) == r)
    }

    /// Scalar from 32 or 64 little-endian bytes if `0 < d < q`. Constant time up to that answer.
    pub(super) fn decode_scalar(&self, bytes: &[u8]) -> Option<Uint<LIMBS>> {
        if bytes.len() != Self::BYTES {
            return None;
        }
        let scalar = from_le::<LIMBS>(bytes);
        let reduced = scalar.rem(&self.q);
        (reduced == scalar && scalar != Uint::ZERO).then_some(scalar)
    }

    /// The public key of a scalar as `X‖Y`, both little-endian.
    pub(super) fn public_of(&self, scalar: &Uint<LIMBS>) -> Option<Vec<u8>> {
        let (x, y) = self.affine(&self.multiply(scalar, &self.base))?;
        let mut bytes = Vec::with_capacity(2 * Self::BYTES);
        bytes.extend_from_slice(x.to_le_bytes().as_ref());
        bytes.extend_from_slice(y.to_le_bytes().as_ref());
        Some(bytes)
    }

    pub(super) fn q(&self) -> &NonZero<Uint<LIMBS>> {
        &self.q
    }
}

/// Little-endian number; bytes beyond the width are not looked at, callers check the length.
fn from_le<const LIMBS: usize>(bytes: &[u8]) -> Uint<LIMBS> {
    let bytes = bytes.get(..Parameters::<LIMBS>::BYTES).unwrap_or_default();
    if bytes.is_empty() { Uint::ZERO } else { Uint::from_le_slice(bytes) }
}
