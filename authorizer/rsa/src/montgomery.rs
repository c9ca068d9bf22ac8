//! Powers modulo an odd number, by Montgomery's method.
//!
//! With R = 2^(27 · limbs), the reduced product of a and b is a · b / R mod n: instead of dividing by
//! n, multiples of n are added until the low half is zero, and the low half is dropped.
//!
//! Why nothing overflows: limbs have 27 bits, so a product of two has 54. A column of a product
//! sums up at most 152 of them, and the reduction adds at most 152 more, and carries of less than
//! 2^37: less than 2^63 in all. Why nothing is lost at the top: operands are smaller than 2n and R is
//! at least 4n, so a result is smaller than (2n · 2n + R · n) / R ≤ 2n and fits the limbs.

#![expect(
    clippy::arithmetic_side_effects,
    reason = "the bounds are above, and the tests check each addition and multiplication"
)]

use core::cmp::Ordering;

use crate::number::{self, LIMB_BITS, LIMB_MAX, Limbs, MAX_LIMBS};

/// Rows of a product that are added in one go, so that a column is loaded and stored once for four
/// products.
const ROWS: usize = 4;

/// The columns of a product before carries are resolved.
type Columns = [u64; 2 * MAX_LIMBS];

/// An odd modulus and what is worth computing once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Modulus {
    n: Limbs,
    /// Limbs in use: a multiple of [`ROWS`].
    limbs: usize,
    /// -1/n modulo 2^27.
    inverse: u64,
    /// R² mod n: multiplying by it makes up for the division by R.
    radix_squared: Limbs,
}

impl Modulus {
    /// `n` is odd and has that many bits, 4096 at most.
    pub(crate) fn new(n: &Limbs, bits: usize) -> Self {
        let limbs = (bits + 2).div_ceil(LIMB_BITS).next_multiple_of(ROWS);
        let [lowest, ..] = *n;
        let mut modulus =
            Self { n: *n, limbs, inverse: negative_inverse(lowest), radix_squared: [0; MAX_LIMBS] };
        modulus.radix_squared = modulus.square_of_radix(bits);
        modulus
    }

    pub(crate) fn is_above(&self, number: &Limbs) -> bool {
        number::compare(number, &self.n) == Ordering::Less
    }

    /// `base`^65537 mod n, where 65537 = 2^16 + 1.
    pub(crate) fn power_65537(&self, base: &Limbs) -> Limbs {
        let mut power = self.multiply(base, &self.radix_squared);
        for _ in 0..16 {
            power = self.square(&power);
        }
        // The factor R that the power still has goes away with the last division by R.
        let mut power = self.multiply(&power, base);
        self.subtract_once(&mut power);
        power
    }

    /// R² mod n is 2^(bits of R) times R: the power is found by squaring and doubling.
    fn square_of_radix(&self, bits: usize) -> Limbs {
        let radix_bits = LIMB_BITS * self.limbs;
        let mut power = number::power_of_two(bits - 1);
        // From the highest power of two below n to 2 · R mod n.
        for _ in bits - 1..=radix_bits {
            self.double(&mut power);
        }
        for position in (0..radix_bits.ilog2()).rev() {
            power = self.square(&power);
            self.subtract_once(&mut power);
            if radix_bits >> position & 1 == 1 {
                self.double(&mut power);
            }
        }
        power
    }

    /// 2 · x mod n, for x < n.
    fn double(&self, number: &mut Limbs) {
        number::double(number);
        self.subtract_once(number);
    }

    /// x mod n, for x < 2n.
    fn subtract_once(&self, number: &mut Limbs) {
        if !self.is_above(number) {
            number::subtract(number, &self.n);
        }
    }

    /// a · b / R mod n, perhaps plus n.
    fn multiply(&self, a: &Limbs, b: &Limbs) -> Limbs {
        let mut columns = [0; 2 * MAX_LIMBS];
        let (a, b) = (self.used(a), self.used(b));
        let mut rest = columns.as_chunks_mut().0;
        for factors in a {
            Rows::new(*factors).add_all(rest, b);
            rest = rest.get_mut(1..).unwrap_or_default();
        }
        self.reduce(&mut columns)
    }

    /// [`Self::multiply`] of a number by itself, in little more than half the time: what stands on
    /// one side of the diagonal counts twice.
    fn square(&self, a: &Limbs) -> Limbs {
        let mut columns = [0; 2 * MAX_LIMBS];
        let twice = a.map(|limb| limb << 1);
        let mut rest = columns.as_chunks_mut().0;
        let mut right = self.used(&twice);
        for factors in self.used(a) {
            let [c0, c1, ..] = rest else { break };
            add_diagonal(c0, c1, factors.map(u64::from));
            right = right.get(1..).unwrap_or_default();
            Rows::new(*factors).add_all(rest.get_mut(1..).unwrap_or_default(), right);
            rest = rest.get_mut(2..).unwrap_or_default();
        }
        self.reduce(&mut columns)
    }

    /// Adds multiples of n until all columns below R are zero, and gives those above: x / R mod n,
    /// perhaps plus n.
    ///
    /// Four multiples at a time. The next four depend on the first columns that these four change, and
    /// take a while to find: so those columns come first, and the processor goes on with the others.
    #[inline(never)]
    fn reduce(&self, columns: &mut Columns) -> Limbs {
        let ([low, next, high @ ..], _) = self.n.as_chunks() else { return [0; MAX_LIMBS] };
        let high = high.get(..self.limbs / ROWS - 2).unwrap_or_default();
        let [_, n1, n2, n3] = low.map(u64::from);
        let (mut rest, _) = columns.as_chunks_mut();
        let (mut factors, mut carry) = ([0; ROWS], 0);
        if let [first, ..] = rest {
            (factors, carry) = self.quotients(*first, [n1, n2, n3]);
        }
        for _ in 0..self.limbs / ROWS {
            let [_, first, others @ ..] = rest else { break };
            let mut rows = Rows { factors, before: [n3, n2, n1] };
            rows.add(first, *next);
            let [lowest, ..] = first;
            *lowest += carry;
            (factors, carry) = self.quotients(*first, [n1, n2, n3]);
            rows.add_all(others, high);
            let [_, next_rest @ ..] = rest else { break };
            rest = next_rest;
        }
        resolve(rest.as_flattened())
    }

