//! Points in projective coordinates `(X : Y : Z)` and their multiples.
//!
//! Addition and doubling are the complete formulas of Renes, Costello and Batina (2016/103), algorithms 1 and 3:
//! no branch, no exceptional case among points of odd order. On the two curves with cofactor 4 the exceptional
//! pairs differ by a point of order two, which cannot happen inside the subgroup of the base point; outside of it
//! the sum comes out as `(0 : 0 : 0)`, stays so in every further sum and is never taken for the identity.

use crypto_bigint::{CtAssign, CtEq, Uint, Word};

use super::parameters::{Element, Parameters};

/// Bits of the scalar taken at a time.
const WINDOW: u32 = 4;
const TABLE: usize = 1 << WINDOW;

#[derive(Clone, Copy)]
pub(super) struct Point<const LIMBS: usize> {
    pub(super) x: Element<LIMBS>,
    pub(super) y: Element<LIMBS>,
    pub(super) z: Element<LIMBS>,
}

impl<const LIMBS: usize> Parameters<LIMBS> {
    pub(super) fn identity(&self) -> Point<LIMBS> {
        Point { x: Element::zero(&self.field), y: Element::one(&self.field), z: Element::zero(&self.field) }
    }

    /// `left + right` (algorithm 1).
    pub(super) fn add(&self, left: &Point<LIMBS>, right: &Point<LIMBS>) -> Point<LIMBS> {
        let (a, b3) = (&self.a, &self.b3);
        let xx = left.x * right.x;
        let yy = left.y * right.y;
        let zz = left.z * right.z;
        let xy = (left.x + left.y) * (right.x + right.y) - (xx + yy);
        let xz = (left.x + left.z) * (right.x + right.z) - (xx + zz);
        let yz = (left.y + left.z) * (right.y + right.z) - (yy + zz);
        let t = b3 * zz + a * xz;
        let (minus, plus) = (yy - t, yy + t);
        let azz = a * zz;
        let triple = xx.double() + xx + azz;
        let mixed = b3 * xz + a * (xx - azz);
        Point { x: xy * minus - yz * mixed, y: plus * minus + triple * mixed, z: yz * plus + xy * triple }
    }

    /// `2 point` (algorithm 3).
    pub(super) fn double(&self, point: &Point<LIMBS>) -> Point<LIMBS> {
        let (a, b3) = (&self.a, &self.b3);
        let xx = point.x.square();
        let yy = point.y.square();
        let zz = point.z.square();
        let xy = (point.x * point.y).double();
        let xz = (point.x * point.z).double();
        let yz = (point.y * point.z).double();
        let t = b3 * zz + a * xz;
        let (minus, plus) = (yy - t, yy + t);
        let azz = a * zz;
        let triple = xx.double() + xx + azz;
        let mixed = b3 * xz + a * (xx - azz);
        Point { x: xy * minus - yz * mixed, y: plus * minus + triple * mixed, z: (yz * yy).double().double() }
    }

    /// `scalar · point` in time that depends on the width alone; `point` lies in the subgroup of order `q`.
    pub(super) fn multiply(&self, scalar: &Uint<LIMBS>, point: &Point<LIMBS>) -> Point<LIMBS> {
        let table = self.multiples(point);
        let mut sum = self.identity();
        for window in windows::<LIMBS>() {
            for _ in 0..WINDOW {
                sum = self.double(&sum);
            }
            let digit = digit(scalar, window);
            let mut chosen = self.identity();
            for (index, entry) in (0..).zip(&table) {
                let hit = index.ct_eq(&digit);
                chosen.x.as_montgomery_mut().ct_assign(entry.x.as_montgomery(), hit);
                chosen.y.as_montgomery_mut().ct_assign(entry.y.as_montgomery(), hit);
                chosen.z.as_montgomery_mut().ct_assign(entry.z.as_montgomery(), hit);
            }
            sum = self.add(&sum, &chosen);
        }
        sum
    }

    /// `left · base + right · point` for public numbers: the time depends on all of them.
    pub(super) fn multiply_two_vartime(
        &self,
        left: &Uint<LIMBS>,
        right: &Uint<LIMBS>,
        point: &Point<LIMBS>,
    ) -> Point<LIMBS> {
        let tables = [(left, self.multiples(&self.base)), (right, self.multiples(point))];
        let mut sum = self.identity();
        for window in windows::<LIMBS>() {
            for _ in 0..WINDOW {
                sum = self.double(&sum);
            }
            for (scalar, table) in &tables {
                let digit = digit(scalar, window);
                if let Some(entry) = usize::try_from(digit).ok().filter(|&digit| digit != 0).and_then(|d| table.get(d))
                {
                    sum = self.add(&sum, entry);
                }
            }
        }
        sum
    }

    /// 0, 1, … 15 times the point.
    fn multiples(&self, point: &Point<LIMBS>) -> [Point<LIMBS>; TABLE] {
        let mut last = self.identity();
        let mut table = [last; TABLE];
        for entry in table.iter_mut().skip(1) {
            last = self.add(&last, point);
            *entry = last;
        }
        table
    }

    /// Is this the neutral element? `(0 : 0 : 0)` is not.
    pub(super) fn is_identity(&self, point: &Point<LIMBS>) -> bool {
        let zero = Uint::ZERO;
        *point.x.as_montgomery() == zero && *point.z.as_montgomery() == zero && *point.y.as_montgomery() != zero
    }

    /// `x` and `y` of the affine point; none for the identity. Constant time up to that answer.
    pub(super) fn affine(&self, point: &Point<LIMBS>) -> Option<(Uint<LIMBS>, Uint<LIMBS>)> {
        let inverse = point.z.invert().into_option()?;
        Some(((point.x * inverse).retrieve(), (point.y * inverse).retrieve()))
    }

    /// Does `(x, y)` satisfy the equation of the curve?
    pub(super) fn is_on_curve(&self, x: &Element<LIMBS>, y: &Element<LIMBS>) -> bool {
        (x.square() + self.a) * x + self.b == y.square()
    }
}

/// Window numbers of a scalar from the most significant one down.
fn windows<const LIMBS: usize>() -> impl Iterator<Item = u32> {
    (0..Uint::<LIMBS>::BITS / WINDOW).rev()
}

/// The `window`-th digit of the scalar; only `window`, which is public, chooses what is read.
fn digit<const LIMBS: usize>(scalar: &Uint<LIMBS>, window: u32) -> Word {
    scalar.shr_vartime(window * WINDOW).as_words().first().copied().unwrap_or_default() & (TABLE as Word - 1)
}
