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
        for (index, factors) in self.blocks(a) {
            add_rows(from(&mut columns, ROWS * index), *factors, self.used(b));
        }
        self.reduce(&mut columns)
    }

    /// [`Self::multiply`] of a number by itself, in little more than half the time: what stands on
    /// one side of the diagonal counts twice.
    fn square(&self, a: &Limbs) -> Limbs {
        let mut columns = [0; 2 * MAX_LIMBS];
        let twice = a.map(|limb| limb << 1);
        for (index, factors) in self.blocks(a) {
            let columns = from(&mut columns, 2 * ROWS * index);
            add_diagonal(columns, factors.map(u64::from));
            let right = self.used(&twice).get(ROWS * (index + 1)..).unwrap_or_default();
            add_rows(from(columns, ROWS), *factors, right);
        }
        self.reduce(&mut columns)
    }

    /// Adds multiples of n until all columns below R are zero, and gives those above: x / R mod n,
    /// perhaps plus n.
    #[inline(never)]
    fn reduce(&self, columns: &mut Columns) -> Limbs {
        let [_, n1, n2, n3, ..] = self.n.map(u64::from);
        for block in 0..self.limbs / ROWS {
            let columns = from(columns, ROWS * block);
            let [c0, c1, c2, c3, ..] = columns else { break };
            let (m0, carry) = self.quotient(*c0);
            let (m1, carry) = self.quotient(*c1 + carry + m0 * n1);
            let (m2, carry) = self.quotient(*c2 + carry + m0 * n2 + m1 * n1);
            let (m3, carry) = self.quotient(*c3 + carry + m0 * n3 + m1 * n2 + m2 * n1);
            add_rows(columns, [m0, m1, m2, m3].map(number::limb), self.used(&self.n));
            if let Some(column) = columns.get_mut(ROWS) {
                *column += carry;
            }
        }
        resolve(from(columns, self.limbs))
    }

    /// The multiple of n that makes a column's lowest 27 bits zero, and what the column then carries.
    #[inline]
    fn quotient(&self, column: u64) -> (u64, u64) {
        let [lowest, ..] = self.n;
        let quotient = u64::from(number::limb(u64::from(number::limb(column)) * self.inverse));
        (quotient, (column + quotient * u64::from(lowest)) >> LIMB_BITS)
    }

    fn blocks<'a>(&self, number: &'a Limbs) -> impl Iterator<Item = (usize, &'a [u32; ROWS])> {
        number.as_chunks().0.iter().take(self.limbs / ROWS).enumerate()
    }

    fn used<'a>(&self, number: &'a Limbs) -> &'a [u32] {
        number.get(..self.limbs).unwrap_or_default()
    }
}

/// Adds four rows of a product, each one column to the left of the one before:
/// `columns[k] += f[0] · row[k] + f[1] · row[k - 1] + f[2] · row[k - 2] + f[3] · row[k - 3]`.
#[inline(never)]
fn add_rows(columns: &mut [u64], factors: [u32; ROWS], row: &[u32]) {
    let [f0, f1, f2, f3] = factors.map(u64::from);
    let (mut r1, mut r2, mut r3) = (0, 0, 0);
    let mut add = |column: &mut u64, r0: u64| {
        *column += f0 * r0 + f1 * r1 + f2 * r2 + f3 * r3;
        (r1, r2, r3) = (r0, r1, r2);
    };
    let Some((above, beyond)) = columns.split_at_mut_checked(row.len()) else { return };
    for (column, limb) in above.iter_mut().zip(row) {
        add(column, u64::from(*limb));
    }
    for column in beyond.iter_mut().take(ROWS - 1) {
        add(column, 0);
    }
}

/// Adds the square of four limbs.
fn add_diagonal(columns: &mut [u64], [x0, x1, x2, x3]: [u64; ROWS]) {
    let (twice_x1, twice_x2, twice_x3) = (x1 << 1, x2 << 1, x3 << 1);
    if let [c0, c1, c2, c3, c4, c5, c6, ..] = columns {
        *c0 += x0 * x0;
        *c1 += x0 * twice_x1;
        *c2 += x0 * twice_x2 + x1 * x1;
        *c3 += x0 * twice_x3 + x1 * twice_x2;
        *c4 += x1 * twice_x3 + x2 * x2;
        *c5 += x2 * twice_x3;
        *c6 += x3 * x3;
    }
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

fn from(columns: &mut [u64], position: usize) -> &mut [u64] {
    columns.get_mut(position..).unwrap_or_default()
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