    /// The multiples of n that make four columns zero, and what the last of these columns carries.
    #[inline]
    fn quotients(
        &self,
        [c0, c1, c2, c3]: [u64; ROWS],
        [n1, n2, n3]: [u64; 3],
    ) -> ([u64; ROWS], u64) {
        let (m0, carry) = self.quotient(c0);
        let (m1, carry) = self.quotient(c1 + carry + m0 * n1);
        let (m2, carry) = self.quotient(c2 + carry + m0 * n2 + m1 * n1);
        let (m3, carry) = self.quotient(c3 + carry + m0 * n3 + m1 * n2 + m2 * n1);
        ([m0, m1, m2, m3], carry)
    }

    /// The multiple of n that makes a column's lowest 27 bits zero, and what the column then carries.
    #[inline]
    fn quotient(&self, column: u64) -> (u64, u64) {
        let [lowest, ..] = self.n;
        let quotient = u64::from(number::limb(u64::from(number::limb(column)) * self.inverse));
        (quotient, (column + quotient * u64::from(lowest)) >> LIMB_BITS)
    }

    /// The limbs in use, in blocks.
    fn used<'a>(&self, number: &'a Limbs) -> &'a [[u32; ROWS]] {
        number.as_chunks().0.get(..self.limbs / ROWS).unwrap_or_default()
    }
}

/// Four rows of a product, each one column to the left of the one before, on their way through the
/// columns: `columns[k] += f[0] · row[k] + f[1] · row[k - 1] + f[2] · row[k - 2] + f[3] · row[k - 3]`.
struct Rows {
    factors: [u64; ROWS],
    /// The limbs of the row that were last, the latest first.
    before: [u64; ROWS - 1],
}

impl Rows {
    fn new(factors: [u32; ROWS]) -> Self {
        Self { factors: factors.map(u64::from), before: [0; ROWS - 1] }
    }

    #[inline]
    fn add(&mut self, [c0, c1, c2, c3]: &mut [u64; ROWS], limbs: [u32; ROWS]) {
        let ([f0, f1, f2, f3], [b1, b2, b3]) = (self.factors, self.before);
        let [r0, r1, r2, r3] = limbs.map(u64::from);
        *c0 += f0 * r0 + f1 * b1 + f2 * b2 + f3 * b3;
        *c1 += f0 * r1 + f1 * r0 + f2 * b1 + f3 * b2;
        *c2 += f0 * r2 + f1 * r1 + f2 * r0 + f3 * b1;
        *c3 += f0 * r3 + f1 * r2 + f2 * r1 + f3 * r0;
        self.before = [r3, r2, r1];
    }

    /// All of the row that is left, and what of it hangs over.
    #[inline(never)]
    fn add_all(mut self, columns: &mut [[u64; ROWS]], row: &[[u32; ROWS]]) {
        let Some((above, beyond)) = columns.split_at_mut_checked(row.len()) else { return };
        // As `add` does, but one column at a time: as much as V8 has registers for.
        let ([f0, f1, f2, f3], [mut b1, mut b2, mut b3]) = (self.factors, self.before);
        for (column, limb) in above.as_flattened_mut().iter_mut().zip(row.as_flattened()) {
            let limb = u64::from(*limb);
            *column += f0 * limb + f1 * b1 + f2 * b2 + f3 * b3;
            (b1, b2, b3) = (limb, b1, b2);
        }
        self.before = [b1, b2, b3];
        if let Some(columns) = beyond.first_mut() {
            self.add(columns, [0; ROWS]);
        }
    }
}

/// Adds the square of four limbs.
fn add_diagonal(low: &mut [u64; ROWS], high: &mut [u64; ROWS], [x0, x1, x2, x3]: [u64; ROWS]) {
    let (twice_x1, twice_x2, twice_x3) = (x1 << 1, x2 << 1, x3 << 1);
    let ([c0, c1, c2, c3], [c4, c5, c6, _]) = (low, high);
    *c0 += x0 * x0;
    *c1 += x0 * twice_x1;
    *c2 += x0 * twice_x2 + x1 * x1;
    *c3 += x0 * twice_x3 + x1 * twice_x2;
    *c4 += x1 * twice_x3 + x2 * x2;
    *c5 += x2 * twice_x3;
    *c6 += x3 * x3;
}

/// The number that the columns stand for.
fn resolve(columns: &[u64]) -> Limbs {
    let mut limbs = [0; MAX_LIMBS];
    let mut carry = 0;
    for (limb, column) in limbs.iter_mut().zip(columns) {
        let sum = column + carry;
        *limb = number::limb(sum);
        carry = sum >> LIMB_BITS;
    }
    limbs
}

/// -1/n modulo 2^27 for an odd n: n itself is right in three bits, and each step of Newton's method
/// doubles their number.
fn negative_inverse(n: u32) -> u64 {
    let mut inverse = n;
    for _ in 0..4 {
        inverse = inverse.wrapping_mul(2u32.wrapping_sub(n.wrapping_mul(inverse)));
    }
    u64::from(inverse.wrapping_neg() & LIMB_MAX)
}
