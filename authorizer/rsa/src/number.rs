//! Whole numbers of up to 4104 bits: limbs of 27 bits, the lowest first.

#![expect(
    clippy::arithmetic_side_effects,
    reason = "limbs have 27 bits and are added as 32 or 64 bits; the tests check each overflow"
)]

use core::cmp::Ordering;

pub(crate) const LIMB_BITS: usize = 27;
/// A limb with all its bits set.
pub(crate) const LIMB_MAX: u32 = 0x07ff_ffff;
/// For 4096 bits and the two more that Montgomery's method needs.
pub(crate) const MAX_LIMBS: usize = 152;

/// A number. The limbs above those in use are zero.
pub(crate) type Limbs = [u32; MAX_LIMBS];

/// The lowest 27 bits.
pub(crate) fn limb(value: u64) -> u32 {
    u32::try_from(value & u64::from(LIMB_MAX)).unwrap_or_default()
}

/// Reads a number, most significant byte first (RFC 8017 §4.2, OS2IP).
pub(crate) fn from_bytes(bytes: &[u8]) -> Limbs {
    let mut limbs = [0; MAX_LIMBS];
    let mut bytes = bytes.iter().rev();
    let (mut bits, mut held) = (0u64, 0);
    for place in &mut limbs {
        while held < LIMB_BITS
            && let Some(byte) = bytes.next()
        {
            bits |= u64::from(*byte) << held;
            held += 8;
        }
        *place = limb(bits);
        bits >>= LIMB_BITS;
        held = held.saturating_sub(LIMB_BITS);
    }
    limbs
}

/// Fills the bytes with a number, most significant byte first (RFC 8017 §4.1, I2OSP).
pub(crate) fn to_bytes(limbs: &Limbs, bytes: &mut [u8]) {
    let mut limbs = limbs.iter();
    let (mut bits, mut held) = (0u64, 0);
    for place in bytes.iter_mut().rev() {
        if held < 8 {
            bits |= limbs.next().map_or(0, |limb| u64::from(*limb) << held);
            held += LIMB_BITS;
        }
        let [lowest, ..] = bits.to_le_bytes();
        *place = lowest;
        bits >>= 8;
        held -= 8;
    }
}

/// 2 to the power of `exponent`.
pub(crate) fn power_of_two(exponent: usize) -> Limbs {
    let mut limbs = [0; MAX_LIMBS];
    if let Some(limb) = limbs.get_mut(exponent / LIMB_BITS) {
        *limb = 1 << (exponent % LIMB_BITS);
    }
    limbs
}

pub(crate) fn compare(one: &Limbs, other: &Limbs) -> Ordering {
    one.iter().rev().cmp(other.iter().rev())
}

/// The product with two; its highest bit has to be zero.
pub(crate) fn double(number: &mut Limbs) {
    let mut carry = 0;
    for limb in number {
        let sum = (*limb << 1) | carry;
        *limb = sum & LIMB_MAX;
        carry = sum >> LIMB_BITS;
    }
}

/// The difference with a number that is not larger.
pub(crate) fn subtract(number: &mut Limbs, other: &Limbs) {
    let mut borrowed = 0;
    for (limb, other) in number.iter_mut().zip(other) {
        // The next limb lends one, and gets it back if it was not needed.
        let difference = (1 << LIMB_BITS) + *limb - other - borrowed;
        *limb = difference & LIMB_MAX;
        borrowed = 1 - (difference >> LIMB_BITS);
    }
}
